package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
)

// It may have been told before the holder had written who it is.
func TestASecondEngineIsTurnedAwayFromAHolderWithoutAName(t *testing.T) {
	home := t.TempDir()
	first, err := lock(home, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	for _, text := range []string{"", `{"pid": 4`} {
		if err := os.WriteFile(filepath.Join(home, "featops.holder"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := lock(home, time.Now())
		want := home + " is in use by another featops; wait for it, stop it, or take another --home"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestASecondEngineIsToldWhoHoldsTheHome(t *testing.T) {
	home := t.TempDir()
	since := time.Date(2026, 5, 1, 9, 30, 0, 0, time.UTC)
	first, err := lock(home, since)
	if err != nil {
		t.Fatal(err)
	}
	_, err = lock(home, since.Add(time.Hour))
	var held *HeldError
	if !errors.As(err, &held) || held.PID != os.Getpid() || !held.Since.Equal(since) || !strings.Contains(err.Error(), home) {
		t.Fatalf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := lock(home, since)
	if err != nil {
		t.Fatalf("the home is free again, but: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

// Who only looks whether a home is held takes its lock for an instant.
func TestALookAtTheLockTurnsNobodyAway(t *testing.T) {
	home := t.TempDir()
	if h, err := holderOf(home); err != nil || h != nil {
		t.Errorf("before anybody worked there: %v, %v", h, err)
	}
	first, err := lock(home, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if h, err := holderOf(home); err != nil || h == nil || h.PID != os.Getpid() || h.Host == "" {
		t.Errorf("held by %+v, %v", h, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if h, err := holderOf(home); err != nil || h != nil {
		t.Errorf("afterwards held by %v, %v", h, err)
	}

	synctest.Test(t, func(t *testing.T) {
		look := flock.New(LockFile(home), flock.SetFlag(os.O_RDONLY))
		if got, err := look.TryRLock(); err != nil || !got {
			t.Fatal(got, err)
		}
		go func() {
			time.Sleep(lookTakes / 2)
			look.Close()
		}()
		second, err := lock(home, time.Now())
		if err != nil {
			t.Fatalf("turned away by a look: %v", err)
		}
		if err := second.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
