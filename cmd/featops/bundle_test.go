package main_test

import (
	"os"
	"path/filepath"
	"testing"
)

func TestBundle(t *testing.T) {
	h := emptyHome(t)
	dir := filepath.Join(t.TempDir(), "bundle")
	h.featops("bundle", "--out", dir).exits(0).prints("written  databricks.yml", dir+": 11 files written, 0 unchanged, 0 removed")
	var r struct{ Written, Unchanged, Removed []string }
	h.featops("bundle", "--out", dir, "--output", "json").exits(0).into(&r)
	if len(r.Written) != 0 || len(r.Unchanged) != 11 || len(r.Removed) != 0 {
		t.Errorf("written again: %+v", r)
	}
	if err := os.WriteFile(filepath.Join(dir, "databricks.yml"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	h.featops("bundle", "--out", dir).exits(1).says("not made by featops: databricks.yml")
	h.featops("bundle").exits(2).says("--out is needed")
	h.featops("bundle", dir).exits(2)
}
