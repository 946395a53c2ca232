package endtoend_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// A featops that is killed leaves its runs going on. The next one ends well, whatever the last had begun.
func TestKillsAtRandomMomentsOnSpark(t *testing.T) {
	x := start(t)
	tables := []string{"fs_cus_demographic", "fs_cus_transactions"}
	random := rand.New(rand.NewPCG(5, 8))
	for range 3 {
		c := x.command(append([]string{"run"}, tables...)...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.Duration(random.Int64N(int64(12 * time.Second)))
		kill := time.AfterFunc(after, func() { c.Process.Kill() })
		err := c.Wait()
		kill.Stop()
		t.Logf("killed after %s: %v", after, err)
	}
	s, code := x.run(tables...)
	if code != 0 || s.Status != "success" {
		t.Fatalf("the last one ended with %d, %+v", code, s)
	}
	x.says([]string{"watch", "--once"}, "nothing to register")
	for _, table := range tables {
		x.sameAsLocal(table)
		other := map[string]string{"bncapers": "medpag", "medpag": "bncapers"}[owners[table]]
		x.says([]string{"describe", table}, "registered in  "+other)
	}
	type once struct{ Workspace, Run, Table, To string }
	registered := map[once]int{}
	for line := range strings.Lines(x.good("logs", "--output", "json", "--grep", "table registered")) {
		var entry struct {
			once
			Attrs struct{ To string }
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		entry.To = entry.Attrs.To
		if registered[entry.once]++; registered[entry.once] > 1 {
			t.Errorf("registered twice: %s", line)
		}
	}
	if len(registered) < len(tables) {
		t.Errorf("registered: %v", registered)
	}
	t.Run("the console starts a job and sees it through", func(t *testing.T) {
		x.t = t
		before := x.number("DESCRIBE HISTORY " + x.full("fs_cus_demographic"))
		c := x.console()
		c.shows("both workspaces", func(screen string) bool {
			return strings.Count(screen, "✓ connected") == 2 && has("fs_cus_demographic")(screen)
		})
		c.press("r")
		c.shows("the question", has("Start "+jobName))
		c.press("y")
		c.shows("a run under way", has("● running"))
		c.shows("its end", func(screen string) bool {
			return !strings.Contains(screen, "● running") && strings.Contains(screen, "✓ success")
		})
		c.press("q")
		if after := x.number("DESCRIBE HISTORY " + x.full("fs_cus_demographic")); after == before {
			t.Error("nothing was saved")
		}
	})
}
