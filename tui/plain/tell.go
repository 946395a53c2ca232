package plain

import (
	"strings"
	"time"

	"featops/engine"
	"featops/workspaces"
)

// tell says what an event means, where it is news to somebody who listens. How far a build is, is not: status tells that.
func (c *console) tell(e engine.Event) {
	switch e.Kind {
	case engine.Polled:
		if c.failing[e.Workspace] {
			delete(c.failing, e.Workspace)
			c.say("%s can be reached again.", e.Workspace)
		}
	case engine.PollFailed:
		if !c.failing[e.Workspace] {
			c.failing[e.Workspace] = true
			c.say("%s cannot be reached: %s.", e.Workspace, e.Error)
		}
	case engine.RunChanged:
		c.tellState("Run", e, e.Run, e.Job)
	case engine.TaskChanged:
		c.tellState("Task "+e.Task+" of run", e, e.Run, e.Job)
	case engine.QuestionClosed:
		c.tellAnswer(e)
	case engine.TableRegistered:
		c.tellRegistration(e)
	case engine.TableBuilt:
		if e.Error != "" {
			c.say("%s was not built in %s: %s.", e.Table, e.Workspace, e.Error)
		} else if e.Build != nil {
			c.say("%s in %s: %s.", e.Table, e.Workspace, e.Build)
		}
	case engine.TableRestored:
		c.say("%s in %s was restored.", e.Table, e.Workspace)
	}
}

// tellState says how a run, or a task of one, moves on. That something waits for what it depends on is no news.
func (c *console) tellState(what string, e engine.Event, run int64, job string) {
	if e.Status == nil {
		return
	}
	s := *e.Status
	does := ""
	switch {
	case s.Ended():
		does = "ended: " + words(s)
	case s.LifeCycle == workspaces.Running:
		does = "started"
	case s.LifeCycle == workspaces.Queued, s.LifeCycle == workspaces.WaitingForRetry:
		does = "waits: " + words(s)
	default:
		return
	}
	c.say("%s %d of %s in %s %s.", what, run, job, e.Workspace, does)
}

// words tells a state, and why it is so.
func words(s workspaces.Status) string {
	word := string(s.LifeCycle)
	if s.Ended() && s.Result != "" {
		word = string(s.Result)
	}
	word = strings.ToLower(strings.ReplaceAll(word, "_", " "))
	if s.Message == "" {
		return word
	}
	return word + ", " + strings.TrimSuffix(s.Message, ".")
}

func (c *console) tellAnswer(e engine.Event) {
	switch {
	case e.Answer == nil:
		c.say("The question about %s in %s is no longer open.", e.Table, e.Workspace)
	case e.Answer.Yes:
		c.say("The question about %s in %s was answered yes by %s.", e.Table, e.Workspace, e.Answer.Whom())
	default:
		c.say("The question about %s in %s was answered no by %s.", e.Table, e.Workspace, e.Answer.Whom())
	}
}

func (c *console) tellRegistration(e engine.Event) {
	r := e.Registration
	if r == nil {
		return
	}
	why := ""
	if r.Detail != "" {
		why = ": " + strings.TrimSuffix(r.Detail, ".")
	}
	switch r.Status {
	case engine.Registered:
		c.say("%s of %s is registered in %s, version %d.", r.Table, r.From, r.To, r.Version)
	case engine.Unchanged:
		c.say("%s of %s was registered in %s already, version %d.", r.Table, r.From, r.To, r.Version)
	case engine.RegistrationNo:
		c.say("%s of %s was not registered in %s, for the answer was no%s.", r.Table, r.From, r.To, why)
	default:
		c.say("%s of %s could not be registered in %s%s.", r.Table, r.From, r.To, why)
	}
}

// left tells a time that is left: 4 minutes, 30 seconds.
func left(d time.Duration) string {
	switch s := int((d + time.Second/2) / time.Second); {
	case s >= 120:
		return counted((s+30)/60, "minute")
	case s < 0:
		return "no time"
	default:
		return counted(s, "second")
	}
}
