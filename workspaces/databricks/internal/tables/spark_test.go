package tables

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/warehouse"
)

// lake is a store whose warehouse is a Spark with Delta Lake, in a database of its own.
func lake(t *testing.T) (*Store, *double.Server, double.Spark) {
	t.Helper()
	address := os.Getenv("FEATOPS_SPARK")
	if address == "" {
		t.Skip("FEATOPS_SPARK does not say where .ci/spark_warehouse.py listens")
	}
	spark := double.Spark{Address: address}
	now := func() time.Time { return time.Date(2026, 1, 15, 8, 0, 0, 0, time.UTC) }
	server := double.Start(t, now)
	server.SetEngine("w1", spark)
	server.SetLake("m1", spark)
	c := connect.New(connect.Options{
		Host: server.URL, Token: func(context.Context) (string, error) { return server.Token, nil },
		Environ: func(string) (string, bool) { return "", false }, Timeout: time.Minute, Redact: func(...string) {}, Log: slog.New(slog.DiscardHandler), Now: now,
	})
	t.Cleanup(func() { c.Close() })
	database := fmt.Sprintf("fs_%d", time.Now().UnixNano())
	s := New(Options{
		Workspace: "medpag", Catalog: "spark_catalog", Database: database, Connection: c,
		Warehouse:    warehouse.New(warehouse.Options{Connection: c, ID: "w1", Catalog: "spark_catalog", Log: slog.New(slog.DiscardHandler)}),
		BadRowsShare: func(string) float64 { return 0 },
		Health: func(string) workspaces.HealthRules {
			return workspaces.HealthRules{Freshness: workspaces.Warn, RowCount: workspaces.Warn, MaxDrop: 0.2, MaxGrowth: 5}
		},
		Fresh: time.Hour, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	return s, server, spark
}

func statement(t *testing.T, s *Store, sql string) {
	t.Helper()
	if _, err := s.run(t.Context(), "prepare", sql); err != nil {
		t.Fatal(err)
	}
}

func transactions(t *testing.T, s *Store) features.Table {
	t.Helper()
	all := features.Tables()
	table := all[slices.IndexFunc(all, func(f features.Table) bool { return f.Name == "fs_cus_transactions" })]
	table.Source.Database = s.options.Database + "_sources"
	statement(t, s, "CREATE SCHEMA IF NOT EXISTS "+warehouse.Name("spark_catalog", table.Source.Database))
	statement(t, s, "CREATE TABLE "+s.sourcePlace(table.Source)+` USING DELTA AS SELECT * FROM VALUES
		(1L, '2025-11', 3L, 30.0D, 2L), (1L, '2025-12', 5L, 80.0D, 0L), (2L, '2025-12', 1L, 10.0D, 30L), (999999999L, '2025-12', 1L, 1.0D, 1L)
		AS v(id_cliente, periodo, numero_transacciones, monto_total_transacciones, recencia_ultima_transaccion)`)
	return table
}

func build(t *testing.T, s *Store, table features.Table, change func(*workspaces.Params), d workspaces.Decider) (workspaces.Build, error) {
	t.Helper()
	p := params()
	if change != nil {
		change(&p)
	}
	log := slog.New(slog.DiscardHandler)
	staged, err := s.Stage(t.Context(), workspaces.BuildRequest{Table: table, Params: p})
	if err != nil {
		return workspaces.Build{}, err
	}
	return workspaces.Save(t.Context(), "medpag", table.Name, staged, p, d, log)
}

// answers gives one answer to every question.
type answers struct {
	yes   bool
	asked []workspaces.Question
}

func (a *answers) Decide(_ context.Context, q workspaces.Question) (workspaces.Answer, error) {
	a.asked = append(a.asked, q)
	return workspaces.Answer{Question: "q1", Yes: a.yes, By: workspaces.ByUser}, nil
}

func (a *answers) Settle(context.Context, string, workspaces.Settlement) error { return nil }

func TestBuildsOnSpark(t *testing.T) {
	s, server, _ := lake(t)
	table := transactions(t, s)
	full := s.fullName(table.Name)

	b, err := build(t, s, table, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b.Mode != workspaces.Overwrite || b.Version != 0 || b.Rows != 3 {
		t.Errorf("the first build is %+v", b)
	}
	if key := server.PrimaryKey(full); key == nil || !cmp.Equal(key.ChildColumns, keys) || !cmp.Equal(key.TimeseriesColumns, []string{"tpk_release_dt"}) {
		t.Errorf("its primary key is %+v", key)
	}
	if tags := server.Tags(full); tags["based_on"] != "transacciones" || tags["table"] != table.Name {
		t.Errorf("its tags are %v", tags)
	}
	now, err := s.Table(t.Context(), table.Name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := table.Schema(schema.BigInt)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, now.Schema); d != "" {
		t.Errorf("its columns and their comments (-want +got):\n%s", d)
	}
	if now.Description != table.Summary() || now.Rows != 3 || now.TimestampKey != "tpk_release_dt" {
		t.Errorf("it says of itself %+v", now)
	}

	t.Run("again: it is up to date", func(t *testing.T) {
		if b, err := build(t, s, table, nil, nil); err != nil || !b.UpToDate {
			t.Errorf("%+v, %v", b, err)
		}
	})
	t.Run("a corrected and a new row of the source are merged", func(t *testing.T) {
		statement(t, s, "UPDATE "+s.sourcePlace(table.Source)+" SET monto_total_transacciones = 20 WHERE id_cliente = 2")
		statement(t, s, "INSERT INTO "+s.sourcePlace(table.Source)+" VALUES (3L, '2025-12', 2L, 7.0D, 4L)")
		b, err := build(t, s, table, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := (workspaces.Changes{Inserted: 1, Updated: 1, Unchanged: 2}); b.Mode != workspaces.Merge || b.Changes != want || b.Rows != 4 {
			t.Errorf("%+v", b)
		}
	})
	t.Run("new columns come with the rows in one commit", func(t *testing.T) {
		statement(t, s, "ALTER TABLE "+s.place(table.Name)+" SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')")
		statement(t, s, "ALTER TABLE "+s.place(table.Name)+" DROP COLUMN `ctrx_ind_active`")
		b, err := build(t, s, table, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b.Mode != workspaces.Merge || b.Updated != 4 {
			t.Errorf("%+v", b)
		}
		if n, err := s.count(t.Context(), "", "SELECT count(ctrx_ind_active) AS n FROM "+s.place(table.Name)); err != nil || n != 4 {
			t.Errorf("%d values in the column, %v", n, err)
		}
	})
	t.Run("a missing column is asked about, with its loss, and no leaves the table untouched", func(t *testing.T) {
		statement(t, s, "ALTER TABLE "+s.place(table.Name)+" ADD COLUMN `extra` INT")
		statement(t, s, "UPDATE "+s.place(table.Name)+" SET extra = 1 WHERE pk_customer = 1")
		a := &answers{}
		_, err := build(t, s, table, nil, a)
		var refused *workspaces.RefusedError
		if !errors.As(err, &refused) || len(a.asked) != 1 || !cmp.Equal(a.asked[0].Loss.Columns, []workspaces.ColumnLoss{{Column: "extra", Values: 2}}) {
			t.Errorf("%v, asked %+v", err, a.asked)
		}
		a.yes = true
		b, err := build(t, s, table, nil, a)
		if err != nil || b.Mode != workspaces.Overwrite || b.Question != "q1" {
			t.Fatalf("%+v, %v", b, err)
		}
		if server.PrimaryKey(full) == nil {
			t.Error("the replaced table has no primary key")
		}
	})
	t.Run("a wider type is taken over in one commit", func(t *testing.T) {
		statement(t, s, "CREATE OR REPLACE TABLE "+s.place(table.Name)+" USING DELTA AS SELECT * EXCEPT (ctrx_amt_trx_sum_m), CAST(ctrx_amt_trx_sum_m AS FLOAT) AS ctrx_amt_trx_sum_m FROM "+s.place(table.Name)+" WHERE pk_customer <> 1")
		b, err := build(t, s, table, nil, nil)
		if err != nil || b.Mode != workspaces.Merge || b.Inserted != 2 || b.Rows != 4 {
			t.Errorf("%+v, %v", b, err)
		}
	})
	t.Run("restore is undo", func(t *testing.T) {
		if _, err := s.Restore(t.Context(), table.Name, 0); err != nil {
			t.Fatal(err)
		}
		now, err := s.Table(t.Context(), table.Name)
		if err != nil || now.Rows != 3 {
			t.Errorf("%d rows, %v", now.Rows, err)
		}
	})
	t.Run("rows of the source without a month are an error that shows one", func(t *testing.T) {
		statement(t, s, "INSERT INTO "+s.sourcePlace(table.Source)+" VALUES (4L, '2025-13', 2L, 7.0D, 4L)")
		_, err := build(t, s, table, nil, nil)
		if err == nil {
			t.Error("no error")
		}
		t.Log(err)
	})
}

// Half of the customers have no amount in the newest month, and had one in the version before. Samples are of half the rows.
func TestDriftOnSpark(t *testing.T) {
	s, _, _ := lake(t)
	place := s.place("fs_visits")
	statement(t, s, "CREATE SCHEMA IF NOT EXISTS "+warehouse.Name("spark_catalog", s.options.Database))
	statement(t, s, "CREATE TABLE "+place+` USING DELTA AS SELECT id AS pk_customer, month AS tpk_release_dt, CAST(id % 100 AS DOUBLE) AS amount, 'Quito' AS city
		FROM range(20000) CROSS JOIN (VALUES (DATE '2026-10-01'), (DATE '2026-11-01')) AS m(month)`)
	statement(t, s, "UPDATE "+place+" SET amount = NULL WHERE tpk_release_dt = '2026-11-01' AND pmod(xxhash64(pk_customer, 'half'), 2) = 0")
	p, err := s.Profile(t.Context(), workspaces.Table{
		Database: s.options.Database, Name: "fs_visits", Version: 1, Rows: 40_000, Keys: keys, Schema: schema.Schema{
			{Name: "pk_customer", Type: schema.BigInt}, {Name: "tpk_release_dt", Type: schema.Date}, {Name: "amount", Type: schema.Double}, {Name: "city", Type: schema.String},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.Before != 0 || p.Month != "2026-11" || p.MonthBefore != "2026-10" {
		t.Errorf("compared are %+v", p)
	}
	for i, want := range map[int][2]float64{2: {2.03, 4.6}, 3: {0, 0}} {
		c := p.Columns[i]
		if c.Drift == nil || c.MonthDrift == nil || math.Abs(*c.Drift-want[0]) > 0.2 || math.Abs(*c.MonthDrift-want[1]) > 0.2 {
			t.Errorf("%s has drifted by %v and %v, want about %v", c.Column, c.Drift, c.MonthDrift, want)
		}
	}
}
