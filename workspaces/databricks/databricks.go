// Package databricks is a workspace of Databricks: its jobs and tables are there, and this package reaches them over
// the REST interface.
//
// # What costs calls
//
// A look at the runs of a job is one call for each 25 runs asked for, however long the job has existed. A further one is made
// for a run that has more tasks than fit into a list, or that was repaired; when such a run has ended it is remembered, and costs
// nothing until it is repaired. What an attempt has said is fetched once when it has failed, and at every look while it
// runs and its kind of task says anything before its end.
//
// # What the interface does not tell
//
// When a run was asked for, if it waited in the queue: it is taken to be its start less that time. Who asked for a
// repair. What a task has saved. Notebooks say nothing before they end.
package databricks

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/registration"
	"featops/workspaces/databricks/internal/tables"
	"featops/workspaces/databricks/internal/warehouse"
)

// Options says what a workspace is and how it is reached. Every field without a comment on its absence is required.
type Options struct {
	Name string // of the workspace, in featops

	Host       string                                // https://…; may be empty with a profile
	Profile    string                                // of the file of profiles; may be empty
	ConfigFile string                                // that file; empty: ~/.databrickscfg
	Token      func(context.Context) (string, error) // fetches the access token; nil: the profile, or what the machine can sign in with
	Environ    func(string) (string, bool)           // the environment
	Timeout    time.Duration                         // of a call with all its repetitions
	Rate       int                                   // calls a second at most; 0: 15
	Transport  http.RoundTripper                     // nil: the standard one
	Redact     func(secrets ...string)               // hides secrets wherever they would be shown

	Warehouse string // the SQL warehouse that tables are read and written with; may be empty
	Catalog   string // that holds the databases
	Database  string // of the feature tables
	// BadRowsShare is the share of the rows of a table's source that may have no month; nil: none.
	BadRowsShare func(table string) float64
	// Health says what is expected of a source; nil: nothing.
	Health func(source string) workspaces.HealthRules

	// Peer finds another workspace by its name; nil when there is none.
	Peer func(name string) workspaces.Workspace
	// Readers is the principal that may read what is registered here, such as "account users"; empty: nobody is granted anything.
	Readers string

	// Jobs are those to be found: by their full names and all of their tags. A task of theirs says with Table what the task of its
	// key builds, where that is not to be read from the task itself.
	Jobs []workspaces.Job

	Pause func(context.Context, time.Duration) error // waits before a call is repeated; nil: by the clock

	// Follow lets the log have what tasks say, while they run.
	Follow bool

	Now func() time.Time
	Log *slog.Logger
}

// Workspace is a workspace of Databricks. Its methods may be called from several goroutines at once.
type Workspace struct {
	*tables.Store // its tables

	registered *registration.Store

	options    Options
	connection *connect.Connection
	log        *slog.Logger
	now        func() time.Time

	mu      sync.Mutex
	settled recent[*jobRun]             // runs that have ended, of those that cost further calls
	said    recent[string]              // by attempt that failed: its error
	tries   recent[int]                 // by attempt: how often it could not be asked
	tables  map[int64]map[string]string // by job and task: what it builds

	noticed map[int64]map[number]bool // by job: the attempts that had ended at the last look

	follow follower
}

// Open makes a workspace. It does not reach for it: the first call does.
func Open(o Options) *Workspace {
	log := o.Log.With("workspace", o.Name)
	w := &Workspace{
		options: o, log: log, now: o.Now,
		tables: map[int64]map[string]string{}, noticed: map[int64]map[number]bool{}, follow: follower{since: o.Now(), attempts: map[number]*followed{}},
		connection: connect.New(connect.Options{
			Host: o.Host, Profile: o.Profile, ConfigFile: o.ConfigFile, Token: o.Token, Environ: o.Environ,
			Timeout: o.Timeout, Rate: o.Rate, Transport: o.Transport, Redact: o.Redact, Log: log, Now: o.Now, Pause: o.Pause,
		}),
	}
	sqlWarehouse := warehouse.New(warehouse.Options{Connection: w.connection, ID: o.Warehouse, Catalog: o.Catalog, Log: log, Pause: o.Pause})
	w.Store = tables.New(tables.Options{
		Workspace: o.Name, Catalog: o.Catalog, Database: o.Database, Connection: w.connection,
		Warehouse:    sqlWarehouse,
		BadRowsShare: o.BadRowsShare, Health: o.Health, Fresh: tablesFresh, Now: o.Now, Log: log,
	})
	w.registered = registration.New(registration.Options{
		Workspace: o.Name, Catalog: o.Catalog, Database: o.Database, Connection: w.connection, Warehouse: sqlWarehouse,
		Peer: w.peer, Readers: o.Readers, Describe: w.Describe, MakeDatabase: w.MakeDatabase, Fresh: tablesFresh, Now: o.Now, Log: log, Pause: o.Pause,
	})
	return w
}

// tablesFresh is for how long the version and the rows of a table are believed, when nothing that is known of has changed it.
// To ask for them wakes a warehouse up.
const tablesFresh = 30 * time.Minute

// SilenceSDK keeps the vendor's SDK from writing to standard error, which is the screen. It belongs at the beginning of
// a program.
func SilenceSDK() { connect.Silence() }

// Name implements [workspaces.Workspace].
func (w *Workspace) Name() string { return w.options.Name }

// Usage tells what calls have cost lately.
func (w *Workspace) Usage() workspaces.Usage { return w.connection.Usage() }

// Close implements [workspaces.Workspace]. Jobs go on without featops.
func (w *Workspace) Close() error { return w.connection.Close() }
