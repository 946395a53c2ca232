package logs

import (
	"context"
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"time"
)

// A sink takes lines to one of the places where they are read. It must not keep l.Attrs beyond a
// change, nor change it.
type sink func(l Line) error

// handler turns a record into a Line, once for all sinks.
type handler struct {
	level    slog.Level
	clock    func() time.Time // nil: the time of the record
	redactor *Redactor
	sinks    []sink
	failed   func(error)

	line   Line   // what With has set
	prefix string // names of the open groups, each with "." behind it
}

// Enabled reports whether lines of the level are logged.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// WithAttrs returns a handler whose lines have the attributes.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.line.Attrs = slices.Clone(h.line.Attrs)
	for _, a := range attrs {
		c.add(&c.line, h.prefix, a)
	}
	return &c
}

// WithGroup returns a handler that puts the name before the keys of attributes that follow.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.prefix += name + "."
	return &c
}

// Handle takes a record to all sinks, also when one of them fails.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	l := h.line
	l.Time, l.Level, l.Message = r.Time, r.Level, h.safe(r.Message)
	if h.clock != nil {
		l.Time = h.clock()
	}
	l.Attrs = slices.Grow(slices.Clone(h.line.Attrs), r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		h.add(&l, h.prefix, a)
		return true
	})
	var errs []error
	for _, s := range h.sinks {
		errs = append(errs, s(l))
	}
	err := errors.Join(errs...)
	if err != nil {
		h.failed(err)
	}
	return err
}

// safe hides secrets. Control sequences go first: they could part a secret that comes together
// again where they are dropped.
func (h *handler) safe(s string) string { return h.redactor.Redact(Clean(s)) }

func (h *handler) add(l *Line, prefix string, a slog.Attr) {
	value := a.Value.Resolve()
	if a.Key == "" && value.Equal(slog.Value{}) {
		return
	}
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range value.Group() {
			h.add(l, prefix, member)
		}
		return
	}
	attr := Attr{h.safe(prefix + a.Key), plain(value)}
	shown := attr.text()
	// A secret may also be a number.
	if safe := h.safe(shown); safe != shown {
		attr.Value, shown = safe, safe
	}
	switch attr.Key {
	case "workspace":
		l.Workspace = shown
	case "job":
		l.Job = shown
	case "run":
		l.Run = shown
	case "task":
		l.Task = shown
	case "table":
		l.Table = shown
	default:
		l.Attrs = append(l.Attrs, attr)
	}
}

// plain reduces a value to the types that Attr allows.
func plain(v slog.Value) any {
	switch v.Kind() {
	case slog.KindString:
		return v.String()
	case slog.KindInt64:
		return v.Int64()
	case slog.KindUint64:
		return v.Uint64()
	case slog.KindBool:
		return v.Bool()
	case slog.KindFloat64:
		f := v.Float64()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
		return f
	case slog.KindDuration:
		return v.Duration().String()
	case slog.KindTime:
		return v.Time().Format(time.RFC3339Nano)
	}
	return describe(v.Any())
}

// describe survives a method that panics, as fmt does: a log line must not end the program.
func describe(v any) (s string) {
	defer func() {
		if p := recover(); p != nil {
			s = fmt.Sprintf("%T: panic: %v", v, p)
		}
	}()
	switch v := v.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	case encoding.TextMarshaler:
		if text, err := v.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprintf("%+v", v)
}
