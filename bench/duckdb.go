package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the driver
)

const duckdbName = "duckdb"

// runDuckDB copies the result of the query to a Parquet file. Rows need not come in any order, which
// is DuckDB's fastest way.
func runDuckDB(ctx context.Context, o options) (err error) {
	db, err := openDuckDB(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, fmt.Sprintf("COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION snappy)",
		query(o.sourceFiles(o.order), "true", rounded), duckdbFiles(o.output)))
	return err
}

func openDuckDB(ctx context.Context, o options) (*sql.DB, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	for _, setting := range []string{
		fmt.Sprintf("SET threads = %d", o.threads),
		"SET preserve_insertion_order = false",
		fmt.Sprintf("SET temp_directory = '%s'", filepath.Join(o.output, "spilled")),
	} {
		if _, err := db.ExecContext(ctx, setting); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

func duckdbFiles(dir string) string { return filepath.Join(dir, "duckdb.parquet") }

// rounded is an expression rounded to four decimals; unrounded leaves it as it is.
func rounded(x string) string   { return "round(" + x + ", 4)" }
func unrounded(x string) string { return x }

// query is the credit-risk table as SQL, from the files of its source and those rows that a condition
// lets through. It cleans ratings as far as the input needs, and rounds by the given function.
func query(files, condition string, round func(string) string) string {
	sums := []string{"bureau_score_sum", "total_banking_debt_sum", "bureau_inquiries_12m_sum"}
	var windowed, output []string
	for _, n := range []int{3, 6} {
		for _, c := range sums {
			windowed = append(windowed,
				fmt.Sprintf("avg(%s::DOUBLE) OVER w%d AS %s_ravg_%dm", c, n, c, n),
				fmt.Sprintf("stddev_samp(%s::DOUBLE) OVER w%d AS %s_rstd_%dm", c, n, c, n))
		}
		windowed = append(windowed,
			fmt.Sprintf("min(rating_num) OVER w%d AS rating_num_rmin_%dm", n, n),
			fmt.Sprintf("max(rating_num) OVER w%d AS rating_num_rmax_%dm", n, n))
	}
	for _, c := range sums {
		for _, k := range []int{1, 3, 6} {
			windowed = append(windowed, fmt.Sprintf("lag(%s, %d) OVER w AS %s_lag_%dm", c, k, c, k))
		}
	}
	add := func(name, expression string) {
		output = append(output, fmt.Sprintf("%s AS %s%s", expression, table.Prefix, name))
	}
	for _, c := range []string{"credits_cnt", sums[0], sums[1], sums[2], "rating_num"} {
		add(c, c)
	}
	for _, c := range sums {
		for _, n := range []int{3, 6} {
			for _, fn := range []string{"ravg", "rstd"} {
				name := fmt.Sprintf("%s_%s_%dm", c, fn, n)
				add(name, round(name))
			}
		}
	}
	for _, n := range []int{3, 6} {
		for _, fn := range []string{"rmin", "rmax"} {
			name := fmt.Sprintf("rating_num_%s_%dm", fn, n)
			add(name, name)
		}
	}
	add("total_banking_debt_sum_to_bureau_score_sum_ratio", round("total_banking_debt_sum / nullif(bureau_score_sum, 0)"))
	add("ind_high_risk", "rating_num >= 4")
	add("ind_rating_worsened", "rating_num > rating_before")
	add("ind_rating_improved", "rating_num < rating_before")
	for _, c := range sums {
		for _, k := range []int{1, 3, 6} {
			lag := fmt.Sprintf("%s_lag_%dm", c, k)
			add(lag, lag)
			add(fmt.Sprintf("%s_diff_%dm", c, k), fmt.Sprintf("%s - %s", c, lag))
			add(fmt.Sprintf("%s_roc_%dm", c, k), round(fmt.Sprintf("(%s - %s) / nullif(%s, 0)", c, lag, lag)))
		}
	}
	return fmt.Sprintf(`
WITH monthly AS (
  SELECT id_cliente AS pk_customer, ((periodo || '-01')::DATE + INTERVAL 1 MONTH)::DATE AS tpk_release_dt,
    count(*)::INTEGER AS credits_cnt, sum(buro_score)::INTEGER AS bureau_score_sum,
    sum(deuda_total_bancos) AS total_banking_debt_sum, sum(consultas_buro_12m)::INTEGER AS bureau_inquiries_12m_sum,
    max(CASE lower(trim(calificacion_sistema)) WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 WHEN 'd' THEN 4 WHEN 'e' THEN 5 ELSE 0 END) AS rating_num
  FROM read_parquet('%s')
  WHERE buro_score IS NOT NULL AND calificacion_sistema IS NOT NULL AND id_cliente <> 999999999 AND (%s)
  GROUP BY ALL
), windowed AS (
  SELECT *, %s, lag(rating_num) OVER w AS rating_before
  FROM monthly
  WINDOW w AS (PARTITION BY pk_customer ORDER BY tpk_release_dt),
    w3 AS (PARTITION BY pk_customer ORDER BY tpk_release_dt ROWS BETWEEN 2 PRECEDING AND CURRENT ROW),
    w6 AS (PARTITION BY pk_customer ORDER BY tpk_release_dt ROWS BETWEEN 5 PRECEDING AND CURRENT ROW)
)
SELECT pk_customer, tpk_release_dt, %s FROM windowed`,
		files, condition, strings.Join(windowed, ",\n    "), strings.Join(output, ",\n  "))
}
