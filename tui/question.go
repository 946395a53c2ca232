package tui

import (
	"slices"
	"time"

	"featops/workspaces"
)

// grace is how long the dialog of a question takes no key after it has opened, so that somebody who is
// typing never answers it.
const grace = 600 * time.Millisecond

// questions are the open questions and which of them is on the screen.
type questions struct {
	open     []workspaces.Question // not answered here, the oldest first
	later    map[string]bool       // put off
	answered map[string]bool       // answered here; the engine may still list them
	called   map[string]bool       // somebody was called for
	pressed  map[string]bool       // somebody was called for again, as little time is left
	shown    string                // the ID of the one on the screen, or empty
	since    time.Time             // when it came on the screen
}

func newQuestions() questions {
	return questions{later: map[string]bool{}, answered: map[string]bool{}, called: map[string]bool{}, pressed: map[string]bool{}}
}

// update takes the engine's open questions and reports whether one came on the screen.
func (q *questions) update(open []workspaces.Question, now time.Time) (opened bool) {
	there := map[string]bool{}
	q.open = q.open[:0:0]
	for _, o := range open {
		there[o.ID] = true
		if !q.answered[o.ID] {
			q.open = append(q.open, o)
		}
	}
	for _, ids := range []map[string]bool{q.later, q.answered, q.called, q.pressed} {
		for id := range ids {
			if !there[id] {
				delete(ids, id)
			}
		}
	}
	return q.choose(now)
}

// choose puts the oldest question on the screen that is not put off.
func (q *questions) choose(now time.Time) (opened bool) {
	id := ""
	for _, o := range q.open {
		if !q.later[o.ID] {
			id = o.ID
			break
		}
	}
	opened = id != "" && id != q.shown
	if opened {
		q.since = now
	}
	q.shown = id
	return opened
}

// current is the question on the screen.
func (q *questions) current() (workspaces.Question, bool) {
	for _, o := range q.open {
		if o.ID == q.shown {
			return o, true
		}
	}
	return workspaces.Question{}, false
}

// listens reports whether the dialog takes keys.
func (q *questions) listens(now time.Time) bool { return now.Sub(q.since) >= grace }

// answer takes the question off the screen; the next one comes on.
func (q *questions) answer(id string, now time.Time) {
	q.answered[id] = true
	q.open = slices.DeleteFunc(slices.Clone(q.open), func(o workspaces.Question) bool { return o.ID == id })
	q.choose(now)
}

// again makes an answered question open again: its answer did not arrive.
func (q *questions) again(id string) { delete(q.answered, id) }

// putOff hides the question on the screen; the next one comes on.
func (q *questions) putOff(now time.Time) {
	q.later[q.shown] = true
	q.choose(now)
}

// recall shows all open questions again, one after the other.
func (q *questions) recall(now time.Time) {
	clear(q.later)
	q.choose(now)
}

// show brings a question that was put off on the screen.
func (q *questions) show(id string, now time.Time) {
	delete(q.later, id)
	q.choose(now)
}

// waiting is how many open questions are not put off.
func (q *questions) waiting() int {
	n := 0
	for _, o := range q.open {
		if !q.later[o.ID] {
			n++
		}
	}
	return n
}

// fresh lists the open questions that nobody was called for yet, and takes them as called for.
func (q *questions) fresh() []workspaces.Question {
	return mark(q.open, q.called, func(workspaces.Question) bool { return true })
}

// pressing lists the open questions for which little time is left since the call before.
func (q *questions) pressing(now time.Time) []workspaces.Question {
	return mark(q.open, q.pressed, func(o workspaces.Question) bool {
		return !o.Deadline.IsZero() && o.Deadline.Sub(now) <= hurry
	})
}

// mark lists the questions that are chosen and not marked, and marks them.
func mark(open []workspaces.Question, marked map[string]bool, choose func(workspaces.Question) bool) []workspaces.Question {
	var out []workspaces.Question
	for _, o := range open {
		if !marked[o.ID] && choose(o) {
			marked[o.ID] = true
			out = append(out, o)
		}
	}
	return out
}

// nearest is the earliest deadline of the open questions; zero when there is none.
func (q *questions) nearest() time.Time {
	var t time.Time
	for _, o := range q.open {
		if !o.Deadline.IsZero() && (t.IsZero() || o.Deadline.Before(t)) {
			t = o.Deadline
		}
	}
	return t
}
