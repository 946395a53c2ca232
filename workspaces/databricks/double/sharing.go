package double

import (
	"net/http"
	"slices"
	"strings"

	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sharing"
)

// Share is a share with what is in it; nil when there is none of that name.
func (s *Server) Share(name string) (out *sharing.ShareInfo) {
	s.locked(func() {
		if i := s.metastore.shares[name]; i != nil {
			c := *i
			c.Objects = slices.Clone(i.Objects)
			out = &c
		}
	})
	return out
}

// Given are the recipients that may read a share.
func (s *Server) Given(share string) (out []string) {
	s.locked(func() { out = slices.Clone(s.metastore.given[share]) })
	return out
}

// Recipients are those of the metastore.
func (s *Server) Recipients() (out []sharing.RecipientInfo) {
	s.locked(func() { out = slices.Clone(s.metastore.recipients) })
	return out
}

func (s *Server) serveSharing() {
	s.serveRecipients()
	s.serveShares()
	s.serveProviders()
}

func (s *Server) serveRecipients() {
	reach(s, "GET "+unityPath+"recipients", func(r *http.Request, _ none) (any, error) {
		id := r.URL.Query().Get("data_recipient_global_metastore_id")
		var out sharing.ListRecipientsResponse
		for _, i := range s.metastore.recipients {
			if id == "" || i.DataRecipientGlobalMetastoreId == id {
				out.Recipients = append(out.Recipients, i)
			}
		}
		return out, nil
	})
	reach(s, "POST "+unityPath+"recipients", func(_ *http.Request, in sharing.CreateRecipient) (any, error) {
		if err := s.mayOnMetastore(catalog.PrivilegeCreateRecipient); err != nil {
			return nil, err
		}
		for _, i := range s.metastore.recipients {
			if i.Name == in.Name {
				return nil, alreadyThere("Recipient", in.Name)
			}
			if i.DataRecipientGlobalMetastoreId == in.DataRecipientGlobalMetastoreId {
				return nil, &refusal{http.StatusBadRequest, "RECIPIENT_ALREADY_EXISTS", "There is already a Recipient object '" + i.Name + "' with the same sharing identifier " + in.DataRecipientGlobalMetastoreId + "."}
			}
		}
		i := sharing.RecipientInfo{
			Name: in.Name, AuthenticationType: in.AuthenticationType, DataRecipientGlobalMetastoreId: in.DataRecipientGlobalMetastoreId,
			Comment: in.Comment, Owner: s.user, CreatedAt: s.now().UnixMilli(),
		}
		s.metastore.recipients = append(s.metastore.recipients, i)
		return i, nil
	})
}

