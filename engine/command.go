package engine

import (
	"context"
	"fmt"

	"featops/engine/trainingset"
	"featops/workspaces"
)

// Command asks the engine to do something. The commands of this file are all there are; they are
// plain values.
type Command interface{ command() }

type (
	// StartRun starts a job of a workspace. The reply has the number of the run.
	StartRun struct {
		Workspace  string            `json:"workspace"`
		Job        int64             `json:"job"`
		Parameters map[string]string `json:"parameters,omitempty"`
		Only       []string          `json:"only,omitempty"` // tasks; empty for all
	}
	// CancelRun asks a run to stop.
	CancelRun struct {
		Workspace string `json:"workspace"`
		Run       int64  `json:"run"`
	}
	// RepairRun runs again tasks of a run that has ended: those named, or without any all that failed, and what
	// depends on them. The reply has the number of the repair. What it finishes is registered. Without Who it is
	// in the name of the configuration's user.
	RepairRun struct {
		Workspace string   `json:"workspace"`
		Run       int64    `json:"run"`
		Tasks     []string `json:"tasks,omitempty"`
		Who       string   `json:"who,omitempty"`
	}
	// PauseJob keeps the schedule of a job from starting it, or lets it again.
	PauseJob struct {
		Workspace string `json:"workspace"`
		Job       int64  `json:"job"`
		Paused    bool   `json:"paused"`
	}
	// BuildTable computes and saves a table outside any job, and returns when it is done.
	BuildTable struct {
		Table      string            `json:"table"`
		Parameters map[string]string `json:"parameters,omitempty"`
	}
	// RegisterTables registers tables in other workspaces, and returns when it is done.
	RegisterTables struct {
		Tables []string `json:"tables"`
		From   string   `json:"from,omitempty"` // empty: the workspace that computes the table
		To     []string `json:"to,omitempty"`   // empty: every other workspace
	}
	// RestoreTable makes an earlier version of a table its newest one.
	RestoreTable struct {
		Table   string `json:"table"`
		Version int64  `json:"version"`
	}
	// MakeTrainingSet joins labels with features, and returns when the set is written. Each process does it itself, for
	// its own user: it changes nothing in the home.
	MakeTrainingSet struct {
		TrainingSetRequest
	}
	// StopTrainingSet ends the making of a training set, of which nothing is left.
	StopTrainingSet struct {
		Output string // where it would be
	}
	// AnswerQuestion answers an open question.
	AnswerQuestion struct {
		Question string `json:"question"`
		Yes      bool   `json:"yes"`
		Who      string `json:"who,omitempty"`
	}
	// Poll looks at every workspace now.
	Poll struct{}
)

func (StartRun) command()        {}
func (CancelRun) command()       {}
func (RepairRun) command()       {}
func (PauseJob) command()        {}
func (BuildTable) command()      {}
func (RegisterTables) command()  {}
func (RestoreTable) command()    {}
func (MakeTrainingSet) command() {}
func (StopTrainingSet) command() {}
func (AnswerQuestion) command()  {}
func (Poll) command()            {}

// Reply is what a command gives back; what does not belong to the command is empty.
type Reply struct {
	Run           int64                 `json:"run,omitempty"`
	Repair        int64                 `json:"repair,omitempty"`
	Ended         *workspaces.Run       `json:"ended,omitempty"`   // a run whose end was waited for
	Summary       *Summary              `json:"summary,omitempty"` // of a repair whose end was waited for
	Build         *workspaces.Build     `json:"build,omitempty"`
	Commit        *workspaces.Commit    `json:"commit,omitempty"`
	Registrations []RegistrationResult  `json:"registrations,omitempty"`
	TrainingSet   *trainingset.Manifest `json:"training_set,omitempty"`
}

// Do carries out a command.
func (e *Engine) Do(ctx context.Context, c Command) (Reply, error) {
	switch c := c.(type) {
	case StartRun:
		return e.startRun(ctx, c)
	case CancelRun:
		w, err := e.workspace(c.Workspace)
		if err != nil {
			return Reply{}, err
		}
		_, err = change(ctx, e, w, func(ctx context.Context) (struct{}, error) { return struct{}{}, w.Cancel(ctx, c.Run) })
		return Reply{}, err
	case RepairRun:
		return e.startRepair(ctx, c)
	case PauseJob:
		return e.pauseJob(ctx, c)
	case BuildTable:
		return e.build(ctx, c)
	case RegisterTables:
		return e.registerTables(ctx, c)
	case RestoreTable:
		return e.restore(ctx, c)
	case MakeTrainingSet:
		return e.makeTrainingSet(ctx, c)
	case StopTrainingSet:
		return Reply{}, e.stopTrainingSet(c)
	case AnswerQuestion:
		return Reply{}, e.gate.answer(ctx, c)
	case Poll:
		return Reply{}, e.pollAll(ctx)
	}
	return Reply{}, fmt.Errorf("unknown command %T", c)
}
