package tui

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"featops/engine/config"
	"featops/tui/screen"
	"featops/tui/widget"

	"github.com/google/go-cmp/cmp"
)

func TestKeysOfAConfiguration(t *testing.T) {
	tests := []struct {
		name string
		keys map[string][]string
		want map[string]string // a part of what is wrong, by action
	}{
		{"none", nil, nil},
		{"good ones", map[string][]string{"run": {"ctrl+r", "alt+x", "space", "f5", "ñ"}, "quit": {"Q"}}, nil},
		{"an action that is none", map[string][]string{"rnu": {"r"}}, map[string]string{"rnu": "there is no such action; allowed: answer, back, "}},
		{"a key that is none", map[string][]string{"run": {"ctrl+"}}, map[string]string{"run": `found "ctrl+"; allowed: one character`}},
		{"an empty key", map[string][]string{"run": {""}}, map[string]string{"run": `found ""; allowed: one character`}},
		{"the key of another action", map[string][]string{"run": {"c"}}, map[string]string{"run": `found "c"; allowed: a key that no other action has, and cancel has this one`}},
		{"the key of an action of every screen", map[string][]string{"cancel": {"?"}}, map[string]string{"cancel": "and help has this one"}},
		{"an action of every screen takes a key of one", map[string][]string{"help": {"r"}}, map[string]string{"help": "and run has this one"}},
		{"two that change places", map[string][]string{"run": {"c"}, "cancel": {"r"}}, nil},
		{"two of the same", map[string][]string{"run": {"z"}, "cancel": {"z"}}, map[string]string{"cancel": "and run has this one"}},
		{"what always quits", map[string][]string{"quit": {"Q"}, "run": {"ctrl+c"}}, map[string]string{"run": "always quits"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			problems := CheckKeys(tt.keys)
			if diff := cmp.Diff(slices.Sorted(maps.Keys(tt.want)), slices.Sorted(maps.Keys(problems))); diff != "" {
				t.Fatalf("actions (-want +got):\n%s\n%v", diff, problems)
			}
			for name, want := range tt.want {
				if !strings.Contains(problems[name].Error(), want) {
					t.Errorf("%s: %v, want in it %s", name, problems[name], want)
				}
			}
		})
	}
}

func TestConfiguredKeysAreThoseThatWork(t *testing.T) {
	c := open(t, idle(), 120, 36, func(o *Options) { o.Keys = map[string][]string{"run": {"x"}, "cancel": {"r"}} })
	c.keys("x")
	c.wantSeen(t, true, "Start [dev ana] demo-feature-store in bncapers?")
	c.keys("n", "r")
	c.wantSeen(t, true, "! cancel run: [dev ana] demo-feature-store is not running")
	c.keys("c")
	c.wantSeen(t, false, "!")
	c.wantSeen(t, true, "x run job")
}

func TestTheThemesAreThoseOfTheConfiguration(t *testing.T) {
	if diff := cmp.Diff([]string{config.Dark, config.Light, config.Contrast}, widget.ThemeNames()); diff != "" {
		t.Errorf("(-configuration +console):\n%s", diff)
	}
}

// The tables of actions are whole: everything has a name, a help and one way to be done, and no key
// has two meanings on a screen.
func TestTheTablesOfActionsAreWhole(t *testing.T) {
	c := withListings(t)
	if problems := CheckKeys(nil); len(problems) > 0 {
		t.Error(problems)
	}
	keys := map[string][]string{}
	for _, s := range append(c.scopes(), scope{"listing", c.tabs[1].base().Actions()}) {
		seen := map[string]bool{}
		for _, a := range s.actions {
			switch {
			case a.Name == "" || strings.ContainsAny(a.Name, " _.") || seen[a.Name]:
				t.Errorf("screen %q: %q is no name, or there twice", s.screen, a.Name)
			case a.Help == "" || !slices.Contains(screen.Groups(), a.Group):
				t.Errorf("screen %q: %s has no help or no group", s.screen, a.Name)
			case (a.Do == nil) == (a.Ask == nil):
				t.Errorf("screen %q: %s must have one of Do and Ask", s.screen, a.Name)
			}
			if other, ok := keys[a.Name]; ok && !slices.Equal(other, a.Keys) {
				t.Errorf("screen %q: %s has the keys %q, and %q on another", s.screen, a.Name, a.Keys, other)
			}
			seen[a.Name], keys[a.Name] = true, a.Keys
			for _, key := range a.Keys {
				if parsed, err := parseKey(strings.ReplaceAll(key, " ", "space")); err != nil || parsed != key {
					t.Errorf("screen %q: %s: key %q: %v", s.screen, a.Name, key, err)
				}
			}
		}
	}
}
