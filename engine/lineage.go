package engine

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"featops/features/schema"
	"featops/workspaces"
)

// SourceState is a source of a table as it is now.
type SourceState struct {
	Name        string    `json:"table"` // database.name
	Workspace   string    `json:"workspace"`
	Version     int64     `json:"version"` // -1 when it is not there
	Rows        int64     `json:"rows"`
	Updated     time.Time `json:"updated_at,omitzero"`
	NewestMonth string    `json:"newest_month,omitempty"` // yyyy-mm; absent when it is not known, or the source has no months
	// BuiltFrom is the version that the rows of the table were made from; absent when that is not known.
	BuiltFrom *int64 `json:"built_from,omitempty"`
}

// Producer is a task that builds a table.
type Producer struct {
	Workspace string `json:"workspace"`
	Job       string `json:"job"`
	Task      string `json:"task"`
}

// Making is the build that the rows of a table are from. Its version is not the newest one where the table was restored
// or compacted since.
type Making struct {
	Version int64     `json:"version"`
	Time    time.Time `json:"time"`
	workspaces.Origin
	Answered string `json:"answered,omitempty"` // who allowed what the question asked
	Job      string `json:"job,omitempty"`      // that ran the build; none for one outside jobs, or in a run that is out of sight
	Run      int64  `json:"run,omitempty"`
}

// RegistrationState is what another workspace knows of a table.
type RegistrationState struct {
	Workspace  string    `json:"workspace"`
	Version    int64     `json:"version"`
	Registered time.Time `json:"registered_at"`
	Copy       string    `json:"copy,omitempty"` // the directory with its rows, where they are not read at its place
	Standing   Standing  `json:"standing"`
	Stale      bool      `json:"stale"`             // the table has a newer version, or is gone
	Lacks      []string  `json:"lacks,omitempty"`   // columns of the table that are not registered
	Retired    []string  `json:"retired,omitempty"` // columns that are registered, and that the table does not have
}

// Reader is a feature table that is made from a source.
type Reader struct {
	Table   string `json:"table"`
	State   State  `json:"state"`
	Version int64  `json:"version"`
}

// registrationsOf lists the workspaces that have the table registered.
func registrationsOf(s *Snapshot, e Entry) []RegistrationState {
	var out []RegistrationState
	for _, w := range s.Workspaces {
		for _, r := range w.Registrations {
			if r.Workspace != e.Workspace || !strings.EqualFold(r.Name, e.Name) {
				continue
			}
			state := RegistrationState{Workspace: w.Name, Version: r.Version, Registered: r.Registered, Copy: r.Copy, Standing: standing(s, e, r)}
			if e.State != OnlyRegistered && e.State != Unreadable {
				state.Stale = r.Version != e.Version
			}
			if e.Version >= 0 {
				d := schema.Compare(r.Schema, e.table.Schema)
				state.Lacks, state.Retired = schema.Schema(d.New).Names(), schema.Schema(d.Missing).Names()
			}
			out = append(out, state)
		}
	}
	return out
}

// producers lists the tasks that build the table.
func producers(s *Snapshot, e Entry) []Producer {
	w, _ := s.Workspace(e.Workspace)
	var out []Producer
	for _, j := range w.Jobs {
		for _, t := range j.Tasks {
			if t.Table == e.Name {
				out = append(out, Producer{Workspace: w.Name, Job: j.Name, Task: t.Key})
			}
		}
	}
	return out
}

// remember adds the newest versions, and the build that the rows are from.
func (e *Engine) remember(ctx context.Context, s *Snapshot, w workspaces.Workspace, d *Description) error {
	commits, err := call(ctx, e, func(ctx context.Context) ([]workspaces.Commit, error) {
		return w.History(ctx, d.Name, versionsSearched)
	})
	if err != nil {
		return err
	}
	d.Versions = commits[:min(versionsShown, len(commits))]
	c, ok := rowsFrom(commits, d.Version)
	if !ok {
		return nil
	}
	d.Build = &Making{Version: c.Version, Time: c.Time, Origin: *c.Origin}
	d.Build.Job, d.Build.Run = runThatSaved(s, w.Name(), d.Name, c)
	if c.Origin.Question == "" {
		return nil
	}
	decisions, err := e.journal.Decisions(ctx, 0, time.Time{})
	for _, q := range decisions {
		if q.Question.ID == c.Origin.Question && q.Answer != nil {
			d.Build.Answered = q.Answer.Whom()
		}
	}
	return err
}

// rowsFrom finds the commit of the build that the rows of a version are from: through restores, and through
// operations that change no rows. None when others wrote them.
func rowsFrom(commits []workspaces.Commit, version int64) (workspaces.Commit, bool) {
	for {
		i := slices.IndexFunc(commits, func(c workspaces.Commit) bool { return c.Version == version })
		if i < 0 {
			return workspaces.Commit{}, false
		}
		c := commits[i]
		if c.Origin != nil {
			return c, true
		}
		commits = commits[i+1:] // older ones
		switch c.Operation {
		case "RESTORE":
			to, err := strconv.ParseInt(c.Parameters["version"], 10, 64)
			if err != nil {
				return workspaces.Commit{}, false
			}
			version = to
		case "OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES":
			version--
		default:
			return workspaces.Commit{}, false
		}
	}
}

// runThatSaved finds the run that made a commit of a table, among those in sight: the one whose task was under way then.
// Later runs that found nothing to change name the version too.
func runThatSaved(s *Snapshot, workspace, table string, c workspaces.Commit) (job string, run int64) {
	w, _ := s.Workspace(workspace)
	for _, j := range w.Jobs {
		for _, r := range j.Runs {
			for _, t := range r.Tasks {
				during := !t.Started.Truncate(time.Millisecond).After(c.Time) && !t.Ended.Before(c.Time)
				if b := t.Build; b != nil && b.Table == table && b.Version == c.Version && during {
					return j.Name, r.ID
				}
			}
		}
	}
	return "", 0
}
