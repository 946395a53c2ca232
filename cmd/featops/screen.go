package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"featops/engine"
	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// screen shows one line of progress under the log on a terminal. What is written through it goes above that
// line.
type screen struct {
	out   io.Writer
	width func() int
	now   func() time.Time

	mu     sync.Mutex
	status string
	since  map[string]pace // builds under way, by table
}

// pace is where a stage of a build began, to tell its rate.
type pace struct {
	stage string
	start time.Time
	rows  int64
}

func newScreen(out io.Writer, now func() time.Time) *screen {
	s := &screen{out: out, now: now, since: map[string]pace{}}
	s.width = func() int {
		if w := terminalWidth(out); w > 0 {
			return w
		}
		return 80
	}
	return s
}

const (
	clearLine     = "\r\x1b[2K"
	saveCursor    = "\x1b7"
	restoreCursor = "\x1b8"
)

// Write writes whole lines above the status line.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status == "" {
		return s.out.Write(p)
	}
	if _, err := io.WriteString(s.out, clearLine); err != nil {
		return 0, err
	}
	n, err := s.out.Write(p)
	io.WriteString(s.out, s.status)
	return n, err
}

// show replaces the status line; an empty one removes it.
func (s *screen) show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line = ansi.Truncate(line, s.width()-1, "…")
	if line == s.status {
		return
	}
	text := clearLine + line
	if s.status != "" && ansi.StringWidth(line) == ansi.StringWidth(s.status) {
		text = saveCursor + "\r" + line + restoreCursor // which leaves what somebody is typing behind it
	}
	s.status = line
	io.WriteString(s.out, text)
}

func (s *screen) close() { s.show("") }

// progress shows how far the builds of a snapshot are.
func (s *screen) progress(snap *engine.Snapshot) {
	var parts []string
	for _, w := range snap.Workspaces {
		for _, j := range w.Jobs {
			run := j.Current()
			if run == nil {
				continue
			}
			for _, t := range run.Newest() {
				if t.Progress != nil && !t.Status.Ended() {
					parts = append(parts, t.Key+" "+s.pace(t.Key, *t.Progress))
				}
			}
		}
	}
	for _, b := range snap.Builds {
		if b.Progress != nil {
			parts = append(parts, b.Table+" "+s.pace(b.Table, *b.Progress))
		}
	}
	s.show(strings.Join(parts, " | "))
}

// pace tells a stage's rows, share, rate and the time it still takes.
func (s *screen) pace(table string, p workspaces.Progress) string {
	now := s.now()
	from, ok := s.since[table]
	if !ok || from.stage != p.Stage || p.Rows < from.rows {
		from = pace{p.Stage, now, p.Rows}
		s.since[table] = from
	}
	text := fmt.Sprintf("%s %s rows", p.Stage, humanize.Comma(p.Rows))
	if p.Total > 0 {
		text += fmt.Sprintf(" %d%%", 100*p.Rows/p.Total)
	}
	if p.Disk > 0 {
		text += fmt.Sprintf(", %s sorted on disk", humanize.Bytes(uint64(p.Disk)))
	}
	elapsed := now.Sub(from.start).Seconds()
	if done := p.Rows - from.rows; elapsed > 0.5 && done > 0 {
		rate := float64(done) / elapsed
		text += fmt.Sprintf(" %s/s", humanize.Comma(int64(rate)))
		if p.Total > p.Rows {
			left := time.Duration(float64(p.Total-p.Rows) / rate * float64(time.Second))
			text += fmt.Sprintf(" %s left", left.Round(time.Second))
		}
	}
	return text
}
