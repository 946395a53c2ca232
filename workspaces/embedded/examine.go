package embedded

import (
	"context"
	"path/filepath"
	"time"

	"featops/features"
	"featops/workspaces"
)

// Layout is the number of the layout that this program gives the database of a workspace (its user_version), and the
// tables of it.
func Layout() (number int, tables []string) {
	return len(layouts()), []string{"jobs", "runs", "registrations", "schedules"}
}

// DatabaseFile is where a workspace remembers its runs and registrations.
func (o Options) DatabaseFile() string { return filepath.Join(o.Dir, databaseFile) }

// StagingDir is where a workspace keeps new data that no table has adopted yet.
func (o Options) StagingDir() string { return filepath.Join(o.Dir, stagingDir) }

// ExamineSource tells what is not as expected with the source of a table, for a build whose last month of output is end. It
// reads tables only, so the rest of the workspace may be damaged. The errors are those of a build before it reads the
// source: a *MissingSourceError, columns that are missing or of a wrong type, an *workspaces.UnhealthySourceError.
func ExamineSource(ctx context.Context, o Options, t features.Table, end time.Time) ([]workspaces.SourceWarning, error) {
	w := unopened(o)
	source, err := w.openSource(ctx, t)
	if err != nil {
		return nil, err
	}
	table, err := w.table(t.Name)
	if err != nil {
		return nil, err
	}
	past, err := pastOrigins(ctx, table)
	if err != nil {
		past = nil // a table that cannot be read does not hide its source
	}
	r := workspaces.BuildRequest{Table: t, Params: workspaces.Params{End: end}}
	warnings, err := w.checkSource(ctx, r, source, past)
	if err == nil && len(past) > 0 {
		warnings = append(warnings, badRows(t.Source.FullName(), past[0].Counts[t.Source.FullName()])...)
	}
	return warnings, err
}
