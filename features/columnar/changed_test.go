package columnar

import (
	"maps"
	"math"
	"slices"
	"testing"

	"featops/features"

	"github.com/google/go-cmp/cmp"
)

func TestCompareTellsTheMonthsWhoseRowsDiffer(t *testing.T) {
	s, err := features.Transactions.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	of := func(id int64, period cell, amount float64) line {
		return line{"id_cliente": id, "periodo": period, "numero_transacciones": int64(1), "monto_total_transacciones": amount}
	}
	before := []line{of(1, "2024-01", 1), of(2, "2024-01", 2), of(1, "2024-02", 3), of(2, "2024-03", 4), of(3, nil, 5)}
	changed := func(change func(rows []line) []line) []line { return change(slices.Clone(before)) }
	for name, c := range map[string]struct {
		after   []line
		months  []string
		undated bool
	}{
		"nothing": {before, nil, false},
		"a value": {changed(func(r []line) []line { r[2] = of(1, "2024-02", 3.5); return r }), []string{"2024-02"}, false},
		"the sign of a zero": {changed(func(r []line) []line { r[2] = of(1, "2024-02", math.Copysign(0, -1)); return r }),
			[]string{"2024-02"}, false},
		"a null": {changed(func(r []line) []line { r[3] = line{"id_cliente": int64(2), "periodo": "2024-03"}; return r }),
			[]string{"2024-03"}, false},
		"a new month":      {append(slices.Clone(before), of(1, "2024-04", 1)), []string{"2024-04"}, false},
		"a row that went":  {before[1:], []string{"2024-01"}, false},
		"a month of a row": {changed(func(r []line) []line { r[3] = of(2, "2024-02", 4); return r }), []string{"2024-02", "2024-03"}, false},
		"the order of the rows of a month": {changed(func(r []line) []line { r[0], r[1] = r[1], r[0]; return r }),
			[]string{"2024-01"}, false},
		"the order of months alone": {changed(func(r []line) []line { r[2], r[3] = r[3], r[2]; return r }), nil, false},
		"a row without a month":     {before[:4], nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 10} {
				a, b := asRecords(s, before, size), asRecords(s, c.after, 3)
				got, err := Compare(t.Context(), a, b, "periodo", noMonth)
				if err != nil {
					t.Fatal(err)
				}
				var months []string
				for _, m := range slices.Sorted(maps.Keys(got.Months)) {
					months = append(months, StartOf(m).Format("2006-01"))
				}
				if diff := cmp.Diff(c.months, months); diff != "" || got.Undated != c.undated {
					t.Errorf("batches of %d: undated %v, months (-want +got):\n%s", size, got.Undated, diff)
				}
			}
		})
	}
}

func TestCompareEndsEarlyWhereEnoughHasChanged(t *testing.T) {
	s, err := features.Transactions.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	january, _ := parseMonth("2024-01")
	a := asRecords(s, []line{{"periodo": "2024-01", "id_cliente": int64(1)}, {"periodo": "2024-02"}}, 1)
	b := asRecords(s, []line{{"periodo": "2024-01", "id_cliente": int64(2)}, {"periodo": "2024-03"}}, 1)
	got, err := Compare(t.Context(), a, b, "periodo", january)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[int32]struct{}{january: {}}, got.Months); diff != "" {
		t.Errorf("months (-want +got):\n%s", diff)
	}
	if !a.Next() {
		t.Error("the first version was read to its end")
	}
}
