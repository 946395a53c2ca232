package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"featops/engine/journal"

	"github.com/gofrs/flock"
)

// One engine holds a home; what others want to be done in it they ask of that one. They meet in the journal.

const (
	// lookAtRequests is how often the holder looks whether the journal was written to.
	lookAtRequests = 500 * time.Millisecond
	// requestLife is how long a request waits to be taken up before both sides forget it: nothing that somebody once
	// asked for happens later by surprise.
	requestLife = 10 * time.Second
	// lookAtReply is how often who asked looks for the reply, and lookAtHolder for the life of the holder.
	lookAtReply  = 200 * time.Millisecond
	lookAtHolder = 2 * time.Second
)

// handed is a command on its way to another process, one of the fields.
type handed struct {
	Repair *RepairRun `json:"repair_run,omitempty"`
	Cancel *CancelRun `json:"cancel_run,omitempty"`
	Pause  *PauseJob  `json:"pause_job,omitempty"`
}

func (h handed) String() string {
	switch {
	case h.Repair != nil:
		return fmt.Sprintf("repair run %d in %s", h.Repair.Run, h.Repair.Workspace)
	case h.Cancel != nil:
		return fmt.Sprintf("cancel run %d in %s", h.Cancel.Run, h.Cancel.Workspace)
	case h.Pause != nil && h.Pause.Paused:
		return "pause a job in " + h.Pause.Workspace
	case h.Pause != nil:
		return "resume a job in " + h.Pause.Workspace
	}
	return "something that this featops does not know"
}

// handedReply is what comes back.
type handedReply struct {
	Reply
	Error   string `json:"error,omitempty"`
	Invalid bool   `json:"invalid,omitempty"` // the error is an InvalidError
}

