package workspaces

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"featops/features/schema"
)

// Build is what a build did to its table.
type Build struct {
	Table    string `json:"table"`
	UpToDate bool   `json:"up_to_date"` // the table was already built from exactly this
	Mode     Mode   `json:"mode,omitempty"`
	Version  int64  `json:"version"`
	Rows     int64  `json:"rows"` // of the table, after
	Changes
	Question string `json:"question,omitempty"` // the question that allowed it
	Refused  bool   `json:"refused,omitempty"`  // the answer was no: the table is untouched
	// Extent tells how much was computed; nil as in [Staged].
	Extent *Extent `json:"extent,omitempty"`
	// Warnings tell what was not as expected with the sources.
	Warnings []SourceWarning `json:"warnings,omitempty"`
	// Drift lists the columns whose values are spread so differently from before that somebody should look.
	Drift Drifts `json:"drift,omitempty"`
}

// String tells in a sentence what was done.
func (b Build) String() string {
	done := b.done()
	if b.Extent != nil {
		done += " (" + b.Extent.String() + ")"
	}
	switch n := len(b.Warnings); n {
	case 0:
	case 1:
		done += "; 1 warning of its source"
	default:
		done += fmt.Sprintf("; %d warnings of its source", n)
	}
	if drifted, _, some := strings.Cut(b.Drift.String(), ":"); some {
		done += "; " + drifted
	}
	return done
}

func (b Build) done() string {
	switch {
	case b.Refused:
		return fmt.Sprintf("refused, version %d is untouched", b.Version)
	case b.UpToDate:
		return fmt.Sprintf("up to date: version %d, %d rows", b.Version, b.Rows)
	case b.Mode == Merge && b.Inserted+b.Updated == 0:
		return fmt.Sprintf("merged without a change: version %d, %d rows", b.Version, b.Rows)
	case b.Mode == Merge:
		return fmt.Sprintf("merged: version %d, %d rows, of which %d are new and %d changed", b.Version, b.Rows, b.Inserted, b.Updated)
	}
	return fmt.Sprintf("written: version %d, %d rows", b.Version, b.Rows)
}

// Run stages a table and saves it: the one way in which a table is built, inside a job or outside.
func (r BuildRequest) Run(ctx context.Context, w Workspace, d Decider, log *slog.Logger) (Build, error) {
	r.Log = log
	staged, err := w.Stage(ctx, r)
	if err != nil {
		return Build{Table: r.Table.Name}, err
	}
	b, err := Save(ctx, w.Name(), r.Table.Name, staged, r.Params, d, log)
	b.Extent, b.Warnings = staged.Extent(), staged.Warnings() // now, for a table that changed meanwhile may have been computed in Save
	for _, warning := range b.Warnings {
		log.WarnContext(ctx, "source not as expected: "+warning.Message, "source", warning.Source, "check", warning.Check)
	}
	if len(b.Drift) > 0 {
		log.WarnContext(ctx, b.Drift.String(), "version", b.Version)
	}
	if err := staged.Discard(); err != nil {
		log.WarnContext(ctx, "staged data could not be removed", "error", err) // the table is as it should be
	}
	return b, err
}

// Save writes staged data over the current table, by these rules:
//
//   - no table yet, or an empty one: overwrite;
//   - force_overwrite with overwriteSchema: overwrite, nobody is asked;
//   - omit_data_validation_errors: what differs is logged and nobody is asked; missing columns stay and keep
//     their values in a merge, a column of another type keeps the table's type;
//   - missing columns, or type changes that lose something: a question. Yes overwrites the table
//     with the new schema, no leaves it untouched and is a *RefusedError;
//   - otherwise merge, or overwrite with force_overwrite; new columns are added and types are
//     widened without a question.
//
// The table is not locked while a question is open. It is looked at again before writing, and when it has
// changed the question is void and the rules start anew.
func Save(ctx context.Context, workspace, table string, s Staged, p Params, d Decider, log *slog.Logger) (Build, error) {
	for {
		b, err := saveOnce(ctx, workspace, table, s, p, d, log)
		var changed *ChangedError
		if !errors.As(err, &changed) {
			return b, err
		}
		log.WarnContext(ctx, "table changed meanwhile, checking again", "expected", changed.Expected, "found", changed.Found)
	}
}

