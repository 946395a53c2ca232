package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"time"

	"featops/workspaces"
)

// conductor is a handler of the engine's log that keeps the time of the story. Time stands still until a task gets to a
// line of its log behind which work lies, and lines wait for those that the story has before them. So every run takes as
// long, and every line comes at its place, however fast the machine is.
type conductor struct {
	*score
	next  slog.Handler
	task  string // what the logger was given
	table string
}

// score is what all handlers of a conductor share.
type score struct {
	ctx context.Context // ends every wait

	mu      sync.Mutex
	now     time.Time
	changed chan struct{} // closed and replaced with each line

	started, read, ended map[string]int  // attempts at tasks that have got so far, by task
	unregistered         map[string]bool // tables that were saved
	runs, questions      int             // runs that have ended, questions that were asked

	computing bool           // a task has read its source, and tells how far it is
	held      map[string]int // tasks that are to stand still, after so many reports of how far they are
	countdown int            // reports until the task that computes stands still; 0: it does not
	waiting   int            // tasks that stand still
	release   chan struct{}
}

func newConductor(ctx context.Context, next slog.Handler, begin time.Time) *conductor {
	return &conductor{score: &score{
		ctx: ctx, now: begin, changed: make(chan struct{}), started: map[string]int{}, read: map[string]int{}, ended: map[string]int{},
		unregistered: map[string]bool{}, held: map[string]int{}, release: make(chan struct{}),
	}, next: next}
}

// How long things take in the story. A table that is not named takes as long as others.
const (
	otherTables = 6 * time.Second
	aReport     = 150 * time.Millisecond // between two reports of how far a task is
)

func duration(table string) time.Duration {
	named := map[string]time.Duration{
		"fs_cus_demographic": 4 * time.Second, "fs_cus_credit_risk": 9 * time.Second, "fs_cus_holding_products": 9 * time.Second,
	}
	if d, ok := named[table]; ok {
		return d
	}
	return otherTables
}

// These two run at the same time. In the story one is a step ahead.
const ahead, behind = "fs_cus_payment_behavior", "fs_cus_transactions"

// Handle takes a line when its time has come.
func (c *conductor) Handle(ctx context.Context, r slog.Record) error {
	task, table, s := c.task, c.table, c.score
	ended := strings.HasPrefix(r.Message, "task ended")
	switch {
	case r.Message == "task started":
		s.wait(func() bool {
			return len(s.unregistered) == 0 && (task != behind || s.started[ahead] > s.started[behind])
		})
	case r.Message == "source read":
		s.note(func() { s.read[task]++ })
		s.wait(func() bool {
			switch task {
			case ahead:
				return s.read[behind] == s.read[ahead]
			case behind:
				return s.ended[ahead] == s.read[behind] && len(s.unregistered) == 0
			}
			return true
		})
		s.Advance(duration(table) * 2 / 3)
	case r.Message == "table saved":
		s.note(func() { s.computing = false })
		s.Advance(duration(table) / 3)
	case strings.HasPrefix(r.Message, "run ended"):
		s.wait(func() bool { return len(s.unregistered) == 0 })
	}
	var err error
	if c.next.Enabled(ctx, r.Level) {
		err = c.next.Handle(ctx, r)
	}
	s.note(func() {
		switch {
		case r.Message == "a question is open":
			s.questions++
		case strings.HasPrefix(r.Message, "run ended"):
			s.runs++
		case r.Message == "task started":
			s.started[task]++
		case r.Message == "source read":
			s.countdown, s.computing = s.held[task], true
		case ended:
			s.ended[task]++
			if r.Level == slog.LevelInfo && !workspaces.IsRegistry(task) {
				s.unregistered[table] = true
			}
		case r.Message == "table registered", r.Message == "table is registered already":
			delete(s.unregistered, table)
		case strings.HasPrefix(r.Message, "cannot register "): // NAME in WORKSPACE: the last word on one that was refused
			delete(s.unregistered, strings.Fields(r.Message)[2])
		}
	})
	return err
}

// Enabled takes every line: some that are not shown move the story on.
func (c *conductor) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs returns a handler whose lines have the attributes.
func (c *conductor) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *c
	out.next = c.next.WithAttrs(attrs)
	for _, a := range attrs {
		switch a.Key {
		case "task":
			out.task = a.Value.String()
		case "table":
			out.table = a.Value.String()
		}
	}
	return &out
}

// WithGroup returns a handler whose attributes are in a group.
func (c *conductor) WithGroup(name string) slog.Handler {
	out := *c
	out.next = c.next.WithGroup(name)
	return &out
}

// Now is the time of the story. A task that reports how far it is asks for it, and may stand still there.
func (s *score) Now() time.Time {
	if reports() {
		s.report()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// reports reports whether the caller's caller is a task that reports how far it is.
func reports() bool {
	callers := make([]uintptr, 8)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		f, more := frames.Next()
		if strings.Contains(f.Function, "(*execution).progress") {
			return true
		}
		if !more {
			return false
		}
	}
}

// report moves the time on, and keeps a task from going on that is to stand still.
func (s *score) report() {
	s.mu.Lock()
	stop := s.countdown == 1
	s.countdown = max(0, s.countdown-1)
	if s.computing {
		s.now = s.now.Add(aReport)
	}
	release := s.release
	s.mu.Unlock()
	if !stop {
		return
	}
	s.note(func() { s.waiting++ })
	select {
	case <-release:
	case <-s.ctx.Done():
	}
}

// Advance moves the time on.
func (s *score) Advance(d time.Duration) { s.note(func() { s.now = s.now.Add(d) }) }

// Hold lets a task stand still after so many reports of how far it is.
func (s *score) Hold(task string, reports int) { s.note(func() { s.held[task] = reports }) }

// Release lets tasks that stand still go on, and none stand still from now on.
func (s *score) Release() {
	s.note(func() {
		clear(s.held)
		s.waiting = 0
		close(s.release)
		s.release = make(chan struct{})
	})
}

// note changes something and wakes who waits.
func (s *score) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}

// wait waits until something is so, which it looks at with mu held.
func (s *score) wait(so func() bool) {
	for {
		s.mu.Lock()
		changed, done := s.changed, so()
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			return
		}
	}
}

// Ended waits until so many runs have ended since the story began.
func (s *score) Ended(runs int) error {
	s.wait(func() bool { return s.runs >= runs })
	return context.Cause(s.ctx)
}

// Asked waits until so many questions were asked since the story began.
func (s *score) Asked(questions int) error {
	s.wait(func() bool { return s.questions >= questions })
	return context.Cause(s.ctx)
}

// Held waits until as many tasks stand still. One that has too little to do ends before.
func (s *score) Held(tasks int) error {
	var held, runs int
	s.note(func() { runs = s.runs })
	s.wait(func() bool { held = s.waiting; return held >= tasks || s.runs > runs })
	if held < tasks {
		return cmp.Or(context.Cause(s.ctx), errors.New("a task was to stand still and has ended: the sample is too small"))
	}
	return nil
}
