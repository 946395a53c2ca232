package delta

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// maxBinBytes bounds the files that are rewritten together, since their rows are in memory at once.
const maxBinBytes = 128 << 20

// Optimize says how to put the rows of small files into larger ones.
type Optimize struct {
	// Keys is the order of the rows in the new files: columns of integers, dates, timestamps or
	// strings. Rows with a null in one of them come first. Without keys rows keep their order.
	Keys []string
	// FileRows is the most rows in a new file; 0 means about a million. Files with up to half as
	// many rows are small, if they have no more than 64 MiB.
	FileRows int64
}

// OptimizeResult is what an optimize has done.
type OptimizeResult struct {
	Removed, Added int       // files
	Rows           int64     // that were moved
	Changed        bool      // whether a commit was made; not when there was nothing to put together
	Version        int64     // of the table now
	Timestamp      time.Time // of that version
	// CheckpointErr is that of the [Commit].
	CheckpointErr error
}

// Optimize replaces small files by larger ones, which hold the same rows in the order of the keys. Small
// files that lie near each other by their least keys come together, so that readers can skip the
// others by their statistics. Where all of them have sketches, so do the new files. There is one commit, which changes no data: streams that follow the
// table do not see it, and commits that others make at the same time stand in its way only if they
// remove a file that it rewrites, or change the table's metadata.
func (t *Table) Optimize(ctx context.Context, o Optimize, opt CommitOptions) (OptimizeResult, error) {
	fail := func(err error) (OptimizeResult, error) {
		return OptimizeResult{}, fmt.Errorf("optimize %s: %w", t.path, err)
	}
	base, err := t.base(ctx, opt)
	if err != nil {
		return fail(err)
	}
	x, err := o.prepare(ctx, t, base, opt)
	if err != nil {
		return fail(err)
	}
	if x == nil {
		return OptimizeResult{Version: base.Version, Timestamp: base.Timestamp}, nil
	}
	commit, err := x.commit(ctx)
	if err != nil {
		removeFiles(x.adds)
		return OptimizeResult{}, err
	}
	result := OptimizeResult{
		Removed: len(x.removes), Added: len(x.adds), Changed: true,
		Version: commit.Version, Timestamp: commit.Timestamp, CheckpointErr: commit.CheckpointErr,
	}
	for _, f := range x.adds {
		result.Rows += f.Rows
	}
	return result, nil
}

// prepare writes the new files and returns the commit that puts them in the place of the small ones,
// nil when there is nothing to put together.
func (o Optimize) prepare(ctx context.Context, t *Table, base *Snapshot, opt CommitOptions) (*transaction, error) {
	if o.FileRows <= 0 {
		o.FileRows = defaultFileRows
	}
	keys := arrow.NewSchema(nil, nil)
	if len(o.Keys) > 0 {
		var err error
		if keys, err = keyColumns(base.Metadata.Schema, o.Keys); err != nil {
			return nil, err
		}
	}
	bins, err := o.bins(base, keys)
	if len(bins) == 0 || err != nil {
		return nil, err
	}
	x := &transaction{
		table: t, base: base, options: opt, operation: "OPTIMIZE", rearranges: true, removes: slices.Concat(bins...),
		parameters: map[string]string{"predicate": "[]", "orderBy": jsonText(append([]string{}, o.Keys...))},
	}
	// Tables that may not be written are refused before the work, not after it.
	if err := x.check(); err != nil {
		return nil, err
	}
	if x.adds, err = o.write(ctx, base, bins, keys); err != nil {
		return nil, err
	}
	x.metrics = map[string]string{"numRemovedFiles": strconv.Itoa(len(x.removes)), "numAddedFiles": strconv.Itoa(len(x.adds))}
	return x, nil
}

