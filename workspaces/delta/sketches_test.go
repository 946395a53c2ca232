package delta

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
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

	"featops/workspaces/sketch"
)

// sketchedTable makes a table of one file a list of rows, with sketches.
func sketchedTable(t testing.TB, records ...arrow.Record) *Table {
	t.Helper()
	table := At(filepath.Join(t.TempDir(), "table"))
	var files []DataFile
	for _, r := range records {
		files = append(files, writeRecords(t, table, WriteOptions{Sketched: true}, r)...)
	}
	must(table.Create(context.Background(), Metadata{Schema: records[0].Schema()}, files, CommitOptions{Time: noon}))
	return table
}

// plainly is what a scan tells of a column.
type plainly struct {
	numbers  []float64
	distinct map[string]bool
}

func scanned(t testing.TB, s *Snapshot) ([]plainly, int64) {
	t.Helper()
	out := make([]plainly, s.Metadata.Schema.NumFields())
	rows := int64(0)
	r := must(s.Read(context.Background(), nil))
	defer r.Release()
	for r.Next() {
		rows += r.Record().NumRows()
		for i, c := range r.Record().Columns() {
			if out[i].distinct == nil {
				out[i].distinct = map[string]bool{}
			}
			for row := range c.Len() {
				if c.IsNull(row) {
					continue
				}
				v := math.NaN()
				text := c.ValueStr(row)
				switch c := c.(type) {
				case *array.Int64:
					v = float64(c.Value(row))
				case *array.Int32:
					v = float64(c.Value(row))
				case *array.Date32:
					v = float64(c.Value(row))
				case *array.Float64:
					if v = c.Value(row); v == 0 {
						text = "0" // either one
					}
				case *array.Boolean:
					v = map[bool]float64{true: 1}[c.Value(row)]
				}
				if v-v == 0 {
					out[i].numbers = append(out[i].numbers, v)
				}
				out[i].distinct[text] = true
			}
		}
	}
	must(0, r.Err())
	return out, rows
}

// wantSketches holds the sketches of a snapshot against a scan of it.
func wantSketches(t *testing.T, s *Snapshot) *Sketches {
	t.Helper()
	got := must(s.Sketches(context.Background(), 1<<20, nil))
	if got.Lacking > 0 {
		t.Fatalf("version %d: %d of %d files lack a sketch: %v", s.Version, got.Lacking, got.Files, got.Why)
	}
	want, rows := scanned(t, s)
	for i := range s.Metadata.Schema.NumFields() {
		c := got.Column(i)
		n, mean, m2 := int64(len(want[i].numbers)), 0.0, 0.0
		for _, v := range want[i].numbers {
			mean += v / float64(n)
		}
		for _, v := range want[i].numbers {
			m2 += (v - mean) * (v - mean)
		}
		if math.Abs(c.Moments.Mean-mean) > 1e-9*math.Max(1, math.Abs(mean)) || math.Abs(c.Moments.M2-m2) > 1e-9*math.Max(1, m2) || c.Moments.N != n {
			t.Errorf("version %d: column %s: %+v, a scan has %d, %g, %g", s.Version, c.Name, *c.Moments, n, mean, m2)
		}
		distinct, exact := c.Distinct.Count()
		off := math.Abs(float64(distinct)/float64(len(want[i].distinct)) - 1)
		if exact && int(distinct) != len(want[i].distinct) || !exact && off > 0.16 || exact != (len(want[i].distinct) <= sketch.MostDistinct) {
			t.Errorf("version %d: column %s: %d different values, exact %t; a scan has %d", s.Version, c.Name, distinct, exact, len(want[i].distinct))
		}
	}
	weighed := 0.0
	for _, part := range got.Sample {
		if part.Record != nil {
			weighed += part.Weight * float64(part.Record.NumRows())
		}
	}
	if math.Abs(weighed-float64(rows)) > 1e-6*float64(rows) {
		t.Errorf("version %d: the sample stands for %g rows of %d", s.Version, weighed, rows)
	}
	return got
}

