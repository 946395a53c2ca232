package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"featops/engine/config"
	"featops/workspaces"
)

// copies is a workspace that keeps the rows of tables of other workspaces that are registered in it.
type copies interface {
	Copy(ctx context.Context, owner, table string, version int64) (workspaces.Table, error)
}

// atHand reports whether a workspace has the rows of its tables on this disk.
func (e *Engine) atHand(w workspaces.Workspace) bool {
	c, _ := e.config.Workspace(w.Name())
	return c.Kind != config.Databricks
}

// copyOf finds the copy of a table whose owner does not have its rows on this disk, and the workspace that has it: at a version, or
// as it was registered last for workspaces.NoTable.
func (e *Engine) copyOf(ctx context.Context, owner workspaces.Workspace, name string, version int64) (workspaces.Workspace, workspaces.Table, error) {
	var has []string
	for _, w := range e.others(owner.Name()) {
		keeper, ok := w.(copies)
		if !ok {
			continue
		}
		r, err := e.registrar.registration(ctx, w, name)
		if errors.Is(err, workspaces.ErrNotRegistered) || err == nil && r.Workspace != owner.Name() {
			continue
		}
		if err != nil {
			return nil, workspaces.Table{}, err
		}
		wanted := version
		if wanted == workspaces.NoTable {
			wanted = r.Version
		}
		t, err := keeper.Copy(ctx, owner.Name(), name, wanted)
		if err == nil {
			return w, t, nil
		}
		if !errors.Is(err, workspaces.ErrNoTable) {
			return nil, workspaces.Table{}, err
		}
		has = append(has, fmt.Sprintf("%s has version %d", w.Name(), r.Version))
	}
	if len(has) > 0 && version != workspaces.NoTable {
		return nil, workspaces.Table{}, &InvalidError{fmt.Sprintf("version %d of %s of %s was registered in no workspace on local disk: %s", version, name, owner.Name(), strings.Join(has, ", "))}
	}
	return nil, workspaces.Table{}, &InvalidError{fmt.Sprintf("table %s is in %s, a workspace of Databricks, and a training set is made of rows on local disk: "+
		"`featops register %s --to WORKSPACE` brings them to an embedded workspace", name, owner.Name(), name)}
}