func saveOnce(ctx context.Context, workspace, table string, s Staged, p Params, d Decider, log *slog.Logger) (Build, error) {
	b := Build{Table: table}
	current, err := s.Current(ctx)
	if errors.Is(err, ErrNoTable) {
		return commit(ctx, b, s, Plan{Mode: Overwrite, Schema: s.Schema(), Expected: NoTable})
	}
	if err != nil {
		return b, err
	}
	if s.UpToDate() && !p.ForceOverwrite {
		b.UpToDate, b.Version, b.Rows = true, current.Version, current.Rows
		b.Unchanged = s.Rows()
		return b, nil
	}
	diff := schema.Compare(current.Schema, s.Schema())
	if !diff.Empty() {
		log.InfoContext(ctx, "columns differ from the table's", "difference", diff.String())
	}
	plan := Plan{Mode: Merge, Schema: Merged(current.Schema, diff), Expected: current.Version}
	if p.ForceOverwrite || current.Rows == 0 {
		plan.Mode = Overwrite
	}
	if plan.Mode == Overwrite && (p.OverwriteSchema || !p.OmitValidation) {
		plan.Schema = s.Schema()
	}
	if !diff.Loses() || p.OmitValidation || p.ForceOverwrite && p.OverwriteSchema {
		return commit(ctx, b, s, plan)
	}
	q, err := question(ctx, workspace, table, s, current, diff)
	if err != nil {
		return b, err
	}
	return ask(ctx, b, s, d, q)
}

// Merged is a table's schema after a merge of data that differs from it so: its columns, widened where
// that loses nothing, then the new ones.
func Merged(table schema.Schema, diff schema.Difference) schema.Schema {
	out := slices.Clone(table)
	for _, c := range diff.Widened {
		out[out.Index(c.Column)].Type = c.Found
	}
	return append(out, diff.New...)
}

func commit(ctx context.Context, b Build, s Staged, p Plan) (Build, error) {
	saved, err := s.Commit(ctx, p)
	if err != nil {
		return b, err
	}
	b.Mode, b.Version, b.Rows, b.Changes, b.Question = p.Mode, saved.Version, saved.Rows, saved.Changes, p.Question
	b.Drift = saved.Drift
	return b, nil
}

// question tells what would differ and what a yes would destroy.
func question(ctx context.Context, workspace, table string, s Staged, current Table, diff schema.Difference) (Question, error) {
	changes, err := s.Changes(ctx)
	if err != nil {
		return Question{}, err
	}
	values, err := s.NonNull(ctx, diff.LostColumns())
	if err != nil {
		return Question{}, err
	}
	loss := Loss{Rows: changes.Absent}
	for _, c := range diff.LostColumns() {
		loss.Columns = append(loss.Columns, ColumnLoss{Column: c, Values: values[c]})
	}
	return Question{
		Subject: SaveTable, Workspace: workspace, Table: table,
		Version: current.Version, Difference: diff, Loss: loss,
	}, nil
}

// ask puts the question and does what the answer says, if the table is still the same.
func ask(ctx context.Context, b Build, s Staged, d Decider, q Question) (Build, error) {
	answer, err := d.Decide(ctx, q)
	if err != nil {
		return b, err
	}
	q.ID = answer.Question
	b.Question = answer.Question
	if !answer.Yes {
		b.Refused, b.Version = true, q.Version
		refused := &RefusedError{Question: q, Answer: answer}
		return b, errors.Join(refused, d.Settle(ctx, q.ID, Settlement{Outcome: Refused, Version: q.Version}))
	}
	b, err = commit(ctx, b, s, Plan{Mode: Overwrite, Schema: s.Schema(), Expected: q.Version, Question: q.ID})
	settlement := Settlement{Outcome: Applied, Version: b.Version}
	var changed *ChangedError
	switch {
	case errors.As(err, &changed):
		settlement = Settlement{Outcome: Void, Version: changed.Found, Detail: err.Error()}
	case err != nil:
		settlement = Settlement{Outcome: Broken, Version: q.Version, Detail: err.Error()}
	}
	return b, errors.Join(err, d.Settle(ctx, q.ID, settlement))
}
