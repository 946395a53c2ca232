package sqlite

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
)

func exec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func numbers(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAReaderSeesWhatIsCommittedBesideTheWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?#%.db")
	w, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, w, "CREATE TABLE t (n INTEGER)")
	r, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for want := range 3 {
		if got := numbers(t, r); got != want {
			t.Errorf("the reader sees %d rows, want %d", got, want)
		}
		exec(t, w, "INSERT INTO t VALUES (1)")
	}
	if _, err := r.ExecContext(t.Context(), "INSERT INTO t VALUES (2)"); err == nil {
		t.Error("the reader could write")
	}
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
		var got string
		if err := w.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", name, got, err, want)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFileInADirectoryThatCannotBeWrittenIsReadAsItLies(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere; the crash checks of the CI script have a disk that cannot be written")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "records.db")
	w, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, w, "CREATE TABLE t (n INTEGER)")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	r, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n := numbers(t, r); n != 0 {
		t.Errorf("%d rows, want none", n)
	}
}
