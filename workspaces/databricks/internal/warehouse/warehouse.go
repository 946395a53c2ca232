// Package warehouse runs statements on a SQL warehouse of Databricks through the Statement Execution API
// (https://docs.databricks.com/api/workspace/statementexecution).
//
// A statement is started without waiting for it, so that its number is known at once, and is then polled, at most every few
// seconds. It ends with its caller: whoever stops waiting for it, because a context ends or its state is not to be had any
// more, cancels it in the warehouse too, where it would go on otherwise.
//
// The results of Run come as text, a null apart from an empty text, and whole: they are meant for schemas, counts and figures of a
// table. Its rows come from Rows, one part after the other.
package warehouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/sql"

	"featops/workspaces/databricks/internal/connect"
)

const (
	path      = "/api/2.0/sql/statements/"
	firstPoll = 100 * time.Millisecond
	lastPoll  = 5 * time.Second // the pause doubles up to this
	cancelFor = 10 * time.Second
	mostFails = 120 // polls one after another: for ten minutes and more, in which a network or a token may come back
)

// Options says which warehouse, and where statements find tables that they name without a catalog and a database.
type Options struct {
	Connection *connect.Connection
	ID         string // of the warehouse
	Catalog    string // may be empty: the workspace's own
	Database   string // may be empty: default
	Log        *slog.Logger
	// Pause waits between polls; nil: by the clock.
	Pause func(context.Context, time.Duration) error
}

// Warehouse runs statements. Its methods may be called from several goroutines at once.
type Warehouse struct{ options Options }

// New makes a warehouse. It does not reach for it.
func New(o Options) *Warehouse {
	if o.Pause == nil {
		o.Pause = pause
	}
	return &Warehouse{options: o}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// reply is an answer of the API. The SDK's own type reads a null in the data as an empty text.
type reply struct {
	ID       string              `json:"statement_id"`
	Status   sql.StatementStatus `json:"status"`
	Manifest *sql.ResultManifest `json:"manifest"`
	Result   *chunk              `json:"result"`
}

// chunk is a part of a result: its data, or where they are.
type chunk struct {
	Data  [][]*string `json:"data_array"`
	Next  string      `json:"next_chunk_internal_link"`
	Links []link      `json:"external_links"`
}

// None reports whether the workspace has no warehouse, so that no statement can be run.
func (w *Warehouse) None() bool { return w.options.ID == "" }

// ErrNone says that a workspace has no warehouse.
var ErrNone = errors.New("the workspace names no SQL warehouse, which its tables are read and written with: give it one with the key warehouse")

// Run runs one statement to its end. what says what for, as in "merge fs_cus_transactions". The error is a
// *StatementError when the warehouse refuses the statement or fails in it, and a *[connect.Error] when it is not reached.
func (w *Warehouse) Run(ctx context.Context, what, statement string) (*Result, error) {
	r, err := w.carryOut(ctx, what, sql.ExecuteStatementRequest{
		Statement: statement, Disposition: sql.DispositionInline, Format: sql.FormatJsonArray,
	})
	if err != nil {
		return nil, err
	}
	return w.result(ctx, what, r)
}

// carryOut runs a statement to its end.
func (w *Warehouse) carryOut(ctx context.Context, what string, x sql.ExecuteStatementRequest) (r reply, err error) {
	if w.None() {
		return r, fmt.Errorf("%s: %w", what, ErrNone)
	}
	w.options.Log.DebugContext(ctx, "statement", "what", what, "sql", x.Statement)
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	x.WarehouseId, x.Catalog, x.Schema, x.WaitTimeout = w.options.ID, w.options.Catalog, w.options.Database, "0s"
	// Whoever starts a statement must learn its number, to be able to cancel it.
	err = w.options.Connection.Do(context.WithoutCancel(ctx), what, func(ctx context.Context, c *client.DatabricksClient) error {
		return c.Do(ctx, "POST", path, jsonHeaders(), nil, x, &r)
	})
	if err != nil {
		return r, err
	}
	if r.ID == "" || r.Status.State == "" {
		return r, fmt.Errorf("%s: the warehouse answers without the number or the state of the statement", what)
	}
	err = w.await(ctx, what, &r)
	if err != nil && !errors.As(err, new(*StatementError)) {
		w.cancel(ctx, what, r.ID)
	}
	return r, err
}

// await polls a statement until it has ended. A poll that fails for the moment is made again: the statement goes on
// meanwhile.
func (w *Warehouse) await(ctx context.Context, what string, r *reply) error {
	failed := 0
	for wait := firstPoll; ; wait = min(2*wait, lastPoll) {
		switch r.Status.State {
		case sql.StatementStatePending, sql.StatementStateRunning:
		case sql.StatementStateSucceeded:
			return nil
		default:
			return statementError(what, r.ID, r.Status)
		}
		err := w.options.Pause(ctx, wait)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		id, next := r.ID, reply{}
		err = w.get(ctx, what, path+url.PathEscape(id), &next)
		if err == nil && next.Status.State == "" {
			err = &connect.Error{What: what, Kind: connect.Garbled, Err: errors.New("it tells no state of the statement")}
		}
		if err == nil {
			*r, failed = next, 0
			r.ID = id
			continue
		}
		if failed++; ctx.Err() != nil || failed == mostFails || !passing(err) {
			return err
		}
		w.options.Log.DebugContext(ctx, "the state of a statement was not to be had, asking again", "what", what, "error", err)
	}
}

// passing reports whether a failed call may succeed a little later. Credentials that are refused are fetched anew for the next one.
func passing(err error) bool {
	var e *connect.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Kind {
	case connect.NoHost, connect.Unreachable, connect.Slow, connect.Busy, connect.Faulty, connect.Garbled, connect.Unauthorized, connect.NoSignIn:
		return true
	}
	return false
}

func (w *Warehouse) get(ctx context.Context, what, from string, into any) error {
	return w.options.Connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) error {
		return c.Do(ctx, "GET", from, jsonHeaders(), nil, nil, into)
	})
}

