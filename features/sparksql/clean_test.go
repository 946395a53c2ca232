package sparksql

import (
	"regexp"
	"strings"
	"testing"

	"featops/features"

	"pgregory.net/rapid"
)

// translated does what Spark's functions do with the alphabet.
func translated(a *alphabet, s string) string {
	from, to := []rune(a.from.String()), []rune(a.to.String())
	s = strings.ToLower(strings.Trim(s, features.Blanks))
	s = strings.Map(func(r rune) rune {
		for i, f := range from {
			if f == r {
				return to[i]
			}
		}
		return r
	}, s)
	s = regexp.MustCompile(`[\x{0300}-\x{036F}]`).ReplaceAllString(s, "")
	for _, r := range a.replaced {
		s = strings.ReplaceAll(s, r[0], r[1])
	}
	s = regexp.MustCompile("["+regexp.QuoteMeta(features.Separators)+"]+").ReplaceAllString(s, "_")
	return strings.Trim(s, "_")
}

func TestTextsAreCleanedAsFeaturesDoes(t *testing.T) {
	a := newAlphabet()
	for _, script := range append(scripts, [2]rune{0, 0x7f}) {
		for r := script[0]; r <= script[1]; r++ {
			for _, s := range []string{string(r), "x" + string(r) + "y"} {
				if got, want := translated(a, s), features.Clean(s); got != want {
					t.Errorf("%q (%U) becomes %q, want %q", s, r, got, want)
				}
			}
		}
	}
	letter := rapid.SampledFrom([]rune("aZéÑœÆßÞ \t\n_-.,[]`'\"\\ςΣй\u0301\u0327\u00a0日😀"))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(letter, 0, 12, -1).Draw(t, "text")
		if got, want := translated(a, s), features.Clean(s); got != want {
			t.Fatalf("%q becomes %q, want %q", s, got, want)
		}
	})
}

func TestLiterals(t *testing.T) {
	for text, want := range map[string]string{
		"":                   `''`,
		"it's":               `'it\'s'`,
		`a\b`:                `'a\\b'`,
		"a\nb\x00":           `'a\u000Ab\u0000'`,
		"é ñ":                `'é ñ'`,
		"e\u0301\u00a0":      `'e\u0301\u00A0'`,
		"😀":                  `'😀'`,
		"broken \xff":        `'broken ` + "\uFFFD" + `'`,
		"100%; -- /* `x` */": "'100%; -- /* `x` */'",
	} {
		if got := literal(text); got != want {
			t.Errorf("literal(%q) = %s, want %s", text, got, want)
		}
	}
	for x, want := range map[float64]string{0: "0.0D", 100: "100.0D", -1.5: "(-1.5D)", 1e300: "1E+300D", 0.00005: "5E-05D"} {
		if got := double(x); got != want {
			t.Errorf("double(%v) = %s, want %s", x, got, want)
		}
	}
	if got := comment("a\r\nb\u2028c \\\\ "); got != "-- a  b c" {
		t.Errorf("comment is %q", got)
	}
}
