package logs

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The ring against a slice that keeps everything.
func TestRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(ringBatch-1, 3*ringBatch)).Draw(t, "capacity")
		r := NewRing(capacity)
		var all []Line
		for range rapid.IntRange(0, 3).Draw(t, "rounds") {
			for range rapid.OneOf(rapid.IntRange(0, 8), rapid.IntRange(0, 4*ringBatch)).Draw(t, "lines") {
				l := Line{Message: fmt.Sprint(len(all)), Workspace: string(rune('a' + len(all)%3))}
				all = append(all, l)
				r.Append(l)
			}
			f := Filter{Workspace: rapid.SampledFrom([]string{"", "a", "x"}).Draw(t, "workspace")}
			limit := rapid.SampledFrom([]int{0, 1, 3, 700}).Draw(t, "limit")
			var want []Line
			for _, l := range slices.Backward(all[max(0, len(all)-capacity):]) {
				if f.Match(l) && (limit == 0 || len(want) < limit) {
					want = append(want, l)
				}
			}
			slices.Reverse(want)
			if diff := cmp.Diff(want, r.Lines(f, limit)); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if got := r.Total(); got != uint64(len(all)) {
				t.Fatalf("Total = %d, want %d", got, len(all))
			}
		}
	})
}

// Lines that are overwritten while a reader is on its way are missing, never out of order.
func TestRingIsReadWhileItIsWritten(t *testing.T) {
	r := NewRing(2 * ringBatch)
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
				r.Append(Line{Level: slog.Level(n)})
			}
		}
	})
	for range 200 {
		lines := r.Lines(Filter{}, 0)
		if !slices.IsSortedFunc(lines, func(a, b Line) int { return int(a.Level - b.Level) }) {
			t.Error("lines are out of order")
			break
		}
	}
	close(done)
	writer.Wait()
}

func TestDefaultCapacity(t *testing.T) {
	r := NewRing(0)
	for range DefaultRingLines + 1 {
		r.Append(Line{})
	}
	if got := len(r.Lines(Filter{}, 0)); got != DefaultRingLines {
		t.Errorf("the ring holds %d lines, want %d", got, DefaultRingLines)
	}
}

func BenchmarkRingAppend(b *testing.B) {
	r := NewRing(0)
	b.ReportAllocs()
	for b.Loop() {
		r.Append(Line{Message: "x"})
	}
}

func BenchmarkRingLinesFiltered(b *testing.B) {
	r := NewRing(0)
	for n := range DefaultRingLines {
		r.Append(Line{Message: "computed the table", Workspace: fmt.Sprint(n % 100)})
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Lines(Filter{Workspace: "7"}, 0)
	}
}
