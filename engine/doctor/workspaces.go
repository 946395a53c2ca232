package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"featops/engine/config"
	"featops/features"
	"featops/workspaces"
	"featops/workspaces/delta"
	"featops/workspaces/embedded"

	"github.com/dustin/go-humanize"
)

// workspaces looks at the embedded workspaces, one after the other.
func (x *examiner) workspaces(ctx context.Context) {
	for _, w := range x.Config.Workspaces {
		if w.Kind != config.Embedded || ctx.Err() != nil {
			continue
		}
		o := x.embedded(w)
		x.guarded(ctx, "table", func(ctx context.Context) { x.tables(ctx, w, o) })
		x.guarded(ctx, "source", func(ctx context.Context) { x.sources(ctx, w, o) })
		x.guarded(ctx, "workspace", func(ctx context.Context) { x.memory(ctx, w, o) })
		x.guarded(ctx, "staging", func(context.Context) { x.staging(w, o) })
	}
}

// sources looks at what the tables of a workspace are computed from.
func (x *examiner) sources(ctx context.Context, w config.Workspace, o embedded.Options) {
	for _, t := range o.Tables {
		if owner, err := x.plan.OwnerOf(t.Name); err != nil || owner != w.Name {
			continue
		}
		where := w.Name + "/" + t.Source.FullName()
		p, err := x.plan.Params(t.Name, taskParameters(w, t.Name))
		if err != nil {
			x.problem("configuration", where, err.Error(), "mend the parameters of the job and of the task")
			continue
		}
		warnings, err := embedded.ExamineSource(ctx, o, t, p.End)
		var missing *embedded.MissingSourceError
		var unhealthy *workspaces.UnhealthySourceError
		load := x.command("ingest "+t.Source.Name+" FILE --mapping FILE") + " loads it anew"
		switch {
		case errors.As(err, &missing):
			x.missingSource(where, t, o)
		case errors.As(err, &unhealthy):
			for _, u := range unhealthy.Problems {
				x.problem("source", where, fmt.Sprintf("%s; the configuration makes that a failure of %s", u.Message, t.Name), load)
			}
		case err != nil:
			x.problem("source", where, err.Error(), load)
		case len(warnings) == 0:
			x.ok("source", where, "readable and as expected")
		}
		for _, warning := range warnings {
			x.note("source", where, warning.Message, load)
		}
	}
}

// taskParameters are those that the first task for a table has in the configuration.
func taskParameters(w config.Workspace, table string) map[string]string {
	for _, j := range w.Jobs {
		for _, t := range j.Tasks {
			if t.Table == table {
				all := map[string]string{}
				maps.Copy(all, j.Parameters)
				maps.Copy(all, t.Parameters)
				return all
			}
		}
	}
	return nil
}

// missingSource is a problem only where the table was built before.
func (x *examiner) missingSource(where string, t features.Table, o embedded.Options) {
	message := "it is not here, so " + t.Name + " cannot be built"
	do := x.command("sample") + " makes sample data, " + x.command("ingest "+t.Source.Name+" FILE --mapping FILE") + " loads your own"
	if _, err := os.Stat(filepath.Join(o.Dir, o.Database, t.Name)); err == nil {
		x.problem("source", where, message, do)
	} else {
		x.note("source", where, message, do)
	}
}

// memory looks at what the workspace remembers: its runs, and the tables of others that are registered.
func (x *examiner) memory(ctx context.Context, w config.Workspace, o embedded.Options) {
	path := o.DatabaseFile()
	number, tables := embedded.Layout()
	lost := moveAway(path) + " lets the workspace begin a new one: no table is affected, but its past runs and registrations are forgotten; " +
		x.command("register TABLE --to "+w.Name) + " registers a table anew"
	if !x.database(ctx, "workspace", path, number, tables, lost) {
		return
	}
	readable, err := x.readable(path)
	if err != nil {
		x.problem("workspace", w.Name, err.Error(), lost)
		return
	}
	o.ReadOnly, o.Dir = true, filepath.Dir(readable)
	opened, err := embedded.Open(ctx, o)
	if err != nil {
		x.problem("workspace", w.Name, err.Error(), lost)
		return
	}
	defer opened.Close()
	if err := errors.Join(x.runs(ctx, opened), x.registrations(ctx, opened)); err != nil {
		x.problem("workspace", w.Name, err.Error(), lost)
	}
}

