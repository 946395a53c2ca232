package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func collect(t *testing.T, lines iter.Seq2[Line, error]) []Line {
	t.Helper()
	var all []Line
	for l, err := range lines {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

func messages(lines []Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Message)
	}
	return all
}

// folder holds a log whose rotations a test makes itself, by the names that lumberjack gives.
type folder struct {
	t         *testing.T
	path      string
	lines     int
	rotations int
}

func newFolder(t *testing.T) *folder {
	return &folder{t: t, path: filepath.Join(t.TempDir(), "featops.log")}
}

// write appends n lines, which are numbered, and then the text as it is.
func (f *folder) write(n int, text string) {
	f.t.Helper()
	for range n {
		f.lines++
		f.append(fmt.Sprintf(`{"time":"2026-03-04T12:00:00Z","level":"INFO","message":"%d"}`+"\n", f.lines))
	}
	f.append(text)
}

func (f *folder) append(text string) {
	f.t.Helper()
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		f.t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) rotatedPath(n int) string {
	return strings.TrimSuffix(f.path, ".log") + fmt.Sprintf("-2026-03-04T12-00-00.%03d.log", n)
}

func (f *folder) rotate() {
	f.t.Helper()
	f.rotations++
	if err := os.Rename(f.path, f.rotatedPath(f.rotations)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) removeOldest(n int) {
	f.t.Helper()
	if err := os.Remove(f.rotatedPath(n)); err != nil {
		f.t.Fatal(err)
	}
}

// numbers are the messages that write gave to lines first to last.
func numbers(first, last int) []string {
	var all []string
	for n := first; n <= last; n++ {
		all = append(all, fmt.Sprint(n))
	}
	return all
}

func TestReadGoesOverAllRotatedFiles(t *testing.T) {
	f := newFolder(t)
	if got := collect(t, Read(t.Context(), f.path, Filter{})); len(got) != 0 {
		t.Errorf("a file that is not there has %d lines", len(got))
	}
	f.write(2, "")
	f.rotate()
	f.write(3, "\n\n")
	f.rotate()
	f.write(1, `{"time":`) // being written
	for _, other := range []string{"featops-old.log", "featops.txt", "other-2026-03-04T12-00-00.000.log"} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(f.path), other), []byte("no line\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(numbers(1, 6), messages(collect(t, Read(t.Context(), f.path, Filter{})))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadNamesWhatIsNoLineAndGoesOn(t *testing.T) {
	f := newFolder(t)
	f.write(1, "half a li\n")
	f.write(1, `{"time":"2026-`)
	f.rotate()
	f.write(1, "")
	var got []string
	for l, err := range Read(t.Context(), f.path, Filter{}) {
		if err != nil {
			before, _, _ := strings.Cut(err.Error(), ": no log line: ")
			got = append(got, strings.ReplaceAll(before, filepath.Dir(f.path)+"/", ""))
			continue
		}
		got = append(got, l.Message)
	}
	want := []string{"1", "read the log file: featops-2026-03-04T12-00-00.001.log:2", "2", "read the log file: featops-2026-03-04T12-00-00.001.log:4", "3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadFilters(t *testing.T) {
	f := newFolder(t)
	f.write(20, "")
	since := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	if got := collect(t, Read(t.Context(), f.path, Filter{Since: since.Add(1)})); len(got) != 0 {
		t.Errorf("%d lines, want none", len(got))
	}
	for l, err := range Read(t.Context(), f.path, Filter{Since: since}) {
		if err != nil || l.Message != "1" {
			t.Errorf("first line is %+v, %v", l, err)
		}
		break // a reader may stop early
	}
}

func TestReadTellsWhyItCannot(t *testing.T) {
	f := newFolder(t)
	if err := os.Mkdir(f.path, 0o700); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range Read(t.Context(), f.path, Filter{}) {
		n++
		if err == nil || !strings.HasPrefix(err.Error(), "read the log file: ") {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d errors, want one", n)
	}
}

// In the bubble of synctest, Wait returns when Follow has read all there is and waits for a tick.
func TestFollow(t *testing.T) {
	f := newFolder(t)
	steps := []struct {
		name string
		do   func()
		want int // lines seen after it
	}{
		{"nothing there yet", func() {}, 0},
		{"first lines", func() { f.write(2, "") }, 2},
		{"nothing new", func() {}, 2},
		{"half a line", func() { f.write(1, `{"time":"2026-03-04T12:00:00Z","level":"INFO",`) }, 3},
		{"its other half", func() { f.lines++; f.append(fmt.Sprintf(`"message":"%d"}`+"\n", f.lines)) }, 4},
		{"lines right before a rotation", func() { f.write(2, ""); f.rotate() }, 6},
		{"and right after it", func() { f.write(1, "") }, 7},
		{"two rotations at once", func() { f.write(1, ""); f.rotate(); f.write(2, ""); f.rotate(); f.write(1, "") }, 11},
		{"the oldest is removed", func() { f.removeOldest(1); f.write(1, "") }, 12},
		{"the open one is removed", func() {
			f.rotate()
			f.write(1, "")
			f.rotate()
			f.removeOldest(2)
			f.removeOldest(3)
			f.removeOldest(4)
			f.write(1, "")
		}, 14},
	}
	synctest.Test(t, func(t *testing.T) {
		ticks := make(chan time.Time)
		var got []string
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for l, err := range Follow(t.Context(), f.path, Filter{}, ticks) {
				if err != nil {
					t.Error(err)
				}
				got = append(got, l.Message)
			}
		}()
		for _, s := range steps {
			synctest.Wait()
			s.do()
			ticks <- time.Time{}
			synctest.Wait()
			if diff := cmp.Diff(numbers(1, s.want), got); diff != "" {
				t.Errorf("after %s (-want +got):\n%s", s.name, diff)
			}
		}
		close(ticks)
		<-ended
	})
}

func TestFollowEndsWithItsContext(t *testing.T) {
	f := newFolder(t)
	f.write(1, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range Follow(ctx, f.path, Filter{}, make(chan time.Time)) {
		cancel()
	}
	if ctx.Err() == nil {
		t.Error("Follow ended by itself")
	}
}

// A rotation may fall between any two steps of the reader, which shows most around its looks at the
// folder. Each case puts one there; every line must be seen once and in order.
func TestARotationAtAnyMoment(t *testing.T) {
	rotate := func(f *folder) { f.write(1, ""); f.rotate(); f.write(1, ""); f.rotate(); f.write(1, "") }
	moments := map[string]func(f *folder) ([]logFile, error){
		"before a look": func(f *folder) ([]logFile, error) {
			rotate(f)
			return logFiles(f.path)
		},
		"after a look": func(f *folder) ([]logFile, error) {
			files, err := logFiles(f.path)
			rotate(f)
			return files, err
		},
		// The names from before the rotation, what they stand for from after it.
		"during a look": func(f *folder) ([]logFile, error) {
			files, err := logFiles(f.path)
			rotate(f)
			for i := range files {
				if files[i].info, err = os.Stat(files[i].path); err != nil {
					return nil, err
				}
			}
			return files, err
		},
	}
	for moment, look := range moments {
		for rotated := range 3 {
			for n := range 16 {
				at, times := 1+n/2, 1+n%2
				t.Run(fmt.Sprintf("%s, %d times from number %d, with %d rotated files", moment, times, at, rotated), func(t *testing.T) {
					f := newFolder(t)
					for range rotated {
						f.write(2, "")
						f.rotate()
					}
					f.write(2, "")
					looks := 0
					r := &reader{list: func() ([]logFile, error) {
						if looks++; at <= looks && looks < at+times {
							return look(f)
						}
						return logFiles(f.path)
					}}
					defer r.close()
					var got []string
					// A reader with nothing to read looks again at the next tick.
					for ticks := 0; ticks < 10; {
						raw, err := r.next()
						if err == io.EOF {
							ticks++
							continue
						}
						var l Line
						if err == nil {
							err = json.Unmarshal(raw, &l)
						}
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, l.Message)
					}
					if looks < at {
						t.Fatalf("the reader looked %d times only", looks)
					}
					if diff := cmp.Diff(numbers(1, f.lines), got); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

func TestRotation(t *testing.T) {
	file := filepath.Join(t.TempDir(), "featops.log")
	l := mustOpen(t, Options{File: file, MaxSizeMB: 1, Clock: atNoon})
	text := strings.Repeat("x", 2000)
	const lines = 1500 // 3 MB
	for n := range lines {
		l.Logger.Info(fmt.Sprint(n), "text", text)
	}
	files, err := logFiles(file)
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v; want 3", len(files), err)
	}
	for _, f := range files {
		if f.info.Size() > 1<<20 {
			t.Errorf("%s is larger than 1 MiB: %d", f.path, f.info.Size())
		}
	}
	if diff := cmp.Diff(numbers(0, lines-1), messages(collect(t, Read(t.Context(), file, Filter{})))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A process that was killed left half a line, which nobody can read; the next one writes in its place.
func TestOpenAfterAKill(t *testing.T) {
	f := newFolder(t)
	f.write(1, `{"time":`+strings.Repeat("long", 3000))
	l := mustOpen(t, Options{File: f.path, Clock: atNoon})
	l.Logger.Info("2")
	var got []string
	bad := 0
	for l, err := range Read(t.Context(), f.path, Filter{}) {
		if err != nil {
			bad++
			continue
		}
		got = append(got, l.Message)
	}
	if diff := cmp.Diff(numbers(1, 2), got); diff != "" || bad != 0 {
		t.Errorf("%d bad lines, want none; lines (-want +got):\n%s", bad, diff)
	}
}
