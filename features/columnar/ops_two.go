package columnar

import (
	"math/big"

	"featops/features"
)

// The operations on two values of one row or one group.

type compare[T int64 | int32] struct {
	a   *vector[T]
	op  features.CompareOp
	b   *vector[T]
	out *vector[uint8]
}

func (o *compare[T]) run() error {
	a, b := o.a.v, o.b.v
	out := o.out.resize(len(a))
	switch o.op {
	case features.Equal:
		for i, x := range a {
			out[i] = bit(x == b[i])
		}
	case features.Less:
		for i, x := range a {
			out[i] = bit(x < b[i])
		}
	case features.Greater:
		for i, x := range a {
			out[i] = bit(x > b[i])
		}
	case features.GreaterEqual:
		for i, x := range a {
			out[i] = bit(x >= b[i])
		}
	}
	o.out.bothOf(o.a.ok, o.b.ok)
	return nil
}

// compareDoubles orders as Spark SQL does: NaN equals NaN and is greater than everything else.
type compareDoubles struct {
	a   *vector[float64]
	op  features.CompareOp
	b   *vector[float64]
	out *vector[uint8]
}

func (o *compareDoubles) run() error {
	a, b := o.a.v, o.b.v
	out := o.out.resize(len(a))
	switch o.op {
	case features.Equal:
		for i, x := range a {
			out[i] = bit(!less(x, b[i]) && !less(b[i], x))
		}
	case features.Less:
		for i, x := range a {
			out[i] = bit(less(x, b[i]))
		}
	case features.Greater:
		for i, x := range a {
			out[i] = bit(less(b[i], x))
		}
	case features.GreaterEqual:
		for i, x := range a {
			out[i] = bit(!less(x, b[i]))
		}
	}
	o.out.bothOf(o.a.ok, o.b.ok)
	return nil
}

// less is a < b, with NaN greater than everything else.
func less[T scalar](a, b T) bool { return a < b || isNaN(b) && !isNaN(a) }

func isNaN[T scalar](x T) bool { return x != x }

// compareTexts orders by bytes, as Spark SQL does.
type compareTexts struct {
	a     *vector[int32]
	op    features.CompareOp
	b     *vector[int32]
	texts *texts
	out   *vector[uint8]
}

func (o *compareTexts) run() error {
	out := o.out.resize(len(o.a.v))
	o.out.bothOf(o.a.ok, o.b.ok)
	texts := o.texts.all()
	for i := range out {
		if o.out.ok.null(i) {
			continue
		}
		a, b := texts[o.a.v[i]], texts[o.b.v[i]]
		switch o.op {
		case features.Less:
			out[i] = bit(a < b)
		case features.Greater:
			out[i] = bit(a > b)
		case features.GreaterEqual:
			out[i] = bit(a >= b)
		}
	}
	return nil
}

// arith computes with doubles; a product is rounded before anything is added to it, so that no
// machine fuses the two.
type arith struct {
	a   *vector[float64]
	op  features.ArithOp
	b   *vector[float64]
	out *vector[float64]
}

func (o *arith) run() error {
	a, b := o.a.v, o.b.v
	out := o.out.resize(len(a))
	o.out.bothOf(o.a.ok, o.b.ok)
	switch o.op {
	case features.Add:
		for i, x := range a {
			out[i] = x + b[i]
		}
	case features.Subtract:
		for i, x := range a {
			out[i] = x - b[i]
		}
	case features.Multiply:
		for i, x := range a {
			out[i] = float64(x * b[i])
		}
	case features.Divide:
		zeros := false
		for i, x := range a {
			zeros = zeros || b[i] == 0
			out[i] = x / b[i]
		}
		if zeros {
			o.nullByZero()
		}
	}
	return nil
}

// nullByZero makes null what was divided by zero.
func (o *arith) nullByZero() {
	before := o.out.ok
	ok := o.out.writable(len(o.b.v))
	for i, y := range o.b.v {
		ok[i] = bit(y != 0 && !before.null(i))
	}
}

// arithWhole computes with whole numbers. A result that is no BIGINT is an overflow.
type arithWhole struct {
	a     *vector[int64]
	op    features.ArithOp
	b     *vector[int64]
	out   *vector[int64]
	blame overflow
}

func (o *arithWhole) run() error {
	a, b := o.a.v, o.b.v
	out := o.out.resize(len(a))
	o.out.bothOf(o.a.ok, o.b.ok)
	var exact func(z, x, y *big.Int) *big.Int
	at := -1
	switch o.op {
	case features.Add:
		exact = (*big.Int).Add
		for i, x := range a {
			out[i] = x + b[i]
			if (out[i]^x)&(out[i]^b[i]) < 0 && !o.out.ok.null(i) {
				at = i
			}
		}
	case features.Subtract:
		exact = (*big.Int).Sub
		for i, x := range a {
			out[i] = x - b[i]
			if (x^b[i])&(x^out[i]) < 0 && !o.out.ok.null(i) {
				at = i
			}
		}
	case features.Multiply:
		exact = (*big.Int).Mul
		for i, x := range a {
			out[i] = x * b[i]
			if x != 0 && (out[i]/x != b[i] || x == -1 && out[i] == b[i] && b[i] != 0) && !o.out.ok.null(i) {
				at = i
			}
		}
	}
	if at >= 0 {
		value := exact(new(big.Int), big.NewInt(a[at]), big.NewInt(b[at]))
		return o.blame.of(at, value.String())
	}
	return nil
}
