package columnar

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"featops/features"

	"github.com/apache/arrow/go/v17/arrow/array"
)

// Kept reads a source to its end and returns the customer and the event month, as [MonthOf] counts, of each row that the table
// keeps and the history lets pass. It needs the columns of [KeptBy]; rows without a month are passed over.
func Kept(ctx context.Context, t features.Table, source array.RecordReader, h *History) (customers []int64, months []int32, err error) {
	opt := Options{Start: time.Unix(0, 0), End: time.Unix(0, 0), History: h}
	p, err := newPlan(withoutFeatures(t), source.Schema(), opt)
	if err != nil {
		return nil, nil, err
	}
	s, err := p.read(ctx, source, runtime.GOMAXPROCS(0), 1, func(int64) {}, &Report{})
	if err != nil {
		return nil, nil, fmt.Errorf("find the rows of %s: read %s: %w", t.Name, p.source, err)
	}
	for i := range s.release {
		s.release[i]--
	}
	return s.customer, s.release, nil
}

// KeptBy lists the columns of the source by which a table chooses its rows and gives them to customers and months.
func KeptBy(t features.Table) []string { return withoutFeatures(t).Columns().Names() }

func withoutFeatures(t features.Table) features.Table {
	t.Features = nil
	return t
}
