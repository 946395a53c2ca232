package main_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The sample ends with April, and a build until June expects May.
const late = "the newest month is 2026-04, 1 month behind 2026-05"

func TestALateSourceIsToldOfWhereverItsTableIsBuilt(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	want := []warning{{"demo_db.buro_credito", "freshness", late}}
	o := h.run()
	o.exits(0).says("WARNING", "source not as expected: "+late)
	credit := o.task("fs_cus_credit_risk")
	if diff := cmp.Diff(want, credit.Warnings); diff != "" || !credit.UpToDate || !strings.HasSuffix(credit.Message, "; 1 warning of its source") {
		t.Errorf("the task in the summary is %+v; warnings (-want +got):\n%s", credit, diff)
	}
	if w := o.task("fs_cus_demographic").Warnings; len(w) > 0 {
		t.Errorf("a source without months has warnings: %+v", w)
	}
	h.featops("run", "--param", june).exits(0).prints("warning: bncapers fs_cus_credit_risk: source demo_db.buro_credito: " + late)
	h.featops("build", "fs_cus_credit_risk", "--param", june).exits(0).prints("warning: source demo_db.buro_credito: " + late)
	h.featops("diff", "fs_cus_credit_risk", "--param", june).exits(0).prints("warning: source demo_db.buro_credito: " + late)
	for _, command := range []string{"build", "diff"} {
		var got struct{ Warnings []warning }
		h.featops(command, "fs_cus_credit_risk", "--param", june, "--output", "json").exits(0).into(&got)
		if diff := cmp.Diff(want, got.Warnings); diff != "" {
			t.Errorf("%s: warnings (-want +got):\n%s", command, diff)
		}
	}
	if out := h.featops("run", "--param", "end_date=2026-05-01").exits(0); strings.Contains(out.stdout+out.stderr, "source not as expected") || strings.Contains(out.stdout, "warning:") {
		t.Errorf("a window that ends with the source has warnings:\n%s%s", out.stdout, out.stderr)
	}
}

func TestALateSourceIsExpectedOrFailsByConfiguration(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	h.configure("[health]\nfreshness = 'ignore'\n[sources.buro_credito]\nfreshness = 'fail'\n[sources.pagos]\nfreshness = 'warn'\nshift_months = 1\n")
	o := h.run("--param", "force_overwrite=true")
	o.exits(1)
	failed := o.task("fs_cus_credit_risk")
	if failed.Result != "FAILED" || failed.Message != "source demo_db.buro_credito: "+late+" (freshness is set to fail)" {
		t.Errorf("the task is %+v", failed)
	}
	if v := h.table("fs_cus_credit_risk").version(); v != 0 {
		t.Errorf("the table has version %d", v)
	}
	for _, task := range []string{"fs_cus_payment_behavior", "fs_cus_transactions"} {
		if other := o.task(task); other.Result != "SUCCESS" || len(other.Warnings) > 0 {
			t.Errorf("%+v", other)
		}
	}
}
