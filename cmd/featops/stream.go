package main

import (
	"errors"
	"os"
	"syscall"
)

// errNobodyReads is why the work ends when the other end of a pipe is closed, as in `featops logs | head -1`.
var errNobodyReads = errors.New("nobody reads the output any more")

// stream is standard output or standard error. Where a write finds that nobody reads, the work ends as it does by a signal:
// runs are cancelled and recorded as such.
type stream struct {
	file   *os.File
	unread func()
}

// Fd tells terminals from files.
func (s stream) Fd() uintptr { return s.file.Fd() }

func (s stream) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		s.unread()
	}
	return n, err
}
