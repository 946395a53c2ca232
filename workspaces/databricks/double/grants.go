package double

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/databricks/databricks-sdk-go/service/catalog"
)

func (s *Server) serveTags() {
	const path = unityPath + "entity-tag-assignments"
	put := func(w http.ResponseWriter, a catalog.EntityTagAssignment) {
		if s.tables.tags[a.EntityName] == nil {
			s.tables.tags[a.EntityName] = map[string]string{}
		}
		s.tables.tags[a.EntityName][a.TagKey] = a.TagValue
		answer(w, a)
	}
	handle(s, "POST "+path, func(w http.ResponseWriter, _ *http.Request, in catalog.EntityTagAssignment) {
		if _, has := s.tables.tags[in.EntityName][in.TagKey]; has {
			refuse(w, http.StatusConflict, "RESOURCE_ALREADY_EXISTS", "Tag "+in.TagKey+" is assigned already.")
			return
		}
		put(w, in)
	})
	handle(s, "PATCH "+path+"/{type}/{name}/tags/{key}", func(w http.ResponseWriter, r *http.Request, in catalog.EntityTagAssignment) {
		in.EntityType, in.EntityName, in.TagKey = r.PathValue("type"), r.PathValue("name"), r.PathValue("key")
		put(w, in)
	})
	handle(s, "GET "+path+"/{type}/{name}/tags", func(w http.ResponseWriter, r *http.Request, _ none) {
		tags := s.tables.tags[r.PathValue("name")]
		var out catalog.ListEntityTagAssignmentsResponse
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			out.TagAssignments = append(out.TagAssignments, catalog.EntityTagAssignment{
				EntityType: r.PathValue("type"), EntityName: r.PathValue("name"), TagKey: key, TagValue: tags[key],
			})
		}
		answer(w, out)
	})
}

func (s *Server) serveGrants() {
	const path = unityPath + "permissions/{type}/{name}"
	tell := func(w http.ResponseWriter, securable string) {
		var out catalog.GetPermissionsResponse
		for _, principal := range slices.Sorted(maps.Keys(s.tables.grants[securable])) {
			out.PrivilegeAssignments = append(out.PrivilegeAssignments, catalog.PrivilegeAssignment{
				Principal: principal, Privileges: s.tables.grants[securable][principal],
			})
		}
		answer(w, out)
	}
	of := func(r *http.Request) string { return strings.ToLower(r.PathValue("type")) + " " + r.PathValue("name") }
	handle(s, "GET "+path, func(w http.ResponseWriter, r *http.Request, _ none) { tell(w, of(r)) })
	handle(s, "PATCH "+path, func(w http.ResponseWriter, r *http.Request, in catalog.UpdatePermissions) {
		securable := of(r)
		if s.tables.grants[securable] == nil {
			s.tables.grants[securable] = map[string][]catalog.Privilege{}
		}
		for _, c := range in.Changes {
			has := s.tables.grants[securable][c.Principal]
			has = slices.DeleteFunc(has, func(p catalog.Privilege) bool { return slices.Contains(c.Remove, p) })
			for _, p := range c.Add {
				if !slices.Contains(has, p) {
					has = append(has, p)
				}
			}
			s.tables.grants[securable][c.Principal] = has
		}
		tell(w, securable)
	})
}

// Grants are the privileges on a securable, such as "table main.fs.t", by principal.
func (s *Server) Grants(securable string) map[string][]catalog.Privilege {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tables.grants[securable]
}
