package databricks

import "time"

// recent keeps values by number for as long as somebody asks for them: those that nobody has asked for since unasked go. What it loses is
// fetched again. It is used under the lock of the workspace.
type recent[V any] struct {
	kept  map[number]*lately[V]
	swept time.Time
}

type lately[V any] struct {
	value V
	asked time.Time
}

// unasked is longer than the time between two looks, so that what is in sight stays.
const unasked = 6 * time.Hour

func (r *recent[V]) get(key number, now time.Time) (value V, ok bool) {
	k := r.kept[key]
	if k == nil {
		return value, false
	}
	k.asked = now
	return k.value, true
}

func (r *recent[V]) put(key number, value V, now time.Time) {
	if r.kept == nil {
		r.kept = map[number]*lately[V]{}
	}
	r.kept[key] = &lately[V]{value, now}
	if now.Sub(r.swept) < unasked {
		return
	}
	r.swept = now
	for key, k := range r.kept {
		if now.Sub(k.asked) > unasked {
			delete(r.kept, key)
		}
	}
}
