package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting is one value of the configuration and where it comes from.
type Setting struct {
	Key    string `json:"key"`   // log.level, workspace[bncapers].kind
	Value  string `json:"value"` // "" where the key is not set
	Origin Origin `json:"origin"`
	// Beaten are the places of other values for the key, which count for nothing, the weakest first.
	Beaten []Origin `json:"beaten,omitempty"`
}

// Origin is where a value comes from: one field of Flag, Variable and File is set, or none for a
// built-in default.
type Origin struct {
	Flag     string // --env
	Variable string // FEATOPS_ENV
	File     string // the path of the file
	Line     int    // in File, from 1
}

// String is "flag --env", "variable FEATOPS_ENV", "config.toml:12" or "default".
func (o Origin) String() string {
	switch {
	case o.Flag != "":
		return "flag " + o.Flag
	case o.Variable != "":
		return "variable " + o.Variable
	case o.File != "":
		return o.File + ":" + strconv.Itoa(o.Line)
	}
	return "default"
}

// MarshalText is String, for JSON.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

func (o Origin) problem(key, message string) Problem {
	p := Problem{File: o.File, Line: o.Line, Key: key, Message: message}
	switch {
	case o.Flag != "":
		p.File = o.Flag
	case o.Variable != "":
		p.File = o.Variable
	}
	return p
}

// Settings returns every setting in the order of config.toml.example. A secret is shown as its
// reference, which is not secret.
func (c Config) Settings() []Setting { return slices.Clone(c.settings) }

// File is the path of the file that was read, or "" when there is none.
func (c Config) File() string { return c.file }

// levels are the values of log.level, from the lowest.
var levels = []struct {
	name  string
	level slog.Level
}{
	{"debug", slog.LevelDebug}, {"info", slog.LevelInfo}, {"warning", slog.LevelWarn}, {"error", slog.LevelError},
}

// display is a value as the file would spell it, without the quotes of a lone text.
func display(v any) string {
	switch v := v.(type) {
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case time.Duration:
		return displayDuration(v)
	case slog.Level:
		for _, l := range levels {
			if l.level == v {
				return l.name
			}
		}
	}
	return fmt.Sprint(v)
}

// displayDuration drops the zero units that time.Duration spells out: 5m, not 5m0s. A zero
// duration is a setting that is not set.
func displayDuration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
