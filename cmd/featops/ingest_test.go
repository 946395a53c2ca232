package main_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnlyGoodFilesWithGoodMappingsAreIngested(t *testing.T) {
	t.Parallel()
	h := sampleHome(t)
	source := h.table("clientes")
	rows, _ := source.snapshot().Rows()
	good := h.write("good.toml", source.sameColumns("clientes"))
	file := filepath.Join(h.dir, "clientes.csv")
	source.csv(file, func(map[string]string) {})
	dirty := filepath.Join(h.dir, "dirty.csv")
	n := 1
	source.csv(dirty, func(row map[string]string) {
		if n++; n == 17 {
			row["ingresos_mensuales"] = "12,50"
		}
	})
	mapping := func(name, from, to string) string {
		return h.write(name, strings.Replace(source.sameColumns("clientes"), from, to, 1))
	}
	cases := []struct {
		name, table, file, mapping string
		code                       int
		says                       []string
	}{
		{"an unknown key", "clientes", file, mapping("key.toml", `column = "genero"`, "column = \"genero\"\notherwize = \"null\""), 2, []string{"key.toml:", "columns.genero.otherwize"}},
		{"a column without a rule", "clientes", file, mapping("rule.toml", "[columns.ciudad]\ncolumn = \"ciudad\"\n", ""), 2, []string{"rule.toml", "ciudad"}},
		{"a column that the file lacks", "clientes", file, mapping("file.toml", `"ciudad"`, `"CITY"`), 1, []string{"clientes.csv", "no column CITY", "the file has"}},
		{"no TOML", "clientes", file, h.write("toml.toml", "table = \n"), 2, []string{"toml.toml:1"}},
		{"a mapping for another table", "pagos", file, good, 2, []string{"good.toml", "clientes", "pagos"}},
		{"an unknown source table", "clients", file, good, 2, []string{`source table "clients" is unknown`, "clientes"}},
		{"no mapping file", "clientes", file, filepath.Join(h.dir, "nowhere.toml"), 2, []string{"nowhere.toml"}},
		{"no file", "clientes", filepath.Join(h.dir, "nowhere.csv"), good, 1, []string{"nowhere.csv"}},
		{"a cell that is no number", "clientes", dirty, good, 1, []string{"dirty.csv: line 17", "ingresos_mensuales", `"12,50"`}},
		{"a Parquet file that is none", "clientes", h.write("broken.parquet", "PAR1 and nothing"), good, 1, []string{"broken.parquet"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := h.featops("ingest", c.table, c.file, "--mapping", c.mapping).exits(c.code).says(c.says...)
			if r.stdout != "" {
				t.Errorf("standard output of a failure: %q", r.stdout)
			}
		})
	}
	if after, _ := source.snapshot().Rows(); source.version() != 0 || after != rows {
		t.Errorf("the source is at version %d with %d rows, want 0 with %d", source.version(), after, rows)
	}

	parquet := filepath.Join(source.Path(), source.snapshot().Files[0].Path)
	for version, from := range []string{parquet, file} {
		var written []struct {
			Workspace, Table string
			Rows, Version    int64
		}
		h.featops("ingest", "clientes", from, "--mapping", good, "--output", "json").exits(0).into(&written)
		if got := fmt.Sprint(written); got != fmt.Sprintf("[{bncapers demo_db.clientes %d %d}]", rows, version+1) {
			t.Errorf("ingested %s", got)
		}
		if diff := cmp.Diff(source.rows(0), source.rows(int64(version+1))); diff != "" {
			t.Errorf("%s is not what was ingested (-want +got):\n%s", from, diff)
		}
	}
}
