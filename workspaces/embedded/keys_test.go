package embedded

import (
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
)

// keyReader gives records with keys, whose release date is month k of 2024: each string is a record,
// each word in it a row `customer/k`, with - for a null.
func keyReader(t testing.TB, customer schema.Type, records ...string) array.RecordReader {
	t.Helper()
	arrowSchema, err := schema.Schema{{Name: "t_x", Type: schema.Int}, {Name: "pk_customer", Type: customer}, {Name: "tpk_release_dt", Type: schema.Date}}.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	var out []arrow.Record
	for _, r := range records {
		b := array.NewRecordBuilder(memory.DefaultAllocator, arrowSchema)
		for _, word := range strings.Fields(r) {
			id, month, _ := strings.Cut(word, "/")
			for i, text := range []string{"1", id, "2024-0" + month + "-01"} {
				if strings.Contains(text, "-") && len(text) == 1 || strings.Contains(text, "0--") {
					b.Field(i).AppendNull()
				} else if err := b.Field(i).AppendValueFromString(text); err != nil {
					t.Fatal(err)
				}
			}
		}
		out = append(out, b.NewRecord())
	}
	reader, err := array.NewRecordReader(arrowSchema, out)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

func TestKeyCheck(t *testing.T) {
	for name, c := range map[string]struct {
		records []string
		want    *KeyError
	}{
		"no rows":        {records: []string{"", ""}},
		"distinct":       {records: []string{"1/1 1/2 2/1 2/2", "3/1"}},
		"same customer":  {records: []string{"1/1 1/2", "1/3"}},
		"same month":     {records: []string{"1/1 2/1", "3/1"}},
		"in a record":    {records: []string{"1/1 1/1"}, want: &KeyError{Duplicates: 1, Examples: []string{"duplicate (1, 2024-01-01)"}}},
		"across records": {records: []string{"0/1 1/1", "", "1/1 2/1"}, want: &KeyError{Duplicates: 1, Examples: []string{"duplicate (1, 2024-01-01)"}}},
		"null customer":  {records: []string{"1/1 -/1"}, want: &KeyError{Nulls: 1, Examples: []string{"null ((null), 2024-01-01)"}}},
		"null date":      {records: []string{"1/-", "2/1"}, want: &KeyError{Nulls: 1, Examples: []string{"null (1, (null))"}}},
		"nulls are never equal": {records: []string{"-/1 -/1", "1/1"}, want: &KeyError{Nulls: 2, Examples: []string{
			"null ((null), 2024-01-01)", "null ((null), 2024-01-01)"}}},
		"no more than five examples": {records: []string{"1/1 1/1 1/1 1/1", "1/1 1/1 1/1"}, want: &KeyError{Duplicates: 6, Examples: []string{
			"duplicate (1, 2024-01-01)", "duplicate (1, 2024-01-01)", "duplicate (1, 2024-01-01)", "duplicate (1, 2024-01-01)", "duplicate (1, 2024-01-01)"}}},
	} {
		for _, customer := range []schema.Type{schema.BigInt, schema.Int, schema.String} {
			t.Run(name+", "+string(customer), func(t *testing.T) {
				var check keyCheck
				rows := check.reader(keyReader(t, customer, c.records...))
				for rows.Next() {
				}
				if c.want == nil {
					if err := check.err(); err != nil {
						t.Error(err)
					}
					return
				}
				got, ok := check.err().(*KeyError)
				if !ok {
					t.Fatalf("error %v", check.err())
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestKeyErrorTellsExamples(t *testing.T) {
	e := &KeyError{Table: "fs_visits", Nulls: 1, Duplicates: 2, Examples: []string{"duplicate (1, 2024-01-01)", "null (2, (null))"}}
	wantError(t, e, "fs_visits", "1 rows with a null key", "2 with a duplicate key", "duplicate (1, 2024-01-01); null (2, (null))",
		"one row per (pk_customer, tpk_release_dt)", "nothing was written")
}
