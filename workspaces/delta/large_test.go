package delta

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// numbered makes a row of each id: the id and a value made from it.
func numbered(ids []int64, value func(id int64) int64) arrow.Record {
	id, v := array.NewInt64Builder(memory.DefaultAllocator), array.NewInt64Builder(memory.DefaultAllocator)
	for _, i := range ids {
		id.Append(i)
		v.Append(value(i))
	}
	return array.NewRecord(schemaOf(column("id", int64Type), column("v", int64Type)), []arrow.Array{id.NewArray(), v.NewArray()}, int64(len(ids)))
}

func idsUpTo(n int64, keep func(int64) bool) (ids []int64) {
	for i := range n {
		if keep(i) {
			ids = append(ids, i)
		}
	}
	return ids
}

// TestMergeAcrossBatches merges enough rows that batches, row groups and files of the two sides end
// in different places, with the new rows in the order of their keys and not.
func TestMergeAcrossBatches(t *testing.T) {
	const n = 400_000
	inTable := func(i int64) bool { return i%5 != 0 }
	inNew := func(i int64) bool { return i%3 != 0 && (i < 150_000 || i > 180_000) }
	before := func(i int64) int64 { return i }
	after := func(i int64) int64 {
		if i%7 == 0 {
			return -i - 1
		}
		return i
	}
	for name, shuffled := range map[string]bool{"in order": false, "shuffled": true} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			table := At(filepath.Join(t.TempDir(), "table"))
			old := numbered(idsUpTo(n, inTable), before)
			must(table.Create(ctx, Metadata{Schema: old.Schema()}, writeRecords(t, table, WriteOptions{FileRows: 130_000}, old), CommitOptions{}))
			ids := idsUpTo(n, inNew)
			if shuffled {
				rand.New(rand.NewPCG(1, 1)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
			}
			result := merge(t, table, Merge{Keys: []string{"id"}, Files: writeRecords(t, table, WriteOptions{FileRows: 110_000}, numbered(ids, after))})

			var counts MergePlan
			for i := range int64(n) {
				switch {
				case inNew(i) && !inTable(i):
					counts.Inserted++
				case inNew(i) && after(i) != before(i):
					counts.Updated++
				case inNew(i):
					counts.Unchanged++
				}
			}
			if d := cmp.Diff(counts, result.MergePlan); d != "" {
				t.Error(d)
			}
			seen := make([]bool, n)
			rows := int64(0)
			r := must(snapshot(t, table).Read(ctx, nil))
			defer r.Release()
			for r.Next() {
				values := r.Record().Column(1).(*array.Int64).Int64Values()
				for row, i := range r.Record().Column(0).(*array.Int64).Int64Values() {
					want := before(i)
					if inNew(i) {
						want = after(i)
					}
					if values[row] != want || seen[i] || !inNew(i) && !inTable(i) {
						t.Fatalf("id %d has %d, want %d once", i, values[row], want)
					}
					seen[i] = true
					rows++
				}
			}
			if err := r.Err(); err != nil {
				t.Fatal(err)
			}
			if want := int64(len(idsUpTo(n, inTable))) + counts.Inserted; rows != want {
				t.Errorf("%d rows, want %d", rows, want)
			}
		})
	}
}

// TestWriteErrorsAreNotLost makes the file below the Parquet writer fail, as a full disk does.
func TestWriteErrorsAreNotLost(t *testing.T) {
	rows := numbered(idsUpTo(1000, func(int64) bool { return true }), func(i int64) int64 { return i })
	w, err := newFileWriter(t.TempDir(), 0, rows.Schema(), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.f.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err := w.close(); err == nil {
		t.Errorf("no error for a file that was not written: %+v", f)
	}
}
