package columnar

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"featops/features"
	"featops/features/sparksql"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"pgregory.net/rapid"
)

var (
	sparkDir   = flag.String("spark", "", "directory for random tables that Spark is to compute too")
	sparkCases = flag.Int("cases", 20, "how many of them")
)

// TestRandomTablesForSpark writes random definitions as SQL, with a random source and what is computed from it here. Whoever
// runs the SQL over the source must find the same.
func TestRandomTablesForSpark(t *testing.T) {
	if *sparkDir == "" {
		t.Skip("-spark names no directory to write to")
	}
	for i := range *sparkCases {
		c := rapid.Custom(randomCase).Example(i)
		dir := filepath.Join(*sparkDir, fmt.Sprint(i))
		if err := c.write(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// sparkCase is a table with its source.
type sparkCase struct {
	table  features.Table
	schema *arrow.Schema
	rows   []line
}

func randomCase(t *rapid.T) sparkCase {
	c := sparkCase{table: visits()}
	if rapid.IntRange(0, 9).Draw(t, "known") > 0 {
		c.table = randomTable(t)
	}
	c.schema, c.rows = randomSource(t, c.table)
	return c
}

func (c sparkCase) write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	start, end := time.Date(2023, 12, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 9, 15, 0, 0, 0, 0, time.UTC)
	statement, err := sparksql.Select(c.table, sparksql.Options{Database: "random", Start: start, End: end})
	if err != nil {
		return err
	}
	facts := map[string]string{"statement": statement, "source": c.table.Source.Name}
	source := asRecords(c.schema, c.rows, 1<<20)
	defer source.Release()
	if err := writeRecords(filepath.Join(dir, "source.arrow"), source); err != nil {
		return err
	}
	if err := c.compute(filepath.Join(dir, "want.arrow"), Options{Start: start, End: end, BadRowsShare: 1}); err != nil {
		facts["error"] = err.Error()
	}
	if c.table.Release.After != "" { // what Spark may look at, and Compute does not
		if err := c.compute(filepath.Join(dir, "all.arrow"), Options{End: time.Date(9999, 12, 1, 0, 0, 0, 0, time.UTC), BadRowsShare: 1}); err != nil {
			facts["error_elsewhere"] = err.Error()
		}
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "case.json"), text, 0o666)
}

// compute writes the computed rows to the file.
func (c sparkCase) compute(file string, opt Options) error {
	source := asRecords(c.schema, c.rows, 1<<20)
	defer source.Release()
	r, err := Compute(context.Background(), c.table, source, opt)
	if err != nil {
		return err
	}
	defer r.Release()
	var records []arrow.Record
	for i := range r.Partitions() {
		p := r.Partition(context.Background(), i)
		defer p.Release()
		for p.Next() {
			p.Record().Retain()
			records = append(records, p.Record())
		}
		if p.Err() != nil {
			return p.Err()
		}
	}
	all, err := array.NewRecordReader(r.Schema(), records)
	if err != nil {
		return err
	}
	defer all.Release()
	return writeRecords(file, all)
}

func writeRecords(file string, r array.RecordReader) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(r.Schema()))
	for err == nil && r.Next() {
		err = w.Write(r.Record())
	}
	if err == nil {
		err = w.Close()
	}
	return errors.Join(err, f.Close())
}
