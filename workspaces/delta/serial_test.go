package delta

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modelRow is a row of text by column; a column that is not there is null.
type modelRow map[string]string

func (r modelRow) isIn(rows []modelRow) bool {
	return slices.ContainsFunc(rows, func(o modelRow) bool { return o["id"] == r["id"] })
}

// model is a table as a list of rows.
type model struct {
	columns []string
	rows    []modelRow
}

// after is the table after an operation, done on it alone. Earlier has the versions so far.
func (m model) after(a attempt, earlier []model) model {
	switch a.Kind {
	case "append":
		return model{m.columns, slices.Concat(m.rows, a.Rows)}
	case "merge":
		next := model{columns: m.columns}
		for _, row := range m.rows {
			for _, n := range a.Rows {
				if n["id"] == row["id"] {
					merged := maps.Clone(row)
					maps.Copy(merged, n)
					row = merged
					break
				}
			}
			next.rows = append(next.rows, row)
		}
		for _, n := range a.Rows {
			if !n.isIn(m.rows) {
				next.rows = append(next.rows, n)
			}
		}
		return next
	case "overwrite":
		return model{m.columns, a.Rows}
	case "new schema":
		return model{a.Columns, a.Rows}
	case "add a column":
		return model{slices.Concat(m.columns, a.Columns), m.rows}
	case "restore":
		return earlier[a.Version]
	}
	return m // optimize moves rows, vacuum removes none
}

// text is the content without the order of rows, which is no part of it.
func (m model) text() string {
	lines := make([]string, len(m.rows))
	for i, row := range m.rows {
		shown := modelRow{}
		for _, c := range m.columns {
			if v, ok := row[c]; ok {
				shown[c] = v
			}
		}
		lines[i] = string(must(json.Marshal(shown)))
	}
	sort.Strings(lines)
	return strings.Join(m.columns, ",") + "\n" + strings.Join(lines, "\n")
}

// contentOf reads a snapshot as a model.
func contentOf(t *testing.T, s *Snapshot) model {
	t.Helper()
	var m model
	for _, f := range s.Metadata.Schema.Fields() {
		m.columns = append(m.columns, f.Name)
	}
	must(0, json.Unmarshal([]byte("["+strings.ReplaceAll(content(t, s), "} {", "},{")+"]"), &m.rows))
	return m
}

// checkHistory does the committed operations in the order of the history and compares every version; then it
// compares what each process was told with what the history says.
func checkHistory(t *testing.T, table *Table, attempts map[string]attempt, outcomes map[string]outcome) {
	t.Helper()
	ctx := context.Background()
	history := must(table.History(ctx, 0))
	slices.Reverse(history)
	versions := map[string]int64{} // by attempt
	var states []model
	now := model{columns: []string{"id", "v"}}
	for v, c := range history {
		a, ok := attempts[c.UserMetadata]
		if _, twice := versions[a.ID]; !ok || twice || c.Version != int64(v) {
			t.Fatalf("version %d is of %q, number %d of the history; known: %t, seen before: %t", c.Version, c.UserMetadata, v, ok, twice)
		}
		versions[a.ID] = c.Version
		now = now.after(a, states)
		states = append(states, now)
		if d := cmp.Diff(now.text(), contentOf(t, must(table.SnapshotAt(ctx, c.Version))).text()); d != "" {
			t.Fatalf("version %d, %s by %s: %s", v, a.Kind, a.ID, d)
		}
	}
	for id, o := range outcomes {
		version, committed := versions[id]
		if committed != (o.Ended == hasCommitted) || committed && version != o.Version {
			t.Errorf("%s (%s) was told %s at %d; in the history: %t, at %d", id, attempts[id].Kind, o.Ended, o.Version, committed, version)
		}
		if o.Ended != hasNoChange || attempts[id].Kind == "vacuum" {
			continue
		}
		if before := states[o.Version]; before.text() != before.after(attempts[id], states).text() {
			t.Errorf("%s (%s) was told that version %d has it already:\n%s", id, attempts[id].Kind, o.Version, before.text())
		}
	}
	ended := map[string]int{}
	for _, o := range outcomes {
		ended[o.Ended]++
	}
	t.Logf("%d versions; outcomes %v, %d unknown", len(history), ended, len(attempts)-1-len(outcomes))
	if len(history) < 2 {
		t.Errorf("a history of %d versions proves nothing", len(history))
	}
}
