package trainingset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"featops/engine"
	"featops/engine/trainingset"
	"featops/tui/screen"
	"featops/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Form is the dialog that asks for what a training set is made of. What only the disk or the definitions can tell of the
// values the engine is asked while they are typed.
type Form struct {
	*widget.Form
	console screen.Console
	begin   func(engine.TrainingSetRequest, map[string]string) tea.Cmd // has the set made that the values ask for
	outlook screen.Loader[engine.TrainingSetOutlook]
	asked   string // the values that the newest outlook is of
}

// Open opens the form. Tables are those that are chosen at first; none stands for all.
func Open(c screen.Console, tables []string) tea.Cmd {
	begin := func(r engine.TrainingSetRequest, values map[string]string) tea.Cmd {
		s := New(c, r, values)
		return tea.Batch(c.Open(s), s.begin())
	}
	return open(c, map[string]string{"tables": strings.Join(tables, ",")}, begin)
}

// yesOrNo are the choices of what is on or off.
var yesOrNo = [...]string{"no", "yes"}

// open opens the form with values.
func open(c screen.Console, given map[string]string, begin func(engine.TrainingSetRequest, map[string]string) tea.Cmd) tea.Cmd {
	f := &Form{console: c, begin: begin}
	f.Form = widget.NewForm("Training set",
		[]string{"Labels with the newest features that had been released by their days."}, "make it", f.done, f.inputs(given)...)
	c.Dialog(f)
	return f.look()
}

func (f *Form) inputs(given map[string]string) []widget.Input {
	toggle := func(name, help string) widget.Input {
		return widget.Input{Name: name, Value: cmp.Or(given[name], yesOrNo[0]), Help: help, Allowed: "no or yes", Choices: yesOrNo[:]}
	}
	return []widget.Input{
		{Name: "labels", Value: given["labels"], Hint: "a file", Help: "Customers, times and whatever else, a row each.",
			Allowed: "a CSV or Parquet file, or the directory of a Delta table",
			Check:   f.needed("the file with the labels", func(o engine.TrainingSetOutlook) string { return o.Labels })},
		{Name: "out", Value: given["out"], Hint: "a file", Help: "Where the set goes; its manifest lies beside it.",
			Allowed: "a name that ends in .parquet or .csv, or any with a format",
			Check:   f.needed("the file to write", func(o engine.TrainingSetOutlook) string { return o.Output })},
		{Name: "format", Value: given["format"], Hint: "by the name", Help: "How the set is stored.", Allowed: "by the name, parquet, csv or delta",
			Choices: []string{"", string(trainingset.Parquet), string(trainingset.CSV), string(trainingset.Delta)}},
		toggle("overwrite", "Replace what is there already. That is asked about once more."),
		{Name: "tables", Value: given["tables"], Hint: "all that are built", Help: "The feature tables, with commas between them.", Allowed: "names of feature tables; nothing: all that are built",
			Check: f.told(func(o engine.TrainingSetOutlook) string { return o.Tables })},
		{Name: "features", Value: given["features"], Hint: "all of the tables", Help: "The columns, with commas between them.", Allowed: "column or table.column; nothing: all of the tables",
			Check: f.told(func(o engine.TrainingSetOutlook) string { return o.Features })},
		{Name: "lookback", Value: given["lookback"], Hint: "any age", Help: "Leave out rows that are more than so many days older than the label.", Allowed: "days, as 90d; nothing: any age",
			Check: func(value string, _ map[string]string) error { _, err := trainingset.ParseLookback(value); return err }},
		{Name: "as_of", Value: given["as_of"], Hint: "now", Help: "The tables as they were at a time.", Allowed: "a time as 2026-03-01 or 2026-03-01T12:00:00Z; nothing: as they are",
			Check: func(value string, _ map[string]string) error {
				if _, ok := trainingset.ParseTime(value); value != "" && !ok {
					return fmt.Errorf("%q is no time", value)
				}
				return nil
			}},
		{Name: "versions", Value: given["versions"], Hint: "the newest", Help: "Versions of some of the tables, with commas between them.", Allowed: "table=N, as fs_cus_transactions=3; nothing: as as_of says",
			Check: func(value string, all map[string]string) error {
				if _, err := trainingset.ParseVersions(listed(value)); err != nil {
					return err
				}
				return f.told(func(o engine.TrainingSetOutlook) string { return o.Versions })(value, all)
			}},
		{Name: "customer", Value: given["customer"], Hint: "pk_customer or id_cliente", Help: "The column of the labels with the customer.", Allowed: "a name; nothing: pk_customer or id_cliente"},
		{Name: "time", Value: given["time"], Hint: "the only one of its type", Help: "The column of the labels with the date or time.", Allowed: "a name; nothing: the only column of such a type"},
		toggle("keep_bad", "Keep labels without a customer or a readable time, with empty features."),
	}
}

