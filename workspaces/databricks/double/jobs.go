package double

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// job is a job as it is stored, and the tokens by which its runs were started.
type job struct {
	id       int64
	settings jobs.JobSettings
	tokens   map[string]int64
}

const tasksPerPage = 100

// AddJob makes a job and returns its number.
func (s *Server) AddJob(settings jobs.JobSettings) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := &job{id: s.id(), settings: settings, tokens: map[string]int64{}}
	s.jobs = append(s.jobs, j)
	return j.id
}

// Job returns the settings of a job as they are now.
func (s *Server) Job(id int64) jobs.JobSettings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.job(id).settings
}

// ChangeJob changes the settings of a job.
func (s *Server) ChangeJob(id int64, change func(*jobs.JobSettings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.job(id).settings)
}

func (s *Server) job(id int64) *job {
	for _, j := range s.jobs {
		if j.id == id {
			return j
		}
	}
	return nil
}

func (s *Server) serveJobs() {
	handle(s, "GET /api/2.2/jobs/list", s.listJobs)
	handle(s, "GET /api/2.2/jobs/get", s.getJob)
	handle(s, "POST /api/2.2/jobs/update", s.updateJob)
	handle(s, "POST /api/2.2/jobs/run-now", s.runNow)
	handle(s, "GET /api/2.2/jobs/runs/list", s.listRuns)
	handle(s, "GET /api/2.2/jobs/runs/get", s.getRun)
	handle(s, "GET /api/2.2/jobs/runs/get-output", s.getOutput)
	handle(s, "POST /api/2.2/jobs/runs/cancel", s.cancelRun)
	handle(s, "POST /api/2.2/jobs/runs/repair", s.repairRun)
}

func (s *Server) listJobs(w http.ResponseWriter, r *http.Request, _ none) {
	name := r.URL.Query().Get("name")
	var found []jobs.BaseJob
	for _, j := range slices.Backward(s.jobs) { // the newest first
		if name != "" && !strings.EqualFold(j.settings.Name, name) {
			continue
		}
		settings := j.settings
		b := jobs.BaseJob{JobId: j.id, Settings: &settings, HasMore: len(settings.Tasks) > tasksPerPage}
		if r.URL.Query().Get("expand_tasks") != "true" {
			settings.Tasks = nil
		}
		settings.Tasks = settings.Tasks[:min(len(settings.Tasks), tasksPerPage)]
		found = append(found, b)
	}
	from, to, next := page(r, len(found), 20, 100)
	answer(w, jobs.ListJobsResponse{Jobs: found[from:to], HasMore: next != "", NextPageToken: next})
}

func (s *Server) getJob(w http.ResponseWriter, r *http.Request, _ none) {
	j := s.job(number(r, "job_id"))
	if j == nil {
		noJob(w, number(r, "job_id"))
		return
	}
	settings := j.settings
	from, to, next := page(r, len(settings.Tasks), tasksPerPage, tasksPerPage)
	settings.Tasks = settings.Tasks[from:to]
	answer(w, jobs.Job{JobId: j.id, Settings: &settings, HasMore: next != "", NextPageToken: next})
}

func noJob(w http.ResponseWriter, id int64) {
	refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", fmt.Sprintf("Job %d does not exist.", id))
}

func noRun(w http.ResponseWriter, id int64) {
	refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", fmt.Sprintf("Run %d does not exist.", id))
}

// updateJob replaces the top-level settings that are given, as a whole.
func (s *Server) updateJob(w http.ResponseWriter, _ *http.Request, in jobs.UpdateJob) {
	j := s.job(in.JobId)
	if j == nil {
		noJob(w, in.JobId)
		return
	}
	if in.NewSettings != nil && in.NewSettings.Schedule != nil {
		if in.NewSettings.Schedule.QuartzCronExpression == "" || in.NewSettings.Schedule.TimezoneId == "" {
			refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", "Missing required field in schedule")
			return
		}
		j.settings.Schedule = in.NewSettings.Schedule
	}
	answer(w, struct{}{})
}

func (s *Server) runNow(w http.ResponseWriter, _ *http.Request, in jobs.RunNow) {
	j := s.job(in.JobId)
	if j == nil {
		noJob(w, in.JobId)
		return
	}
	if id, ok := j.tokens[in.IdempotencyToken]; ok && in.IdempotencyToken != "" {
		answer(w, jobs.RunNowResponse{RunId: id})
		return
	}
	for name := range in.JobParameters {
		if !slices.ContainsFunc(j.settings.Parameters, func(p jobs.JobParameterDefinition) bool { return p.Name == name }) {
			refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", "Job parameters are not defined")
			return
		}
	}
	x := s.startRun(j, in)
	if in.IdempotencyToken != "" {
		j.tokens[in.IdempotencyToken] = x.RunId
	}
	answer(w, jobs.RunNowResponse{RunId: x.RunId})
}

