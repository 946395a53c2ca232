package plain

import (
	"fmt"
	"strings"

	"featops/engine"
	"featops/engine/trainingset"
)

// trainingSet joins the labels of a file with all tables that are built.
func (c *console) trainingSet(text string) {
	i := strings.LastIndex(text, " to ")
	if i < 0 {
		c.say("Where to? Type training-set LABELS to OUT.")
		return
	}
	labels, out := strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+len(" to "):])
	r := engine.TrainingSetRequest{Labels: labels, Out: out, Lookback: -1}
	c.do("make the training set "+out, engine.MakeTrainingSet{TrainingSetRequest: r}, func(r engine.Reply) { c.tellTrainingSet(*r.TrainingSet) })
}

// tellTrainingSet says what is in a set, and why labels have no row of a table.
func (c *console) tellTrainingSet(m trainingset.Manifest) {
	c.say("The training set %s has %s and %s.", m.Output.Path, counted(m.Output.Rows, "row"), counted(len(m.Columns), "column"))
	for _, t := range m.Tables {
		var why []string
		for _, reason := range t.Counts.Empty() {
			why = append(why, fmt.Sprintf("%d %s", reason.Labels, reason.What))
		}
		tail := ""
		if len(why) > 0 {
			tail = "; the others have none: " + strings.Join(why, ", ")
		}
		c.say("%s, version %d: %s a row%s.", t.Name, t.Version, have(t.Counts.Matched), tail)
	}
	for _, w := range m.Warnings {
		c.say("Warning: %s.", w)
	}
	c.say("Its manifest is %s.", trainingset.ManifestPath(m.Output.Path))
}

// have tells how many labels have something.
func have(n int64) string {
	if n == 1 {
		return "1 label has"
	}
	return fmt.Sprintf("%d labels have", n)
}
