package embedded

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"featops/workspaces"
	"featops/workspaces/delta"
)

// putFiles writes visits of some customers in some months, in files of a few rows each, the months one after another.
func putFiles(t *testing.T, w *Workspace, count func(customer, month int) int64) {
	t.Helper()
	columns, err := visits.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, columns)
	for month := range 5 {
		for customer := range 40 {
			b.Field(0).(*array.Int64Builder).Append(int64(customer * 7 % 40))
			b.Field(1).(*array.StringBuilder).Append(time.Date(2024, time.Month(1+month), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
			b.Field(2).(*array.Int64Builder).Append(count(customer, month))
			b.Field(3).(*array.Float64Builder).Append(float64(customer) / 3)
		}
	}
	records, err := array.NewRecordReader(columns, []arrow.Record{b.NewRecord()})
	if err != nil {
		t.Fatal(err)
	}
	table := delta.At(filepath.Join(w.options.Dir, visits.Database, visits.Name))
	files, err := delta.WriteFiles(t.Context(), filepath.Join(t.TempDir(), "staging"), records, delta.WriteOptions{FileRows: 30})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Create(t.Context(), delta.Metadata{Schema: columns}, files, delta.CommitOptions{}); err != nil {
		t.Fatal(err)
	}
}

// ones is a visit of each customer in each month.
func ones(int, int) int64 { return 1 }

// little is memory that hardly any rows fit into.
func little(o *Options) { o.Memory = NewMemory(2 << 10) }

func TestABuildOfMoreThanFitsIntoMemoryIsTheSame(t *testing.T) {
	table := visitCount(countFeature, amountFeature)
	whole := open(t)
	putFiles(t, whole, ones)
	mustBuild(t, whole, table, nil)

	var log bytes.Buffer
	w := open(t, little, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	putFiles(t, w, ones)
	mustBuild(t, w, table, nil)
	if diff := cmp.Diff(rowsOf(t, whole, table.Name), rowsOf(t, w, table.Name)); diff != "" {
		t.Errorf("rows (-in memory +on disk):\n%s", diff)
	}
	if !bytes.Contains(log.Bytes(), []byte("sorted in 7 parts on disk, ")) {
		t.Errorf("the log does not tell it:\n%s", log.String())
	}
	if b := mustBuild(t, w, table, map[string]string{"full_build": "true"}); b.Unchanged != 200 || b.Inserted+b.Updated != 0 {
		t.Errorf("merged once more: %+v", b)
	}
	wantNothingStaged(t, w)
}

func wantNothingStaged(t *testing.T, w *Workspace) {
	t.Helper()
	left, err := os.ReadDir(w.staging)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || len(left) > 0 {
		t.Errorf("left in the staging directory: %v, %v", left, err)
	}
}

func TestRowsOnDiskGoWhenABuildFails(t *testing.T) {
	t.Run("with an error", func(t *testing.T) {
		w := open(t, little)
		putFiles(t, w, func(customer, month int) int64 {
			if customer == 39 && month == 4 {
				return math.MaxInt64
			}
			return 1
		})
		_, err := build(t, w, visitCount(countFeature), nil)
		wantError(t, err, "does not fit INT")
		wantNothingStaged(t, w)
	})
	for _, stage := range []string{"read", "compute"} {
		t.Run("when it is cancelled in the stage "+stage, func(t *testing.T) {
			w := open(t, little)
			putFiles(t, w, ones)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			onDisk := false
			_, err := w.Stage(ctx, request(t, w, func(p workspaces.Progress) {
				if p.Stage == stage && p.Disk > 0 {
					onDisk = true
					cancel()
				}
			}))
			if !errors.Is(err, context.Canceled) || !onDisk {
				t.Errorf("error %v, rows were on disk: %v", err, onDisk)
			}
			wantNothingStaged(t, w)
		})
	}
}

func request(t *testing.T, w *Workspace, progress func(workspaces.Progress)) workspaces.BuildRequest {
	t.Helper()
	table := visitCount(countFeature)
	p, err := w.taskParameters(workspaces.Job{}, workspaces.Task{Key: table.Name, Table: table.Name}, nil, w.now())
	if err != nil {
		t.Fatal(err)
	}
	return workspaces.BuildRequest{Table: table, Params: p, Progress: progress}
}

func TestABuildWaitsForTheMemoryThatOthersHave(t *testing.T) {
	shared := NewMemory(1 << 20)
	w := open(t, func(o *Options) { o.Memory = shared })
	putFiles(t, w, ones)
	if err := shared.pool.Acquire(t.Context(), shared.size); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := request(t, w, nil)
	r.Log = slog.New(slog.NewTextHandler(writerFunc(func(line []byte) {
		if bytes.Contains(line, []byte("the build waits for memory")) {
			cancel()
		}
	}), nil))
	_, err := w.Stage(ctx, r)
	wantError(t, err, "table fs_visits: wait for memory: context canceled")
	wantNothingStaged(t, w)

	done := make(chan error)
	go func() {
		staged, err := w.Stage(t.Context(), request(t, w, nil))
		if err == nil {
			err = staged.Discard()
		}
		done <- err
	}()
	shared.pool.Release(shared.size)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !shared.pool.TryAcquire(shared.size) {
		t.Error("the build has not given all its memory back")
	}
}

type writerFunc func(line []byte)

func (f writerFunc) Write(line []byte) (int, error) {
	f(line)
	return len(line), nil
}

func TestBuildsOfTwoWorkspacesShareTheMemory(t *testing.T) {
	shared := NewMemory(4 << 10)
	table := visitCount(countFeature, amountFeature)
	whole := open(t)
	putFiles(t, whole, ones)
	mustBuild(t, whole, table, nil)
	want := rowsOf(t, whole, table.Name)
	done := make(chan error)
	var opened []*Workspace
	for range 2 {
		w := open(t, func(o *Options) { o.Memory = shared })
		putFiles(t, w, ones)
		opened = append(opened, w)
	}
	for _, w := range opened {
		go func() {
			_, err := build(t, w, table, nil)
			done <- err
		}()
	}
	for range opened {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, w := range opened {
		if diff := cmp.Diff(want, rowsOf(t, w, table.Name)); diff != "" {
			t.Errorf("rows (-alone +together):\n%s", diff)
		}
	}
}
