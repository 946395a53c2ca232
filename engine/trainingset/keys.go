package trainingset

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features/asof"
	"featops/features/schema"
)

// ColumnError says that labels do not have a column that is needed, or several that it may be.
type ColumnError struct{ What string }

func (e *ColumnError) Error() string { return e.What }

// customerNames are the names by which the column with the customer is found when nobody says it.
var customerNames = [...]string{"pk_customer", "id_cliente"}

// Customer finds the column with the customer: the one of that name, or without a name the one that is called as in the
// feature tables or their sources.
func (l *Labels) Customer(name string) (int, error) {
	if name != "" {
		return l.named(name)
	}
	for _, known := range customerNames {
		if i := l.Schema.Index(known); i >= 0 {
			return i, nil
		}
	}
	return 0, &ColumnError{fmt.Sprintf("labels %s: no column is called %s; name the one with the customer by --customer: the columns are %s",
		l.Path, strings.Join(customerNames[:], " or "), strings.Join(l.Schema.Names(), ", "))}
}

// Time finds the column with the time: the one of that name, or without a name the only one that is a DATE or a TIMESTAMP.
func (l *Labels) Time(name string) (int, error) {
	if name != "" {
		return l.named(name)
	}
	var times []string
	for _, c := range l.Schema {
		if c.Type == schema.Date || c.Type == schema.Timestamp {
			times = append(times, c.Name)
		}
	}
	switch len(times) {
	case 1:
		return l.Schema.Index(times[0]), nil
	case 0:
		return 0, &ColumnError{fmt.Sprintf("labels %s: no column is a DATE or a TIMESTAMP; name the one with the time by --time: the columns are %s",
			l.Path, strings.Join(l.Schema.Names(), ", "))}
	}
	return 0, &ColumnError{fmt.Sprintf("labels %s: the time may be in %s; choose by --time", l.Path, strings.Join(times, " or in "))}
}

func (l *Labels) named(name string) (int, error) {
	if i := l.Schema.Index(name); i >= 0 {
		return i, nil
	}
	return 0, &ColumnError{fmt.Sprintf("labels %s: no column %s; the columns are %s", l.Path, name, strings.Join(l.Schema.Names(), ", "))}
}

// Bad counts labels that cannot be joined, each once.
type Bad struct {
	NoCustomer int `json:"no_customer"` // null, or no whole number where the tables have numbers
	NoTime     int `json:"no_time"`     // null, or no time
	example    string
}

// Count is how many there are.
func (b Bad) Count() int { return b.NoCustomer + b.NoTime }

// BadError says that there are labels that cannot be joined.
type BadError struct {
	Bad
	Labels Identity
}

func (e *BadError) Error() string {
	return fmt.Sprintf("labels %s: %d of %d cannot be joined (%d without a customer, %d without a time); the first is %s. "+
		"Repair them, or keep them with empty features by --keep-bad-labels",
		e.Labels.Path, e.Count(), e.Labels.Rows, e.NoCustomer, e.NoTime, e.example)
}

// Keys are the customers and days of labels; null where there is none that can be joined.
type Keys struct {
	Bad
	customers map[schema.Type]arrow.Array
	days      *array.Date32
}

// Keys reads customers and times, the customers in each of the types that the tables have: BIGINT or STRING.
func (l *Labels) Keys(ctx context.Context, customer, time int, types []schema.Type) (*Keys, error) {
	whos, err := l.column(ctx, customer)
	if err != nil {
		return nil, fmt.Errorf("labels %s: %w", l.Path, err)
	}
	times, err := l.column(ctx, time)
	if err != nil {
		return nil, fmt.Errorf("labels %s: %w", l.Path, err)
	}
	k := &Keys{customers: map[schema.Type]arrow.Array{}}
	days, err := daysOf(times)
	if err != nil {
		return nil, &ColumnError{fmt.Sprintf("labels %s: column %s is %s: a time is a DATE, a TIMESTAMP, or text like 2026-03-01 or 2026-03-01T12:00:00Z",
			l.Path, l.Schema[time].Name, l.Schema[time].Type)}
	}
	k.days = days
	for _, t := range types {
		if k.customers[t], err = customersOf(whos, t); err != nil {
			return nil, &ColumnError{fmt.Sprintf("labels %s: column %s is %s: a customer is a whole number or text", l.Path, l.Schema[customer].Name, l.Schema[customer].Type)}
		}
	}
	k.count(l, whos, times, customer, time)
	return k, nil
}