// bins groups the small files of a snapshot into lists of two or more, each of which fits into one new file.
func (o Optimize) bins(s *Snapshot, keys *arrow.Schema) ([][]File, error) {
	type small struct {
		file  File
		rows  int64
		least text // key in the file, "" when that is not known
	}
	var files []small
	for _, f := range s.Files {
		rows, err := s.fileRows(f)
		if err != nil {
			return nil, err
		}
		if rows > o.FileRows/2 || f.Size > maxBinBytes/2 {
			continue
		}
		one := small{file: f, rows: rows}
		if keys.NumFields() > 0 {
			if low, _, ok := keyBounds(f.Stats, keys); ok {
				one.least = encodeText(low)[0]
			}
		}
		files = append(files, one)
	}
	slices.SortStableFunc(files, func(a, b small) int { return cmp.Compare(a.least, b.least) })
	var bins [][]File
	var bin []File
	rows, bytes := int64(0), int64(0)
	for _, f := range files {
		if rows+f.rows > o.FileRows || bytes+f.file.Size > maxBinBytes {
			bins, bin, rows, bytes = append(bins, bin), nil, 0, 0
		}
		bin, rows, bytes = append(bin, f.file), rows+f.rows, bytes+f.file.Size
	}
	bins = append(bins, bin)
	return slices.DeleteFunc(bins, func(bin []File) bool { return len(bin) < 2 }), nil
}

// write writes the rows of each bin to a file of its own. When it fails it leaves no files behind.
func (o Optimize) write(ctx context.Context, s *Snapshot, bins [][]File, keys *arrow.Schema) ([]DataFile, error) {
	var written []DataFile
	for _, bin := range bins {
		w, err := newFilesWriter(s.path, s.Metadata.Schema, WriteOptions{FileRows: o.FileRows, Sketched: s.sketched(bin)})
		if err != nil {
			removeFiles(written)
			return nil, err
		}
		files, err := w.close(rewriteInOrder(ctx, s, bin, keys, w))
		if err != nil {
			removeFiles(written)
			return nil, err
		}
		written = append(written, files...)
	}
	return written, nil
}

// rewriteInOrder reads all rows of some files and writes them in the order of the keys.
func rewriteInOrder(ctx context.Context, s *Snapshot, bin []File, keys *arrow.Schema, w *filesWriter) error {
	part := *s
	part.Files = bin
	rows, err := part.Read(ctx, nil)
	if err != nil {
		return err
	}
	defer rows.Release()
	var records []arrow.Record
	defer func() { release(records) }()
	for rows.Next() {
		record := rows.Record()
		if keys.NumFields() == 0 {
			if err := w.write(ctx, record); err != nil {
				return err
			}
			continue
		}
		record.Retain()
		records = append(records, record)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(records) == 0 {
		return nil
	}
	var order []place
	if areNumbers(keys) {
		order = inOrder(records, keys, encodeNumbers)
	} else {
		order = inOrder(records, keys, encodeText)
	}
	for places := range slices.Chunk(order, batchRows) {
		if err := writePlaces(ctx, records, places, w); err != nil {
			return err
		}
	}
	return nil
}

// inOrder returns the places of all rows in the order of their keys. Rows with equal keys keep their
// order, and so do those with a null in the key, which come first.
func inOrder[K mergeKey[K]](records []arrow.Record, keys *arrow.Schema, encode func(arrow.Record) []K) []place {
	type row struct {
		key K
		at  place
	}
	var order []place
	var rows []row
	for i, r := range records {
		columns := make([]arrow.Array, keys.NumFields())
		for c, f := range keys.Fields() {
			columns[c] = r.Column(fieldIndex(r.Schema(), f.Name))
		}
		only := array.NewRecord(keys, columns, r.NumRows())
		for n, key := range encode(only) {
			at := place{array: int32(i), row: int32(n)}
			if anyNull(only, n) {
				order = append(order, at)
				continue
			}
			rows = append(rows, row{key, at})
		}
		only.Release()
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.key.compare(b.key) })
	for _, r := range rows {
		order = append(order, r.at)
	}
	return order
}

// writePlaces writes the rows at the places.
func writePlaces(ctx context.Context, records []arrow.Record, places []place, w *filesWriter) error {
	record := gatherRows(records, places)
	defer record.Release()
	return w.write(ctx, record)
}