// mixedRows are rows with every kind of column: few values, many, nulls, and what is no number.
func mixedRows(from, to int) arrow.Record {
	schema := schemaOf(column("id", int64Type), column("day", dateType), column("many", doubleType), column("few", doubleType),
		column("odd", doubleType), column("n", int32Type), column("b", boolType), column("s", stringType), column("none", doubleType))
	random := rand.New(rand.NewPCG(uint64(from), 9))
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := from; i < to; i++ {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.Date32Builder).Append(arrow.Date32(20000 + 30*(i%24)))
		b.Field(8).AppendNull()
		if i%5 == 0 {
			for c := 2; c < 8; c++ {
				b.Field(c).AppendNull()
			}
			continue
		}
		b.Field(2).(*array.Float64Builder).Append(1e6 + random.Float64())
		b.Field(3).(*array.Float64Builder).Append(float64(i%7) * []float64{1, math.Copysign(1, -1)}[i%2])
		b.Field(4).(*array.Float64Builder).Append([]float64{1, 2, math.NaN(), math.Inf(1), math.Copysign(0, -1), 0}[random.IntN(6)])
		b.Field(5).(*array.Int32Builder).Append(int32(random.IntN(500)))
		b.Field(6).(*array.BooleanBuilder).Append(random.IntN(3) == 0)
		b.Field(7).(*array.StringBuilder).Append(fmt.Sprintf("s%d", random.IntN(3000)))
	}
	return b.NewRecord()
}

// TestSketchesAreWhatAScanTells follows a table through everything that makes a version.
func TestSketchesAreWhatAScanTells(t *testing.T) {
	ctx := context.Background()
	table := sketchedTable(t, mixedRows(0, 3), mixedRows(3, 50_000), mixedRows(50_000, 140_000))
	merged := Merge{Keys: []string{"id"}, Files: writeRecords(t, table, WriteOptions{Sketched: true}, mixedRows(100, 2000), mixedRows(140_000, 141_000))}
	merge(t, table, merged)
	must(table.Append(ctx, writeRecords(t, table, WriteOptions{Sketched: true}, mixedRows(141_000, 141_010)), CommitOptions{}))
	must(table.AddColumns(ctx, schemaOf(column("later", doubleType)).Fields(), CommitOptions{}))
	must(table.Optimize(ctx, Optimize{Keys: []string{"id"}}, CommitOptions{}))
	must(table.Restore(ctx, 1, CommitOptions{}))
	must(table.Overwrite(ctx, nil, writeRecords(t, table, WriteOptions{Sketched: true}, mixedRows(0, 20_000)), CommitOptions{}))
	newest := snapshot(t, table).Version
	if newest != 6 {
		t.Fatalf("version %d, want 6: a step did nothing", newest)
	}
	for v := range newest + 1 {
		wantSketches(t, must(table.SnapshotAt(ctx, v)))
	}
}

func rowText(r arrow.Record, row int) string {
	var cells []string
	for _, c := range r.Columns() {
		cells = append(cells, c.ValueStr(row))
	}
	return strings.Join(cells, " ")
}

// TestASampleIsOfTheRowsAsTheyAre: of a small file it has all of them, of a large one at least half as many as may be.
func TestASampleIsOfTheRowsAsTheyAre(t *testing.T) {
	for _, rows := range []int{1, 1000, mostSampled, mostSampled + 1, 100_000} {
		all := mixedRows(0, rows)
		got := must(snapshot(t, sketchedTable(t, all)).Sketches(context.Background(), 1<<20, nil)).Sample[0]
		n := int(got.Record.NumRows())
		if n != min(n, mostSampled) || rows <= mostSampled && n != rows || n < min(rows, mostSampled*45/100) {
			t.Errorf("%d of %d rows", n, rows)
		}
		ids := got.Record.Column(0).(*array.Int64)
		for i := range n {
			if want, is := rowText(all, int(ids.Value(i))), rowText(got.Record, i); want != is {
				t.Fatalf("row %d: %s, want %s", ids.Value(i), is, want)
			}
		}
	}
}

func TestASampleIsBoundedAndTheSameEachTime(t *testing.T) {
	s := snapshot(t, sketchedTable(t, mixedRows(0, 40_000), mixedRows(40_000, 60_000), mixedRows(60_000, 60_001), mixedRows(60_001, 60_002)))
	told := func() (text []string, rows int64) {
		for _, part := range must(s.Sketches(context.Background(), 5000, nil)).Sample {
			if part.Record != nil {
				rows += part.Record.NumRows()
				for i := range int(part.Record.NumRows()) {
					text = append(text, rowText(part.Record, i))
				}
			}
		}
		return text, rows
	}
	first, rows := told()
	if rows < 2200 || rows > 5300 {
		t.Errorf("%d rows", rows)
	}
	if again, _ := told(); !slices.Equal(first, again) {
		t.Error("another sample the second time")
	}
}

