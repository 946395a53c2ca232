package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Override is the value that a command-line flag gives to a setting.
type Override struct {
	Key   string // log.level
	Value string // as it would stand in a variable: no quotes
	Flag  string // --log-level, for messages
}

// Overrides are the flags that were given.
type Overrides []Override

// Load reads the configuration from the file at path, with flags and variables laid over it; what
// none of them says has its default. Without a path the file is the one that FEATOPS_CONFIG
// names, else the one at [DefaultPath] if it exists, else there is none. A file that was named
// and is not there is an error. Relative paths in the file start at its folder, those in flags and
// variables at the working directory.
//
// An error about the content is an [*Error] with all problems.
func Load(path string, overrides Overrides, environ func(string) (string, bool)) (Config, error) {
	named := path != ""
	if !named {
		path, named = environ("FEATOPS_CONFIG")
		named = named && path != ""
	}
	if !named {
		path = DefaultPath(environ)
	}
	l := &loader{overrides: overrides, environ: environ, origins: map[string]Origin{}}
	if path != "" {
		content, err := os.ReadFile(path)
		switch {
		case err == nil:
			l.file = path
			l.content = string(content)
		case named || !errors.Is(err, fs.ErrNotExist):
			return Config{}, fmt.Errorf("read the configuration: %w", err)
		}
	}
	return l.load()
}

// DefaultPath is $XDG_CONFIG_HOME/featops/config.toml, with ~/.config for a variable that is not
// set, or "" when there is no home directory either.
func DefaultPath(environ func(string) (string, bool)) string {
	return userPath(environ, "XDG_CONFIG_HOME", ".config", "config.toml")
}

// defaultHome is $XDG_DATA_HOME/featops, with ~/.local/share for a variable that is not set, or
// "" when there is no home directory either.
func defaultHome(environ func(string) (string, bool)) string {
	return userPath(environ, "XDG_DATA_HOME", filepath.Join(".local", "share"), "")
}

// userPath follows the XDG base directory specification, by which a relative variable is ignored.
func userPath(environ func(string) (string, bool), variable, fallback, name string) string {
	if base, ok := environ(variable); ok && filepath.IsAbs(base) {
		return filepath.Join(base, "featops", name)
	}
	home := userHome(environ)
	if home == "" {
		return ""
	}
	return filepath.Join(home, fallback, "featops", name)
}

func userHome(environ func(string) (string, bool)) string {
	for _, variable := range []string{"HOME", "USERPROFILE"} {
		if home, ok := environ(variable); ok && filepath.IsAbs(home) {
			return home
		}
	}
	return ""
}

