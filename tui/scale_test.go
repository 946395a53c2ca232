package tui

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/features/schema"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// The size of a large installation, as the benchmarks and tests of this file have it.
const (
	largeWorkspaces = 4
	largeJobs       = 200
	largeTasks      = 10_000
	largeRuns       = 1_000
	largeTables     = 300
	largeRing       = 100_000   // log lines in memory
	largeLog        = 1_000_000 // log lines that have come
	eventsPerSecond = 2_000
)

// large is the state of a large engine. In every job a run is under way whose tasks are in all states; with each step they
// are further.
func large(step int) *engine.Snapshot {
	const jobs, tasks, runs, tables = largeJobs / largeWorkspaces, largeTasks / largeJobs, largeRuns / largeJobs, largeTables / largeWorkspaces
	s := &engine.Snapshot{Taken: noon, Env: "prod", Home: "/srv/featops"}
	columns := make(schema.Schema, 60)
	for i := range columns {
		columns[i] = schema.Column{Name: fmt.Sprintf("feature_%02d", i), Type: schema.Double}
	}
	for w := range largeWorkspaces {
		space := engine.WorkspaceState{Name: fmt.Sprintf("workspace_%d", w), Kind: "databricks", Polled: noon.Add(-12 * time.Second), NextPoll: noon.Add(48 * time.Second)}
		for t := range tables {
			space.Tables = append(space.Tables, workspaces.Table{
				Workspace: space.Name, Name: fmt.Sprintf("fs_%d_%03d", w, t), Rows: int64(1_000_000 + t), Version: int64(t % 40), Updated: noon.Add(-time.Hour), Schema: columns,
			})
		}
		for j := range jobs {
			id := int64(1 + w*jobs + j)
			job := engine.JobState{Job: workspaces.Job{ID: id, Name: fmt.Sprintf("feature-store-%03d", id), MaxConcurrentRuns: 1}, Expected: engine.Expected{Seconds: 600, Tasks: map[string]float64{}}}
			for k := range tasks {
				task := workspaces.Task{Key: fmt.Sprintf("task_%03d_%02d", id, k), Table: fmt.Sprintf("fs_%d_%03d", w, (j*tasks+k)%(2*tables))}
				if k > 0 {
					task.DependsOn = []string{job.Tasks[(k-1)/3].Key}
				}
				job.Tasks = append(job.Tasks, task)
				job.Expected.Tasks[task.Key] = 12
			}
			for r := range runs {
				job.Runs = append(job.Runs, largeRun(space.Name, &job.Job, int64(runs-r), r == 0, step))
			}
			space.Jobs = append(space.Jobs, job)
		}
		s.Workspaces = append(s.Workspaces, space)
	}
	for w := range s.Workspaces {
		for o := range s.Workspaces {
			for _, t := range s.Workspaces[o].Tables {
				if o != w {
					s.Workspaces[w].Registrations = append(s.Workspaces[w].Registrations, workspaces.Registration{Table: t, Registered: noon})
				}
			}
		}
	}
	return s
}

func largeRun(workspace string, j *workspaces.Job, id int64, underWay bool, step int) workspaces.Run {
	r := workspaces.Run{ID: j.ID*100 + id, JobID: j.ID, Job: j.Name, Workspace: workspace, Status: succeeded, Started: noon.Add(-time.Hour), Ended: noon.Add(-50 * time.Minute)}
	if underWay {
		r.Status, r.Started, r.Ended = running, noon.Add(-time.Minute), time.Time{}
	}
	for k, task := range j.Tasks {
		t := workspaces.TaskRun{Key: task.Key, Status: succeeded, Started: r.Started, Ended: r.Started.Add(11 * time.Second), Build: &workspaces.Build{Table: task.Table, Rows: 1_000_000, Version: 3}}
		switch {
		case underWay && k%5 == 4:
			t = workspaces.TaskRun{Key: task.Key, Status: blocked}
		case underWay && k%5 == 3:
			t = workspaces.TaskRun{Key: task.Key, Status: failed("read the source: connection reset by peer"), Started: r.Started, Ended: noon}
		case underWay && k%5 == 2:
			t.Status, t.Ended, t.Build = running, time.Time{}, nil
			t.Progress = &workspaces.Progress{Stage: "compute", Rows: int64(step) * 1000, Total: 1_000_000}
		}
		r.Tasks = append(r.Tasks, t)
	}
	return r
}

// largeLines is a log ring that a million lines have passed through.
func largeLines() *logs.Ring {
	ring := logs.NewRing(largeRing)
	for i := range largeLog {
		ring.Append(logs.Line{
			Time: noon.Add(time.Duration(i-largeLog) * time.Millisecond), Level: slog.LevelInfo, Message: fmt.Sprint("rows were read: ", i),
			Workspace: "workspace_1", Job: "feature-store-001", Task: "task_001_07",
		})
	}
	return ring
}

// largeEvents is what comes between two frames.
func largeEvents(s *engine.Snapshot) []engine.Event {
	out := make([]engine.Event, eventsPerSecond/framesPerSecond)
	for i := range out {
		job := s.Workspaces[i%largeWorkspaces].Jobs[i/largeWorkspaces%len(s.Workspaces[0].Jobs)]
		out[i] = engine.Event{
			Seq: int64(i), Time: noon, Kind: engine.Progressed, Workspace: s.Workspaces[i%largeWorkspaces].Name, Job: job.Name, Run: job.Runs[0].ID,
			Task: job.Tasks[2].Key, Progress: &workspaces.Progress{Stage: "compute", Rows: 7, Total: 9},
		}
	}
	return out
}

