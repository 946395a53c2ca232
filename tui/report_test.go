package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPanicIsReportedInAFile(t *testing.T) {
	home := t.TempDir()
	c := open(t, idle(), 120, 36, func(o *Options) {
		o.Home, o.Version = home, "1.2.3"
		o.Redact = func(s string) string { return strings.ReplaceAll(s, "luck", "***") }
	})
	c.engine.panics = true
	c.keys("p")
	err := c.report(c.broken)
	file := filepath.Join(home, "reports", "console-20261123T120000.txt")
	if want := "the console broke down: out of luck; the report is in " + file; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"broke down: out of ***", "featops 1.2.3", "screen overview, 120×36 cells", "fakeEngine"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}
