package columnar

import (
	"fmt"
	"slices"

	"featops/features"
	"featops/features/schema"
)

// op computes one register from others, for all rows or groups of a morsel at once. Its only error is
// an overflow.
type op interface{ run() error }

// level says what an expression is computed over.
type level int

const (
	atRows   level = iota // the rows of the source
	atGroups              // the groups of them with one customer and month
	atOutput              // the groups that lie in the output window
)

// node is a compiled expression: the register that its value is in.
type node struct {
	id     int
	kind   schema.Type
	vector any // *vector[T], T as scalar says
}

// compiler turns the expressions of a table into operations, in an order in which they can run.
// What occurs twice is computed once. The definition has passed Table.Types.
//
// Of groups it computes what windows see of them, for all, and the rest for those in the output window alone.
type compiler struct {
	table   features.Table
	texts   *texts
	morsel  *morsel
	column  func(features.Col) (kind schema.Type, register any)
	feature string          // being compiled: an overflow names it
	values  map[string]node // of the features so far, in the output
	seen    map[string]node // by expression: what windows see
	known   map[string]node
	spans   map[lookback]*span
	steps   map[lookback]*step
	ops     [3][]op // by level
}

// lookback is how many rows or months back, and for which groups.
type lookback struct {
	by int
	at level
}

// features compiles the features and returns their registers.
func (c *compiler) features(at level) (registers []any) {
	if at == atOutput {
		for _, f := range c.table.Features {
			c.feature = f.Name
			c.windows(f.Value)
		}
	}
	for _, f := range c.table.Features {
		c.feature = f.Name
		c.values[f.Name] = c.expr(f.Value, at)
		registers = append(registers, c.values[f.Name].vector)
	}
	return registers
}

// windows compiles what the windows of an expression see.
func (c *compiler) windows(e features.Expr) {
	switch e := e.(type) {
	case features.Rolling:
		c.expr(e.Of, atGroups)
	case features.Lag:
		c.expr(e.Of, atGroups)
	default:
		for _, child := range features.Children(e) {
			c.windows(child)
		}
	}
}

// ref is a feature before the one that is being compiled.
func (c *compiler) ref(name string, at level) node {
	if at != atGroups {
		return c.values[name]
	}
	defer func(before string) { c.feature = before }(c.feature)
	c.feature = name
	i := slices.IndexFunc(c.table.Features, func(f features.Feature) bool { return f.Name == name })
	return c.expr(c.table.Features[i].Value, atGroups)
}

// expr compiles an expression, if it is not known already.
func (c *compiler) expr(e features.Expr, at level) node {
	if at == atRows {
		return c.compile(e, at)
	}
	name := fmt.Sprintf("%#v", e)
	n, ok := c.seen[name]
	switch {
	case ok && at == atOutput:
		return c.chosen(n)
	case ok:
		return n
	}
	n = c.compile(e, at)
	if at == atGroups {
		c.seen[name] = n
	}
	return n
}

