package tui

import (
	"context"
	"slices"
	"time"

	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
)

// doneShown is how long the footer tells of work that has ended well.
const doneShown = 3 * time.Second

// work is something that goes on in the background: a spinner in the footer, then a mark, then nothing.
type work struct {
	id       int
	what     string
	question string    // the question that it answers, if any
	builds   string    // the table that it builds, if any
	output   string    // the training set that it makes, if any
	ended    time.Time // zero while it is under way
}

// doneMsg says how work ended. The words, if any, are shown.
type doneMsg struct {
	id    int
	words string
	err   error
}

// start begins work. The footer shows what it is while it is under way.
func (m *model) start(w work, do func(context.Context, Engine) (words string, err error)) tea.Cmd {
	m.lastWork++
	w.id = m.lastWork
	m.works = append(m.works, w)
	return m.background.do(func(ctx context.Context, e Engine) tea.Msg {
		words, err := do(ctx, e)
		return doneMsg{w.id, words, err}
	})
}

// done takes note of how work ended.
func (m *model) done(msg doneMsg) {
	i := slices.IndexFunc(m.works, func(w work) bool { return w.id == msg.id })
	if i < 0 {
		return
	}
	w := m.works[i]
	if msg.err == nil {
		m.works[i].ended = m.now
		if msg.words != "" {
			m.works[i].what = msg.words
		}
		return
	}
	m.works = slices.Delete(m.works, i, i+1)
	m.failure = w.what + ": " + msg.err.Error()
	if w.question != "" {
		m.questions.again(w.question)
	}
}

// progress is how far the build or the training set is that the work waits for, with a space before it, or nothing.
func (m *model) progress(w work) string {
	for _, b := range m.snapshot.Builds {
		if b.Table == w.builds && b.Progress != nil {
			return " " + screen.Progress(*b.Progress)
		}
	}
	for _, t := range m.snapshot.TrainingSets {
		if t.Output == w.output && t.Progress != nil {
			return " " + screen.Progress(*t.Progress)
		}
	}
	return ""
}

// forget drops work that ended a while ago.
func (m *model) forget() {
	m.works = slices.DeleteFunc(m.works, func(w work) bool {
		return !w.ended.IsZero() && m.now.Sub(w.ended) > doneShown
	})
}

// busy reports whether the work is under way.
func (m *model) busy(what string) bool {
	return slices.ContainsFunc(m.works, func(w work) bool { return w.ended.IsZero() && w.what == what })
}
