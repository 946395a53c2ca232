// Package config reads config.toml and says, of every setting, what it is and where it comes from.
//
// A value is looked for in four places, and the first that has it wins: a command-line flag, an
// environment variable, the file, the built-in default. The variable of a key is FEATOPS_ and the
// key in capitals with "_" for ".": log.max_size_mb is FEATOPS_LOG_MAX_SIZE_MB; an empty variable
// counts as not set. Keys below a name or a list of the user's own ([tables.NAME], [sources.NAME],
// [registration.tables], [[workspace]]) have no variable. All places are checked, also those that
// lose.
//
// Nothing is guessed and nothing ignored: an unknown key, a wrong type or a bad value is a
// [Problem] with its file, line and key, what was found and what is allowed, and [Load] returns
// all of them in one [*Error].
//
// The package knows neither feature tables nor task parameters; [Config.Check] takes them as an
// argument and finds what only they can tell.
package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The environments. They differ in names and places only, never in logic.
const (
	Dev     = "dev"
	Staging = "staging"
	Prod    = "prod"
)

// EnvironmentNames lists the environments, in the order in which work moves through them.
func EnvironmentNames() []string { return []string{Dev, Staging, Prod} }

// The values of Config.Output.
const (
	Text = "text"
	JSON = "json"
)

// The values of Config.Color. Auto colours what goes to a terminal.
const (
	Auto   = "auto"
	Always = "always"
	Never  = "never"
)

// The values of Save.OnConflict: who answers the question of a save when nobody is asked.
const (
	Reject = "reject"
	Accept = "accept"
	Prompt = "prompt"
)

// The values of Workspace.Kind.
const (
	Embedded   = "embedded"
	Databricks = "databricks"
)

// The values of TableSettings.Frame: windows over the last rows, or over calendar months.
const (
	Rows   = "rows"
	Months = "months"
)

// The values of Task.RunIf, as Databricks spells them: what must have happened to the tasks that
// a task depends on, for it to run.
const (
	AllSuccess        = "ALL_SUCCESS"
	AllDone           = "ALL_DONE"
	NoneFailed        = "NONE_FAILED"
	AtLeastOneSuccess = "AT_LEAST_ONE_SUCCESS"
	AllFailed         = "ALL_FAILED"
	AtLeastOneFailed  = "AT_LEAST_ONE_FAILED"
)

// The values of Console.Theme.
const (
	Dark     = "dark"
	Light    = "light"
	Contrast = "contrast"
)

// The values of Console.Notify: the terminal's bell, and two ways to make a desktop notification, of
// which most terminals know one.
const (
	Bell   = "bell"
	OSC9   = "osc9"
	OSC777 = "osc777"
)

// The values of Health.Freshness and Health.RowCount: what is done about a source that is not as expected.
const (
	Ignore = "ignore"
	Warn   = "warn"
	Fail   = "fail"
)

// Actual, as Build.EndDate, is the first day of the month in which the build runs.
const Actual = "actual"

// Config is the whole configuration, checked: what [Load] returns has no missing or bad value.
type Config struct {
	Env    string // Dev, Staging or Prod
	User   string // login or mail address that the names of dev jobs are made from
	Home   string // absolute path of the folder that holds all local data and state
	Output string // Text or JSON
	Color  string // Auto, Always or Never
	Memory Bytes  // that all builds of a process may take together

	Log          Log
	Save         Save
	Monitor      Monitor
	Registration Registration
	Build        Build
	Console      Console
	Drift        Drift
	Tables       map[string]TableSettings // by feature table; only those that the file names
	Health       Health                   // of sources
	Sources      map[string]Health        // by source table; only those that the file names
	Environments map[string]Environment   // by environment; always all of EnvironmentNames
	Workspaces   []Workspace              // at least one

	file     string
	settings []Setting
	origins  map[string]Origin // of settings and of the tables that hold them, by key
}

// Bytes is a size.
type Bytes int64

