package config

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConsole(t *testing.T) {
	c := mustLoad(t, `
[console]
theme = "contrast"
notify = ["osc9", "bell"]
[console.keys]
run = "f5"
next-workspace = ["tab", "n"]
help = []
`)
	want := Console{
		Theme: Contrast, Notify: []string{OSC9, Bell},
		Keys: map[string][]string{"run": {"f5"}, "next-workspace": {"tab", "n"}, "help": {}},
	}
	if diff := cmp.Diff(want, c.Console); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBadKeysOfTheConsole(t *testing.T) {
	for content, want := range map[string]string{
		"[console.keys]\nrun = 5":        "config.toml:2: console.keys.run: found 5; allowed: a key in quotes, or a list of keys",
		"[console.keys]\nrun = [\"\"]":   `config.toml:2: console.keys.run: found a list; allowed: a key in quotes, or a list of keys`,
		"[console]\nkeys = \"r\"":        `config.toml:2: console.keys: found "r"; allowed: a table, [console.keys]`,
		"[console]\nnotify = \"bell\"":   `config.toml:2: console.notify: found "bell"; allowed: a list of some of bell, osc9, osc777`,
		"[console]\nnotify = [\"horn\"]": `config.toml:2: console.notify: found "horn"; allowed: bell, osc9, osc777`,
	} {
		if diff := cmp.Diff([]string{want}, problems(t, content, nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", content, diff)
		}
	}
}

func TestTheConsoleSaysWhichKeysItCannotHave(t *testing.T) {
	c := mustLoad(t, "[console.keys]\nrun = \"r\"\nrnu = \"x\"\n")
	err := c.Check(Known{Tables: []string{}, Keys: func(keys map[string][]string) map[string]error {
		return map[string]error{"rnu": errors.New("there is no such action")}
	}})
	var bad *Error
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	for _, p := range bad.Problems {
		if p.Key == "console.keys.rnu" && p.Line == 3 && p.Message == "there is no such action" {
			return
		}
	}
	t.Errorf("problems %+v", bad.Problems)
}
