package tui

import (
	"log/slog"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/tui/widget"
	"featops/workspaces"

	"pgregory.net/rapid"
)

// oddTime draws a time of a run as a foreign system may tell it: none, one near noon, or one that cannot be.
func oddTime(t *rapid.T, what string) time.Time {
	switch rapid.SampledFrom([]string{"near", "near", "near", "none", "days", "epoch", "first", "last"}).Draw(t, "kind of "+what) {
	case "none":
		return time.Time{}
	case "days":
		return noon.Add(time.Duration(rapid.Int64Range(-2000, 2000).Draw(t, what)) * time.Hour)
	case "epoch":
		return time.Unix(0, 0)
	case "first":
		return time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)
	case "last":
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return noon.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Minute)).Draw(t, what)))
}

func anyStatus(t *rapid.T) workspaces.Status {
	if rapid.Bool().Draw(t, "odd state") {
		return oddStatus(t)
	}
	s := rapid.SampledFrom([]workspaces.Status{
		succeeded, running, pending, blocked, {LifeCycle: workspaces.WaitingForRetry}, {LifeCycle: workspaces.Queued},
		{LifeCycle: workspaces.Terminated, Result: workspaces.Failed}, {LifeCycle: workspaces.Terminated, Result: workspaces.UpstreamFailed},
		{LifeCycle: workspaces.Terminated, Result: workspaces.Canceled}, {LifeCycle: workspaces.InternalError, Result: workspaces.TimedOut},
		{LifeCycle: workspaces.Skipped, Result: workspaces.TooManyRuns},
	}).Draw(t, "state")
	s.Message = rapid.SampledFrom([]string{"", "read a: open b: no such file", "panic: x\n\ngoroutine 1 [running]:\n\tmain.go:7", "日本: 語語語: e\u0301"}).Draw(t, "message")
	return s
}

// oddKeys are the tasks that runs and jobs have, not all of them both.
var oddKeys = []string{"fs_cus_demographic", "fs_cus_credit_risk", "feature_registry", "日本語の長いタスクの名前です、とても長い", "", "a\x1b[31m\n"}

// oddRun draws a run: with repairs and retries, waits, unknown states, missing times, or no task.
func oddRun(t *rapid.T, id int64) workspaces.Run {
	r := workspaces.Run{
		ID: id, JobID: 1, Job: "[dev ana] demo-feature-store", Workspace: "bncapers", Status: anyStatus(t),
		Queued: oddTime(t, "queued"), Started: oddTime(t, "started"), Ended: oddTime(t, "ended"),
	}
	for range rapid.IntRange(0, 5).Draw(t, "parameters") {
		if r.Parameters == nil {
			r.Parameters = map[string]string{}
		}
		r.Parameters[odd().Draw(t, "name")] = odd().Draw(t, "value")
	}
	r.Only = rapid.SliceOfN(rapid.SampledFrom(oddKeys), 0, 3).Draw(t, "only")
	for range rapid.IntRange(0, 14).Draw(t, "attempts") {
		a := workspaces.TaskRun{
			Key: rapid.SampledFrom(oddKeys).Draw(t, "task"), Attempt: rapid.IntRange(-1, 3).Draw(t, "attempt"), Status: anyStatus(t),
			Started: oddTime(t, "begin"), Ended: oddTime(t, "end"),
		}
		if rapid.Bool().Draw(t, "waits for a retry") {
			a.RetryAt = oddTime(t, "retry")
		}
		if rapid.Bool().Draw(t, "has built") {
			a.Build = &workspaces.Build{Table: a.Key, Rows: rapid.Int64().Draw(t, "rows"),
				Warnings: []workspaces.SourceWarning{{Source: odd().Draw(t, "source"), Message: odd().Draw(t, "warning")}}}
			a.Progress = &workspaces.Progress{Stage: odd().Draw(t, "stage"), Rows: rapid.Int64().Draw(t, "done"), Total: rapid.Int64().Draw(t, "of")}
		}
		r.Tasks = append(r.Tasks, a)
	}
	for n := range rapid.Int64Range(0, 3).Draw(t, "repairs") {
		r.Repairs = append(r.Repairs, workspaces.Repair{ID: n + 1, Tasks: rapid.SliceOfN(rapid.SampledFrom(oddKeys), 0, 3).Draw(t, "repaired"),
			By: odd().Draw(t, "by"), Queued: oddTime(t, "asked"), Started: oddTime(t, "begun"), Ended: oddTime(t, "done"), Status: anyStatus(t)})
	}
	return r
}

