package features

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// letters are those that Unicode does not decompose into a base letter and a mark, and the form that a sigma has at the
// end of a word, which only some engines give it when they lower a text.
var letters = strings.NewReplacer("æ", "ae", "œ", "oe", "ø", "o", "ß", "ss", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ς", "σ")

const (
	// Blanks are the characters that Clean takes off the ends of a text.
	Blanks = " \t\n\v\f\r"
	// Separators are the characters that Clean makes an underscore.
	Separators = "[]()*:.;<?/,'_& -"
)

// Clean brings text to the form in which features compare and keep it: white space at the ends
// goes, letters become lower case without accents and diaereses (San José → san jose, œ → oe, ς → σ), each
// separator and each space becomes an underscore, and runs of underscores collapse to one, with
// none left at the ends.
func Clean(s string) string {
	s = strings.ToLower(strings.Trim(s, Blanks))
	if !ascii(s) {
		s = Plain(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		if r < 0x80 && strings.IndexByte(Separators, byte(r)) >= 0 {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// Plain takes the accents and diaereses off a text in lower case and writes its other special letters with plain ones
// (æ as ae, ø as o): what Clean does before it looks for separators.
func Plain(s string) string { return letters.Replace(withoutMarks(s)) }

// withoutMarks drops the combining marks U+0300 to U+036F, whether they stand by themselves or are
// part of a letter.
func withoutMarks(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if r < 0x300 || r > 0x36f {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
