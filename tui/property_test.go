package tui

import (
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/journal"
	"featops/engine/logs"
	"featops/features/schema"
	"featops/tui/screen/decisions"
	tablescreen "featops/tui/screen/table"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"
)

// odd draws text as a foreign system may send it: wide characters, combining marks, escape sequences,
// line ends, broken UTF-8.
func odd() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{
		"table", " ", "fs_cus_demographic", "日本語", "é", "e\u0301", "👩‍👩‍👧", "\x1b[31m", "\x1b]0;t\a", "\x1b", "\n", "\r", "\t", "\xff", "\u202e", "ｗ", "…", "─",
	})
	return rapid.Custom(func(t *rapid.T) string {
		s := ""
		for _, p := range rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces") {
			s += p
		}
		return s
	})
}

func oddStatus(t *rapid.T) workspaces.Status {
	return workspaces.Status{
		LifeCycle: rapid.SampledFrom([]workspaces.LifeCycle{"", "RUNNING", "TERMINATED", "SKIPPED", "PENDING", "SOMETHING_NEW"}).Draw(t, "life cycle"),
		Result:    rapid.SampledFrom([]workspaces.Result{"", "SUCCESS", "FAILED", "MAXIMUM_CONCURRENT_RUNS_REACHED", "CANCELED", "NEW\nRESULT"}).Draw(t, "result"),
		Message:   odd().Draw(t, "message"),
	}
}

func oddWorkspace(t *rapid.T) engine.WorkspaceState {
	text := func(what string) string { return odd().Draw(t, what) }
	w := engine.WorkspaceState{Name: text("workspace"), Kind: text("kind"), Error: text("error")}
	if rapid.Bool().Draw(t, "polled") {
		w.Polled = noon
	}
	for id := range rapid.Int64Range(0, 3).Draw(t, "jobs") {
		j := engine.JobState{Job: workspaces.Job{ID: id, Name: text("job")}}
		r := workspaces.Run{ID: id, Status: oddStatus(t), Started: noon.Add(-time.Hour)}
		for range rapid.IntRange(0, 6).Draw(t, "tasks") {
			key := text("task")
			task := workspaces.Task{Key: key, Table: key}
			if n := len(j.Tasks); n > 0 {
				task.DependsOn = []string{j.Tasks[n-1].Key}
			}
			j.Tasks = append(j.Tasks, task)
			r.Tasks = append(r.Tasks, workspaces.TaskRun{
				Key: key, Attempt: rapid.IntRange(0, 2).Draw(t, "attempt"), Status: oddStatus(t), Started: noon.Add(-time.Minute),
				Progress: &workspaces.Progress{Stage: text("stage"), Rows: rapid.Int64().Draw(t, "rows"), Total: rapid.Int64().Draw(t, "total")},
			})
			w.Tables = append(w.Tables, workspaces.Table{Workspace: w.Name, Name: key, Rows: rapid.Int64().Draw(t, "rows")})
		}
		j.Runs = []workspaces.Run{r}
		w.Jobs = append(w.Jobs, j)
	}
	return w
}

func oddQuestion(t *rapid.T, id string) workspaces.Question {
	q := question(id)
	q.Workspace, q.Table = odd().Draw(t, "workspace"), odd().Draw(t, "table")
	q.RegisteredIn = rapid.SliceOfN(odd(), 0, 5).Draw(t, "registered in")
	for range rapid.IntRange(0, 40).Draw(t, "columns") {
		q.Difference.Missing = append(q.Difference.Missing, schema.Column{Name: odd().Draw(t, "column"), Type: "STRING"})
	}
	return q
}

// Whatever the engine says, however large the screen is and whatever was pressed: the frame is exactly
// as high as the screen and nowhere wider.
func TestTheFrameFitsTheScreen(t *testing.T) {
	names := []string{"j", "k", "tab", "r", "c", "g", "p", "?", "q", "a", "l", "y", "n", "s", "esc", "pgup", "pgdown", "end", "d", "w", "1", "2", ":", "enter", "down", "/", "o", " ", "日", "left", "right",
		"logs!", "decisions!", "overview!", "f", "m", "N", "t", "u", "L", "home", "backspace", "ctrl+y", "~", "[", "r!", "e\u0301"}
	rapid.Check(t, func(r *rapid.T) {
		s := &engine.Snapshot{Env: "dev", Home: odd().Draw(r, "home")}
		for range rapid.IntRange(0, 4).Draw(r, "workspaces") {
			s.Workspaces = append(s.Workspaces, oddWorkspace(r))
		}
		if rapid.Bool().Draw(r, "asks") {
			s.Questions = []workspaces.Question{oddQuestion(r, "a"), oddQuestion(r, "b")}
		}
		w, h := rapid.IntRange(1, 240).Draw(r, "width"), rapid.IntRange(1, 70).Draw(r, "height")
		c := withListings(t)
		for i := range c.engine.runs {
			c.engine.runs[i].Workspace = odd().Draw(r, "workspace of a run")
		}
		for _, d := range decided() {
			d.Question.Table, d.Question.Workspace = odd().Draw(r, "table of a decision"), odd().Draw(r, "its workspace")
			c.engine.decided = append(c.engine.decided, d)
		}
		c.engine.history = overwritten()
		c.show(s)
		c.setTheme(rapid.SampledFrom(widget.ThemeNames()).Draw(r, "theme"))
		c.resize(w, h)
		for range rapid.IntRange(0, 30).Draw(r, "lines") {
			c.ring.Append(logs.Line{Time: noon, Message: odd().Draw(r, "log"), Workspace: odd().Draw(r, "its workspace"), Run: "12"})
		}
		c.engine.err = nil
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 10).Draw(r, "keys") {
			c.keys(k)
			fits(r, c.View(), w, h)
			if c.broken != nil {
				r.Fatal(c.broken)
			}
			c.wait(400 * time.Millisecond)
			fits(r, c.View(), w, h)
		}
		w, h = rapid.IntRange(1, 240).Draw(r, "new width"), rapid.IntRange(1, 70).Draw(r, "new height")
		c.Update(tea.WindowSizeMsg{Width: w, Height: h})
		fits(r, c.View(), w, h)
	})
}

// Titles of screens with names from elsewhere are one clean line: they stand in the header and over the keys.
func TestTitlesAreClean(t *testing.T) {
	const foreign = "fs_\n\x1b[31mred\t\u202e"
	for _, s := range []interface{ Title() string }{
		decisions.NewDetail(nil, journal.Decision{Question: workspaces.Question{Table: foreign}}),
		tablescreen.New(nil, "bncapers", foreign, ""),
	} {
		if got, want := s.Title(), "fs_ red "; !strings.HasSuffix(got, want) {
			t.Errorf("title %q, want one that ends in %q", got, want)
		}
	}
}
