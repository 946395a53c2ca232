package tui

import (
	"fmt"
	"testing"

	"featops/engine"
	"featops/engine/logs"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// BenchmarkKeyToFrame takes a key and draws the frame at 200 × 60: of the overview, of a list of 10,000
// rows, of the help over it.
func BenchmarkKeyToFrame(b *testing.B) {
	down := tea.KeyMsg{Type: tea.KeyDown}
	c := withListings(b)
	c.show(underWay())
	c.resize(200, 60)
	press := func(b *testing.B) {
		for b.Loop() {
			c.Update(down)
			_ = c.View()
		}
	}
	b.Run("overview", press)
	c.engine.runs = make([]workspaces.Run, 10_000)
	for i := range c.engine.runs {
		c.engine.runs[i] = workspaces.Run{ID: int64(i), Workspace: fmt.Sprint("workspace ", i%4)}
	}
	c.keys("2")
	b.Run("list", press)
	c.keys("?")
	b.Run("help", press)
}

// BenchmarkEventsToFrame takes a batch of events, as the forwarder sends one 30 times a second.
func BenchmarkEventsToFrame(b *testing.B) {
	c := withListings(b)
	c.resize(200, 60)
	for i := range 1000 {
		c.ring.Append(logs.Line{Time: noon, Message: fmt.Sprint("line ", i)})
	}
	events := make([]engine.Event, 70)
	snapshots := []*engine.Snapshot{underWay(), underWay()}
	for i := 0; b.Loop(); i++ {
		c.engine.snapshot = snapshots[i%2]
		c.Update(changedMsg{events})
		_ = c.View()
	}
}
