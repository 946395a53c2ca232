package ingest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featops/features"
	"featops/features/schema"
)

func TestMappingFaults(t *testing.T) {
	rule := func(text string) string {
		return mapThings(map[string]string{"s": text})
	}
	month := "[[month]]\nperiod = \"2005-04\"\ncolumns = { paid = \"p4\" }"
	tests := []struct{ name, mapping, want string }{
		{"no TOML", "table = ", "things.toml:1: unexpected EOF; expected value"},
		{"wrong type", "table = 7", "things.toml: toml: line 1"},
		{"unknown key", "tables = \"things\"", "things.toml:1: tables: unknown key: allowed are table, absent, file, month, columns"},
		{"unknown key of file", "table = \"things\"\n[file]\n# it\nseparator = \";\"", "things.toml:4: file.separator: unknown key: allowed are delimiter, decimal, null_values"},
		{"unknown key of a rule", rule("column = \"a\"\ncolum = 1"), "columns.s.colum: unknown key: allowed are column, month_column"},
		{"unknown key of a cut", rule("column = \"a\"\ncuts = [{ form = 1, value = \"x\" }]"), "columns.s.cuts.form: unknown key: allowed are from, value"},
		{"no table", strings.Replace(rule(`column = "a"`), "table", "# table", 1), "table: is not given"},
		{"no columns", "table = \"things\"", "columns: no column has a rule"},
		{"nothing of the file", "table = \"things\"\n[columns.id]\nvalue = 1", "no rule reads a column of the file"},
		{"decimal", mapThings(nil, "[file]\ndecimal = \";\""), `file.decimal: ";": allowed are "." and ","`},
		{"delimiter", mapThings(nil, "[file]\ndelimiter = \"||\""), `file.delimiter: "||": allowed is one ASCII character`},
		{"no source", rule(`scale = 1`), "columns.s.column: a rule has exactly one of column, month_column, period, value; this has 0"},
		{"two sources", rule("column = \"a\"\nvalue = 1"), "this has 2"},
		{"empty column", rule(`column = ""`), "columns.s.column: is empty"},
		{"month column without months", rule(`month_column = "a"`), "columns.s.month_column: needs [[month]] tables"},
		{"period without months", rule(`period = true`), "columns.s.period: needs [[month]] tables"},
		{"period false", mapThings(map[string]string{"s": "period = false"}, month), "columns.s.period: allowed is true"},
		{"unknown name of a month", mapThings(map[string]string{"s": "period = true", "x": `month_column = "bill"`}, month), `columns.x.month_column: "bill" is no name`},
		{"no period", mapThings(nil, month), "month: no rule has period"},
		{"bad period", mapThings(map[string]string{"s": "period = true"}, strings.Replace(month, "-04", "-13", 1)), `month 1.period: "2005-13" is no month as yyyy-MM`},
		{"period twice", mapThings(map[string]string{"s": "period = true"}, month, month), "things.toml:6: month 2.period: 2005-04 is given twice"},
		{"other names", mapThings(map[string]string{"s": "period = true"}, month, "[[month]]\nperiod = \"2005-05\"\ncolumns = { bill = \"p4\" }"), "month 2.columns: gives [bill], and month 1 [paid]"},
		{"constant with a step", rule("value = 1\nscale = 2"), "columns.s.scale: does not go with value"},
		{"two steps", rule("column = \"a\"\ncompare = \"= 0\"\nmap = { a = \"b\" }"), "columns.s.compare: does not go with map"},
		{"scale and map", rule("column = \"a\"\nscale = 2\nmap = { a = \"b\" }"), "columns.s.map: does not go with scale"},
		{"comparison", rule("column = \"a\"\ncompare = \"~ 0\""), `columns.s.compare: "~ 0" is no comparison`},
		{"comparison with text", rule("column = \"a\"\ncompare = \"= abc\""), `"= abc" is no comparison`},
		{"day of a leap year", rule("column = \"a\"\nyear_day = \"02-29\""), `columns.s.year_day: "02-29" is no day of every year`},
		{"pattern", rule("column = \"a\"\nformat = \"dd MMM yyyy h\""), `columns.s.format: "dd MMM yyyy h" is no date pattern`},
		{"pattern without year", rule("column = \"a\"\nwrite = \"MM\""), `columns.s.write: "MM" is no date pattern: it has no year`},
		{"infinite", rule("column = \"a\"\nmax = inf"), "columns.s.max: is no finite number"},
		{"min above max", rule("column = \"a\"\nmin = 2\nmax = 1"), "columns.s.min: 2 is above max, 1"},
		{"otherwise alone", rule("column = \"a\"\notherwise = \"null\""), "columns.s.otherwise: needs a map"},
		{"otherwise value alone", rule("column = \"a\"\notherwise_value = \"x\""), "columns.s.otherwise_value: needs a map"},
		{"otherwise", rule("column = \"a\"\nmap = { a = \"b\" }\notherwise = \"x\""), `columns.s.otherwise: "x": allowed are "error", "null" and "keep"`},
		{"otherwise twice", rule("column = \"a\"\nmap = { a = \"b\" }\notherwise = \"null\"\notherwise_value = \"x\""), "does not go with otherwise"},
		{"below alone", rule("column = \"a\"\nbelow = \"x\""), "columns.s.below: needs cuts"},
		{"no cuts", rule("column = \"a\"\ncuts = []"), "columns.s.cuts: is empty"},
		{"half a cut", rule("column = \"a\"\ncuts = [{ from = 1 }]"), "cut 1: a cut has from, a finite number, and value"},
		{"cut twice", rule("column = \"a\"\ncuts = [{ from = 1, value = \"x\" }, { from = 1.0, value = \"y\" }]"), "cut 2: from 1 is given twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseMapping("things.toml", tt.mapping)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q; the mapping:\n%s", err, tt.want, tt.mapping)
			}
			var fault *MappingError
			if !errors.As(err, &fault) || fault.File != "things.toml" {
				t.Errorf("error %v is no MappingError of the file", err)
			}
		})
	}
}

