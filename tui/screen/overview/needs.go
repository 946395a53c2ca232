package overview

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"featops/engine"
	"featops/tui/widget"
	"featops/workspaces"
)

// needs are the places where something needs a person, in the order of the rows.
type needs struct {
	failed  []Place // a workspace that cannot be reached, a failed run, a registration that did not succeed
	missed  []Place // jobs that nobody was there to start
	jobless []Place // workspaces in which no feature job was found
	unseen  int     // workspaces that nobody has looked at yet
	running []underWay
	queued  int
}

// underWay is a run that is executed. Whether it is late is a question of the time.
type underWay struct {
	Place
	since time.Time
	usual time.Duration
}

// needed goes through the snapshot.
func (s *Screen) needed() needs {
	var n needs
	for _, x := range s.spaces {
		switch {
		case x.state.Error != "":
			n.failed = append(n.failed, x.row(x.top()).Place)
		case x.state.Polled.IsZero():
			n.unseen++
		case len(x.state.Jobs) == 0:
			n.jobless = append(n.jobless, x.row(x.top()).Place)
		}
		for i := range x.state.Jobs {
			n.look(Place{Workspace: x.state.Name, Job: x.state.Jobs[i].ID}, &x.state.Jobs[i])
		}
	}
	for _, t := range slices.SortedFunc(maps.Keys(s.failed), func(a, b target) int { return strings.Compare(a.table, b.table) }) {
		for _, x := range s.spaces {
			if p, ok := x.placeOf(t.table); ok && !slices.Contains(n.failed, p) {
				n.failed = append(n.failed, p)
			}
		}
	}
	return n
}

func (n *needs) look(p Place, j *engine.JobState) {
	if j.Schedule != nil && !j.Schedule.Missed.IsZero() {
		n.missed = append(n.missed, p)
	}
	switch r := j.Current(); {
	case r == nil:
	case r.Status.Failed():
		n.failed = append(n.failed, p)
	case !r.Status.Ended() && r.Status.LifeCycle != workspaces.Queued:
		u := underWay{Place: p, since: r.Started}
		if len(r.Repairs) == 0 {
			u.usual = j.Expected.Of("")
		}
		n.running = append(n.running, u)
	}
	n.queued += j.Queued()
}

// late lists the runs that take remarkably longer than usual, and those that did not start.
func (n *needs) late(now time.Time) []Place {
	out := slices.Clone(n.missed)
	for _, u := range n.running {
		if !u.since.IsZero() && engine.Late(now.Sub(u.since), u.usual) {
			out = append(out, u.Place)
		}
	}
	return out
}

// drawNeeds is the strip that says what needs a person, and how much goes on.
func (s *Screen) drawNeeds(w int) string {
	t := s.theme
	var parts []string
	if n := len(s.state.Snapshot.Questions); n > 0 {
		parts = append(parts, t.Alarm.Styled("? "+counted(n, "question")+" open"))
	}
	if n := len(s.needs.failed); n > 0 {
		parts = append(parts, t.Bad.Styled(fmt.Sprintf("✗ %d failed", n)))
	}
	missed := len(s.needs.missed)
	if n := len(s.needs.late(s.state.Now)) - missed; n > 0 {
		parts = append(parts, t.Warn.Styled(fmt.Sprintf("! %d late", n)))
	}
	if missed > 0 {
		parts = append(parts, t.Warn.Styled(fmt.Sprintf("! %d missed", missed)))
	}
	if n := len(s.needs.jobless); n > 0 {
		parts = append(parts, t.Warn.Styled("! "+counted(n, "workspace")+" without a feature job"))
	}
	if n := s.needs.unseen; n > 0 {
		parts = append(parts, t.Waiting.Styled("○ "+counted(n, "workspace")+" not looked at yet"))
	}
	if len(parts) == 0 {
		parts = append(parts, t.Good.Styled("✓ nothing needs you"))
	}
	right := ""
	if n := len(s.needs.running); n > 0 {
		right = " " + t.Busy.Styled("● "+counted(n, "run")+" under way")
	}
	if n := s.needs.queued; n > 0 {
		right += " " + t.Waiting.Styled(fmt.Sprintf("○ %d queued", n))
	}
	return widget.Spread(strings.Join(parts, "  "), right, w)
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// jump selects the next of some places after the selected row, round and round.
func (s *Screen) jump(places []Place) {
	at := func(p Place) (n int) {
		for _, x := range s.spaces {
			if i := x.find(p); i >= 0 {
				return n + i
			}
			n += x.rows()
		}
		return -1
	}
	from := at(s.selected)
	best, next := -1, Place{}
	for _, p := range places {
		i := at(p)
		if i < 0 {
			continue
		}
		if i <= from {
			i += 1 << 32 // behind all that come after the selected row
		}
		if best < 0 || i < best {
			best, next = i, p
		}
	}
	if best >= 0 {
		s.selected = next
	}
}
