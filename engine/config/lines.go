package config

import (
	"strconv"
	"strings"
)

// scanLines finds the line of every key, table and list item of a TOML text, which package toml
// knows but does not tell. The text must be valid: that is checked before. Places are made by
// inside and item, lines count from 1.
func scanLines(content string) map[string]int {
	s := &scanner{text: strings.TrimPrefix(content, "\ufeff"), line: 1, lines: map[string]int{}, counts: map[string]int{}}
	table := ""
	for s.skipBlank(); s.pos < len(s.text); s.skipBlank() {
		if s.text[s.pos] == '[' {
			table = s.header()
		} else {
			s.keyValue(table)
		}
	}
	return s.lines
}

// inside is the place of a key in the table at place, which is "" for the whole file. The separator
// is a character that no TOML key can contain unescaped, and none sensibly does.
func inside(place, key string) string { return place + "\x00" + key }

// item is the place of an item, counted from 0, of the list at place.
func item(place string, i int) string { return place + "\x00[" + strconv.Itoa(i) + "]" }

type scanner struct {
	text   string
	pos    int
	line   int
	lines  map[string]int
	counts map[string]int // items so far of the lists that are written as [[name]]
}

// header reads [a.b] or [[a.b]] and returns the place of its table.
func (s *scanner) header() string {
	line := s.line
	s.pos++
	list := s.skip('[')
	parts := s.key()
	s.skip(']')
	if list {
		s.skip(']')
	}
	place := s.walk("", parts[:len(parts)-1], line)
	place = inside(place, parts[len(parts)-1])
	if !list {
		s.note(place, line)
		return place
	}
	s.note(place, line)
	s.counts[place]++
	place = item(place, s.counts[place]-1)
	s.note(place, line)
	return place
}

// walk goes down a dotted key from place; below a list it goes to its newest item.
func (s *scanner) walk(place string, parts []string, line int) string {
	for _, p := range parts {
		place = inside(place, p)
		s.note(place, line)
		if n := s.counts[place]; n > 0 {
			place = item(place, n-1)
		}
	}
	return place
}

// note records the first line of a place: a table can be mentioned again by its subtables.
func (s *scanner) note(place string, line int) {
	if _, ok := s.lines[place]; !ok {
		s.lines[place] = line
	}
}

func (s *scanner) keyValue(table string) {
	line := s.line
	place := s.walk(table, s.key(), line)
	s.skip('=')
	s.value(place)
}

func (s *scanner) value(place string) {
	s.skipBlank()
	if s.pos >= len(s.text) {
		return
	}
	switch s.text[s.pos] {
	case '"', '\'':
		s.quoted()
	case '[':
		s.pos++
		for i := 0; !s.closes(']'); i++ {
			s.note(item(place, i), s.line)
			s.value(item(place, i))
			s.separator()
		}
	case '{':
		s.pos++
		for !s.closes('}') {
			s.keyValue(place)
			s.separator()
		}
	default:
		for s.pos < len(s.text) && !strings.ContainsRune(",]}#\n", rune(s.text[s.pos])) {
			s.pos++
		}
	}
}

// closes reports whether a list or table ends here, and goes behind its end.
func (s *scanner) closes(end byte) bool {
	s.skipBlank()
	if s.pos >= len(s.text) {
		return true
	}
	if s.text[s.pos] == end {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) separator() {
	s.skipBlank()
	s.skip(',')
}

// key reads a dotted key.
func (s *scanner) key() []string {
	var parts []string
	for {
		s.skipBlank()
		if s.pos < len(s.text) && (s.text[s.pos] == '"' || s.text[s.pos] == '\'') {
			parts = append(parts, s.quoted())
		} else {
			start := s.pos
			for s.pos < len(s.text) && !strings.ContainsRune(" \t\r\n.=]", rune(s.text[s.pos])) {
				s.pos++
			}
			parts = append(parts, s.text[start:s.pos])
		}
		if !s.skip('.') {
			return parts
		}
	}
}

// quoted reads a text in any of TOML's four quotes.
func (s *scanner) quoted() string {
	quote := s.text[s.pos : s.pos+1]
	end := quote
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.pos:], triple) {
		end = triple
	}
	start := s.pos
	s.pos += len(end)
	for s.pos < len(s.text) && !strings.HasPrefix(s.text[s.pos:], end) {
		if s.text[s.pos] == '\\' && quote == `"` && s.pos+1 < len(s.text) {
			s.pos++
		}
		if s.text[s.pos] == '\n' {
			s.line++
		}
		s.pos++
	}
	s.pos = min(s.pos+len(end), len(s.text))
	// One or two quotes may stand right before the closing three.
	for len(end) == 3 && s.pos < len(s.text) && s.text[s.pos] == quote[0] {
		s.pos++
	}
	raw := s.text[start:s.pos]
	if unquoted, err := strconv.Unquote(raw); err == nil && quote == `"` {
		return unquoted
	}
	return strings.TrimSuffix(strings.TrimPrefix(raw, end), end)
}

// skip goes over blanks and then over c, if that is next.
func (s *scanner) skip(c byte) bool {
	for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		s.pos++
	}
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// skipBlank goes over blanks, line ends and comments.
func (s *scanner) skipBlank() {
	for ; s.pos < len(s.text); s.pos++ {
		switch s.text[s.pos] {
		case ' ', '\t', '\r':
		case '\n':
			s.line++
		case '#':
			for s.pos < len(s.text) && s.text[s.pos] != '\n' {
				s.pos++
			}
			s.pos--
		default:
			return
		}
	}
}
