package delta

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// adopted writes rows to a file of another engine: under a name of its choice, with statistics of its choice.
func adopted(t *testing.T, table *Table, name, rows, stats string) string {
	t.Helper()
	file := write(t, table, idAndTime, rows)[0]
	must(0, os.MkdirAll(filepath.Dir(filepath.Join(table.Path(), name)), 0o755))
	must(0, os.Rename(file.Path, filepath.Join(table.Path(), name)))
	return fmt.Sprintf(`"size":%d,"modificationTime":1,"dataChange":true,"stats":%s}}`, file.Size, must(json.Marshal(stats)))
}

var idAndTime = schemaOf(column("id", int64Type), column("at", timeType))

const idAndTimeLine = `{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[` +
	`{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}},{\"name\":\"at\",\"type\":\"timestamp\",\"nullable\":true,\"metadata\":{}}]}",` +
	`"partitionColumns":[],"configuration":{}}}`

// TestMergeKnowsThatTimesInStatisticsAreCut merges into a file whose greatest time is, by its statistics, earlier
// than the time in it, as other engines write them.
func TestMergeKnowsThatTimesInStatisticsAreCut(t *testing.T) {
	table := foreign(t, plainProtocol+"\n"+idAndTimeLine)
	stats := `{"numRecords":1,"minValues":{"at":"2024-05-01T00:00:00.002Z"},"maxValues":{"at":"2024-05-01T00:00:00.002Z"},"nullCount":{"at":0}}`
	add := adopted(t, table, "a.parquet", `{"id": 1, "at": "2024-05-01 00:00:00.002999Z"}`, stats)
	must(0, os.WriteFile(inLog(table, commitFile(1)), []byte(`{"add":{"path":"a.parquet",`+add), 0o644))
	result := merge(t, table, Merge{Keys: []string{"at"}, Files: write(t, table, idAndTime, `{"id": 2, "at": "2024-05-01 00:00:00.002999Z"}`)})
	if result.Updated != 1 || result.Inserted != 0 {
		t.Errorf("%+v, want one row updated", result.MergePlan)
	}
	wantContent(t, snapshot(t, table), `{"id": 2, "at": "2024-05-01 00:00:00.002999Z"}`)
}

func TestStatisticsThatSayTooLittleAreNotBelieved(t *testing.T) {
	for name, stats := range map[string]string{
		"nothing":              `null`,
		"no number of rows":    `{"nullCount":{"id":0,"at":0}}`,
		"a negative number":    `{"numRecords":-2}`,
		"more nulls than rows": `{"numRecords":2,"nullCount":{"id":-1,"at":3}}`,
	} {
		t.Run(name, func(t *testing.T) {
			table := foreign(t, plainProtocol+"\n"+idAndTimeLine)
			add := adopted(t, table, "a.parquet", `{"id": 1} {"id": 2, "at": "2024-05-01 00:00:00Z"}`, stats)
			must(0, os.WriteFile(inLog(table, commitFile(1)), []byte(`{"add":{"path":"a.parquet",`+add), 0o644))
			s := snapshot(t, table)
			counts := must(s.NonNull(context.Background(), nil))
			if rows := must(s.Rows()); rows != 2 || counts["id"] != 2 || counts["at"] != 1 {
				t.Errorf("%d rows, values %v", rows, counts)
			}
		})
	}
}

// TestPathsStayAsTheyAreSpelled removes and restores files whose paths are encoded in another way than here. An engine
// that compares the texts must see the same file.
func TestPathsStayAsTheyAreSpelled(t *testing.T) {
	ctx := context.Background()
	for spelled, name := range map[string]string{
		"a%2Bb%28c%29.parquet": "a+b(c).parquet",
		"%61.parquet":          "a.parquet",
		"day=1/x%253A.parquet": "day=1/x%3A.parquet",
		"gr%c3%b6%c3%9fe.x":    "größe.x",
	} {
		t.Run(name, func(t *testing.T) {
			table := foreign(t, plainProtocol+"\n"+idAndTimeLine)
			add := adopted(t, table, name, `{"id": 1}`, `{"numRecords":1}`)
			must(0, os.WriteFile(inLog(table, commitFile(1)), []byte(`{"add":{"path":"`+spelled+`",`+add), 0o644))
			wantContent(t, snapshot(t, table), `{"id": 1}`)
			must(table.Overwrite(ctx, nil, nil, CommitOptions{}))
			must(table.Restore(ctx, 1, CommitOptions{}))
			for v, kind := range map[int64]string{2: "remove", 3: "add"} {
				commit := string(must(os.ReadFile(inLog(table, commitFile(v)))))
				if want := `{"` + kind + `":{"path":"` + spelled + `"`; !strings.Contains(commit, want) {
					t.Errorf("version %d does not have %s:\n%s", v, want, commit)
				}
			}
			wantContent(t, snapshot(t, table), `{"id": 1}`)
		})
	}
}

func TestInCommitTimestampsComeFirst(t *testing.T) {
	table := foreign(t, `{"commitInfo":{"timestamp":5000,"inCommitTimestamp":7000}}`+"\n"+plainProtocol+"\n"+idAndTimeLine)
	if at := snapshot(t, table).Timestamp; !at.Equal(time.UnixMilli(7000)) {
		t.Errorf("version 0 is of %s", at)
	}
}

// TestAVacuumSparesFilesThatComeBack restores a version whose files are about to be too old to keep.
func TestAVacuumSparesFilesThatComeBack(t *testing.T) {
	ctx := context.Background()
	table, first := overwritten(t, time.Hour, nil)
	later := noon.AddDate(0, 0, 20)
	must(table.Restore(ctx, 0, CommitOptions{Time: later}))
	changed := must(os.Stat(filepath.Join(table.Path(), first))).ModTime()
	if !changed.Equal(later) {
		t.Errorf("the file that came back is of %s, want the time of the restore", changed)
	}
	must(table.Vacuum(ctx, VacuumOptions{Time: later.Add(time.Hour)}))
	if _, err := os.Stat(filepath.Join(table.Path(), first)); err != nil {
		t.Error(err)
	}
}
