package schema

import "strings"

// TypeChange is a column whose type in new data is not the type in the table.
type TypeChange struct {
	Column   string `json:"column"`
	Expected Type   `json:"expected"` // in the table
	Found    Type   `json:"found"`    // in the data
}

// Lossless reports whether every value of the table's type is exactly a value of the data's
// type, so that the table's column can take the wider type without losing anything.
func (c TypeChange) Lossless() bool {
	switch [2]Type{c.Expected, c.Found} {
	case [2]Type{Int, BigInt}, [2]Type{Int, Double}, [2]Type{Float, Double}, [2]Type{Date, Timestamp}:
		return true
	}
	return false
}

// Difference is what new data would change in a table's schema.
type Difference struct {
	New     Schema       `json:"new,omitempty"`     // in the data, not in the table
	Missing Schema       `json:"missing,omitempty"` // in the table, not in the data
	Widened []TypeChange `json:"widened,omitempty"` // type changes that lose nothing
	Changed []TypeChange `json:"changed,omitempty"` // every other type change
}

// Compare tells how the schema of new data differs from a table's.
func Compare(table, data Schema) Difference {
	var d Difference
	for _, c := range data {
		i := table.Index(c.Name)
		if i < 0 {
			d.New = append(d.New, c)
			continue
		}
		if table[i].Type == c.Type {
			continue
		}
		change := TypeChange{Column: table[i].Name, Expected: table[i].Type, Found: c.Type}
		if change.Lossless() {
			d.Widened = append(d.Widened, change)
		} else {
			d.Changed = append(d.Changed, change)
		}
	}
	for _, c := range table {
		if data.Index(c.Name) < 0 {
			d.Missing = append(d.Missing, c)
		}
	}
	return d
}

// Empty reports whether nothing differs.
func (d Difference) Empty() bool {
	return len(d.New)+len(d.Missing)+len(d.Widened)+len(d.Changed) == 0
}

// Loses reports whether taking over the data's schema would lose values of the table.
func (d Difference) Loses() bool { return len(d.Missing)+len(d.Changed) > 0 }

// LostColumns returns the names of the table's columns that would lose values.
func (d Difference) LostColumns() []string {
	names := d.Missing.Names()
	for _, c := range d.Changed {
		names = append(names, c.Column)
	}
	return names
}

// String tells the difference in one line: `new a, b; missing c; type of d INT → STRING`.
func (d Difference) String() string {
	var parts []string
	if len(d.New) > 0 {
		parts = append(parts, "new "+strings.Join(d.New.Names(), ", "))
	}
	if len(d.Missing) > 0 {
		parts = append(parts, "missing "+strings.Join(d.Missing.Names(), ", "))
	}
	for _, c := range append(append([]TypeChange{}, d.Widened...), d.Changed...) {
		parts = append(parts, "type of "+c.Column+" "+string(c.Expected)+" → "+string(c.Found))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, "; ")
}
