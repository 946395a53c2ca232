package connect_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/connect"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/workspace"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a connection under test, and what it does.
type bench struct {
	options connect.Options
	log     bytes.Buffer

	mu     sync.Mutex
	pauses []time.Duration
	hidden []string
	clock  time.Time
}

// at is a bench for a workspace with a token.
func at(s *double.Server) *bench {
	b := &bench{clock: noon}
	b.options = connect.Options{
		Timeout: time.Minute, Environ: func(string) (string, bool) { return "", false },
		Redact: func(secrets ...string) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.hidden = append(b.hidden, secrets...)
		},
		Log: slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: func() time.Time {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.clock
		},
		Pause: func(_ context.Context, d time.Duration) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.pauses = append(b.pauses, d)
			b.clock = b.clock.Add(d)
			return nil
		},
	}
	if s != nil {
		b.options.Host = s.URL
		b.options.Token = func(context.Context) (string, error) { return s.Token, nil }
	}
	return b
}

func (b *bench) connection(t *testing.T) *connect.Connection {
	t.Helper()
	c := connect.New(b.options)
	t.Cleanup(func() { c.Close() })
	return c
}

func serve(t *testing.T) *double.Server { return double.Start(t, func() time.Time { return noon }) }

// list makes a call that reads.
func list(t *testing.T, c *connect.Connection) error {
	t.Helper()
	return c.Do(t.Context(), "list the jobs", func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := jobs.NewJobs(c).ListAll(ctx, jobs.ListJobsRequest{})
		return err
	})
}

func ofKind(t *testing.T, err error, want connect.Kind) {
	t.Helper()
	var e *connect.Error
	if !errors.As(err, &e) || e.Kind != want {
		t.Fatalf("error %v, want one because %s", err, want)
	}
}

func TestNothingIsSentBeforeTheFirstCall(t *testing.T) {
	s := serve(t)
	c := at(s).connection(t)
	if calls := s.Calls(); len(calls) > 0 {
		t.Errorf("calls %v", calls)
	}
	if err := list(t, c); err != nil {
		t.Fatal(err)
	}
	if got := c.Usage(); got.Calls != 2 || len(s.Calls()) != 2 { // what the host is, and the jobs
		t.Errorf("usage %+v of calls %v", got, s.Calls())
	}
}

