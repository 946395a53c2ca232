package logs

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// reader goes through the rotated files and the current one as if they were one file, while
// another process writes and rotates them. It trusts no name for longer than a look: a file is known
// by its identity, which a renaming does not change.
type reader struct {
	list    func() ([]logFile, error) // logFiles of the log's path
	file    *os.File                  // nil before the first
	buffer  *bufio.Reader
	number  int    // of the line that was returned last, in file
	partial []byte // a line whose end is not written yet
	rotated bool   // file is known to be followed by another: nobody writes to it any more
}

// next returns the next line, or io.EOF when there is none yet.
func (r *reader) next() ([]byte, error) {
	for {
		if r.file == nil {
			if err := r.advance(); err != nil {
				return nil, err
			}
		}
		part, err := r.buffer.ReadBytes('\n')
		r.partial = append(r.partial, part...)
		switch {
		case err == nil, err == io.EOF && r.rotated && len(r.partial) > 0:
			line := r.partial
			r.partial = nil
			r.number++
			return line, nil
		case err != io.EOF:
			return nil, err
		case r.rotated:
			if err := r.advance(); err != nil {
				return nil, err
			}
		default:
			files, here, err := r.look()
			if err != nil {
				return nil, err
			}
			if here+1 >= len(files) {
				return nil, io.EOF
			}
			// What was written between the last read and the rotation is still to be read.
			r.rotated = true
		}
	}
}

// advance opens the file after the open one, or returns io.EOF when there is none.
func (r *reader) advance() error {
	for {
		files, here, err := r.look()
		if err != nil {
			return err
		}
		if here+1 >= len(files) {
			return io.EOF
		}
		f, err := os.Open(files[here+1].path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // renamed or removed since the look
		}
		if err != nil {
			return err
		}
		// After a rotation since the look the name may be that of a newer file. Whatever lies
		// between that one and ours was there before it was, so that a second look shows it.
		info, err := f.Stat()
		if err == nil {
			files, here, err = r.look()
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
		if here+1 >= len(files) || !os.SameFile(files[here+1].info, info) {
			if err := f.Close(); err != nil {
				return err
			}
			continue
		}
		r.close()
		r.file, r.buffer, r.number, r.rotated = f, bufio.NewReader(f), 0, false
		return nil
	}
}

// look lists the files and finds the open one among them. It is -1 when none is open, when it is
// gone (then it was older than all others, for the oldest are removed first), or when it is being
// renamed and stands under neither name. That happens to a file once, and means that it is rotated;
// advance, which must know where it is, looks twice.
func (r *reader) look() (files []logFile, here int, err error) {
	files, err = r.list()
	if err != nil || r.file == nil {
		return files, -1, err
	}
	open, err := r.file.Stat()
	if err != nil {
		return nil, -1, err
	}
	return files, slices.IndexFunc(files, func(f logFile) bool { return os.SameFile(f.info, open) }), nil
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
	}
}

type logFile struct {
	path string
	info fs.FileInfo
}

// rotatedTime is how lumberjack writes the time in the name of a rotated file.
const rotatedTime = "2006-01-02T15-04-05.000"

// logFiles returns the rotated files and the current one that exist, oldest first.
func logFiles(path string) ([]logFile, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	extension := filepath.Ext(path)
	prefix := strings.TrimSuffix(filepath.Base(path), extension) + "-"
	var rotated []string
	for _, e := range entries {
		stamp, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), extension), prefix)
		if !ok || !strings.HasSuffix(e.Name(), extension) {
			continue
		}
		if _, err := time.Parse(rotatedTime, stamp); err == nil {
			rotated = append(rotated, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	slices.Sort(rotated) // by time
	var files []logFile
	for _, p := range append(rotated, path) {
		info, err := os.Stat(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, logFile{p, info})
	}
	return files, nil
}
