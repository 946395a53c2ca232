package tui

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/logs"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// story is some lines as a day brings them.
func story() []logs.Line {
	var out []logs.Line
	for i := range 70 {
		at := noon.Add(time.Duration(i-70) * time.Minute)
		l := logs.Line{Time: at, Level: slog.LevelInfo, Workspace: "bncapers", Job: "demo-feature-store", Run: fmt.Sprint(1 + i/20), Task: "fs_cus_demographic"}
		switch i % 5 {
		case 0:
			l.Message = "table saved"
			l.Attrs = logs.Attrs{{Key: "rows", Value: int64(240_000 + i)}, {Key: "version", Value: int64(i)}}
		case 1:
			l.Level, l.Task, l.Message = slog.LevelWarn, "fs_cus_credit_risk", "task is tried again: connection reset by peer while reading fs_bureau, the second attempt begins in ten seconds, and after three of them the task fails"
		case 2:
			l.Workspace, l.Task, l.Level, l.Message = "medpag", "fs_cus_transactions", slog.LevelDebug, "read 日本語.parquet\x1b[31m\r\n"
		case 3:
			l.Level, l.Task, l.Message = slog.LevelError, "fs_cus_credit_risk", "task failed"
			l.Attrs = logs.Attrs{{Key: "error", Value: "connection reset"}}
		case 4:
			l.Run, l.Task, l.Job, l.Table, l.Message = "", "", "", "fs_cus_demographic", "table registered in medpag"
		}
		out = append(out, l)
	}
	return out
}

// reading is a console with lines on its screen of the log.
func reading(t testing.TB, w, h int, lines []logs.Line, keys ...string) *console {
	t.Helper()
	c := open(t, underWay(), w, h)
	c.log(lines...)
	c.keys("logs!")
	c.keys(keys...)
	return c
}

// logStates are those of the screen of the log.
func logStates() []state {
	at := func(lines []logs.Line, keys ...string) func(*testing.T, int, int) *console {
		return func(t *testing.T, w, h int) *console { return reading(t, w, h, lines, keys...) }
	}
	return []state{
		{"logs_empty", at(nil)},
		{"logs_following", at(story())},
		{"logs_filtered", at(story(), "l", "l", "/", "r", "e", "s", "e", "t", "enter", "up", " ", "up")},
		{"logs_no_match", at(story(), "/", "x", "(", "x", "[")},
		{"logs_context", at(story(), "m", "/", "~", "c", "r", "d", "r", "s", "k", "enter", "N", "N", "N")},
		{"logs_wrapped", at(story(), "w", "t", "up", "up")},
		{"logs_scrolled", at(story(), "right", "right", "up")},
		{"logs_pick", at(story(), "s", "down")},
	}
}

func TestTheLogFollowsUntilItIsPaused(t *testing.T) {
	c := reading(t, 120, 36, story())
	c.log(logs.Line{Time: noon, Message: "the newest"})
	c.wantSeen(t, true, "the newest")
	c.wantSeen(t, true, "▼ following")
	c.keys("f")
	for i := range 50 {
		c.log(logs.Line{Time: noon, Message: fmt.Sprintf("line %d!", i)})
	}
	c.wantSeen(t, true, "paused, 50 newer")
	c.wantSeen(t, true, "the newest")
	c.wantSeen(t, false, "line 0!")
	c.keys("pgdown")
	c.wantSeen(t, true, "line 0!")
	c.wantSeen(t, false, "line 49!")
	c.keys("end")
	c.wantSeen(t, true, "line 49!")
	c.wantSeen(t, true, "▼ following")
	c.keys("up")
	c.wantSeen(t, true, "paused")
	c.keys("down")
	c.wantSeen(t, true, "▼ following")
}

// seen lists the messages of the lines on the screen that are on it.
func (c *console) seen(messages ...string) []string {
	var out []string
	for _, m := range messages {
		if strings.Contains(ansi.Strip(c.View()), m) {
			out = append(out, m)
		}
	}
	return out
}

