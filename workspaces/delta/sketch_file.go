package delta

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"featops/workspaces/delta/pages"
	"featops/workspaces/sketch"
)

// The sketch of a data file is a Parquet file of the same name in the directory sketchDir beside it. Its rows are the sample;
// the rest is JSON in its footer, under sketchNote. Readers of Delta tables look at no file that the log does not name,
// and the vacuums of others leave alone what is in directories that begin with an underscore. A sketch is durable
// before the commit that adds its file, never changes, and is of no use without the file.
const (
	sketchDir  = "_featops_sketches"
	sketchNote = "featops.sketch"
)

// sketchFile is where the sketch of a data file lies.
func sketchFile(file string) string {
	return filepath.Join(filepath.Dir(file), sketchDir, filepath.Base(file))
}

// storedSketch is the part of a sketch in the footer.
type storedSketch struct {
	Rows    int64          `json:"rows"`
	Columns []storedColumn `json:"columns"`
}

type storedColumn struct {
	Name     string          `json:"name"`
	Type     string          `json:"type"`
	Moments  *sketch.Moments `json:"moments,omitempty"`  // absent when they are no numbers
	Distinct sketch.Distinct `json:"distinct,omitempty"` // never absent
}

// write writes the sketch of a file of so many rows, durably.
func (s *sketcher) write(path string, rows int64) (err error) {
	stored := storedSketch{Rows: rows}
	for i, f := range s.schema.Fields() {
		c := storedColumn{Name: f.Name, Type: typeName(f.Type), Distinct: s.columns[i].distinct}
		if m := s.columns[i].moments; m.Mean-m.Mean == 0 && m.M2-m.M2 == 0 {
			c.Moments = &m
		}
		stored.Columns = append(stored.Columns, c)
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriterSize(f, 1<<18)
	w, err := pages.NewWriter(out, s.schema, "featops")
	if err != nil {
		return err
	}
	if err := s.rows.write(w); err != nil {
		return err
	}
	if err := errors.Join(w.Note(sketchNote, string(text)), w.Close(), out.Flush()); err != nil {
		return err
	}
	return f.Sync()
}

func (s *rowSample) write(w *pages.Writer) error {
	records := s.records
	s.records = nil
	for _, r := range records {
		defer r.Release()
	}
	if len(records) == 0 {
		return nil
	}
	all, err := joined(records[0].Schema(), records)
	if err != nil {
		return err
	}
	defer all.Release()
	return w.WriteGroup([]arrow.Record{all}, pages.Watcher{})
}

// note returns the text that the footer has under a key.
func (d *dataFile) note(key string) (string, bool) {
	for _, kv := range d.notes {
		if kv.Key == key && kv.Value != nil {
			return *kv.Value, true
		}
	}
	return "", false
}

// openSketch opens the sketch of a data file of the snapshot. The caller closes the first, which has the sample.
func (s *Snapshot) openSketch(f File) (*dataFile, storedSketch, error) {
	path := sketchFile(filepath.Join(s.path, f.Path))
	d, err := openDataFile(path)
	if err != nil {
		return nil, storedSketch{}, err
	}
	stored, err := decodeSketch(d)
	if err == nil && f.Stats != nil && f.Stats.NumRecords != stored.Rows {
		err = fmt.Errorf("it is of %d rows, and the file has %d", stored.Rows, f.Stats.NumRecords)
	}
	if err != nil {
		return nil, storedSketch{}, errors.Join(fmt.Errorf("sketch %s: %w", path, err), d.close())
	}
	return d, stored, nil
}

func decodeSketch(d *dataFile) (stored storedSketch, err error) {
	text, ok := d.note(sketchNote)
	if !ok {
		return stored, errors.New("it has no note of featops")
	}
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return stored, err
	}
	if stored.Rows < d.rows() {
		return stored, fmt.Errorf("a sample of %d of %d rows", d.rows(), stored.Rows)
	}
	return stored, nil
}

// sketched reports whether all of some files of the snapshot have a sketch.
func (s *Snapshot) sketched(files []File) bool {
	return !slices.ContainsFunc(files, func(f File) bool {
		_, err := os.Stat(sketchFile(filepath.Join(s.path, f.Path)))
		return err != nil
	})
}

// dropSketches deletes sketches of files that somebody else's vacuum has removed, or that a writer never came to adopt, when
// they are a day old.
func (t *Table) dropSketches(ctx context.Context, now time.Time) error {
	return t.vacuumSketches(ctx, VacuumOptions{}, now.AddDate(0, 0, -1), &Vacuumed{})
}