// cancel asks the warehouse to stop a statement. Its caller has gone, so that its failure is logged only.
func (w *Warehouse) cancel(ctx context.Context, what, id string) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), cancelFor)
	defer done()
	err := w.options.Connection.Do(ctx, "cancel: "+what, func(ctx context.Context, c *client.DatabricksClient) error {
		return c.Do(connect.Repeatable(ctx), "POST", path+url.PathEscape(id)+"/cancel", jsonHeaders(), nil, struct{}{}, nil)
	})
	if err != nil {
		w.options.Log.WarnContext(ctx, "a statement could not be cancelled and may go on in the warehouse", "statement", id, "what", what, "error", err)
	}
}

func jsonHeaders() map[string]string {
	return map[string]string{"Accept": "application/json", "Content-Type": "application/json"}
}

// StatementError is a statement that the warehouse did not carry out.
type StatementError struct {
	What    string // was tried
	ID      string // of the statement, for the query history of the workspace
	State   sql.StatementState
	Code    string // such as BAD_REQUEST; may be empty
	Message string
}

func statementError(what, id string, s sql.StatementStatus) error {
	e := &StatementError{What: what, ID: id, State: s.State}
	if s.Error != nil {
		e.Code, e.Message = string(s.Error.ErrorCode), s.Error.Message
	}
	return e
}

// Condition is the error condition of the message, such as TABLE_OR_VIEW_NOT_FOUND
// (https://docs.databricks.com/error-messages/error-classes.html); empty when it names none.
func (e *StatementError) Condition() string {
	if _, rest, ok := strings.Cut(e.Message, "["); ok {
		if name, _, ok := strings.Cut(rest, "]"); ok {
			name, _, _ = strings.Cut(name, ".")
			return name
		}
	}
	return ""
}

func (e *StatementError) Error() string {
	switch {
	case e.State == sql.StatementStateCanceled:
		return fmt.Sprintf("%s: somebody cancelled the statement %s in the warehouse", e.What, e.ID)
	case e.State == sql.StatementStateClosed:
		return fmt.Sprintf("%s: the result of the statement %s is no longer there", e.What, e.ID)
	case e.Message != "":
		return e.What + ": " + e.Message
	}
	return fmt.Sprintf("%s: the statement %s ended as %s", e.What, e.ID, e.State)
}
