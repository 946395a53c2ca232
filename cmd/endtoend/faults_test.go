package endtoend_test

import (
	"slices"
	"testing"
	"time"

	"featops/workspaces"
	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/sql"
)

const (
	everything = ""
	listJobs   = "GET /api/2.2/jobs/list"
	listRuns   = "GET /api/2.2/jobs/runs/list"
	getRun     = "GET /api/2.2/jobs/runs/get"
	getOutput  = "GET /api/2.2/jobs/runs/get-output"
	runNow     = "POST /api/2.2/jobs/run-now"
	catalogs   = "GET /api/2.1/unity-catalog/tables"
	asks       = "POST /api/2.0/sql/statements/"
	polls      = "GET /api/2.0/sql/statements/"
	parts      = "GET /storage/"
)

// Whatever fails for a while while a run of each workspace is under way and ends: nothing is lost, and nothing is registered
// twice, even if featops starts anew.
func TestNothingIsLostAndNothingIsDoneTwice(t *testing.T) {
	inShort := []string{"nothing", "a storm of refusals", "runs without an answer", "answers that are cut", "one workspace is dead"}
	failing := func(call string, times int, f double.Fault) func(*store) {
		return func(x *store) {
			x.faulty = true
			for _, s := range x.sides {
				s.Fail(call, times, f)
			}
		}
	}
	for name, c := range map[string]struct {
		timeout time.Duration // of a call; 0: half a minute
		during  func(*store)  // while the runs are under way
		ending  func(*store)  // when they have ended
		as      map[string]double.State
		without []string // tables that are not to be registered
	}{
		"nothing":                       {},
		"a storm of refusals":           {ending: failing(everything, 60, double.Fault{Status: 429, RetryAfter: 7})},
		"a storm of refusals meanwhile": {during: failing(everything, 60, double.Fault{Status: 429})},
		"faults of every call":          {ending: failing(everything, 50, double.Fault{Status: 500})},
		"faults of listing jobs":        {ending: failing(listJobs, 12, double.Fault{Status: 503})},
		"faults of listing runs":        {ending: failing(listRuns, 12, double.Fault{Status: 500})},
		"jobs without an answer":        {timeout: 400 * time.Millisecond, ending: failing(listJobs, 2, double.Fault{Hang: true})},
		"runs without an answer":        {timeout: 400 * time.Millisecond, ending: failing(listRuns, 2, double.Fault{Hang: true})},
		"tables without an answer":      {timeout: 400 * time.Millisecond, ending: failing(catalogs, 2, double.Fault{Hang: true})},
		"statements without an answer":  {timeout: 400 * time.Millisecond, ending: failing(asks, 2, double.Fault{Hang: true})},
		"answers that are cut":          {ending: failing(everything, 40, double.Fault{Cut: true})},
		"jobs that cannot be read":      {ending: failing(listJobs, 4, double.Fault{Raw: `{"jobs": [{"job_id": "`})},
		"runs that cannot be read":      {ending: failing(listRuns, 4, double.Fault{Raw: `{"runs": 7}`})},
		"a page to sign in":             {ending: failing(everything, 20, double.Fault{Raw: "<html><body>Sign in</body></html>"})},
		"tables that cannot be read":    {ending: failing(catalogs, 4, double.Fault{Raw: `{"tables": [{"name": 3}]}`})},
		"no right to list runs":         {ending: failing(listRuns, 3, double.Fault{Status: 403, Code: "PERMISSION_DENIED"})},
		"no right in the catalog":       {ending: failing(catalogs, 9, double.Fault{Status: 403, Code: "PERMISSION_DENIED", Message: "User does not have USE SCHEMA"})},
		"tables that seem to have gone": {ending: failing(catalogs, 9, double.Fault{Status: 404, Code: "TABLE_DOES_NOT_EXIST"})},
		"statements that are refused":   {ending: failing(asks, 9, double.Fault{Status: 400, Code: "BAD_REQUEST"})},
		"statements that fail": {ending: func(x *store) {
			for _, s := range x.sides {
				s.lake.Fail("DESCRIBE HISTORY", "[INTERNAL_ERROR] no", 5)
			}
		}},
		"statements that have expired":  {ending: failing(polls, 5, double.Fault{Raw: `{"status":{"state":"CLOSED"}}`})},
		"statements whose state is cut": {ending: failing(polls, 40, double.Fault{Cut: true})},
		"statements that are not known": {ending: failing(polls, 5, double.Fault{Status: 404, Code: "NOT_FOUND"})},
		"rows that are cut":             {ending: failing(parts, 9, double.Fault{Cut: true})},
		"rows that are not to be had":   {ending: failing(parts, 12, double.Fault{Status: 403})},
		"storage is busy":               {ending: failing(parts, 30, double.Fault{Status: 503})},
		"the host is gone for a while":  {ending: failing(everything, 40, double.Fault{Gone: true})},
		"the host is gone meanwhile":    {during: failing(everything, 40, double.Fault{Gone: true})},
		"the warehouse is deleted, and made again": {ending: func(x *store) {
			for _, s := range x.sides {
				s.DeleteWarehouse("w1")
			}
			x.look()
			x.look()
			for _, s := range x.sides {
				s.SetWarehouse("w1", sql.StateStopped) // it starts by itself
			}
		}},
		"the token is revoked, and renewed": {ending: func(x *store) {
			for _, s := range x.sides {
				s.SetToken("renewed-of-" + s.name)
			}
			x.look()
			x.look()
			x.mu.Lock()
			defer x.mu.Unlock()
			for _, s := range x.sides {
				s.known = "renewed-of-" + s.name
			}
		}},
		"the job is renamed for a while": {during: func(x *store) {
			rename := func(name string) {
				for _, s := range x.sides {
					s.ChangeJob(s.job, func(j *jobs.JobSettings) { j.Name = name })
				}
			}
			rename("another")
			x.look()
			rename(jobName)
		}},
		"the job is renamed, and is back after the end": {ending: func(x *store) {
			s := x.sides[0]
			s.ChangeJob(s.job, func(j *jobs.JobSettings) { j.Name = "another" })
			x.look()
			s.ChangeJob(s.job, func(j *jobs.JobSettings) { j.Name = jobName })
		}},
		"featops starts anew meanwhile":  {during: (*store).restart},
		"featops starts anew at the end": {ending: (*store).restart},
		"featops starts anew in a failure": {ending: func(x *store) {
			for _, s := range x.sides {
				s.Fail(catalogs, 8, double.Fault{Status: 403})
			}
			x.look()
			x.restart()
		}},
		"featops starts anew between two registrations": {ending: func(x *store) {
			x.sides[0].Fail(catalogs+"/bncapers.feature_store_demo_dev.fs_cus_demographic", 3, double.Fault{Status: 403})
			x.look()
			x.restart()
		}},
		"a run is deleted": {ending: func(x *store) { // and an older one has its place
			for _, s := range x.sides {
				old := s.run
				s.run = must[int64](x.t)(x.workspaceOf(s.name).RunNow(x.t.Context(), workspaces.RunRequest{JobID: s.job}))
				x.look()
				s.DeleteRun(s.run)
				s.run = old
			}
		}},
		"a task fails": {
			as: map[string]double.State{"fs_cus_transactions": double.Failed.Saying(jobs.RunOutput{Error: "no"})}, ending: func(x *store) { x.side("medpag").Fail(getOutput, 40, double.Fault{Status: 500}) },
			without: []string{"fs_cus_transactions"},
		},
		"a task is skipped":   {as: map[string]double.State{"fs_cus_demographic": {LifeCycle: jobs.RunLifeCycleStateSkipped}}, without: []string{"fs_cus_demographic"}},
		"a task is cancelled": {as: map[string]double.State{"fs_cus_demographic": double.Cancelled}, without: []string{"fs_cus_demographic"}},
		"a task breaks":       {as: map[string]double.State{"fs_cus_demographic": double.Broken}, without: []string{"fs_cus_demographic"}},
		"the clocks are behind": {during: func(x *store) {
			for _, s := range x.sides {
				s.setSkew(-26 * time.Hour)
			}
		}},
		"the clocks are ahead": {during: func(x *store) {
			for _, s := range x.sides {
				s.setSkew(26 * time.Hour)
			}
		}},
		"one workspace is dead": {
			timeout: 400 * time.Millisecond, ending: func(x *store) { x.sides[0].Fail(everything, 6, double.Fault{Hang: true}) },
		},
		"newer states": {during: func(x *store) {
			for _, s := range x.sides {
				s.SetForm(s.run, double.NewStates)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && !slices.Contains(inShort, name) {
				t.Skip("-short takes a few of many that are alike")
			}
			t.Parallel()
			if c.timeout == 0 {
				c.timeout = 30 * time.Second
			}
			x := openStore(t, c.timeout)
			x.look()
			x.begin()
			x.look()
			if c.during != nil {
				c.during(x)
				x.look()
			}
			x.end(c.as)
			if c.ending != nil {
				c.ending(x)
			}
			x.check(x.wanted(c.without...))
		})
	}
}

// A task that failed is registered when a repair makes it succeed, and what had succeeded before is not registered again.
func TestARepairIsRegisteredOnce(t *testing.T) {
	for name, f := range map[string]double.Fault{
		"nothing fails":            {},
		"runs that cannot be read": {Raw: `{"run_id": "`},
		"runs that are cut":        {Cut: true},
		"faults":                   {Status: 500},
	} {
		for _, sameNumber := range []bool{false, true} {
			if sameNumber != (name != "faults") {
				continue // each fault is tried with one of the two
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				x := openStore(t, 30*time.Second)
				x.begin()
				x.end(map[string]double.State{"fs_cus_demographic": double.Failed, "fs_cus_transactions": double.Failed})
				all := x.wanted("fs_cus_demographic", "fs_cus_transactions")
				x.settle(all)
				for _, s := range x.sides {
					must[int64](t)(x.workspaceOf(s.name).Repair(t.Context(), workspaces.RepairRequest{Run: s.run}))
					if sameNumber { // as Databricks may tell it
						s.ChangeRun(s.run, func(r *jobs.Run) {
							for i := range r.Tasks {
								r.Tasks[i].AttemptNumber = 0
							}
						})
					}
					if name != "nothing fails" {
						s.Fail(getRun, 7, f)
					}
				}
				x.look()
				for _, s := range x.sides {
					for _, key := range []string{"fs_cus_demographic", "fs_cus_transactions"} {
						if slices.Contains(s.tables, key) {
							s.SetTask(s.run, key, double.Succeeded)
						}
					}
					s.EndRun(s.run, double.Succeeded)
				}
				for _, w := range x.wanted() {
					if w.table == "fs_cus_demographic" || w.table == "fs_cus_transactions" {
						w.attempt = 1
						all = append(all, w)
					}
				}
				x.check(all)
			})
		}
	}
}