// openLarge opens a console of a large engine at 200 × 60, with the snapshots of some steps.
func openLarge(t testing.TB, steps int) (c *console, snapshots []*engine.Snapshot) {
	for step := range steps {
		snapshots = append(snapshots, large(step))
	}
	ring := largeLines()
	c = open(t, snapshots[0], 200, 60, func(o *Options) { o.Lines = ring })
	c.ring = ring
	for _, w := range snapshots[0].Workspaces {
		for _, t := range w.Tables {
			c.engine.tables = append(c.engine.tables, engine.TableState{Entry: engine.Entry{
				Workspace: w.Name, Name: t.Name, State: engine.IsBuilt, Version: t.Version, Rows: t.Rows, Updated: t.Updated,
			}, NewestMonth: "2026-10"})
		}
		for _, j := range w.Jobs {
			c.engine.runs = append(c.engine.runs, j.Runs...)
		}
	}
	return c, snapshots
}

// spread reports the median and the 99th percentile of some durations.
func spread(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))]) / float64(time.Millisecond)
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
}

// BenchmarkLargeFrame takes what comes between two frames, a new snapshot and its events, and draws, for each of the screens of
// the number keys.
func BenchmarkLargeFrame(b *testing.B) {
	c, snapshots := openLarge(b, 4)
	events := largeEvents(snapshots[0])
	for i, tab := range c.tabs {
		b.Run(tab.base().Name(), func(b *testing.B) {
			c.tab = i
			c.settle(c.enter())
			var took []time.Duration
			for n := 0; b.Loop(); n++ {
				c.engine.snapshot = snapshots[n%len(snapshots)]
				begun := time.Now()
				_, _ = c.Update(changedMsg{events})
				_ = c.View()
				took = append(took, time.Since(begun))
			}
			spread(b, took)
		})
	}
}

// BenchmarkLargeKey moves the selection of the overview.
func BenchmarkLargeKey(b *testing.B) {
	c, _ := openLarge(b, 1)
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		c.Update(tea.KeyMsg{Type: tea.KeyDown})
		_ = c.View()
		took = append(took, time.Since(begun))
	}
	spread(b, took)
}

// BenchmarkLargeMemory measures what a large engine's state and log and the console's own take, after an hour of events.
func BenchmarkLargeMemory(b *testing.B) {
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	for b.Loop() {
		before := heap()
		c, snapshots := openLarge(b, 1)
		events := largeEvents(snapshots[0])
		for i := range 60 {
			c.engine.snapshot = large(i)
			c.Update(changedMsg{events})
		}
		b.ReportMetric(heap()-before, "MB")
		runtime.KeepAlive(c)
	}
}

// BenchmarkLargeIdle is what the console costs when nothing happens: a look at the clock ten times a second, of which one draws.
// The metric is the share of a core.
func BenchmarkLargeIdle(b *testing.B) {
	c, _ := openLarge(b, 1)
	const beats = int(time.Second / heartbeat)
	for b.Loop() {
		for range beats {
			*c.clock = c.clock.Add(heartbeat)
			c.Update(beatMsg{})
		}
	}
	perSecond := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(100*perSecond.Seconds(), "%core")
}

// screenful is an output that tells when a frame with a mark has come.
type screenful struct {
	mu   sync.Mutex
	mark string
	seen chan struct{}
}

func (s *screenful) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mark != "" && bytes.Contains(p, []byte(s.mark)) {
		s.mark = ""
		close(s.seen)
	}
	return len(p), nil
}

// await says what to wait for.
func (s *screenful) await(mark string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mark, s.seen = mark, make(chan struct{})
	return s.seen
}

// BenchmarkLargeKeyUnderLoad runs the console as a user has it, at 200 × 60, while 2,000 events a second come, and measures the time
// from a key to the bytes that show what it did.
func BenchmarkLargeKeyUnderLoad(b *testing.B) {
	c, snapshots := openLarge(b, 4)
	feed := newFeed()
	ctx, stop := context.WithCancel(b.Context())
	var workers sync.WaitGroup
	workers.Go(func() {
		events := largeEvents(snapshots[0])
		tick := time.NewTicker(time.Second / eventsPerSecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			c.engine.mu.Lock()
			c.engine.snapshot = snapshots[n%len(snapshots)]
			c.engine.mu.Unlock()
			feed.mu.Lock()
			feed.events = append(feed.events, events[n%len(events)])
			feed.mu.Unlock()
			select {
			case feed.wake <- struct{}{}:
			default:
			}
		}
	})
	in, keys := io.Pipe()
	out := &screenful{}
	o := c.options
	o.Now = time.Now
	sized := false
	size := func(_ tea.Model, m tea.Msg) tea.Msg {
		if _, ok := m.(changedMsg); ok && !sized {
			sized = true
			return tea.WindowSizeMsg{Width: 200, Height: 60}
		}
		return m
	}
	opened := out.await("workspace_0")
	workers.Go(func() {
		if err := run(ctx, o, feed, tea.WithInput(in), tea.WithOutput(out), tea.WithFilter(size)); err != nil && ctx.Err() == nil {
			b.Error(err)
		}
	})
	<-opened
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		key, mark := "?", "Move"
		if n%2 == 1 {
			key, mark = "\x1b", "under way"
		}
		seen, begun := out.await(mark), time.Now()
		io.WriteString(keys, key)
		<-seen
		took = append(took, time.Since(begun))
	}
	spread(b, took)
	stop()
	workers.Wait()
}
