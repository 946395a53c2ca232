package workspaces_test

import (
	"errors"
	"testing"
	"time"

	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// usual are the rules where nothing is configured.
var usual = workspaces.HealthRules{Freshness: workspaces.Warn, RowCount: workspaces.Warn, MaxDrop: 0.2, MaxGrowth: 0.5}

func month(text string) time.Time { return day(text + "-01") }

func TestASourceIsAsExpectedOrToldOf(t *testing.T) {
	source := func(newest string, rows int64, earlier ...int64) workspaces.SourceFacts {
		f := workspaces.SourceFacts{Source: "demo_db.pagos", Rows: rows, Earlier: earlier, Monthly: true}
		if newest != "" {
			f.Newest = month(newest)
		}
		return f
	}
	late := usual
	late.Shift = 2
	for name, c := range map[string]struct {
		facts workspaces.SourceFacts
		rules workspaces.HealthRules
		end   string // the last month of output; now is June 2024
		want  []string
	}{
		"the month before the last of output is there":  {source("2024-05", 10), usual, "2024-06-01", nil},
		"the month of the last output is there too":     {source("2024-06", 10), usual, "2024-06-01", nil},
		"a month is missing":                            {source("2024-04", 10), usual, "2024-06-01", []string{"the newest month is 2024-04, 1 month behind 2024-05"}},
		"years are missing":                             {source("2022-12", 10), usual, "2024-06-01", []string{"the newest month is 2022-12, 17 months behind 2024-05"}},
		"a source may be late by custom":                {source("2024-03", 10), late, "2024-06-01", nil},
		"but no later than that":                        {source("2024-02", 10), late, "2024-06-01", []string{"the newest month is 2024-02, 1 month behind 2024-03"}},
		"a shift goes over the year":                    {source("2023-11", 10), late, "2024-02-15", nil},
		"a window in the past expects its own end":      {source("2005-09", 10), usual, "2005-10-01", nil},
		"and takes newer months":                        {source("2024-05", 10), usual, "2005-10-01", nil},
		"a month in the future":                         {source("2024-07", 10), usual, "2024-06-01", []string{"the newest month is 2024-07, which is in the future"}},
		"also for a window in the past":                 {source("2042-01", 10), usual, "2005-10-01", []string{"the newest month is 2042-01, which is in the future"}},
		"no row has a month":                            {source("", 10), usual, "2024-06-01", []string{"no row has a month; rows of 2024-05 are expected"}},
		"a source without months has none to be late":   {workspaces.SourceFacts{Source: "demo_db.clientes", Rows: 10}, usual, "2024-06-01", nil},
		"an empty source is told of once":               {source("", 0), usual, "2024-06-01", []string{"it has no rows"}},
		"an empty source without months too":            {workspaces.SourceFacts{Source: "demo_db.clientes"}, usual, "2024-06-01", []string{"it has no rows"}},
		"a first build has nothing to compare":          {source("2024-05", 3), usual, "2024-06-01", nil},
		"as many as are allowed are gone":               {source("2024-05", 80, 100), usual, "2024-06-01", nil},
		"one more is gone":                              {source("2024-05", 79, 100), usual, "2024-06-01", []string{"it has 79 rows, 21% fewer than the 100 of earlier builds; 20% are allowed"}},
		"as many as are allowed have come":              {source("2024-05", 150, 100), usual, "2024-06-01", nil},
		"one more has come":                             {source("2024-05", 151, 100), usual, "2024-06-01", []string{"it has 151 rows, 51% more than the 100 of earlier builds; 50% are allowed"}},
		"rows where there were none":                    {source("2024-05", 151, 0), usual, "2024-06-01", []string{"it has 151 rows, 1.51e+04% more than the 0 of earlier builds; 50% are allowed"}},
		"a single odd build sets no standard":           {source("2024-05", 100, 7, 99, 98), usual, "2024-06-01", nil},
		"with two builds the newer one is the standard": {source("2024-05", 100, 99, 7), usual, "2024-06-01", nil},
		"all that is wrong is told":                     {source("2024-01", 1, 100), usual, "2024-06-01", []string{"it has 1 rows, 99% fewer than the 100 of earlier builds; 20% are allowed", "the newest month is 2024-01, 4 months behind 2024-05"}},
		"what is ignored is not":                        {source("2024-01", 1, 100), workspaces.HealthRules{Freshness: workspaces.Ignore, RowCount: workspaces.Ignore}, "2024-06-01", nil},
	} {
		t.Run(name, func(t *testing.T) {
			warnings, err := workspaces.CheckSource(c.facts, c.rules, day(c.end), now)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range warnings {
				if w.Source != c.facts.Source {
					t.Errorf("a warning of %s", w.Source)
				}
				got = append(got, w.Message)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASourceFailsABuildWhereTheRulesSaySo(t *testing.T) {
	facts := workspaces.SourceFacts{Source: "demo_db.pagos", Rows: 1, Earlier: []int64{100}, Monthly: true, Newest: month("2024-01")}
	rules := usual
	rules.Freshness = workspaces.Fail
	warnings, err := workspaces.CheckSource(facts, rules, day("2024-06-01"), now)
	var unhealthy *workspaces.UnhealthySourceError
	if !errors.As(err, &unhealthy) || len(unhealthy.Problems) != 1 || unhealthy.Problems[0].Check != workspaces.Freshness {
		t.Fatalf("error %v, want one about freshness", err)
	}
	if want := "source demo_db.pagos: the newest month is 2024-01, 4 months behind 2024-05 (freshness is set to fail)"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if len(warnings) != 1 || warnings[0].Check != workspaces.RowCount {
		t.Errorf("warnings %v, want the one about rows", warnings)
	}
}

// A change of the rows is told of exactly when it is beyond the share that is allowed of the median.
func TestRowCountsAgainstThePlainRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.Int64Range(1, 1000).Draw(t, "before")
		rows := rapid.Int64Range(1, 3000).Draw(t, "rows")
		rules := usual
		rules.MaxDrop, rules.MaxGrowth = float64(rapid.IntRange(0, 4).Draw(t, "drop"))/4, float64(rapid.IntRange(0, 8).Draw(t, "growth"))/4
		warnings, err := workspaces.CheckSource(workspaces.SourceFacts{Rows: rows, Earlier: []int64{before, before, before}}, rules, now, now)
		least, most := float64(before)*(1-rules.MaxDrop), float64(before)*(1+rules.MaxGrowth)
		if told := float64(rows) < least || float64(rows) > most; err != nil || told != (len(warnings) == 1) {
			t.Fatalf("%d rows after %d, from %v to %v allowed: %v, %v", rows, before, least, most, warnings, err)
		}
	})
}