func TestMappingAgainstTable(t *testing.T) {
	tests := []struct{ name, mapping, want string }{
		{"other table", strings.Replace(mapThings(nil), "things", "pagos", 1), `things.toml:1: table: the mapping is for "pagos", not for things`},
		{"forgotten column", strings.Replace(mapThings(nil), `"n", `, "", 1), "columns: n has no rule, and absent does not list it"},
		{"unknown column", mapThings(nil) + "\n[columns.z]\ncolumn = \"a\"", "columns.z: is no column of things: it has id, n, x, b, s, d, t"},
		{"unknown absent column", strings.Replace(mapThings(nil), `"n", `, `"n", "z", `, 1), "absent: z is no column of things"},
		{"absent with a rule", strings.Replace(mapThings(nil), `"n", `, `"n", "id", `, 1), "absent: id has a rule"},
		{"rule in two spellings", mapThings(nil) + "\n[columns.ID]\ncolumn = \"a\"", "has a rule already, as ID"},
		{"compare for text", mapThings(map[string]string{"s": "column = \"a\"\ncompare = \"= 0\""}), "columns.s: compare is for columns of type [BOOLEAN], and this is STRING"},
		{"number for a date", mapThings(map[string]string{"d": "column = \"a\"\nscale = 2"}), "columns.d: a number is for columns of type [INT BIGINT DOUBLE], and this is DATE"},
		{"day of a year for text", mapThings(map[string]string{"s": "column = \"a\"\nyear_day = \"07-01\""}), "columns.s: year_day is for"},
		{"format for text", mapThings(map[string]string{"s": "column = \"a\"\nformat = \"yyyy\""}), "columns.s: format without write is for"},
		{"write for a date", mapThings(map[string]string{"d": "column = \"a\"\nwrite = \"yyyy\""}), "columns.d: write is for"},
		{"map value of another type", mapThings(map[string]string{"n": "column = \"a\"\nmap = { a = \"b\" }"}), `columns.n: value "b" is no number`},
		{"cut of another type", mapThings(map[string]string{"b": "column = \"a\"\ncuts = [{ from = 1, value = \"b\" }]"}), `columns.b: value "b" is no BOOLEAN`},
		{"below of another type", mapThings(map[string]string{"b": "column = \"a\"\ncuts = [{ from = 1, value = \"1\" }]\nbelow = \"b\""}), `columns.b: value "b" is no BOOLEAN`},
		{"constant of another type", mapThings(map[string]string{"d": "value = 1"}), "columns.d: value 1 is no date"},
		{"constant time without a date", mapThings(map[string]string{"t": "value = 10:00:00"}), "is a time without a date"},
		{"constant list", mapThings(map[string]string{"s": "value = [1]"}), "is no constant"},
		{"period for a number", mapThings(map[string]string{"n": "period = true"}, "[[month]]\nperiod = \"2005-04\"\ncolumns = { paid = \"p4\" }"), "columns.n: period is for columns"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := parseMapping("things.toml", tt.mapping)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Check(things); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q; the mapping:\n%s", err, tt.want, tt.mapping)
			}
		})
	}
}

func TestTypesThatCannotBeIngested(t *testing.T) {
	m, err := parseMapping("things.toml", "table = \"money\"\n[columns.m]\ncolumn = \"a\"")
	if err != nil {
		t.Fatal(err)
	}
	err = m.Check(features.Source{Name: "money", Columns: schema.Schema{{Name: "m", Type: schema.Decimal(10, 2)}}})
	if err == nil || !strings.Contains(err.Error(), "columns.m: ingest is for columns of type") {
		t.Errorf("error %v, want one that names the types", err)
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := parseMapping("things.toml", "table = \"things\"\nx = 1\n[columns.a]\n[columns.b]\ncolumn = \"b\"\nmin = 2\nmax = 1\n")
	for _, want := range []string{"things.toml:2: x: ", "things.toml:3: columns.a.column: ", "things.toml:6: columns.b.min: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestReadMapping(t *testing.T) {
	path := writeFile(t, "m.toml", mapThings(nil))
	m, err := ReadMapping(path)
	if err != nil || m.doc.Table != "things" {
		t.Errorf("mapping for %q, error %v", m.doc.Table, err)
	}
	if _, err := ReadMapping(filepath.Join(t.TempDir(), "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want one that the file does not exist", err)
	}
}
