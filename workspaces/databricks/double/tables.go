package double

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/databricks/databricks-sdk-go/service/catalog"
)

// Lake is an engine that also knows what its tables are.
type Lake interface {
	Engine
	Details(ctx context.Context, fullName string) (Details, error)
	Names(ctx context.Context, schema string) ([]string, error)
}

// tables is the state of Unity Catalog beside what a lake knows.
type tables struct {
	metastore   catalog.GetMetastoreSummaryResponse
	lake        Lake
	constraints map[string]catalog.PrimaryKeyConstraint // by full name, as the others
	filled      map[string][]string                     // columns without nulls
	tags        map[string]map[string]string
	grants      map[string]map[string][]catalog.Privilege // by securable and principal
}

// SetLake says what the tables of the catalog are.
func (s *Server) SetLake(metastore string, l Lake) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables.lake = l
	s.tables.metastore = catalog.GetMetastoreSummaryResponse{MetastoreId: metastore, GlobalMetastoreId: "aws:eu-west-1:" + metastore, Name: "metastore"}
}

// Tags are those of a table.
func (s *Server) Tags(fullName string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tables.tags[fullName]
}

// PrimaryKey is that of a table; nil when it has none.
func (s *Server) PrimaryKey(fullName string) *catalog.PrimaryKeyConstraint {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.tables.constraints[fullName]; ok {
		return &k
	}
	return nil
}

// SetPrimaryKey gives a table a primary key.
func (s *Server) SetPrimaryKey(fullName string, k catalog.PrimaryKeyConstraint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables.constraints[fullName] = k
}

const unityPath = "/api/2.1/unity-catalog/"

func (s *Server) serveTables() {
	s.tables = tables{
		constraints: map[string]catalog.PrimaryKeyConstraint{}, filled: map[string][]string{},
		tags: map[string]map[string]string{}, grants: map[string]map[string][]catalog.Privilege{},
	}
	handle(s, "GET "+unityPath+"metastore_summary", func(w http.ResponseWriter, _ *http.Request, _ none) { answer(w, s.tables.metastore) })
	handle(s, "GET "+unityPath+"tables", func(w http.ResponseWriter, r *http.Request, _ none) { s.listTables(w, r) })
	handle(s, "GET "+unityPath+"tables/{name}", func(w http.ResponseWriter, r *http.Request, _ none) {
		if info := s.table(w, r.PathValue("name")); info != nil {
			if k, ok := s.tables.constraints[info.FullName]; ok {
				info.TableConstraints = []catalog.TableConstraint{{PrimaryKeyConstraint: &k}}
			}
			answer(w, info)
		}
	})
	handle(s, "POST "+unityPath+"constraints", func(w http.ResponseWriter, _ *http.Request, in catalog.CreateTableConstraint) { s.constrain(w, in) })
	handle(s, "DELETE "+unityPath+"constraints/{name}", func(w http.ResponseWriter, r *http.Request, _ none) {
		delete(s.tables.constraints, r.PathValue("name"))
		answer(w, struct{}{})
	})
	s.serveTags()
	s.serveGrants()
}

func (s *Server) listTables(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	in := q.Get("catalog_name") + "." + q.Get("schema_name")
	all, err := s.tables.lake.Names(r.Context(), in)
	if err != nil {
		refuse(w, http.StatusNotFound, "SCHEMA_DOES_NOT_EXIST", "Schema '"+in+"' does not exist.")
		return
	}
	slices.Sort(all)
	from, to, next := page(r, len(all), 50, 50)
	out := catalog.ListTablesResponse{NextPageToken: next}
	for _, name := range all[from:to] {
		info := s.table(w, in+"."+name)
		if info == nil {
			return
		}
		if q.Get("omit_columns") == "true" {
			info.Columns = nil
		}
		out.Tables = append(out.Tables, *info)
	}
	answer(w, out)
}

