package registration

import (
	"context"
	"fmt"
	"strings"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// readBack reads the version of a table that is to be registered, as users of this workspace will, and compares it with what its
// owner says.
func (s *Store) readBack(ctx context.Context, p place, t workspaces.Table) error {
	version := p.sql()
	if !p.copied {
		version += fmt.Sprintf(" VERSION AS OF %d", t.Version)
	}
	var columns *warehouse.Result
	err := s.await(ctx, func() (later bool, err error) {
		columns, err = s.run(ctx, "read the columns of "+p.full(), "SELECT * FROM "+version+" LIMIT 0")
		return absent(err), err
	})
	if err != nil {
		return err
	}
	if err := compare(columns.Columns, t.Schema); err != nil {
		return fmt.Errorf("read %s in %s: version %d is not what %s says: %w", p.full(), s.options.Workspace, t.Version, t.Workspace, err)
	}
	r, err := s.run(ctx, "count the rows of "+p.full(), "SELECT count(*) AS n FROM "+version)
	if err != nil {
		return err
	}
	if len(r.Rows) != 1 {
		return fmt.Errorf("count the rows of %s in %s: the warehouse gives %d rows", p.full(), s.options.Workspace, len(r.Rows))
	}
	n, err := r.Rows[0].Int("n")
	if err == nil && n != t.Rows {
		err = fmt.Errorf("it has %d rows, and %s says %d", n, t.Workspace, t.Rows)
	}
	if err != nil {
		return fmt.Errorf("read version %d of %s in %s: %w", t.Version, p.full(), s.options.Workspace, err)
	}
	return nil
}

// compare looks that a result has the columns of a table.
func compare(found []warehouse.Column, wanted schema.Schema) error {
	if len(found) != len(wanted) {
		return fmt.Errorf("it has %d columns, and not %d", len(found), len(wanted))
	}
	for i, c := range found {
		if w := wanted[i]; !strings.EqualFold(c.Name, w.Name) || !sameType(c.Type, w.Type) {
			return fmt.Errorf("column %d is %s %s, and not %s %s", i+1, c.Name, c.Type, w.Name, w.Type)
		}
	}
	return nil
}

// sameType reports whether a type as a warehouse spells it is one of featops, for which smaller integers are INT.
func sameType(found string, wanted schema.Type) bool {
	kind := schema.Type(strings.ToUpper(strings.ReplaceAll(found, " ", "")))
	if kind == "SMALLINT" || kind == "TINYINT" {
		kind = schema.Int
	}
	return kind == wanted
}
