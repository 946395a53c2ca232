package tui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/journal"
	"featops/engine/logs"
	"featops/features/schema"
	"featops/tui/screen/overview"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// noon is when the tests happen, unless they say otherwise.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// fakeEngine shows the snapshot that it was given and notes the commands.
type fakeEngine struct {
	mu       sync.Mutex
	snapshot *engine.Snapshot
	commands []engine.Command
	runs     []workspaces.Run
	older    []workspaces.Run // of any job, before those of the snapshot
	asked    []int            // the limits of JobRuns
	tables   []engine.TableState
	found    func(query string) engine.Found
	describe func(name, column, workspace string) (engine.Description, error)
	spread   map[string]engine.ColumnDistribution
	measured []string // the columns that distributions were asked of
	history  []workspaces.Commit
	diff     engine.Diff
	decided  []journal.Decision
	outlook  engine.TrainingSetOutlook
	err      error
	panics   bool
}

func (e *fakeEngine) Snapshot() *engine.Snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.snapshot
}

func (e *fakeEngine) Subscribe() *engine.Subscription { return nil }

func (e *fakeEngine) Do(_ context.Context, c engine.Command) (engine.Reply, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.panics {
		panic("out of luck")
	}
	e.commands = append(e.commands, c)
	return engine.Reply{}, e.err
}

func (e *fakeEngine) Runs(context.Context, string, int) ([]workspaces.Run, error) {
	return e.runs, e.err
}

// JobRuns answers with the runs of the snapshot and those before them.
func (e *fakeEngine) JobRuns(_ context.Context, workspace string, job int64, limit int) ([]workspaces.Run, error) {
	e.asked = append(e.asked, limit)
	w, _ := e.Snapshot().Workspace(workspace)
	var out []workspaces.Run
	for _, j := range w.Jobs {
		if j.ID == job {
			out = append(slices.Clone(j.Runs), e.older...)
		}
	}
	return out[:min(limit, len(out))], e.err
}

// FindRun answers with one of the runs that JobRuns knows.
func (e *fakeEngine) FindRun(_ context.Context, workspace string, id int64) (workspaces.Run, error) {
	w, _ := e.Snapshot().Workspace(workspace)
	all := slices.Clone(e.older)
	for _, j := range w.Jobs {
		all = append(all, j.Runs...)
	}
	for _, r := range all {
		if r.ID == id {
			return r, e.err
		}
	}
	return workspaces.Run{}, errors.Join(fmt.Errorf("there is no run %d in %s", id, workspace), e.err)
}

func (e *fakeEngine) Decisions(context.Context, int) ([]journal.Decision, error) {
	return e.decided, e.err
}

func (e *fakeEngine) Tables(context.Context) ([]engine.TableState, error) { return e.tables, e.err }

func (e *fakeEngine) Search(query, _ string) (engine.Found, error) {
	if e.found == nil {
		return engine.Found{}, e.err
	}
	return e.found(query), e.err
}

func (e *fakeEngine) Describe(_ context.Context, name, column, workspace string) (engine.Description, error) {
	if e.describe == nil {
		return engine.Description{}, e.err
	}
	return e.describe(name, column, workspace)
}

func (e *fakeEngine) Distributions(ctx context.Context, _, _ string, columns []string) (map[string]engine.ColumnDistribution, error) {
	e.measured = append(e.measured, columns...)
	out := map[string]engine.ColumnDistribution{}
	for _, c := range columns {
		if d, ok := e.spread[c]; ok {
			out[c] = d
		}
	}
	return out, errors.Join(ctx.Err(), e.err)
}

func (e *fakeEngine) History(context.Context, string) ([]workspaces.Commit, error) {
	return e.history, e.err
}

func (e *fakeEngine) Diff(context.Context, string, map[string]string) (engine.Diff, error) {
	return e.diff, e.err
}

func (e *fakeEngine) TrainingSetOutlook(context.Context, engine.TrainingSetRequest) engine.TrainingSetOutlook {
	return e.outlook
}

// console is a model under test, with a clock that stands still until it is moved.
type console struct {
	*model
	engine *fakeEngine
	ring   *logs.Ring
	clock  *time.Time
}

