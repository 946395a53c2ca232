package ingest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"featops/features/schema"
)

type kind uint8

const (
	null    kind = iota
	text         // s
	integer      // i
	number       // f
	boolean      // i: 0 or 1
	instant      // i: microseconds since 1970, UTC; a date is its midnight
)

// cell is one value on its way from the file to the table.
type cell struct {
	kind kind
	i    int64
	f    float64
	s    string
}

const microsPerDay = 86400 * 1_000_000

func textCell(s string) cell { return cell{kind: text, s: s} }

func timeCell(t time.Time) cell { return cell{kind: instant, i: t.UnixMicro()} }

func boolCell(b bool) cell {
	if b {
		return cell{kind: boolean, i: 1}
	}
	return cell{kind: boolean}
}

func (c cell) time() time.Time { return time.UnixMicro(c.i).UTC() }

// String is the value as text: what a STRING column gets, what a map compares, and what an error
// shows.
func (c cell) String() string {
	switch c.kind {
	case text:
		return c.s
	case integer:
		return strconv.FormatInt(c.i, 10)
	case number:
		return strconv.FormatFloat(c.f, 'f', -1, 64)
	case boolean:
		return strconv.FormatBool(c.i == 1)
	case instant:
		if c.i%microsPerDay == 0 {
			return c.time().Format(time.DateOnly)
		}
		return c.time().Format("2006-01-02 15:04:05.999999")
	}
	return ""
}

// number is the value as a DOUBLE. Text has the given decimal mark.
func (c cell) number(decimal byte) (float64, error) {
	switch c.kind {
	case integer:
		return float64(c.i), nil
	case number:
		return c.f, finite(c.f)
	case text:
		return parseNumber(c.s, decimal)
	}
	return 0, errors.New("is no number")
}

func finite(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return errors.New("is no finite number")
	}
	return nil
}

// parseNumber is strconv.ParseFloat for decimal numbers alone.
func parseNumber(s string, decimal byte) (float64, error) {
	s = strings.TrimSpace(s)
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != decimal && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, fmt.Errorf("is no number with decimal mark %q", decimal)
		}
	}
	f, err := strconv.ParseFloat(strings.Replace(s, string(decimal), ".", 1), 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, errors.New("is too large for a DOUBLE")
	case err != nil:
		return 0, errors.New("is no number")
	}
	return f, nil
}

// whole is the value as an integer; a decimal fraction must be zero.
func (c cell) whole(decimal byte) (int64, error) {
	switch c.kind {
	case integer:
		return c.i, nil
	case text:
		if i, err := strconv.ParseInt(strings.TrimSpace(c.s), 10, 64); err == nil {
			return i, nil
		}
	}
	f, err := c.number(decimal)
	if err != nil {
		return 0, err
	}
	if f != math.Trunc(f) {
		return 0, errors.New("is no whole number")
	}
	// Larger doubles may not be the number that was written.
	if math.Abs(f) > 1<<53 {
		return 0, errors.New("is too large for a BIGINT, or not exact")
	}
	return int64(f), nil
}

// fit is the value as a column of the type holds it: the kind that stands for the type, in its range.
func (c cell) fit(t schema.Type, decimal byte) (cell, error) {
	if c.kind == null {
		return c, nil
	}
	switch t {
	case schema.Boolean:
		return c.truth()
	case schema.Int, schema.BigInt:
		i, err := c.whole(decimal)
		if err == nil && t == schema.Int && i != int64(int32(i)) {
			err = errors.New("is out of the range of INT")
		}
		return cell{kind: integer, i: i}, err
	case schema.Double:
		f, err := c.number(decimal)
		return cell{kind: number, f: f}, err
	case schema.String:
		if c.kind == text && !utf8.ValidString(c.s) {
			return cell{}, errors.New("is no UTF-8 text: convert the file to UTF-8")
		}
		return textCell(c.String()), nil
	case schema.Date:
		d, err := c.moment()
		if err == nil && d.i%microsPerDay != 0 {
			err = errors.New("has a time of day")
		}
		return d, err
	case schema.Timestamp:
		return c.moment()
	}
	return cell{}, fmt.Errorf("type %s cannot be ingested", t)
}

func (c cell) truth() (cell, error) {
	switch s := strings.ToLower(strings.TrimSpace(c.String())); {
	case c.kind == instant:
	case s == "true" || s == "1":
		return boolCell(true), nil
	case s == "false" || s == "0":
		return boolCell(false), nil
	}
	return cell{}, errors.New("is no BOOLEAN: allowed are true, false, 1, 0; a map can give others a meaning")
}

// moment is the value as an instant. Text is read in the forms of ISO 8601.
func (c cell) moment() (cell, error) {
	if c.kind == instant {
		return c, nil
	}
	if c.kind == text {
		s := strings.TrimSpace(c.s)
		for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339, "2006-01-02T15:04:05"} {
			if t, err := time.Parse(layout, s); err == nil {
				return timeCell(t), nil
			}
		}
	}
	return cell{}, errors.New("is no date as yyyy-MM-dd or yyyy-MM-dd HH:mm:ss; format can name another form")
}
