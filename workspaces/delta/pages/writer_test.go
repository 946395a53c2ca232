package pages

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"pgregory.net/rapid"
)

var types = []arrow.DataType{
	arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int32,
	arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64, arrow.BinaryTypes.String,
	arrow.BinaryTypes.Binary, arrow.FixedWidthTypes.Date32, arrow.FixedWidthTypes.Timestamp_us,
	&arrow.Decimal128Type{Precision: 5, Scale: 2}, &arrow.Decimal128Type{Precision: 18, Scale: 0},
	&arrow.Decimal128Type{Precision: 38, Scale: 10},
}

// shape says what the values of a column are like.
type shape struct {
	kind     arrow.DataType
	nulls    float64 // share
	distinct int     // values to draw from; a dictionary holds a few thousand
	run      int     // each is repeated about so often
}

// column draws values. It may be a slice of a longer array, so that offsets are not 0.
func (s shape) column(rows int, random *rand.Rand) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, s.kind)
	defer b.Release()
	skipped := random.IntN(20)
	v, null := 0, false
	for i := range skipped + rows {
		if i == 0 || random.IntN(s.run) == 0 {
			v, null = random.IntN(s.distinct)-s.distinct/2, random.Float64() < s.nulls
		}
		if null {
			b.AppendNull()
			continue
		}
		appendValue(b, v)
	}
	a := b.NewArray()
	defer a.Release()
	return array.NewSlice(a, int64(skipped), int64(skipped+rows))
}

// appendValue appends a value that stands for a number: another one for each, as far as the type has so many.
func appendValue(b array.Builder, v int) {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v%2 == 0)
	case *array.Int8Builder:
		b.Append(int8(v))
	case *array.Int16Builder:
		b.Append(int16(v))
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(int64(v) * 1_000_000_007)
	case *array.Float32Builder:
		b.Append(float32(v) / 3)
	case *array.Float64Builder:
		switch v {
		case 1:
			b.Append(math.NaN())
		case 2:
			b.Append(math.Inf(-1))
		case 3:
			b.Append(math.Copysign(0, -1))
		default:
			b.Append(float64(v) / 3)
		}
	case *array.StringBuilder:
		b.Append(strings.Repeat("ñ", (v+1<<30)%4) + fmt.Sprint(v))
	case *array.BinaryBuilder:
		b.Append([]byte{byte(v), 0xff, byte(v >> 8), byte(v >> 16)})
	case *array.Date32Builder:
		b.Append(arrow.Date32(v))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v) * 1_000_003)
	case *array.Decimal128Builder:
		n := decimal128.FromI64(int64(v % 100_000))
		if b.Type().(*arrow.Decimal128Type).Precision == 38 {
			n = n.Mul(decimal128.GetScaleMultiplier(30))
		}
		b.Append(n)
	default:
		panic(fmt.Sprintf("no values for %T", b))
	}
}

func schemaOf(shapes []shape) *arrow.Schema {
	fields := make([]arrow.Field, len(shapes))
	for i, s := range shapes {
		fields[i] = arrow.Field{Name: fmt.Sprintf("c%d", i), Type: s.kind, Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

// written writes groups of records to a file in memory.
func written(t interface{ Fatal(...any) }, schema *arrow.Schema, groups [][]arrow.Record) []byte {
	var out bytes.Buffer
	w, err := NewWriter(&out, schema, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, records := range groups {
		if err := w.WriteGroup(records, Watcher{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Size() != int64(out.Len()) {
		t.Fatal("size ", w.Size(), " of ", out.Len())
	}
	return out.Bytes()
}

// readBack reads a file with Arrow's own reader.
func readBack(t interface{ Fatal(...any) }, content []byte) arrow.Table {
	table, err := pqarrow.ReadTable(context.Background(), bytes.NewReader(content), parquet.NewReaderProperties(nil),
		pqarrow.ArrowReadProperties{BatchSize: 1000}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// sameValues compares by bits, so that NaN equals NaN and -0.0 is not 0.0.
func sameValues(t interface{ Fatal(...any) }, want []arrow.Array, got *arrow.Chunked) {
	a, err := array.Concatenate(want, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	b, err := array.Concatenate(got.Chunks(), memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	if a.Len() != b.Len() {
		t.Fatal(a.Len(), " rows were written, ", b.Len(), " read")
	}
	for i := range a.Len() {
		if a.IsNull(i) != b.IsNull(i) || a.IsValid(i) && !sameValue(a, b, i) {
			t.Fatal(a.DataType(), ": row ", i, ": ", a.ValueStr(i), " was written, ", b.ValueStr(i), " read")
		}
	}
}

func sameValue(a, b arrow.Array, i int) bool {
	switch a := a.(type) {
	case *array.Float64:
		return math.Float64bits(a.Value(i)) == math.Float64bits(b.(*array.Float64).Value(i))
	case *array.Float32:
		return math.Float32bits(a.Value(i)) == math.Float32bits(b.(*array.Float32).Value(i))
	}
	return a.ValueStr(i) == b.ValueStr(i)
}

func TestArrowReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		shapes := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) shape {
			return shape{
				kind:     rapid.SampledFrom(types).Draw(rt, "type"),
				nulls:    rapid.SampledFrom([]float64{0, 0.01, 0.5, 0.99, 1}).Draw(rt, "nulls"),
				distinct: rapid.SampledFrom([]int{1, 2, 3, 200, 5_000, 1 << 30}).Draw(rt, "distinct"),
				run:      rapid.SampledFrom([]int{1, 24}).Draw(rt, "run"),
			}
		}), 1, 6).Draw(rt, "columns")
		sizes := rapid.SliceOfN(rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 200), rapid.IntRange(1, 9_000)), 1, 3), 0, 3).Draw(rt, "groups")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))

		schema := schemaOf(shapes)
		groups := make([][]arrow.Record, len(sizes))
		want := make([][]arrow.Array, len(shapes))
		for g, pages := range sizes {
			for _, rows := range pages {
				columns := make([]arrow.Array, len(shapes))
				for i, s := range shapes {
					columns[i] = s.column(rows, random)
					want[i] = append(want[i], columns[i])
				}
				groups[g] = append(groups[g], array.NewRecord(schema, columns, int64(rows)))
			}
		}
		table := readBack(rt, written(rt, schema, groups))
		for i := range shapes {
			if len(sizes) > 0 {
				sameValues(rt, want[i], table.Column(i).Data())
			}
		}
	})
}

