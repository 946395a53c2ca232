package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"featops/features"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// origin is what a commit of a feature table was made from. It is kept as JSON in the commit's
// userMetadata.
type origin struct {
	Fingerprint string                   `json:"fingerprint"`
	Start       string                   `json:"start_date"`
	End         string                   `json:"end_date"`
	Frame       features.Frame           `json:"frame,omitempty"`
	Sources     map[string]sourceVersion `json:"sources"`
	Counts      map[string]*sourceCount  `json:"source_counts,omitempty"` // what the build saw in them
	Question    string                   `json:"question,omitempty"`      // the question that allowed it
	Extent      *workspaces.Extent       `json:"extent,omitempty"`        // how much was computed; nil when the table was new

	version   int64 // of the commit, and what it did
	operation string
}

// sourceVersion is one version of one table: another table in the same place has another id.
type sourceVersion struct {
	Table   string `json:"table"`
	Version int64  `json:"version"`
}

// sourceCount is what a build saw in a source.
type sourceCount struct {
	Rows    int64  `json:"rows"`
	Bad     int64  `json:"bad_rows,omitempty"`    // without a month, of those that the table keeps
	Kept    int64  `json:"kept_rows,omitempty"`   // with one; told beside bad ones
	Example string `json:"bad_example,omitempty"` // the first bad one
}

// originOf is what a build makes a table from: its definition, the frame included, the window of
// output, the version of its source, and what share of bad rows was tolerated in it.
func originOf(r workspaces.BuildRequest, source *delta.Snapshot, badRowsShare float64) origin {
	o := origin{
		Start: r.Params.Start.Format(time.DateOnly), End: r.Params.End.Format(time.DateOnly), Frame: r.Table.Frame,
		Sources: map[string]sourceVersion{r.Table.Source.FullName(): {source.Metadata.ID, source.Version}},
	}
	o.fingerprint(r.Table, badRowsShare)
	return o
}

// fingerprint makes the fingerprint of a build of a definition from what else the origin tells of it.
func (o *origin) fingerprint(t features.Table, badRowsShare float64) {
	// A definition is plain data without pointers, so Go's syntax for it tells all of it, the types of
	// expressions included, and tells it the same way each time.
	o.Fingerprint = fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%#v\n%s\n%s\n%v\n%v", t, o.Start, o.End, o.Sources, badRowsShare)))
}

// pastOrigins is what the newest commits of a table were made from, the newest first: none when there is no table, and an
// empty origin for a commit that was no build: a restore, or another engine's.
func pastOrigins(ctx context.Context, t *delta.Table) ([]origin, error) {
	history, err := t.History(ctx, earlierCommits)
	if errors.Is(err, delta.ErrNoTable) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	past := make([]origin, len(history))
	for i, c := range history {
		past[i], _ = readOrigin(c)
		past[i].version, past[i].operation = c.Version, c.Operation
	}
	return past, nil
}

// readOrigin is what a commit was made from; false when it was no build.
func readOrigin(c delta.CommitInfo) (o origin, ok bool) {
	if json.Unmarshal([]byte(c.UserMetadata), &o) != nil {
		return origin{}, false
	}
	return o, o.Fingerprint != ""
}

// told is the origin of a commit in the terms of workspaces; nil when it was no build.
func told(c delta.CommitInfo) *workspaces.Origin {
	o, ok := readOrigin(c)
	if !ok {
		return nil
	}
	out := &workspaces.Origin{Start: o.Start, End: o.End, Frame: o.Frame, Sources: map[string]int64{}, Question: o.Question, Extent: o.Extent}
	for name, s := range o.Sources {
		out.Sources[name] = s.Version
	}
	return out
}

func (o origin) text() (string, error) {
	text, err := json.Marshal(o)
	return string(text), err
}
