package registration

import (
	"context"
	"slices"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/catalog"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/connect"
)

// metastore is that of a workspace.
func (s *Store) metastore(ctx context.Context, workspace string, c *connect.Connection) (*catalog.GetMetastoreSummaryResponse, error) {
	needs := MissingError{Thing: Metastore, Of: "of Unity Catalog", Do: "an administrator of the account assigns it to the workspace"}
	var out *catalog.GetMetastoreSummaryResponse
	err := do(ctx, c, workspace, "read the metastore", needs, func(ctx context.Context, c *client.DatabricksClient) (err error) {
		out, err = catalog.NewMetastores(c).Summary(ctx)
		return err
	})
	if notThere(err) {
		needs.Workspace, needs.Err = workspace, err
		return nil, &needs
	}
	return out, err
}

// bind makes a table of the same metastore readable here.
func (s *Store) bind(ctx context.Context, peer Peer, t workspaces.Table) (place, error) {
	p := place{catalog: peer.Catalog, database: t.Database, table: t.Name}
	needs := MissingError{Thing: Grant, Of: "of USE CATALOG on " + peer.Catalog, Do: "its owner grants it to whom the token of featops is for"}
	var isolated bool
	err := do(ctx, peer.Connection, t.Workspace, "read catalog "+peer.Catalog, needs, func(ctx context.Context, c *client.DatabricksClient) error {
		info, err := catalog.NewCatalogs(c).Get(ctx, catalog.GetCatalogRequest{Name: peer.Catalog})
		if err == nil {
			isolated = info.IsolationMode == catalog.CatalogIsolationModeIsolated
		}
		return err
	})
	if err != nil {
		return p, err
	}
	if isolated {
		if err := s.bindTo(ctx, peer, t.Workspace); err != nil {
			return p, err
		}
	}
	if err := s.grant(ctx, t.Workspace, peer.Connection, p); err != nil {
		return p, err
	}
	return p, s.see(ctx, p, MissingError{Thing: Grant, Of: "of SELECT on " + p.full(), Do: selectHelp})
}

const selectHelp = "whoever owns the table grants it, with USE CATALOG and USE SCHEMA, to whom the token of featops is for"

// bindTo lets an isolated catalog of another workspace be read in this one.
func (s *Store) bindTo(ctx context.Context, peer Peer, owner string) error {
	var id int64
	err := s.options.Connection.Do(ctx, "read the number of the workspace "+s.options.Workspace, func(ctx context.Context, c *client.DatabricksClient) error {
		assignment, err := catalog.NewMetastores(c).Current(ctx)
		if err == nil {
			id = assignment.WorkspaceId
		}
		return err
	})
	if err != nil {
		return err
	}
	needs := MissingError{
		Thing: Binding, Of: "of the isolated catalog " + peer.Catalog + " to " + s.options.Workspace,
		Do: "whoever owns the catalog binds it, read-only is enough",
	}
	return do(ctx, peer.Connection, owner, "bind catalog "+peer.Catalog+" to "+s.options.Workspace, needs, func(ctx context.Context, c *client.DatabricksClient) error {
		bindings := catalog.NewWorkspaceBindings(c)
		_, err := ensure(func() (struct{}, bool, error) {
			all, err := bindings.GetBindingsAll(ctx, catalog.GetBindingsRequest{SecurableType: "catalog", SecurableName: peer.Catalog})
			bound := slices.ContainsFunc(all, func(b catalog.WorkspaceBinding) bool { return b.WorkspaceId == id })
			return struct{}{}, bound, err
		}, func() error {
			_, err := bindings.UpdateBindings(connect.Repeatable(ctx), catalog.UpdateWorkspaceBindingsParameters{
				SecurableType: "catalog", SecurableName: peer.Catalog,
				Add: []catalog.WorkspaceBinding{{WorkspaceId: id, BindingType: catalog.WorkspaceBindingBindingTypeBindingTypeReadOnly}},
			})
			return err
		})
		return err
	})
}

// grant lets the readers read a table, through the workspace that owns its catalog.
func (s *Store) grant(ctx context.Context, workspace string, c *connect.Connection, p place) error {
	if s.options.Readers == "" {
		return nil
	}
	for _, g := range []struct {
		kind      catalog.SecurableType
		name      string
		privilege catalog.Privilege
		spelled   string
	}{
		{catalog.SecurableTypeCatalog, p.catalog, catalog.PrivilegeUseCatalog, "USE CATALOG"},
		{catalog.SecurableTypeSchema, p.catalog + "." + p.database, catalog.PrivilegeUseSchema, "USE SCHEMA"},
		{catalog.SecurableTypeTable, p.full(), catalog.PrivilegeSelect, "SELECT"},
	} {
		what := g.spelled + " on " + g.name + " to " + s.options.Readers
		needs := MissingError{Thing: Grant, Of: "of " + what, Do: "whoever owns it, or may MANAGE it, grants it"}
		err := do(ctx, c, workspace, "grant "+what, needs, func(ctx context.Context, c *client.DatabricksClient) error {
			grants := catalog.NewGrants(c)
			_, err := ensure(func() (struct{}, bool, error) {
				request := catalog.GetEffectiveRequest{SecurableType: string(g.kind), FullName: g.name, Principal: s.options.Readers}
				for {
					all, err := grants.GetEffective(ctx, request)
					if err != nil {
						return struct{}{}, false, err
					}
					has := holds(all.PrivilegeAssignments, g.privilege)
					if request.PageToken = all.NextPageToken; has || request.PageToken == "" {
						return struct{}{}, has, nil
					}
				}
			}, func() error {
				_, err := grants.Update(connect.Repeatable(ctx), catalog.UpdatePermissions{
					SecurableType: string(g.kind), FullName: g.name,
					Changes: []catalog.PermissionsChange{{Principal: s.options.Readers, Add: []catalog.Privilege{g.privilege}}},
				})
				return err
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func holds(all []catalog.EffectivePrivilegeAssignment, wanted catalog.Privilege) bool {
	for _, a := range all {
		for _, p := range a.Privileges {
			if p.Privilege == wanted || p.Privilege == catalog.PrivilegeAllPrivileges {
				return true
			}
		}
	}
	return false
}

// see waits until the catalog of this workspace shows a table. needs says what is missing when it never does.
func (s *Store) see(ctx context.Context, p place, needs MissingError) error {
	err := s.await(ctx, func() (bool, error) {
		err := s.visible(ctx, p)
		return notThere(err) || forbidden(err), err
	})
	if notThere(err) {
		needs.Workspace, needs.Err = s.options.Workspace, err
		return &needs
	}
	return err
}

// visible looks a table up in the catalog of this workspace.
func (s *Store) visible(ctx context.Context, p place) error {
	needs := MissingError{Thing: Grant, Of: "of SELECT on " + p.full(), Do: selectHelp}
	return do(ctx, s.options.Connection, s.options.Workspace, "read "+p.full()+" in the catalog", needs, func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := catalog.NewTables(c).GetByFullName(ctx, p.full())
		return err
	})
}
