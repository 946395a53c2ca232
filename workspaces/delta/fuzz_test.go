package delta

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzLog gives a table a second commit of any bytes, and a pointer to a checkpoint. Reading it fails with an error
// that names the commit or the table, or gives a snapshot that a checkpoint of it gives again.
func FuzzLog(f *testing.F) {
	first := plainProtocol + "\n" + metaDataLine(plainSchema, "", "")
	for _, commit := range []string{
		"", "{}", "\n\n", "{\"add\":", "null", `[]`, `{"commitInfo":{"timestamp":1,"operation":"WRITE","operationParameters":{"mode":1}}}`,
		`{"add":{"path":"a%20b.parquet","size":1,"modificationTime":1,"dataChange":true,"stats":"{\"numRecords\":3,\"nullCount\":{\"id\":1}}"}}`,
		`{"add":{"path":"a.parquet","partitionValues":{"x":null},"tags":{"k":"v"}}}` + "\n" + `{"remove":{"path":"a.parquet"}}` + "\n" + `{"txn":{"appId":"x","version":-1}}`,
		`{"add":{"path":"../a","deletionVector":{}}}`, `{"add":{"path":"a","stats":"{"}}`, plainProtocol, metaDataLine(plainSchema, `"a":"b"`, ""),
		`{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["x"],"writerFeatures":["x"]}}`,
		`{"remove":{"path":"gone.parquet","deletionTimestamp":9223372036854775807,"extendedFileMetadata":true,"size":-1}}`,
		`{"metaData":{"id":"x","format":{"provider":"parquet"},"schemaString":"{\"type\":\"struct\",\"fields\":[]}"}}`,
		`{"commitInfo":{"inCommitTimestamp":-9223372036854775808,"timestamp":9223372036854775807}}`,
	} {
		f.Add([]byte(commit), []byte(`{"version":0}`))
	}
	f.Add([]byte("{}"), []byte(`{"version":9223372036854775807,"size":-1,"parts":1000000000}`))
	f.Fuzz(func(t *testing.T, commit, pointer []byte) {
		ctx := context.Background()
		table := foreign(t, first, string(commit)+"\n")
		must(0, os.WriteFile(inLog(table, lastCheckpointFile), pointer, 0o644))
		s, err := table.Snapshot(ctx)
		if err != nil {
			if !strings.Contains(err.Error(), table.Path()) {
				t.Errorf("error %v does not name the table", err)
			}
			return
		}
		if _, err := table.History(ctx, 0); err != nil {
			t.Errorf("history: %v", err)
		}
		state := must(table.replay(ctx, must(table.list()), 1))
		must(writeCheckpoint(inLog(table, checkpointFile(1)), state.actions(time.Time{})))
		must(0, os.Remove(inLog(table, commitFile(0))))
		again, err := table.Snapshot(ctx)
		if err != nil {
			t.Fatalf("from a checkpoint: %v", err)
		}
		if d := cmp.Diff(s, again, cmp.AllowUnexported(Snapshot{}, File{}), cmpopts.EquateEmpty(), cmp.Comparer((*arrow.Schema).Equal)); d != "" {
			t.Errorf("from a checkpoint: %s", d)
		}
	})
}

// FuzzCheckpoint reads any bytes as a checkpoint: an error that names the file, or actions.
func FuzzCheckpoint(f *testing.F) {
	f.Add(must(os.ReadFile(filepath.Join("testdata", "spark.checkpoint.parquet"))))
	path := filepath.Join(f.TempDir(), "checkpoint.parquet")
	must(writeCheckpoint(path, []action{{Protocol: &ours}, {MetaData: &metaDataAction{ID: "x"}}, {Add: &addAction{Path: "a"}}}))
	f.Add(must(os.ReadFile(path)))
	f.Fuzz(func(t *testing.T, text []byte) {
		table := foreign(t, "", "{}")
		must(0, os.WriteFile(inLog(table, checkpointFile(0)), text, 0o644))
		if _, err := table.Snapshot(context.Background()); err != nil && !strings.Contains(err.Error(), table.Path()) {
			t.Errorf("error %v does not name the table", err)
		}
	})
}

// FuzzParquetFooter reads any bytes as a data file: an error that names the file, or rows.
func FuzzParquetFooter(f *testing.F) {
	schema := schemaOf(column("id", int64Type), column("v", stringType), column("x", doubleType), column("at", timeType), column("b", boolType))
	table := create(f, schema, `{"id": 1, "v": "a", "x": 0.5, "at": "2024-01-01 00:00:00Z", "b": true} {"id": 2}`)
	text := must(os.ReadFile(filepath.Join(table.Path(), snapshot(f, table).Files[0].Path)))
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add([]byte("PAR1\xff\xff\xff\x7fPAR1"))
	f.Add([]byte("PAR1PAR1"))
	f.Add(must(os.ReadFile(filepath.Join("testdata", "int96.parquet"))))
	f.Fuzz(func(t *testing.T, text []byte) {
		ctx := context.Background()
		name := "part-00000.parquet"
		path := filepath.Join(t.TempDir(), name)
		must(0, os.WriteFile(path, text, 0o644))
		s := &Snapshot{path: filepath.Dir(path), Metadata: Metadata{Schema: schema}, Files: []File{{Path: name}}}
		named := func(err error) {
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("error %v does not name the file", err)
			}
		}
		_, err := s.Rows()
		named(err)
		_, err = s.NonNull(ctx, nil)
		named(err)
		rows := must(s.Read(ctx, nil))
		defer rows.Release()
		for n := 0; n < 100 && rows.Next(); n++ {
			rowsOf(t, rows.Record())
		}
		named(rows.Err())
	})
}

