package delta

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
)

func BenchmarkColumnStats(b *testing.B) {
	r := featureRows(pageRows, 0)[0]
	for name, i := range map[string]int{"doubles": 3, "integers": 14, "texts": 19} {
		column := array.NewSlice(r.Column(i), 0, r.NumRows())
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var s columnStats
				s.update(column)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pageRows, "ns/value")
		})
	}
}
