package plain

import "fmt"

// tellWorker says which other process does the work, where one does, and whenever that changes.
func (c *console) tellWorker() {
	if now := c.workerNow(); now != c.worker {
		c.worker = now
		c.say("%s", now)
	}
}

func (c *console) workerNow() string {
	does := "does the work in this home."
	if c.Beside {
		does = "does the work in this home, and what you ask for here."
	}
	switch h := c.Engine.Snapshot().Holder; {
	case h == nil && c.Beside:
		return "Nobody does the work in this home any more. Quit, and start featops again."
	case h == nil && c.worker != "":
		return "Nobody does the work in this home any more."
	case h == nil:
		return ""
	case h.PID == 0: // it has only just begun
		return "Another featops " + does
	default:
		return fmt.Sprintf("Process %d on %s %s", h.PID, h.Host, does)
	}
}