// FuzzSchema parses any text as a table's schema. One that this package would write is parsed as it was written.
func FuzzSchema(f *testing.F) {
	f.Add(strings.ReplaceAll(plainSchema, `\"`, `"`))
	f.Add(`{"type":"struct","fields":[{"name":"d","type":"decimal(38,10)","nullable":false,"metadata":{"comment":"c","other":[1]}}]}`)
	f.Add(`{"type":"struct","fields":[{"name":"a","type":{"type":"array","elementType":"string","containsNull":true},"nullable":true,"metadata":{}}]}`)
	f.Add(`{"type":"struct","fields":[{"name":"d","type":"decimal(4294967297,0)"},{"name":"D","type":"decimal(2,1)x"}]}`)
	f.Add(`{"fields":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		schema, fields, err := decodeSchema(text)
		if err != nil {
			return
		}
		stored, err := canonical(schema)
		if err != nil {
			return
		}
		again, _, err := decodeSchema(must(encodeSchema(stored, fields)))
		if err != nil || !again.Equal(stored) {
			t.Errorf("%v became %v (%v)", stored, again, err)
		}
	})
}

// FuzzStats parses any text as the statistics of a file.
func FuzzStats(f *testing.F) {
	f.Add(`{"numRecords":2,"minValues":{"id":1,"v":"a","at":"2024-01-01T00:00:00.000Z","day":"2024-01-01"},"maxValues":{"id":2,"v":"b","at":"2024-01-01T00:00:00.001Z","day":"2024-01-02"},"nullCount":{"id":0,"v":{"x":1}}}`)
	f.Add(`{"numRecords":-1}`)
	f.Add(`{"numRecords":1,"minValues":{"id":9223372036854775808,"at":"+292278994-08-17T07:12:55.807Z"},"maxValues":{"id":[1],"at":null},"nullCount":{"id":2}}`)
	f.Add(`{"minValues":null}`)
	f.Add(`null`)
	notText := strings.Repeat("\xe2", 1024)
	f.Add(`{"numRecords":1,"minValues":{"v":"` + notText + `","at":"` + notText + `"},"maxValues":{"v":"` + notText + `","at":"` + notText + `"}}`)
	keys := schemaOf(column("id", int64Type), column("v", stringType), column("at", timeType), column("day", dateType))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := decodeStats(text)
		if err != nil || s == nil {
			return
		}
		for name := range maps.Keys(s.NullCount) {
			if n, ok := s.nulls(name); ok && (n < 0 || n > s.NumRecords) {
				t.Errorf("%d nulls in %d rows", n, s.NumRecords)
			}
		}
		for i := range keys.Fields() {
			if low, high, ok := keyBounds(s, schemaOf(keys.Field(i))); ok && (low.NumRows() != 1 || high.NumRows() != 1) {
				t.Errorf("bounds %v and %v", low, high)
			}
		}
		again, err := decodeStats(string(must(json.Marshal(s))))
		if err != nil || again.NumRecords != s.NumRecords || len(again.NullCount) != len(s.NullCount) {
			t.Errorf("%+v became %+v (%v)", s, again, err)
		}
	})
}

// FuzzPath decodes any text as the path of an action. What leads into the table's directory is found again.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"a.parquet", "a%20b/c%25.parquet", "x=%2F/y", "../up", "/root", "file:///x", "s3://b/k", "a:b", "%zz", "", ".", "größe%C3", "%00", `a\b`, "a%3A//b"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if path, err := filePath(text); err == nil {
			if !filepath.IsLocal(path) {
				t.Errorf("%q leads to %q", text, path)
			}
			if again, err := filePath(fileURI(path)); err != nil || again != path {
				t.Errorf("%q is encoded as %q, which is %q (%v)", path, fileURI(path), again, err)
			}
		}
		if filepath.IsLocal(text) {
			if again, err := filePath(fileURI(text)); err != nil || again != text {
				t.Errorf("%q is encoded as %q, which is %q (%v)", text, fileURI(text), again, err)
			}
		}
	})
}

// FuzzInterval parses any text as the value of a property.
func FuzzInterval(f *testing.F) {
	for _, text := range []string{"interval 7 days", "2 days 12 hours", "interval 1 month", "9223372036854775807 weeks", "-1 days", "1 day 1", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, ok := parseInterval(text); ok && d < 0 {
			t.Errorf("%q is %s", text, d)
		}
	})
}
