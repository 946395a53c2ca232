package embedded

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// afar is a workspace whose rows are not on this disk. It gives them in records of two rows.
type afar struct {
	workspaces.Workspace
	rows  func(t workspaces.Table) []arrow.Record
	after func(records int) error // called before each record, with how many were given; what it returns ends them
	reads int
}

func (f *afar) Rows(ctx context.Context, t workspaces.Table) (array.RecordReader, error) {
	f.reads++
	layout, err := t.Schema.Arrow()
	if err != nil {
		return nil, err
	}
	r, err := array.NewRecordReader(layout, f.rows(t))
	if err != nil {
		return nil, err
	}
	return &afarRows{RecordReader: r, from: f, ctx: ctx}, nil
}

type afarRows struct {
	array.RecordReader
	from  *afar
	ctx   context.Context
	given int
	err   error
}

func (r *afarRows) Next() bool {
	if r.from.after != nil {
		r.err = r.from.after(r.given)
	}
	if r.err = errors.Join(r.err, context.Cause(r.ctx)); r.err != nil {
		return false
	}
	r.given++
	return r.RecordReader.Next()
}

func (r *afarRows) Err() error { return errors.Join(r.err, r.RecordReader.Err()) }

// everyType is a table with a column of each type that feature tables have.
var everyType = schema.Schema{
	{Name: "pk_customer", Type: schema.BigInt, Comment: "Customer."}, {Name: "tpk_release_dt", Type: schema.Date, Comment: "Release."},
	{Name: "i", Type: schema.Int}, {Name: "d", Type: schema.Double, Comment: "A measure."}, {Name: "s", Type: schema.String},
	{Name: "b", Type: schema.Boolean}, {Name: "t", Type: schema.Timestamp},
}

func original(version, rows int64) workspaces.Table {
	return workspaces.Table{
		Workspace: "cloud", Database: "fs_prod", Name: "fs_far", Location: "s3://lake/fs_far", Version: version, Rows: rows,
		Updated: june.Add(time.Duration(version) * time.Hour), Schema: everyType, Keys: []string{"pk_customer", "tpk_release_dt"}, TimestampKey: "tpk_release_dt",
		Description: "Features from afar.", Tags: map[string]string{"database": "fs_prod", "based_on": "pagos", "table": "fs_far"}, Sources: []string{"demo_db.pagos"},
	}
}

