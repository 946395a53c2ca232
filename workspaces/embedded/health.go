package embedded

import (
	"context"
	"fmt"
	"strings"
	"time"

	"featops/features"
	"featops/features/columnar"
	"featops/workspaces"
	"featops/workspaces/delta"
)

// Of the past of a table, the newest earlierCommits commits are searched for the row counts of earlierBuilds builds.
const (
	earlierBuilds  = 5
	earlierCommits = 20
)

// checkSource judges the source of a build before it is read. past are the origins of the table's newest versions.
func (w *Workspace) checkSource(ctx context.Context, r workspaces.BuildRequest, source *delta.Snapshot, past []origin) ([]workspaces.SourceWarning, error) {
	if w.options.Health == nil {
		return nil, nil
	}
	facts, err := sourceFacts(ctx, r.Table, source)
	if err != nil {
		return nil, err
	}
	facts.Earlier = earlierRows(facts.Source, sourceVersion{source.Metadata.ID, source.Version}, past)
	return workspaces.CheckSource(facts, w.options.Health(r.Table.Source.Name), r.Params.End, w.now())
}

// sourceFacts are what a source says of itself.
func sourceFacts(ctx context.Context, t features.Table, source *delta.Snapshot) (f workspaces.SourceFacts, err error) {
	f = workspaces.SourceFacts{Source: t.Source.FullName(), Monthly: t.Release.After != ""}
	if f.Rows, err = source.Rows(); err != nil || !f.Monthly {
		return f, err
	}
	f.Newest, err = newestMonth(ctx, source, t.Release.After)
	return f, err
}

// newestMonth is the newest month of a column of months: by the statistics of the files, or, where those do not tell,
// by reading the column.
func newestMonth(ctx context.Context, source *delta.Snapshot, column string) (time.Time, error) {
	all := noMonths
	for _, f := range source.Files {
		months, ok := monthsByStats(f.Stats, column)
		if !ok {
			return readNewestMonth(ctx, source, column)
		}
		all = all.with(months)
	}
	if all.len() == 0 {
		return time.Time{}, nil
	}
	return columnar.StartOf(all.last), nil
}

func readNewestMonth(ctx context.Context, source *delta.Snapshot, column string) (time.Time, error) {
	column = spelled(source, column)
	records, err := source.Read(ctx, []string{column})
	if err != nil {
		return time.Time{}, err
	}
	defer records.Release()
	return columnar.NewestMonth(ctx, records, column)
}

// spelled is the name of a column as the source spells it.
func spelled(source *delta.Snapshot, column string) string {
	for _, f := range source.Metadata.Schema.Fields() {
		if strings.EqualFold(f.Name, column) {
			return f.Name
		}
	}
	return column
}

// earlierRows are the rows that earlier builds saw in a source, the newest first, each version of the source once and the
// present one left out.
func earlierRows(source string, now sourceVersion, past []origin) []int64 {
	var rows []int64
	seen := map[sourceVersion]bool{now: true}
	for _, o := range past {
		version, count := o.Sources[source], o.Counts[source]
		if count == nil || seen[version] || len(rows) == earlierBuilds {
			continue
		}
		seen[version] = true
		rows = append(rows, count.Rows)
	}
	return rows
}

// badRows warns of rows of a source that have no month.
func badRows(source string, c *sourceCount) []workspaces.SourceWarning {
	if c == nil || c.Bad == 0 {
		return nil
	}
	return []workspaces.SourceWarning{{
		Source: source, Check: workspaces.BadRows,
		Message: fmt.Sprintf("%d of %d rows are without a month and were left out; the first: %s", c.Bad, c.Bad+c.Kept, c.Example),
	}}
}
