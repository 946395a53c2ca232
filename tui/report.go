package tui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// report writes what is known of a panic into a file and returns an error that names it. Without a file
// the error has everything.
func (m *model) report(err error) error {
	text := m.describe(err)
	if m.options.Redact != nil {
		text = m.options.Redact(text)
	}
	if m.options.Home == "" {
		return errors.New(text)
	}
	dir := filepath.Join(m.options.Home, "reports")
	file := filepath.Join(dir, "console-"+m.now.UTC().Format("20060102T150405")+".txt")
	failed := os.MkdirAll(dir, 0o700)
	if failed == nil {
		failed = os.WriteFile(file, []byte(text), 0o600)
	}
	if failed != nil {
		return fmt.Errorf("%s\nand the report could not be written: %w", text, failed)
	}
	return fmt.Errorf("%w; the report is in %s", err, file)
}

// describe tells what happened and what the console was doing. No text of a user or of a workspace is
// in it beyond the words of the panic itself.
func (m *model) describe(err error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n\nfeatops %s, %s %s/%s\n", err, m.options.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&b, "at %s, screen %s, %d×%d cells\n", m.now.UTC().Format(time.RFC3339), m.front().Name(), m.width, m.height)
	for _, p := range panics(err) {
		fmt.Fprintf(&b, "\n%s", p.stack)
	}
	return b.String()
}

// panics lists the panics in an error.
func panics(err error) []*panicError {
	switch e := err.(type) {
	case nil:
	case *panicError:
		return []*panicError{e}
	case interface{ Unwrap() []error }:
		var out []*panicError
		for _, inner := range e.Unwrap() {
			out = append(out, panics(inner)...)
		}
		return out
	}
	return nil
}
