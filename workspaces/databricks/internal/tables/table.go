package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/catalog"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/warehouse"
)

// Table properties of feature tables. Lists are joined by commas, which no name has in it.
const (
	propertyPrimaryKeys   = "featops.primary_keys"
	propertyTimestampKeys = "featops.timestamp_keys"
	propertyTags          = "featops.tags." // and the tag
	propertySources       = "featops.sources"
	propertyWorkspace     = "featops.workspace"
	propertyOrigin        = "featops.origin"
)

// properties is what a feature table says of itself.
func (s *Store) properties(t features.Table) map[string]string {
	out := map[string]string{
		propertyPrimaryKeys: strings.Join(keys, ","), propertyTimestampKeys: features.ReleaseKey, propertySources: t.Source.FullName(),
		propertyWorkspace: s.options.Workspace,
	}
	for tag, value := range s.tags(t) {
		out[propertyTags+tag] = value
	}
	return out
}

func (s *Store) tags(t features.Table) map[string]string {
	return map[string]string{"database": s.options.Database, "based_on": t.Source.Name, "table": t.Name}
}

// keys identify a row.
var keys = []string{features.CustomerKey, features.ReleaseKey}

// Tables lists the feature tables of the database: those that say so in their properties, but for those of another workspace that
// has the same database. A table that cannot be read does not hide the others: they are returned together with the error. It
// costs one call, and for each table another and its standing. Without a warehouse there are none.
func (s *Store) Tables(ctx context.Context) ([]workspaces.Table, error) {
	if s.options.Warehouse.None() {
		return nil, nil
	}
	var found []string
	err := s.options.Connection.Do(ctx, fmt.Sprintf("list the tables of %s.%s", s.options.Catalog, s.options.Database),
		func(ctx context.Context, c *client.DatabricksClient) error {
			found = nil
			all, err := catalog.NewTables(c).ListAll(ctx, catalog.ListTablesRequest{
				CatalogName: s.options.Catalog, SchemaName: s.options.Database, OmitColumns: true,
			})
			for _, t := range all {
				if owner := t.Properties[propertyWorkspace]; t.Properties[propertyPrimaryKeys] != "" && (owner == "" || owner == s.options.Workspace) {
					found = append(found, t.Name)
				}
			}
			return err
		})
	if missing(err) { // the database is made with its first table
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(found)
	var out []workspaces.Table
	var problems []error
	for _, name := range found {
		t, err := s.Table(ctx, name)
		switch {
		case errors.Is(err, workspaces.ErrNoTable): // dropped meanwhile
		case err != nil:
			problems = append(problems, err)
		default:
			out = append(out, t)
		}
	}
	return out, errors.Join(problems...)
}

func missing(err error) bool {
	var e *connect.Error
	return errors.As(err, &e) && e.Kind == connect.Missing
}

// Table returns a feature table.
func (s *Store) Table(ctx context.Context, table string) (workspaces.Table, error) {
	info, err := s.info(ctx, s.options.Catalog, s.options.Database, table)
	if err != nil {
		return workspaces.Table{}, err
	}
	return s.describe(ctx, info)
}

// info is what the catalog says of a table.
func (s *Store) info(ctx context.Context, in, database, table string) (*catalog.TableInfo, error) {
	full := in + "." + database + "." + table
	var info *catalog.TableInfo
	err := s.options.Connection.Do(ctx, "read "+full+" in the catalog", func(ctx context.Context, c *client.DatabricksClient) (err error) {
		info, err = catalog.NewTables(c).GetByFullName(ctx, full)
		return err
	})
	if missing(err) {
		return nil, fmt.Errorf("%s in %s: %w", full, s.options.Workspace, workspaces.ErrNoTable)
	}
	return info, err
}

// describe tells a table in the terms of workspaces.
func (s *Store) describe(ctx context.Context, info *catalog.TableInfo) (workspaces.Table, error) {
	has := info.Properties
	if err := s.versioned(info); err != nil {
		return workspaces.Table{}, err
	}
	t := workspaces.Table{
		Workspace: s.options.Workspace, Database: info.SchemaName, Name: info.Name, Location: info.StorageLocation,
		Keys: list(has[propertyPrimaryKeys]), TimestampKey: has[propertyTimestampKeys],
		Description: info.Comment, Tags: map[string]string{}, Sources: list(has[propertySources]), Schema: columns(info),
	}
	for key, value := range has {
		if tag, ok := strings.CutPrefix(key, propertyTags); ok {
			t.Tags[tag] = value
		}
	}
	if k := primaryKey(info); k != nil {
		t.Keys = slices.Clone(k.ChildColumns)
		if len(k.TimeseriesColumns) == 1 {
			t.TimestampKey = k.TimeseriesColumns[0]
		}
	}
	x, err := s.standing(ctx, info)
	t.Version, t.Updated, t.Rows = x.version, x.updated, x.rows
	return t, err
}

func primaryKey(info *catalog.TableInfo) *catalog.PrimaryKeyConstraint {
	for _, c := range info.TableConstraints {
		if c.PrimaryKeyConstraint != nil {
			return c.PrimaryKeyConstraint
		}
	}
	return nil
}

// columns are those of a table in the types of featops.
func columns(info *catalog.TableInfo) schema.Schema {
	var out schema.Schema
	for _, c := range info.Columns {
		out = append(out, schema.Column{Name: c.Name, Type: kindOf(c.TypeText), Comment: c.Comment})
	}
	return out
}

// kindOf is a type that SQL spells in its own ways. Smaller integers count as INT, texts of a bounded length as STRING.
// A type that features do not know, such as ARRAY<INT>, stays as it is.
func kindOf(sql string) schema.Type {
	kind := schema.Type(strings.ToUpper(strings.ReplaceAll(sql, " ", "")))
	name, _, _ := strings.Cut(string(kind), "(")
	switch name {
	case "INTEGER", "SMALLINT", "TINYINT":
		return schema.Int
	case "LONG":
		return schema.BigInt
	case "REAL":
		return schema.Float
	case "VARCHAR", "CHAR":
		return schema.String
	}
	if !known(kind) {
		return schema.Type(sql)
	}
	return kind
}

// known reports whether features know a type.
func known(t schema.Type) bool {
	_, err := t.Arrow()
	return err == nil
}

func list(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, ",")
}

