package tui

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"featops/tui/screen"

	tea "github.com/charmbracelet/bubbletea"
)

// keyMap says which keys do which actions. A key has one meaning on a screen.
type keyMap struct {
	keys    map[string][]string          // of an action, by its name
	actions map[string]map[string]string // by the name of a screen, "" for all, and the key
}

// scope is a screen with its actions; the one without a name has those of every screen.
type scope struct {
	screen  string
	actions []screen.Action
}

// scopes lists the actions of every screen and of all.
func (m *model) scopes() []scope {
	out := []scope{{"", m.actions()}}
	for _, s := range m.screens() {
		out = append(out, scope{s.Name(), s.Actions()})
	}
	return out
}

// CheckKeys checks the keys that a configuration gives to actions. It returns what is wrong with each,
// by the name of the action; none is wrong when that is empty.
func CheckKeys(keys map[string][]string) map[string]error {
	m := &model{}
	m.tabs = m.newTabs()
	_, problems := bind(m.scopes(), keys)
	return problems
}

func newKeyMap(scopes []scope, given map[string][]string) (keyMap, error) {
	k, problems := bind(scopes, given)
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		errs = append(errs, fmt.Errorf("keys of the action %s: %w", name, problems[name]))
	}
	return k, errors.Join(errs...)
}

// bind gives each action its own keys or those that were given. What was given is to blame where two
// actions of one screen have a key in common.
func bind(scopes []scope, given map[string][]string) (keyMap, map[string]error) {
	k := keyMap{keys: map[string][]string{}, actions: map[string]map[string]string{}}
	problems := map[string]error{}
	for _, s := range scopes {
		for _, a := range s.actions {
			k.keys[a.Name] = a.Keys
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := k.keys[name]; !ok {
			problems[name] = fmt.Errorf("there is no such action; allowed: %s", strings.Join(slices.Sorted(maps.Keys(k.keys)), ", "))
			continue
		}
		keys := make([]string, len(given[name]))
		for i, word := range given[name] {
			key, err := parseKey(word)
			if err == nil && key == "ctrl+c" && name != "quit" {
				err = errors.New("found \"ctrl+c\", which always quits; allowed: any other key")
			}
			if err != nil {
				problems[name] = err
			}
			keys[i] = key
		}
		k.keys[name] = keys
	}
	k.assign(scopes, given, problems)
	return k, problems
}

// assign fills the table of actions by key. The keys that hold on every screen come first.
func (k keyMap) assign(scopes []scope, given map[string][]string, problems map[string]error) {
	scopes = slices.SortedStableFunc(slices.Values(scopes), func(a, b scope) int { return cmp.Compare(len(a.screen), len(b.screen)) })
	for _, s := range scopes {
		table := maps.Clone(k.actions[""])
		if table == nil {
			table = map[string]string{}
		}
		k.actions[s.screen] = table
		for _, a := range s.actions {
			for _, key := range k.keys[a.Name] {
				other, taken := table[key]
				if !taken || other == a.Name {
					table[key] = a.Name
					continue
				}
				blamed, rival := a.Name, other
				if _, ok := given[a.Name]; !ok {
					blamed, rival = other, a.Name
				}
				if problems[blamed] == nil {
					problems[blamed] = fmt.Errorf("found %q; allowed: a key that no other action has, and %s has this one", keyName(key), rival)
				}
			}
		}
	}
}

// action finds the action of a key on a screen.
func (k keyMap) action(screen, key string) (string, bool) {
	table, ok := k.actions[screen]
	if !ok {
		table = k.actions[""]
	}
	name, ok := table[key]
	return name, ok
}

// hint is the keys of an action as they are shown: ↑/k.
func (k keyMap) hint(name string) string {
	var names []string
	for _, key := range k.keys[name] {
		names = append(names, keyName(key))
	}
	return strings.Join(names, "/")
}

// first is the key of an action that is shown where there is little room.
func (k keyMap) first(name string) string {
	if keys := k.keys[name]; len(keys) > 0 {
		return keyName(keys[0])
	}
	return ""
}

var keyNames = map[string]string{"up": "↑", "down": "↓", "left": "←", "right": "→", " ": "space"}

// keyName is a key as it is shown.
func keyName(key string) string {
	if name, ok := keyNames[key]; ok {
		return name
	}
	return key
}

// parseKey reads a key as Bubble Tea names it: one character, or a name such as enter, f5 or ctrl+r,
// with alt+ before it or not. The space bar is space.
func parseKey(word string) (string, error) {
	if word == "space" {
		return " ", nil
	}
	name := strings.TrimPrefix(word, "alt+")
	if utf8.RuneCountInString(name) == 1 && name != " " || namedKey(name) {
		return word, nil
	}
	return "", fmt.Errorf("found %q; allowed: one character, or a name such as space, enter, up, pgdown, f5 or ctrl+r, with alt+ before it or not", word)
}

func namedKey(name string) bool {
	_, ok := keyType(name)
	return ok
}

// keyType finds the type of a key that has a name.
func keyType(name string) (tea.KeyType, bool) {
	const first, last = tea.KeyF20, tea.KeyType(127) // of Bubble Tea's key types
	for t := first; t <= last; t++ {
		if t != tea.KeyRunes && (tea.KeyMsg{Type: t}).String() == name && name != "" {
			return t, true
		}
	}
	return 0, false
}
