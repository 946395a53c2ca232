package engine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"featops/features/schema"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

func TestStandings(t *testing.T) {
	column := func(name string, kind schema.Type) schema.Column { return schema.Column{Name: name, Type: kind} }
	known := func(h *house) workspaces.Table { return h.bncapers.tables["fs_x"] }
	tests := []struct {
		name   string
		change func(h *house, r *workspaces.Registration) // after it was registered as it is
		want   Standing
	}{
		{"nothing has changed", func(*house, *workspaces.Registration) {}, Verified},
		{"written at another time", func(_ *house, r *workspaces.Registration) { r.Updated = time.Unix(1, 0) }, Verified},
		{"a newer version", func(h *house, _ *workspaces.Registration) { h.bncapers.build("fs_x", 5, known(h).Schema[2:]...) }, Stale},
		{"a new column", func(h *house, _ *workspaces.Registration) {
			h.bncapers.build("fs_x", 5, append(known(h).Schema[2:], column("x_new", schema.Int))...)
		}, Stale},
		{"a wider type", func(h *house, _ *workspaces.Registration) { h.bncapers.build("fs_x", 5, column("x_a", schema.BigInt)) }, Stale},
		{"other keys at the same version", func(_ *house, r *workspaces.Registration) { r.Keys = []string{"other"} }, Stale},
		{"a column less", func(h *house, _ *workspaces.Registration) { h.bncapers.build("fs_x", 5) }, Conflict},
		{"another type", func(h *house, _ *workspaces.Registration) { h.bncapers.build("fs_x", 5, column("x_a", schema.String)) }, Conflict},
		{"the table is gone", func(h *house, _ *workspaces.Registration) { delete(h.bncapers.tables, "fs_x") }, Orphaned},
		{"its workspace is down", func(h *house, _ *workspaces.Registration) { h.bncapers.down = errors.New("no route to host") }, Unverified},
		{"its workspace is none of this configuration", func(h *house, r *workspaces.Registration) { r.Workspace = "elsewhere" }, Unverified},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := open(t, setup{silent: true})
			h.bncapers.build("fs_x", 4, column("x_a", schema.Int))
			r := workspaces.Registration{Table: known(h)}
			tt.change(h, &r)
			h.medpag.registrations["fs_x"] = r
			_, _ = h.Do(t.Context(), Poll{}) // which fails where a workspace is down
			tables, _ := h.Tables(t.Context())
			found := false
			for _, table := range tables {
				if table.Name != "fs_x" || table.Workspace != r.Workspace {
					continue
				}
				found = true
				if len(table.Registrations) != 1 || table.Registrations[0].Workspace != "medpag" || table.Registrations[0].Standing != tt.want {
					t.Errorf("registrations are %+v, want %s in medpag", table.Registrations, tt.want)
				}
			}
			if !found {
				t.Error("the table is not listed")
			}
		})
	}
}

// measuredWorkspace tells statistics, and counts how often it was asked.
type measuredWorkspace struct {
	*fakeWorkspace
	stats    workspaces.Statistics
	cuts     [][]workspaces.Cut
	asked    int
	profile  workspaces.Profile
	profiled atomic.Int64
}

func (m *measuredWorkspace) Statistics(context.Context, workspaces.Table, string) (workspaces.Statistics, error) {
	m.asked++
	return m.stats, nil
}

func (m *measuredWorkspace) Profile(context.Context, workspaces.Table) (workspaces.Profile, error) {
	m.profiled.Add(1)
	return m.profile, nil
}

// Distributions has the values 1 to 10 in each column.
func (m *measuredWorkspace) Distributions(_ context.Context, _ workspaces.Table, cuts []workspaces.Cut) ([]workspaces.Distribution, error) {
	m.cuts = append(m.cuts, cuts)
	var out []workspaces.Distribution
	for _, c := range cuts {
		d := workspaces.Distribution{Column: c.Column, Measured: true, Values: 10, Finite: 10, Sum: 55, Min: 1, Max: 10}
		if len(c.Bounds) > 1 {
			d.Histogram = make([]int64, len(c.Bounds)-1)
		}
		out = append(out, d)
	}
	return out, nil
}

// measured is a house whose first workspace has fs_x, with statistics.
func measured(t *testing.T, stats ...workspaces.ColumnStatistics) (*house, *measuredWorkspace) {
	h := open(t, setup{silent: true})
	m := &measuredWorkspace{fakeWorkspace: h.bncapers, stats: workspaces.Statistics{Rows: 10, Columns: stats}}
	h.Engine.workspaces[0] = m
	h.bncapers.build("fs_x", 4, schema.Column{Name: "x_a", Type: schema.Int}, schema.Column{Name: "x_b", Type: schema.Double})
	h.look(t)
	return h, m
}

func TestTheNewestMonthIsReadOnceAVersion(t *testing.T) {
	h, m := measured(t, workspaces.ColumnStatistics{Column: "tpk_release_dt", Max: []byte(`"2026-10-01"`)})
	newest := func() string {
		t.Helper()
		tables, err := h.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			if table.Name == "fs_x" {
				return table.NewestMonth
			}
		}
		return "not listed"
	}
	for range 2 {
		if got := newest(); got != "2026-10" || m.asked != 1 {
			t.Errorf("the newest month is %q after %d looks, want 2026-10 after one", got, m.asked)
		}
	}
	m.stats.Columns[0].Max = []byte(`"2026-11-01"`)
	h.bncapers.build("fs_x", 5)
	h.look(t)
	if got := newest(); got != "2026-11" || m.asked != 2 {
		t.Errorf("of the next version it is %q after %d looks, want 2026-11 after two", got, m.asked)
	}
}

// Workspaces of one catalog see the same tables.
func TestATableInOnePlaceIsThatOfTheWorkspaceThatComputesIt(t *testing.T) {
	h := open(t, setup{silent: true})
	for _, w := range []*fakeWorkspace{h.bncapers, h.medpag} {
		for table, place := range map[string]string{"fs_cus_demographic": "s3://one", "fs_cus_transactions": "s3://two", "fs_made_by_others": "s3://three", "fs_cus_credit_risk": ""} {
			w.build(table, 0)
			built := w.tables[table]
			built.Location = place
			w.tables[table] = built
		}
	}
	h.look(t)
	got := map[string][]string{}
	for _, w := range h.Snapshot().Workspaces {
		for _, table := range w.Tables {
			got[table.Name] = append(got[table.Name], w.Name)
		}
	}
	both := []string{"bncapers", "medpag"}
	want := map[string][]string{"fs_cus_demographic": both[:1], "fs_cus_transactions": both[1:], "fs_made_by_others": both, "fs_cus_credit_risk": both}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