// values makes the rows of a table: what it holds follows from the number of the row and the version.
func values(t workspaces.Table) (out []arrow.Record) {
	layout, err := t.Schema.Arrow()
	if err != nil {
		panic(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, layout)
	defer b.Release()
	for n := range t.Rows {
		for i, c := range t.Schema {
			switch f := b.Field(i).(type) {
			case *array.Int64Builder:
				f.Append(n)
			case *array.Date32Builder:
				f.Append(arrow.Date32(19000 + t.Version))
			case *array.Float64Builder:
				f.Append([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 1.5}[n%5])
			default:
				if n%3 == int64(i)%3 {
					f.AppendNull()
					continue
				}
				text := map[schema.Type]string{schema.Int: fmt.Sprint(n), schema.String: "año " + fmt.Sprint(n), schema.Boolean: "true", schema.Timestamp: "2024-02-29T12:30:00.123456"}[c.Type]
				if err := f.AppendValueFromString(text); err != nil {
					panic(err)
				}
			}
		}
		if n%2 == 1 || n == t.Rows-1 {
			out = append(out, b.NewRecord())
		}
	}
	return out
}

// near is a workspace beside a faraway one.
func near(t *testing.T) (*Workspace, *afar) {
	t.Helper()
	f := &afar{rows: values}
	w := open(t, func(o *Options) {
		o.Peer = func(name string) workspaces.Workspace {
			if name == "cloud" {
				return f
			}
			return nil
		}
	})
	return w, f
}

func register(ctx context.Context, w *Workspace, t workspaces.Table) error {
	return w.Register(ctx, workspaces.Registration{Table: t})
}

// holds reads what the copy of a table holds at a version of the original.
func holds(t *testing.T, w *Workspace, version int64) []string {
	t.Helper()
	s, err := w.copyAt(t.Context(), "cloud", "fs_far", version)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Read(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var out []string
	for r.Next() {
		out = append(out, lines(r.Record())...)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return out
}

func lines(records ...arrow.Record) (out []string) {
	for _, r := range records {
		for row := range int(r.NumRows()) {
			var line []string
			for _, c := range r.Columns() {
				line = append(line, c.ValueStr(row))
			}
			out = append(out, strings.Join(line, "|"))
		}
	}
	return out
}

func versions(t *testing.T, w *Workspace) int64 {
	t.Helper()
	s, err := delta.At(filepath.Join(w.options.Dir, copiesDir, "cloud", "fs_far")).Snapshot(t.Context())
	if errors.Is(err, delta.ErrNoTable) {
		return workspaces.NoTable
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.Version
}

// leftovers lists what is left in the staging directory.
func leftovers(t *testing.T, w *Workspace) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(w.staging)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return entries
}

func TestATableFromAfarIsCopied(t *testing.T) {
	for _, rows := range []int64{0, 1, 2, 23} {
		w, f := near(t)
		table := original(3, rows)
		if err := register(t.Context(), w, table); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(lines(values(table)...), holds(t, w, 3)); diff != "" {
			t.Errorf("%d rows (-want +got):\n%s", rows, diff)
		}
		got, err := w.Copy(t.Context(), "cloud", "fs_far", 3)
		if err != nil {
			t.Fatal(err)
		}
		want := table
		want.Location = filepath.Join(w.options.Dir, "_registered", "cloud", "fs_far")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what the copy says of itself (-want +got):\n%s", diff)
		}
		r, err := w.Registration(t.Context(), "fs_far")
		if err != nil || r.Copy != want.Location || r.Location != table.Location || r.Version != 3 {
			t.Errorf("registration %+v, %v", r, err)
		}
		if tables, err := w.Tables(t.Context()); err != nil || len(tables) != 0 || f.reads != 1 {
			t.Errorf("tables %v, %v; read %d times", tables, err, f.reads)
		}
	}
}

func TestACopyIsMadeOnceAVersion(t *testing.T) {
	w, f := near(t)
	for range 3 {
		if err := register(t.Context(), w, original(3, 23)); err != nil {
			t.Fatal(err)
		}
	}
	if f.reads != 1 || versions(t, w) != 0 {
		t.Errorf("read %d times, version %d", f.reads, versions(t, w))
	}
	newer := original(4, 9)
	newer.Schema = append(slices.Delete(slices.Clone(everyType), 4, 5), schema.Column{Name: "x", Type: schema.Int, Comment: "New."})
	if err := register(t.Context(), w, newer); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lines(values(newer)...), holds(t, w, 4)); diff != "" {
		t.Errorf("version 4 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(lines(values(original(3, 23))...), holds(t, w, 3)); diff != "" {
		t.Errorf("version 3 (-want +got):\n%s", diff)
	}
	if got, err := w.Copy(t.Context(), "cloud", "fs_far", 4); err != nil || !slices.Equal(got.Schema, newer.Schema) {
		t.Errorf("columns %v, %v", got.Schema, err)
	}
	again := original(4, 9) // the table was dropped and made anew, and has a version of that number again
	again.Updated = again.Updated.Add(time.Minute)
	if err := register(t.Context(), w, again); err != nil || f.reads != 3 {
		t.Errorf("read %d times, %v", f.reads, err)
	}
	if _, err := w.Copy(t.Context(), "cloud", "fs_far", 2); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("a version that was never registered: %v", err)
	}
}

// What fails half-way leaves neither a table nor a registration, and keeps the ones before.
func TestACopyThatFailsHalfWayChangesNothing(t *testing.T) {
	down := errors.New("the warehouse is gone")
	for name, c := range map[string]struct {
		breaks func(f *afar, t *workspaces.Table, stop func())
		want   string
	}{
		"the warehouse fails": {func(f *afar, _ *workspaces.Table, _ func()) { f.after = failing(3, func() error { return down }) }, down.Error()},
		"it fails at once":    {func(f *afar, _ *workspaces.Table, _ func()) { f.after = failing(0, func() error { return down }) }, down.Error()},
		"featops is stopped": {func(f *afar, _ *workspaces.Table, stop func()) {
			f.after = failing(3, func() error { stop(); return nil })
		}, "featops is stopping"},
		"a row is missing": {func(_ *afar, o *workspaces.Table, _ func()) { o.Rows++ }, "cloud says that it has 18 rows, and gives 17"},
		"a type that nobody knows": {func(_ *afar, o *workspaces.Table, _ func()) {
			o.Schema = append(slices.Clone(everyType), schema.Column{Name: "z", Type: "array<int>"})
		}, "array<int>"},
	} {
		for _, before := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, a copy before: %t", name, before), func(t *testing.T) {
				w, f := near(t)
				if before {
					if err := register(t.Context(), w, original(3, 23)); err != nil {
						t.Fatal(err)
					}
				}
				table := original(4, 17)
				given := table.Rows
				f.rows = func(t workspaces.Table) []arrow.Record { t.Rows = given; return values(t) }
				ctx, cancel := context.WithCancelCause(t.Context())
				c.breaks(f, &table, func() { cancel(errors.New("featops is stopping")) })
				if err := register(ctx, w, table); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("error %v", err)
				}
				r, err := w.Registration(t.Context(), "fs_far")
				if before && (err != nil || r.Version != 3 || versions(t, w) != 0 || len(holds(t, w, 3)) != 23) {
					t.Errorf("the copy before: %+v, %v", r, err)
				}
				if !before && (!errors.Is(err, workspaces.ErrNotRegistered) || versions(t, w) != workspaces.NoTable) {
					t.Errorf("registration %+v, %v", r, err)
				}
				if left := leftovers(t, w); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				f.after, f.rows = nil, values
				if err := register(t.Context(), w, original(4, 17)); err != nil || len(holds(t, w, 4)) != 17 {
					t.Errorf("the next try: %v", err)
				}
			})
		}
	}
}

