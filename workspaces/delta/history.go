package delta

import (
	"context"
	"time"
)

// CommitInfo is what the log tells about one version. Writers are free to leave any of it out.
type CommitInfo struct {
	Version      int64
	Timestamp    time.Time
	Operation    string            // WRITE, MERGE, RESTORE, …
	Parameters   map[string]string // of the operation; structured ones as JSON
	ReadVersion  *int64            // the version that the commit was based on
	Metrics      map[string]string // numOutputRows, …
	EngineInfo   string            // who wrote it
	UserMetadata string
}

// History returns the newest commits, newest first, at most limit of them; 0 means all. It ends
// where older commits have been cleaned out of the log. Times rise from version to version: where a
// writer's clock went back, they are moved forward as [Table.SnapshotAsOf] does.
func (t *Table) History(ctx context.Context, limit int) ([]CommitInfo, error) {
	log, err := t.list()
	if err != nil {
		return nil, err
	}
	var history []CommitInfo
	for v := log.newest; log.commits[v] && (limit <= 0 || len(history) < limit); v-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		actions, err := t.readCommit(v)
		if err != nil {
			return nil, err
		}
		info := CommitInfo{Version: v}
		if info.Timestamp, err = t.commitTime(log, v, actions); err != nil {
			return nil, err
		}
		for _, a := range actions {
			if c := a.CommitInfo; c != nil {
				info.Operation, info.EngineInfo, info.UserMetadata = c.Operation, c.EngineInfo, c.UserMetadata
				info.Parameters, info.Metrics, info.ReadVersion = c.OperationParameters, c.OperationMetrics, c.ReadVersion
			}
		}
		history = append(history, info)
	}
	for i := len(history) - 2; i >= 0; i-- {
		history[i].Timestamp = rising(history[i+1].Timestamp, history[i].Timestamp)
	}
	return history, nil
}
