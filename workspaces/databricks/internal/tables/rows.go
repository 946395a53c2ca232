package tables

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/workspaces"
)

// Rows reads the rows of a feature table at the version that it is given with, in the order of its keys, through the warehouse. What
// does not fit in memory is read part by part. The caller releases the reader.
func (s *Store) Rows(ctx context.Context, t workspaces.Table) (array.RecordReader, error) {
	what := fmt.Sprintf("read the rows of version %d of %s in %s", t.Version, s.fullName(t.Name), s.options.Workspace)
	query := fmt.Sprintf("SELECT %s FROM %s", names(t.Schema.Names(), "", ", "), s.at(t))
	if len(t.Keys) > 0 {
		query += " ORDER BY " + names(t.Keys, "", ", ")
	}
	return s.options.Warehouse.Rows(ctx, what, query, t.Schema)
}
