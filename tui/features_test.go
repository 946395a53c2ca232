package tui

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/features/schema"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestABuildIsStartedWithItsParametersAfterItsDiff(t *testing.T) {
	c := onTable(t, 120, 36, "b", "2026-05-01", "down", "actual", "down", " ", "enter")
	c.wantSeen(t, true, "? the build would ask")
	c.wantCommands(t)
	c.keys("b", "enter", "n")
	c.wantCommands(t)
	c.keys("b", "y")
	c.wantCommands(t, engine.BuildTable{Table: "fs_cus_credit_risk", Parameters: map[string]string{
		"start_date": "2026-05-01", "end_date": "actual", "force_overwrite": "true",
	}})
}

func TestParametersAreChangedWithoutLeavingTheDiff(t *testing.T) {
	c := onTable(t, 120, 36, "b", "enter", "e", "2026-05-01", "enter")
	c.wantSeen(t, true, "start_date=2026-05-01")
	c.keys("esc")
	c.wantSeen(t, true, "versions ─")
}

func TestAFormWithAWrongParameterGivesNoDiff(t *testing.T) {
	for _, keys := range [][]string{{"2026-13-01"}, {"2026-05-01", "down", "2026-04-01"}, {"x", "up", "up"}} {
		c := onTable(t, 120, 36, append(append([]string{"b"}, keys...), "enter")...)
		c.wantSeen(t, true, "(not while a value is wrong)")
		c.wantSeen(t, true, "✗ parameter ")
	}
}

func TestHowABuildEndsIsTold(t *testing.T) {
	c := onTable(t, 120, 36, "b", "enter")
	s := *c.snapshot
	s.Builds = []engine.BuildState{{Workspace: "bncapers", Table: "fs_cus_credit_risk", Progress: &workspaces.Progress{Stage: "compute", Rows: 1, Total: 4}}}
	c.show(&s)
	c.wantSeen(t, true, "● building █████░░░░░░░░░░░░░░░ compute 25%")
	c.keys("b")
	c.wantSeen(t, true, "build table: fs_cus_credit_risk is being built")
	s.Builds = nil
	c.show(&s, engine.Event{Kind: engine.TableBuilt, Workspace: "bncapers", Table: "fs_cus_credit_risk", Build: &workspaces.Build{Mode: workspaces.Overwrite, Version: 13, Rows: 7}})
	c.wantSeen(t, true, "✓ written: version 13, 7 rows")
}

func TestABuildIsUndone(t *testing.T) {
	c := onTable(t, 120, 36, "b", "enter")
	c.keys("u")
	c.wantSeen(t, true, "restore the version before: nothing was built since the screen was opened")
	built := func(b workspaces.Build) {
		c.show(c.engine.snapshot, engine.Event{Kind: engine.TableBuilt, Workspace: "bncapers", Table: "fs_cus_credit_risk", Build: &b})
	}
	built(workspaces.Build{Version: 13, UpToDate: true})
	c.keys("u")
	c.wantSeen(t, true, "the build saved nothing")
	built(workspaces.Build{})
	c.keys("u")
	c.wantSeen(t, true, "there was no table before")
	built(workspaces.Build{Mode: workspaces.Overwrite, Version: 13, Rows: 7})
	c.keys("u")
	c.wantSeen(t, true, "Make fs_cus_credit_risk as it was at version 12, before it was built?")
	c.keys("n")
	c.wantCommands(t)
	c.keys("u", "y")
	c.wantCommands(t, engine.RestoreTable{Table: "fs_cus_credit_risk", Version: 12})
}

func TestMarkedTablesAreRegisteredWhereTheyDoNotLive(t *testing.T) {
	c := onFeatures(t, allRegistered(), 120, 36)
	c.keys("down", " ", "end", " ", "g", "enter", "y")
	c.wantCommands(t,
		engine.RegisterTables{Tables: []string{"fs_cus_credit_risk"}, From: "bncapers", To: []string{"medpag"}},
		engine.RegisterTables{Tables: []string{"fs_cus_transactions"}, From: "medpag", To: []string{"bncapers"}},
	)
}

