package logs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// toTheOldest reads all that is left, between two pieces doing something. The oldest line comes first.
func toTheOldest(b *Back, between func()) (all []string, err error) {
	for {
		lines, err := b.Older(context.Background())
		if err != nil || len(lines) == 0 {
			return all, err
		}
		all = append(messages(lines), all...)
		between()
	}
}

// However the lines lie in the ring and the files, each comes once and in its place, also when more are
// written and the files are rotated meanwhile.
func TestBackReadsEveryLineOnce(t *testing.T) {
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		folder, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "featops.log")
		at, n, rotations := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), 0, 0
		pad := rapid.SampledFrom([]int{0, 300, 20_000}).Draw(t, "padding")
		l := (*Logs)(nil)
		write := func(lines int) {
			for range lines {
				at = at.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "pause")))
				n++
				l.Logger.Info(fmt.Sprint(n), "text", strings.Repeat("x", pad))
			}
		}
		ring := rapid.SampledFrom([]int{1, 7, backLines + 1}).Draw(t, "ring")
		// Each process logs some lines and rotates the file between them or not.
		for range rapid.IntRange(1, 3).Draw(t, "processes") {
			if l != nil {
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if l, err = Open(Options{File: path, RingLines: ring, Clock: func() time.Time { return at }}); err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(0, 3).Draw(t, "rounds") {
				write(rapid.IntRange(0, 40).Draw(t, "lines"))
				if rapid.Bool().Draw(t, "rotates") {
					rotate(t, l, &rotations)
				}
			}
		}
		at = at.Add(1)
		want := numbers(1, n)
		got, err := toTheOldest(l.Ring.Back(path, at), func() {
			write(rapid.IntRange(0, 2).Draw(t, "meanwhile"))
			if rapid.Bool().Draw(t, "rotates") {
				rotate(t, l, &rotations)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// rotate renames the file as lumberjack does, a second later each time.
func rotate(t *rapid.T, l *Logs, rotations *int) {
	if _, err := os.Stat(l.file.Filename); err != nil {
		return
	}
	if err := l.file.Close(); err != nil {
		t.Fatal(err)
	}
	*rotations++
	to := strings.TrimSuffix(l.file.Filename, ".log") + fmt.Sprintf("-2026-03-04T12-00-00.%03d.log", *rotations)
	if err := os.Rename(l.file.Filename, to); err != nil {
		t.Fatal(err)
	}
}

func TestBackLeavesOutWhatIsNoLine(t *testing.T) {
	f := newFolder(t)
	f.write(2, strings.Repeat("not a line", backBytes/5)+"\n\n")
	f.write(1, `{"time":"2026-03-04T12:00:01Z","level":"IN`)
	b := NewRing(1).Back(f.path, time.Date(2026, 3, 4, 12, 0, 1, 0, time.UTC))
	got, err := toTheOldest(b, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(numbers(1, 3), got); diff != "" || b.Unreadable() != 2 {
		t.Errorf("%d unreadable, want 2; lines (-want +got):\n%s", b.Unreadable(), diff)
	}
}

func TestBackEndsWhereThereIsNoFile(t *testing.T) {
	r := NewRing(3)
	for n := range 5 {
		r.Append(Line{Message: fmt.Sprint(n)})
	}
	for _, path := range []string{"", filepath.Join(t.TempDir(), "none", "featops.log")} {
		b := r.Back(path, time.Now())
		r.Append(Line{Message: fmt.Sprint(r.Total())})
		got, err := toTheOldest(b, func() {})
		if want := numbers(int(r.Total())-3, int(r.Total())-2); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%q: lines %v, %v; want %v", path, got, err, want)
		}
		lines, first := r.After(b.Newer(), 10)
		if len(lines) != 1 || first != b.Newer() {
			t.Errorf("%d lines came since, from %d on; want 1 from %d", len(lines), first, b.Newer())
		}
	}
}

func TestBackStops(t *testing.T) {
	f := newFolder(t)
	f.write(1, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if lines, err := NewRing(1).Back(f.path, time.Now()).Older(ctx); err == nil {
		t.Errorf("%d lines and no error after the end of its context", len(lines))
	}
}

// What was overwritten before it was read is told by the sequence number.
func TestAfter(t *testing.T) {
	r := NewRing(3)
	for n := range 5 {
		r.Append(Line{Message: fmt.Sprint(n)})
	}
	tests := []struct {
		seq   uint64
		most  int
		first uint64
		want  []string
	}{
		{0, 10, 2, numbers(2, 4)},
		{2, 10, 2, numbers(2, 4)},
		{3, 1, 3, numbers(3, 3)},
		{5, 10, 5, nil},
	}
	for _, tt := range tests {
		lines, first := r.After(tt.seq, tt.most)
		if diff := cmp.Diff(tt.want, messages(lines)); diff != "" || first != tt.first {
			t.Errorf("After(%d, %d): from %d on, want %d; lines (-want +got):\n%s", tt.seq, tt.most, first, tt.first, diff)
		}
	}
}

func BenchmarkBackOverFiles(b *testing.B) {
	path := filepath.Join(b.TempDir(), "featops.log")
	l, err := Open(Options{File: path, RingLines: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	const lines = 20_000
	for n := range lines {
		l.Logger.Info("table saved", "workspace", "bncapers", "job", "demo-feature-store", "run", "12", "task", "fs_cus_demographic", "rows", n, "version", 3)
	}
	b.ResetTimer()
	n := 0
	for b.Loop() {
		back := NewRing(1).Back(path, time.Now())
		for {
			got, err := back.Older(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			if len(got) == 0 {
				break
			}
			n += len(got)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "lines/s")
}
