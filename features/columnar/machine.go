package columnar

import (
	"errors"
	"slices"

	"featops/features"
	"featops/features/schema"
)

// machine computes morsels, one after another, in registers that it uses again. Several machines
// may run at the same time over the same source.
type machine struct {
	morsel
	plan    *plan
	loaders []loader
	loaded  []int // the field of each loader
	ops     [2][]op
	sinks   []sink
	chosen  selection
}

// newMachine compiles the table. The columns that the features read are marked as stored.
func (p *plan) newMachine() *machine {
	m := &machine{plan: p}
	c := p.compiler(&m.morsel, func(col features.Col) (schema.Type, any) {
		f := p.field(string(col))
		kind, register := f.register()
		if !f.stored { // the first machine finds all; later ones are made side by side
			f.stored = true
		}
		m.loaders, m.loaded = append(m.loaders, f.loader(register)), append(m.loaded, slices.Index(p.fields, f))
		return kind, register
	})
	at, customer := atRows, &m.customer
	if p.grouped() {
		at, customer = atGroups, &m.groupCustomer
	}
	registers := []any{customer, c.expr(features.ReleaseDate{}, at).vector}
	for _, f := range p.table.Features {
		c.feature = p.table.Prefix + f.Name
		c.features[f.Name] = c.expr(f.Value, at)
		registers = append(registers, c.features[f.Name].vector)
	}
	for i, column := range p.columns {
		blame := overflow{column: column.Name, at: at, kind: schema.Int}
		m.sinks = append(m.sinks, newSink(registers[i], column.Type, blame, p))
	}
	m.ops = c.ops
	return m
}

// use makes the machine read the rows of a store from now on, or forget those that it has read.
func (m *machine) use(s *store) {
	m.customer, m.release = vector[int64]{}, nil
	for i, l := range m.loaders {
		if s == nil {
			l.use(nil)
		} else {
			l.use(s.columns[m.loaded[i]])
		}
	}
}

func (m *machine) gather(rows []uint32) {
	for _, l := range m.loaders {
		l.gather(rows)
	}
}

// compute computes the loaded morsel and adds what lies in the output window to the sinks. It returns
// the number of rows added.
func (m *machine) compute() (int, error) {
	releases := m.release
	if err := m.run(m.ops[atRows]); err != nil {
		return 0, err
	}
	if m.plan.grouped() {
		m.divide()
		releases = m.groupRelease
		if err := m.run(m.ops[atGroups]); err != nil {
			return 0, err
		}
	}
	m.chosen.between(m.plan.from, m.plan.to, releases)
	for _, s := range m.sinks {
		if err := s.add(m.chosen); err != nil {
			return 0, m.located(err)
		}
	}
	return m.chosen.n, nil
}

func (m *machine) run(ops []op) error {
	for _, o := range ops {
		if err := o.run(); err != nil {
			return m.located(err)
		}
	}
	return nil
}

// located says where in the morsel an overflow was.
func (m *machine) located(err error) error {
	var o overflow
	errors.As(err, &o)
	return o.located(&m.morsel)
}

// loader reads source rows of one column into a register. After use it is either always asked for slices or
// always for gathered rows, since a slice is the column's own memory.
type loader interface {
	use(column any)
	slice(lo, hi int)
	gather(rows []uint32)
}

// loader reads the field into the register.
func (f *field) loader(register any) loader {
	switch r := register.(type) {
	case *vector[int64]:
		if f.narrow {
			return &widened{to: r}
		}
		return &loaded[int64]{to: r}
	case *vector[float64]:
		return &loaded[float64]{to: r}
	case *vector[uint8]:
		return &loaded[uint8]{to: r}
	}
	return &loaded[int32]{to: register.(*vector[int32])}
}

type loaded[T scalar] struct{ from, to *vector[T] }

func (l *loaded[T]) use(column any) {
	l.from, _ = column.(*vector[T])
	*l.to = vector[T]{}
}

func (l *loaded[T]) slice(lo, hi int) {
	l.to.v, l.to.ok = l.from.v[lo:hi], sliceMask(l.from.ok, lo, hi)
}

func (l *loaded[T]) gather(rows []uint32) {
	out := l.to.resize(len(rows))
	for i, row := range rows {
		out[i] = l.from.v[row]
	}
	gatherMask(l.from.ok, l.to, rows)
}

// widened reads INT as BIGINT.
type widened struct {
	from *vector[int32]
	to   *vector[int64]
}

func (l *widened) use(column any) {
	l.from, _ = column.(*vector[int32])
	*l.to = vector[int64]{}
}

func (l *widened) slice(lo, hi int) {
	converted(l.to.resize(hi-lo), l.from.v[lo:hi])
	l.to.ok = sliceMask(l.from.ok, lo, hi)
}

func (l *widened) gather(rows []uint32) {
	out := l.to.resize(len(rows))
	for i, row := range rows {
		out[i] = int64(l.from.v[row])
	}
	gatherMask(l.from.ok, l.to, rows)
}

func sliceMask(ok mask, lo, hi int) mask {
	if ok == nil {
		return nil
	}
	return ok[lo:hi]
}

func gatherMask[T scalar](from mask, to *vector[T], rows []uint32) {
	if from == nil {
		return
	}
	ok := to.writable(len(rows))
	for i, row := range rows {
		ok[i] = from[row]
	}
}
