package embedded

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"featops/workspaces"
	"featops/workspaces/schedule"
)

// Jobs start by their schedules only while somebody watches. A time that has passed meanwhile is not made up for: a
// job that nobody expects to run is worse than one that is missing and says so.

const (
	// lateness is how much too late a job is started at most, after the machine slept or was too busy.
	lateness = time.Minute
	// clockCheck is how often the clock is looked at, at least: it may be set, and it goes on while the machine
	// sleeps, which timers do not see.
	clockCheck = 30 * time.Second
)

// timer is a job with a schedule.
type timer struct {
	index int // of the job
	job   workspaces.Job
	times schedule.Schedule
	of    string
}

// timers reads the schedules of the jobs.
func timers(jobs []workspaces.Job) ([]timer, error) {
	var out []timer
	for i, j := range jobs {
		if j.Schedule == nil {
			continue
		}
		times, err := schedule.Parse(j.Schedule.Cron, j.Schedule.Timezone)
		if err != nil {
			return nil, fmt.Errorf("schedule of %s: %w", j.Name, err)
		}
		out = append(out, timer{i, j, times, j.Schedule.Cron + " " + j.Schedule.Timezone})
	}
	return out, nil
}

// timing is what is remembered of a job's times. What was remembered of another schedule says nothing of this one, whose
// first time comes after now.
func (w *Workspace) timing(ctx context.Context, t timer, now time.Time) (timing, error) {
	m, err := w.store.timing(ctx, t.job.ID)
	if m.of != t.of {
		m = timing{paused: m.paused, of: t.of, settled: now}
	}
	return m, err
}

func (m timing) isPaused(t timer) bool {
	if m.paused.Valid {
		return m.paused.Bool
	}
	return t.job.Schedule.Paused
}

// passed is the newest of the times after the settled ones that is not after now, or zero.
func (m timing) passed(t timer, now time.Time) time.Time {
	if m.isPaused(t) {
		return time.Time{}
	}
	var last time.Time
	for _, back := range []time.Duration{time.Hour, day, 32 * day, 400 * day, now.Sub(m.settled)} {
		from := now.Add(-back)
		if from.Before(m.settled) {
			from = m.settled
		}
		for next := t.times.Next(from); !next.IsZero() && !next.After(now); next = t.times.Next(next) {
			last = next
		}
		if !last.IsZero() || from.Equal(m.settled) {
			break
		}
	}
	return last
}

// day is no more than a span to look back over.
const day = 24 * time.Hour

// next is the first time that is to come, or zero.
func (m timing) next(t timer, now time.Time) time.Time {
	if m.isPaused(t) {
		return time.Time{}
	}
	if now.Before(m.settled) {
		now = m.settled // the clock was put back: no time comes twice
	}
	return t.times.Next(now)
}

// Jobs implements [workspaces.Workspace].
func (w *Workspace) Jobs(ctx context.Context) ([]workspaces.Job, error) {
	jobs, now := slices.Clone(w.jobs), w.now()
	for _, t := range w.timers {
		m, err := w.timing(ctx, t, now)
		if err != nil {
			return nil, err
		}
		s := *t.job.Schedule
		s.Paused, s.Missed = m.isPaused(t), m.missed
		if last := m.passed(t, now.Add(-lateness)); !last.IsZero() {
			s.Missed = last
		}
		s.Next = m.next(t, now)
		jobs[t.index].Schedule = &s
	}
	return jobs, nil
}

// PauseJob implements [workspaces.Workspace]. What is said here beats the configuration, until it is said
// otherwise here. A job that goes on makes up for no time of its pause.
func (w *Workspace) PauseJob(ctx context.Context, id int64, paused bool) error {
	if err := w.writable(fmt.Sprintf("pause or resume job %d", id)); err != nil {
		return err
	}
	j, err := w.job(id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(w.timers, func(t timer) bool { return t.job.ID == id })
	if i < 0 {
		return fmt.Errorf("%s in %s has no schedule to pause or resume", j.Name, w.options.Name)
	}
	w.scheduling.Lock()
	defer w.scheduling.Unlock()
	now := w.now()
	m, err := w.timing(ctx, w.timers[i], now)
	if err != nil {
		return err
	}
	was := m.isPaused(w.timers[i])
	m.paused = sql.NullBool{Bool: paused, Valid: true}
	if was && !paused {
		m.settled = now
	}
	if err := w.store.setTiming(ctx, id, m); err != nil {
		return err
	}
	word := "resumed"
	if paused {
		word = "paused"
	}
	w.log.InfoContext(ctx, "schedule "+word, "job", j.Name)
	select {
	case w.rescheduled <- struct{}{}:
	default:
	}
	w.tick()
	return nil
}

// RunSchedules starts the jobs at their times until ctx ends. Times that came before it are told, and not
// made up for.
func (w *Workspace) RunSchedules(ctx context.Context) error {
	if len(w.timers) == 0 {
		return nil
	}
	if err := w.writable("run schedules"); err != nil {
		return err
	}
	tolerated := time.Duration(-1) // nothing that came before is started
	for {
		wake := clockCheck
		for _, t := range w.timers {
			next, err := w.startIfDue(ctx, t, tolerated)
			if err != nil && ctx.Err() == nil {
				w.log.ErrorContext(ctx, "cannot run the schedule", "job", t.job.Name, "error", err)
			}
			if until := next.Sub(w.now()); !next.IsZero() && until < wake {
				wake = until
			}
		}
		tolerated = lateness
		sleep := time.NewTimer(max(wake, 0))
		select {
		case <-sleep.C:
		case <-w.rescheduled:
		case <-ctx.Done():
			sleep.Stop()
			return nil
		}
		sleep.Stop()
	}
}

// startIfDue starts a job whose time has come, no later than what is tolerated, and returns its next time, none while it is
// paused. The time is done with before the job starts: a crash in between loses the start and does not double it.
func (w *Workspace) startIfDue(ctx context.Context, t timer, tolerated time.Duration) (next time.Time, err error) {
	w.scheduling.Lock()
	defer w.scheduling.Unlock()
	now := w.now()
	m, err := w.timing(ctx, t, now)
	if err != nil {
		return next, err
	}
	due := m.passed(t, now)
	late := !due.IsZero() && now.Sub(due) > tolerated
	switch {
	case late:
		m.missed, m.settled = due, due
		w.log.WarnContext(ctx, "the job was not started at its time: no featops was there to do it", "job", t.job.Name, "scheduled", due)
	case !due.IsZero():
		m.missed, m.settled = time.Time{}, due
	}
	if !due.IsZero() || m.settled.Equal(now) {
		if err := w.store.setTiming(ctx, t.job.ID, m); err != nil {
			return next, err
		}
	}
	if !due.IsZero() && !late {
		err = w.startAtTime(ctx, t.job, due)
	}
	return m.next(t, now), err
}

// startAtTime starts a job, unless a run of it waits in the queue: what comes faster than it can be done would only
// make the queue longer.
func (w *Workspace) startAtTime(ctx context.Context, j workspaces.Job, due time.Time) error {
	w.mu.Lock()
	waiting := len(w.queueOf(j))
	w.mu.Unlock()
	if waiting > 0 {
		w.log.WarnContext(ctx, "the job was not started at its time: a run of it waits in the queue already", "job", j.Name, "scheduled", due)
		return nil
	}
	id, err := w.RunNow(ctx, workspaces.RunRequest{JobID: j.ID})
	if err == nil {
		w.log.InfoContext(ctx, "started by its schedule", "job", j.Name, "run", id, "scheduled", due)
	}
	return err
}
