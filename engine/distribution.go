package engine

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"featops/features/schema"
	"featops/workspaces"
)

// ColumnDistribution is how the values of a column are spread.
type ColumnDistribution struct {
	workspaces.Distribution
	Type   schema.Type `json:"type"`
	Bounds []float64   `json:"bounds,omitempty"` // the borders of the buckets
}

// Distributions tells how the values of columns of a feature table are spread at its newest version, by column. It reads
// those columns, once a version; columns that the table does not have are left out.
func (e *Engine) Distributions(ctx context.Context, workspace, table string, columns []string) (map[string]ColumnDistribution, error) {
	w, err := e.workspace(workspace)
	if err != nil {
		return nil, err
	}
	s, _ := e.Snapshot().Workspace(workspace)
	i := slices.IndexFunc(s.Tables, func(t workspaces.Table) bool { return strings.EqualFold(t.Name, table) })
	if i < 0 {
		return nil, unknownName(table, "table of "+workspace, tableNames(s.Tables))
	}
	t := s.Tables[i]
	known, missing := e.spreads.get(t, columns)
	if len(missing) == 0 {
		return known, nil
	}
	found, err := e.distribute(ctx, w, t, missing)
	if err != nil {
		return nil, err
	}
	e.spreads.put(t, found)
	known, _ = e.spreads.get(t, columns)
	return known, nil
}

func tableNames(tables []workspaces.Table) []string {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.Name
	}
	return names
}

// distribute measures columns: those whose bounds the statistics tell in one pass, the others in a second one, between the
// bounds that the first has found.
func (e *Engine) distribute(ctx context.Context, w workspaces.Workspace, t workspaces.Table, columns []string) ([]ColumnDistribution, error) {
	stats, err := call(ctx, e, func(ctx context.Context) (workspaces.Statistics, error) { return w.Statistics(ctx, t, "") })
	if err != nil {
		return nil, err
	}
	out := make([]ColumnDistribution, len(columns))
	cuts := make([]workspaces.Cut, len(columns))
	for i, name := range columns {
		kind := t.Schema[t.Schema.Index(name)].Type
		out[i].Type, cuts[i].Column = kind, name
		if j := slices.IndexFunc(stats.Columns, func(c workspaces.ColumnStatistics) bool { return strings.EqualFold(c.Column, name) }); j >= 0 {
			low, okL := measureOf(kind, stats.Columns[j].Min)
			high, okH := measureOf(kind, stats.Columns[j].Max)
			if okL && okH {
				cuts[i].Bounds = Buckets(kind, low, high)
			}
		}
	}
	first, err := w.Distributions(ctx, t, cuts)
	if err != nil {
		return nil, err
	}
	var again []int
	var cutsAgain []workspaces.Cut
	for i, d := range first {
		out[i].Distribution, out[i].Bounds = d, cuts[i].Bounds
		if d.Finite > 0 && cuts[i].Bounds == nil {
			out[i].Bounds = Buckets(out[i].Type, d.Min, d.Max)
			again, cutsAgain = append(again, i), append(cutsAgain, workspaces.Cut{Column: columns[i], Bounds: out[i].Bounds})
		}
	}
	if len(again) == 0 {
		return out, nil
	}
	second, err := w.Distributions(ctx, t, cutsAgain)
	for k, d := range second {
		out[again[k]].Distribution = d
	}
	return out, err
}

// measureOf is a bound as a number, as a Distribution measures it.
func measureOf(kind schema.Type, bound json.RawMessage) (float64, bool) {
	if kind == schema.Date || kind == schema.Timestamp {
		var text string
		if json.Unmarshal(bound, &text) != nil {
			return 0, false
		}
		layout := time.RFC3339Nano
		if kind == schema.Date {
			layout = time.DateOnly
		}
		t, err := time.Parse(layout, text)
		return measureTime(kind, t), err == nil
	}
	var n float64
	err := json.Unmarshal(bound, &n)
	return n, err == nil && kind != schema.Boolean && kind != schema.String
}

func measureTime(kind schema.Type, t time.Time) float64 {
	if kind == schema.Date {
		return float64(t.Unix() / int64(24*time.Hour/time.Second))
	}
	return float64(t.UnixMicro())
}

// MeasuredTime is the day or the moment that a number stands for in the distribution of a column of dates or timestamps.
func MeasuredTime(kind schema.Type, n float64) time.Time {
	if kind == schema.Date {
		return time.Unix(int64(n)*int64(24*time.Hour/time.Second), 0).UTC()
	}
	return time.UnixMicro(int64(n)).UTC()
}

// mostBuckets is how many buckets a histogram has at most.
const mostBuckets = 24

// Buckets are the borders of the buckets of a histogram of values from low to high: equally wide, for whole numbers with
// equally many of them in each, for dates whole months where there is more than a month between.
func Buckets(kind schema.Type, low, high float64) []float64 {
	switch {
	case low > high || math.IsInf(low, 0) || math.IsInf(high, 0) || math.IsNaN(low) || math.IsNaN(high):
		return nil
	case kind == schema.Date && high-low > 31:
		return monthBuckets(MeasuredTime(kind, low), MeasuredTime(kind, high))
	case kind == schema.Int || kind == schema.BigInt || kind == schema.Date:
		width := math.Max(1, math.Ceil((high-low+1)/mostBuckets))
		return borders(low, width, int(math.Ceil((high-low+1)/width)))
	case low == high:
		return []float64{low, high}
	}
	out := borders(low, (high-low)/mostBuckets, mostBuckets)
	out[mostBuckets] = high // whatever rounding makes of it
	return out
}

func borders(low, width float64, n int) []float64 {
	out := make([]float64, n+1)
	for i := range out {
		out[i] = low + float64(i)*width
	}
	return out
}

func monthBuckets(low, high time.Time) []float64 {
	first := time.Date(low.Year(), low.Month(), 1, 0, 0, 0, 0, time.UTC)
	months := (high.Year()-low.Year())*12 + int(high.Month()-low.Month()) + 1
	step := (months + mostBuckets - 1) / mostBuckets
	var out []float64
	for m := 0; m < months+step; m += step {
		out = append(out, measureTime(schema.Date, first.AddDate(0, m, 0)))
	}
	return out
}

// spreads keeps the distributions of the newest version of each table that was looked at.
type spreads struct {
	mu     sync.Mutex
	tables map[[2]string]*spreadTable // by workspace and name
}

type spreadTable struct {
	version int64
	updated time.Time // a table that was made anew may have the version of an older one
	columns map[string]ColumnDistribution
}

// get returns what is known of columns, and the names of those that the table has and of which nothing is.
func (s *spreads) get(t workspaces.Table, columns []string) (known map[string]ColumnDistribution, missing []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.of(t)
	known = map[string]ColumnDistribution{}
	for _, name := range columns {
		if d, ok := kept.columns[name]; ok {
			known[name] = d
		} else if t.Schema.Index(name) >= 0 {
			missing = append(missing, name)
		}
	}
	return known, missing
}

func (s *spreads) put(t workspaces.Table, found []ColumnDistribution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.of(t)
	for _, d := range found {
		kept.columns[d.Column] = d
	}
}

func (s *spreads) of(t workspaces.Table) *spreadTable {
	key := [2]string{t.Workspace, t.Name}
	kept := s.tables[key]
	if kept == nil || kept.version != t.Version || !kept.updated.Equal(t.Updated) {
		if s.tables == nil {
			s.tables = map[[2]string]*spreadTable{}
		}
		kept = &spreadTable{version: t.Version, updated: t.Updated, columns: map[string]ColumnDistribution{}}
		s.tables[key] = kept
	}
	return kept
}
