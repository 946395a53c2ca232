package delta

import (
	"context"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// TestPagesAndRowGroups writes the same rows cut into records in different ways.
func TestPagesAndRowGroups(t *testing.T) {
	const rows = 200_000
	ids := idsUpTo(rows, func(int64) bool { return true })
	whole := numbered(ids, func(i int64) int64 { return -i })
	for _, size := range []int64{7, 9_000, pageRows, rows} {
		t.Run(fmt.Sprint("records of ", size), func(t *testing.T) {
			var records []arrow.Record
			for from := int64(0); from < rows; from += size {
				records = append(records, whole.NewSlice(from, min(from+size, rows)))
			}
			files, err := WriteFiles(context.Background(), t.TempDir(), readerOf(t, records...), WriteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			opened := must(file.OpenParquetFile(files[0].Path, false))
			defer opened.Close()
			for g := range opened.NumRowGroups() {
				group := opened.RowGroup(g)
				last := g == opened.NumRowGroups()-1
				if n := group.NumRows(); n >= rowGroupRows+pageRows || n < rowGroupRows && !last {
					t.Errorf("row group %d has %d rows", g, n)
				}
				pages := must(group.GetColumnPageReader(1))
				left := group.NumRows()
				for pages.Next() {
					data, ok := pages.Page().(*file.DataPageV1)
					if !ok {
						continue
					}
					n := int64(data.NumValues())
					if left -= n; n > pageRows || n < pageRows/2 && !(last && left == 0) {
						t.Errorf("row group %d has a page of %d rows", g, n)
					}
				}
			}
			d := must(openDataFile(files[0].Path))
			defer d.close()
			pass := must(d.scan(context.Background(), whole.Schema()))
			defer pass.release()
			row := int64(0)
			for {
				r := must(pass.next(context.Background()))
				if r == nil {
					break
				}
				for i := range r.NumRows() {
					if got := r.Column(1).ValueStr(int(i)); got != fmt.Sprint(-row) {
						t.Fatalf("row %d has %s", row, got)
					}
					row++
				}
			}
			if row != rows {
				t.Errorf("%d rows, want %d", row, rows)
			}
		})
	}
}
