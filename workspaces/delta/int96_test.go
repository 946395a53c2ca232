package delta

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/parquet"
)

// TestTimestampsOf96Bits reads a file of several row groups as Spark writes them, with times that nanoseconds since
// 1970 could not hold.
func TestTimestampsOf96Bits(t *testing.T) {
	schema := schemaOf(column("id", int64Type), column("at", timeType))
	table := create(t, schema, `{"id": 0}`)
	path := filepath.Join(filepath.Dir(table.Path()), "int96.parquet")
	must(0, os.WriteFile(path, must(os.ReadFile(filepath.Join("testdata", "int96.parquet"))), 0o644))
	must(table.Overwrite(context.Background(), nil, []DataFile{{Path: path, Rows: 7, Schema: schema, Stats: Stats{NumRecords: 7}}}, CommitOptions{}))
	s := snapshot(t, table)
	wantContent(t, s, `{"id": 1, "at": "0001-01-01 00:00:00Z"} {"id": 2, "at": "9999-12-31 23:59:59.999999Z"} `+
		`{"id": 3, "at": "2262-04-11 23:47:16.854775Z"} {"id": 4, "at": "1677-09-21 00:12:44Z"} `+
		`{"id": 5, "at": "1969-12-31 23:59:59.999999Z"} {"id": 6, "at": "2024-03-10 10:30:00.000001Z"} {"id": 7}`)
	if n := must(s.NonNull(context.Background(), nil)); n["at"] != 6 {
		t.Errorf("%d times that are not null, want 6", n["at"])
	}
}

func TestNoTimestampsOf96Bits(t *testing.T) {
	of := func(days int32, nanos int64) (v parquet.Int96) {
		binary.LittleEndian.PutUint64(v[:8], uint64(nanos))
		binary.LittleEndian.PutUint32(v[8:], uint32(days))
		return v
	}
	for name, v := range map[string]parquet.Int96{
		"a day too early": of(-1<<31, 0),
		"a day too late":  of(1<<31-1, 0),
		"a time too late": of(epochJulianDay, dayMicros*1000),
		"a time too soon": of(epochJulianDay, -1),
	} {
		if micros, err := int96Micros(v); err == nil {
			t.Errorf("%s is %d", name, micros)
		}
	}
	if micros, err := int96Micros(of(epochJulianDay+1, 999)); err != nil || micros != dayMicros {
		t.Errorf("nanoseconds are %d, %v", micros, err)
	}
}
