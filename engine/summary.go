package engine

import (
	"time"

	"featops/engine/journal"
	"featops/workspaces"
)

// Outcome is how the main job ended.
type Outcome string

// The outcomes of the main job.
const (
	Done        Outcome = "success"
	Problems    Outcome = "failed"      // something failed; the summary says what
	Declined    Outcome = "refused"     // nothing failed, but a save or a registration was refused
	Interrupted Outcome = "interrupted" // somebody stopped it
)

// Summary is what the main job did.
type Summary struct {
	Status        Outcome              `json:"status"`
	Started       time.Time            `json:"started_at"`
	Ended         time.Time            `json:"ended_at"`
	Tasks         []TaskSummary        `json:"tasks"`
	Registrations []RegistrationResult `json:"registrations"`
	Decisions     []journal.Decision   `json:"decisions"`
	Errors        []string             `json:"errors"`
}

func newSummary(at time.Time) Summary {
	return Summary{Started: at, Tasks: []TaskSummary{}, Registrations: []RegistrationResult{}, Decisions: []journal.Decision{}, Errors: []string{}}
}

// TaskSummary is how the newest attempt at a task ended.
type TaskSummary struct {
	Workspace string `json:"workspace"`
	Job       string `json:"job"`
	Run       int64  `json:"run_id"`
	Task      string `json:"task"`
	Attempt   int    `json:"attempt"`
	Table     string `json:"table,omitempty"`
	workspaces.Status
	UpToDate bool    `json:"up_to_date"`
	Refused  bool    `json:"refused,omitempty"`
	Rows     int64   `json:"rows"`
	Version  int64   `json:"version"`
	Seconds  float64 `json:"seconds"`
	// Warnings tell what was not as expected with the source.
	Warnings []workspaces.SourceWarning `json:"warnings,omitempty"`
	Drift    workspaces.Drifts          `json:"drift,omitempty"` // the columns whose values have drifted
}

// addRun adds the tasks of a run that has ended.
func (s *Summary) addRun(job workspaces.Job, r workspaces.Run) {
	tables := map[string]string{}
	for _, t := range job.Tasks {
		tables[t.Key] = t.Table
	}
	for _, t := range r.Newest() {
		line := TaskSummary{
			Workspace: r.Workspace, Job: r.Job, Run: r.ID, Task: t.Key, Attempt: t.Attempt, Table: tables[t.Key], Status: t.Status,
			Version: workspaces.NoTable,
		}
		if !t.Started.IsZero() && !t.Ended.IsZero() {
			line.Seconds = t.Ended.Sub(t.Started).Seconds()
		}
		if b := t.Build; b != nil {
			line.UpToDate, line.Refused, line.Rows, line.Version = b.UpToDate, b.Refused, b.Rows, b.Version
			line.Warnings, line.Drift = b.Warnings, b.Drift
		}
		s.Tasks = append(s.Tasks, line)
	}
	if len(r.Tasks) == 0 && !r.Status.Succeeded() {
		s.Errors = append(s.Errors, r.Workspace+": "+r.Job+": "+r.Status.Message)
	}
}

// close decides how it all ended.
func (s *Summary) close(interrupted bool, at time.Time) {
	s.Ended = at
	refused, failed := false, len(s.Errors) > 0
	for _, t := range s.Tasks {
		refused = refused || t.Refused
		failed = failed || !t.Refused && (t.Status.Failed() || t.Status.Canceled())
	}
	for _, r := range s.Registrations {
		refused = refused || r.Status == RegistrationNo
		failed = failed || r.Status == RegistrationFailed
	}
	switch {
	case interrupted:
		s.Status = Interrupted
	case failed:
		s.Status = Problems
	case refused:
		s.Status = Declined
	default:
		s.Status = Done
	}
}
