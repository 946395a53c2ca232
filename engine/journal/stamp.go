package journal

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// stamp is a time in a column: text in UTC, always as long, so that it sorts as the time does and keeps
// every nanosecond. NULL is the zero time.
type stamp time.Time

const stampLayout = "2006-01-02T15:04:05.000000000Z"

// Value implements driver.Valuer.
func (s stamp) Value() (driver.Value, error) {
	t := time.Time(s).UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("time %v: years 0 to 9999 can be recorded", t)
	}
	return t.Format(stampLayout), nil
}

// Scan implements sql.Scanner.
func (s *stamp) Scan(column any) error {
	switch v := column.(type) {
	case nil:
		*s = stamp{}
		return nil
	case string:
		t, err := time.Parse(stampLayout, v)
		*s = stamp(t)
		return err
	}
	return fmt.Errorf("%v is no time in the form %s", column, stampLayout)
}

// encoded is a value in a column, as JSON text. NULL leaves the value as it is.
type encoded struct{ value any }

// Value implements driver.Valuer.
func (e encoded) Value() (driver.Value, error) {
	text, err := json.Marshal(e.value)
	return string(text), err
}

// Scan implements sql.Scanner; value points to what is read into.
func (e encoded) Scan(column any) error {
	switch v := column.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), e.value)
	}
	return fmt.Errorf("%v is no JSON text", column)
}
