package delta

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// How hard the processes are tried: go test ./workspaces/delta -run Processes -args -rounds 20.
var (
	rounds     = flag.Int("rounds", 1, "tables that processes write to, one after another")
	processes  = flag.Int("processes", 4, "processes that write to a table at once")
	operations = flag.Int("operations", 8, "commits that each process tries to make")
)

// writerTable names, in the environment of this binary, the table that it is to write to instead of running tests.
const writerTable = "FEATOPS_DELTA_TEST_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerTable); path != "" {
		flag.Parse()
		if err := writeAlongside(path, flag.Arg(0)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// attempt is an operation that a process tries, and outcome how it ended. Both are lines of its output, so that
// what a killed process had begun is known, and what it had been told.
type attempt struct {
	ID      string // also the commit's user metadata
	Kind    string
	Rows    []modelRow // for append, merge and overwrite
	Columns []string   // for a new column, and for an overwrite with a new schema
	Version int64      // for a restore
}

type outcome struct {
	ID      string
	Version int64 // of the commit, or of the table that a merge found nothing to change in
	Ended   string
}

const (
	hasCommitted = "committed"
	hasConflict  = "conflict"
	hasNoChange  = "unchanged"
	isImpossible = "refused" // a column that is there already, rows of columns that are not there any more
)

// writeAlongside is the work of one process: operations of all kinds, at random, as fast as it can.
func writeAlongside(path, name string) error {
	ctx := context.Background()
	seed, err := strconv.ParseUint(strings.TrimLeft(name, "w"), 10, 64)
	if err != nil {
		return err
	}
	random, lines := rand.New(rand.NewPCG(seed, 0)), json.NewEncoder(os.Stdout)
	table := At(path)
	for n := range *operations {
		a := drawAttempt(random, fmt.Sprintf("%s-%d", name, n))
		s, err := table.Snapshot(ctx)
		if err != nil {
			return err
		}
		a.Version = random.Int64N(s.Version + 1)
		if err := lines.Encode(map[string]attempt{"attempt": a}); err != nil {
			return err
		}
		o := outcome{ID: a.ID}
		if o.Version, o.Ended, err = a.run(ctx, table); err != nil {
			return fmt.Errorf("%s: %w", a.ID, err)
		}
		if err := lines.Encode(map[string]outcome{"outcome": o}); err != nil {
			return err
		}
	}
	return nil
}

func drawAttempt(random *rand.Rand, id string) attempt {
	kinds := []string{"append", "append", "merge", "merge", "overwrite", "new schema", "add a column", "restore", "optimize", "vacuum"}
	a := attempt{ID: id, Kind: kinds[random.IntN(len(kinds))]}
	for range 1 + random.IntN(3) {
		row := modelRow{"id": strconv.Itoa(random.IntN(6)), "v": strconv.Itoa(random.IntN(3))}
		if a.Kind != "merge" || !row.isIn(a.Rows) {
			a.Rows = append(a.Rows, row)
		}
	}
	switch a.Kind {
	case "new schema":
		a.Columns = []string{"id", "v", "w" + id}
	case "add a column":
		a.Columns = []string{"c" + strconv.Itoa(random.IntN(4))}
	}
	return a
}

// run tries the operation once. Conflicts are outcomes; other errors are not.
func (a attempt) run(ctx context.Context, table *Table) (version int64, ended string, err error) {
	files, err := a.files(ctx, table)
	if err != nil {
		return 0, "", err
	}
	opt := CommitOptions{UserMetadata: a.ID}
	var c Commit
	changed := true
	switch a.Kind {
	case "append":
		c, err = table.Append(ctx, files, opt)
	case "merge":
		var m MergeResult
		m, err = table.Merge(ctx, Merge{Keys: []string{"id"}, Files: files}, opt)
		c, changed = Commit{Version: m.Version, CheckpointErr: m.CheckpointErr}, m.Changed
	case "overwrite":
		c, err = table.Overwrite(ctx, nil, files, opt)
	case "new schema":
		c, err = table.Overwrite(ctx, textColumns(a.Columns), files, opt)
	case "add a column":
		c, err = table.AddColumns(ctx, textColumns(a.Columns).Fields(), opt)
		if err != nil && strings.Contains(err.Error(), "the table has a column") {
			return 0, isImpossible, nil
		}
	case "restore":
		c, err = table.Restore(ctx, a.Version, opt)
	case "optimize":
		var o OptimizeResult
		o, err = table.Optimize(ctx, Optimize{Keys: []string{"id"}}, opt)
		c, changed = Commit{Version: o.Version, CheckpointErr: o.CheckpointErr}, o.Changed
	case "vacuum":
		_, err = table.Vacuum(ctx, VacuumOptions{})
		changed = false
	}
	var conflict *ConflictError
	switch {
	case errors.As(err, &conflict):
		return 0, hasConflict, nil
	case err != nil:
		return 0, "", err
	case c.CheckpointErr != nil:
		return 0, "", c.CheckpointErr
	case !changed:
		return c.Version, hasNoChange, nil
	}
	return c.Version, hasCommitted, nil
}

// files writes the rows beside the table, as text in every column.
func (a attempt) files(ctx context.Context, table *Table) ([]DataFile, error) {
	text, err := json.Marshal(a.Rows)
	if err != nil {
		return nil, err
	}
	schema := textColumns([]string{"id", "v"})
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	reader, err := array.NewRecordReader(schema, []arrow.Record{record})
	if err != nil {
		return nil, err
	}
	return WriteFiles(ctx, filepath.Join(filepath.Dir(table.Path()), "staging"), reader, WriteOptions{})
}

func textColumns(names []string) *arrow.Schema {
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		fields[i] = column(name, stringType)
	}
	return schemaOf(fields...)
}