// String is the size in the largest unit of which it is a whole number: 2 GiB.
func (b Bytes) String() string {
	for _, u := range []struct {
		name  string
		bytes Bytes
	}{{"TiB", 1 << 40}, {"TB", 1e12}, {"GiB", 1 << 30}, {"GB", 1e9}, {"MiB", 1 << 20}, {"MB", 1e6}, {"KiB", 1 << 10}, {"kB", 1e3}} {
		if b >= u.bytes && b%u.bytes == 0 {
			return fmt.Sprintf("%d %s", b/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%d B", b)
}

// Log says what is logged and how much of it is kept on disk.
type Log struct {
	Level      slog.Level // the lowest level that is logged
	MaxSizeMB  int        // a file is rotated before it grows beyond this many MiB
	MaxFiles   int        // rotated files kept
	MaxAgeDays int        // days for which rotated files are kept
}

// Save says how a save is decided that would lose something.
type Save struct {
	OnConflict    string        // Reject, Accept, Prompt, or "": Prompt on a terminal, else Reject
	PromptTimeout time.Duration // a question without an answer is refused after this time
}

// Monitor says how workspaces are watched.
type Monitor struct {
	Interval       time.Duration // between two looks at a workspace
	RequestTimeout time.Duration // for one request to a workspace
}

// Registration says which tables become known in the other workspaces.
type Registration struct {
	Enabled bool
	// Tables maps a task to the tables that its success registers. A task that is not here
	// registers the table that it builds.
	Tables map[string][]string
}

// Build holds what all builds share. The dates are the defaults of the task parameters of the
// same names, and text as those are.
type Build struct {
	BadRowsShare float64 // 0 to 1: a build fails when more of its source rows are bad
	StartDate    string  // first month of output, YYYY-MM-DD
	EndDate      string  // last month of output, YYYY-MM-DD or Actual
}

// Console says how the console looks and which keys it has.
type Console struct {
	Theme  string              // Dark, Light or Contrast
	Notify []string            // of Bell, OSC9 and OSC777: how a question calls for somebody
	Keys   map[string][]string // the keys of an action, in place of its own
}

// TableSettings are the settings of one feature table.
type TableSettings struct {
	Frame        string  // Rows, Months, or "": as the table is defined
	BadRowsShare float64 // as in Build, which it defaults to
	DriftWarn    float64 // as in Drift, which it defaults to
}

// Drift says how far the values of a table may be from what they were.
type Drift struct {
	Warn float64 // the population stability index from which on a column is told of; 0: none is
}

// Health says what is expected of a source table before a build, and what is done when it is not so.
type Health struct {
	Freshness   string  // Ignore, Warn or Fail: its newest month is older than expected, or in the future
	ShiftMonths int     // months by which it is late by custom
	RowCount    string  // Ignore, Warn or Fail: it is empty, or its rows are many fewer or more than before
	MaxDrop     float64 // 0 to 1: the share of rows that may go
	MaxGrowth   float64 // the share of rows that may come, of those before
}

// Environment names the places of an environment. A table of an embedded workspace lies in
// BasePath/<workspace>/<environment>/<database>/<table>.
type Environment struct {
	Database string // holds the feature tables
	BasePath string // absolute
}

// Workspace is a place where jobs run and tables live.
type Workspace struct {
	Name           string
	Target         string // what it is called in the targets of an Asset Bundle, after the environment
	Kind           string // Embedded or Databricks
	Host           string // https://…, without a slash at its end; Databricks only, and there not with every Profile
	Profile        string // of the file of profiles of the Databricks tools; may be empty
	Token          Secret // Databricks only; may refer to nothing
	Warehouse      string // the number of the SQL warehouse that tables are read and written with; Databricks only
	Catalog        string // that holds the databases; Databricks only
	Readers        string // the principal that may read what is registered here; may be empty; Databricks only
	SourceDatabase string // holds the tables that features are computed from
	Jobs           []Job
}

// Job is a job of a workspace and its graph of tasks, which is known to have no cycle.
type Job struct {
	Name              string // without the prefix of the environment, see FullName
	MaxConcurrentRuns int
	Queue             bool          // runs beyond that wait for their turn; else they are skipped
	Timeout           time.Duration // of a run; 0: none
	Schedule          Schedule
	Parameters        map[string]string // base parameters of all tasks
	Tasks             []Task            // at least one
}

// Schedule says when a job starts by itself.
type Schedule struct {
	Cron     string // five fields, see package schedule; "": never
	Timezone string // of the IANA database
	Paused   bool
}

// Task is a node of a job's graph. It builds a feature table or, when IsRegistry says so,
// registers the tables of other workspaces.
type Task struct {
	Key              string
	DependsOn        []string          // keys of tasks of the same job
	RunIf            string            // AllSuccess to AtLeastOneFailed
	Table            string            // the feature table that it builds; "" for a registry task
	Timeout          time.Duration     // of one attempt; 0: none
	MaxRetries       int               // attempts after a failed one
	MinRetryInterval time.Duration     // between the starts of two attempts
	RetryOnTimeout   bool              // after an attempt that took too long too
	Parameters       map[string]string // beat those of the job
}

// Environment returns the places of the environment that is in use.
func (c Config) Environment() Environment { return c.Environments[c.Env] }

// Table returns the settings of a feature table, with the defaults for one that the file does
// not name.
func (c Config) Table(name string) TableSettings {
	if t, ok := c.Tables[name]; ok {
		return t
	}
	return TableSettings{BadRowsShare: c.Build.BadRowsShare, DriftWarn: c.Drift.Warn}
}

// Source returns what is expected of a source table, with the defaults for one that the file does not name.
func (c Config) Source(name string) Health {
	if h, ok := c.Sources[name]; ok {
		return h
	}
	return c.Health
}

// Workspace finds a workspace by its name.
func (c Config) Workspace(name string) (Workspace, bool) {
	i := slices.IndexFunc(c.Workspaces, func(w Workspace) bool { return w.Name == name })
	if i < 0 {
		return Workspace{}, false
	}
	return c.Workspaces[i], true
}

// RegisteredTables returns the tables that the success of a task registers elsewhere: those that
// registration.tables maps it to, else the table it builds, none for a registry task.
func (c Config) RegisteredTables(t Task) []string {
	if tables, ok := c.Registration.Tables[t.Key]; ok {
		return slices.Clone(tables)
	}
	if t.Table == "" {
		return nil
	}
	return []string{t.Table}
}

// IsRegistry reports whether the task registers tables instead of building one: its key contains
// "register" or "registry".
func (t Task) IsRegistry() bool {
	key := strings.ToLower(t.Key)
	return strings.Contains(key, "register") || strings.Contains(key, "registry")
}

// FullName is the name under which the job exists in an environment. In dev it carries the short
// name of its user, as Databricks Asset Bundles name it in development mode:
// "[dev ana_ruiz] demo-feature-store". In the other environments it is the name itself.
func (j Job) FullName(env, user string) string {
	if env != Dev {
		return j.Name
	}
	return "[dev " + ShortUser(user) + "] " + j.Name
}

// Tags are the tags by which, together with its full name, the job is found.
func (j Job) Tags(env string) map[string]string {
	return map[string]string{"stage": "feature", "environment": env}
}

// ShortUser is the short name of a user, as the Databricks CLI makes it: of a mail address the local part, in small letters,
// with one "_" for what lies between its letters and digits.
func ShortUser(user string) string {
	local, _, _ := strings.Cut(user, "@")
	parts := strings.FieldsFunc(strings.ToLower(local), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(parts, "_")
}
