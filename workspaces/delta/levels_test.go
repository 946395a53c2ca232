package delta

import "testing"

func TestHoldsLevels(t *testing.T) {
	for name, c := range map[string]struct {
		runs []byte
		most int16
		n    int
		want bool
	}{
		"none of none":             {nil, 1, 0, true},
		"none of some":             {nil, 1, 1, false},
		"a column without levels":  {nil, 0, 9, true},
		"a run of four":            {[]byte{4 << 1, 1}, 1, 4, true},
		"a run of four for five":   {[]byte{4 << 1, 1}, 1, 5, false},
		"two runs":                 {[]byte{4 << 1, 1, 1 << 1, 0}, 1, 5, true},
		"a run without its value":  {[]byte{4 << 1}, 1, 1, false},
		"values of two bytes":      {[]byte{4 << 1, 1, 1, 1 << 1, 0}, 300, 5, false},
		"a run of none":            {[]byte{0, 1, 4 << 1, 1}, 1, 1, false},
		"eight packed":             {[]byte{1<<1 | 1, 0xff}, 1, 8, true},
		"eight packed for nine":    {[]byte{1<<1 | 1, 0xff}, 1, 9, false},
		"packed in two bits":       {[]byte{1<<1 | 1, 0xff, 0xff}, 3, 8, true},
		"packed that is cut short": {[]byte{2<<1 | 1, 0xff}, 1, 8, true},
		"packed beyond its end":    {[]byte{2<<1 | 1, 0xff}, 1, 9, false},
		"packed beyond all reason": {[]byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0xff}, 1, 8, false},
		"a number too long":        {[]byte{0x80 | 4<<1, 0x80, 0x80, 0x80, 0x80, 0, 1}, 1, 4, false},
		"a number without an end":  {[]byte{0xff, 0xff}, 1, 1, false},
		"a number too large":       {[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1}, 1, 1, false},
	} {
		if got := holdsLevels(c.runs, c.most, c.n); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