// TestSketchesThatAreKnown: what two versions have in common is read once, and tells the same.
func TestSketchesThatAreKnown(t *testing.T) {
	ctx := context.Background()
	table := sketchedTable(t, mixedRows(0, 3000), mixedRows(3000, 9000))
	for from := 9000; from < 30_000; from += 7000 {
		must(table.Append(ctx, writeRecords(t, table, WriteOptions{Sketched: true}, mixedRows(from, from+7000)), CommitOptions{}))
	}
	for _, most := range []int64{1 << 20, 5000, 2000} {
		for v := range snapshot(t, table).Version {
			before := must(table.SnapshotAt(ctx, v))
			known := must(snapshot(t, table).Sketches(ctx, most, nil))
			got, want := must(before.Sketches(ctx, most, known)), must(before.Sketches(ctx, most, nil))
			for i := range want.Sample {
				if got.Sample[i].Weight != want.Sample[i].Weight || !array.RecordApproxEqual(got.Sample[i].Record, want.Sample[i].Record, array.WithNaNsEqual(true)) {
					t.Errorf("version %d, at most %d rows: file %d has another sample", v, most, i)
				}
			}
			for i := range before.Metadata.Schema.NumFields() {
				if d := cmp.Diff(want.Column(i), got.Column(i), cmp.AllowUnexported(sketch.Distinct{})); d != "" {
					t.Errorf("version %d: (-want +got):\n%s", v, d)
				}
			}
			shared := 0
			for i, part := range got.Sample {
				if part.Record == known.Sample[i].Record {
					shared++
				}
			}
			if most == 1<<20 && shared != len(got.Sample) {
				t.Errorf("version %d: %d of %d files were not read again", v, shared, len(got.Sample))
			}
		}
	}
}

