package embedded

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"featops/workspaces"
)

func scheduled(cron string) func(*workspaces.Job) {
	return func(j *workspaces.Job) {
		j.Queue, j.Schedule = true, &workspaces.Schedule{Cron: cron, Timezone: "UTC"}
	}
}

// watched is a workspace whose schedules run, and what it logs. It begins at 10:30.
type watched struct {
	*Workspace
	options Options
	log     *bytes.Buffer
	stop    func()
}

func watchSchedules(t *testing.T, o Options) *watched {
	t.Helper()
	s := &watched{options: o, log: &bytes.Buffer{}}
	o.Log = slog.New(slog.NewTextHandler(s.log, nil))
	w, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.RunSchedules(ctx); err != nil {
			t.Error(err)
		}
	}()
	s.Workspace = w
	s.stop = func() {
		cancel()
		<-done
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	synctest.Wait()
	return s
}

// begun tells when the runs of the job began, the oldest first.
func (s *watched) begun(t *testing.T) string {
	t.Helper()
	synctest.Wait()
	runs, err := s.Runs(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range runs {
		out = append([]string{r.Queued.UTC().Format("02 15:04:05")}, out...)
	}
	return strings.Join(out, ", ")
}

func (s *watched) schedule(t *testing.T) workspaces.Schedule {
	t.Helper()
	jobs, err := s.Jobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return *jobs[0].Schedule
}

func (s *watched) wantBegun(t *testing.T, want string) {
	t.Helper()
	if got := s.begun(t); got != want {
		t.Errorf("runs began at %q, want %q", got, want)
	}
}

func scheduleOptions(t *testing.T, clock func(*Options), cron string) Options {
	o := optionsIn(filepath.Join(t.TempDir(), "w"))
	clock(&o)
	o.Registrar = &script{}
	jobWith(scheduled(cron), task("register_a", ""))(&o)
	return o
}

func TestAJobStartsByItsSchedule(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		s := watchSchedules(t, scheduleOptions(t, clock, "0 6,18 * * *"))
		defer s.stop()
		if got, want := s.schedule(t).Next, time.Date(2024, 6, 15, 18, 0, 0, 0, time.UTC); !got.Equal(want) {
			t.Errorf("next is %s, want %s", got, want)
		}
		s.wantBegun(t, "")
		time.Sleep(24 * time.Hour)
		s.wantBegun(t, "15 18:00:00, 16 06:00:00")
	})
}

func TestAPausedScheduleStartsNothingAndMakesUpForNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		o := scheduleOptions(t, clock, "0 * * * *")
		s := watchSchedules(t, o)
		time.Sleep(time.Hour)
		if err := s.PauseJob(t.Context(), 1, true); err != nil {
			t.Fatal(err)
		}
		if got := s.schedule(t); !got.Paused || !got.Next.IsZero() {
			t.Errorf("paused: %+v", got)
		}
		time.Sleep(3 * time.Hour)
		s.wantBegun(t, "15 11:00:00")
		s.stop()

		// It stays paused in the next process, whatever the configuration says.
		s = watchSchedules(t, o)
		defer s.stop()
		time.Sleep(2 * time.Hour)
		s.wantBegun(t, "15 11:00:00")
		if err := s.PauseJob(t.Context(), 1, false); err != nil {
			t.Fatal(err)
		}
		if got := s.schedule(t); got.Paused || !got.Missed.IsZero() {
			t.Errorf("resumed: %+v", got)
		}
		time.Sleep(time.Hour)
		s.wantBegun(t, "15 11:00:00, 15 17:00:00")
	})
}

func TestASchedulePausedInTheConfiguration(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		o := scheduleOptions(t, clock, "0 * * * *")
		o.Jobs[0].Schedule.Paused = true
		s := watchSchedules(t, o)
		defer s.stop()
		time.Sleep(2 * time.Hour)
		s.wantBegun(t, "")
		if err := s.PauseJob(t.Context(), 1, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		s.wantBegun(t, "15 13:00:00")
	})
}

func TestATimeAtWhichNobodyWasThereIsToldAndNotMadeUpFor(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		o := scheduleOptions(t, clock, "0 * * * *")
		s := watchSchedules(t, o)
		time.Sleep(time.Hour)
		s.stop()
		time.Sleep(3*time.Hour - 29*time.Minute - 50*time.Second) // it is 14:00:10, and the newest time came 10 seconds ago

		look := o
		look.ReadOnly = true
		jobs, err := openWith(t, look).Jobs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := jobs[0].Schedule.Missed.UTC().Hour(); got != 13 {
			t.Errorf("who looks is told of %d:00, want 13:00; 14:00 may be starting just now", got)
		}

		s = watchSchedules(t, o)
		defer s.stop()
		if got := s.schedule(t).Missed.UTC().Hour(); got != 14 {
			t.Errorf("missed is %d:00, want 14:00", got)
		}
		contains := "the job was not started at its time: no featops was there to do it"
		if !strings.Contains(s.log.String(), contains) {
			t.Errorf("the log does not tell of it:\n%s", s.log)
		}
		s.wantBegun(t, "15 11:00:00")
		time.Sleep(time.Hour)
		s.wantBegun(t, "15 11:00:00, 15 15:00:00")
		if got := s.schedule(t).Missed; !got.IsZero() {
			t.Errorf("after a start %s is missed still", got)
		}
	})
}

