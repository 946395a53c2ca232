package sparksql_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"featops/features"
	"featops/features/sparksql"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func window() sparksql.Options {
	return sparksql.Options{Start: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
}

func TestStatementsOfTheBuiltInTables(t *testing.T) {
	for _, table := range features.Tables() {
		text, err := sparksql.Select(table, window())
		if err != nil {
			t.Fatal(err)
		}
		golden(t, table.Name+".sql", text)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test ./features/sparksql -update writes it anew:\n%s", name, diff)
	}
}
