// Package tables keeps feature tables in one database of Unity Catalog: what the catalog says of them comes over its REST
// interface, what they hold and what is done to them goes through a SQL warehouse.
//
// # What costs a warehouse
//
// The catalog does not know a table's version nor its rows. They are asked of the warehouse, which wakes up for that, once
// and then when there is a reason: after a change that featops made itself, after Forget, and when what is known has become
// older than Options.Fresh.
//
// # How a table is saved
//
// New data is one SELECT statement (package sparksql), which is never stored in between: its schema is asked for with
// DESCRIBE QUERY, and it is part of the MERGE or of the CREATE OR REPLACE TABLE … AS that saves it, one commit of Delta Lake.
// What that commit cannot carry follows it: comments of columns, tags, the primary key with its time series. Last of all the
// table gets the property featops.origin, which says what it was made from. A build that ended before that is made again,
// which changes nothing but what is missing.
package tables

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/warehouse"
)

// Options says where the tables are. Every field without a comment on its absence is required.
type Options struct {
	Workspace  string // in featops
	Catalog    string // of the feature tables and of the sources
	Database   string // of the feature tables
	Connection *connect.Connection
	Warehouse  *warehouse.Warehouse
	// BadRowsShare is the share of the rows of a table's source that may have no month; nil: none.
	BadRowsShare func(table string) float64
	// Health says what is expected of a source; nil: nothing.
	Health func(source string) workspaces.HealthRules
	Fresh  time.Duration // for which version and rows of a table are believed
	Now    func() time.Time
	Log    *slog.Logger
}

// Store is the feature tables of a workspace. Its methods may be called from several goroutines at once.
type Store struct {
	options Options

	mu      sync.Mutex
	known   map[string]standing // by table
	forgets map[string]int      // by table: how often Forget was called
}

// standing is what only a warehouse knows of a table.
type standing struct {
	version int64
	updated time.Time
	rows    int64
	asked   time.Time
}

// New makes a store. It reaches for nothing.
func New(o Options) *Store {
	return &Store{options: o, known: map[string]standing{}, forgets: map[string]int{}}
}

// Forget makes the next look at a table go to the warehouse: something may have changed it.
func (s *Store) Forget(table string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, table)
	s.forgets[table]++
}

// remembered is what is known of a table, and how often it was forgotten, for remember.
func (s *Store) remembered(table string) (x standing, forgets int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok = s.known[table]
	return x, s.forgets[table], ok && s.options.Now().Sub(x.asked) < s.options.Fresh
}

// remember keeps what was asked of the warehouse, unless the table was forgotten since the asking began.
func (s *Store) remember(table string, x standing, forgets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forgets[table] == forgets {
		x.asked = s.options.Now()
		s.known[table] = x
	}
}

// run runs a statement about a table.
func (s *Store) run(ctx context.Context, what, statement string) (*warehouse.Result, error) {
	return s.options.Warehouse.Run(ctx, what+" in "+s.options.Workspace, statement)
}

// fullName is the name of a feature table for the catalog.
func (s *Store) fullName(table string) string {
	return s.options.Catalog + "." + s.options.Database + "." + table
}

// place is the name of a feature table for a statement.
func (s *Store) place(table string) string {
	return warehouse.Name(s.options.Catalog, s.options.Database, table)
}

// names are names of one part each.
func names(columns []string, before, between string) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = before + warehouse.Name(c)
	}
	return strings.Join(quoted, between)
}
