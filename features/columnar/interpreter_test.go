package columnar

import (
	"math"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"featops/features"
)

// The interpreter computes a table row by row, as the definition says it, with maps and slices and
// exact arithmetic, and without any regard for speed. It shares no code with the package.

// A cell is nil, int64, float64, bool, string or day.
type (
	cell any
	day  int32
	line map[string]cell // a source row, or a row of output by feature
)

// tooLarge is what the interpreter panics with where a whole number does not fit.
type tooLarge string

type interpreter struct {
	table features.Table
	start time.Time
	end   time.Time
	all   bool // months that are not in the output are computed too
}

// scope is where an expression stands: in a row, or in a group of a customer's groups.
type scope struct {
	row     line
	release time.Time
	groups  []*groupLine // of the customer; nil in a row
	at      int
	values  line // of the features before, where there are no groups
}

type groupLine struct {
	release time.Time
	rows    []line
	values  line
}

// rows gives the output in order. Each has the features and the two keys.
func (in interpreter) rows(source []line) (out []line, bad int, err error) {
	defer func() {
		if p := recover(); p != nil {
			tooBig, ok := p.(tooLarge)
			if !ok {
				panic(p)
			}
			out, err = nil, &OverflowError{Value: string(tooBig)}
		}
	}()
	customers := map[int64][]line{}
	for _, row := range source {
		customer, ok := row[in.table.Customer].(int64)
		if !ok || customer == 999999999 {
			continue
		}
		if in.table.Where != nil && in.eval(in.table.Where, scope{row: row}) != true {
			continue
		}
		if in.table.Release.After != "" {
			if _, ok := month(row[in.table.Release.After]); !ok {
				bad++
				continue
			}
		}
		customers[customer] = append(customers[customer], row)
	}
	var order []int64
	for c := range customers {
		order = append(order, c)
	}
	slices.Sort(order)
	for _, c := range order {
		if in.table.Release.Since != "" {
			out = append(out, in.since(c, customers[c])...)
		} else {
			out = append(out, in.after(c, customers[c])...)
		}
	}
	return out, bad, nil
}

func (in interpreter) since(customer int64, rows []line) (out []line) {
	sort.SliceStable(rows, func(i, j int) bool {
		return firstRelease(rows[i][in.table.Release.Since]) < firstRelease(rows[j][in.table.Release.Since])
	})
	for m := firstOfMonth(in.start); !m.After(in.end); m = m.AddDate(0, 1, 0) {
		for _, row := range rows {
			since, ok := row[in.table.Release.Since].(day)
			if !ok || timeOf(since).After(m) || m.Before(in.start) {
				continue
			}
			values := line{}
			for _, f := range in.table.Features {
				values[f.Name] = in.eval(f.Value, scope{row: row, release: m, values: values})
			}
			out = append(out, in.keyed(values, customer, m))
		}
	}
	return out
}

func firstRelease(since cell) string {
	d, ok := since.(day)
	if !ok {
		return ""
	}
	t := timeOf(d)
	if t.Day() > 1 {
		t = firstOfMonth(t).AddDate(0, 1, 0)
	}
	return t.Format(time.DateOnly)
}

func (in interpreter) after(customer int64, rows []line) (out []line) {
	byMonth := map[time.Time]*groupLine{}
	var groups []*groupLine
	for _, row := range rows {
		m, _ := month(row[in.table.Release.After])
		if byMonth[m] == nil {
			byMonth[m] = &groupLine{release: m.AddDate(0, 1, 0), values: line{}}
			groups = append(groups, byMonth[m])
		}
		byMonth[m].rows = append(byMonth[m].rows, row)
	}
	sort.Slice(groups, func(i, j int) bool { return groups[i].release.Before(groups[j].release) })
	for i, g := range groups {
		shown := !g.release.Before(in.start) && !g.release.After(in.end)
		if !shown && !in.all {
			continue
		}
		for _, f := range in.table.Features {
			in.value(f.Name, scope{release: g.release, groups: groups, at: i})
		}
		if shown {
			out = append(out, in.keyed(g.values, customer, g.release))
		}
	}
	return out
}

// value is that of a feature in a group, computed where it is first needed.
func (in interpreter) value(name string, s scope) cell {
	known := s.groups[s.at].values
	if _, ok := known[name]; !ok {
		i := slices.IndexFunc(in.table.Features, func(f features.Feature) bool { return f.Name == name })
		known[name] = in.eval(in.table.Features[i].Value, s)
	}
	return known[name]
}

