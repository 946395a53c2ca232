package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"featops/engine"
	"featops/engine/logs"
	"featops/workspaces"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
)

func (a *app) describeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "describe TABLE [COLUMN]",
		Short: "Tell what is known of a table, a source table or a column",
		Long: `describe tells of a feature table its keys, its columns with type, meaning, formula and statistics, what it is
made from and which build made it, where it is registered and what is known there, and its newest versions. Of a
source table it tells its columns and the feature tables that are made from it. With a COLUMN, or with the name of a
feature instead of that of a table, it tells of that column alone. A table that is not built yet is told by its
definition.

Counts are exact. Minimum and maximum are those of the table's statistics: a long text is cut there, which "…" marks,
and "?" marks what is not in them. Mean and deviation are exact too, of booleans the mean is the share that is true;
quantiles are those of a sample, and "~" marks a number of different values that is estimated. DRIFT is the population
stability index against the version before, MONTH that of the newest month against the month before; "!" marks what
the configuration wants to be told of (drift.warn).`,
		Example: `  featops describe fs_cus_credit_risk
  featops describe fs_cus_credit_risk chr_rating_num
  featops describe chr_rating_num            # the same
  featops describe buro_credito              # a source table
  featops describe demo_db.buro_credito buro_score`,
		Args: arguments(cobra.RangeArgs(1, 2)),
	}
	workspace := cmd.Flags().String("workspace", "", "the table of this `workspace`, where several have one of the name")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), use{readOnly: true}, func(s *session) error {
			_, look := s.Do(cmd.Context(), engine.Poll{})
			column := ""
			if len(args) == 2 {
				column = args[1]
			}
			d, err := s.Describe(cmd.Context(), args[0], column, *workspace)
			if d.Name == "" {
				return err
			}
			sheet := sheet{width: terminalWidth(a.stdout), now: a.now(), Description: d}
			return errors.Join(a.print(d, sheet.print), look, err)
		})
	}
	return cmd
}

// sheet writes a description for people.
type sheet struct {
	engine.Description
	width int
	now   time.Time
}

func (s sheet) print(w io.Writer) {
	if s.Column != "" {
		s.printColumn(w, s.Columns[0])
		return
	}
	s.printHead(w)
	s.printLineage(w)
	s.printColumns(w)
	s.printVersions(w)
}

func (s sheet) printHead(w io.Writer) {
	name := s.Name + ", a feature table of " + s.Workspace
	if s.Kind == engine.SourceTable {
		name = s.Database + "." + s.Name + ", a source table of " + s.Workspace
	}
	facts(w, s.width,
		"table", name,
		"about", s.Description.Description,
		"state", s.state(),
		"holds", s.holds(),
		"place", s.Location,
		"keys", strings.Join(s.Keys, ", "),
		"time series", s.TimestampKey,
		"a row is", s.grain(),
		"windows", s.windows(),
		"newest month", s.month(),
		"drift", s.drifted(),
		"tags", tags(s.Tags),
	)
}

// state tells how the table stands, and what to do where that is not well.
func (s sheet) state() string {
	switch {
	case s.State == engine.Missing:
		return fmt.Sprintf("not here yet: `featops sample` makes it, `featops ingest %s FILE --mapping FILE` loads it", s.Name)
	case s.State == engine.NotBuilt:
		return fmt.Sprintf("not built yet: `featops run %s` builds and registers it, `featops build %s` builds it alone", s.Name, s.Name)
	case s.State == engine.Undefined:
		return "no definition knows it"
	case s.State == engine.OnlyRegistered:
		return "gone from " + s.Workspace + ": what is told is what was registered elsewhere"
	case s.State == engine.Unreadable:
		return "not found; " + s.Workspace + " cannot be read in full"
	}
	return fmt.Sprintf("version %d, updated %s (%s)", s.Version, at(s.Updated), humanize.RelTime(s.Updated, s.now, "ago", "from now"))
}

// standing is how the table stands in a word or two.
func (s sheet) standing() string {
	if s.Version < 0 {
		return inWords(s.State)
	}
	return fmt.Sprintf("version %d", s.Version)
}

func (s sheet) holds() string {
	if s.Version < 0 {
		return ""
	}
	return counted(s.Rows, "row") + " of " + counted(s.Customers, "customer")
}

// grain tells what a row is.
func (s sheet) grain() string {
	if s.Definition == nil {
		return ""
	}
	text := fmt.Sprintf("a customer and a month from %s on", s.Definition.Since)
	if s.Definition.EventMonth != "" {
		text = fmt.Sprintf("a customer and a month of %s, released on the first day of the month after", s.Definition.EventMonth)
	}
	if s.Definition.Where != "" {
		text += "; only with " + s.Definition.Where
	}
	return text
}

func (s sheet) windows() string {
	if s.Definition == nil {
		return ""
	}
	return fmt.Sprintf("over %s of the customer", s.Definition.Frame)
}

func (s sheet) month() string {
	if s.NewestMonth == "" {
		return ""
	}
	return s.NewestMonth + " (column " + s.MonthColumn + ")"
}

func tags(t map[string]string) string {
	var out []string
	for _, name := range []string{"database", "based_on", "table"} {
		if value, ok := t[name]; ok {
			out = append(out, name+"="+value)
		}
	}
	return strings.Join(out, ", ")
}

