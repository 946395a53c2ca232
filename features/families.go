package features

import "fmt"

// Windows of the rolling features and steps of the lags, in rows or months.
var (
	windows = []int{3, 6}
	steps   = []int{1, 3, 6}
)

// rolling gives the mean and the sample standard deviation of each named feature over the last
// 3 and 6, rounded to four decimals: {n}_ravg_3m, {n}_rstd_3m, {n}_ravg_6m, {n}_rstd_6m.
func rolling(names ...string) []Feature {
	var out []Feature
	for _, n := range names {
		for _, w := range windows {
			out = append(out,
				Feature{fmt.Sprintf("%s_ravg_%dm", n, w), Round{Rolling{Mean, Ref(n), w}},
					fmt.Sprintf("Mean of %s over the last %d.", n, w)},
				Feature{fmt.Sprintf("%s_rstd_%dm", n, w), Round{Rolling{StdDev, Ref(n), w}},
					fmt.Sprintf("Sample standard deviation of %s over the last %d.", n, w)})
		}
	}
	return out
}

// extremes gives the minimum and the maximum of each named feature over the last 3 and 6:
// {c}_rmin_3m, {c}_rmax_3m, {c}_rmin_6m, {c}_rmax_6m.
func extremes(names ...string) []Feature {
	var out []Feature
	for _, n := range names {
		for _, w := range windows {
			out = append(out,
				Feature{fmt.Sprintf("%s_rmin_%dm", n, w), Rolling{Min, Ref(n), w},
					fmt.Sprintf("Minimum of %s over the last %d.", n, w)},
				maximum(n, w))
		}
	}
	return out
}

// maximum is {c}_rmax_{w}m alone.
func maximum(name string, w int) Feature {
	return Feature{fmt.Sprintf("%s_rmax_%dm", name, w), Rolling{Max, Ref(name), w},
		fmt.Sprintf("Maximum of %s over the last %d.", name, w)}
}

// lags gives, for each named feature and 1, 3, 6 back, the value, the difference to it and the rate
// of change: {n}_lag_1m, {n}_diff_1m, {n}_roc_1m, …
func lags(names ...string) []Feature {
	var out []Feature
	for _, n := range names {
		for _, k := range steps {
			lag := Ref(fmt.Sprintf("%s_lag_%dm", n, k))
			diff := Ref(fmt.Sprintf("%s_diff_%dm", n, k))
			out = append(out,
				Feature{string(lag), Lag{Ref(n), k}, fmt.Sprintf("%s, %d back.", n, k)},
				Feature{string(diff), Arith{Ref(n), Subtract, lag}, fmt.Sprintf("%s minus its value %d back.", n, k)},
				Feature{fmt.Sprintf("%s_roc_%dm", n, k), Round{Arith{diff, Divide, lag}},
					fmt.Sprintf("Rate of change of %s against %d back; null when that is 0.", n, k)})
		}
	}
	return out
}

// ratio is {a}_to_{b}_ratio, rounded to four decimals; null when b is 0.
func ratio(a, b string) Feature {
	return Feature{a + "_to_" + b + "_ratio", Round{Arith{Ref(a), Divide, Ref(b)}},
		fmt.Sprintf("%s divided by %s; null when that is 0.", a, b)}
}

// percent is {a}_pct: a in percent of b, rounded to four decimals; null when b is 0.
func percent(a, b string) Feature {
	return Feature{a + "_pct", Round{Arith{Arith{Num(100), Multiply, Ref(a)}, Divide, Ref(b)}},
		fmt.Sprintf("%s in percent of %s; null when that is 0.", a, b)}
}

// rating turns the rating of a source into 1 (A, best) to 5 (E), anything else 0.
func rating(column Col) Expr {
	return Map{
		Of: column,
		Cases: []Case{
			{"a", Int(1)}, {"b", Int(2)}, {"c", Int(3)}, {"d", Int(4)}, {"e", Int(5)},
		},
		Else:   Int(0),
		IfNull: Null("BIGINT"),
	}
}