// keyed narrows the values and adds the keys.
func (in interpreter) keyed(values line, customer int64, release time.Time) line {
	out := line{"pk_customer": customer, "tpk_release_dt": dayAt(release)}
	for name, v := range values {
		if n, ok := v.(int64); ok && (n > math.MaxInt32 || n < math.MinInt32) {
			panic(tooLarge(strconv.FormatInt(n, 10)))
		}
		out[in.table.Prefix+name] = v
	}
	return out
}

func month(c cell) (time.Time, bool) {
	switch c := c.(type) {
	case day:
		return firstOfMonth(timeOf(c)), true
	case string:
		t, err := time.Parse("2006-01", c)
		return t, err == nil && len(c) == 7 && t.Year() > 0
	}
	return time.Time{}, false
}

func firstOfMonth(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

func timeOf(d day) time.Time { return time.Unix(0, 0).UTC().AddDate(0, 0, int(d)) }

func dayAt(t time.Time) day { return day(math.Floor(float64(t.Unix()) / 86400)) }

// eval computes an expression. All operands are computed, whether they are used or not.
func (in interpreter) eval(e features.Expr, s scope) cell {
	switch e := e.(type) {
	case features.Col:
		v := s.row[string(e)]
		if text, ok := v.(string); ok {
			return features.Clean(text)
		}
		return v
	case features.Ref:
		if s.groups == nil {
			return s.values[string(e)]
		}
		return in.value(string(e), s)
	case features.Int:
		return int64(e)
	case features.Num:
		return float64(e)
	case features.Text:
		return string(e)
	case features.Null:
		return nil
	case features.EventMonth:
		return dayAt(s.release.AddDate(0, -1, 0))
	case features.ReleaseDate:
		return dayAt(s.release)
	case features.Aggregate:
		return in.aggregate(e, s)
	case features.Rolling:
		return in.rolling(e, s)
	case features.Lag:
		return in.lag(e, s)
	}
	var v []cell
	for _, child := range features.Children(e) {
		v = append(v, in.eval(child, s))
	}
	switch e := e.(type) {
	case features.Map:
		of, results := v[0], v[1:]
		if of == nil {
			return results[len(results)-1]
		}
		for i, k := range e.Cases {
			if of == k.From {
				return results[i]
			}
		}
		return results[len(results)-2]
	case features.If:
		if v[0] == true {
			return v[1]
		}
		return v[2]
	case features.Coalesce:
		if v[0] != nil {
			return v[0]
		}
		return v[1]
	case features.NotNull:
		return v[0] != nil
	case features.And:
		switch {
		case slices.Contains(v, cell(false)):
			return false
		case slices.Contains(v, nil):
			return nil
		}
		return true
	}
	if slices.Contains(v, nil) {
		return nil
	}
	switch e := e.(type) {
	case features.Not:
		return !v[0].(bool)
	case features.Compare:
		c := compareCells(v[0], v[1])
		return map[features.CompareOp]bool{features.Equal: c == 0, features.Less: c < 0,
			features.Greater: c > 0, features.GreaterEqual: c >= 0}[e.Op]
	case features.Arith:
		return arithmetic(v[0], e.Op, v[1])
	case features.Round:
		return roundPlain(v[0].(float64))
	case features.Whole:
		x := v[0].(float64)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			panic(tooLarge(strconv.FormatFloat(x, 'g', -1, 64)))
		}
		n, _ := big.NewFloat(x).Int(nil)
		return wholeNumber(n)
	case features.MonthStart:
		return dayAt(firstOfMonth(timeOf(v[0].(day))))
	case features.MonthsBetween:
		return monthsBetweenPlain(timeOf(v[0].(day)), timeOf(v[1].(day)))
	}
	panic(e)
}

func wholeNumber(n *big.Int) cell {
	if !n.IsInt64() {
		panic(tooLarge(n.String()))
	}
	return n.Int64()
}

func toDoublePlain(c cell) float64 {
	if n, ok := c.(int64); ok {
		return float64(n)
	}
	return c.(float64)
}

func arithmetic(a cell, op features.ArithOp, b cell) cell {
	x, xWhole := a.(int64)
	y, yWhole := b.(int64)
	if xWhole && yWhole && op != features.Divide {
		f := map[features.ArithOp]func(z, x, y *big.Int) *big.Int{
			features.Add: (*big.Int).Add, features.Subtract: (*big.Int).Sub, features.Multiply: (*big.Int).Mul}[op]
		return wholeNumber(f(new(big.Int), big.NewInt(x), big.NewInt(y)))
	}
	p, q := toDoublePlain(a), toDoublePlain(b)
	switch op {
	case features.Add:
		return p + q
	case features.Subtract:
		return p - q
	case features.Multiply:
		return p * q
	}
	if q == 0 {
		return nil
	}
	return p / q
}

