package databricks

import (
	"context"
	"io/fs"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/registration"
)

var _ workspaces.Workspace = (*Workspace)(nil)

// onDisk is a workspace whose tables are files of this machine.
type onDisk interface {
	// Files finds the Parquet files that hold the rows of a version of a table.
	Files(ctx context.Context, table string, version int64) (fs.FS, []string, error)
}

// peer is another workspace as the owner of tables that are registered here.
func (w *Workspace) peer(name string) (registration.Peer, bool) {
	switch p := w.options.Peer(name).(type) {
	case *Workspace:
		return registration.Peer{Catalog: p.options.Catalog, Connection: p.connection}, true
	case onDisk:
		return registration.Peer{Files: p.Files}, true
	}
	return registration.Peer{}, false
}

// Registrations implements [workspaces.Workspace].
func (w *Workspace) Registrations(ctx context.Context) ([]workspaces.Registration, error) {
	return w.registered.Registrations(ctx)
}

// Registration implements [workspaces.Workspace].
func (w *Workspace) Registration(ctx context.Context, table string) (workspaces.Registration, error) {
	return w.registered.Registration(ctx, table)
}

// Register implements [workspaces.Workspace].
func (w *Workspace) Register(ctx context.Context, r workspaces.Registration) error {
	return w.registered.Register(ctx, r)
}
