package tui

import (
	"fmt"

	"featops/engine/config"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// mostListed is how many things a dialog lists by name.
const mostListed = 8

// quit leaves, or asks first when that would end something.
func (m *model) quit() tea.Cmd {
	lost := m.wouldEnd()
	if len(lost) == 0 {
		return tea.Quit
	}
	lines := []string{"Still open:", ""}
	for _, l := range lost[:min(len(lost), mostListed)] {
		lines = append(lines, "  • "+l)
	}
	if more := len(lost) - mostListed; more > 0 {
		lines = append(lines, fmt.Sprintf("  … and %d more", more))
	}
	ends := "cancel them and quit"
	if m.options.Beside {
		ends = "quit"
		lines = append(lines, "",
			"What the other featops has taken up goes on there. What it has not",
			"is taken back, and exports and training sets end.")
	} else {
		lines = append(lines, "",
			"They live in this process: quitting now cancels them. Tables keep",
			"their versions; open questions are not answered.")
	}
	m.dialog = &choices{title: "Quit?", lines: lines, choices: []choice{
		{keys: []string{"s", "esc"}, help: "stay", do: func() tea.Cmd { m.leaving = false; return nil }},
		{keys: []string{"w"}, help: "wait for them and quit", do: func() tea.Cmd { m.leaving = true; return m.look() }},
		{keys: []string{"c"}, help: ends, do: func() tea.Cmd { return tea.Quit }},
	}}
	return nil
}

// wouldEnd lists what goes on in this process and ends with it.
func (m *model) wouldEnd() []string {
	switch {
	case m.options.ReadOnly != "":
		return nil
	case m.options.Beside:
		return m.worksUnderWay(func(w work) bool { return true })
	}
	var out []string
	for i := range m.snapshot.Workspaces {
		w := &m.snapshot.Workspaces[i]
		if w.Kind != config.Embedded {
			continue
		}
		for k := range w.Jobs {
			for _, r := range w.Jobs[k].Runs {
				if !r.Status.Ended() {
					out = append(out, fmt.Sprintf("run %d of %s in %s", r.ID, widget.Clean(r.Job), widget.Clean(w.Name)))
				}
			}
		}
	}
	for _, b := range m.snapshot.Builds {
		out = append(out, fmt.Sprintf("build of %s in %s", widget.Clean(b.Table), widget.Clean(b.Workspace)))
	}
	for _, q := range m.snapshot.Questions {
		out = append(out, fmt.Sprintf("question about %s in %s", widget.Clean(q.Table), widget.Clean(q.Workspace)))
	}
	return append(out, m.worksUnderWay(func(w work) bool { return w.question == "" })...)
}

// worksUnderWay lists the work that counts and has not ended. A poll never counts.
func (m *model) worksUnderWay(counts func(work) bool) []string {
	var out []string
	for _, w := range m.works {
		if w.ended.IsZero() && w.what != polling && counts(w) {
			out = append(out, widget.Clean(w.what))
		}
	}
	return out
}
