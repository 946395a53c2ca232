package asof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"pgregory.net/rapid"
)

// label is a label, row a row of a table; nil is null.
type label struct {
	who *int64
	day *int32
}

type row struct {
	who   *int64
	day   *int32
	value *float64
}

// plainly is the join as its definition says it: for each label, look at every row.
func plainly(labels []label, rows []row, lookback int) (values []*float64, counts Counts, twins bool) {
	for _, l := range labels {
		var newest *row
		known, doubled := false, false
		for i, r := range rows {
			if l.who == nil || l.day == nil || r.who == nil || r.day == nil || *r.who != *l.who {
				continue
			}
			known = true
			if *r.day > *l.day {
				continue
			}
			if newest == nil || *r.day > *newest.day {
				newest, doubled = &rows[i], false
			} else if *r.day == *newest.day {
				doubled = true
			}
		}
		var value *float64
		switch {
		case l.who == nil || l.day == nil:
			counts.Unusable++
		case !known:
			counts.Unknown++
		case newest == nil:
			counts.NotYet++
		case lookback >= 0 && int(*l.day)-int(*newest.day) > lookback:
			counts.TooOld++
		default:
			counts.Matched++
			twins = twins || doubled
			value = newest.value
		}
		values = append(values, value)
	}
	return values, counts, twins
}

func TestJoinIsWhatItsDefinitionSays(t *testing.T) {
	for name, keys := range map[string]keysOf{"numbers": numberKeys, "texts": textKeys} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				labels, rows := someLabels(t), someRows(t)
				lookback := rapid.SampledFrom([]int{-1, 0, 1, 5, 40}).Draw(t, "lookback")
				want, counts, twins := plainly(labels, rows, lookback)
				got, found, err := join(t, keys, labels, rows, lookback)
				var duplicate *DuplicateError
				if errors.As(err, &duplicate) != twins || err != nil && !twins {
					t.Fatalf("error %v, and a label has two newest rows: %t", err, twins)
				}
				if err != nil {
					return
				}
				if found != counts {
					t.Fatalf("counts %+v, want %+v", found, counts)
				}
				for i := range want {
					if text(got[i]) != text(want[i]) {
						t.Fatalf("label %d has %s, want %s", i, text(got[i]), text(want[i]))
					}
				}
			})
		})
	}
}

func text(v *float64) string {
	if v == nil {
		return "null"
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

func optional[T any](g *rapid.Generator[T]) *rapid.Generator[*T] {
	return rapid.Custom(func(t *rapid.T) *T {
		if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
			return nil
		}
		v := g.Draw(t, "value")
		return &v
	})
}

// Few customers and days, so that they meet, and some far away from the others.
func whos() *rapid.Generator[*int64] {
	return optional(rapid.OneOf(rapid.Int64Range(-3, 6), rapid.SampledFrom([]int64{-1 << 63, 1<<63 - 1, 1 << 40})))
}

func days() *rapid.Generator[*int32] {
	return optional(rapid.OneOf(rapid.Int32Range(-10, 40), rapid.Int32Range(18000, 18003)))
}

func someLabels(t *rapid.T) []label {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) label {
		return label{whos().Draw(t, "who"), days().Draw(t, "day")}
	}), 0, 60).Draw(t, "labels")
}

// someRows are rows with keys of their own, or with any, in any order, or sorted.
func someRows(t *rapid.T) []row {
	one := rapid.Custom(func(t *rapid.T) row {
		return row{whos().Draw(t, "who"), days().Draw(t, "day"), optional(rapid.Float64Range(0, 1)).Draw(t, "value")}
	})
	if rapid.Bool().Draw(t, "with duplicates") {
		return rapid.SliceOfN(one, 0, 40).Draw(t, "rows")
	}
	return rapid.SliceOfNDistinct(one, 0, 60, func(r row) string {
		if r.who == nil || r.day == nil {
			return "null"
		}
		return fmt.Sprint(*r.who, *r.day)
	}).Draw(t, "rows")
}

// keysOf makes customers of a type.
type keysOf func(n int, at func(int) *int64) arrow.Array