func (s *Server) startRun(j *job, in jobs.RunNow) *run {
	var parameters []jobs.JobParameter
	for _, p := range j.settings.Parameters {
		parameters = append(parameters, jobs.JobParameter{Name: p.Name, Default: p.Default, Value: in.JobParameters[p.Name]})
	}
	at := s.now().UnixMilli()
	x := &run{Run: jobs.Run{
		RunId: s.id(), JobId: j.id, RunName: j.settings.Name, JobParameters: parameters, StartTime: at, RunType: jobs.RunTypeJobRun,
	}, outputs: map[int64]jobs.RunOutput{}, cancel: map[int64]context.CancelFunc{}, ended: make(chan struct{})}
	if len(in.NotebookParams) > 0 {
		x.OverridingParameters = &jobs.RunParameters{NotebookParams: in.NotebookParams}
	}
	x.set(jobs.RunLifeCycleStateRunning, "", "")
	for _, t := range j.settings.Tasks {
		if len(in.Only) == 0 || slices.Contains(in.Only, t.TaskKey) {
			x.Tasks = append(x.Tasks, s.attempt(t, 0))
		}
	}
	s.runs = append(s.runs, x)
	s.advance()
	return x
}

// StartRun starts a run of the job of a name, as its schedule does.
func (s *Server) StartRun(t testing.TB, name string) int64 {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if j.settings.Name == name {
			return s.startRun(j, jobs.RunNow{}).RunId
		}
	}
	t.Fatalf("no job %s", name)
	return 0
}

// attempt is a new attempt at a task.
func (s *Server) attempt(t jobs.Task, number int) jobs.RunTask {
	out := jobs.RunTask{
		TaskKey: t.TaskKey, RunId: s.id(), AttemptNumber: number, DependsOn: t.DependsOn, RunIf: t.RunIf,
		NotebookTask: t.NotebookTask, PythonWheelTask: t.PythonWheelTask, SparkPythonTask: t.SparkPythonTask, SqlTask: t.SqlTask,
	}
	out.State = &jobs.RunState{LifeCycleState: jobs.RunLifeCycleStatePending}
	if len(t.DependsOn) > 0 {
		out.State.LifeCycleState = jobs.RunLifeCycleStateBlocked
	}
	return out
}

func (s *Server) listRuns(w http.ResponseWriter, r *http.Request, _ none) {
	var found []*run
	for _, x := range s.runs {
		if x.JobId == number(r, "job_id") {
			found = append(found, x)
		}
	}
	slices.SortStableFunc(found, func(a, b *run) int {
		return cmp.Or(cmp.Compare(b.StartTime, a.StartTime), cmp.Compare(b.RunId, a.RunId))
	})
	from, to, next := page(r, len(found), 20, 25)
	out := jobs.ListRunsResponse{HasMore: next != "", NextPageToken: next}
	for _, x := range found[from:to] {
		whole := x.shown()
		b := jobs.BaseRun{
			RunId: whole.RunId, JobId: whole.JobId, RunName: whole.RunName, StartTime: whole.StartTime, EndTime: whole.EndTime,
			State: whole.State, Status: whole.Status, JobParameters: whole.JobParameters, OverridingParameters: whole.OverridingParameters,
			QueueDuration: whole.QueueDuration, RunType: whole.RunType, HasMore: len(whole.Tasks) > tasksPerPage,
		}
		if r.URL.Query().Get("expand_tasks") == "true" {
			b.Tasks = whole.Tasks[:min(len(whole.Tasks), tasksPerPage)]
		}
		out.Runs = append(out.Runs, b)
	}
	answer(w, out)
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request, _ none) {
	x := s.run(number(r, "run_id"))
	if x == nil {
		noRun(w, number(r, "run_id"))
		return
	}
	whole := x.shown()
	from, to, next := page(r, len(whole.Tasks), tasksPerPage, tasksPerPage)
	whole.Tasks, whole.HasMore, whole.NextPageToken = whole.Tasks[from:to], next != "", next
	if r.URL.Query().Get("include_history") != "true" || from > 0 {
		whole.RepairHistory = nil
	}
	answer(w, whole)
}
