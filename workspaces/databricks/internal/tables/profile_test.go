package tables

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
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

// wideColumns are those of wide that can be read.
const wideColumns = "pk_customer BIGINT, share DOUBLE, price DECIMAL(18,2), flag BOOLEAN, city STRING, day DATE, at TIMESTAMP, a`b FLOAT"

// openWide answers the samples of wide and of the version before with no rows.
func openWide(t *testing.T) *shop {
	x := openShop(t)
	x.lake.Answer("LIMIT 0", wideColumns)
	x.lake.Answer("^SELECT `pk_customer`, ", wideColumns)
	return x
}

func TestProfile(t *testing.T) {
	x := openWide(t)
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
		x := openWide(t)
		row := profileRow()
		row[place] = c.value
		x.lake.Answer("approx_count_distinct", profileColumns, row)
		if _, err := x.Profile(t.Context(), wide); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.value, err, c.want)
		}
	}
}

// visits are the rows of so many customers in each of two months: of an amount, and of a city.
func visits(customers int, amount func(customer, month int) any, city func(customer, month int) any) (rows [][]any) {
	for i := range customers {
		for m, day := range []string{"2026-10-01", "2026-11-01"} {
			rows = append(rows, []any{i, day, amount(i, m), city(i, m)})
		}
	}
	return rows
}

func TestDriftIsThatOfSamples(t *testing.T) {
	visited := workspaces.Table{Database: "fs", Name: "fs_visits", Version: 3, Rows: 100_000, Keys: []string{"pk_customer", "tpk_release_dt"}, Schema: schema.Schema{
		{Name: "pk_customer", Type: schema.BigInt}, {Name: "tpk_release_dt", Type: schema.Date}, {Name: "amount", Type: schema.Double}, {Name: "city", Type: schema.String},
	}}
	const columns = "pk_customer BIGINT, tpk_release_dt DATE, amount DOUBLE, city STRING"
	steady := func(customer, _ int) any { return float64(customer % 100) }
	quito := func(int, int) any { return "Quito" }
	now := visits(400, func(customer, month int) any {
		if month == 1 && customer%2 == 0 {
			return nil
		}
		return float64(customer % 100)
	}, quito)
	open := func(t *testing.T, before, now [][]any) *shop {
		x := openShop(t)
		x.lake.Answer("approx_count_distinct", "d0 BIGINT, m0 DOUBLE, s0 DOUBLE, q0 STRING, d1 BIGINT, q1 STRING, d2 BIGINT, m2 DOUBLE, s2 DOUBLE, q2 STRING, d3 BIGINT, newest DATE",
			[]any{400, nil, nil, nil, 2, nil, 100, nil, nil, nil, 1, "2026-11-01"})
		x.lake.Answer("LIMIT 0", columns)
		x.lake.Answer("^SELECT `pk_customer`, .* VERSION AS OF 2 ", columns, before...)
		x.lake.Answer("^SELECT `pk_customer`, .* VERSION AS OF 3 ", columns, now...)
		return x
	}
	drifts := func(p workspaces.Profile) (out [][2]float64) {
		for _, c := range p.Columns {
			var both [2]float64
			for i, psi := range []*float64{c.Drift, c.MonthDrift} {
				if both[i] = -1; psi != nil {
					both[i] = math.Round(*psi*100) / 100
				}
			}
			out = append(out, both)
		}
		return out
	}

	t.Run("a quarter of the values is null now, all of them in the newest month", func(t *testing.T) {
		x := open(t, visits(400, steady, quito), now)
		n := x.count()
		p, err := x.Profile(t.Context(), visited)
		if err != nil {
			t.Fatal(err)
		}
		x.golden("drift", x.since(n)[1:])
		// Shares of null are 0, taken for 0.0001, and 0.25 or 0.5; the ten buckets have the rest: (0.25-0.0001)·ln(0.25/0.0001) + 0.25·ln(1/0.75).
		if want := [][2]float64{{-1, -1}, {-1, -1}, {2.03, 4.6}, {0, 0}}; !slices.Equal(drifts(p), want) {
			t.Errorf("%v, want %v", drifts(p), want)
		}
		if p.Before != 2 || p.Month != "2026-11" || p.MonthBefore != "2026-10" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("few rows say nothing of drift", func(t *testing.T) {
		p, err := open(t, visits(400, steady, quito), now[:299]).Profile(t.Context(), visited)
		if err != nil || p.Before != workspaces.NoTable || p.Month != "" || p.Columns[2].Drift != nil {
			t.Errorf("%+v, %v", p, err)
		}
	})
	t.Run("a version before that cannot be read any more is none", func(t *testing.T) {
		x := open(t, nil, now)
		x.lake.Fail("LIMIT 0", "[DELTA_UNSUPPORTED_TIME_TRAVEL_VIEWS] gone", 1)
		p, err := x.Profile(t.Context(), visited)
		if err != nil || p.Before != workspaces.NoTable || p.Month != "2026-11" {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
