// Package nearest finds what a mistyped word was probably meant to be.
package nearest

import (
	"slices"
	"strings"
)

// Hint ends a message with what was probably meant, as in "; did you mean a, b?"; empty where nothing is like the word.
func Hint(word string, candidates []string) string {
	names := Names(word, candidates, 3)
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(names, ", ") + "?"
}

// Names returns the candidates that word was probably meant to be: those at most a third of their length of edits
// away, and at least one; the nearest first, at most limit of them.
func Names(word string, candidates []string, limit int) []string {
	type near struct {
		name  string
		edits int
	}
	var found []near
	for _, c := range candidates {
		if n, ok := Like(word, c); ok {
			found = append(found, near{c, n})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.edits - b.edits })
	var names []string
	for _, f := range found {
		if len(names) < limit && !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

// Like reports whether word may be a mistyped name, and by how many edits, without regard to case.
func Like(word, name string) (edits int, ok bool) {
	edits = distance(strings.ToLower(word), strings.ToLower(name))
	return edits, edits <= max(1, len(name)/3)
}

// distance is the Levenshtein distance of two words, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, above, row[j])
			}
			diagonal, row[j+1] = above, cost
		}
	}
	return row[len(b)]
}
