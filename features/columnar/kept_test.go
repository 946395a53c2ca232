package columnar

import (
	"testing"

	"featops/features"

	"github.com/google/go-cmp/cmp"
	"github.com/kamstrup/intmap"
)

func TestKeptGivesTheRowsThatTheTableAndTheHistoryLetPass(t *testing.T) {
	table := features.CreditRisk()
	columns, err := features.CreditBureau.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	of := func(id int64, period, rating cell) line {
		return line{"id_cliente": id, "periodo": period, "calificacion_sistema": rating, "buro_score": int64(700)}
	}
	rows := []line{
		of(1, "2024-01", "A"), of(2, "2024-01", "A"), of(1, "2024-03", "A"), of(2, "2024-02", "A"),
		of(1, "2024-03", nil), of(features.TestCustomer, "2024-03", "A"), of(1, nil, "A"), of(1, "2024-13", "A"),
	}
	month := func(text string) int32 {
		m, ok := parseMonth(text)
		if !ok {
			t.Fatal(text)
		}
		return m
	}
	type key struct {
		Customer int64
		Month    string
	}
	for name, c := range map[string]struct {
		history *History
		want    []key
	}{
		"all":                   {nil, []key{{1, "2024-01"}, {2, "2024-01"}, {1, "2024-03"}, {2, "2024-02"}}},
		"from a month on":       {&History{From: month("2024-02")}, []key{{1, "2024-03"}, {2, "2024-02"}}},
		"of a customer, longer": {&History{From: month("2024-03"), Longer: setOf(2)}, []key{{2, "2024-01"}, {1, "2024-03"}, {2, "2024-02"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []key
			err := Kept(t.Context(), table, asRecords(columns, rows, len(rows)), c.history, func(customers []int64, months []int32) {
				for i, id := range customers {
					got = append(got, key{id, StartOf(months[i]).Format("2006-01")})
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff([]string{"id_cliente", "periodo", "calificacion_sistema", "buro_score"}, KeptBy(table)); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func setOf(customer int64) *intmap.Set[int64] {
	s := intmap.NewSet[int64](1)
	s.Add(customer)
	return s
}
