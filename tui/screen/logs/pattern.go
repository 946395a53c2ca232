package logs

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern finds lines by their text: by a regular expression, which does not tell small letters from
// capitals unless it has a capital, or, with "~" before it, by letters that come in their order in one
// word. With "!" before all it matches the lines that it would not.
type pattern struct {
	text    string
	inverse bool
	re      *regexp.Regexp
	letters []rune // of a fuzzy pattern, small
}

// patternHint tells the forms of a pattern.
const patternHint = "regular expression · ~fuzzy · !not"

func parsePattern(text string) (pattern, error) {
	p := pattern{text: text}
	rest, inverse := strings.CutPrefix(strings.TrimSpace(text), "!")
	rest, fuzzy := strings.CutPrefix(rest, "~")
	p.inverse = inverse
	switch {
	case rest == "":
		return pattern{text: text}, nil
	case fuzzy:
		p.letters = []rune(strings.ToLower(strings.Join(strings.Fields(rest), "")))
		return p, nil
	case !hasCapital(rest):
		rest = "(?i)" + rest
	}
	var err error
	if p.re, err = regexp.Compile(rest); err != nil {
		return pattern{}, fmt.Errorf("no regular expression: %w", err)
	}
	return p, nil
}

// hasCapital reports whether a regular expression has a capital letter other than in a class like \S.
func hasCapital(expression string) bool {
	escaped := false
	for _, r := range expression {
		if unicode.IsUpper(r) && !escaped {
			return true
		}
		escaped = r == '\\' && !escaped
	}
	return false
}

// empty reports whether the pattern asks for nothing.
func (p *pattern) empty() bool { return p.re == nil && len(p.letters) == 0 }

// matches reports whether the pattern matches a line with the text.
func (p *pattern) matches(text string) bool {
	switch {
	case p.empty():
		return true
	case p.re != nil:
		return p.re.MatchString(text) != p.inverse
	}
	return (p.fuzzy(text) != nil) != p.inverse
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// found lists the parts of the text that the pattern asks for, in their order.
func (p *pattern) found(text string) []span {
	switch {
	case p.empty() || p.inverse:
		return nil
	case p.re == nil:
		return p.fuzzy(text)
	}
	var out []span
	for _, m := range p.re.FindAllStringIndex(text, -1) {
		if m[0] < m[1] {
			out = append(out, span{m[0], m[1]})
		}
	}
	return out
}

// wordEnds are between two words of a line.
const wordEnds = " /=\",:"

// fuzzy finds the letters in the first word that has them.
func (p *pattern) fuzzy(text string) []span {
	var out []span
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case strings.ContainsRune(wordEnds, r):
			out = out[:0]
		case unicode.ToLower(r) == p.letters[len(out)]:
			if out = append(out, span{i, i + n}); len(out) == len(p.letters) {
				return out
			}
		}
		i += n
	}
	return nil
}
