package columnar

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"featops/features"

	"github.com/apache/arrow/go/v17/arrow/array"
)

// Kept reads a source to its end and tells the customer and the event month, as [MonthOf] counts, of each row that the table
// keeps and the history lets pass, in any order. each is called by one goroutine at a time. Kept needs the columns of [KeptBy];
// rows without a month are passed over.
func Kept(ctx context.Context, t features.Table, source array.RecordReader, h *History, each func(customers []int64, months []int32)) error {
	opt := Options{Start: time.Unix(0, 0), End: time.Unix(0, 0), History: h}
	p, err := newPlan(withoutFeatures(t), source.Schema(), opt)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	_, err = p.read(ctx, source, measured.piece, runtime.GOMAXPROCS(0), func(int64) {}, func(_ context.Context, _ int, c *chunk) error {
		mu.Lock()
		defer mu.Unlock()
		for i := range c.release {
			c.release[i]--
		}
		each(c.customer, c.release)
		return nil
	})
	if err != nil {
		return fmt.Errorf("find the rows of %s: read %s: %w", t.Name, p.source, err)
	}
	return nil
}

// KeptBy lists the columns of the source by which a table chooses its rows and gives them to customers and months.
func KeptBy(t features.Table) []string { return withoutFeatures(t).Columns().Names() }

func withoutFeatures(t features.Table) features.Table {
	t.Features = nil
	return t
}
