package plain

import (
	"fmt"
	"strconv"
	"strings"

	"featops/engine"
	"featops/engine/logs"
	"featops/workspaces"
)

const help = `status: what every workspace does.
run JOB: start a job. Where several workspaces have it: run JOB in WORKSPACE.
cancel RUN: cancel a run, by its number. Where several workspaces have it: cancel RUN in WORKSPACE.
repair RUN: run again what failed in a run, in WORKSPACE as above.
answer yes, answer no: answer the question that was asked last.
register TABLE: make a table known in the other workspaces.
training-set LABELS to OUT: join the labels of a file with all tables, into a new file that ends in .parquet or .csv.
logs N: the newest N lines of the log, 10 without a number.
help: this.
quit: leave.
`

// command does what was typed. An empty line does nothing.
func (c *console) command(line string) {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	sure := c.sure
	c.sure = false
	switch {
	case word == "":
	case word == "status" && rest == "":
		c.Status(c.Out, c.Engine.Snapshot(), c.Now())
		if n := len(c.Engine.Snapshot().Questions); n > 0 {
			c.say("%s open.", counted(n, "question"))
		}
	case word == "run" && rest != "":
		c.run(rest)
	case word == "cancel" && rest != "":
		c.cancel(rest)
	case word == "repair" && rest != "":
		c.repair(rest)
	case word == "answer" && rest != "":
		c.answer(rest)
	case word == "register" && rest != "":
		c.do("register "+rest, engine.RegisterTables{Tables: []string{rest}}, nil)
	case word == "training-set" && rest != "":
		c.trainingSet(rest)
	case word == "logs":
		c.logs(rest)
	case word == "help" && rest == "":
		fmt.Fprint(c.Out, help)
	case word == "quit" && rest == "":
		c.leave(sure)
	default:
		c.say("%q is no command. Type help for the commands.", strings.TrimSpace(line))
	}
}

// where takes "in WORKSPACE" from the end of what was typed.
func where(text string) (what, workspace string) {
	if i := strings.LastIndex(text, " in "); i >= 0 {
		return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+len(" in "):])
	}
	return text, ""
}

// run starts a job by its name, with or without the prefix that it has in dev.
func (c *console) run(text string) {
	name, in := where(text)
	var found []string // workspaces
	var job engine.JobState
	known := map[string]bool{}
	var names []string
	for _, w := range c.Engine.Snapshot().Workspaces {
		for _, j := range w.Jobs {
			short := j.Name
			if strings.HasPrefix(short, "[dev ") {
				_, short, _ = strings.Cut(short, "] ")
			}
			if !known[short] {
				known[short] = true
				names = append(names, short)
			}
			if (name == j.Name || name == short) && (in == "" || in == w.Name) {
				found, job = append(found, w.Name), j
			}
		}
	}
	switch {
	case len(found) == 0 && in != "" && known[name]:
		c.say("There is no job %s in %s.", name, in)
	case len(found) == 0:
		c.say("There is no job %s. The jobs are: %s.", name, strings.Join(names, ", "))
	case len(found) > 1:
		c.say("The job %s is in %s. Type run %s in %s, for one.", name, strings.Join(found, " and in "), name, found[0])
	default:
		c.do("start "+job.Name+" in "+found[0], engine.StartRun{Workspace: found[0], Job: job.ID}, func(r engine.Reply) {
			c.expect(found[0], r.Run, 0)
			c.say("Run %d of %s in %s was asked for.", r.Run, job.Name, found[0])
		})
	}
}

// find finds a run by its number among the newest.
func (c *console) find(command, text string) (run workspaces.Run, ok bool) {
	number, in := where(text)
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil || id < 1 {
		c.say("%q is no run: a run is named by its number, as status tells it.", number)
		return run, false
	}
	var found []string
	for _, w := range c.Engine.Snapshot().Workspaces {
		for _, j := range w.Jobs {
			for _, r := range j.Runs {
				if r.ID == id && (in == "" || in == w.Name) {
					found, run = append(found, w.Name), r
				}
			}
		}
	}
	switch {
	case len(found) == 1:
		run.Workspace = found[0]
		return run, true
	case len(found) > 1:
		c.say("Run %d is in %s. Type %s %d in %s, for one.", id, strings.Join(found, " and in "), command, id, found[0])
	case in != "":
		c.say("Run %d is none of the newest in %s.", id, in)
	default:
		c.say("Run %d is none of the newest.", id)
	}
	return run, false
}

func (c *console) cancel(text string) {
	run, ok := c.find("cancel", text)
	switch {
	case !ok:
	case run.Status.Ended():
		c.say("Run %d in %s has ended already: %s.", run.ID, run.Workspace, words(run.Status))
	default:
		c.do(fmt.Sprintf("cancel run %d in %s", run.ID, run.Workspace), engine.CancelRun{Workspace: run.Workspace, Run: run.ID}, nil)
	}
}

func (c *console) repair(text string) {
	run, ok := c.find("repair", text)
	if !ok {
		return
	}
	what := fmt.Sprintf("repair run %d in %s", run.ID, run.Workspace)
	c.do(what, engine.RepairRun{Workspace: run.Workspace, Run: run.ID, Who: c.User}, func(r engine.Reply) {
		c.expect(run.Workspace, run.ID, r.Repair)
		c.say("Repair %d of run %d in %s was asked for.", r.Repair, run.ID, run.Workspace)
	})
}

// linesShown is how many lines of the log are told where no number is given, and mostLines the most.
const (
	linesShown = 10
	mostLines  = 1000
)

func (c *console) logs(number string) {
	n := linesShown
	if number != "" {
		var err error
		if n, err = strconv.Atoi(number); err != nil || n < 1 || n > mostLines {
			c.say("%q is no number of lines: allowed is 1 to %d.", number, mostLines)
			return
		}
	}
	lines := c.Lines(logs.Filter{}, n)
	if len(lines) == 0 {
		c.say("The log is empty.")
	}
	for _, l := range lines {
		c.say("%s", l.Format(false))
	}
}

// leave quits, and first says what that would end.
func (c *console) leave(sure bool) {
	lost := c.underWay()
	if sure || len(lost) == 0 {
		c.quit = true
		return
	}
	c.sure = true
	c.say("Leaving ends %s. Type quit again to end it and leave; anything else stays.", strings.Join(lost, ", "))
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
