package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// A tie, as far as doubles can tell: an unrounded value this near to x.xxxx5, relative to its size too. There, and
// only there, the last bit of a mean or a deviation may decide between two neighbours, and DuckDB rounds
// the binary value where featops, as Spark does, rounds the decimal text.
const onTie = `abs(abs(x) * 1e4 - floor(abs(x) * 1e4) - 0.5) <= 1e4 * (1e-8 + 1e-12 * abs(x))`

// compare checks that both contestants' tables are equal: the same rows, and in each the same
// values, doubles to the last bit. Two neighbours of the fourth decimal may differ on a tie.
func compare(ctx context.Context, o options, order string) (err error) {
	db, err := openDuckDB(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, statement := range []string{
		"CREATE MACRO on_tie(x) AS " + onTie,
		fmt.Sprintf("CREATE VIEW ours AS FROM read_parquet('%s')", featopsFiles(filepath.Join(o.output, featopsName))),
		fmt.Sprintf("CREATE VIEW theirs AS FROM read_parquet('%s')", duckdbFiles(filepath.Join(o.output, duckdbName))),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	columns, err := sameColumns(ctx, db)
	if err != nil {
		return err
	}
	rows, err := sameRows(ctx, db)
	if err != nil {
		return err
	}
	ties, err := sameCells(ctx, db, columns, o.sourceFiles(order))
	if err != nil {
		return err
	}
	fmt.Printf("  equal: %d rows x %d columns; %d cells on a tie rounded the other way\n", rows, len(columns), ties)
	return nil
}

func sameColumns(ctx context.Context, db *sql.DB) ([]string, error) {
	ours, err := describe(ctx, db, "ours")
	if err != nil {
		return nil, err
	}
	theirs, err := describe(ctx, db, "theirs")
	if err != nil {
		return nil, err
	}
	if a, b := strings.Join(ours, ", "), strings.Join(theirs, ", "); a != b {
		return nil, fmt.Errorf("the columns differ:\nfeatops %s\nduckdb  %s", a, b)
	}
	names := make([]string, len(ours))
	for i, c := range ours {
		names[i], _, _ = strings.Cut(c, " ")
	}
	return names, nil
}

// describe lists the columns of a table with their types.
func describe(ctx context.Context, db *sql.DB, name string) (columns []string, err error) {
	rows, err := db.QueryContext(ctx, fmt.Sprintf("SELECT column_name || ' ' || column_type FROM (DESCRIBE %s)", name))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, rows.Err()
}

const keys = "pk_customer, tpk_release_dt"

// sameRows checks that both have the same keys, each once.
func sameRows(ctx context.Context, db *sql.DB) (rows int64, err error) {
	var distinct, other, common int64
	err = db.QueryRowContext(ctx, fmt.Sprintf(`SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM (SELECT DISTINCT %s FROM ours)),
		(SELECT count(*) FROM theirs), (SELECT count(*) FROM ours JOIN theirs USING (%s))`, keys, keys)).
		Scan(&rows, &distinct, &other, &common)
	if err == nil && (rows == 0 || rows != distinct || rows != other || rows != common) {
		err = fmt.Errorf("the rows differ: featops has %d with %d keys, duckdb %d, and %d keys are in both", rows, distinct, other, common)
	}
	return rows, err
}

// sameCells compares every cell and returns how many differ on a tie.
func sameCells(ctx context.Context, db *sql.DB, columns []string, files string) (ties int64, err error) {
	differ := make([]string, len(columns))
	for i, c := range columns {
		differ[i] = fmt.Sprintf("o.%s IS DISTINCT FROM t.%s", c, c)
	}
	// Few rows differ, if any; only for those the unrounded values are computed.
	_, err = db.ExecContext(ctx, fmt.Sprintf(`CREATE TABLE different AS
		SELECT o.* FROM ours o JOIN theirs t USING (%s) WHERE %s`, keys, strings.Join(differ, " OR ")))
	if err != nil {
		return 0, err
	}
	_, err = db.ExecContext(ctx, "CREATE TABLE exact AS "+
		query(files, "id_cliente IN (SELECT pk_customer FROM different)", unrounded))
	if err != nil {
		return 0, err
	}
	var problems []error
	for _, c := range columns {
		var wrong, tied int64
		var example sql.NullString
		err := db.QueryRowContext(ctx, fmt.Sprintf(`
			SELECT count(*) FILTER (WHERE NOT tie), count(*) FILTER (WHERE tie), min(example) FILTER (WHERE NOT tie) FROM (
				SELECT coalesce(on_tie(x.%[1]s::DOUBLE) AND abs(o.%[1]s::DOUBLE - t.%[1]s::DOUBLE) <= 1.0001e-4, false) AS tie,
					concat_ws(' ', o.pk_customer, o.tpk_release_dt, 'featops', o.%[1]s, 'duckdb', t.%[1]s, 'unrounded', x.%[1]s) AS example
				FROM different o JOIN theirs t USING (%[2]s) JOIN exact x USING (%[2]s)
				WHERE o.%[1]s IS DISTINCT FROM t.%[1]s)`, c, keys)).Scan(&wrong, &tied, &example)
		if err != nil {
			return 0, err
		}
		ties += tied
		if wrong > 0 {
			problems = append(problems, fmt.Errorf("column %s: %d cells differ, such as %s", c, wrong, example.String))
		}
	}
	return ties, errors.Join(problems...)
}
