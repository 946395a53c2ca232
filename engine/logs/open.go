package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// Options say where lines go. The zero Options keep lines of INFO and above in memory alone.
type Options struct {
	Level slog.Level // the lowest level that is logged

	Terminal io.Writer // nil: none
	Color    bool      // of the terminal

	// File is the path of the JSON lines, "" for none. Before it would grow beyond MaxSizeMB MiB (0:
	// 100) it is rotated: renamed after the time (featops.log to
	// featops-2006-01-02T15-04-05.000.log) and begun anew. Of the renamed files MaxFiles are kept,
	// each for MaxAgeDays; 0 is no limit.
	File       string
	MaxSizeMB  int
	MaxFiles   int
	MaxAgeDays int

	RingLines int // lines in memory; 0: DefaultRingLines

	Redactor *Redactor        // nil: one that knows no secret yet
	Clock    func() time.Time // nil: the time at which the logger was called
}

// Logs is an open logger and what belongs to it.
type Logs struct {
	Logger   *slog.Logger
	Ring     *Ring
	Redactor *Redactor

	file  *lumberjack.Logger // nil: none
	mutex sync.Mutex
	err   error // the first line that could not be written
}

// Open makes a logger. It fails when the file cannot be written, and creates its folder where that
// is missing; both are for their owner alone. One process at a time may have a file open.
func Open(o Options) (*Logs, error) {
	l := &Logs{Ring: NewRing(o.RingLines), Redactor: o.Redactor}
	if l.Redactor == nil {
		l.Redactor = &Redactor{}
	}
	sinks := []sink{func(line Line) error { l.Ring.Append(line); return nil }}
	if o.Terminal != nil {
		sinks = append(sinks, terminalSink(o.Terminal, o.Color))
	}
	if o.File != "" {
		if err := prepare(o.File); err != nil {
			return nil, fmt.Errorf("open the log file: %w", err)
		}
		l.file = &lumberjack.Logger{Filename: o.File, MaxSize: o.MaxSizeMB, MaxBackups: o.MaxFiles, MaxAge: o.MaxAgeDays}
		sinks = append(sinks, fileSink(l.file))
	}
	l.Logger = slog.New(&handler{level: o.Level, clock: o.Clock, redactor: l.Redactor, sinks: sinks, failed: l.fail})
	return l, nil
}

// Close closes the file. Its error says whether lines were lost, for a slog.Logger has no way to.
func (l *Logs) Close() error {
	l.mutex.Lock()
	err := l.err
	l.mutex.Unlock()
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	return err
}

func (l *Logs) fail(err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.err == nil {
		l.err = fmt.Errorf("write a log line: %w", err)
	}
}

// prepare makes sure that the file can be written and ends with a whole line: a process that was killed, or a full
// disk, may have left half a line, which nobody can read.
func prepare(path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	whole, err := wholeLines(f, info.Size())
	if err != nil || whole == info.Size() {
		return err
	}
	return f.Truncate(whole)
}

// wholeLines is how many bytes of a file, size long, are whole lines. It reads from the end.
func wholeLines(f io.ReaderAt, size int64) (int64, error) {
	piece := make([]byte, 4096)
	for end := size; end > 0; {
		start := max(0, end-int64(len(piece)))
		if _, err := f.ReadAt(piece[:end-start], start); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(piece[:end-start], '\n'); i >= 0 {
			return start + int64(i) + 1, nil
		}
		end = start
	}
	return 0, nil
}

// fileSink writes a line whole or not at all.
func fileSink(file *lumberjack.Logger) sink {
	var one sync.Mutex
	return func(l Line) error {
		object, err := marshal(l)
		if err != nil {
			return err
		}
		one.Lock()
		defer one.Unlock()
		if _, err = file.Write(append(object, '\n')); err != nil {
			err = errors.Join(err, file.Close(), prepare(file.Filename)) // the next write opens it anew
		}
		return err
	}
}
