// Package registration makes feature tables of other workspaces known in a workspace of Databricks, so that they can be read
// there.
//
// # The ways
//
// How a table comes into the workspace is decided by where the two workspaces keep what they know of their tables:
//
//   - In the same metastore of Unity Catalog the table is there already, under its own name. Its catalog is bound to the
//     workspace where it is isolated.
//   - From another metastore it is shared by Delta Sharing, with its history. The owner's workspace gets a recipient for the
//     metastore of this one, and one share for all the feature tables of its database; this workspace gets one catalog of that
//     share. Share and catalog are called featops_<owner>_<database>.
//   - Without Unity Catalog on either side (hive_metastore) the table is declared in this workspace's database over the
//     files where they are, which both must reach. What the table says of itself is in its files, so it comes along.
//   - From a workspace on local disk the table is copied: its files are uploaded to a volume of this workspace's database, and a
//     table of the same name is made from them in one commit.
//
// Who may read the table is granted by whoever owns the catalog: the owner's workspace for a bound table, this one for a
// shared or copied one.
//
// Every step looks first and changes only what is missing, so that a registration that ended in the middle is completed by
// the next one, and a step that somebody else has made, an administrator for one, is not in the way. A step that is not allowed is a
// *MissingError, which says what is missing and what helps.
//
// Before a table counts as registered it is read through this workspace's own warehouse: the version that is registered has the
// columns and the number of rows that its owner says.
//
// # What is remembered, and where
//
// A bound or shared table is read-only here, and belongs to somebody else: which version was registered, and when, cannot be
// written on it. It is kept in a small Delta table of this workspace's own database, featops_registrations, one row a table and a
// workspace, because workspaces of one metastore can have the same database. It is written by MERGE. It is there for everybody who may
// read the database, and its column place has the name by which the table is found. A row counts for as long as its table can be
// seen in the workspace.
//
// To read that table wakes the warehouse. It is read once, then after each change that is made here, and when what is known has become
// older than Options.Fresh.
package registration

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/databricks/databricks-sdk-go/client"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/warehouse"
)

// Options says where tables are registered. Fields without a comment on their absence are required.
type Options struct {
	Workspace  string // in featops
	Catalog    string // of its own feature tables
	Database   string // of its own feature tables
	Connection *connect.Connection
	Warehouse  *warehouse.Warehouse
	// Peer finds the workspace that owns a table.
	Peer func(workspace string) (Peer, bool)
	// Readers is the principal that may read what is registered, such as "account users"; empty: nobody is granted anything.
	Readers string
	// Describe gives a table of this workspace, which has the name of t, the comments, the primary key and the tags of t.
	Describe func(ctx context.Context, t workspaces.Table) error
	// MakeDatabase makes the database of this workspace, unless it is there.
	MakeDatabase func(ctx context.Context) error
	Fresh        time.Duration // for which the registrations are believed
	Now          func() time.Time
	Log          *slog.Logger
	// Pause waits before something is looked for again; nil: by the clock.
	Pause func(context.Context, time.Duration) error
}

// Peer is another workspace: one of Databricks, or one whose tables are on local disk.
type Peer struct {
	Catalog    string // of its feature tables
	Connection *connect.Connection
	// Files finds the Parquet files that hold the rows of a version of a table, where the workspace is none of Databricks.
	Files func(ctx context.Context, table string, version int64) (fs.FS, []string, error)
}

// hiveMetastore is the catalog of tables outside of Unity Catalog.
const hiveMetastore = "hive_metastore"

// Store is what is registered in a workspace. Its methods may be called from several goroutines at once.
type Store struct {
	options Options
	turn    chan struct{} // registrations are made one after another

	mu      sync.Mutex
	known   []entry
	asked   time.Time // zero: not known
	changes int       // made here
}

// New makes a store. It reaches for nothing.
func New(o Options) *Store {
	if o.Pause == nil {
		o.Pause = pause
	}
	return &Store{options: o, turn: make(chan struct{}, 1)}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Register makes a table known here, or brings what is known up to date. A registration without a time gets this one.
func (s *Store) Register(ctx context.Context, r workspaces.Registration) error {
	if r.Name == "" || r.Workspace == "" || r.Workspace == s.options.Workspace {
		return fmt.Errorf("register %q of %q in %s: allowed are named tables of other workspaces", r.Name, r.Workspace, s.options.Workspace)
	}
	peer, ok := s.options.Peer(r.Workspace)
	if !ok {
		return fmt.Errorf("register %s in %s: %s is no workspace whose tables can be read from there", r.Name, s.options.Workspace, r.Workspace)
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	p, err := s.bring(ctx, peer, r.Table)
	if err != nil {
		return err
	}
	if err := s.readBack(ctx, p, r.Table); err != nil {
		return err
	}
	if r.Registered.IsZero() {
		r.Registered = s.options.Now()
	}
	return s.note(ctx, entry{r, p})
}

// place is where a table is found in this workspace.
type place struct {
	catalog, database, table string
	copied                   bool // its versions are not those of the original
}

// full is its name for the catalog.
func (p place) full() string { return p.catalog + "." + p.database + "." + p.table }

// sql is its name in a statement.
func (p place) sql() string { return warehouse.Name(p.catalog, p.database, p.table) }

// bring makes a table readable here, in one of the ways.
func (s *Store) bring(ctx context.Context, peer Peer, t workspaces.Table) (place, error) {
	if peer.Files != nil {
		return s.copyTable(ctx, peer, t)
	}
	if peer.Catalog == hiveMetastore || s.options.Catalog == hiveMetastore {
		return s.declare(ctx, t)
	}
	owner, err := s.metastore(ctx, t.Workspace, peer.Connection)
	if err != nil {
		return place{}, err
	}
	own, err := s.metastore(ctx, s.options.Workspace, s.options.Connection)
	if err != nil {
		return place{}, err
	}
	if owner.MetastoreId == own.MetastoreId {
		return s.bind(ctx, peer, t)
	}
	return s.share(ctx, shared{Peer: peer, Table: t, provider: owner.GlobalMetastoreId, recipient: own.GlobalMetastoreId})
}

// do makes a few calls that belong together to a workspace. needs says what is missing when they are not allowed.
func do(ctx context.Context, c *connect.Connection, workspace, what string, needs MissingError, f func(context.Context, *client.DatabricksClient) error) error {
	return allowed(c.Do(ctx, what+" in "+workspace, f), workspace, needs)
}

// allowed says what is missing when a call was not allowed.
func allowed(err error, workspace string, needs MissingError) error {
	if forbidden(err) {
		needs.Workspace, needs.Err = workspace, err
		return &needs
	}
	return err
}
