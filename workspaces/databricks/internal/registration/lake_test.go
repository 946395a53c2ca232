package registration_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"featops/features/schema"
	"featops/workspaces/databricks/double"
)

// lake is tables and the few statements that registrations are made of. Lakes over one disk can have the same table.
type lake struct {
	mu     sync.Mutex
	disk   map[string]*table // by location
	tables map[string]*table // by full name
	merges int               // that somebody else still gets in the way of

	server *double.Server // whose volumes it reads

	failing    int // the number of the statement that fails, from 1; 0: none
	carriedOut bool
}

type table struct {
	location string
	columns  schema.Schema
	rows     []int64              // by version
	says     map[string]string    // properties
	records  map[string][]*string // of the table of registrations
}

func newLake(disk map[string]*table) *lake { return &lake{disk: disk, tables: map[string]*table{}} }

// add makes a table of one version.
func (l *lake) add(fullName, location string, rows int64, columns schema.Schema) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tables[fullName] = &table{location: location, columns: columns, rows: []int64{rows}}
	l.disk[location] = l.tables[fullName]
}

// change makes a new version of a table.
func (l *lake) change(fullName string, rows int64, columns schema.Schema) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tables[fullName]
	t.rows, t.columns = append(t.rows, rows), columns
}

// drop makes a table not be there.
func (l *lake) drop(fullName string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tables, fullName)
}

// Details implements [double.Lake].
func (l *lake) Details(_ context.Context, fullName string) (double.Details, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tables[fullName]
	if t == nil {
		return double.Details{}, notFound(fullName)
	}
	return double.Details{Columns: shown(t.columns), Location: t.location, Properties: t.says, ID: fullName}, nil
}

// Names implements [double.Lake].
func (l *lake) Names(_ context.Context, in string) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for name := range l.tables {
		if table, ok := strings.CutPrefix(name, in+"."); ok {
			out = append(out, table)
		}
	}
	return out, nil
}

func shown(columns schema.Schema) (out []double.Column) {
	for _, c := range columns {
		out = append(out, double.Column{Name: c.Name, Type: string(c.Type)})
	}
	return out
}

func notFound(name string) error {
	return &double.SQLError{Message: "[TABLE_OR_VIEW_NOT_FOUND] The table or view " + name + " cannot be found."}
}

var (
	declares     = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS (\S+) USING DELTA LOCATION '(.*)'$`)
	makesRecord  = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS (\S+) \(\n  registered_in STRING`)
	merges       = regexp.MustCompile(`^MERGE INTO (\S+) AS t\n`)
	literals     = regexp.MustCompile(`'((?:[^'\\]|\\.)*)' AS (\w+)`)
	readsRecord  = regexp.MustCompile(`^SELECT table_name, place, registration FROM (\S+) WHERE registered_in = '(\S+)' ORDER BY table_name$`)
	readsColumns = regexp.MustCompile(`^SELECT \* FROM (\S+) (?:VERSION AS OF (\d+) )?LIMIT 0$`)
	counts       = regexp.MustCompile(`^SELECT count\(\*\) AS n FROM (\S+)(?: VERSION AS OF (\d+))?$`)
	makesVolume  = regexp.MustCompile(`^CREATE VOLUME IF NOT EXISTS (\S+) COMMENT '.*'$`)
	copies       = regexp.MustCompile(`(?s)^CREATE OR REPLACE TABLE (\S+)\nUSING DELTA\nCOMMENT '.*'\nTBLPROPERTIES \('(\S+)' = '(\S+)', '(\S+)' = '(\S+)'\)\nAS SELECT .*\nFROM read_files\('(\S+)', format => 'parquet', schema => '(.*)'\)$`)
	details      = regexp.MustCompile(`^DESCRIBE DETAIL (\S+)$`)
)

// Execute implements [double.Engine].
func (l *lake) Execute(_ context.Context, x double.Statement) (double.Rows, error) {
	l.mu.Lock()
	l.failing--
	fails, carriedOut := l.failing == 0, l.carriedOut
	l.mu.Unlock()
	if !fails {
		return l.carryOut(x)
	}
	if carriedOut {
		l.carryOut(x)
	}
	return double.Rows{}, &double.SQLError{Message: "[INTERNAL_ERROR] not now"}
}

// variables are replaced in a statement before it is read; there are none here.
var variables = regexp.MustCompile(`\$\{[^}]*\}`)

