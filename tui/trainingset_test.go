package tui

import (
	"errors"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/trainingset"
	"featops/features/asof"
	"featops/workspaces"
)

const churnSet = "/home/ana/churn.parquet"

// onTrainingSet asks for a set of two tables and presses keys in the form.
func onTrainingSet(t testing.TB, w, h int, o engine.TrainingSetOutlook, keys ...string) *console {
	t.Helper()
	c := onFeatures(t, allRegistered(), w, h)
	c.engine.outlook = o
	c.keys("down", " ", "end", " ", "T", "/home/ana/churn.csv", "down", churnSet)
	c.keys(keys...)
	return c
}

// making is the snapshot while the set is made.
func (c *console) making() *engine.Snapshot {
	s := *c.snapshot
	s.TrainingSets = []engine.TrainingSetState{{Output: churnSet, Started: noon, Progress: &workspaces.Progress{Stage: "write", Rows: 30, Total: 120}}}
	return &s
}

func madeSet() *trainingset.Manifest {
	days := 90
	asOf := noon.Add(-24 * time.Hour)
	m := trainingset.NewManifest("dev", noon)
	m.Labels = trainingset.LabelPart{
		Identity: trainingset.Identity{Path: "/home/ana/churn.csv", Format: trainingset.CSV, Rows: 200000}, Customer: "pk_customer", Time: "fecha", Repeated: 61,
		Bad: trainingset.Bad{NoCustomer: 2, NoTime: 1}, KeepBad: true,
	}
	m.LookbackDays, m.AsOf = &days, &asOf
	m.Tables = []trainingset.Table{
		{Name: "fs_cus_demographic", Version: 3, Columns: make([]string, 10), Today: true, Counts: asof.Counts{Matched: 163991, Unknown: 18343, NotYet: 17663, Unusable: 3}},
		{Name: "fs_cus_transactions", Version: 4, Columns: make([]string, 60), Counts: asof.Counts{Matched: 200000}},
	}
	m.Columns = make([]trainingset.Column, 73)
	m.Output = trainingset.Output{Path: churnSet, Format: trainingset.Parquet, Rows: 200000}
	m.Warnings = []string{"fs_cus_demographic has the attributes of today on every past month: its source keeps no history, so labels see what was not known at their time"}
	return &m
}

func setMade(m *trainingset.Manifest, why string) engine.Event {
	return engine.Event{Kind: engine.TrainingSetMade, Output: churnSet, TrainingSet: m, Error: why}
}

// idleAgain is the snapshot after the set was made.
func (c *console) idleAgain() *engine.Snapshot {
	s := *c.snapshot
	s.TrainingSets = nil
	return &s
}

// trainingSetStates are those of the form of a training set and of the screen that tells of it.
func trainingSetStates() []state {
	nothing := engine.TrainingSetOutlook{}
	return []state{
		{"set_form", func(t *testing.T, w, h int) *console {
			return onTrainingSet(t, w, h, nothing, "down", " ", "down", "down", "down", "down", "90d")
		}},
		{"set_invalid", func(t *testing.T, w, h int) *console {
			return onTrainingSet(t, w, h, engine.TrainingSetOutlook{Labels: "no such file or directory", Tables: "tables are wrong"}, "up")
		}},
		{"set_replace", func(t *testing.T, w, h int) *console {
			return onTrainingSet(t, w, h, engine.TrainingSetOutlook{Exists: true}, "down", "down", " ", "enter")
		}},
		{"set_making", func(t *testing.T, w, h int) *console {
			c := onTrainingSet(t, w, h, nothing, "enter")
			c.show(c.making())
			return c
		}},
		{"set_made", func(t *testing.T, w, h int) *console {
			c := onTrainingSet(t, w, h, nothing, "enter")
			c.show(c.idleAgain(), setMade(madeSet(), ""))
			return c
		}},
		{"set_failed", func(t *testing.T, w, h int) *console {
			c := onTrainingSet(t, w, h, nothing, "enter")
			c.show(c.idleAgain(), setMade(nil, "labels /home/ana/churn.csv: 17 of 200000 cannot be joined (12 without a customer, 5 without a time); "+
				"the first is row 402: column fecha is \"2026-13-01\". Repair them, or keep them with empty features by --keep-bad-labels"))
			return c
		}},
	}
}

func TestATrainingSetIsMadeOfWhatWasFilledIn(t *testing.T) {
	c := onTrainingSet(t, 120, 36, engine.TrainingSetOutlook{}, "down", "down", "down", "down", "a, fs_cus_transactions.b", "down", "90d", "down", "2026-03-01",
		"down", "fs_cus_transactions=3", "down", "who", "down", "when", "down", " ", "enter")
	c.wantCommands(t, engine.MakeTrainingSet{TrainingSetRequest: engine.TrainingSetRequest{
		Labels: "/home/ana/churn.csv", Customer: "who", Time: "when", KeepBad: true,
		Tables: []string{"fs_cus_credit_risk", "fs_cus_transactions"}, Features: []string{"a", "fs_cus_transactions.b"},
		AsOf: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Versions: map[string]int64{"fs_cus_transactions": 3}, Lookback: 90, Out: churnSet,
	}})
}

