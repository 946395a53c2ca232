package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"featops/workspaces/delta"
)

// examined is a table that is looked at.
type examined struct {
	workspace, database, name string
	path                      string
	feature                   bool // not a source
}

func (t examined) where() string { return t.workspace + "/" + t.database + "." + t.name }

// table looks whether a table opens and has all its files.
func (x *examiner) table(ctx context.Context, t examined) {
	table := delta.At(t.path)
	s, err := table.Snapshot(ctx)
	var unsupported *delta.UnsupportedError
	switch {
	case errors.Is(err, delta.ErrNoTable):
		if !x.held { // an engine that works may be about to commit
			x.note("table", t.where(), "the folder holds no table: its first commit never came", x.anew(t))
		}
		return
	case errors.As(err, &unsupported):
		x.problem("table", t.where(), fmt.Sprintf("it needs the Delta feature %q, which featops does not have", unsupported.Feature),
			"use the engine that added it to take it away, or "+moveAway(t.path)+" and "+x.anew(t))
		return
	case err != nil:
		x.problem("table", t.where(), "it does not open: "+err.Error(), moveAway(t.path)+", and "+x.anew(t))
		return
	}
	x.noteAhead(s.Timestamp)
	if fault := x.fault(ctx, t, s); fault != "" {
		x.problem("table", t.where(), fault, x.wayBack(ctx, t, table, s.Version))
		return
	}
	if n := commitsWithoutCheckpoint(t.path, s.Version); n >= manyCommits {
		x.note("table", t.where(), fmt.Sprintf("it has %d commits since its last checkpoint, and every reader goes through them", n),
			"a checkpoint that could not be written is in "+x.command("logs --level warning --table "+t.name)+"; the next commit tries it again")
		return
	}
	x.ok("table", t.where(), fmt.Sprintf("version %d, %d files", s.Version, len(s.Files)))
}

// fault tells what is wrong with the data files of a version, if anything. Of what they hold, the first column is read.
func (x *examiner) fault(ctx context.Context, t examined, s *delta.Snapshot) string {
	missing, first := 0, ""
	for _, f := range s.Files {
		info, err := os.Stat(filepath.Join(t.path, f.Path))
		what := ""
		switch {
		case err != nil:
			what = f.Path + " is not there"
		case info.Size() != f.Size:
			what = fmt.Sprintf("%s has %d bytes instead of %d", f.Path, info.Size(), f.Size)
		default:
			x.weigh(t, f.Size)
			continue
		}
		if missing++; first == "" {
			first = what
		}
	}
	if missing > 0 {
		return fmt.Sprintf("%d of %d data files of version %d are missing or not whole, such as %s", missing, len(s.Files), s.Version, first)
	}
	if s.Metadata.Schema.NumFields() == 0 {
		return ""
	}
	r, err := s.Read(ctx, []string{s.Metadata.Schema.Field(0).Name})
	if err == nil {
		for r.Next() {
		}
		err = r.Err()
		r.Release()
	}
	if err != nil {
		return fmt.Sprintf("version %d cannot be read: %v", s.Version, err)
	}
	return ""
}

// weigh counts the space that a feature table takes.
func (x *examiner) weigh(t examined, size int64) {
	if t.feature {
		x.needed += uint64(size)
	}
}

// lookBack is how many versions are tried to find a whole one.
const lookBack = 20

// wayBack is what to do about a table whose newest version is not whole.
func (x *examiner) wayBack(ctx context.Context, t examined, table *delta.Table, newest int64) string {
	if !t.feature || !x.isFeature(t.name) {
		return x.anew(t)
	}
	needed := x.needed
	defer func() { x.needed = needed }() // files of older versions need no space anew
	for v := newest - 1; v >= max(0, newest-lookBack); v-- {
		if s, err := table.SnapshotAt(ctx, v); err == nil && x.fault(ctx, t, s) == "" {
			return x.command(fmt.Sprintf("restore %s --version %d", t.name, v)) + " goes back to a version that is whole; then " + x.command("build "+t.name)
		}
	}
	return moveAway(t.path) + ", and " + x.anew(t)
}

// anew is how a table comes to be again.
func (x *examiner) anew(t examined) string {
	switch {
	case t.feature && !x.isFeature(t.name):
		return "whoever made it has to make it anew, for no definition here has its name"
	case t.feature:
		return x.command("build "+t.name) + " makes it anew"
	}
	return x.command("ingest "+t.name+" FILE --mapping FILE") + " loads it anew"
}

// manyCommits is how many commits a reader may have to go through before it is worth telling. Checkpoints come every
// ten commits.
const manyCommits = 25

// commitsWithoutCheckpoint counts the commits since the last checkpoint, or since the beginning.
func commitsWithoutCheckpoint(path string, version int64) int64 {
	last := int64(-1)
	files, _ := filepath.Glob(filepath.Join(path, "_delta_log", "*.checkpoint*.parquet"))
	for _, f := range files {
		var v int64
		number, _, _ := strings.Cut(filepath.Base(f), ".")
		if _, err := fmt.Sscanf(number, "%d", &v); err == nil {
			last = max(last, v)
		}
	}
	return version - last
}
