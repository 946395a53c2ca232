package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"featops/engine"

	"github.com/spf13/cobra"
)

func (a *app) featuresCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "features [QUERY…]",
		Short: "Search the columns and tables of all workspaces",
		Long: `features lists every column of every feature table: those that are defined, those that are in a workspace
though no definition knows them, and those that only a registration still tells of. With a query it lists
what has all of its words in the name, meaning, type, table or source, the best match first. Case,
accents and punctuation make no difference. Where nothing has the words, it lists what has words like them, and
says so. Nothing found at all ends with exit code 1.`,
		Example: `  featops features                       # everything
  featops features rating                # a word
  featops features debt ratio double     # all of several words
  featops features buro_score            # what is made from a column of a source
  featops features income --workspace medpag`,
	}
	workspace := cmd.Flags().String("workspace", "", "only what is computed or registered in this `workspace`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), use{readOnly: true}, func(s *session) error {
			_, look := s.Do(cmd.Context(), engine.Poll{})
			found, err := s.Search(strings.Join(args, " "), *workspace)
			if err != nil {
				return err
			}
			width := terminalWidth(a.stdout)
			return errors.Join(a.print(found, func(w io.Writer) { printFound(w, found, width) }), look, nothingFound(found))
		})
	}
	return cmd
}

// nothingFound is an error when a search brought nothing.
func nothingFound(f engine.Found) error {
	switch {
	case len(f.Tables)+len(f.Features) > 0:
		return nil
	case f.Query == "":
		return errors.New("there are no features here")
	case len(f.Nearest) > 0:
		return fmt.Errorf("no feature or table has %q; did you mean %s?", f.Query, strings.Join(f.Nearest, ", "))
	}
	return fmt.Errorf("no feature or table has %q; `featops features` lists all", f.Query)
}

func printFound(w io.Writer, f engine.Found, width int) {
	if f.Similar {
		fmt.Fprintf(w, "Nothing has %q. Similar:\n\n", f.Query)
	}
	if len(f.Tables) > 0 {
		l := listing{header: []string{"TABLE", "WORKSPACE", "STATE", "VERSION", "ROWS", "REGISTERED IN", "ABOUT"}}
		for _, t := range f.Tables {
			version, rows := "-", "-"
			if t.Version >= 0 {
				version, rows = fmt.Sprint(t.Version), count(t.Rows)
			}
			l.add([]string{t.Name, t.Workspace, inWords(t.State), version, rows, list(t.RegisteredIn), t.Description},
				t.Name+"  "+inWords(t.State), places(t.Workspace, t.RegisteredIn), t.Description)
		}
		l.write(w, width)
	}
	if len(f.Tables)*len(f.Features) > 0 {
		fmt.Fprintln(w)
	}
	if len(f.Features) == 0 {
		return
	}
	l := listing{header: []string{"FEATURE", "TYPE", "TABLE", "WORKSPACE", "STATE", "REGISTERED IN", "MEANING"}}
	for _, c := range f.Features {
		l.add([]string{c.Name, string(c.Type), c.Table, c.Workspace, inWords(c.State), list(c.RegisteredIn), c.Meaning},
			c.Name+"  "+string(c.Type)+"  "+inWords(c.State), c.Table+" in "+places(c.Workspace, c.RegisteredIn), c.Meaning)
	}
	l.write(w, width)
}

// inWords is a state as people say it.
func inWords(s engine.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// places tells where a thing is and where else it is known.
func places(workspace string, registeredIn []string) string {
	if len(registeredIn) == 0 {
		return workspace
	}
	return workspace + ", registered in " + list(registeredIn)
}
