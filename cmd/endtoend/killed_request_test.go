package endtoend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/engine/journal"
	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// A featops that is killed at any of its requests loses nothing: what it had not registered the next one registers, and
// what it had registered is not registered again.
func TestKillsAtRandomRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	t.Parallel()
	x := openKillable(t)
	x.finish()
	if out, code := x.watch(-1); code != 0 {
		t.Fatalf("ended with %d:\n%s", code, out)
	}
	all := x.requests
	if all < 20 {
		t.Fatalf("%d requests: the kills would all come too late", all)
	}
	random := rand.New(rand.NewPCG(7, 4))
	for range 5 {
		x.finish()
		for range 2 {
			at := 1 + random.IntN(all)
			if out, code := x.watch(at); code != -1 {
				t.Logf("not killed: what was left to do took fewer than %d requests: %d\n%s", at, code, out)
			}
		}
	}
	if out, code := x.watch(-1); code != 0 {
		t.Fatalf("ended with %d:\n%s", code, out)
	}
	if out, _ := x.watch(-1); !strings.Contains(out, "nothing to register") {
		t.Errorf("done again:\n%s", out)
	}
	x.check()
}

// killable is two workspaces of Databricks that count the requests of a featops, which is a process of its own.
type killable struct {
	t     *testing.T
	home  string
	sides []*side

	mu       sync.Mutex
	requests int // of the last process
	last     int // the request at which it is killed, before there is an answer; -1 for none
	process  *os.Process
}

func openKillable(t *testing.T) *killable {
	t.Helper()
	x := &killable{t: t, home: t.TempDir()}
	lake := double.NewMemory(time.Now)
	var c strings.Builder
	fmt.Fprintf(&c, "user = %q\n", user)
	for _, name := range []string{"bncapers", "medpag"} {
		s := &side{Server: double.Start(t, time.Now), name: name, lake: lake, tables: built[name]}
		s.SetToken("dapi-of-" + name)
		s.SetEngine("w1", lake)
		s.SetLake("m1", lake)
		if len(x.sides) > 0 {
			double.Link(x.sides[0].Server, s.Server)
		}
		s.SetCatalog(name, "ana", false)
		s.AddSchema(s.full(""))
		settings := jobs.JobSettings{
			Name: jobName, Tags: map[string]string{"stage": "feature", "environment": "dev"}, Tasks: []jobs.Task{{TaskKey: "feature_registry"}},
		}
		for _, table := range s.tables {
			settings.Tasks = append(settings.Tasks, jobs.Task{TaskKey: table, NotebookTask: &jobs.NotebookTask{NotebookPath: "/feature_store"}})
		}
		s.job = s.AddJob(settings)
		x.sides = append(x.sides, s)
		front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if x.killed() {
				panic(http.ErrAbortHandler)
			}
			s.ServeHTTP(w, r)
		}))
		front.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that a kill cuts off
		front.StartTLS()
		t.Cleanup(front.Close)
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
		if err := os.WriteFile(filepath.Join(x.home, "certificate.pem"), certificate, 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&c, "[[workspace]]\nname = %q\nkind = \"databricks\"\nhost = %q\ntoken = \"env:TOKEN_%s\"\nwarehouse = \"w1\"\ncatalog = %q\nsource_database = \"demo_db\"\n[[workspace.job]]\nname = \"demo-feature-store\"\n",
			name, front.URL, strings.ToUpper(name), name)
	}
	if err := os.WriteFile(filepath.Join(x.home, "config.toml"), []byte(c.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return x
}

// killed counts a request, and kills the process that makes it if its time has come.
func (x *killable) killed() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.requests++
	if x.requests != x.last {
		return false
	}
	if err := x.process.Kill(); err != nil {
		x.t.Error(err)
	}
	return true
}

// finish makes a new version of every table, by new runs that succeed.
func (x *killable) finish() {
	x.t.Helper()
	for _, s := range x.sides {
		s.run = s.StartRun(x.t, jobName)
		s.writes()
		for _, key := range append([]string{"feature_registry"}, s.tables...) {
			s.SetTask(s.run, key, double.Succeeded)
		}
		s.EndRun(s.run, double.Succeeded)
	}
}

func (x *killable) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	x.t.Helper()
	path, err := program()
	if err != nil {
		x.t.Fatal(err)
	}
	c := exec.Command(path, append([]string{"--home", x.home, "--config", filepath.Join(x.home, "config.toml")}, args...)...)
	c.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + x.home, "TZ=UTC", "SSL_CERT_FILE=" + filepath.Join(x.home, "certificate.pem"),
		"TOKEN_BNCAPERS=dapi-of-bncapers", "TOKEN_MEDPAG=dapi-of-medpag",
	}
	out := &bytes.Buffer{}
	c.Stdout, c.Stderr = out, out
	return c, out
}

// watch registers what is finished, and is killed at a request. It gives what was printed, and how it ended: -1 when it was killed.
func (x *killable) watch(killedAt int) (out string, code int) {
	x.t.Helper()
	c, printed := x.command("watch", "--once")
	x.mu.Lock()
	x.requests, x.last = 0, killedAt
	err := c.Start()
	x.process = c.Process
	x.mu.Unlock()
	if err != nil {
		x.t.Fatal(err)
	}
	c.Wait()
	return printed.String(), c.ProcessState.ExitCode()
}

// check holds the records of the newest runs, and the log, against what must have happened: each table was registered once in the other
// workspace, at its newest version.
func (x *killable) check() {
	x.t.Helper()
	ctx := context.Background()
	j, err := journal.Open(ctx, filepath.Join(x.home, "journal-dev.db"), journal.Options{ReadOnly: true})
	if err != nil {
		x.t.Fatal(err)
	}
	defer j.Close()
	for i, s := range x.sides {
		other := x.sides[1-i].name
		for _, table := range s.tables {
			records, err := j.Registrations(ctx, journal.RegistrationFilter{Table: table, From: s.name, To: other, Run: s.run, Limit: 10})
			if err != nil {
				x.t.Fatal(err)
			}
			version := int64(len(s.lake.Operations(s.full(table)))) - 1
			done := func(r journal.RegistrationRecord) bool {
				return (r.State == journal.Registered || r.State == journal.Unchanged) && r.Version == version
			}
			if len(records) != 1 || !slices.ContainsFunc(records, done) {
				x.t.Errorf("%s of run %d in %s: %+v, want it registered at version %d", table, s.run, other, records, version)
			}
		}
	}
	c, out := x.command("logs", "--output", "json", "--grep", "table registered")
	if err := c.Run(); err != nil {
		x.t.Fatal(err, out)
	}
	times := map[string]int{}
	for line := range strings.Lines(out.String()) {
		var l struct {
			Workspace, Run, Table string
			Attrs                 struct{ To string }
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			x.t.Fatalf("%s: %v", line, err)
		}
		key := fmt.Sprint(l.Workspace, l.Run, l.Table, l.Attrs.To)
		if times[key]++; times[key] > 1 {
			x.t.Errorf("registered twice: %s", line)
		}
	}
	if len(times) < len(x.sides)*2 {
		x.t.Errorf("only these were registered: %v", times)
	}
}
