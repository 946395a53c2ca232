package main

import (
	"context"
	"errors"
	"fmt"
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

// training joins labels with all feature tables: each label gets the newest row of its customer that had been released by its day. All
// contestants read the Parquet files that featops has built the tables in.
func (b *bench) training(ctx context.Context) error {
	c := b.featops()
	t := task{Customers: b.trainingCustomers, Months: b.months, Threads: b.threads, Output: filepath.Join(b.output, "training")}
	for _, name := range tableNames() {
		build := b.buildTask(name, "month", b.trainingCustomers)
		if err := b.source(ctx, build); err != nil {
			return err
		}
		build.Output = t.Output
		cmd, err := c.build(ctx, build)
		if err != nil {
			return err
		}
		if _, err := measure(cmd); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		t.Tables = append(t.Tables, c.files(build))
	}
	t.Labels, t.Count, t.Do = filepath.Join(t.Output, "labels.parquet"), b.labels, "labels"
	if _, err := t.inChild(ctx); err != nil {
		return err
	}
	var joiners []contestant
	for _, c := range b.contestants {
		if _, ok := c.(joiner); ok {
			joiners = append(joiners, c)
		}
	}
	size := int64(0)
	for _, files := range t.Tables {
		n, err := sizeOf(files)
		if err != nil {
			return err
		}
		size += n
	}
	fmt.Printf("  %d labels, five tables of %d customers x %d months, %d MB; %s\n", b.labels, b.trainingCustomers, b.months, size>>20, names(joiners))
	if err := b.joins(ctx, t, joiners); err != nil {
		return err
	}
	return os.RemoveAll(t.Output)
}

// joins lets contestants make the set in turn, and compares what they have made.
func (b *bench) joins(ctx context.Context, t task, joiners []contestant) error {
	of := func(c contestant) task {
		t := t
		t.Output = filepath.Join(b.output, c.name())
		return t
	}
	joined := func(c contestant) string { return c.(joiner).joined(of(c)) }
	run := func(c contestant) (s sample, err error) {
		if err := emptied(of(c).Output); err != nil {
			return s, err
		}
		cmd, err := c.(joiner).join(ctx, of(c))
		if err != nil {
			return s, err
		}
		if s, err = measure(cmd); err == nil {
			s.written, err = sizeOf(joined(c))
		}
		return s, err
	}
	samples, err := b.inTurn(ctx, joiners, run, func(c contestant) error {
		return b.compareWithOurs(ctx, of(c), "label_id", joined(joiners[0]), joined(c), c)
	})
	if err != nil {
		return err
	}
	b.ratios(medianOfEach(samples), samples, joiners)
	return os.RemoveAll(of(joiners[0]).Output)
}

// makeLabels writes labels: a customer, one in a hundred unknown, and a day within the months or shortly before or after them.
func (t task) makeLabels(ctx context.Context) error {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "label_id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: features.CustomerKey, Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "label_date", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "label", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	}, nil)
	random := rand.New(rand.NewPCG(1, 2))
	build := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	days := int(monthStart(t.Months+2).Sub(firstMonth) / (24 * time.Hour))
	for i := range t.Count {
		build.Field(0).(*array.Int64Builder).Append(int64(i))
		customer := random.IntN(t.Customers)
		if random.IntN(100) == 0 {
			customer += t.Customers
		}
		build.Field(1).(*array.Int64Builder).Append(number(customer))
		build.Field(2).(*array.Date32Builder).Append(dateOf(firstMonth.AddDate(0, 0, random.IntN(days))))
		build.Field(3).(*array.BooleanBuilder).Append(random.IntN(20) == 0)
	}
	records, err := array.NewRecordReader(schema, []arrow.Record{build.NewRecord()})
	if err != nil {
		return err
	}
	files, err := delta.WriteFiles(ctx, filepath.Dir(t.Labels), records, delta.WriteOptions{FileRows: int64(t.Count)})
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return errors.New("labels are in several files")
	}
	return os.Rename(files[0].Path, t.Labels)
}
