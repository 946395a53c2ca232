package doctor

import (
	"context"
	"encoding/json"
	"featops/engine"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// lock looks who works in the home. Whether somebody holds the lock can only be told by trying it; that takes an instant, and
// others may look at the same time.
func (x *examiner) lock(context.Context) {
	path := engine.LockFile(x.Config.Home)
	if _, err := os.Stat(path); err != nil {
		x.ok("lock", path, "no engine has worked here yet")
		return
	}
	l := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := l.TryRLock()
	if err != nil {
		x.problem("lock", path, "it cannot be tried: "+err.Error(), "let this user read and write it")
		return
	}
	if free {
		if err := l.Close(); err != nil {
			x.note("lock", path, "it could not be let go: "+err.Error(), "")
		}
		x.ok("lock", path, "no engine works here now")
		return
	}
	x.held = true
	holder, err := x.holder()
	if err != nil {
		x.note("lock", path, "an engine works here, and the file that names it is damaged: "+err.Error(), "`fuser "+quoted(path)+"` finds its process")
		return
	}
	x.ok("lock", path, fmt.Sprintf("process %d (%s) works here, since %s", holder.PID, holder.Command, holder.Since.Local().Format(time.DateTime)))
}

func (x *examiner) holder() (h engine.Holder, err error) {
	text, err := os.ReadFile(engine.HolderFile(x.Config.Home))
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	return h, err
}