func numberKeys(n int, at func(int) *int64) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range n {
		if v := at(i); v != nil {
			b.Append(*v)
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray()
}

func textKeys(n int, at func(int) *int64) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	for i := range n {
		if v := at(i); v != nil {
			b.Append("c" + strconv.FormatInt(*v, 10))
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray()
}

func dayArray(n int, at func(int) *int32) *array.Date32 {
	b := array.NewDate32Builder(memory.DefaultAllocator)
	for i := range n {
		if v := at(i); v != nil {
			b.Append(arrow.Date32(*v))
		} else {
			b.AppendNull()
		}
	}
	return b.NewDate32Array()
}

// join joins with batches of drawn sizes, looked at by goroutines of their own, in the order of the numbers or against it.
func join(t *rapid.T, keys keysOf, labels []label, rows []row, lookback int) ([]*float64, Counts, error) {
	l, err := New(keys(len(labels), func(i int) *int64 { return labels[i].who }), dayArray(len(labels), func(i int) *int32 { return labels[i].day }))
	if err != nil {
		t.Fatal(err)
	}
	m := l.Match()
	var batches [][2]int
	for from := 0; from < len(rows); {
		to := min(len(rows), from+rapid.IntRange(1, 20).Draw(t, "batch"))
		batches = append(batches, [2]int{from, to})
		from = to
	}
	var work sync.WaitGroup
	for _, b := range batches {
		part := rows[b[0]:b[1]]
		work.Go(func() {
			who := keys(len(part), func(i int) *int64 { return part[i].who })
			if err := m.Add(who, dayArray(len(part), func(i int) *int32 { return part[i].day }), int64(b[0])); err != nil {
				panic(err)
			}
		})
	}
	work.Wait()
	found, err := m.Finish(lookback)
	if err != nil {
		return nil, Counts{}, err
	}
	c, err := found.Column(arrow.PrimitiveTypes.Float64)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		v := array.NewFloat64Builder(memory.DefaultAllocator)
		first, n := int64(b[0]), int64(b[1]-b[0])
		for _, number := range found.Within(first, n) {
			if value := rows[number].value; value == nil {
				v.AppendNull()
			} else {
				v.Append(*value)
			}
		}
		found.Put(c, v.NewArray(), first, n)
	}
	out := make([]*float64, len(labels))
	values := c.Slice(0, len(labels)).(*array.Float64)
	for i := range out {
		if values.IsValid(i) {
			v := values.Value(i)
			out[i] = &v
		}
	}
	return out, found.Counts, nil
}

func TestColumnsOfEveryTypeKeepTheirValues(t *testing.T) {
	whos := []int64{7, 5, 9, 5, 7}
	l, err := New(numberKeys(5, func(i int) *int64 { return &whos[i] }), dayArray(5, func(int) *int32 { return new(int32) }))
	if err != nil {
		t.Fatal(err)
	}
	m := l.Match()
	table := []int64{5, 6, 7}
	if err := m.Add(numberKeys(3, func(i int) *int64 { return &table[i] }), dayArray(3, func(int) *int32 { return new(int32) }), 0); err != nil {
		t.Fatal(err)
	}
	rows, err := m.Finish(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind arrow.DataType
		json string // of the rows of 5, 6 and 7
		want string
	}{
		{arrow.FixedWidthTypes.Boolean, `[true, null, false]`, `[false true (null) true false]`},
		{arrow.PrimitiveTypes.Int8, `[-1, 2, 3]`, `[3 -1 (null) -1 3]`},
		{arrow.PrimitiveTypes.Int16, `[-1, 2, 3]`, `[3 -1 (null) -1 3]`},
		{arrow.PrimitiveTypes.Int32, `[-1, 2, null]`, `[(null) -1 (null) -1 (null)]`},
		{arrow.PrimitiveTypes.Int64, `[-1, 2, 3]`, `[3 -1 (null) -1 3]`},
		{arrow.PrimitiveTypes.Float32, `[0.5, 2, 3]`, `[3 0.5 (null) 0.5 3]`},
		{arrow.PrimitiveTypes.Float64, `[0.5, null, 3]`, `[3 0.5 (null) 0.5 3]`},
		{arrow.FixedWidthTypes.Date32, `["2020-01-01", null, "2021-01-01"]`, `[18628 18262 (null) 18262 18628]`},
		{&arrow.Decimal128Type{Precision: 20, Scale: 2}, `["1.25", "2", "3"]`, `[{300 0} {125 0} (null) {125 0} {300 0}]`},
		{arrow.BinaryTypes.String, `["", "b", "ñ"]`, `["ñ" "" (null) "" "ñ"]`},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			from, _, err := array.FromJSON(memory.DefaultAllocator, c.kind, strings.NewReader(c.json))
			if err != nil {
				t.Fatal(err)
			}
			column, err := rows.Column(c.kind)
			if err != nil {
				t.Fatal(err)
			}
			for first := range int64(3) { // each in a batch of its own
				var parts []arrow.Array
				for _, number := range rows.Within(first, 1) {
					parts = append(parts, array.NewSlice(from, int64(number), int64(number)+1))
				}
				if len(parts) > 0 {
					values, err := array.Concatenate(parts, memory.DefaultAllocator)
					if err != nil {
						t.Fatal(err)
					}
					rows.Put(column, values, first, 1)
				}
			}
			if got := fmt.Sprint(column.Slice(0, 5)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got, whole := fmt.Sprint(column.Slice(1, 3)), column.Slice(0, 5); got != fmt.Sprint(array.NewSlice(whole, 1, 3)) {
				t.Errorf("a slice is %s of %s", got, whole)
			}
			if want := column.Slice(0, 5).NullN(); column.Nulls() != want {
				t.Errorf("%d nulls, want %d", column.Nulls(), want)
			}
		})
	}
	if _, err := rows.Column(arrow.BinaryTypes.Binary); err == nil {
		t.Error("a type that no table has is joined")
	}
}

func TestTwoNewestRowsAreAnErrorThatNamesTheDay(t *testing.T) {
	five, day := int64(5), int32(20513)
	l, err := New(numberKeys(1, func(int) *int64 { return &five }), dayArray(1, func(int) *int32 { return &day }))
	if err != nil {
		t.Fatal(err)
	}
	m := l.Match()
	for first := range int64(2) {
		if err := m.Add(numberKeys(1, func(int) *int64 { return &five }), dayArray(1, func(int) *int32 { return &day }), first); err != nil {
			t.Fatal(err)
		}
	}
	_, err = m.Finish(-1)
	var duplicate *DuplicateError
	if !errors.As(err, &duplicate) || duplicate.Label != 0 || duplicate.Day.Format(time.DateOnly) != "2026-03-01" {
		t.Errorf("error %v", err)
	}
}

func TestKeysOfAnotherTypeAreRefused(t *testing.T) {
	five := int64(5)
	l, err := New(numberKeys(1, func(int) *int64 { return &five }), dayArray(1, func(int) *int32 { return new(int32) }))
	if err != nil {
		t.Fatal(err)
	}
	day := dayArray(1, func(int) *int32 { return new(int32) })
	if err := l.Match().Add(textKeys(1, func(int) *int64 { return &five }), day, 0); err == nil {
		t.Error("texts match numbers")
	}
	if err := l.Match().Add(day, day, 0); err == nil {
		t.Error("days match numbers")
	}
}