func (s *Server) serveShares() {
	const path = unityPath + "shares/{name}"
	get := func(r *http.Request) (*sharing.ShareInfo, error) {
		i := s.metastore.shares[r.PathValue("name")]
		if i == nil {
			return nil, noSuch("Share", r.PathValue("name"))
		}
		if !s.mine(i.Owner) {
			return nil, denied("User is not an owner of Share '%s'.", i.Name)
		}
		return i, nil
	}
	reach(s, "POST "+unityPath+"shares", func(_ *http.Request, in sharing.CreateShare) (any, error) {
		if err := s.mayOnMetastore(catalog.PrivilegeCreateShare); err != nil {
			return nil, err
		}
		if s.metastore.shares[in.Name] != nil {
			return nil, alreadyThere("Share", in.Name)
		}
		s.metastore.shares[in.Name] = &sharing.ShareInfo{Name: in.Name, Comment: in.Comment, Owner: s.user, CreatedAt: s.now().UnixMilli()}
		return s.metastore.shares[in.Name], nil
	})
	reach(s, "GET "+path, func(r *http.Request, _ none) (any, error) {
		i, err := get(r)
		if err != nil {
			return nil, err
		}
		out := *i
		out.Objects = nil
		if r.URL.Query().Get("include_shared_data") == "true" {
			for _, o := range i.Objects {
				if _, err := s.lookUp(o.Name); err != nil { // the user is the owner of the share
					o.Status = sharing.SharedDataObjectStatusPermissionDenied
				}
				out.Objects = append(out.Objects, o)
			}
		}
		return out, nil
	})
	reach(s, "PATCH "+path, func(r *http.Request, in sharing.UpdateShare) (any, error) {
		i, err := get(r)
		if err != nil {
			return nil, err
		}
		for _, u := range in.Updates {
			if err := s.update(i, u); err != nil {
				return nil, err
			}
		}
		return i, nil
	})
	permissions := func(i *sharing.ShareInfo) []sharing.PrivilegeAssignment {
		var out []sharing.PrivilegeAssignment
		for _, recipient := range s.metastore.given[i.Name] {
			out = append(out, sharing.PrivilegeAssignment{Principal: recipient, Privileges: []sharing.Privilege{sharing.PrivilegeSelect}})
		}
		return out
	}
	reach(s, "GET "+path+"/permissions", func(r *http.Request, _ none) (any, error) {
		i, err := get(r)
		if err != nil {
			return nil, err
		}
		all := permissions(i)
		from, to, next := page(r, len(all), 1, 1)
		return sharing.GetSharePermissionsResponse{PrivilegeAssignments: all[from:to], NextPageToken: next}, nil
	})
	reach(s, "PATCH "+path+"/permissions", func(r *http.Request, in sharing.UpdateSharePermissions) (any, error) {
		i, err := get(r)
		if err != nil {
			return nil, err
		}
		for _, c := range in.Changes {
			n := slices.IndexFunc(s.metastore.recipients, func(i sharing.RecipientInfo) bool { return i.Name == c.Principal })
			if n < 0 {
				return nil, noSuch("Recipient", c.Principal)
			}
			if !s.mine(s.metastore.recipients[n].Owner) {
				return nil, denied("User is not an owner of Recipient '%s'.", c.Principal)
			}
			if slices.Contains(c.Add, "SELECT") && !slices.Contains(s.metastore.given[i.Name], c.Principal) {
				s.metastore.given[i.Name] = append(s.metastore.given[i.Name], c.Principal)
			}
		}
		return sharing.UpdateSharePermissionsResponse{PrivilegeAssignments: permissions(i)}, nil
	})
}

// update changes one object of a share.
func (s *Server) update(i *sharing.ShareInfo, u sharing.SharedDataObjectUpdate) error {
	o := *u.DataObject
	n := slices.IndexFunc(i.Objects, func(has sharing.SharedDataObject) bool { return has.Name == o.Name })
	switch {
	case u.Action == sharing.SharedDataObjectUpdateActionAdd && n >= 0:
		return &refusal{http.StatusBadRequest, "RESOURCE_ALREADY_EXISTS", "Share '" + i.Name + "' has the table '" + o.Name + "' already."}
	case u.Action == sharing.SharedDataObjectUpdateActionUpdate && n < 0:
		return noSuch("Table", o.Name)
	}
	if _, err := s.lookUp(o.Name); err != nil {
		return err
	}
	o.Status, o.AddedAt = sharing.SharedDataObjectStatusActive, s.now().UnixMilli()
	if n >= 0 {
		i.Objects[n] = o
	} else {
		i.Objects = append(i.Objects, o)
	}
	return nil
}

// late reports whether something that was shared is not seen yet. Each look brings it nearer.
func (m *metastore) late(what string) bool {
	if m.seen[what] < m.lag {
		m.seen[what]++
		return true
	}
	return false
}

// shared is the share of another metastore that this one may read.
func (s *Server) shared(from *metastore, share string) *sharing.ShareInfo {
	for _, i := range from.recipients {
		if i.DataRecipientGlobalMetastoreId == s.summary().GlobalMetastoreId && slices.Contains(from.given[share], i.Name) {
			return from.shares[share]
		}
	}
	return nil
}

// provider is what another metastore is called here.
func provider(m *metastore) string { return "provider_" + m.home.summary().MetastoreId }

