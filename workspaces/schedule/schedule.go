// Package schedule tells at which times a cron expression starts something, in a time zone whose clocks
// may be put forward and back.
//
// An expression has the five fields minute, hour, day of the month, month and day of the week, as in
// crontab(5): "30 6 * * 1-5". How it meets a change of the clocks is cron's own rule:
//
//   - An hour that is "*" means by elapsed time: "*/15 * * * *" comes every quarter of an hour of real
//     time, and through the hour that clocks show twice it comes in both.
//   - Other hours mean the wall clock, a time a day: one that the clocks skip comes when it would have come
//     had they not been changed ("30 2 * * *" at 03:30), and one that they show twice comes the first time.
//
// Time zones are those of the IANA database, a copy of which is built in for machines without one.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the time zones

	"github.com/robfig/cron/v3"
)

// Schedule is a cron expression in a time zone.
type Schedule struct {
	spec     *cron.SpecSchedule
	location *time.Location
}

// everyHour is the bit by which package cron marks a field that is "*".
const everyHour = 1 << 63

// Parse reads a cron expression and the name of a time zone, such as "Europe/Madrid". The error says
// what is wrong and what is allowed.
func Parse(expression, zone string) (Schedule, error) {
	location, err := Zone(zone)
	if err != nil {
		return Schedule{}, err
	}
	spec, err := Cron(expression)
	if err != nil {
		return Schedule{}, err
	}
	return Schedule{spec, location}, nil
}

// Zone finds a time zone by its name in the IANA database. The machine's own zone is not meant by any name:
// a schedule says the same on every machine.
func Zone(name string) (*time.Location, error) {
	const allowed = `the name of a time zone, such as "UTC" or "Europe/Madrid"`
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("found %q; allowed: %s", name, allowed)
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("found %q, which is no time zone; allowed: %s", name, allowed)
	}
	return location, nil
}

// Cron reads an expression of five fields that comes at some time.
func Cron(expression string) (*cron.SpecSchedule, error) {
	const allowed = `five fields: minute (0-59), hour (0-23), day of the month (1-31), month (1-12), day of the week (0-6, Sunday is 0), such as "30 6 * * 1-5"`
	if n := len(strings.Fields(expression)); n != 5 {
		return nil, fmt.Errorf("found %q with %d fields; allowed: %s", expression, n, allowed)
	}
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(expression)
	spec, ok := parsed.(*cron.SpecSchedule)
	if err == nil && !ok {
		err = errors.New("it is no list of times")
	}
	if err != nil {
		return nil, fmt.Errorf("found %q: %w; allowed: %s", expression, err, allowed)
	}
	if spec.Next(time.Unix(0, 0).UTC()).IsZero() {
		return nil, fmt.Errorf("found %q, which never comes; allowed: %s", expression, allowed)
	}
	return spec, nil
}

// Next is the first time after t, to the minute and in the schedule's zone.
func (s Schedule) Next(t time.Time) time.Time {
	t = t.In(s.location)
	if s.spec.Hour&everyHour != 0 {
		return s.spec.Next(t)
	}
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	for {
		wall = s.spec.Next(wall)
		if wall.IsZero() {
			return wall
		}
		if at := s.at(wall); at.After(t) {
			return at
		}
	}
}

// at is the moment at which clocks in the zone show what wall, in UTC, shows: the first where they show it twice. Where they
// skip it, it is the moment at which they would have shown it had they not been changed.
func (s Schedule) at(wall time.Time) time.Time {
	shows := func(offset int) (time.Time, bool) {
		t := wall.Add(-time.Duration(offset) * time.Second).In(s.location)
		_, found := t.Zone()
		return t, found == offset
	}
	_, dayBefore := wall.Add(-24 * time.Hour).In(s.location).Zone()
	unchanged, ok := shows(dayBefore)
	if ok {
		return unchanged
	}
	_, now := unchanged.Zone()
	if changed, ok := shows(now); ok {
		return changed
	}
	return unchanged
}
