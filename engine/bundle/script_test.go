package bundle

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestInner(t *testing.T) {
	for statement, want := range map[string]string{
		`SELECT 'a;b"c'`:                `SELECT 'a\u003Bb\u0022c'`,
		`SELECT 'it\'s; \\', 1`:         `SELECT 'it\'s\u003B \\', 1`,
		"-- \"one\"; two\nSELECT ';'":   "-- 'one', two\nSELECT '\\u003B'",
		"SELECT `-- '` -- it's;\n, ';'": "SELECT `-- '` -- it's,\n, '\\u003B'",
		"SELECT '-- ;'":                 "SELECT '-- \\u003B'",
	} {
		if got := inner(statement); got != want {
			t.Errorf("inner(%q) = %q, want %q", statement, got, want)
		}
	}
}

// Whatever a text says, it neither ends its literal nor a statement.
func TestQuoteText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune(`a'"\;`+"\n-`"))).Draw(t, "text")
		got := quoteText(text)
		if strings.ContainsAny(got, ";\"\n") {
			t.Errorf("quoteText(%q) = %s", text, got)
		}
		if inside := strings.NewReplacer(`\\`, "", `\'`, "").Replace(got[1 : len(got)-1]); strings.Contains(inside, "'") {
			t.Errorf("quoteText(%q) = %s ends inside", text, got)
		}
		if inner(got) != got {
			t.Errorf("inner changes %s", got)
		}
	})
}
