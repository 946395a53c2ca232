package features_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"featops/features"

	"golang.org/x/text/unicode/norm"
)

// Clean does to any text what the rule for texts says, step by step.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		" San José ", "Tarjeta de Crédito", "Ñandú & pingüino", "façade, œuvre, ærø", "ÅLESUND", "e\u0301", "\u0301", "a\u0327\u0301b", "__a__b__",
		"[a](b)*c:d.e-f;g<h?i/j,k'l&", "a>b", "\t A \n", "東京", "İstanbul", "ǅ", "Ꮎ", "\u212b", "\xff-\xfe", "ﬁ ligature", "Σίσυφος ΟΔΟΣ", "각", "Đ Ł Þ ß ẞ", "0\t&",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		clean := features.Clean(raw)
		if want := cleanPlain(raw); clean != want {
			t.Errorf("Clean(%q) = %q, want %q", raw, clean, want)
		}
	})
}

// cleanPlain is Clean with one pass over the text for each sentence of the rule.
func cleanPlain(s string) string {
	s = strings.Trim(s, " \t\n\v\f\r")
	s = strings.ToLower(s)
	var plain []rune
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(marks, r) {
			plain = append(plain, r)
		}
	}
	s = norm.NFC.String(string(plain))
	for letter, base := range map[string]string{
		"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ς": "σ",
	} {
		s = strings.ReplaceAll(s, letter, base)
	}
	for _, separator := range []string{"[", "]", "(", ")", "*", ":", ".", "-", ";", "<", "?", "/", ",", "'", "_", "&", " "} {
		s = strings.ReplaceAll(s, separator, "_")
	}
	s = regexp.MustCompile(`_+`).ReplaceAllString(s, "_")
	return strings.Trim(s, "_")
}

// marks is the block of the combining diacritical marks.
var marks = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x300, Hi: 0x36f, Stride: 1}}}