func defaultUser(environ func(string) (string, bool)) string {
	for _, variable := range []string{"USER", "USERNAME"} {
		if name, ok := environ(variable); ok && name != "" {
			return name
		}
	}
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username[strings.LastIndex(u.Username, `\`)+1:] // Windows: DOMAIN\name
}

// loader holds what is common to the sections of one configuration while they are read.
type loader struct {
	file      string
	content   string
	lines     map[string]int
	overrides Overrides
	environ   func(string) (string, bool)

	keys     []string // every key that was looked for, to check overrides against
	settings []Setting
	origins  map[string]Origin // of settings and of the tables that hold them, by key
	problems []Problem
}

func (l *loader) load() (Config, error) {
	values := map[string]any{}
	if _, err := toml.Decode(l.content, &values); err != nil {
		return Config{}, &Error{Problems: []Problem{l.syntaxProblem(err)}}
	}
	l.lines = scanLines(l.content)

	c := Default()
	c.Home, c.User = defaultHome(l.environ), defaultUser(l.environ)
	root := &section{loader: l, values: values, addressable: true}
	readConfig(root, &c)
	for _, o := range l.overrides {
		if !slices.Contains(l.keys, o.Key) {
			l.problems = append(l.problems, Problem{File: o.Flag, Key: o.Key, Message: "unknown key" + choices(o.Key, l.keys)})
		}
	}
	if err := asError(l.problems); err != nil {
		return Config{}, err
	}
	c.file, c.settings, c.origins = l.file, l.settings, l.origins
	return c, nil
}

// syntaxProblem keeps the value of a token that lacks its quotes out of the message.
func (l *loader) syntaxProblem(err error) Problem {
	p := Problem{File: l.file, Message: err.Error()}
	var parse toml.ParseError
	if errors.As(err, &parse) {
		// Its line is one less where \r\n breaks off a text, and its start before a character that is not allowed.
		before := l.content[:max(0, min(parse.Position.Start, len(l.content)))]
		p.Line = max(parse.Position.Line, 1+strings.Count(before, "\n"))
		p.Key, p.Message = parse.LastKey, parse.Message
	}
	if strings.Contains(p.Message, "found") && (strings.HasSuffix(p.Key, "token") || tokenLike.MatchString(p.Message)) {
		p.Message = "found a value without quotes (not shown: it may be secret); allowed: " + secretForms + ", in quotes"
	}
	return p
}

func readConfig(s *section, c *Config) {
	set(s, "env", &c.Env, oneOf(EnvironmentNames()...))
	set(s, "user", &c.User, userName)
	set(s, "home", &c.Home, path)
	set(s, "output", &c.Output, oneOf(Text, JSON))
	set(s, "color", &c.Color, oneOf(Auto, Always, Never))
	set(s, "memory", &c.Memory, size(512<<20, 1<<50))
	if c.User == "" {
		s.missing("user", "the operating system does not tell who you are: name a user")
	}
	if c.Home == "" {
		s.missing("home", "neither XDG_DATA_HOME nor HOME is set: name a folder for featops' data")
	}

	log := s.table("log")
	set(log, "level", &c.Log.Level, level)
	set(log, "max_size_mb", &c.Log.MaxSizeMB, integer(1, 10_000))
	set(log, "max_files", &c.Log.MaxFiles, integer(1, 10_000))
	set(log, "max_age_days", &c.Log.MaxAgeDays, integer(1, 10_000))
	log.done()

	save := s.table("save")
	set(save, "on_conflict", &c.Save.OnConflict, oneOf(Reject, Accept, Prompt))
	set(save, "prompt_timeout", &c.Save.PromptTimeout, duration)
	save.done()

	monitor := s.table("monitor")
	set(monitor, "interval", &c.Monitor.Interval, duration)
	set(monitor, "request_timeout", &c.Monitor.RequestTimeout, duration)
	monitor.done()

	registration := s.table("registration")
	set(registration, "enabled", &c.Registration.Enabled, boolean)
	mapping := registration.named("tables")
	for _, task := range mapping.names() {
		var tables []string
		set(mapping, task, &tables, namesBy(tableName))
		c.Registration.Tables[task] = tables
	}
	registration.done()

	build := s.table("build")
	set(build, "bad_rows_share", &c.Build.BadRowsShare, share)
	set(build, "start_date", &c.Build.StartDate, date)
	set(build, "end_date", &c.Build.EndDate, dateOrActual)
	// Dates in this form order as text does.
	if c.Build.EndDate != Actual && c.Build.EndDate < c.Build.StartDate {
		build.problem("end_date", fmt.Sprintf("found %q; allowed: build.start_date (%s) or later, or %q", c.Build.EndDate, c.Build.StartDate, Actual))
	}
	build.done()

	console := s.table("console")
	set(console, "theme", &c.Console.Theme, oneOf(Dark, Light, Contrast))
	set(console, "notify", &c.Console.Notify, listOf(Bell, OSC9, OSC777))
	keys := console.named("keys")
	for _, action := range keys.names() {
		var given []string
		set(keys, action, &given, keyList)
		c.Console.Keys[action] = given
	}
	console.done()

	drift := s.table("drift")
	set(drift, "warn", &c.Drift.Warn, number(0, 1e6))
	drift.done()

	tables := s.named("tables")
	for _, name := range tables.names() {
		t := tables.table(name)
		settings := c.Table(name)
		set(t, "frame", &settings.Frame, oneOf(Rows, Months))
		set(t, "bad_rows_share", &settings.BadRowsShare, share)
		set(t, "drift_warn", &settings.DriftWarn, number(0, 1e6))
		t.done()
		c.Tables[name] = settings
	}

	readHealth(s.table("health"), &c.Health)
	sources := s.named("sources")
	for _, name := range sources.names() {
		expected := c.Health
		readHealth(sources.table(name), &expected)
		c.Sources[name] = expected
	}

	environments := s.table("environments")
	for _, name := range EnvironmentNames() {
		t := environments.table(name)
		e := c.Environments[name]
		if c.Home != "" {
			e.BasePath = filepath.Join(c.Home, "workspaces")
		}
		set(t, "database", &e.Database, nameBy(databaseName))
		set(t, "base_path", &e.BasePath, path)
		t.done()
		c.Environments[name] = e
	}
	environments.done()

	c.Workspaces = readWorkspaces(s, c.Workspaces)
	checkMapping(mapping, c)
	s.done()
}

func readHealth(s *section, h *Health) {
	set(s, "freshness", &h.Freshness, oneOf(Ignore, Warn, Fail))
	set(s, "shift_months", &h.ShiftMonths, integer(0, 1200))
	set(s, "row_count", &h.RowCount, oneOf(Ignore, Warn, Fail))
	set(s, "max_drop", &h.MaxDrop, share)
	set(s, "max_growth", &h.MaxGrowth, number(0, 1e6))
	s.done()
}
