package tables

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/google/go-cmp/cmp"

	"featops/workspaces"
	"featops/workspaces/databricks/double"
)

// Every statement of every way to save a table.
func TestStatementsOfABuild(t *testing.T) {
	force := func(p *workspaces.Params) { p.ForceOverwrite = true }
	omit := func(p *workspaces.Params) { p.OmitValidation = true }
	changeTable := func(x *shop, change func(d *double.Details)) {
		x.lake.Change(fullTable, "REPLACE COLUMNS", func(d *double.Details, _ *int64) { change(d) })
	}
	for name, c := range map[string]struct {
		before func(x *shop) // to the small table, which is there unless this is nil
		params func(*workspaces.Params)
		yes    bool
		want   workspaces.Build
	}{
		"new": {want: workspaces.Build{Mode: workspaces.Overwrite, Version: 0, Rows: 8, Changes: workspaces.Changes{Inserted: 8}}},
		"up_to_date": {
			before: func(*shop) {},
			want:   workspaces.Build{UpToDate: true, Version: 2, Rows: 8, Changes: workspaces.Changes{Unchanged: 8}},
		},
		"merge": {
			before: func(x *shop) { x.source(); x.lake.Query(smallColumns(), 8, 1, 2) },
			want:   workspaces.Build{Mode: workspaces.Merge, Version: 3, Rows: 9, Changes: workspaces.Changes{Inserted: 1, Updated: 2, Unchanged: 5, Absent: 1}},
		},
		"merge_without_a_change": {
			before: func(x *shop) { x.source(); x.lake.Query(smallColumns(), 8, 0, 0) },
			want:   workspaces.Build{Mode: workspaces.Merge, Version: 2, Rows: 8, Changes: workspaces.Changes{Unchanged: 8}},
		},
		"new_column": {
			before: func(x *shop) {
				changeTable(x, func(d *double.Details) { d.Columns = d.Columns[:3] })
				x.lake.Query(smallColumns(), 8, 0, 8)
			},
			want: workspaces.Build{Mode: workspaces.Merge, Version: 4, Rows: 8, Changes: workspaces.Changes{Updated: 8}},
		},
		"wider_type": {
			before: func(x *shop) {
				changeTable(x, func(d *double.Details) { d.Columns[2].Type = "FLOAT" })
				x.lake.Query(smallColumns(), 8, 1, 2)
			},
			want: workspaces.Build{Mode: workspaces.Merge, Version: 4, Rows: 9, Changes: workspaces.Changes{Inserted: 1, Updated: 2, Unchanged: 5, Absent: 1}},
		},
		"overwrite": {
			before: func(*shop) {}, params: force,
			want: workspaces.Build{Mode: workspaces.Overwrite, Version: 3, Rows: 8, Changes: workspaces.Changes{Inserted: 8}},
		},
		"empty": {
			before: func(x *shop) { x.lake.Change(fullTable, "DELETE", func(_ *double.Details, rows *int64) { *rows = 0 }) },
			want:   workspaces.Build{Mode: workspaces.Overwrite, Version: 4, Rows: 8, Changes: workspaces.Changes{Inserted: 8}},
		},
		"missing_column_and_yes": {
			before: func(x *shop) {
				changeTable(x, func(d *double.Details) { d.Columns = append(d.Columns, kinds("old", "INT")...) })
			}, yes: true,
			want: workspaces.Build{Mode: workspaces.Overwrite, Version: 4, Rows: 8, Changes: workspaces.Changes{Inserted: 8}, Question: "q1"},
		},
		"missing_column_and_no": {
			before: func(x *shop) {
				changeTable(x, func(d *double.Details) { d.Columns = append(d.Columns, kinds("old", "INT")...) })
			},
			want: workspaces.Build{Refused: true, Version: 3, Question: "q1"},
		},
		"other_type_and_nobody_is_asked": {
			before: func(x *shop) {
				changeTable(x, func(d *double.Details) {
					d.Columns[3].Type = "STRING"
					d.Columns = append(d.Columns, kinds("old", "INT")...)
				})
				x.lake.Query(smallColumns(), 8, 1, 2)
			},
			params: omit,
			want:   workspaces.Build{Mode: workspaces.Merge, Version: 4, Rows: 9, Changes: workspaces.Changes{Inserted: 1, Updated: 2, Unchanged: 5, Absent: 1}},
		},
		"other_and_wider_type_and_nobody_is_asked": {
			before: func(x *shop) {
				changeTable(x, func(d *double.Details) {
					d.Columns[3].Type = "DATE"
					d.Columns[2].Type = "FLOAT"
					d.Columns = append(d.Columns, kinds("old", "ARRAY<INT>")...)
				})
				x.lake.Query(smallColumns(), 8, 1, 2)
			},
			params: omit,
			want:   workspaces.Build{Mode: workspaces.Merge, Version: 4, Rows: 9, Changes: workspaces.Changes{Inserted: 1, Updated: 2, Unchanged: 5, Absent: 1}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := openShop(t)
			if c.before != nil {
				x.built()
				c.before(x)
			}
			x.lake.Answer("count\\(`\\w+`\\) AS c0 FROM", "c0 BIGINT", []any{3})
			n := x.count()
			a := &answers{yes: c.yes}
			b, err := x.build(c.params, a)
			if c.want.Refused != errors.As(err, new(*workspaces.RefusedError)) || err != nil && !c.want.Refused {
				t.Fatal(err)
			}
			c.want.Table = "fs_cus_small"
			if diff := cmp.Diff(c.want, b); diff != "" {
				t.Errorf("the build (-want +got):\n%s", diff)
			}
			x.golden(name, x.since(n))
			if c.want.Question != "" && (len(a.asked) != 1 || !cmp.Equal(a.asked[0].Loss.Columns, []workspaces.ColumnLoss{{Column: "old", Values: 3}})) {
				t.Errorf("asked %+v", a.asked)
			}
			if c.want.Refused {
				if ops := x.lake.Operations(fullTable); ops[len(ops)-1] != "REPLACE COLUMNS" {
					t.Errorf("a table that was refused was changed: %v", ops)
				}
				return
			}
			x.complete(t)
		})
	}
}

