package columnar

import (
	"fmt"
	"strings"
	"time"

	"featops/features"
	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
)

// plan is what is known of a computation before its source is read.
type plan struct {
	table    features.Table
	source   string        // database.name
	columns  schema.Schema // of the output
	schema   *arrow.Schema // the same
	customer schema.Type   // as it arrives, and as the key keeps it
	from, to int32         // first and last release month of the output
	history  *History      // nil when all rows count
	texts    *texts
	memory   *recycler // of records
	fields   []*field
}

// field is a source column that the table reads.
type field struct {
	name     string
	index    int // in the batches
	declared schema.Type
	narrow   bool // arrives as INT, and is stored so
	stored   bool // features read it, so that its kept rows are needed after the source has been read
}

func newPlan(t features.Table, source *arrow.Schema, opt Options) (*plan, error) {
	if _, err := t.Types(); err != nil {
		return nil, err
	}
	actual := columnsOf(source)
	if err := t.Source.Check(t.Columns(), actual); err != nil {
		return nil, err
	}
	p := &plan{table: t, source: t.Source.FullName(), history: opt.History, texts: newTexts(), memory: &recycler{}}
	for _, c := range t.Columns() {
		at := actual.Index(c.Name)
		p.fields = append(p.fields, &field{name: c.Name, index: at, declared: c.Type,
			narrow: actual[at].Type == schema.Int})
		if strings.EqualFold(c.Name, t.Customer) {
			p.customer = actual[at].Type
		}
	}
	var err error
	if p.columns, err = t.Schema(p.customer); err != nil {
		return nil, err
	}
	if p.schema, err = commented(p.columns); err != nil {
		return nil, err
	}
	if opt.End.Before(opt.Start) {
		return nil, fmt.Errorf("table %s: the last release date %s is before the first, %s",
			t.Name, opt.End.Format(time.DateOnly), opt.Start.Format(time.DateOnly))
	}
	if !(opt.BadRowsShare >= 0 && opt.BadRowsShare <= 1) {
		return nil, fmt.Errorf("table %s: the share of bad rows is %v: allowed are 0 to 1", t.Name, opt.BadRowsShare)
	}
	p.from = monthFrom(dayOfTime(opt.Start))
	year, month, _ := civil(dayOfTime(opt.End))
	p.to = monthOf(year, month)
	return p, nil
}

// columnsOf gives the columns of the source. A type that is none of ours keeps Arrow's name:
// where the column is needed, the check says so, and else it does not matter.
func columnsOf(source *arrow.Schema) schema.Schema {
	out := make(schema.Schema, source.NumFields())
	for i, f := range source.Fields() {
		t, err := schema.FromArrow(f.Type)
		if err != nil {
			t = schema.Type(f.Type.String())
		}
		out[i] = schema.Column{Name: f.Name, Type: t}
	}
	return out
}

// commented is the Arrow schema with each column's comment in its metadata.
func commented(columns schema.Schema) (*arrow.Schema, error) {
	plain, err := columns.Arrow()
	if err != nil {
		return nil, err
	}
	fields := plain.Fields()
	for i, c := range columns {
		fields[i].Metadata = arrow.NewMetadata([]string{"comment"}, []string{c.Comment})
	}
	return arrow.NewSchema(fields, nil), nil
}

// monthFrom is the first month that begins on the day or after it.
func monthFrom(day int32) int32 {
	year, month, dayOfMonth := civil(day)
	if dayOfMonth > 1 {
		month++
	}
	return monthOf(year, month)
}

// field returns the named column.
func (p *plan) field(name string) *field {
	for _, f := range p.fields {
		if strings.EqualFold(f.name, name) {
			return f
		}
	}
	return nil
}

// monthColumn is the column that the release months come from.
func (p *plan) monthColumn() *field {
	if p.table.Release.Since != "" {
		return p.field(p.table.Release.Since)
	}
	return p.field(p.table.Release.After)
}

// grouped reports whether the table has event months, so that its rows are groups of source rows.
func (p *plan) grouped() bool { return p.table.Release.Since == "" }

// past reports whether a row of an event month is too old to count.
func (p *plan) past(customer int64, month int32) bool {
	return p.history != nil && month < p.history.From && !p.history.Longer.Has(customer)
}

// register makes a register for the column. kind is the type that expressions read it as.
func (f *field) register() (kind schema.Type, register any) {
	switch t := f.declared; {
	case t == schema.Int || t == schema.BigInt:
		return schema.BigInt, new(vector[int64])
	case t == schema.Boolean:
		return t, new(vector[uint8])
	case t == schema.String:
		return t, new(vector[int32])
	case t == schema.Date || t == schema.Timestamp:
		return schema.Date, new(vector[int32])
	}
	return schema.Double, new(vector[float64])
}

// compiler makes the compiler of the table's expressions.
func (p *plan) compiler(m *morsel, column func(features.Col) (schema.Type, any)) *compiler {
	return &compiler{
		table: p.table, texts: p.texts, morsel: m, column: column,
		values: map[string]node{}, seen: map[string]node{}, known: map[string]node{},
		spans: map[lookback]*span{}, steps: map[lookback]*step{},
	}
}