func TestOnlyChosenTargetsAreRegistered(t *testing.T) {
	c := onFeatures(t, allRegistered(), 120, 36)
	c.keys("*", "g", " ", "down", " ", "y")
	c.wantCommands(t) // no target is chosen: the dialog stays
	c.keys("up", " ", "y")
	c.wantCommands(t, engine.RegisterTables{
		Tables: []string{"fs_cus_holding_products", "fs_cus_payment_behavior", "fs_cus_transactions"}, From: "medpag", To: []string{"bncapers"},
	})
}

func TestHowRegistrationsEndIsTold(t *testing.T) {
	c := onFeatures(t, allRegistered(), 120, 36)
	c.keys("R")
	c.wantSeen(t, true, "none has ended since the console was opened")
	c.show(c.snapshot, ended("fs_cus_credit_risk", "medpag", engine.Registered, 12, ""), ended("fs_cus_demographic", "medpag", engine.RegistrationFailed, -1, "permission denied"))
	c.wantSeen(t, true, "fs_cus_credit_risk → medpag  ✓ registered v12")
	c.show(c.snapshot, ended("fs_cus_credit_risk", "medpag", engine.Unchanged, 12, ""))
	c.keys("R")
	c.wantSeen(t, true, "fs_cus_credit_risk → medpag  ✓ unchanged v12")
	c.wantSeen(t, true, "fs_cus_demographic → medpag  ✗ failed  permission denied")
}

func TestUndoGoesBackToTheSelectedVersion(t *testing.T) {
	c := onTable(t, 120, 36, "u")
	c.wantSeen(t, true, "select a version, among the versions")
	c.keys("shift+tab", "u")
	c.wantSeen(t, true, "version 3 is the newest")
	c.keys("down", "down", "u", "enter", "y")
	c.wantCommands(t, engine.RestoreTable{Table: "fs_cus_credit_risk", Version: 1})
}

func TestAReadOnlyConsoleChangesNoTable(t *testing.T) {
	c := onFeatures(t, allRegistered(), 120, 36, readOnly)
	for _, key := range []string{"b", "g"} {
		c.keys(key)
		c.wantSeen(t, true, "read only beside process 123")
	}
	c.keys("down", "enter", "shift+tab", "down", "u")
	c.wantSeen(t, true, "undo: back to this version: read only beside process 123")
	c.wantCommands(t)
}

func TestWhatCannotBeDoneWithATableSaysWhy(t *testing.T) {
	c := onFeatures(t, everyStanding(), 160, 48)
	for _, step := range []struct{ table, key, want string }{
		{"fs_cus_retired", "b", "no definition says how fs_cus_retired is built"},
		{"fs_cus_foreign", "d", "no definition says how fs_cus_foreign is built"},
		{"fs_cus_unreadable", "g", "fs_cus_unreadable was not built yet"},
	} {
		c.keys("/", step.table, "enter", step.key)
		c.wantSeen(t, true, step.want)
		c.keys("backspace")
	}
}

func TestSearchOpensTheColumn(t *testing.T) {
	c := onFeatures(t, allRegistered(), 120, 36)
	c.keys("s", "debt", "down", "enter")
	c.wantSeen(t, true, "search › fs_cus_credit_risk")
	c.wantSeen(t, true, "▸ chr_total_banking_debt_sum ")
	c.keys("esc")
	c.wantSeen(t, true, "search debt")
	c.keys("esc", "esc")
	c.wantSeen(t, false, "› search")
}

// Who types fast and presses enter before the answer gets what the answer has first, not what was there before.
func TestEnterWaitsForWhatIsSearched(t *testing.T) {
	c := onFeatures(t, allRegistered(), 120, 36)
	c.keys("s")
	var cmds []tea.Cmd
	for _, r := range "debt" {
		_, cmd := c.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		cmds = append(cmds, cmd)
	}
	c.keys("enter")
	c.wantSeen(t, false, "search › ")
	for _, cmd := range cmds {
		c.settle(cmd)
	}
	c.wantSeen(t, true, "search › fs_cus_credit_risk")
}

