package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"featops/engine/config"
)

// configuration looks at the file and at values that surprise.
func (x *examiner) configuration(ctx context.Context) {
	const area = "configuration"
	var bad *config.Error
	switch {
	case errors.As(x.ConfigError, &bad):
		for _, p := range bad.Problems {
			x.problem(area, p.File, p.String(), "mend it, then see "+x.command("config check")+"; what follows is as without the file")
		}
	case x.ConfigError != nil:
		x.problem(area, "file", x.ConfigError.Error(), "name a file that can be read; what follows is as without it")
	case x.Config.File() == "":
		x.ok(area, "built in", "there is no file, and none is needed")
	default:
		x.ok(area, x.Config.File(), "every key and value is good")
	}
	x.beaten()
	x.strangeVariables()
}

// beaten notes values of the file that a variable beats, which is easily forgotten.
func (x *examiner) beaten() {
	for _, s := range x.Config.Settings() {
		for _, b := range s.Beaten {
			if s.Origin.Variable != "" && b.File != "" {
				x.note("configuration", s.Key, fmt.Sprintf("%s says %q and beats the value in %s", s.Origin.Variable, s.Value, b),
					"`unset "+s.Origin.Variable+"` lets the file count")
			}
		}
	}
}

// strangeVariables notes variables that look like settings and are none.
func (x *examiner) strangeVariables() {
	known := []string{"FEATOPS_CONFIG"}
	for _, s := range x.Config.Settings() {
		known = append(known, "FEATOPS_"+strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_")))
	}
	for _, v := range x.Environ {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "FEATOPS_") && !slices.Contains(known, name) {
			x.note("configuration", name, "the variable is no setting and counts for nothing", x.command("config show")+" lists the settings")
		}
	}
}

func (x *examiner) lookup(name string) (string, bool) {
	for _, v := range x.Environ {
		if n, value, _ := strings.Cut(v, "="); n == name {
			return value, true
		}
	}
	return "", false
}

// home looks at the directory of all local data.
func (x *examiner) home(context.Context) {
	home := x.Config.Home
	info, err := os.Stat(home)
	switch {
	case errors.Is(err, os.ErrNotExist):
		x.note("home", home, "it does not exist yet", x.command("run")+" makes it")
	case err != nil:
		x.problem("home", home, err.Error(), "let this user into it, or take another --home")
	case !info.IsDir():
		x.problem("home", home, "it is no directory", "take another --home")
	case !writable(home):
		x.problem("home", home, "this user cannot write to it, so that featops can only look", "`chmod u+rwx "+quoted(home)+"`, or take another --home")
	default:
		x.ok("home", home, "it can be written to")
		x.inside(home)
	}
}

// inside looks for files of the home that cannot be written to, as a run by another user leaves them.
func (x *examiner) inside(home string) {
	for _, w := range x.Config.Workspaces {
		o := x.embedded(w)
		for _, path := range []string{o.Dir, o.DatabaseFile(), x.plan.JournalFile()} {
			if _, err := os.Stat(path); err == nil && !writable(path) {
				x.problem("home", path, "this user cannot write to it", "`chown -R \"$(id -un)\" "+quoted(home)+"` as its owner or as root")
			}
		}
	}
}