func (c *compiler) compile(e features.Expr, at level) node {
	switch e := e.(type) {
	case features.Col:
		return c.load(e)
	case features.Ref:
		return c.ref(string(e), at)
	case features.Int:
		return literal(c, at, schema.BigInt, int64(e), false)
	case features.Num:
		return literal(c, at, schema.Double, float64(e), false)
	case features.Text:
		return literal(c, at, schema.String, c.texts.code(string(e)), false)
	case features.Null:
		return c.null(schema.Type(e), at)
	case features.EventMonth:
		return c.monthDay(at, -1)
	case features.ReleaseDate:
		return c.monthDay(at, 0)
	case features.Map:
		return c.mapped(e, at)
	case features.If:
		return c.choose(c.expr(e.Cond, at), c.expr(e.Then, at), c.expr(e.Else, at), at)
	case features.Coalesce:
		return c.coalesce(c.expr(e.Of, at), c.expr(e.Else, at), at)
	case features.NotNull:
		of := c.expr(e.Of, at)
		return emit(c, at, schema.Boolean, key("notnull", of), func(out *vector[uint8]) op {
			return &notNull{c.morsel.size(at), of.vector.(masked), out}
		})
	case features.Not:
		of := c.expr(e.Of, at)
		return emit(c, at, schema.Boolean, key("not", of), func(out *vector[uint8]) op {
			return &not{of.vector.(*vector[uint8]), out}
		})
	case features.And:
		return c.and(e, at)
	case features.Compare:
		return c.compare(c.expr(e.A, at), e.Op, c.expr(e.B, at), at)
	case features.Arith:
		return c.arith(c.expr(e.A, at), e.Op, c.expr(e.B, at), at)
	case features.Round:
		of := c.expr(e.Of, at)
		return emit(c, at, schema.Double, key("round", of), func(out *vector[float64]) op {
			return &round{of.vector.(*vector[float64]), out}
		})
	case features.Whole:
		of := c.expr(e.Of, at)
		return emit(c, at, schema.BigInt, key("whole", of), func(out *vector[int64]) op {
			return &whole{of.vector.(*vector[float64]), out, c.blame(at)}
		})
	case features.MonthStart:
		of := c.expr(e.Of, at)
		return emit(c, at, schema.Date, key("monthstart", of), func(out *vector[int32]) op {
			return &monthStart{of.vector.(*vector[int32]), out}
		})
	case features.MonthsBetween:
		end, start := c.expr(e.End, at), c.expr(e.Start, at)
		return emit(c, at, schema.Double, key("monthsbetween", end, start), func(out *vector[float64]) op {
			return &between{end.vector.(*vector[int32]), start.vector.(*vector[int32]), out}
		})
	case features.Aggregate:
		if e.Fn == features.Count {
			return emit(c, at, schema.BigInt, "count", func(out *vector[int64]) op {
				return &count{c.morsel.rowsOf(at), out}
			})
		}
		return c.over(e.Fn, c.expr(e.Of, atRows), atRows, c.morsel.rowsOf(at), "group", at)
	case features.Rolling:
		return c.over(e.Fn, c.expr(e.Of, atGroups), atGroups, c.window(lookback{e.Last, at}), fmt.Sprint("last ", e.Last), at)
	case features.Lag:
		return c.lag(c.expr(e.Of, atGroups), lookback{e.By, at})
	}
	panic(fmt.Sprintf("columnar: %T is no expression", e))
}

// emit adds the operation that build makes for a new register, unless one with the key is there.
func emit[T scalar](c *compiler, at level, kind schema.Type, key string, build func(out *vector[T]) op) node {
	key = fmt.Sprint(at, " ", key)
	if n, ok := c.known[key]; ok {
		return n
	}
	out := new(vector[T])
	n := node{len(c.known), kind, out}
	c.known[key] = n
	c.ops[at] = append(c.ops[at], build(out))
	return n
}

// key tells operations on the same operands from others.
func key(op any, of ...node) string {
	s := fmt.Sprint(op)
	for _, n := range of {
		s = fmt.Sprint(s, " ", n.id)
	}
	return s
}

// blame is what an operation that may overflow says of itself.
func (c *compiler) blame(at level) overflow {
	return overflow{column: c.table.Prefix + c.feature, at: at, kind: schema.BigInt}
}

func (c *compiler) load(col features.Col) node {
	name := fmt.Sprint("column ", col)
	n, ok := c.known[name]
	if !ok {
		kind, register := c.column(col)
		n = node{len(c.known), kind, register}
		c.known[name] = n
	}
	return n
}

func literal[T scalar](c *compiler, at level, kind schema.Type, value T, null bool) node {
	return emit(c, at, kind, fmt.Sprint("literal ", kind, " ", value, null), func(out *vector[T]) op {
		return &constant[T]{n: c.morsel.size(at), value: value, null: null, out: out}
	})
}

func (c *compiler) null(kind schema.Type, at level) node {
	switch kind {
	case schema.BigInt:
		return literal(c, at, kind, int64(0), true)
	case schema.Double:
		return literal(c, at, kind, float64(0), true)
	case schema.Boolean:
		return literal(c, at, kind, uint8(0), true)
	}
	return literal(c, at, kind, int32(0), true)
}

// monthDay is the first day of the month that lies the distance from the release month.
func (c *compiler) monthDay(at level, distance int32) node {
	return emit(c, at, schema.Date, fmt.Sprint("month ", distance), func(out *vector[int32]) op {
		return &monthDay{c.morsel.releases(at), distance, out}
	})
}

func (c *compiler) mapped(e features.Map, at level) node {
	of := c.expr(e.Of, at)
	branches := []node{c.expr(e.IfNull, at), c.expr(e.Else, at)}
	from := make([]string, len(e.Cases))
	for i, k := range e.Cases {
		from[i] = k.From
		branches = append(branches, c.expr(k.To, at))
	}
	name := key(fmt.Sprintf("map %q", from), append([]node{of}, branches...)...)
	switch branches[0].vector.(type) {
	case *vector[int64]:
		return mapOf[int64](c, at, name, of, from, branches)
	case *vector[float64]:
		return mapOf[float64](c, at, name, of, from, branches)
	case *vector[uint8]:
		return mapOf[uint8](c, at, name, of, from, branches)
	}
	return mapOf[int32](c, at, name, of, from, branches)
}