// complete checks that the table says of itself all that it should, and that building it again changes nothing.
func (x *shop) complete(t *testing.T) {
	t.Helper()
	if x.server.PrimaryKey(fullTable) == nil || len(x.server.Tags(fullTable)) != 3 {
		t.Errorf("primary key %v, tags %v", x.server.PrimaryKey(fullTable), x.server.Tags(fullTable))
	}
	now := x.read()
	want, err := x.table.Schema("BIGINT")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range want {
		if i := now.Schema.Index(c.Name); i < 0 || now.Schema[i].Comment != c.Comment {
			t.Errorf("column %s: %+v", c.Name, now.Schema)
		}
	}
	if now.Description != x.table.Summary() {
		t.Errorf("it is described as %q", now.Description)
	}
	before := x.lake.Operations(fullTable)
	if b, err := x.build(nil, nil); err != nil || !b.UpToDate || len(x.lake.Operations(fullTable)) != len(before) {
		t.Errorf("a further build: %+v, %v, %v", b, err, x.lake.Operations(fullTable)[len(before):])
	}
}

// A save whose last steps fail is one: the next build completes it and changes nothing else.
func TestABuildThatIsNotCompleteIsCompletedByTheNext(t *testing.T) {
	refuse := double.Fault{Status: 403, Code: "PERMISSION_DENIED", Message: "no"}
	for name, fail := range map[string]func(x *shop){
		"what the catalog says": func(x *shop) {
			x.lake.Gate(func(sql string) {
				if strings.HasPrefix(sql, "CREATE TABLE") {
					x.server.Fail("GET /api/2.1/unity-catalog/tables/"+fullTable, 1, refuse)
				}
			})
		},
		"comments":    func(x *shop) { x.lake.Fail("ALTER COLUMN\n", "[INSUFFICIENT_PERMISSIONS] no", 1) },
		"no nulls":    func(x *shop) { x.failStatement("SET NOT NULL") },
		"primary key": func(x *shop) { x.server.Fail("POST /api/2.1/unity-catalog/constraints", 1, refuse) },
		"known tags":  func(x *shop) { x.server.Fail("GET /api/2.1/unity-catalog/entity-tag-assignments", 1, refuse) },
		"tags":        func(x *shop) { x.server.Fail("POST /api/2.1/unity-catalog/entity-tag-assignments", 1, refuse) },
		"origin":      func(x *shop) { x.lake.Fail("featops.origin", "[INSUFFICIENT_PERMISSIONS] no", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			x := openShop(t)
			fail(x)
			_, err := x.build(nil, nil)
			if err == nil || !strings.Contains(err.Error(), "is saved as version 0, but what it says of itself is not complete; a further build completes it") {
				t.Fatal(err)
			}
			x.lake.Gate(func(string) {})
			x.lake.Query(smallColumns(), 8, 0, 0)
			b := x.built()
			if b.UpToDate || b.Mode != workspaces.Merge || b.Rows != 8 || b.Inserted+b.Updated != 0 {
				t.Errorf("the next build: %+v", b)
			}
			x.complete(t)
		})
	}
}

