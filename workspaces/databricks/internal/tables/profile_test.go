package tables

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/workspaces"
)

// profileColumns are the columns of the profile of wide, and profileRow one that the warehouse may give.
const profileColumns = "d0 BIGINT, m0 DOUBLE, s0 DOUBLE, q0 STRING, d1 BIGINT, m1 DOUBLE, s1 DOUBLE, q1 STRING, d2 BIGINT, m2 DOUBLE, s2 DOUBLE, q2 STRING, " +
	"d3 BIGINT, m3 DOUBLE, d4 BIGINT, d5 BIGINT, q5 STRING, d6 BIGINT, q6 STRING, d8 BIGINT, m8 DOUBLE, s8 DOUBLE, q8 STRING"

func profileRow() []any {
	return []any{
		9, "5.0", "2.5", "[1.0,2.0,3.0,4.0,5.0]", 8, "1.5E-3", "NaN", "[-0.5,0.0,0.25,1.0,1.0E20]", 7, "1.25", "0.5", "[0.1,0.2,0.3,0.4,0.5]",
		2, "0.75", 30, 4, "[0.0,1.0,20000.0,20001.0,20002.0]", 3, "[0.0,1.0,1.5E15,1.5E15,1.5E15]", 0, nil, nil, nil,
	}
}

func TestProfile(t *testing.T) {
	x := openShop(t)
	x.lake.Answer("approx_count_distinct", profileColumns, profileRow())
	n := x.count()
	got, err := x.Profile(t.Context(), wide)
	if err != nil {
		t.Fatal(err)
	}
	x.golden("profile", x.since(n))
	number := func(v float64) *float64 { return &v }
	count := func(n int64) *int64 { return &n }
	five := func(texts ...string) *workspaces.Quantiles {
		var q [5]json.RawMessage
		for i, text := range texts {
			q[i] = json.RawMessage(text)
		}
		return &workspaces.Quantiles{P5: q[0], P25: q[1], P50: q[2], P75: q[3], P95: q[4]}
	}
	want := workspaces.Profile{Before: workspaces.NoTable, Columns: []workspaces.ColumnProfile{
		{Column: "pk_customer", Mean: number(5), Deviation: number(2.5), Distinct: count(9), Estimated: true, Quantiles: five("1", "2", "3", "4", "5")},
		{Column: "share", Mean: number(0.0015), Distinct: count(8), Estimated: true, Quantiles: five("-0.5", "0", "0.25", "1", "1e+20")}, // NaN is no deviation
		{Column: "price", Mean: number(1.25), Deviation: number(0.5), Distinct: count(7), Estimated: true, Quantiles: five("0.1", "0.2", "0.3", "0.4", "0.5")},
		{Column: "flag", Mean: number(0.75), Distinct: count(2), Estimated: true},
		{Column: "city", Distinct: count(30), Estimated: true},
		{Column: "day", Distinct: count(4), Estimated: true, Quantiles: five(`"1970-01-01"`, `"1970-01-02"`, `"2024-10-04"`, `"2024-10-05"`, `"2024-10-06"`)},
		{Column: "at", Distinct: count(3), Estimated: true, Quantiles: five(`"1970-01-01T00:00:00Z"`, `"1970-01-01T00:00:00.000001Z"`, `"2017-07-14T02:40:00Z"`, `"2017-07-14T02:40:00Z"`, `"2017-07-14T02:40:00Z"`)},
		{Column: "list"},
		{Column: "a`b", Distinct: count(0), Estimated: true},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}

func TestAProfileThatCannotBeRead(t *testing.T) {
	for place, c := range map[int]struct {
		value any
		want  string
	}{
		1: {"many", "profile of fs.fs_wide: column pk_customer"},
		4: {nil, "column share"},
		7: {"[1.0]", `column share: quantiles "[1.0]"; five numbers are expected`},
	} {
		x := openShop(t)
		row := profileRow()
		row[place] = c.value
		x.lake.Answer("approx_count_distinct", profileColumns, row)
		if _, err := x.Profile(t.Context(), wide); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.value, err, c.want)
		}
	}
}