// manyColumns describes a table of 100 columns.
func manyColumns(name, _, workspace string) (engine.Description, error) {
	d := engine.Description{Workspace: workspace, Name: name, State: engine.IsBuilt, Version: 1}
	for i := range 100 {
		d.Columns = append(d.Columns, engine.Column{Column: schema.Column{Name: fmt.Sprintf("c%02d", i), Type: schema.Int}, State: engine.IsBuilt})
	}
	return d, nil
}

func TestWithoutDriftThereIsRoomForTheType(t *testing.T) {
	for drift, want := range map[*engine.DriftState]string{
		nil: "TYPE", {Version: workspaces.NoTable}: "TYPE", {Version: 0}: "DRIFT", {Version: workspaces.NoTable, Month: "2026-11", MonthBefore: "2026-10"}: "DRIFT",
	} {
		c := onFeatures(t, allRegistered(), 80, 24)
		c.engine.describe = func(name, column, workspace string) (engine.Description, error) {
			d, err := manyColumns(name, column, workspace)
			d.Drift = drift
			return d, err
		}
		c.keys("down", "enter")
		for _, title := range []string{"TYPE", "DRIFT"} {
			c.wantSeen(t, title == want, title)
		}
	}
}

func TestOnlyColumnsThatAreSeenAreMeasured(t *testing.T) {
	c := onFeatures(t, allRegistered(), 80, 24)
	c.engine.describe = manyColumns
	c.keys("down", "enter")
	seen := func() int {
		return len(regexp.MustCompile(`(?m)^[ ▸] c\d\d `).FindAllString(ansi.Strip(c.View()), -1))
	}
	first := len(c.engine.measured)
	if first == 0 || first > seen() {
		t.Errorf("%d columns were measured of %d that are seen", first, seen())
	}
	c.keys("end")
	if n := len(c.engine.measured) - first; n == 0 || n > seen() {
		t.Errorf("%d more columns were measured of %d that are seen then", n, seen())
	}
	before := len(c.engine.measured)
	c.keys("home", "end", "tab", "shift+tab")
	if n := len(c.engine.measured) - before; n != 0 {
		t.Errorf("%d columns were measured again", n)
	}
}

func TestMeasuringEndsWithItsScreen(t *testing.T) {
	c := onTable(t, 120, 36)
	c.engine.describe = manyColumns
	s := *c.snapshot
	s.Workspaces[0].Tables = []workspaces.Table{table("bncapers", "fs_cus_credit_risk", 1, 13)}
	c.engine.snapshot = &s
	_, load := c.Update(changedMsg{})
	var measure tea.Cmd // after the description has come, of all that screens load
	for _, cmd := range load().(tea.BatchMsg) {
		if _, next := c.Update(cmd()); next != nil {
			measure = next
		}
	}
	c.keys("esc")
	c.engine.measured = nil
	c.settle(measure) // which was under way: its context has ended, and its answer goes nowhere
	c.wantSeen(t, true, "5 tables, 5 built")
	if c.failure != "" {
		t.Error(c.failure)
	}
}

func TestATableThatChangesIsDescribedAnew(t *testing.T) {
	c := onTable(t, 120, 36)
	c.wantSeen(t, true, "· v12 ·")
	described := 0
	c.engine.describe = func(name, column, workspace string) (engine.Description, error) {
		described++
		d, err := creditRisk(name, column, workspace)
		d.Version = 13
		return d, err
	}
	c.show(c.snapshot, engine.Event{Kind: engine.Polled})
	if described != 0 {
		t.Error("nothing had changed, and it was described anew")
	}
	s := *c.snapshot
	s.Workspaces = append([]engine.WorkspaceState{}, s.Workspaces...)
	s.Workspaces[0].Tables = []workspaces.Table{table("bncapers", "fs_cus_credit_risk", 1, 13)}
	c.show(&s)
	c.wantSeen(t, true, "· v13 ·")
}