// count finds the labels that cannot be joined with every table.
func (k *Keys) count(l *Labels, whos, times chunks, customer, time int) {
	for i := range l.Rows {
		column, from := time, times
		noTime := k.days.IsNull(i)
		noCustomer := false
		for _, c := range k.customers {
			noCustomer = noCustomer || c.IsNull(i)
		}
		switch {
		case noCustomer:
			column, from = customer, whos
			k.NoCustomer++
		case noTime:
			k.NoTime++
		default:
			continue
		}
		if k.example == "" {
			a := from.Slice(i, i+1)
			what := "null"
			if a.IsValid(0) {
				what = fmt.Sprintf("%q", a.ValueStr(0))
			}
			k.example = fmt.Sprintf("row %d: column %s is %s", i+1, l.Schema[column].Name, what)
			a.Release()
		}
	}
}

// Sorted prepares the labels for tables whose customers have a type.
func (k *Keys) Sorted(customer schema.Type) (*asof.Labels, error) {
	return asof.New(k.customers[customer], k.days)
}

// daysOf returns the days of times, in UTC.
func daysOf(times chunks) (*array.Date32, error) {
	b := array.NewDate32Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(times.rows)
	for _, a := range times.arrays {
		var day func(i int) (int32, bool)
		switch a := a.(type) {
		case *array.Date32:
			day = func(i int) (int32, bool) { return int32(a.Value(i)), true }
		case *array.Timestamp:
			day = func(i int) (int32, bool) { return int32(floorDiv(int64(a.Value(i)), secondsPerDay*1e6)), true }
		case *array.String:
			day = func(i int) (int32, bool) {
				t, ok := ParseTime(a.Value(i))
				return int32(floorDiv(t.Unix(), secondsPerDay)), ok
			}
		default:
			return nil, fmt.Errorf("%s is no time", a.DataType())
		}
		for i := range a.Len() {
			if a.IsValid(i) {
				if d, ok := day(i); ok {
					b.Append(arrow.Date32(d))
					continue
				}
			}
			b.AppendNull()
		}
	}
	return b.NewDate32Array(), nil
}

// customersOf returns customers as BIGINT or as STRING, null where one is no whole number and has to be.
func customersOf(whos chunks, to schema.Type) (arrow.Array, error) {
	kind, err := to.Arrow()
	if err != nil {
		return nil, err
	}
	b := array.NewBuilder(memory.DefaultAllocator, kind)
	defer b.Release()
	b.Reserve(whos.rows)
	for _, a := range whos.arrays {
		number, err := numberOf(a)
		if err != nil {
			return nil, err
		}
		for i := range a.Len() {
			if a.IsNull(i) || !appendCustomer(b, a, i, number) {
				b.AppendNull()
			}
		}
	}
	return b.NewArray(), nil
}

func appendCustomer(to array.Builder, a arrow.Array, i int, number func(int) (int64, bool)) bool {
	text, isText := a.(*array.String)
	if b, ok := to.(*array.StringBuilder); ok && isText {
		b.Append(text.Value(i))
		return true
	}
	n, ok := number(i)
	if !ok {
		return false
	}
	switch b := to.(type) {
	case *array.Int64Builder:
		b.Append(n)
	case *array.StringBuilder:
		b.Append(strconv.FormatInt(n, 10))
	}
	return true
}

// numberOf reads the values of an array as whole numbers.
func numberOf(a arrow.Array) (func(i int) (int64, bool), error) {
	switch a := a.(type) {
	case *array.Int8:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }, nil
	case *array.Int16:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }, nil
	case *array.Int32:
		return func(i int) (int64, bool) { return int64(a.Value(i)), true }, nil
	case *array.Int64:
		return func(i int) (int64, bool) { return a.Value(i), true }, nil
	case *array.Float64: // what other tools make of whole numbers when one is missing
		return func(i int) (int64, bool) {
			v := a.Value(i)
			return int64(v), v == math.Trunc(v) && math.Abs(v) <= exact
		}, nil
	case *array.String:
		return func(i int) (int64, bool) { return wholeNumber(strings.TrimSpace(a.Value(i))) }, nil
	}
	return nil, fmt.Errorf("%s is no customer", a.DataType())
}

// KeyType is the type as which labels have the customers of a table whose key has a type; not ok when no label can match it.
func KeyType(key schema.Type) (_ schema.Type, ok bool) {
	if key == schema.Int {
		return schema.BigInt, true
	}
	return key, slices.Contains([]schema.Type{schema.BigInt, schema.String}, key)
}