func compareCells(a, b cell) int {
	switch x := a.(type) {
	case string:
		return strings.Compare(x, b.(string))
	case day:
		return int(x) - int(b.(day))
	case bool:
		return map[bool]int{true: 1}[x] - map[bool]int{true: 1}[b.(bool)]
	case int64:
		if y, ok := b.(int64); ok {
			return big.NewInt(x).Cmp(big.NewInt(y))
		}
	}
	x, y := toDoublePlain(a), toDoublePlain(b)
	switch {
	case math.IsNaN(x) && math.IsNaN(y):
		return 0
	case math.IsNaN(x):
		return 1
	case math.IsNaN(y):
		return -1
	}
	return big.NewFloat(x).Cmp(big.NewFloat(y))
}

func (in interpreter) aggregate(e features.Aggregate, s scope) cell {
	g := s.groups[s.at]
	if e.Fn == features.Count {
		return int64(len(g.rows))
	}
	var values []cell
	for _, row := range g.rows {
		values = append(values, in.eval(e.Of, scope{row: row, release: g.release}))
	}
	return over(e.Fn, values)
}

func (in interpreter) rolling(e features.Rolling, s scope) cell {
	var values []cell
	for i := 0; i <= s.at; i++ {
		there := s.at-i < e.Last
		if in.table.Frame == features.Months {
			there = s.groups[i].release.After(s.groups[s.at].release.AddDate(0, -e.Last, 0))
		}
		if there {
			values = append(values, in.eval(e.Of, scope{release: s.groups[i].release, groups: s.groups, at: i}))
		}
	}
	return over(e.Fn, values)
}

func (in interpreter) lag(e features.Lag, s scope) cell {
	for i := 0; i < s.at; i++ {
		there := s.at-i == e.By
		if in.table.Frame == features.Months {
			there = s.groups[i].release.Equal(s.groups[s.at].release.AddDate(0, -e.By, 0))
		}
		if there {
			return in.eval(e.Of, scope{release: s.groups[i].release, groups: s.groups, at: i})
		}
	}
	return nil
}

func over(fn features.Fn, values []cell) cell {
	values = slices.DeleteFunc(values, func(c cell) bool { return c == nil })
	if len(values) == 0 {
		return nil
	}
	if fn == features.Min || fn == features.Max {
		best := values[0]
		for _, v := range values {
			if c := compareCells(v, best); fn == features.Min && c < 0 || fn == features.Max && c > 0 {
				best = v
			}
		}
		return best
	}
	if _, ok := values[0].(int64); ok && fn == features.Sum {
		total := new(big.Int)
		for _, v := range values {
			total.Add(total, big.NewInt(v.(int64)))
		}
		return wholeNumber(total)
	}
	total := 0.0
	for _, v := range values {
		total += toDoublePlain(v)
	}
	n := float64(len(values))
	switch fn {
	case features.Sum:
		return total
	case features.Mean:
		return total / n
	}
	if len(values) == 1 {
		return nil
	}
	mean, squares := 0.0, 0.0
	for i, v := range values { // as Spark SQL carries its central moments on
		delta := toDoublePlain(v) - mean
		mean += delta / float64(i+1)
		squares += float64(delta * (delta - delta/float64(i+1)))
	}
	return math.Sqrt(squares / (n - 1))
}

// roundPlain rounds the shortest decimal text as an exact fraction.
func roundPlain(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	exact, _ := new(big.Rat).SetString(strconv.FormatFloat(math.Abs(x), 'e', -1, 64))
	exact.Mul(exact, big.NewRat(10_000, 1)).Add(exact, big.NewRat(1, 2))
	down := new(big.Int).Quo(exact.Num(), exact.Denom())
	r, _ := new(big.Rat).SetFrac(down, big.NewInt(10_000)).Float64()
	if x < 0 {
		r = 0 - r
	}
	return r
}

// monthsBetweenPlain follows the documentation of Spark SQL's months_between.
func monthsBetweenPlain(end, start time.Time) float64 {
	months := int64(end.Year()-start.Year())*12 + int64(end.Month()) - int64(start.Month())
	last := func(t time.Time) bool { return t.AddDate(0, 0, 1).Day() == 1 }
	if end.Day() == start.Day() || last(end) && last(start) {
		return float64(months)
	}
	exact := new(big.Rat).Add(big.NewRat(months, 1), big.NewRat(int64(end.Day()-start.Day()), 31))
	text := exact.FloatString(8) // rounds ties away from zero, but there are none
	r, _ := strconv.ParseFloat(text, 64)
	return r
}
