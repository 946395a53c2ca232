package embedded

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// june is when tests take place: the newest release date of their tables is 2024-06-01.
var june = time.Date(2024, 6, 15, 10, 30, 0, 0, time.UTC)

// visits is a small source, and visitCount a table over it.
var visits = features.Source{Database: "demo_db", Name: "visits", Columns: schema.Schema{
	{Name: "id", Type: schema.BigInt}, {Name: "month", Type: schema.String},
	{Name: "n", Type: schema.BigInt}, {Name: "amount", Type: schema.Double},
}}

var (
	countFeature  = features.Feature{Name: "cnt", Value: features.Aggregate{Fn: features.Sum, Of: features.Col("n")}, Meaning: "Visits."}
	amountFeature = features.Feature{Name: "amount", Value: features.Aggregate{Fn: features.Sum, Of: features.Col("amount")}, Meaning: "Amount."}
)

func tableOf(name string, source features.Source, list ...features.Feature) features.Table {
	return features.Table{
		Name: name, Prefix: "t_", Workspace: "bncapers", Entity: "customers", Description: "visits", Source: source,
		Customer: "id", Release: features.Release{After: "month"}, Frame: features.Rows, Features: list,
	}
}

func visitCount(list ...features.Feature) features.Table {
	return tableOf("fs_visits", visits, list...)
}

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// decider answers as told, and remembers.
type decider struct {
	answer func(ctx context.Context, q workspaces.Question) (workspaces.Answer, error)

	mu      sync.Mutex
	asked   []workspaces.Question
	settled []workspaces.Settlement
}

func (d *decider) Decide(ctx context.Context, q workspaces.Question) (workspaces.Answer, error) {
	d.mu.Lock()
	d.asked = append(d.asked, q)
	d.mu.Unlock()
	if d.answer == nil {
		return workspaces.Answer{}, errors.New("nobody should have been asked")
	}
	return d.answer(ctx, q)
}

func (d *decider) Settle(_ context.Context, _ string, s workspaces.Settlement) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled = append(d.settled, s)
	return nil
}

func answers(yes bool, by workspaces.By) func(context.Context, workspaces.Question) (workspaces.Answer, error) {
	return func(context.Context, workspaces.Question) (workspaces.Answer, error) {
		return workspaces.Answer{Question: "q1", Yes: yes, By: by, At: june}, nil
	}
}

// registrar does what the test says.
type registrar func(ctx context.Context, workspace string) (string, error)

func (r registrar) RegisterInto(ctx context.Context, workspace string) (string, error) {
	return r(ctx, workspace)
}

func optionsIn(dir string) Options {
	return Options{
		Name: "bncapers", Env: "dev", User: "ana", Dir: dir, Database: "feature_store_demo_dev",
		Tables:    []features.Table{visitCount(countFeature)},
		Defaults:  map[string]string{"env": "dev", "start_date": "2024-01-01"},
		Decider:   &decider{},
		Registrar: registrar(func(context.Context, string) (string, error) { return "nothing to register", nil }),
		Now:       (&clock{at: june}).now,
		Log:       slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// open opens a workspace in a directory of its own, and closes it with the test.
func open(t testing.TB, change ...func(*Options)) *Workspace {
	t.Helper()
	o := optionsIn(filepath.Join(t.TempDir(), "bncapers", "dev"))
	for _, c := range change {
		c(&o)
	}
	return openWith(t, o)
}

func openWith(t testing.TB, o Options) *Workspace {
	t.Helper()
	w, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// put writes a source from rows like `{"id": 1, "month": "2024-01", "n": 2}`, one a line; a missing
// column is null.
func put(t testing.TB, w *Workspace, s features.Source, rows string) int64 {
	t.Helper()
	arrowSchema, err := s.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(rows), "\n")
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrowSchema, strings.NewReader("["+strings.Join(lines, ",")+"]"))
	if err != nil {
		t.Fatalf("rows of %s: %v", s.Name, err)
	}
	reader, err := array.NewRecordReader(arrowSchema, []arrow.Record{record})
	if err != nil {
		t.Fatal(err)
	}
	_, version, err := w.PutSource(t.Context(), s, reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// rowsOf returns the rows of a feature table, values joined by blanks.
func rowsOf(t testing.TB, w *Workspace, table string) []string {
	t.Helper()
	s, err := delta.At(filepath.Join(w.options.Dir, w.options.Database, table)).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Read(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var out []string
	for r.Next() {
		for row := range int(r.Record().NumRows()) {
			var cells []string
			for _, c := range r.Record().Columns() {
				cells = append(cells, c.ValueStr(row))
			}
			out = append(out, strings.Join(cells, " "))
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// build stages and saves a table with parameters beside the defaults.
func build(t testing.TB, w *Workspace, table features.Table, parameters map[string]string) (workspaces.Build, error) {
	t.Helper()
	p, err := w.taskParameters(workspaces.Job{}, workspaces.Task{Key: table.Name, Table: table.Name}, parameters, w.now())
	if err != nil {
		t.Fatal(err)
	}
	return workspaces.BuildRequest{Table: table, Params: p}.Run(t.Context(), w, w.options.Decider, w.log)
}

// mustBuild is build without an error.
func mustBuild(t testing.TB, w *Workspace, table features.Table, parameters map[string]string) workspaces.Build {
	t.Helper()
	b, err := build(t, w, table, parameters)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func versionOf(t testing.TB, w *Workspace, table string) int64 {
	t.Helper()
	got, err := w.Table(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	return got.Version
}

// start starts the first job.
func start(t testing.TB, w *Workspace, r workspaces.RunRequest) int64 {
	t.Helper()
	if r.JobID == 0 {
		r.JobID = 1
	}
	id, err := w.RunNow(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// await waits until a run is as wanted.
func await(t testing.TB, w *Workspace, id int64, wanted func(workspaces.Run) bool) workspaces.Run {
	t.Helper()
	for {
		r, err := w.Run(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if wanted(r) {
			return r
		}
		if r.Status.Ended() {
			t.Fatalf("the run ended otherwise: %+v", r)
		}
		select {
		case <-w.Changed():
		case <-time.After(time.Minute):
			t.Fatalf("the run stays so: %+v", r)
		}
	}
}

// ended waits for the end of a run.
func ended(t testing.TB, w *Workspace, id int64) workspaces.Run {
	t.Helper()
	return await(t, w, id, func(r workspaces.Run) bool { return r.Status.Ended() })
}

// wantError checks that an error has all the words.
func wantError(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q has no %q", err, word)
		}
	}
}
