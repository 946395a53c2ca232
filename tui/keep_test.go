package tui

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featops/tui/widget"
)

func TestWhatIsKeptOverRestarts(t *testing.T) {
	home := t.TempDir()
	at := func(o *Options) { o.Home = home }
	c := open(t, idle(), 120, 36, at)
	c.keys("tab", "j", "j", ":", "theme-light", "enter", ":", "mouse", "enter")
	c.keep()

	c = open(t, idle(), 120, 36, at)
	if got := c.overview().Selected(); got.Row != "fs_cus_payment_behavior" || got.Workspace.Name != "medpag" {
		t.Errorf("%s is selected", got.Row)
	}
	if c.themeName != widget.Light || !c.mouse {
		t.Errorf("theme %s, mouse %v", c.themeName, c.mouse)
	}

	c = open(t, idle(), 120, 36, at, func(o *Options) { o.Theme = widget.Contrast })
	if c.themeName != widget.Contrast {
		t.Errorf("the theme is %s although another was configured since it was chosen", c.themeName)
	}
	if left, _ := filepath.Glob(filepath.Join(home, "*")); len(left) != 1 {
		t.Errorf("files left: %v", left)
	}
}

func TestAConsoleThatOnlyLooksKeepsNothing(t *testing.T) {
	home := t.TempDir()
	open(t, idle(), 120, 36, readOnly, func(o *Options) { o.Home = home }).keep()
	if left, _ := filepath.Glob(filepath.Join(home, "*")); len(left) > 0 {
		t.Errorf("files left: %v", left)
	}
}

func TestABrokenFileIsAsIfNothingHadBeenKept(t *testing.T) {
	for _, content := range []string{"", "{", "[]", `{"screens": {"overview": "no place"}}`, `{"screens": 3}`} {
		var log bytes.Buffer
		home := t.TempDir()
		if err := os.WriteFile(filepath.Join(home, "console.json"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		c := open(t, idle(), 120, 36, func(o *Options) { o.Home, o.Log = home, slog.New(slog.NewTextHandler(&log, nil)) })
		c.wantSeen(t, true, "▸ [dev ana] demo-feature-store")
		if !strings.Contains(log.String(), "is ignored") || !strings.Contains(log.String(), "console.json") {
			t.Errorf("%q: the log has %q", content, log.String())
		}
	}
}
