package endtoend_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/config"
	"featops/engine/journal"
	"featops/features"
	"featops/workspaces"
	"featops/workspaces/databricks"
	"featops/workspaces/databricks/double"
	"featops/workspaces/delta"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// store is a feature store as users have it: an engine over two workspaces of Databricks, each with its job and tables, and one
// on the local disk. A clock moves by a minute from one look to the next.
type store struct {
	t      *testing.T
	config config.Config
	*engine.Engine
	events *engine.Subscription
	stop   func()
	log    io.Writer
	sides  []*side

	mu     sync.Mutex
	clock  time.Time
	seen   []engine.Event
	faulty bool // each side is made to fail
}

// side is a workspace of Databricks.
type side struct {
	*double.Server
	name   string
	lake   *double.Memory
	tables []string
	job    int64
	run    int64
	known  string       // the token that featops has
	skew   atomic.Int64 // of its clock
}

func (s *side) setSkew(d time.Duration) { s.skew.Store(int64(d)) }

// built are the tables that the runs of a side build.
var built = map[string][]string{
	"bncapers": {"fs_cus_credit_risk", "fs_cus_demographic"},
	"medpag":   {"fs_cus_holding_products", "fs_cus_transactions"},
}

func (x *store) now() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.clock
}

func openStore(t *testing.T, timeout time.Duration) *store {
	t.Helper()
	x := &store{t: t, clock: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), log: io.Discard}
	c := config.Default()
	c.Home, c.Env, c.User = t.TempDir(), "dev", "ana.ruiz@example.com"
	c.Environments["dev"] = config.Environment{Database: "feature_store_demo_dev", BasePath: filepath.Join(c.Home, "workspaces")}
	c.Monitor.RequestTimeout = timeout
	c.Workspaces = nil
	lake := double.NewMemory(x.now) // of the metastore that both workspaces have
	// The databases are there, and nobody needs to be allowed to make them.
	lake.Fail("CREATE SCHEMA", "[INSUFFICIENT_PERMISSIONS] User does not have CREATE SCHEMA on Catalog", math.MaxInt)
	for _, name := range []string{"bncapers", "medpag"} {
		s := &side{name: name, tables: built[name], known: "token-of-" + name}
		s.Server = double.Start(t, func() time.Time { return x.now().Add(time.Duration(s.skew.Load())) })
		s.SetToken(s.known)
		s.lake = lake
		s.SetEngine("w1", s.lake)
		s.SetLake("m1", s.lake)
		if len(x.sides) > 0 {
			double.Link(x.sides[0].Server, s.Server)
		}
		s.SetCatalog(name, "ana", false)
		s.AddSchema(s.full(""))
		x.sides = append(x.sides, s)
		token, err := config.ParseSecret("env:TOKEN_" + name)
		if err != nil {
			t.Fatal(err)
		}
		c.Workspaces = append(c.Workspaces, config.Workspace{
			Name: name, Kind: config.Databricks, Host: s.URL, Token: token, Warehouse: "w1", Catalog: name, SourceDatabase: "demo_db",
			Jobs: []config.Job{{Name: "demo-feature-store", MaxConcurrentRuns: 1}},
		})
		settings := jobs.JobSettings{
			Name: jobName, Tags: map[string]string{"stage": "feature", "environment": "dev"}, MaxConcurrentRuns: 1,
			Tasks: []jobs.Task{{TaskKey: "feature_registry"}},
		}
		for _, table := range s.tables {
			settings.Tasks = append(settings.Tasks, jobs.Task{TaskKey: table, NotebookTask: &jobs.NotebookTask{NotebookPath: "/feature_store"}})
		}
		s.job = s.AddJob(settings)
		s.writes()
	}
	c.Workspaces = append(c.Workspaces, config.Workspace{Name: "local", Kind: config.Embedded, SourceDatabase: "demo_db", Jobs: []config.Job{{
		Name: "demo-feature-store", MaxConcurrentRuns: 1, Tasks: []config.Task{{Key: "feature_registry", RunIf: config.AllSuccess}},
	}}})
	x.config = c
	x.start()
	return x
}

