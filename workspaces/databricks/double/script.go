package double

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Script is an engine that has an answer ready for each statement it expects.
type Script struct {
	mu   sync.Mutex
	acts []act
}

type act struct {
	pattern *regexp.Regexp
	rows    Rows
	err     error
	wait    bool
	times   int
}

// Answer gives rows to statements that a regular expression matches. columns are as in "rows BIGINT, example STRING", and a
// row's values are texts or nil. Answers that were added later come first, and each is used as often as it is needed.
func (s *Script) Answer(pattern, columns string, rows ...[]any) {
	var out Rows
	for _, c := range strings.Split(columns, ", ") {
		if name, kind, ok := strings.Cut(c, " "); ok {
			out.Columns = append(out.Columns, Column{Name: name, Type: kind})
		}
	}
	for _, row := range rows {
		values := make([]*string, len(row))
		for i, v := range row {
			if v != nil {
				text := fmt.Sprint(v)
				values[i] = &text
			}
		}
		out.Values = append(out.Values, values)
	}
	s.add(act{rows: out}, pattern)
}

// Fail makes statements that a regular expression matches fail, a number of times.
func (s *Script) Fail(pattern, message string, times int) {
	s.add(act{err: &SQLError{message}, times: times}, pattern)
}

// Hang makes statements that a regular expression matches go on until they are cancelled.
func (s *Script) Hang(pattern string) { s.add(act{wait: true}, pattern) }

func (s *Script) add(a act, pattern string) {
	a.pattern = regexp.MustCompile("(?is)" + pattern)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acts = append([]act{a}, s.acts...)
}

// Execute implements [Engine].
func (s *Script) Execute(ctx context.Context, x Statement) (Rows, error) {
	a, ok := s.find(x.SQL)
	switch {
	case !ok:
		return Rows{}, &SQLError{"[NO_SCRIPT] no answer to this statement: " + x.SQL}
	case a.wait:
		<-ctx.Done()
		return Rows{}, ctx.Err()
	}
	return a.rows, a.err
}

func (s *Script) find(text string) (act, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, a := range s.acts {
		if !a.pattern.MatchString(text) || a.times < 0 {
			continue
		}
		if a.times > 0 {
			if s.acts[i].times--; s.acts[i].times == 0 {
				s.acts[i].times = -1
			}
		}
		return a, true
	}
	return act{}, false
}