// open opens a console, with options that are changed first.
func open(t testing.TB, s *engine.Snapshot, w, h int, change ...func(*Options)) *console {
	t.Helper()
	clock := noon
	c := &console{engine: &fakeEngine{snapshot: s}, ring: logs.NewRing(1000), clock: &clock}
	o := Options{
		Engine: c.engine, Lines: c.ring, Log: slog.New(slog.DiscardHandler), User: "ana",
		Now: func() time.Time { return clock }, Color: true, Theme: widget.Dark,
	}
	for _, f := range change {
		f(&o)
	}
	var err error
	if c.model, err = newModel(o, &background{ctx: t.Context(), engine: c.engine}); err != nil {
		t.Fatal(err)
	}
	c.beat = func() tea.Cmd { return nil }
	c.restore()
	c.settle(c.Init())
	c.resize(w, h)
	return c
}

// overview is the first screen.
func (c *console) overview() *overview.Screen { return c.tabs[0].base().(*overview.Screen) }

func (c *console) resize(w, h int) { c.Update(tea.WindowSizeMsg{Width: w, Height: h}) }

// show makes s the engine's snapshot and tells the console.
func (c *console) show(s *engine.Snapshot, events ...engine.Event) (quit bool) {
	c.engine.snapshot = s
	_, cmd := c.Update(changedMsg{events})
	return c.settle(cmd)
}

// wait moves the clock.
func (c *console) wait(d time.Duration) {
	*c.clock = c.clock.Add(d)
	_, cmd := c.Update(beatMsg{})
	c.settle(cmd)
}

// keys presses keys one after the other and carries out what they start. It returns whether the
// console wants to end.
func (c *console) keys(names ...string) (quit bool) {
	for _, name := range names {
		if to, ok := strings.CutSuffix(name, "!"); ok && slices.ContainsFunc(c.tabs, func(t tab) bool { return t.base().Name() == to }) {
			quit = c.settle(c.Go(to)) || quit // a screen, whatever its number is
			c.draw()
			continue
		}
		k := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
		if t, ok := keyType(name); ok {
			k = tea.KeyMsg{Type: t}
		}
		_, cmd := c.Update(k)
		quit = c.settle(cmd) || quit
	}
	return quit
}

func task(key, table string, dependsOn ...string) workspaces.Task {
	return workspaces.Task{Key: key, Table: table, DependsOn: dependsOn, RunIf: workspaces.AllDone}
}

func table(workspace, name string, rows, version int64) workspaces.Table {
	return workspaces.Table{Workspace: workspace, Name: name, Rows: rows, Version: version}
}

func attempt(key string, s workspaces.Status, from, to time.Duration, b *workspaces.Build) workspaces.TaskRun {
	t := workspaces.TaskRun{Key: key, Status: s, Started: noon.Add(from), Build: b}
	if s.Ended() {
		t.Ended = noon.Add(to)
	}
	return t
}

var (
	succeeded = workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Success}
	running   = workspaces.Status{LifeCycle: workspaces.Running}
	pending   = workspaces.Status{LifeCycle: workspaces.Pending}
	blocked   = workspaces.Status{LifeCycle: workspaces.Blocked}
)

func failed(why string) workspaces.Status {
	return workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Failed, Message: why}
}

// idle is two workspaces whose jobs have never run.
func idle() *engine.Snapshot {
	job := func(tasks ...workspaces.Task) []engine.JobState {
		return []engine.JobState{{Job: workspaces.Job{ID: 1, Name: "[dev ana] demo-feature-store", MaxConcurrentRuns: 1, Tasks: tasks}}}
	}
	return &engine.Snapshot{
		Taken: noon, Env: "dev", Home: "/home/ana/.local/share/featops",
		Workspaces: []engine.WorkspaceState{
			{
				Name: "bncapers", Kind: "embedded", Polled: noon.Add(-12 * time.Second), NextPoll: noon.Add(48 * time.Second),
				Jobs: job(
					task("fs_cus_demographic", "fs_cus_demographic"),
					task("fs_cus_credit_risk", "fs_cus_credit_risk", "fs_cus_demographic"),
					task("feature_registry", "", "fs_cus_credit_risk")),
			},
			{
				Name: "medpag", Kind: "embedded", Polled: noon.Add(-12 * time.Second), NextPoll: noon.Add(48 * time.Second),
				Jobs: job(
					task("fs_cus_holding_products", "fs_cus_holding_products"),
					task("fs_cus_payment_behavior", "fs_cus_payment_behavior", "fs_cus_holding_products"),
					task("fs_cus_transactions", "fs_cus_transactions", "fs_cus_holding_products"),
					task("feature_registry", "", "fs_cus_payment_behavior", "fs_cus_transactions")),
			},
		},
	}
}