// A run with more tasks than fit into one answer.
func TestARunOfManyTasksIsRegisteredOnce(t *testing.T) {
	x := openStore(t, 30*time.Second)
	for _, s := range x.sides {
		s.ChangeJob(s.job, func(j *jobs.JobSettings) {
			var first []jobs.Task
			for n := range 250 {
				first = append(first, jobs.Task{TaskKey: "register_" + string(rune('a'+n%26)) + string(rune('a'+n/26))})
			}
			j.Tasks = append(first, j.Tasks...) // so that those that count come last
		})
	}
	x.begin()
	x.look()
	x.end(nil)
	for _, s := range x.sides {
		s.Fail(getRun, 3, double.Fault{Raw: "{"})
	}
	x.check(x.wanted())
}

// However often a start is lost on its way, there is one run of it.
func TestAStartThatIsLostOnItsWayIsOneRun(t *testing.T) {
	for name, f := range map[string]double.Fault{"cut": {Cut: true}, "refused": {Status: 429}, "a fault": {Status: 500}, "gone": {Gone: true}} {
		t.Run(name, func(t *testing.T) {
			x := openStore(t, 30*time.Second)
			for _, s := range x.sides {
				s.Fail(runNow, 3, f)
			}
			x.begin()
			x.look()
			x.end(nil)
			x.check(x.wanted())
			for _, s := range x.sides {
				if runs := must[[]workspaces.Run](t)(x.workspaceOf(s.name).Runs(t.Context(), s.job, 0)); len(runs) != 1 {
					t.Errorf("%d runs", len(runs))
				}
			}
		})
	}
}
