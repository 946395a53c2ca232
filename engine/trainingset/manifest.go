package trainingset

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"featops/features/asof"
	"featops/features/schema"
)

// manifestFormat is the format of manifests that this package writes and reads.
const manifestFormat = 1

// Manifest tells what a training set was made from and what is in it, so that the very same one can be made again.
type Manifest struct {
	ManifestFormat int        `json:"manifest_format"`
	Made           time.Time  `json:"made_at"`
	Env            string     `json:"env"`
	Labels         LabelPart  `json:"labels"`
	LookbackDays   *int       `json:"lookback_days,omitempty"` // absent: a row of any age counts
	AsOf           *time.Time `json:"as_of,omitempty"`         // the tables were taken as they were then
	Tables         []Table    `json:"tables"`
	Columns        []Column   `json:"columns"` // of the set, in order
	Output         Output     `json:"output"`
	Warnings       []string   `json:"warnings,omitempty"`
}

// NewManifest begins the manifest of a set that is made at a time.
func NewManifest(env string, made time.Time) Manifest {
	return Manifest{ManifestFormat: manifestFormat, Env: env, Made: made}
}

// LabelPart is the labels and what was found in them.
type LabelPart struct {
	Identity
	Customer string `json:"customer"` // the column
	Time     string `json:"time"`     // the column
	Repeated int    `json:"repeated"` // labels whose customer and day an earlier one has too
	Bad      Bad    `json:"bad"`
	KeepBad  bool   `json:"keep_bad"`
}

// Table is a feature table and how the labels fared with it.
type Table struct {
	Workspace string      `json:"workspace"`
	Database  string      `json:"database"`
	Name      string      `json:"table"`
	Version   int64       `json:"version"`
	Updated   time.Time   `json:"updated_at"` // when the version was committed
	Columns   []string    `json:"columns"`    // those that were taken
	Today     bool        `json:"today"`      // its attributes are today's on every past month
	Counts    asof.Counts `json:"labels"`
}

// Column is a column of the set.
type Column struct {
	Name  string      `json:"name"`
	Type  schema.Type `json:"type"`
	Table string      `json:"table,omitempty"` // of a feature
	Nulls int         `json:"nulls"`
}

// Output is where the set is.
type Output struct {
	Path    string `json:"path"`
	Format  Format `json:"format"`
	Rows    int    `json:"rows"`
	Version *int64 `json:"version,omitempty"` // of a Delta table
}

// ManifestPath is where the manifest of a training set lies: beside it.
func ManifestPath(out string) string { return filepath.Clean(out) + ".manifest.json" }

// ReadManifest reads a manifest.
func ReadManifest(path string) (Manifest, error) {
	var m Manifest
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err == nil && m.ManifestFormat != manifestFormat {
		err = fmt.Errorf("manifest_format is %d: this version reads %d", m.ManifestFormat, manifestFormat)
	}
	if err == nil && len(m.Tables) == 0 {
		err = errors.New("it names no tables")
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("manifest %s: %w", path, err)
	}
	return m, nil
}

func (m Manifest) write(path string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, func(f *os.File) error {
		_, err := f.Write(append(text, '\n'))
		return err
	})
}

// Differs tells what in a set that is made again is not as the manifest has it; empty when it is the same.
func (m Manifest) Differs(again Manifest) string {
	for i, t := range m.Tables {
		o := again.Tables[i]
		switch {
		case !t.Updated.Equal(o.Updated):
			return fmt.Sprintf("version %d of %s was committed at %s, and the manifest has one of %s: the table was made anew",
				t.Version, t.Name, o.Updated.Format(time.RFC3339), t.Updated.Format(time.RFC3339))
		case t.Counts != o.Counts:
			return fmt.Sprintf("the labels match %s otherwise: %+v, and %+v in the manifest", t.Name, o.Counts, t.Counts)
		}
	}
	if len(m.Columns) != len(again.Columns) {
		return fmt.Sprintf("it has %d columns, and %d in the manifest", len(again.Columns), len(m.Columns))
	}
	i := slices.IndexFunc(m.Columns, func(c Column) bool { return !slices.Contains(again.Columns, c) })
	if i >= 0 {
		return fmt.Sprintf("column %s is not as in the manifest: %s, %d nulls", m.Columns[i].Name, m.Columns[i].Type, m.Columns[i].Nulls)
	}
	return ""
}