// standing is the version of a table and its rows.
func (s *Store) standing(ctx context.Context, info *catalog.TableInfo) (standing, error) {
	x, forgets, ok := s.remembered(info.Name)
	if ok {
		return x, nil
	}
	place := warehouse.Name(info.CatalogName, info.SchemaName, info.Name)
	newest, err := s.newest(ctx, info.FullName, place)
	if err != nil {
		return standing{}, err
	}
	rows, err := s.count(ctx, info.FullName, fmt.Sprintf("SELECT count(*) AS n FROM %s VERSION AS OF %d", place, newest.Version))
	if err != nil {
		return standing{}, err
	}
	x = standing{version: newest.Version, updated: newest.Time, rows: rows}
	s.remember(info.Name, x, forgets)
	return x, nil
}

// newest is the newest commit of a table.
func (s *Store) newest(ctx context.Context, full, place string) (workspaces.Commit, error) {
	commits, err := s.commits(ctx, full, place, 1)
	if err != nil {
		return workspaces.Commit{}, err
	}
	if len(commits) == 0 {
		return workspaces.Commit{}, fmt.Errorf("%s in %s has no history", full, s.options.Workspace)
	}
	return commits[0], nil
}

// count runs a statement that returns one whole number as n.
func (s *Store) count(ctx context.Context, of, statement string) (int64, error) {
	row, err := s.one(ctx, "count the rows of "+of, statement)
	if err != nil {
		return 0, err
	}
	return row.Int("n")
}

// Source returns a source table.
func (s *Store) Source(ctx context.Context, source features.Source) (workspaces.Table, error) {
	info, err := s.info(ctx, s.options.Catalog, source.Database, source.Name)
	if err != nil {
		return workspaces.Table{}, err
	}
	return s.describeSource(ctx, source, info)
}

func (s *Store) describeSource(ctx context.Context, source features.Source, info *catalog.TableInfo) (workspaces.Table, error) {
	if err := s.versioned(info); err != nil {
		return workspaces.Table{}, err
	}
	t := workspaces.Table{
		Workspace: s.options.Workspace, Database: source.Database, Name: source.Name, Location: info.StorageLocation,
		Schema: columns(info), Description: info.Comment,
	}
	place := s.sourcePlace(source)
	newest, err := s.newest(ctx, source.FullName(), place)
	if err != nil {
		return t, err
	}
	t.Version, t.Updated = newest.Version, newest.Time
	t.Rows, err = s.count(ctx, source.FullName(), fmt.Sprintf("SELECT count(*) AS n FROM %s VERSION AS OF %d", place, t.Version))
	return t, err
}

// VersionsError says that a table has no versions, by which featops knows what it has read.
type VersionsError struct {
	Workspace, Table string
	Is               string // instead of a Delta table
}

func (e *VersionsError) Error() string {
	return fmt.Sprintf("%s in %s is %s, which has no versions: featops reads Delta tables, each at the version that it has looked at; save its rows as one", e.Table, e.Workspace, e.Is)
}

// versioned is a *VersionsError for what is no Delta table.
func (s *Store) versioned(info *catalog.TableInfo) error {
	is := ""
	switch info.TableType {
	case catalog.TableTypeView:
		is = "a view"
	case catalog.TableTypeMaterializedView:
		is = "a materialized view"
	case catalog.TableTypeMetricView:
		is = "a metric view"
	default:
		if f := string(info.DataSourceFormat); f != "" && !strings.HasPrefix(f, string(catalog.DataSourceFormatDelta)) {
			is = "a table of format " + f
		}
	}
	if is == "" {
		return nil
	}
	return &VersionsError{Workspace: s.options.Workspace, Table: info.FullName, Is: is}
}

func (s *Store) sourcePlace(source features.Source) string {
	return warehouse.Name(s.options.Catalog, source.Database, source.Name)
}

// when reads a time as a warehouse writes it.
func when(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
