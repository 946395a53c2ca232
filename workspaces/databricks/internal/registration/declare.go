package registration

import (
	"context"
	"fmt"
	"strings"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// declare makes a table readable here over its files.
func (s *Store) declare(ctx context.Context, t workspaces.Table) (place, error) {
	p := place{catalog: s.options.Catalog, database: s.options.Database, table: t.Name}
	for part, why := range map[string]string{
		"/__unitystorage/":         "it is managed by Unity Catalog, which lets nobody read it by its place: give both workspaces Unity Catalog, or the table a place of its own",
		"dbfs:/user/hive/":         "it is in storage of that workspace alone: give its database a location in cloud storage that both workspaces reach",
		"dbfs:/databricks-results": "it is in storage of that workspace alone",
	} {
		if strings.Contains(t.Location, part) {
			return p, &MissingError{Thing: Location, Of: t.Location + " of " + t.Name, Workspace: s.options.Workspace, Do: why}
		}
	}
	if err := s.options.MakeDatabase(ctx); err != nil {
		return p, err
	}
	if _, err := s.run(ctx, "declare "+p.full(), fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s USING DELTA LOCATION %s", p.sql(), warehouse.Text(t.Location))); err != nil {
		return p, err
	}
	r, err := s.run(ctx, "read where "+p.full()+" is", "DESCRIBE DETAIL "+p.sql())
	if err != nil {
		return p, err
	}
	if len(r.Rows) != 1 {
		return p, fmt.Errorf("read where %s is: the warehouse gives %d rows", p.full(), len(r.Rows))
	}
	if at, _ := r.Rows[0].Text("location"); !sameLocation(at, t.Location) {
		return p, fmt.Errorf("declare %s of %s in %s: there is a table of that name at %s already, and it is to be at %s: drop it there if nobody needs it",
			p.full(), t.Workspace, s.options.Workspace, at, t.Location)
	}
	return p, nil
}

// sameLocation compares places that engines write with one slash or several after the scheme, and with or without one at the end.
func sameLocation(a, b string) bool {
	plain := func(s string) string {
		scheme, path, ok := strings.Cut(s, ":")
		if !ok {
			scheme, path = "", s
		}
		return scheme + ":" + strings.Trim(path, "/")
	}
	return plain(a) == plain(b)
}

// run runs a statement in this workspace.
func (s *Store) run(ctx context.Context, what, statement string) (*warehouse.Result, error) {
	return s.options.Warehouse.Run(ctx, what+" in "+s.options.Workspace, statement)
}
