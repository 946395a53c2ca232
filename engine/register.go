package engine

import (
	"context"
	"featops/engine/journal"
	"fmt"

	"github.com/google/uuid"
)

// registerTables registers tables by hand. Each time is a piece of work of its own.
func (e *Engine) registerTables(ctx context.Context, c RegisterTables) (Reply, error) {
	var keys []journal.RegistrationKey
	for _, table := range c.Tables {
		from := c.From
		if from == "" {
			w, err := e.ownerOf(table)
			if err != nil {
				return Reply{}, err
			}
			from = w.Name()
		}
		if _, err := e.workspace(from); err != nil {
			return Reply{}, err
		}
		targets := c.To
		if len(targets) == 0 {
			for _, w := range e.others(from) {
				targets = append(targets, w.Name())
			}
		}
		for _, to := range targets {
			if _, err := e.workspace(to); err != nil {
				return Reply{}, err
			}
			if to == from {
				return Reply{}, &InvalidError{fmt.Sprintf("register %s in %s: it lives there", table, to)}
			}
			keys = append(keys, journal.RegistrationKey{From: from, Task: "manual " + uuid.NewString(), Table: table, To: to})
		}
	}
	results, err := e.registrar.all(ctx, keys)
	return Reply{Registrations: results}, err
}
