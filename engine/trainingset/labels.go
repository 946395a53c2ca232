// Package trainingset reads labels, writes the training sets that are made from them, and tells in a manifest how to make
// the very same set again. Which tables the features come from is the engine's business.
package trainingset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features/schema"
	"featops/workspaces/delta"
)

// Format is how labels are stored, or a training set.
type Format string

// The formats.
const (
	CSV     Format = "csv"
	Parquet Format = "parquet"
	Delta   Format = "delta"
)

// Identity is what labels are, as far as making the same set again depends on it.
type Identity struct {
	Path    string `json:"path"`
	Format  Format `json:"format"`
	Rows    int    `json:"rows"`
	SHA256  string `json:"sha256,omitempty"`   // of the file
	TableID string `json:"table_id,omitempty"` // of a Delta table
	Version *int64 `json:"version,omitempty"`  // of it
}

// Same reports whether two labels have the same content, wherever they lie.
func (i Identity) Same(o Identity) bool {
	return i.Format == o.Format && i.SHA256 == o.SHA256 && i.TableID == o.TableID &&
		(i.Version == nil) == (o.Version == nil) && (i.Version == nil || *i.Version == *o.Version)
}

// Labels are a table of labels that is open. Its columns are read one at a time, but for CSV, which is in memory.
type Labels struct {
	Identity
	Schema schema.Schema
	Fields []arrow.Field // the same columns, as their values come

	columns *delta.Columns // nil for CSV
	memory  []chunks       // the columns of CSV
}

// Open opens labels: a CSV file with a header, a Parquet file, or the directory of a Delta table, of which version tells
// the version; nil is its newest one. The caller closes them.
func Open(ctx context.Context, path string, version *int64) (*Labels, error) {
	l, err := open(ctx, path, version)
	if err != nil {
		return nil, fmt.Errorf("labels %s: %w", path, err)
	}
	if l.Rows == 0 {
		return nil, errors.Join(fmt.Errorf("labels %s: there are none", path), l.Close())
	}
	return l, nil
}

func open(ctx context.Context, path string, version *int64) (*Labels, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	l := &Labels{Identity: Identity{Path: whole}}
	if info.IsDir() {
		return l, l.openDelta(ctx, version)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(f, magic); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	hash := sha256.New()
	if strings.EqualFold(filepath.Ext(path), ".parquet") || string(magic) == "PAR1" {
		if _, err := io.Copy(hash, f); err != nil {
			return nil, err
		}
		err = l.openParquet(path)
	} else {
		err = l.readCSV(ctx, io.TeeReader(f, hash))
	}
	l.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return l, err
}

func (l *Labels) openDelta(ctx context.Context, version *int64) error {
	table := delta.At(l.Path)
	var s *delta.Snapshot
	var err error
	if version != nil {
		s, err = table.SnapshotAt(ctx, *version)
	} else {
		s, err = table.Snapshot(ctx)
	}
	if err != nil {
		return err
	}
	l.Format, l.TableID, l.Version = Delta, s.Metadata.ID, &s.Version
	if l.columns, err = s.OpenColumns(); err != nil {
		return err
	}
	return l.describe(l.columns.Schema(), l.columns.Rows())
}

func (l *Labels) openParquet(path string) (err error) {
	l.Format = Parquet
	if l.columns, err = delta.OpenParquet(path); err != nil {
		return err
	}
	return l.describe(l.columns.Schema(), l.columns.Rows())
}

func (l *Labels) describe(s *arrow.Schema, rows int64) (err error) {
	if rows > math.MaxInt32 {
		return fmt.Errorf("%d rows: at most %d are joined at a time", rows, math.MaxInt32)
	}
	l.Fields, l.Rows = plainFields(s), int(rows)
	l.Schema, err = schema.OfArrow(s)
	return err
}

// plainFields are the fields of a schema, all of them nullable and without what others have noted at them.
func plainFields(s *arrow.Schema) []arrow.Field {
	fields := s.Fields()
	for i, f := range fields {
		fields[i] = arrow.Field{Name: f.Name, Type: f.Type, Nullable: true}
	}
	return fields
}

// Close closes the files.
func (l *Labels) Close() error {
	if l.columns == nil {
		return nil
	}
	return l.columns.Close()
}

// Column returns the values of a column, all of them in memory.
func (l *Labels) Column(ctx context.Context, i int) (delta.ColumnSource, error) {
	c, err := l.column(ctx, i)
	if err != nil {
		return nil, fmt.Errorf("labels %s: %w", l.Path, err)
	}
	return c, nil
}

func (l *Labels) column(ctx context.Context, i int) (chunks, error) {
	if l.columns == nil {
		return l.memory[i], nil
	}
	var c chunks
	for file := range l.columns.Files() {
		err := l.columns.Read(ctx, file, []string{l.Schema[i].Name}, func(r arrow.Record, _ int64) error {
			a := r.Column(0)
			a.Retain()
			c.add(a)
			return nil
		})
		if err != nil {
			return chunks{}, err
		}
	}
	return c, nil
}

// chunks are the values of a column in several arrays.
type chunks struct {
	arrays []arrow.Array
	starts []int // the number of each array's first value
	rows   int
}

func (c *chunks) add(a arrow.Array) {
	c.arrays, c.starts = append(c.arrays, a), append(c.starts, c.rows)
	c.rows += a.Len()
}

// Slice implements [delta.ColumnSource].
func (c chunks) Slice(lo, hi int) arrow.Array {
	var parts []arrow.Array
	for i, a := range c.arrays {
		if from, to := max(lo, c.starts[i]), min(hi, c.starts[i]+a.Len()); from < to {
			parts = append(parts, array.NewSlice(a, int64(from-c.starts[i]), int64(to-c.starts[i])))
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	whole, err := array.Concatenate(parts, memory.DefaultAllocator)
	if err != nil {
		panic(fmt.Sprintf("values of one column do not go together: %v", err)) // cannot happen
	}
	for _, p := range parts {
		p.Release()
	}
	return whole
}
