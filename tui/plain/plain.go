// Package plain is the console in lines: for screen readers, for terminals that cannot move a cursor, for scripts. It tells
// in sentences what changes, one a line, and takes commands, one a line. Nothing is drawn over, framed or animated, and
// what has been said is not said again.
//
// One goroutine, Run's own, says everything. Another reads the lines that are typed; a third, for each command to the engine,
// waits for its answer, so that a question can be answered while a command waits for that.
package plain

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/workspaces"
)

// Engine is what the plain console needs of an engine.
type Engine interface {
	Snapshot() *engine.Snapshot
	Subscribe() *engine.Subscription
	Do(ctx context.Context, c engine.Command) (engine.Reply, error)
}

// Options says what the plain console works with. All but ReadOnly and Beside must be set.
type Options struct {
	Engine   Engine
	Lines    func(f logs.Filter, limit int) []logs.Line // the newest lines of the log, the oldest first
	In       io.Reader
	Out      io.Writer
	User     string // recorded as who answered a question
	Now      func() time.Time
	ReadOnly string // why it can only look; empty: it can do everything
	Beside   bool   // another process does the work, and what is typed here too

	Status   func(w io.Writer, s *engine.Snapshot, now time.Time) // writes what every workspace does
	Question func(q workspaces.Question) string                   // tells what a question is about, and what each answer does
}

// console is one run of the plain console.
type console struct {
	Options
	ctx  context.Context
	work sync.WaitGroup // commands under way
	done chan finished

	commands int              // under way
	expected map[runKey]int64 // repairs, or 0, of runs that were asked for here and that the engine does not show yet
	failing  map[string]bool  // workspaces that cannot be reached, as was said
	worker   string           // who does the work, as was said
	question asked
	sure     bool // quit was typed, and told what it would end
	leaving  bool // it ends when nothing is under way
	quiet    int  // ticks since anything happened or was under way
	quit     bool
}

// endings is how many quiet ticks make an end, once the input has ended: what a run has finished may have to be registered.
const endings = 2

// feed is a queue of the engine's events.
type feed interface {
	Wake() <-chan struct{}
	Take() []engine.Event
}

// Run talks until somebody quits or the input has ended and so has everything under way, which is no error, or until ctx
// ends, with its cause as the error. It starts and stops nothing in the engine.
func Run(ctx context.Context, o Options) error {
	events := o.Engine.Subscribe()
	defer events.Close()
	return run(ctx, o, events)
}

func run(ctx context.Context, o Options, events feed) error {
	ctx, cancel := context.WithCancel(ctx)
	c := &console{Options: o, ctx: ctx, done: make(chan finished), expected: map[runKey]int64{}, failing: map[string]bool{}}
	defer c.work.Wait()
	defer cancel()
	lines, stop := read(o.In)
	defer stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()

	c.say("featops, without a screen. Type help for the commands, quit to leave.")
	if o.ReadOnly != "" {
		c.say("This one is %s: it changes nothing and answers nothing.", o.ReadOnly)
	}
	c.tellWorker()
	c.attend()
	for !c.quit && !(c.leaving && c.looked() && c.quiet >= endings) {
		typed := lines
		if !c.looked() {
			typed = nil // what is typed ahead waits until there is something to act on
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("console: %w", context.Cause(ctx))
		case line, more := <-typed:
			if more {
				c.command(line)
				break
			}
			lines, c.leaving, c.quiet = nil, true, 0
			c.say("The input has ended. featops ends when nothing is under way.")
		case <-events.Wake():
			c.quiet = 0
			for _, e := range events.Take() {
				c.tell(e)
			}
		case f := <-c.done:
			c.finished(f)
		case <-tick.C:
			if c.quiet++; len(c.underWay()) > 0 {
				c.quiet = 0
			}
		}
		c.tellWorker()
		c.attend()
	}
	return nil
}

// say writes a sentence. What it tells of may be foreign: nothing in it moves the cursor.
func (c *console) say(format string, args ...any) {
	fmt.Fprintln(c.Out, logs.OneLine(fmt.Sprintf(format, args...)))
}

// looked reports whether every workspace has been looked at once.
func (c *console) looked() bool {
	for _, w := range c.Engine.Snapshot().Workspaces {
		if w.Polled.IsZero() {
			return false
		}
	}
	return true
}

// finished is how a command to the engine ended.
type finished struct {
	what    string
	command engine.Command
	then    func(engine.Reply) // called in Run's goroutine; nil: events tell what came of it
	reply   engine.Reply
	err     error
}

// do gives the engine a command. What comes of it is said when it is known.
func (c *console) do(what string, command engine.Command, then func(engine.Reply)) {
	if c.ReadOnly != "" {
		c.say("Cannot %s: %s.", what, c.ReadOnly)
		return
	}
	c.commands++
	c.work.Go(func() {
		f := finished{what: what, command: command, then: then}
		func() {
			defer func() {
				if p := recover(); p != nil {
					f.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
				}
			}()
			f.reply, f.err = c.Engine.Do(c.ctx, command)
		}()
		select {
		case c.done <- f:
		case <-c.ctx.Done():
		}
	})
}

func (c *console) finished(f finished) {
	c.commands--
	switch {
	case f.err != nil:
		c.say("Could not %s: %s.", f.what, f.err)
		if a, ok := f.command.(engine.AnswerQuestion); ok && a.Question == c.question.ID {
			c.question.answered = false
		}
	case f.then != nil:
		f.then(f.reply)
	}
}
