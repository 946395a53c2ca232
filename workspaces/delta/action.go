package delta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// action is one line of a commit: exactly one of its fields is set. Actions and fields that are
// not listed here are skipped, as the protocol asks of readers.
type action struct {
	CommitInfo *commitInfo     `json:"commitInfo,omitempty"`
	Protocol   *Protocol       `json:"protocol,omitempty"`
	MetaData   *metaDataAction `json:"metaData,omitempty"`
	Add        *addAction      `json:"add,omitempty"`
	Remove     *removeAction   `json:"remove,omitempty"`
	Txn        *txnAction      `json:"txn,omitempty"`
}

type metaDataAction struct {
	ID               string            `json:"id"`
	Name             string            `json:"name,omitempty"`
	Description      string            `json:"description,omitempty"`
	Format           fileFormat        `json:"format"`
	SchemaString     string            `json:"schemaString"`
	PartitionColumns []string          `json:"partitionColumns"`
	Configuration    map[string]string `json:"configuration"`
	CreatedTime      int64             `json:"createdTime,omitempty"` // ms since the epoch
}

type fileFormat struct {
	Provider string            `json:"provider"`
	Options  map[string]string `json:"options"`
}

type addAction struct {
	Path             string             `json:"path"`
	PartitionValues  map[string]*string `json:"partitionValues"`
	Size             int64              `json:"size"`
	ModificationTime int64              `json:"modificationTime"` // ms since the epoch
	DataChange       bool               `json:"dataChange"`
	Stats            string             `json:"stats,omitempty"`
	Tags             map[string]string  `json:"tags,omitempty"`
	DeletionVector   json.RawMessage    `json:"deletionVector,omitempty"`
}

type removeAction struct {
	Path                 string             `json:"path"`
	DeletionTimestamp    int64              `json:"deletionTimestamp,omitempty"` // ms since the epoch
	DataChange           bool               `json:"dataChange"`
	ExtendedFileMetadata bool               `json:"extendedFileMetadata,omitempty"`
	PartitionValues      map[string]*string `json:"partitionValues,omitempty"`
	Size                 int64              `json:"size,omitempty"`
}

// txnAction says up to which version of its own an application has committed (section Transaction
// Identifiers).
type txnAction struct {
	AppID       string `json:"appId"`
	Version     int64  `json:"version"`
	LastUpdated int64  `json:"lastUpdated,omitempty"` // ms since the epoch
}

type commitInfo struct {
	Timestamp           int64     `json:"timestamp"`                   // ms since the epoch
	InCommitTimestamp   int64     `json:"inCommitTimestamp,omitempty"` // the same, but guaranteed to rise
	Operation           string    `json:"operation"`
	OperationParameters stringMap `json:"operationParameters"`
	ReadVersion         *int64    `json:"readVersion,omitempty"`
	IsolationLevel      string    `json:"isolationLevel,omitempty"`
	IsBlindAppend       *bool     `json:"isBlindAppend,omitempty"`
	OperationMetrics    stringMap `json:"operationMetrics,omitempty"`
	EngineInfo          string    `json:"engineInfo,omitempty"`
	UserMetadata        string    `json:"userMetadata,omitempty"`
}

// stringMap is a JSON object of strings. Other writers put numbers, lists and objects where the
// protocol has strings; those are kept as their JSON text.
type stringMap map[string]string

// UnmarshalJSON implements [json.Unmarshaler].
func (m *stringMap) UnmarshalJSON(text []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*m = make(stringMap, len(raw))
	for name, value := range raw {
		var s string
		if json.Unmarshal(value, &s) != nil {
			s = string(value)
		}
		(*m)[name] = s
	}
	return nil
}

// decodeActions parses the text of a commit. Errors name the line, counted from 1.
func decodeActions(text []byte) ([]action, error) {
	var actions []action
	for line := 1; len(text) > 0; line++ {
		one, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		if one = bytes.TrimSpace(one); len(one) == 0 {
			continue
		}
		var a action
		if err := json.Unmarshal(one, &a); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		actions = append(actions, a)
	}
	return actions, nil
}

func encodeActions(actions []action) ([]byte, error) {
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	lines.SetEscapeHTML(false)
	for _, a := range actions {
		if err := lines.Encode(a); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}

// filePath turns the path of an action, a relative and percent-encoded URI, into a path relative
// to the table's directory. Paths that lead out of it (as shallow clones have them) are refused.
func filePath(uri string) (string, error) {
	path, err := url.PathUnescape(uri)
	if err != nil {
		return "", fmt.Errorf("path %q is not percent-encoded: %w", uri, err)
	}
	path = filepath.FromSlash(path)
	if strings.Contains(uri, "://") || strings.HasPrefix(uri, "file:") || !filepath.IsLocal(path) {
		return "", fmt.Errorf("path %q leads out of the table's directory", uri)
	}
	return path, nil
}

// fileURI is the inverse of filePath. Colons are encoded, since what stands before one reads as a scheme.
func fileURI(path string) string {
	return strings.ReplaceAll((&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), ":", "%3A")
}
