package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	_ "github.com/duckdb/duckdb-go/v2" // the driver
)

const duckdbName = "duckdb"

// duckdb copies the result of one query to one Parquet file. Rows need not come in any order, which is its
// fastest way. It runs in this program, in a process of its own.
type duckdb struct{ says string }

func (duckdb) name() string { return duckdbName }

func (d duckdb) version() string { return d.says }

func newDuckDB(ctx context.Context) (duckdb, error) {
	v, err := task{Do: "duckdb version", Threads: 1}.inChild(ctx)
	return duckdb{fmt.Sprintf("%s (duckdb-go %s)", v, moduleVersion("github.com/duckdb/duckdb-go/v2"))}, err
}

func (t task) versionOfDuckDB(ctx context.Context) (err error) {
	db, err := openDuckDB(ctx, t)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	v := ""
	err = db.QueryRowContext(ctx, "SELECT version()").Scan(&v)
	fmt.Print(v)
	return err
}

func (duckdb) build(ctx context.Context, t task) (*exec.Cmd, error) {
	t.Do = "duckdb build"
	return t.self(ctx)
}

func (duckdb) files(t task) string { return filepath.Join(t.Output, "duckdb.parquet") }

func (duckdb) join(ctx context.Context, t task) (*exec.Cmd, error) {
	t.Do = "duckdb join"
	return t.self(ctx)
}

func (d duckdb) joined(t task) string { return d.files(t) }

func (t task) buildInDuckDB(ctx context.Context) error {
	return t.copyInDuckDB(ctx, t.query("true", rounded))
}

func (t task) copyInDuckDB(ctx context.Context, query string) (err error) {
	db, err := openDuckDB(ctx, t)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return execute(ctx, db, fmt.Sprintf("COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION snappy)", query, duckdb{}.files(t)))
}

// joinInDuckDB joins the labels with one table after the other.
func (t task) joinInDuckDB(ctx context.Context) error {
	from := fmt.Sprintf("read_parquet('%s') labels", t.Labels)
	for i, files := range t.Tables {
		from += fmt.Sprintf("\nASOF LEFT JOIN (SELECT pk_customer AS who_%[1]d, tpk_release_dt AS day_%[1]d, * EXCLUDE (pk_customer, tpk_release_dt) FROM read_parquet('%[2]s')) t%[1]d"+
			" ON labels.pk_customer = t%[1]d.who_%[1]d AND labels.label_date >= t%[1]d.day_%[1]d", i, files)
	}
	return t.copyInDuckDB(ctx, "SELECT * EXCLUDE (who_0, day_0, who_1, day_1, who_2, day_2, who_3, day_3, who_4, day_4) FROM "+from)
}

// openDuckDB opens a database in memory.
func openDuckDB(ctx context.Context, t task) (*sql.DB, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	err = execute(ctx, db,
		fmt.Sprintf("SET threads = %d", t.Threads),
		"SET preserve_insertion_order = false",
		fmt.Sprintf("SET temp_directory = '%s'", filepath.Join(t.Output, "spilled")),
		"SET TimeZone = 'UTC'")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func execute(ctx context.Context, db *sql.DB, statements ...string) error {
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%w\n%s", err, s)
		}
	}
	return nil
}
