package embedded

import (
	"context"
	"fmt"

	"featops/workspaces"
)

// Registrations implements [workspaces.Workspace]; by name.
func (w *Workspace) Registrations(ctx context.Context) ([]workspaces.Registration, error) {
	return w.store.registrations(ctx, "")
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
	return found[0], nil
}

// Register implements [workspaces.Workspace]. A registration without a time gets this one.
func (w *Workspace) Register(ctx context.Context, r workspaces.Registration) error {
	if err := w.writable("register " + r.Name); err != nil {
		return err
	}
	if r.Name == "" || r.Workspace == w.options.Name {
		return fmt.Errorf("register %q of %s in %s: allowed are named tables of other workspaces", r.Name, r.Workspace, w.options.Name)
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
