package double

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sharing"
)

// site is a workspace among others: its metastore, which others may have too, and who its token is for.
type site struct {
	inner     http.Handler // what it answers as if it was alone
	account   *account
	metastore *metastore
	workspace int64
	user      string // empty: an administrator of the metastore
}

// account is workspaces that know one another.
type account struct {
	mu         sync.Mutex // is taken before that of a Server
	metastores []*metastore
}

// metastore is one of Unity Catalog. What its tables are, and who was granted what, the first of its workspaces knows.
type metastore struct {
	home       *Server
	catalogs   map[string]*catalog.CatalogInfo // those with an owner, an isolation or a share; others are open to all
	bindings   map[string][]catalog.WorkspaceBinding
	shares     map[string]*sharing.ShareInfo
	given      map[string][]string // the recipients of a share
	recipients []sharing.RecipientInfo
	lag        int            // calls for which it does not see what others have shared lately
	seen       map[string]int // how often that was looked for
	volumes    map[string]bool
	files      map[string][]byte
}

// Link makes two workspaces know one another. Those with the same metastore share it, as the first has it.
func Link(a, b *Server) {
	a.mu.Lock()
	b.mu.Lock()
	same := a.tables.metastore.MetastoreId == b.tables.metastore.MetastoreId
	a.mu.Unlock()
	b.mu.Unlock()
	a.account.mu.Lock()
	defer a.account.mu.Unlock()
	b.account = a.account
	if b.workspace = a.workspace + 1; same {
		b.metastore = a.metastore
	} else {
		a.account.metastores = append(a.account.metastores, b.metastore)
	}
}

// SetUser says who the token of the workspace is for: somebody with no more rights than were granted.
func (s *Server) SetUser(user string) { s.locked(func() { s.user = user }) }

// SetCatalog makes a catalog that somebody owns; an isolated one is bound to this workspace.
func (s *Server) SetCatalog(name, owner string, isolated bool) {
	s.locked(func() {
		c := &catalog.CatalogInfo{Name: name, FullName: name, Owner: owner, CatalogType: catalog.CatalogTypeManagedCatalog, IsolationMode: catalog.CatalogIsolationModeOpen}
		if isolated {
			c.IsolationMode = catalog.CatalogIsolationModeIsolated
			s.metastore.bindings[name] = []catalog.WorkspaceBinding{{WorkspaceId: s.workspace, BindingType: catalog.WorkspaceBindingBindingTypeBindingTypeReadWrite}}
		}
		s.metastore.catalogs[name] = c
	})
}

// SetLag makes the metastore of the workspace not see what others have shared for a number of calls each.
func (s *Server) SetLag(calls int) { s.locked(func() { s.metastore.lag = calls }) }

// Bindings are the workspaces that a catalog is bound to.
func (s *Server) Bindings(name string) (out []catalog.WorkspaceBinding) {
	s.locked(func() { out = slices.Clone(s.metastore.bindings[name]) })
	return out
}

// Catalogs are the catalogs that were made of shares, by name.
func (s *Server) Catalogs() (out []string) {
	s.locked(func() {
		for _, name := range slices.Sorted(maps.Keys(s.metastore.catalogs)) {
			if s.metastore.catalogs[name].ShareName != "" {
				out = append(out, name)
			}
		}
	})
	return out
}

func (s *Server) locked(f func()) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	f()
}

// refusal is an answer that is an error.
type refusal struct {
	status        int
	code, message string
}

func (e *refusal) Error() string { return e.message }

func denied(format string, v ...any) error {
	return &refusal{http.StatusForbidden, "PERMISSION_DENIED", fmt.Sprintf(format, v...)}
}

func noSuch(kind, name string) error {
	return &refusal{http.StatusNotFound, strings.ToUpper(kind) + "_DOES_NOT_EXIST", kind + " '" + name + "' does not exist."}
}

func alreadyThere(kind, name string) error {
	return &refusal{http.StatusBadRequest, strings.ToUpper(kind) + "_ALREADY_EXISTS", kind + " '" + name + "' already exists"}
}

