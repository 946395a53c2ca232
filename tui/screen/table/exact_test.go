package table

import "testing"

// A mean is written as the values beside it are, never with an exponent.
func TestExactNumbersAreWrittenAsValuesAre(t *testing.T) {
	for n, want := range map[float64]string{
		1000414556.25: "1,000,414,556", 12: "12", -2.5: "-2.5", 239716.11: "239716.11", 10_000_000.5: "10,000,001", -1e9: "-1,000,000,000",
	} {
		if got := new(column).exact(n); got != want {
			t.Errorf("%v is written as %s, want %s", n, got, want)
		}
	}
}
