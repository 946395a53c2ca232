package features_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"featops/features"
	"featops/features/schema"

	"github.com/google/go-cmp/cmp"
)

// listed is an entry of the owner's list of columns.
type listed struct {
	Workspace, Source, Prefix      string
	Keys, Reference, Added, Lagged []string
	Lags                           []int
}

func ownersList(t *testing.T) map[string]listed {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "spec", "feature_columns.json"))
	if err != nil {
		t.Skipf("the owner's list of columns is not at hand: %v", err)
	}
	var all map[string]listed
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTablesHaveExactlyTheOwnersColumns(t *testing.T) {
	all := ownersList(t)
	total := 0
	for _, table := range features.Tables() {
		want, ok := all[table.Name]
		if !ok {
			t.Errorf("%s is not in the owner's list", table.Name)
			continue
		}
		columns := append([]string{}, want.Keys...)
		for _, name := range append(want.Reference, want.Added...) {
			columns = append(columns, want.Prefix+name)
		}
		for _, name := range want.Lagged {
			for _, k := range want.Lags {
				for _, kind := range []string{"lag", "diff", "roc"} {
					columns = append(columns, fmt.Sprintf("%s%s_%s_%dm", want.Prefix, name, kind, k))
				}
			}
		}
		s, err := table.Schema(schema.BigInt)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(columns, s.Names()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", table.Name, diff)
		}
		if table.Workspace != want.Workspace || table.Source.FullName() != want.Source {
			t.Errorf("%s is computed in %s from %s, want %s from %s",
				table.Name, table.Workspace, table.Source.FullName(), want.Workspace, want.Source)
		}
		total += len(s) - len(want.Keys)
	}
	if total != 336 {
		t.Errorf("%d feature columns, want 336", total)
	}
}
