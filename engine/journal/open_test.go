package journal

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAReaderSeesWhatAWriterRecordsMeanwhile(t *testing.T) {
	writer := open(t, inTemp(t), Options{})
	reader := open(t, writer.path, Options{ReadOnly: true})
	for _, w := range writes {
		must(t, w.call(t.Context(), writer))
		same(t, "the reader after "+w.name, contents(t, t.Context(), reader), contents(t, t.Context(), writer))
	}
}

func TestAReaderRecordsNothing(t *testing.T) {
	path := inTemp(t)
	missing := open(t, path, Options{ReadOnly: true})
	for _, w := range writes {
		wantErr(t, w.name+" in a journal that is not there", w.call(t.Context(), missing), ErrReadOnly)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a reader made the file: %v", err)
	}
	must(t, open(t, path, Options{}).Close())
	reader := open(t, path, Options{ReadOnly: true})
	for _, w := range writes {
		wantErr(t, w.name, w.call(t.Context(), reader), ErrReadOnly)
	}
	if _, err := reader.db.ExecContext(t.Context(), "DELETE FROM builds"); err == nil {
		t.Error("the file itself is open for writing")
	}
	same(t, "contents", contents(t, t.Context(), reader), everything{})
}

func TestAReaderLeavesABuildUnderWay(t *testing.T) {
	writer := open(t, inTemp(t), Options{})
	_, err := writer.StartBuild(t.Context(), "bncapers", "fs_cus_demographic", nil, noon)
	must(t, err)
	reader := open(t, writer.path, Options{ReadOnly: true})
	if b := contents(t, t.Context(), reader).Builds[0]; b.Error != "" {
		t.Errorf("the build is recorded as failed: %s", b.Error)
	}
}

func TestAReaderOfAnEmptyFileSeesAnEmptyJournal(t *testing.T) {
	path := inTemp(t)
	must(t, os.WriteFile(path, nil, 0o600))
	same(t, "contents", contents(t, t.Context(), open(t, path, Options{ReadOnly: true})), everything{})
	must(t, open(t, path, Options{}).Asked(t.Context(), aQuestion))
}

func TestListsAreNeverNil(t *testing.T) {
	for name, j := range map[string]*Journal{
		"new": open(t, inTemp(t), Options{}), "not there": open(t, inTemp(t), Options{ReadOnly: true}),
	} {
		e := contents(t, t.Context(), j)
		if e.Decisions == nil || e.Registrations == nil || e.Pending == nil || e.Builds == nil {
			t.Errorf("%s: %#v", name, e)
		}
	}
}

func TestADamagedFileIsRefusedByName(t *testing.T) {
	full := open(t, inTemp(t), Options{})
	for i := range 300 {
		q := aQuestion
		q.ID, q.Table = fmt.Sprint(i), strings.Repeat("x", 500)
		must(t, full.Asked(t.Context(), q))
	}
	must(t, full.Close())
	intact, err := os.ReadFile(full.path)
	must(t, err)
	zeroed := append([]byte{}, intact...)
	clear(zeroed[4096*2:])
	for name, damaged := range map[string][]byte{
		"text":              []byte(strings.Repeat("this is no database\n", 500)),
		"cut in the middle": intact[:len(intact)/2],
		"pages of zeros":    zeroed,
		"a torn header":     append([]byte("SQLite format 3\x00"), make([]byte, 8000)...),
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range []Options{{}, {ReadOnly: true}} {
				path := inTemp(t)
				must(t, os.WriteFile(path, damaged, 0o600))
				j, err := Open(t.Context(), path, o)
				if err == nil {
					_, err = j.Decisions(t.Context(), 0, time.Time{})
					must(t, j.Close())
				}
				wantErr(t, fmt.Sprintf("%+v", o), err, ErrCorrupt)
				for _, word := range []string{path, "move it away"} {
					if !strings.Contains(fmt.Sprint(err), word) {
						t.Errorf("%+v: error %q does not say %q", o, err, word)
					}
				}
			}
		})
	}
}

func TestAFileOfANewerFeatopsIsRefusedAndKept(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	_, err := j.db.ExecContext(t.Context(), "PRAGMA user_version = 99; INSERT INTO builds VALUES (1, '', '{}', '{}', '', NULL, '')")
	must(t, err)
	must(t, j.Close())
	for _, o := range []Options{{}, {ReadOnly: true}} {
		_, err := Open(t.Context(), j.path, o)
		wantErr(t, fmt.Sprintf("%+v", o), err, ErrNewer)
		for _, word := range []string{j.path, "layout 99", fmt.Sprintf("up to %d", len(layouts()))} {
			if !strings.Contains(fmt.Sprint(err), word) {
				t.Errorf("%+v: error %q does not say %q", o, err, word)
			}
		}
	}
	db, err := sql.Open("sqlite", j.path)
	must(t, err)
	defer db.Close()
	var message string
	must(t, db.QueryRowContext(t.Context(), "SELECT error FROM builds").Scan(&message))
	if message != "" {
		t.Errorf("the refused file was changed: %s", message)
	}
}

func TestAFileThatCannotBeOpenedIsNamed(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "missing", "journal.db")
	for _, path := range []string{nowhere, t.TempDir()} {
		_, err := Open(t.Context(), path, Options{})
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v does not name it", path, err)
		}
	}
}

func TestAnyPathWillDo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "año 100% #1?mode=memory&x")
	must(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "a:b journal.db")
	must(t, open(t, path, Options{}).Asked(t.Context(), aQuestion))
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if n := len(contents(t, t.Context(), open(t, path, Options{ReadOnly: true})).Decisions); n != 1 {
		t.Errorf("a reader sees %d questions, want 1", n)
	}
}

func TestEveryCommitIsSynced(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000"} {
		var got string
		must(t, j.db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

func TestMigrationsContinueWhereTheFileIs(t *testing.T) {
	steps := []string{"CREATE TABLE a (x)", "INSERT INTO a VALUES (2)", "INSERT INTO a VALUES (3)"}
	db, err := sql.Open("sqlite", inTemp(t))
	must(t, err)
	defer db.Close()
	upTo := func(steps []string) error {
		tx, err := db.BeginTx(t.Context(), nil)
		must(t, err)
		defer tx.Rollback()
		if err := migrate(t.Context(), tx, steps); err != nil {
			return err
		}
		return tx.Commit()
	}
	rows := func() (n int) {
		must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM a").Scan(&n))
		return n
	}
	must(t, upTo(steps[:2]))
	if err := upTo(append(steps[:2:2], "INSERT INTO a VALUES (9)", "no SQL")); err == nil || rows() != 1 {
		t.Errorf("a step that fails: error %v, %d rows, want an error and all undone", err, rows())
	}
	must(t, upTo(steps))
	must(t, upTo(steps))
	if rows() != 2 {
		t.Errorf("%d rows, want each step done once", rows())
	}
	wantErr(t, "a newer file", upTo(steps[:1]), ErrNewer)
}
