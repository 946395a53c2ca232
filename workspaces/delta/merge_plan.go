package delta

import (
	"context"
	"path/filepath"
	"runtime"

	"github.com/apache/arrow/go/v17/arrow"
	"golang.org/x/sync/errgroup"
)

// mergePlan is a merge that has been compared with the table: which files change in which rows,
// and which new rows are left to insert.
type mergePlan struct {
	base     *Snapshot
	schema   *arrow.Schema // of the table after the merge
	source   *mergeSource
	staging  string // the directory for new files
	sketched bool   // new files get sketches
	matched  *bitmap
	rewrites []rewrite  // files to write anew, in the order of the snapshot
	adopted  []DataFile // files of the source that have only rows to insert and can stay as they are
	counts   MergePlan
	workers  int
}

// rewrite is a file of the table with the rows that change in it.
type rewrite struct {
	file    File
	rows    int64
	changed *bitmap // rows; nil when only types change
}

func planMerge(ctx context.Context, base *Snapshot, m Merge) (*mergePlan, error) {
	schema, err := mergedSchema(base.Metadata.Schema, m.Schema)
	if err != nil {
		return nil, err
	}
	columns, err := sourceSchema(m.Files, schema)
	if err != nil {
		return nil, err
	}
	keys, err := keyColumns(schema, m.Keys)
	if err != nil {
		return nil, err
	}
	p := &mergePlan{base: base, schema: schema, counts: MergePlan{Version: base.Version}, workers: m.Workers}
	if p.workers <= 0 {
		p.workers = runtime.GOMAXPROCS(0)
	}
	if len(m.Files) == 0 {
		p.sketched = base.sketched(base.Files)
	} else {
		if _, err := keyColumns(columns, m.Keys); err != nil {
			return nil, err
		}
		p.staging, p.sketched = filepath.Dir(m.Files[0].Path), m.Files[0].sketched
	}
	if p.source, err = newMergeSource(ctx, m.Files, columns, keys); err != nil {
		return nil, err
	}
	p.matched = newBitmap(p.source.rows)
	if err := p.compare(ctx); err != nil {
		return nil, err
	}
	p.counts.Inserted = int64(p.source.rows - p.matched.count)
	p.adopt()
	return p, nil
}

// compare matches every file of the table with the new rows, several files at a time.
func (p *mergePlan) compare(ctx context.Context) error {
	results := make([]comparison, len(p.base.Files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(p.workers)
	for i, f := range p.base.Files {
		if !p.canMatch(f) && !p.widens() {
			continue
		}
		group.Go(func() (err error) {
			defer recovered(&err)
			results[i], err = p.compareFile(ctx, f)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, r := range results {
		p.counts.Unchanged += r.same
		if r.changed != nil {
			p.counts.Updated += int64(r.changed.count)
		}
		if r.changed != nil || r.narrower {
			p.rewrites = append(p.rewrites, rewrite{file: p.base.Files[i], rows: r.rows, changed: r.changed})
		}
	}
	return nil
}

// widens reports whether the merge gives a column of the table a wider type.
func (p *mergePlan) widens() bool {
	for i, f := range p.base.Metadata.Schema.Fields() {
		if !arrow.TypeEqual(f.Type, p.schema.Field(i).Type) {
			return true
		}
	}
	return false
}

// canMatch tells by its statistics whether a file can hold a key of the new rows.
func (p *mergePlan) canMatch(f File) bool {
	if p.source.rows == 0 {
		return false
	}
	low, high, ok := keyBounds(f.Stats, p.source.keys)
	if !ok {
		return true
	}
	if !p.source.index.between(low, high) {
		return false
	}
	for i := range p.source.files {
		// The source may have narrower types than the table; its bounds are parsed as the table's.
		sourceLow, sourceHigh, ok := keyBounds(&p.source.files[i].Stats, p.source.keys)
		if !ok || !disjoint(low, high, sourceLow, sourceHigh) {
			return true
		}
	}
	return false
}

// comparison is what was found in one file.
type comparison struct {
	rows     int64
	same     int64   // matched rows that stay as they are
	changed  *bitmap // the rows that do not; nil when all do
	narrower bool    // the file stores a column in a narrower type than the table will have
}

func (p *mergePlan) compareFile(ctx context.Context, f File) (c comparison, err error) {
	d, err := p.base.open(f)
	if err != nil {
		return c, err
	}
	defer d.close()
	c.rows = d.rows()
	for i, field := range p.base.Metadata.Schema.Fields() {
		to := p.schema.Field(i).Type
		if !arrow.TypeEqual(field.Type, to) && d.column(field.Name) >= 0 {
			c.narrower = c.narrower || !arrow.TypeEqual(d.schema.Field(d.column(field.Name)).Type, to)
		}
	}
	if !p.canMatch(f) {
		return c, nil
	}
	keys, err := d.scan(ctx, p.source.keys)
	if err != nil {
		return c, err
	}
	defer keys.release()
	cursor := p.source.index.cursor()
	defer cursor.close()
	window := p.source.window(p.source.schema)
	defer window.close()
	var rest *scan // over the source's columns, begun at the first match
	defer func() {
		if rest != nil {
			rest.release()
		}
	}()
	positions := make([]int, batchRows)
	row := 0
	for {
		k, err := keys.next(ctx)
		if k == nil || err != nil {
			return c, err
		}
		n := int(k.NumRows())
		err = cursor.match(ctx, k, positions[:n])
		k.Release()
		if err != nil {
			return c, err
		}
		p.matched.add(positions[:n])
		// Batches without a match are passed over; a file without any is never read beyond its keys.
		if low, high := span(positions[:n]); low < high {
			if rest == nil {
				if rest, err = d.scan(ctx, p.source.schema); err != nil {
					return c, err
				}
			}
			if err := rest.skipTo(ctx, row); err != nil {
				return c, err
			}
			changed, err := changedRows(ctx, rest, window, positions[:n])
			if err != nil {
				return c, err
			}
			for i, position := range positions[:n] {
				switch {
				case changed[i]:
					if c.changed == nil {
						c.changed = newBitmap(int(c.rows))
					}
					c.changed.add([]int{row + i})
				case position >= 0:
					c.same++
				}
			}
		}
		row += n
	}
}

// span returns the range [low, high) of the positions that are not negative.
func span(positions []int) (low, high int) {
	for _, p := range positions {
		if p < 0 {
			continue
		}
		if high == 0 {
			low = p
		}
		low, high = min(low, p), max(high, p+1)
	}
	return low, high
}

// changedRows compares the next batch of a file with the new rows that match it.
func changedRows(ctx context.Context, rest *scan, window *sourceWindow, positions []int) ([]bool, error) {
	record, err := rest.next(ctx)
	if err != nil {
		return nil, err
	}
	defer record.Release()
	columns, places, err := window.find(ctx, positions)
	if err != nil {
		return nil, err
	}
	changed := make([]bool, len(positions))
	for c := range window.schema.NumFields() {
		markDifferent(record.Column(c), columns(c), places, changed)
	}
	return changed, nil
}

// adopt finds the files of the source that can become files of the table as they are.
func (p *mergePlan) adopt() {
	start := 0
	for _, f := range p.source.files {
		end := start + int(f.Rows)
		if p.source.inFiles && fits(f, p.schema) == nil && p.matched.none(start, end) {
			p.adopted = append(p.adopted, f)
			p.matched.addRange(start, end)
		}
		start = end
	}
}
