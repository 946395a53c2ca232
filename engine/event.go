package engine

import (
	"sync"
	"time"

	"featops/engine/trainingset"
	"featops/workspaces"
)

// Kind says what an event tells.
type Kind string

// The kinds of event.
const (
	Polled          Kind = "polled"            // a workspace was looked at
	PollFailed      Kind = "poll_failed"       // it could not be
	RunChanged      Kind = "run_changed"       // a run started, moved on or ended
	TaskChanged     Kind = "task_changed"      // a task of a run did
	Progressed      Kind = "progressed"        // a build got further
	QuestionAsked   Kind = "question_asked"    // somebody should answer
	QuestionClosed  Kind = "question_closed"   // it was answered, by whomever
	TableRegistered Kind = "table_registered"  // a registration ended, well or not
	TableBuilt      Kind = "table_built"       // a build outside a job ended, well or not
	TableRestored   Kind = "table_restored"    // a table went back to an earlier version
	TrainingSetMade Kind = "training_set_made" // the making of a training set ended, well or not
)

// Event is something that happened. What belongs to it is set, the rest is empty.
type Event struct {
	Seq          int64                 `json:"seq"` // grows by one with each event
	Time         time.Time             `json:"time"`
	Kind         Kind                  `json:"kind"`
	Workspace    string                `json:"workspace,omitempty"`
	Job          string                `json:"job,omitempty"`
	Run          int64                 `json:"run,omitempty"`
	Task         string                `json:"task,omitempty"`
	Table        string                `json:"table,omitempty"`
	Status       *workspaces.Status    `json:"status,omitempty"`
	Progress     *workspaces.Progress  `json:"progress,omitempty"`
	Question     *workspaces.Question  `json:"question,omitempty"`
	Registration *RegistrationResult   `json:"registration,omitempty"`
	Answer       *workspaces.Answer    `json:"answer,omitempty"` // of a question that was closed
	Build        *workspaces.Build     `json:"build,omitempty"`  // what a build outside a job saved
	Output       string                `json:"output,omitempty"` // of a training set: where it is, or would be
	TrainingSet  *trainingset.Manifest `json:"training_set,omitempty"`
	Error        string                `json:"error,omitempty"`
}

// Final reports whether the event ends something, or asks something. Final events reach every
// subscriber; of the others a slow subscriber misses some.
func (e Event) Final() bool {
	switch e.Kind {
	case RunChanged, TaskChanged:
		return e.Status != nil && e.Status.Ended()
	case Polled, Progressed:
		return false
	}
	return true
}

// maxWaiting is how many intermediate events wait for a slow subscriber before the oldest of them go.
const maxWaiting = 1024

// broker hands events to subscribers. Publishing never blocks.
type broker struct {
	mu   sync.Mutex
	seq  int64
	subs map[*Subscription]struct{}
}

// Subscription is one reader's queue of events.
type Subscription struct {
	broker *broker
	mu     sync.Mutex
	queue  []Event
	wake   chan struct{}
}

func (b *broker) publish(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seq++
	e.Seq = b.seq
	for s := range b.subs {
		s.push(e)
	}
}

func (b *broker) subscribe() *Subscription {
	s := &Subscription{broker: b, wake: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[*Subscription]struct{}{}
	}
	b.subs[s] = struct{}{}
	return s
}

func (s *Subscription) push(e Event) {
	s.mu.Lock()
	s.queue = append(s.queue, e)
	if len(s.queue) > maxWaiting {
		s.queue = withoutOldestIntermediate(s.queue)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// withoutOldestIntermediate moves the few endings before it, not the many events behind it.
func withoutOldestIntermediate(queue []Event) []Event {
	for i := range queue {
		if !queue[i].Final() {
			copy(queue[1:], queue[:i])
			queue[0] = Event{}
			return queue[1:]
		}
	}
	return queue
}

// Wake is signalled when there are events to take.
func (s *Subscription) Wake() <-chan struct{} { return s.wake }

// Take returns the waiting events, in order, and empties the queue.
func (s *Subscription) Take() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.queue
	s.queue = nil
	return out
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	delete(s.broker.subs, s)
}