// TestEncodings looks at what readers find in the pages: a dictionary as long as it pays, and none where the one of the row
// group before was of no use.
func TestEncodings(t *testing.T) {
	plain, dictionary := parquet.Encodings.Plain, parquet.Encodings.RLEDict
	few := func(_, row int) int { return row % 500 }
	distinct := func(page, row int) int { return page<<20 + row }
	manyLate := func(page, row int) int { return page * row }
	for name, c := range map[string]struct {
		groups []func(page, row int) int
		want   []parquet.Encoding // by page, two in a group
	}{
		"few values":                     {[]func(page, row int) int{few}, []parquet.Encoding{dictionary, dictionary}},
		"distinct values":                {[]func(page, row int) int{distinct}, []parquet.Encoding{plain, plain}},
		"many values late":               {[]func(page, row int) int{manyLate}, []parquet.Encoding{dictionary, plain}},
		"distinct values, then few":      {[]func(page, row int) int{distinct, few}, []parquet.Encoding{plain, plain, plain, plain}},
		"many values late, and then few": {[]func(page, row int) int{manyLate, few}, []parquet.Encoding{dictionary, plain, dictionary, dictionary}},
	} {
		for _, kind := range []arrow.DataType{arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Float64, arrow.BinaryTypes.String} {
			t.Run(name+"/"+kind.String(), func(t *testing.T) {
				schema := schemaOf([]shape{{kind: kind}})
				groups := make([][]arrow.Record, len(c.groups))
				var columns []arrow.Array
				for g, values := range c.groups {
					for page := range 2 {
						b := array.NewBuilder(memory.DefaultAllocator, kind)
						for row := range 10_000 {
							appendValue(b, values(page, row))
						}
						columns = append(columns, b.NewArray())
						groups[g] = append(groups[g], array.NewRecord(schema, columns[len(columns)-1:], 10_000))
					}
				}
				content := written(t, schema, groups)
				opened, err := file.NewParquetReader(bytes.NewReader(content))
				if err != nil {
					t.Fatal(err)
				}
				var got []parquet.Encoding
				for g := range groups {
					found, err := opened.RowGroup(g).GetColumnPageReader(0)
					if err != nil {
						t.Fatal(err)
					}
					for found.Next() {
						if data, ok := found.Page().(*file.DataPageV1); ok {
							got = append(got, parquet.Encoding(data.Encoding()))
						}
					}
				}
				if fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("encodings %v, want %v", got, c.want)
				}
				sameValues(t, columns, readBack(t, content).Column(0).Data())
			})
		}
	}
}

// TestLongTexts writes rows that would make a page of 40 MB.
func TestLongTexts(t *testing.T) {
	schema := schemaOf([]shape{{kind: arrow.BinaryTypes.String}, {kind: arrow.PrimitiveTypes.Int64}})
	texts, numbers := array.NewStringBuilder(memory.DefaultAllocator), array.NewInt64Builder(memory.DefaultAllocator)
	for i := range 400 {
		texts.Append(strings.Repeat(string(rune('a'+i%26)), 100_000))
		numbers.Append(int64(i))
	}
	record := array.NewRecord(schema, []arrow.Array{texts.NewArray(), numbers.NewArray()}, 400)
	table := readBack(t, written(t, schema, [][]arrow.Record{{record}}))
	for i, c := range record.Columns() {
		sameValues(t, []arrow.Array{c}, table.Column(i).Data())
	}
}

func TestUnknownTypesAreRefused(t *testing.T) {
	schema := schemaOf([]shape{{kind: arrow.PrimitiveTypes.Int32}, {kind: arrow.PrimitiveTypes.Uint64}})
	if _, err := NewWriter(&bytes.Buffer{}, schema, "test"); err == nil || !strings.Contains(err.Error(), "c1") {
		t.Errorf("error %v, want one that names column c1", err)
	}
}

// limited fails once it has taken so many bytes.
type limited struct{ left int }

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, fmt.Errorf("disk full")
	}
	l.left -= len(p)
	return len(p), nil
}

// TestErrorsOfTheFile lets the file below fail at every length.
func TestErrorsOfTheFile(t *testing.T) {
	s := shape{kind: arrow.PrimitiveTypes.Int64, distinct: 10, run: 1}
	schema := schemaOf([]shape{s})
	record := array.NewRecord(schema, []arrow.Array{s.column(100, rand.New(rand.NewPCG(1, 2)))}, 100)
	whole := len(written(t, schema, [][]arrow.Record{{record}}))
	for left := range whole {
		err := func() error {
			w, err := NewWriter(&limited{left}, schema, "test")
			if err != nil {
				return err
			}
			if err := w.WriteGroup([]arrow.Record{record}, Watcher{}); err != nil {
				return err
			}
			return w.Close()
		}()
		if err == nil {
			t.Fatalf("no error from a file that takes %d of %d bytes", left, whole)
		}
	}
}

// unseen sees nothing.
func unseen(int, Seen) {}
