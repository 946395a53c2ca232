package tui

import (
	"fmt"
	"strings"

	"featops/engine"
	"featops/engine/config"
	"featops/tui/widget"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// dialog is a box over the screen that was opened by a key. It takes all keys; those that are none of
// its choices do nothing.
type dialog struct {
	title   string
	lines   []string
	choices []choice
}

// choice is a key of a dialog. Every choice closes the dialog.
type choice struct {
	key key.Binding
	act func() tea.Cmd // nil only closes
}

// press closes the dialog if the key is one of its choices.
func (m *model) press(k tea.KeyMsg) tea.Cmd {
	for _, c := range m.dialog.choices {
		if key.Matches(k, c.key) {
			m.dialog = nil
			m.questions.since = m.now // a question under it comes to the eye only now
			if c.act != nil {
				return c.act()
			}
			return nil
		}
	}
	return nil
}

// confirm asks before something that cannot be taken back.
func (m *model) confirm(title string, lines []string, act func() tea.Cmd) {
	no := m.keys.No
	no.SetKeys(append(no.Keys(), "esc")...)
	m.dialog = &dialog{title: title, lines: lines, choices: []choice{{m.keys.Yes, act}, {no, nil}}}
}

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
	lines = append(lines, "",
		"Embedded runs and builds live in this process: quitting cancels",
		"them. Tables keep their versions; open questions are not answered.")
	m.dialog = &dialog{title: "Quit?", lines: lines, choices: []choice{
		{m.keys.Stay, nil},
		{m.keys.CancelQuit, func() tea.Cmd { return tea.Quit }},
	}}
	return nil
}

// wouldEnd lists what goes on in this process and ends with it.
func (m *model) wouldEnd() []string {
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
	return out
}

// help lists every key and, where it does nothing now, why.
func (m *model) help() {
	var lines []string
	for _, s := range m.keys.sections() {
		name := s.name
		for _, k := range s.keys {
			line := m.theme.Title.Styled(widget.Pad(name, 9)) + m.theme.Key.Styled(widget.Pad(k.Help().Key, 11)) + k.Help().Desc
			if why := m.disabled(k); why != "" {
				line += m.theme.Faint.Styled(" (" + widget.Clean(why) + ")")
			}
			lines, name = append(lines, line), ""
		}
	}
	m.dialog = &dialog{title: "Keys", lines: lines, choices: []choice{{m.keys.Close, nil}}}
}

// draw returns the box of the dialog for a screen of w × h cells.
func (d *dialog) draw(w, h int, t widget.Theme) []string {
	var foot []string
	for _, c := range d.choices {
		foot = append(foot, keyHelp(c.key, t))
	}
	lines := append([]string{}, d.lines...)
	if room := h - 4; len(lines) > room {
		lines = lines[:room]
	}
	lines = append(lines, "", strings.Join(foot, "   "))
	return widget.Box(d.title, lines, min(w-4, 76), t.Strong, t)
}

// keyHelp is a key and what it does.
func keyHelp(k key.Binding, t widget.Theme) string {
	return t.Key.Styled(k.Help().Key) + " " + k.Help().Desc
}

// activeRun is the newest run of a job that has not ended, or nil, and how many there are.
func activeRun(j *engine.JobState) (run int64, active int) {
	for _, r := range j.Runs {
		if !r.Status.Ended() {
			if active == 0 {
				run = r.ID
			}
			active++
		}
	}
	return run, active
}
