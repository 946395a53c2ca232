package logs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"
)

// Read returns the lines of the log file at path that the filter chooses, oldest first, those of
// the rotated files included. A file that is not there has no lines.
//
// Text that is no line comes as an error that says where it is, and reading goes on behind it. An
// error of the file system is the last thing that comes.
func Read(ctx context.Context, path string, f Filter) iter.Seq2[Line, error] {
	return read(ctx, path, f, nil)
}

// Follow is Read, and goes on with the lines that are written later, over every rotation. At each
// tick it looks for them; it ends with ctx, or when ticks is closed.
func Follow(ctx context.Context, path string, f Filter, ticks <-chan time.Time) iter.Seq2[Line, error] {
	return read(ctx, path, f, ticks)
}

func read(ctx context.Context, path string, f Filter, ticks <-chan time.Time) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		r := &reader{list: func() ([]logFile, error) { return logFiles(path) }}
		defer r.close()
		for ctx.Err() == nil {
			raw, err := r.next()
			if err == io.EOF {
				if !wait(ctx, ticks) {
					return
				}
				continue
			}
			if err != nil {
				yield(Line{}, fmt.Errorf("read the log file: %w", err))
				return
			}
			if len(bytes.TrimSpace(raw)) == 0 {
				continue
			}
			var l Line
			if err := json.Unmarshal(raw, &l); err != nil {
				err = fmt.Errorf("read the log file: %s:%d: no log line: %w", r.file.Name(), r.number, err)
				if !yield(Line{}, err) {
					return
				}
			} else if f.Match(l) && !yield(l, nil) {
				return
			}
		}
	}
}

// wait reports whether there was a tick.
func wait(ctx context.Context, ticks <-chan time.Time) bool {
	if ticks == nil {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case _, ok := <-ticks:
		return ok
	}
}
