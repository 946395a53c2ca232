package overview

import (
	"slices"
	"strings"
	"testing"

	"featops/engine"
	"featops/engine/logs"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// twoJobs is a workspace with a job whose task has failed, another job, and a table that no task builds, beside a workspace
// without any.
func twoJobs() *engine.Snapshot {
	ended := func(r workspaces.Result) workspaces.Status {
		return workspaces.Status{LifeCycle: workspaces.Terminated, Result: r}
	}
	job := func(id int64, name string, r workspaces.Result, tasks ...workspaces.Task) engine.JobState {
		run := workspaces.Run{ID: 1, Status: ended(r)}
		for _, t := range tasks {
			run.Tasks = append(run.Tasks, workspaces.TaskRun{Key: t.Key, Status: ended(r)})
		}
		return engine.JobState{Job: workspaces.Job{ID: id, Name: name, Tasks: tasks}, Runs: []workspaces.Run{run}}
	}
	return &engine.Snapshot{Workspaces: []engine.WorkspaceState{{Name: "w", Jobs: []engine.JobState{
		job(1, "nightly", workspaces.Failed, workspaces.Task{Key: "a", Table: "fs_a"}, workspaces.Task{Key: "b", Table: "fs_b", DependsOn: []string{"a"}},
			workspaces.Task{Key: "c", Table: "fs_c", DependsOn: []string{"a"}}),
		job(2, "weekly", workspaces.Success, workspaces.Task{Key: "d", Table: "fs_d"}),
	}, Tables: []workspaces.Table{{Name: "by_hand", Workspace: "w"}}}, {Name: "empty"}}}
}

func shown(s *Screen) []string {
	var out []string
	for _, x := range s.spaces {
		for i := 1; i < x.rows(); i++ {
			out = append(out, x.row(i).label())
		}
	}
	return out
}

func TestAFilterChoosesRowsByNameTableAndState(t *testing.T) {
	for text, want := range map[string][]string{
		"":        {"nightly", "  a", "  ├ b", "  └ c", "weekly", "  d", "by_hand"},
		"fs_b":    {"nightly", "  └ b"},
		"week":    {"weekly", "  d"},
		"FAILED":  {"nightly", "  a", "  ├ b", "  └ c"},
		"hand":    {"by_hand"},
		"!failed": {"weekly", "  d", "by_hand"},
		"~ngt":    {"nightly", "  a", "  ├ b", "  └ c"},
		"nothing": nil,
	} {
		s := New(nil, logs.NewRing(1))
		s.Show(state(twoJobs(), widget.Theme{}))
		s.setFilter(text)
		if diff := cmp.Diff(want, shown(s)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
		if row := s.Selected().Row; len(want) > 0 && !slices.ContainsFunc(want, func(l string) bool { return strings.HasSuffix(l, row) }) {
			t.Errorf("%q: %q is selected, which is not shown", text, row)
		}
	}
}

func TestTheFilterIsTypedKeptAndTakenAway(t *testing.T) {
	s := New(nil, logs.NewRing(1))
	s.Show(state(twoJobs(), widget.Theme{}))
	press := func(name string) {
		for _, a := range s.Actions() {
			if a.Name == name {
				a.Do()
			}
		}
	}
	press("filter")
	for _, r := range "fs_d" {
		s.Type(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	if seen := strings.Join(s.Draw(80, 24), "\n"); !strings.Contains(ansi.Strip(seen), "/ fs_d") || !strings.Contains(seen, "2 rows") || strings.Contains(seen, "nightly") {
		t.Errorf("while it is typed:\n%s", seen)
	}
	s.Type(tea.KeyMsg{Type: tea.KeyEnter})
	if s.Typing() {
		t.Error("enter does not end the typing")
	}
	s.Move(1)
	other := New(nil, logs.NewRing(1))
	if err := other.Restore(func(into any) error { *into.(*kept) = s.Keep().(kept); return nil }); err != nil {
		t.Fatal(err)
	}
	other.Show(state(twoJobs(), widget.Theme{}))
	if seen := strings.Join(other.Draw(80, 24), "\n"); !strings.Contains(seen, "filter fs_d") || other.Selected().Task != "d" {
		t.Errorf("after a restart %q is selected in\n%s", other.Selected().Task, seen)
	}
	press("filter-off")
	if n := len(shown(s)); n != 7 {
		t.Errorf("%d rows without a filter, want 7", n)
	}
	press("filter")
	s.Type(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'x'}})
	s.Type(tea.KeyMsg{Type: tea.KeyEsc})
	if s.Typing() || len(shown(s)) != 7 {
		t.Error("esc does not take the filter away")
	}
}

// Whatever is drawn, a click on a row selects it, and one on the head of a workspace its first row.
func TestAClickSelectsTheRow(t *testing.T) {
	for _, w := range []int{80, 160} {
		for _, filter := range []string{"", "fs_"} {
			s := New(nil, logs.NewRing(1))
			s.Show(state(twoJobs(), widget.Theme{}))
			s.setFilter(filter)
			for _, row := range shown(s) {
				name := strings.TrimLeft(row, " ├└")
				lines := s.Draw(w, 40)
				y := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, " "+name+" ") })
				s.Click(4, y)
				if got := s.Selected().Row; got != name {
					t.Errorf("%d wide, %q: a click on %s selects %s", w, filter, name, got)
				}
			}
			for y := range s.Draw(w, 40) {
				for _, x := range []int{-1, 0, w / 2, w - 1, w} {
					s.Click(x, y)
					if s.Selected().Workspace == nil {
						t.Fatalf("a click at %d, %d selects nothing", x, y)
					}
				}
			}
		}
	}
	s := New(nil, logs.NewRing(1))
	s.Show(state(twoJobs(), widget.Theme{}))
	s.Draw(160, 40)
	s.Click(100, 1)
	if got := s.Selected().Workspace.Name; got != "empty" {
		t.Errorf("a click on the other workspace selects %s", got)
	}
	s.Click(3, 1)
	if got := s.Selected().Row; got != "nightly" {
		t.Errorf("a click on the head of a workspace selects %s", got)
	}
}

// What does not fit beside a row stands below it, on two lines at the most, the registrations first.
func TestADetailThatDoesNotFitIsWrappedBetweenItsParts(t *testing.T) {
	c := columns{all: 40, name: 10, state: 10}
	for _, tt := range []struct {
		detail []string
		beside string
		below  []string
	}{
		{nil, "", nil},
		{[]string{"v1", "new"}, "v1 · new", nil},
		{[]string{"1,000 rows", "v1", "→ other ✓"}, "", []string{"      1,000 rows · v1 · → other ✓"}},
		{[]string{"1,000 rows", "v1", "→ other ✓", "saved 3 hours ago"}, "", []string{"      1,000 rows · v1 · → other ✓", "      saved 3 hours ago"}},
		{[]string{strings.Repeat("x", 50), strings.Repeat("y", 20), strings.Repeat("z", 20)}, "",
			[]string{"      " + strings.Repeat("x", 33) + "…", "      " + strings.Repeat("y", 20) + " · " + strings.Repeat("z", 10) + "…"}},
	} {
		beside, below := place(tt.detail, c)
		if beside != tt.beside || !slices.Equal(below, tt.below) {
			t.Errorf("%q: %q %q, want %q %q", tt.detail, beside, below, tt.beside, tt.below)
		}
	}
}
