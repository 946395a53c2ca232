package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// request prepares the build of a table outside any job.
func (e *Engine) request(table string, given map[string]string) (workspaces.Workspace, workspaces.BuildRequest, error) {
	w, err := e.ownerOf(table)
	if err != nil {
		return nil, workspaces.BuildRequest{}, err
	}
	p, err := e.plan().Params(table, given)
	if err != nil {
		return nil, workspaces.BuildRequest{}, err
	}
	c, _ := e.config.Workspace(w.Name())
	def, err := features.Find(e.plan().TablesFor(c), table)
	return w, workspaces.BuildRequest{Table: def, Params: p}, err
}

// build carries out BuildTable.
func (e *Engine) build(ctx context.Context, c BuildTable) (Reply, error) {
	w, r, err := e.request(c.Table, c.Parameters)
	if err != nil {
		return Reply{}, err
	}
	if r.Params.Ignore {
		return Reply{}, &InvalidError{fmt.Sprintf("build %s: ignore=true skips a task of a job, a build has nothing to skip to", c.Table)}
	}
	ctx, stop := e.whileOpen(ctx)
	defer stop()
	id, err := e.journal.StartBuild(ctx, w.Name(), c.Table, c.Parameters, e.now())
	if err != nil {
		return Reply{}, err
	}
	progress, done := e.showing(&e.builds, w.Name(), c.Table)
	r.Progress = progress
	log := e.log.With("workspace", w.Name(), "table", c.Table)
	b, err := r.Run(ctx, w, e.gate, log)
	done()

	ended := Event{Kind: TableBuilt, Workspace: w.Name(), Table: c.Table}
	if err != nil {
		ended.Error = err.Error()
		log.ErrorContext(ctx, "table not built", "error", err)
	} else {
		log.InfoContext(ctx, "table built: "+b.String())
		ended.Build = &b
	}
	err = errors.Join(err, e.journal.EndBuild(context.WithoutCancel(ctx), id, b, err, e.now()))
	e.publish(ended)
	e.refresh(w.Name())
	return Reply{Build: &b}, err
}

// showing adds a computation of a table to a list that the snapshot has, and returns how its progress is shown there and how
// it is taken off.
func (e *Engine) showing(list *[]*BuildState, workspace, table string) (progress func(workspaces.Progress), done func()) {
	state := &BuildState{Workspace: workspace, Table: table, Started: e.now()}
	e.update(func() { *list = append(*list, state) })
	progress = func(p workspaces.Progress) {
		e.update(func() { state.Progress = &p })
		e.events.publish(Event{Time: e.now(), Kind: Progressed, Workspace: workspace, Table: table, Progress: &p})
	}
	done = func() {
		e.update(func() { *list = slices.DeleteFunc(*list, func(s *BuildState) bool { return s == state }) })
	}
	return progress, done
}

// whileOpen returns a context that ends with ctx and also when the engine is closed.
func (e *Engine) whileOpen(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(e.ctx, func() { cancel(ErrClosing) })
	return ctx, func() { stop(); cancel(nil) }
}

// restore carries out RestoreTable.
func (e *Engine) restore(ctx context.Context, c RestoreTable) (Reply, error) {
	w, err := e.ownerOf(c.Table)
	if err != nil {
		return Reply{}, err
	}
	commit, err := w.Restore(ctx, c.Table, c.Version)
	if err != nil {
		return Reply{}, fmt.Errorf("restore %s to version %d: %w", c.Table, c.Version, err)
	}
	e.log.InfoContext(ctx, "table restored", "workspace", w.Name(), "table", c.Table, "to", c.Version, "version", commit.Version)
	e.publish(Event{Kind: TableRestored, Workspace: w.Name(), Table: c.Table})
	e.refresh(w.Name())
	return Reply{Commit: &commit}, nil
}

