package columnar

import (
	"fmt"

	"featops/features"
	"featops/features/schema"
)

// window is the span of the last n rows or months of each group's customer.
func (c *compiler) window(n int) *span {
	s, ok := c.spans[n]
	if !ok {
		s = &span{}
		c.spans[n] = s
		c.ops[atGroups] = append(c.ops[atGroups], &windowStarts{c.morsel, c.frame, n, s})
	}
	return s
}

// step is, for each group, the one that lies k rows or months before.
func (c *compiler) step(k int) *step {
	s, ok := c.steps[k]
	if !ok {
		s = &step{}
		c.steps[k] = s
		c.ops[atGroups] = append(c.ops[atGroups], &stepsBack{c.morsel, c.frame, k, s})
	}
	return s
}

// over is a function over the values of each span: the rows of a group, or the groups of a window.
// of is computed at their level, and over names the span.
func (c *compiler) over(fn features.Fn, of node, at level, s *span, over string) node {
	name := key(fmt.Sprint(fn, " ", over), of)
	switch fn {
	case features.Sum:
		if x, ok := of.vector.(*vector[int64]); ok {
			return emit(c, atGroups, schema.BigInt, name, func(out *vector[int64]) op {
				return &sumWhole{x, s, out, c.blame(atGroups)}
			})
		}
		return emit(c, atGroups, schema.Double, name, func(out *vector[float64]) op {
			return &sum{of.vector.(*vector[float64]), s, out}
		})
	case features.Mean:
		x := c.double(of, at).vector.(*vector[float64])
		return emit(c, atGroups, schema.Double, name, func(out *vector[float64]) op {
			return &mean{x, s, out}
		})
	case features.StdDev:
		x := c.double(of, at).vector.(*vector[float64])
		return emit(c, atGroups, schema.Double, name, func(out *vector[float64]) op {
			return &deviation{x, s, out}
		})
	}
	switch x := of.vector.(type) {
	case *vector[int64]:
		return extremeOf(c, fn, of, x, s, name)
	case *vector[float64]:
		return emit(c, atGroups, schema.Double, name, func(out *vector[float64]) op {
			return &extremeDouble{x, s, fn == features.Max, out}
		})
	case *vector[uint8]:
		return emit(c, atGroups, schema.Boolean, name, func(out *vector[uint8]) op {
			return &extremeTruth{x, s, fn == features.Max, out}
		})
	}
	return extremeOf(c, fn, of, of.vector.(*vector[int32]), s, name)
}

func extremeOf[T int64 | int32](c *compiler, fn features.Fn, of node, x *vector[T], s *span, name string) node {
	return emit(c, atGroups, of.kind, name, func(out *vector[T]) op {
		return &extreme[T]{x, s, fn == features.Max, out}
	})
}

func (c *compiler) lag(of node, k int) node {
	s := c.step(k)
	switch x := of.vector.(type) {
	case *vector[int64]:
		return lagOf(c, of, x, s, k)
	case *vector[float64]:
		return lagOf(c, of, x, s, k)
	case *vector[uint8]:
		return lagOf(c, of, x, s, k)
	}
	return lagOf(c, of, of.vector.(*vector[int32]), s, k)
}

func lagOf[T scalar](c *compiler, of node, x *vector[T], s *step, k int) node {
	return emit(c, atGroups, of.kind, key(fmt.Sprint("lag ", k), of), func(out *vector[T]) op {
		return &lag[T]{x, s, out}
	})
}
