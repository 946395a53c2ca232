package embedded

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"featops/features/schema"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

// expecting opens a workspace with rules for its sources. The tests take place in June 2024.
func expecting(t testing.TB, rules workspaces.HealthRules) *Workspace {
	return open(t, func(o *Options) { o.Health = func(string) workspaces.HealthRules { return rules } })
}

var usualRules = workspaces.HealthRules{Freshness: workspaces.Warn, RowCount: workspaces.Warn, MaxDrop: 0.2, MaxGrowth: 0.5}

// rowsOfMonths is a row of visits for each month.
func rowsOfMonths(months ...string) string {
	var b strings.Builder
	for i, m := range months {
		fmt.Fprintf(&b, "{\"id\": %d, \"month\": %q, \"n\": 1}\n", i+1, m)
	}
	return b.String()
}

func wantWarnings(t *testing.T, b workspaces.Build, want ...string) {
	t.Helper()
	var got []string
	for _, w := range b.Warnings {
		got = append(got, string(w.Check)+": "+w.Message)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestABuildTellsOfItsSource(t *testing.T) {
	const stale = "freshness: the newest month is 2024-03, 2 months behind 2024-05"
	w := expecting(t, usualRules)
	put(t, w, visits, rowsOfMonths("2024-01", "2024-03"))
	b := mustBuild(t, w, visitCount(countFeature), nil)
	wantWarnings(t, b, stale)
	if !strings.HasSuffix(b.String(), "; 1 warning of its source") {
		t.Errorf("the build says %q", b)
	}

	t.Run("also when there is nothing to do", func(t *testing.T) {
		again := mustBuild(t, w, visitCount(countFeature), nil)
		if !again.UpToDate {
			t.Fatal("built again")
		}
		wantWarnings(t, again, stale)
	})
	t.Run("as much as its window expects", func(t *testing.T) {
		wantWarnings(t, mustBuild(t, w, visitCount(countFeature), map[string]string{"end_date": "2024-04-01"}))
	})
}

func TestBadRowsAreToldOfAlsoByABuildWithNothingToDo(t *testing.T) {
	const bad = `bad_rows: 1 of 2 rows are without a month and were left out; the first: column month: "2024-13" (row 2)`
	w := expecting(t, usualRules)
	w.options.BadRowsShare = func(string) float64 { return 0.5 }
	put(t, w, visits, rowsOfMonths("2024-05", "2024-13"))
	wantWarnings(t, mustBuild(t, w, visitCount(countFeature), nil), bad)
	wantWarnings(t, mustBuild(t, w, visitCount(countFeature), nil), bad)
}

func TestRowsAreComparedWithTheBuildsBefore(t *testing.T) {
	w := expecting(t, usualRules)
	months := []string{"2024-01", "2024-02", "2024-03", "2024-04", "2024-05"}
	for _, n := range []int{5, 5, 5, 2} {
		put(t, w, visits, rowsOfMonths(months[5-n:]...))
		b := mustBuild(t, w, visitCount(countFeature), nil)
		if n == 5 {
			wantWarnings(t, b)
		} else {
			wantWarnings(t, b, "row_count: it has 2 rows, 60% fewer than the 5 of earlier builds; 20% are allowed")
		}
	}
	t.Run("also when there is nothing to do", func(t *testing.T) {
		b := mustBuild(t, w, visitCount(countFeature), nil)
		if !b.UpToDate {
			t.Fatal("built again")
		}
		wantWarnings(t, b, "row_count: it has 2 rows, 60% fewer than the 5 of earlier builds; 20% are allowed")
	})
	t.Run("which a restore does not hide", func(t *testing.T) {
		if _, err := w.Restore(t.Context(), "fs_visits", 0); err != nil {
			t.Fatal(err)
		}
		wantWarnings(t, mustBuild(t, w, visitCount(countFeature), nil), "row_count: it has 2 rows, 60% fewer than the 5 of earlier builds; 20% are allowed")
	})
}

func TestASourceThatIsToFailEndsTheBuildBeforeAnythingIsWritten(t *testing.T) {
	strict := usualRules
	strict.Freshness, strict.RowCount = workspaces.Fail, workspaces.Fail
	w := expecting(t, strict)
	put(t, w, visits, rowsOfMonths("2024-05"))
	mustBuild(t, w, visitCount(countFeature), nil)
	put(t, w, visits, rowsOfMonths("2024-01", "2024-02"))
	_, err := build(t, w, visitCount(countFeature), nil)
	var unhealthy *workspaces.UnhealthySourceError
	if !errors.As(err, &unhealthy) || len(unhealthy.Problems) != 2 {
		t.Fatalf("error %v, want one with both problems", err)
	}
	wantError(t, err, "demo_db.visits", "2024-02, 3 months behind 2024-05", "2 rows, 100% more than the 1")
	if v := versionOf(t, w, "fs_visits"); v != 0 {
		t.Errorf("version %d after a build that failed", v)
	}
	_, err = build(t, w, visitCount(countFeature), map[string]string{"force_overwrite": "true"})
	wantError(t, err, "set to fail")
}

func TestTheNewestMonthOfEveryKindOfColumn(t *testing.T) {
	for name, c := range map[string]struct {
		kind   schema.Type
		values []string // JSON
		want   string
	}{
		"text":                        {schema.String, []string{`"2024-03"`, `"2024-05"`, `null`}, "2024-05"},
		"text that is no month":       {schema.String, []string{`"2024-03"`, `"zz"`, `"2024/07"`, `"2024-13"`}, "2024-03"},
		"text that is no month alone": {schema.String, []string{`"zz"`, `null`}, ""},
		"dates":                       {schema.Date, []string{`"2024-03-31"`, `"2023-12-01"`}, "2024-03"},
		"times":                       {schema.Timestamp, []string{`"2024-02-29T23:59:59.9Z"`, `"2023-12-01T00:00:00Z"`}, "2024-02"},
		"nulls":                       {schema.String, []string{`null`, `null`}, ""},
		"no rows":                     {schema.String, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			source := visits
			source.Columns = slices.Clone(visits.Columns)
			source.Columns[1].Type = c.kind
			var rows []string
			for _, v := range c.values {
				rows = append(rows, fmt.Sprintf(`{"id": 1, "month": %s}`, v))
			}
			put(t, w, source, strings.Join(rows, "\n"))
			table, err := w.source(source)
			if err != nil {
				t.Fatal(err)
			}
			s, err := table.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			check := func(what string, got time.Time, err error) {
				text := ""
				if !got.IsZero() {
					text = got.Format(time.DateOnly)
				}
				want := c.want
				if want != "" {
					want += "-01"
				}
				if err != nil || text != want {
					t.Errorf("%s: %q, error %v; want %q", what, text, err, want)
				}
			}
			got, err := newestMonth(t.Context(), s, "MONTH")
			check("by statistics or by reading", got, err)
			got, err = readNewestMonth(t.Context(), s, "MONTH")
			check("by reading", got, err)
		})
	}
}
