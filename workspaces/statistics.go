package workspaces

import (
	"encoding/json"

	"featops/features"
)

// Statistics is what a table holds at one version. In SQL, every number of it is an aggregate over the table.
type Statistics struct {
	Rows      int64
	Customers int64              // different values of the customer column
	Columns   []ColumnStatistics // in the order of the table's
}

// ColumnStatistics is what one column holds.
type ColumnStatistics struct {
	Column string `json:"-"`
	Nulls  int64  `json:"nulls"`
	// Min and Max are JSON literals: numbers, true and false, texts, dates as yyyy-mm-dd, timestamps in UTC.
	// They are absent where there is no value and where they are not known.
	Min    json.RawMessage `json:"min,omitempty"`
	Max    json.RawMessage `json:"max,omitempty"`
	MinCut bool            `json:"min_cut,omitempty"` // of a long text only the beginning is known
	MaxCut bool            `json:"max_cut,omitempty"`
}

// Origin is what a build made a version of a table from.
type Origin struct {
	Start    string           `json:"start_date"` // the first and the last month of the output
	End      string           `json:"end_date"`
	Frame    features.Frame   `json:"frame,omitempty"`
	Sources  map[string]int64 `json:"sources"`            // the version of each, by database and name
	Question string           `json:"question,omitempty"` // the id of the question that allowed it
	Extent   *Extent          `json:"extent,omitempty"`   // how much was computed; nil as in [Staged]
}
