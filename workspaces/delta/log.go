package delta

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// logFiles is what a table's log directory holds.
type logFiles struct {
	newest      int64 // the newest commit or checkpoint, -1 when there is none
	commits     map[int64]bool
	checkpoints map[int64]bool // classic checkpoints in one file
	foreign     string         // a checkpoint of another kind, "" when there is none
}

var (
	commitName     = regexp.MustCompile(`^(\d{20})\.json$`)
	checkpointName = regexp.MustCompile(`^(\d{20})\.checkpoint\.(.*)$`)
)

func commitFile(version int64) string     { return fmt.Sprintf("%020d.json", version) }
func checkpointFile(version int64) string { return fmt.Sprintf("%020d.checkpoint.parquet", version) }

// list reads the names in the log directory. The pointer _last_checkpoint is not needed for that:
// on a local disk a directory is read in one go.
func (t *Table) list() (logFiles, error) {
	log := logFiles{newest: -1, commits: map[int64]bool{}, checkpoints: map[int64]bool{}}
	entries, err := os.ReadDir(t.logDir())
	if errors.Is(err, fs.ErrNotExist) {
		return log, fmt.Errorf("%s: %w", t.path, ErrNoTable)
	}
	if err != nil {
		return log, fmt.Errorf("list the log of %s: %w", t.path, err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		if m := commitName.FindStringSubmatch(entry.Name()); m != nil {
			version, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				return log, fmt.Errorf("log file %s: %w", filepath.Join(t.logDir(), entry.Name()), err)
			}
			log.commits[version] = true
			log.newest = max(log.newest, version)
		}
		if m := checkpointName.FindStringSubmatch(entry.Name()); m != nil {
			version, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				return log, fmt.Errorf("log file %s: %w", filepath.Join(t.logDir(), entry.Name()), err)
			}
			if m[2] != "parquet" {
				log.foreign = entry.Name()
				continue
			}
			log.checkpoints[version] = true
			log.newest = max(log.newest, version)
		}
	}
	if log.newest < 0 {
		return log, fmt.Errorf("%s: %w", t.path, ErrNoTable)
	}
	return log, nil
}

// starts returns the checkpoints that a version can be read from, newest first, and after them -1
// when it can be read from the first commit: every commit in between is there. There is at least one.
func (l logFiles) starts(version int64) ([]int64, error) {
	var starts []int64
	for v := version; v >= 0; v-- {
		if l.checkpoints[v] {
			starts = append(starts, v)
		}
		if l.commits[v] {
			continue
		}
		if len(starts) > 0 {
			return starts, nil
		}
		for v > 0 && !l.commits[v-1] && !l.checkpoints[v-1] {
			v--
		}
		if l.foreign != "" {
			return nil, fmt.Errorf("%s is missing, and checkpoint %s is of a kind that cannot be read "+
				"(only a classic checkpoint in one file can)", commitFile(v), l.foreign)
		}
		return nil, fmt.Errorf("%s is missing, so version %d cannot be read", commitFile(v), version)
	}
	return append(starts, -1), nil
}

// readCommit returns the actions of one version. The error wraps [fs.ErrNotExist] when the version
// is not in the log.
func (t *Table) readCommit(version int64) ([]action, error) {
	path := filepath.Join(t.logDir(), commitFile(version))
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read commit %d of %s: %w", version, t.path, err)
	}
	actions, err := decodeActions(text)
	if err != nil {
		return nil, fmt.Errorf("corrupt commit %s: %w", path, err)
	}
	return actions, nil
}

// commitTime is when a version was committed: what its commitInfo says, else the time of its file.
func (t *Table) commitTime(version int64, actions []action) (time.Time, error) {
	for _, a := range actions {
		if a.CommitInfo != nil && a.CommitInfo.Timestamp > 0 {
			return time.UnixMilli(a.CommitInfo.Timestamp).UTC(), nil
		}
	}
	info, err := os.Stat(filepath.Join(t.logDir(), commitFile(version)))
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Stat(filepath.Join(t.logDir(), checkpointFile(version)))
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("time of version %d of %s: %w", version, t.path, err)
	}
	return info.ModTime().UTC(), nil
}