func TestATrainingSetOfAllTablesIsAskedForOnEveryScreen(t *testing.T) {
	c := open(t, idle(), 120, 36)
	c.keys("T", "/l.csv", "down", "/o.csv", "enter")
	c.wantCommands(t, engine.MakeTrainingSet{TrainingSetRequest: engine.TrainingSetRequest{Labels: "/l.csv", Lookback: -1, Out: "/o.csv"}})
	c.keys("esc", "5", ":", "training-set", "enter")
	c.wantSeen(t, true, "all that are built")
}

func TestAFormWithAWrongValueMakesNoTrainingSet(t *testing.T) {
	for _, o := range []engine.TrainingSetOutlook{{Labels: "wrong"}, {Output: "wrong"}, {Tables: "wrong"}, {Features: "wrong"}} {
		c := onTrainingSet(t, 120, 36, o, "enter")
		c.wantSeen(t, true, "✗ wrong")
		c.wantCommands(t)
	}
	for at, value := range map[int]string{5: "3 months", 6: "2026-13-01"} {
		c := onTrainingSet(t, 120, 36, engine.TrainingSetOutlook{})
		for range at {
			c.keys("down")
		}
		c.keys(value, "enter")
		c.wantSeen(t, true, "✗ \""+value+"\"")
		c.wantCommands(t)
	}
	c := open(t, idle(), 120, 36)
	c.keys("T", "enter")
	c.wantSeen(t, true, "✗ the file with the labels is needed")
	c.wantCommands(t)
}

func TestWhatExistsIsReplacedOnlyAfterAQuestion(t *testing.T) {
	c := onTrainingSet(t, 120, 36, engine.TrainingSetOutlook{Exists: true}, "down", "down", " ", "enter")
	c.wantSeen(t, true, "Replace "+churnSet+" and its manifest?")
	c.keys("x", "enter", "n")
	c.wantCommands(t)
	c.wantSeen(t, true, "▸ overwrite  ✓ yes") // the form is back
	c.keys("enter", "y")
	c.wantCommands(t, engine.MakeTrainingSet{TrainingSetRequest: engine.TrainingSetRequest{
		Labels: "/home/ana/churn.csv", Tables: []string{"fs_cus_credit_risk", "fs_cus_transactions"}, Lookback: -1, Out: churnSet, Overwrite: true,
	}})
}

func TestHowATrainingSetEndsIsToldUntilTheScreenIsClosed(t *testing.T) {
	c := onTrainingSet(t, 120, 36, engine.TrainingSetOutlook{}, "enter")
	c.show(c.making())
	c.wantSeen(t, true, "write 25%")
	c.keys("e")
	c.wantSeen(t, true, "change and make again: it is being made")
	c.keys("c", "n", "c", "y")
	if n := len(c.engine.commands); n != 2 || c.engine.commands[1] != (engine.StopTrainingSet{Output: churnSet}) {
		t.Errorf("commands %v, want one that stops it", c.engine.commands)
	}
	c.show(c.idleAgain(), engine.Event{Kind: engine.TrainingSetMade, Output: "/another", Error: "of another set"})
	c.wantSeen(t, false, "of another set")
	c.show(c.idleAgain(), setMade(madeSet(), ""))
	c.keys("2", "3")
	c.wantSeen(t, true, "18,343 unknown customer, 17,663 only later rows, 3 no customer or time")
	c.keys("c")
	c.wantSeen(t, true, "stop making it: it is not being made")
	c.keys("e")
	c.wantSeen(t, true, "/home/ana/churn.csv")
	c.keys("enter")
	c.show(c.idleAgain(), setMade(nil, "there is no such column"))
	c.wantSeen(t, true, "there is no such column")
	c.keys("esc", "esc") // the message, then the screen
	c.wantSeen(t, false, "there is no such column")
}

func TestATrainingSetThatCannotBeMadeIsToldInFull(t *testing.T) {
	c := onTrainingSet(t, 80, 24, engine.TrainingSetOutlook{})
	c.engine.err = errors.New("it is no parquet file")
	c.keys("enter")
	c.wantSeen(t, true, "✗ training set churn.parquet: it is no parquet file")
}

func TestAConsoleThatOnlyLooksMakesNoTrainingSet(t *testing.T) {
	c := onFeatures(t, allRegistered(), 120, 36, readOnly)
	c.keys("T")
	c.wantSeen(t, true, "make a training set: read only beside process 123")
	c = onFeatures(t, nothingBuilt(), 120, 36)
	c.keys("T")
	c.wantSeen(t, true, "make a training set: fs_cus_demographic was not built yet")
}