// TestProcessesEndInSomeOrder lets processes commit to one table at once, some of which are killed. Done one after
// another in the order of the table's history, on a plain list of rows, their operations must give the content of
// every version; and what each process was told must be what the history says.
func TestProcessesEndInSomeOrder(t *testing.T) {
	for round := range *rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) { processesWrite(t, round) })
	}
}

func processesWrite(t *testing.T, round int) {
	ctx := context.Background()
	table := At(filepath.Join(t.TempDir(), "table"))
	first := attempt{ID: "create", Kind: "overwrite", Rows: []modelRow{{"id": "0", "v": "0"}, {"id": "1", "v": "0"}}}
	md := Metadata{Schema: textColumns([]string{"id", "v"}), Configuration: map[string]string{checkpointInterval: "3"}}
	must(table.Create(ctx, md, must(first.files(ctx, table)), CommitOptions{UserMetadata: first.ID}))
	// What a writer has left that did not finish, long ago: the one thing that a vacuum may take.
	leave(t, table, "part-orphan.parquet", time.Now().AddDate(0, -1, 0))

	var wait sync.WaitGroup
	outputs := make([]bytes.Buffer, *processes)
	for i := range *processes {
		name := "w" + strconv.Itoa(round*1000+i)
		cmd := exec.Command(os.Args[0], "-test.run=^$", "-operations", strconv.Itoa(*operations), name)
		cmd.Env = append(os.Environ(), writerTable+"="+table.Path())
		errors := &bytes.Buffer{}
		cmd.Stdout, cmd.Stderr = &outputs[i], errors
		must(0, cmd.Start())
		killed := i%4 == 3
		if killed {
			time.AfterFunc(time.Duration(rand.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		wait.Go(func() {
			if err := cmd.Wait(); err != nil && !killed {
				t.Errorf("process %s: %v\n%s", name, err, errors)
			}
		})
	}
	wait.Wait()
	if t.Failed() {
		return
	}

	attempts, outcomes := map[string]attempt{first.ID: first}, map[string]outcome{}
	for i := range outputs {
		readLines(t, &outputs[i], attempts, outcomes)
	}
	checkHistory(t, table, attempts, outcomes)
	// The table goes on, whatever the killed ones have left.
	must(table.Append(ctx, must(first.files(ctx, table)), CommitOptions{}))
}

// readLines takes in what a process has said. A killed one may have been cut short in its last line.
func readLines(t *testing.T, output *bytes.Buffer, attempts map[string]attempt, outcomes map[string]outcome) {
	t.Helper()
	for lines := bufio.NewScanner(output); lines.Scan(); {
		var line struct {
			Attempt *attempt
			Outcome *outcome
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		if line.Attempt != nil {
			attempts[line.Attempt.ID] = *line.Attempt
		}
		if line.Outcome != nil {
			outcomes[line.Outcome.ID] = *line.Outcome
		}
	}
}
