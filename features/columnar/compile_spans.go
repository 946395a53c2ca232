package columnar

import (
	"fmt"

	"featops/features"
	"featops/features/schema"
)

// window is the span of the last rows or months of each group's customer.
func (c *compiler) window(of lookback) *span {
	s, ok := c.spans[of]
	if !ok {
		s = &span{}
		c.spans[of] = s
		c.ops[of.at] = append(c.ops[of.at], &windowStarts{c.morsel, c.morsel.places(of.at), c.table.Frame, of.by, s})
	}
	return s
}

// step is, for each group, the one that lies so many rows or months before.
func (c *compiler) step(of lookback) *step {
	s, ok := c.steps[of]
	if !ok {
		s = &step{}
		c.steps[of] = s
		c.ops[of.at] = append(c.ops[of.at], &stepsBack{c.morsel, c.morsel.places(of.at), c.table.Frame, of.by, s})
	}
	return s
}

// chosen is what was computed for all groups, for those in the output window.
func (c *compiler) chosen(of node) node {
	switch x := of.vector.(type) {
	case *vector[int64]:
		return chosenOf(c, of, x)
	case *vector[float64]:
		return chosenOf(c, of, x)
	case *vector[uint8]:
		return chosenOf(c, of, x)
	}
	return chosenOf(c, of, of.vector.(*vector[int32]))
}

func chosenOf[T scalar](c *compiler, of node, x *vector[T]) node {
	return emit(c, atOutput, of.kind, key("chosen", of), func(out *vector[T]) op {
		return &chosen[T]{of: x, at: c.morsel.places(atOutput), out: out}
	})
}

// over is a function over the values of each span: the rows of a group, or the groups of a window.
// of is computed at their level, the function for the groups of another one. over names the span.
func (c *compiler) over(fn features.Fn, of node, level level, s *span, over string, at level) node {
	name := key(fmt.Sprint(fn, " ", over), of)
	switch fn {
	case features.Sum:
		if x, ok := of.vector.(*vector[int64]); ok {
			return emit(c, at, schema.BigInt, name, func(out *vector[int64]) op {
				return &sumWhole{x, s, out, c.blame(at)}
			})
		}
		return emit(c, at, schema.Double, name, func(out *vector[float64]) op {
			return &sum{of.vector.(*vector[float64]), s, out}
		})
	case features.Mean:
		x := c.double(of, level).vector.(*vector[float64])
		return emit(c, at, schema.Double, name, func(out *vector[float64]) op {
			return &mean{x, s, out}
		})
	case features.StdDev:
		x := c.double(of, level).vector.(*vector[float64])
		return emit(c, at, schema.Double, name, func(out *vector[float64]) op {
			return &deviation{x, s, out}
		})
	}
	switch x := of.vector.(type) {
	case *vector[int64]:
		return extremeOf(c, fn, of, x, s, name, at)
	case *vector[float64]:
		return emit(c, at, schema.Double, name, func(out *vector[float64]) op {
			return &extremeDouble{x, s, fn == features.Max, out}
		})
	case *vector[uint8]:
		return emit(c, at, schema.Boolean, name, func(out *vector[uint8]) op {
			return &extremeTruth{x, s, fn == features.Max, out}
		})
	}
	return extremeOf(c, fn, of, of.vector.(*vector[int32]), s, name, at)
}

func extremeOf[T int64 | int32](c *compiler, fn features.Fn, of node, x *vector[T], s *span, name string, at level) node {
	return emit(c, at, of.kind, name, func(out *vector[T]) op {
		return &extreme[T]{x, s, fn == features.Max, out}
	})
}

func (c *compiler) lag(of node, back lookback) node {
	s := c.step(back)
	switch x := of.vector.(type) {
	case *vector[int64]:
		return lagOf(c, of, x, s, back)
	case *vector[float64]:
		return lagOf(c, of, x, s, back)
	case *vector[uint8]:
		return lagOf(c, of, x, s, back)
	}
	return lagOf(c, of, of.vector.(*vector[int32]), s, back)
}

func lagOf[T scalar](c *compiler, of node, x *vector[T], s *step, back lookback) node {
	return emit(c, back.at, of.kind, key(fmt.Sprint("lag ", back.by), of), func(out *vector[T]) op {
		return &lag[T]{x, s, out}
	})
}
