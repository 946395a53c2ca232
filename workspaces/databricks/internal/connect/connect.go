// Package connect reaches the REST interface of one Databricks workspace through the vendor's SDK, in the way that a
// console wants it:
//
//   - New does no I/O. The first call signs in, in the background, so that a host that is slow or dead costs its
//     callers the time that they gave and nobody else anything. A sign-in that failed is forgotten: the next call tries again, with
//     the token as it then is. The same happens after a token is refused.
//   - Which credentials go to which host is decided by the configuration alone (see Options): the environment never
//     sends a workspace to another host, nor a token to a host that it was not meant for.
//   - Every call has a deadline. What may be repeated is, when the workspace says that it is busy or broken, as
//     late as it says; what may not be repeated never is (see transport).
//   - Calls are counted, and every credential that is sent is first given to whoever hides secrets.
package connect

import (
	"context"
	"errors"
	"featops/workspaces"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/databricks/databricks-sdk-go/apierr"
	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/logger"
)

// Options says how a workspace is reached: by a profile, or by a host with a token, or by a host alone. For the last
// the SDK looks for what this machine can sign in with (OAuth, Azure, Google, OIDC), in variables too, but takes neither a host nor
// a token nor a password from them: those say nothing of which workspace they are for.
type Options struct {
	Host       string // https://…; empty with a profile, which has it
	Profile    string // of the file of profiles
	ConfigFile string // that file; empty: ~/.databrickscfg
	// Token fetches the personal access token, at every sign-in; nil: there is none.
	Token func(context.Context) (string, error)
	// Environ is the environment, for ways to sign in that use it.
	Environ func(name string) (string, bool)

	Timeout   time.Duration     // of a call with all that is repeated in it, and of a sign-in
	Rate      int               // calls a second at most; 0: 15
	Transport http.RoundTripper // nil: the standard one
	Redact    func(secrets ...string)
	Log       *slog.Logger
	Now       func() time.Time
	// Pause waits before a call is repeated; nil: by the clock, and a little longer, so that those who were
	// refused together do not come back together.
	Pause func(context.Context, time.Duration) error
}

// Connection is a way to a workspace. Its methods may be called from several goroutines at once.
type Connection struct {
	options   Options
	transport *transport

	ctx    context.Context // of sign-ins; ends with Close
	cancel context.CancelFunc

	mu      sync.Mutex
	current *signIn
}

// signIn is one attempt to sign in; client and err are there when done is closed.
type signIn struct {
	done   chan struct{}
	client *client.DatabricksClient
	err    error
}

// New makes a connection and does not use it.
func New(o Options) *Connection {
	c := &Connection{options: o, transport: newTransport(o)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Do makes one request, or a few that belong together, within the time of a call. what says what for, as in "list the
// jobs". The error is an *Error, unless ctx ended.
func (c *Connection) Do(ctx context.Context, what string, f func(context.Context, *client.DatabricksClient) error) error {
	return c.DoWithin(ctx, c.options.Timeout, what, f)
}

// DoWithin is Do for what takes longer than a call, such as to send a file.
func (c *Connection) DoWithin(ctx context.Context, d time.Duration, what string, f func(context.Context, *client.DatabricksClient) error) error {
	limited, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	limited = logger.NewContext(limited, sdkLog{c.options.Log})
	s := c.begin()
	err := s.wait(limited)
	if err == nil {
		err = f(limited, s.client)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return context.Cause(ctx)
	}
	if errors.Is(err, apierr.ErrUnauthenticated) {
		c.forget(s)
	}
	return failure(what, err, c.Hide)
}

// Hide takes the credentials that were sent out of a text of the workspace.
func (c *Connection) Hide(text string) string { return c.transport.without(text) }

// begin is the sign-in to use, which may be under way.
func (c *Connection) begin() *signIn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		s := &signIn{done: make(chan struct{})}
		c.current = s
		go func() {
			defer close(s.done)
			defer func() {
				if p := recover(); p != nil {
					s.err = fmt.Errorf("sign in: panic: %v\n%s", p, debug.Stack())
				}
				if s.err != nil {
					c.forget(s)
				}
			}()
			ctx, cancel := context.WithTimeout(c.ctx, c.options.Timeout)
			defer cancel()
			s.client, s.err = c.dial(ctx)
		}()
	}
	return c.current
}

// forget makes the next call sign in anew.
func (c *Connection) forget(s *signIn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == s {
		c.current = nil
	}
}

func (s *signIn) wait(ctx context.Context) error {
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
		return fmt.Errorf("sign in: %w", ctx.Err())
	}
}

// Usage tells what the calls have cost lately.
func (c *Connection) Usage() workspaces.Usage { return c.transport.usage() }

// Close ends a sign-in that is under way. It waits for it, but not for a program that the SDK started to sign in and that
// does not end: nobody needs its answer.
func (c *Connection) Close() error {
	c.cancel()
	c.mu.Lock()
	s := c.current
	c.mu.Unlock()
	if s != nil {
		select {
		case <-s.done:
		case <-time.After(time.Second):
		}
	}
	return nil
}
