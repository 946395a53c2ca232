package columnar

import (
	"math"
	"math/big"
	"slices"
	"sort"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestOrderAgreesWithAStableSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "rows")
		id := rapid.SampledFrom([]*rapid.Generator[int64]{
			rapid.Int64Range(0, 5), rapid.Int64(), rapid.Int64Range(1<<40, 1<<40+100_000), rapid.SampledFrom([]int64{math.MinInt64, 0, math.MaxInt64}),
		}).Draw(t, "ids")
		month := rapid.SampledFrom([]*rapid.Generator[int32]{
			rapid.Int32Range(600, 660), rapid.Int32(), rapid.Just(int32(7)),
		}).Draw(t, "months")
		customer := rapid.SliceOfN(id, n, n).Draw(t, "customer")
		release := rapid.SliceOfN(month, n, n).Draw(t, "release")
		if rapid.Bool().Draw(t, "by month") {
			sort.Slice(release, func(i, j int) bool { return release[i] < release[j] })
		}
		want := make([]uint32, n)
		for i := range want {
			want[i] = uint32(i)
		}
		before := func(a, b uint32) bool {
			if customer[a] != customer[b] {
				return customer[a] < customer[b]
			}
			return release[a] < release[b]
		}
		sorted := sort.SliceIsSorted(want, func(i, j int) bool { return before(want[i], want[j]) })
		sort.SliceStable(want, func(i, j int) bool { return before(want[i], want[j]) })
		piece := rapid.IntRange(1, n).Draw(t, "rows of a piece")
		for i, row := range want {
			want[i] = row/uint32(piece)<<rowBits + row%uint32(piece)
		}
		got, stood, err := order(slices.Collect(slices.Chunk(customer, piece)), slices.Collect(slices.Chunk(release, piece)),
			rapid.IntRange(1, 3).Draw(t, "workers"))
		if err != nil || stood != sorted {
			t.Fatalf("error %v, sorted %v, want %v", err, stood, sorted)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestDecimalIsTheNearestDouble(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unscaled := new(big.Int).Mul(big.NewInt(rapid.Int64().Draw(t, "n")), big.NewInt(rapid.SampledFrom([]int64{1, 1, 1e18}).Draw(t, "times")))
		scale := rapid.Int32Range(0, 38).Draw(t, "scale")
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
		want, _ := new(big.Rat).SetFrac(unscaled, power).Float64()
		if got := decimal(decimal128.FromBigInt(unscaled), scale); got != want {
			t.Fatalf("decimal(%v, %d) = %v, want %v", unscaled, scale, got, want)
		}
	})
}

func TestPackKeepsEveryBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOf(rapid.Uint8Range(0, 1)).Draw(t, "bytes")
		r := &recycler{}
		dirty := r.Allocate(64)
		for i := range dirty {
			dirty[i] = 0xff
		}
		r.Free(dirty)
		packed, set := pack(b, r)
		ones := 0
		for i, x := range b {
			if packed[i/8]>>(i%8)&1 != x {
				t.Fatalf("bit %d is not %d", i, x)
			}
			ones += int(x)
		}
		if set != ones {
			t.Fatalf("%d ones, want %d", set, ones)
		}
	})
}

func TestRecyclerGivesReleasedMemoryAgain(t *testing.T) {
	r := &recycler{}
	first := r.Allocate(1000)
	r.Free(first)
	if second := r.Allocate(900); &second[0] != &first[0] || len(second) != 900 {
		t.Error("memory of the same class was not used again")
	}
	third := r.Allocate(900)
	if &third[0] == &first[0] {
		t.Error("memory was given out twice")
	}
	copy(third, "kept")
	if grown := r.Reallocate(5000, third); string(grown[:4]) != "kept" || len(grown) != 5000 {
		t.Error("the content was lost")
	}
}
