// Command bench measures how fast featops computes a feature table, against DuckDB with the equivalent SQL.
//
// The task is the credit-risk table (fs_cus_credit_risk) from Parquet to Parquet. The input is a row of
// buro_credito for each customer and month, once in the order in which it arrives, month by month,
// and once sorted by customer. featops builds the table in an embedded workspace, as `featops build`
// does: it computes, checks the keys, writes Parquet files with statistics and commits them to a
// Delta table. DuckDB copies the result of one query to one Parquet file. Both read the same files,
// with the same number of threads, and compress with snappy.
//
// Every run is a process of its own, so that its peak memory is its own; its time is that of the
// whole process. Contestants take turns, run by run. After the last run the two tables are compared
// value by value (see compare.go), and unless they are equal the command fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
)

// options are the flags.
type options struct {
	customers, months int
	threads, runs     int
	input, output     string
	orders            string

	child, order string // what a process of its own is to do
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var o options
	flag.IntVar(&o.customers, "customers", 400_000, "customers, each with a row a month")
	flag.IntVar(&o.months, "months", 24, "months")
	flag.IntVar(&o.threads, "threads", runtime.NumCPU(), "threads of each contestant")
	flag.IntVar(&o.runs, "runs", 5, "runs of each contestant")
	flag.StringVar(&o.input, "input", "", "`directory` to keep the input in (default: a new one, removed in the end)")
	flag.StringVar(&o.output, "output", scratch(), "`directory` to write the results below; on tmpfs the disk does not count")
	flag.StringVar(&o.orders, "orders", "month,customer", "orders of the input, one or both")
	flag.StringVar(&o.child, "child", "", "internal: do one run of this contestant")
	flag.StringVar(&o.order, "order", "", "internal: the order of the input of that run")
	flag.Parse()
	if o.customers < 1 || o.months < 1 || o.months > 600 || o.threads < 1 || o.runs < 1 {
		return errors.New("customers, threads and runs must be at least 1, and months 1 to 600")
	}
	switch o.child {
	case "":
		return tournament(ctx, o)
	case featopsName:
		return runFeatops(ctx, o)
	case duckdbName:
		return runDuckDB(ctx, o)
	}
	return fmt.Errorf("no contestant is called %q", o.child)
}

// scratch is memory-backed storage where the system has some.
func scratch() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

// inputDir is the directory of one order of the input: an embedded workspace's.
func (o options) inputDir(order string) string {
	return filepath.Join(o.input, fmt.Sprintf("%dx%d-by-%s", o.customers, o.months, order))
}

func (o options) sourceFiles(order string) string {
	return filepath.Join(o.inputDir(order), source.Database, source.Name, "*.parquet")
}
