package engine

import (
	"testing"
	"time"

	"featops/workspaces"
)

func TestASlowSubscriberMissesNoEnding(t *testing.T) {
	var b broker
	s := b.subscribe()
	defer s.Close()
	running := workspaces.Status{LifeCycle: workspaces.Running}
	const tasks = 3 * maxWaiting
	for i := range tasks {
		b.publish(Event{Kind: TaskChanged, Run: int64(i), Status: &running})
		b.publish(Event{Kind: Progressed, Run: int64(i)})
		b.publish(Event{Kind: TaskChanged, Run: int64(i), Status: &succeeded})
	}
	got := s.Take()
	ends := int64(0)
	last := int64(0)
	for _, e := range got {
		if e.Seq <= last {
			t.Fatalf("event %d came after event %d", e.Seq, last)
		}
		last = e.Seq
		if e.Final() {
			if e.Run != ends {
				t.Fatalf("the end of task %d is missing", ends)
			}
			ends++
		}
	}
	if ends != tasks {
		t.Errorf("%d ends arrived, want %d", ends, tasks)
	}
}

func TestAClosedSubscriptionGetsNothingMore(t *testing.T) {
	var b broker
	s := b.subscribe()
	b.publish(Event{Kind: Polled})
	s.Close()
	b.publish(Event{Kind: Polled})
	if got := s.Take(); len(got) != 1 {
		t.Errorf("%d events, want 1", len(got))
	}
}

// BenchmarkPublish publishes progress, with a new snapshot, past a subscriber that takes nothing.
func BenchmarkPublish(b *testing.B) {
	e := &Engine{now: time.Now, gate: &gate{}, published: make(chan struct{}), states: make([]WorkspaceState, 4)}
	defer e.Subscribe().Close()
	b.ReportAllocs()
	for b.Loop() {
		e.publish(Event{Kind: Progressed})
	}
}