func failing(at int, f func() error) func(int) error {
	return func(given int) error {
		if given == at {
			return f()
		}
		return nil
	}
}

// A featops that was killed after the commit, and before it could note it, does not read the rows again.
func TestACopyThatWasNotNotedIsTakenUp(t *testing.T) {
	w, f := near(t)
	if _, err := w.copyTable(t.Context(), f, original(3, 23)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Registration(t.Context(), "fs_far"); !errors.Is(err, workspaces.ErrNotRegistered) {
		t.Errorf("registered: %v", err)
	}
	if err := register(t.Context(), w, original(3, 23)); err != nil || f.reads != 1 {
		t.Errorf("read %d times, %v", f.reads, err)
	}
}

// A registration counts only for as long as its rows are here.
func TestACopyThatIsGoneIsNotRegistered(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, w *Workspace, dir string){
		"deleted": func(t *testing.T, _ *Workspace, dir string) { check(t, os.RemoveAll(dir)) },
		"of another table": func(t *testing.T, w *Workspace, _ string) {
			_, err := w.copyTable(t.Context(), &afar{rows: values}, original(5, 2))
			check(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, f := near(t)
			check(t, register(t.Context(), w, original(3, 23)))
			check(t, register(t.Context(), w, registration("fs_b", 1).Table))
			harm(t, w, filepath.Join(w.options.Dir, copiesDir, "cloud", "fs_far"))
			if _, err := w.Registration(t.Context(), "fs_far"); !errors.Is(err, workspaces.ErrNotRegistered) {
				t.Errorf("registered: %v", err)
			}
			all, err := w.Registrations(t.Context())
			if err != nil || len(all) != 1 || all[0].Name != "fs_b" {
				t.Errorf("registered: %+v, %v", all, err)
			}
			if err := register(t.Context(), w, original(3, 23)); err != nil || f.reads != 2 || len(holds(t, w, 3)) != 23 {
				t.Errorf("read %d times, %v", f.reads, err)
			}
		})
	}
}

// A copy whose files were damaged is made anew.
func TestACopyThatCannotBeReadIsMadeAnew(t *testing.T) {
	w, f := near(t)
	check(t, register(t.Context(), w, original(3, 23)))
	files, err := filepath.Glob(filepath.Join(w.options.Dir, copiesDir, "cloud", "fs_far", "*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		check(t, os.WriteFile(file, []byte("PAR1"), 0o600))
	}
	if err := register(t.Context(), w, original(3, 23)); err != nil || f.reads != 2 || len(holds(t, w, 3)) != 23 {
		t.Errorf("read %d times, %v", f.reads, err)
	}
}

func TestLabelsAreMatchedWithACopy(t *testing.T) {
	w, _ := near(t)
	for version := range int64(2) { // whose rows are released on 2022-01-08 and the day after
		check(t, register(t.Context(), w, original(version, 23)))
	}
	labels := someLabels(t, `[4, 5, 99]`, `["2022-01-08", "2022-01-08", "2022-01-08"]`)
	for version, want := range []string{"[4 (null) (null)] 0", "[(null) (null) (null)] 2"} {
		table, err := w.Copy(t.Context(), "cloud", "fs_far", int64(version))
		check(t, err)
		m, err := w.Match(t.Context(), table, labels, -1)
		check(t, err)
		c, err := m.Column(t.Context(), "i")
		check(t, errors.Join(err, m.Close()))
		if got := fmt.Sprint(c.Slice(0, c.Len()), m.Counts().NotYet); got != want {
			t.Errorf("version %d gives %s, want %s", version, got, want)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
