package ingest

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Mapping says how a file becomes a source table. ReadMapping makes one; the zero Mapping maps
// nothing.
type Mapping struct {
	file   string // it was read from
	doc    document
	text   string // of the file, to find the lines of keys
	format format
}

// format is how the text of a file is read.
type format struct {
	delimiter rune
	decimal   byte
	nulls     []string
}

// null reports whether text means null.
func (f format) null(s string) bool {
	return slices.Contains(f.nulls, strings.TrimSpace(s))
}

// document is the TOML file.
type document struct {
	Table  string   `toml:"table"`
	Absent []string `toml:"absent"`
	File   struct {
		Delimiter  *string   `toml:"delimiter"`
		Decimal    *string   `toml:"decimal"`
		NullValues *[]string `toml:"null_values"`
	} `toml:"file"`
	Months  []monthTable    `toml:"month"`
	Columns map[string]rule `toml:"columns"`
}

// monthTable is one month of a file that has a column a month.
type monthTable struct {
	Period  string            `toml:"period"`
	Columns map[string]string `toml:"columns"`
}

// rule is how one column of the table is made. Pointers tell a key that is given from one that is
// not.
type rule struct {
	Column      *string `toml:"column"`
	MonthColumn *string `toml:"month_column"`
	Period      *bool   `toml:"period"`
	Value       any     `toml:"value"`

	Scale  *float64 `toml:"scale"`
	Offset *float64 `toml:"offset"`
	Min    *float64 `toml:"min"`
	Max    *float64 `toml:"max"`

	Map            map[string]string `toml:"map"`
	Otherwise      *string           `toml:"otherwise"`
	OtherwiseValue *string           `toml:"otherwise_value"`
	Compare        *string           `toml:"compare"`
	Cuts           []cut             `toml:"cuts"`
	Below          *string           `toml:"below"`
	YearDay        *string           `toml:"year_day"`
	Format         *string           `toml:"format"`
	Write          *string           `toml:"write"`
}

// cut is one threshold.
type cut struct {
	From  *float64 `toml:"from"`
	Value *string  `toml:"value"`
}

// MappingError is a fault of a mapping file.
type MappingError struct {
	File string
	Line int    // 0 where it is not known
	Key  string // dotted; empty where the fault is not at one key
	Err  error  // what is wrong, with what is allowed
}

func (e *MappingError) Error() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Key == "" {
		return fmt.Sprintf("mapping %s: %v", place, e.Err)
	}
	return fmt.Sprintf("mapping %s: %s: %v", place, e.Key, e.Err)
}

func (e *MappingError) Unwrap() error { return e.Err }

// ReadMapping reads a mapping file. Every fault that shows without the table is in the error, each
// a *MappingError: keys that are unknown, values of the wrong type, and rules that contradict
// themselves.
func ReadMapping(path string) (Mapping, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Mapping{}, fmt.Errorf("read mapping: %w", err)
	}
	return parseMapping(path, string(text))
}

func parseMapping(path, text string) (Mapping, error) {
	m := Mapping{file: path, text: text}
	meta, err := toml.Decode(text, &m.doc)
	if err != nil {
		fault := &MappingError{File: path, Err: err}
		if parse := (toml.ParseError{}); errors.As(err, &parse) {
			fault.Line, fault.Err = parse.Position.Line, errors.New(parse.Message)
		}
		return Mapping{}, fault
	}
	var faults []error
	for _, key := range meta.Undecoded() {
		faults = append(faults, m.fault(key, fmt.Errorf("unknown key: allowed are %s", strings.Join(allowedKeys(key), ", "))))
	}
	faults = append(faults, m.checkHead()...)
	faults = append(faults, m.checkMonths()...)
	for _, name := range slices.Sorted(maps.Keys(m.doc.Columns)) {
		for key, err := range m.doc.Columns[name].faults(m.doc.Months) {
			faults = append(faults, m.fault(toml.Key{"columns", name, key}, err))
		}
	}
	if len(faults) > 0 {
		return Mapping{}, errors.Join(faults...)
	}
	return m, nil
}

