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
	Question    string                   `json:"question,omitempty"` // the question that allowed it
}

// sourceVersion is one version of one table: another table in the same place has another id.
type sourceVersion struct {
	Table   string `json:"table"`
	Version int64  `json:"version"`
}

// originOf is what a build makes a table from: its definition, the frame included, the window of
// output, the version of its source, and what share of bad rows was tolerated in it.
func originOf(r workspaces.BuildRequest, source *delta.Snapshot, badRowsShare float64) origin {
	o := origin{
		Start: r.Params.Start.Format(time.DateOnly), End: r.Params.End.Format(time.DateOnly), Frame: r.Table.Frame,
		Sources: map[string]sourceVersion{r.Table.Source.FullName(): {source.Metadata.ID, source.Version}},
	}
	// A definition is plain data without pointers, so Go's syntax for it tells all of it, the types of
	// expressions included, and tells it the same way each time.
	o.Fingerprint = fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%#v\n%s\n%s\n%v\n%v", r.Table, o.Start, o.End, o.Sources, badRowsShare)))
	return o
}

// newestOrigin is what the newest commit of a table was made from; false when there is no table, or
// when its newest commit was no build: a restore, or another engine's.
func newestOrigin(ctx context.Context, t *delta.Table) (o origin, ok bool, err error) {
	history, err := t.History(ctx, 1)
	if errors.Is(err, delta.ErrNoTable) {
		return o, false, nil
	}
	if err != nil {
		return o, false, err
	}
	if len(history) == 0 {
		return o, false, nil
	}
	o, ok = readOrigin(history[0])
	return o, ok, nil
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
	out := &workspaces.Origin{Start: o.Start, End: o.End, Frame: o.Frame, Sources: map[string]int64{}, Question: o.Question}
	for name, s := range o.Sources {
		out.Sources[name] = s.Version
	}
	return out
}

func (o origin) text() (string, error) {
	text, err := json.Marshal(o)
	return string(text), err
}
