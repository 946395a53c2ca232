package journal

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func anyTime() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		seconds := rapid.Int64Range(-62135596799, 253402214400).Draw(t, "seconds") // years 1 to 9999, but for the zero time, which is none
		zone := time.FixedZone("", rapid.IntRange(-12*3600, 14*3600).Draw(t, "zone"))
		return time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).In(zone)
	})
}

func stamped(t *rapid.T, at time.Time) (text string, back time.Time) {
	v, err := stamp(at).Value()
	if err == nil {
		err = (*stamp)(&back).Scan(v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v.(string), back
}

func TestStampsKeepTimesAndTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyTime().Draw(t, "a"), anyTime().Draw(t, "b")
		if rapid.Bool().Draw(t, "close") {
			b = a.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "apart")))
		}
		textA, backA := stamped(t, a)
		textB, _ := stamped(t, b)
		if !backA.Equal(a) {
			t.Errorf("%v came back as %v", a, backA)
		}
		if (textA < textB) != a.Before(b) || (textA == textB) != a.Equal(b) {
			t.Errorf("%v and %v sort as %s and %s", a, b, textA, textB)
		}
	})
}

func TestATimeThatTextCannotHoldIsRefused(t *testing.T) {
	for _, at := range []time.Time{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if v, err := stamp(at).Value(); err == nil {
			t.Errorf("%v was recorded as %v", at, v)
		}
	}
}
