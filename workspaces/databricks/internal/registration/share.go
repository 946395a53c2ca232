package registration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sharing"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/connect"
)

// shared is a table on its way to another metastore.
type shared struct {
	Peer
	workspaces.Table
	provider  string // the metastore of its owner, as metastores know one another
	recipient string // the metastore of this workspace
}

// original is the full name of the table where it lives.
func (t shared) original() string { return t.Catalog + "." + t.Database + "." + t.Name }

// share makes a table of another metastore readable here.
func (s *Store) share(ctx context.Context, t shared) (place, error) {
	name := "featops_" + plain(t.Workspace) + "_" + plain(t.Database)
	recipient, err := s.giveRecipient(ctx, t)
	if err != nil {
		return place{}, err
	}
	if err := s.makeShare(ctx, t, name); err != nil {
		return place{}, err
	}
	as, err := s.giveTable(ctx, t, name)
	if err != nil {
		return place{}, err
	}
	if err := s.giveShare(ctx, t, name, recipient); err != nil {
		return place{}, err
	}
	provider, err := s.takeShare(ctx, t, name, recipient)
	if err != nil {
		return place{}, err
	}
	in, err := s.takeCatalog(ctx, name, provider)
	if err != nil {
		return place{}, err
	}
	database, table, _ := strings.Cut(as, ".")
	p := place{catalog: in, database: database, table: table}
	notYet := MissingError{Thing: Share, Of: name + " with " + as, Do: "a new table of a share is seen after about a minute: try again then"}
	if err := s.see(ctx, p, notYet); err != nil {
		return p, err
	}
	return p, s.grant(ctx, s.options.Workspace, s.options.Connection, p)
}

// plain is a name with nothing in it that names of shares and recipients cannot have.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
}

// giveRecipient makes the metastore of this workspace a recipient of the owner's. There is at most one for a metastore, whoever
// made it.
func (s *Store) giveRecipient(ctx context.Context, t shared) (name string, err error) {
	needs := MissingError{Thing: Recipient, Of: "for the metastore " + t.recipient, Do: "whoever may CREATE RECIPIENT in its metastore creates it, and lets the token of featops use it"}
	err = do(ctx, t.Connection, t.Workspace, "make "+s.options.Workspace+" a recipient", needs, func(ctx context.Context, c *client.DatabricksClient) error {
		recipients := sharing.NewRecipients(c)
		name, err = ensure(func() (string, bool, error) {
			all, err := recipients.ListAll(ctx, sharing.ListRecipientsRequest{DataRecipientGlobalMetastoreId: t.recipient})
			if err != nil || len(all) == 0 {
				return "", false, err
			}
			return all[0].Name, true, nil
		}, func() error {
			_, err := recipients.Create(ctx, sharing.CreateRecipient{
				Name: "featops_" + plain(s.options.Workspace), AuthenticationType: sharing.AuthenticationTypeDatabricks,
				DataRecipientGlobalMetastoreId: t.recipient, Comment: "Reads feature tables, by way of featops.",
			})
			return err
		})
		return err
	})
	return name, err
}

// getShare looks a share up in the workspace that owns it.
func getShare(ctx context.Context, shares *sharing.SharesAPI, name string) (*sharing.ShareInfo, bool, error) {
	info, err := shares.Get(ctx, sharing.GetShareRequest{Name: name, IncludeSharedData: true})
	if notThere(err) {
		return nil, false, nil
	}
	return info, err == nil, err
}

// makeShare makes the share that the tables of the owner's database are in.
func (s *Store) makeShare(ctx context.Context, t shared, name string) error {
	needs := MissingError{Thing: Share, Of: name, Do: "whoever may CREATE SHARE in its metastore creates it, and makes whom the token of featops is for its owner"}
	return do(ctx, t.Connection, t.Workspace, "make the share "+name, needs, func(ctx context.Context, c *client.DatabricksClient) error {
		shares := sharing.NewShares(c)
		_, err := ensure(func() (*sharing.ShareInfo, bool, error) { return getShare(ctx, shares, name) }, func() error {
			_, err := shares.Create(ctx, sharing.CreateShare{Name: name, Comment: "Feature tables of " + t.Database + " in " + t.Workspace + "."})
			return err
		})
		return err
	})
}

// giveTable puts the table into the share, with its history, and returns the name that it has there. One that somebody has
// given it stays.
func (s *Store) giveTable(ctx context.Context, t shared, share string) (as string, err error) {
	needs := MissingError{Thing: Grant, Of: "of SELECT on " + t.original() + " to the owner of the share " + share, Do: "whoever owns the table grants it, and it must stay"}
	var object sharing.SharedDataObject
	as = t.Database + "." + t.Name
	err = do(ctx, t.Connection, t.Workspace, "put "+t.original()+" into the share "+share, needs, func(ctx context.Context, c *client.DatabricksClient) error {
		shares, action := sharing.NewShares(c), sharing.SharedDataObjectUpdateActionAdd
		look := func() (o sharing.SharedDataObject, ok bool, err error) {
			info, ok, err := getShare(ctx, shares, share)
			if !ok {
				return o, false, err
			}
			i := slices.IndexFunc(info.Objects, func(o sharing.SharedDataObject) bool {
				return o.DataObjectType == sharing.SharedDataObjectDataObjectTypeTable && strings.EqualFold(o.Name, t.original())
			})
			if i < 0 {
				return o, false, nil
			}
			if o = info.Objects[i]; o.SharedAs != "" {
				as = o.SharedAs
			}
			action = sharing.SharedDataObjectUpdateActionUpdate
			return o, o.HistoryDataSharingStatus == sharing.SharedDataObjectHistoryDataSharingStatusEnabled, nil
		}
		object, err = ensure(look, func() error {
			_, err := shares.Update(connect.Repeatable(ctx), sharing.UpdateShare{Name: share, Updates: []sharing.SharedDataObjectUpdate{{
				Action: action,
				DataObject: &sharing.SharedDataObject{
					Name: t.original(), DataObjectType: sharing.SharedDataObjectDataObjectTypeTable, SharedAs: as,
					HistoryDataSharingStatus: sharing.SharedDataObjectHistoryDataSharingStatusEnabled,
				},
			}}})
			return err
		})
		return err
	})
	if err == nil && object.Status == sharing.SharedDataObjectStatusPermissionDenied {
		needs.Workspace, err = t.Workspace, &needs
	}
	return as, err
}