// underWay is the first snapshot with a run in each workspace: one task done and registered, one computing
// on its second attempt, one done and not registered yet, one that waits.
func underWay() *engine.Snapshot {
	s := idle()
	a, b := &s.Workspaces[0], &s.Workspaces[1]
	computing := attempt("fs_cus_credit_risk", running, -7*time.Second, 0, nil)
	computing.Attempt = 1
	computing.Progress = &workspaces.Progress{Stage: "compute", Rows: 9000, Total: 20000}
	a.Jobs[0].Runs = []workspaces.Run{{
		ID: 12, JobID: 1, Job: a.Jobs[0].Name, Workspace: a.Name, Status: running, Started: noon.Add(-64 * time.Second),
		Tasks: []workspaces.TaskRun{
			attempt("fs_cus_demographic", succeeded, -64*time.Second, -60*time.Second-600*time.Millisecond,
				&workspaces.Build{Table: "fs_cus_demographic", Mode: workspaces.Merge, Rows: 240000, Version: 3}),
			attempt("fs_cus_credit_risk", failed("connection reset"), -60*time.Second, -8*time.Second, nil),
			computing,
			{Key: "feature_registry", Status: blocked},
		},
	}}
	a.Tables = []workspaces.Table{table("bncapers", "fs_cus_demographic", 240000, 3)}
	b.Registrations = []workspaces.Registration{{Table: a.Tables[0]}}
	b.Jobs[0].Runs = []workspaces.Run{{
		ID: 9, JobID: 1, Job: b.Jobs[0].Name, Workspace: b.Name, Status: running, Started: noon.Add(-30 * time.Second),
		Tasks: []workspaces.TaskRun{
			attempt("fs_cus_holding_products", succeeded, -30*time.Second, -27*time.Second,
				&workspaces.Build{Table: "fs_cus_holding_products", UpToDate: true, Rows: 180000, Version: 1}),
			{Key: "fs_cus_payment_behavior", Status: pending},
			attempt("fs_cus_transactions", running, -3*time.Second, 0, nil),
			{Key: "feature_registry", Status: blocked},
		},
	}}
	b.Tables = []workspaces.Table{table("medpag", "fs_cus_holding_products", 180000, 1)}
	return s
}

// controlled is a snapshot of job control: a run with a retry to come, one in the queue behind it, and a schedule that missed
// a time; a repair that takes longer than usual, and a paused schedule.
func controlled() *engine.Snapshot {
	s := underWay()
	a, b := &s.Workspaces[0].Jobs[0], &s.Workspaces[1].Jobs[0]
	a.Queue = true
	a.Expected = engine.Expected{Seconds: 95, Tasks: map[string]float64{"fs_cus_credit_risk": 12}}
	a.Schedule = &workspaces.Schedule{Cron: "30 6 * * *", Timezone: "UTC", Next: noon.Add(18*time.Hour + 30*time.Minute), Missed: noon.Add(-5*time.Hour - 30*time.Minute)}
	run := &a.Runs[0]
	run.Tasks[2] = workspaces.TaskRun{Key: "fs_cus_credit_risk", Attempt: 1, RetryAt: noon.Add(25 * time.Second), Status: workspaces.Status{
		LifeCycle: workspaces.WaitingForRetry, Message: "retry 1 of 2 at 2026-11-23 12:00:25, after FAILED: connection reset"}}
	a.Runs = append([]workspaces.Run{{
		ID: 13, JobID: 1, Workspace: "bncapers", Status: workspaces.Status{LifeCycle: workspaces.Queued, Message: "place 1 in the queue"},
	}}, a.Runs...)

	b.Expected = engine.Expected{Seconds: 20, Tasks: map[string]float64{"fs_cus_transactions": 1}}
	b.Schedule = &workspaces.Schedule{Cron: "0 7 * * *", Timezone: "UTC", Paused: true}
	b.Runs[0].Repairs = []workspaces.Repair{{ID: 1, Tasks: []string{"fs_cus_transactions", "feature_registry"}, By: "ana", Started: noon.Add(-3 * time.Second)}}
	b.Runs[0].Tasks[2].Attempt = 1
	return s
}

