package delta

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
)

// commentKey is the key of a column's comment, in Delta's field metadata and in Arrow's.
const commentKey = "comment"

type structType struct {
	Type   string        `json:"type"` // struct
	Fields []structField `json:"fields"`
}

// structField is a column in schemaString (section Schema Serialization Format). Type is a JSON
// string for the types known here and an object for nested ones. Metadata is kept whole, so that
// what other writers put there survives a change of schema.
type structField struct {
	Name     string                     `json:"name"`
	Type     json.RawMessage            `json:"type"`
	Nullable bool                       `json:"nullable"`
	Metadata map[string]json.RawMessage `json:"metadata"`
}

// typeNames are the types without parameters that are stored as Arrow holds them.
var typeNames = map[string]arrow.DataType{
	"boolean":   arrow.FixedWidthTypes.Boolean,
	"byte":      arrow.PrimitiveTypes.Int8,
	"short":     arrow.PrimitiveTypes.Int16,
	"integer":   arrow.PrimitiveTypes.Int32,
	"long":      arrow.PrimitiveTypes.Int64,
	"float":     arrow.PrimitiveTypes.Float32,
	"double":    arrow.PrimitiveTypes.Float64,
	"string":    arrow.BinaryTypes.String,
	"binary":    arrow.BinaryTypes.Binary,
	"date":      arrow.FixedWidthTypes.Date32,
	"timestamp": arrow.FixedWidthTypes.Timestamp_us,
}

// decodeSchema parses a schemaString. The second result holds the columns as they were written.
func decodeSchema(text string) (*arrow.Schema, []structField, error) {
	var s structType
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil, nil, fmt.Errorf("schemaString: %w", err)
	}
	fields := make([]arrow.Field, len(s.Fields))
	for i, f := range s.Fields {
		t, err := decodeType(f.Type)
		if err != nil {
			return nil, nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		fields[i] = arrow.Field{Name: f.Name, Type: t, Nullable: f.Nullable}
		var comment string
		if json.Unmarshal(f.Metadata[commentKey], &comment) == nil && comment != "" {
			fields[i].Metadata = arrow.NewMetadata([]string{commentKey}, []string{comment})
		}
	}
	return arrow.NewSchema(fields, nil), s.Fields, nil
}

func decodeType(text json.RawMessage) (arrow.DataType, error) {
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		return nil, fmt.Errorf("nested type %s is not supported", text)
	}
	if t, ok := typeNames[name]; ok {
		return t, nil
	}
	var precision, scale int32
	if _, err := fmt.Sscanf(name, "decimal(%d,%d)", &precision, &scale); err == nil &&
		1 <= precision && precision <= 38 && 0 <= scale && scale <= precision {
		return &arrow.Decimal128Type{Precision: precision, Scale: scale}, nil
	}
	if name == "decimal" {
		return &arrow.Decimal128Type{Precision: 10}, nil
	}
	return nil, fmt.Errorf("type %s is not supported", name)
}

// typeName is the inverse of decodeType for the types that canonicalType returns.
func typeName(t arrow.DataType) string {
	if d, ok := t.(*arrow.Decimal128Type); ok {
		return fmt.Sprintf("decimal(%d,%d)", d.Precision, d.Scale)
	}
	for name, known := range typeNames {
		if arrow.TypeEqual(known, t) {
			return name
		}
	}
	return t.String()
}

// encodeSchema writes a schemaString. Columns keep the metadata that they have in earlier, found
// by name; their comments are taken from the schema.
func encodeSchema(s *arrow.Schema, earlier []structField) (string, error) {
	out := structType{Type: "struct", Fields: make([]structField, s.NumFields())}
	for i, f := range s.Fields() {
		metadata := map[string]json.RawMessage{}
		for _, e := range earlier {
			if strings.EqualFold(e.Name, f.Name) {
				for k, v := range e.Metadata {
					metadata[k] = v
				}
			}
		}
		if comment, ok := f.Metadata.GetValue(commentKey); ok {
			text, err := json.Marshal(comment)
			if err != nil {
				return "", err
			}
			metadata[commentKey] = text
		} else {
			delete(metadata, commentKey)
		}
		out.Fields[i] = structField{
			Name:     f.Name,
			Type:     json.RawMessage(`"` + typeName(f.Type) + `"`),
			Nullable: f.Nullable,
			Metadata: metadata,
		}
	}
	text, err := json.Marshal(out)
	return string(text), err
}

