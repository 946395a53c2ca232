package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// contestant makes feature tables out of the same files as the others.
type contestant interface {
	name() string
	version() string
	// build is a process that makes a task's table in its output directory.
	build(context.Context, task) (*exec.Cmd, error)
	// files are the Parquet files of a table that was built, as a pattern.
	files(task) string
}

// joiner is a contestant that makes training sets, too.
type joiner interface {
	contestant
	// join is a process that joins a task's labels with its tables.
	join(context.Context, task) (*exec.Cmd, error)
	joined(task) string
}

// open finds the contestants that can take part here, and says which and of what version they are.
func (b *bench) open(ctx context.Context) error {
	fmt.Println(machine())
	fmt.Printf("%d threads each, snappy, output below %s\n", b.threads, b.output)
	for _, name := range b.who {
		var c contestant
		var missing string
		var err error
		switch name {
		case featopsName:
			c, err = newFeatops(ctx, b.options)
		case duckdbName:
			c, err = newDuckDB(ctx)
		case polarsName:
			c, missing, err = newPolars(ctx, b.programs)
		case sparkName:
			c, missing, err = newSpark(ctx, b.programs)
		default:
			err = fmt.Errorf("no contestant is called %q", name)
		}
		if err != nil {
			return err
		}
		if missing != "" {
			fmt.Printf("%-8s left out: %s\n", name, missing)
			continue
		}
		fmt.Printf("%-8s %s; %d runs\n", name, c.version(), b.runs.of(name))
		b.contestants = append(b.contestants, c)
	}
	if len(b.contestants) == 0 || b.contestants[0].name() != featopsName {
		return fmt.Errorf("%s must be the first contestant: the others are compared with it", featopsName)
	}
	return nil
}

func (b *bench) featops() featops { return b.contestants[0].(featops) }

// inTurn lets all contestants run: the first run of each, then the second, and so on. last is called after the last run of a
// contestant, but for the first one, whose result stays to compare the others' with. A contestant that takes more memory than there is has no
// samples.
func (b *bench) inTurn(ctx context.Context, all []contestant, run func(contestant) (sample, error), last func(contestant) error) (map[string][]sample, error) {
	taken := map[string][]sample{}
	gone := map[string]bool{}
	for i := range b.runs.most(all) {
		for n, c := range all {
			if i >= b.runs.of(c.name()) || gone[c.name()] {
				continue
			}
			s, err := run(c)
			if n > 0 && killed(err) && ctx.Err() == nil {
				fmt.Printf("    %s was killed, as when there is no memory left\n", c.name())
				gone[c.name()] = true
				delete(taken, c.name())
				if err := os.RemoveAll(filepath.Join(b.output, c.name())); err != nil {
					return nil, err
				}
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("run %d of %s: %w", i+1, c.name(), err)
			}
			taken[c.name()] = append(taken[c.name()], s)
			if n > 0 && i+1 == b.runs.of(c.name()) {
				if err := last(c); err != nil {
					return nil, err
				}
			}
		}
	}
	return taken, nil
}

// compareWithOurs checks that what a contestant has made is what featops has made, and removes it.
func (b *bench) compareWithOurs(ctx context.Context, t task, keys, ours, theirs string, c contestant) error {
	t.Do, t.Name, t.Keys, t.Ours, t.Theirs = "compare", c.name(), keys, []string{ours}, []string{theirs}
	said, err := t.inChild(ctx)
	fmt.Print(said)
	if err != nil {
		return fmt.Errorf("featops and %s: %w", c.name(), err)
	}
	return os.RemoveAll(t.Output)
}

// emptied makes a directory that is new and empty.
func emptied(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

// sizeOf adds up the files of a pattern.
func sizeOf(pattern string) (total int64, err error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	if total == 0 {
		return 0, fmt.Errorf("nothing was written to %s", pattern)
	}
	return total, nil
}

func names(all []contestant) string {
	out := make([]string, len(all))
	for i, c := range all {
		out[i] = c.name()
	}
	return strings.Join(out, ", ")
}
