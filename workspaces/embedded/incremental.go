package embedded

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"featops/features/columnar"
	"featops/features/schema"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// A build is incremental when the table's newest version was made by a build of the same definition and start: then its rows are
// what that build computed from the version of the source that it read, which its commit remembers. The
// files that the source has lost and gained since tell the months whose rows differ; a row of the table can only
// differ when its month, or one that its windows see, is among them. A merge keeps what it is not given, so it is enough to
// compute the rows from the first such month on.

// part is what of a table has to be computed anew, and of what.
type part struct {
	start   time.Time // the first release date; zero when nothing has to be computed
	files   []delta.File
	history *columnar.History // nil when all rows count
}

// limit decides how much has to be computed, and tells it in the extent. past are the origins of the table's newest versions.
func (s *staged) limit(ctx context.Context, past []origin) error {
	if len(past) == 0 {
		return nil
	}
	full, err := s.limited(ctx, past[0])
	if err != nil {
		return err
	}
	if full != "" {
		s.computeAll(full)
	}
	s.log().InfoContext(ctx, "build is "+s.extent.String())
	return nil
}

// computeAll makes the build a full one.
func (s *staged) computeAll(reason string) {
	s.part, s.extent = nil, &workspaces.Extent{Reason: reason}
}

// limited sets the part that has to be computed, or returns why that is everything.
func (s *staged) limited(ctx context.Context, last origin) (full string, err error) {
	if full, err = s.otherBuild(ctx, last); full != "" || err != nil {
		return full, err
	}
	before, full, err := s.sourceBefore(ctx, last)
	if full != "" || err != nil {
		return full, err
	}
	if s.request.Table.Release.Since != "" {
		return s.limitedToReleases(last, before)
	}
	return s.limitedToMonths(ctx, last, before)
}

// otherBuild says why the rows of the table are not what this build would have computed from the source as it was; empty
// when they are.
func (s *staged) otherBuild(ctx context.Context, last origin) (string, error) {
	t, p := s.request.Table, s.request.Params
	current, err := s.Current(ctx)
	if err != nil {
		return "", err
	}
	same := last
	same.fingerprint(t, s.w.badRowsShare(t.Name))
	switch {
	case p.FullBuild:
		return "full_build is set", nil
	case p.ForceOverwrite:
		return "force_overwrite is set", nil
	case last.Fingerprint == "":
		return fmt.Sprintf("version %d of the table was made by %s, not by a build", last.version, last.operation), nil
	case last.Frame != t.Frame:
		return fmt.Sprintf("the frame has changed from %s to %s", last.Frame, t.Frame), nil
	case last.Fingerprint != same.Fingerprint:
		return "the definition, or the share of bad rows that is tolerated, has changed", nil
	case last.Start != s.origin.Start:
		return fmt.Sprintf("start_date has changed from %s to %s", last.Start, s.origin.Start), nil
	case current.Rows == 0:
		return "the table is empty", nil
	}
	columns := sourceColumns(s.source)
	made, err := t.Schema(columns[columns.Index(t.Customer)].Type)
	if err != nil {
		return "", err
	}
	if !schema.Compare(current.Schema, made).Empty() {
		return "the columns of the table are not those of the definition", nil
	}
	return "", nil
}

// sourceBefore is the source as the last build read it, or why the source cannot be compared with that.
func (s *staged) sourceBefore(ctx context.Context, last origin) (before *delta.Snapshot, full string, err error) {
	t := s.request.Table
	name := t.Source.FullName()
	read, count := last.Sources[name], last.Counts[name]
	switch {
	case read.Table != s.source.Metadata.ID || read.Version > s.source.Version:
		return nil, name + " is not the table that it was", nil
	case count == nil || count.Bad > 0:
		return nil, name + " had rows without a month", nil
	}
	table, err := s.w.source(t.Source)
	if err != nil {
		return nil, "", err
	}
	before, err = table.SnapshotAt(ctx, read.Version)
	if err != nil {
		return nil, fmt.Sprintf("version %d of %s, which the last build read, cannot be read any more", read.Version, name), ctx.Err()
	}
	was, now := sourceColumns(before), sourceColumns(s.source)
	for _, c := range t.Columns() {
		i, j := was.Index(c.Name), now.Index(c.Name)
		if i < 0 || was[i].Type != now[j].Type {
			return nil, fmt.Sprintf("column %s of %s had another type", c.Name, name), nil
		}
	}
	return before, "", nil
}

