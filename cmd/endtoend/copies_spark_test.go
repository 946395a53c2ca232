package endtoend_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks"
	"featops/workspaces/databricks/double"
	"featops/workspaces/embedded"
)

// Rows of every type come from a Spark to this disk as they are, and Spark reads the copy.
func TestRowsOfEveryTypeAreCopiedFromSpark(t *testing.T) {
	address := os.Getenv("FEATOPS_SPARK")
	if address == "" {
		t.Skip("FEATOPS_SPARK does not say where .ci/spark_warehouse.py listens")
	}
	spark := double.Spark{Address: address}
	database := fmt.Sprintf("fs_%d", time.Now().UnixNano())
	full := database + ".fs_types"
	sql := func(text string) double.Rows {
		return must[double.Rows](t)(spark.Execute(context.Background(), double.Statement{ID: "test", SQL: text}))
	}
	sql("CREATE SCHEMA " + database)
	sql("CREATE TABLE " + full + ` (pk_customer BIGINT COMMENT 'Customer.', tpk_release_dt DATE, i INT, s SMALLINT, d DOUBLE, f FLOAT, x STRING, b BOOLEAN, t TIMESTAMP, m DECIMAL(18,2))
USING DELTA COMMENT 'All types.' TBLPROPERTIES ('featops.primary_keys' = 'pk_customer,tpk_release_dt', 'featops.timestamp_keys' = 'tpk_release_dt')`)
	sql("INSERT INTO " + full + ` SELECT id, date_add(DATE'1969-12-20', CAST(id AS INT)), if(id % 7 = 0, NULL, CAST(-id AS INT)), CAST(id % 100 AS SMALLINT),
CASE id % 5 WHEN 0 THEN double('NaN') WHEN 1 THEN double('Infinity') WHEN 2 THEN double('-Infinity') WHEN 3 THEN NULL ELSE id / 3 END,
CAST(id AS FLOAT) / 3, CASE id % 4 WHEN 0 THEN '' WHEN 1 THEN NULL WHEN 2 THEN 'año\n(null)' ELSE CAST(id AS STRING) END,
if(id % 3 = 0, NULL, id % 2 = 0), timestamp_millis(id * 86400123 - 86400000), CAST(id / 100 AS DECIMAL(18,2)) FROM range(2500)`)

	s := double.Start(t, time.Now)
	s.SetEngine("w1", spark)
	s.SetLake("m1", spark)
	s.SetPace(1, 400)
	s.SetRecords(150)
	s.AddSchema(catalog + "." + database)
	log := slog.New(slog.DiscardHandler)
	owner := databricks.Open(databricks.Options{
		Name: "cloud", Host: s.URL, Token: func(context.Context) (string, error) { return s.Token, nil }, Environ: func(string) (string, bool) { return "", false },
		Timeout: time.Minute, Redact: func(...string) {}, Warehouse: "w1", Catalog: catalog, Database: database, Now: time.Now, Log: log,
	})
	local := must[*embedded.Workspace](t)(embedded.Open(t.Context(), embedded.Options{
		Name: "local", Dir: t.TempDir(), Database: "own", Now: time.Now, Log: log, Peer: func(string) workspaces.Workspace { return owner },
	}))
	t.Cleanup(func() { local.Close(); owner.Close() })

	table := must[workspaces.Table](t)(owner.Table(t.Context(), "fs_types"))
	differs := func() string {
		r := must[workspaces.Registration](t)(local.Registration(t.Context(), "fs_types"))
		var same []string
		for _, c := range r.Schema {
			same = append(same, fmt.Sprintf("a.%[1]s <=> b.%[1]s", c.Name))
		}
		rows := sql(fmt.Sprintf("SELECT count(*) FROM (SELECT * FROM %s VERSION AS OF %d) AS a FULL OUTER JOIN delta.`%s` AS b ON a.pk_customer = b.pk_customer WHERE NOT (%s)",
			full, r.Version, r.Copy, strings.Join(same, " AND ")))
		return *rows.Values[0][0]
	}
	for _, change := range []string{"", "DELETE FROM " + full + " WHERE pk_customer % 3 = 0", "DELETE FROM " + full} {
		if change != "" {
			sql(change)
			owner.Forget("fs_types")
			table = must[workspaces.Table](t)(owner.Table(t.Context(), "fs_types"))
		}
		if err := local.Register(t.Context(), workspaces.Registration{Table: table}); err != nil {
			t.Fatal(err)
		}
		if n := differs(); n != "0" {
			t.Errorf("after %q %s rows differ", change, n)
		}
	}
	if old := must[workspaces.Table](t)(local.Copy(t.Context(), "cloud", "fs_types", 1)); old.Rows != 2500 {
		t.Errorf("the first copy has %d rows by now", old.Rows)
	}
}
