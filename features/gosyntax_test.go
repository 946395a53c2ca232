package features

import (
	"fmt"
	"testing"

	"featops/features/schema"
)

// A definition is told from another by Go's syntax for it, and so are expressions.
func TestGoSyntaxTellsTheTypesOfLeaves(t *testing.T) {
	seen := map[string]Expr{}
	for _, leaf := range []Expr{Col("2"), Ref("2"), Int(2), Num(2), Num(2.5), Text("2"), Null(schema.Double), Null(schema.Int), EventMonth{}, ReleaseDate{}} {
		for _, e := range []Expr{leaf, Round{Of: leaf}, Compare{A: Col("x"), Op: Equal, B: leaf}, And{leaf}, Map{Of: Col("x"), Cases: []Case{{From: "2", To: leaf}}}} {
			text := fmt.Sprintf("%#v", e)
			if before, ok := seen[text]; ok {
				t.Errorf("%T and %T are both %s", before, e, text)
			}
			seen[text] = e
		}
	}
}