// full is the name of a table of a side, or of the database of them.
func (s *side) full(table string) string {
	return strings.TrimSuffix(s.name+".feature_store_demo_dev."+table, ".")
}

// writes makes a new version of each table of a side, as its tasks do.
func (s *side) writes() {
	for _, table := range s.tables {
		s.lake.Change(s.full(table), "MERGE", func(d *double.Details, rows *int64) {
			d.Columns = []double.Column{{Name: "pk_customer", Type: "BIGINT"}, {Name: "tpk_release_dt", Type: "DATE"}, {Name: "a", Type: "INT", Nullable: true}}
			d.Properties = map[string]string{"featops.primary_keys": "pk_customer,tpk_release_dt", "featops.timestamp_keys": "tpk_release_dt"}
			*rows += 10
		})
	}
}

// start opens the engine, after which nothing of an earlier one is known but what is on disk.
func (x *store) start() {
	x.t.Helper()
	e, err := engine.Open(x.t.Context(), engine.Options{
		Config: x.config, Tables: features.Tables(), Policy: engine.Reject, Register: true,
		Environ: func(name string) (string, bool) {
			for _, s := range x.sides {
				if name == "TOKEN_"+s.name {
					x.mu.Lock()
					defer x.mu.Unlock()
					return s.known, true
				}
			}
			return "", false
		},
		Databricks: func(o *databricks.Options) {
			o.Rate, o.Pause = 100_000, func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
		},
		Redact: func(...string) {}, Log: slog.New(slog.NewTextHandler(x.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: x.now,
	})
	if err != nil {
		x.t.Fatal(err)
	}
	x.Engine, x.events = e, e.Subscribe()
	once := sync.OnceFunc(func() {
		if err := e.Close(); err != nil {
			x.t.Error(err)
		}
	})
	x.t.Cleanup(once)
	x.stop = once
}

// restart ends the engine and starts another on the same home.
func (x *store) restart() {
	x.t.Helper()
	x.take()
	x.stop()
	x.start()
}

// look looks once, a minute after the look before.
func (x *store) look() {
	x.t.Helper()
	x.mu.Lock()
	x.clock = x.clock.Add(time.Minute + time.Second)
	x.mu.Unlock()
	x.WatchOnce(x.t.Context()) // what fails is seen at a later look
	x.take()
}

// take takes the events that there are.
func (x *store) take() {
	x.seen = append(x.seen, x.events.Take()...)
}

// begin starts a run of each side.
func (x *store) begin() {
	for _, s := range x.sides {
		s.run = must[int64](x.t)(x.workspaceOf(s.name).RunNow(x.t.Context(), workspaces.RunRequest{JobID: s.job}))
		for _, table := range s.tables {
			s.SetTask(s.run, table, double.Running)
		}
	}
}

// end ends the runs, each task as it is said, or well.
func (x *store) end(as map[string]double.State) {
	for _, s := range x.sides {
		s.writes()
		result := double.Succeeded
		for _, key := range append([]string{"feature_registry"}, s.tables...) {
			state, ok := as[key]
			if !ok {
				state = double.Succeeded
			}
			if state.Result != jobs.RunResultStateSuccess {
				result = double.Broken
			}
			s.SetTask(s.run, key, state)
		}
		s.EndRun(s.run, result)
	}
}

// work is a piece of work that must be done.
type work struct {
	from, table, to string
	run             int64
	attempt         int
}

// wanted are the registrations that the newest runs give, but for those of some tables.
func (x *store) wanted(without ...string) (out []work) {
	for _, s := range x.sides {
		for _, table := range s.tables {
			if slices.Contains(without, table) {
				continue
			}
			for _, to := range targets {
				if to != s.name {
					out = append(out, work{from: s.name, table: table, to: to, run: s.run})
				}
			}
		}
	}
	return out
}

// targets are the workspaces into which tables are registered here.
var targets = []string{"local", "medpag", "bncapers"}

// done reports whether a piece of work is recorded as done.
func (x *store) done(w work) bool {
	x.t.Helper()
	all, err := x.Journal().Registrations(x.t.Context(), journal.RegistrationFilter{Table: w.table, From: w.from, To: w.to, Run: w.run, Limit: 100})
	if err != nil {
		x.t.Fatal(err)
	}
	n := 0
	for _, r := range all {
		if r.Attempt == w.attempt && (r.State == journal.Registered || r.State == journal.Unchanged) {
			n++
		}
	}
	if n > 1 {
		x.t.Errorf("%+v is recorded %d times", w, n)
	}
	return n == 1
}

// settle looks until all work is done.
func (x *store) settle(all []work) {
	x.t.Helper()
	for range 40 {
		x.look()
		if !slices.ContainsFunc(all, func(w work) bool { return !x.done(w) }) {
			return
		}
	}
	for _, w := range all {
		if !x.done(w) {
			x.t.Errorf("%+v was lost", w)
		}
	}
}

// check holds what happened against what should have: all work was done once, with the newest version of the table, every end
// was told once, and neither a further look nor a restart does anything again.
func (x *store) check(all []work) {
	x.t.Helper()
	x.settle(all)
	for _, s := range x.sides {
		if x.faulty && s.Failures() == 0 {
			x.t.Errorf("nothing failed in %s", s.name)
		}
		s.Heal()
	}
	x.look()
	x.restart()
	x.look()
	x.look()
	times := map[work]int{}
	for _, ev := range x.seen {
		if r := ev.Registration; r != nil && (r.Status == engine.Registered || r.Status == engine.Unchanged) && slices.Contains(targets, r.To) {
			times[work{from: r.From, table: r.Table, to: r.To, run: ev.Run}]++
		}
	}
	for _, w := range all {
		w.attempt = 0
		if times[w] != 1 {
			x.t.Errorf("%+v was registered %d times", w, times[w])
		}
		delete(times, w)
	}
	for w := range times {
		if w.run == x.side(w.from).run {
			x.t.Errorf("%+v was registered, and should not have been", w)
		}
	}
	for _, to := range targets {
		has := must[[]workspaces.Registration](x.t)(x.workspaceOf(to).Registrations(x.t.Context()))
		for _, w := range all {
			i := slices.IndexFunc(has, func(r workspaces.Registration) bool { return r.Name == w.table && r.Workspace == w.from })
			s := x.side(w.from)
			if want := int64(len(s.lake.Operations(s.full(w.table)))) - 1; w.to == to && (i < 0 || has[i].Version != want) {
				x.t.Errorf("%s is not registered in %s at version %d: %+v", w.table, to, want, has)
			} else if w.to == to && to == "local" {
				x.copied(has[i])
			}
		}
	}
	x.told()
}

// copied checks that the rows of a registered table are on this disk.
func (x *store) copied(r workspaces.Registration) {
	x.t.Helper()
	s := must[*delta.Snapshot](x.t)(delta.At(r.Copy).Snapshot(x.t.Context()))
	if rows := must[int64](x.t)(s.Rows()); rows != r.Rows || rows == 0 || s.Metadata.Configuration["featops.copied_version"] != fmt.Sprint(r.Version) {
		x.t.Errorf("the copy of %s has %d rows, and says %v; registered are %d of version %d", r.Name, rows, s.Metadata.Configuration, r.Rows, r.Version)
	}
}

// told checks that each end of a run, and of a task in it, was told once; why it failed may become known later, and is told then.
func (x *store) told() {
	x.t.Helper()
	ends := map[string]int{}
	for _, ev := range x.seen {
		if (ev.Kind == engine.RunChanged || ev.Kind == engine.TaskChanged) && ev.Status.Ended() {
			ends[fmt.Sprintf("run %d of %s, task %q as %s, %q", ev.Run, ev.Workspace, ev.Task, ev.Status.Result, ev.Status.Message)]++
		}
	}
	for end, n := range ends {
		if n != 1 {
			x.t.Errorf("the end of %s was told %d times", end, n)
		}
	}
	if len(ends) == 0 {
		x.t.Error("no end was told")
	}
}

func (x *store) side(name string) *side {
	return x.sides[slices.IndexFunc(x.sides, func(s *side) bool { return s.name == name })]
}

func (x *store) workspaceOf(name string) workspaces.Workspace {
	all := x.Workspaces()
	return all[slices.IndexFunc(all, func(w workspaces.Workspace) bool { return w.Name() == name })]
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
