package features

import "testing"

func TestReach(t *testing.T) {
	sum := Feature{Name: "n", Value: Aggregate{Sum, Col("n")}}
	mean := Feature{Name: "mean", Value: Round{Rolling{Mean, Ref("n"), 3}}}
	for name, c := range map[string]struct {
		features []Feature
		want     int
	}{
		"no windows":          {[]Feature{sum}, 0},
		"a window":            {[]Feature{sum, mean}, 2},
		"a lag":               {[]Feature{sum, mean, {Name: "lag", Value: Lag{Ref("n"), 6}}}, 6},
		"a lag of a window":   {[]Feature{sum, mean, {Name: "lag", Value: Lag{Ref("mean"), 6}}}, 8},
		"a sum with a window": {[]Feature{sum, mean, {Name: "sum", Value: Arith{Ref("n"), Add, Ref("mean")}}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Table{Features: c.features}).Reach(); got != c.want {
				t.Errorf("reach %d, want %d", got, c.want)
			}
		})
	}
	for _, table := range Tables() {
		want := 6
		if table.Release.Since != "" {
			want = 0
		}
		if got := table.Reach(); got != want {
			t.Errorf("%s: reach %d, want %d", table.Name, got, want)
		}
	}
}