// The catalogue is asked for once at a time, and what changes meanwhile is not missed.
func TestTheCatalogueIsLoadedAgainWhenItChangesMeanwhile(t *testing.T) {
	c := onFeatures(t, nothingBuilt(), 120, 36)
	_, first := c.Update(changedMsg{[]engine.Event{{Kind: engine.Polled}}})
	for range 3 {
		_, more := c.Update(changedMsg{[]engine.Event{{Kind: engine.TableBuilt}}})
		c.settle(more)
	}
	old := first().(loadedMsg)
	c.engine.tables = allRegistered()
	_, again := c.Update(old)
	c.wantSeen(t, true, "5 tables, 0 built")
	c.settle(again)
	c.wantSeen(t, true, "5 tables, 5 built · ✓ verified 5")
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	c := onFeatures(t, allRegistered(), 120, 36)
	c.engine.describe = func(name, column, workspace string) (engine.Description, error) {
		d, _ := creditRisk(name, column, workspace)
		return d, errors.New("read demo_db.buro_credito: permission denied")
	}
	c.keys("down", "enter")
	c.wantSeen(t, true, "✗ read demo_db.buro_credito: permission denied")
	c.wantSeen(t, true, "chr_bureau_score_sum")
	c.keys("esc", "up", "enter")
	c.engine.describe = creditRisk // which knows the other table only
	c.settle(c.enter())
	c.keys("esc", "enter")
	c.wantSeen(t, true, "✗ fs_cus_demographic: no table is called fs_cus_demographic")
}

func TestTablesAreExportedAndNamesCopied(t *testing.T) {
	home := t.TempDir()
	var out strings.Builder
	c := onFeatures(t, allRegistered(), 80, 24, func(o *Options) { o.Home, o.Terminal = home, &out })
	c.keys("ctrl+e", "y")
	text, err := os.ReadFile(filepath.Join(home, "exports", "features-20261123T120000.csv"))
	if err != nil {
		t.Fatal(err)
	}
	want := "TABLE,VERSION,ROWS,bncapers,medpag,NEWEST,OWNER,UPDATED,COLUMNS,FROM,ABOUT\n" +
		"fs_cus_demographic,3,\"638,264\",◆ owner,✓ verified,2026-11,bncapers,3 hours ago,54,demo_db.demographic,Features of fs_cus_demographic.\n"
	if got := string(text); !strings.HasPrefix(got, want) {
		t.Errorf("the file begins (-want +got):\n%s", cmp.Diff(want, got[:min(len(got), len(want))]))
	}
	if want := "\x1b]52;c;ZnNfY3VzX2RlbW9ncmFwaGlj\a"; out.String() != want { // fs_cus_demographic
		t.Errorf("the terminal got %q, want %q", out.String(), want)
	}
}

func TestTheArrangementOfTheTablesIsKept(t *testing.T) {
	home := t.TempDir()
	c := onFeatures(t, allRegistered(), 120, 36, func(o *Options) { o.Home = home })
	c.keys("o", "o", "o", "o", "o", "O", "/", "fs", "enter", "end") // by medpag, a column that is known with the snapshot only
	c.keep()
	c = onFeatures(t, allRegistered(), 120, 36, func(o *Options) { o.Home = home })
	c.keys("1", "3")
	c.wantSeen(t, true, "medpag▼")
	c.wantSeen(t, true, "5 of 5")
}

