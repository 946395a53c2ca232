package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const polarsName = "polars"

// polars computes with lazy frames, windows as shifts over a sorted frame.
type polars struct{ python }

func newPolars(ctx context.Context, programs string) (contestant, string, error) {
	p, missing, err := newPython(ctx, polarsName, programs)
	return polars{p}, missing, err
}

func (polars) name() string      { return polarsName }
func (p polars) version() string { return p.pins }

func (p polars) build(ctx context.Context, t task) (*exec.Cmd, error) {
	t.Do = "build"
	t.Source = filepath.Join(t.Source, t.table().Source.Name, "*.parquet")
	return p.run(ctx, t)
}

func (p polars) join(ctx context.Context, t task) (*exec.Cmd, error) {
	t.Do = "join"
	return p.run(ctx, t)
}

func (p polars) run(ctx context.Context, t task) (*exec.Cmd, error) {
	cmd, err := p.command(ctx, "polars_tables.py", t)
	if err == nil {
		cmd.Env = append(os.Environ(), fmt.Sprintf("POLARS_MAX_THREADS=%d", t.Threads))
	}
	return cmd, err
}

func (polars) files(t task) string    { return filepath.Join(t.Output, "polars.parquet") }
func (p polars) joined(t task) string { return p.files(t) }