func (l *lake) carryOut(x double.Statement) (double.Rows, error) {
	x.SQL = variables.ReplaceAllString(x.SQL, "")
	// The server is asked before the lake is locked: it asks the lake while it is locked itself.
	if m := makesVolume.FindStringSubmatch(x.SQL); m != nil {
		l.server.AddVolume(strings.ReplaceAll(m[1], "`", ""))
		return double.Rows{}, nil
	}
	var files map[string][]byte
	copied := copies.FindStringSubmatch(x.SQL)
	if copied != nil {
		files = l.server.Files(copied[6])
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	named := func(m []string) (*table, string) {
		name := strings.ReplaceAll(m[1], "`", "")
		return l.tables[name], name
	}
	if m := declares.FindStringSubmatch(x.SQL); m != nil {
		t, name := named(m)
		switch {
		case t != nil:
		case l.disk[m[2]] == nil:
			return double.Rows{}, &double.SQLError{Message: "[DELTA_PATH_DOES_NOT_EXIST] " + m[2] + " doesn't exist, or is not a Delta table."}
		default:
			l.tables[name] = l.disk[m[2]]
		}
		return double.Rows{}, nil
	}
	if copied != nil {
		_, name := named(copied)
		return double.Rows{}, l.copy(name, copied, files)
	}
	if m := makesRecord.FindStringSubmatch(x.SQL); m != nil {
		if t, name := named(m); t == nil {
			l.tables[name] = &table{records: map[string][]*string{}}
		}
		return double.Rows{}, nil
	}
	for _, r := range []struct {
		pattern *regexp.Regexp
		run     func(t *table, m []string) (double.Rows, error)
	}{{merges, l.merge(x.SQL)}, {readsRecord, readRecord}, {readsColumns, readColumns}, {counts, count}, {details, detail}} {
		if m := r.pattern.FindStringSubmatch(x.SQL); m != nil {
			t, name := named(m)
			if t == nil {
				return double.Rows{}, notFound(name)
			}
			return r.run(t, m)
		}
	}
	return double.Rows{}, &double.SQLError{Message: "[PARSE_SYNTAX_ERROR] not known here: " + x.SQL}
}

func (l *lake) merge(sql string) func(*table, []string) (double.Rows, error) {
	return func(t *table, _ []string) (double.Rows, error) {
		if l.merges > 0 {
			l.merges--
			return double.Rows{}, &double.SQLError{Message: "[DELTA_CONCURRENT_APPEND.WHOLE_TABLE] Transaction conflict detected."}
		}
		values := map[string]*string{}
		for _, m := range literals.FindAllStringSubmatch(sql, -1) {
			text := strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\n`, "\n", `\r`, "\r", `\u0024`, "$").Replace(m[1])
			values[m[2]] = &text
		}
		t.records[*values["registered_in"]+" "+*values["table_name"]] = []*string{values["table_name"], values["place"], values["registration"]}
		return double.Rows{}, nil
	}
}

// copy makes a table of the files of a folder. What takes the place of Parquet here has a row a byte.
func (l *lake) copy(name string, m []string, files map[string][]byte) error {
	rows := int64(0)
	if len(files) == 0 {
		return &double.SQLError{Message: "[CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE] " + m[6]}
	}
	for _, content := range files {
		rows += int64(len(content))
	}
	t := &table{says: map[string]string{m[2]: m[3], m[4]: m[5]}, rows: []int64{rows}}
	for _, c := range strings.Split(m[7], ", ") {
		column, kind, _ := strings.Cut(strings.ReplaceAll(c, "`", ""), " ")
		t.columns = append(t.columns, schema.Column{Name: column, Type: schema.Type(kind)})
	}
	l.tables[name] = t
	return nil
}

func readRecord(t *table, m []string) (double.Rows, error) {
	out := double.Rows{Columns: []double.Column{{Name: "table_name", Type: "STRING"}, {Name: "place", Type: "STRING"}, {Name: "registration", Type: "STRING"}}}
	for _, name := range slices.Sorted(maps.Keys(t.records)) {
		if strings.HasPrefix(name, m[2]+" ") {
			out.Values = append(out.Values, t.records[name])
		}
	}
	return out, nil
}

func readColumns(t *table, _ []string) (double.Rows, error) {
	return double.Rows{Columns: shown(t.columns)}, nil
}

func count(t *table, m []string) (double.Rows, error) {
	v := len(t.rows) - 1
	if m[2] != "" {
		v, _ = strconv.Atoi(m[2])
	}
	if v >= len(t.rows) {
		return double.Rows{}, &double.SQLError{Message: "[DELTA_VERSION_NOT_FOUND] Cannot time travel Delta table to version " + m[2] + "."}
	}
	n := strconv.FormatInt(t.rows[v], 10)
	return double.Rows{Columns: []double.Column{{Name: "n", Type: "BIGINT"}}, Values: [][]*string{{&n}}}, nil
}

func detail(t *table, _ []string) (double.Rows, error) {
	return double.Rows{Columns: []double.Column{{Name: "location", Type: "STRING"}}, Values: [][]*string{{&t.location}}}, nil
}