// printColumns lists the columns with what is known of each: all of it in a wide table, how the values are spread in one that
// is less wide, and all of it in several lines a column where there is no room for either.
func (s sheet) printColumns(w io.Writer) {
	fmt.Fprintln(w)
	l := s.listed([]string{"COLUMN", "TYPE", "STATE", "NULLS", "MIN", "MAX", "MEAN ± DEVIATION", "P50", "P5 TO P95", "DISTINCT", "DRIFT", "MONTH", "MEANING", "FORMULA"})
	if _, _, fits := l.room(s.width); !fits && s.measured() {
		less := s.listed([]string{"COLUMN", "TYPE", "NULLS", "MEAN ± DEVIATION", "P50", "DISTINCT", "DRIFT", "MONTH", "MEANING"})
		if _, _, fits := less.room(s.width); fits {
			l = less
		}
	}
	l.write(w, s.width)
}

// measured reports whether it is known how the values are spread.
func (s sheet) measured() bool { return s.Drift != nil && s.Drift.Lacks == "" }

// listed lists the columns, with those of the cells under a header that apply to the table.
func (s sheet) listed(header []string) listing {
	spreads := []string{"MEAN ± DEVIATION", "P50", "P5 TO P95", "DISTINCT", "DRIFT", "MONTH"}
	l := listing{header: slices.DeleteFunc(slices.Clone(header), func(title string) bool {
		return title == "FORMULA" && s.Definition == nil || slices.Contains(spreads, title) && !s.measured()
	})}
	for _, c := range s.Columns {
		nulls, low, high, told := s.nulls(c), s.bound(c, false), s.bound(c, true), s.spread(c)
		of := map[string]string{
			"COLUMN": c.Name, "TYPE": string(c.Type), "STATE": inWords(c.State), "NULLS": nulls, "MIN": orDash(low), "MAX": orDash(high),
			"MEAN ± DEVIATION": orDash(told.mean), "P50": orDash(told.median), "P5 TO P95": orDash(told.outer), "DISTINCT": orDash(told.distinct),
			"DRIFT": orDash(told.drift), "MONTH": orDash(told.month), "MEANING": c.Comment, "FORMULA": c.Formula,
		}
		cells := make([]string, len(l.header))
		for i, title := range l.header {
			cells[i] = of[title]
		}
		head := c.Name + "  " + string(c.Type)
		if c.State != s.State {
			head += "  " + inWords(c.State)
		}
		values, formula := "", ""
		if c.Statistics != nil {
			values = nulls + " null"
			if low != "" {
				values += ", " + low + " to " + high
			}
		}
		if c.Formula != "" {
			formula = "= " + c.Formula
		}
		l.add(cells, head, c.Comment, formula, values, told.String())
	}
	return l
}

func (s sheet) printColumn(w io.Writer, c engine.Column) {
	nulls := ""
	if c.Statistics != nil {
		nulls = fmt.Sprintf("%s of %s (%s)", count(c.Statistics.Nulls), counted(s.Rows, "row"), s.nulls(c))
	}
	told := s.spread(c)
	key, state := "", ""
	if c.Key {
		key = "of the table"
	}
	if c.State != s.State {
		state = inWords(c.State)
	}
	facts(w, s.width,
		"column", fmt.Sprintf("%s %s", c.Name, c.Type),
		"table", s.Name+" of "+s.Workspace+", "+s.standing(),
		"state", state,
		"key", key,
		"meaning", c.Comment,
		"formula", c.Formula,
		"made from", s.origins(c),
		"nulls", nulls,
		"minimum", s.bound(c, false),
		"maximum", s.bound(c, true),
		"mean", told.mean,
		"median", told.median,
		"5 to 95 %", told.outer,
		"distinct", told.distinct,
		"drift", s.driftOf(c),
		"used by", strings.Join(c.UsedBy, ", "),
		"registered in", strings.Join(c.RegisteredIn, ", "),
	)
}

func (s sheet) origins(c engine.Column) string {
	if len(c.Inputs) == 0 || len(s.Sources) == 0 {
		return ""
	}
	return strings.Join(c.Inputs, ", ") + " of " + s.Sources[0].Name
}

// printVersions lists the newest versions with what each did.
func (s sheet) printVersions(w io.Writer) {
	if len(s.Versions) == 0 {
		return
	}
	fmt.Fprintln(w)
	table(w, func(line func(string, ...any)) {
		line("VERSION\tTIME\tOPERATION\tDID\tBY")
		for _, c := range s.Versions {
			line("%d\t%s\t%s\t%s\t%s", c.Version, at(c.Time), c.Operation, did(c), c.By)
		}
	})
	fmt.Fprintf(w, "featops history %s lists all.\n", logs.OneLine(s.Name))
}

// did tells what a commit did to the rows, as far as its metrics say so.
func did(c workspaces.Commit) string {
	var parts []string
	for _, m := range []struct{ metric, text string }{
		{"numOutputRows", "written"}, {"numTargetRowsInserted", "inserted"}, {"numTargetRowsUpdated", "updated"}, {"numTargetRowsDeleted", "deleted"},
	} {
		n, err := strconv.ParseInt(c.Metrics[m.metric], 10, 64)
		if err == nil && (n > 0 || m.metric == "numOutputRows") {
			parts = append(parts, count(n)+" "+m.text)
		}
	}
	if c.Operation == "RESTORE" {
		parts = append(parts, "as at version "+c.Parameters["version"])
	}
	return list(parts)
}
