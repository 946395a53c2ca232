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
	Why            error // of the first that lacks
	Sample         []SampledFile

	schema *arrow.Schema
	files  []*readSketch
	named  map[string]*readSketch // by data file
}

// readSketch is what was read of a file's sketch.
type readSketch struct {
	stored storedSketch
	rows   int64 // of the sample
	first  int64 // of them, counted over all files
	level  uint
	sample SampledFile // those of the level
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
// as it can be read. known, which may be nil, was read of another version: what both have is not read again. The records need
// not be released.
func (s *Snapshot) Sketches(ctx context.Context, mostRows int64, known *Sketches) (*Sketches, error) {
	out := &Sketches{Files: len(s.Files), schema: s.Metadata.Schema, named: map[string]*readSketch{}}
	opened := make([]*dataFile, len(s.Files))
	defer func() {
		for _, d := range opened {
			if d != nil {
				_ = d.close() // it was only read
			}
		}
	}()
	sampled := int64(0)
	for i, f := range s.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		file := &readSketch{}
		if before := known.file(f); before != nil {
			*file = *before
		} else {
			var err error
			if opened[i], file.stored, err = s.openSketch(f); err != nil {
				if out.Lacking++; out.Why == nil {
					out.Why = err
				}
				continue
			}
			file.rows = opened[i].rows()
		}
		out.files, out.named[f.Path] = append(out.files, file), file
		sampled += file.rows
	}
	if out.Lacking > 0 {
		return out, nil
	}
	level := uint(0)
	for sampled>>level > mostRows {
		level++
	}
	out.Sample = make([]SampledFile, len(opened))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	first := int64(0)
	for i, file := range out.files {
		same := known != nil && known.schema.Equal(out.schema) && opened[i] == nil && file.first == first && file.level == level
		file.first, file.level = first, level
		first += file.rows
		if same {
			out.Sample[i] = file.sample
			continue
		}
		group.Go(func() (err error) {
			if opened[i] == nil {
				if opened[i], _, err = s.openSketch(s.Files[i]); err != nil {
					return err
				}
			}
			file.sample, err = s.sampled(ctx, opened[i], file)
			out.Sample[i] = file.sample
			return err
		})
	}
	return out, group.Wait()
}

// file is what is known of the sketch of a data file.
func (s *Sketches) file(f File) *readSketch {
	if s == nil {
		return nil
	}
	return s.named[f.Path]
}

// Column puts together what the files tell of the i-th column of the schema. A file that does not have it has nulls there.
func (s *Sketches) Column(i int) ColumnSketch {
	f := s.schema.Field(i)
	c := ColumnSketch{Name: f.Name, Moments: &sketch.Moments{}, Distinct: &sketch.Distinct{}}
	for _, file := range s.files {
		for i := range file.stored.Columns {
			has := &file.stored.Columns[i]
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

// sampled reads the rows of a sketch that are of its level.
func (s *Snapshot) sampled(ctx context.Context, d *dataFile, file *readSketch) (_ SampledFile, err error) {
	defer recoverReading(d.f.Name(), &err)
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
	kept := rowSample{level: file.level, seen: file.first}
	rows := kept.pick(all)
	if len(rows) == 0 {
		return SampledFile{}, nil
	}
	places := make([]place, len(rows))
	for i, row := range rows {
		places[i].row = int32(row)
	}
	r := gatherRows([]arrow.Record{all}, places)
	return SampledFile{Record: r, Weight: float64(file.stored.Rows) / float64(r.NumRows())}, nil
}