// The environment, of which the SDK would take the host for both, has no say.
func TestProfilesReachTheirOwnHosts(t *testing.T) {
	a, b := serve(t), serve(t)
	a.SetToken("token-a")
	b.SetToken("token-b")
	t.Setenv("DATABRICKS_HOST", "https://elsewhere.invalid")
	t.Setenv("DATABRICKS_TOKEN", "token-of-elsewhere")
	file := filepath.Join(t.TempDir(), "profiles")
	text := fmt.Sprintf("[a]\nhost = %s\ntoken = token-a\n[b]\nhost = %s/\ntoken = token-b\n", a.URL, b.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for profile, s := range map[string]*double.Server{"a": a, "b": b} {
		w := at(nil)
		w.options.Profile, w.options.ConfigFile = profile, file
		if err := list(t, w.connection(t)); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(s.Calls(), "GET /api/2.2/jobs/list") {
			t.Errorf("profile %s: calls %v", profile, s.Calls())
		}
		if !slices.Contains(w.hidden, "token-"+profile) {
			t.Errorf("profile %s: hidden are %v", profile, w.hidden)
		}
	}
	w := at(nil)
	w.options.Profile, w.options.ConfigFile, w.options.Host = "a", file, b.URL
	if err := list(t, w.connection(t)); err == nil || !strings.Contains(err.Error(), "profile a is for "+a.URL) {
		t.Errorf("a profile of another host: %v", err)
	}
}

func environ(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

func TestAServicePrincipalOfTheEnvironmentSignsIn(t *testing.T) {
	s := serve(t)
	w := at(s)
	w.options.Token = nil
	w.options.Environ = environ(map[string]string{"DATABRICKS_CLIENT_ID": double.ClientID, "DATABRICKS_CLIENT_SECRET": double.ClientSecret})
	if err := list(t, w.connection(t)); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{double.ClientSecret, s.Token} {
		if !slices.Contains(w.hidden, secret) {
			t.Errorf("%s is not hidden", secret)
		}
	}
}

// A token in the environment does not say which workspace it is for.
func TestATokenOfTheEnvironmentIsSentNowhere(t *testing.T) {
	s := serve(t)
	w := at(s)
	w.options.Token = nil
	w.options.Environ = environ(map[string]string{"DATABRICKS_TOKEN": s.Token})
	ofKind(t, list(t, w.connection(t)), connect.NoSignIn)
	if slices.Contains(s.Calls(), "GET /api/2.2/jobs/list") {
		t.Error("a call was made")
	}
}

func TestARefusedTokenIsFetchedAnew(t *testing.T) {
	s := serve(t)
	w := at(s)
	fetched := "an old one"
	w.options.Token = func(context.Context) (string, error) { return fetched, nil }
	c := w.connection(t)
	ofKind(t, list(t, c), connect.Unauthorized)
	fetched = s.Token
	if err := list(t, c); err != nil {
		t.Error(err)
	}
}

func TestASignInThatFailedIsTriedAgain(t *testing.T) {
	s := serve(t)
	w := at(s)
	missing := errors.New("the keyring is locked")
	w.options.Token = func(context.Context) (string, error) { return s.Token, missing }
	c := w.connection(t)
	err := list(t, c)
	ofKind(t, err, connect.NoSignIn)
	if !errors.Is(err, missing) {
		t.Error(err)
	}
	missing = nil
	if err := list(t, c); err != nil {
		t.Error(err)
	}
}

func TestWhyAHostIsNotReachedIsTold(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	for host, want := range map[string]connect.Kind{
		"https://no-such-host.invalid":                      connect.NoHost,
		"https://" + nobody.Addr().String():                 connect.Unreachable,
		double.StartTLS(t, time.Now).URL:                    connect.BadTLS,
		strings.Replace(serve(t).URL, "http:", "https:", 1): connect.BadTLS,
	} {
		w := at(nil)
		w.options.Host, w.options.Token = host, func(context.Context) (string, error) { return "t", nil }
		ofKind(t, list(t, w.connection(t)), want)
		if len(w.pauses) > 0 {
			t.Errorf("%s is waited for: %v", host, w.pauses)
		}
	}
}

func TestAHostThatHangsCostsItsDeadlineAndNobodyElse(t *testing.T) {
	dead, alive := serve(t), serve(t)
	dead.Fail("GET /.well-known", 9, double.Fault{Hang: true})
	w := at(dead)
	w.options.Timeout = 30 * time.Millisecond
	ofKind(t, list(t, w.connection(t)), connect.Slow)

	dead.Fail("GET /.well-known", 9, double.Fault{Hang: true})
	w.options.Timeout = time.Hour
	c := w.connection(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	err := c.Do(ctx, "look", func(context.Context, *client.DatabricksClient) error { return nil })
	ofKind(t, err, connect.Slow)
	if err := list(t, at(alive).connection(t)); err != nil {
		t.Error(err)
	}
}

func TestWhatIsRepeated(t *testing.T) {
	read := func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := jobs.NewJobs(c).ListAll(ctx, jobs.ListJobsRequest{})
		return err
	}
	change := func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := jobs.NewJobs(c).CancelRun(ctx, jobs.CancelRun{RunId: 1})
		return err
	}
	again := func(ctx context.Context, c *client.DatabricksClient) error { return change(connect.Repeatable(ctx), c) }
	const (
		reading  = "GET /api/2.2/jobs/list"
		changing = "POST /api/2.2/jobs/runs/cancel"
	)
	for name, c := range map[string]struct {
		call   string
		f      func(context.Context, *client.DatabricksClient) error
		fault  double.Fault
		times  int
		want   connect.Kind // of the error; Refused is what the double says of a run that is not there
		pauses []time.Duration
	}{
		"too many, and when to come back":  {reading, read, double.Fault{Status: 429, RetryAfter: 7}, 2, "", []time.Duration{7 * time.Second, 7 * time.Second}},
		"too many, and a change":           {changing, change, double.Fault{Status: 429}, 1, connect.Refused, []time.Duration{time.Second}},
		"too many for ever":                {reading, read, double.Fault{Status: 429}, 9, connect.Busy, []time.Duration{1e9, 2e9, 4e9, 8e9}},
		"no answer may take the deadline":  {reading, read, double.Fault{Status: 429, RetryAfter: 3600}, 9, connect.Busy, []time.Duration{30e9}},
		"a fault, reading":                 {reading, read, double.Fault{Status: 500}, 2, "", []time.Duration{1e9, 2e9}},
		"a fault, changing":                {changing, change, double.Fault{Status: 503}, 1, connect.Faulty, nil},
		"a fault, changing what is marked": {changing, again, double.Fault{Status: 502}, 1, connect.Refused, []time.Duration{1e9}},
		"not allowed":                      {reading, read, double.Fault{Status: 403}, 1, connect.Forbidden, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			w := at(s)
			s.Fail(c.call, c.times, c.fault)
			err := w.connection(t).Do(t.Context(), "try", c.f)
			if c.want == "" && err != nil {
				t.Fatal(err)
			} else if c.want != "" {
				ofKind(t, err, c.want)
			}
			if !slices.Equal(w.pauses, c.pauses) {
				t.Errorf("pauses %v, want %v", w.pauses, c.pauses)
			}
		})
	}
}