// failStatement makes the statement that follows the comments fail, which the double carries out itself.
func (x *shop) failStatement(text string) {
	x.lake.Gate(func(sql string) {
		if strings.Contains(sql, "ALTER COLUMN\n") { // the one before it
			x.server.Fail(statements, 1, double.Fault{Status: 403, Code: "PERMISSION_DENIED", Message: text})
		}
	})
}

// After a merge, too, the old origin stays until all is complete, and does not hide what is missing.
func TestAMergeThatIsNotCompleteIsCompletedByTheNext(t *testing.T) {
	x := openShop(t)
	x.built()
	x.source()
	x.lake.Query(smallColumns(), 8, 1, 2)
	x.lake.Fail("featops.origin", "[INSUFFICIENT_PERMISSIONS] no", 1)
	if _, err := x.build(nil, nil); err == nil {
		t.Fatal("it is complete")
	}
	x.lake.Query(smallColumns(), 8, 0, 0)
	if b := x.built(); b.UpToDate || b.Inserted+b.Updated != 0 {
		t.Errorf("%+v", b)
	}
	x.complete(t)
}

// A table that changes between the look and the save is looked at again.
func TestATableThatChangesMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		there  bool
		change func(x *shop)
		want   workspaces.Mode
	}{
		"somebody writes to it": {true, func(x *shop) { x.lake.Change(fullTable, "WRITE", func(*double.Details, *int64) {}) }, workspaces.Merge},
		"somebody drops it":     {true, func(x *shop) { x.lake.Drop(fullTable) }, workspaces.Overwrite},
		"somebody makes it": {false, func(x *shop) {
			x.lake.Change(fullTable, "CREATE TABLE", func(d *double.Details, rows *int64) { d.Columns, *rows = smallColumns(), 1 })
		}, workspaces.Merge},
	} {
		t.Run(name, func(t *testing.T) {
			x := openShop(t)
			if c.there {
				x.built()
				x.source()
			}
			staged, err := x.Stage(t.Context(), workspaces.BuildRequest{Table: x.table, Params: params()})
			if err != nil {
				t.Fatal(err)
			}
			w := &watched{Staged: staged, before: func() { c.change(x) }}
			b, err := workspaces.Save(t.Context(), "medpag", x.table.Name, w, params(), nil, x.options.Log)
			if err != nil || b.Mode != c.want || w.commits != 2 {
				t.Fatalf("%+v after %d commits, %v", b, w.commits, err)
			}
			if !strings.Contains(x.log.String(), "table changed meanwhile") {
				t.Errorf("the log says %s", x.log)
			}
		})
	}
}

// watched is staged data before whose first commit something happens.
type watched struct {
	workspaces.Staged
	before  func()
	commits int
}

func (w *watched) Commit(ctx context.Context, p workspaces.Plan) (workspaces.Saved, error) {
	if w.commits++; w.commits == 1 {
		w.before()
	}
	return w.Staged.Commit(ctx, p)
}

func params() (p workspaces.Params) {
	p.Start, p.End = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return p
}

// A table that was up to date when its build began, and is not any more, is built after all.
func TestATableThatIsUpToDateNoLonger(t *testing.T) {
	for name, change := range map[string]func(x *shop){
		"somebody writes to it": func(x *shop) { x.lake.Change(fullTable, "DELETE", func(_ *double.Details, rows *int64) { *rows = 3 }) },
		"somebody drops it":     func(x *shop) { x.lake.Drop(fullTable) },
	} {
		t.Run(name, func(t *testing.T) {
			x := openShop(t)
			x.built()
			staged, err := x.Stage(t.Context(), workspaces.BuildRequest{Table: x.table, Params: params()})
			if err != nil || !staged.UpToDate() {
				t.Fatal(err)
			}
			change(x)
			if b, err := workspaces.Save(t.Context(), "medpag", x.table.Name, staged, params(), nil, x.options.Log); err != nil || b.UpToDate || b.Inserted != 8 {
				t.Errorf("%+v, %v", b, err)
			}
		})
	}
}

