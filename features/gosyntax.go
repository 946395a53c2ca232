package features

import (
	"fmt"

	"featops/features/schema"
)

// Go's own syntax for a leaf within another node leaves out its type, so that a column and a text are alike. With these, %#v of an
// expression or a table tells all of it.

func (e Col) GoString() string  { return fmt.Sprintf("features.Col(%q)", string(e)) }
func (e Ref) GoString() string  { return fmt.Sprintf("features.Ref(%q)", string(e)) }
func (e Int) GoString() string  { return fmt.Sprintf("features.Int(%d)", int64(e)) }
func (e Num) GoString() string  { return fmt.Sprintf("features.Num(%v)", float64(e)) }
func (e Text) GoString() string { return fmt.Sprintf("features.Text(%q)", string(e)) }
func (e Null) GoString() string { return fmt.Sprintf("features.Null(%q)", schema.Type(e)) }
