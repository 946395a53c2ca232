package delta

import (
	"bytes"
	"io"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/workspaces/delta/pages"
)

func BenchmarkColumnStats(b *testing.B) {
	r := featureRows(pageRows, 0)[0]
	for name, i := range map[string]int{"doubles": 3, "integers": 14, "texts": 19} {
		schema := arrow.NewSchema(r.Schema().Fields()[i:i+1], nil)
		w, err := pages.NewWriter(io.Discard, schema, "test")
		if err != nil {
			b.Fatal(err)
		}
		var page pages.Seen
		if err := w.WriteGroup([]arrow.Record{array.NewRecord(schema, []arrow.Array{r.Column(i)}, r.NumRows())}, pages.Watcher{
			Page: func(_ int, p pages.Seen) { page = pages.Seen{Array: p.Array, Dense: bytes.Clone(p.Dense)} },
		}); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var s columnStats
				s.update(page)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pageRows, "ns/value")
		})
	}
}
