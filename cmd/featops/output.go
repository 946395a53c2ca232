package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"featops/engine/config"
	"featops/features/schema"
	"featops/workspaces"

	"github.com/dustin/go-humanize"
)

// print writes a result: as one JSON object with --output json, else as text by the function.
func (a *app) print(v any, text func(w io.Writer)) error {
	if a.config.Output != config.JSON {
		w := bufio.NewWriter(a.stdout)
		text(w)
		return w.Flush()
	}
	return json.NewEncoder(a.stdout).Encode(v)
}

func count(n int64) string { return humanize.Comma(n) }

// counted is a number of things in words: 1 row, 2 rows.
func counted(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(n) + " " + thing + "s"
}

func at(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

// state is a status in one word: its result, or its life cycle as long as it has none.
func state(s workspaces.Status) string {
	if s.Result != "" {
		return string(s.Result)
	}
	return string(s.LifeCycle)
}

// differenceLines tells a difference in lines of text.
func differenceLines(d schema.Difference) []string {
	var out []string
	for _, c := range d.New {
		out = append(out, fmt.Sprintf("new column      %s %s", c.Name, c.Type))
	}
	for _, c := range d.Widened {
		out = append(out, fmt.Sprintf("wider type      %s %s → %s", c.Column, c.Expected, c.Found))
	}
	for _, c := range d.Missing {
		out = append(out, fmt.Sprintf("missing column  %s %s", c.Name, c.Type))
	}
	for _, c := range d.Changed {
		out = append(out, fmt.Sprintf("changed type    %s %s → %s", c.Column, c.Expected, c.Found))
	}
	return out
}

// lossLines tells what would be lost in lines of text.
func lossLines(l workspaces.Loss) []string {
	var out []string
	if l.Rows > 0 {
		out = append(out, counted(l.Rows, "row")+" not in the new data")
	}
	for _, c := range l.Columns {
		out = append(out, counted(c.Values, "value")+" in "+c.Column)
	}
	return out
}

func indent(w io.Writer, lines []string) {
	for _, l := range lines {
		fmt.Fprintln(w, "  "+l)
	}
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func list(words []string) string {
	return orDash(strings.Join(words, ", "))
}
