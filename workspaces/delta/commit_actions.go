package delta

import (
	"maps"
	"path/filepath"
	"strconv"
	"time"
)

// actions is the content of the commit: commitInfo first, then protocol, transaction and
// metadata, then files.
func (x *transaction) actions(now time.Time) ([]action, error) {
	info := &commitInfo{
		Timestamp:           now.UnixMilli(),
		Operation:           x.operationName(),
		OperationParameters: maps.Clone(x.parameters),
		IsolationLevel:      "Serializable",
		IsBlindAppend:       &x.blind,
		OperationMetrics:    maps.Clone(x.metrics),
		EngineInfo:          engineInfo,
		UserMetadata:        x.options.UserMetadata,
	}
	if info.OperationParameters == nil {
		info.OperationParameters = stringMap{}
	}
	if info.OperationMetrics == nil {
		info.OperationMetrics = stringMap{}
	}
	maps.Copy(info.OperationParameters, x.options.Parameters)
	if x.rearranges {
		info.IsolationLevel = "SnapshotIsolation"
	}
	actions := []action{{CommitInfo: info}}
	var earlier []structField
	if x.base != nil {
		info.ReadVersion = &x.base.Version
		earlier = x.base.fields
	} else {
		protocol := ours
		actions = append(actions, action{Protocol: &protocol})
	}
	if id := x.options.Transaction; id.AppID != "" {
		actions = append(actions, action{Txn: &txnAction{AppID: id.AppID, Version: id.Version, LastUpdated: now.UnixMilli()}})
	}
	if x.metadata != nil {
		m, err := x.metadata.action(earlier)
		if err != nil {
			return nil, err
		}
		actions = append(actions, action{MetaData: m})
	}
	rows, bytes := int64(0), int64(0)
	for _, f := range x.removes {
		actions = append(actions, action{Remove: &removeAction{
			Path:                 f.uri,
			DeletionTimestamp:    now.UnixMilli(),
			DataChange:           !x.rearranges,
			ExtendedFileMetadata: true,
			PartitionValues:      map[string]*string{},
			Size:                 f.Size,
		}})
	}
	for _, f := range x.adds {
		add, err := addOf(fileURI(filepath.Base(f.Path)), f.Size, now, &f.Stats)
		if err != nil {
			return nil, err
		}
		add.DataChange = !x.rearranges
		actions = append(actions, action{Add: add})
		rows, bytes = rows+f.Rows, bytes+f.Size
	}
	for _, f := range x.restored {
		add, err := addOf(f.uri, f.Size, f.ModifiedTime, f.Stats)
		if err != nil {
			return nil, err
		}
		actions = append(actions, action{Add: add})
	}
	if len(x.adds) > 0 {
		info.OperationMetrics["numFiles"] = strconv.Itoa(len(x.adds))
		info.OperationMetrics["numOutputRows"] = strconv.FormatInt(rows, 10)
		info.OperationMetrics["numOutputBytes"] = strconv.FormatInt(bytes, 10)
	}
	return actions, nil
}
