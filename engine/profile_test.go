package engine

import (
	"testing"

	"featops/engine/config"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

// profiledHouse is a house whose table fs_x has drifted in x_a, from the version before, and in x_b, in its newest month.
func profiledHouse(t *testing.T, warn float64) (*house, *measuredWorkspace) {
	h, m := measured(t, workspaces.ColumnStatistics{Column: "x_a"}, workspaces.ColumnStatistics{Column: "x_b", Nulls: 5})
	h.config.Tables = map[string]config.TableSettings{"fs_x": {DriftWarn: warn}}
	mean, far, near := 2.5, 0.5, 0.3
	m.profile = workspaces.Profile{Before: 3, Month: "2026-10", MonthBefore: "2026-09", Columns: []workspaces.ColumnProfile{
		{Column: "X_A", Mean: &mean, Drift: &far, MonthDrift: &near}, {Column: "x_b", Drift: &near, MonthDrift: &far},
	}}
	return h, m
}

func TestDescribeTellsHowValuesAreSpread(t *testing.T) {
	for name, c := range map[string]struct {
		warn float64
		want workspaces.Drifts
	}{
		"a threshold": {0.4, workspaces.Drifts{
			{Column: "X_A", PSI: 0.5, Of: "version 4", Against: "version 3"}, {Column: "x_b", PSI: 0.5, Of: "2026-10", Against: "2026-09"}}},
		"a high one": {0.6, nil},
		"none":       {0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h, m := profiledHouse(t, c.warn)
			for range 2 {
				d, err := h.Describe(t.Context(), "fs_x", "", "")
				if d.Name != "fs_x" {
					t.Fatal(err)
				}
				want := &DriftState{Warn: c.warn, Version: 3, Month: "2026-10", MonthBefore: "2026-09", Drifted: c.want}
				if diff := cmp.Diff(want, d.Drift); diff != "" {
					t.Error(diff)
				}
				if s := d.Columns[2].Statistics; s == nil || *s.Mean != 2.5 || *s.Drift != 0.5 {
					t.Errorf("%+v", s)
				}
				if s := d.Columns[3].Statistics; s.NullShare != 0.5 || s.Mean != nil || *s.MonthDrift != 0.5 {
					t.Errorf("%+v", s)
				}
			}
			if n := m.profiled.Load(); n != 1 {
				t.Errorf("the table was judged %d times, want once a version", n)
			}
		})
	}
}

func TestTablesTellWhatHasDrifted(t *testing.T) {
	drifted := func(h *house) int {
		t.Helper()
		tables, err := h.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			if table.Name == "fs_x" {
				return table.Drifted.Columns()
			}
		}
		return -1
	}
	h, m := profiledHouse(t, 0.4)
	if got := drifted(h); got != 2 {
		t.Errorf("%d columns, want 2", got)
	}
	h.bncapers.build("fs_x", 5)
	h.look(t)
	if got := drifted(h); got != 2 || m.profiled.Load() != 2 {
		t.Errorf("%d columns of the next version, judged %d times", got, m.profiled.Load())
	}
	h, m = profiledHouse(t, 0)
	if got := drifted(h); got != 0 || m.profiled.Load() != 0 {
		t.Errorf("%d columns, judged %d times where nobody wants to know", got, m.profiled.Load())
	}
	h, m = profiledHouse(t, 0.4)
	for i := range h.config.Workspaces {
		h.config.Workspaces[i].Kind = config.Databricks
	}
	if got := drifted(h); got != 0 || m.profiled.Load() != 0 {
		t.Errorf("%d columns, judged %d times where that is a statement far away", got, m.profiled.Load())
	}
}