// TestAFileWithoutASketch: what is not known is not told.
func TestAFileWithoutASketch(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		do   func(*Table, string)
		want string
	}{
		"of another writer": {func(table *Table, _ string) {
			must(table.Append(ctx, writeRecords(t, table, WriteOptions{}, mixedRows(100, 101)), CommitOptions{}))
		}, "no such file"},
		"gone":      {func(_ *Table, path string) { must(0, os.Remove(path)) }, "no such file"},
		"cut short": {func(_ *Table, path string) { must(0, os.Truncate(path, 1000)) }, "corrupt Parquet file"},
		"of another": {func(table *Table, path string) {
			must(0, os.Rename(sketchFile(writeRecords(t, table, WriteOptions{Sketched: true}, mixedRows(0, 1))[0].Path), path))
		}, "it is of 1 rows, and the file has 100"},
		"no sketch": {func(table *Table, path string) {
			must(0, os.Rename(writeRecords(t, table, WriteOptions{}, mixedRows(0, 1))[0].Path, path))
		}, "no note of featops"},
	} {
		t.Run(name, func(t *testing.T) {
			table := sketchedTable(t, mixedRows(0, 100))
			c.do(table, sketchFile(filepath.Join(table.Path(), snapshot(t, table).Files[0].Path)))
			got := must(snapshot(t, table).Sketches(ctx, 100, nil))
			if got.Lacking != 1 || got.Sample != nil || got.Why == nil || !strings.Contains(got.Why.Error(), c.want) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestSketchesOfAnEmptyTable(t *testing.T) {
	table := At(filepath.Join(t.TempDir(), "table"))
	must(table.Create(context.Background(), Metadata{Schema: idAndValue}, nil, CommitOptions{}))
	got := must(snapshot(t, table).Sketches(context.Background(), 100, nil))
	id := got.Column(0)
	if n, exact := id.Distinct.Count(); got.Lacking != 0 || n != 0 || !exact || id.Moments.N != 0 {
		t.Errorf("%+v", got)
	}
}

func TestASketchGoesWithItsFile(t *testing.T) {
	ctx := context.Background()
	table := sketchedTable(t, mixedRows(0, 10))
	first := snapshot(t, table).Files[0].Path
	must(table.Overwrite(ctx, nil, writeRecords(t, table, WriteOptions{Sketched: true}, mixedRows(0, 5)), CommitOptions{Time: noon.Add(day)}))
	now := noon.Add(20 * day)
	leave(t, table, sketchDir+"/of nothing", noon)
	leave(t, table, sketchDir+"/young", now.Add(-day))
	want := []string{sketchDir + "/" + first, sketchDir + "/of nothing", first}
	slices.Sort(want)
	before := tree(t, table)
	if got := must(table.Vacuum(ctx, VacuumOptions{DryRun: true, Time: now})); cmp.Diff(want, got.Files) != "" {
		t.Errorf("dry run: %v", got.Files)
	}
	if d := cmp.Diff(before, tree(t, table)); d != "" {
		t.Errorf("a dry run changed files: %s", d)
	}
	if got := must(table.Vacuum(ctx, VacuumOptions{Time: now})); cmp.Diff(want, got.Files) != "" {
		t.Errorf("%v", got.Files)
	}
	left := slices.DeleteFunc(before, func(f string) bool { return slices.Contains(want, f) })
	if d := cmp.Diff(left, tree(t, table)); d != "" {
		t.Errorf("files after the vacuum: %s", d)
	}
	wantSketches(t, snapshot(t, table))
}

// TestACheckpointDropsSketchesWithoutAFile: vacuums of others leave them.
func TestACheckpointDropsSketchesWithoutAFile(t *testing.T) {
	table := sketchedTable(t, mixedRows(0, 10))
	leave(t, table, sketchDir+"/old", noon)
	leave(t, table, sketchDir+"/young", noon.Add(day))
	opt := CommitOptions{Time: noon.Add(day + time.Hour), Configuration: map[string]string{checkpointInterval: "1"}}
	if c := must(table.Append(context.Background(), nil, opt)); c.CheckpointErr != nil {
		t.Fatal(c.CheckpointErr)
	}
	for name, there := range map[string]bool{"old": false, "young": true} {
		if _, err := os.Stat(filepath.Join(table.Path(), sketchDir, name)); (err == nil) != there {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantSketches(t, snapshot(t, table))
}

// TestNothingIsLeftOfAFailedCommit: neither a file nor its sketch, and the caller still has both.
func TestNothingIsLeftOfAFailedCommit(t *testing.T) {
	ctx := context.Background()
	table := sketchedTable(t, mixedRows(0, 10))
	files := writeRecords(t, table, WriteOptions{Sketched: true}, mixedRows(10, 20))
	var conflict *ConflictError
	x := transaction{table: table, base: snapshot(t, table), operation: "TEST", readsRows: true, adds: files}
	must(table.Append(ctx, writeRecords(t, table, WriteOptions{}, mixedRows(20, 21)), CommitOptions{}))
	between := tree(t, table)
	if _, err := x.commit(ctx); !errors.As(err, &conflict) {
		t.Fatalf("%v, want a conflict", err)
	}
	if d := cmp.Diff(between, tree(t, table)); d != "" {
		t.Errorf("left over: %s", d)
	}
	must(table.Append(ctx, files, CommitOptions{}))
	if _, err := os.Stat(sketchFile(files[0].Path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the staged sketch is still there: %v", err)
	}
	must(table.Restore(ctx, 0, CommitOptions{}))
	wantSketches(t, snapshot(t, table))
}

// TestACrashBeforeTheCommitLeavesASketch that nobody reads, that stands in nobody's way, and that a vacuum clears.
func TestACrashBeforeTheCommitLeavesASketch(t *testing.T) {
	ctx := context.Background()
	table := sketchedTable(t, mixedRows(0, 10))
	files := writeRecords(t, table, WriteOptions{Sketched: true}, mixedRows(10, 20))
	now := noon.Add(time.Hour)
	x := transaction{table: table, base: snapshot(t, table), operation: "TEST", blind: true, adds: files}
	must(0, errors.Join(x.check(), x.adopt(now)))
	wantSketches(t, snapshot(t, table))
	if got := must(table.Vacuum(ctx, VacuumOptions{Time: now.Add(6 * day)})); len(got.Files) > 0 {
		t.Errorf("removed %v", got.Files)
	}
	if got := must(table.Vacuum(ctx, VacuumOptions{Time: now.Add(8 * day)})); len(got.Files) != 2 {
		t.Errorf("removed %v, want the file and its sketch", got.Files)
	}
	wantSketches(t, snapshot(t, table))
}

func TestAFileThatIsAbandonedLeavesNoSketch(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := WriteFiles(ctx, dir, readerOf(t, mixedRows(0, 10)), WriteOptions{Sketched: true}); err == nil {
		t.Fatal("written under a cancelled context")
	}
	removeFiles(must(WriteFiles(context.Background(), dir, readerOf(t, mixedRows(0, 10)), WriteOptions{Sketched: true})))
	if left := tree(t, At(dir)); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}
