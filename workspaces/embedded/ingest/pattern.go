package ingest

import (
	"fmt"
	"strings"
	"time"
)

// patternFields are the parts of a date that a pattern names, with their digits; longer names first where one
// begins with another.
var patternFields = [...]struct {
	name   string
	digits int
	of     func(time.Time) int
}{
	{"yyyy", 4, time.Time.Year},
	{"yy", 2, func(t time.Time) int { return t.Year() % 100 }},
	{"MM", 2, func(t time.Time) int { return int(t.Month()) }},
	{"dd", 2, time.Time.Day},
	{"HH", 2, time.Time.Hour},
	{"mm", 2, time.Time.Minute},
	{"ss", 2, time.Time.Second},
}

// pattern is how a date stands in text, such as dd/MM/yyyy.
type pattern struct {
	text  string
	parts []patternPart
}

// patternPart is a field, by its place in patternFields, or a character that stands for itself.
type patternPart struct {
	field   int // -1 for a character
	literal byte
}

func parsePattern(text string) (pattern, error) {
	p := pattern{text: text}
	seen := map[byte]bool{}
scan:
	for rest := text; rest != ""; {
		for i, f := range patternFields {
			if after, ok := strings.CutPrefix(rest, f.name); ok {
				if seen[rest[0]] {
					return p, fmt.Errorf("%q is no date pattern: it has %s twice", text, f.name)
				}
				seen[rest[0]] = true
				p.parts = append(p.parts, patternPart{field: i})
				rest = after
				continue scan
			}
		}
		c := rest[0]
		if c >= 0x80 || c != 'T' && ('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z') {
			return p, fmt.Errorf("%q is no date pattern: allowed are yyyy, yy, MM, dd, HH, mm, ss, T and ASCII punctuation", text)
		}
		p.parts = append(p.parts, patternPart{field: -1, literal: c})
		rest = rest[1:]
	}
	if !seen['y'] {
		return p, fmt.Errorf("%q is no date pattern: it has no year (yyyy or yy)", text)
	}
	return p, nil
}

// read takes text for a date in UTC. Fields that the pattern lacks are those of the first moment of the year, a year of
// two digits is 1969 to 2068, and seconds that end the pattern may have a fraction, which counts to the microsecond:
// elsewhere its digits could be those of what follows.
func (p pattern) read(s string) (time.Time, error) {
	no := fmt.Errorf("is no date as %s", p.text)
	value := map[string]int{"MM": 1, "dd": 1}
	var micros int
	for i, part := range p.parts {
		if part.field < 0 {
			if s == "" || s[0] != part.literal {
				return time.Time{}, no
			}
			s = s[1:]
			continue
		}
		f := patternFields[part.field]
		n, ok := digits(s, f.digits)
		if !ok {
			return time.Time{}, no
		}
		value[f.name], s = n, s[f.digits:]
		if f.name == "ss" && i == len(p.parts)-1 {
			micros, s = fraction(s)
		}
	}
	year, ok := value["yyyy"]
	if !ok {
		if year = 2000 + value["yy"]; year > 2068 {
			year -= 100
		}
	}
	t := time.Date(year, time.Month(value["MM"]), value["dd"], value["HH"], value["mm"], value["ss"], micros*1000, time.UTC)
	// A field beyond its range has moved another one.
	if s != "" || t.Month() != time.Month(value["MM"]) || t.Day() != value["dd"] || t.Hour() != value["HH"] || t.Minute() != value["mm"] || t.Second() != value["ss"] {
		return time.Time{}, no
	}
	return t, nil
}

// digits is the number that the first n bytes of text are.
func digits(s string, n int) (int, bool) {
	if len(s) < n {
		return 0, false
	}
	value := 0
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		value = value*10 + int(s[i]-'0')
	}
	return value, true
}

// fraction takes a fraction of a second, if there is one, from the front of text.
func fraction(s string) (micros int, rest string) {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || s[1] < '0' || s[1] > '9' {
		return 0, s
	}
	i := 1
	for unit := 100_000; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		micros += int(s[i]-'0') * unit
		unit /= 10
	}
	return micros, s[i:]
}

// write is the text of a date.
func (p pattern) write(t time.Time) string {
	var b strings.Builder
	for _, part := range p.parts {
		if part.field < 0 {
			b.WriteByte(part.literal)
			continue
		}
		f := patternFields[part.field]
		fmt.Fprintf(&b, "%0*d", f.digits, f.of(t))
	}
	return b.String()
}

// parseMonth reads a month as yyyy-MM.
func parseMonth(s string) (time.Time, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no month as yyyy-MM", s)
	}
	return t, nil
}
