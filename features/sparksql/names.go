package sparksql

import (
	"fmt"
	"strings"
)

// names gives out names that differ from one another also without regard to case, as Spark compares them.
type names map[string]bool

// unique is the name, with a number behind it where it is taken.
func (n names) unique(name string) string {
	out := name
	for i := 2; n[fold(out)]; i++ {
		out = fmt.Sprintf("%s_%d", name, i)
	}
	n[fold(out)] = true
	return out
}

func fold(name string) string { return strings.ToLower(name) }
