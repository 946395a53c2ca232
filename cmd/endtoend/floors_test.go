package endtoend_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A package imports only floors below its own, and its own; that holds for tests too. The double of a Databricks workspace is for tests.
func TestImportsGoDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "featops/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	floors := []string{"features", "workspaces", "engine", "tui", "cmd"}
	floor := func(path string) int {
		name, _, _ := strings.Cut(strings.TrimPrefix(path, "featops/"), "/")
		return slices.Index(floors, name)
	}
	seen := 0
	for in := json.NewDecoder(bytes.NewReader(out)); ; seen++ {
		var p struct {
			ImportPath                         string
			Imports, TestImports, XTestImports []string
		}
		if err := in.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		own := floor(p.ImportPath)
		if own < 0 { // what makes the documentation
			own = len(floors)
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if strings.HasPrefix(path, "featops/") && floor(path) > own {
				t.Errorf("%s imports %s, which is above it", p.ImportPath, path)
			}
		}
		if slices.Contains(p.Imports, "featops/workspaces/databricks/double") {
			t.Errorf("%s imports the double of a workspace", p.ImportPath)
		}
	}
	if seen < 30 {
		t.Errorf("%d packages", seen)
	}
}
