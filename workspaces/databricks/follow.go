package databricks

import (
	"context"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// follower takes what attempts say into the log, each line once. What had ended before it began is history, and left alone, and so is
// what is past long before it was first seen: attempts that were not seen for that time are forgotten.
type follower struct {
	mu       sync.Mutex // one look at a time
	since    time.Time
	attempts map[number]*followed
}

// past is how long ago something is history.
const past = 7 * 24 * time.Hour

// followed is how far an attempt is in the log.
type followed struct {
	length int    // bytes of what it has said that are in the log
	end    string // the last of them
	done   bool
	tries  int
	seen   time.Time // last
}

// overlap is as many bytes of what is known as a text is found by that has lost its beginning.
const overlap = 4 << 10

// listen takes up what the attempts of runs have said since the last look.
func (w *Workspace) listen(ctx context.Context, runs []*jobRun) {
	if !w.options.Follow || !w.follow.mu.TryLock() {
		return
	}
	defer w.follow.mu.Unlock()
	for _, r := range runs {
		for _, t := range r.Tasks {
			w.hear(ctx, r, t)
		}
	}
	maps.DeleteFunc(w.follow.attempts, func(_ number, f *followed) bool { return w.now().Sub(f.seen) > past })
}

func (w *Workspace) hear(ctx context.Context, r *jobRun, t taskRun) {
	s := w.explained(t)
	if s.Ended() && !at(t.EndTime).After(w.follow.since) || s.Skipped() || s.Result == workspaces.UpstreamFailed {
		return
	}
	f := w.follow.attempts[t.RunId]
	if f == nil {
		if s.Ended() && w.now().Sub(at(t.EndTime)) > past {
			return
		}
		f = &followed{}
		w.follow.attempts[t.RunId] = f
	}
	f.seen = w.now()
	if f.done || !s.Ended() && !(s.LifeCycle == workspaces.Running && speaks(t)) {
		return
	}
	out, err := w.output(ctx, r.RunId, t)
	if err != nil {
		if s.Ended() {
			f.tries++
			f.done = f.tries == outputTries
		}
		w.log.DebugContext(ctx, "cannot fetch what a task says", "run", r.RunId, "task", t.TaskKey, "error", err)
		return
	}
	log := w.log.With("job", r.RunName, "run", r.RunId, "task", t.TaskKey)
	if table := w.tableOf(int64(r.JobId), t.TaskKey); table != "" {
		log = log.With("table", table)
	}
	f.take(ctx, log, out, s.Ended())
	if s.Ended() {
		f.done, f.end = true, ""
		conclude(ctx, log, out)
		if s.Failed() {
			w.remember(t.RunId, out)
		}
	}
}

// speaks reports whether the kind of a task says something before its end.
func speaks(t taskRun) bool {
	return t.SparkJarTask != nil || t.SparkPythonTask != nil || t.PythonWheelTask != nil
}

// take logs the lines that are new; the last one only when it is whole. Databricks keeps the end of a long text: what
// is known of it already is then found by its own end.
func (f *followed) take(ctx context.Context, log *slog.Logger, out *jobs.RunOutput, last bool) {
	text := out.Logs
	from := f.length
	if from > len(text) || !strings.HasSuffix(text[:from], f.end) {
		from = strings.LastIndex(text, f.end) + len(f.end)
		if from < len(f.end) {
			log.WarnContext(ctx, "lines between two looks are lost: Databricks keeps the end of a long output only")
			from = 0
		}
	}
	fresh := text[from:]
	whole := fresh
	if i := strings.LastIndexByte(fresh, '\n'); !last {
		whole = fresh[:i+1]
	}
	for line := range strings.Lines(whole) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			log.InfoContext(ctx, line)
		}
	}
	f.length = from + len(whole)
	f.end = strings.Clone(text[max(0, f.length-overlap):f.length])
}

// conclude logs how an attempt ended: what a notebook has returned, what went wrong, and where.
func conclude(ctx context.Context, log *slog.Logger, out *jobs.RunOutput) {
	if n := out.NotebookOutput; n != nil && n.Result != "" {
		log.InfoContext(ctx, "the notebook returned: "+n.Result, "cut", n.Truncated)
	}
	if d := out.SqlOutput; d != nil && d.QueryOutput != nil {
		log.InfoContext(ctx, "the query ran: "+d.QueryOutput.QueryText, "warehouse", d.QueryOutput.WarehouseId)
	}
	if out.Info != "" {
		log.InfoContext(ctx, out.Info)
	}
	if out.Error != "" {
		log.ErrorContext(ctx, ansi.Strip(out.Error))
	}
	for line := range strings.Lines(ansi.Strip(out.ErrorTrace)) {
		log.ErrorContext(ctx, strings.TrimRight(line, "\r\n"))
	}
}
