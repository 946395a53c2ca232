package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"featops/workspaces/delta"

	"github.com/gofrs/flock"
)

// LockFile is what an engine holds in a home directory for as long as it works there.
func LockFile(home string) string { return filepath.Join(home, "featops.lock") }

// HolderFile says which process holds it, or held it last: see Holder.
func HolderFile(home string) string { return filepath.Join(home, "featops.holder") }

// Holder is the process whose engine holds a home directory.
type Holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// HeldError says that another engine works in the home directory.
type HeldError struct {
	Home string
	Holder
}

func (e *HeldError) Error() string {
	who := ""
	if e.Holder != (Holder{}) {
		who = fmt.Sprintf(": process %d (%s), since %s", e.PID, e.Command, e.Since.Local().Format(time.DateTime))
	}
	return fmt.Sprintf("%s is in use by another featops%s; wait for it, stop it, or take another --home", e.Home, who)
}

// lock takes the home directory for this process. The operating system gives it back when the process ends, however
// it ends. Who holds it stands in a second file, because the locked one cannot be read everywhere; that file alone
// locks nothing, so what a killed process has left in it is overwritten and never believed.
func lock(home string, now time.Time) (*flock.Flock, error) {
	if err := delta.MakeDir(home); err != nil {
		return nil, fmt.Errorf("make the home directory: %w", err)
	}
	l := flock.New(LockFile(home))
	holder := HolderFile(home)
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the home directory: %w", err)
	}
	if !got {
		held := &HeldError{Home: home}
		text, err := os.ReadFile(holder)
		if err != nil || json.Unmarshal(text, &held.Holder) != nil {
			held.Holder = Holder{} // it has only just begun: that it holds the home is true all the same
		}
		return nil, held
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Command: strings.Join(os.Args, " "), Since: now})
	if err == nil {
		err = os.WriteFile(holder, text, 0o644)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write who holds the home directory: %w", err), l.Close())
	}
	return l, nil
}