// canonicalType returns the type that a column of Arrow type t is stored as: unsigned integers
// widen, times of day are refused, timestamps are microseconds in UTC, encodings are undone.
func canonicalType(t arrow.DataType) (arrow.DataType, error) {
	switch t.ID() {
	case arrow.BOOL, arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.FLOAT32, arrow.FLOAT64,
		arrow.STRING, arrow.BINARY, arrow.DATE32:
		return t, nil
	case arrow.UINT8:
		return arrow.PrimitiveTypes.Int16, nil
	case arrow.UINT16:
		return arrow.PrimitiveTypes.Int32, nil
	case arrow.UINT32:
		return arrow.PrimitiveTypes.Int64, nil
	case arrow.LARGE_STRING:
		return arrow.BinaryTypes.String, nil
	case arrow.LARGE_BINARY:
		return arrow.BinaryTypes.Binary, nil
	case arrow.DATE64:
		return arrow.FixedWidthTypes.Date32, nil
	case arrow.TIMESTAMP:
		if t.(*arrow.TimestampType).TimeZone == "" {
			return nil, fmt.Errorf("a timestamp without a time zone would need the feature timestampNtz; give it the zone UTC")
		}
		return arrow.FixedWidthTypes.Timestamp_us, nil
	case arrow.DECIMAL128:
		d := t.(*arrow.Decimal128Type)
		if d.Precision < 1 || d.Precision > 38 || d.Scale < 0 || d.Scale > d.Precision {
			return nil, fmt.Errorf("type %s: a decimal has 1 to 38 digits, of which 0 to all are after the point", t)
		}
		return t, nil
	case arrow.DICTIONARY:
		return canonicalType(t.(*arrow.DictionaryType).ValueType)
	}
	return nil, fmt.Errorf("type %s cannot be stored; allowed are boolean, integers up to 64 bits signed "+
		"or 32 unsigned, float, double, string, binary, date, timestamp with a zone, decimal", t)
}

// canonical returns s with the types that its columns are stored as, without any metadata but
// comments. It refuses column names that Delta does not allow without column mapping.
func canonical(s *arrow.Schema) (*arrow.Schema, error) {
	seen := map[string]bool{}
	fields := make([]arrow.Field, s.NumFields())
	for i, f := range s.Fields() {
		if f.Name == "" || strings.ContainsAny(f.Name, " ,;{}()\n\t=") {
			return nil, fmt.Errorf("column %q: a name must not be empty nor contain any of ` ,;{}()=`, tab or newline", f.Name)
		}
		if lower := strings.ToLower(f.Name); seen[lower] {
			return nil, fmt.Errorf("column %s occurs twice; names compare without regard to case", f.Name)
		} else {
			seen[lower] = true
		}
		t, err := canonicalType(f.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		fields[i] = arrow.Field{Name: f.Name, Type: t, Nullable: f.Nullable}
		if comment, ok := f.Metadata.GetValue(commentKey); ok && comment != "" {
			fields[i].Metadata = arrow.NewMetadata([]string{commentKey}, []string{comment})
		}
	}
	return arrow.NewSchema(fields, nil), nil
}

// fieldIndex returns the place of the named column, or -1. Names compare without regard to case.
func fieldIndex(s *arrow.Schema, name string) int {
	for i := range s.NumFields() { // Fields would copy them all
		if strings.EqualFold(s.Field(i).Name, name) {
			return i
		}
	}
	return -1
}
