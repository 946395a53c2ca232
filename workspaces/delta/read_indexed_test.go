package delta

import (
	"bytes"
	"context"
	"os"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	"featops/workspaces/delta/pages"
)

// TestReadIndexedGivesTheSameTexts, also of a file in an encoding that only Arrow's own reader knows, and of one without the column.
func TestReadIndexedGivesTheSameTexts(t *testing.T) {
	ctx := context.Background()
	idAndText := schemaOf(column("id", int64Type), column("s", stringType))
	table := create(t, schemaOf(column("id", int64Type)), `{"id": 1} {"id": 2}`)
	must(table.Append(ctx, write(t, table, idAndText, `{"id": 3, "s": "a"} {"id": 4, "s": "b"} {"id": 5, "s": "a"} {"id": 6}`),
		CommitOptions{AddColumns: idAndText.Fields()[1:]}))
	foreign := write(t, table, idAndText, `{"id": 7, "s": "ab"} {"id": 8} {"id": 9, "s": "abc"}`)
	var out bytes.Buffer
	w := must(pqarrow.NewFileWriter(idAndText, &out, parquet.NewWriterProperties(parquet.WithDictionaryDefault(false),
		parquet.WithEncodingFor("s", parquet.Encodings.DeltaByteArray)), pqarrow.DefaultWriterProps()))
	must(0, w.Write(record(t, idAndText, `{"id": 7, "s": "ab"} {"id": 8} {"id": 9, "s": "abc"}`)))
	must(0, w.Close())
	must(0, os.WriteFile(foreign[0].Path, out.Bytes(), 0o644))
	must(table.Append(ctx, foreign, CommitOptions{}))

	told := func(read func(context.Context, []string) (array.RecordReader, error)) (rows []string, kinds []arrow.DataType) {
		r := must(read(ctx, nil))
		defer r.Release()
		for r.Next() {
			for i := range int(r.Record().NumRows()) {
				rows = append(rows, rowText(r.Record(), i))
			}
			kinds = append(kinds, r.Record().Column(1).DataType())
		}
		must(0, r.Err())
		return rows, kinds
	}
	s := snapshot(t, table)
	want, _ := told(s.Read)
	got, kinds := told(s.ReadIndexed)
	if !slices.Equal(got, want) || len(want) != 9 {
		t.Errorf("%q, want %q", got, want)
	}
	for _, k := range kinds {
		if !arrow.TypeEqual(k, pages.Texts) {
			t.Errorf("texts come as %s", k)
		}
	}
}
