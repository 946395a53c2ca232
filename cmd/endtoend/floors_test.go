package endtoend_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A file imports only floors below its own, and its own; that holds for tests too. The double of a Databricks workspace is for tests.
func TestImportsGoDown(t *testing.T) {
	floors := []string{"features", "workspaces", "engine", "tui", "cmd"}
	floor := func(path string) int {
		name, _, _ := strings.Cut(path, "/")
		return slices.Index(floors, name)
	}
	root, arrows := filepath.Join("..", ".."), 0
	for _, name := range floors {
		err := filepath.WalkDir(filepath.Join(root, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, i := range f.Imports {
				full, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					return err
				}
				to, ours := strings.CutPrefix(full, "featops/")
				if !ours {
					continue
				}
				arrows++
				if floor(to) > floor(name) {
					t.Errorf("%s imports %s, which is above it", path, to)
				}
				if to == "workspaces/databricks/double" && !strings.HasSuffix(path, "_test.go") {
					t.Errorf("%s imports the double of a workspace", path)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if arrows < 1000 {
		t.Errorf("%d imports: most were not seen", arrows)
	}
}
