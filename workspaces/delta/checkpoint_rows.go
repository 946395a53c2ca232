package delta

import (
	"fmt"
	"maps"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// checkpointSchema is the schema of the classic checkpoints that Spark writes (section Checkpoint
// Schema), in Spark's order; like there, every column may be null. Deletion vectors, row tracking,
// clustering and domains are of features that the tables written here do not have, so their columns
// are null in all rows.
var checkpointSchema = func() *arrow.Schema {
	text, long, integer, boolean := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Int32, arrow.FixedWidthTypes.Boolean
	list, pairs := arrow.ListOf(text), arrow.MapOf(text, text)
	field := func(name string, t arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: t, Nullable: true}
	}
	vector := field("deletionVector", arrow.StructOf(
		field("storageType", text), field("pathOrInlineDv", text), field("offset", integer),
		field("sizeInBytes", integer), field("cardinality", long), field("maxRowIndex", long)))
	rowID, rowVersion := field("baseRowId", long), field("defaultRowCommitVersion", long)
	return arrow.NewSchema([]arrow.Field{
		field("txn", arrow.StructOf(
			field("appId", text), field("version", long), field("lastUpdated", long))),
		field("add", arrow.StructOf(
			field("path", text), field("partitionValues", pairs), field("size", long), field("modificationTime", long),
			field("dataChange", boolean), field("tags", pairs), vector, rowID, rowVersion, field("clusteringProvider", text), field("stats", text))),
		field("remove", arrow.StructOf(
			field("path", text), field("deletionTimestamp", long), field("dataChange", boolean), field("extendedFileMetadata", boolean),
			field("partitionValues", pairs), field("size", long), vector, rowID, rowVersion)),
		field("metaData", arrow.StructOf(
			field("id", text), field("name", text), field("description", text),
			field("format", arrow.StructOf(field("provider", text), field("options", pairs))),
			field("schemaString", text), field("partitionColumns", list), field("configuration", pairs), field("createdTime", long))),
		field("protocol", arrow.StructOf(
			field("minReaderVersion", integer), field("minWriterVersion", integer),
			field("readerFeatures", list), field("writerFeatures", list))),
		field("domainMetadata", arrow.StructOf(
			field("domain", text), field("configuration", text), field("removed", boolean))),
	}, nil)
}()

// checkpointRecord is the actions as rows of checkpointSchema. Of every row one column is set.
func checkpointRecord(actions []action) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, checkpointSchema)
	defer b.Release()
	for _, a := range actions {
		for i, v := range checkpointRow(a) {
			appendValue(b.Field(i), v)
		}
	}
	return b.NewRecord()
}

// checkpointRow returns the values of an action in the order of checkpointSchema. A checkpoint
// changes no data, whatever the action said when it was committed.
func checkpointRow(a action) []any {
	const dataChange = false
	row := make([]any, checkpointSchema.NumFields())
	switch {
	case a.Txn != nil:
		row[0] = []any{a.Txn.AppID, a.Txn.Version, unlessZero(a.Txn.LastUpdated)}
	case a.Add != nil:
		row[1] = []any{a.Add.Path, map[string]string{}, a.Add.Size, a.Add.ModificationTime, dataChange,
			unlessNil(a.Add.Tags), nil, nil, nil, nil, unlessZero(a.Add.Stats)}
	case a.Remove != nil:
		// Partition values and size are only known where extendedFileMetadata says so.
		var partitions, size any
		if a.Remove.ExtendedFileMetadata {
			partitions, size = map[string]string{}, a.Remove.Size
		}
		row[2] = []any{a.Remove.Path, unlessZero(a.Remove.DeletionTimestamp), dataChange, a.Remove.ExtendedFileMetadata,
			partitions, size, nil, nil, nil}
	case a.MetaData != nil:
		m := a.MetaData
		row[3] = []any{m.ID, unlessZero(m.Name), unlessZero(m.Description), []any{m.Format.Provider, m.Format.Options},
			m.SchemaString, m.PartitionColumns, m.Configuration, unlessZero(m.CreatedTime)}
	case a.Protocol != nil:
		p := a.Protocol
		row[4] = []any{int32(p.MinReaderVersion), int32(p.MinWriterVersion), nil, nil}
		// Tables of earlier versions must not have lists of features, not even empty ones.
		if p.MinReaderVersion >= 3 {
			row[4].([]any)[2] = p.ReaderFeatures
		}
		if p.MinWriterVersion >= 7 {
			row[4].([]any)[3] = p.WriterFeatures
		}
	}
	return row
}

func unlessZero[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func unlessNil(m map[string]string) any {
	if m == nil {
		return nil
	}
	return m
}

// appendValue appends a value whose Go type goes with the builder: the fields of a struct are a
// []any; nil is null.
func appendValue(b array.Builder, v any) {
	if v == nil {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Int32Builder:
		b.Append(v.(int32))
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.ListBuilder:
		b.Append(true)
		for _, text := range v.([]string) {
			appendValue(b.ValueBuilder(), text)
		}
	case *array.MapBuilder:
		b.Append(true)
		pairs := v.(map[string]string)
		for _, key := range slices.Sorted(maps.Keys(pairs)) {
			appendValue(b.KeyBuilder(), key)
			appendValue(b.ItemBuilder(), pairs[key])
		}
	case *array.StructBuilder:
		b.Append(true)
		for i, field := range v.([]any) {
			appendValue(b.FieldBuilder(i), field)
		}
	default:
		panic(fmt.Sprintf("no column of a checkpoint has type %s", b.Type()))
	}
}
