package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// sample is what a run took.
type sample struct {
	wall, cpu time.Duration
	peak      int64 // bytes of resident memory
	written   int64 // bytes of Parquet
}

// tournament makes the input, lets the contestants take turns, prints what they took, and compares
// what they made.
func tournament(ctx context.Context, o options) (err error) {
	if o.output, err = os.MkdirTemp(o.output, "featops-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.output)) }()
	if o.input == "" {
		o.input = filepath.Join(o.output, "input")
	}
	if o.input, err = filepath.Abs(o.input); err != nil {
		return err
	}
	printMachine(o)
	for _, order := range strings.Split(o.orders, ",") {
		if err := makeInput(ctx, o, order); err != nil {
			return fmt.Errorf("make the input: %w", err)
		}
		if err := match(ctx, o, order); err != nil {
			return err
		}
	}
	return nil
}

var contestants = []string{featopsName, duckdbName}

// match lets the contestants run on one order of the input.
func match(ctx context.Context, o options, order string) error {
	fmt.Printf("\nsorted by %s\n", order)
	taken := map[string][]sample{}
	for run := range o.runs {
		for _, c := range contestants {
			dir := filepath.Join(o.output, c)
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
			s, err := runOnce(ctx, o, c, order, dir)
			if err != nil {
				return fmt.Errorf("run %d of %s: %w", run+1, c, err)
			}
			fmt.Printf("  run %d  %-8s %7.2f s   cpu %7.2f s   peak %6d MB   %4d MB written\n",
				run+1, c, s.wall.Seconds(), s.cpu.Seconds(), s.peak>>20, s.written>>20)
			taken[c] = append(taken[c], s)
		}
	}
	ours, theirs := medians(taken[featopsName]), medians(taken[duckdbName])
	fmt.Printf("  medians: featops %.2f s, %d MB; duckdb %.2f s, %d MB\n", ours.wall.Seconds(), ours.peak>>20, theirs.wall.Seconds(), theirs.peak>>20)
	fmt.Printf("  featops takes %.2f of DuckDB's time (%.1f times as fast), %.2f of its processor time, %.2f of its memory\n",
		ours.wall.Seconds()/theirs.wall.Seconds(), theirs.wall.Seconds()/ours.wall.Seconds(),
		ours.cpu.Seconds()/theirs.cpu.Seconds(), float64(ours.peak)/float64(theirs.peak))
	return compare(ctx, o, order)
}

// runOnce starts this program again to do one run, with its output in a new directory.
func runOnce(ctx context.Context, o options, contestant, order, dir string) (s sample, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return s, err
	}
	program, err := os.Executable()
	if err != nil {
		return s, err
	}
	cmd := exec.CommandContext(ctx, program, "-child", contestant, "-order", order, "-input", o.input, "-output", dir,
		"-customers", strconv.Itoa(o.customers), "-months", strconv.Itoa(o.months), "-threads", strconv.Itoa(o.threads))
	cmd.Env = append(os.Environ(), threadsOf(o))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		return s, err
	}
	s.wall, s.cpu = time.Since(begun), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	s.peak = peak(cmd.ProcessState)
	s.written, err = written(contestant, dir)
	return s, err
}

// peak is the most memory that a process has had, in bytes.
func peak(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss << 10 // in KB elsewhere
}

// outputFiles are the Parquet files that a contestant has left in its directory, as a pattern.
func outputFiles(contestant, dir string) string {
	if contestant == featopsName {
		return featopsFiles(dir)
	}
	return duckdbFiles(dir)
}

func written(contestant, dir string) (total int64, err error) {
	files, err := filepath.Glob(outputFiles(contestant, dir))
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
		return 0, fmt.Errorf("nothing was written to %s", outputFiles(contestant, dir))
	}
	return total, nil
}

// medians are those of each measure by itself.
func medians(all []sample) (m sample) {
	m.wall = median(all, func(s sample) time.Duration { return s.wall })
	m.cpu = median(all, func(s sample) time.Duration { return s.cpu })
	m.peak = median(all, func(s sample) int64 { return s.peak })
	return m
}

func median[T ~int64](all []sample, of func(sample) T) T {
	values := make([]T, len(all))
	for i, s := range all {
		values[i] = of(s)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func printMachine(o options) {
	fmt.Printf("%d customers x %d months = %d rows, %d threads, snappy, output below %s\n",
		o.customers, o.months, o.customers*o.months, o.threads, o.output)
	fmt.Printf("%s %s/%s, %s, %d processors\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, processor(), runtime.NumCPU())
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			switch d.Path {
			case "github.com/apache/arrow/go/v17", "github.com/duckdb/duckdb-go/v2", "github.com/golang/snappy":
				fmt.Println(d.Path, d.Version)
			}
		}
	}
}

// processor is the model's name, where the system tells.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
