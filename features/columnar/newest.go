package columnar

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"
)

// NewestMonth reads a column of event months to its end and returns the first day of the newest one, UTC; the zero time
// when no row has one. What is no month is passed over.
func NewestMonth(ctx context.Context, source array.RecordReader, column string) (time.Time, error) {
	at := source.Schema().FieldIndices(column)
	if len(at) != 1 {
		return time.Time{}, fmt.Errorf("newest month: the source has %d columns %s, not one", len(at), column)
	}
	newest := noMonth
	for source.Next() {
		if err := ctx.Err(); err != nil {
			return time.Time{}, err
		}
		var v vector[int32]
		if err := decode(source.Record().Column(at[0]), &v, months); err != nil {
			return time.Time{}, fmt.Errorf("newest month: column %s: %w", column, err)
		}
		for i, month := range v.v {
			if !v.ok.null(i) {
				newest = max(newest, month)
			}
		}
	}
	if err := source.Err(); err != nil {
		return time.Time{}, err
	}
	if newest == noMonth {
		return time.Time{}, nil
	}
	return timeOfDay(firstDay(newest)), nil
}
