package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"featops/features/schema"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

func TestDescribeChoosesTheTable(t *testing.T) {
	h := open(t, setup{silent: true})
	h.bncapers.build("fs_twice", 0, schema.Column{Name: "b_col", Type: schema.Int})
	h.medpag.build("fs_twice", 0, schema.Column{Name: "m_col", Type: schema.Int})
	h.medpag.build("fs_cus_credit_risk", 0) // a table of bncapers, by its definition
	h.look(t)
	for _, c := range []struct {
		name, column, workspace string
		want                    string // kind, workspace, table, column; or the error
	}{
		{"fs_cus_demographic", "", "", "feature_table bncapers fs_cus_demographic "},
		{"FS_CUS_Demographic", "CDMG_segment", "", "feature_table bncapers fs_cus_demographic cdmg_segment"},
		{"cdmg_segment", "", "", "feature_table bncapers fs_cus_demographic cdmg_segment"},
		{"fs_cus_credit_risk", "", "", "feature_table bncapers fs_cus_credit_risk "}, // where it is defined
		{"fs_cus_credit_risk", "", "medpag", "feature_table medpag fs_cus_credit_risk "},
		{"buro_credito", "", "", "source_table bncapers buro_credito "},
		{"demo_db.buro_credito", "buro_score", "", "source_table bncapers buro_credito buro_score"},
		{"fs_twice", "", "medpag", "feature_table medpag fs_twice "},
		{"m_col", "", "", "feature_table medpag fs_twice m_col"},
		{"fs_twice", "", "", "fs_twice is in several workspaces: say in which with --workspace"},
		{"buro_credito", "", "medpag", "buro_credito is not in medpag: it is in bncapers"},
		{"buro_credito", "", "nowhere", `workspace "nowhere" is unknown: the workspaces are [bncapers medpag]`},
		{"fs_credit_risk", "", "", `no table or feature is called "fs_credit_risk"; did you mean fs_cus_credit_risk?`},
		{"fs_cus_demographic", "cdmg_sgment", "", `no column of fs_cus_demographic is called "cdmg_sgment"; did you mean cdmg_segment`},
		{"fs_nothing", "cdmg_segment", "", `no table or feature is called "fs_nothing"`},
		{"pk_customer", "", "", "pk_customer is a column of fs_cus_demographic, fs_cus_credit_risk, "},
	} {
		// A fake workspace has no statistics; what it has no say in is told all the same.
		d, err := h.Describe(t.Context(), c.name, c.column, c.workspace)
		got := fmt.Sprintln(d.Kind, d.Workspace, d.Name, d.Column)
		if d.Name == "" {
			got = fmt.Sprintln(err)
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%q %q in %q: %swant %s", c.name, c.column, c.workspace, got, c.want)
		}
		if c.column != "" && d.Name != "" && len(d.Columns) != 1 {
			t.Errorf("%q %q: %d columns", c.name, c.column, len(d.Columns))
		}
	}
}

// What cannot be read does not keep the rest from being told.
func TestDescribeTellsWhatItCan(t *testing.T) {
	h := open(t, setup{silent: true})
	h.bncapers.build("fs_cus_credit_risk", 0, schema.Column{Name: "chr_rating_num", Type: schema.Int})
	h.look(t)
	d, err := h.Describe(t.Context(), "fs_cus_credit_risk", "", "")
	if !errors.Is(err, errNotFaked) {
		t.Errorf("error %v", err)
	}
	if d.State != IsBuilt || d.Version != 0 || len(d.Columns) < 50 || len(d.BuiltBy) != 1 || len(d.Sources) != 1 || d.Sources[0].Version != -1 {
		t.Errorf("%+v", d)
	}
}

