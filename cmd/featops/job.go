package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"featops/engine"
	"featops/workspaces"

	"github.com/dustin/go-humanize"
)

// printJob tells of a job, the run of it that goes on or was the last, and its schedule.
func printJob(w io.Writer, j engine.JobState, now time.Time) {
	if r := j.Current(); r != nil {
		fmt.Fprintf(w, "  %s: run %d %s, %s\n", j.Name, r.ID, state(r.Status), runFacts(j, *r, now))
	} else {
		fmt.Fprintf(w, "  %s: never run\n", j.Name)
	}
	if j.Schedule != nil {
		fmt.Fprintf(w, "    %s\n", scheduleLine(*j.Schedule, now))
	}
	if r := j.Current(); r != nil {
		table(w, func(line func(string, ...any)) {
			for _, t := range r.Newest() {
				line("    %s\t%s\t%s\t%s", t.Key, attemptState(t), took(t.Started, t.Ended, j.Expected.Of(t.Key), now), t.Status.Message)
			}
		})
	}
}

// runFacts tells when a run was asked for, how long it takes against how long it usually does, and what else there is
// to know of it.
func runFacts(j engine.JobState, r workspaces.Run, now time.Time) string {
	facts := []string{humanize.RelTime(r.Queued, now, "ago", "from now")}
	if n := len(r.Repairs); n > 0 {
		last := r.Repairs[n-1]
		fact := fmt.Sprintf("repair %d %s", last.ID, humanize.RelTime(last.Queued, now, "ago", "from now"))
		if last.By != "" {
			fact += " by " + last.By
		}
		facts = append(facts, fact)
	} else if !r.Started.IsZero() {
		facts = append(facts, took(r.Started, r.Ended, j.Expected.Of(""), now))
	}
	if r.Status.LifeCycle == workspaces.Queued {
		facts = append(facts, r.Status.Message)
	} else if n := j.Queued(); n > 0 {
		facts = append(facts, fmt.Sprintf("%d more in the queue", n))
	}
	return strings.Join(facts, ", ")
}

// scheduleLine tells when a job starts next by itself.
func scheduleLine(s workspaces.Schedule, now time.Time) string {
	line := fmt.Sprintf("schedule %q in %s: ", s.Cron, s.Timezone)
	if s.Paused {
		line += "paused"
	} else {
		line += fmt.Sprintf("next %s (%s), if a featops watches then", s.Next.Format("2006-01-02 15:04 MST"), humanize.RelTime(s.Next, now, "ago", "from now"))
	}
	if !s.Missed.IsZero() {
		line += fmt.Sprintf("; missed %s, when none did", at(s.Missed))
	}
	return line
}

// attemptState is the state of an attempt, with its number where it is not the first.
func attemptState(t workspaces.TaskRun) string {
	if t.Attempt == 0 {
		return state(t.Status)
	}
	return fmt.Sprintf("%s (attempt %d)", state(t.Status), t.Attempt)
}

// took is how long something took, or takes so far, and then how long it usually does.
func took(started, ended time.Time, usual time.Duration, now time.Time) string {
	text := lasted(started, ended, now)
	if started.IsZero() || !ended.IsZero() || usual == 0 {
		return text
	}
	text += " of usually " + usual.Round(10*time.Millisecond).String()
	if engine.Late(now.Sub(started), usual) {
		text += " (late)"
	}
	return text
}

// lasted is how long something took, or takes so far.
func lasted(started, ended, now time.Time) string {
	if started.IsZero() {
		return "-"
	}
	if ended.IsZero() {
		ended = now
	}
	return ended.Sub(started).Round(10 * time.Millisecond).String()
}
