package doctor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"featops/engine/journal"
)

// journal looks at the file that remembers questions, registrations and builds, and at what it has open.
func (x *examiner) journal(ctx context.Context) {
	path := x.plan.JournalFile()
	number, tables := journal.Layout()
	lost := moveAway(path) + " lets featops begin a new one: no table is affected, but past questions are forgotten and finished runs are registered anew"
	if !x.database(ctx, "journal", path, number, tables, lost) {
		return
	}
	readable, err := x.readable(path)
	if err != nil {
		x.problem("journal", path, err.Error(), lost)
		return
	}
	j, err := journal.Open(ctx, readable, journal.Options{ReadOnly: true})
	if err != nil {
		x.problem("journal", path, err.Error(), lost)
		return
	}
	defer j.Close()
	if err := errors.Join(x.questions(ctx, j), x.pending(ctx, j), x.builds(ctx, j)); err != nil {
		x.problem("journal", path, err.Error(), lost)
	}
}

// database looks whether a SQLite file is whole and is what it should be, and whether it is worth to look into it.
func (x *examiner) database(ctx context.Context, area, path string, number int, tables []string, lost string) bool {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.ok(area, path, "it does not exist yet")
		return false
	case err != nil:
		x.problem(area, path, err.Error(), "let this user read it")
		return false
	case info.Size() == 0:
		x.ok(area, path, "it is empty")
		return false
	}
	var found int
	var names, faults []string
	readable, err := x.readable(path)
	if err == nil {
		found, names, faults, err = inspect(ctx, readable)
	}
	switch {
	case err != nil:
		x.problem(area, path, "it cannot be read: "+err.Error(), lost)
	case found > number:
		x.problem(area, path, fmt.Sprintf("it has layout %d, made by a newer featops; this one knows up to %d", found, number), "use the newer featops for this home")
	case len(faults) > 0:
		x.problem(area, path, "it is damaged: "+strings.Join(faults, "; "), lost)
	case found < number && found > 0:
		x.note(area, path, fmt.Sprintf("it has layout %d, and this featops brings it to layout %d when it writes next", found, number), "")
	case slices.ContainsFunc(tables, func(t string) bool { return !slices.Contains(names, t) }):
		x.problem(area, path, fmt.Sprintf("it is a database of something else: it has the tables %v, and should have %v", names, tables), lost)
	default:
		x.ok(area, path, fmt.Sprintf("whole, layout %d", found))
		return true
	}
	return false
}

// readable is where a SQLite file can be read without a change to the home: SQLite makes files beside one with a write-ahead
// log even to read it. Where no engine works, and so nothing is being written, that is a copy of it with its log; an
// engine has made those files already.
func (x *examiner) readable(path string) (string, error) {
	if x.held {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "featops-doctor-")
	if err != nil {
		return "", fmt.Errorf("copy it to read it: %w", err)
	}
	x.copies = append(x.copies, dir)
	to := filepath.Join(dir, filepath.Base(path))
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if suffix != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+suffix, b, 0o600)
		}
		if err != nil {
			return "", fmt.Errorf("copy it to read it: %w", err)
		}
	}
	return to, nil
}

// inspect reads a SQLite file as a whole: the number of its layout, the names of its tables, and what is wrong with it.
func inspect(ctx context.Context, path string) (layout int, tables, faults []string, err error) {
	parameters := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)"}}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: parameters.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&layout); err != nil {
		return 0, nil, nil, err
	}
	if tables, err = column(ctx, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"); err != nil {
		return layout, nil, nil, err
	}
	faults, err = column(ctx, db, "PRAGMA integrity_check(5)")
	if len(faults) == 1 && faults[0] == "ok" {
		faults = nil
	}
	return layout, tables, faults, err
}

func column(ctx context.Context, db *sql.DB, query string) (values []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

// questions tells of those that nobody has answered.
func (x *examiner) questions(ctx context.Context, j *journal.Journal) error {
	decisions, err := j.Decisions(ctx, 0, time.Time{})
	if err != nil {
		return err
	}
	for _, d := range decisions {
		if d.Settlement != nil {
			continue
		}
		q := d.Question
		where := q.Workspace + "/" + q.Table
		message := fmt.Sprintf("a question about %s is open since %s: %s", q.Subject, q.Asked.Local().Format(time.DateTime), q.Difference)
		if x.held {
			x.note("question", where, message, "answer it in the console or the terminal of the engine that asks; no answer leaves the table untouched")
		} else {
			x.note("question", where, message+"; whoever asked it has stopped", x.command("run")+" closes it, and asks anew if need be")
		}
	}
	return nil
}

// pending tells of registrations that were begun and not finished.
func (x *examiner) pending(ctx context.Context, j *journal.Journal) error {
	open, err := j.PendingRegistrations(ctx)
	for _, p := range open {
		if !x.held {
			x.note("registration", p.From+"/"+p.Table, "its registration in "+p.To+" was not finished", x.command("watch --once")+" finishes it")
		}
	}
	return err
}

// builds tells of those that a crash has cut off.
func (x *examiner) builds(ctx context.Context, j *journal.Journal) error {
	builds, err := j.Builds(ctx, 100)
	for _, b := range builds {
		if b.Ended.IsZero() && b.Error == "" && !x.held {
			x.note("build", b.Workspace+"/"+b.Build.Table, "a build that began at "+b.Started.Local().Format(time.DateTime)+" was cut off; the table is as it was before, or whole",
				x.command("build "+b.Build.Table)+" builds it again")
		}
	}
	return err
}
