package double

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Memory is a lake whose tables are descriptions: columns, properties, a number of rows and a history. It carries out the statements
// that make, change and describe tables as far as those need no rows; what rows would tell, a Script has ready.
type Memory struct {
	*Script
	now func() time.Time

	mu     sync.Mutex
	tables map[string]*memoryTable
	notes  map[string]map[string]map[string]string // of tables of registrations: by what they are of, their columns
	query  memoryQuery
	gate   func(sql string)
}

// memoryQuery is what every query gives that a table is made or merged from.
type memoryQuery struct {
	columns                 []Column
	rows, inserted, updated int64
}

type memoryTable struct {
	versions []memoryVersion
	created  int64
	id       string
}

type memoryVersion struct {
	Details
	rows      int64
	operation string
	at        time.Time
}

// NewMemory makes an empty lake.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{Script: &Script{}, now: now, tables: map[string]*memoryTable{}, notes: map[string]map[string]map[string]string{}, gate: func(string) {}}
}

// Gate is called with each statement before it is carried out.
func (m *Memory) Gate(f func(sql string)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gate = f
}

// Query says what queries give that tables are made of, and what a merge of it does.
func (m *Memory) Query(columns []Column, rows, inserted, updated int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.query = memoryQuery{columns, rows, inserted, updated}
}

// Change makes a version of a table, its first one if there is none, by an operation such as WRITE.
func (m *Memory) Change(fullName, operation string, change func(d *Details, rows *int64)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.commit(fullName, operation, change)
}

// Drop drops a table.
func (m *Memory) Drop(fullName string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tables, fullName)
}

// Operations are those of the versions of a table, the oldest first.
func (m *Memory) Operations(fullName string) (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tables[fullName]; t != nil {
		for _, v := range t.versions {
			out = append(out, v.operation)
		}
	}
	return out
}

func (m *Memory) commit(fullName, operation string, change func(d *Details, rows *int64)) {
	t := m.tables[fullName]
	if t == nil {
		t = &memoryTable{created: m.now().UnixMilli(), id: fmt.Sprintf("table-%d", len(m.tables)+1)}
		m.tables[fullName] = t
	}
	v := memoryVersion{Details: Details{Properties: map[string]string{}}, operation: operation, at: m.now()}
	if n := len(t.versions); n > 0 {
		v.Details, v.rows = t.versions[n-1].Details, t.versions[n-1].rows
		v.Columns, v.Properties = slices.Clone(v.Columns), maps.Clone(v.Properties)
	}
	change(&v.Details, &v.rows)
	t.versions = append(t.versions, v)
}

// Details implements [Lake].
func (m *Memory) Details(_ context.Context, fullName string) (Details, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tables[fullName]
	if t == nil {
		return Details{}, notFound(fullName)
	}
	d := t.versions[len(t.versions)-1].Details
	d.ID, d.CreatedAt, d.UpdatedAt, d.Location = t.id, t.created, t.versions[len(t.versions)-1].at.UnixMilli(), "s3://lake/"+fullName
	d.Columns, d.Properties = slices.Clone(d.Columns), maps.Clone(d.Properties)
	return d, nil
}

// Names implements [Lake].
func (m *Memory) Names(_ context.Context, schema string) (out []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, full := range slices.Sorted(maps.Keys(m.tables)) {
		if name, ok := strings.CutPrefix(full, schema+"."); ok {
			out = append(out, name)
		}
	}
	if out == nil {
		return nil, &SQLError{"[SCHEMA_NOT_FOUND] The schema `" + schema + "` cannot be found."}
	}
	return out, nil
}

func notFound(fullName string) error {
	return &SQLError{"[TABLE_OR_VIEW_NOT_FOUND] The table or view `" + fullName + "` cannot be found. SQLSTATE: 42P01"}
}

const memoryPlace = "((?:`[^`]+`\\.)*`[^`]+`)"

