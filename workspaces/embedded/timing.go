package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// timing is what a workspace remembers of a job's schedule.
type timing struct {
	paused  sql.NullBool // as it was said by command; otherwise it is as configured
	of      string       // the expression and the time zone that the times are of
	settled time.Time    // the times up to this one are done with; zero when there is nothing to remember
	missed  time.Time    // the newest time at which nobody was there to start the job, since it last was started; zero for none
}

// timing returns what is remembered of a job's schedule.
func (s *store) timing(ctx context.Context, job int64) (timing, error) {
	var t timing
	var settled int64
	var missed sql.NullInt64
	err := s.db.QueryRowContext(ctx, "SELECT paused, timing, settled, missed FROM schedules WHERE job_id = ?", job).
		Scan(&t.paused, &t.of, &settled, &missed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return timing{}, nil
	case err != nil:
		return timing{}, fmt.Errorf("read the schedule of job %d in %s: %w", job, s.path, err)
	}
	t.settled = time.UnixMicro(settled)
	if missed.Valid {
		t.missed = time.UnixMicro(missed.Int64)
	}
	return t, nil
}

// setTiming records what is to be remembered of a job's schedule.
func (s *store) setTiming(ctx context.Context, job int64, t timing) error {
	missed := sql.NullInt64{Int64: t.missed.UnixMicro(), Valid: !t.missed.IsZero()}
	_, err := s.db.ExecContext(ctx, `INSERT INTO schedules (job_id, paused, timing, settled, missed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (job_id) DO UPDATE SET paused = excluded.paused, timing = excluded.timing, settled = excluded.settled, missed = excluded.missed`,
		job, t.paused, t.of, t.settled.UnixMicro(), missed)
	if err != nil {
		return fmt.Errorf("record the schedule of job %d in %s: %w", job, s.path, err)
	}
	return nil
}
