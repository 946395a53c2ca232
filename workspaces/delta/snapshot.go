package delta

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
)

// Snapshot is a table at one version. It is immutable and stays valid until its data files are
// vacuumed.
type Snapshot struct {
	Version   int64
	Timestamp time.Time // when the version was committed
	Protocol  Protocol
	Metadata  Metadata
	Files     []File // in the order in which they were added
	// Transactions has the greatest version that each application has committed as a [TransactionID].
	Transactions map[string]int64

	path   string        // the table's directory
	fields []structField // the columns as the log has them
}

// Metadata is what a table says about itself.
type Metadata struct {
	ID            string // stays the same for as long as the table lives
	Name          string
	Description   string
	Schema        *arrow.Schema     // comments of columns are field metadata under the key "comment"
	Configuration map[string]string // table properties
	CreatedTime   time.Time
}

// File is a data file of a snapshot.
type File struct {
	Path         string // relative to the table's directory
	Size         int64  // in bytes
	ModifiedTime time.Time
	Stats        *Stats // nil when the writer left none

	// The path as the log has it. There are several ways to encode a path, and other engines take a file for
	// removed only when it is spelled as it was added.
	uri string
}

// Only is the snapshot with some of its files, in the order given: a view on a part of its rows.
func (s *Snapshot) Only(files []File) *Snapshot {
	part := *s
	part.Files = files
	return &part
}

// Snapshot returns the newest version of the table. The error wraps [ErrNoTable] when there is no
// table, and is an [*UnsupportedError] when the table needs a feature that is not known here.
func (t *Table) Snapshot(ctx context.Context) (*Snapshot, error) {
	log, err := t.list()
	if err != nil {
		return nil, err
	}
	return t.snapshot(ctx, log, log.newest)
}

// SnapshotAt returns the table as it was at a version.
func (t *Table) SnapshotAt(ctx context.Context, version int64) (*Snapshot, error) {
	log, err := t.list()
	if err != nil {
		return nil, err
	}
	if version < 0 || version > log.newest {
		return nil, fmt.Errorf("%s has no version %d; its newest is %d", t.path, version, log.newest)
	}
	return t.snapshot(ctx, log, version)
}

func (t *Table) snapshot(ctx context.Context, log logFiles, version int64) (*Snapshot, error) {
	r, err := t.replay(ctx, log, version)
	if err != nil {
		return nil, err
	}
	committed, err := t.commitTime(log, version, r.last)
	if err != nil {
		return nil, err
	}
	return r.snapshot(version, committed)
}

func (r *replay) snapshot(version int64, committed time.Time) (*Snapshot, error) {
	if r.protocol == nil {
		return nil, fmt.Errorf("read %s: version %d has no protocol action", r.table, version)
	}
	if r.metadata == nil {
		return nil, fmt.Errorf("read %s: version %d has no metaData action", r.table, version)
	}
	if feature := unreadable(*r.protocol, r.metadata.Configuration); feature != "" {
		return nil, &UnsupportedError{Table: r.table, Feature: feature}
	}
	if len(r.metadata.PartitionColumns) > 0 {
		return nil, &UnsupportedError{Table: r.table, Feature: fmt.Sprintf("partition columns %q", r.metadata.PartitionColumns)}
	}
	if p := r.metadata.Format.Provider; p != "parquet" {
		return nil, &UnsupportedError{Table: r.table, Feature: fmt.Sprintf("file format %q", p)}
	}
	schema, fields, err := decodeSchema(r.metadata.SchemaString)
	if err != nil {
		return nil, fmt.Errorf("read %s: schema of version %d: %w", r.table, version, err)
	}
	s := &Snapshot{
		Version:   version,
		Timestamp: committed,
		Protocol:  *r.protocol,
		Metadata: Metadata{
			ID:            r.metadata.ID,
			Name:          r.metadata.Name,
			Description:   r.metadata.Description,
			Schema:        schema,
			Configuration: maps.Clone(r.metadata.Configuration),
		},
		Files:        make([]File, 0, len(r.place)),
		Transactions: make(map[string]int64, len(r.transactions)),
		path:         r.table,
		fields:       fields,
	}
	for app, txn := range r.transactions {
		s.Transactions[app] = txn.Version
	}
	if ms := r.metadata.CreatedTime; ms != 0 {
		s.Metadata.CreatedTime = time.UnixMilli(ms).UTC()
	}
	for _, add := range r.files {
		if add == nil {
			continue
		}
		file, err := fileOf(add)
		if err != nil {
			return nil, fmt.Errorf("read %s: version %d: %w", r.table, version, err)
		}
		s.Files = append(s.Files, file)
	}
	return s, nil
}

func fileOf(add *addAction) (File, error) {
	path, err := filePath(add.Path)
	if err != nil {
		return File{}, err
	}
	f := File{Path: path, Size: add.Size, ModifiedTime: time.UnixMilli(add.ModificationTime).UTC(), uri: add.Path}
	if add.Stats != "" {
		if f.Stats, err = decodeStats(add.Stats); err != nil {
			return File{}, fmt.Errorf("statistics of %s: %w", path, err)
		}
	}
	return f, nil
}

// metaData is the inverse of what replay.snapshot does with the metaData action.
func (m Metadata) action(earlier []structField) (*metaDataAction, error) {
	schema, err := encodeSchema(m.Schema, earlier)
	if err != nil {
		return nil, err
	}
	configuration := m.Configuration
	if configuration == nil {
		configuration = map[string]string{}
	}
	return &metaDataAction{
		ID:               m.ID,
		Name:             m.Name,
		Description:      m.Description,
		Format:           fileFormat{Provider: "parquet", Options: map[string]string{}},
		SchemaString:     schema,
		PartitionColumns: []string{},
		Configuration:    configuration,
		CreatedTime:      m.CreatedTime.UnixMilli(),
	}, nil
}

func addOf(uri string, size int64, modified time.Time, stats *Stats) (*addAction, error) {
	add := &addAction{
		Path:             uri,
		PartitionValues:  map[string]*string{},
		Size:             size,
		ModificationTime: modified.UnixMilli(),
		DataChange:       true,
	}
	if stats != nil {
		text, err := json.Marshal(stats)
		if err != nil {
			return nil, err
		}
		add.Stats = string(text)
	}
	return add, nil
}
