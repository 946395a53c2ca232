package main

import (
	"time"

	"featops/engine"
	"featops/features"
)

// picture is a screen at a moment of the story.
type picture struct {
	name  string // of its file, without the kind
	title string
	frame string
}

// The size of the pictures, in cells: the console has no room on less high screens.
const (
	width       = 116
	leastHeight = 24
)

// story is what happens in the pictures, with so many customers in the sample: the first build of everything, the one of
// the next month, a definition from which a feature was taken out, the questions that raises and its undo, and another
// month. take gets the pictures.
func story(s *stage, customers int, take func(picture)) error {
	for _, step := range []func(*stage, int, func(picture)) error{firstMonth, nextMonth, lostColumn, undo, underWay} {
		if err := step(s, customers, take); err != nil {
			return err
		}
	}
	return nil
}

// show presses keys and takes a picture of so many lines of what the console shows then.
func (s *stage) show(take func(picture), name, title string, height int, keys ...string) error {
	s.console.Resize(width, height)
	if err := s.press(keys...); err != nil {
		return err
	}
	take(picture{name, title, s.console.Frame()})
	return nil
}

func firstMonth(s *stage, customers int, take func(picture)) error {
	if err := s.open(features.Tables()); err != nil {
		return err
	}
	if err := s.sample(customers, 24, month(2026, time.October)); err != nil {
		return err
	}
	s.Advance(4 * time.Second)
	if err := s.show(take, "start", "The overview before the first run", leastHeight); err != nil {
		return err
	}
	if err := s.show(take, "run-job", "A dialog asks before a job is started", leastHeight, "r"); err != nil {
		return err
	}
	if err := s.press("n"); err != nil {
		return err
	}
	if err := s.run(1); err != nil {
		return err
	}
	s.Advance(3 * time.Second)
	if err := s.press("tab"); err != nil {
		return err
	}
	if err := s.run(2); err != nil {
		return err
	}
	s.Advance(6 * time.Second)
	return s.show(take, "built", "The overview after the first runs: every table is saved, and registered in the other workspace", 25)
}

func nextMonth(s *stage, customers int, take func(picture)) error {
	s.Advance(29 * 24 * time.Hour)
	if err := s.sample(customers, 25, month(2026, time.November)); err != nil {
		return err
	}
	if err := s.run(3); err != nil {
		return err
	}
	s.Advance(3 * time.Second)
	if err := s.press("tab"); err != nil {
		return err
	}
	if err := s.run(4); err != nil {
		return err
	}
	s.Advance(26 * time.Second)
	if err := s.show(take, "run", "A run: its attempts over time, and what the selected one saved", leastHeight, "tab", "down", "down", "enter"); err != nil {
		return err
	}
	if err := s.show(take, "features", "The feature tables with their versions and where they are registered", leastHeight, "esc", "3"); err != nil {
		return err
	}
	return s.show(take, "table", "The columns of a table with the spread of their values, and a histogram of the selected one", 32,
		"down", "enter", "down", "down", "down")
}

func lostColumn(s *stage, _ int, take func(picture)) error {
	changed, err := without("fs_cus_demographic", "city")
	if err != nil {
		return err
	}
	s.Advance(26 * time.Hour)
	if err := s.open(changed); err != nil {
		return err
	}
	if err := s.press("r", "y"); err != nil {
		return err
	}
	if err := s.asked(1); err != nil {
		return err
	}
	s.Advance(48 * time.Second)
	if err := s.show(take, "question", "A timed question: a save would take a column out of a table", 26); err != nil {
		return err
	}
	if err := s.press("y"); err != nil {
		return err
	}
	if err := s.asked(2); err != nil {
		return err
	}
	s.Advance(20 * time.Second)
	if err := s.show(take, "registration", "A second question: in another workspace the table is registered with the column", 26); err != nil {
		return err
	}
	if err := s.press("n"); err != nil {
		return err
	}
	return s.finished(5)
}

// asked waits for the n-th question of the story, and until its dialog takes keys.
func (s *stage) asked(n int) error {
	if err := s.Asked(n); err != nil {
		return err
	}
	if err := s.until(func(now *engine.Snapshot) bool { return len(now.Questions) == 1 }); err != nil {
		return err
	}
	s.Advance(time.Second)
	return s.press()
}

func undo(s *stage, _ int, take func(picture)) error {
	s.Advance(2 * time.Minute)
	if err := s.show(take, "decision", "A decision: what was asked, who answered, what became of it, and the versions of the table", leastHeight,
		"esc", "4", "down", "enter"); err != nil {
		return err
	}
	if err := s.show(take, "undo", "A dialog asks before the version before is restored", leastHeight, "u"); err != nil {
		return err
	}
	if err := s.press("y"); err != nil {
		return err
	}
	s.Advance(4 * time.Second)
	if err := s.poll(); err != nil {
		return err
	}
	return s.show(take, "logs", "The log, with the questions, their answers and the undo", 26, "5")
}

// underWay is the last step: what stands still in it ends with the engine.
func underWay(s *stage, customers int, take func(picture)) error {
	s.Advance(30 * 24 * time.Hour)
	if err := s.open(features.Tables()); err != nil {
		return err
	}
	if err := s.sample(customers, 26, month(2026, time.December)); err != nil {
		return err
	}
	s.Hold("fs_cus_credit_risk", 8)
	s.Hold("fs_cus_holding_products", 4)
	for held, keys := range [][]string{{"r", "y"}, {"tab", "r", "y"}} {
		if err := s.press(keys...); err != nil {
			return err
		}
		if err := s.Held(held + 1); err != nil {
			return err
		}
	}
	s.Advance(time.Second)
	if err := s.poll(); err != nil {
		return err
	}
	s.Advance(time.Second)
	return s.show(take, "overview", "The overview while the jobs of both workspaces run", 25)
}
