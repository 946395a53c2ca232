package embedded

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
	"featops/workspaces"
)

func registration(name string, version int64) workspaces.Registration {
	return workspaces.Registration{
		Table: workspaces.Table{
			Workspace: "medpag", Database: "feature_store_demo_dev", Name: name, Location: "/somewhere/else", Version: version,
			Updated: june.Add(-time.Hour), Rows: 12, Schema: schema.Schema{{Name: "pk_customer", Type: schema.BigInt, Comment: "Customer."}},
			Keys: []string{"pk_customer"}, TimestampKey: "tpk_release_dt", Description: "Features.",
			Tags: map[string]string{"table": name}, Sources: []string{"demo_db.pagos"},
		},
		Registered: june,
	}
}

func TestRegistrations(t *testing.T) {
	o := optionsIn(filepath.Join(t.TempDir(), "w"))
	w := openWith(t, o)
	if _, err := w.Registration(t.Context(), "fs_b"); !errors.Is(err, workspaces.ErrNotRegistered) {
		t.Errorf("before: %v", err)
	}
	for _, r := range []workspaces.Registration{registration("fs_b", 1), registration("fs_a", 1), registration("fs_b", 2)} {
		if err := w.Register(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = openWith(t, o)
	got, err := w.Registrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]workspaces.Registration{registration("fs_a", 1), registration("fs_b", 2)}, got); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	one, err := w.Registration(t.Context(), "fs_b")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(registration("fs_b", 2), one); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
}

func TestRegisterRefusesATableOfTheWorkspaceItself(t *testing.T) {
	w := open(t)
	r := registration("fs_a", 1)
	r.Workspace = "bncapers"
	wantError(t, w.Register(t.Context(), r), `register "fs_a" of bncapers in bncapers`)
}

func TestRegisterSetsTheTime(t *testing.T) {
	w := open(t)
	r := registration("fs_a", 1)
	r.Registered = time.Time{}
	if err := w.Register(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Registration(t.Context(), "fs_a"); err != nil || !got.Registered.Equal(june) {
		t.Errorf("registered at %s, %v", got.Registered, err)
	}
}

func TestReadOnly(t *testing.T) {
	o := optionsIn(filepath.Join(t.TempDir(), "w"))
	withJob(task("good1", ""))(&o)
	look := o
	look.ReadOnly = true
	t.Run("a workspace that does not exist is empty, and stays so", func(t *testing.T) {
		w := openWith(t, look)
		runs, errRuns := w.Runs(t.Context(), w.jobs[0].ID, 0)
		tables, errTables := w.Tables(t.Context())
		registrations, errRegistrations := w.Registrations(t.Context())
		if err := errors.Join(errRuns, errTables, errRegistrations); err != nil || len(runs)+len(tables)+len(registrations) > 0 {
			t.Errorf("%v, %v, %v, %v", runs, tables, registrations, err)
		}
		if _, err := os.Stat(o.Dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the directory was made: %v", err)
		}
	})
	writer := openWith(t, o)
	putJobSources(t, writer)
	ended(t, writer, start(t, writer, workspaces.RunRequest{}))
	put(t, writer, visits, `{"id": 1, "month": "2024-01", "n": 9}`)
	unfinished := filepath.Join(writer.staging, "of-the-writer")
	if err := os.MkdirAll(unfinished, 0o755); err != nil {
		t.Fatal(err)
	}
	w := openWith(t, look)

	t.Run("reads beside a writer", func(t *testing.T) {
		runs, err := w.Runs(t.Context(), 1, 0)
		if err != nil || len(runs) != 1 || !runs[0].Status.Succeeded() {
			t.Errorf("runs %v, %v", runs, err)
		}
		if got, err := w.Table(t.Context(), "good1"); err != nil || got.Rows != 3 {
			t.Errorf("table %v, %v", got, err)
		}
		if _, err := os.Stat(unfinished); err != nil {
			t.Errorf("the writer's staging directory: %v", err)
		}
	})
	t.Run("stages to compare, outside", func(t *testing.T) {
		p, err := w.taskParameters(w.jobs[0], w.jobs[0].Tasks[0], nil, w.now())
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Stage(t.Context(), workspaces.BuildRequest{Table: w.options.Tables[0], Params: p})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Changes(t.Context())
		if want := (workspaces.Changes{Updated: 1, Absent: 2}); err != nil || got != want {
			t.Errorf("changes %+v, want %+v, %v", got, want, err)
		}
		_, err = s.Commit(t.Context(), workspaces.Plan{Mode: workspaces.Merge, Schema: s.Schema(), Expected: 0})
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("commit: %v", err)
		}
		if dir := s.(*staged).dir; filepath.Dir(dir) != filepath.Clean(os.TempDir()) {
			t.Errorf("staged in %s", dir)
		}
		if err := s.Discard(); err != nil {
			t.Error(err)
		}
	})
	for name, write := range map[string]func(ctx context.Context) error{
		"run": func(ctx context.Context) error {
			_, err := w.RunNow(ctx, workspaces.RunRequest{JobID: 1})
			return err
		},
		"cancel":   func(ctx context.Context) error { return w.Cancel(ctx, 1) },
		"register": func(ctx context.Context) error { return w.Register(ctx, registration("fs_a", 1)) },
		"restore": func(ctx context.Context) error {
			_, err := w.Restore(ctx, "good1", 0)
			return err
		},
		"put a source": func(ctx context.Context) error {
			_, _, err := w.PutSource(ctx, visits, nil, nil)
			return err
		},
	} {
		t.Run("refuses to "+name, func(t *testing.T) {
			if err := write(t.Context()); !errors.Is(err, ErrReadOnly) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestOpenRemovesWhatWasStaged(t *testing.T) {
	o := optionsIn(filepath.Join(t.TempDir(), "w"))
	left := filepath.Join(o.Dir, "_staging", "featops-x", "part.parquet")
	if err := errors.Join(os.MkdirAll(filepath.Dir(left), 0o755), os.WriteFile(left, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	openWith(t, o)
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("a database of a newer featops", func(t *testing.T) {
		o := optionsIn(t.TempDir())
		w, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.store.db.Exec("PRAGMA user_version = 7"); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		_, err = Open(t.Context(), o)
		wantError(t, err, "workspace.db", "layout 7", "knows up to 2")
	})
	t.Run("a file that is no database", func(t *testing.T) {
		o := optionsIn(t.TempDir())
		overwrite(t, filepath.Join(o.Dir, "workspace.db"), "this is not a database, and longer than a page header would be, or so it seems")
		_, err := Open(t.Context(), o)
		wantError(t, err, "workspace.db", "not a database")
	})
	t.Run("a place that is a file", func(t *testing.T) {
		o := optionsIn(filepath.Join(t.TempDir(), "file", "dev"))
		overwrite(t, filepath.Dir(o.Dir), "")
		_, err := Open(t.Context(), o)
		wantError(t, err, "open workspace bncapers in "+o.Dir)
	})
}

func TestPathWithSpecialCharacters(t *testing.T) {
	o := optionsIn(filepath.Join(t.TempDir(), "a b?c#d%20é"))
	openWith(t, o)
	if _, err := os.Stat(filepath.Join(o.Dir, "workspace.db")); err != nil {
		t.Error(err)
	}
}

func TestStoreIsDurable(t *testing.T) {
	w := open(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000"} {
		var got sql.NullString
		if err := w.store.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got.String != want {
			t.Errorf("%s is %s, want %s, %v", pragma, got.String, want, err)
		}
	}
}
