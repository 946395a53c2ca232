package delta

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/google/go-cmp/cmp"
)

const (
	plainSchema   = `{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}`
	plainProtocol = `{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}`
)

func metaDataLine(schema, configuration, partitions string) string {
	return `{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"` + schema +
		`","partitionColumns":[` + partitions + `],"configuration":{` + configuration + `}}}`
}

// foreign makes a table whose log was written by somebody else.
func foreign(t testing.TB, commits ...string) *Table {
	t.Helper()
	table := At(filepath.Join(t.TempDir(), "table"))
	if err := os.MkdirAll(table.logDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	for v, text := range commits {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(table.logDir(), commitFile(int64(v))), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return table
}

func TestUnreadableFeaturesAreNamed(t *testing.T) {
	plain := metaDataLine(plainSchema, "", "")
	features := func(list string) string {
		return `{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[` + list + `],"writerFeatures":[` + list + `]}}`
	}
	for name, c := range map[string]struct{ commit, feature string }{
		"a newer reader":   {`{"protocol":{"minReaderVersion":4,"minWriterVersion":7}}` + "\n" + plain, "reader version 4"},
		"deletion vectors": {features(`"deletionVectors"`) + "\n" + plain, "deletionVectors"},
		"column mapping":   {features(`"vacuumProtocolCheck","columnMapping"`) + "\n" + plain, "columnMapping"},
		"v2 checkpoints":   {features(`"v2Checkpoint"`) + "\n" + plain, "v2Checkpoint"},
		"type widening":    {features(`"typeWidening"`) + "\n" + plain, "typeWidening"},
		"variants":         {features(`"variantType"`) + "\n" + plain, "variantType"},
		"a catalog":        {features(`"catalogManaged"`) + "\n" + plain, "catalogManaged"},
		"a list without its version": {`{"protocol":{"minReaderVersion":1,"minWriterVersion":2,"readerFeatures":["deletionVectors"]}}` + "\n" + plain,
			"deletionVectors (listed under reader version 1 and writer version 2)"},
		"several":             {features(`"typeWidening","vacuumProtocolCheck","deletionVectors"`) + "\n" + plain, "typeWidening, deletionVectors"},
		"what comes later":    {features(`"quantumRows"`) + "\n" + plain, "quantumRows"},
		"old column mapping":  {`{"protocol":{"minReaderVersion":2,"minWriterVersion":5}}` + "\n" + metaDataLine(plainSchema, `"delta.columnMapping.mode":"name"`, ""), "columnMapping (mode name)"},
		"a deletion vector":   {plainProtocol + "\n" + plain + "\n" + `{"add":{"path":"a","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true,"deletionVector":{"storageType":"u"}}}`, "deletionVectors"},
		"partitions":          {plainProtocol + "\n" + metaDataLine(plainSchema, "", `"id"`), "partition columns"},
		"another file format": {plainProtocol + "\n" + strings.Replace(plain, `"parquet"`, `"orc"`, 1), `file format "orc"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := foreign(t, c.commit).Snapshot(context.Background())
			var unsupported *UnsupportedError
			if !errors.As(err, &unsupported) || !strings.HasPrefix(unsupported.Feature, c.feature) || unsupported.Write {
				t.Errorf("error %v, want feature %s to be refused", err, c.feature)
			}
		})
	}
}

func TestUnwritableFeaturesAreNamed(t *testing.T) {
	invariant := strings.Replace(plainSchema, `\"metadata\":{}`, `\"metadata\":{\"delta.invariants\":\"x\"}`, 1)
	for name, c := range map[string]struct{ commit, feature string }{
		"constraints":       {`{"protocol":{"minReaderVersion":1,"minWriterVersion":3}}` + "\n" + metaDataLine(plainSchema, "", ""), "checkConstraints (writer version 3)"},
		"generated columns": {`{"protocol":{"minReaderVersion":1,"minWriterVersion":4}}` + "\n" + metaDataLine(plainSchema, "", ""), "checkConstraints, changeDataFeed, generatedColumns (writer version 4)"},
		"a newer writer":    {`{"protocol":{"minReaderVersion":1,"minWriterVersion":8}}` + "\n" + metaDataLine(plainSchema, "", ""), "writer version 8"},
		"writer features":   {`{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["domainMetadata","invariants","rowTracking"]}}` + "\n" + metaDataLine(plainSchema, "", ""), "domainMetadata, rowTracking"},
		"a writer feature":  {`{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["appendOnly","rowTracking"]}}` + "\n" + metaDataLine(plainSchema, "", ""), "rowTracking"},
		"invariants":        {plainProtocol + "\n" + metaDataLine(invariant, "", ""), "invariants (column id)"},
	} {
		t.Run(name, func(t *testing.T) {
			table := foreign(t, c.commit)
			if _, err := table.Snapshot(context.Background()); err != nil {
				t.Errorf("the table cannot be read: %v", err)
			}
			_, err := table.Append(context.Background(), write(t, table, schemaOf(column("id", int64Type)), `{"id": 1}`), CommitOptions{})
			var unsupported *UnsupportedError
			if !errors.As(err, &unsupported) || !strings.HasPrefix(unsupported.Feature, c.feature) || !unsupported.Write {
				t.Errorf("error %v, want feature %s to be refused", err, c.feature)
			}
		})
	}
}

func TestAppendOnlyTables(t *testing.T) {
	ctx := context.Background()
	table := At(filepath.Join(t.TempDir(), "table"))
	md := Metadata{Schema: idAndValue, Configuration: map[string]string{"delta.appendOnly": "true"}}
	must(table.Create(ctx, md, write(t, table, idAndValue, `{"id": 1, "v": "a"}`), CommitOptions{}))
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 2}`), CommitOptions{}))
	_, err := table.Overwrite(ctx, nil, nil, CommitOptions{})
	wantError(t, err, "delta.appendOnly")
	_, err = table.Merge(ctx, Merge{Keys: []string{"id"}, Files: write(t, table, idAndValue, `{"id": 1, "v": "b"}`)}, CommitOptions{})
	wantError(t, err, "delta.appendOnly")
	merge(t, table, Merge{Keys: []string{"id"}, Files: write(t, table, idAndValue, `{"id": 3}`)})
	wantContent(t, snapshot(t, table), `{"id": 1, "v": "a"} {"id": 2} {"id": 3}`)
}

func TestColumnsThatMustNotBeNull(t *testing.T) {
	ctx := context.Background()
	schema := schemaOf(arrow.Field{Name: "id", Type: int64Type}, column("v", stringType))
	table := create(t, schema, `{"id": 1}`)
	_, err := table.Append(ctx, write(t, table, idAndValue, `{"v": "x"}`), CommitOptions{})
	wantError(t, err, "column id must not be null")
	_, err = table.Append(ctx, write(t, table, schemaOf(column("v", stringType)), `{"v": "x"}`), CommitOptions{})
	wantError(t, err, "column id must not be null")
	must(table.Append(ctx, write(t, table, idAndValue, `{"id": 2}`), CommitOptions{}))
}

func TestCorruptLogs(t *testing.T) {
	plain := plainProtocol + "\n" + metaDataLine(plainSchema, "", "")
	for name, c := range map[string]struct {
		commits []string
		want    []string
	}{
		"broken JSON":        {[]string{plain, "{\"commitInfo\":{}}\n{\"add\":"}, []string{"00000000000000000001.json", "line 2"}},
		"a gap":              {[]string{plain, "", "{}"}, []string{"00000000000000000001.json is missing", "version 2"}},
		"no start":           {[]string{"", "{}"}, []string{"00000000000000000000.json is missing"}},
		"no protocol":        {[]string{metaDataLine(plainSchema, "", "")}, []string{"no protocol"}},
		"no metadata":        {[]string{plainProtocol}, []string{"no metaData"}},
		"broken schema":      {[]string{plainProtocol + "\n" + metaDataLine("{", "", "")}, []string{"schemaString"}},
		"a nested column":    {[]string{plainProtocol + "\n" + metaDataLine(strings.Replace(plainSchema, `\"long\"`, `{\"type\":\"array\"}`, 1), "", "")}, []string{"column id", "nested type"}},
		"an unknown type":    {[]string{plainProtocol + "\n" + metaDataLine(strings.Replace(plainSchema, "long", "interval", 1), "", "")}, []string{"column id", "type interval"}},
		"broken statistics":  {[]string{plain + "\n" + `{"add":{"path":"a.parquet","size":1,"modificationTime":1,"dataChange":true,"stats":"{"}}`}, []string{"statistics of a.parquet"}},
		"a path that leaves": {[]string{plain + "\n" + `{"add":{"path":"../a.parquet","size":1,"modificationTime":1,"dataChange":true}}`}, []string{`"../a.parquet" leads out`, "00000000000000000000.json"}},
		"a path elsewhere":   {[]string{plain + "\n" + `{"add":{"path":"file:///a.parquet","size":1,"modificationTime":1,"dataChange":true}}`}, []string{"leads out"}},
		"a path of nonsense": {[]string{plain + "\n" + `{"add":{"path":"a%zz","size":1,"modificationTime":1,"dataChange":true}}`}, []string{"percent-encoded"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := foreign(t, c.commits...).Snapshot(context.Background())
			wantError(t, err, c.want...)
		})
	}
}

func TestUnknownActionsAndFilesAreIgnored(t *testing.T) {
	table := create(t, idAndValue, `{"id": 1, "v": "a"}`)
	log := must(os.ReadFile(filepath.Join(table.logDir(), commitFile(0))))
	extra := "\n{\"cdc\":{\"path\":\"x\"}}\n\n{\"domainMetadata\":{\"domain\":\"d\"},\"more\":1}\n{\"txn\":{\"appId\":\"a\",\"version\":1}}\n"
	for name, text := range map[string]string{
		commitFile(0):                 string(log) + extra,
		"_last_checkpoint":            "{",
		"00000000000000000000.crc":    "x",
		".0b54.tmp":                   "half a commit that a crash left",
		"../part-orphan.snappy.parqt": "a file that no commit names",
	} {
		if err := os.WriteFile(filepath.Join(table.logDir(), name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := snapshot(t, table)
	wantContent(t, s, `{"id": 1, "v": "a"}`)
	if s.Version != 0 || len(s.Files) != 1 {
		t.Errorf("version %d with %d files, want version 0 with 1", s.Version, len(s.Files))
	}
}

func TestMissingAndCorruptDataFiles(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		spoil func(path string) error
		want  string
	}{
		"missing":     {os.Remove, "data file is missing"},
		"empty":       {func(p string) error { return os.Truncate(p, 0) }, "corrupt Parquet file"},
		"cut":         {func(p string) error { return os.Truncate(p, 100) }, "corrupt Parquet file"},
		"overwritten": {func(p string) error { return scribble(p) }, "corrupt Parquet file"},
	} {
		t.Run(name, func(t *testing.T) {
			table := create(t, idAndValue, `{"id": 1, "v": "a"} {"id": 2, "v": "b"}`)
			s := snapshot(t, table)
			if err := c.spoil(filepath.Join(table.Path(), s.Files[0].Path)); err != nil {
				t.Fatal(err)
			}
			r := must(s.Read(ctx, nil))
			defer r.Release()
			for r.Next() {
				t.Errorf("read %v", r.Record())
			}
			wantError(t, r.Err(), c.want, s.Files[0].Path)
			_, err := table.Merge(ctx, Merge{Keys: []string{"id"}, Files: write(t, table, idAndValue, `{"id": 1}`)}, CommitOptions{})
			wantError(t, err, c.want, s.Files[0].Path)
		})
	}
}

// scribble writes zeros over the pages of a Parquet file and leaves its footer whole.
func scribble(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	clear(text[4:60])
	return os.WriteFile(path, text, 0o644)
}

func TestRestoreNeedsTheFiles(t *testing.T) {
	ctx := context.Background()
	table := create(t, idAndValue, `{"id": 1}`)
	old := snapshot(t, table).Files[0].Path
	must(table.Overwrite(ctx, nil, write(t, table, idAndValue, `{"id": 2}`), CommitOptions{}))
	if err := os.Remove(filepath.Join(table.Path(), old)); err != nil {
		t.Fatal(err)
	}
	_, err := table.Restore(ctx, 0, CommitOptions{})
	wantError(t, err, "1 of 1 data files are missing", old)
	wantContent(t, snapshot(t, table), `{"id": 2}`)
}

func TestWriteFilesRefuses(t *testing.T) {
	noZone := &arrow.TimestampType{Unit: arrow.Microsecond}
	for name, c := range map[string]struct {
		schema, as *arrow.Schema
		rows       string
		want       []string
	}{
		"a timestamp without a zone": {schemaOf(column("t", noZone)), nil, `{"t": "2026-01-01 00:00:00"}`, []string{"column t", "time zone"}},
		"64 bits unsigned":           {schemaOf(column("u", arrow.PrimitiveTypes.Uint64)), nil, `{"u": 1}`, []string{"column u", "uint64"}},
		"a nested column":            {schemaOf(column("l", arrow.ListOf(int64Type))), nil, `{"l": [1]}`, []string{"column l", "list"}},
		"a name with a blank":        {schemaOf(column("a b", int64Type)), nil, `{"a b": 1}`, []string{`column "a b"`}},
		"two names alike":            {schemaOf(column("a", int64Type), column("A", int64Type)), nil, `{"a": 1}`, []string{"column A occurs twice"}},
		"no columns":                 {schemaOf(), nil, `{}`, []string{"at least one column"}},
		"a loss of digits":           {schemaOf(column("a", doubleType)), schemaOf(column("a", int64Type)), `{"a": 1.5}`, []string{"column a", "float64 cannot become int64"}},
		"a column too many":          {schemaOf(column("a", int64Type)), schemaOf(column("b", int64Type)), `{"a": 1}`, []string{"column a is not in the schema"}},
		"seconds that do not fit":    {schemaOf(column("t", &arrow.TimestampType{Unit: arrow.Second, TimeZone: "UTC"})), nil, `{"t": 9223372036854775807}`, []string{"column t", "does not fit"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := WriteFiles(context.Background(), dir, readerOf(t, record(t, c.schema, c.rows)), WriteOptions{Schema: c.as})
			wantError(t, err, append(c.want, dir)...)
			if left := must(os.ReadDir(dir)); len(left) > 0 {
				t.Errorf("%s is left behind", left[0].Name())
			}
		})
	}
}

func TestWriteFilesConvertsTypes(t *testing.T) {
	zone := func(u arrow.TimeUnit) arrow.DataType { return &arrow.TimestampType{Unit: u, TimeZone: "UTC"} }
	in := schemaOf(
		column("u8", arrow.PrimitiveTypes.Uint8), column("u16", arrow.PrimitiveTypes.Uint16), column("u32", arrow.PrimitiveTypes.Uint32),
		column("s", zone(arrow.Second)), column("ns", zone(arrow.Nanosecond)), column("d64", arrow.FixedWidthTypes.Date64),
		column("large", arrow.BinaryTypes.LargeString),
		column("dict", &arrow.DictionaryType{IndexType: int32Type, ValueType: stringType}),
	)
	table := create(t, in, `{"u8": 255, "u16": 65535, "u32": 4294967295, "s": -1, "ns": -1, "d64": "2026-01-31", "large": "x", "dict": "y"} {}`)
	s := snapshot(t, table)
	wantContent(t, s, `{"u8": 255, "u16": 65535, "u32": 4294967295, "s": "1969-12-31 23:59:59Z", "ns": "1969-12-31 23:59:59.999999Z", "d64": "2026-01-31", "large": "x", "dict": "y"} {}`)
	var types []string
	for _, f := range s.Metadata.Schema.Fields() {
		types = append(types, typeName(f.Type))
	}
	want := []string{"short", "integer", "long", "timestamp", "timestamp", "date", "string", "string"}
	if d := cmp.Diff(want, types); d != "" {
		t.Error(d)
	}
}

func TestWriteFilesCutsFiles(t *testing.T) {
	table := At(filepath.Join(t.TempDir(), "table"))
	rows := record(t, idAndValue, `{"id": 1} {"id": 2} {"id": 3} {"id": 4} {"id": 5}`)
	files := writeRecords(t, table, WriteOptions{FileRows: 2}, rows)
	var counts []int64
	for _, f := range files {
		counts = append(counts, f.Rows)
		if info, err := os.Stat(f.Path); err != nil || info.Size() != f.Size {
			t.Errorf("%s has %d bytes by its DataFile (%v)", f.Path, f.Size, err)
		}
	}
	if d := cmp.Diff([]int64{2, 2, 1}, counts); d != "" {
		t.Error(d)
	}
	must(table.Create(context.Background(), Metadata{Schema: idAndValue}, files, CommitOptions{}))
	wantContent(t, snapshot(t, table), `{"id": 1} {"id": 2} {"id": 3} {"id": 4} {"id": 5}`)
}

func TestCancelledWritesLeaveNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	if _, err := WriteFiles(ctx, dir, readerOf(t, record(t, idAndValue, `{"id": 1}`)), WriteOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	table := create(t, idAndValue, `{"id": 1}`)
	if _, err := table.Append(ctx, write(t, table, idAndValue, `{"id": 2}`), CommitOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if in := must(filepath.Glob(filepath.Join(table.Path(), "*.parquet"))); len(in) != 1 {
		t.Errorf("the table's directory holds %v", in)
	}
	if left := must(filepath.Glob(filepath.Join(table.logDir(), ".*"))); len(left) != 0 {
		t.Errorf("the log's directory holds %v", left)
	}
}