// told checks a value by what the engine tells of it, once it does.
func (f *Form) told(what func(engine.TrainingSetOutlook) string) func(string, map[string]string) error {
	return func(string, map[string]string) error {
		if o, ok := f.known(); ok && what(o) != "" {
			return errors.New(what(o))
		}
		return nil
	}
}

// needed is told for a value that must be given.
func (f *Form) needed(thing string, what func(engine.TrainingSetOutlook) string) func(string, map[string]string) error {
	return func(value string, all map[string]string) error {
		if value == "" {
			return fmt.Errorf("%s is needed", thing)
		}
		return f.told(what)(value, all)
	}
}

// known is what the engine has told of the values as they stand.
func (f *Form) known() (engine.TrainingSetOutlook, bool) {
	o, known := f.outlook.Value()
	return o, known && !f.outlook.Loading()
}

// Key takes a key, and asks the engine about the values when they are others now.
func (f *Form) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	closed, cmd = f.Form.Key(k)
	if closed {
		f.outlook.Stop()
		f.asked = "" // the form may come back
		return true, cmd
	}
	return false, tea.Batch(cmd, f.look())
}

// Update takes what the engine tells.
func (f *Form) Update(msg tea.Msg) { f.outlook.Update(msg) }

func (f *Form) look() tea.Cmd {
	values := f.Values()
	if now := fmt.Sprint(values); now != f.asked {
		f.asked = now
		r := request(values)
		return f.outlook.Load(f.console, func(ctx context.Context, e screen.Engine) (engine.TrainingSetOutlook, error) {
			return e.TrainingSetOutlook(ctx, r), nil
		})
	}
	return nil
}

// done makes the set, and first asks where something may be replaced.
func (f *Form) done(values map[string]string) tea.Cmd {
	r := request(values)
	if o, known := f.known(); r.Overwrite && (o.Exists || !known) {
		f.console.Dialog(&confirmation{output: r.Out, form: f, yes: func() tea.Cmd { return f.begin(r, values) }})
		return nil
	}
	return f.begin(r, values)
}

// request is what the values ask for. What is wrong in them is as if it were not given.
func request(values map[string]string) engine.TrainingSetRequest {
	r := engine.TrainingSetRequest{
		Labels: path(values["labels"]), Customer: values["customer"], Time: values["time"], KeepBad: values["keep_bad"] == yesOrNo[1],
		Tables: listed(values["tables"]), Features: listed(values["features"]),
		Out: path(values["out"]), Format: values["format"], Overwrite: values["overwrite"] == yesOrNo[1],
	}
	r.AsOf, _ = trainingset.ParseTime(values["as_of"])
	r.Versions, _ = trainingset.ParseVersions(listed(values["versions"]))
	r.Lookback, _ = trainingset.ParseLookback(values["lookback"])
	return r
}

// path is a path in full, also of one in the home directory of the user as a shell has it.
func path(text string) string {
	if rest, ok := strings.CutPrefix(text, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			text = filepath.Join(home, rest)
		}
	}
	if text == "" {
		return ""
	}
	if whole, err := filepath.Abs(text); err == nil {
		return whole
	}
	return text
}

// listed are the words between commas.
func listed(text string) []string {
	var out []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// confirmation asks before something is replaced.
type confirmation struct {
	output string
	form   *Form
	yes    func() tea.Cmd
}

// Key makes the set, or goes back to the form.
func (d *confirmation) Key(k tea.KeyMsg) (closed bool, cmd tea.Cmd) {
	switch k.String() {
	case "y":
		return true, d.yes()
	case "n", "esc":
		d.form.console.Dialog(d.form)
		return true, d.form.look()
	}
	return false, nil
}

// confirmationWidth is how wide the question is, in cells, where the screen is wider.
const confirmationWidth = 76

// Draw returns the box.
func (d *confirmation) Draw(w, _ int, t widget.Theme) []string {
	w = min(w-4, confirmationWidth)
	lines := widget.Wrap("Replace "+widget.Clean(d.output)+" and its manifest?", w-4, 3)
	lines = append(lines, "", "What is there stays until the new set is whole.", "",
		t.Key.Styled("y")+" replace   "+t.Key.Styled("n")+" back to the form")
	return widget.Box("Training set", lines, w, t.Strong, t)
}
