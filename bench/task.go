package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"featops/features"
)

// task is what a process of its own is to do. Contestants in Python get it too, as JSON.
type task struct {
	Do        string
	Table     string // a feature table
	Columns   []string
	Order     string // of the source
	Customers int
	Months    int
	Threads   int
	Start     string // the first release day
	End       string // the last one
	Source    string // the directory of the source database
	Output    string // a directory of its own

	SourceTable, Query string // for Spark

	// To compare: the Parquet files of both contestants, as patterns, and the key of their rows.
	Ours, Theirs []string
	Name         string // of the other contestant
	Keys         string
	Below        int64 // only customers with a smaller number; 0: all

	Labels string   // to join: a Parquet file
	Count  int      // of labels
	Tables []string // with these feature tables, as patterns
}

// keys of the rows of feature tables.
const keys = features.CustomerKey + ", " + features.ReleaseKey

// do does what can be done in this program.
func (t task) do(ctx context.Context) error {
	switch t.Do {
	case "generate":
		return t.generate(ctx)
	case "duckdb version":
		return t.versionOfDuckDB(ctx)
	case "duckdb build":
		return t.buildInDuckDB(ctx)
	case "duckdb join":
		return t.joinInDuckDB(ctx)
	case "compare":
		return t.compare(ctx)
	case "labels":
		return t.makeLabels(ctx)
	case "month":
		return t.makeHistory(ctx)
	case "shares":
		return t.takeApart(ctx)
	}
	return fmt.Errorf("nothing is called %q", t.Do)
}

// table is the definition of the task's feature table.
func (t task) table() features.Table {
	def, err := features.Find(features.Tables(), t.Table)
	if err != nil {
		panic(err) // names come from features.Tables
	}
	return def
}

// columnsOf are the features of a table in the order of the output, without and with the prefix.
func columnsOf(def features.Table) (names, prefixed []string) {
	for _, f := range def.Features {
		names, prefixed = append(names, f.Name), append(prefixed, def.Prefix+f.Name)
	}
	return names, prefixed
}

// self is a command that does the task in a process of its own. This process stays small: what a process takes before it becomes another
// program counts as that program's peak.
func (t task) self(ctx context.Context) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "-child", string(text))
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", t.Threads))
	return cmd, nil
}

// inChild does the task in a process of its own and returns what it printed.
func (t task) inChild(ctx context.Context) (string, error) {
	cmd, err := t.self(ctx)
	if err != nil {
		return "", err
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w", t.Do, t.Table, err)
	}
	return string(out), err
}