// A workspace that is busy is left alone by every call, and says so.
func TestABusyWorkspaceIsLeftAlone(t *testing.T) {
	s := serve(t)
	w := at(s)
	c := w.connection(t)
	s.Fail("POST", 5, double.Fault{Status: 429, RetryAfter: 20})
	cancel := func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := jobs.NewJobs(c).CancelRun(ctx, jobs.CancelRun{RunId: 1})
		return err
	}
	ofKind(t, c.Do(t.Context(), "cancel", cancel), connect.Busy)
	u := c.Usage()
	if u.Refused == 0 || u.BusyUntil.IsZero() {
		t.Errorf("usage %+v", u)
	}
	w.pauses = nil
	if err := list(t, c); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.pauses, []time.Duration{20 * time.Second}) {
		t.Errorf("pauses %v", w.pauses)
	}
	w.clock = w.clock.Add(time.Minute)
	if u := c.Usage(); u != (workspaces.Usage{}) {
		t.Errorf("usage %+v a minute later", u)
	}
}

func TestAnAnswerThatCannotBeReadIsToldAsThat(t *testing.T) {
	for name, f := range map[string]double.Fault{
		"a page to sign in": {Raw: "<html>Sign in</html>"},
		"another shape":     {Raw: `{"jobs": 3}`},
		"half of it":        {Raw: `{"jobs": [`},
		"cut":               {Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			s.AddJob(jobs.JobSettings{Name: "j"})
			s.Fail("GET /api/2.2/jobs/list", 9, f)
			ofKind(t, list(t, at(s).connection(t)), connect.Garbled)
		})
	}
}

func TestALongErrorIsCut(t *testing.T) {
	s := serve(t)
	s.Fail("GET /api/2.2", 1, double.Fault{Status: 403, Code: "PERMISSION_DENIED", Message: strings.Repeat("no ", 5000)})
	err := list(t, at(s).connection(t))
	if n := len(err.Error()); n > 2200 || !strings.HasPrefix(err.Error(), "list the jobs: it is not allowed (PERMISSION_DENIED): no ") {
		t.Errorf("%d bytes: %.100s", n, err)
	}
}

// Nothing of what is sent or answered gets into the log, at any level.
func TestNoSecretIsLogged(t *testing.T) {
	s := serve(t)
	s.SetSecret("scope", "key", "the-secret")
	w := at(s)
	err := w.connection(t).Do(t.Context(), "read", func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := workspace.NewSecrets(c).GetSecret(ctx, workspace.GetSecretRequest{Scope: "scope", Key: "key"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{s.Token, "the-secret", "dGhlLXNlY3JldA"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%s is in the log:\n%s", secret, w.log.String())
		}
	}
	if !strings.Contains(w.log.String(), "path=/api/2.0/secrets/get") {
		t.Errorf("the call is not in the log:\n%s", w.log.String())
	}
}

// The SDK quotes an answer that it cannot read.
func TestNoSecretIsInAnError(t *testing.T) {
	s := serve(t)
	s.SetSecret("scope", "key", "the-secret")
	s.Fail("GET /api/2.0/secrets/get", 1, double.Fault{Raw: `{"key": "key", "value": "dGhlLXNlY3JldA=="`})
	err := at(s).connection(t).Do(t.Context(), "read", func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := workspace.NewSecrets(c).GetSecret(ctx, workspace.GetSecretRequest{Scope: "scope", Key: "key"})
		return err
	})
	ofKind(t, err, connect.Garbled)
	if text := fmt.Sprintf("%v %+v", err, errors.Unwrap(err)); strings.Contains(text, "dGhl") || strings.Contains(text, s.Token) {
		t.Error(text)
	}
}

// What a workspace, or a proxy before it, says back of what it was sent.
func TestACredentialThatIsSaidBackIsHidden(t *testing.T) {
	s := serve(t)
	s.SetToken("dapi/a+b=")
	c := at(s).connection(t)
	for _, pad := range []int{0, 1990} { // the text is cut there
		s.Fail("GET /api/2.2", 1, double.Fault{Status: 403, Message: strings.Repeat("x", pad) + "Bearer dapi/a+b= and token=dapi%2Fa%2Bb%3D"})
		err := list(t, c)
		ofKind(t, err, connect.Forbidden)
		if text := err.Error(); strings.Contains(text, "dapi") || !strings.Contains(text, "Bearer ***") {
			t.Error(text)
		}
	}
	if got := c.Hide("it used dapi/a+b="); got != "it used ***" {
		t.Error(got)
	}
}

func TestACancelledCallEndsAtOnce(t *testing.T) {
	s := serve(t)
	why := errors.New("somebody left")
	ctx, cancel := context.WithCancelCause(t.Context())
	s.Fail("GET /api/2.2/jobs/list", 1, double.Fault{Hang: true, After: func() { cancel(why) }})
	err := at(s).connection(t).Do(ctx, "list", func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := jobs.NewJobs(c).ListAll(ctx, jobs.ListJobsRequest{})
		return err
	})
	if !errors.Is(err, why) {
		t.Error(err)
	}
}
