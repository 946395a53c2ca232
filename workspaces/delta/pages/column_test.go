package pages

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"pgregory.net/rapid"
)

// decoded is an array with texts in place of their indices.
func decoded(t *rapid.T, a arrow.Array) arrow.Array {
	d, ok := a.(*array.Dictionary)
	if !ok {
		return a
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	for i := range d.Len() {
		if d.IsNull(i) {
			b.AppendNull()
			continue
		}
		b.Append(d.Dictionary().(*array.String).Value(d.GetValueIndex(i)))
	}
	return b.NewArray()
}

// TestColumnReadsEveryRow reads what this package and Arrow have written, in batches of any size that go over the ends of pages and
// row groups.
func TestColumnReadsEveryRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		s := shape{
			kind:     rapid.SampledFrom(types).Draw(t, "type"),
			nulls:    rapid.SampledFrom([]float64{0, 0.01, 0.5, 1}).Draw(t, "nulls"),
			distinct: rapid.SampledFrom([]int{1, 3, 200, 5_000, 1 << 30}).Draw(t, "distinct"),
			run:      rapid.SampledFrom([]int{1, 24}).Draw(t, "run"),
		}
		schema := schemaOf([]shape{s})
		var want []arrow.Array
		var groups [][]arrow.Record
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 9_000), 1, 4).Draw(t, "pages") {
			page := s.column(n, random)
			want = append(want, page)
			r := array.NewRecord(schema, []arrow.Array{page}, int64(n))
			if len(groups) == 0 || rapid.Bool().Draw(t, "another group") {
				groups = append(groups, nil)
			}
			groups[len(groups)-1] = append(groups[len(groups)-1], r)
		}
		var content []byte
		switch by := rapid.SampledFrom([]string{"us", "Arrow 1", "Arrow 2"}).Draw(t, "writer"); by {
		case "us":
			content = written(t, schema, groups)
		case "Arrow 1", "Arrow 2":
			version := parquet.DataPageV1
			if by == "Arrow 2" {
				version = parquet.DataPageV2
			}
			all, err := array.Concatenate(want, memory.DefaultAllocator)
			if err != nil {
				t.Fatal(err)
			}
			content = writtenByArrow(t, array.NewRecord(schema, []arrow.Array{all}, int64(all.Len())), version)
		}
		opened, err := file.NewParquetReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		var list []int
		for i := range opened.NumRowGroups() {
			list = append(list, i)
		}
		kind := s.kind
		if kind.ID() == arrow.STRING && rapid.Bool().Draw(t, "indices") {
			kind = Texts
		}
		c, ok := NewColumn(opened, 0, kind, list)
		if known := takenKinds[s.kind.ID()]; ok != known {
			t.Fatal(s.kind, " is read by this package: ", ok, ", want ", known)
		}
		if !ok {
			return
		}
		var got []arrow.Array
		for left := opened.NumRows(); left > 0; {
			n := min(left, int64(rapid.IntRange(1, 5_000).Draw(t, "batch")))
			batch, err := c.NextBatch(n)
			if err != nil {
				t.Fatal(err)
			}
			if int64(batch.Len()) != n {
				t.Fatal(batch.Len(), " rows, want ", n)
			}
			got = append(got, decoded(t, batch.Chunk(0)))
			left -= n
		}
		if end, err := c.NextBatch(10); err != nil || end.Len() != 0 {
			t.Fatal("after the end: ", end, err)
		}
		sameValues(t, want, arrow.NewChunked(s.kind, got))
		if nulls(got) != nulls(want) {
			t.Fatal(nulls(got), " nulls, want ", nulls(want))
		}
	})
}

// TestLevelsOfLongAgo are in the encoding BIT_PACKED, the highest bit first and without a length.
func TestLevelsOfLongAgo(t *testing.T) {
	data := []byte{0b10110000, 0b01000000}
	for _, v := range []uint32{7, 8, 9, 10} {
		data = binary.LittleEndian.AppendUint32(data, v)
	}
	w := &words[uint32]{}
	d := decoder{optional: true, values: w}
	w.begin(10)
	page := file.NewDataPageV1(memory.NewBufferBytes(data), 10, parquet.Encodings.Plain, parquet.Encodings.BitPacked, parquet.Encodings.RLE, int32(len(data)))
	if err := d.open(page); err != nil {
		t.Fatal(err)
	}
	w.addRows(d.there, 0, 10, 0)
	a := w.array(arrow.PrimitiveTypes.Int32, 10, d.there, 6).(*array.Int32)
	want := []string{"7", "(null)", "8", "9", "(null)", "(null)", "(null)", "(null)", "(null)", "10"}
	for i, text := range want {
		if a.ValueStr(i) != text {
			t.Errorf("row %d is %s, want %s", i, a.ValueStr(i), text)
		}
	}
}

