package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"featops/features"
	"featops/workspaces"
	"featops/workspaces/embedded"
)

const featopsName = "featops"

// runFeatops builds the table in an embedded workspace in the output directory, whose source table is
// that of the input. The number of threads is the GOMAXPROCS that the process was started with.
func runFeatops(ctx context.Context, o options) (err error) {
	if err := os.Symlink(filepath.Join(o.inputDir(o.order), source.Database), filepath.Join(o.output, source.Database)); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	w, err := embedded.Open(ctx, embedded.Options{
		Name: "bench", Env: "dev", Dir: o.output, Database: "out", Tables: []features.Table{table}, Now: time.Now, Log: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	first, last := o.releases()
	build := workspaces.BuildRequest{Table: table, Params: workspaces.Params{Env: "dev", Table: table.Name, Start: first, End: last}}
	_, err = build.Run(ctx, w, nobody{}, log)
	return err
}

// nobody answers questions, of which a new table has none.
type nobody struct{}

func (nobody) Decide(context.Context, workspaces.Question) (workspaces.Answer, error) {
	return workspaces.Answer{}, errors.New("there is nothing to ask about a new table")
}

func (nobody) Settle(context.Context, string, workspaces.Settlement) error { return nil }

// featopsFiles are the files of the table that a run left in a directory.
func featopsFiles(dir string) string { return filepath.Join(dir, "out", table.Name, "*.parquet") }

// threadsOf is the environment that bounds the threads of a Go program.
func threadsOf(o options) string { return fmt.Sprintf("GOMAXPROCS=%d", o.threads) }
