package embedded

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/workspaces/delta"
)

func TestFilesThatATableHasLostAndGained(t *testing.T) {
	files := func(names string) (out []delta.File) {
		for _, name := range strings.Fields(names) {
			out = append(out, delta.File{Path: name})
		}
		return out
	}
	names := func(files []delta.File) string {
		var out []string
		for _, f := range files {
			out = append(out, f.Path)
		}
		return strings.Join(out, " ")
	}
	for what, c := range map[string]struct{ before, after, removed, added string }{
		"nothing":                 {"a b c", "a b c", "", ""},
		"an append":               {"a b", "a b c", "", "c"},
		"another file for one":    {"a b c", "a c d", "b", "d"},
		"other files for all":     {"a b", "c", "a b", "c"},
		"a file that came back":   {"a b", "b a", "b", "b"},
		"one that came back last": {"a b c", "b c a", "b c", "b c"},
	} {
		t.Run(what, func(t *testing.T) {
			removed, added := changedFiles(files(c.before), files(c.after))
			if diff := cmp.Diff([]string{c.removed, c.added}, []string{names(removed), names(added)}); diff != "" {
				t.Errorf("removed, added (-want +got):\n%s", diff)
			}
		})
	}
}