// TestAColumnHasTheRowsOfItsGroup: with more or fewer its values would stand beside those of other rows.
func TestAColumnHasTheRowsOfItsGroup(t *testing.T) {
	s := shape{kind: arrow.PrimitiveTypes.Int64, distinct: 10, run: 1}
	schema := schemaOf([]shape{s})
	page := array.NewRecord(schema, []arrow.Array{s.column(100, rand.New(rand.NewPCG(1, 2)))}, 100)
	for said, want := range map[int]error{99: errRows, 100: nil, 101: errRows} {
		var out bytes.Buffer
		w, err := NewWriter(&out, schema, "test")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			group := w.footer.AppendRowGroup()
			group.SetNumRows(said)
			size, err := w.writeColumn(group.NextColumnChunk(), 0, []arrow.Record{page}, Watcher{})
			if err != nil {
				t.Fatal(err)
			}
			if err := group.Finish(size, int16(w.groups)); err != nil {
				t.Fatal(err)
			}
			w.groups++
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f, err := file.NewParquetReader(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		c, _ := NewColumn(f, 0, s.kind, []int{0, 1})
		if _, err := c.NextBatch(200); err != want {
			t.Errorf("groups of 100 rows that say %d: %v, want %v", said, err, want)
		}
	}
}

// BenchmarkRead reads a row group of one column, by this package and by Arrow's reader of records.
func BenchmarkRead(b *testing.B) {
	const rows = 1 << 17
	for name, s := range map[string]shape{
		"distinct doubles":   {kind: arrow.PrimitiveTypes.Float64, nulls: 0.1, distinct: 1 << 30, run: 1},
		"few integers":       {kind: arrow.PrimitiveTypes.Int32, nulls: 0.1, distinct: 600, run: 1},
		"integers, no nulls": {kind: arrow.PrimitiveTypes.Int32, distinct: 600, run: 1},
		"texts":              {kind: arrow.BinaryTypes.String, nulls: 0.1, distinct: 30, run: 1},
		"booleans":           {kind: arrow.FixedWidthTypes.Boolean, nulls: 0.1, distinct: 2, run: 1},
	} {
		schema := schemaOf([]shape{s})
		content := written(b, schema, [][]arrow.Record{{array.NewRecord(schema, []arrow.Array{s.column(rows, rand.New(rand.NewPCG(1, 2)))}, rows)}})
		measure := func(b *testing.B, reader func(f *file.Reader) interface {
			NextBatch(int64) (*arrow.Chunked, error)
		}) {
			b.ReportAllocs()
			for b.Loop() {
				f, err := file.NewParquetReader(bytes.NewReader(content))
				if err != nil {
					b.Fatal(err)
				}
				r := reader(f)
				for range 2 {
					batch, err := r.NextBatch(rows / 2)
					if err != nil || batch.Len() != rows/2 {
						b.Fatal(batch, err)
					}
					batch.Release()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/value")
		}
		kinds := map[string]arrow.DataType{"pages": s.kind}
		if s.kind.ID() == arrow.STRING {
			kinds["indices"] = Texts
		}
		for by, kind := range kinds {
			b.Run(name+"/"+by, func(b *testing.B) {
				measure(b, func(f *file.Reader) interface {
					NextBatch(int64) (*arrow.Chunked, error)
				} {
					c, _ := NewColumn(f, 0, kind, []int{0})
					return c
				})
			})
		}
		b.Run(name+"/arrow", func(b *testing.B) {
			measure(b, func(f *file.Reader) interface {
				NextBatch(int64) (*arrow.Chunked, error)
			} {
				r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: rows / 2}, memory.DefaultAllocator)
				if err != nil {
					b.Fatal(err)
				}
				c, err := r.GetFieldReader(context.Background(), 0, map[int]bool{0: true}, []int{0})
				if err != nil {
					b.Fatal(err)
				}
				return c
			})
		})
	}
}
