package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// sample is what a run took.
type sample struct {
	wall, cpu time.Duration
	peak      int64 // bytes of resident memory: the high-water mark of the process, or of all of its group
	written   int64 // bytes of Parquet
	start     time.Duration
}

// measured is what a contestant that is more than one process says of itself, as its last line.
type measured struct {
	Peak  int64   `json:"peak"`
	Start float64 `json:"start"` // seconds until it could begin
}

// measure runs a command to its end.
func measure(cmd *exec.Cmd) (s sample, err error) {
	var out, trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &trouble
	begun := time.Now()
	err = cmd.Start()
	if err == nil {
		// Where memory ends, it is this process that has to go.
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", cmd.Process.Pid), []byte("1000"), 0o644)
		err = cmd.Wait()
	}
	if err != nil {
		return s, fmt.Errorf("%w\n%s%s", err, tail(trouble.Bytes()), tail(out.Bytes()))
	}
	s.wall, s.cpu = time.Since(begun), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if ok && runtime.GOOS == "darwin" {
		s.peak = usage.Maxrss
	} else if ok {
		s.peak = usage.Maxrss << 10 // in KB elsewhere
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	var m measured
	if json.Unmarshal(lines[len(lines)-1], &m) == nil && m.Peak > 0 {
		s.peak, s.start = m.Peak, time.Duration(m.Start*float64(time.Second))
	}
	return s, nil
}

// killed says that a process was killed, as the system does when there is no memory left.
func killed(err error) bool {
	var e *exec.ExitError
	if !errors.As(err, &e) {
		return false
	}
	status, ok := e.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

func tail(text []byte) []byte { return text[max(0, len(text)-4000):] }

// medians are those of each measure by itself.
func medians(all []sample) sample {
	return sample{
		wall:    median(all, func(s sample) time.Duration { return s.wall }),
		cpu:     median(all, func(s sample) time.Duration { return s.cpu }),
		peak:    median(all, func(s sample) int64 { return s.peak }),
		written: median(all, func(s sample) int64 { return s.written }),
		start:   median(all, func(s sample) time.Duration { return s.start }),
	}
}

func median[T ~int64](all []sample, of func(sample) T) T {
	values := make([]T, len(all))
	for i, s := range all {
		values[i] = of(s)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// plus is what two runs one after the other take.
func (s sample) plus(o sample) sample {
	return sample{s.wall + o.wall, s.cpu + o.cpu, max(s.peak, o.peak), s.written + o.written, s.start + o.start}
}

func (s sample) String() string {
	return fmt.Sprintf("%8.2f s   cpu %8.2f s   peak %6d MB   %6d MB written", s.wall.Seconds(), s.cpu.Seconds(), s.peak>>20, s.written>>20)
}

// against tells what share of another's time and memory this is.
func (s sample) against(o sample) string {
	return fmt.Sprintf("time %.2f (%.1f times as fast), processor time %.2f, memory %.2f",
		s.wall.Seconds()/o.wall.Seconds(), o.wall.Seconds()/s.wall.Seconds(), s.cpu.Seconds()/o.cpu.Seconds(), float64(s.peak)/float64(o.peak))
}
