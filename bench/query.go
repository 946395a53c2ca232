package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A feature table as SQL, written from what the table is said to be and not from its definition, of which only the names of the
// columns are taken. It has three steps, and all windows of a table are in one:
//
//	monthly   a row a customer and release month
//	windowed  + means, deviations, minima and maxima of the last 3 and 6 rows, and lagged values
//	the rest  + differences, rates of change, and what else is made of the columns of a row
//
// Texts are cleaned as far as the sources need.
type sqlTable struct {
	monthly  string            // from {source}, of the rows that {condition} lets through
	rolling  []string          // mean and deviation
	extremes []string          // minimum and maximum
	lagged   []string          // 1, 3 and 6 back
	windows  map[string]string // further columns of the step windowed
	made     map[string]string // columns of the last step; {round(x)} rounds x
}

// rounded is an expression rounded to four decimals; unrounded leaves it as it is.
func rounded(x string) string   { return "round(" + x + ", 4)" }
func unrounded(x string) string { return x }

// query is the task's table, from the source rows that a condition lets through.
func (t task) query(condition string, round func(string) string) string {
	def := t.table()
	s := sqlTables[def.Name]
	windowed := []string{"*"}
	for name, x := range s.windows {
		windowed = append(windowed, x+" AS "+name)
	}
	for _, n := range []int{3, 6} {
		for _, c := range s.rolling {
			windowed = append(windowed, fmt.Sprintf("avg(%[1]s::DOUBLE) OVER w%[2]d AS %[1]s_ravg_%[2]dm, stddev_samp(%[1]s::DOUBLE) OVER w%[2]d AS %[1]s_rstd_%[2]dm", c, n))
		}
		for _, c := range s.extremes {
			windowed = append(windowed, fmt.Sprintf("min(%[1]s) OVER w%[2]d AS %[1]s_rmin_%[2]dm, max(%[1]s) OVER w%[2]d AS %[1]s_rmax_%[2]dm", c, n))
		}
	}
	made := map[string]string{}
	for name, x := range s.made {
		before, inner, found := strings.Cut(x, "{round ")
		if found {
			x = before + round(strings.TrimSuffix(inner, "}"))
		}
		made[name] = x
	}
	for _, c := range s.rolling {
		for _, suffix := range []string{"ravg_3m", "rstd_3m", "ravg_6m", "rstd_6m"} {
			made[c+"_"+suffix] = round(c + "_" + suffix)
		}
	}
	for _, c := range s.lagged {
		for _, k := range []int{1, 3, 6} {
			lag := fmt.Sprintf("%s_lag_%dm", c, k)
			windowed = append(windowed, fmt.Sprintf("lag(%s, %d) OVER w AS %s", c, k, lag))
			made[fmt.Sprintf("%s_diff_%dm", c, k)] = c + " - " + lag
			made[fmt.Sprintf("%s_roc_%dm", c, k)] = round(fmt.Sprintf("(%s - %s) / nullif(%s, 0)", c, lag, lag))
		}
	}
	output := []string{"pk_customer", "tpk_release_dt"}
	names, prefixed := columnsOf(def)
	for i, name := range names {
		x, ok := made[name]
		if !ok {
			x = name
		}
		output = append(output, x+" AS "+prefixed[i])
	}
	source := fmt.Sprintf("read_parquet('%s')", filepath.Join(t.Source, def.Source.Name, "*.parquet"))
	monthly := strings.NewReplacer("{source}", source, "{condition}", condition, "{start}", t.Start, "{end}", t.End).Replace(s.monthly)
	return fmt.Sprintf(`
WITH monthly AS (%s),
windowed AS (
  SELECT %s FROM monthly
  WINDOW w AS (PARTITION BY pk_customer ORDER BY tpk_release_dt),
    w3 AS (PARTITION BY pk_customer ORDER BY tpk_release_dt ROWS BETWEEN 2 PRECEDING AND CURRENT ROW),
    w6 AS (PARTITION BY pk_customer ORDER BY tpk_release_dt ROWS BETWEEN 5 PRECEDING AND CURRENT ROW))
SELECT %s FROM windowed`, monthly, strings.Join(windowed, ",\n    "), strings.Join(output, ",\n  "))
}