// memoryStatements are what Memory carries out, under its lock, on the table that the first group names.
var memoryStatements = []struct {
	pattern *regexp.Regexp
	run     func(m *Memory, table string, groups []string) (Rows, error)
}{
	{memoryPattern("DESCRIBE HISTORY " + memoryPlace + "(?: LIMIT (\\d+))?"), (*Memory).history},
	{memoryPattern("SELECT `.*` FROM " + memoryPlace + " VERSION AS OF (\\d+) ORDER BY `.*`"), (*Memory).all},
	{memoryPattern("SELECT count\\(\\*\\) AS n FROM " + memoryPlace + "(?: VERSION AS OF (\\d+))?"), (*Memory).count},
	{memoryPattern("CREATE SCHEMA IF NOT EXISTS " + memoryPlace), func(*Memory, string, []string) (Rows, error) { return Rows{}, nil }},
	{memoryPattern("CREATE TABLE " + memoryPlace + "\nUSING DELTA\nCOMMENT ('.*')\nTBLPROPERTIES \\((.*?)\\)\nAS (.*)"), (*Memory).create},
	{memoryPattern("CREATE OR REPLACE TABLE " + memoryPlace + "\nUSING DELTA\nCOMMENT ('.*')\nTBLPROPERTIES \\((.*?)\\)\nAS (.*)"), (*Memory).replace},
	{memoryPattern("MERGE WITH SCHEMA EVOLUTION INTO " + memoryPlace + " AS t\nUSING .*"), (*Memory).merge},
	{memoryPattern("ALTER TABLE " + memoryPlace + " SET TBLPROPERTIES \\((.*)\\)"), (*Memory).setProperties},
	{memoryPattern("ALTER TABLE " + memoryPlace + " ALTER COLUMN\n(.*)"), (*Memory).comments},
	{memoryPattern("COMMENT ON TABLE " + memoryPlace + " IS ('.*')"), (*Memory).comment},
	{memoryPattern("SELECT \\* FROM " + memoryPlace + "(?: VERSION AS OF \\d+)? LIMIT 0"), (*Memory).shape},
	{memoryPattern("CREATE TABLE IF NOT EXISTS " + memoryPlace + " \\(\n  registered_in STRING .*"), (*Memory).makeNotes},
	{memoryPattern("MERGE INTO " + memoryPlace + " AS t\nUSING \\(SELECT (.*)\\) AS s\nON .*"), (*Memory).note},
	{memoryPattern("SELECT table_name, place, registration FROM " + memoryPlace + " WHERE registered_in = ('.*') ORDER BY table_name"), (*Memory).readNotes},
	{memoryPattern("RESTORE TABLE " + memoryPlace + " TO VERSION AS OF (\\d+)"), (*Memory).restore},
}

func memoryPattern(text string) *regexp.Regexp { return regexp.MustCompile("(?s)^" + text + "$") }

