package embedded

import (
	"context"
	"errors"
	"fmt"

	"featops/workspaces"
)

// Registrations implements [workspaces.Workspace]; by name. A table of a workspace whose rows are not on this disk counts for as long
// as its copy is here.
func (w *Workspace) Registrations(ctx context.Context) ([]workspaces.Registration, error) {
	all, err := w.store.registrations(ctx, "")
	if err != nil {
		return nil, err
	}
	var out []workspaces.Registration
	for _, r := range all {
		switch err := w.here(ctx, r); {
		case errors.Is(err, workspaces.ErrNotRegistered):
			w.log.DebugContext(ctx, "the copy of a registered table is not here", "table", r.Name, "error", err)
		case err != nil:
			return nil, err
		default:
			out = append(out, r)
		}
	}
	return out, nil
}

// Registration implements [workspaces.Workspace].
func (w *Workspace) Registration(ctx context.Context, table string) (workspaces.Registration, error) {
	found, err := w.store.registrations(ctx, table)
	if err != nil {
		return workspaces.Registration{}, err
	}
	if table == "" || len(found) == 0 {
		return workspaces.Registration{}, fmt.Errorf("%s in %s: %w", table, w.options.Name, workspaces.ErrNotRegistered)
	}
	if err := w.here(ctx, found[0]); err != nil {
		return workspaces.Registration{}, err
	}
	return found[0], nil
}

// Register implements [workspaces.Workspace]. A registration without a time gets this one. A table of another workspace on local disk is
// read where it is; the rows of any other are copied first.
func (w *Workspace) Register(ctx context.Context, r workspaces.Registration) error {
	if err := w.writable("register " + r.Name); err != nil {
		return err
	}
	if r.Name == "" || r.Workspace == w.options.Name {
		return fmt.Errorf("register %q of %s in %s: allowed are named tables of other workspaces", r.Name, r.Workspace, w.options.Name)
	}
	r.Copy = ""
	if owner, ok := w.owner(r.Workspace); ok {
		place, err := w.copyTable(ctx, owner, r.Table)
		if err != nil {
			return err
		}
		r.Copy = place
	}
	if r.Registered.IsZero() {
		r.Registered = w.now()
	}
	if err := w.store.register(ctx, r); err != nil {
		return err
	}
	w.tick()
	return nil
}
