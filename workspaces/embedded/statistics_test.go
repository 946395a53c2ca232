package embedded

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// bound is a bound of statistics as it is written in JSON.
func bound(text string) json.RawMessage { return json.RawMessage(text) }

func TestStatisticsOfATable(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	table, err := w.Table(t.Context(), "fs_visits")
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Statistics(t.Context(), table, features.CustomerKey)
	if err != nil {
		t.Fatal(err)
	}
	want := workspaces.Statistics{Rows: 3, Customers: 2, Columns: []workspaces.ColumnStatistics{
		{Column: "pk_customer", Min: bound("1"), Max: bound("2")},
		{Column: "tpk_release_dt", Min: bound(`"2024-02-01"`), Max: bound(`"2024-03-01"`)},
		{Column: "t_cnt", Min: bound("2"), Max: bound("5")},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Statistics are of the version that they are asked for, whatever came later.
func TestStatisticsAreOfAVersion(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	before, err := w.Table(t.Context(), "fs_visits")
	if err != nil {
		t.Fatal(err)
	}
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}
{"id": 77, "month": "2024-01", "n": 8}`)
	mustBuild(t, w, visitCount(countFeature), nil)
	after, err := w.Table(t.Context(), "fs_visits")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		table           workspaces.Table
		rows, customers int64
	}{{before, 3, 2}, {after, 4, 3}} {
		if got, err := w.Statistics(t.Context(), c.table, features.CustomerKey); err != nil || got.Rows != c.rows || got.Customers != c.customers {
			t.Errorf("version %d: %+v, %v; want %d rows of %d customers", c.table.Version, got, err, c.rows, c.customers)
		}
	}
}

// Customers are counted whatever type their column has; nulls are none.
func TestStatisticsCountCustomers(t *testing.T) {
	for _, kind := range []schema.Type{schema.BigInt, schema.Int, schema.String} {
		t.Run(string(kind), func(t *testing.T) {
			w := open(t)
			src := features.Source{Database: "demo_db", Name: "people", Columns: schema.Schema{{Name: "id", Type: kind}}}
			rows := `{"id": 0}
{"id": 5}
{"id": null}
{"id": 0}
{"id": 5}
{"id": -3}`
			if kind == schema.String {
				rows = `{"id": ""}
{"id": "b"}
{"id": null}
{"id": "a"}
{"id": "b"}`
			}
			put(t, w, src, rows)
			table, err := w.Source(t.Context(), src)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.Statistics(t.Context(), table, "ID"); err != nil || got.Customers != 3 || got.Columns[0].Nulls != 1 {
				t.Errorf("%+v, %v; want 3 customers and a null", got, err)
			}
			if got, err := w.Statistics(t.Context(), table, ""); err != nil || got.Customers != 0 {
				t.Errorf("without a customer column: %+v, %v", got, err)
			}
		})
	}
}

func TestSource(t *testing.T) {
	w := open(t)
	if _, err := w.Source(t.Context(), visits); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("a source that is not here: %v", err)
	}
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 2}`)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 2}
{"id": 2, "month": "2024-02", "n": 2}`)
	got, err := w.Source(t.Context(), visits)
	if err != nil || got.Version != 1 || got.Rows != 2 || got.Database != "demo_db" || len(got.Schema) != len(visits.Columns) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := w.Source(t.Context(), features.Source{Database: "..", Name: "visits"}); err == nil {
		t.Error("a name led out of the workspace")
	}
}

// The history tells what a build made each version from.
func TestHistoryTellsOrigins(t *testing.T) {
	w, _ := openWithVisits(t, countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 7}`)
	mustBuild(t, w, visitCount(countFeature), nil)
	if _, err := w.Restore(t.Context(), "fs_visits", 0); err != nil {
		t.Fatal(err)
	}
	history, err := w.History(t.Context(), "fs_visits", 0)
	if err != nil {
		t.Fatal(err)
	}
	origin := func(source int64, e *workspaces.Extent) *workspaces.Origin {
		return &workspaces.Origin{
			Start: "2024-01-01", End: "2024-06-01", Frame: features.Rows, Sources: map[string]int64{"demo_db.visits": source}, Extent: e,
		}
	}
	full := &workspaces.Extent{Reason: "visits has changed from the first month of the table on"}
	var got []*workspaces.Origin
	for _, c := range history {
		got = append(got, c.Origin)
	}
	if diff := cmp.Diff([]*workspaces.Origin{nil, origin(1, full), origin(0, nil)}, got); diff != "" {
		t.Errorf("origins, the newest first (-want +got):\n%s", diff)
	}
}
