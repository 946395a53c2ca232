package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// section is a table of the file while it is read: its values, and the keys that were looked for
// so far, so that at the end the others are known to be unknown. A table that the file does not
// have is a section without values: its settings come from elsewhere.
type section struct {
	*loader
	key         string // as messages show it: "log", "workspace[bncapers]", "" for the whole file
	place       string // as scanLines records it
	values      map[string]any
	known       []string
	addressable bool // its keys have variables: they hold no name of the user's own
}

// input is a value for a setting, from one of the places that it can come from.
type input struct {
	value  any // as package toml decodes it; a text for flags and variables
	origin Origin
	loader *loader
}

// text is the value of a flag or a variable, which know no types.
type text string

// set reads the setting name of a section into field, which holds its default.
func set[T any](s *section, name string, field *T, read func(input) (T, error)) {
	s.known = append(s.known, name)
	key := s.keyOf(name)
	s.keys = append(s.keys, key)
	setting := Setting{Key: key}
	for _, in := range s.inputs(name, key) {
		v, err := read(in)
		if err != nil {
			s.problems = append(s.problems, in.origin.problem(key, err.Error()))
			continue
		}
		if setting.Origin != (Origin{}) {
			setting.Beaten = append(setting.Beaten, setting.Origin)
		}
		*field, setting.Origin = v, in.origin
	}
	setting.Value = display(*field)
	s.settings = append(s.settings, setting)
	s.origins[key] = setting.Origin
}

// inputs are the values that were given for a key, the strongest last.
func (s *section) inputs(name, key string) []input {
	var all []input
	if v, ok := s.values[name]; ok {
		all = append(all, input{v, s.origin(name), s.loader})
	}
	if s.addressable {
		// NO_COLOR is the convention of no-color.org: any value but an empty one.
		if v, ok := s.environ("NO_COLOR"); ok && v != "" && key == "color" {
			all = append(all, input{text(Never), Origin{Variable: "NO_COLOR"}, s.loader})
		}
		variable := variableOf(key)
		if v, ok := s.environ(variable); ok && v != "" {
			all = append(all, input{text(v), Origin{Variable: variable}, s.loader})
		}
	}
	for _, o := range s.overrides {
		if o.Key == key {
			all = append(all, input{text(o.Value), Origin{Flag: o.Flag}, s.loader})
		}
	}
	return all
}

// variableOf is the environment variable of a key: FEATOPS_LOG_LEVEL for log.level.
func variableOf(key string) string {
	return "FEATOPS_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func (s *section) keyOf(name string) string {
	if s.key == "" {
		return quoteKey(name)
	}
	return s.key + "." + quoteKey(name)
}

// quoteKey puts a key in quotes if it needs them.
func quoteKey(name string) string { return toml.Key{name}.String() }

// origin is where the file has a key, or where it has the section for a key that it has not.
func (s *section) origin(name string) Origin {
	line, ok := s.lines[inside(s.place, name)]
	if !ok {
		line, ok = s.lines[s.place]
	}
	if !ok {
		return Origin{}
	}
	return Origin{File: s.file, Line: line}
}

// problem reports what is wrong with the value of a key, wherever it came from.
func (s *section) problem(name, message string) {
	key := s.keyOf(name)
	origin, ok := s.origins[key]
	if !ok || origin == (Origin{}) {
		origin = s.origin(name)
	}
	s.problems = append(s.problems, origin.problem(key, message))
}

// missing reports a value that nothing gave, unless one was given that is a problem already.
func (s *section) missing(name, message string) {
	key := s.keyOf(name)
	if !slices.ContainsFunc(s.problems, func(p Problem) bool { return p.Key == key }) {
		s.problem(name, message)
	}
}

// table opens the table under a key.
func (s *section) table(name string) *section {
	s.known = append(s.known, name)
	child := &section{loader: s.loader, key: s.keyOf(name), place: inside(s.place, name), addressable: s.addressable}
	if _, given := s.values[name]; given {
		s.origins[child.key] = s.origin(name)
	}
	switch v := s.values[name].(type) {
	case nil:
	case map[string]any:
		child.values = v
	default:
		s.problem(name, fmt.Sprintf("found %s; allowed: a table, [%s]", found(v), child.key))
	}
	return child
}

// named opens the table under a key whose own keys are names that the user chose.
func (s *section) named(name string) *section {
	child := s.table(name)
	child.addressable = false
	return child
}

// names returns the keys of a section as the file orders them.
func (s *section) names() []string {
	return slices.SortedFunc(maps.Keys(s.values), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.origin(a).Line, s.origin(b).Line), cmp.Compare(a, b))
	})
}

// list opens the tables of a list, [[name]]. For a list that the file does not have it opens an
// empty section for each of the defaults, named so. The text under label names a table in
// messages; a table without one is named by its number.
func (s *section) list(name, label string, defaults []string) (tables []*section, given bool) {
	s.known = append(s.known, name)
	open := func(shown string, i int) *section {
		return &section{
			loader: s.loader,
			key:    s.keyOf(name) + "[" + shown + "]",
			place:  item(inside(s.place, name), i),
		}
	}
	value, given := s.values[name]
	if !given {
		for i, d := range defaults {
			tables = append(tables, open(d, i))
		}
		return tables, false
	}
	items, ok := listOfTables(value)
	if !ok {
		s.problem(name, fmt.Sprintf("found %s; allowed: a list of tables, [[%s]]", found(value), name))
		return nil, true
	}
	for i, values := range items {
		shown := "#" + strconv.Itoa(i+1)
		if n, ok := values[label].(string); ok && n != "" && !tokenLike.MatchString(n) {
			shown = n
		}
		t := open(shown, i)
		t.values = values
		tables = append(tables, t)
	}
	return tables, true
}

// listOfTables accepts both shapes in which package toml decodes a list of tables.
func listOfTables(value any) ([]map[string]any, bool) {
	switch v := value.(type) {
	case []map[string]any:
		return v, true
	case []any:
		items := make([]map[string]any, len(v))
		for i := range v {
			t, ok := v[i].(map[string]any)
			if !ok {
				return nil, false
			}
			items[i] = t
		}
		return items, true
	}
	return nil, false
}

// done reports the keys that nobody asked for. Their values are not shown: a misspelt key may
// hold a secret.
func (s *section) done() {
	for _, name := range s.names() {
		if !slices.Contains(s.known, name) {
			s.problem(name, "unknown key"+choices(name, s.known))
		}
	}
}
