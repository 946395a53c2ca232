package doctor

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/config"
	"featops/engine/journal"
	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
	"featops/workspaces/embedded"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/gofrs/flock"
)

// patient is a home to be examined, with the two built-in workspaces and nothing in it.
func patient(t *testing.T) Examination {
	t.Helper()
	home := t.TempDir()
	c, err := config.Load(os.DevNull, config.Overrides{{Key: "home", Value: home, Flag: "--home"}}, func(name string) (string, bool) {
		return map[string]string{"USER": "ana", "HOME": home}[name], true
	})
	if err != nil {
		t.Fatal(err)
	}
	return Examination{Config: c, Tables: features.Tables(), Now: time.Now, Environ: []string{"TERM=xterm"}}
}

// finds examines and returns what it finds of an area, as "severity: message → do".
func finds(t *testing.T, x Examination, area string) string {
	t.Helper()
	d, err := Examine(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range d.Findings {
		if f.Area == area {
			lines = append(lines, string(f.Severity)+": "+f.Where+": "+f.Message+" → "+f.Do)
		}
	}
	return strings.Join(lines, "\n")
}

func wants(t *testing.T, got string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("lacks %q:\n%s", w, got)
		}
	}
}

func TestDoctorTellsWhoWorksInTheHome(t *testing.T) {
	x := patient(t)
	wants(t, finds(t, x, "lock"), "ok: ", "no engine has worked here yet")
	l := hold(t, x)
	wants(t, finds(t, x, "lock"), "ok: ", "works here, since", os.Args[0])
	if err := os.WriteFile(engine.HolderFile(x.Config.Home), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	wants(t, finds(t, x, "lock"), "note: ", "the file that names it is damaged", "fuser")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	wants(t, finds(t, x, "lock"), "ok: ", "no engine works here now")
	if err := hold(t, x).Close(); err != nil {
		t.Error(err)
	}
}

// hold takes the home as an engine does.
func hold(t *testing.T, x Examination) *flock.Flock {
	t.Helper()
	l := flock.New(engine.LockFile(x.Config.Home))
	if got, err := l.TryLock(); err != nil || !got {
		t.Fatalf("the home cannot be taken: %t, %v", got, err)
	}
	text, err := json.Marshal(engine.Holder{PID: os.Getpid(), Command: os.Args[0], Since: time.Now()})
	if err == nil {
		err = os.WriteFile(engine.HolderFile(x.Config.Home), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDoctorTellsWhatACrashHasLeft(t *testing.T) {
	x, ctx, at := patient(t), t.Context(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	j, err := journal.Open(ctx, engine.Plan{Config: x.Config}.JournalFile(), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := journal.RegistrationKey{From: "medpag", Run: 1, Task: "t", Table: "fs_cus_transactions", To: "bncapers"}
	_, _, err = j.Want(ctx, key, at)
	if err == nil {
		_, err = j.StartBuild(ctx, "medpag", "fs_cus_transactions", nil, at)
	}
	if err == nil {
		err = j.Asked(ctx, workspaces.Question{ID: "q", Subject: workspaces.SaveTable, Workspace: "medpag", Table: "fs_cus_transactions", Asked: at,
			Difference: schema.Difference{Missing: schema.Schema{{Name: "old", Type: schema.Int}}}})
	}
	if err == nil {
		err = j.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	runLeftOpen(t, x)

	wants(t, finds(t, x, "question"), "note: medpag/fs_cus_transactions", "old", "whoever asked it has stopped", "run` closes it")
	wants(t, finds(t, x, "registration"), "note: ", "its registration in bncapers was not finished", "watch --once` finishes it")
	wants(t, finds(t, x, "build"), "note: ", "was cut off", "build fs_cus_transactions` builds it again")
	wants(t, finds(t, x, "run"), "note: medpag/1", "recorded as RUNNING, and no engine works here", "repair 1 --workspace medpag`")

	defer hold(t, x).Close()
	wants(t, finds(t, x, "question"), "answer it in the console")
	for _, area := range []string{"registration", "build", "run"} {
		if got := finds(t, x, area); got != "" {
			t.Errorf("of work under way it says %s", got)
		}
	}
}

// runLeftOpen records a run in medpag as a process that was killed leaves it.
func runLeftOpen(t *testing.T, x Examination) {
	t.Helper()
	w, _ := x.Config.Workspace("medpag")
	o := engine.Plan{Config: x.Config, Tables: x.Tables, Now: x.Now}.Embedded(w)
	o.Log = slog.New(slog.DiscardHandler)
	opened, err := embedded.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", o.DatabaseFile())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`INSERT INTO runs (job_id, job, queued, body) VALUES (1, 'j', 0, '{"job": "j", "job_id": 1, "status": {"life_cycle_state": "RUNNING"}}')`)
	if err != nil {
		t.Fatal(err)
	}
}

func TestDoctorJudgesTheTerminal(t *testing.T) {
	for name, c := range map[string]struct {
		terminal Terminal
		environ  []string
		want     string
	}{
		"none":    {Terminal{}, nil, "ok: none"},
		"large":   {Terminal{Is: true, Width: 120, Height: 40}, []string{"TERM=xterm"}, "ok: 120×40"},
		"small":   {Terminal{Is: true, Width: 60, Height: 40}, []string{"TERM=xterm"}, "note: 60×40"},
		"dumb":    {Terminal{Is: true, Width: 120, Height: 40}, []string{"TERM=dumb"}, `note: TERM: TERM is "dumb"`},
		"unnamed": {Terminal{Is: true, Width: 120, Height: 40}, nil, `note: TERM: TERM is ""`},
	} {
		x := patient(t)
		x.Terminal, x.Environ = c.terminal, c.environ
		if got := finds(t, x, "terminal"); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestDoctorTellsWhyNothingIsColoured(t *testing.T) {
	x := patient(t)
	c, err := config.Load(os.DevNull, config.Overrides{{Key: "home", Value: x.Config.Home, Flag: "--home"}}, func(name string) (string, bool) {
		return map[string]string{"USER": "ana", "NO_COLOR": "1"}[name], true
	})
	if err != nil {
		t.Fatal(err)
	}
	x.Config, x.Terminal = c, Terminal{Is: true, Width: 120, Height: 40}
	wants(t, finds(t, x, "terminal"), "nothing is coloured, by variable NO_COLOR")
}

func TestDoctorComparesTheSpaceWithWhatARunTakes(t *testing.T) {
	x := &examiner{Examination: patient(t)}
	x.needed = 1 << 62
	x.disks(t.Context())
	if f := x.findings[0]; f.Severity != Problem || !strings.Contains(f.Message, "a run that writes everything anew takes about 4.0 EiB") {
		t.Errorf("%+v", x.findings)
	}
}

func TestDoctorSeesACommitInTheFuture(t *testing.T) {
	x := patient(t)
	committed := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(x.Config.Environment().BasePath, "medpag", "dev", "demo_db", "extra")
	_, err := delta.At(path).Create(context.Background(), delta.Metadata{Schema: arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, nil)},
		nil, delta.CommitOptions{Time: committed})
	if err != nil {
		t.Fatal(err)
	}
	x.Now = func() time.Time { return committed.Add(-2 * time.Hour) }
	wants(t, finds(t, x, "clock"), "problem: ", "2h0m0s in the future", "set the clock")
	x.Now = func() time.Time { return committed.Add(time.Second) }
	wants(t, finds(t, x, "clock"), "ok: ")
}

func TestDoctorWantsAHomeThatCanBeWrittenTo(t *testing.T) {
	x := patient(t)
	x.Config.Home = filepath.Join(x.Config.Home, "file")
	if err := os.WriteFile(x.Config.Home, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wants(t, finds(t, x, "home"), "problem: ", "it is no directory")

	if os.Geteuid() == 0 {
		t.Skip("root can write everywhere")
	}
	x = patient(t)
	if err := os.Chmod(x.Config.Home, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(x.Config.Home, 0o700) })
	wants(t, finds(t, x, "home"), "problem: ", "this user cannot write to it", "chmod")
}

func TestCommandsOfDoctorAreForAShell(t *testing.T) {
	for word, want := range map[string]string{"/a/b": "/a/b", "/a b": "'/a b'", "it's": `'it'\''s'`, "": "''", "$HOME": "'$HOME'"} {
		if got := quoted(word); got != want {
			t.Errorf("quoted(%q) = %s, want %s", word, got, want)
		}
	}
}

func TestCommitsWithoutACheckpointAreCounted(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "_delta_log")
	if err := os.Mkdir(log, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := commitsWithoutCheckpoint(dir, 4); got != 5 {
		t.Errorf("%d commits of version 4 without any checkpoint", got)
	}
	for _, v := range []string{"00000000000000000010", "00000000000000000020"} {
		if err := os.WriteFile(filepath.Join(log, v+".checkpoint.parquet"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := commitsWithoutCheckpoint(dir, 27); got != 7 {
		t.Errorf("%d commits after the checkpoint of version 20", got)
	}
}

// A Databricks workspace that refuses the token, and one that nobody answers for.
func TestDoctorTellsWhyAWorkspaceCannotBeUsed(t *testing.T) {
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error_code": "UNAUTHENTICATED", "message": "what is %s?"}`, r.Header.Get("Authorization"))
	}))
	t.Cleanup(refuses.Close)
	x := patient(t)
	token, err := config.ParseSecret("env:TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	x.Environ = []string{"TOKEN=s3cret-0123456789"}
	x.Config.Workspaces = append(x.Config.Workspaces,
		config.Workspace{Name: "analytics", Kind: config.Databricks, Host: refuses.URL, Token: token},
		config.Workspace{Name: "credit", Kind: config.Databricks, Host: "https://no-such-host.invalid", Token: token})
	got := finds(t, x, "databricks")
	wants(t, got, "problem: analytics: sign in to analytics: the credentials are refused (UNAUTHENTICATED): what is Bearer ***?", "make a new token in "+refuses.URL,
		"problem: credit: sign in to credit: the host has no address", "mend the host https://no-such-host.invalid")
	if strings.Contains(got, "s3cret") {
		t.Error(got)
	}
	x.Environ = nil
	wants(t, finds(t, x, "databricks"), "problem: analytics: token: resolve secret env:TOKEN: the environment variable is not set", "make env:TOKEN hold the token")
}