// What leaves the rows as they are, such as the upkeep that Databricks does by itself, makes no build due.
func TestUpkeepDoesNotMakeATableOutOfDate(t *testing.T) {
	x := openShop(t)
	x.built()
	for _, operation := range slices.Sorted(maps.Keys(quiet)) {
		x.lake.Change(fullTable, operation, func(*double.Details, *int64) {})
	}
	if b := x.built(); !b.UpToDate {
		t.Errorf("%+v", b)
	}
	x.lake.Change(fullTable, "WRITE", func(*double.Details, *int64) {})
	if b := x.built(); b.UpToDate {
		t.Errorf("%+v", b)
	}
}

// Upkeep may follow a save at once, and is not taken for it.
func TestUpkeepRightAfterASave(t *testing.T) {
	x := openShop(t)
	x.built()
	x.source()
	x.lake.Query(smallColumns(), 8, 1, 0)
	merged := false
	x.lake.Gate(func(sql string) {
		if merged && strings.HasPrefix(sql, "DESCRIBE HISTORY") {
			x.lake.Change(fullTable, "OPTIMIZE", func(*double.Details, *int64) {})
		}
		merged = strings.HasPrefix(sql, "MERGE")
	})
	if b := x.built(); b.Version != 3 || strings.Contains(x.log.String(), "somebody else") {
		t.Errorf("%+v, log %s", b, x.log)
	}
	x.complete(t)
}

// Whoever may use a database need not be allowed to make one.
func TestADatabaseThatIsThereIsNotMade(t *testing.T) {
	x := openShop(t)
	x.server.AddSchema("main.fs")
	x.lake.Fail("CREATE SCHEMA", "[INSUFFICIENT_PERMISSIONS] User does not have CREATE SCHEMA on Catalog 'main'", 9)
	x.built()
}

// A table that the user may not see can be neither made nor merged into: that is told, and not tried for ever.
func TestATableThatIsHidden(t *testing.T) {
	x := openShop(t)
	x.lake.Fail("CREATE TABLE", "[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table `main`.`fs`.`fs_cus_small` because it already exists.", 9)
	if _, err := x.build(nil, nil); err == nil || !strings.Contains(err.Error(), "already exists") || !errors.Is(err, workspaces.ErrNoTable) {
		t.Error(err)
	}
}

func TestAPrimaryKeyOfOthersIsReplaced(t *testing.T) {
	x := openShop(t)
	x.built()
	x.server.SetPrimaryKey(fullTable, catalog.PrimaryKeyConstraint{Name: "old", ChildColumns: []string{"pk_customer"}})
	x.source()
	x.built()
	if key := x.server.PrimaryKey(fullTable); key == nil || key.Name != "fs_cus_small_pk" || len(key.TimeseriesColumns) != 1 {
		t.Errorf("%+v", key)
	}
}

func TestNewDataWithBadKeys(t *testing.T) {
	x := openShop(t)
	x.lake.Answer("AS all_rows,\n *coalesce", "all_rows BIGINT, nulls BIGINT, duplicates BIGINT", []any{8, 1, 2})
	x.lake.Answer("LIMIT 5$", "pk_customer BIGINT, tpk_release_dt DATE", []any{7, "2025-12-01"}, []any{nil, "2025-11-01"})
	n := x.count()
	_, err := x.build(nil, nil)
	const want = "table fs_cus_small: the new data has 1 rows with a null key and 2 with a duplicate key: (7, 2025-12-01); (null, 2025-11-01), … " +
		"allowed is one row per (pk_customer, tpk_release_dt); nothing was written"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	x.golden("bad_keys", x.since(n))
	if x.lake.Operations(fullTable) != nil {
		t.Error("something was written")
	}
}

func TestRowsWithoutAMonth(t *testing.T) {
	for name, c := range map[string]struct {
		example any
		share   float64
		want    string // of the error, else of the warning
		fails   bool
	}{
		"too many": {"2024-13", 0, `table fs_cus_small: source demo_db.movimientos: column periodo: "2024-13" is no month (customer 7): 2 of 10 rows are bad, the allowed share is 0`, true},
		"null":     {nil, 0.1, `column periodo: null is no month (customer 7): 2 of 10 rows are bad, the allowed share is 0.1`, true},
		"hostile":  {"'; DROP\n\x1b[31m", 0, `column periodo: "'; DROP\n\x1b[31m" is no month`, true},
		"allowed":  {"2024-13", 0.2, `2 of 10 rows are without a month and were left out; one of them: column periodo: "2024-13" is no month (customer 7)`, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := openShop(t)
			x.share = c.share
			x.lake.Answer("`bad_rows`", "rows BIGINT, bad_rows BIGINT, example_customer BIGINT, example STRING", []any{10, 2, 7, c.example})
			staged, err := x.Stage(t.Context(), workspaces.BuildRequest{Table: x.table, Params: params()})
			if c.fails {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Error(err)
				}
				return
			}
			if err != nil || len(staged.Warnings()) != 1 || staged.Warnings()[0].Message != c.want || staged.Warnings()[0].Check != workspaces.BadRows {
				t.Errorf("%v, %v", staged.Warnings(), err)
			}
		})
	}
}

