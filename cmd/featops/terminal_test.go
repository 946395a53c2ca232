package main_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// transcript collects what a program writes and lets a test wait for a text in it.
type transcript struct {
	t *testing.T

	mu      sync.Mutex
	text    strings.Builder
	seen    int           // how far waitFor has come
	written chan struct{} // closed and replaced with each write
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.written != nil {
		close(s.written)
		s.written = nil
	}
	return s.text.Write(p)
}

func (s *transcript) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// find looks for the first of some texts behind what was found before, and else says when to look again.
func (s *transcript) find(texts []string) (found string, again <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := -1
	for _, text := range texts {
		if i := strings.Index(s.text.String()[s.seen:], text); i >= 0 && (first < 0 || i < first) {
			first, found = i, text
		}
	}
	if first >= 0 {
		s.seen += first + len(found)
		return found, nil
	}
	if s.written == nil {
		s.written = make(chan struct{})
	}
	return "", s.written
}

// waitFor waits until the program has written one of some texts, behind the one waited for before, and
// returns it.
func (s *transcript) waitFor(texts ...string) string {
	s.t.Helper()
	hanging := time.After(patience)
	for {
		found, again := s.find(texts)
		if found != "" {
			return found
		}
		select {
		case <-again:
		case <-hanging:
			s.t.Fatalf("%q did not come within %s:\n%s", texts, patience, s.all())
		}
	}
}

// terminal is a call of the program on a pseudo-terminal.
type terminal struct {
	transcript
	command *exec.Cmd
	keys    *os.File
	drained chan struct{}
}

// onTerminal starts the program on a pseudo-terminal of 120 columns.
func (h *home) onTerminal(args ...string) *terminal {
	h.t.Helper()
	return h.onTerminalOf(120, args...)
}

func (h *home) onTerminalOf(columns uint16, args ...string) *terminal {
	h.t.Helper()
	s := &terminal{command: h.command(args...), drained: make(chan struct{})}
	s.t = h.t
	keys, err := pty.StartWithSize(s.command, &pty.Winsize{Rows: 40, Cols: columns})
	if err != nil {
		h.t.Fatal(err)
	}
	s.keys = keys
	go func() {
		defer close(s.drained)
		// Linux reports the end of a pseudo-terminal as an input/output error.
		if _, err := io.Copy(&s.transcript, keys); err != nil && !errors.Is(err, syscall.EIO) {
			h.t.Error(err)
		}
	}()
	return s
}

// press types keys.
func (s *terminal) press(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keys, keys); err != nil {
		s.t.Fatal(err)
	}
}

// exits waits for the end and says which exit code is right.
func (s *terminal) exits(code int) {
	s.t.Helper()
	hanging := time.AfterFunc(patience, func() { s.command.Process.Kill() })
	<-s.drained
	err := s.command.Wait()
	if !hanging.Stop() {
		s.t.Fatalf("the program did not end within %s:\n%s", patience, s.all())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if err := s.keys.Close(); err != nil {
		s.t.Error(err)
	}
	if got := s.command.ProcessState.ExitCode(); got != code {
		s.t.Fatalf("exit code %d, want %d:\n%s", got, code, s.all())
	}
}
