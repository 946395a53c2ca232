package workspaces

import "time"

// Usage is what looking at a workspace has cost that is far away, and counts who calls it.
type Usage struct {
	Calls     int       `json:"calls"`               // in the last minute
	Refused   int       `json:"refused,omitempty"`   // of those, for being too many
	BusyUntil time.Time `json:"busy_until,omitzero"` // it said that it takes no calls before
}
