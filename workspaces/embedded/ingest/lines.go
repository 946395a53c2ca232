package ingest

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// The TOML library gives no positions for keys that decode well. A mapping has one key a line and
// tables with headers, so the line of a key is found by its text; where a mapping is written in
// another way, the nearest table's line is.

// lineOf is the line on which a key stands, or the nearest key that it is in; 0 for none.
func lineOf(text string, key toml.Key) int {
	best, depth := 0, 0
	var table []string
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		path := table
		if strings.HasPrefix(line, "[") {
			header, _, _ := strings.Cut(strings.TrimLeft(line, "["), "]")
			table = dotted(header)
			path = table
		} else if name, _, ok := strings.Cut(line, "="); ok {
			path = append(table[:len(table):len(table)], dotted(name)...)
		}
		if n := len(path); n > depth && isPrefix(path, key) {
			best, depth = i+1, n
		}
	}
	return best
}

// lineOfMonth is the line of the n-th header of a month, from 0 on; 0 for none.
func lineOfMonth(text string, n int) int {
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.ReplaceAll(line, " ", ""), "[[month]]") {
			if n--; n < 0 {
				return i + 1
			}
		}
	}
	return 0
}

// dotted splits a key as it is written. A quoted name with a dot in it is not found.
func dotted(key string) []string {
	parts := strings.Split(key, ".")
	for i, p := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(p), `"'`)
	}
	return parts
}

func isPrefix(path []string, key toml.Key) bool {
	if len(path) > len(key) {
		return false
	}
	for i, p := range path {
		if p != key[i] {
			return false
		}
	}
	return true
}
