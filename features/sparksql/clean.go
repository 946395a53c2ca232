package sparksql

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"featops/features"
)

// alphabet is what features.Plain does to single characters, in terms of SQL functions: translate for those that become
// one character, replace for those that become several.
type alphabet struct {
	from, to strings.Builder
	replaced [][2]string
}

// scripts are the characters that sources of names and places hold: Latin, Greek and Cyrillic letters, punctuation and
// signs.
var scripts = [][2]rune{{0x80, 0x58f}, {0x1e00, 0x2e7f}}

func newAlphabet() *alphabet {
	a := &alphabet{}
	first := map[string]rune{} // of the characters that become the same several ones
	for _, s := range scripts {
		for r := s[0]; r <= s[1]; r++ {
			becomes := []rune(features.Plain(string(r)))
			switch {
			case unicode.ToLower(r) != r, len(becomes) == 0, len(becomes) == 1 && becomes[0] == r:
			case len(becomes) == 1:
				a.from.WriteRune(r)
				a.to.WriteRune(becomes[0])
			case first[string(becomes)] == 0:
				first[string(becomes)] = r
				a.replaced = append(a.replaced, [2]string{string(r), string(becomes)})
			default:
				a.from.WriteRune(r)
				a.to.WriteRune(first[string(becomes)])
			}
		}
	}
	return a
}

// letters is the query of one row with what translate takes.
func (a *alphabet) letters() []string {
	lines := []string{"SELECT"}
	for i, text := range []string{a.from.String(), a.to.String()} {
		lines = append(lines, "  concat(")
		all := []rune(text)
		for len(all) > 0 {
			n := min(len(all), 80)
			comma := ","
			if n == len(all) {
				comma = ""
			}
			lines = append(lines, "    "+literal(string(all[:n]))+comma)
			all = all[n:]
		}
		lines = append(lines, []string{"  ) AS `accented`,", "  ) AS `plain`"}[i])
	}
	return lines
}

// cleaned is the text of a column as features.Clean makes it.
func (a *alphabet) cleaned(column, letters string) code {
	plainly := func(field string) code { return plain(fmt.Sprintf("(SELECT %s FROM %s)", quoted(field), letters)) }
	c := call("translate", plain(fmt.Sprintf("lower(trim(BOTH %s FROM %s))", literal(features.Blanks), column)), plainly("accented"), plainly("plain"))
	c = call("regexp_replace", c, plain(literal(`[\u0300-\u036F]`)), plain("''"))
	for _, r := range a.replaced {
		c.open = "replace(" + c.open
		c.close += fmt.Sprintf(", %s, %s)", literal(r[0]), literal(r[1]))
	}
	c = call("trim(BOTH '_' FROM regexp_replace", c, plain(literal("["+regexp.QuoteMeta(features.Separators)+"]+")), plain("'_'"))
	return after(c, ")")
}
