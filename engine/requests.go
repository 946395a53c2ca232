package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"featops/engine/journal"
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
	Start    *StartRun       `json:"start_run,omitempty"`
	Cancel   *CancelRun      `json:"cancel_run,omitempty"`
	Repair   *RepairRun      `json:"repair_run,omitempty"`
	Pause    *PauseJob       `json:"pause_job,omitempty"`
	Build    *BuildTable     `json:"build_table,omitempty"`
	Register *RegisterTables `json:"register_tables,omitempty"`
	Restore  *RestoreTable   `json:"restore_table,omitempty"`
	Answer   *AnswerQuestion `json:"answer_question,omitempty"`

	// Through says that the reply comes when the run that the command is about has ended.
	Through bool `json:"through,omitempty"`
}

// toHand makes a command ready for its way. ok is false for one that each process carries out itself.
func toHand(c Command) (h handed, ok bool) {
	switch c := c.(type) {
	case StartRun:
		h.Start = &c
	case CancelRun:
		h.Cancel = &c
	case RepairRun:
		h.Repair = &c
	case PauseJob:
		h.Pause = &c
	case BuildTable:
		h.Build = &c
	case RegisterTables:
		h.Register = &c
	case RestoreTable:
		h.Restore = &c
	case AnswerQuestion:
		h.Answer = &c
	default:
		return h, false
	}
	return h, true
}

// command is what was handed over, nil for one that this featops does not know, and what it is in a few words.
func (h handed) command() (c Command, what string) {
	switch {
	case h.Start != nil:
		return *h.Start, "start a job in " + h.Start.Workspace
	case h.Cancel != nil:
		return *h.Cancel, fmt.Sprintf("cancel run %d in %s", h.Cancel.Run, h.Cancel.Workspace)
	case h.Repair != nil:
		return *h.Repair, fmt.Sprintf("repair run %d in %s", h.Repair.Run, h.Repair.Workspace)
	case h.Pause != nil && h.Pause.Paused:
		return *h.Pause, "pause a job in " + h.Pause.Workspace
	case h.Pause != nil:
		return *h.Pause, "resume a job in " + h.Pause.Workspace
	case h.Build != nil:
		return *h.Build, "build " + h.Build.Table
	case h.Register != nil:
		return *h.Register, "register " + strings.Join(h.Register.Tables, ", ")
	case h.Restore != nil:
		return *h.Restore, fmt.Sprintf("restore %s to version %d", h.Restore.Table, h.Restore.Version)
	case h.Answer != nil:
		return *h.Answer, "answer question " + h.Answer.Question
	}
	return nil, "something that this featops does not know"
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
	var h handed
	var reply handedReply
	err := json.Unmarshal(r.Command, &h)
	_, what := h.command()
	e.log.InfoContext(ctx, "another process asks: "+what)
	if err == nil {
		reply.Reply, err = e.handle(ctx, h)
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

func (e *Engine) handle(ctx context.Context, h handed) (reply Reply, err error) {
	defer recovered("carry out a request", &err)
	c, _ := h.command()
	if c == nil {
		return Reply{}, errors.New("the process that holds the home does not know what was asked: it is an older featops")
	}
	switch c := c.(type) {
	case RepairRun:
		if h.Through {
			s, err := e.repairThrough(ctx, c)
			return Reply{Summary: &s}, err
		}
	case CancelRun:
		if h.Through {
			run, err := e.StopRun(ctx, c)
			return Reply{Ended: &run}, err
		}
	}
	return e.Do(ctx, c)
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

// HandOver gives a command to the engine that holds the home, and waits until that has seen it through, a run to its
// end. An engine that only looks does this. told is called once the other has taken it up. ErrReleased says that nobody
// holds the home any longer: the caller can do it itself.
func (e *Engine) HandOver(ctx context.Context, c Command, told func()) (Reply, error) {
	h, ok := toHand(c)
	if !ok {
		return Reply{}, fmt.Errorf("%T cannot be handed over", c)
	}
	h.Through = true
	return e.handOver(ctx, h, told)
}

func (e *Engine) handOver(ctx context.Context, h handed, told func()) (Reply, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return Reply{}, err
	}
	if holder, err := holderOf(e.config.Home); err != nil || holder == nil {
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
		now := e.now()
		switch {
		case ctx.Err() != nil:
			return Reply{}, stopWaiting(ctx, j, id)
		case errors.Is(err, journal.ErrUnknown) && !taken && now.Sub(asked) >= requestLife:
			return Reply{}, e.notTaken()
		case errors.Is(err, journal.ErrUnknown): // by the next process that holds the home
			return Reply{}, errHolderEnded
		case err != nil:
			return Reply{}, err
		case r.Reply != nil:
			reply, err := decodeReply(r.Reply)
			return reply, errors.Join(err, j.PutAway(context.WithoutCancel(ctx), id))
		case !r.Taken.IsZero() && !taken:
			taken = true
			told()
		case now.Sub(looked) >= lookAtHolder:
			looked = now
			if err := e.lookForHolder(ctx, j, id, taken, now.Sub(asked)); err != nil {
				return Reply{}, err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// stopWaiting takes back what was not taken up. What was goes on.
func stopWaiting(ctx context.Context, j *journal.Journal, id int64) error {
	withdrawn, err := j.Withdraw(context.WithoutCancel(ctx), id)
	if withdrawn {
		return fmt.Errorf("%w; nobody had taken it up, nothing was done", context.Cause(ctx))
	}
	return errors.Join(context.Cause(ctx), err)
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

// errHolderEnded says that what was handed over may be done in part.
var errHolderEnded = errors.New("the process that held the home has ended before it was done: `featops status` tells how far it came, and `featops repair` goes on from there")

// notTaken says that nothing was done.
func (e *Engine) notTaken() error {
	return fmt.Errorf("the process that holds %s did not take it up within %s: it may work in another environment than %s, or on a command that takes no requests; nothing was done",
		e.config.Home, requestLife, e.config.Env)
}

// lookForHolder is an error when nobody will carry out a request any more.
func (e *Engine) lookForHolder(ctx context.Context, j *journal.Journal, id int64, taken bool, waited time.Duration) error {
	holder, err := holderOf(e.config.Home)
	switch {
	case err != nil:
		return err
	case taken && holder == nil:
		return errHolderEnded
	case taken || holder != nil && waited < requestLife:
		return nil
	}
	withdrawn, err := j.Withdraw(ctx, id)
	switch {
	case err != nil:
		return err
	case withdrawn && holder == nil:
		return ErrReleased
	case withdrawn:
		return e.notTaken()
	}
	return nil // it was taken up just now
}
