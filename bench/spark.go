package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

const sparkName = "spark"

// spark runs the SQL that featops gives out for warehouses, on all threads of one process.
type spark struct {
	python
	statements featops
}

func newSpark(ctx context.Context, programs string) (contestant, string, error) {
	const oldest = 17
	out, _ := exec.CommandContext(ctx, "java", "-version").CombinedOutput()
	version := regexp.MustCompile(`version "(\d+)`).FindSubmatch(out)
	if version == nil {
		return nil, "no Java is on the path", nil
	}
	if n, err := strconv.Atoi(string(version[1])); err != nil || n < oldest {
		return nil, fmt.Sprintf("it needs Java %d, and %s is here", oldest, version[1]), nil
	}
	p, missing, err := newPython(ctx, sparkName, programs)
	p.pins += ", Java " + string(version[1])
	return spark{p, featops{binary: filepath.Join(programs, "featops"), config: filepath.Join(programs, "featops.toml")}}, missing, err
}

func (spark) name() string      { return sparkName }
func (s spark) version() string { return s.pins }

func (s spark) build(ctx context.Context, t task) (*exec.Cmd, error) {
	var err error
	if t.Query, err = s.statements.sql(ctx, t); err != nil {
		return nil, fmt.Errorf("featops sql %s: %w", t.Table, err)
	}
	t.SourceTable = t.table().Source.Name
	return s.command(ctx, "spark_tables.py", t)
}

func (spark) files(t task) string { return filepath.Join(t.Output, "spark.parquet", "*.parquet") }