// table is what the catalog says of a table, without its constraints; nil when that was refused.
func (s *Server) table(w http.ResponseWriter, fullName string) *catalog.TableInfo {
	parts := strings.Split(fullName, ".")
	if s.tables.lake == nil || len(parts) != 3 {
		refuse(w, http.StatusNotFound, "TABLE_DOES_NOT_EXIST", "Table '"+fullName+"' does not exist.")
		return nil
	}
	d, err := s.tables.lake.Details(context.Background(), fullName)
	var none *SQLError
	switch {
	case errors.As(err, &none):
		refuse(w, http.StatusNotFound, "TABLE_DOES_NOT_EXIST", "Table '"+fullName+"' does not exist.")
		return nil
	case err != nil:
		refuse(w, http.StatusInternalServerError, "INTERNAL_ERROR", err.Error())
		return nil
	}
	info := &catalog.TableInfo{
		CatalogName: parts[0], SchemaName: parts[1], Name: parts[2], FullName: fullName, TableType: cmp.Or(d.Type, catalog.TableTypeManaged),
		DataSourceFormat: cmp.Or(d.Format, catalog.DataSourceFormatDelta), Comment: d.Comment, Properties: d.Properties, StorageLocation: d.Location,
		TableId: d.ID, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, MetastoreId: s.tables.metastore.MetastoreId,
	}
	for i, c := range d.Columns {
		info.Columns = append(info.Columns, catalog.ColumnInfo{
			Name: c.Name, Position: i, TypeText: strings.ToLower(c.Type), Comment: c.Comment,
			Nullable: c.Nullable && !slices.Contains(s.tables.filled[fullName], strings.ToLower(c.Name)),
		})
	}
	return info
}

func (s *Server) constrain(w http.ResponseWriter, in catalog.CreateTableConstraint) {
	k := in.Constraint.PrimaryKeyConstraint
	info := s.table(w, in.FullNameArg)
	if info == nil {
		return
	}
	if _, has := s.tables.constraints[info.FullName]; has {
		refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", "Table "+info.FullName+" already has a primary key.")
		return
	}
	for _, column := range k.ChildColumns {
		for _, c := range info.Columns {
			if c.Name == column && c.Nullable {
				refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", "Column "+column+" of the primary key must be NOT NULL.")
				return
			}
		}
	}
	s.tables.constraints[info.FullName] = *k
	answer(w, in.Constraint)
}

var (
	setNotNull = regexp.MustCompile("(?is)^ALTER TABLE (\\S+) ALTER COLUMN `([^`]+)` SET NOT NULL$")
	addKey     = regexp.MustCompile(`(?is)^ALTER TABLE (\S+) ADD CONSTRAINT (\S+) PRIMARY KEY \(([^)]*)\)$`)
	replaces   = regexp.MustCompile(`(?is)^CREATE OR REPLACE TABLE (\S+)`)
)

// ownStatement carries out what open-source Spark has no syntax for: a column that exists cannot be made NOT NULL
// there. A table that is replaced loses its constraints.
func (s *Server) ownStatement(x Statement) (done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	full := func(name string) string {
		name = strings.ReplaceAll(name, "`", "")
		if !strings.Contains(name, ".") {
			name = x.Catalog + "." + x.Schema + "." + name
		}
		return name
	}
	if m := replaces.FindStringSubmatch(x.SQL); m != nil {
		delete(s.tables.constraints, full(m[1]))
		delete(s.tables.filled, full(m[1]))
	}
	if m := addKey.FindStringSubmatch(x.SQL); m != nil {
		s.tables.constraints[full(m[1])] = keyOf(m[2], m[3])
		return true
	}
	if m := setNotNull.FindStringSubmatch(x.SQL); m != nil {
		s.tables.filled[full(m[1])] = append(s.tables.filled[full(m[1])], strings.ToLower(m[2]))
		return true
	}
	return false
}

// keyOf reads the columns of a primary key, such as "`a`, `b` TIMESERIES".
func keyOf(name, columns string) catalog.PrimaryKeyConstraint {
	k := catalog.PrimaryKeyConstraint{Name: strings.ReplaceAll(name, "`", "")}
	for _, c := range strings.Split(strings.ReplaceAll(columns, "`", ""), ", ") {
		c, time := strings.CutSuffix(c, " TIMESERIES")
		k.ChildColumns = append(k.ChildColumns, c)
		if time {
			k.TimeseriesColumns = append(k.TimeseriesColumns, c)
		}
	}
	return k
}
