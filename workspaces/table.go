package workspaces

import (
	"errors"
	"time"

	"featops/features/schema"
)

// ErrNoTable says that a workspace has no table of a name; ErrNotRegistered that none is
// registered there. Both come wrapped, with the name.
var (
	ErrNoTable       = errors.New("no such table")
	ErrNotRegistered = errors.New("not registered")
	ErrNoRun         = errors.New("no such run")
)

// Table is the state of a feature table in the workspace that computes it.
type Table struct {
	Workspace    string            `json:"workspace"`
	Database     string            `json:"database"`
	Name         string            `json:"name"`
	Location     string            `json:"location"`
	Version      int64             `json:"version"`
	Updated      time.Time         `json:"updated_at"`
	Rows         int64             `json:"rows"`
	Schema       schema.Schema     `json:"schema"`
	Keys         []string          `json:"keys"`
	TimestampKey string            `json:"timestamp_key"`
	Description  string            `json:"description"`
	Tags         map[string]string `json:"tags"` // database, based_on, table
	Sources      []string          `json:"sources"`
}

// Registration makes a table of one workspace known in another.
type Registration struct {
	Table
	Registered time.Time `json:"registered_at"`
	// Copy is the directory with the rows of the table, where they are not read at its Location.
	Copy string `json:"copy,omitempty"`
}

// Commit is one version of a table in its history.
type Commit struct {
	Version    int64             `json:"version"`
	Time       time.Time         `json:"time"`
	Operation  string            `json:"operation"`
	Parameters map[string]string `json:"parameters,omitempty"`
	Metrics    map[string]string `json:"metrics,omitempty"`
	By         string            `json:"by,omitempty"`     // the engine that wrote it
	Origin     *Origin           `json:"origin,omitempty"` // of a version that a build made
}
