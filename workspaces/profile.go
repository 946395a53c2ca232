package workspaces

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"featops/features/schema"
)

// Profile is how the values of a table's columns are spread at one version, and how far that is from what it was.
type Profile struct {
	// Lacks says why there is nothing more, and what would bring it; empty when there is.
	Lacks string

	Before int64 // the version before, which Drift compares with; NoTable where there is none to compare with
	// Month is the newest release month, which MonthDrift compares with the month before; empty where there are no two to
	// compare.
	Month, MonthBefore string // yyyy-mm
	Columns            []ColumnProfile
}

// ColumnProfile is how the values of one column are spread. What is not known is absent.
type ColumnProfile struct {
	Column    string     `json:"-"`
	Mean      *float64   `json:"mean,omitempty"`      // of the finite numbers; of booleans the share that is true
	Deviation *float64   `json:"deviation,omitempty"` // the sample standard deviation of the finite numbers
	Distinct  *int64     `json:"distinct,omitempty"`  // different values, null not among them
	Estimated bool       `json:"distinct_estimated,omitempty"`
	Quantiles *Quantiles `json:"quantiles,omitempty"` // of numbers, dates and timestamps

	Drift      *float64 `json:"drift,omitempty"`       // the population stability index against the version before
	MonthDrift *float64 `json:"month_drift,omitempty"` // the same of the newest month against the month before
}

// Quantiles are the values that 5, 25, 50, 75 and 95 % of the values do not exceed, as JSON literals like the bounds of
// [ColumnStatistics].
type Quantiles struct {
	P5  json.RawMessage `json:"p5"`
	P25 json.RawMessage `json:"p25"`
	P50 json.RawMessage `json:"p50"`
	P75 json.RawMessage `json:"p75"`
	P95 json.RawMessage `json:"p95"`
}

// QuantilesOf are five numbers, in which a column of a type is measured as in a [Distribution], as literals of the type; nil
// when one is infinite.
func QuantilesOf(t schema.Type, q []float64) *Quantiles {
	literals := make([]json.RawMessage, len(q))
	for i, v := range q {
		switch {
		case v-v != 0:
			return nil
		case t == schema.Date:
			literals[i] = []byte(time.Unix(int64(v)*86400, 0).UTC().Format(`"` + time.DateOnly + `"`))
		case t == schema.Timestamp:
			literals[i] = []byte(time.UnixMicro(int64(v)).UTC().Format(`"2006-01-02T15:04:05.999999Z"`))
		case v == math.Trunc(v) && math.Abs(v) < 1e15:
			literals[i] = strconv.AppendInt(nil, int64(v), 10)
		default:
			literals[i] = strconv.AppendFloat(nil, v, 'g', -1, 64)
		}
	}
	return &Quantiles{P5: literals[0], P25: literals[1], P50: literals[2], P75: literals[3], P95: literals[4]}
}

// DriftWord is how people read a population stability index, by custom.
func DriftWord(psi float64) string {
	switch {
	case psi < 0.1:
		return "small"
	case psi < 0.25:
		return "moderate"
	}
	return "large"
}

// Drift is a column whose values are spread so differently that somebody should look.
type Drift struct {
	Column  string  `json:"column"`
	PSI     float64 `json:"psi"`
	Of      string  `json:"of"` // "version 5", or a month as "2026-05"
	Against string  `json:"against"`
}

func (d Drift) String() string {
	return fmt.Sprintf("%s (PSI %.2f of %s against %s)", d.Column, d.PSI, d.Of, d.Against)
}

// driftsNamed is how many columns a sentence names.
const driftsNamed = 3

// Drifts are columns that have drifted.
type Drifts []Drift

// Columns is how many columns they are of.
func (d Drifts) Columns() int { return len(d.byColumn()) }

// byColumn is the farthest of each column.
func (d Drifts) byColumn() map[string]Drift {
	byColumn := map[string]Drift{}
	for _, one := range d {
		if known, ok := byColumn[one.Column]; !ok || one.PSI > known.PSI {
			byColumn[one.Column] = one
		}
	}
	return byColumn
}

// String tells of them in a sentence, the farthest first; empty for none.
func (d Drifts) String() string {
	worst := slices.SortedFunc(maps.Values(d.byColumn()), func(a, b Drift) int {
		return cmp.Or(cmp.Compare(b.PSI, a.PSI), cmp.Compare(a.Column, b.Column))
	})
	var names []string
	for _, one := range worst[:min(driftsNamed, len(worst))] {
		names = append(names, one.String())
	}
	more := ""
	if n := len(worst) - driftsNamed; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	switch len(worst) {
	case 0:
		return ""
	case 1:
		return "1 column has drifted: " + names[0]
	}
	return fmt.Sprintf("%d columns have drifted: %s%s", len(worst), strings.Join(names, ", "), more)
}

// Over lists what has drifted by a threshold or more, in the order of the columns; nothing for a threshold of 0. version
// is that of the profile.
func (p Profile) Over(threshold float64, version int64) Drifts {
	if threshold <= 0 {
		return nil
	}
	var out Drifts
	for _, c := range p.Columns {
		if c.Drift != nil && *c.Drift >= threshold {
			out = append(out, Drift{c.Column, *c.Drift, fmt.Sprintf("version %d", version), fmt.Sprintf("version %d", p.Before)})
		}
		if c.MonthDrift != nil && *c.MonthDrift >= threshold {
			out = append(out, Drift{c.Column, *c.MonthDrift, p.Month, p.MonthBefore})
		}
	}
	return out
}
