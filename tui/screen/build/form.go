package build

import (
	"errors"
	"maps"
	"time"

	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// NewForm returns the dialog that asks with which parameters a table would be built. With them the screen that tells
// what the build would change comes to the front.
func NewForm(c screen.Console, workspace, table string) *widget.Form {
	return form(workspace, table, nil, func(parameters map[string]string) tea.Cmd {
		return c.Open(New(c, workspace, table, parameters))
	})
}

// configured is shown for a value that is not given.
const configured = "as configured"

func form(workspace, table string, given map[string]string, done func(map[string]string) tea.Cmd) *widget.Form {
	check := func(name string) func(string, map[string]string) error {
		return func(value string, _ map[string]string) error { return checkParameter(name, value, table) }
	}
	boolean := func(name, help string) widget.Input {
		value := given[name]
		if value == "" {
			value = "false"
		}
		return widget.Input{Name: name, Value: value, Help: help, Allowed: "true or false", Choices: []string{"false", "true"}, Check: check(name)}
	}
	return widget.NewForm("Build "+widget.Clean(table)+" in "+widget.Clean(workspace),
		[]string{"What the build would change is shown before anything is saved."}, "show the diff",
		func(values map[string]string) tea.Cmd { return done(parameters(values)) },
		widget.Input{
			Name: "start_date", Value: given["start_date"], Hint: configured, Help: "The first month of the output.",
			Allowed: "a date YYYY-MM-DD; nothing: the configured one", Check: check("start_date"),
		},
		widget.Input{
			Name: "end_date", Value: given["end_date"], Hint: configured, Help: "The last month of the output.",
			Allowed: "a date YYYY-MM-DD that is not before start_date, or actual (this month); nothing: the configured one",
			Check: func(value string, all map[string]string) error {
				return errors.Join(checkParameter("end_date", value, table), inOrder(all["start_date"], value, table))
			},
		},
		boolean("force_overwrite", "Replace the whole table, even if it is up to date: rows that are not in the new data go."),
		boolean("overwriteSchema", "With force_overwrite, take over the new columns and types without a question."),
		boolean("omit_data_validation_errors", "Ask nothing: columns that the new data lacks stay, types stay the table's."),
	)
}

// checkParameter says what is wrong with a value; an empty one is not given.
func checkParameter(name, value, table string) error {
	if value == "" {
		return nil
	}
	return workspaces.CheckParameter(name, value, []string{table})
}

// inOrder says that two dates, each right by itself, are not in their order.
func inOrder(start, end, table string) error {
	if start == "" || end == "" || end == workspaces.Actual || checkParameter("start_date", start, table) != nil || checkParameter("end_date", end, table) != nil {
		return nil
	}
	_, err := workspaces.ParseParams(map[string]string{"env": "dev", "fs_notebook": table, "start_date": start, "end_date": end}, []string{table}, time.Time{})
	return err
}

// parameters are the values that are given: those that say nothing are left out.
func parameters(values map[string]string) map[string]string {
	out := maps.Clone(values)
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" || value == "false" })
	return out
}
