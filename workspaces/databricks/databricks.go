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

	"github.com/databricks/databricks-sdk-go/service/jobs"
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
	options    Options
	connection *connect.Connection
	log        *slog.Logger
	now        func() time.Time

	mu      sync.Mutex
	settled map[int64]*jobs.Run         // runs that have ended, of those that cost further calls
	said    map[int64]string            // by attempt that failed: its error
	tries   map[int64]int               // by attempt: how often it could not be asked
	tables  map[int64]map[string]string // by job and task: what it builds

	follow follower
}

// Open makes a workspace. It does not reach for it: the first call does.
func Open(o Options) *Workspace {
	log := o.Log.With("workspace", o.Name)
	return &Workspace{
		options: o, log: log, now: o.Now, settled: map[int64]*jobs.Run{}, said: map[int64]string{}, tries: map[int64]int{},
		tables: map[int64]map[string]string{}, follow: follower{since: o.Now(), attempts: map[int64]*followed{}},
		connection: connect.New(connect.Options{
			Host: o.Host, Profile: o.Profile, ConfigFile: o.ConfigFile, Token: o.Token, Environ: o.Environ,
			Timeout: o.Timeout, Rate: o.Rate, Transport: o.Transport, Redact: o.Redact, Log: log, Now: o.Now, Pause: o.Pause,
		}),
	}
}

// SilenceSDK keeps the vendor's SDK from writing to standard error, which is the screen. It belongs at the beginning of
// a program.
func SilenceSDK() { connect.Silence() }

// Name implements [workspaces.Workspace].
func (w *Workspace) Name() string { return w.options.Name }

// Usage tells what calls have cost lately.
func (w *Workspace) Usage() workspaces.Usage { return w.connection.Usage() }

// Close implements [workspaces.Workspace]. Jobs go on without featops.
func (w *Workspace) Close() error { return w.connection.Close() }
