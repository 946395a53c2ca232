package tui

import (
	"testing"
	"time"

	"featops/engine"
	"featops/workspaces"
)

// featureStates are those of the screen of feature tables and of what it opens.
func featureStates() []state {
	return []state{
		{"features_nothing", func(t *testing.T, w, h int) *console { return onFeatures(t, nothingBuilt(), w, h) }},
		{"features_registered", func(t *testing.T, w, h int) *console { return onFeatures(t, allRegistered(), w, h) }},
		{"features_standings", func(t *testing.T, w, h int) *console {
			c := onFeatures(t, everyStanding(), w, h)
			s := *c.snapshot
			s.Builds = []engine.BuildState{{Workspace: "medpag", Table: "fs_cus_transactions", Progress: &workspaces.Progress{Stage: "compute", Rows: 45, Total: 100}}}
			c.show(&s,
				ended("fs_cus_demographic", "medpag", engine.RegistrationFailed, -1, "permission denied"),
				ended("fs_cus_credit_risk", "medpag", engine.RegistrationNo, 11, "refused by timeout: missing chr_rating_num"))
			c.failure = ""
			c.keys("down", " ", "down")
			return c
		}},
		{"features_register", func(t *testing.T, w, h int) *console {
			c := onFeatures(t, everyStanding()[:5], w, h)
			c.keys("*", "g", "down", " ")
			return c
		}},
		{"search_found", func(t *testing.T, w, h int) *console {
			c := onFeatures(t, allRegistered(), w, h)
			c.keys("s", "debt", "down")
			return c
		}},
		{"search_nothing", func(t *testing.T, w, h int) *console {
			c := onFeatures(t, allRegistered(), w, h)
			c.keys("s", "dept")
			return c
		}},
		{"table_columns", func(t *testing.T, w, h int) *console { return onTable(t, w, h, "down", "down") }},
		{"table_column", func(t *testing.T, w, h int) *console {
			return onTable(t, w, h, "down", "down", "down", "down", "enter")
		}},
		{"table_lineage", func(t *testing.T, w, h int) *console { return onTable(t, w, h, "tab", "end") }},
		{"table_versions", func(t *testing.T, w, h int) *console { return onTable(t, w, h, "shift+tab", "down", "down") }},
		{"table_undo", func(t *testing.T, w, h int) *console { return onTable(t, w, h, "shift+tab", "down", "u") }},
		{"build_form", func(t *testing.T, w, h int) *console {
			return onTable(t, w, h, "b", "2026-05-01", "down", "2026-04-01", "down", " ", "up")
		}},
		{"build_invalid", func(t *testing.T, w, h int) *console {
			return onTable(t, w, h, "b", "2026-05-01", "down", "2026-04-01", "enter")
		}},
		{"build_diff", func(t *testing.T, w, h int) *console { return onTable(t, w, h, "b", "2026-05-01", "enter") }},
		{"build_read_only", func(t *testing.T, w, h int) *console {
			c := onFeatures(t, allRegistered(), w, h, readOnly)
			c.keys("down", "d", "enter", "b")
			return c
		}},
	}
}

// ended is the event of a registration that has ended.
func ended(table, to string, status engine.RegistrationStatus, version int64, detail string) engine.Event {
	return engine.Event{Time: noon.Add(-time.Minute), Kind: engine.TableRegistered, Workspace: to, Table: table, Registration: &engine.RegistrationResult{
		Table: table, From: "bncapers", To: to, Status: status, Version: version, Detail: detail,
	}}
}

// onTable opens a table, and presses keys there.
func onTable(t testing.TB, w, h int, keys ...string) *console {
	t.Helper()
	c := onFeatures(t, allRegistered(), w, h)
	c.keys("down", "enter")
	c.keys(keys...)
	return c
}
