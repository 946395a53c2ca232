// Package double is a Databricks workspace for tests: an HTTP server that answers the calls which featops makes, with a
// state that those calls change as in a real one. Its answers are encoded from the SDK's own types, so they have the shapes that the SDK
// reads. Tests set its state with Go methods, look at it with others, and make it fail with Fail.
package double

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a workspace. Its methods may be called while it serves.
type Server struct {
	URL   string
	Token string // the access token that it takes

	server  *httptest.Server
	mux     *http.ServeMux
	now     func() time.Time
	closed  chan struct{}  // when it ends, so that nobody hangs in it
	working sync.WaitGroup // tasks that are carried out

	mu         sync.Mutex
	calls      []string
	faults     []fault
	failures   int
	nextID     int64
	jobs       []*job
	runs       []*run
	files      fs.FS             // nil: runs are not carried out
	secrets    map[string]string // by scope/key
	unity      unity
	tables     tables
	statements statements
	site
}

// Start starts a workspace that ends with the test.
func Start(t testing.TB, now func() time.Time) *Server {
	t.Helper()
	s := unstarted(now)
	s.server = httptest.NewServer(s)
	return s.started(t)
}

// StartTLS starts one whose certificate nobody trusts.
func StartTLS(t testing.TB, now func() time.Time) *Server {
	t.Helper()
	s := unstarted(now)
	s.server = httptest.NewUnstartedServer(s)
	s.server.Config.ErrorLog = discard()
	s.server.StartTLS()
	return s.started(t)
}

// Certificate is that of a workspace that StartTLS has started, in PEM, for those who are to trust it.
func (s *Server) Certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
}

func unstarted(now func() time.Time) *Server {
	s := &Server{Token: "dapi-of-the-double", mux: http.NewServeMux(), now: now, closed: make(chan struct{}), nextID: 1000, secrets: map[string]string{}}
	s.serveJobs()
	s.serveSecrets()
	s.serveSignIn()
	s.serveCatalog()
	s.serveTables()
	s.serveStatements()
	s.serveBindings()
	s.serveSharing()
	s.serveFiles()
	return s
}

func (s *Server) started(t testing.TB) *Server {
	s.URL = s.server.URL
	t.Cleanup(func() {
		close(s.closed)
		s.server.Close()
		s.working.Wait()
	})
	return s
}

// Fault is one way to fail.
type Fault struct {
	Status     int    // an error with this status
	Code       string // of Databricks
	Message    string
	RetryAfter int    // seconds; 0 names none
	Raw        string // this text with status 200, whatever it is
	Cut        bool   // half of the answer, and then the connection ends
	Hang       bool   // no answer at all until the caller gives up
	Gone       bool   // the connection ends before there is an answer
	After      func() // is called first
}

type fault struct {
	call  string
	times int
	Fault
}

// Fail makes the next calls fail. call is a method and the beginning of a path, such as "GET /api/2.2/jobs/list".
func (s *Server) Fail(call string, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fault{call, times, f})
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Failures counts the calls that failed by a fault.
func (s *Server) Failures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}

// Calls lists the calls since the start or since Forget, as "GET /path".
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Forget forgets the calls.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.Path
	s.mu.Lock()
	s.calls = append(s.calls, call)
	f := s.fault(call)
	s.mu.Unlock()
	if f.After != nil {
		f.After()
	}
	switch {
	case f.Gone:
		panic(http.ErrAbortHandler)
	case f.Hang:
		s.hang(r.Context())
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		refuse(w, f.Status, f.Code, f.Message)
	case f.Raw != "":
		w.Write([]byte(f.Raw))
	case !open(r.URL.Path) && r.Header.Get("Authorization") != "Bearer "+s.token():
		refuse(w, http.StatusUnauthorized, "UNAUTHENTICATED", "Invalid access token.")
	case f.Cut:
		whole := httptest.NewRecorder()
		s.mux.ServeHTTP(whole, r)
		w.Header().Set("Content-Type", whole.Header().Get("Content-Type"))
		w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
		w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// open reports whether a path is for everybody: what the host is, to sign in, and what storage has under a link.
func open(path string) bool {
	return strings.HasPrefix(path, "/.well-known/") || strings.HasPrefix(path, "/oidc/") || strings.HasPrefix(path, storage)
}

// SetToken makes another access token the only one that is taken.
func (s *Server) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Token = token
}

func (s *Server) token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Token
}

func (s *Server) hang(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.closed:
	}
}

// fault takes the first fault that is for a call.
func (s *Server) fault(call string) Fault {
	for i := range s.faults {
		if f := &s.faults[i]; f.times > 0 && strings.HasPrefix(call, f.call) {
			f.times--
			s.failures++
			return f.Fault
		}
	}
	return Fault{}
}

func (s *Server) id() int64 {
	s.nextID++
	return s.nextID
}

// refuse answers with an error as Databricks does.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error_code": code, "message": message})
}

// answer answers with a value of the SDK.
func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	b, err := json.Marshal(value)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "INTERNAL_ERROR", err.Error())
		return
	}
	w.Write(b)
}

// handle serves a call whose request is a JSON body, under the lock of the state.
func handle[T any](s *Server, pattern string, f func(w http.ResponseWriter, r *http.Request, in T)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var in T
		if r.Method != http.MethodGet && r.Method != http.MethodDelete {
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
				refuse(w, http.StatusBadRequest, "MALFORMED_REQUEST", err.Error())
				return
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		f(w, r, in)
	})
}

// none is the body of a request without one.
type none struct{}

// page cuts a page out of a list: its beginning, its end, and the token of the next.
func page(r *http.Request, n, byDefault, most int) (from, to int, next string) {
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("limit"))
	if size == 0 {
		size, _ = strconv.Atoi(q.Get("max_results"))
	}
	if size == 0 {
		size = byDefault
	}
	size = min(size, most)
	if token := q.Get("page_token"); token != "" {
		from, _ = strconv.Atoi(strings.TrimPrefix(token, "at-"))
	}
	from = min(from, n)
	to = min(from+size, n)
	if to < n {
		next = "at-" + strconv.Itoa(to)
	}
	return from, to, next
}

func number(r *http.Request, name string) int64 {
	n, _ := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	return n
}
