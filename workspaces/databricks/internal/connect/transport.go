package connect

import (
	"bytes"
	"context"
	"errors"
	"featops/workspaces"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	attempts   = 5                // at most, the first included
	firstPause = time.Second      // doubled before each further attempt, where the workspace names no time
	longest    = 30 * time.Second // pause that is waited for
	window     = time.Minute      // over which calls are counted
	largeBody  = 1 << 20          // bytes of a request; larger ones are streams, and sent once
	remembered = 10               // credentials that are taken out of what the workspace says
)

// transport sends requests. It repeats those that the workspace refused because there are too many, and those that failed on
// the workspace's side or on the way, if they may be repeated: all that only read, and what Repeatable allows. While the workspace
// says that it is busy nothing is sent to it.
type transport struct {
	base   http.RoundTripper
	pause  func(context.Context, time.Duration) error
	now    func() time.Time
	redact func(...string)
	log    *slog.Logger

	timeout time.Duration // of a call with all its repetitions

	mu        sync.Mutex
	calls     []time.Time
	refused   []time.Time
	busyUntil time.Time
	sent      []string // the credentials that were sent lately, the newest first
}

func newTransport(o Options) *transport {
	t := &transport{base: o.Transport, pause: o.Pause, now: o.Now, redact: o.Redact, log: o.Log, timeout: o.Timeout}
	if t.base == nil {
		t.base = http.DefaultTransport.(*http.Transport).Clone()
	}
	if t.pause == nil {
		t.pause = pause
	}
	return t
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d + rand.N(d/4+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

type repeatable struct{}

// Repeatable says of requests that change something that they may be sent twice.
func Repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatable{}, true)
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	t.hide(r.Header.Get("Authorization"))
	r, again, err := replay(r)
	if err != nil {
		return nil, err
	}
	first := t.now()
	fits := func(pause time.Duration) bool { return t.fits(ctx, t.now().Sub(first)+pause, pause) }
	for n := 1; ; n++ {
		if wait := t.busy(); wait > 0 && fits(wait) {
			if err := t.pause(ctx, wait); err != nil {
				return nil, err
			}
		}
		began := t.now()
		t.count()
		response, err := t.base.RoundTrip(r)
		if err == nil {
			err = complete(response)
		}
		if err != nil {
			response = nil
		}
		t.tell(r, response, err, t.now().Sub(began))
		delay := t.delay(response, n)
		if n == attempts || again == nil || !worth(r, response, err) || ctx.Err() != nil || !fits(delay) {
			return response, err
		}
		if response != nil {
			io.Copy(io.Discard, io.LimitReader(response.Body, largeBody))
			response.Body.Close()
		}
		if err := t.pause(ctx, delay); err != nil {
			return nil, err
		}
		r = again()
	}
}

// complete reads an answer in JSON to its end, so that one that is cut on its way can be asked for again. Others may be streams.
func complete(response *http.Response) error {
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		return nil
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(text))
	return nil
}

// fits reports whether there is time for a pause, and for an answer after it. Otherwise what is known already is the better answer.
func (t *transport) fits(ctx context.Context, total, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return total < t.timeout && (!ok || time.Until(deadline) > pause)
}

// replay gives a request to send, and others to send in its place; nil where there is no second one to be had.
func replay(r *http.Request) (first *http.Request, again func() *http.Request, err error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, func() *http.Request { return r.Clone(r.Context()) }, nil
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, largeBody+1))
	if err != nil {
		return nil, nil, errors.Join(err, r.Body.Close())
	}
	if len(head) > largeBody {
		first = r.Clone(r.Context())
		first.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(head), r.Body), r.Body}
		return first, nil, nil
	}
	if err := r.Body.Close(); err != nil {
		return nil, nil, err
	}
	again = func() *http.Request {
		c := r.Clone(r.Context())
		c.Body, c.ContentLength = io.NopCloser(bytes.NewReader(head)), int64(len(head))
		return c
	}
	return again(), again, nil
}

// worth reports whether a request should be sent again. What the workspace refused for being too much it has not begun.
func worth(r *http.Request, response *http.Response, err error) bool {
	if response != nil && response.StatusCode == http.StatusTooManyRequests {
		return true
	}
	harmless := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Context().Value(repeatable{}) != nil
	return harmless && (err != nil || response.StatusCode >= 500)
}

// delay is how long to wait before attempt n is repeated. A workspace that says that it is busy is left alone by all.
func (t *transport) delay(response *http.Response, n int) time.Duration {
	d := firstPause << (n - 1)
	if response == nil {
		return d
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		d = min(time.Duration(seconds)*time.Second, longest)
	}
	if response.StatusCode == http.StatusTooManyRequests {
		t.mu.Lock()
		defer t.mu.Unlock()
		now := t.now()
		t.refused = append(recent(t.refused, now), now)
		t.busyUntil = now.Add(d)
	}
	return d
}

func (t *transport) busy() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.busyUntil.Sub(t.now())
}

func (t *transport) count() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.calls = append(recent(t.calls, now), now)
}

// recent drops what is older than the window.
func recent(times []time.Time, now time.Time) []time.Time {
	for len(times) > 0 && now.Sub(times[0]) >= window {
		times = times[1:]
	}
	return times
}

func (t *transport) usage() workspaces.Usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.calls, t.refused = recent(t.calls, now), recent(t.refused, now)
	u := workspaces.Usage{Calls: len(t.calls), Refused: len(t.refused)}
	if t.busyUntil.After(now) {
		u.BusyUntil = t.busyUntil
	}
	return u
}

// hide gives a credential to whoever hides secrets, before it is used.
func (t *transport) hide(authorization string) {
	_, credential, _ := strings.Cut(authorization, " ")
	t.mu.Lock()
	defer t.mu.Unlock()
	if credential != "" && !slices.Contains(t.sent, credential) {
		t.sent = slices.Insert(t.sent, 0, credential)
		t.sent = t.sent[:min(len(t.sent), remembered)]
		t.redact(credential)
	}
}

// without takes the credentials that were sent out of a text: a workspace, or a proxy before it, may say them back.
func (t *transport) without(text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, credential := range t.sent {
		text = strings.NewReplacer(credential, "***", url.QueryEscape(credential), "***").Replace(text)
	}
	return text
}

// tell logs a request: neither its body, nor its parameters, nor what was answered, which may all be secret.
func (t *transport) tell(r *http.Request, response *http.Response, err error, took time.Duration) {
	path := r.URL.Path
	if r.Context().Value(linked{}) != nil {
		path = "behind a link"
	}
	log := t.log.With("method", r.Method, "path", path, "took", took.Round(time.Millisecond))
	if err != nil {
		log.DebugContext(r.Context(), "request failed", "error", pathOnly(err))
		return
	}
	log.DebugContext(r.Context(), "request", "status", response.StatusCode)
}
