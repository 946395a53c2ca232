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
	loaded  []int    // the field of each loader
	keys    struct { // room for gathered ones
		customer []int64
		release  []int32
	}
	ops    [3][]op
	sinks  []sink
	offers []offer
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
		at, customer = atOutput, &m.outputCustomer
	}
	registers := append([]any{customer, c.expr(features.ReleaseDate{}, at).vector}, c.features(at)...)
	for i, column := range p.columns {
		blame := overflow{column: column.Name, at: at, kind: schema.Int}
		m.sinks = append(m.sinks, newSink(registers[i], column.Type, blame, p))
	}
	// The values of a register that several sinks take are last taken by one that may move them.
	taken := map[any]bool{}
	for i, s := range slices.Backward(m.sinks) {
		if o, ok := s.(offer); ok && !taken[registers[i]] {
			m.offers = append(m.offers, o)
		}
		taken[registers[i]] = true
	}
	m.ops = c.ops
	return m
}

// offer is a sink that lets its register lie where the values go.
type offer interface{ offer(n int) }

// begin begins a morsel of n rows, which give no more rows of output.
func (m *machine) begin(n int) {
	m.rows = n
	for _, o := range m.offers {
		o.offer(n)
	}
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

// slice makes rows that lie side by side in a piece the morsel.
func (m *machine) slice(s *store, piece, lo, hi int) {
	m.begin(hi - lo)
	m.customer.v, m.release = s.customer[piece][lo:hi], s.release[piece][lo:hi]
	for _, l := range m.loaders {
		l.slice(piece, lo, hi)
	}
}

// gather makes rows the morsel, with these release months or, if there are none, their own.
func (m *machine) gather(s *store, rows []uint32, releases []int32) {
	m.begin(len(rows))
	m.keys.customer = resized(m.keys.customer, len(rows))
	rowsAt(m.keys.customer, s.customer, rows)
	if releases == nil {
		m.keys.release = resized(m.keys.release, len(rows))
		rowsAt(m.keys.release, s.release, rows)
		releases = m.keys.release
	}
	m.customer.v, m.release = m.keys.customer, releases
	for _, l := range m.loaders {
		l.gather(rows)
	}
}

// compute computes the loaded morsel and adds what lies in the output window to the sinks. It returns
// the number of rows added.
func (m *machine) compute() (rows int, err error) {
	rows = m.rows
	if err := m.run(m.ops[atRows]); err != nil {
		return 0, err
	}
	if m.plan.grouped() {
		m.divide()
		m.choose(m.plan.from, m.plan.to)
		if rows = m.outputs; rows == 0 {
			return 0, nil
		}
		for _, at := range []level{atGroups, atOutput} {
			if err := m.run(m.ops[at]); err != nil {
				return 0, err
			}
		}
	}
	for _, s := range m.sinks {
		if err := s.add(); err != nil {
			return 0, m.located(err)
		}
	}
	return rows, nil
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

// loader reads source rows of one column into a register.
type loader interface {
	use(column any)
	slice(piece, lo, hi int) // in the column's own memory
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

type loaded[T scalar] struct {
	from *stored[T]
	to   *vector[T]
	room []T // for gathered rows
}

func (l *loaded[T]) use(column any) {
	l.from, _ = column.(*stored[T])
	*l.to = vector[T]{}
}

func (l *loaded[T]) slice(piece, lo, hi int) {
	l.to.v, l.to.ok = l.from.v[piece][lo:hi], sliceMask(l.from.ok, piece, lo, hi)
}

func (l *loaded[T]) gather(rows []uint32) {
	l.room = resized(l.room, len(rows))
	rowsAt(l.room, l.from.v, rows)
	l.to.v = l.room
	gatherMask(l.from.ok, l.to, rows)
}

// widened reads INT as BIGINT.
type widened struct {
	from *stored[int32]
	to   *vector[int64]
}

func (l *widened) use(column any) {
	l.from, _ = column.(*stored[int32])
	*l.to = vector[int64]{}
}

func (l *widened) slice(piece, lo, hi int) {
	converted(l.to.resize(hi-lo), l.from.v[piece][lo:hi])
	l.to.ok = sliceMask(l.from.ok, piece, lo, hi)
}

func (l *widened) gather(rows []uint32) {
	out := l.to.resize(len(rows))
	for i, row := range rows {
		out[i] = int64(l.from.v[row>>rowBits][row&rowMask])
	}
	gatherMask(l.from.ok, l.to, rows)
}

func sliceMask(ok []mask, piece, lo, hi int) mask {
	if ok == nil {
		return nil
	}
	return ok[piece][lo:hi]
}

func gatherMask[T scalar](from []mask, to *vector[T], rows []uint32) {
	if from == nil {
		to.ok = nil
		return
	}
	rowsAt(to.writable(len(rows)), from, rows)
}
