package workspaces

import "fmt"

// Extent is how much of an existing table a build computes: all of it, or only what its changed sources need.
type Extent struct {
	Incremental bool `json:"incremental"`
	// Reason says why everything is computed, or, of an incremental build, what has changed.
	Reason string `json:"reason"`
	// From is the first release month that an incremental build computes, yyyy-MM; empty when nothing has changed.
	From string `json:"from,omitempty"`
	// What an incremental build reads of the source, of how much. Months are 0 when they are not known or there are none.
	MonthsRead int `json:"months_read,omitempty"`
	Months     int `json:"months,omitempty"`
	FilesRead  int `json:"files_read,omitempty"`
	Files      int `json:"files,omitempty"`
}

// String tells the extent in a sentence without its period.
func (e Extent) String() string {
	switch {
	case !e.Incremental:
		return "full: " + e.Reason
	case e.From == "":
		return "incremental: " + e.Reason + "; nothing to compute"
	}
	read := fmt.Sprintf("%d of %d files", e.FilesRead, e.Files)
	if e.Months > 0 {
		read = fmt.Sprintf("%d of %d months, %s", e.MonthsRead, e.Months, read)
	}
	return fmt.Sprintf("incremental from %s: %s; reads %s", e.From, e.Reason, read)
}