// limitedToReleases limits a table without event months, whose rows have the attributes of today in all months: only a
// later end leaves the old ones as they are.
func (s *staged) limitedToReleases(last origin, before *delta.Snapshot) (full string, err error) {
	name := s.request.Table.Source.FullName()
	if removed, added := changedFiles(before.Files, s.source.Files); len(removed)+len(added) > 0 {
		return name + " has changed, and its rows have no months", nil
	}
	first, later, err := s.firstRelease(last)
	if err != nil {
		return "", err
	}
	s.part, s.extent = &part{}, &workspaces.Extent{Incremental: true, Reason: "no row of " + name + " has changed", Files: len(s.source.Files)}
	if later != "" {
		s.part.start, s.part.files = columnar.StartOf(first), s.source.Files
		s.extent.From, s.extent.Reason, s.extent.FilesRead = monthText(first), later, len(s.source.Files)
	}
	return "", nil
}

// firstRelease is the first release month that the last build did not come to, and how the end has moved; empty when it has
// not moved on.
func (s *staged) firstRelease(last origin) (month int32, later string, err error) {
	end, err := time.Parse(time.DateOnly, last.End)
	if err != nil {
		return 0, "", fmt.Errorf("table %s: the newest version says end_date %q: %w", s.request.Table.Name, last.End, err)
	}
	if columnar.MonthOf(s.request.Params.End) <= columnar.MonthOf(end) {
		return math.MaxInt32, "", nil
	}
	return columnar.MonthOf(end) + 1, fmt.Sprintf("end_date has moved from %s to %s", last.End, s.origin.End), nil
}

// limitedToMonths limits a table with event months.
func (s *staged) limitedToMonths(ctx context.Context, last origin, before *delta.Snapshot) (full string, err error) {
	t, p := s.request.Table, s.request.Params
	files := monthsOf(s.source.Files, t.Release.After)
	all := files.all()
	oldest := columnar.MonthOf(p.Start) - 1 // of the months that the output starts with
	if files.known() {
		oldest = max(oldest, all.first)
	}
	changes, full, err := s.changedMonths(ctx, before, oldest)
	if full != "" || err != nil {
		return full, err
	}
	from := changes.first()
	if from <= oldest {
		return t.Source.Name + " has changed from the first month of the table on", nil
	}
	reasons := changes.reasons(t.Source.Name)
	release, later, err := s.firstRelease(last)
	if err != nil {
		return "", err
	}
	if later != "" {
		reasons = append(reasons, later)
		from = min(from, release-1)
	}
	reason := strings.Join(reasons, ", ")
	if from <= oldest {
		return reason, nil
	}
	s.part = &part{}
	s.extent = &workspaces.Extent{Incremental: true, Reason: reason, Files: len(files)}
	if files.known() {
		s.extent.Months = all.len()
	}
	reach := t.Reach()
	switch {
	case reason == "":
		s.extent.Reason = "no month of " + t.Source.Name + " has changed"
		return "", nil
	case from > all.last:
		s.extent.Reason += fmt.Sprintf(", and no file of %s has rows from %s on", t.Source.Name, monthText(from))
		return "", nil
	case from >= columnar.MonthOf(p.End):
		// No row of these months is in the output, but what is wrong with them is an error in every build.
		s.extent.Reason += " after end_date"
		reach = 0
	default:
		s.part.start = columnar.StartOf(from + 1)
		s.extent.From = monthText(from + 1)
	}
	h, err := s.historyFrom(ctx, files, from, reach)
	if err != nil {
		return "", err
	}
	s.part.files, s.part.history, s.extent.FilesRead = h.files, &h.History, len(h.files)
	if files.known() {
		s.extent.MonthsRead = monthRange{max(h.reads, all.first), all.last}.len()
	}
	return "", nil
}