// reach serves a call about what workspaces have in common, under the lock of the account.
func reach[T any](s *Server, pattern string, f func(r *http.Request, in T) (any, error)) {
	s.mux.HandleFunc(pattern, common(s, f))
}

func common[T any](s *Server, f func(r *http.Request, in T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		if r.Method != http.MethodGet && r.Method != http.MethodDelete {
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
				refuse(w, http.StatusBadRequest, "MALFORMED_REQUEST", err.Error())
				return
			}
		}
		s.account.mu.Lock()
		defer s.account.mu.Unlock()
		out, err := f(r, in)
		var no *refusal
		switch {
		case errors.As(err, &no):
			refuse(w, no.status, no.code, no.message)
		case err != nil:
			refuse(w, http.StatusInternalServerError, "INTERNAL_ERROR", err.Error())
		default:
			answer(w, out)
		}
	}
}

func (s *Server) serveBindings() {
	s.site = site{inner: s.mux, workspace: 1, account: &account{}, metastore: &metastore{
		home: s, catalogs: map[string]*catalog.CatalogInfo{}, bindings: map[string][]catalog.WorkspaceBinding{},
		shares: map[string]*sharing.ShareInfo{}, given: map[string][]string{}, seen: map[string]int{},
		volumes: map[string]bool{}, files: map[string][]byte{},
	}}
	s.account.metastores = []*metastore{s.metastore}
	s.mux = http.NewServeMux()
	s.mux.Handle("/", s.inner)
	s.mux.HandleFunc(unityPath, func(w http.ResponseWriter, r *http.Request) { s.home().inner.ServeHTTP(w, r) })
	s.mux.Handle(unityPath+"metastore_summary", s.inner)
	reach(s, "GET "+unityPath+"current-metastore-assignment", func(*http.Request, none) (any, error) {
		return catalog.MetastoreAssignment{MetastoreId: s.summary().MetastoreId, WorkspaceId: s.workspace}, nil
	})
	reach(s, "GET "+unityPath+"tables/{name}", func(r *http.Request, _ none) (any, error) { return s.lookUp(r.PathValue("name")) })
	reach(s, "GET "+unityPath+"catalogs/{name}", func(r *http.Request, _ none) (any, error) {
		name := r.PathValue("name")
		if err := s.enter(name); err != nil {
			return nil, err
		}
		if c := s.metastore.catalogs[name]; c != nil {
			return c, nil
		}
		return catalog.CatalogInfo{Name: name, FullName: name, IsolationMode: catalog.CatalogIsolationModeOpen}, nil
	})
	const bindings = unityPath + "bindings/catalog/{name}"
	reach(s, "GET "+bindings, func(r *http.Request, _ none) (any, error) {
		return catalog.GetWorkspaceBindingsResponse{Bindings: s.metastore.bindings[r.PathValue("name")]}, nil
	})
	reach(s, "PATCH "+bindings, func(r *http.Request, in catalog.UpdateWorkspaceBindingsParameters) (any, error) {
		name := r.PathValue("name")
		if c := s.metastore.catalogs[name]; c == nil || !s.mine(c.Owner) {
			return nil, denied("User is not an owner of Catalog '%s'.", name)
		}
		for _, b := range in.Add {
			s.metastore.bindings[name] = slices.DeleteFunc(s.metastore.bindings[name], func(has catalog.WorkspaceBinding) bool { return has.WorkspaceId == b.WorkspaceId })
			s.metastore.bindings[name] = append(s.metastore.bindings[name], b)
		}
		return catalog.UpdateWorkspaceBindingsResponse{Bindings: s.metastore.bindings[name]}, nil
	})
	s.serveEffective()
}

