package columnar

import (
	"fmt"
	"time"

	"featops/features/schema"
)

// BadMonthsError says that more rows of a source than allowed have an event month that is none.
type BadMonthsError struct {
	Example BadRow
	Bad     int64   // rows whose event month is none
	Rows    int64   // rows that the table keeps, the bad ones included
	Allowed float64 // the share of Rows that may be bad
}

func (e *BadMonthsError) Error() string {
	return fmt.Sprintf("column %s: %s is no month (row %d): %d of %d rows are bad, the allowed share is %v",
		e.Example.Column, e.Example.Value, e.Example.Row, e.Bad, e.Rows, e.Allowed)
}

// OverflowError says that a whole number of a feature is too large for the type that it is kept in.
type OverflowError struct {
	Column      string // with the table's prefix
	Type        schema.Type
	Customer    int64
	ReleaseDate time.Time
	Value       string // the exact number, in decimal
}

func (e *OverflowError) Error() string {
	return fmt.Sprintf("column %s of customer %d at %s: %s does not fit %s",
		e.Column, e.Customer, e.ReleaseDate.Format(time.DateOnly), e.Value, e.Type)
}

// overflow is what an operation knows of an OverflowError.
type overflow struct {
	column string
	at     level
	kind   schema.Type
	index  int // of the row or group in the morsel
	value  string
}

func (o overflow) Error() string { return o.value + " does not fit " + string(o.kind) }

// of is the overflow of one row or group.
func (o overflow) of(index int, value string) error {
	o.index, o.value = index, value
	return o
}

// located says for which customer and release date a morsel's operation overflowed.
func (o overflow) located(m *morsel) error {
	return &OverflowError{
		Column: o.column, Type: o.kind, Value: o.value,
		Customer: m.customers(o.at)[o.index], ReleaseDate: timeOfDay(firstDay((*m.releases(o.at))[o.index])),
	}
}
