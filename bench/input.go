package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features"
	"featops/workspaces/delta"
)

var (
	source = features.CreditBureau
	table  = features.CreditRisk()
)

// firstMonth is the first event month of the input.
var firstMonth = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)

// releases are the first and the last release month of the output: all that there are.
func (o options) releases() (first, last time.Time) {
	return firstMonth.AddDate(0, 1, 0), firstMonth.AddDate(0, o.months, 0)
}

// makeInput writes the source table in an order, unless it is there.
func makeInput(ctx context.Context, o options, order string) error {
	t := delta.At(filepath.Join(o.inputDir(order), source.Database, source.Name))
	if _, err := t.Snapshot(ctx); err == nil {
		return nil
	} else if !errors.Is(err, delta.ErrNoTable) {
		return err
	}
	rows, err := newInput(o, order)
	if err != nil {
		return err
	}
	staging := filepath.Join(o.inputDir(order), "staging")
	files, err := delta.WriteFiles(ctx, staging, rows, delta.WriteOptions{})
	if err != nil {
		return err
	}
	if _, err := t.Create(ctx, delta.Metadata{Schema: rows.Schema()}, files, delta.CommitOptions{}); err != nil {
		return err
	}
	if err := os.Remove(staging); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// input generates the rows. A row depends on its customer and its month alone, so both orders have
// the same rows. A customer has a rating that sometimes changes, a score in its range, and a debt
// that grows and shrinks; a little is null, as in real data.
type input struct {
	customers, months int
	byMonth           bool
	periods           []string
	builder           *array.RecordBuilder
	next              int
	record            arrow.Record
}

func newInput(o options, order string) (*input, error) {
	s, err := source.Columns.Arrow()
	if err != nil {
		return nil, err
	}
	in := &input{customers: o.customers, months: o.months, builder: array.NewRecordBuilder(memory.DefaultAllocator, s)}
	switch order {
	case "month":
		in.byMonth = true
	case "customer":
	default:
		return nil, fmt.Errorf("order %q: allowed are month and customer", order)
	}
	for m := range o.months {
		in.periods = append(in.periods, firstMonth.AddDate(0, m, 0).Format("2006-01"))
	}
	return in, nil
}

func (in *input) Retain()               {}
func (in *input) Release()              {}
func (in *input) Schema() *arrow.Schema { return in.builder.Schema() }
func (in *input) Record() arrow.Record  { return in.record }
func (in *input) Err() error            { return nil }

func (in *input) Next() bool {
	const batch = 1 << 14
	if in.record != nil {
		in.record.Release()
		in.record = nil
	}
	end := min(in.next+batch, in.customers*in.months)
	if in.next == end {
		return false
	}
	for ; in.next < end; in.next++ {
		if in.byMonth {
			in.row(in.next%in.customers, in.next/in.customers)
		} else {
			in.row(in.next/in.months, in.next%in.months)
		}
	}
	in.record = in.builder.NewRecord()
	return true
}

// ratings are spelled as people do.
var ratings = [5][4]string{{"A", "A", "a", " A"}, {"B", "B", "b", "B "}, {"C", "C", "c", " c"}, {"D", "D", "d", "D "}, {"E", "E", "e", " e "}}

func (in *input) row(customer, month int) {
	var always, now rand.PCG
	always.Seed(1, uint64(customer))
	now.Seed(uint64(month)+2, uint64(customer))
	forever, r := rand.New(&always), rand.New(&now)
	grade := min(forever.IntN(3)+forever.IntN(3), 4)
	if r.IntN(10) == 0 {
		grade = min(grade+1, 4)
	}
	scores := [5][2]int{{750, 949}, {650, 749}, {550, 649}, {450, 549}, {300, 449}}[grade]
	debt := math.Exp(9+1.2*forever.NormFloat64()) * (1 + 0.2*math.Sin(float64(month)/3)) * (0.95 + 0.1*r.Float64())

	in.builder.Field(0).(*array.Int64Builder).Append(1_000_000_000 + int64(customer)*83)
	in.builder.Field(1).(*array.StringBuilder).Append(in.periods[month])
	if r.IntN(500) == 0 {
		in.builder.Field(2).AppendNull()
	} else {
		in.builder.Field(2).(*array.StringBuilder).Append(ratings[grade][r.IntN(4)])
	}
	in.builder.Field(3).(*array.Int32Builder).Append(int32(scores[0] + r.IntN(scores[1]-scores[0]+1)))
	if r.IntN(50) == 0 {
		in.builder.Field(4).AppendNull()
	} else {
		in.builder.Field(4).(*array.Int32Builder).Append(int32(r.IntN(3) + r.IntN(3)))
	}
	if r.IntN(50) == 0 {
		in.builder.Field(5).AppendNull()
	} else {
		in.builder.Field(5).(*array.Float64Builder).Append(math.Round(debt*100) / 100)
	}
}