// Execute implements [Engine]. What the script says of a statement comes first.
func (m *Memory) Execute(ctx context.Context, x Statement) (Rows, error) {
	m.mu.Lock()
	gate := m.gate
	m.mu.Unlock()
	gate(x.SQL)
	if a, ok := m.find(x.SQL); ok {
		if a.wait {
			<-ctx.Done()
			return Rows{}, ctx.Err()
		}
		return a.rows, a.err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if strings.HasPrefix(x.SQL, "DESCRIBE QUERY\n") {
		return m.describeQuery(), nil
	}
	for _, s := range memoryStatements {
		if groups := s.pattern.FindStringSubmatch(x.SQL); groups != nil {
			return s.run(m, strings.ReplaceAll(groups[1], "`", ""), groups[2:])
		}
	}
	return Rows{}, &SQLError{"[NO_SCRIPT] no answer to this statement: " + x.SQL}
}

func (m *Memory) describeQuery() Rows {
	out := Rows{Columns: []Column{{Name: "col_name", Type: "STRING"}, {Name: "data_type", Type: "STRING"}, {Name: "comment", Type: "STRING"}}}
	for _, c := range m.query.columns {
		kind := strings.ToLower(c.Type)
		out.Values = append(out.Values, []*string{&c.Name, &kind, nil})
	}
	return out
}

func (m *Memory) history(table string, groups []string) (Rows, error) {
	t := m.tables[table]
	if t == nil {
		return Rows{}, notFound(table)
	}
	out := Rows{}
	for _, name := range []string{"version", "timestamp", "userName", "operation", "operationParameters", "operationMetrics", "engineInfo"} {
		out.Columns = append(out.Columns, Column{Name: name, Type: "STRING"})
	}
	limit, _ := strconv.Atoi(groups[0])
	for i, v := range slices.Backward(t.versions) {
		if limit > 0 && len(out.Values) == limit {
			break
		}
		var row []*string
		for _, value := range []string{
			strconv.Itoa(i), v.at.UTC().Format("2006-01-02T15:04:05.000Z"), User, v.operation, `{"mode":"Append"}`, `{"numOutputRows":"` + strconv.FormatInt(v.rows, 10) + `"}`, "Databricks-Runtime/17.1",
		} {
			row = append(row, &value)
		}
		out.Values = append(out.Values, row)
	}
	return out, nil
}

func (m *Memory) count(table string, groups []string) (Rows, error) {
	t := m.tables[table]
	if t == nil {
		return Rows{}, notFound(table)
	}
	at := len(t.versions) - 1
	if groups[0] != "" {
		at, _ = strconv.Atoi(groups[0])
	}
	if at >= len(t.versions) {
		return Rows{}, &SQLError{fmt.Sprintf("[DELTA_VERSION_NOT_FOUND] Cannot time travel Delta table to version %d.", at)}
	}
	return numbers("n", t.versions[at].rows), nil
}

// numbers is one row of whole numbers, with the names between them.
func numbers(names string, values ...int64) Rows {
	out := Rows{Values: [][]*string{nil}}
	for i, name := range strings.Split(names, " ") {
		text := strconv.FormatInt(values[i], 10)
		out.Columns = append(out.Columns, Column{Name: name, Type: "BIGINT"})
		out.Values[0] = append(out.Values[0], &text)
	}
	return out
}

func (m *Memory) create(table string, groups []string) (Rows, error) {
	if m.tables[table] != nil {
		return Rows{}, &SQLError{"[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table or view `" + table + "` because it already exists."}
	}
	m.write(table, "CREATE TABLE AS SELECT", groups)
	return Rows{}, nil
}

func (m *Memory) replace(table string, groups []string) (Rows, error) {
	m.write(table, "CREATE OR REPLACE TABLE AS SELECT", groups)
	return Rows{}, nil
}

var (
	selected = regexp.MustCompile("(?m)^(?:SELECT |  )(.*) AS `([^`]+)`,?$")
	castTo   = regexp.MustCompile(`AS ([A-Z]+(?:\(\d+,\d+\))?)\)(?: END)?$`)
)

// write makes a version of the columns that a query selects. One that joins the table keeps its other rows.
func (m *Memory) write(table, operation string, groups []string) {
	outer, _, _ := strings.Cut(groups[2], "\nFROM (")
	rows := m.query.rows
	if t := m.tables[table]; t != nil && strings.Contains(groups[2], "FULL OUTER JOIN") {
		rows = t.versions[len(t.versions)-1].rows + m.query.inserted
	}
	var columns []Column
	for _, c := range selected.FindAllStringSubmatch(outer, -1) {
		column := Column{Name: c[2], Nullable: true}
		if kind := castTo.FindStringSubmatch(c[1]); kind != nil {
			column.Type = kind[1]
		} else if i := slices.IndexFunc(m.query.columns, func(o Column) bool { return strings.EqualFold(o.Name, c[2]) }); i >= 0 {
			column.Type = m.query.columns[i].Type
		}
		columns = append(columns, column)
	}
	m.commit(table, operation, func(d *Details, n *int64) {
		d.Columns, d.Comment, d.Properties, *n = columns, texts(groups[0])[0], pairs(groups[1]), rows
	})
}

// merge changes rows only where it says that it does, and then only makes a version.
func (m *Memory) merge(table string, _ []string) (Rows, error) {
	t := m.tables[table]
	if t == nil {
		return Rows{}, notFound(table)
	}
	now := t.versions[len(t.versions)-1]
	var fresh []Column
	for _, c := range m.query.columns {
		if !slices.ContainsFunc(now.Columns, func(o Column) bool { return strings.EqualFold(o.Name, c.Name) }) {
			fresh = append(fresh, Column{Name: c.Name, Type: c.Type, Nullable: true})
		}
	}
	if len(fresh) > 0 || m.query.inserted+m.query.updated > 0 {
		m.commit(table, "MERGE", func(d *Details, n *int64) {
			d.Columns = append(d.Columns, fresh...)
			*n += m.query.inserted
		})
	}
	return numbers("num_affected_rows num_updated_rows num_deleted_rows num_inserted_rows", m.query.inserted+m.query.updated, m.query.updated, 0, m.query.inserted), nil
}

func (m *Memory) setProperties(table string, groups []string) (Rows, error) {
	return m.alter(table, "SET TBLPROPERTIES", func(d *Details) { maps.Copy(d.Properties, pairs(groups[0])) })
}

func (m *Memory) comment(table string, groups []string) (Rows, error) {
	return m.alter(table, "SET TBLPROPERTIES", func(d *Details) { d.Comment = texts(groups[0])[0] })
}

var columnComment = regexp.MustCompile(`(?m)^  \x60((?:[^\x60]|\x60\x60)+)\x60 COMMENT ('(?:[^'\\]|\\.)*'),?$`)

func (m *Memory) comments(table string, groups []string) (Rows, error) {
	return m.alter(table, "CHANGE COLUMNS", func(d *Details) {
		for _, c := range columnComment.FindAllStringSubmatch(groups[0], -1) {
			for i := range d.Columns {
				if d.Columns[i].Name == c[1] {
					d.Columns[i].Comment = texts(c[2])[0]
				}
			}
		}
	})
}

func (m *Memory) alter(table, operation string, change func(*Details)) (Rows, error) {
	if m.tables[table] == nil {
		return Rows{}, notFound(table)
	}
	m.commit(table, operation, func(d *Details, _ *int64) { change(d) })
	return Rows{}, nil
}

func (m *Memory) restore(table string, groups []string) (Rows, error) {
	t := m.tables[table]
	if t == nil {
		return Rows{}, notFound(table)
	}
	at, _ := strconv.Atoi(groups[0])
	if at >= len(t.versions) {
		return Rows{}, &SQLError{fmt.Sprintf("[DELTA_CANNOT_RESTORE_TABLE_VERSION] Cannot restore table to version %d.", at)}
	}
	old := t.versions[at]
	m.commit(table, "RESTORE", func(d *Details, n *int64) { *d, *n = old.Details, old.rows })
	return numbers("num_restored_files", 1), nil
}

// shape is a table without its rows.
func (m *Memory) shape(table string, _ []string) (Rows, error) {
	t := m.tables[table]
	if t == nil {
		return Rows{}, notFound(table)
	}
	return Rows{Columns: t.versions[len(t.versions)-1].Columns}, nil
}

func (m *Memory) makeNotes(table string, _ []string) (Rows, error) {
	if m.notes[table] == nil {
		m.notes[table] = map[string]map[string]string{}
	}
	return Rows{}, nil
}

var noted = regexp.MustCompile(`('(?:[^'\\]|\\.)*') AS (\w+)`)

func (m *Memory) note(table string, groups []string) (Rows, error) {
	if m.notes[table] == nil {
		return Rows{}, notFound(table)
	}
	row := map[string]string{}
	for _, c := range noted.FindAllStringSubmatch(groups[0], -1) {
		row[c[2]] = texts(c[1])[0]
	}
	m.notes[table][row["registered_in"]+" "+row["table_name"]] = row
	return numbers("num_affected_rows num_inserted_rows", 1, 1), nil
}

func (m *Memory) readNotes(table string, groups []string) (Rows, error) {
	if m.notes[table] == nil {
		return Rows{}, notFound(table)
	}
	out := Rows{Columns: []Column{{Name: "table_name", Type: "STRING"}, {Name: "place", Type: "STRING"}, {Name: "registration", Type: "STRING"}}}
	for _, key := range slices.Sorted(maps.Keys(m.notes[table])) {
		row := m.notes[table][key]
		if row["registered_in"] != texts(groups[0])[0] {
			continue
		}
		var values []*string
		for _, c := range out.Columns {
			value := row[c.Name]
			values = append(values, &value)
		}
		out.Values = append(out.Values, values)
	}
	return out, nil
}

var literals = regexp.MustCompile(`'((?:[^'\\]|\\.)*)'`)

// texts are the STRING literals in a text.
func texts(sql string) (out []string) {
	plain := strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\n`, "\n", `\r`, "\r", `\u0024`, "$")
	for _, l := range literals.FindAllStringSubmatch(sql, -1) {
		out = append(out, plain.Replace(l[1]))
	}
	return out
}

// pairs are the properties in a list of them.
func pairs(sql string) map[string]string {
	out := map[string]string{}
	all := texts(sql)
	for i := 0; i+1 < len(all); i += 2 {
		out[all[i]] = all[i+1]
	}
	return out
}
