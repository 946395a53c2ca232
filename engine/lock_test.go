package engine

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

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
