package tables

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/catalog"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/internal/warehouse"
)

// Describe gives a table of the database what t says of itself: its comments, the primary key and the tags.
func (s *Store) Describe(ctx context.Context, t workspaces.Table) error {
	info, err := s.info(ctx, s.options.Catalog, s.options.Database, t.Name)
	if err != nil {
		return err
	}
	defer s.Forget(t.Name)
	if err := s.comment(ctx, info, t.Description, t.Schema); err != nil {
		return err
	}
	if err := s.constrain(ctx, info); err != nil {
		return err
	}
	return s.tag(ctx, t.Name, t.Tags)
}

// comment gives the table and its columns their descriptions, those of the columns in one statement.
func (s *Store) comment(ctx context.Context, info *catalog.TableInfo, summary string, columns schema.Schema) error {
	place := warehouse.Name(info.CatalogName, info.SchemaName, info.Name)
	if info.Comment != summary {
		if _, err := s.run(ctx, "describe "+info.FullName, "COMMENT ON TABLE "+place+" IS "+warehouse.Text(summary)); err != nil {
			return err
		}
	}
	var changes []string
	for _, c := range info.Columns {
		if i := columns.Index(c.Name); i >= 0 && columns[i].Comment != c.Comment {
			changes = append(changes, fmt.Sprintf("%s COMMENT %s", warehouse.Name(c.Name), warehouse.Text(columns[i].Comment)))
		}
	}
	if len(changes) == 0 {
		return nil
	}
	_, err := s.run(ctx, "describe the columns of "+info.FullName, "ALTER TABLE "+place+" ALTER COLUMN\n  "+strings.Join(changes, ",\n  "))
	return err
}

// constrain makes the keys a primary key with a time series, which is what makes a table of Unity Catalog a feature
// table. A table that was replaced has lost it. hive_metastore has no constraints.
func (s *Store) constrain(ctx context.Context, info *catalog.TableInfo) error {
	if info.CatalogName == hiveMetastore {
		return nil
	}
	has := primaryKey(info)
	if has != nil && slices.Equal(has.ChildColumns, keys) && slices.Equal(has.TimeseriesColumns, []string{features.ReleaseKey}) {
		return nil
	}
	place := warehouse.Name(info.CatalogName, info.SchemaName, info.Name)
	for _, c := range info.Columns {
		if isKey(c.Name) && c.Nullable {
			if _, err := s.run(ctx, "forbid nulls in the key of "+info.FullName, "ALTER TABLE "+place+" ALTER COLUMN "+warehouse.Name(c.Name)+" SET NOT NULL"); err != nil {
				return err
			}
		}
	}
	return s.options.Connection.Do(ctx, "give "+info.FullName+" its primary key", func(ctx context.Context, c *client.DatabricksClient) error {
		constraints := catalog.NewTableConstraints(c)
		if has != nil {
			if err := constraints.Delete(ctx, catalog.DeleteTableConstraintRequest{FullName: info.FullName, ConstraintName: has.Name}); err != nil {
				return err
			}
		}
		_, err := constraints.Create(ctx, catalog.CreateTableConstraint{
			FullNameArg: info.FullName,
			Constraint: catalog.TableConstraint{PrimaryKeyConstraint: &catalog.PrimaryKeyConstraint{
				Name: info.Name + "_pk", ChildColumns: keys, TimeseriesColumns: []string{features.ReleaseKey},
			}},
		})
		return err
	})
}

// hiveMetastore is the catalog of tables outside of Unity Catalog.
const hiveMetastore = "hive_metastore"

// tag gives a table its tags. Others that it has stay.
func (s *Store) tag(ctx context.Context, table string, tags map[string]string) error {
	if s.options.Catalog == hiveMetastore {
		return nil
	}
	full := s.fullName(table)
	return s.options.Connection.Do(ctx, "tag "+full, func(ctx context.Context, c *client.DatabricksClient) error {
		assignments := catalog.NewEntityTagAssignments(c)
		now, err := assignments.ListAll(ctx, catalog.ListEntityTagAssignmentsRequest{EntityType: "tables", EntityName: full})
		if err != nil {
			return err
		}
		has := map[string]string{}
		for _, a := range now {
			has[a.TagKey] = a.TagValue
		}
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			a := catalog.EntityTagAssignment{EntityType: "tables", EntityName: full, TagKey: key, TagValue: tags[key]}
			switch value, ok := has[key]; {
			case ok && value == tags[key]:
				continue
			case ok:
				_, err = assignments.Update(ctx, catalog.UpdateEntityTagAssignmentRequest{
					EntityType: a.EntityType, EntityName: full, TagKey: key, TagAssignment: a, UpdateMask: "tag_value",
				})
			default:
				_, err = assignments.Create(ctx, catalog.CreateEntityTagAssignmentRequest{TagAssignment: a})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
