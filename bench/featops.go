package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"featops/features"
)

const featopsName = "featops"

// featops is the program itself, made without cgo as it is released.
type featops struct {
	binary, config, says string
}

func newFeatops(ctx context.Context, o options) (featops, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "featops").Output()
	if err != nil {
		return featops{}, fmt.Errorf("find the program's module; the command must run in its folder: %w", err)
	}
	f := featops{binary: filepath.Join(o.programs, "featops"), config: filepath.Join(o.programs, "featops.toml")}
	build := exec.CommandContext(ctx, "go", "build", "-C", strings.TrimSpace(string(root)), "-o", f.binary, "./cmd/featops")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return f, fmt.Errorf("build featops: %w\n%s", err, out)
	}
	lines := "user = \"bench\"\n"
	if o.config != "" {
		more, err := os.ReadFile(o.config)
		if err != nil {
			return f, err
		}
		lines += string(more)
	}
	commit, _ := exec.CommandContext(ctx, "git", "-C", strings.TrimSpace(string(root)), "rev-parse", "--short", "HEAD").Output()
	f.says = strings.TrimSpace(fmt.Sprintf("Arrow for Go %s, golang/snappy %s, commit %s",
		moduleVersion("github.com/apache/arrow/go/v17"), moduleVersion("github.com/golang/snappy"), commit))
	return f, os.WriteFile(f.config, []byte(lines), 0o644)
}

func (featops) name() string      { return featopsName }
func (f featops) version() string { return f.says }

// command is the program with a home of its own.
func (f featops) command(ctx context.Context, t task, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, f.binary, append([]string{"--home", filepath.Join(t.Output, "home"), "--config", f.config}, arguments...)...)
	cmd.Env = ownEnvironment(t)
	return cmd
}

// ownEnvironment has nobody's settings.
func ownEnvironment(t task) []string {
	settings := func(s string) bool { return strings.HasPrefix(s, "FEATOPS_") }
	return append(slices.DeleteFunc(os.Environ(), settings), fmt.Sprintf("GOMAXPROCS=%d", t.Threads))
}

// build computes the table, checks the keys, writes Parquet files with statistics, makes them durable, and commits them to
// a Delta table.
func (f featops) build(ctx context.Context, t task) (*exec.Cmd, error) {
	if err := useSource(t); err != nil {
		return nil, err
	}
	return f.command(ctx, t, "build", t.Table, "--param", "start_date="+t.Start, "--param", "end_date="+t.End), nil
}

// useSource makes the task's sources those of the workspace that builds the table.
func useSource(t task) error {
	dir := workspaceDir(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	link := filepath.Join(dir, filepath.Base(t.Source))
	if _, err := os.Lstat(link); err == nil {
		return nil
	}
	return os.Symlink(t.Source, link)
}

func workspaceDir(t task) string {
	return filepath.Join(t.Output, "home", "workspaces", t.table().Workspace, "dev")
}

func (featops) files(t task) string {
	return filepath.Join(workspaceDir(t), "feature_store_demo_dev", t.Table, "*.parquet")
}

// sql is the statement that the program gives out for a warehouse.
func (f featops) sql(ctx context.Context, t task) (string, error) {
	out, err := f.command(ctx, t, "sql", t.Table, "--param", "start_date="+t.Start, "--param", "end_date="+t.End).Output()
	return string(out), err
}

// join makes the set from tables in a home that is there.
func (f featops) join(ctx context.Context, t task) (*exec.Cmd, error) {
	home := filepath.Dir(t.Labels)
	cmd := exec.CommandContext(ctx, f.binary, "--home", filepath.Join(home, "home"), "--config", f.config,
		"training-set", "--labels", t.Labels, "--out", f.joined(t), "--tables", strings.Join(tableNames(), ","))
	cmd.Env = ownEnvironment(t)
	return cmd, nil
}

func (featops) joined(t task) string { return filepath.Join(t.Output, "set.parquet") }

func tableNames() []string {
	var out []string
	for _, t := range features.Tables() {
		out = append(out, t.Name)
	}
	return out
}
