package logs

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

const hidden = "***"

// Redactor replaces secrets by "***". The zero Redactor knows no secret. It is safe for concurrent
// use, also while secrets are added.
type Redactor struct {
	mutex    sync.Mutex // held by Add
	secrets  []string
	replacer atomic.Pointer[strings.Replacer]
}

// Add makes r hide the secrets from now on, also where they are escaped: in an address or between
// Go's quotes. Empty ones are ignored.
func (r *Redactor) Add(secrets ...string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, s := range secrets {
		if s == "" {
			continue
		}
		quoted := strconv.Quote(s)
		r.secrets = append(r.secrets, s, url.QueryEscape(s), url.PathEscape(s), quoted[1:len(quoted)-1])
	}
	// Of two secrets that begin at the same place the longer one must go.
	slices.SortFunc(r.secrets, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	r.secrets = slices.Compact(r.secrets)
	pairs := make([]string, 0, 2*len(r.secrets))
	for _, s := range r.secrets {
		pairs = append(pairs, s, hidden)
	}
	r.replacer.Store(strings.NewReplacer(pairs...))
}

// Redact returns s without secrets.
func (r *Redactor) Redact(s string) string {
	if replacer := r.replacer.Load(); replacer != nil {
		return replacer.Replace(s)
	}
	return s
}
