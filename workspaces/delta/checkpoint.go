package delta

import (
	"fmt"
	"os"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
)

// readCheckpoint reads a classic checkpoint: a Parquet file with a row per action and a struct
// column per kind of action (section Checkpoints), or one part of it. The columns are read leaf by leaf: the
// values of a leaf are there in the rows whose definition level is the leaf's highest, and in the others the
// field or its action is null.
func readCheckpoint(path string) (actions []action, err error) {
	defer recoverParquet(&err)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := file.NewParquetReader(f)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	for i := range r.NumRowGroups() {
		// A footer can claim anything. No row takes less than a bit, because each holds an action of its own.
		most := 8 * info.Size()
		if n := r.RowGroup(i).NumRows(); n < 0 || n > most {
			return nil, fmt.Errorf("a row group of %d rows in a file of %d bytes", n, info.Size())
		}
		rows, err := readCheckpointRows(r.RowGroup(i), most)
		if err != nil {
			return nil, err
		}
		actions = append(actions, rows...)
	}
	return actions, nil
}

func readCheckpointRows(g *file.RowGroupReader, most int64) ([]action, error) {
	actions := make([]action, g.NumRows())
	protocol := func(row int) *Protocol { return orNew(&actions[row].Protocol) }
	metadata := func(row int) *metaDataAction { return orNew(&actions[row].MetaData) }
	add := func(row int) *addAction { return orNew(&actions[row].Add) }
	remove := func(row int) *removeAction { return orNew(&actions[row].Remove) }
	txn := func(row int) *txnAction { return orNew(&actions[row].Txn) }
	c := checkpointColumns{group: g, most: most}

	c.integers("protocol.minReaderVersion", func(row int, v int64) { protocol(row).MinReaderVersion = int(v) })
	c.integers("protocol.minWriterVersion", func(row int, v int64) { protocol(row).MinWriterVersion = int(v) })
	c.lists("protocol.readerFeatures", func(row int, v string) {
		protocol(row).ReaderFeatures = append(protocol(row).ReaderFeatures, v)
	})
	c.lists("protocol.writerFeatures", func(row int, v string) {
		protocol(row).WriterFeatures = append(protocol(row).WriterFeatures, v)
	})

	c.strings("metaData.id", func(row int, v string) { metadata(row).ID = v })
	c.strings("metaData.name", func(row int, v string) { metadata(row).Name = v })
	c.strings("metaData.description", func(row int, v string) { metadata(row).Description = v })
	c.strings("metaData.format.provider", func(row int, v string) { metadata(row).Format.Provider = v })
	c.strings("metaData.schemaString", func(row int, v string) { metadata(row).SchemaString = v })
	c.lists("metaData.partitionColumns", func(row int, v string) {
		metadata(row).PartitionColumns = append(metadata(row).PartitionColumns, v)
	})
	c.maps("metaData.format.options", func(row int, k, v string) { put(&metadata(row).Format.Options, k, v) })
	c.maps("metaData.configuration", func(row int, k, v string) { put(&metadata(row).Configuration, k, v) })
	c.integers("metaData.createdTime", func(row int, v int64) { metadata(row).CreatedTime = v })

	c.strings("add.path", func(row int, v string) { add(row).Path = v })
	c.integers("add.size", func(row int, v int64) { add(row).Size = v })
	c.integers("add.modificationTime", func(row int, v int64) { add(row).ModificationTime = v })
	c.strings("add.stats", func(row int, v string) { add(row).Stats = v })
	c.maps("add.tags", func(row int, k, v string) { put(&add(row).Tags, k, v) })
	c.strings("add.deletionVector.storageType", func(row int, v string) {
		add(row).DeletionVector = []byte(fmt.Sprintf("%q", v))
	})

	c.strings("remove.path", func(row int, v string) { remove(row).Path = v })
	c.integers("remove.deletionTimestamp", func(row int, v int64) { remove(row).DeletionTimestamp = v })
	c.integers("remove.extendedFileMetadata", func(row int, v int64) { remove(row).ExtendedFileMetadata = v == 1 })
	c.integers("remove.size", func(row int, v int64) { remove(row).Size = v })

	c.strings("txn.appId", func(row int, v string) { txn(row).AppID = v })
	c.integers("txn.version", func(row int, v int64) { txn(row).Version = v })
	c.integers("txn.lastUpdated", func(row int, v int64) { txn(row).LastUpdated = v })
	return actions, c.err
}

