package config

import (
	"strings"

	"featops/features/nearest"
)

// choices ends a message: what was probably meant, and what is allowed.
func choices(word string, allowed []string) string {
	var b strings.Builder
	for _, near := range nearest.Names(word, allowed, 1) {
		b.WriteString(" (did you mean " + near + "?)")
	}
	if len(allowed) == 0 {
		return b.String() + "; allowed: none"
	}
	return b.String() + "; allowed: " + strings.Join(allowed, ", ")
}
