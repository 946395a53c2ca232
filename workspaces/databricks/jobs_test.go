package databricks_test

import (
	"fmt"
	"testing"
	"time"

	"featops/workspaces"

	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/google/go-cmp/cmp"
)

func TestAJobIsFoundByItsNameAndItsTags(t *testing.T) {
	x := open(t)
	prod := settings()
	prod.Tags = map[string]string{"stage": "feature", "environment": "prod"}
	untagged := settings()
	untagged.Tags = nil
	other := settings()
	other.Name = "demo-feature-store"
	for _, s := range []jobs.JobSettings{prod, untagged, other} {
		x.AddJob(s)
	}
	id := x.AddJob(settings())
	found := must[[]workspaces.Job](t)(x.w.Jobs(t.Context()))
	if len(found) != 1 || found[0].ID != id {
		t.Fatalf("found %+v, want job %d", found, id)
	}
	j := found[0]
	if got, want := keys(j.Tasks), "fs_cus_holding_products fs_cus_payment_behavior fs_cus_transactions feature_registry"; got != want {
		t.Errorf("tasks %s, want %s", got, want)
	}
	want := workspaces.Task{
		Key: "fs_cus_payment_behavior", DependsOn: []string{"fs_cus_holding_products"}, RunIf: workspaces.AllDone,
		Table: "fs_cus_payment_behavior", Parameters: map[string]string{"fs_notebook": "fs_cus_payment_behavior"},
	}
	if diff := cmp.Diff(want, j.Tasks[1]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if j.Tasks[3].Table != "" || !j.Queue || j.MaxConcurrentRuns != 1 || j.Parameters["env"] != "dev" {
		t.Errorf("%+v", j)
	}
}

func TestTheTableOfATask(t *testing.T) {
	notebook := func(parameters map[string]string) jobs.Task {
		return jobs.Task{NotebookTask: &jobs.NotebookTask{BaseParameters: parameters}}
	}
	for name, c := range map[string]struct {
		task jobs.Task
		want string
	}{
		"of a notebook":          {notebook(map[string]string{"fs_notebook": "fs_a"}), "fs_a"},
		"by reference":           {notebook(map[string]string{"fs_notebook": "{{job.parameters.table}}"}), "the_key"},
		"none named":             {notebook(nil), "the_key"},
		"of a wheel":             {jobs.Task{PythonWheelTask: &jobs.PythonWheelTask{NamedParameters: map[string]string{"fs_notebook": "fs_a"}}}, "fs_a"},
		"of a wheel, in words":   {jobs.Task{PythonWheelTask: &jobs.PythonWheelTask{Parameters: []string{"--fs_notebook=fs_a"}}}, "fs_a"},
		"of a file":              {jobs.Task{SparkPythonTask: &jobs.SparkPythonTask{Parameters: []string{"x", "--env", "dev", "--fs_notebook", "fs_a"}}}, "fs_a"},
		"of a word without more": {jobs.Task{SparkPythonTask: &jobs.SparkPythonTask{Parameters: []string{"--fs_notebook"}}}, "the_key"},
		"of a jar":               {jobs.Task{SparkJarTask: &jobs.SparkJarTask{Parameters: []string{"--fs_notebook", "fs_a"}}}, "fs_a"},
		"of a query":             {jobs.Task{SqlTask: &jobs.SqlTask{Parameters: map[string]string{"fs_notebook": "fs_a"}}}, "fs_a"},
	} {
		t.Run(name, func(t *testing.T) {
			x := open(t)
			s := settings()
			c.task.TaskKey = "the_key"
			s.Tasks = []jobs.Task{c.task}
			x.AddJob(s)
			if got := must[[]workspaces.Job](t)(x.w.Jobs(t.Context()))[0].Tasks[0].Table; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestAJobWithManyTasksIsWhole(t *testing.T) {
	x := open(t)
	s := settings()
	for n := range 250 {
		s.Tasks = append(s.Tasks, jobs.Task{TaskKey: fmt.Sprintf("t%d", n)})
	}
	for range 30 { // and it is on a later page
		x.AddJob(jobs.JobSettings{Name: "other"})
	}
	x.AddJob(s)
	if n := len(must[[]workspaces.Job](t)(x.w.Jobs(t.Context()))[0].Tasks); n != 254 {
		t.Errorf("%d tasks", n)
	}
}

func TestSchedulesOfQuartz(t *testing.T) {
	for quartz, want := range map[string]workspaces.Schedule{
		"0 30 6 * * ?":           {Cron: "30 6 * * *", Next: time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC)},
		"0 30 6 ? * MON-FRI":     {Cron: "30 6 * * MON-FRI", Next: time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC)},
		"0 0 5 ? * 1":            {Cron: "0 5 * * 0", Next: time.Date(2026, 3, 8, 5, 0, 0, 0, time.UTC)},
		"0 0/20 * * * ? *":       {Cron: "*/20 * * * *", Next: time.Date(2026, 3, 2, 6, 20, 0, 0, time.UTC)},
		"30 0 5 * * ?":           {Cron: "30 0 5 * * ?"},     // seconds
		"0 0 5 L * ?":            {Cron: "0 0 5 L * ?"},      // the last day of a month
		"0 0 5 ? * 6L":           {Cron: "0 0 5 ? * 6L"},     // the last Friday
		"0 0 5 ? * 2#1":          {Cron: "0 0 5 ? * 2#1"},    // the first Monday
		"0 0 5 1 1 ? 2027":       {Cron: "0 0 5 1 1 ? 2027"}, // a year
		"something else, damned": {Cron: "something else, damned"},
	} {
		x := open(t)
		s := settings()
		s.Schedule = &jobs.CronSchedule{QuartzCronExpression: quartz, TimezoneId: "UTC", PauseStatus: jobs.PauseStatusUnpaused}
		x.AddJob(s)
		got := *must[[]workspaces.Job](t)(x.w.Jobs(t.Context()))[0].Schedule
		want.Timezone = "UTC"
		if !got.Next.Equal(want.Next) || got.Cron != want.Cron || got.Paused {
			t.Errorf("%s: %+v, want %+v", quartz, got, want)
		}
	}
}

func TestAScheduleIsPausedAndResumedAndElseTheSame(t *testing.T) {
	x := open(t)
	s := settings()
	s.Schedule = &jobs.CronSchedule{QuartzCronExpression: "0 30 6 * * ?", TimezoneId: "Europe/Madrid"}
	id := x.AddJob(s)
	for _, paused := range []bool{true, false} {
		if err := x.w.PauseJob(t.Context(), id, paused); err != nil {
			t.Fatal(err)
		}
		got := must[[]workspaces.Job](t)(x.w.Jobs(t.Context()))[0].Schedule
		if got.Paused != paused || got.Next.IsZero() != paused || got.Timezone != "Europe/Madrid" {
			t.Errorf("paused %t: %+v", paused, got)
		}
		if x.Job(id).Schedule.QuartzCronExpression != "0 30 6 * * ?" {
			t.Errorf("%+v", x.Job(id).Schedule)
		}
	}
	if err := x.w.PauseJob(t.Context(), x.AddJob(settings()), true); err == nil {
		t.Error("a job without a schedule is paused")
	}
}