// oddEngine answers with whatever foreign systems may say.
func oddEngine(r *rapid.T, e *fakeEngine) {
	text := func(what string) string { return odd().Draw(r, what) }
	number := rapid.Int64()
	name, column := text("table"), text("column")
	standing := engine.Standing(rapid.SampledFrom([]string{"verified", "stale", "conflict", "orphaned", "registered", "odd\n"}).Draw(r, "standing"))
	state := engine.State(rapid.SampledFrom([]string{"built", "not_built", "undefined", "registered_only", "unreadable", "missing", "od\td"}).Draw(r, "state"))
	reg := engine.RegistrationState{Workspace: "medpag", Version: number.Draw(r, "registered"), Standing: standing, Lacks: []string{text("lacks")}}
	e.tables = []engine.TableState{{
		Entry:       engine.Entry{Workspace: "bncapers", Name: name, State: state, Version: number.Draw(r, "version"), Rows: number.Draw(r, "rows"), Description: text("about")},
		NewestMonth: text("month"), Registrations: []engine.RegistrationState{reg},
	}}
	bound := json.RawMessage(rapid.SampledFrom([]string{"", "null", "1", `"日本\u001b[31m"`, "[", "1e308", "-0.0"}).Draw(r, "bound"))
	share := rapid.Float64Range(0, 1).Draw(r, "share")
	description := engine.Description{
		Workspace: "bncapers", Name: name, State: state, Version: reg.Version, Description: text("about"), Definition: &engine.Definition{},
		Columns: []engine.Column{{
			Column: schema.Column{Name: column, Type: schema.Type(text("type")), Comment: text("comment")}, State: engine.IsBuilt, Formula: text("formula"),
			Inputs: []string{text("input")}, Statistics: &engine.ColumnStatistics{
				ColumnStatistics: workspaces.ColumnStatistics{Nulls: number.Draw(r, "nulls"), Min: bound, Max: bound, MinCut: true}, NullShare: share},
		}},
		Sources: []engine.SourceState{{Name: text("source"), Version: number.Draw(r, "source version")}}, Registrations: []engine.RegistrationState{reg},
		BuiltBy: []engine.Producer{{Job: text("job"), Task: text("task")}},
	}
	e.describe = func(string, string, string) (engine.Description, error) { return description, nil }
	counts := rapid.SliceOfN(rapid.Int64Range(0, 1<<50), 0, 30).Draw(r, "histogram")
	d := engine.ColumnDistribution{Type: schema.Type(rapid.SampledFrom([]string{"DATE", "TIMESTAMP", "DOUBLE"}).Draw(r, "kind"))}
	d.Measured, d.Values, d.Finite = rapid.Bool().Draw(r, "measured"), 10, 9
	d.Min, d.Max, d.Sum = rapid.Float64().Draw(r, "min"), rapid.Float64().Draw(r, "max"), rapid.Float64().Draw(r, "sum")
	if d.Histogram = counts; len(counts) > 0 {
		d.Bounds = make([]float64, len(counts)+1)
	}
	d.Counts = []workspaces.ValueCount{{Value: text("value"), Rows: 7}, {Value: text("other value"), Rows: 3}}
	e.spread = map[string]engine.ColumnDistribution{column: d}
	e.history = []workspaces.Commit{{
		Version: number.Draw(r, "commit"), Operation: text("operation"), By: text("by"), Parameters: map[string]string{text("parameter"): text("its value")},
		Metrics: map[string]string{"numOutputRows": text("metric")}, Origin: &workspaces.Origin{Start: text("start"), Sources: map[string]int64{text("made from"): 1}},
	}}
	e.diff = wouldAsk()
	e.diff.Table, e.diff.RegisteredIn, e.diff.Rows.Absent = name, []string{text("registered in")}, number.Draw(r, "absent")
	e.diff.Difference.Missing[0].Name, e.diff.Exists = text("missing"), rapid.Bool().Draw(r, "exists")
	e.found = func(query string) engine.Found {
		return engine.Found{Query: query, Similar: share > 0.5, Nearest: []string{name}, Features: []engine.FoundFeature{{Name: column, Table: name, Workspace: "bncapers", Meaning: description.Description}}}
	}
}

// Whatever is told of tables, however large the screen is and whatever was pressed: the frame is exactly as high as the
// screen and nowhere wider.
func TestTheScreensOfTablesFit(t *testing.T) {
	names := []string{"enter", "tab", "shift+tab", "down", "up", "s", "b", "d", "e", "g", "u", "y", "n", "R", "esc", " ", "*", "o", "/", "日", "end", "home", "pgdown", "left", "right", "ctrl+e"}
	rapid.Check(t, func(r *rapid.T) {
		w, h := rapid.IntRange(80, 240).Draw(r, "width"), rapid.IntRange(24, 70).Draw(r, "height")
		c := onFeatures(t, nil, w, h)
		oddEngine(r, c.engine)
		c.setTheme(rapid.SampledFrom(widget.ThemeNames()).Draw(r, "theme"))
		c.keys("1", "3")
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 14).Draw(r, "keys") {
			c.keys(k)
			if c.broken != nil {
				r.Fatal(c.broken)
			}
			fits(r, c.View(), w, h)
			for _, bad := range []string{"\x1b]0", "\r", "\t", "\u202e", "\a"} {
				if strings.Contains(c.View(), bad) {
					r.Errorf("the frame has %q", bad)
				}
			}
			c.wait(100 * time.Millisecond)
		}
	})
}
