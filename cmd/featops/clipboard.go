package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// clipboardTime is how long tmux may take to copy.
const clipboardTime = 5 * time.Second

// clipboard is how the console copies where the terminal need not be asked: nil, unless it runs in tmux. As tmux is set up by
// default it lets no program ask its terminal, but copies for it: into a buffer of its own, and on to the clipboard of the
// terminal that it runs in.
func (a *app) clipboard() func(ctx context.Context, text string) error {
	if socket, _ := a.environ("TMUX"); socket == "" {
		return nil
	}
	return func(ctx context.Context, text string) error {
		ctx, cancel := context.WithTimeout(ctx, clipboardTime)
		defer cancel()
		c := exec.CommandContext(ctx, "tmux", "load-buffer", "-w", "-")
		c.Stdin = strings.NewReader(text)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("tmux load-buffer -w: %w %s", err, strings.TrimSpace(string(out)))
		}
		return nil
	}
}
