package delta

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/go-cmp/cmp"
)

func build(version int64) CommitOptions {
	return CommitOptions{Time: noon, Transaction: TransactionID{AppID: "build", Version: version}}
}

// TestATransactionIsCommittedOnce repeats every operation with the same transaction, under an
// expectation that its first commit has made wrong, and in a later run of another version.
func TestATransactionIsCommittedOnce(t *testing.T) {
	ctx := context.Background()
	for name, operation := range map[string]func(*Table, []DataFile, CommitOptions) error{
		"append": func(table *Table, files []DataFile, opt CommitOptions) error {
			_, err := table.Append(ctx, files, opt)
			return err
		},
		"overwrite": func(table *Table, files []DataFile, opt CommitOptions) error {
			_, err := table.Overwrite(ctx, nil, files, opt)
			return err
		},
		"merge": func(table *Table, files []DataFile, opt CommitOptions) error {
			_, err := table.Merge(ctx, Merge{Keys: []string{"id"}, Files: files}, opt)
			return err
		},
		"add columns": func(table *Table, _ []DataFile, opt CommitOptions) error {
			_, err := table.AddColumns(ctx, []arrow.Field{column("w", dateType)}, opt)
			return err
		},
		"restore": func(table *Table, _ []DataFile, opt CommitOptions) error {
			_, err := table.Restore(ctx, 0, opt)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, idAndValue, `{"id": 1}`)
			expected, opt := int64(0), build(7)
			opt.ExpectedVersion = &expected
			if err := operation(table, write(t, table, idAndValue, `{"id": 2}`), opt); err != nil {
				t.Fatal(err)
			}
			first := snapshot(t, table)
			if d := cmp.Diff(map[string]int64{"build": 7}, first.Transactions); d != "" {
				t.Errorf("transactions: %s", d)
			}
			for _, version := range []int64{7, 6} {
				files := write(t, table, idAndValue, `{"id": 3}`)
				opt.Transaction.Version = version
				err := operation(table, files, opt)
				var repeated *RepeatedError
				if !errors.As(err, &repeated) {
					t.Fatalf("transaction %d again: %v, want a RepeatedError", version, err)
				}
				want := RepeatedError{Table: table.Path(), Transaction: TransactionID{"build", version}, Committed: 7}
				if d := cmp.Diff(want, *repeated); d != "" {
					t.Error(d)
				}
				if left := must(filepath.Glob(files[0].Path)); len(left) != 1 {
					t.Error("the files of the repeated commit are gone")
				}
			}
			if again := snapshot(t, table); again.Version != first.Version {
				t.Errorf("version %d after the repetition, want %d", again.Version, first.Version)
			}
			must(table.Append(ctx, nil, build(8)))
			must(table.Append(ctx, nil, CommitOptions{Transaction: TransactionID{"ingest", 1}}))
			if d := cmp.Diff(map[string]int64{"build": 8, "ingest": 1}, snapshot(t, table).Transactions); d != "" {
				t.Errorf("transactions: %s", d)
			}
		})
	}
}

func TestCreateAgain(t *testing.T) {
	ctx := context.Background()
	table := At(filepath.Join(t.TempDir(), "table"))
	again := func() error {
		_, err := table.Create(ctx, Metadata{Schema: idAndValue}, nil, build(1))
		return err
	}
	must(0, again())
	var repeated *RepeatedError
	if err := again(); !errors.As(err, &repeated) {
		t.Errorf("the same transaction: %v, want a RepeatedError", err)
	}
	var conflict *ConflictError
	if _, err := table.Create(ctx, Metadata{Schema: idAndValue}, nil, build(2)); !errors.As(err, &conflict) {
		t.Errorf("another transaction: %v, want a ConflictError", err)
	}
}

func TestTransactionsSurviveCheckpoints(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	must(table.Append(context.Background(), nil, build(3)))
	grow(t, table, 1, 10)
	cleanLog(t, table, 10)
	_, err := table.Append(context.Background(), nil, build(3))
	wantError(t, err, "transaction 3 of build already")
}

func TestOfTheSameTransactionAtOnceOneIsCommitted(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	var wait sync.WaitGroup
	var committed atomic.Int32
	for range 4 {
		files := write(t, table, idAndValue, `{"id": 1}`)
		wait.Go(func() {
			_, err := At(table.Path()).Append(context.Background(), files, build(1))
			var repeated *RepeatedError
			switch {
			case err == nil:
				committed.Add(1)
			case !errors.As(err, &repeated):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := committed.Load(); n != 1 {
		t.Errorf("%d commits, want 1", n)
	}
	wantContent(t, snapshot(t, table), `{"id": 0} {"id": 1}`)
}

// TestRacesOfAnApplicationWithItself commits on top of a snapshot that does not know of the other run.
func TestRacesOfAnApplicationWithItself(t *testing.T) {
	for name, c := range map[string]struct {
		theirs int64
		want   string
	}{
		"the same":    {5, "transaction 5 of build already: it is at 5"},
		"a later one": {6, "transaction 5 of build already: it is at 6"},
		"an earlier":  {4, "it is transaction 4 of the same application build"},
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, idAndValue, `{"id": 0}`)
			x := transaction{table: table, base: snapshot(t, table), operation: "TEST", options: build(5)}
			must(table.Append(context.Background(), nil, build(c.theirs)))
			_, err := x.commit(context.Background())
			wantError(t, err, c.want)
		})
	}
}
