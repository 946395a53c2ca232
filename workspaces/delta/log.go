package delta

import (
	"cmp"
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
	checkpoints map[int64][]string // the files of each, one of a classic checkpoint or all parts of one
	newer       string             // a checkpoint of the feature v2Checkpoint, "" when there is none
}

var (
	commitName     = regexp.MustCompile(`^(\d{20})\.json$`)
	checkpointName = regexp.MustCompile(`^(\d{20})\.checkpoint\.parquet$`)
	partName       = regexp.MustCompile(`^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$`)
	newerName      = regexp.MustCompile(`^(\d{20})\.checkpoint\.[0-9a-fA-F-]{36}\.(json|parquet)$`)
)

func commitFile(version int64) string     { return fmt.Sprintf("%020d.json", version) }
func checkpointFile(version int64) string { return fmt.Sprintf("%020d.checkpoint.parquet", version) }

// list reads the names in the log directory. The pointer _last_checkpoint is not needed for that:
// on a local disk a directory is read in one go.
func (t *Table) list() (logFiles, error) {
	log := logFiles{newest: -1, commits: map[int64]bool{}, checkpoints: map[int64][]string{}}
	entries, err := os.ReadDir(t.logDir())
	if errors.Is(err, fs.ErrNotExist) {
		return log, fmt.Errorf("%s: %w", t.path, ErrNoTable)
	}
	if err != nil {
		return log, fmt.Errorf("list the log of %s: %w", t.path, err)
	}
	parts := map[string][]string{} // by version and their number; they come in order
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() {
			continue
		}
		if m := commitName.FindStringSubmatch(name); m != nil {
			version, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				return log, fmt.Errorf("log file %s: %w", filepath.Join(t.logDir(), name), err)
			}
			log.commits[version] = true
			log.newest = max(log.newest, version)
		}
		if checkpointName.MatchString(name) {
			log.checkpoint(name)
		}
		if m := partName.FindStringSubmatch(name); m != nil {
			set := m[1] + "." + m[3]
			parts[set] = append(parts[set], name)
			// Parts are written one by one, so that some may be missing.
			if of, err := strconv.Atoi(m[3]); err == nil && len(parts[set]) == of {
				log.checkpoint(parts[set]...)
			}
		}
		if newerName.MatchString(name) {
			log.newer = name
		}
	}
	switch {
	case log.newest < 0 && log.newer != "":
		return log, t.newerCheckpoint(log)
	case log.newest < 0:
		return log, fmt.Errorf("%s: %w", t.path, ErrNoTable)
	}
	return log, nil
}

func (t *Table) newerCheckpoint(log logFiles) error {
	return &UnsupportedError{Table: t.path, Feature: "v2Checkpoint (" + log.newer + ")"}
}

// checkpoint adds the files of a checkpoint, whose names begin with their version.
func (l *logFiles) checkpoint(names ...string) {
	version, err := strconv.ParseInt(names[0][:20], 10, 64)
	if err != nil {
		return // greater than any version
	}
	// One in a single file sorts after one in parts, and takes its place.
	l.checkpoints[version] = names
	l.newest = max(l.newest, version)
}

// starts returns the checkpoints that a version can be read from, newest first, and after them -1
// when it can be read from the first commit: every commit in between is there. There is at least one.
func (l logFiles) starts(version int64) ([]int64, error) {
	var starts []int64
	for v := version; v >= 0; v-- {
		if l.checkpoints[v] != nil {
			starts = append(starts, v)
		}
		if l.commits[v] {
			continue
		}
		if len(starts) > 0 {
			return starts, nil
		}
		for v > 0 && !l.commits[v-1] && l.checkpoints[v-1] == nil {
			v--
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

// commitTime is when a version was committed: what its commitInfo says, else the time of its file, or
// of its checkpoint where the commit has been cleaned away.
func (t *Table) commitTime(log logFiles, version int64, actions []action) (time.Time, error) {
	for _, a := range actions {
		if a.CommitInfo == nil {
			continue
		}
		if ms := cmp.Or(a.CommitInfo.InCommitTimestamp, a.CommitInfo.Timestamp); ms > 0 {
			return time.UnixMilli(ms).UTC(), nil
		}
	}
	info, err := os.Stat(filepath.Join(t.logDir(), commitFile(version)))
	if files := log.checkpoints[version]; errors.Is(err, fs.ErrNotExist) && files != nil {
		info, err = os.Stat(filepath.Join(t.logDir(), files[0]))
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("time of version %d of %s: %w", version, t.path, err)
	}
	return info.ModTime().UTC(), nil
}
