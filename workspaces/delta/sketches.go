package delta

import (
	"context"
	"runtime"

	"github.com/apache/arrow/go/v17/arrow"
	"golang.org/x/sync/errgroup"

	"featops/workspaces/sketch"
)

// Sketches are what the sketches of a snapshot's files tell together of its rows.
type Sketches struct {
	// Files is how many files the snapshot has, and Lacking how many of them have no sketch that can be read. With any that
	// lacks there is nothing else.
	Files, Lacking int
	Why            error          // of the first that lacks
	Columns        []ColumnSketch // in the order of the schema
	Sample         []SampledFile
}

// ColumnSketch is what is known of all values of a column.
type ColumnSketch struct {
	Name     string
	Moments  *sketch.Moments  // of numbers, the finite ones, and of booleans as 0 and 1; nil when they are not known
	Distinct *sketch.Distinct // nil when they are not known
}

// SampledFile is rows of one file, drawn by chance.
type SampledFile struct {
	Record arrow.Record // with the snapshot's schema
	Weight float64      // how many rows each stands for
}

// Sketches reads the sketches of the snapshot's files, with a sample of about half mostRows rows or more, as far as there
// are so many, and at most about mostRows. What it tells depends on the files alone, so a version has the same for as long
// as it can be read. The records need not be released.
func (s *Snapshot) Sketches(ctx context.Context, mostRows int64) (*Sketches, error) {
	out := &Sketches{Files: len(s.Files)}
	opened := make([]*dataFile, len(s.Files))
	defer func() {
		for _, d := range opened {
			if d != nil {
				_ = d.close() // it was only read
			}
		}
	}()
	stored := make([]storedSketch, len(s.Files))
	sampled := int64(0)
	for i, f := range s.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if opened[i], stored[i], err = s.openSketch(f); err != nil {
			if out.Lacking++; out.Why == nil {
				out.Why = err
			}
			continue
		}
		sampled += opened[i].rows()
	}
	if out.Lacking > 0 {
		return out, nil
	}
	for _, f := range s.Metadata.Schema.Fields() {
		out.Columns = append(out.Columns, columnSketchOf(f, stored))
	}
	level := uint(0)
	for sampled>>level > mostRows {
		level++
	}
	out.Sample = make([]SampledFile, len(opened))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	first := int64(0)
	for i, d := range opened {
		from := first
		first += d.rows()
		group.Go(func() (err error) {
			defer recoverReading(d.f.Name(), &err)
			out.Sample[i], err = s.sampled(ctx, d, stored[i].Rows, from, level)
			return err
		})
	}
	return out, group.Wait()
}

// columnSketchOf puts together what the files tell of a column. One that does not have it has nulls there.
func columnSketchOf(f arrow.Field, stored []storedSketch) ColumnSketch {
	c := ColumnSketch{Name: f.Name, Moments: &sketch.Moments{}, Distinct: &sketch.Distinct{}}
	for _, file := range stored {
		for i := range file.Columns {
			has := &file.Columns[i]
			if has.Name != f.Name {
				continue
			}
			if has.Type != typeName(f.Type) {
				return ColumnSketch{Name: f.Name} // its values were hashed and measured as those of another type
			}
			if c.Distinct.Merge(&has.Distinct); has.Moments == nil {
				c.Moments = nil
			} else if c.Moments != nil {
				c.Moments.Merge(*has.Moments)
			}
		}
	}
	if f.Type.ID() == arrow.DECIMAL128 {
		c.Moments, c.Distinct = nil, nil
	}
	return c
}

// sampled reads the rows of a sketch that are of the level. The first of them is the first-th of all sketches.
func (s *Snapshot) sampled(ctx context.Context, d *dataFile, of, first int64, level uint) (SampledFile, error) {
	pass, err := d.scanGroups(ctx, s.Metadata.Schema, d.groups(), max(1, d.rows()))
	if err != nil {
		return SampledFile{}, err
	}
	defer pass.release()
	all, err := pass.next(ctx)
	if all == nil || err != nil {
		return SampledFile{}, err
	}
	defer all.Release()
	// Rows are numbered over all sketches: by numbers of its own, each file of one row would be in the sample, or none.
	kept := rowSample{level: level, seen: first}
	rows := kept.pick(all)
	if len(rows) == 0 {
		return SampledFile{}, nil
	}
	places := make([]place, len(rows))
	for i, row := range rows {
		places[i].row = int32(row)
	}
	r := gatherRows([]arrow.Record{all}, places)
	return SampledFile{Record: r, Weight: float64(of) / float64(r.NumRows())}, nil
}
