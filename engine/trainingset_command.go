package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"featops/features"
	"featops/workspaces"
)

// setUnderWay is a training set that is made.
type setUnderWay struct {
	TrainingSetState
	stop context.CancelCauseFunc
}

// errStopped ends the making of a training set that somebody stopped.
var errStopped = errors.New("stopped; nothing was written")

// makeTrainingSet carries out MakeTrainingSet.
func (e *Engine) makeTrainingSet(ctx context.Context, c MakeTrainingSet) (Reply, error) {
	out, err := filepath.Abs(c.Out)
	if err != nil {
		return Reply{}, err
	}
	ctx, end := e.whileOpen(ctx)
	defer end()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	set := &setUnderWay{TrainingSetState{Output: out, Started: e.now()}, stop}
	taken := false
	e.update(func() {
		if taken = slices.ContainsFunc(e.sets, func(o *setUnderWay) bool { return o.Output == out }); !taken {
			e.sets = append(e.sets, set)
		}
	})
	if taken {
		return Reply{}, &InvalidError{fmt.Sprintf("the training set %s is being made already", out)}
	}
	m, err := e.trainingSet(ctx, c.TrainingSetRequest, func(p workspaces.Progress) {
		e.update(func() { set.Progress = &p })
		e.events.publish(Event{Time: e.now(), Kind: Progressed, Output: out, Progress: &p})
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	e.update(func() { e.sets = slices.DeleteFunc(e.sets, func(o *setUnderWay) bool { return o == set }) })
	if err != nil {
		if errors.Is(err, errStopped) {
			e.log.InfoContext(ctx, "training set stopped", "output", out)
		} else {
			e.log.ErrorContext(ctx, "training set not made", "output", out, "error", err)
		}
		e.publish(Event{Kind: TrainingSetMade, Output: out, Error: err.Error()})
		return Reply{}, err
	}
	e.log.InfoContext(ctx, "training set made", "output", out, "rows", m.Output.Rows, "columns", len(m.Columns))
	e.publish(Event{Kind: TrainingSetMade, Output: out, TrainingSet: &m})
	return Reply{TrainingSet: &m}, nil
}

// stopTrainingSet carries out StopTrainingSet.
func (e *Engine) stopTrainingSet(c StopTrainingSet) error {
	out, err := filepath.Abs(c.Output)
	if err != nil {
		return err
	}
	found := false
	e.update(func() {
		for _, s := range e.sets {
			if s.Output == out {
				found = true
				s.stop(errStopped)
			}
		}
	})
	if !found {
		return &InvalidError{fmt.Sprintf("no training set %s is being made", out)}
	}
	return nil
}

// TrainingSetOutlook is what can be told of a training set before it is made: what is wrong with parts of the request, and
// whether something is replaced. Empty texts say that nothing is wrong.
type TrainingSetOutlook struct {
	Labels   string `json:"labels,omitempty"`
	Output   string `json:"output,omitempty"`
	Tables   string `json:"tables,omitempty"`
	Features string `json:"features,omitempty"`
	Versions string `json:"versions,omitempty"`
	Exists   bool   `json:"exists"` // there is something where the output would be
}

// TrainingSetOutlook looks at the files that a request names, without reading them, and at the tables and features by their
// definitions.
func (e *Engine) TrainingSetOutlook(ctx context.Context, r TrainingSetRequest) TrainingSetOutlook {
	var o TrainingSetOutlook
	var missing *fs.PathError
	if _, err := os.Stat(r.Labels); r.Labels != "" && errors.As(err, &missing) {
		o.Labels = missing.Err.Error() // who reads it sees the path
	}
	if _, err := os.Lstat(r.Out); err == nil && r.Out != "" {
		o.Exists = true
	}
	if _, err := output(r); err != nil && r.Out != "" {
		o.Output = err.Error()
	}
	names, err := chosenNames(e.tables, r.Tables, nil)
	if err == nil {
		_, err = e.onDisk(ctx, names, r)
	}
	if err != nil {
		o.Tables = err.Error()
		return o
	}
	if _, err := chosenNames(e.tables, r.Tables, r.Versions); err != nil {
		o.Versions = err.Error()
	}
	var tables []*chosen
	for _, name := range names {
		t, err := defined(e.tables, name)
		if err != nil {
			o.Tables = err.Error()
			return o
		}
		tables = append(tables, t)
	}
	// A table may have columns beside those of its definition: only making the set tells.
	if _, err := chooseFeatures(tables, r.Features, len(r.Tables) > 0); err != nil {
		o.Features = err.Error()
	}
	return o
}

// defined is a table as its definition has it.
func defined(tables []features.Table, name string) (*chosen, error) {
	def, err := features.Find(tables, name)
	if err != nil {
		return nil, err
	}
	columns, err := def.Schema(def.Source.Columns[def.Source.Columns.Index(def.Customer)].Type)
	return &chosen{table: workspaces.Table{Name: name, Schema: columns}, today: def.Release.Since != ""}, err
}
