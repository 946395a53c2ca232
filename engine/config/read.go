package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"featops/workspaces/schedule"
)

// The functions of this file turn the value of a key into a setting. Their errors say what was
// found and what is allowed.

// found describes a value in a message, and hides what has the shape of a token.
func found(value any) string {
	switch v := value.(type) {
	case text:
		return found(string(v))
	case string:
		if tokenLike.MatchString(v) {
			return hidden
		}
		return strconv.Quote(v)
	case int64, float64, bool:
		return fmt.Sprint(v)
	case time.Time:
		return "a date without quotes"
	case map[string]any:
		return "a table"
	}
	return "a list"
}

func refuse(value any, allowed string) error {
	return errors.New("found " + found(value) + "; allowed: " + allowed)
}

// str reads text; allowed says what the text may be.
func (in input) str(allowed string) (string, error) {
	switch v := in.value.(type) {
	case string:
		return v, nil
	case text:
		return string(v), nil
	}
	return "", refuse(in.value, allowed+", in quotes")
}

func oneOf(allowed ...string) func(input) (string, error) {
	return func(in input) (string, error) {
		s, err := in.str(strings.Join(allowed, ", "))
		if err == nil && !slices.Contains(allowed, s) {
			err = errors.New("found " + found(s) + choices(s, allowed))
		}
		return s, err
	}
}

func level(in input) (slog.Level, error) {
	names := make([]string, len(levels))
	for i, l := range levels {
		names[i] = l.name
	}
	name, err := oneOf(names...)(in)
	if err != nil {
		return 0, err
	}
	return levels[slices.Index(names, name)].level, nil
}

func boolean(in input) (bool, error) {
	switch v := in.value.(type) {
	case bool:
		return v, nil
	case text:
		switch strings.ToLower(string(v)) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	return false, refuse(in.value, "true, false")
}

func integer(lowest, highest int) func(input) (int, error) {
	return func(in input) (int, error) {
		n, ok := in.value.(int64)
		if t, isText := in.value.(text); isText {
			var err error
			n, err = strconv.ParseInt(string(t), 10, 64)
			ok = err == nil
		}
		if !ok || n < int64(lowest) || n > int64(highest) {
			return 0, refuse(in.value, fmt.Sprintf("a whole number from %d to %d", lowest, highest))
		}
		return int(n), nil
	}
}

// share reads a part of a whole.
func share(in input) (float64, error) { return number(0, 1)(in) }

func number(lowest, highest float64) func(input) (float64, error) {
	return func(in input) (float64, error) {
		var x float64
		ok := true
		switch v := in.value.(type) {
		case float64:
			x = v
		case int64:
			x = float64(v)
		case text:
			var err error
			x, err = strconv.ParseFloat(string(v), 64)
			ok = err == nil
		default:
			ok = false
		}
		if !ok || !(lowest <= x && x <= highest) { // also refuses NaN
			return 0, refuse(in.value, fmt.Sprintf("a number from %.0f to %.0f", lowest, highest))
		}
		return x, nil
	}
}

func duration(in input) (time.Duration, error) {
	const allowed = `a time above 0 with its unit, such as "30s", "5m" or "1h30m"`
	s, err := in.str(allowed)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, refuse(s, allowed)
	}
	return d, nil
}

// size reads a number of bytes.
func size(lowest, highest Bytes) func(input) (Bytes, error) {
	return func(in input) (Bytes, error) {
		allowed := fmt.Sprintf("a size with its unit from %v to %v, such as \"2 GiB\" or \"1500 MB\"", lowest, highest)
		s, err := in.str(allowed)
		if err != nil {
			return 0, err
		}
		n, err := humanize.ParseBytes(s)
		if err != nil || n < uint64(lowest) || n > uint64(highest) {
			return 0, refuse(s, allowed)
		}
		return Bytes(n), nil
	}
}

func cronExpression(in input) (string, error) {
	return checked(in, "a cron expression of five fields", func(s string) error { _, err := schedule.Cron(s); return err })
}

func timezone(in input) (string, error) {
	return checked(in, "the name of a time zone", func(s string) error { _, err := schedule.Zone(s); return err })
}

// checked reads text that another package checks. What has the shape of a token is not shown here either.
func checked(in input, allowed string, check func(string) error) (string, error) {
	s, err := in.str(allowed)
	if err != nil {
		return "", err
	}
	if tokenLike.MatchString(s) {
		return "", refuse(s, allowed)
	}
	return s, check(s)
}

func date(in input) (string, error) {
	const allowed = `a date as "YYYY-MM-DD"`
	s, err := in.str(allowed)
	if err != nil {
		return "", err
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", refuse(s, allowed)
	}
	return s, nil
}

func dateOrActual(in input) (string, error) {
	const allowed = `a date as "YYYY-MM-DD", or "` + Actual + `"`
	s, err := in.str(allowed)
	if err != nil || s == Actual {
		return s, err
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", refuse(s, allowed)
	}
	return s, nil
}