func TestASourceThatIsNotAsExpected(t *testing.T) {
	x := openShop(t)
	x.built()
	x.lake.Change(fullSource, "DELETE", func(_ *double.Details, rows *int64) { *rows = 5 })
	x.lake.Answer(" AS month FROM ", "month STRING", []any{"2025-10"})
	staged, err := x.Stage(t.Context(), workspaces.BuildRequest{Table: x.table, Params: params()})
	if err != nil {
		t.Fatal(err)
	}
	if w := fmt.Sprint(staged.Warnings()); !strings.Contains(w, "5 rows, 50% fewer than the 10 of earlier builds") || !strings.Contains(w, "2 months behind 2025-12") {
		t.Error(w)
	}
	x.rules.RowCount = workspaces.Fail
	n := x.count()
	if _, err := x.build(nil, nil); !errors.As(err, new(*workspaces.UnhealthySourceError)) {
		t.Error(err)
	}
	for _, s := range x.since(n) {
		if strings.HasPrefix(s, "DESCRIBE QUERY") || strings.HasPrefix(s, "MERGE") {
			t.Errorf("it was computed all the same: %s", s)
		}
	}
	x.lake.Answer(" AS month FROM ", "month STRING", []any{nil})
	x.rules.RowCount, x.rules.Freshness = workspaces.Ignore, workspaces.Fail
	if _, err := x.build(nil, nil); err == nil || !strings.Contains(err.Error(), "no row has a month") {
		t.Error(err)
	}
}

func TestASourceThatDoesNotFit(t *testing.T) {
	x := openShop(t)
	x.lake.Drop(fullSource)
	var missing *MissingSourceError
	if _, err := x.build(nil, nil); !errors.As(err, &missing) || missing.Source != fullSource {
		t.Error(err)
	}
	x.lake.Change(fullSource, "WRITE", func(d *double.Details, _ *int64) {
		d.Columns = kinds("id_cliente", "BIGINT", "monto", "MAP<STRING,INT>")
	})
	_, err := x.build(nil, nil)
	for _, want := range []string{"column periodo (STRING) is missing", "column monto is map<string,int>: allowed are"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
}

// Another table of the same name and version is another source.
func TestASourceThatWasReplacedMakesABuildDue(t *testing.T) {
	x := openShop(t)
	x.built()
	columns, err := x.lake.Details(t.Context(), fullSource)
	if err != nil {
		t.Fatal(err)
	}
	x.lake.Drop(fullSource)
	x.lake.Change("main.demo_db.between", "WRITE", func(*double.Details, *int64) {})
	x.lake.Change(fullSource, "WRITE", func(d *double.Details, rows *int64) { d.Columns, *rows = columns.Columns, 10 })
	if b := x.built(); b.UpToDate {
		t.Errorf("%+v", b)
	}
}

// An answer without the row that was asked for is an error, and no more than that.
func TestAnswersWithoutRows(t *testing.T) {
	for _, pattern := range []string{
		"DESCRIBE HISTORY", "^SELECT count\\(\\*\\) AS n", "`bad_rows`", "^DESCRIBE QUERY", "AS all_rows,\n *coalesce", " AS month FROM ", "^MERGE",
		"count_if\\(t\\.",
	} {
		x := openShop(t)
		x.built()
		x.source()
		x.lake.Answer(pattern, "nothing INT")
		x.lake.Change(fullTable, "REPLACE COLUMNS", func(d *double.Details, _ *int64) { // so that all that can be asked is
			if !strings.HasPrefix(pattern, "^MERGE") {
				d.Columns[2].Type = "FLOAT"
			}
		})
		if _, err := x.build(nil, nil); err == nil {
			t.Errorf("%s: no error", pattern)
		}
	}
}
