package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	Host    string    `json:"host,omitempty"`
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

const (
	// lookTakes is how long, at the most, somebody who only looks whether a home is held keeps others from taking it.
	lookTakes = 10 * time.Millisecond
	// triesToLock is how often a home that is held is tried, so that only a holder turns anybody away.
	triesToLock = 3
)

func tryLock(l *flock.Flock) (got bool, err error) {
	for try := range triesToLock {
		if try > 0 {
			time.Sleep(lookTakes)
		}
		if got, err = l.TryLock(); got || err != nil {
			break
		}
	}
	return got, err
}

// holderOf tells which process holds a home directory, nil when none does.
func holderOf(home string) (*Holder, error) {
	l := flock.New(LockFile(home), flock.SetFlag(os.O_RDONLY))
	free, err := l.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("see whether the home is held: %w", err)
	case free:
		return nil, l.Close()
	}
	h := readHolder(home)
	return &h, l.Close()
}

// readHolder reads who holds a home directory that is held. The zero Holder is one that has only just begun: that it holds
// the home is true all the same.
func readHolder(home string) Holder {
	var h Holder
	text, err := os.ReadFile(HolderFile(home))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
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
	got, err := tryLock(l)
	if err != nil {
		return nil, fmt.Errorf("lock the home directory: %w", err)
	}
	if !got {
		return nil, &HeldError{home, readHolder(home)}
	}
	host, _ := os.Hostname() // without it the number of the process says who holds the home
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Command: strings.Join(os.Args, " "), Since: now})
	if err == nil {
		err = os.WriteFile(holder, text, 0o644)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write who holds the home directory: %w", err), l.Close())
	}
	return l, nil
}
