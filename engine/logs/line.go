// Package logs carries what featops has to say to the three places that read it: the terminal, in
// colour; a file of JSON lines that is rotated; and a [Ring] in memory, for the console. All three
// get the same [Line]s, with secrets hidden and control sequences gone, and all can be narrowed by
// the same [Filter].
//
// [Open] makes the [slog.Logger] that everything else is given. The attributes workspace, job, run,
// task and table, outside any group, say what a line is about and become fields of the Line;
// logger.With sets them once for a whole task.
//
// # The file
//
// Each line of the file is one JSON object. Its members are
//
//	time       when, RFC 3339 with a fraction of a second
//	level      "DEBUG", "INFO", "WARNING" or "ERROR"
//	message    text
//	workspace  text, as are job, run, task and table; absent where not known
//	attrs      object of all other attributes, in their order; absent where there are none;
//	           a value is text, a number or a boolean; the key of an attribute in a group has the
//	           group's name and "." before it
package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// Line is one thing that was logged.
type Line struct {
	Time      time.Time
	Level     slog.Level
	Message   string
	Workspace string
	Job       string
	Run       string
	Task      string
	Table     string
	Attrs     Attrs
}

// Attr is an attribute of a line. Value is a string, int64, uint64, float64 (neither infinite nor
// not-a-number) or bool.
type Attr struct {
	Key   string
	Value any
}

// Attrs are attributes in the order in which they were logged. In JSON they are an object.
type Attrs []Attr

// LevelName is the name by which a level is shown: DEBUG, INFO, WARNING or ERROR. A level between
// two of them has the name of the lower one.
func LevelName(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "ERROR"
	case l >= slog.LevelWarn:
		return "WARNING"
	case l >= slog.LevelInfo:
		return "INFO"
	}
	return "DEBUG"
}

// ParseLevel reads the name of a level, in any case.
func ParseLevel(name string) (slog.Level, error) {
	for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if strings.EqualFold(name, LevelName(l)) {
			return l, nil
		}
	}
	return 0, fmt.Errorf("found %q; allowed: debug, info, warning, error", name)
}

// text is the value as it is shown.
func (a Attr) text() string {
	switch v := a.Value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(a.Value)
}

// lineJSON is the shape of a Line in JSON.
type lineJSON struct {
	Time      time.Time `json:"time"`
	Level     string    `json:"level"`
	Message   string    `json:"message"`
	Workspace string    `json:"workspace,omitempty"`
	Job       string    `json:"job,omitempty"`
	Run       string    `json:"run,omitempty"`
	Task      string    `json:"task,omitempty"`
	Table     string    `json:"table,omitempty"`
	Attrs     Attrs     `json:"attrs,omitempty"`
}

// MarshalJSON writes the object that the package comment describes.
func (l Line) MarshalJSON() ([]byte, error) {
	return marshal(lineJSON{l.Time, LevelName(l.Level), l.Message, l.Workspace, l.Job, l.Run, l.Task, l.Table, l.Attrs})
}

// UnmarshalJSON reads the object that MarshalJSON writes.
func (l *Line) UnmarshalJSON(data []byte) error {
	var j lineJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	level, err := ParseLevel(j.Level)
	if err != nil {
		return fmt.Errorf("level: %w", err)
	}
	*l = Line{j.Time, level, j.Message, j.Workspace, j.Job, j.Run, j.Task, j.Table, j.Attrs}
	return nil
}

// MarshalJSON writes an object with the attributes in their order.
func (as Attrs) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, a := range as {
		if i > 0 {
			out = append(out, ',')
		}
		key, err := marshal(a.Key)
		if err != nil {
			return nil, err
		}
		value, err := marshal(a.Value)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", a.Key, err)
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}

// UnmarshalJSON reads an object and keeps the order of its members.
func (as *Attrs) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	open, err := d.Token()
	if err != nil || open != json.Delim('{') {
		return errors.Join(errors.New("attrs: not an object"), err)
	}
	*as = nil
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		value, err := d.Token()
		if err != nil {
			return err
		}
		switch v := value.(type) {
		case json.Number:
			value = number(v)
		case string, bool:
		default:
			return fmt.Errorf("attrs: %v: found %v; allowed: text, a number, true, false", key, value)
		}
		*as = append(*as, Attr{key.(string), value})
	}
	return nil
}

// number is n as an integer where it is one, so that no digit of a large one is lost.
func number(n json.Number) any {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(string(n), 10, 64); err == nil {
		return u
	}
	if f, err := n.Float64(); err == nil && !math.IsInf(f, 0) {
		return f
	}
	return string(n)
}

// marshal is json.Marshal without the escapes that only HTML needs, for people read the file too.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}
