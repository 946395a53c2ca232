package trainingset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features/schema"
	"featops/workspaces/delta"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// csvOf opens labels that a CSV file has.
func csvOf(t *testing.T, text string) (*Labels, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), path, nil)
}

func values(t *testing.T, l *Labels, column int) string {
	t.Helper()
	c := must(l.Column(t.Context(), column))
	var out []string
	for i := range l.Rows {
		a := c.Slice(i, i+1)
		out = append(out, a.ValueStr(0))
		a.Release()
	}
	return strings.Join(out, " ")
}

func TestColumnsOfCSVHaveTheNarrowestTypeOfAllTheirValues(t *testing.T) {
	for _, c := range []struct {
		name, cells string // of a column, one after the other
		kind        schema.Type
		values      string
	}{
		{"numbers", "1 -2 |", schema.BigInt, "1 -2 (null)"},
		{"numbers with a fraction", "1 2.5 -1e3", schema.Double, "1 2.5 -1000"},
		{"codes with leading zeros", "007 12", schema.String, "007 12"},
		{"a fraction with leading zeros", "007.5", schema.String, "007.5"},
		{"numbers that a DOUBLE would round", "9007199254740993 0.5", schema.String, "9007199254740993 0.5"},
		{"great numbers", "9223372036854775807", schema.BigInt, "9223372036854775807"},
		{"too great numbers", "9223372036854775808", schema.Double, "9.223372036854776e+18"},
		{"truth", "true False", schema.Boolean, "true false"},
		{"days", "2026-03-01 1969-12-31", schema.Date, "2026-03-01 1969-12-31"},
		{"days and times", "2026-03-01 2026-03-01T12:00:00-05:00", schema.Timestamp, "2026-03-01 00:00:00Z 2026-03-01 17:00:00Z"},
		{"a day that does not exist", "2026-02-30", schema.String, "2026-02-30"},
		{"words that other tools write for numbers", "NaN inf", schema.String, "NaN inf"},
		{"nothing", "| |", schema.String, "(null) (null)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "id,v\n"
			for i, cell := range strings.Fields(c.cells) {
				text += fmt.Sprintf("%d,%s\n", i, strings.Trim(cell, "|"))
			}
			l := must(csvOf(t, text))
			if got := values(t, l, 1); l.Schema[1].Type != c.kind || got != c.values {
				t.Errorf("%s: %s, want %s: %s", l.Schema[1].Type, got, c.kind, c.values)
			}
		})
	}
}

func TestBadLabelFilesAreErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":                  {"", "is empty"},
		"no rows":                {"a,b\n", "there are none"},
		"the same name":          {"a,A\n1,2\n", "column A occurs more than once"},
		"no name":                {"a,\n1,2\n", "column 2 has no name"},
		"a short row":            {"a,b\n1,2\n3\n", "line 3"},
		"UTF-16":                 {"\xff\xfea\x00", "UTF-16"},
		"a damaged Parquet file": {"PAR1 and nothing", "corrupt Parquet"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := csvOf(t, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "nowhere.csv"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v of a file that does not exist", err)
	}
}

func TestCustomerAndTimeAreFound(t *testing.T) {
	for _, c := range []struct {
		name, header, row, customer, time string
		want                              string // columns, or what the error says
	}{
		{"by name and by type", "y,id_cliente,day", "1,2,2026-03-01", "", "", "id_cliente day"},
		{"the name of the tables first", "id_cliente,pk_customer,day", "1,2,2026-03-01", "", "", "pk_customer day"},
		{"as they are named", "who,other,day,text", "1,2,2026-03-01,x", "OTHER", "text", "other text"},
		{"no customer", "who,day", "1,2026-03-01", "", "", "--customer: the columns are who, day"},
		{"no time", "pk_customer,day", "1,x", "", "", "--time: the columns are pk_customer, day"},
		{"two times", "pk_customer,a,b", "1,2026-03-01,2026-03-01 10:00", "", "", "a or in b; choose by --time"},
		{"an unknown name", "pk_customer,day", "1,2026-03-01", "", "date", "no column date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := must(csvOf(t, c.header+"\n"+c.row+"\n"))
			customer, err := l.Customer(c.customer)
			when, errTime := l.Time(c.time)
			var bad *ColumnError
			if err := errors.Join(err, errTime); err != nil {
				if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want one with %q", err, c.want)
				}
				return
			}
			if got := l.Schema[customer].Name + " " + l.Schema[when].Name; got != c.want {
				t.Errorf("columns %s, want %s", got, c.want)
			}
		})
	}
}

func TestKeysAreCustomersAndDaysInUTC(t *testing.T) {
	l := must(csvOf(t, `c,t
1,2026-03-01
2,2026-03-01T23:59:59.999Z
3,2026-03-01T23:00:00-05:00
4,1969-12-31 23:59
`))
	k := must(l.Keys(t.Context(), 0, 1, []schema.Type{schema.BigInt, schema.String}))
	if got := fmt.Sprint(k.customers[schema.BigInt], k.customers[schema.String]); got != `[1 2 3 4] ["1" "2" "3" "4"]` {
		t.Errorf("customers %s", got)
	}
	if got := fmt.Sprint(k.days); got != "[20513 20513 20514 -1]" || k.Count() != 0 {
		t.Errorf("days %s, %d bad ones", got, k.Count())
	}
}