// providing finds the metastore that a provider is.
func (s *Server) providing(name string) *metastore {
	for _, m := range s.account.metastores {
		if m != s.metastore && provider(m) == name {
			return m
		}
	}
	return nil
}

func (s *Server) serveProviders() {
	reach(s, "GET "+unityPath+"providers", func(r *http.Request, _ none) (any, error) {
		id := r.URL.Query().Get("data_provider_global_metastore_id")
		var out sharing.ListProvidersResponse
		for _, m := range s.account.metastores {
			knows := slices.ContainsFunc(m.recipients, func(i sharing.RecipientInfo) bool {
				return i.DataRecipientGlobalMetastoreId == s.summary().GlobalMetastoreId
			})
			there := m.home.summary()
			if m == s.metastore || !knows || id != "" && id != there.GlobalMetastoreId || s.metastore.late(provider(m)) {
				continue
			}
			out.Providers = append(out.Providers, sharing.ProviderInfo{
				Name: provider(m), DataProviderGlobalMetastoreId: there.GlobalMetastoreId, AuthenticationType: sharing.AuthenticationTypeDatabricks,
			})
		}
		if s.mayOnMetastore(catalog.PrivilegeUseProvider) != nil {
			out.Providers = nil
		}
		return out, nil
	})
	reach(s, "GET "+unityPath+"providers/{name}/shares", func(r *http.Request, _ none) (any, error) {
		m := s.providing(r.PathValue("name"))
		if m == nil {
			return nil, noSuch("Provider", r.PathValue("name"))
		}
		var out sharing.ListProviderSharesResponse
		for name := range m.shares {
			if s.shared(m, name) != nil && !s.metastore.late(provider(m)+" "+name) {
				out.Shares = append(out.Shares, sharing.ProviderShare{Name: name})
			}
		}
		return out, nil
	})
	reach(s, "GET "+unityPath+"catalogs", func(*http.Request, none) (any, error) {
		var out catalog.ListCatalogsResponse
		for name, c := range s.metastore.catalogs {
			if s.enter(name) == nil {
				out.Catalogs = append(out.Catalogs, *c)
			}
		}
		return out, nil
	})
	reach(s, "POST "+unityPath+"catalogs", func(_ *http.Request, in catalog.CreateCatalog) (any, error) {
		if err := s.mayOnMetastore(catalog.PrivilegeCreateCatalog); err != nil {
			return nil, err
		}
		m := s.providing(in.ProviderName)
		switch {
		case s.metastore.catalogs[in.Name] != nil:
			return nil, alreadyThere("Catalog", in.Name)
		case m == nil:
			return nil, noSuch("Provider", in.ProviderName)
		case s.shared(m, in.ShareName) == nil:
			return nil, noSuch("Share", in.ShareName)
		}
		s.metastore.catalogs[in.Name] = &catalog.CatalogInfo{
			Name: in.Name, FullName: in.Name, ProviderName: in.ProviderName, ShareName: in.ShareName, Comment: in.Comment, Owner: s.user,
			CatalogType: catalog.CatalogTypeDeltasharingCatalog, IsolationMode: catalog.CatalogIsolationModeOpen,
		}
		return s.metastore.catalogs[in.Name], nil
	})
}

// locateShared is where a table of a share is, given as schema.table.
func (s *Server) locateShared(c *catalog.CatalogInfo, as string) (home *Server, real string, err error) {
	m := s.providing(c.ProviderName)
	i := s.shared(m, c.ShareName)
	if i == nil {
		return nil, "", noSuch("Share", c.ShareName)
	}
	n := slices.IndexFunc(i.Objects, func(o sharing.SharedDataObject) bool { return strings.EqualFold(o.SharedAs, as) })
	if n < 0 || s.metastore.late(c.Name+" "+as) {
		return nil, "", noSuch("Table", c.Name+"."+as)
	}
	return m.home, i.Objects[n].Name, nil
}
