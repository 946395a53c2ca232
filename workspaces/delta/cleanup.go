package delta

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// logEntryName matches what belongs to one version: its commit, its checksum, its checkpoints, and compacted
// commits that begin with it.
var logEntryName = regexp.MustCompile(`^(\d{20})\.(json|crc|checkpoint\..*|\d{20}\.compacted\.json)$`)

// cleanLog deletes what is in the log before the newest checkpoint that is older than the log's retention
// (section Metadata Cleanup): versions before it can be read no longer. It does nothing where the property
// delta.enableExpiredLogCleanup forbids it, or when that checkpoint cannot be read, since it will be the only
// truth about the commits before it.
func (t *Table) cleanLog(ctx context.Context, now time.Time, configuration map[string]string) error {
	keep, err := logRetention(configuration)
	if err != nil || keep < 0 {
		return err
	}
	log, err := t.list()
	if err != nil {
		return err
	}
	// Days are whole, as in Spark, so that most checkpoints find nothing to delete.
	oldest, err := t.oldestNeeded(log, now.Add(-keep).UTC().Truncate(24*time.Hour))
	if err != nil || oldest < 0 {
		return err
	}
	if _, err := t.replayCheckpoint(log, oldest); err != nil {
		return err
	}
	entries, err := os.ReadDir(t.logDir())
	if err != nil {
		return err
	}
	// The oldest go first, so that what is left when this is cut short is a whole log all the same.
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := logEntryName.FindStringSubmatch(entry.Name())
		if m == nil {
			continue
		}
		if version, err := strconv.ParseInt(m[1], 10, 64); err != nil || version >= oldest {
			continue
		}
		// Another process may clean up as well.
		if err := os.Remove(filepath.Join(t.logDir(), entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// temporaryName matches what [Table.temporaryLogFile] returns.
var temporaryName = regexp.MustCompile(`^\.[0-9a-f-]{36}\.tmp$`)

// dropLeftovers deletes temporary files of writers that ended in the middle of a commit a day ago or earlier.
func (t *Table) dropLeftovers(now time.Time) error {
	entries, err := os.ReadDir(t.logDir())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !temporaryName.MatchString(entry.Name()) {
			continue
		}
		info, err := entry.Info()
		if err == nil && info.ModTime().Before(now.AddDate(0, 0, -1)) {
			err = os.Remove(filepath.Join(t.logDir(), entry.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// oldestNeeded returns the newest checkpoint that is not after the version that was current at a time, -1 when
// there is none. Times are those of the commits' files, as in Spark, made to rise.
func (t *Table) oldestNeeded(log logFiles, at time.Time) (int64, error) {
	first := log.newest
	for log.commits[first-1] {
		first--
	}
	oldest, last := int64(-1), time.Time{}
	for v := first; v <= log.newest && log.commits[v]; v++ {
		info, err := os.Stat(filepath.Join(t.logDir(), commitFile(v)))
		if errors.Is(err, fs.ErrNotExist) {
			return -1, nil // another process has cleaned up
		}
		if err != nil {
			return -1, err
		}
		if last = rising(last, info.ModTime()); last.After(at) {
			break
		}
		if log.checkpoints[v] != nil {
			oldest = v
		}
	}
	return oldest, nil
}
