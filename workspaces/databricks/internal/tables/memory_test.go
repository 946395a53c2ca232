package tables

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/google/go-cmp/cmp"

	"featops/features"
	"featops/features/schema"
	"featops/features/sparksql"
	"featops/workspaces"
	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/warehouse"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	fullTable  = "main.fs.fs_cus_small"
	fullSource = "main.demo_db.movimientos"
	statements = "POST /api/2.0/sql/statements/"
)

// small is a table of two features.
func small() features.Table {
	return features.Table{
		Name: "fs_cus_small", Prefix: "sm_", Workspace: "medpag", Entity: "customer", Description: "a few things",
		Source: features.Source{Database: "demo_db", Name: "movimientos", Columns: schema.Schema{
			{Name: "id_cliente", Type: schema.BigInt}, {Name: "periodo", Type: schema.String}, {Name: "monto", Type: schema.Double},
		}},
		Customer: "id_cliente", Release: features.Release{After: "periodo"}, Frame: features.Rows,
		Features: []features.Feature{
			{Name: "amt", Value: features.Aggregate{Fn: features.Sum, Of: features.Col("monto")}, Meaning: "Amount of the month."},
			{Name: "cnt", Value: features.Aggregate{Fn: features.Count}, Meaning: "Rows of the month."},
		},
	}
}

func kinds(of ...string) (out []double.Column) {
	for i := 0; i < len(of); i += 2 {
		out = append(out, double.Column{Name: of[i], Type: of[i+1], Nullable: true})
	}
	return out
}

func smallColumns() []double.Column {
	return kinds("pk_customer", "BIGINT", "tpk_release_dt", "DATE", "sm_amt", "DOUBLE", "sm_cnt", "INT")
}

// shop is a store, the double behind it with a lake in memory, and a clock.
type shop struct {
	*Store
	t      *testing.T
	server *double.Server
	lake   *double.Memory
	table  features.Table
	rules  workspaces.HealthRules
	share  float64
	log    *lines

	mu    sync.Mutex
	clock time.Time
}

type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

func (x *shop) now() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.clock
}

func (x *shop) pass(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.clock = x.clock.Add(d)
}

// openShop is a workspace with a source of ten rows whose newest month is 2025-12, of which the small table has eight.
func openShop(t *testing.T) *shop {
	t.Helper()
	x := &shop{t: t, table: small(), log: &lines{}, clock: time.Date(2026, 1, 15, 8, 0, 0, 0, time.UTC)}
	x.rules = workspaces.HealthRules{Freshness: workspaces.Warn, RowCount: workspaces.Warn, MaxDrop: 0.2, MaxGrowth: 5}
	x.server = double.Start(t, x.now)
	x.lake = double.NewMemory(x.now)
	x.server.SetEngine("w1", x.lake)
	x.server.SetLake("m1", x.lake)
	quiet := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	log := slog.New(slog.NewTextHandler(x.log, nil))
	c := connect.New(connect.Options{
		Host: x.server.URL, Token: func(context.Context) (string, error) { return x.server.Token, nil },
		Environ: func(string) (string, bool) { return "", false }, Timeout: time.Minute, Rate: 1000, Redact: func(...string) {}, Log: log, Now: x.now, Pause: quiet,
	})
	t.Cleanup(func() { c.Close() })
	x.Store = New(Options{
		Workspace: "medpag", Catalog: "main", Database: "fs", Connection: c,
		Warehouse:    warehouse.New(warehouse.Options{Connection: c, ID: "w1", Catalog: "main", Log: log, Pause: quiet}),
		BadRowsShare: func(string) float64 { return x.share }, Health: func(string) workspaces.HealthRules { return x.rules },
		Fresh: time.Hour, Now: x.now, Log: log,
	})
	x.lake.Change(fullSource, "WRITE", func(d *double.Details, rows *int64) {
		d.Columns, *rows = kinds("id_cliente", "BIGINT", "periodo", "VARCHAR(7)", "monto", "DECIMAL(18,2)", "extra", "ARRAY<STRUCT<a: INT>>"), 10
	})
	x.lake.Query(smallColumns(), 8, 8, 0)
	x.lake.Answer(" AS month FROM ", "month STRING", []any{"2025-12"})
	x.lake.Answer("`bad_rows`", "rows BIGINT, bad_rows BIGINT, example_customer BIGINT, example STRING", []any{10, 0, nil, nil})
	x.lake.Answer("AS all_rows,\n *coalesce", "all_rows BIGINT, nulls BIGINT, duplicates BIGINT", []any{8, 0, 0})
	x.lake.Answer("count_if\\(t\\.", "inserted BIGINT, updated BIGINT, unchanged BIGINT", []any{1, 2, 5})
	return x
}

