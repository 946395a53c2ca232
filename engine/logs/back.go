package logs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// Back reads lines from the newest back to the oldest: those of a ring, then those of the log file and of
// the rotated ones that came before. It keeps no file open. It is not safe for concurrent use.
type Back struct {
	ring  *Ring
	newer uint64
	end   uint64 // the lines of the ring before this sequence number come next

	beyond bool // there are none

	path   string
	before time.Time   // lines of the files at this time or later were in the ring
	past   bool        // a line before that was found: all others of the files are older
	file   fs.FileInfo // the file that is read, known by its identity as rotation renames it; nil before the first
	offset int64       // in file: what is before it comes next
	bad    int
}

// backLines are read from the ring at a time, backBytes from a file, more where a line is longer.
const (
	backLines = 1000
	backBytes = 256 << 10
)

// Back returns a reader that begins at the newest line of the ring and goes on with the log file at path,
// or ends with the ring where that is empty. A ring without lines begins with the lines of the file before
// now.
func (r *Ring) Back(path string, now time.Time) *Back {
	total := r.Total()
	return &Back{ring: r, newer: total, end: total, path: path, before: now}
}

// Newer is the sequence number in the ring from which on lines have come since b was made.
func (b *Back) Newer() uint64 { return b.newer }

// Beyond reports whether the ring has no more lines, so that those of the files come next.
func (b *Back) Beyond() bool { return b.beyond }

// Unreadable is how much text of the files was no line and was left out.
func (b *Back) Unreadable() int { return b.bad }

// Older returns the lines right before those that it returned last, the oldest first: about a thousand,
// and none when there are no older ones.
func (b *Back) Older(ctx context.Context) ([]Line, error) {
	batch, first := b.ring.before(b.end, make([]Line, 0, backLines))
	b.end = first
	if len(batch) > 0 {
		for _, l := range batch {
			if l.Time.Before(b.before) {
				b.before = l.Time
			}
		}
		return batch, nil
	}
	b.beyond = true
	if b.path == "" {
		return nil, nil
	}
	for ctx.Err() == nil {
		lines, more, err := b.piece()
		if err != nil {
			return nil, fmt.Errorf("read older log lines: %w", err)
		}
		if len(lines) > 0 || !more {
			return lines, nil
		}
	}
	return nil, context.Cause(ctx)
}

// piece reads the lines of one piece of a file, which may be none, and reports whether there are more.
func (b *Back) piece() (lines []Line, more bool, err error) {
	f, err := b.open()
	if f == nil || err != nil {
		return nil, false, err
	}
	text, err := textBefore(f, b.offset)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, false, err
	}
	b.offset -= int64(len(text))
	for raw := range bytes.Lines(text) {
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		var l Line
		if err := json.Unmarshal(raw, &l); err != nil {
			b.bad++
			continue
		}
		lines = append(lines, l)
	}
	if !b.past {
		n := len(lines)
		for n > 0 && !lines[n-1].Time.Before(b.before) {
			n--
		}
		lines, b.past = lines[:n], n > 0
	}
	return lines, true, nil
}

// open opens the file that is to be read next, and sets it and the offset. It returns none when there are
// no older lines.
func (b *Back) open() (*os.File, error) {
	for range 3 { // a file that is renamed between two looks is found by the next
		files, err := logFiles(b.path)
		if err != nil {
			return nil, err
		}
		next := len(files) - 1
		if b.file != nil {
			next = slices.IndexFunc(files, func(f logFile) bool { return os.SameFile(f.info, b.file) })
			if next >= 0 && b.offset == 0 {
				next--
				if next < 0 {
					return nil, nil
				}
			}
		}
		if next < 0 {
			continue
		}
		f, err := os.Open(files[next].path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if !os.SameFile(info, files[next].info) {
			if err := f.Close(); err != nil {
				return nil, err
			}
			continue
		}
		if b.file == nil || !os.SameFile(info, b.file) {
			b.file, b.offset = info, info.Size()
		}
		return f, nil
	}
	return nil, nil // removed: it was older than all others
}

// textBefore returns whole lines that end at an offset: as many bytes as a piece has, or one longer line.
func textBefore(f *os.File, end int64) ([]byte, error) {
	for size := int64(backBytes); ; size *= 2 {
		start := max(0, end-size)
		text := make([]byte, end-start)
		if _, err := f.ReadAt(text, start); err != nil {
			return nil, err
		}
		if start == 0 {
			return text, nil
		}
		// The end of a line before the last byte: what is behind it is whole.
		if i := bytes.IndexByte(text[:len(text)-1], '\n'); i >= 0 {
			return text[i+1:], nil
		}
	}
}
