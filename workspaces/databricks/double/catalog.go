package double

import (
	"net/http"
	"strings"

	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sql"
)

// User is who the access token belongs to.
const User = "ana.ruiz@example.com"

// unity is what Unity Catalog governs, and the warehouses that there are.
type unity struct {
	warehouses map[string]sql.State
	schemas    map[string]bool                // by catalog.schema
	rights     map[string][]catalog.Privilege // of User, by the name of what they are on
}

// SetWarehouse makes a warehouse be in a state.
func (s *Server) SetWarehouse(id string, state sql.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unity.warehouses[id] = state
}

// DeleteWarehouse makes a warehouse be none.
func (s *Server) DeleteWarehouse(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.unity.warehouses, id)
}

// AddSchema makes a database, as catalog.schema, in the metastore of the workspace.
func (s *Server) AddSchema(name string) {
	s.locked(func() {
		home := s.metastore.home
		home.mu.Lock()
		defer home.mu.Unlock()
		home.unity.schemas[name] = true
	})
}

// Grant gives the user rights on a catalog or a database.
func (s *Server) Grant(on string, rights ...catalog.Privilege) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unity.rights[on] = append(s.unity.rights[on], rights...)
}

func (s *Server) serveCatalog() {
	s.unity = unity{map[string]sql.State{}, map[string]bool{}, map[string][]catalog.Privilege{}}
	handle(s, "GET /api/2.0/preview/scim/v2/Me", func(w http.ResponseWriter, _ *http.Request, _ none) {
		answer(w, map[string]string{"userName": User})
	})
	handle(s, "GET /api/2.0/sql/warehouses/{id}", func(w http.ResponseWriter, r *http.Request, _ none) {
		id := r.PathValue("id")
		state, ok := s.unity.warehouses[id]
		if !ok {
			refuse(w, http.StatusNotFound, "RESOURCE_DOES_NOT_EXIST", "SQL warehouse "+id+" does not exist.")
			return
		}
		answer(w, sql.GetWarehouseResponse{Id: id, Name: "Starter", State: state})
	})
	handle(s, "GET /api/2.1/unity-catalog/schemas/{name}", func(w http.ResponseWriter, r *http.Request, _ none) {
		name := r.PathValue("name")
		if !s.unity.schemas[name] {
			refuse(w, http.StatusNotFound, "SCHEMA_DOES_NOT_EXIST", "Schema '"+name+"' does not exist.")
			return
		}
		in, schema, _ := strings.Cut(name, ".")
		answer(w, catalog.SchemaInfo{FullName: name, CatalogName: in, Name: schema})
	})
	handle(s, "GET /api/2.1/unity-catalog/effective-permissions/{kind}/{name}", s.effectiveRights)
}

// effectiveRights answers one right a page.
func (s *Server) effectiveRights(w http.ResponseWriter, r *http.Request, _ none) {
	rights := s.unity.rights[r.PathValue("name")]
	from, to, next := page(r, len(rights), 1, 1)
	out := catalog.EffectivePermissionsList{NextPageToken: next}
	for _, p := range rights[from:to] {
		out.PrivilegeAssignments = append(out.PrivilegeAssignments, catalog.EffectivePrivilegeAssignment{
			Principal: User, Privileges: []catalog.EffectivePrivilege{{Privilege: p}},
		})
	}
	answer(w, out)
}
