package sample

import (
	"math"
	"math/rand/v2"
)

// purpose separates the streams of one customer, so that a new draw for one purpose leaves every
// other value as it was.
type purpose uint64

const (
	forCustomer purpose = iota + 1
	forCredits
	forInstalment
	forClients
	forProducts
	forPayments
	forBureau
	forTransactions
)

// draws gives random numbers out of the stream that at has chosen last.
type draws struct {
	*rand.Rand
	pcg  *rand.PCG
	seed uint64
}

func newDraws(seed uint64) *draws {
	pcg := rand.NewPCG(0, 0)
	return &draws{Rand: rand.New(pcg), pcg: pcg, seed: seed}
}

// at moves to the start of the stream of a purpose, customer and step.
func (d *draws) at(p purpose, customer, step int) {
	d.pcg.Seed(mix(mix(d.seed)+uint64(p)), mix(mix(uint64(customer))+uint64(step)))
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
// Generators", 2014): neighbouring numbers become unrelated ones.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance is true with probability p.
func (d *draws) chance(p float64) bool { return d.Float64() < p }

// between is uniform over the whole numbers lo to hi, both included.
func (d *draws) between(lo, hi int) int { return lo + d.IntN(hi-lo+1) }

// amount is uniform between lo and hi, in cents.
func (d *draws) amount(lo, hi float64) float64 { return cents(lo + (hi-lo)*d.Float64()) }

// pick is an index, chosen with the given weights, which sum to 1.
func (d *draws) pick(weights ...float64) int {
	u := d.Float64()
	for i, w := range weights {
		if u < w {
			return i
		}
		u -= w
	}
	return len(weights) - 1
}

// normal is normal(mean, deviation), by Marsaglia's polar method. The conversions keep the
// compiler from fusing multiply and add, which would change which points are accepted.
func (d *draws) normal(mean, deviation float64) float64 {
	for {
		u, v := 2*d.Float64()-1, 2*d.Float64()-1
		s := float64(u*u) + float64(v*v)
		if s > 0 && s < 1 {
			return mean + deviation*u*math.Sqrt(-2*math.Log(s)/s)
		}
	}
}

// gamma2 is Gamma(2, scale): the sum of two exponential draws.
func (d *draws) gamma2(scale float64) float64 {
	return -scale * math.Log((1-d.Float64())*(1-d.Float64()))
}

// poisson is Poisson(λ) for a given e^-λ, by Knuth's product of uniform draws: right for small λ,
// and without a function that differs between architectures.
func (d *draws) poisson(expMinusLambda float64) int {
	n := 0
	for p := d.Float64(); p > expMinusLambda; p *= d.Float64() {
		n++
	}
	return n
}

// cents rounds an amount of money to two decimals.
func cents(x float64) float64 { return math.Round(x*100) / 100 }
