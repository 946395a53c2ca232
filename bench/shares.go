package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/google/pprof/profile"

	"featops/features"
	"featops/workspaces"
	"featops/workspaces/embedded"
)

// shares tells where the time of building fs_cus_credit_risk goes, and compares the build with a copy of the same bytes that
// computes nothing.
func (b *bench) shares(ctx context.Context) error {
	t := b.buildTask(features.CreditRisk().Name, "month", b.sharesCustomers)
	if err := b.source(ctx, t); err != nil {
		return err
	}
	t.Output = filepath.Join(b.output, "shares")
	if err := emptied(t.Output); err != nil {
		return err
	}
	t.Do = "shares"
	said, err := t.inChild(ctx)
	fmt.Print(said)
	return errors.Join(err, os.RemoveAll(t.Output))
}

// takeApart builds the table in this process under a profile, then copies.
func (t task) takeApart(ctx context.Context) error {
	build, err := t.profile(ctx)
	if err != nil {
		return err
	}
	bare, err := t.copyBare(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("  the build takes %.1f times as long as the copy, and %.1f times the processor time\n",
		build.wall.Seconds()/bare.wall.Seconds(), build.cpu.Seconds()/bare.cpu.Seconds())
	return nil
}

// profile builds the table in this process under a processor profile and prints it by what the program does.
func (t task) profile(ctx context.Context) (took sample, err error) {
	if err := useSource(t); err != nil {
		return took, err
	}
	log := slog.New(slog.DiscardHandler)
	w, err := embedded.Open(ctx, embedded.Options{
		Name: t.table().Workspace, Env: "dev", Dir: workspaceDir(t), Database: "feature_store_demo_dev",
		Tables: features.Tables(), Now: time.Now, Log: log,
	})
	if err != nil {
		return took, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var raw bytes.Buffer
	if err := pprof.StartCPUProfile(&raw); err != nil {
		return took, err
	}
	taking := begin()
	params, err := workspaces.ParseParams(map[string]string{"env": "dev", "fs_notebook": t.Table, "start_date": t.Start, "end_date": t.End}, tableNames(), time.Now())
	if err == nil {
		_, err = workspaces.BuildRequest{Table: t.table(), Params: params}.Run(ctx, w, nobody{}, log)
	}
	took = taking.end()
	pprof.StopCPUProfile()
	if err != nil {
		return took, err
	}
	p, err := profile.Parse(&raw)
	if err != nil {
		return took, err
	}
	spent := map[string]time.Duration{}
	total := time.Duration(0)
	for _, s := range p.Sample {
		d := time.Duration(s.Value[1])
		spent[work(s)] += d
		total += d
	}
	fmt.Printf("  %d customers x %d months: %.2f s, processor time %.2f s, of that\n", t.Customers, t.Months, took.wall.Seconds(), total.Seconds())
	for _, name := range slices.SortedFunc(maps.Keys(spent), func(a, b string) int { return int(spent[b] - spent[a]) }) {
		fmt.Printf("    %-12s %6.2f s  %4.1f %%\n", name, spent[name].Seconds(), 100*spent[name].Seconds()/total.Seconds())
	}
	return took, err
}

// works says what a function is for, by a part of its name or of its file's name. The innermost one of a stack that is here counts; runtime functions
// count for who calls them.
var works = []struct{ in, work string }{
	{"golang/snappy.Decode", "decompress"},
	{"golang/snappy.Encode", "compress"},
	{"os.(*File).ReadAt", "read"},
	{"os.(*File).Read", "read"},
	{"os.(*File).Write", "write"},
	{"os.(*File).Sync", "write"},
	{"os.Rename", "write"},
	{"features/columnar/order.go", "sort"},
	{"features/columnar/read.go", "decode"},
	{"features/columnar/chunk.go", "decode"},
	{"features/columnar/decode.go", "decode"},
	{"features/columnar/texts.go", "decode"},
	{"features/columnar/join.go", "decode"},
	{"features/columnar/keeper.go", "decode"},
	{"features/columnar/store.go", "decode"},
	{"features/columnar/cut.go", "sort"},
	{"features/columnar/part.go", "sort"},
	{"features/columnar", "compute"},
	{"workspaces/delta/column_stats.go", "statistics"},
	{"workspaces/delta/stats.go", "statistics"},
	{"workspaces/delta/sketcher.go", "statistics"},
	{"workspaces/delta/sketch_file.go", "statistics"},
	{"workspaces/sketch", "statistics"},
	{"workspaces/delta/pages/column.go", "decode"},
	{"workspaces/delta/pages/decode.go", "decode"},
	{"workspaces/delta/pages/hybrid.go", "decode"},
	{"workspaces/delta/pages/texts.go", "decode"},
	{"workspaces/delta/pages/values.go", "decode"},
	{"workspaces/delta/pages", "encode"},
	{"workspaces/delta/file_writer.go", "encode"},
	{"workspaces/delta/file_reader.go", "decode"},
	{"arrow/go/v17/parquet", "decode"},
	{"workspaces/embedded/keys.go", "check keys"},
	{"runtime.gcBgMarkWorker", "collect"},
	{"runtime.bgsweep", "collect"},
	{"runtime.bgscavenge", "collect"},
}

func work(s *profile.Sample) string {
	for _, l := range s.Location {
		for _, line := range l.Line {
			where := line.Function.Name + " " + line.Function.Filename
			for _, w := range works {
				if strings.Contains(where, w.in) {
					return w.work
				}
			}
		}
	}
	return "other"
}

// nobody answers questions, of which a new table has none.
type nobody struct{}

func (nobody) Decide(context.Context, workspaces.Question) (workspaces.Answer, error) {
	return workspaces.Answer{}, errors.New("there is nothing to ask about a new table")
}

func (nobody) Settle(context.Context, string, workspaces.Settlement) error { return nil }

// taking is how much this process had taken at a time.
type taking struct {
	at  time.Time
	cpu time.Duration
}

func begin() taking { return taking{time.Now(), processorTime()} }

func (t taking) end() sample { return sample{wall: time.Since(t.at), cpu: processorTime() - t.cpu} }

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
