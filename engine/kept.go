package engine

import (
	"sync"
	"time"

	"featops/workspaces"
)

// kept is what was read of the newest version of each table that was looked at.
type kept[T any] struct {
	mu     sync.Mutex
	tables map[[2]string]keptOf[T] // by workspace and name
}

type keptOf[T any] struct {
	version int64
	updated time.Time // a table that was made anew may have the version of an older one
	value   T
}

func (k *kept[T]) of(t workspaces.Table) (value T, known bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	one, ok := k.tables[[2]string{t.Workspace, t.Name}]
	return one.value, ok && one.version == t.Version && one.updated.Equal(t.Updated)
}

func (k *kept[T]) put(t workspaces.Table, value T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tables == nil {
		k.tables = map[[2]string]keptOf[T]{}
	}
	k.tables[[2]string{t.Workspace, t.Name}] = keptOf[T]{t.Version, t.Updated, value}
}
