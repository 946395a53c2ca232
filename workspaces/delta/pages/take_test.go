package pages

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"pgregory.net/rapid"
)

// writtenByArrow writes a file of one row group with Arrow's own writer, which has other runs and other pages.
func writtenByArrow(t *rapid.T, record arrow.Record, version parquet.DataPageVersion) []byte {
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(record.Schema(), &out, parquet.NewWriterProperties(parquet.WithDataPageSize(4_000), parquet.WithBatchSize(512),
		parquet.WithDataPageVersion(version), parquet.WithCompression(compress.Codecs.Snappy), parquet.WithDictionaryDefault(rapid.Bool().Draw(t, "dictionary"))),
		pqarrow.DefaultWriterProps())
	if err == nil {
		err = w.Write(record)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// takenKinds are the types that are read without Arrow's own reader.
var takenKinds = map[arrow.Type]bool{arrow.BOOL: true, arrow.INT32: true, arrow.INT64: true, arrow.FLOAT32: true, arrow.FLOAT64: true,
	arrow.STRING: true, arrow.DATE32: true, arrow.TIMESTAMP: true}

func TestTakeGivesTheRowsThatAreAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rows := rapid.IntRange(1, 12_000).Draw(t, "rows")
		s := shape{
			kind:     rapid.SampledFrom(types).Draw(t, "type"),
			nulls:    rapid.SampledFrom([]float64{0, 0.01, 0.5, 1}).Draw(t, "nulls"),
			distinct: rapid.SampledFrom([]int{1, 3, 200, 5_000, 1 << 30}).Draw(t, "distinct"),
			run:      rapid.SampledFrom([]int{1, 24}).Draw(t, "run"),
		}
		column := s.column(rows, random)
		schema := schemaOf([]shape{s})
		by := rapid.SampledFrom([]string{"us", "Arrow 1", "Arrow 2"}).Draw(t, "writer")
		var content []byte
		switch by {
		case "us":
			half := int64(rows / 2)
			var pages []arrow.Record
			for _, part := range []arrow.Array{array.NewSlice(column, 0, half), array.NewSlice(column, half, int64(rows))} {
				if part.Len() > 0 {
					pages = append(pages, array.NewRecord(schema, []arrow.Array{part}, int64(part.Len())))
				}
			}
			content = written(t, schema, [][]arrow.Record{pages})
		case "Arrow 1":
			content = writtenByArrow(t, array.NewRecord(schema, []arrow.Array{column}, int64(rows)), parquet.DataPageV1)
		default:
			content = writtenByArrow(t, array.NewRecord(schema, []arrow.Array{column}, int64(rows)), parquet.DataPageV2)
		}
		opened, err := file.NewParquetReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		share := rapid.SampledFrom([]float64{0, 0.001, 0.3, 1}).Draw(t, "share")
		var wanted []uint32
		for i := range rows {
			if random.Float64() < share {
				wanted = append(wanted, uint32(i))
			}
		}
		got, ok, err := Take(opened.RowGroup(0), 0, s.kind, wanted)
		if err != nil {
			t.Fatal(err)
		}
		if known := takenKinds[s.kind.ID()]; known && !ok {
			t.Fatal("the column has to be read by Arrow")
		}
		if !ok {
			return
		}
		want := make([]arrow.Array, 0, len(wanted))
		for _, row := range wanted {
			want = append(want, array.NewSlice(column, int64(row), int64(row)+1))
		}
		if len(want) == 0 {
			want = append(want, array.NewSlice(column, 0, 0))
		}
		sameValues(t, want, arrow.NewChunked(s.kind, []arrow.Array{got}))
		if got.NullN() != nulls(want) {
			t.Fatal(got.NullN(), " nulls, want ", nulls(want))
		}
	})
}

func nulls(arrays []arrow.Array) int {
	n := 0
	for _, a := range arrays {
		n += a.NullN()
	}
	return n
}

// TestTakeOfDamagedPages changes bytes at random: an error or other values, never a panic or a read outside of the page.
func TestTakeOfDamagedPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(0, 32).Draw(t, "width")
		data := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data")
		n := rapid.IntRange(1, 100).Draw(t, "values")
		if out, err := appendHybrid(nil, data, width, n); err == nil && len(out) != n {
			t.Fatal(len(out), " numbers, want ", n)
		}
		if bits, err := levels(data, n); err == nil && bits != nil && len(bits) != (n+63)/64*8 {
			t.Fatal(len(bits), " bytes of levels for ", n)
		}
		if texts, err := textsOf(nil, data, n); err == nil && len(texts) != n {
			t.Fatal(len(texts), " texts, want ", n)
		}
	})
}