// serveEffective tells what principals may do, and lets owners alone change it.
func (s *Server) serveEffective() {
	// A page has one assignment.
	effective := common(s, func(r *http.Request, _ none) (any, error) {
		principal, parts := r.URL.Query().Get("principal"), strings.Split(r.PathValue("name"), ".")
		if err := s.enter(parts[0]); err != nil {
			return nil, err
		}
		var out catalog.EffectivePermissionsList
		for i := range parts {
			a := catalog.EffectivePrivilegeAssignment{Principal: principal}
			for _, p := range s.home().Grants([]string{"catalog ", "schema ", "table "}[i] + strings.Join(parts[:i+1], "."))[principal] {
				a.Privileges = append(a.Privileges, catalog.EffectivePrivilege{Privilege: p})
			}
			if len(a.Privileges) > 0 {
				out.PrivilegeAssignments = append(out.PrivilegeAssignments, a)
			}
		}
		from, to, next := page(r, len(out.PrivilegeAssignments), 1, 1)
		out.PrivilegeAssignments, out.NextPageToken = out.PrivilegeAssignments[from:to], next
		return out, nil
	})
	s.mux.HandleFunc("GET "+unityPath+"effective-permissions/{type}/{name}", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("principal") == User {
			s.inner.ServeHTTP(w, r)
		} else {
			effective(w, r)
		}
	})
	s.mux.HandleFunc("PATCH "+unityPath+"permissions/{type}/{name}", func(w http.ResponseWriter, r *http.Request) {
		s.account.mu.Lock()
		defer s.account.mu.Unlock()
		in, _, _ := strings.Cut(r.PathValue("name"), ".")
		if c := s.metastore.catalogs[in]; c != nil && !s.mine(c.Owner) {
			refuse(w, http.StatusForbidden, "PERMISSION_DENIED", "User does not have MANAGE on "+r.PathValue("type")+" '"+r.PathValue("name")+"'.")
			return
		}
		s.home().inner.ServeHTTP(w, r)
	})
}

func (s *Server) home() *Server { return s.metastore.home }

func (s *Server) lake() Lake {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tables.lake
}

func (s *Server) summary() catalog.GetMetastoreSummaryResponse {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tables.metastore
}

// mine reports whether the user may do with a thing what its owner may.
func (s *Server) mine(owner string) bool { return s.user == "" || s.user == owner }

// may reports whether the user was granted a privilege.
func (s *Server) may(p catalog.Privilege, securable string) bool {
	if s.user == "" {
		return true
	}
	all := s.home().Grants(securable)
	for _, principal := range []string{s.user, "account users"} {
		if slices.Contains(all[principal], p) || slices.Contains(all[principal], catalog.PrivilegeAllPrivileges) {
			return true
		}
	}
	return false
}

// mayOnMetastore is the same for privileges on the metastore.
func (s *Server) mayOnMetastore(p catalog.Privilege) error {
	if !s.may(p, "metastore "+s.summary().MetastoreId) {
		return denied("User does not have %s on Metastore '%s'.", strings.ReplaceAll(string(p), "_", " "), s.summary().Name)
	}
	return nil
}

// enter is why a catalog cannot be used in this workspace.
func (s *Server) enter(name string) error {
	c := s.metastore.catalogs[name]
	if c == nil {
		return nil
	}
	if c.IsolationMode == catalog.CatalogIsolationModeIsolated &&
		!slices.ContainsFunc(s.metastore.bindings[name], func(b catalog.WorkspaceBinding) bool { return b.WorkspaceId == s.workspace }) {
		return denied("Catalog '%s' is not accessible in current workspace", name)
	}
	if !s.mine(c.Owner) && !s.may(catalog.PrivilegeUseCatalog, "catalog "+name) {
		return denied("User does not have USE CATALOG on Catalog '%s'.", name)
	}
	return nil
}