func TestRegistrationsAreComparedWithTheTable(t *testing.T) {
	column := func(names ...string) (s schema.Schema) {
		for _, n := range names {
			s = append(s, schema.Column{Name: n, Type: schema.Int})
		}
		return s
	}
	for name, c := range map[string]struct {
		table, known schema.Schema
		version      int64 // of the table; the registration is of 3
		want         RegistrationState
	}{
		"the newest":   {column("a", "b"), column("A", "b"), 3, RegistrationState{}},
		"an older one": {column("a"), column("a"), 4, RegistrationState{Stale: true}},
		"columns differ": {column("a", "new"), column("a", "old"), 4,
			RegistrationState{Stale: true, Lacks: []string{"new"}, Retired: []string{"old"}}},
		"the table is gone": {nil, column("a"), -1, RegistrationState{Stale: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Snapshot{Workspaces: []WorkspaceState{{Name: "medpag", Registrations: []workspaces.Registration{
				{Table: workspaces.Table{Workspace: "bncapers", Name: "FS_X", Version: 3, Schema: c.known}},
				{Table: workspaces.Table{Workspace: "bncapers", Name: "fs_y"}},
				{Table: workspaces.Table{Workspace: "elsewhere", Name: "fs_x"}},
			}}}}
			e := Entry{Workspace: "bncapers", Name: "fs_x", Version: c.version, State: IsBuilt, table: workspaces.Table{Schema: c.table}}
			c.want.Workspace, c.want.Version, c.want.Standing = "medpag", 3, Unverified // nobody has looked at bncapers
			got := registrationsOf(s, e)
			for i := range got { // no name is the same as no names
				got[i].Lacks, got[i].Retired = append([]string(nil), got[i].Lacks...), append([]string(nil), got[i].Retired...)
			}
			if diff := cmp.Diff([]RegistrationState{c.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRowsAreFromABuild(t *testing.T) {
	built := &workspaces.Origin{}
	restore := func(to string) map[string]string { return map[string]string{"version": to} }
	commits := []workspaces.Commit{
		{Version: 9, Operation: "RESTORE", Parameters: restore("nonsense")},
		{Version: 8, Operation: "RESTORE", Parameters: restore("5")},
		{Version: 7, Operation: "OPTIMIZE"},
		{Version: 6, Operation: "RESTORE", Parameters: restore("1")},
		{Version: 5, Operation: "WRITE"}, // by others
		{Version: 4, Operation: "VACUUM END"},
		{Version: 3, Operation: "MERGE", Origin: built},
		{Version: 2, Operation: "MERGE", Origin: built},
		{Version: 1, Operation: "MERGE", Origin: built},
	}
	for version, want := range map[int64]int64{
		1: 1, 3: 3, 4: 3, 6: 1, 7: 1,
		5: -1, 8: -1, 9: -1, 0: -1, // others wrote it; the log does not tell
	} {
		got := int64(-1)
		if c, ok := rowsFrom(commits, version); ok {
			got = c.Version
		}
		if got != want {
			t.Errorf("the rows of version %d are from %d, want %d", version, got, want)
		}
	}
}

// Several runs may name a version; the one that was under way when it was committed saved it.
func TestRunThatSaved(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	run := func(id int64, minute int, version int64) workspaces.Run {
		start := at.Add(time.Duration(minute) * time.Minute)
		return workspaces.Run{ID: id, Tasks: []workspaces.TaskRun{{
			Started: start.Add(300 * time.Microsecond), Ended: start.Add(30 * time.Second), Build: &workspaces.Build{Table: "fs_x", Version: version},
		}}}
	}
	s := &Snapshot{Workspaces: []WorkspaceState{{Name: "w", Jobs: []JobState{{Job: workspaces.Job{Name: "j"}, Runs: []workspaces.Run{
		run(4, 30, 2), run(3, 20, 2), run(2, 10, 1), {ID: 1, Tasks: []workspaces.TaskRun{{Started: at, Ended: at.Add(time.Hour)}}},
	}}}}}}
	for _, c := range []struct {
		commit workspaces.Commit
		want   int64
	}{
		{workspaces.Commit{Version: 2, Time: at.Add(20*time.Minute + time.Second)}, 3},
		{workspaces.Commit{Version: 1, Time: at.Add(10 * time.Minute)}, 2}, // times of commits are in whole milliseconds
		{workspaces.Commit{Version: 2, Time: at.Add(25 * time.Minute)}, 0}, // between runs: a build outside
	} {
		if job, got := runThatSaved(s, "w", "fs_x", c.commit); got != c.want || (job == "j") != (c.want != 0) {
			t.Errorf("version %d at %s: run %d of %q, want %d", c.commit.Version, c.commit.Time, got, job, c.want)
		}
	}
}

func TestMonthOfABound(t *testing.T) {
	for bound, want := range map[string]string{
		`"2026-05"`: "2026-05", `"2026-05-31"`: "2026-05", `"2026-05-01T00:00:00.000Z"`: "2026-05",
		`"2026-13"`: "", `"sin fecha"`: "", `"2026"`: "", `202605`: "", ``: "", `null`: "",
	} {
		if got := month([]byte(bound)); got != want {
			t.Errorf("%s: %q, want %q", bound, got, want)
		}
	}
}