// The clock of the machine is not that of timers: it goes on while the machine sleeps, and it can be set.
func TestAScheduleWhoseClockIsSet(t *testing.T) {
	for _, c := range []struct {
		name string
		by   time.Duration // at 10:50
		want string
	}{
		{"forward a little over the time", 10*time.Minute + 20*time.Second, "15 11:00:50, 15 12:00:00"}, // seen at the next look at the clock
		{"forward long over the time", 40 * time.Minute, "15 12:00:00"},
		{"back, before the time", -30 * time.Minute, "15 11:00:00, 15 12:00:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shift, set := settable()
				o := scheduleOptions(t, set, "0 * * * *")
				s := watchSchedules(t, o)
				defer s.stop()
				time.Sleep(20 * time.Minute)
				synctest.Wait()
				shift.Store(int64(c.by))
				for o.Now().Before(june.Add(100 * time.Minute)) {
					time.Sleep(time.Minute)
				}
				s.wantBegun(t, c.want)
			})
		})
	}
	t.Run("back, after the time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			shift, set := settable()
			s := watchSchedules(t, scheduleOptions(t, set, "0 * * * *"))
			defer s.stop()
			time.Sleep(40 * time.Minute)
			s.wantBegun(t, "15 11:00:00")
			synctest.Wait()
			shift.Store(int64(-time.Hour)) // 10:10 again: 11:00 comes a second time, and is done with
			time.Sleep(100 * time.Minute)
			s.wantBegun(t, "15 11:00:00")
			time.Sleep(time.Hour)
			s.wantBegun(t, "15 11:00:00, 15 12:00:00")
		})
	})
}

// settable is the clock of a bubble that can be set forward or back.
func settable() (shift *atomic.Int64, set func(*Options)) {
	began := time.Now()
	shift = &atomic.Int64{}
	return shift, func(o *Options) {
		o.Now = func() time.Time { return june.Add(time.Since(began) + time.Duration(shift.Load())) }
	}
}

func TestAScheduleDoesNotFillTheQueue(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		o := scheduleOptions(t, clock, "0 * * * *")
		o.Registrar = &script{steps: []func(context.Context) error{lasts(5 * time.Hour)}}
		s := watchSchedules(t, o)
		defer s.stop()
		time.Sleep(4 * time.Hour)
		s.wantBegun(t, "15 11:00:00, 15 12:00:00")
		if !strings.Contains(s.log.String(), "a run of it waits in the queue already") {
			t.Errorf("the log does not tell of it:\n%s", s.log)
		}
	})
}

// Another schedule than the one that was remembered begins anew.
func TestAChangedScheduleMissesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, clock func(*Options)) {
		o := scheduleOptions(t, clock, "0 0 1 * *")
		watchSchedules(t, o).stop()
		time.Sleep(24 * time.Hour)
		o.Jobs[0].Schedule = &workspaces.Schedule{Cron: "0 * * * *", Timezone: "UTC"}
		s := watchSchedules(t, o)
		defer s.stop()
		if got := s.schedule(t).Missed; !got.IsZero() {
			t.Errorf("missed %s", got)
		}
		time.Sleep(time.Hour)
		s.wantBegun(t, "16 11:00:00")
	})
}

// Who only looks at a home in which the jobs never were has no numbers for them.
func TestSchedulesOfJobsThatAreNewToWhoLooks(t *testing.T) {
	o := optionsIn(filepath.Join(t.TempDir(), "w"))
	withJob(task("good1", ""))(&o)
	second := o.Jobs[0]
	second.Name, second.Schedule = "[dev ana] other", &workspaces.Schedule{Cron: "0 6 * * *", Timezone: "UTC"}
	o.Jobs = append(o.Jobs, second)
	o.ReadOnly = true
	jobs, err := openWith(t, o).Jobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if jobs[0].Schedule != nil || jobs[1].Schedule == nil || jobs[1].Schedule.Next.IsZero() {
		t.Errorf("schedules %+v and %+v", jobs[0].Schedule, jobs[1].Schedule)
	}
}

func TestPauseRefuses(t *testing.T) {
	w := open(t, withJob(task("good1", "")))
	wantError(t, w.PauseJob(t.Context(), 1, true), "[dev ana] demo in bncapers has no schedule")
	wantError(t, w.PauseJob(t.Context(), 7, true), "job 7 is unknown")
	o := optionsIn(t.TempDir())
	jobWith(scheduled("61 * * * *"), task("good1", ""))(&o)
	_, err := Open(t.Context(), o)
	wantError(t, err, "schedule of [dev ana] demo", "61")
}