// source makes another version of the source.
func (x *shop) source() {
	x.lake.Change(fullSource, "WRITE", func(*double.Details, *int64) {})
}

// build builds the small table.
func (x *shop) build(change func(*workspaces.Params), d workspaces.Decider) (workspaces.Build, error) {
	x.t.Helper()
	return build(x.t, x.Store, x.table, change, d)
}

// built builds it where nothing can go wrong.
func (x *shop) built() workspaces.Build {
	x.t.Helper()
	b, err := x.build(nil, nil)
	if err != nil {
		x.t.Fatal(err)
	}
	return b
}

// since are the statements after the first n.
func (x *shop) since(n int) []string { return x.server.Statements()[n:] }

func (x *shop) count() int { return len(x.server.Statements()) }

// golden compares statements with a file. The query of the new data and that of the rows without a month, which have files of
// their own in package sparksql, are named in it.
func (x *shop) golden(name string, statements []string) {
	x.t.Helper()
	text := strings.Join(statements, "\n;\n\n") + "\n;\n"
	for version := range int64(20) {
		o := sparksql.Options{
			Catalog: "main", Database: "demo_db", Version: &version, Frame: features.Rows,
			Start: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		}
		query, err := sparksql.Select(x.table, o)
		if err != nil {
			x.t.Fatal(err)
		}
		bad, _ := sparksql.BadRows(x.table, o)
		text = strings.NewReplacer(query, "-- the new data\n", bad, "-- the rows without a month\n").Replace(text)
	}
	file := filepath.Join("testdata", name+".sql")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			x.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		x.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		x.t.Errorf("%s (-want +got); go test ./workspaces/databricks/internal/tables -update writes it anew:\n%s", name, diff)
	}
}

func (x *shop) read() workspaces.Table {
	x.t.Helper()
	table, err := x.Table(x.t.Context(), x.table.Name)
	if err != nil {
		x.t.Fatal(err)
	}
	return table
}

// A warehouse that sleeps costs nothing: only what may have changed is asked of it.
func TestPollingDoesNotWakeTheWarehouseUp(t *testing.T) {
	x := openShop(t)
	if all, err := x.Tables(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("before there is a database: %v, %v", all, err)
	}
	x.built()
	x.lake.Change("main.fs.other", "WRITE", func(d *double.Details, _ *int64) { d.Columns = kinds("a", "INT") })
	look := func(statements int, why string) {
		t.Helper()
		before := x.count()
		for range 5 {
			all, err := x.Tables(t.Context())
			if err != nil || len(all) != 1 || all[0].Rows != 8 {
				t.Fatalf("%s: %+v, %v", why, all, err)
			}
			x.pass(time.Minute)
		}
		if n := x.count() - before; n != statements {
			t.Errorf("%s: %d statements, want %d", why, n, statements)
		}
	}
	look(2, "after a build")
	look(0, "then")
	x.Forget(x.table.Name)
	look(2, "after something may have changed it")
	x.Forget("another")
	look(0, "after something else may have changed")
	x.pass(time.Hour)
	look(2, "when it is no longer fresh")
	if _, err := x.Restore(t.Context(), x.table.Name, 0); err != nil {
		t.Fatal(err)
	}
	look(2, "after a restore")
}

// What was asked before something changed says nothing of what is there now.
func TestALateAnswerIsNotRemembered(t *testing.T) {
	x := openShop(t)
	x.built()
	x.Forget(x.table.Name)
	once := sync.OnceFunc(func() {
		x.lake.Change(fullTable, "WRITE", func(_ *double.Details, rows *int64) { *rows = 99 })
		x.Forget(x.table.Name)
	})
	x.lake.Gate(func(sql string) {
		if strings.HasPrefix(sql, "SELECT count(*)") {
			once()
		}
	})
	if before := x.read(); before.Rows != 8 {
		t.Errorf("%d rows at version %d", before.Rows, before.Version)
	}
	if now := x.read(); now.Rows != 99 {
		t.Errorf("%d rows at version %d", now.Rows, now.Version)
	}
}