// fault is an error at a key.
func (m Mapping) fault(key toml.Key, err error) error {
	return &MappingError{File: m.file, Line: lineOf(m.text, key), Key: key.String(), Err: err}
}

// allowedKeys are the keys of the table that an unknown key stands in.
func allowedKeys(key toml.Key) []string {
	switch {
	case len(key) == 2 && key[0] == "file":
		return []string{"delimiter", "decimal", "null_values"}
	case len(key) == 2 && key[0] == "month":
		return []string{"period", "columns"}
	case len(key) == 3 && key[0] == "columns":
		return slices.Concat(sourceKeys, numberKeys, finalKeys, []string{"otherwise", "otherwise_value", "below"})
	case len(key) == 4 && key[2] == "cuts":
		return []string{"from", "value"}
	}
	return []string{"table", "absent", "file", "month", "columns"}
}

// checkHead checks the keys beside months and columns, and settles the format of the file.
func (m *Mapping) checkHead() []error {
	var faults []error
	if m.doc.Table == "" {
		faults = append(faults, m.fault(toml.Key{"table"}, errors.New("is not given: it names the source table that the mapping is for")))
	}
	if len(m.doc.Columns) == 0 {
		faults = append(faults, m.fault(toml.Key{"columns"}, errors.New("no column has a rule")))
	} else if len(m.fileColumns()) == 0 {
		faults = append(faults, m.fault(toml.Key{"columns"}, errors.New("no rule reads a column of the file")))
	}
	m.format = format{delimiter: ',', decimal: '.', nulls: []string{""}}
	if d := m.doc.File.Decimal; d != nil {
		if *d != "." && *d != "," {
			faults = append(faults, m.fault(toml.Key{"file", "decimal"}, fmt.Errorf(`%q: allowed are "." and ","`, *d)))
		} else {
			m.format.decimal = (*d)[0]
		}
	}
	if d := m.doc.File.Delimiter; d != nil {
		if len(*d) != 1 || strings.ContainsAny(*d, "\"\r\n\x00") || (*d)[0] >= 0x80 {
			faults = append(faults, m.fault(toml.Key{"file", "delimiter"}, fmt.Errorf(`%q: allowed is one ASCII character, as ",", ";", "\t" or "|"`, *d)))
		} else {
			m.format.delimiter = rune((*d)[0])
		}
	}
	if m.doc.File.NullValues != nil {
		m.format.nulls = nil
		for _, s := range *m.doc.File.NullValues {
			m.format.nulls = append(m.format.nulls, strings.TrimSpace(s))
		}
	}
	return faults
}

// checkMonths checks that the months are different ones and give the same names.
func (m Mapping) checkMonths() []error {
	var faults []error
	if dated := slices.ContainsFunc(slices.Collect(maps.Values(m.doc.Columns)), func(r rule) bool { return r.Period != nil }); len(m.doc.Months) > 0 && !dated {
		faults = append(faults, m.fault(toml.Key{"month"}, errors.New("no rule has period, so that the rows of the months would be alike")))
	}
	seen := map[time.Time]bool{}
	for i, month := range m.doc.Months {
		fault := func(key string, err error) {
			faults = append(faults, &MappingError{File: m.file, Line: lineOfMonth(m.text, i), Key: fmt.Sprintf("month %d.%s", i+1, key), Err: err})
		}
		if start, err := parseMonth(month.Period); err != nil {
			fault("period", err)
		} else if seen[start] {
			fault("period", fmt.Errorf("%s is given twice", month.Period))
		} else {
			seen[start] = true
		}
		names, first := slices.Sorted(maps.Keys(month.Columns)), slices.Sorted(maps.Keys(m.doc.Months[0].Columns))
		if len(names) == 0 || !slices.Equal(names, first) {
			fault("columns", fmt.Errorf("gives %v, and month 1 %v: every month gives the same names, at least one", names, first))
		}
	}
	return faults
}

// fileColumns are the columns of the file that the mapping reads, each once.
func (m Mapping) fileColumns() []string {
	var out []string
	for _, r := range m.doc.Columns {
		if r.Column != nil {
			out = append(out, *r.Column)
		}
	}
	for _, month := range m.doc.Months {
		for _, name := range month.Columns {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
