package double

import (
	"fmt"
	"strconv"
	"time"
)

// all gives the rows of a version of a table, in its columns: values that follow from the number of the row, with nulls among them.
func (m *Memory) all(table string, groups []string) (Rows, error) {
	t := m.tables[table]
	if t == nil {
		return Rows{}, notFound(table)
	}
	at, _ := strconv.Atoi(groups[0])
	if at >= len(t.versions) {
		return Rows{}, &SQLError{fmt.Sprintf("[DELTA_VERSION_NOT_FOUND] Cannot time travel Delta table to version %d.", at)}
	}
	v := t.versions[at]
	out := Rows{Columns: v.Columns}
	for n := range v.rows {
		row := make([]*string, len(v.Columns))
		for i, c := range v.Columns {
			if text := value(c.Type, n); !c.Nullable || n%7 != int64(i) {
				row[i] = &text
			}
		}
		out.Values = append(out.Values, row)
	}
	return out, nil
}

// value is a value of a type, as the Statement Execution API writes it.
func value(kind string, n int64) string {
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n))
	switch kind {
	case "BOOLEAN":
		return strconv.FormatBool(n%2 == 0)
	case "DOUBLE", "FLOAT":
		return [...]string{strconv.FormatFloat(float64(n)/3, 'g', -1, 32), "NaN", "Infinity", "-Infinity", "-0.0"}[n%5]
	case "DATE":
		return day.Format(time.DateOnly)
	case "TIMESTAMP":
		return day.Add(time.Duration(n) * time.Microsecond).Format("2006-01-02T15:04:05.000000Z")
	case "STRING":
		return [...]string{"", "año ", "línea\n", "(null)", "text Z"}[n%5] + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n%100, 10)
}