func mapOf[T scalar](c *compiler, at level, name string, of node, from []string, branches []node) node {
	return emit(c, at, branches[0].kind, name, func(out *vector[T]) op {
		return &mapping[T]{of: of.vector.(*vector[int32]), texts: c.texts, from: from, branches: vectors[T](branches), out: out}
	})
}

func vectors[T scalar](nodes []node) []*vector[T] {
	out := make([]*vector[T], len(nodes))
	for i, n := range nodes {
		out[i] = n.vector.(*vector[T])
	}
	return out
}

func (c *compiler) choose(cond, then, other node, at level) node {
	switch x := then.vector.(type) {
	case *vector[int64]:
		return chooseOf(c, at, cond, then, other, x)
	case *vector[float64]:
		return chooseOf(c, at, cond, then, other, x)
	case *vector[uint8]:
		return chooseOf(c, at, cond, then, other, x)
	}
	return chooseOf(c, at, cond, then, other, then.vector.(*vector[int32]))
}

func chooseOf[T scalar](c *compiler, at level, cond, then, other node, x *vector[T]) node {
	return emit(c, at, then.kind, key("if", cond, then, other), func(out *vector[T]) op {
		return &choice[T]{cond.vector.(*vector[uint8]), x, other.vector.(*vector[T]), out}
	})
}

func (c *compiler) coalesce(of, other node, at level) node {
	switch x := of.vector.(type) {
	case *vector[int64]:
		return coalesceOf(c, at, of, other, x)
	case *vector[float64]:
		return coalesceOf(c, at, of, other, x)
	case *vector[uint8]:
		return coalesceOf(c, at, of, other, x)
	}
	return coalesceOf(c, at, of, other, of.vector.(*vector[int32]))
}

func coalesceOf[T scalar](c *compiler, at level, of, other node, x *vector[T]) node {
	return emit(c, at, of.kind, key("coalesce", of, other), func(out *vector[T]) op {
		return &coalesce[T]{x, other.vector.(*vector[T]), out}
	})
}

func (c *compiler) and(terms features.And, at level) node {
	all := literal(c, at, schema.Boolean, uint8(1), false)
	for i, term := range terms {
		next := c.expr(term, at)
		if i == 0 {
			all = next
			continue
		}
		before := all
		all = emit(c, at, schema.Boolean, key("and", before, next), func(out *vector[uint8]) op {
			return &and{before.vector.(*vector[uint8]), next.vector.(*vector[uint8]), out}
		})
	}
	return all
}

// double is the node itself when it is a DOUBLE, else its whole numbers as DOUBLE.
func (c *compiler) double(n node, at level) node {
	x, ok := n.vector.(*vector[int64])
	if !ok {
		return n
	}
	return emit(c, at, schema.Double, key("double", n), func(out *vector[float64]) op {
		return &toDouble{x, out}
	})
}

func (c *compiler) compare(a node, o features.CompareOp, b node, at level) node {
	if a.kind != b.kind {
		a, b = c.double(a, at), c.double(b, at)
	}
	return emit(c, at, schema.Boolean, key(o, a, b), func(out *vector[uint8]) op {
		switch x := a.vector.(type) {
		case *vector[int64]:
			return &compare[int64]{x, o, b.vector.(*vector[int64]), out}
		case *vector[float64]:
			return &compareDoubles{x, o, b.vector.(*vector[float64]), out}
		}
		x, y := a.vector.(*vector[int32]), b.vector.(*vector[int32])
		if a.kind == schema.String && o != features.Equal {
			return &compareTexts{x, o, y, c.texts, out}
		}
		return &compare[int32]{x, o, y, out}
	})
}

func (c *compiler) arith(a node, o features.ArithOp, b node, at level) node {
	if a.kind == schema.BigInt && b.kind == schema.BigInt && o != features.Divide {
		return emit(c, at, schema.BigInt, key(o, a, b), func(out *vector[int64]) op {
			return &arithWhole{a.vector.(*vector[int64]), o, b.vector.(*vector[int64]), out, c.blame(at)}
		})
	}
	a, b = c.double(a, at), c.double(b, at)
	return emit(c, at, schema.Double, key(o, a, b), func(out *vector[float64]) op {
		return &arith{a.vector.(*vector[float64]), o, b.vector.(*vector[float64]), out}
	})
}
