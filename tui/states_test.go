package tui

import (
	"fmt"
	"testing"
	"time"

	"featops/engine"
	"featops/features/schema"
	"featops/workspaces"
)

func readOnly(o *Options) { o.ReadOnly = "read only beside process 123" }

// consoleStates are those of the overview and of what belongs to no screen: dialogs, the palette, the size.
func consoleStates() []state {
	return []state{
		{"idle", func(t *testing.T, w, h int) *console { return open(t, idle(), w, h) }},
		{"running", func(t *testing.T, w, h int) *console {
			c := open(t, underWay(), w, h)
			c.log(someLines()...)
			return c
		}},
		{"failed", func(t *testing.T, w, h int) *console {
			c := open(t, broken(), w, h)
			c.log(someLines()...)
			c.show(c.engine.snapshot, engine.Event{
				Kind: engine.TableRegistered, Error: "register fs_cus_holding_products in bncapers: permission denied",
				Registration: &engine.RegistrationResult{Table: "fs_cus_holding_products", To: "bncapers", Status: engine.RegistrationFailed},
			})
			c.keys("j")
			return c
		}},
		{"control", func(t *testing.T, w, h int) *console { return open(t, controlled(), w, h) }},
		{"repair", func(t *testing.T, w, h int) *console {
			c := open(t, broken(), w, h)
			c.keys("tab", "R")
			return c
		}},
		{"question", func(t *testing.T, w, h int) *console {
			c := open(t, asking(question("a"), question("b")), w, h)
			c.log(someLines()...)
			c.wait(14 * time.Second)
			return c
		}},
		{"help", func(t *testing.T, w, h int) *console {
			c := open(t, underWay(), w, h)
			c.keys("?")
			return c
		}},
		{"difference", func(t *testing.T, w, h int) *console {
			q := question("a")
			for i := range 40 {
				q.Difference.Missing = append(q.Difference.Missing, schema.Column{Name: fmt.Sprintf("chr_column_%02d", i), Type: schema.Double})
			}
			c := open(t, asking(q), w, h)
			c.wait(14 * time.Second)
			c.keys("d", "down", "down")
			return c
		}},
		{"list", func(t *testing.T, w, h int) *console {
			c := withListings(t)
			c.resize(w, h)
			c.keys("2", "/", "!medpag", "enter", "o", "O", "home", " ", " ", "up")
			return c
		}},
		{"palette", func(t *testing.T, w, h int) *console {
			c := open(t, underWay(), w, h)
			c.keys(":", "r", "e", "down")
			return c
		}},
		{"read_only", func(t *testing.T, w, h int) *console {
			c := open(t, asking(question("a")), w, h, readOnly)
			c.wait(14 * time.Second)
			return c
		}},
		{"quit", func(t *testing.T, w, h int) *console {
			c := open(t, asking(question("a")), w, h)
			c.wait(grace)
			c.keys("l", "q")
			return c
		}},
		{"quit_waits", func(t *testing.T, w, h int) *console {
			c := open(t, asking(question("a")), w, h)
			c.wait(grace)
			c.keys("l", "q", "w")
			return c
		}},
		{"no_jobs", func(t *testing.T, w, h int) *console {
			s := idle()
			s.Workspaces = s.Workspaces[:1]
			s.Workspaces[0].Jobs = nil
			return open(t, s, w, h)
		}},
		{"start", func(t *testing.T, w, h int) *console {
			c := open(t, controlled(), w, h)
			c.keys("r")
			return c
		}},
		{"cancel", func(t *testing.T, w, h int) *console {
			c := open(t, underWay(), w, h)
			c.keys("c")
			return c
		}},
		{"palette_disabled", func(t *testing.T, w, h int) *console {
			c := open(t, idle(), w, h)
			c.keys(":", "cancel", "enter")
			return c
		}},
		{"question_new", func(t *testing.T, w, h int) *console { return open(t, asking(question("a")), w, h) }},
		{"question_hurry", func(t *testing.T, w, h int) *console {
			q := question("a")
			q.Subject, q.Workspace = workspaces.RegisterTable, "medpag"
			q.Job, q.Run, q.Task = "[dev ana] demo-feature-store", 12, "feature_registry"
			c := open(t, asking(q), w, h)
			c.wait(4*time.Minute + 51*time.Second)
			return c
		}},
	}
}