// giveShare lets the recipient read the share.
func (s *Store) giveShare(ctx context.Context, t shared, share, recipient string) error {
	needs := MissingError{
		Thing: Grant, Of: "of SELECT on the share " + share + " to the recipient " + recipient,
		Do: "the owner of the share grants it; who does so must own the recipient too",
	}
	return do(ctx, t.Connection, t.Workspace, "give the share "+share+" to "+recipient, needs, func(ctx context.Context, c *client.DatabricksClient) error {
		shares := sharing.NewShares(c)
		_, err := ensure(func() (struct{}, bool, error) {
			request := sharing.SharePermissionsRequest{Name: share}
			for {
				all, err := shares.SharePermissions(ctx, request)
				if err != nil {
					return struct{}{}, false, err
				}
				has := slices.ContainsFunc(all.PrivilegeAssignments, func(a sharing.PrivilegeAssignment) bool {
					return a.Principal == recipient && slices.Contains(a.Privileges, sharing.PrivilegeSelect)
				})
				if request.PageToken = all.NextPageToken; has || request.PageToken == "" {
					return struct{}{}, has, nil
				}
			}
		}, func() error {
			_, err := shares.UpdatePermissions(connect.Repeatable(ctx), sharing.UpdateSharePermissions{
				Name: share, Changes: []sharing.PermissionsChange{{Principal: recipient, Add: []string{string(sharing.PrivilegeSelect)}}},
			})
			return err
		})
		return err
	})
}

// takeShare waits until this workspace sees the provider that the owner's metastore is here, and its share.
func (s *Store) takeShare(ctx context.Context, t shared, share, recipient string) (provider string, err error) {
	allowed := MissingError{Thing: Grant, Of: "of USE PROVIDER on the metastore", Do: "an administrator of the metastore grants it to whom the token of featops is for"}
	noProvider := MissingError{
		Thing: Provider, Of: "for the metastore " + t.provider, Workspace: s.options.Workspace,
		Do: "the recipient " + recipient + " of " + t.Workspace + " makes it appear here, after about a minute: try again then",
	}
	err = s.await(ctx, func() (bool, error) {
		provider = ""
		err := do(ctx, s.options.Connection, s.options.Workspace, "find the share "+share, allowed, func(ctx context.Context, c *client.DatabricksClient) error {
			providers := sharing.NewProviders(c)
			all, err := providers.ListAll(ctx, sharing.ListProvidersRequest{DataProviderGlobalMetastoreId: t.provider})
			if err != nil {
				return err
			}
			if len(all) == 0 {
				return &noProvider
			}
			seen, err := providers.ListSharesAll(ctx, sharing.ListSharesRequest{Name: all[0].Name})
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(seen, func(s sharing.ProviderShare) bool { return s.Name == share }) {
				return &MissingError{
					Thing: Share, Of: share + " of the provider " + all[0].Name, Workspace: s.options.Workspace,
					Do: "it appears about a minute after it was given: try again then",
				}
			}
			provider = all[0].Name
			return nil
		})
		var missing *MissingError
		return errors.As(err, &missing) && missing.Err == nil, err
	})
	return provider, err
}

// takeCatalog makes the share a catalog here. One that somebody has made of it under another name is as good.
func (s *Store) takeCatalog(ctx context.Context, share, provider string) (name string, err error) {
	needs := MissingError{
		Thing: Catalog, Of: "of the share " + share + " of the provider " + provider,
		Do: "whoever may CREATE CATALOG and USE PROVIDER creates it, and grants USE CATALOG to whom the token of featops is for",
	}
	err = do(ctx, s.options.Connection, s.options.Workspace, "make the share "+share+" a catalog", needs, func(ctx context.Context, c *client.DatabricksClient) error {
		catalogs := catalog.NewCatalogs(c)
		name, err = ensure(func() (string, bool, error) {
			all, err := catalogs.ListAll(ctx, catalog.ListCatalogsRequest{})
			i := slices.IndexFunc(all, func(i catalog.CatalogInfo) bool { return i.ProviderName == provider && i.ShareName == share })
			if err != nil || i < 0 {
				return "", false, err
			}
			return all[i].Name, true, nil
		}, func() error {
			_, err := catalogs.Create(ctx, catalog.CreateCatalog{
				Name: share, ProviderName: provider, ShareName: share, Comment: fmt.Sprintf("Feature tables that %s shares.", provider),
			})
			return err
		})
		return err
	})
	return name, err
}
