// Package workspaces says what featops needs of a place where feature jobs run and feature tables
// live, in the terms of Databricks: jobs, tasks, runs, tables, registrations. There are several kinds
// of workspace behind the one interface Workspace; how new data is saved over a table that exists is
// decided here once for all of them (see Save).
package workspaces

import (
	"context"
	"log/slog"

	"featops/features"
	"featops/features/asof"
	"featops/features/schema"
)

// Workspace is a place where jobs run and tables live. Its methods may be called from several
// goroutines at once. Each call honours its context.
type Workspace interface {
	Name() string

	// Jobs lists the feature jobs of the workspace's environment.
	Jobs(ctx context.Context) ([]Job, error)
	// Runs lists the newest runs of a job, the newest first, at most limit of them.
	Runs(ctx context.Context, jobID int64, limit int) ([]Run, error)
	// Run returns one run; ErrNoRun when there is none of that number.
	Run(ctx context.Context, id int64) (Run, error)
	// RunNow starts a run and returns its number without waiting for its end.
	RunNow(ctx context.Context, r RunRequest) (int64, error)
	// Cancel asks a run to stop; it ends later.
	Cancel(ctx context.Context, runID int64) error
	// Repair makes new attempts at tasks of a run that has ended, in that run and with its
	// parameters, and returns the number of the repair without waiting for its end.
	Repair(ctx context.Context, r RepairRequest) (int64, error)
	// PauseJob keeps the schedule of a job from starting it, or lets it again.
	PauseJob(ctx context.Context, jobID int64, paused bool) error

	// Tables lists the feature tables that live in the workspace.
	Tables(ctx context.Context) ([]Table, error)
	// Table returns one of them; ErrNoTable when there is none of that name.
	Table(ctx context.Context, name string) (Table, error)
	// TableAt returns one of them as it was at a version.
	TableAt(ctx context.Context, name string, version int64) (Table, error)
	// Stage computes the new data of a table, or its plan. Nothing is saved until Staged.Commit.
	Stage(ctx context.Context, r BuildRequest) (Staged, error)
	// History lists the newest commits of a table, the newest first; limit 0 lists all.
	History(ctx context.Context, table string, limit int) ([]Commit, error)
	// Source returns a source table; ErrNoTable when it is not here.
	Source(ctx context.Context, s features.Source) (Table, error)
	// Statistics tells what a table, or a source, holds at the version that it is given with. customer is
	// the column that names the customer; empty counts none.
	Statistics(ctx context.Context, t Table, customer string) (Statistics, error)
	// Distributions tells how the values of columns of a table, or a source, are spread at the version that it
	// is given with, in the order of the cuts. It reads those columns and nothing else.
	Distributions(ctx context.Context, t Table, cuts []Cut) ([]Distribution, error)
	// Profile tells how the values of a table's columns are spread at the version that it is given with, and how far that
	// is from the version before and of the newest month from the month before. What is not known is absent.
	Profile(ctx context.Context, t Table) (Profile, error)
	// Match finds for each label the newest row of its customer in a table, at the version that the table is given with. A
	// row that is more than lookback days older than its label does not count; below zero every row does. The customers
	// of the labels are numbers or texts as the table's are. An *asof.DuplicateError says that the table has a newest row
	// twice.
	Match(ctx context.Context, t Table, labels *asof.Labels, lookback int) (Matches, error)
	// Restore makes an earlier version of a table its newest one.
	Restore(ctx context.Context, table string, version int64) (Commit, error)

	// Registrations lists the tables of other workspaces that are registered here.
	Registrations(ctx context.Context) ([]Registration, error)
	// Registration returns one of them; ErrNotRegistered when there is none of that name.
	Registration(ctx context.Context, table string) (Registration, error)
	// Register makes a table of another workspace known here, or brings what is known up to date.
	Register(ctx context.Context, r Registration) error

	Close() error
}

// BuildRequest asks for the new data of a feature table.
type BuildRequest struct {
	Table    features.Table
	Params   Params
	Progress func(Progress) // may be nil
	Log      *slog.Logger   // of who builds; nil: the workspace's own
}

// Staged is new data of a table that is computed, or planned, and not saved.
type Staged interface {
	// Schema is that of the new data, keys first.
	Schema() schema.Schema
	// Rows is how many rows the new data has.
	Rows() int64
	// UpToDate reports whether the newest version of the table was already built from exactly
	// this: same definition, same versions of the sources, same window.
	UpToDate() bool
	// Extent is how much of the table the new data is; nil when there was no table before, when it was up to date, and
	// where the workspace does not tell.
	Extent() *Extent
	// Warnings tell what is not as expected with the sources, and does not keep the data from being saved.
	Warnings() []SourceWarning
	// Current is the table as it is now; ErrNoTable when it does not exist.
	Current(ctx context.Context) (Table, error)
	// Changes counts what a merge of the new data would do to the rows of the table.
	Changes(ctx context.Context) (Changes, error)
	// NonNull counts the values of columns of the table, nulls not counted.
	NonNull(ctx context.Context, columns []string) (map[string]int64, error)
	// Commit saves the new data in one atomic step. When the table is no longer at the version
	// that the plan expects nothing is saved, and the error is a *ChangedError.
	Commit(ctx context.Context, p Plan) (Saved, error)
	// Discard throws away what was not committed. It may be called after Commit.
	Discard() error
}

// Changes counts rows by what a merge would do to them.
type Changes struct {
	Inserted  int64 `json:"inserted"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Absent    int64 `json:"absent"` // in the table, not in the new data: a merge keeps them, an overwrite drops them
	// Untouched counts, after an incremental build, the rows of the table that are not in the new data and were not
	// looked at; none are counted as absent then.
	Untouched int64 `json:"untouched,omitempty"`
}

// Mode is how new data meets the rows of a table.
type Mode string

const (
	// Merge updates rows with the same keys, inserts the others, and keeps rows that are not in
	// the new data.
	Merge Mode = "merge"
	// Overwrite replaces the whole table.
	Overwrite Mode = "overwrite"
)

// NoTable is the version of a table that does not exist.
const NoTable int64 = -1

// Plan is how staged data is to be saved.
type Plan struct {
	Mode     Mode
	Schema   schema.Schema // the table's after the commit
	Expected int64         // the version that the plan was made for, or NoTable
	Question string        // the question that allowed it, if there was one
}

// Saved is what a commit did.
type Saved struct {
	Version int64
	Rows    int64 // of the table, after
	Changes
	// Drift lists the columns that have drifted from the version before by the threshold of the configuration or more; none
	// where the workspace does not look at that.
	Drift Drifts
}
