package logs

import (
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Format is a line as a terminal shows it, without a line end:
//
//	2006-01-02 15:04:05 INFO    [bncapers/demo-feature-store/fs_cus_credit_risk] message key=value
//
// Between the brackets are workspace, job and task, as far as they are known. The run, and a table of
// another name than the task, come first among the attributes. With color the whole line has the
// colour of its level: DEBUG grey, INFO blue, WARNING yellow, ERROR red.
func (l Line) Format(color bool) string {
	var b strings.Builder
	if color {
		b.WriteString(colorOf(l.Level))
	}
	b.WriteString(l.Time.Format(time.DateTime))
	b.WriteByte(' ')
	level := LevelName(l.Level)
	b.WriteString(level)
	b.WriteString("        "[len(level):])
	between := "["
	for _, s := range []string{l.Workspace, l.Job, l.Task} {
		if s != "" {
			b.WriteString(between)
			b.WriteString(OneLine(s))
			between = "/"
		}
	}
	if between == "/" {
		b.WriteString("] ")
	}
	l.writeDetails(&b, "")
	if color {
		b.WriteString(resetColor)
	}
	return b.String()
}

// Details is the message with the attributes behind it, as Format shows them, and the job last among them.
func (l Line) Details() string {
	var b strings.Builder
	l.writeDetails(&b, l.Job)
	return b.String()
}

func (l Line) writeDetails(b *strings.Builder, job string) {
	b.WriteString(OneLine(l.Message))
	if l.Run != "" {
		writeAttr(b, Attr{"run", l.Run})
	}
	if l.Table != "" && l.Table != l.Task {
		writeAttr(b, Attr{"table", l.Table})
	}
	for _, a := range l.Attrs {
		writeAttr(b, a)
	}
	if job != "" {
		writeAttr(b, Attr{"job", job})
	}
}

// writeAttr puts a value in quotes where it would not be read as one word otherwise.
func writeAttr(b *strings.Builder, a Attr) {
	value := OneLine(a.text())
	if value == "" || strings.ContainsAny(value, ` "=`) {
		value = strconv.Quote(value)
	}
	b.WriteByte(' ')
	b.WriteString(OneLine(a.Key))
	b.WriteByte('=')
	b.WriteString(value)
}

const resetColor = "\x1b[0m"

// colorOf is the sequence of ECMA-48 (SGR) that sets the colour of a level.
func colorOf(level slog.Level) string {
	switch LevelName(level) {
	case "ERROR":
		return "\x1b[31m"
	case "WARNING":
		return "\x1b[33m"
	case "INFO":
		return "\x1b[34m"
	}
	return "\x1b[90m"
}

// terminalSink writes each line with one call, so that lines of several writers do not mix.
func terminalSink(w io.Writer, color bool) sink {
	var mutex sync.Mutex
	return func(l Line) error {
		mutex.Lock()
		defer mutex.Unlock()
		_, err := io.WriteString(w, l.Format(color)+"\n")
		return err
	}
}
