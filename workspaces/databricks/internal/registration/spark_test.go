package registration_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/registration"
	"featops/workspaces/databricks/internal/warehouse"
)

// overSpark is a Spark that has another name for its catalog, and reads files of volumes.
type overSpark struct {
	double.Spark
	server  *double.Server
	scratch string
}

var readFiles = regexp.MustCompile(`read_files\('([^']+)', format => 'parquet', schema => '[^']+'\)`)

// Execute implements [double.Engine].
func (o overSpark) Execute(ctx context.Context, x double.Statement) (double.Rows, error) {
	if m := makesVolume.FindStringSubmatch(x.SQL); m != nil { // Spark has none
		o.server.AddVolume(strings.ReplaceAll(m[1], "`", ""))
		return double.Rows{}, nil
	}
	x.SQL = strings.ReplaceAll(x.SQL, "`hive_metastore`", "`spark_catalog`")
	if m := readFiles.FindStringSubmatch(x.SQL); m != nil {
		for name, content := range o.server.Files(m[1]) {
			if err := os.WriteFile(filepath.Join(o.scratch, name), content, 0o644); err != nil {
				return double.Rows{}, err
			}
		}
		x.SQL = strings.ReplaceAll(x.SQL, m[0], "parquet.`"+o.scratch+"`")
	}
	return o.Spark.Execute(ctx, x)
}

// The statements are run by a Spark with Delta Lake.
func TestEachWayOnSpark(t *testing.T) {
	address := os.Getenv("FEATOPS_SPARK")
	if address == "" {
		t.Skip("FEATOPS_SPARK does not say where .ci/spark_warehouse.py listens")
	}
	spark := double.Spark{Address: address}
	for about, c := range map[string]struct {
		catalog string
		local   bool
	}{"same metastore": {catalog: "spark_catalog"}, "no Unity Catalog": {catalog: "hive_metastore"}, "local disk": {catalog: "spark_catalog", local: true}} {
		t.Run(about, func(t *testing.T) {
			now := func() time.Time { return start }
			server := double.Start(t, now)
			server.SetLake("m1", spark)
			server.SetEngine("w1", overSpark{spark, server, t.TempDir()})
			connection := connect.New(connect.Options{
				Host: server.URL, Token: func(context.Context) (string, error) { return server.Token, nil }, Environ: func(string) (string, bool) { return "", false },
				Timeout: time.Minute, Redact: func(...string) {}, Log: slog.New(slog.DiscardHandler), Now: now,
			})
			t.Cleanup(func() { connection.Close() })
			w := warehouse.New(warehouse.Options{Connection: connection, ID: "w1", Log: slog.New(slog.DiscardHandler)})
			source := fmt.Sprintf("fs_%d", time.Now().UnixNano())
			target := source + "_target"
			run := func(sql string) *warehouse.Result {
				t.Helper()
				r, err := w.Run(t.Context(), "prepare", sql)
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			run("CREATE SCHEMA " + warehouse.Name("spark_catalog", source))
			original := warehouse.Name("spark_catalog", source, "t")
			run("CREATE TABLE " + original + " USING DELTA AS SELECT 1L AS pk_customer, DATE'2026-01-01' AS tpk_release_dt, CAST(2.5 AS DECIMAL(18,2)) AS t_debt")
			location, _ := run("DESCRIBE DETAIL " + original).Rows[0].Text("location")
			peer := registration.Peer{Catalog: c.catalog, Connection: connection}
			if c.local {
				peer = registration.Peer{Files: func(context.Context, string, int64) (fs.FS, []string, error) {
					from := os.DirFS(strings.TrimPrefix(location, "file:"))
					names, err := fs.Glob(from, "*.parquet")
					return from, names, err
				}}
			}
			store := registration.New(registration.Options{
				Workspace: "medpag", Catalog: c.catalog, Database: target, Connection: connection, Warehouse: w, Readers: readers,
				Peer:     func(string) (registration.Peer, bool) { return peer, true },
				Describe: func(context.Context, workspaces.Table) error { return nil },
				MakeDatabase: func(ctx context.Context) error {
					_, err := w.Run(ctx, "make the database", "CREATE SCHEMA IF NOT EXISTS "+warehouse.Name(c.catalog, target))
					return err
				},
				Fresh: time.Hour, Now: now, Log: slog.New(slog.DiscardHandler),
			})
			want := workspaces.Registration{Table: workspaces.Table{
				Workspace: "bncapers", Database: source, Name: "t", Location: location, Rows: 1, Updated: start,
				Schema:      schema.Schema{{Name: "pk_customer", Type: schema.BigInt}, {Name: "tpk_release_dt", Type: schema.Date}, {Name: "t_debt", Type: schema.Decimal(18, 2)}},
				Description: "It's \"quoted\" in C:\\bureau,\n`ñ` and ${x} -- too.", Keys: []string{"pk_customer"}, Tags: map[string]string{"table": "t"}, Sources: []string{"demo_db.s"},
			}, Registered: start}
			if _, err := store.Registration(t.Context(), "t"); err == nil {
				t.Fatal("it is registered before")
			}
			check := func(t *testing.T) {
				t.Helper()
				if err := store.Register(t.Context(), want); err != nil {
					t.Fatal(err)
				}
				all, err := store.Registrations(t.Context())
				if d := cmp.Diff([]workspaces.Registration{want}, all); err != nil || d != "" {
					t.Errorf("%v; read back (-want +got):\n%s", err, d)
				}
			}
			check(t)
			run("INSERT INTO " + original + " VALUES (2L, DATE'2026-01-01', 1.0)")
			want.Version, want.Rows = 1, 2
			check(t)
			want.Rows = 3
			if err := store.Register(t.Context(), want); err == nil || !strings.Contains(err.Error(), "says 3") {
				t.Errorf("a wrong number of rows: %v", err)
			}
		})
	}
}
