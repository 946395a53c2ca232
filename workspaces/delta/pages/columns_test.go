package pages

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"pgregory.net/rapid"
)

// writtenByColumn writes columns to a file in memory, encoded at the same time.
func writtenByColumn(t interface{ Fatal(...any) }, schema *arrow.Schema, columns []arrow.Array, groups []int, pageRows int) []byte {
	var out bytes.Buffer
	w, err := NewColumnsWriter(&out, schema, "test", groups)
	if err != nil {
		t.Fatal(err)
	}
	starts := []int{0}
	for i, n := range groups {
		starts = append(starts, starts[i]+n)
	}
	encoded, errs := make([]*Encoded, len(columns)), make([]error, len(columns))
	var work sync.WaitGroup
	for i, c := range columns {
		work.Go(func() {
			encoded[i], errs[i] = w.Encode(i, pageRows, func(group, lo, hi int) arrow.Array {
				return array.NewSlice(c, int64(starts[group]+lo), int64(starts[group]+hi))
			}, unseen)
		})
	}
	work.Wait()
	for i, e := range encoded {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if err := w.Append(e, make([]metadata.EncodedStatistics, len(groups))); err != nil {
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

func TestArrowReadsWhatIsWrittenByColumn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		groups := rapid.SliceOfN(rapid.IntRange(1, 9_000), 1, 3).Draw(t, "groups")
		rows := 0
		for _, n := range groups {
			rows += n
		}
		var shapes []shape
		var columns []arrow.Array
		for range rapid.IntRange(1, 6).Draw(t, "columns") {
			s := shape{
				kind:     rapid.SampledFrom(types).Draw(t, "type"),
				nulls:    rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "nulls"),
				distinct: rapid.SampledFrom([]int{1, 200, 5_000, 1 << 30}).Draw(t, "distinct"),
				run:      rapid.SampledFrom([]int{1, 24}).Draw(t, "run"),
			}
			shapes, columns = append(shapes, s), append(columns, s.column(rows, random))
		}
		content := writtenByColumn(t, schemaOf(shapes), columns, groups, rapid.SampledFrom([]int{1_000, 10_000}).Draw(t, "page"))
		table := readBack(t, content)
		for i, c := range columns {
			sameValues(t, []arrow.Array{c}, table.Column(i).Data())
		}
	})
}

func TestLongTextsByColumn(t *testing.T) {
	texts := array.NewStringBuilder(memory.DefaultAllocator)
	for i := range 200 {
		texts.Append(strings.Repeat(string(rune('a'+i%26)), 100_000))
	}
	column := texts.NewArray()
	table := readBack(t, writtenByColumn(t, schemaOf([]shape{{kind: arrow.BinaryTypes.String}}), []arrow.Array{column}, []int{200}, 1_000))
	sameValues(t, []arrow.Array{column}, table.Column(0).Data())
}

func TestColumnsComeInTheirOrder(t *testing.T) {
	s := shape{kind: arrow.PrimitiveTypes.Int64, distinct: 10, run: 1}
	w, err := NewColumnsWriter(&bytes.Buffer{}, schemaOf([]shape{s, s}), "test", []int{5})
	if err != nil {
		t.Fatal(err)
	}
	values := s.column(5, rand.New(rand.NewPCG(1, 2)))
	second, err := w.Encode(1, 10, func(_, lo, hi int) arrow.Array { return array.NewSlice(values, int64(lo), int64(hi)) }, unseen)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(second, make([]metadata.EncodedStatistics, 1)); err == nil {
		t.Error("the second column comes first")
	}
	if err := w.Close(); err == nil {
		t.Error("a file without its columns is closed")
	}
}