// locate is where a table really is, for who may read it here.
func (s *Server) locate(fullName string) (home *Server, real string, err error) {
	parts := strings.Split(fullName, ".")
	if len(parts) != 3 {
		return nil, "", noSuch("Table", fullName)
	}
	if err := s.enter(parts[0]); err != nil {
		return nil, "", err
	}
	c := s.metastore.catalogs[parts[0]]
	if c == nil {
		return s.home(), fullName, nil
	}
	if !s.mine(c.Owner) {
		schema := parts[0] + "." + parts[1]
		if !s.may(catalog.PrivilegeUseSchema, "schema "+schema) {
			return nil, "", denied("User does not have USE SCHEMA on Schema '%s'.", schema)
		}
		if !s.may(catalog.PrivilegeSelect, "table "+fullName) {
			return nil, "", denied("User does not have SELECT on Table '%s'.", fullName)
		}
	}
	if c.ShareName == "" {
		return s.home(), fullName, nil
	}
	return s.locateShared(c, parts[1]+"."+parts[2])
}

// lookUp is what the catalog says of a table, in the names of this workspace.
func (s *Server) lookUp(fullName string) (any, error) {
	home, real, err := s.locate(fullName)
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	home.inner.ServeHTTP(w, httptest.NewRequest(http.MethodGet, unityPath+"tables/"+real, nil))
	if w.Code != http.StatusOK {
		var no struct {
			Code    string `json:"error_code"`
			Message string `json:"message"`
		}
		json.Unmarshal(w.Body.Bytes(), &no)
		return nil, &refusal{w.Code, no.Code, strings.ReplaceAll(no.Message, real, fullName)}
	}
	var info catalog.TableInfo
	if err := json.Unmarshal(w.Body.Bytes(), &info); err != nil {
		return nil, err
	}
	parts := strings.Split(fullName, ".")
	info.CatalogName, info.SchemaName, info.Name, info.FullName = parts[0], parts[1], parts[2], fullName
	return info, nil
}

// governed carries out statements of a workspace by the rules of its catalog.
type governed struct {
	server *Server
	engine Engine
}

// Govern makes an engine one for the warehouse of this workspace: tables that cannot be read here are not found there, and a
// shared one is read where it is.
func (s *Server) Govern(e Engine) Engine { return governed{s, e} }

var tableName = regexp.MustCompile("`([^`]+)`\\.`([^`]+)`\\.`([^`]+)`")

// Execute implements [Engine].
func (g governed) Execute(ctx context.Context, x Statement) (Rows, error) {
	engine, failed := g.engine, error(nil)
	g.server.locked(func() {
		x.SQL = tableName.ReplaceAllStringFunc(x.SQL, func(quoted string) string {
			name := strings.ReplaceAll(quoted, "`", "")
			home, real, err := g.server.locate(name)
			if err == nil && home != g.server.home() {
				engine = home.lake()
			}
			var no *refusal
			switch {
			case err == nil && real == name:
				return quoted
			case err == nil:
				return "`" + strings.ReplaceAll(real, ".", "`.`") + "`"
			case errors.As(err, &no) && no.status == http.StatusForbidden:
				failed = &SQLError{"[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\n" + no.message + " SQLSTATE: 42501"}
			default:
				failed = &SQLError{"[TABLE_OR_VIEW_NOT_FOUND] The table or view " + quoted + " cannot be found. SQLSTATE: 42P01"}
			}
			return quoted
		})
	})
	if failed != nil {
		return Rows{}, failed
	}
	return engine.Execute(ctx, x)
}

// Allow grants privileges on a securable, such as "catalog main", to a principal.
func (s *Server) Allow(securable, principal string, p ...catalog.Privilege) {
	home := s.home()
	home.mu.Lock()
	defer home.mu.Unlock()
	if home.tables.grants[securable] == nil {
		home.tables.grants[securable] = map[string][]catalog.Privilege{}
	}
	home.tables.grants[securable][principal] = append(home.tables.grants[securable][principal], p...)
}

// Disallow takes all privileges on a securable from a principal.
func (s *Server) Disallow(securable, principal string) {
	home := s.home()
	home.mu.Lock()
	defer home.mu.Unlock()
	delete(home.tables.grants[securable], principal)
}
