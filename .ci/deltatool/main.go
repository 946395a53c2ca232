// Command deltatool drives featops' Delta tables from outside, so that they can be compared with those of other
// engines. Rows go in and come out as JSON in which every cell is exact (see values.go).
//
//	deltatool read TABLE [-version N | -at RFC3339]
//	deltatool write TABLE OPERATION <REQUEST
//
// Operations are create, append, merge, overwrite, restore, optimize and vacuum.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/workspaces/delta"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "deltatool:", err)
		var unsupported *delta.UnsupportedError
		if errors.As(err, &unsupported) {
			os.Exit(3)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) < 2 {
		return errors.New("want read TABLE or write TABLE OPERATION")
	}
	table := delta.At(args[1])
	switch {
	case args[0] == "read":
		return read(ctx, table, args[2:], out)
	case args[0] == "write" && len(args) == 3:
		var r request
		if err := json.NewDecoder(in).Decode(&r); err != nil {
			return fmt.Errorf("request: %w", err)
		}
		version, err := r.write(ctx, table, args[2])
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(version)
	}
	return fmt.Errorf("%q is no command", args)
}

// answer is a version of a table. Counts are by the statistics of its files where these have them.
type answer struct {
	Version       int64             `json:"version"`
	Timestamp     time.Time         `json:"timestamp"`
	Columns       []column          `json:"columns"`
	Rows          [][]*string       `json:"rows"`
	Count         int64             `json:"count"`
	NonNull       map[string]int64  `json:"nonNull"`
	Configuration map[string]string `json:"configuration"`
}

func read(ctx context.Context, table *delta.Table, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("read", flag.ContinueOnError)
	version := flags.Int64("version", -1, "")
	at := flags.String("at", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := open(ctx, table, *version, *at)
	if err != nil {
		return err
	}
	a := answer{
		Version: s.Version, Timestamp: s.Timestamp, Columns: columnsOf(s.Metadata.Schema), Rows: [][]*string{},
		Configuration: s.Metadata.Configuration,
	}
	if a.Count, err = s.Rows(); err != nil {
		return err
	}
	if a.NonNull, err = s.NonNull(ctx, nil); err != nil {
		return err
	}
	rows, err := s.Read(ctx, nil)
	if err != nil {
		return err
	}
	defer rows.Release()
	for rows.Next() {
		a.Rows = append(a.Rows, cellsOf(rows.Record())...)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(a)
}

func open(ctx context.Context, table *delta.Table, version int64, at string) (*delta.Snapshot, error) {
	switch {
	case version >= 0:
		return table.SnapshotAt(ctx, version)
	case at != "":
		moment, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			return nil, err
		}
		return table.SnapshotAsOf(ctx, moment)
	}
	return table.Snapshot(ctx)
}

// request is what a write needs; each operation uses some of it.
type request struct {
	Columns       []column          `json:"columns"`
	Rows          [][]*string       `json:"rows"`
	Keys          []string          `json:"keys"`
	Version       int64             `json:"version"`
	Configuration map[string]string `json:"configuration"`
}

// write commits an operation and returns the version that the table has then.
func (r request) write(ctx context.Context, table *delta.Table, operation string) (int64, error) {
	switch operation {
	case "restore":
		return versionOf(table.Restore(ctx, r.Version, delta.CommitOptions{}))
	case "optimize":
		o, err := table.Optimize(ctx, delta.Optimize{Keys: r.Keys}, delta.CommitOptions{})
		return o.Version, errors.Join(err, o.CheckpointErr)
	case "vacuum":
		if _, err := table.Vacuum(ctx, delta.VacuumOptions{Retention: time.Nanosecond, AllowShort: true}); err != nil {
			return 0, err
		}
		s, err := table.Snapshot(ctx)
		if err != nil {
			return 0, err
		}
		return s.Version, nil
	}
	schema, err := schemaOf(r.Columns)
	if err != nil {
		return 0, err
	}
	record, err := recordOf(schema, r.Rows)
	if err != nil {
		return 0, err
	}
	defer record.Release()
	records, err := array.NewRecordReader(schema, slicesOf(record))
	if err != nil {
		return 0, err
	}
	defer records.Release()
	staging := filepath.Join(filepath.Dir(table.Path()), "staging")
	files, err := delta.WriteFiles(ctx, staging, records, delta.WriteOptions{})
	if err != nil {
		return 0, err
	}
	switch operation {
	case "create":
		return versionOf(table.Create(ctx, delta.Metadata{Schema: schema, Configuration: r.Configuration}, files, delta.CommitOptions{}))
	case "append":
		s, err := table.Snapshot(ctx)
		if err != nil {
			return 0, err
		}
		return versionOf(table.Append(ctx, files, delta.CommitOptions{AddColumns: newColumns(schema, s.Metadata.Schema)}))
	case "overwrite":
		return versionOf(table.Overwrite(ctx, schema, files, delta.CommitOptions{}))
	case "merge":
		m, err := table.Merge(ctx, delta.Merge{Keys: r.Keys, Files: files}, delta.CommitOptions{})
		return m.Version, errors.Join(err, m.CheckpointErr)
	}
	return 0, fmt.Errorf("%s is no operation", operation)
}

func versionOf(c delta.Commit, err error) (int64, error) {
	return c.Version, errors.Join(err, c.CheckpointErr)
}