// path makes a path absolute. "~/" is the user's home directory, for a file has no shell to say
// so.
func path(in input) (string, error) {
	p, err := in.str("a path")
	if err != nil {
		return "", err
	}
	if p == "" || strings.ContainsRune(p, 0) {
		return "", refuse(p, "a path")
	}
	if rest, ok := strings.CutPrefix(p, "~/"); ok || p == "~" {
		home := userHome(in.loader.environ)
		if home == "" {
			return "", refuse(p, "an absolute path, for HOME is not set")
		}
		if p == "~" {
			rest = ""
		}
		return filepath.Join(home, rest), nil
	}
	if in.origin.File != "" && !filepath.IsAbs(p) {
		p = filepath.Join(filepath.Dir(in.origin.File), p)
	}
	if p, err = filepath.Abs(p); err != nil {
		return "", fmt.Errorf("make the path absolute: %w", err)
	}
	return p, nil
}

func userName(in input) (string, error) {
	const allowed = "a login or a mail address, with a letter or digit before any @"
	u, err := in.str(allowed)
	if err != nil {
		return "", err
	}
	local, _, _ := strings.Cut(u, "@")
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	if !strings.ContainsFunc(local, letter) || strings.ContainsFunc(u, unicode.IsControl) || !utf8.ValidString(u) {
		return "", refuse(u, allowed)
	}
	return u, nil
}

// A nameRule says how the names of one sort are made, so that they can be folders, parts of SQL
// and of messages without quoting.
type nameRule struct {
	pattern *regexp.Regexp
	allowed string
}

var (
	databaseName  = nameRule{regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,254}$`), "letters, digits and _, not beginning with a digit, at most 255"}
	tableName     = databaseName
	workspaceName = nameRule{regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`), "letters, digits, _ and -, beginning with a letter or digit, at most 100"}
	profileName   = nameRule{regexp.MustCompile(`^[A-Za-z0-9_.@ -]{1,100}$`), "letters, digits, space, _, -, . and @, at most 100"}
	warehouseName = nameRule{regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`), "the number of a warehouse, as its page shows it: letters, digits, _ and -"}
	principalName = nameRule{regexp.MustCompile(`^[A-Za-z0-9_.@+ -]{1,255}$`), "the name of a group, a user's mail address or the number of a service principal"}
	catalogName   = nameRule{regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,254}$`), "letters, digits, _ and -, at most 255"}
	taskKey       = nameRule{regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`), "letters, digits, _ and -, at most 100"}
	jobName       = nameRule{regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,98}[A-Za-z0-9._-])?$`), "letters, digits, spaces, '.', _ and -, beginning with a letter or digit, at most 100"}
)

// nameBy reads a name by its rule.
func nameBy(rule nameRule) func(input) (string, error) {
	return func(in input) (string, error) {
		s, err := in.str(rule.allowed)
		if err == nil && !rule.pattern.MatchString(s) {
			err = refuse(s, rule.allowed)
		}
		return s, err
	}
}

// namesBy reads a list of names, each at most once.
func namesBy(rule nameRule) func(input) ([]string, error) {
	return func(in input) ([]string, error) {
		items, ok := in.value.([]any)
		if !ok {
			return nil, refuse(in.value, "a list of names, each of "+rule.allowed)
		}
		read := make([]string, 0, len(items))
		for _, v := range items {
			s, err := nameBy(rule)(input{value: v, origin: in.origin, loader: in.loader})
			if err != nil {
				return nil, err
			}
			if slices.Contains(read, s) {
				return nil, refuse(s, "each name once")
			}
			read = append(read, s)
		}
		return read, nil
	}
}

// listOf reads a list of some of the allowed words. A variable has them with "," between.
func listOf(allowed ...string) func(input) ([]string, error) {
	return func(in input) ([]string, error) {
		items, ok := in.value.([]any)
		if t, isText := in.value.(text); isText {
			ok = true
			for _, word := range strings.Split(string(t), ",") {
				items = append(items, strings.TrimSpace(word))
			}
		}
		if !ok {
			return nil, refuse(in.value, "a list of some of "+strings.Join(allowed, ", "))
		}
		read := make([]string, 0, len(items))
		for _, v := range items {
			s, err := oneOf(allowed...)(input{value: v, origin: in.origin, loader: in.loader})
			if err != nil {
				return nil, err
			}
			read = append(read, s)
		}
		return read, nil
	}
}

// keyList reads a key or a list of keys. What a key is, the console knows.
func keyList(in input) ([]string, error) {
	items, ok := in.value.([]any)
	if s, isText := in.value.(string); isText {
		items, ok = []any{s}, true
	}
	read := make([]string, 0, len(items))
	for _, v := range items {
		s, isText := v.(string)
		if ok = ok && isText && s != ""; !ok {
			break
		}
		read = append(read, s)
	}
	if !ok {
		return nil, refuse(in.value, `a key in quotes, or a list of keys`)
	}
	return read, nil
}

func host(in input) (string, error) {
	const allowed = "https:// and the name of a host, with a port or not"
	s, err := in.str(allowed)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(s)
	if err == nil && u.User != nil {
		return "", errors.New("found a user or password in the address (not shown); allowed: " + allowed)
	}
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", refuse(s, allowed)
	}
	return "https://" + u.Host, nil
}

func secret(in input) (Secret, error) {
	s, err := in.str("")
	if err != nil {
		return Secret{}, errors.New("found a value that is no text (not shown: it may be secret); allowed: " + secretForms + ", in quotes")
	}
	ref, err := ParseSecret(s)
	if err != nil || ref.scheme != "file" {
		return ref, err
	}
	ref.place, err = path(input{ref.place, in.origin, in.loader})
	return ref, err
}