// runs tells of those that a crash has left open.
func (x *examiner) runs(ctx context.Context, w *embedded.Workspace) error {
	jobs, err := w.Jobs(ctx)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		runs, err := w.Runs(ctx, j.ID, 100)
		if err != nil {
			return err
		}
		for _, r := range runs {
			if !r.Status.Ended() && !x.held {
				x.note("run", fmt.Sprintf("%s/%d", w.Name(), r.ID), fmt.Sprintf("run %d of %s is recorded as %s, and no engine works here: it was cut off", r.ID, r.Job, r.Status.LifeCycle),
					x.command(fmt.Sprintf("repair %d --workspace %s", r.ID, w.Name()))+" records that it failed, and makes new attempts at what is left")
			}
		}
	}
	return nil
}

// registrations looks whether what is registered in a workspace is there, and in the version that is registered.
func (x *examiner) registrations(ctx context.Context, w *embedded.Workspace) error {
	all, err := w.Registrations(ctx)
	for _, r := range all {
		where := w.Name() + "/" + r.Name
		again := x.command("register "+r.Name+" --to "+w.Name()) + " registers it as it is now"
		if r.Copy != "" {
			x.copied(ctx, w, r, where, again)
			continue
		}
		s, err := delta.At(r.Location).Snapshot(ctx)
		switch {
		case errors.Is(err, delta.ErrNoTable):
			x.problem("registration", where, fmt.Sprintf("it points to %s, where no table is", r.Location), again)
		case err != nil:
			x.problem("registration", where, fmt.Sprintf("it points to %s, which cannot be read (see the table itself)", r.Location), again)
		case s.Version != r.Version:
			x.note("registration", where, fmt.Sprintf("version %d is registered, and the table is at version %d", r.Version, s.Version), again)
		default:
			x.ok("registration", where, fmt.Sprintf("version %d of %s", r.Version, r.Workspace))
		}
	}
	return err
}

// copied looks whether the copy of a registered table is there.
func (x *examiner) copied(ctx context.Context, w *embedded.Workspace, r workspaces.Registration, where, again string) {
	if _, err := w.Copy(ctx, r.Workspace, r.Name, r.Version); err != nil {
		x.problem("registration", where, fmt.Sprintf("its copy in %s cannot be read: %v", r.Copy, err), again)
		return
	}
	x.ok("registration", where, fmt.Sprintf("version %d of %s, copied to %s", r.Version, r.Workspace, r.Copy))
}

// staging tells of new data that a crash has left.
func (x *examiner) staging(w config.Workspace, o embedded.Options) {
	var size uint64
	entries, err := os.ReadDir(o.StagingDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		x.problem("staging", w.Name, err.Error(), "let this user read it")
	}
	if len(entries) == 0 || x.held {
		return
	}
	err = filepath.WalkDir(o.StagingDir(), func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += uint64(info.Size())
		}
		return err
	})
	message := fmt.Sprintf("a build that was cut off has left %s that no table uses", humanize.IBytes(size))
	if err != nil {
		message += " (" + err.Error() + ")"
	}
	x.note("staging", o.StagingDir(), message, x.command("run")+" removes it")
}

// tables looks at every table of a workspace, those of others' making too.
func (x *examiner) tables(ctx context.Context, w config.Workspace, o embedded.Options) {
	for _, database := range []string{o.Database, w.SourceDatabase} {
		dir := filepath.Join(o.Dir, database)
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			x.problem("table", dir, err.Error(), "let this user read it")
		}
		for _, e := range entries {
			if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(e.Name(), "_") && ctx.Err() == nil {
				x.table(ctx, examined{w.Name, database, e.Name(), filepath.Join(dir, e.Name()), database == o.Database})
			}
		}
	}
	x.estimate(o)
}

// estimate adds to the bytes that a run needs those of feature tables that do not exist yet, by their sources. Measured
// on the sample, a table takes 5 to 13 times the space of its source.
func (x *examiner) estimate(o embedded.Options) {
	const times = 15
	for _, t := range o.Tables {
		if _, err := os.Stat(filepath.Join(o.Dir, o.Database, t.Name)); err == nil {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(o.Dir, t.Source.Database, t.Source.Name, "*.parquet"))
		for _, f := range files {
			if info, err := os.Stat(f); err == nil {
				x.needed += times * uint64(info.Size())
			}
		}
	}
}

// noteAhead remembers the commit that is furthest in the future.
func (x *examiner) noteAhead(at time.Time) {
	x.ahead = max(x.ahead, at.Sub(x.Now()))
}

// isFeature tells whether a table is one that this featops builds.
func (x *examiner) isFeature(name string) bool {
	return slices.ContainsFunc(x.Tables, func(t features.Table) bool { return t.Name == name })
}
