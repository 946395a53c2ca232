package columnar

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"featops/features"
	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
)

// chunk is the kept rows of one batch, in the order of the source.
type chunk struct {
	piece
	bad     int64
	example *BadRow // the first bad row
}

// BadRow is a source row whose event month is none.
type BadRow struct {
	Column string // with the event month
	Value  string // in quotes, or null
	Row    int64  // in the order of the source, the first one is 1
}

// decoder turns batches into chunks. It is used by one goroutine.
type decoder struct {
	plan      *plan
	cleaner   *cleaner
	customers vector[int64]
	months    vector[int32]
	registers []any // by field; nil where neither Where nor a feature reads it
	morsel    morsel
	where     []op
	wanted    *vector[uint8] // what Where gives; nil without one
	kept      []int32
}

func (p *plan) newDecoder() *decoder {
	d := &decoder{plan: p, cleaner: newCleaner(p.texts), registers: make([]any, len(p.fields))}
	for i, f := range p.fields {
		if f.stored {
			_, d.registers[i] = f.register()
		}
	}
	if p.table.Where == nil {
		return d
	}
	c := p.compiler(&d.morsel, func(col features.Col) (schema.Type, any) {
		i := slices.Index(p.fields, p.field(string(col)))
		kind, register := p.fields[i].register()
		if d.registers[i] == nil {
			d.registers[i] = register
		}
		return kind, d.registers[i]
	})
	d.wanted = c.expr(p.table.Where, atRows).vector.(*vector[uint8])
	d.where = c.ops[atRows]
	return d
}

// decode reads a batch whose first row is the source's first-th.
func (d *decoder) decode(batch arrow.Record, first int64) (*chunk, error) {
	p := d.plan
	month := p.monthColumn()
	if err := decode(batch.Column(p.field(p.table.Customer).index), &d.customers, wholes); err != nil {
		return nil, fmt.Errorf("column %s: %w", p.table.Customer, err)
	}
	monthsFrom := months
	if !p.grouped() {
		monthsFrom = days
	}
	if err := decode(batch.Column(month.index), &d.months, monthsFrom); err != nil {
		return nil, fmt.Errorf("column %s: %w", month.name, err)
	}
	for i, f := range p.fields {
		if err := d.read(batch.Column(f.index), f, d.registers[i]); err != nil {
			return nil, fmt.Errorf("column %s: %w", f.name, err)
		}
	}
	d.morsel.rows = int(batch.NumRows())
	for _, o := range d.where {
		if err := o.run(); err != nil {
			var o overflow
			errors.As(err, &o)
			return nil, fmt.Errorf("where: row %d: %w", first+int64(o.index), err)
		}
	}
	return d.keep(batch, first), nil
}

func (d *decoder) read(a arrow.Array, f *field, register any) error {
	switch r := register.(type) {
	case *vector[int64]:
		return decode(a, r, wholes)
	case *vector[float64]:
		return decode(a, r, doubles)
	case *vector[uint8]:
		return decode(a, r, truths)
	case *vector[int32]:
		if f.declared == schema.String {
			return decode(a, r, d.cleaner.codes)
		}
		return decode(a, r, days)
	}
	return nil
}

// keep drops the rows that the table has nothing of, and counts those whose month is none.
func (d *decoder) keep(batch arrow.Record, first int64) *chunk {
	c := &chunk{}
	d.kept = d.kept[:0]
	grouped := d.plan.grouped()
	for i, customer := range d.customers.v {
		if customer == features.TestCustomer || d.customers.ok.null(i) ||
			d.wanted != nil && (d.wanted.v[i] == 0 || d.wanted.ok.null(i)) {
			continue
		}
		if grouped && (d.months.v[i] == noMonth || d.months.ok.null(i)) {
			if c.bad++; c.example == nil {
				column := d.plan.monthColumn()
				c.example = &BadRow{column.name, shown(batch.Column(column.index), i), first + int64(i)}
			}
			continue
		}
		if d.months.ok.null(i) || grouped && d.plan.past(customer, d.months.v[i]) {
			continue
		}
		d.kept = append(d.kept, int32(i))
	}
	c.rows = len(d.kept)
	c.customer = picked(d.customers.v, d.kept)
	c.release = picked(d.months.v, d.kept)
	for i, m := range c.release {
		if grouped {
			c.release[i] = m + 1
		} else {
			c.release[i] = monthFrom(m)
		}
	}
	c.columns = make([]any, len(d.registers))
	for i, f := range d.plan.fields {
		if f.stored {
			c.columns[i] = d.stored(f, d.registers[i])
		}
	}
	return c
}

// stored is the kept rows of a register, in the type in which the field is stored.
func (d *decoder) stored(f *field, register any) any {
	switch r := register.(type) {
	case *vector[int64]:
		if f.narrow {
			out := &vector[int32]{v: make([]int32, len(d.kept)), ok: pickedMask(r.ok, d.kept)}
			for i, k := range d.kept {
				out.v[i] = int32(r.v[k])
			}
			return out
		}
		return &vector[int64]{v: picked(r.v, d.kept), ok: pickedMask(r.ok, d.kept)}
	case *vector[float64]:
		return &vector[float64]{v: picked(r.v, d.kept), ok: pickedMask(r.ok, d.kept)}
	case *vector[uint8]:
		return &vector[uint8]{v: picked(r.v, d.kept), ok: pickedMask(r.ok, d.kept)}
	}
	r := register.(*vector[int32])
	return &vector[int32]{v: picked(r.v, d.kept), ok: pickedMask(r.ok, d.kept)}
}

func picked[T any](v []T, kept []int32) []T {
	if len(kept) == len(v) {
		return slices.Clone(v)
	}
	out := make([]T, len(kept))
	for i, k := range kept {
		out[i] = v[k]
	}
	return out
}

func pickedMask(ok mask, kept []int32) mask {
	if ok == nil {
		return nil
	}
	return picked(ok, kept)
}

// shown is a value for people.
func shown(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "null"
	}
	return strconv.Quote(a.ValueStr(i))
}
