package databricks

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"featops/workspaces"

	"github.com/charmbracelet/x/ansi"
	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/sql"
)

const (
	longestError    = 8 << 10 // bytes kept of what a failed attempt says
	explainedAtOnce = 10      // attempts asked at a look why they failed; the others come at the next ones
	outputTries     = 3       // to fetch what an attempt has said at its end
)

// output fetches what an attempt has said. Databricks has it by attempt, and not by run.
func (w *Workspace) output(ctx context.Context, run number, t taskRun) (out *jobs.RunOutput, err error) {
	what := fmt.Sprintf("get the output of task %s of run %d in %s", t.TaskKey, run, w.options.Name)
	err = w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) (err error) {
		out, err = jobs.NewJobs(c).GetRunOutput(ctx, jobs.GetRunOutputRequest{RunId: int64(t.RunId)})
		if err == nil && out.Error == "" && t.SqlTask != nil {
			out.Error = statementError(ctx, c, out.SqlOutput)
		}
		return err
	})
	return out, err
}

// statementError finds what went wrong with the statements of an SQL task, which its own output does not always say. A
// statement that is no longer known says nothing.
func statementError(ctx context.Context, c *client.DatabricksClient, o *jobs.SqlOutput) string {
	if o == nil || o.QueryOutput == nil {
		return ""
	}
	for _, s := range o.QueryOutput.SqlStatements {
		got, err := sql.NewStatementExecution(c).GetStatement(ctx, sql.GetStatementRequest{StatementId: s.LookupKey})
		if err == nil && got.Status != nil && got.Status.Error != nil {
			return got.Status.Error.Message
		}
	}
	return ""
}

// explain fetches why attempts of a run failed: their states often only say that they did. What cannot be fetched is asked for
// again at the next look.
func (w *Workspace) explain(ctx context.Context, r *jobRun) {
	asked := 0
	for _, t := range r.Tasks {
		if asked == explainedAtOnce || !w.unexplained(t) {
			continue
		}
		asked++
		out, err := w.output(ctx, r.RunId, t)
		if err != nil {
			w.gaveUp(t.RunId)
			w.log.DebugContext(ctx, "cannot fetch why a task failed", "run", r.RunId, "task", t.TaskKey, "error", err)
			continue
		}
		w.remember(t.RunId, out)
	}
}

// unexplained reports whether an attempt failed by itself and it is not known yet why.
func (w *Workspace) unexplained(t taskRun) bool {
	s := status(t.State, t.Status)
	if !s.Failed() || s.Result == workspaces.UpstreamFailed {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, known := w.said.get(t.RunId, w.now())
	tries, _ := w.tries.get(t.RunId, w.now())
	return !known && tries < outputTries
}

// gaveUp counts how often an attempt could not be asked: often enough, and it is left alone.
func (w *Workspace) gaveUp(attempt number) {
	w.mu.Lock()
	defer w.mu.Unlock()
	tries, _ := w.tries.get(attempt, w.now())
	w.tries.put(attempt, tries+1, w.now())
}

// remember keeps the error of an attempt.
func (w *Workspace) remember(attempt number, out *jobs.RunOutput) {
	message := w.connection.Hide(strings.TrimSpace(ansi.Strip(out.Error)))
	if len(message) > longestError {
		message = strings.ToValidUTF8(message[:longestError], "") + "…"
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said.put(attempt, message, w.now())
}

// explained is a state with what the attempt itself said, if that is known.
func (w *Workspace) explained(t taskRun) workspaces.Status {
	s := w.status(t.State, t.Status)
	if s.Failed() {
		w.mu.Lock()
		defer w.mu.Unlock()
		said, _ := w.said.get(t.RunId, w.now())
		s.Message = cmp.Or(said, s.Message)
	}
	return s
}