// oddHistory draws a state in which a job of bncapers has odd runs, newer and older ones.
func oddHistory(t *rapid.T) (s *engine.Snapshot, older []workspaces.Run) {
	s = idle()
	job := &s.Workspaces[0].Jobs[0]
	job.Tasks = nil
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(oddKeys), 0, len(oddKeys), rapid.ID).Draw(t, "tasks of the job") {
		job.Tasks = append(job.Tasks, task(key, key, rapid.SliceOfN(rapid.SampledFrom(oddKeys), 0, 3).Draw(t, "depends on")...))
	}
	job.Expected = engine.Expected{Seconds: rapid.Float64().Draw(t, "usual"), Tasks: map[string]float64{"fs_cus_demographic": rapid.Float64().Draw(t, "usual of a task")}}
	some := []workspaces.Run{oddRun(t, 90), oddRun(t, 89), oddRun(t, 88)}
	newest := rapid.IntRange(1, engine.RunsShown).Draw(t, "runs")
	for i := range newest {
		r := some[i%len(some)]
		r.ID = int64(100 - i)
		job.Runs = append(job.Runs, r)
	}
	if newest == engine.RunsShown {
		for i := range rapid.IntRange(0, 60).Draw(t, "older runs") {
			r := some[i%len(some)]
			r.ID = int64(80 - i)
			older = append(older, r)
		}
	}
	return s, older
}

// Whatever a run is, and whatever was pressed on its screen or on that of the runs, the frame is as high as the
// terminal, and nowhere wider.
func TestOddRunsFit(t *testing.T) {
	names := []string{"tab", "shift+tab", "[", "]", "e", "up", "down", "j", "k", "pgup", "pgdown", "home", "end", "left", "right", "enter", "esc",
		"c", "R", "A", "n", "f", "l", "w", "t", "/", "x", "m", " ", "s", "2", "?", "logs!"}
	rapid.Check(t, func(r *rapid.T) {
		s, older := oddHistory(r)
		w, h := rapid.IntRange(80, 240).Draw(r, "width"), rapid.IntRange(24, 70).Draw(r, "height")
		c := open(t, s, w, h)
		c.engine.older = older
		c.engine.history = overwritten()
		for i, d := range decided() {
			d.Question.Run, d.Question.Table = 100, odd().Draw(r, "table of a decision")
			if i == 0 && rapid.Bool().Draw(r, "asks") {
				s.Questions = []workspaces.Question{d.Question}
			}
			c.engine.decided = append(c.engine.decided, d)
		}
		for range rapid.IntRange(0, 30).Draw(r, "lines") {
			c.ring.Append(logs.Line{Time: oddTime(r, "line"), Level: slog.LevelWarn, Message: odd().Draw(r, "log"), Workspace: "bncapers", Run: "100"})
		}
		c.setTheme(rapid.SampledFrom(widget.ThemeNames()).Draw(r, "theme"))
		c.keys("2")
		c.show(s, engine.Event{Kind: engine.QuestionAsked})
		c.wait(grace)
		c.keys("l", "enter")
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(names), 1, 20).Draw(r, "keys") {
			c.keys(k)
			fits(r, c.View(), w, h)
			if c.broken != nil {
				r.Fatal(c.broken)
			}
		}
		if rapid.Bool().Draw(r, "changes") { // newer runs, an attempt more, the job is gone
			next, _ := oddHistory(r)
			next.Workspaces[0].Jobs = next.Workspaces[0].Jobs[:rapid.IntRange(0, 1).Draw(r, "jobs")]
			c.wait(2 * time.Second)
			c.show(next)
			for _, k := range rapid.SliceOfN(rapid.SampledFrom(names), 1, 10).Draw(r, "more keys") {
				c.keys(k)
			}
			if c.broken != nil {
				r.Fatal(c.broken)
			}
		}
		w, h = rapid.IntRange(1, 240).Draw(r, "new width"), rapid.IntRange(1, 70).Draw(r, "new height")
		c.resize(w, h)
		fits(r, c.View(), w, h)
	})
}
