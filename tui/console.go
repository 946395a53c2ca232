package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"featops/engine"
	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
)

// The model is the screen.Console of its screens.
var _ screen.Console = (*model)(nil)

// Command gives the engine a command.
func (m *model) Command(what string, c engine.Command) tea.Cmd {
	w := work{what: what}
	switch c := c.(type) {
	case engine.BuildTable:
		w.builds = c.Table
	case engine.MakeTrainingSet:
		w.output = c.Out
	}
	return m.start(w, func(ctx context.Context, e Engine) (string, error) {
		reply, err := e.Do(ctx, c)
		return outcome(what, reply), err
	})
}

// outcome tells what a command has done, where there is more to tell than that it was.
func outcome(what string, r engine.Reply) string {
	switch {
	case r.Build != nil:
		return what + ": " + r.Build.String()
	case r.TrainingSet != nil:
		return fmt.Sprintf("%s: %s rows, %d columns", what, humanize.Comma(int64(r.TrainingSet.Output.Rows)), len(r.TrainingSet.Columns))
	case r.Commit != nil:
		return fmt.Sprintf("%s: this is version %d", what, r.Commit.Version)
	}
	return ""
}

// loadedMsg brings the answer to something that a screen has asked for.
type loadedMsg struct{ msg tea.Msg }

// Background runs f beside the console.
func (m *model) Background(f func(context.Context, Engine) tea.Msg) tea.Cmd {
	m.loads++
	return m.background.do(func(ctx context.Context, e Engine) tea.Msg { return loadedMsg{f(ctx, e)} })
}

// Log is where log lines are read.
func (m *model) Log() (lines screen.Lines, file string) { return m.options.Lines, m.options.LogFile }

// Dialog opens a dialog.
func (m *model) Dialog(d screen.Dialog) { m.dialog = d }

// Tell shows lines in a dialog that scrolls.
func (m *model) Tell(title string, lines []string) {
	m.dialog = &pager{title: title, lines: func(int) []string { return lines }}
}

// Say shows a line in the footer until the next key.
func (m *model) Say(text string) { m.notice = text }

// Copy puts text on the clipboard of the user's terminal, which need not be on this machine.
func (m *model) Copy(what, text string) tea.Cmd {
	clipboard := m.options.Clipboard
	if clipboard == nil {
		m.notice = "copied " + what
		return m.write(ansi.SetSystemClipboard(text))
	}
	return m.start(work{what: "copy " + what}, func(ctx context.Context, _ Engine) (string, error) {
		err := clipboard(ctx, text)
		if err == nil {
			return "copied " + what, nil
		}
		m.put(ansi.SetSystemClipboard(text))
		return "", fmt.Errorf("%w; the terminal was asked, which it may not heed", err)
	})
}

// write sends the terminal what is no frame, beside the console.
func (m *model) write(sequence string) tea.Cmd {
	if m.options.Terminal == nil || sequence == "" {
		return nil
	}
	return m.background.do(func(context.Context, Engine) tea.Msg {
		m.put(sequence)
		return nil
	})
}

// put writes to the terminal. Bubble Tea writes each frame at once, so nothing comes between its parts.
func (m *model) put(sequence string) {
	if m.options.Terminal != nil {
		io.WriteString(m.options.Terminal, sequence) // a terminal that takes no bytes shows no error either
	}
}

// Question brings an open question on the screen.
func (m *model) Question(id string) { m.questions.show(id, m.now) }

// Export writes a file into the folder of exports.
func (m *model) Export(name string, write func(io.Writer) error) tea.Cmd {
	var text strings.Builder // what is shown now, not what will be when the file is written
	if err := write(&text); err != nil {
		m.failure = fmt.Sprintf("export %s: %v", name, err)
		return nil
	}
	return m.Write(name, func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, text.String())
		return err
	})
}

// Write writes a file into the folder of exports, beside the console. A file that could not be written to
// its end is not left behind.
func (m *model) Write(name string, write func(context.Context, io.Writer) error) tea.Cmd {
	base, kind, _ := strings.Cut(name, ".")
	file := filepath.Join(m.options.Home, "exports", fmt.Sprintf("%s-%s.%s", base, m.now.Format("20060102T150405"), kind))
	return m.start(work{what: "export " + name}, func(ctx context.Context, _ Engine) (string, error) {
		if m.options.Home == "" {
			return "", errors.New("there is no home directory to write to")
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return "", fmt.Errorf("make the folder of exports: %w", err)
		}
		f, err := os.Create(file)
		if err != nil {
			return "", fmt.Errorf("write the export: %w", err)
		}
		if err = errors.Join(write(ctx, f), f.Close()); err != nil {
			return "", fmt.Errorf("write the export: %w", errors.Join(err, os.Remove(file)))
		}
		return "wrote " + file, nil
	})
}
