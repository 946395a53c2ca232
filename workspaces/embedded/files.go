package embedded

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
)

// Files finds the Parquet files that hold the rows of a version of a table: a directory, and their paths in it. They are never
// changed, and stay at least as long as a vacuum leaves old versions.
func (w *Workspace) Files(ctx context.Context, table string, version int64) (fs.FS, []string, error) {
	t, err := w.table(table)
	if err != nil {
		return nil, nil, err
	}
	s, err := t.SnapshotAt(ctx, version)
	if err != nil {
		return nil, nil, w.noTable(table, err)
	}
	names := make([]string, len(s.Files))
	for i, f := range s.Files {
		names[i] = filepath.ToSlash(f.Path)
	}
	return os.DirFS(t.Path()), names, nil
}
