package double

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// run is a run as it is stored: with old states only.
type run struct {
	jobs.Run
	outputs map[int64]jobs.RunOutput // by the run of an attempt
	form    Form
	cancel  map[int64]context.CancelFunc // of the attempts that are carried out
	ended   chan struct{}                // closed when it has ended, if it is carried out
}

// Form says in which form a run tells its states.
type Form int

// The forms of states.
const (
	OldStates Form = iota // `state` alone
	NewStates             // `status` alone
	NoStates              // neither
)

func (s *Server) run(id int64) *run {
	for _, x := range s.runs {
		if x.RunId == id {
			return x
		}
	}
	return nil
}

// SetForm says in which form a run tells its states.
func (s *Server) SetForm(id int64, f Form) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run(id).form = f
}

// State is what becomes of a task or a run.
type State struct {
	LifeCycle jobs.RunLifeCycleState
	Result    jobs.RunResultState
	Message   string
	Output    *jobs.RunOutput // of a task: what it has said
}

// SetTask changes the newest attempt at a task.
func (s *Server) SetTask(id int64, key string, to State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.run(id)
	for i := range slices.Backward(x.Tasks) {
		t := &x.Tasks[i]
		if t.TaskKey != key {
			continue
		}
		t.State = &jobs.RunState{LifeCycleState: to.LifeCycle, ResultState: to.Result, StateMessage: to.Message}
		if t.StartTime == 0 {
			t.StartTime = s.now().UnixMilli()
		}
		if over(to.LifeCycle) {
			t.EndTime = s.now().UnixMilli()
		}
		if to.Output != nil {
			x.outputs[t.RunId] = *to.Output
		}
		return
	}
	panic("no task " + key)
}

// Retry makes another attempt at a task, as the job's own retries do.
func (s *Server) Retry(id int64, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.run(id)
	number := 0
	for _, t := range x.Tasks {
		if t.TaskKey == key {
			number = t.AttemptNumber + 1
		}
	}
	for _, t := range s.job(x.JobId).settings.Tasks {
		if t.TaskKey == key {
			x.Tasks = append(x.Tasks, s.attempt(t, number))
		}
	}
}

// ChangeRun changes what is stored of a run.
func (s *Server) ChangeRun(id int64, change func(r *jobs.Run)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.run(id).Run)
}

// DeleteRun deletes a run.
func (s *Server) DeleteRun(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = slices.DeleteFunc(s.runs, func(x *run) bool { return x.RunId == id })
}

// EndRun ends a run, and the repair that is under way.
func (s *Server) EndRun(id int64, to State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.run(id)
	x.set(to.LifeCycle, to.Result, to.Message)
	s.finish(x)
}

// finish writes down when a run has ended.
func (s *Server) finish(x *run) {
	x.EndTime = s.now().UnixMilli()
	if n := len(x.RepairHistory); n > 0 {
		last := &x.RepairHistory[n-1]
		last.EndTime, last.State = x.EndTime, x.State
	}
}

func (x *run) set(life jobs.RunLifeCycleState, result jobs.RunResultState, message string) {
	x.State = &jobs.RunState{LifeCycleState: life, ResultState: result, StateMessage: message}
}

func over(life jobs.RunLifeCycleState) bool {
	return life == jobs.RunLifeCycleStateTerminated || life == jobs.RunLifeCycleStateSkipped || life == jobs.RunLifeCycleStateInternalError
}

// shown is a run in the form in which it tells its states.
func (x *run) shown() jobs.Run {
	out := x.Run
	out.Tasks = slices.Clone(x.Tasks)
	out.RepairHistory = slices.Clone(x.RepairHistory)
	if x.form == OldStates {
		return out
	}
	out.Status, out.State = x.status(out.State), nil
	for i := range out.Tasks {
		out.Tasks[i].Status, out.Tasks[i].State = x.status(out.Tasks[i].State), nil
	}
	for i := range out.RepairHistory {
		out.RepairHistory[i].Status, out.RepairHistory[i].State = x.status(out.RepairHistory[i].State), nil
	}
	return out
}

