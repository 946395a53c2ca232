package config

import "strings"

// nearest returns the candidate that word was probably meant to be: the one fewest edits away, if
// that is at most a third of its length and at least one.
func nearest(word string, candidates []string) (string, bool) {
	best, bestEdits := "", -1
	for _, c := range candidates {
		d := edits(strings.ToLower(word), strings.ToLower(c))
		if d <= max(1, len(c)/3) && (bestEdits < 0 || d < bestEdits) {
			best, bestEdits = c, d
		}
	}
	return best, bestEdits >= 0
}

// edits is the Levenshtein distance of two words, in bytes.
func edits(a, b string) int {
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

// choices ends a message: what was probably meant, and what is allowed.
func choices(word string, allowed []string) string {
	var b strings.Builder
	if near, ok := nearest(word, allowed); ok {
		b.WriteString(" (did you mean " + near + "?)")
	}
	if len(allowed) == 0 {
		return b.String() + "; allowed: none"
	}
	return b.String() + "; allowed: " + strings.Join(allowed, ", ")
}
