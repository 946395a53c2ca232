package embedded

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"featops/features"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// visitsOf are rows of visits of 400 customers in a month, with the values that n and amount have for each of them; an empty
// one is null.
func visitsOf(month string, n, amount func(id int) string) string {
	var b strings.Builder
	for id := range 400 {
		fmt.Fprintf(&b, `{"id": %d, "month": %q`, id+1, month)
		for name, text := range map[string]string{"n": n(id), "amount": amount(id)} {
			if text != "" {
				fmt.Fprintf(&b, ", %q: %s", name, text)
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// of gives one text to a share of the customers, and another to the rest.
func of(share float64, text, rest string) func(id int) string {
	return func(id int) string {
		if float64(id) < share*400 {
			return text
		}
		return rest
	}
}

func always(text string) func(id int) string { return of(1, text, "") }

// driftWatched opens a workspace that tells of drift from a threshold on, and what it logs.
func driftWatched(t *testing.T, threshold float64) (*Workspace, *bytes.Buffer) {
	var log bytes.Buffer
	w := open(t, func(o *Options) {
		o.DriftWarn = func(string) float64 { return threshold }
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	return w, &log
}

func profileOf(t *testing.T, w *Workspace, version int64) workspaces.Profile {
	t.Helper()
	table, err := w.TableAt(t.Context(), "fs_visits", version)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Profile(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var bothFeatures = visitCount(countFeature, amountFeature)

// TestProfile has numbers that are computed by hand. In January half of the visits are 0 and half 1; in February three
// quarters are 0, and a tenth of the amounts is missing.
func TestProfile(t *testing.T) {
	w, _ := driftWatched(t, 0.25)
	half, ten := of(0.5, "0", "1"), func(id int) string { return fmt.Sprint(id / 40) }
	put(t, w, visits, visitsOf("2024-01", half, ten)+visitsOf("2024-02", of(0.75, "0", "1"), of(0.9, "4.5", "")))
	mustBuild(t, w, bothFeatures, nil)
	number := func(v float64) *float64 { return &v }
	count := func(n int64) *int64 { return &n }
	q := func(p5, p25, p50, p75, p95 string) *workspaces.Quantiles {
		return &workspaces.Quantiles{P5: bound(p5), P25: bound(p25), P50: bound(p50), P75: bound(p75), P95: bound(p95)}
	}
	want := workspaces.Profile{Before: workspaces.NoTable, Month: "2024-03", MonthBefore: "2024-02", Columns: []workspaces.ColumnProfile{
		{Column: "pk_customer", Mean: number(200.5), Deviation: number(math.Sqrt(2 * 5333300. / 799)), Distinct: count(400),
			Quantiles: q("20", "100", "200", "300", "380")},
		{Column: "tpk_release_dt", Distinct: count(2), Quantiles: q(`"2024-02-01"`, `"2024-02-01"`, `"2024-02-01"`, `"2024-03-01"`, `"2024-03-01"`)},
		{Column: "t_cnt", Mean: number(0.375), Deviation: number(math.Sqrt(0.375 * 0.625 * 800 / 799)), Distinct: count(2),
			Quantiles: q("0", "0", "0", "1", "1"), MonthDrift: number(0.27465307)}, // 0.25·ln 1.5 + 0.25·ln 2
		// The mean is that of 0 to 9, 40 times each, and of 4.5, 360 times. In ten buckets of a tenth each none of the values
		// of February is; they are in the one for values that January did not have, and in that for nulls.
		{Column: "t_amount", Mean: number(4.5), Deviation: number(math.Sqrt(40 * 82.5 / 759)), Distinct: count(11),
			Quantiles: q("0", "4", "4.5", "5", "9"), MonthDrift: number(10*0.0999*math.Log(1000) + 0.0999*math.Log(1000) + 0.8999*math.Log(9000))},
	}}
	got := profileOf(t, w, 0)
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(1e-7, 0)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if drifted := got.Over(0.25, 0); len(drifted) != 2 || drifted.Columns() != 2 {
		t.Errorf("%v", drifted)
	}
}

// TestABuildTellsOfDrift, in what it returns and in the log, and never fails for it.
func TestABuildTellsOfDrift(t *testing.T) {
	before := visitsOf("2024-01", of(0.625, "0", "1"), always("7"))
	for name, c := range map[string]struct {
		after     string
		threshold float64
		want      string
	}{
		"the same values":       {visitsOf("2024-01", of(0.625, "0", "1"), of(0.01, "8", "7")), 0.25, ""},
		"other values":          {visitsOf("2024-01", always("1"), always("7")), 0.25, "1 column has drifted: t_cnt (PSI 6.07 of version 1 against version 0)"},
		"nulls":                 {visitsOf("2024-01", of(0.625, "0", "1"), of(0.75, "7", "")), 0.25, "1 column has drifted: t_amount (PSI 2.03 of version 1 against version 0)"},
		"both":                  {visitsOf("2024-01", always("1"), always("")), 0.25, "2 columns have drifted: t_amount (PSI 18.42 of version 1 against version 0), t_cnt (PSI 6.07 of version 1 against version 0)"},
		"a month that is other": {before + visitsOf("2024-02", of(0.5, "0", "1"), of(0.25, "", "7")), 1, "1 column has drifted: t_amount (PSI 2.03 of 2024-03 against 2024-02)"},
		"as far as is allowed":  {visitsOf("2024-01", always("1"), always("7")), 6.08, ""},
		"nobody wants to know":  {visitsOf("2024-01", always("1"), always("7")), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, log := driftWatched(t, c.threshold)
			put(t, w, visits, before)
			if b := mustBuild(t, w, bothFeatures, nil); len(b.Drift) > 0 {
				t.Errorf("the first build: %s", b.Drift)
			}
			put(t, w, visits, c.after)
			b := mustBuild(t, w, bothFeatures, nil)
			if b.Version != 1 || b.Drift.String() != c.want {
				t.Errorf("version %d: %q, want %q", b.Version, b.Drift, c.want)
			}
			if told := strings.Contains(log.String(), "drifted"); told != (c.want != "") {
				t.Errorf("the log says %q", log)
			}
			if told := strings.Contains(b.String(), "drifted"); told != (c.want != "") {
				t.Errorf("the build says %q", b)
			}
		})
	}
}

// TestWhatIsNotKnownOfAProfile is absent, and said.
func TestWhatIsNotKnownOfAProfile(t *testing.T) {
	w, log := driftWatched(t, 0.25)
	put(t, w, visits, visitsOf("2024-01", always("1"), always("7")))
	mustBuild(t, w, bothFeatures, nil)
	path := filepath.Join(w.options.Dir, w.options.Database, "fs_visits")
	if err := os.RemoveAll(filepath.Join(path, "_featops_sketches")); err != nil {
		t.Fatal(err)
	}
	if p := profileOf(t, w, 0); p.Columns != nil || p.Lacks != "1 of 1 data files are without a sketch; a build that writes them anew makes one" {
		t.Errorf("%+v", p)
	}
	put(t, w, visits, visitsOf("2024-01", always("2"), always("7")))
	if b := mustBuild(t, w, bothFeatures, nil); len(b.Drift) > 0 {
		t.Errorf("drift from what is not known: %s", b.Drift)
	}
	if log.Len() > 0 {
		t.Errorf("the log says %s", log)
	}
	if p := profileOf(t, w, 1); p.Lacks != "" || p.Before != workspaces.NoTable || p.Columns[2].Drift != nil || *p.Columns[2].Mean != 2 {
		t.Errorf("%+v", p)
	}
}

func TestFewRowsSayNothingOfDrift(t *testing.T) {
	w, _ := driftWatched(t, 0.1)
	rows := strings.Split(visitsOf("2024-01", always("1"), always("7")), "\n")
	few := func(n string) string {
		return strings.ReplaceAll(strings.Join(rows[:299], "\n"), `"n": 1`, `"n": `+n)
	}
	put(t, w, visits, few("1"))
	mustBuild(t, w, bothFeatures, nil)
	put(t, w, visits, few("2"))
	mustBuild(t, w, bothFeatures, nil)
	if p := profileOf(t, w, 1); p.Before != workspaces.NoTable || p.Columns[2].Drift != nil {
		t.Errorf("%+v", p)
	}
}

// TestTheProfileOfAnyVersion stays what it was, and comes back with a restore.
func TestTheProfileOfAnyVersion(t *testing.T) {
	w, _ := driftWatched(t, 0.25)
	put(t, w, visits, visitsOf("2024-01", always("1"), always("7")))
	mustBuild(t, w, bothFeatures, nil)
	put(t, w, visits, visitsOf("2024-01", always("2"), always("7"))+visitsOf("2024-02", always("3"), always("7")))
	mustBuild(t, w, bothFeatures, nil)
	if _, err := w.Restore(t.Context(), "fs_visits", 0); err != nil {
		t.Fatal(err)
	}
	table := delta.At(filepath.Join(w.options.Dir, w.options.Database, "fs_visits"))
	if _, err := table.Optimize(t.Context(), delta.Optimize{Keys: []string{features.CustomerKey}}, delta.CommitOptions{}); err != nil {
		t.Fatal(err)
	}
	for version, mean := range []float64{1, 2.5, 1} {
		if p := profileOf(t, w, int64(version)); p.Lacks != "" || *p.Columns[2].Mean != mean {
			t.Errorf("version %d: %+v, want mean %g", version, p, mean)
		}
	}
	if p := profileOf(t, w, 2); p.Before != 1 || *p.Columns[2].Drift < 1 {
		t.Errorf("the restored version: %+v", p)
	}
}
