package plain

import (
	"fmt"
	"slices"

	"featops/engine/config"
	"featops/workspaces"
)

// runKey names a run.
type runKey struct {
	workspace string
	run       int64
}

// expect notes that a run, or the repair of one by its number, was asked for: the engine may not show it yet.
func (c *console) expect(workspace string, run, repair int64) {
	for _, w := range c.Engine.Snapshot().Workspaces {
		if w.Name == workspace && w.Kind == config.Embedded {
			c.expected[runKey{workspace, run}] = repair
		}
	}
}

// underWay lists what goes on in this process and ends with it.
func (c *console) underWay() []string {
	switch {
	case c.ReadOnly != "":
		return nil
	case c.Beside && c.commands > 0:
		return []string{counted(c.commands, "command") + " that the other featops may not have taken up"}
	case c.Beside:
		return nil
	}
	var out []string
	s := c.Engine.Snapshot()
	for _, w := range s.Workspaces {
		if w.Kind != config.Embedded {
			continue
		}
		for _, j := range w.Jobs {
			for _, r := range j.Runs {
				k := runKey{w.Name, r.ID}
				if repair, ok := c.expected[k]; ok && shows(r, repair) {
					delete(c.expected, k)
				}
				if !r.Status.Ended() {
					out = append(out, fmt.Sprintf("run %d of %s in %s", r.ID, r.Job, w.Name))
				}
			}
		}
	}
	for k := range c.expected {
		out = append(out, fmt.Sprintf("run %d in %s", k.run, k.workspace))
	}
	for _, b := range s.Builds {
		out = append(out, fmt.Sprintf("the build of %s in %s", b.Table, b.Workspace))
	}
	for _, q := range s.Questions {
		out = append(out, fmt.Sprintf("the question about %s in %s", q.Table, q.Workspace))
	}
	if c.commands > 0 {
		out = append(out, counted(c.commands, "command")+" under way")
	}
	return out
}

// shows reports whether the run has the repair; each has none, by the number 0.
func shows(r workspaces.Run, repair int64) bool {
	return repair == 0 || slices.ContainsFunc(r.Repairs, func(o workspaces.Repair) bool { return o.ID == repair })
}
