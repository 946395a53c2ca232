// Package schema names the columns and types of a table in Databricks SQL terms, converts them
// to and from Arrow, and tells what differs between two schemas: which columns are new, which
// are missing, and which type changes lose nothing.
package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
)

// Type is a column type as Databricks SQL spells it: BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, STRING,
// DATE, TIMESTAMP (microseconds, UTC), or DECIMAL(p,s).
type Type string

// The types without parameters.
const (
	Boolean   Type = "BOOLEAN"
	Int       Type = "INT"
	BigInt    Type = "BIGINT"
	Float     Type = "FLOAT"
	Double    Type = "DOUBLE"
	String    Type = "STRING"
	Date      Type = "DATE"
	Timestamp Type = "TIMESTAMP"
)

// Decimal returns DECIMAL(precision,scale).
func Decimal(precision, scale int32) Type {
	return Type(fmt.Sprintf("DECIMAL(%d,%d)", precision, scale))
}

// IsDecimal reports whether t is a DECIMAL of any precision.
func (t Type) IsDecimal() bool { return strings.HasPrefix(string(t), "DECIMAL(") }

// Arrow returns the Arrow type that holds values of t.
func (t Type) Arrow() (arrow.DataType, error) {
	switch t {
	case Boolean:
		return arrow.FixedWidthTypes.Boolean, nil
	case Int:
		return arrow.PrimitiveTypes.Int32, nil
	case BigInt:
		return arrow.PrimitiveTypes.Int64, nil
	case Float:
		return arrow.PrimitiveTypes.Float32, nil
	case Double:
		return arrow.PrimitiveTypes.Float64, nil
	case String:
		return arrow.BinaryTypes.String, nil
	case Date:
		return arrow.FixedWidthTypes.Date32, nil
	case Timestamp:
		return arrow.FixedWidthTypes.Timestamp_us, nil
	}
	var precision, scale int32
	if _, err := fmt.Sscanf(string(t), "DECIMAL(%d,%d)", &precision, &scale); err == nil &&
		1 <= precision && precision <= 38 && 0 <= scale && scale <= precision {
		return &arrow.Decimal128Type{Precision: precision, Scale: scale}, nil
	}
	return nil, fmt.Errorf("type %q: allowed are BOOLEAN, INT, BIGINT, FLOAT, DOUBLE, STRING, DATE, TIMESTAMP, DECIMAL(p,s)", string(t))
}

// FromArrow returns the Databricks type of an Arrow type. Smaller integers widen to INT or BIGINT.
func FromArrow(t arrow.DataType) (Type, error) {
	switch t.ID() {
	case arrow.BOOL:
		return Boolean, nil
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.UINT8, arrow.UINT16:
		return Int, nil
	case arrow.INT64, arrow.UINT32:
		return BigInt, nil
	case arrow.FLOAT32:
		return Float, nil
	case arrow.FLOAT64:
		return Double, nil
	case arrow.STRING, arrow.LARGE_STRING:
		return String, nil
	case arrow.DATE32, arrow.DATE64:
		return Date, nil
	case arrow.TIMESTAMP:
		return Timestamp, nil
	case arrow.DECIMAL128:
		d := t.(*arrow.Decimal128Type)
		return Decimal(d.Precision, d.Scale), nil
	case arrow.DICTIONARY:
		return FromArrow(t.(*arrow.DictionaryType).ValueType)
	}
	return "", fmt.Errorf("type %s has no column type here", t)
}

// Column is one column of a table. Names compare without regard to case, as in Delta.
type Column struct {
	Name    string `json:"name"`
	Type    Type   `json:"type"`
	Comment string `json:"comment,omitempty"`
}

// Schema is the columns of a table, in order.
type Schema []Column

// Index returns the place of the named column, or -1.
func (s Schema) Index(name string) int {
	return slices.IndexFunc(s, func(c Column) bool { return strings.EqualFold(c.Name, name) })
}

// Names returns the column names, in order.
func (s Schema) Names() []string {
	names := make([]string, len(s))
	for i, c := range s {
		names[i] = c.Name
	}
	return names
}

// Arrow returns s as an Arrow schema of nullable fields.
func (s Schema) Arrow() (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(s))
	for i, c := range s {
		t, err := c.Type.Arrow()
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		fields[i] = arrow.Field{Name: c.Name, Type: t, Nullable: true}
	}
	return arrow.NewSchema(fields, nil), nil
}

// OfArrow returns the columns of an Arrow schema.
func OfArrow(a *arrow.Schema) (Schema, error) {
	s := make(Schema, a.NumFields())
	for i, f := range a.Fields() {
		t, err := FromArrow(f.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		s[i] = Column{Name: f.Name, Type: t}
		if comment, ok := f.Metadata.GetValue("comment"); ok {
			s[i].Comment = comment
		}
	}
	return s, nil
}
