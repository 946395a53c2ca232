package delta

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// replay is the state of a table while its actions are applied in order (section Action
// Reconciliation).
type replay struct {
	table        string
	protocol     *Protocol
	metadata     *metaDataAction
	files        []*addAction // nil where a file was removed again
	place        map[string]int
	tombstones   map[string]*removeAction // of files that have not come back, by path
	transactions map[string]*txnAction    // by application
	last         []action                 // of the newest version
}

func newReplay(table string) *replay {
	return &replay{table: table, place: map[string]int{}, tombstones: map[string]*removeAction{}, transactions: map[string]*txnAction{}}
}

// replay applies the log up to a version. It starts from the newest checkpoint that can be used: one
// that is corrupt only makes the way longer, as long as there is one. The pointer _last_checkpoint
// is not asked, so that it may be missing or wrong.
func (t *Table) replay(ctx context.Context, log logFiles, version int64) (*replay, error) {
	starts, err := log.starts(version)
	if err != nil && log.newer != "" {
		return nil, t.newerCheckpoint(log)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.path, err)
	}
	var unusable []error
	for _, start := range starts {
		r, err := t.replayCheckpoint(log, start)
		var unsupported *UnsupportedError
		switch {
		case err == nil:
			return r, t.replayCommits(ctx, r, start, version)
		case errors.As(err, &unsupported):
			return nil, err
		}
		unusable = append(unusable, err)
	}
	return nil, errors.Join(unusable...)
}

// replayCheckpoint returns the state that a checkpoint holds, an empty one for -1.
func (t *Table) replayCheckpoint(log logFiles, version int64) (*replay, error) {
	r := newReplay(t.path)
	if version < 0 {
		return r, nil
	}
	path := ""
	for _, name := range log.checkpoints[version] {
		path = filepath.Join(t.logDir(), name)
		actions, err := readCheckpoint(path)
		if err != nil {
			return nil, fmt.Errorf("corrupt checkpoint %s: %w", path, err)
		}
		if err := r.apply(actions); err != nil {
			return nil, fmt.Errorf("checkpoint %s: %w", path, err)
		}
	}
	if r.protocol == nil || r.metadata == nil {
		return nil, fmt.Errorf("corrupt checkpoint %s: it has no protocol or no metaData action", path)
	}
	return r, nil
}

// replayCommits applies the commits after version from, up to version to.
func (t *Table) replayCommits(ctx context.Context, r *replay, from, to int64) error {
	for v := from + 1; v <= to; v++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		actions, err := t.readCommit(v)
		if err != nil {
			return err
		}
		if err := r.apply(actions); err != nil {
			return fmt.Errorf("commit %s: %w", filepath.Join(t.logDir(), commitFile(v)), err)
		}
	}
	if from == to {
		// A checkpoint does not say when its version was committed. The commit does, unless it has
		// been cleaned away or is corrupt, in which case the checkpoint stands for it.
		r.last, _ = t.readCommit(to)
	}
	return nil
}

func (r *replay) apply(actions []action) error {
	r.last = actions
	for _, a := range actions {
		switch {
		case a.Protocol != nil:
			r.protocol = a.Protocol
		case a.MetaData != nil:
			r.metadata = a.MetaData
		case a.Txn != nil:
			r.transactions[a.Txn.AppID] = a.Txn
		case a.Add != nil:
			if len(a.Add.DeletionVector) > 0 && string(a.Add.DeletionVector) != "null" {
				return &UnsupportedError{Table: r.table, Feature: "deletionVectors"}
			}
			path, err := filePath(a.Add.Path)
			if err != nil {
				return fmt.Errorf("add: %w", err)
			}
			r.forget(path)
			r.place[path] = len(r.files)
			r.files = append(r.files, a.Add)
			delete(r.tombstones, path)
		case a.Remove != nil:
			path, err := filePath(a.Remove.Path)
			if err != nil {
				return fmt.Errorf("remove: %w", err)
			}
			r.forget(path)
			r.tombstones[path] = a.Remove
		}
	}
	return nil
}

func (r *replay) forget(path string) {
	if i, ok := r.place[path]; ok {
		r.files[i] = nil
		delete(r.place, path)
	}
}

// actions is the state as a checkpoint holds it: no commitInfo, no change of data, and of the files
// that are gone only those removed after the given time, for which vacuum still waits.
func (r *replay) actions(removedAfter time.Time) []action {
	actions := []action{{Protocol: r.protocol}, {MetaData: r.metadata}}
	for _, t := range r.transactions {
		actions = append(actions, action{Txn: t})
	}
	slices.SortFunc(actions[2:], func(a, b action) int { return strings.Compare(a.Txn.AppID, b.Txn.AppID) })
	removes := len(actions)
	for _, t := range r.tombstones {
		if t.DeletionTimestamp > removedAfter.UnixMilli() {
			actions = append(actions, action{Remove: t})
		}
	}
	slices.SortFunc(actions[removes:], func(a, b action) int { return strings.Compare(a.Remove.Path, b.Remove.Path) })
	for _, f := range r.files {
		if f != nil {
			actions = append(actions, action{Add: f})
		}
	}
	return actions
}