func orNew[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

func put(m *map[string]string, k, v string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[k] = v
}

// checkpointColumns reads leaves of a row group by their dotted path. A leaf that the file does not
// have is skipped; the first error is kept and ends the reading.
type checkpointColumns struct {
	group *file.RowGroupReader
	most  int64 // slots that a leaf can have
	err   error
}

// leaf reads the leaf of a path, nil when the file has none.
func (c *checkpointColumns) leaf(path string) *checkpointLeaf {
	if c.err != nil {
		return nil
	}
	schema := c.group.MetaData().Schema
	i := schema.ColumnIndexByName(path)
	if i < 0 {
		return nil
	}
	err := checkLevels(c.group, i)
	var column file.ColumnChunkReader
	if err == nil {
		column, err = c.group.Column(i)
	}
	if err != nil {
		c.err = fmt.Errorf("column %s: %w", path, err)
		return nil
	}
	leaf := &checkpointLeaf{most: c.most, full: schema.Column(i).MaxDefinitionLevel()}
	switch r := column.(type) {
	case *file.ByteArrayColumnChunkReader:
		var values []parquet.ByteArray
		if values, c.err = readLeaf(r.HasNext, r.ReadBatch, leaf); c.err == nil {
			leaf.strings = make([]string, len(values))
			for i, v := range values {
				leaf.strings[i] = string(v)
			}
		}
	case *file.Int64ColumnChunkReader:
		leaf.integers, c.err = readLeaf(r.HasNext, r.ReadBatch, leaf)
	case *file.Int32ColumnChunkReader:
		var values []int32
		values, c.err = readLeaf(r.HasNext, r.ReadBatch, leaf)
		for _, v := range values {
			leaf.integers = append(leaf.integers, int64(v))
		}
	case *file.BooleanColumnChunkReader:
		var values []bool
		values, c.err = readLeaf(r.HasNext, r.ReadBatch, leaf)
		for _, v := range values {
			n := int64(0)
			if v {
				n = 1
			}
			leaf.integers = append(leaf.integers, n)
		}
	default:
		c.err = fmt.Errorf("unexpected type %s", column.Type())
	}
	if c.err != nil {
		c.err = fmt.Errorf("column %s: %w", path, c.err)
		return nil
	}
	return leaf
}

// checkpointLeaf is a leaf of a row group: levels for every slot, values for those that hold one.
type checkpointLeaf struct {
	most                    int64
	full                    int16 // the definition level of a slot that holds a value
	definitions, repetition []int16
	strings                 []string
	integers                []int64 // booleans are 0 and 1
}

// readLeaf reads all pages of a leaf. Byte arrays point into the pages they came from, which stay in
// memory for as long as anything does.
func readLeaf[T any](more func() bool, read func(int64, []T, []int16, []int16) (int64, int, error), leaf *checkpointLeaf) ([]T, error) {
	const batch = 4096
	var values []T
	for more() {
		v := make([]T, batch)
		definitions, repetition := make([]int16, batch), make([]int16, batch)
		levels, n, err := read(batch, v, definitions, repetition)
		if err != nil {
			return nil, err
		}
		if levels == 0 {
			break
		}
		values = append(values, v[:n]...)
		leaf.definitions = append(leaf.definitions, definitions[:levels]...)
		leaf.repetition = append(leaf.repetition, repetition[:levels]...)
		if int64(len(leaf.definitions)) > leaf.most {
			return nil, fmt.Errorf("more than %d values", leaf.most)
		}
	}
	return values, nil
}

// each calls do with the row and the place among the values of every slot that holds a value.
func (l *checkpointLeaf) each(do func(row, value int)) {
	row, value := -1, 0
	for slot, definition := range l.definitions {
		if l.repetition[slot] == 0 {
			row++
		}
		if definition == l.full {
			do(row, value)
			value++
		}
	}
}

func (c *checkpointColumns) strings(path string, set func(row int, v string)) {
	if leaf := c.leaf(path); leaf != nil {
		leaf.each(func(row, i int) { set(row, leaf.strings[i]) })
	}
}

func (c *checkpointColumns) integers(path string, set func(row int, v int64)) {
	if leaf := c.leaf(path); leaf != nil {
		leaf.each(func(row, i int) { set(row, leaf.integers[i]) })
	}
}

// lists reads a list of strings under the names that writers use for its elements.
func (c *checkpointColumns) lists(path string, set func(row int, v string)) {
	c.strings(path+".list.element", set)
	c.strings(path+".list.item", set)
}

// maps reads a map from string to string, whose values are never null in a checkpoint.
func (c *checkpointColumns) maps(path string, set func(row int, k, v string)) {
	for _, group := range []string{".key_value", ".entries"} {
		keys, values := c.leaf(path+group+".key"), c.leaf(path+group+".value")
		if keys == nil || values == nil || len(keys.strings) != len(values.strings) {
			continue
		}
		keys.each(func(row, i int) { set(row, keys.strings[i], values.strings[i]) })
	}
}
