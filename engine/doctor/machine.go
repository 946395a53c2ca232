package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"featops/engine/config"

	"github.com/dustin/go-humanize"
)

// The space that a run takes when there is no data yet: the sample and the tables made of it take about half of this.
const firstRun = 256 << 20

// recordsAlone is the space for journal and log, where the tables lie elsewhere: the log alone may take 200 MiB.
const recordsAlone = 256 << 20

// disk is the file system that a directory lies on.
type disk struct {
	free    uint64 // bytes that this user may fill
	name    string // of its kind, where that is known
	noLinks bool   // it has no hard links, by which tables take over new data
}

// disks looks at the file systems of the home and of the tables, which lie in the home unless the configuration puts them
// elsewhere.
func (x *examiner) disks(context.Context) {
	needed := x.needed
	if needed == 0 {
		needed = firstRun
	}
	home, base := x.Config.Home, x.Config.Environment().BasePath
	if strings.HasPrefix(base, home+string(filepath.Separator)) {
		x.disk(home, needed, true)
		return
	}
	x.disk(home, recordsAlone, false)
	x.disk(base, needed, true)
}

// disk looks at where a run puts so many bytes, tables or only records.
func (x *examiner) disk(place string, needed uint64, tables bool) {
	there := existing(place)
	d, err := diskOf(there)
	if err != nil {
		x.note("disk", place, "its space and kind cannot be told: "+err.Error(), "")
		return
	}
	good := true
	if tables && d.noLinks {
		good = false
		x.problem("disk", place, fmt.Sprintf("the file system (%s) has no hard links, and no table can be saved on it", d.name),
			"take a --home, or a base_path of the environment, on another disk")
	}
	takes := fmt.Sprintf("%s are free, and a run that writes everything anew takes about %s", humanize.IBytes(d.free), humanize.IBytes(needed))
	if d.free < needed {
		good = false
		x.problem("disk", place, takes, "make room, or take another disk")
	} else if d.free < 3*needed {
		good = false
		x.note("disk", place, takes+"; old versions stay", "make room in time")
	}
	if foldsCase(there) {
		good = false
		x.note("disk", place, "the file system takes names that differ in capitals for the same", "keep the names of workspaces and databases apart by more than capitals")
	}
	if good {
		x.ok("disk", place, humanize.IBytes(d.free)+" are free")
	}
}

// existing is the directory itself, or the nearest one above it that exists.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
		above := filepath.Dir(dir)
		if above == dir {
			return dir
		}
		dir = above
	}
}

// foldsCase tells whether the directory is also found under its name with capitals and small letters exchanged.
func foldsCase(dir string) bool {
	base := filepath.Base(dir)
	swapped := strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, base)
	if swapped == base {
		return false
	}
	one, err := os.Stat(dir)
	if err != nil {
		return false
	}
	other, err := os.Stat(filepath.Join(filepath.Dir(dir), swapped))
	return err == nil && os.SameFile(one, other)
}

// The console wants this much room.
const minWidth, minHeight = 80, 24

// terminal looks at where the console would be drawn.
func (x *examiner) terminal(context.Context) {
	t := x.Terminal
	kind, _ := x.lookup("TERM")
	size := fmt.Sprintf("%d×%d", t.Width, t.Height)
	switch {
	case !t.Is:
		x.ok("terminal", "none", "there is none here: the console needs one, everything else works without")
		return
	case kind == "dumb" || kind == "":
		x.note("terminal", "TERM", fmt.Sprintf("TERM is %q, and the console cannot be drawn on such a terminal", kind), "`export TERM=xterm-256color`, if that is what it is")
	case t.Width < minWidth || t.Height < minHeight:
		x.note("terminal", size, fmt.Sprintf("the console is made for %d×%d cells and more, and shows less here", minWidth, minHeight), "make the window larger")
	default:
		x.ok("terminal", size, "large enough"+x.colour())
	}
}

// colour tells why nothing is coloured, if that is so.
func (x *examiner) colour() string {
	for _, s := range x.Config.Settings() {
		if s.Key == "color" && s.Value == config.Never {
			return "; nothing is coloured, by " + s.Origin.String()
		}
	}
	return ""
}

// steady is how far in the future a commit may be by clocks that do not agree to the second.
const steady = time.Minute

// clock looks at the time and its zone.
func (x *examiner) clock(context.Context) {
	good := true
	if zone, set := x.lookup("TZ"); set && zone != "" {
		if _, err := time.LoadLocation(strings.TrimPrefix(zone, ":")); err != nil {
			good = false
			x.note("clock", "TZ", fmt.Sprintf("TZ is %q, which is no time zone that is known here: times are shown in UTC", zone), "`unset TZ`, or name a zone such as America/La_Paz")
		}
	}
	if x.ahead > steady {
		good = false
		x.problem("clock", x.Now().Format(time.DateTime), "the newest commit of a table is "+x.ahead.Round(time.Second).String()+" in the future: the clock is, or was, wrong",
			"set the clock; until then new commits get times right after that one, and `actual` may mean another month")
	}
	if good {
		x.ok("clock", x.Now().Format(time.DateTime), "no commit is in the future")
	}
}
