package delta

import (
	"context"
	"fmt"
	"time"
)

// SnapshotAsOf returns the table as it was at a time: its newest version that had been committed by
// then, which is the newest one of all for a time in the future. A time before the oldest version
// that the log still has is an error that says when that was.
//
// Clocks go back, versions do not: a commit that claims to be no later than the one before it
// counts as 1 ms later, as in Spark.
func (t *Table) SnapshotAsOf(ctx context.Context, at time.Time) (*Snapshot, error) {
	log, err := t.list()
	if err != nil {
		return nil, err
	}
	oldest, times, err := t.commitTimes(ctx, log)
	if err != nil {
		return nil, err
	}
	if at.Before(times[0]) {
		return nil, fmt.Errorf("%s as of %s: the oldest version in its log, %d, was committed at %s",
			t.path, at.UTC().Format(time.RFC3339Nano), oldest, times[0].Format(time.RFC3339Nano))
	}
	n := len(times) - 1
	for at.Before(times[n]) {
		n--
	}
	s, err := t.snapshot(ctx, log, oldest+int64(n))
	if err != nil {
		return nil, err
	}
	s.Timestamp = times[n]
	return s, nil
}

// commitTimes returns when the versions from oldest to the newest were committed, in rising order.
// The oldest is the first of an unbroken row of commits, or the checkpoint right before it.
func (t *Table) commitTimes(ctx context.Context, log logFiles) (oldest int64, times []time.Time, err error) {
	oldest = log.newest
	for log.commits[oldest] && (log.commits[oldest-1] || log.checkpoints[oldest-1] != nil) {
		oldest--
	}
	for v := oldest; v <= log.newest; v++ {
		if err := ctx.Err(); err != nil {
			return 0, nil, err
		}
		var actions []action
		if log.commits[v] {
			if actions, err = t.readCommit(v); err != nil {
				return 0, nil, err
			}
		}
		committed, err := t.commitTime(log, v, actions)
		if err != nil {
			return 0, nil, err
		}
		if len(times) > 0 {
			committed = rising(times[len(times)-1], committed)
		}
		times = append(times, committed)
	}
	return oldest, times, nil
}

// rising returns a time, moved to 1 ms after the previous one, the step of the log, unless it is after it.
func rising(previous, t time.Time) time.Time {
	if t.After(previous) {
		return t
	}
	return previous.Add(time.Millisecond)
}
