package endtoend_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// console is a terminal of tmux with the console in it.
type console struct {
	t      *testing.T
	socket string
}

func (x *world) console() *console {
	x.t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		x.t.Skip("tmux is not installed")
	}
	dir, err := os.MkdirTemp("", "featops-tmux-") // paths of sockets must be short
	if err != nil {
		x.t.Fatal(err)
	}
	c := &console{x.t, filepath.Join(dir, "socket")}
	program := x.command()
	start := exec.Command("tmux", append([]string{"-S", c.socket, "-f", "/dev/null", "new-session", "-d", "-x", "140", "-y", "40"}, program.Args...)...)
	start.Env = append(program.Env, "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	if out, err := start.CombinedOutput(); err != nil {
		x.t.Fatalf("start tmux: %v\n%s", err, out)
	}
	x.t.Cleanup(func() {
		exec.Command("tmux", "-S", c.socket, "kill-server").Run()
		os.RemoveAll(dir)
	})
	return c
}

func (c *console) press(keys ...string) {
	c.t.Helper()
	if out, err := exec.Command("tmux", append([]string{"-S", c.socket, "send-keys"}, keys...)...).CombinedOutput(); err != nil {
		c.t.Fatalf("press %v: %v\n%s", keys, err, out)
	}
}

// shows waits until the screen is as it should be.
func (c *console) shows(what string, right func(screen string) bool) {
	c.t.Helper()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	hanging := time.After(3 * time.Minute)
	for {
		screen, _ := exec.Command("tmux", "-S", c.socket, "capture-pane", "-p").Output()
		if right(string(screen)) {
			return
		}
		select {
		case <-look.C:
		case <-hanging:
			c.t.Fatalf("the screen does not show %s:\n%s", what, screen)
		}
	}
}

func has(texts ...string) func(string) bool {
	return func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	}
}