// History lists the versions of a table, the newest first.
func (e *Engine) History(ctx context.Context, table string) ([]workspaces.Commit, error) {
	w, err := e.ownerOf(table)
	if err != nil {
		return nil, err
	}
	return w.History(ctx, table, 0)
}

// startRun carries out StartRun.
func (e *Engine) startRun(ctx context.Context, c StartRun) (Reply, error) {
	w, err := e.workspace(c.Workspace)
	if err != nil {
		return Reply{}, err
	}
	request := workspaces.RunRequest{JobID: c.Job, Parameters: c.Parameters, Only: c.Only}
	id, err := change(ctx, e, w, func(ctx context.Context) (int64, error) { return w.RunNow(ctx, request) })
	return Reply{Run: id}, err
}

// Diff is what a build would change in a table.
type Diff struct {
	Workspace    string                  `json:"workspace"`
	Table        string                  `json:"table"`
	Exists       bool                    `json:"exists"`
	UpToDate     bool                    `json:"up_to_date"` // already built from exactly this
	Version      int64                   `json:"version"`    // of the table now; -1 when it does not exist
	Difference   schema.Difference       `json:"difference"`
	Replaces     bool                    `json:"replaces"` // the build overwrites the table, so absent rows go
	Asks         bool                    `json:"asks"`     // the build would raise a question
	Rows         workspaces.Changes      `json:"rows"`
	Loss         []workspaces.ColumnLoss `json:"loss,omitempty"` // values in columns that a yes would drop
	RegisteredIn []string                `json:"registered_in,omitempty"`
	// Extent is how much the build computes; nil when the table does not exist or is up to date, and where the workspace does
	// not tell.
	Extent *workspaces.Extent `json:"extent,omitempty"`
	// Warnings tell what is not as expected with the source.
	Warnings []workspaces.SourceWarning `json:"warnings,omitempty"`
}

// Diff computes a table and compares it with what is there. It writes nothing to the table.
func (e *Engine) Diff(ctx context.Context, table string, given map[string]string) (Diff, error) {
	w, r, err := e.request(table, given)
	if err != nil {
		return Diff{}, err
	}
	d := Diff{Workspace: w.Name(), Table: table, Version: workspaces.NoTable, RegisteredIn: e.Snapshot().RegisteredIn(table)}
	ctx, stop := e.whileOpen(ctx)
	defer stop()
	progress, done := e.showing(&e.diffs, w.Name(), table)
	defer done()
	r.Progress = progress
	staged, err := w.Stage(ctx, r)
	if err != nil {
		return d, err
	}
	err = e.compare(ctx, &d, staged, r.Params)
	d.Extent, d.Warnings = staged.Extent(), staged.Warnings()
	return d, errors.Join(err, staged.Discard())
}

func (e *Engine) compare(ctx context.Context, d *Diff, staged workspaces.Staged, p workspaces.Params) error {
	current, err := staged.Current(ctx)
	if errors.Is(err, workspaces.ErrNoTable) {
		d.Difference.New = staged.Schema()
		d.Rows.Inserted = staged.Rows()
		return nil
	}
	if err != nil {
		return err
	}
	d.Exists, d.Version, d.UpToDate = true, current.Version, staged.UpToDate() && !p.ForceOverwrite
	d.Replaces = p.ForceOverwrite
	d.Difference = schema.Compare(current.Schema, staged.Schema())
	d.Asks = d.Difference.Loses() && !p.OmitValidation && !(p.ForceOverwrite && p.OverwriteSchema)
	if d.UpToDate {
		d.Rows.Unchanged = staged.Rows()
		return nil
	}
	if d.Rows, err = staged.Changes(ctx); err != nil {
		return err
	}
	values, err := staged.NonNull(ctx, d.Difference.LostColumns())
	if err != nil {
		return err
	}
	for _, c := range d.Difference.LostColumns() {
		d.Loss = append(d.Loss, workspaces.ColumnLoss{Column: c, Values: values[c]})
	}
	return nil
}
