// Command bench measures how fast featops is, and how much memory it takes, against DuckDB, Polars and Spark on the same files.
//
// It prints what each of its parts (see parts) measures, and fails unless what the contestants have made is equal, value by
// value. Every run is a process of its own, so that its time and its peak memory are its own. All have the same number
// of threads and compress with snappy. Contestants take turns, run by run, and medians count.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"featops/features"
)

// parts are what can be measured, in the order in which it is.
var parts = []struct {
	name, what string
	measure    func(*bench, context.Context) error
}{
	{"tables", "the feature tables, from Parquet to Parquet", (*bench).tables},
	{"large", "a table of many more customers: time a row, and memory", (*bench).large},
	{"month", "a new month on a long history: full against incremental", (*bench).month},
	{"training", "a training set of all tables", (*bench).training},
	{"shares", "where the time of a build goes", (*bench).shares},
}

// options are the flags.
type options struct {
	customers, months int
	threads           int
	runs              runs
	input, output     string
	config            string
	programs          string // directory of featops
	only, tables      list
	orders            list
	who               list // the contestants

	largeCustomers, largeRuns int
	monthCustomers, history   int
	labels, trainingCustomers int
	sharesCustomers           int
}

// bench is the command at work.
type bench struct {
	options
	contestants []contestant
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	o := options{
		runs: runs{every: 5}, orders: list{"month", "customer"}, who: list{featopsName, duckdbName, polarsName, sparkName},
	}
	child := flag.String("child", "", "internal: do this in a process of its own")
	o.flags()
	flag.Parse()
	if *child != "" {
		var t task
		if err := json.Unmarshal([]byte(*child), &t); err != nil {
			return err
		}
		return t.do(ctx)
	}
	if err := o.check(); err != nil {
		return err
	}
	if o.output, err = os.MkdirTemp(o.output, "featops-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.output)) }()
	// Memory-backed storage may hold no programs.
	if o.programs, err = os.MkdirTemp("", "featops-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.programs)) }()
	if o.input == "" {
		o.input = filepath.Join(o.output, "input")
	}
	if o.input, err = filepath.Abs(o.input); err != nil {
		return err
	}
	b := &bench{options: o}
	if err := b.open(ctx); err != nil {
		return err
	}
	for _, p := range parts {
		if len(o.only) > 0 && !slices.Contains(o.only, p.name) {
			continue
		}
		fmt.Printf("\n== %s: %s\n", p.name, p.what)
		if err := p.measure(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func (o *options) flags() {
	flag.Var(&o.only, "only", "`parts` to measure, of "+strings.Join(partNames(), ",")+" (default all)")
	flag.Var(&o.who, "contestants", "`names` of who takes part")
	flag.Var(&o.runs, "runs", "`number` of runs of each contestant, and of single ones, as in 5,polars=3,spark=1")
	flag.IntVar(&o.threads, "threads", runtime.NumCPU(), "threads of each contestant")
	flag.IntVar(&o.customers, "customers", 400_000, "customers of the tables")
	flag.IntVar(&o.months, "months", 24, "months of all parts but month")
	flag.Var(&o.orders, "orders", "`orders` of the source, one or both")
	flag.Var(&o.tables, "tables", "feature `tables` that are built in the part tables (default all)")
	flag.IntVar(&o.largeCustomers, "large", 4_000_000, "customers of the part large; compared with -customers")
	flag.IntVar(&o.largeRuns, "large-runs", 1, "runs of the part large")
	flag.IntVar(&o.monthCustomers, "month-customers", 20_000, "customers of the part month")
	flag.IntVar(&o.history, "history", 60, "months before the new one in the part month")
	flag.IntVar(&o.labels, "labels", 5_000_000, "labels of the training set")
	flag.IntVar(&o.trainingCustomers, "training-customers", 400_000, "customers of the training set")
	flag.IntVar(&o.sharesCustomers, "shares-customers", 400_000, "customers of the part shares")
	flag.StringVar(&o.input, "input", "", "`directory` to keep the sources in (default: a new one, removed in the end)")
	flag.StringVar(&o.output, "output", scratch(), "`directory` to write below; on tmpfs the disk does not count")
	flag.StringVar(&o.config, "config", "", "`file` with more lines for the configuration of featops")
}

func partNames() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

func (o options) check() error {
	for _, n := range []int{o.customers, o.months, o.threads, o.runs.every, o.largeCustomers, o.largeRuns, o.monthCustomers, o.labels, o.trainingCustomers, o.sharesCustomers} {
		if n < 1 {
			return errors.New("customers, months, threads, runs and labels must be at least 1")
		}
	}
	if o.months > 600 || o.history < 7 || o.history > 600 {
		return errors.New("allowed are 1 to 600 months, and a history of 7 to 600")
	}
	for _, p := range o.only {
		if !slices.Contains(partNames(), p) {
			return fmt.Errorf("part %q: allowed are %s", p, strings.Join(partNames(), ", "))
		}
	}
	for _, name := range o.tables {
		if _, err := features.Find(features.Tables(), name); err != nil {
			return err
		}
	}
	for _, order := range o.orders {
		if order != "month" && order != "customer" {
			return fmt.Errorf("order %q: allowed are month and customer", order)
		}
	}
	return nil
}

// scratch is memory-backed storage where the system has some.
func scratch() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}
