package run

import (
	"fmt"
	"slices"
	"time"

	"featops/tui/screen"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// newest are the newest runs of the job, which the snapshot has.
func (s *Screen) newest() []workspaces.Run {
	if s.job == nil {
		return nil
	}
	return s.job.Runs
}

// place is where the run stands among those of its job that are known, or -1.
func (s *Screen) place() (runs []workspaces.Run, at int) {
	if s.history == nil {
		return nil, -1
	}
	runs = s.history.Runs(s.newest())
	return runs, slices.IndexFunc(runs, func(r workspaces.Run) bool { return r.ID == s.id })
}

// other shows the next run of the job, the older or the newer one. Where that is not known more runs are read.
func (s *Screen) other(way int) tea.Cmd {
	runs, at := s.place()
	if to := at + way; at >= 0 && to >= 0 && to < len(runs) {
		return s.become(&runs[to])
	}
	s.way = way
	return s.history.More(s.console, s.newest())
}

// went goes on to another run when more were read than were known.
func (s *Screen) went(known int) tea.Cmd {
	way := s.way
	s.way = 0
	runs, at := s.place()
	to := at + way
	switch {
	case way == 0 || s.history.Err() != nil:
	case at >= 0 && to >= 0 && to < len(runs):
		return s.become(&runs[to])
	case at < 0 && len(runs) > known && !s.history.Whole(s.newest()):
		return s.other(way)
	default:
		s.console.Say(s.cannotGo(way))
	}
	return nil
}

// cannotGo says why there is no older run, or no newer one; nothing, where there may be one.
func (s *Screen) cannotGo(way int) string {
	if s.job == nil {
		return s.jobGone()
	}
	runs, at := s.place()
	switch {
	case s.history.Loading():
		return "older runs are being read"
	case at < 0 && s.history.Whole(s.newest()):
		return fmt.Sprintf("run %d is none of the job's", s.id)
	case at == 0 && way < 0:
		return fmt.Sprintf("run %d is the newest", s.id)
	case at == len(runs)-1 && way > 0 && s.history.Whole(s.newest()):
		return fmt.Sprintf("run %d is the oldest", s.id)
	}
	return ""
}

// become shows another run, at the same task.
func (s *Screen) become(r *workspaces.Run) tea.Cmd {
	if t := s.selected(); t != nil {
		s.task = t.Key
	}
	s.Close()
	s.id, s.run, s.asked = r.ID, nil, time.Time{}
	s.top, s.below, s.question, s.reading = 0, 0, 0, false
	s.know(r)
	s.look()
	return tea.Batch(s.Update(screen.Entered{}), s.turn(s.part))
}
