package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func place(parts ...string) string { return "\x00" + strings.Join(parts, "\x00") }

func TestScanLines(t *testing.T) {
	content := `# a comment = "x"
a = 1
b.c = """
[no]
no = \"""" # three quotes, one escaped
'q.r'."s\u0041" = ''' [no]
it''s'''' # a quote before the closing three
[t] # header
list = [ # comment ]
  "x", # one
  { k = "}" , l = [ 1,
    2 ] },
]
[[w]]
n = 1979-05-27T07:32:00Z
[[w.j]]
n = +inf
[[w.j]]
[w.j.p]
n = true
[[w]]
  [[w.j]]
  n = 0x1F
`
	if _, err := toml.Decode(content, &map[string]any{}); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		place("a"): 2, place("b"): 3, place("b", "c"): 3,
		place("q.r"): 6, place("q.r", "sA"): 6,
		place("t"): 8, place("t", "list"): 9, place("t", "list", "[0]"): 10, place("t", "list", "[1]"): 11,
		place("t", "list", "[1]", "k"): 11, place("t", "list", "[1]", "l"): 11,
		place("t", "list", "[1]", "l", "[0]"): 11, place("t", "list", "[1]", "l", "[1]"): 12,
		place("w"): 14, place("w", "[0]"): 14, place("w", "[0]", "n"): 15,
		place("w", "[0]", "j"): 16, place("w", "[0]", "j", "[0]"): 16, place("w", "[0]", "j", "[0]", "n"): 17,
		place("w", "[0]", "j", "[1]"): 18, place("w", "[0]", "j", "[1]", "p"): 19, place("w", "[0]", "j", "[1]", "p", "n"): 20,
		place("w", "[1]"): 21, place("w", "[1]", "j"): 22, place("w", "[1]", "j", "[0]"): 22, place("w", "[1]", "j", "[0]", "n"): 23,
	}
	if diff := cmp.Diff(want, scanLines(content)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every value holds the number of its line, so that the parsed text says what scanLines must find.
func TestScanLinesAgreesWithTheParser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		line := 1
		put := func(s string) { b.WriteString(s); line += strings.Count(s, "\n") }
		noise := rapid.SampledFrom([]string{"", "\n", "# [x] = \"\n", "  \t\n", "#'''\n\n"})
		number := 0
		newKey := func() string {
			number++
			return fmt.Sprintf(rapid.SampledFrom([]string{"k%d", "'k %d'", `"k.%d\""`, "a-%d.b_", "'x'.\"]%d\""}).Draw(t, "key"), number)
		}
		keyValue := func() {
			put(rapid.SampledFrom([]string{"", " ", "\t"}).Draw(t, "indent") + newKey() + " = ")
			at := line
			switch rapid.SampledFrom([]string{"int", "list", "table"}).Draw(t, "value") {
			case "int":
				put(fmt.Sprint(at))
			case "list":
				put("[ ")
				for range rapid.IntRange(0, 3).Draw(t, "items") {
					put(noise.Draw(t, "before item"))
					put(fmt.Sprint(line, " , "))
					put(noise.Draw(t, "after item"))
				}
				put("]")
			case "table":
				put(fmt.Sprintf("{ a = %d, 'b' = [ \n", at))
				put(fmt.Sprintf("%d ] }", line))
			}
			put(rapid.SampledFrom([]string{"", " # }]'"}).Draw(t, "comment") + "\n")
			put(noise.Draw(t, "between"))
			put(fmt.Sprintf("%s = %s", newKey(), rapid.SampledFrom([]string{
				`"#'"`, `'"'`, "\"\"\"\n]\\\"\"\"\"", "'''\n\n[x]'''", "[ '''\n]''', \"]\" ]", `"\\"`,
			}).Draw(t, "text")) + "\n")
		}
		for range rapid.IntRange(0, 3).Draw(t, "top") {
			keyValue()
		}
		for range rapid.IntRange(0, 3).Draw(t, "tables") {
			put(rapid.SampledFrom([]string{"[" + newKey() + "]", "[[list]]", "[[list.'inner']] # [", "[ t ." + newKey() + " ]"}).Draw(t, "header") + "\n")
			for range rapid.IntRange(0, 3).Draw(t, "keys") {
				keyValue()
			}
		}
		values := map[string]any{}
		if _, err := toml.Decode(b.String(), &values); err != nil {
			t.Skip("the keys collide: ", err)
		}
		lines := scanLines(b.String())
		checkLines(t, lines, "", values)
	})
}

func checkLines(t *rapid.T, lines map[string]int, at string, value any) {
	if _, ok := lines[at]; !ok && at != "" {
		t.Fatalf("no line for %q", at)
	}
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			checkLines(t, lines, inside(at, k), inner)
		}
	case []map[string]any:
		for i, inner := range v {
			checkLines(t, lines, item(at, i), inner)
		}
	case []any:
		for i, inner := range v {
			checkLines(t, lines, item(at, i), inner)
		}
	case int64:
		if lines[at] != int(v) {
			t.Fatalf("%q is at line %d, found at %d", at, v, lines[at])
		}
	}
}

// Any text that is valid TOML is scanned to its end without a panic.
func FuzzScanLines(f *testing.F) {
	for _, seed := range []string{"a = 1", "[a]\nb.c = [1, {d = 2}]", "[[a]]\nx = '''\n'''", "\"\\u0041\" = \"\"\"\\\n\"\"\"", "a={}\nb=[]", "\ufeffa = 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		var values map[string]any
		meta, err := toml.Decode(content, &values)
		if err != nil {
			t.Skip()
		}
		if lines := scanLines(content); len(lines) == 0 && len(meta.Keys()) > 0 {
			t.Errorf("found no line of %d keys", len(meta.Keys()))
		}
	})
}