func TestLabelsThatCannotBeJoinedAreCountedWithAnExample(t *testing.T) {
	l := must(csvOf(t, "c,t\n1,2026-03-01\n,2026-03-01\n2,2026-13-01\n3,\nx4,\n"))
	numbers := must(l.Keys(t.Context(), 0, 1, []schema.Type{schema.BigInt}))
	if numbers.NoCustomer != 2 || numbers.NoTime != 2 || numbers.example != "row 2: column c is null" {
		t.Errorf("bad %+v", numbers.Bad)
	}
	texts := must(l.Keys(t.Context(), 0, 1, []schema.Type{schema.String}))
	if texts.NoCustomer != 1 || texts.NoTime != 3 {
		t.Errorf("bad %+v", texts.Bad)
	}
	err := &BadError{Bad: numbers.Bad, Labels: l.Identity}
	for _, want := range []string{"labels.csv", "4 of 5", "row 2: column c is null", "--keep-bad-labels"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q has no %q", err, want)
		}
	}
	if _, err := l.Keys(t.Context(), 0, 0, nil); err != nil {
		t.Errorf("a time as text: %v", err)
	}
}

// TestLabelsOfEveryFormat reads the same labels from CSV, Parquet and two versions of a Delta table.
func TestLabelsOfEveryFormat(t *testing.T) {
	dir := t.TempDir()
	fields := arrow.NewSchema([]arrow.Field{
		{Name: "id_cliente", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, // as pandas writes numbers with gaps
		{Name: "at", Type: &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}, Nullable: true},
		{Name: "y", Type: arrow.PrimitiveTypes.Int8, Nullable: true},
	}, nil)
	write := func(rows string) []delta.DataFile {
		r, _ := must2(array.RecordFromJSON(memory.DefaultAllocator, fields, strings.NewReader(rows)))
		in := must(array.NewRecordReader(fields, []arrow.Record{r}))
		return must(delta.WriteFiles(t.Context(), filepath.Join(dir, "files"), in, delta.WriteOptions{}))
	}
	rows := `[{"id_cliente": 7, "at": "2026-03-01 10:00:00", "y": 1}, {"id_cliente": null, "at": "2026-03-02", "y": 0}]`
	parquet := write(rows)[0].Path
	table := delta.At(filepath.Join(dir, "table"))
	must(table.Create(t.Context(), delta.Metadata{Schema: must(schemaIn(parquet))}, write(rows), delta.CommitOptions{}))
	must(table.Overwrite(t.Context(), nil, write(`[{"id_cliente": 8, "at": "2026-03-01", "y": 1}]`), delta.CommitOptions{}))
	first := int64(0)
	a, b := must(Open(t.Context(), parquet, nil)), must(Open(t.Context(), table.Path(), &first))
	for name, l := range map[string]*Labels{"parquet": a, "delta": b} {
		k := must(l.Keys(t.Context(), must(l.Customer("")), must(l.Time("")), []schema.Type{schema.BigInt}))
		got := fmt.Sprintf("%d %s %s %s %d", l.Rows, k.customers[schema.BigInt], k.days, values(t, l, 2), k.Bad.Count())
		if got != "2 [7 (null)] [20513 20514] 1 0 1" {
			t.Errorf("%s has %s", name, got)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	newest := must(Open(t.Context(), table.Path(), nil))
	if newest.Rows != 1 || *newest.Version != 1 || newest.Same(b.Identity) || !b.Same(b.Identity) {
		t.Errorf("the newest version is %+v", newest.Identity)
	}
	if a.SHA256 == "" || a.Same(b.Identity) {
		t.Errorf("a file is %+v", a.Identity)
	}
	if err := newest.Close(); err != nil {
		t.Error(err)
	}
}

func schemaIn(parquet string) (*arrow.Schema, error) {
	c, err := delta.OpenParquet(parquet)
	if err != nil {
		return nil, err
	}
	return c.Schema(), c.Close()
}

func must2[T, U any](v T, u U, err error) (T, U) {
	if err != nil {
		panic(err)
	}
	return v, u
}

func TestCSVOutputReadsBack(t *testing.T) {
	l := must(csvOf(t, "c,text,v\n1,\"a,\"\"b\"\"\n\",0.1\n2,,\n3, x,2\n"))
	m := NewManifest("dev", time.Unix(1_772_000_000, 0).UTC())
	m.Output = Output{Path: filepath.Join(t.TempDir(), "out.csv"), Format: CSV, Rows: l.Rows}
	for _, c := range l.Schema {
		m.Columns = append(m.Columns, Column{Name: c.Name, Type: c.Type})
	}
	source := func(ctx context.Context, i int) (delta.ColumnSource, error) { return l.Column(ctx, i) }
	if err := Write(t.Context(), &m, arrow.NewSchema(l.Fields, nil), source, func(Manifest) error { return nil }); err != nil {
		t.Fatal(err)
	}
	again := must(Open(t.Context(), m.Output.Path, nil))
	for i := range l.Schema {
		if got, want := values(t, again, i), values(t, l, i); got != want {
			t.Errorf("column %s reads back as %s, want %s", l.Schema[i].Name, got, want)
		}
	}
	if m.Columns[1].Nulls != 1 {
		t.Errorf("%d nulls, want 1", m.Columns[1].Nulls)
	}
	if left := must(filepath.Glob(filepath.Join(filepath.Dir(m.Output.Path), ".*"))); len(left) > 0 {
		t.Errorf("%v stay", left)
	}
}
