package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/google/go-cmp/cmp"

	"featops/features"
	"featops/features/schema"
)

// things is a small target with a column of each type.
var things = features.Source{Database: "demo_db", Name: "things", Columns: schema.Schema{
	{Name: "id", Type: schema.BigInt},
	{Name: "n", Type: schema.Int},
	{Name: "x", Type: schema.Double},
	{Name: "b", Type: schema.Boolean},
	{Name: "s", Type: schema.String},
	{Name: "d", Type: schema.Date},
	{Name: "t", Type: schema.Timestamp},
}}

// mapThings is a mapping for things: a rule, without its header, for some columns; the column id from
// the file's id; and the rest absent.
func mapThings(rules map[string]string, head ...string) string {
	var absent []string
	var b strings.Builder
	if rules["id"] == "" {
		fmt.Fprintln(&b, "[columns.id]\ncolumn = \"id\"")
	}
	for _, name := range things.Columns.Names() {
		if rule := rules[name]; rule != "" {
			fmt.Fprintf(&b, "[columns.%s]\n%s\n", name, rule)
		} else if name != "id" {
			absent = append(absent, fmt.Sprintf("%q", name))
		}
	}
	return fmt.Sprintf("table = \"things\"\nabsent = [%s]\n%s\n%s", strings.Join(absent, ", "), strings.Join(head, "\n"), b.String())
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ingest returns every row as the text of its cells, null as (null).
func ingest(t *testing.T, m Mapping, file string, target features.Source) ([]string, error) {
	t.Helper()
	r, err := Open(context.Background(), m, file, target, nil)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	want, err := target.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for r.Next() {
		if !r.Record().Schema().Equal(want) {
			t.Fatalf("batch has schema %v, want %v", r.Record().Schema(), want)
		}
		out = append(out, texts(r)...)
	}
	return out, r.Err()
}

func texts(r array.RecordReader) []string {
	var out []string
	for row := range int(r.Record().NumRows()) {
		var cells []string
		for _, c := range r.Record().Columns() {
			cells = append(cells, c.ValueStr(row))
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return out
}

func ingestThings(t *testing.T, mapping, csv string) ([]string, error) {
	t.Helper()
	m, err := parseMapping("things.toml", mapping)
	if err != nil {
		t.Fatalf("mapping:\n%s\n%v", mapping, err)
	}
	return ingest(t, m, writeFile(t, "things.csv", csv), things)
}

// one is the cell that a rule makes out of a cell of the file.
func one(t *testing.T, column, rule, value string) (string, error) {
	t.Helper()
	csv := "id,v\n1,\"" + strings.ReplaceAll(value, `"`, `""`) + "\"\n"
	rows, err := ingestThings(t, mapThings(map[string]string{column: "column = \"v\"\n" + rule}), csv)
	if err != nil {
		return "", err
	}
	return strings.Split(rows[0], "|")[things.Columns.Index(column)], nil
}

func TestRules(t *testing.T) {
	sexes := `map = { "1" = "M", "2" = "F" }`
	segments := `cuts = [{ from = 10, value = "low" }, { from = 100.5, value = "high" }]`
	tests := []struct {
		name, column, rule, value string
		want                      string // what the cell becomes; or
		fails                     string // in the error
	}{
		{"whole number", "id", "", " 42 ", "42", ""},
		{"whole number with a fraction of zero", "id", "", "42.0", "42", ""},
		{"whole number as spreadsheets write it", "id", "", "1.00E+05", "100000", ""},
		{"largest BIGINT", "id", "", "9223372036854775807", "9223372036854775807", ""},
		{"too large for BIGINT", "id", "", "9223372036854775808", "", "too large for a BIGINT"},
		{"no whole number", "id", "", "4.5", "", "is no whole number"},
		{"too large for INT", "n", "", "2147483648", "", "out of the range of INT"},
		{"smallest INT", "n", "", "-2147483648", "-2147483648", ""},
		{"text for a number", "x", "", "12,5", "", "is no number"},
		{"number", "x", "", "-12.5e3", "-12500", ""},
		{"infinite", "x", "", "Inf", "", "is no number"},
		{"not a number", "x", "", "NaN", "", "is no number"},
		{"hexadecimal", "x", "", "0x10", "", "is no number"},
		{"out of range", "x", "", "1e999", "", "too large for a DOUBLE"},
		{"true", "b", "", "TRUE", "true", ""},
		{"zero", "b", "", "0", "false", ""},
		{"no boolean", "b", "", "yes", "", "is no BOOLEAN"},
		{"text as it is", "s", "", ` San "José" `, ` San "José" `, ""},
		{"not UTF-8", "s", "", "San Jos\xe9", "", "no UTF-8"},
		{"date", "d", "", "2024-02-29", "2024-02-29", ""},
		{"no such day", "d", "", "2023-02-29", "", "is no date"},
		{"date with a time of day", "d", "", "2024-02-29 10:00:00", "", "has a time of day"},
		{"time", "t", "", "2024-02-29 10:11:12", "2024-02-29 10:11:12Z", ""},
		{"time with a zone", "t", "", "2024-02-29T10:11:12+01:00", "2024-02-29 09:11:12Z", ""},
		{"date as a time", "t", "", "2024-02-29", "2024-02-29 00:00:00Z", ""},
		{"null", "x", "", "", "(null)", ""},
		{"null of spaces", "x", "", "  ", "(null)", ""},

		{"map", "s", sexes, "1", "M", ""},
		{"map trims", "s", sexes, " 2 ", "F", ""},
		{"map without otherwise", "s", sexes, "3", "", "is not in the map"},
		{"map otherwise null", "s", sexes + "\notherwise = \"null\"", "3", "(null)", ""},
		{"map otherwise keep", "s", sexes + "\notherwise = \"keep\"", "3", "3", ""},
		{"map otherwise error", "s", sexes + "\notherwise = \"error\"", "3", "", "is not in the map"},
		{"map otherwise a value", "s", sexes + "\notherwise_value = \"X\"", "3", "X", ""},
		{"map of null", "s", sexes + "\notherwise_value = \"X\"", "", "(null)", ""},
		{"map to boolean", "b", `map = { "yes" = "true", "no" = "false" }`, "no", "false", ""},
		{"map to number", "n", `map = { "few" = "1" }` + "\notherwise = \"keep\"", "17", "17", ""},
		{"map keeps what does not fit", "n", `map = { "few" = "1" }` + "\notherwise = \"keep\"", "many", "", "is no number"},

		{"scale and offset", "x", "scale = -1\noffset = 2005", "24", "1981", ""},
		{"scale, then min", "id", "scale = 30\nmin = 0", "-2", "0", ""},
		{"scale alone", "id", "scale = 30\nmin = 0", "2", "60", ""},
		{"max", "x", "max = 100", "1e3", "100", ""},
		{"scale to no whole number", "id", "scale = 0.5", "3", "", "is no whole number"},
		{"scale text", "x", "scale = 2", "two", "", "is no number"},

		{"compare at most", "b", `compare = "<= 0"`, "0", "true", ""},
		{"compare at most, above", "b", `compare = "<= 0"`, "1", "false", ""},
		{"compare equal", "b", `compare = "=0"`, "-1", "false", ""},
		{"compare unequal", "b", `compare = "!= 2.5"`, "2.5", "false", ""},
		{"compare less", "b", `compare = "< -1"`, "-2", "true", ""},
		{"compare greater", "b", `compare = "> 1"`, "1", "false", ""},
		{"compare at least", "b", `compare = ">= 1e3"`, "1000", "true", ""},
		{"compare null", "b", `compare = "= 0"`, "", "(null)", ""},
		{"compare text", "b", `compare = "= 0"`, "a", "", "is no number"},
		{"compare after scaling", "b", "scale = 100\ncompare = \"> 50\"", "0.6", "true", ""},

		{"cut at its threshold", "s", segments, "10", "low", ""},
		{"cut below the next", "s", segments, "100.4", "low", ""},
		{"highest cut", "s", segments, "1e9", "high", ""},
		{"below all cuts", "s", segments, "9", "", "below all cuts"},
		{"below", "s", segments + "\nbelow = \"none\"", "9", "none", ""},
		{"cuts to a number", "n", `cuts = [{ from = 0, value = "7" }]`, "1", "7", ""},

		{"day of a year", "d", `year_day = "07-01"`, "1981", "1981-07-01", ""},
		{"day of a year, from the age", "d", "scale = -1\noffset = 2005\nyear_day = \"07-01\"", "24", "1981-07-01", ""},
		{"day of no year", "d", `year_day = "07-01"`, "1981.5", "", "no year"},
		{"day of year 0", "d", `year_day = "07-01"`, "0", "", "no year"},

		{"format", "d", `format = "dd/MM/yyyy"`, "29/02/2024", "2024-02-29", ""},
		{"format without separators", "d", `format = "yyyyMMdd"`, "20240229", "2024-02-29", ""},
		{"format of two digits", "d", `format = "dd.MM.yy"`, "01.02.99", "1999-02-01", ""},
		{"format with time", "t", `format = "dd/MM/yyyy HH:mm:ss"`, "29/02/2024 23:59:58", "2024-02-29 23:59:58Z", ""},
		{"format of a month", "d", `format = "MM-yyyy"`, "02-2024", "2024-02-01", ""},
		{"other format", "d", `format = "dd/MM/yyyy"`, "2024-02-29", "", "is no date as dd/MM/yyyy"},
		{"format and write", "s", "format = \"yyyyMM\"\nwrite = \"yyyy-MM\"", "202402", "2024-02", ""},
		{"write alone", "s", `write = "yyyy-MM"`, "2024-02-29", "2024-02", ""},
		{"write null", "s", `write = "yyyy-MM"`, "", "(null)", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := one(t, tt.column, tt.rule, tt.value)
			switch {
			case tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)):
				t.Errorf("got %q and error %v, want an error with %q", got, err, tt.fails)
			case tt.fails == "" && (err != nil || got != tt.want):
				t.Errorf("got %q and error %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestConstants(t *testing.T) {
	rows, err := ingestThings(t, mapThings(map[string]string{
		"n": "value = 60", "x": "value = 0.5", "b": "value = true", "s": `value = "x"`, "d": "value = 2005-04-01",
		"t": "value = 2005-04-01T10:00:00",
	}), "id\n1\n2\n")
	want := []string{"1|60|0.5|true|x|2005-04-01|2005-04-01 10:00:00Z", "2|60|0.5|true|x|2005-04-01|2005-04-01 10:00:00Z"}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestMonthsBecomeRows(t *testing.T) {
	mapping := mapThings(map[string]string{
		"s": "period = true", "d": "period = true", "t": "period = true", "x": `month_column = "paid"`, "n": `column = "limit"`,
	}, `[[month]]`, `period = "2005-04"`, `columns = { paid = "p4" }`, `[[month]]`, `period = "2005-05"`, `columns = { paid = "p5" }`)
	rows, err := ingestThings(t, mapping, "id,p5,p4,limit\n1,15,14,100\n2,,24,200\n")
	want := []string{
		"1|100|14|(null)|2005-04|2005-04-01|2005-04-01 00:00:00Z",
		"1|100|15|(null)|2005-05|2005-05-01|2005-05-01 00:00:00Z",
		"2|200|24|(null)|2005-04|2005-04-01|2005-04-01 00:00:00Z",
		"2|200|(null)|(null)|2005-05|2005-05-01|2005-05-01 00:00:00Z",
	}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestFileFormats(t *testing.T) {
	rules := map[string]string{"x": `column = "amount"`, "s": `column = "note"`}
	tests := []struct {
		name, head, text string
	}{
		{"plain", "", "id,amount,note\n1,2.5,a\n2,,b\n"},
		{"no newline at the end", "", "id,amount,note\n1,2.5,a\n2,,b"},
		{"CRLF", "", "id,amount,note\r\n1,2.5,a\r\n2,,b\r\n"},
		{"BOM", "", "\ufeffid,amount,note\n1,2.5,a\n2,,b\n"},
		{"BOM and quoted header", "", "\ufeff\"id\",\"amount\",\"note\"\n1,2.5,a\n2,,b\n"},
		{"other order, case and spaces in the header", "", "Note, AMOUNT ,other,ID\na,2.5,?,1\nb,,?,2\n"},
		{"semicolons and decimal comma", "[file]\ndelimiter = \";\"\ndecimal = \",\"", "id;amount;note\n1;2,5;a\n2;;b\n"},
		{"tabs", "[file]\ndelimiter = \"\\t\"", "id\tamount\tnote\n1\t2.5\ta\n2\t\tb\n"},
		{"null spellings", "[file]\nnull_values = [\"NA\", \" \\\\N \"]", "id,amount,note\n1,2.5,a\n2, NA ,b\n"},
		{"blank lines", "", "id,amount,note\n\n1,2.5,a\n\n2,,b\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := ingestThings(t, mapThings(rules, tt.head), tt.text)
			want := []string{"1|(null)|2.5|(null)|a|(null)|(null)", "2|(null)|(null)|(null)|b|(null)|(null)"}
			if diff := cmp.Diff(want, rows); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

func TestBadFiles(t *testing.T) {
	mapping := mapThings(map[string]string{"x": `column = "amount"`})
	tests := []struct{ name, text, want string }{
		{"empty", "", "no rows"},
		{"BOM alone", "\ufeff", "no rows"},
		{"header alone", "id,amount\n", "no rows"},
		{"missing column", "id,total\n1,2\n", "no column amount: the file has id, total"},
		{"column twice", "id,amount,Amount\n1,2,3\n", "column amount occurs more than once"},
		{"open quote", "id,amount\n1,\"2\n", `line 2, column 6: extraneous or missing " in quoted-field`},
		{"quote inside", "id,amount\n1,2\"3\n", "line 2, column 4: bare \""},
		{"short row", "id,amount\n1,2\n2\n", "record on line 3: wrong number of fields: 1, and the header has 2"},
		{"UTF-16", "\xff\xfei\x00d\x00", "is UTF-16"},
		{"bad cell", "id,amount\n1,2\n\n2,abc\n", `things.csv: line 4, column amount: "abc" for x DOUBLE: is no number`},
		{"bad cell after a quoted newline", "amount,id\n1,1\n2,\"\n2\"\nabc,2\n", `line 5, column amount: "abc" for x DOUBLE`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ingestThings(t, mapping, tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "things.csv") {
				t.Errorf("error %v, want one that names the file and has %q", err, tt.want)
			}
			if empty := tt.want == "no rows"; errors.Is(err, ErrEmpty) != empty {
				t.Errorf("error %v is ErrEmpty: %t", err, !empty)
			}
		})
	}
}

func TestCellError(t *testing.T) {
	_, err := ingestThings(t, mapThings(map[string]string{"x": `column = "amount"`}), "id,amount\n1,2\n2,abc\n")
	var cell *CellError
	if !errors.As(err, &cell) {
		t.Fatalf("error %v is no CellError", err)
	}
	got := fmt.Sprint(cell.Place, " ", cell.Column, " ", cell.Value, " ", cell.Target.Name, " ", cell.Target.Type)
	if want := "line 3 amount abc x DOUBLE"; got != want {
		t.Errorf("the error is of %s, want %s", got, want)
	}
}

func TestNoFile(t *testing.T) {
	m, err := parseMapping("things.toml", mapThings(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ingest(t, m, filepath.Join(t.TempDir(), "none.csv"), things); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want one that the file does not exist", err)
	}
	if _, err := ingest(t, m, t.TempDir(), things); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("error %v, want one that this is a directory", err)
	}
}

func TestLargeFilesComeInBatchesWithProgress(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("id\n")
	const n = 2*batchRows + 5
	for i := range n {
		fmt.Fprintln(&csv, i)
	}
	m, err := parseMapping("things.toml", mapThings(nil))
	if err != nil {
		t.Fatal(err)
	}
	var told [][3]int64
	progress := func(rows, read, total int64) { told = append(told, [3]int64{rows, read, total}) }
	r, err := Open(context.Background(), m, writeFile(t, "large.csv", csv.String()), things, progress)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var sizes []int64
	for r.Next() {
		sizes = append(sizes, r.Record().NumRows())
	}
	if diff := cmp.Diff([]int64{batchRows, batchRows, 5}, sizes); diff != "" || r.Err() != nil {
		t.Error(r.Err(), diff)
	}
	size := int64(csv.Len())
	if last := told[len(told)-1]; last != [3]int64{n, size, size} {
		t.Errorf("progress ends with %v, want %d rows and %d bytes", last, n, size)
	}
	if first := told[0]; first[0] != batchRows || first[1] <= 0 || first[1] >= size {
		t.Errorf("progress begins with %v of %d bytes", first, size)
	}
}

func TestCancelled(t *testing.T) {
	m, err := parseMapping("things.toml", mapThings(nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err := Open(ctx, m, writeFile(t, "things.csv", "id\n1\n"), things, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	cancel()
	if r.Next() || !errors.Is(r.Err(), context.Canceled) {
		t.Errorf("error %v, want that of the context", r.Err())
	}
}
