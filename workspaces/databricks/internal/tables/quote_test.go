package tables

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/warehouse"
)

// hostile are texts that would end a name or a literal, or begin a comment, if they were taken as they are.
var hostile = []string{"it's", `a\`, `\'; DROP TABLE x; --`, "two\nlines\r\n", "`", "``; --", "/* */", "é ñ 😀", `\n`, `\\'`, "", ":name ?", "${env:HOME}"}

func TestNamesAndTextsInStatements(t *testing.T) {
	for _, s := range hostile {
		quoted := warehouse.Name("c", s)
		inner, ok := strings.CutPrefix(quoted, "`c`.`")
		inner, ok2 := strings.CutSuffix(inner, "`")
		if !ok || !ok2 || strings.ReplaceAll(strings.ReplaceAll(inner, "``", "\x00"), "`", "!") != strings.ReplaceAll(s, "`", "\x00") {
			t.Errorf("name %q is %s", s, quoted)
		}
		if got := unquoted(t, warehouse.Text(s)); got != s {
			t.Errorf("text %q is %s, which is %q", s, warehouse.Text(s), got)
		}
	}
	for s, want := range map[string]string{"it's": `'it\'s'`, `a\`: `'a\\'`, "a\nb\rc": `'a\nb\rc'`, "": "''"} {
		if got := warehouse.Text(s); got != want {
			t.Errorf("text %q is %s, want %s", s, got, want)
		}
	}
}

// unquoted reads a literal as SQL does: it ends at the first quote that no backslash precedes.
func unquoted(t *testing.T, literal string) string {
	t.Helper()
	var out strings.Builder
	all := []rune(literal)
	for i := 1; i < len(all); i++ {
		switch c := all[i]; {
		case c == '\'':
			if i != len(all)-1 {
				t.Errorf("%s ends at %d", literal, i)
			}
			return out.String()
		case c == '\n' || c == '\r':
			t.Errorf("%s has a line end", literal)
		case c == '\\':
			i++
			if all[i] == 'u' {
				code, err := strconv.ParseUint(string(all[i+1:i+5]), 16, 32)
				if err != nil {
					t.Error(err)
				}
				out.WriteRune(rune(code))
				i += 4
				continue
			}
			out.WriteString(strings.NewReplacer("n", "\n", "r", "\r").Replace(string(all[i])))
		default:
			out.WriteRune(c)
		}
	}
	t.Errorf("%s does not end", literal)
	return ""
}

// What a table says of itself comes back as it is, whatever is in it.
func TestDescriptionsOfAnyText(t *testing.T) {
	x := openShop(t)
	d := strings.Join(hostile, " | ")
	x.table.Description = d
	x.table.Features[0].Meaning = d
	x.table.Features[1].Meaning = "ends with a backslash \\"
	x.built()
	now := x.read()
	if now.Description != x.table.Summary() || now.Schema[2].Comment != d || now.Schema[3].Comment != x.table.Features[1].Meaning {
		t.Errorf("%q: %+v", now.Description, now.Schema)
	}
	x.complete(t)
	n := x.count()
	x.table.Description = "something else"
	x.table.Features[0].Meaning = ""
	x.lake.Query(smallColumns(), 8, 0, 0)
	x.built()
	if now := x.read(); now.Description != x.table.Summary() || now.Schema[2].Comment != "" {
		t.Errorf("%q: %+v", now.Description, now.Schema)
	}
	x.golden("described_anew", x.since(n))
}

// Columns of others may be called anything.
func TestColumnsOfAnyName(t *testing.T) {
	x := openShop(t)
	x.built()
	x.lake.Change(fullTable, "ADD COLUMNS", func(d *double.Details, _ *int64) {
		for _, s := range hostile[:7] {
			d.Columns = append(d.Columns, double.Column{Name: s, Type: "INT", Nullable: true})
		}
	})
	x.lake.Answer("AS c0, count", "c0 BIGINT, c1 BIGINT, c2 BIGINT, c3 BIGINT, c4 BIGINT, c5 BIGINT, c6 BIGINT", []any{0, 1, 2, 3, 4, 5, 6})
	a := &answers{yes: true}
	if _, err := x.build(nil, a); err != nil {
		t.Fatal(err)
	}
	for i, loss := range a.asked[0].Loss.Columns {
		if loss.Column != hostile[i] || loss.Values != int64(i) {
			t.Errorf("%+v", loss)
		}
	}
}

func TestTimesOfAWarehouse(t *testing.T) {
	want := time.Date(2025, 3, 1, 12, 30, 0, 250_000_000, time.UTC)
	for _, s := range []string{"2025-03-01T12:30:00.250Z", "2025-03-01T13:30:00.250+01:00", "2025-03-01 12:30:00.25"} {
		if got := when(s); !got.Equal(want) {
			t.Errorf("%s is %s", s, got)
		}
	}
	if !when("").IsZero() || !when("soon").IsZero() {
		t.Error("no time is one")
	}
}

func TestListsAndKinds(t *testing.T) {
	for sql, want := range map[string]string{
		"bigint": "BIGINT", "long": "BIGINT", "smallint": "INT", "tinyint": "INT", "integer": "INT", "real": "FLOAT", "decimal(18, 2)": "DECIMAL(18,2)",
		"varchar(20)": "STRING", "char(3)": "STRING", "string": "STRING", "timestamp": "TIMESTAMP", "timestamp_ntz": "timestamp_ntz", "binary": "binary",
		"struct<a:int,B:string>": "struct<a:int,B:string>", "variant": "variant", "decimal(40,2)": "decimal(40,2)", "": "",
	} {
		if got := string(kindOf(sql)); got != want {
			t.Errorf("%s is %s, want %s", sql, got, want)
		}
	}
	if list("") != nil || len(list("a,b")) != 2 {
		t.Error("lists")
	}
}
