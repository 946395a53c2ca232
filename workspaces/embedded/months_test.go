package embedded

import (
	"encoding/json"
	"testing"

	"featops/workspaces/delta"
)

// Statistics of other writers tell the months too, or that they have to be read.
func TestTheMonthsOfAFileByStatistics(t *testing.T) {
	for _, c := range []struct {
		least, greatest, nulls string
		first, last            string
		ok                     bool
	}{
		{`"2024-01"`, `"2024-05"`, "3", "2024-01", "2024-05", true},
		{`"2024-01-31"`, `"2024-05-31"`, "0", "2024-01", "2024-05", true},
		{`"2024-05-31T22:30:00.000Z"`, `"2024-05-31T22:30:00.000-03:00"`, "0", "2024-05", "2024-06", true},
		{`""`, `"2024-05"`, "0", "", "", false},
		{`"2024-01"`, `"2024-05 (late)"`, "0", "", "", false},
		{`"2024-01"`, `5`, "0", "", "", false},
		{"", "", "3", "", "", false},
	} {
		s := &delta.Stats{NumRecords: 4, MinValues: map[string]json.RawMessage{}, MaxValues: map[string]json.RawMessage{},
			NullCount: map[string]json.RawMessage{"periodo": json.RawMessage(c.nulls)}}
		if c.least != "" {
			s.MinValues["Periodo"], s.MaxValues["Periodo"] = json.RawMessage(c.least), json.RawMessage(c.greatest)
		}
		got, ok := monthsByStats(s, "periodo")
		if ok != c.ok || ok && (monthText(got.first) != c.first || monthText(got.last) != c.last) {
			t.Errorf("%s to %s, nulls %s: %v, %t; want %s to %s, %t", c.least, c.greatest, c.nulls, got, ok, c.first, c.last, c.ok)
		}
	}
	nothing := &delta.Stats{NumRecords: 4, NullCount: map[string]json.RawMessage{"periodo": json.RawMessage("4")}}
	if got, ok := monthsByStats(nothing, "periodo"); !ok || got.len() != 0 {
		t.Errorf("a file without months has %v, %t", got, ok)
	}
	if _, ok := monthsByStats(nil, "periodo"); ok {
		t.Error("a file without statistics tells its months")
	}
}
