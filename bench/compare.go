package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Engines may round a value on a tie to either of its neighbours at the fourth decimal: one rounds the binary value of a
// double, another its decimal text, and the last bit of a mean or a deviation depends on the order of additions. So cells that differ
// must be such neighbours, in a table that is computed, and for some customers that have one the value is computed anew without rounding and must be a tie, as far
// as doubles can tell.
const (
	onTie    = "abs(abs(x.%[1]s::DOUBLE) * 1e4 - floor(abs(x.%[1]s::DOUBLE) * 1e4) - 0.5) <= 1e4 * (1e-8 + 1e-12 * abs(x.%[1]s::DOUBLE))"
	examined = 1000 // customers
)

// compare checks that two sets of files hold the same rows, and in each the same values, doubles to the last bit but for ties. Each side is read by
// itself and each column becomes one number, a sum over the hashes of its cells with their keys; only columns whose numbers
// differ are read side by side.
func (t task) compare(ctx context.Context) (err error) {
	db, err := openDuckDB(ctx, t)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	where := "true"
	if t.Below > 0 {
		where = fmt.Sprintf("pk_customer < %d", t.Below)
	}
	if err := execute(ctx, db,
		view("ours", t.Ours, where),
		view("theirs", t.Theirs, where)); err != nil {
		return err
	}
	columns, err := sameColumns(ctx, db, t.Name)
	if err != nil {
		return err
	}
	ours, err := t.digest(ctx, db, "ours", columns)
	if err != nil {
		return err
	}
	theirs, err := t.digest(ctx, db, "theirs", columns)
	if err != nil {
		return err
	}
	if ours[0] != theirs[0] || ours[1] != theirs[1] || ours[0] == "0" {
		return fmt.Errorf("the rows differ: featops has %s, %s %s, and not all with the same keys", ours[0], t.Name, theirs[0])
	}
	ties := int64(0)
	for i, c := range columns {
		if ours[i+2] == theirs[i+2] {
			continue
		}
		n, err := t.explain(ctx, db, c)
		if err != nil {
			return err
		}
		ties += n
	}
	fmt.Printf("    equal to %s: %s rows x %d columns; %d cells on a tie rounded the other way\n", t.Name, ours[0], len(columns), ties)
	return nil
}

func view(name string, files []string, where string) string {
	return fmt.Sprintf("CREATE VIEW %s AS SELECT * FROM read_parquet(['%s']) WHERE %s", name, strings.Join(files, "', '"), where)
}

// sameColumns checks names, types and order.
func sameColumns(ctx context.Context, db *sql.DB, name string) ([]string, error) {
	ours, err := describe(ctx, db, "ours")
	if err != nil {
		return nil, err
	}
	theirs, err := describe(ctx, db, "theirs")
	if err != nil {
		return nil, err
	}
	if len(ours) != len(theirs) {
		return nil, fmt.Errorf("featops has %d columns, %s %d", len(ours), name, len(theirs))
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			return nil, fmt.Errorf("column %d is %s by featops, and %s by %s", i+1, ours[i], theirs[i], name)
		}
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

// digest is the number of rows, and then a number for the keys and for each column.
func (t task) digest(ctx context.Context, db *sql.DB, side string, columns []string) ([]string, error) {
	sums := []string{"count(*)::VARCHAR", "sum(row_hash)::VARCHAR"}
	for _, c := range columns {
		sums = append(sums, fmt.Sprintf("sum(hash(row_hash, %s))::VARCHAR", c))
	}
	out := make([]sql.NullString, len(sums))
	targets := make([]any, len(sums))
	for i := range out {
		targets[i] = &out[i]
	}
	if err := db.QueryRowContext(ctx, fmt.Sprintf("SELECT %s FROM (SELECT *, hash(%s) AS row_hash FROM %s)", strings.Join(sums, ", "), t.Keys, side)).Scan(targets...); err != nil {
		return nil, err
	}
	texts := make([]string, len(out))
	for i, v := range out {
		texts[i] = v.String
	}
	return texts, nil
}

// explain counts the cells of a column that differ, and is an error unless each is on a tie.
func (t task) explain(ctx context.Context, db *sql.DB, column string) (ties int64, err error) {
	keys := "o." + strings.ReplaceAll(t.Keys, ", ", ", o.")
	err = execute(ctx, db, fmt.Sprintf(`CREATE OR REPLACE TABLE different AS
		SELECT %s, o.%[2]s AS ours, t.%[2]s AS theirs, coalesce(try_cast(o.%[2]s AS DOUBLE) IS NOT NULL AND try_cast(t.%[2]s AS DOUBLE) IS NOT NULL AND abs(try_cast(o.%[2]s AS DOUBLE) - try_cast(t.%[2]s AS DOUBLE)) <= 1.0001e-4, false) AS near
		FROM ours o JOIN theirs t USING (%[3]s) WHERE o.%[2]s IS DISTINCT FROM t.%[2]s`, keys, column, t.Keys))
	if err != nil {
		return 0, err
	}
	var far int64
	var example sql.NullString
	err = db.QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*), count(*) FILTER (WHERE NOT near),
		min(concat_ws(' ', %s, 'featops', ours, '%s', theirs)) FILTER (WHERE NOT near) FROM different`, t.Keys, t.Name)).Scan(&ties, &far, &example)
	if err != nil {
		return 0, err
	}
	if far > 0 {
		return 0, fmt.Errorf("column %s: %d cells differ, such as %s", column, far, example.String)
	}
	if ties == 0 {
		return 0, nil
	}
	if t.Table == "" {
		return 0, fmt.Errorf("column %s: %d cells differ", column, ties)
	}
	if err := execute(ctx, db, fmt.Sprintf("CREATE OR REPLACE TABLE sampled AS SELECT DISTINCT pk_customer FROM different LIMIT %d", examined)); err != nil {
		return 0, err
	}
	tie := fmt.Sprintf("coalesce(%s, false)", fmt.Sprintf(onTie, column))
	err = db.QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*) FILTER (WHERE NOT %[1]s),
		min(concat_ws(' ', %[2]s, 'featops', ours, '%[3]s', theirs, 'unrounded', x.%[4]s)) FILTER (WHERE NOT %[1]s)
		FROM different JOIN (%[5]s) x USING (%[2]s)`,
		tie, t.Keys, t.Name, column, t.query("id_cliente IN (FROM sampled)", unrounded))).Scan(&far, &example)
	if err == nil && far > 0 {
		err = fmt.Errorf("column %s: %d cells differ and are on no tie, such as %s", column, far, example.String)
	}
	return ties, err
}