func TestATableSaysWhatItIs(t *testing.T) {
	x := openShop(t)
	b := x.built()
	want := workspaces.Table{
		Workspace: "medpag", Database: "fs", Name: "fs_cus_small", Location: "s3://lake/" + fullTable, Rows: 8,
		Schema: schema.Schema{
			{Name: "pk_customer", Type: schema.BigInt, Comment: "Customer."},
			{Name: "tpk_release_dt", Type: schema.Date, Comment: "First day of the month in which the features are released."},
			{Name: "sm_amt", Type: schema.Double, Comment: "Amount of the month."}, {Name: "sm_cnt", Type: schema.Int, Comment: "Rows of the month."},
		},
		Keys: []string{"pk_customer", "tpk_release_dt"}, TimestampKey: "tpk_release_dt", Description: "Features for customer a few things.",
		Tags: map[string]string{"database": "fs", "based_on": "movimientos", "table": "fs_cus_small"}, Sources: []string{"demo_db.movimientos"},
		Updated: x.now(), Version: 2,
	}
	if diff := cmp.Diff(want, x.read()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b.Version != 0 || b.Rows != 8 || b.Inserted != 8 || b.Mode != workspaces.Overwrite {
		t.Errorf("the build: %+v", b)
	}
	if got := x.server.Tags(fullTable); !cmp.Equal(got, want.Tags) {
		t.Errorf("tags %v", got)
	}
	if key := x.server.PrimaryKey(fullTable); key == nil || !slices.Equal(key.ChildColumns, want.Keys) || !slices.Equal(key.TimeseriesColumns, []string{"tpk_release_dt"}) {
		t.Errorf("primary key %+v", key)
	}
	if _, err := x.Table(t.Context(), "fs_no"); !isNoTable(err) {
		t.Errorf("a table that is not there: %v", err)
	}
}

// A source may hold what features know nothing of.
func TestASourceWithColumnsOfOtherTypes(t *testing.T) {
	x := openShop(t)
	got, err := x.Source(t.Context(), x.table.Source)
	if err != nil {
		t.Fatal(err)
	}
	want := schema.Schema{
		{Name: "id_cliente", Type: schema.BigInt}, {Name: "periodo", Type: schema.String}, {Name: "monto", Type: "DECIMAL(18,2)"}, {Name: "extra", Type: "array<struct<a: int>>"},
	}
	if diff := cmp.Diff(want, got.Schema); diff != "" || got.Rows != 10 || got.Version != 0 {
		t.Errorf("%+v (-want +got):\n%s", got, diff)
	}
	if _, err := x.Source(t.Context(), features.Source{Database: "demo_db", Name: "no"}); !isNoTable(err) {
		t.Errorf("a source that is not there: %v", err)
	}
}

// What has no versions is told as that, and not as a statement that fails.
func TestASourceThatIsNoDeltaTable(t *testing.T) {
	for is, set := range map[string]func(d *double.Details){
		"a view":                    func(d *double.Details) { d.Type, d.Format = catalog.TableTypeView, "UNKNOWN_DATA_SOURCE_FORMAT" },
		"a materialized view":       func(d *double.Details) { d.Type = catalog.TableTypeMaterializedView },
		"a metric view":             func(d *double.Details) { d.Type = catalog.TableTypeMetricView },
		"a table of format CSV":     func(d *double.Details) { d.Type, d.Format = catalog.TableTypeExternal, catalog.DataSourceFormatCsv },
		"a table of format ICEBERG": func(d *double.Details) { d.Type, d.Format = catalog.TableTypeForeign, catalog.DataSourceFormatIceberg },
		"":                          func(d *double.Details) { d.Type = catalog.TableTypeStreamingTable },
		" ":                         func(d *double.Details) { d.Format = catalog.DataSourceFormatDeltaUniformIceberg },
	} {
		x := openShop(t)
		x.lake.Change(fullSource, "WRITE", func(d *double.Details, _ *int64) { set(d) })
		_, err := x.Source(t.Context(), x.table.Source)
		var none *VersionsError
		switch {
		case strings.TrimSpace(is) == "" && err != nil:
			t.Errorf("a Delta table: %v", err)
		case strings.TrimSpace(is) != "" && (!errors.As(err, &none) || none.Is != is || !strings.HasPrefix(err.Error(), fullSource+" in medpag is "+is+", which has no versions")):
			t.Errorf("%s: %v", is, err)
		}
		if is == "a view" {
			if _, err := x.build(nil, nil); !errors.As(err, &none) {
				t.Errorf("a build: %v", err)
			}
			if n := len(x.server.Statements()); n != 0 {
				t.Errorf("%d statements woke the warehouse", n)
			}
		}
	}
}

func isNoTable(err error) bool {
	return err != nil && strings.Contains(err.Error(), workspaces.ErrNoTable.Error())
}