// status tells an old state in the new form.
func (x *run) status(old *jobs.RunState) *jobs.RunStatus {
	if old == nil || x.form == NoStates {
		return nil
	}
	if !over(old.LifeCycleState) {
		state := jobs.RunLifecycleStateV2State(old.LifeCycleState)
		if old.LifeCycleState == jobs.RunLifeCycleStateWaitingForRetry {
			state = jobs.RunLifecycleStateV2StateWaiting
		}
		return &jobs.RunStatus{State: state}
	}
	d := &jobs.TerminationDetails{Code: jobs.TerminationCodeCodeRunExecutionError, Type: jobs.TerminationTypeTypeClientError, Message: old.StateMessage}
	switch {
	case old.LifeCycleState == jobs.RunLifeCycleStateInternalError:
		d.Code, d.Type = jobs.TerminationCodeCodeInternalError, jobs.TerminationTypeTypeInternalError
	case old.ResultState == jobs.RunResultStateSuccess:
		d.Code, d.Type = jobs.TerminationCodeCodeSuccess, jobs.TerminationTypeTypeSuccess
	case old.ResultState == jobs.RunResultStateCanceled:
		d.Code = jobs.TerminationCodeCodeUserCanceled
	case old.LifeCycleState == jobs.RunLifeCycleStateSkipped:
		d.Code = jobs.TerminationCodeCodeMaxConcurrentRunsExceeded
	}
	return &jobs.RunStatus{State: jobs.RunLifecycleStateV2StateTerminated, TerminationDetails: d}
}

func (s *Server) getOutput(w http.ResponseWriter, r *http.Request, _ none) {
	id := number(r, "run_id")
	for _, x := range s.runs {
		if x.RunId == id && len(x.Tasks) > 1 {
			refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", "Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.")
			return
		}
		for _, t := range x.Tasks {
			if t.RunId == id {
				answer(w, x.outputs[id])
				return
			}
		}
	}
	noRun(w, id)
}

// cancelRun ends what has not ended. A real workspace takes its time; here the test decides when it asks again.
func (s *Server) cancelRun(w http.ResponseWriter, _ *http.Request, in jobs.CancelRun) {
	x := s.run(in.RunId)
	if x == nil {
		noRun(w, in.RunId)
		return
	}
	if !over(x.State.LifeCycleState) {
		x.set(jobs.RunLifeCycleStateTerminating, "", "Run cancelled.")
		for _, cancel := range x.cancel {
			cancel()
		}
		s.advance()
	}
	answer(w, struct{}{})
}

func (s *Server) repairRun(w http.ResponseWriter, _ *http.Request, in jobs.RepairRun) {
	x := s.run(in.RunId)
	if x == nil {
		noRun(w, in.RunId)
		return
	}
	bad := func(message string) { refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", message) }
	if !over(x.State.LifeCycleState) {
		bad(fmt.Sprintf("Run %d is active and cannot be repaired.", in.RunId))
		return
	}
	latest := int64(0)
	for _, h := range x.RepairHistory {
		if h.Type == jobs.RepairHistoryItemTypeRepair {
			latest = h.Id
		}
	}
	if in.LatestRepairId != latest {
		bad("The latest_repair_id does not match the latest repair of the run.")
		return
	}
	if len(x.RepairHistory) == 0 {
		first := jobs.RepairHistoryItem{Type: jobs.RepairHistoryItemTypeOriginal, StartTime: x.StartTime, EndTime: x.EndTime, State: x.State}
		for _, t := range x.Tasks {
			first.TaskRunIds = append(first.TaskRunIds, t.RunId)
		}
		x.RepairHistory = append(x.RepairHistory, first)
	}
	h := jobs.RepairHistoryItem{
		Id: s.id(), Type: jobs.RepairHistoryItemTypeRepair, StartTime: s.now().UnixMilli(), State: &jobs.RunState{LifeCycleState: jobs.RunLifeCycleStateRunning},
	}
	for _, t := range s.job(x.JobId).settings.Tasks {
		if !slices.Contains(in.RerunTasks, t.TaskKey) {
			continue
		}
		number := 0
		for _, before := range x.Tasks {
			if before.TaskKey == t.TaskKey {
				number = before.AttemptNumber + 1
			}
		}
		again := s.attempt(t, number)
		x.Tasks = append(x.Tasks, again)
		h.TaskRunIds = append(h.TaskRunIds, again.RunId)
	}
	x.RepairHistory = append(x.RepairHistory, h)
	for i, p := range x.JobParameters { // without them, a repair takes the job's own
		x.JobParameters[i].Value = in.JobParameters[p.Name]
	}
	x.OverridingParameters = nil
	if len(in.NotebookParams) > 0 {
		x.OverridingParameters = &jobs.RunParameters{NotebookParams: in.NotebookParams}
	}
	x.set(jobs.RunLifeCycleStateRunning, "", "")
	x.EndTime, x.ended = 0, make(chan struct{})
	s.advance()
	answer(w, jobs.RepairRunResponse{RepairId: h.Id})
}
