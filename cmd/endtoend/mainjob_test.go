package endtoend_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The main job and what users do around it, one after the other on the same tables.
func TestTheMainJobOnSpark(t *testing.T) {
	x := start(t)
	const table = "fs_cus_credit_risk"
	local := x.number("SELECT count(*) FROM delta.`" + x.localPlace(table) + "`")

	t.Run("run", func(t *testing.T) {
		x.t = t
		s, code := x.run()
		if code != 0 || s.Status != "success" || len(s.Errors) != 0 {
			t.Fatalf("it ended with %d, %+v", code, s)
		}
		if len(s.Tasks) != 7 || len(s.Registrations) != len(owners) {
			t.Errorf("%d tasks and %d registrations", len(s.Tasks), len(s.Registrations))
		}
		for _, r := range s.Registrations {
			if r.Status != "registered" || r.Version != 0 || r.From != owners[r.Table] || r.From == r.To {
				t.Errorf("registration %+v", r)
			}
		}
		for _, task := range s.Tasks {
			if task.Result != "SUCCESS" || (task.Table != "") != (task.Version == 0 && task.Rows > 0) {
				t.Errorf("task %+v", task)
			}
		}
		for table, owner := range owners {
			x.sameAsLocal(table)
			if x.servers[owner].PrimaryKey(catalog+"."+x.full(table)) == nil {
				t.Errorf("%s has no primary key", table)
			}
		}
	})
	t.Run("looks", func(t *testing.T) {
		x.t = t
		status := x.good("status")
		for table, owner := range owners {
			other := "medpag"
			if owner == other {
				other = "bncapers"
			}
			if n := strings.Count(status, "\n  "+table+" "); n != 1 {
				t.Errorf("%s is listed %d times:\n%s", table, n, status)
			}
			if !strings.Contains(status, other) {
				t.Errorf("%s is not registered in %s:\n%s", table, other, status)
			}
		}
		if found := x.good("features", "rating"); strings.Contains(found, "undefined") || strings.Count(found, "chr_ind_high_risk") != 1 {
			t.Errorf("features lists tables twice:\n%s", found)
		}
		x.says([]string{"describe", table}, "a feature table of bncapers", local+" rows of", "time series    tpk_release_dt", "registered in  medpag, version 0", "chr_rating_num")
		x.says([]string{"describe", "buro_credito"}, "a source table of bncapers", "newest month")
		x.says([]string{"diff", table}, fmt.Sprintf("rows: 0 new, 0 changed, %s unchanged", local))
		x.says([]string{"runs"}, "4 of 4 succeeded", "3 of 3 succeeded")
		x.says([]string{"logs", "--table", table}, "table registered")
		x.says([]string{"doctor"}, "it is job", "warehouse w1", "0 problems")
		x.says([]string{"watch", "--once"}, "nothing to register")
	})
	t.Run("a source is corrected, built, told of, and undone", func(t *testing.T) {
		x.t = t
		x.sql("UPDATE " + x.database + "_sources.buro_credito SET buro_score = 333 WHERE id_cliente = " + x.number("SELECT min(pk_customer) FROM "+x.full(table)))
		x.says([]string{"diff", table}, "rows: 0 new")
		x.good("build", table)
		if n := x.number("SELECT count(*) FROM " + x.full(table) + " WHERE chr_bureau_score_sum = 333"); n == "0" {
			t.Error("the corrected value did not arrive")
		}
		x.says([]string{"build", table}, "up to date")
		x.says([]string{"history", table}, "MERGE", "CREATE TABLE AS SELECT")
		x.says([]string{"register", table}, "registered")
		x.says([]string{"restore", table, "--version", "0"}, "is as it was at version 0", "featops register "+table)
		x.sql("RESTORE TABLE " + x.database + "_sources.buro_credito TO VERSION AS OF 0")
		x.sameAsLocal(table)
	})
	t.Run("a column would be lost", func(t *testing.T) {
		x.t = t
		x.sql("ALTER TABLE " + x.full(table) + " ADD COLUMN extra INT")
		x.sql("UPDATE " + x.full(table) + " SET extra = 1")
		if out, log, code := x.featops("build", table); code != 3 || !strings.Contains(out+log, "extra") {
			t.Errorf("it ended with %d:\n%s\n%s", code, out, log)
		}
		x.says([]string{"decisions"}, "extra", table)
		s, code := x.run(table)
		task := s.Tasks[slices.IndexFunc(s.Tasks, func(t taskSummary) bool { return t.Table == table })]
		if code != 1 || task.Result != "FAILED" || !strings.Contains(task.Message, "Missing: extra") || !strings.Contains(task.Message, "featops build "+table) {
			t.Errorf("the job ended with %d, %+v", code, task)
		}
		x.good("build", table, "--on-conflict", "accept")
		x.sameAsLocal(table)
		x.says([]string{"repair", fmt.Sprint(task.Run), "--workspace", "bncapers"}, table)
		x.says([]string{"status"}, "SUCCESS")
	})
	t.Run("a run is cancelled", func(t *testing.T) {
		x.t = t
		id := x.servers["medpag"].StartRun(t, x.jobs["medpag"])
		x.says([]string{"cancel", fmt.Sprint(id), "--workspace", "medpag"}, fmt.Sprint(id))
		<-x.servers["medpag"].Ended(id)
		x.says([]string{"runs", "--workspace", "medpag"}, "CANCELED")
		for table := range owners {
			x.sameAsLocal(table)
		}
	})
}
