package bundle_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featops/engine/bundle"

	"github.com/google/go-cmp/cmp"
)

// two is a configuration with two workspaces, one with it alone.
const (
	one = "[[workspace]]\nname = 'a'\n[[workspace.job]]\nname = 'j'\n[[workspace.job.task]]\nkey = 'fs_cus_credit_risk'\n"
	two = one + "[[workspace]]\nname = 'b'\n[[workspace.job]]\nname = 'j'\n[[workspace.job.task]]\nkey = 'fs_cus_transactions'\n"
)

func filesOf(t *testing.T, content string) []bundle.File {
	t.Helper()
	files, err := bundle.Files(plan(t, content))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, dir string, files []bundle.File) bundle.Report {
	t.Helper()
	r, err := bundle.Write(dir, files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWrittenAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "bundle")
	if r := write(t, dir, filesOf(t, two)); len(r.Written) != 6 || len(r.Unchanged)+len(r.Removed) != 0 {
		t.Errorf("first: %+v", r)
	}
	if r := write(t, dir, filesOf(t, two)); len(r.Unchanged) != 6 || len(r.Written)+len(r.Removed) != 0 {
		t.Errorf("again: %+v", r)
	}
	for name, content := range map[string]string{"local/settings.yml": "targets: {}\n", "resources/mine.yml": "resources: {}\n", ".databricks/bundle/state.json": "{}"} {
		place(t, dir, name, content)
	}
	r := write(t, dir, filesOf(t, one))
	want := bundle.Report{
		Dir: dir, Written: []string{"README.md", "databricks.yml"}, Unchanged: []string{"resources/a.yml", "sql/a/j/fs_cus_credit_risk.sql"},
		Removed: []string{"resources/b.yml", "sql/b/j/fs_cus_transactions.sql"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("with a workspace less (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "sql/b")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the workspace is still there: %v", err)
	}
	for _, name := range []string{"local/settings.yml", "resources/mine.yml", ".databricks/bundle/state.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("a file that is not the bundle's: %v", err)
		}
	}
}

func TestNothingIsWrittenOverFilesThatWouldBeLost(t *testing.T) {
	for name, test := range map[string]struct {
		file, content    string // put there before
		foreign, changed []string
	}{
		"somebody's own":            {"databricks.yml", "bundle: {name: mine}\n", []string{"databricks.yml"}, nil},
		"an empty file":             {"README.md", "", []string{"README.md"}, nil},
		"changed by hand":           {"resources/a.yml", "+# a line\n", nil, []string{"resources/a.yml"}},
		"no longer needed, changed": {"sql/b/j/fs_cus_transactions.sql", "+-- a line\n", nil, []string{"sql/b/j/fs_cus_transactions.sql"}},
		"a folder in the place":     {"sql/a/j/new.sql/x", "", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, filesOf(t, two))
			if appended, ok := strings.CutPrefix(test.content, "+"); ok {
				test.content = string(content(t, dir, test.file)) + appended
			}
			place(t, dir, test.file, test.content)
			before := content(t, dir, "README.md")
			_, err := bundle.Write(dir, filesOf(t, one))
			if test.foreign == nil && test.changed == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var refused *bundle.ForeignError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(&bundle.ForeignError{Dir: dir, Foreign: test.foreign, Changed: test.changed}, refused); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !bytes.Equal(before, content(t, dir, "README.md")) || string(content(t, dir, test.file)) != test.content {
				t.Error("something was written")
			}
		})
	}
}

func TestEndsOfLinesAreNoChange(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, filesOf(t, one))
	place(t, dir, "databricks.yml", strings.ReplaceAll(string(content(t, dir, "databricks.yml")), "\n", "\r\n"))
	if r := write(t, dir, filesOf(t, one)); !cmp.Equal(r.Written, []string{"databricks.yml"}) {
		t.Errorf("%+v", r)
	}
}

func TestNothingIsWrittenOutsideOfTheDirectory(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "resources")); err != nil {
		t.Skip(err)
	}
	if _, err := bundle.Write(dir, filesOf(t, one)); err == nil {
		t.Error("no error")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

func place(t *testing.T, dir, name, content string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, dir, name string) []byte {
	t.Helper()
	out, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