// serveRequests carries out what other processes ask for, until ctx ends.
func (e *Engine) serveRequests(ctx context.Context) error {
	tick := time.NewTicker(lookAtRequests)
	defer tick.Stop()
	seen := int64(-1)
	for {
		written, err := e.journal.Written(ctx)
		if err == nil && written != seen {
			seen = written
			now := e.now()
			var requests []journal.Request
			requests, err = e.journal.TakeRequests(ctx, now.Add(-requestLife), now)
			for _, r := range requests {
				e.serving.Add(1)
				e.spawn(fmt.Sprintf("carry out request %d", r.ID), func(ctx context.Context) error {
					defer e.serving.Done()
					return e.carryOut(ctx, r)
				})
			}
		}
		if err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "cannot look for requests of other processes", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// carryOut does what a request asks for, to its end, and replies.
func (e *Engine) carryOut(ctx context.Context, r journal.Request) error {
	var c handed
	var reply handedReply
	err := json.Unmarshal(r.Command, &c)
	e.log.InfoContext(ctx, "another process asks: "+c.String())
	if err == nil {
		reply.Reply, err = e.handle(ctx, c)
	}
	if err != nil {
		var invalid *InvalidError
		reply.Error, reply.Invalid = err.Error(), errors.As(err, &invalid)
	}
	text, err := json.Marshal(reply)
	if err != nil {
		return err
	}
	return e.journal.ReplyTo(context.WithoutCancel(ctx), r.ID, text)
}

func (e *Engine) handle(ctx context.Context, c handed) (reply Reply, err error) {
	defer recovered("carry out a request", &err)
	switch {
	case c.Repair != nil:
		s, err := e.repairThrough(ctx, *c.Repair)
		return Reply{Summary: &s}, err
	case c.Cancel != nil:
		run, err := e.StopRun(ctx, *c.Cancel)
		return Reply{Ended: &run}, err
	case c.Pause != nil:
		return e.Do(ctx, *c.Pause)
	}
	return Reply{}, errors.New("the process that holds the home does not know what was asked: it is an older featops")
}

// finishRequests takes up no further requests, and waits for those that were, no longer than ctx.
func (e *Engine) finishRequests(ctx context.Context) {
	e.stopServing()
	<-e.served
	done := make(chan struct{})
	go func() {
		e.serving.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// ErrReleased says that nobody holds the home any longer, and that the request was not taken up.
var ErrReleased = errors.New("the home is held no longer")

// HandOver gives a command to the engine that holds the home, and waits until that has seen it through. An engine
// that only looks does this. told is called once the other has taken it up. ErrReleased says that nobody holds the home any
// longer: the caller can do it itself.
func (e *Engine) HandOver(ctx context.Context, c Command, told func()) (Reply, error) {
	var h handed
	switch c := c.(type) {
	case RepairRun:
		h.Repair = &c
	case CancelRun:
		h.Cancel = &c
	case PauseJob:
		h.Pause = &c
	default:
		return Reply{}, fmt.Errorf("%T cannot be handed over", c)
	}
	text, err := json.Marshal(h)
	if err != nil {
		return Reply{}, err
	}
	if free, err := e.homeIsFree(); err != nil || free {
		return Reply{}, errors.Join(err, ErrReleased)
	}
	j, err := journal.Open(ctx, e.plan().JournalFile(), journal.Options{Beside: true})
	if err != nil {
		return Reply{}, err
	}
	reply, err := e.awaitReply(ctx, j, text, told)
	return reply, errors.Join(err, j.Close())
}

func (e *Engine) awaitReply(ctx context.Context, j *journal.Journal, command []byte, told func()) (Reply, error) {
	asked := e.now()
	id, err := j.Ask(ctx, command, asked)
	if err != nil {
		return Reply{}, err
	}
	tick := time.NewTicker(lookAtReply)
	defer tick.Stop()
	taken, looked := false, asked
	for {
		r, err := j.Request(ctx, id)
		if err != nil && !errors.Is(err, journal.ErrUnknown) {
			return Reply{}, err
		}
		switch now := e.now(); {
		case r.Reply != nil:
			_, err := j.Withdraw(context.WithoutCancel(ctx), id)
			reply, errReply := decodeReply(r.Reply)
			return reply, errors.Join(errReply, err)
		case !r.Taken.IsZero() && !taken:
			taken = true
			told()
		case now.Sub(looked) >= lookAtHolder || err != nil:
			looked = now
			if err := e.lookForHolder(ctx, j, id, taken, now.Sub(asked)); err != nil {
				return Reply{}, err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Reply{}, context.Cause(ctx)
		}
	}
}

func decodeReply(text []byte) (Reply, error) {
	var r handedReply
	err := json.Unmarshal(text, &r)
	switch {
	case err != nil:
		return r.Reply, fmt.Errorf("read the reply: %w", err)
	case r.Invalid:
		return r.Reply, &InvalidError{r.Error}
	case r.Error != "":
		return r.Reply, errors.New(r.Error)
	}
	return r.Reply, nil
}

// lookForHolder is an error when nobody will carry out a request any more.
func (e *Engine) lookForHolder(ctx context.Context, j *journal.Journal, id int64, taken bool, waited time.Duration) error {
	free, err := e.homeIsFree()
	if err != nil {
		return err
	}
	if taken && free {
		return errors.New("the process that had taken it up has stopped before it was done: `featops status` tells how far it came, and `featops repair` goes on from there")
	}
	if taken || !free && waited < requestLife {
		return nil
	}
	withdrawn, err := j.Withdraw(ctx, id)
	switch {
	case err != nil:
		return err
	case free:
		return ErrReleased
	case withdrawn:
		return fmt.Errorf("the process that holds %s did not take it up within %s: it may work in another environment than %s, or on a command that takes no requests; nothing was done",
			e.config.Home, requestLife, e.config.Env)
	}
	return nil // it was taken up just now
}

// homeIsFree reports whether no engine holds the home.
func (e *Engine) homeIsFree() (bool, error) {
	l := flock.New(filepath.Join(e.config.Home, "featops.lock"))
	got, err := l.TryLock()
	if err != nil {
		return false, fmt.Errorf("see whether the home is held: %w", err)
	}
	return got, l.Close()
}