// broken is two workspaces of which one cannot be reached and one has a failed run.
func broken() *engine.Snapshot {
	s := underWay()
	s.Workspaces[0].Error = "list the jobs of bncapers: open /data/bncapers/dev/runs: permission denied"
	b := &s.Workspaces[1]
	run := &b.Jobs[0].Runs[0]
	run.Status = failed("1 of 4 tasks failed")
	run.Ended = noon
	run.Tasks[1] = attempt("fs_cus_payment_behavior", failed(
		`read pagos: column periodo: "2024-13" is no month (row 17); 1 of 120000 rows is bad, allowed are 0`), -27*time.Second, -20*time.Second, nil)
	run.Tasks[2] = attempt("fs_cus_transactions", workspaces.Status{LifeCycle: workspaces.Terminated, Result: workspaces.Canceled, Message: "cancelled by ana"},
		-3*time.Second, -time.Second, nil)
	run.Tasks[3] = attempt("feature_registry", workspaces.Status{LifeCycle: workspaces.Skipped, Result: workspaces.Disabled}, 0, 0, nil)
	return s
}

func question(id string) workspaces.Question {
	return workspaces.Question{
		ID: id, Subject: workspaces.SaveTable, Workspace: "bncapers", Table: "fs_cus_credit_risk", Version: 12,
		Difference: schema.Difference{
			New:     schema.Schema{{Name: "chr_ind_high_risk", Type: schema.Boolean}},
			Missing: schema.Schema{{Name: "chr_bureau_score_sum", Type: schema.Int}, {Name: "chr_rating_num", Type: schema.Int}},
			Changed: []schema.TypeChange{{Column: "chr_total_banking_debt_sum", Expected: schema.Double, Found: schema.Int}},
			Widened: []schema.TypeChange{{Column: "chr_credits_cnt", Expected: schema.Int, Found: schema.BigInt}},
		},
		Loss: workspaces.Loss{Rows: 1204, Columns: []workspaces.ColumnLoss{
			{Column: "chr_bureau_score_sum", Values: 192340}, {Column: "chr_rating_num", Values: 192341},
			{Column: "chr_total_banking_debt_sum", Values: 191002},
		}},
		RegisteredIn: []string{"medpag"}, Asked: noon, Deadline: noon.Add(5 * time.Minute),
	}
}

// asking is a snapshot with open questions.
func asking(qs ...workspaces.Question) *engine.Snapshot {
	s := underWay()
	s.Questions = qs
	return s
}

func (c *console) log(lines ...logs.Line) {
	for _, l := range lines {
		c.ring.Append(l)
	}
	c.Update(changedMsg{})
}

func someLines() []logs.Line {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	return []logs.Line{
		{Time: at(-64), Level: slog.LevelInfo, Message: "run started", Workspace: "bncapers", Job: "demo-feature-store", Run: "12"},
		{Time: at(-60), Level: slog.LevelInfo, Message: "table saved", Workspace: "bncapers", Job: "demo-feature-store", Task: "fs_cus_demographic",
			Attrs: logs.Attrs{{Key: "rows", Value: int64(240000)}, {Key: "version", Value: int64(3)}}},
		{Time: at(-8), Level: slog.LevelError, Message: "task failed", Workspace: "bncapers", Task: "fs_cus_credit_risk", Attrs: logs.Attrs{{Key: "error", Value: "connection reset"}}},
		{Time: at(-7), Level: slog.LevelWarn, Message: "task is tried again", Workspace: "bncapers", Task: "fs_cus_credit_risk"},
		{Time: at(-3), Level: slog.LevelDebug, Message: "read", Workspace: "medpag", Task: "fs_cus_transactions"},
	}
}