func TestLinesAreChosen(t *testing.T) {
	var lines []logs.Line
	all := []string{"one fine day", "One bad day", "two [x] days", "an error", "of a task"}
	for i, m := range all {
		lines = append(lines, logs.Line{Time: noon, Message: m, Workspace: []string{"bncapers", "medpag"}[i%2]})
	}
	lines[3].Level = slog.LevelError
	lines[0].Level = slog.LevelDebug
	lines[4].Task = "fs_cus_credit_risk"
	tests := []struct {
		name string
		keys []string
		want []string
	}{
		{"all", nil, all},
		{"small letters match capitals", []string{"/", "one"}, all[:2]},
		{"a capital does not match small letters", []string{"/", "One"}, all[1:2]},
		{"a class is no capital", []string{"/", `one\Sfine|\SAYS|days`}, all[2:3]},
		{"a regular expression", []string{"/", `^.{40,}\bd.y$`}, all[:2]},
		{"no regular expression keeps the pattern before", []string{"/", `[`, "x"}, all},
		{"inverse", []string{"/", "!day"}, all[3:]},
		{"fuzzy in a word", []string{"/", "~crdrsk"}, all[4:]},
		{"fuzzy not over words", []string{"/", "~onefineday"}, nil},
		{"fuzzy and inverse", []string{"/", "!~dy"}, all[3:]},
		{"a level", []string{"l", "l", "l"}, all[3:4]},
		{"all levels again", []string{"l", "l", "l", "l"}, all},
		{"picked", []string{"s", "m", "e", "d", "p", "enter"}, []string{all[1], all[3]}},
		{"picked and picked again", []string{"s", "m", "e", "d", "p", "enter", "s", "m", "e", "d", "p", "enter"}, all},
		{"in context", []string{"m", "/", "one"}, all},
		{"everything taken away", []string{"l", "l", "l", "/", "x", "enter", "backspace"}, all},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := reading(t, 120, 36, lines, tt.keys...)
			c.keys("enter")
			if diff := cmp.Diff(tt.want, c.seen(all...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			c.log(lines...) // new lines are chosen as those that were there
			if diff := cmp.Diff(tt.want, c.seen(all...)); diff != "" {
				t.Errorf("after they came again (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheLineThatWasSelectedStaysInSightWhenTheFilterChanges(t *testing.T) {
	c := reading(t, 80, 24, story(), "home", "down", "down", "down")
	c.wantSeen(t, true, "▸ 11-23 10:53:00 ERROR")
	c.keys("l", "l", "l")
	c.wantSeen(t, true, "▸ 11-23 10:53:00 ERROR")
	c.keys("backspace")
	c.wantSeen(t, true, "▸ 11-23 10:53:00 ERROR")
}

func TestGoingFromMatchToMatch(t *testing.T) {
	c := reading(t, 80, 24, story(), "m", "/", "saved", "enter")
	for _, want := range []string{"11:55:00", "11:50:00", "11:45:00"} {
		c.keys("N")
		c.wantSeen(t, true, "▸•11-23 "+want)
	}
	c.keys("n")
	c.wantSeen(t, true, "▸•11-23 11:50:00")
	c.keys("n", "n")
	c.wantSeen(t, true, "! no match below")
	c.wantSeen(t, true, "▸•11-23 11:55:00")
	c.keys("home", "N")
	c.wantSeen(t, true, "! no match above")
}

func TestALineLeadsToItsRun(t *testing.T) {
	c := reading(t, 120, 36, []logs.Line{
		{Time: noon, Message: "other", Workspace: "medpag"},
		{Time: noon, Message: "known", Workspace: "bncapers", Run: "12", Task: "fs_cus_credit_risk"},
		{Time: noon, Message: "unknown", Workspace: "medpag", Run: "77"},
	})
	c.keys("enter")
	c.wantSeen(t, true, "✗ run 77: there is no run 77 in medpag")
	c.keys("esc", "logs!", "up", "enter")
	c.wantSeen(t, true, "dev · overview")
	if got := c.overview().Selected(); got.Row != "fs_cus_credit_risk" || got.Workspace.Name != "bncapers" {
		t.Errorf("%s is selected", got.Row)
	}
	c.keys("logs!", "up", "enter")
	c.wantSeen(t, true, "! show the run of the line: the line is of no run")
}

func TestTheLinesOfARow(t *testing.T) {
	c := open(t, underWay(), 120, 36)
	c.log(story()...)
	c.keys("j", "j", "L")
	c.wantSeen(t, true, "log · workspace bncapers · job [dev ana] demo-feature-store · task fs_cus_credit_risk")
	c.wantSeen(t, true, "! no line fits")
	c.keys("backspace")
	c.wantSeen(t, true, "table registered in medpag")
}

// onDisk is a console whose log has lines in files, of which the last are in memory too.
func onDisk(t *testing.T, lines, inMemory int) *console {
	t.Helper()
	home := t.TempDir()
	file := filepath.Join(home, "logs", "featops.jsonl")
	n := 0
	clock := func() time.Time { return noon.Add(time.Duration(n-lines) * time.Second) }
	l, err := logs.Open(logs.Options{File: file, MaxSizeMB: 1, RingLines: inMemory, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	for ; n < lines; n++ {
		l.Logger.Info(fmt.Sprintf("line %d!", n), "workspace", "bncapers", "padding", strings.Repeat("x", 200))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := open(t, idle(), 120, 36, func(o *Options) { o.Lines, o.LogFile, o.Home = l.Ring, file, home })
	c.ring = l.Ring
	c.keys("logs!")
	return c
}

func TestOlderLinesComeFromTheFiles(t *testing.T) {
	const lines = 12_000 // several files of 1 MB
	c := onDisk(t, lines, 100)
	c.wantSeen(t, true, "line 11999!")
	for range 30 {
		c.keys("home")
	}
	c.wantSeen(t, true, "▸ 11-23 08:40:00 INFO    bncapers                       line 0!")
	c.wantSeen(t, true, "1 of 12,000 · back to 2026-11-23 08:40:00")
	c.wantSeen(t, false, "older ones not loaded")
	c.keys("/", "line 42!", "enter")
	c.wantSeen(t, true, "line 42!")
	c.keys("backspace", "end", "m", "/", "line 77!", "enter", "N")
	c.wantSeen(t, true, "▸•11-23 08:41:17 INFO    bncapers                       line 77!")
}

func TestFarBackTheSelectedLineStaysInSightToo(t *testing.T) {
	c := onDisk(t, 30_000, 100)
	c.keys("/", "line [0-9]*99!", "enter", "home", "home")
	selected := "11-23 03:41:39 INFO    bncapers                       line 99!"
	c.wantSeen(t, true, "▸ "+selected)
	c.keys("backspace")
	c.wantSeen(t, true, "▸ "+selected)
}

func TestLinesInMemoryAreShownWhereTheFilesCannotBeRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no folder", "featops.jsonl")
	if err := os.WriteFile(filepath.Dir(file), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := open(t, idle(), 120, 36, func(o *Options) { o.LogFile = file })
	c.log(story()...)
	c.keys("logs!")
	c.wantSeen(t, true, "✗ read older log lines: ")
	c.wantSeen(t, true, "table registered in medpag")
}

func TestLinesAreWrittenToAFile(t *testing.T) {
	c := onDisk(t, 5000, 10)
	c.keys("/", "line 4?99!", "enter", "ctrl+e")
	file := filepath.Join(c.options.Home, "exports", "log-20261123T120000.txt")
	c.wantSeen(t, true, "✓ wrote "+file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(got) != 2 || !strings.HasPrefix(got[0], "2026-11-23 10:38:19 INFO    [bncapers] line 99! padding=xxx") || !strings.Contains(got[1], "line 499!") {
		t.Errorf("the file has %d lines: %.200q", len(got), got)
	}
}

func TestLinesAreCopied(t *testing.T) {
	var out strings.Builder
	c := reading(t, 120, 36, []logs.Line{{Time: noon, Message: "a"}, {Time: noon, Message: "b"}, {Time: noon, Message: "c"}})
	c.options.Terminal = &out
	c.keys("ctrl+y")
	copied := func(text string) string { return ansi.SetSystemClipboard(text) }
	if want := copied("2026-11-23 12:00:00 INFO    c"); out.String() != want {
		t.Errorf("the terminal got %q, want %q", out.String(), want)
	}
	out.Reset()
	c.keys(" ", "home", " ", "ctrl+y")
	if want := copied("2026-11-23 12:00:00 INFO    a\n2026-11-23 12:00:00 INFO    c\n"); out.String() != want {
		t.Errorf("the terminal got %q, want %q", out.String(), want)
	}
	c.wantSeen(t, true, "2 marked")
	c.keys("u")
	c.wantSeen(t, false, "marked")
}

func TestHowTheLogIsShownIsKept(t *testing.T) {
	home := t.TempDir()
	at := func(o *Options) { o.Home = home }
	c := open(t, idle(), 120, 36, at)
	c.keys("logs!", "w", "t", "l", "l", "/", "reset", "enter")
	c.keep()
	c = open(t, idle(), 120, 36, at)
	c.log(story()...)
	c.wantSeen(t, true, "log · WARNING and above · matches of reset")
	c.wantSeen(t, true, "wrapped")
	c.wantSeen(t, false, "11:58:00")
}

// More lines at once than are looked at at once, and more than memory holds.
func TestAFloodOfLines(t *testing.T) {
	c := open(t, idle(), 120, 36, func(o *Options) { o.Lines = logs.NewRing(3000) })
	c.ring = c.options.Lines.(*logs.Ring)
	c.keys("logs!")
	flood := func(name string, n int) {
		for i := range n {
			c.ring.Append(logs.Line{Time: noon, Message: fmt.Sprintf("%s %d!", name, i)})
		}
		_, cmd := c.Update(changedMsg{})
		c.settle(cmd)
	}
	flood("one", 2500)
	c.wantSeen(t, true, "one 2499!")
	c.keys("up")
	flood("two", 10_000)
	c.wantSeen(t, true, "one 2498!")
	c.wantSeen(t, true, "paused, 10,0")
	c.keys("end")
	c.wantSeen(t, true, "two 9999!")
	c.wantSeen(t, true, "▼ following")
}

// BenchmarkLogFrame takes a batch of new lines, or a key, and draws the log at 200 × 60 with a full ring.
func BenchmarkLogFrame(b *testing.B) {
	const full = 100_000
	ring := logs.NewRing(full)
	lines := story()
	for i := range full {
		ring.Append(lines[i%len(lines)])
	}
	states := []struct {
		name string
		keys []string
	}{
		{"following", nil},
		{"filtered", []string{"l", "/", "reset", "enter"}},
		{"in context", []string{"m", "/", "reset|fs_[a-z]+_risk", "enter"}},
		{"wrapped", []string{"w"}},
	}
	for _, s := range states {
		c := open(b, underWay(), 200, 60, func(o *Options) { o.Lines = ring })
		c.keys("logs!")
		c.keys(s.keys...)
		snapshots := []*engine.Snapshot{underWay(), underWay()}
		b.Run(s.name+"/new lines", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				for k := range 67 {
					ring.Append(lines[k])
				}
				c.engine.snapshot = snapshots[i%2]
				_, cmd := c.Update(changedMsg{})
				_ = c.View()
				if cmd != nil {
					c.settle(cmd)
				}
			}
		})
		up := tea.KeyMsg{Type: tea.KeyUp}
		b.Run(s.name+"/key", func(b *testing.B) {
			for b.Loop() {
				c.Update(up)
				_ = c.View()
			}
		})
	}
}
