package columnar

import (
	"strings"
	"sync"

	"featops/features"
)

// texts numbers the cleaned texts of all columns in the order in which they are first seen, so that
// equal texts have equal codes. It may be used by several goroutines.
type texts struct {
	mu    sync.RWMutex
	codes map[string]int32
	list  []string
}

func newTexts() *texts { return &texts{codes: map[string]int32{}} }

// code returns the code of a text that is clean.
func (t *texts) code(clean string) int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	code, ok := t.codes[clean]
	if !ok {
		code = int32(len(t.list))
		t.codes[clean] = code
		t.list = append(t.list, clean)
	}
	return code
}

// all returns the texts by code: every code given out so far is in it.
func (t *texts) all() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.list
}

// cleaner turns the raw texts of a source into codes, each distinct one cleaned once. It is used by
// one goroutine.
type cleaner struct {
	texts  *texts
	known  map[string]cleaned
	recent [256]cleaned // by a few bytes of the text: categories are few and come again and again
}

// cleaned is a raw text, in memory of its own, and its code.
type cleaned struct {
	raw  string
	code int32
}

func newCleaner(t *texts) *cleaner {
	c := &cleaner{texts: t, known: map[string]cleaned{}}
	empty := cleaned{code: t.code("")}
	for i := range c.recent {
		c.recent[i] = empty
	}
	return c
}

// clean returns the code of the cleaned raw text, which may stand in memory that is used again.
func (c *cleaner) clean(raw string) int32 {
	slot := uint8(0)
	if len(raw) > 0 {
		slot = raw[0] + 16*raw[len(raw)-1] + 64*uint8(len(raw))
	}
	recent := &c.recent[slot]
	if raw == recent.raw {
		return recent.code
	}
	known, ok := c.known[raw]
	if !ok {
		raw = strings.Clone(raw)
		known = cleaned{raw, c.texts.code(features.Clean(raw))}
		c.known[raw] = known
	}
	*recent = known
	return known.code
}
