package workspaces

// LifeCycle is the life-cycle state of a run or of a task in it, as the Jobs API spells it. The
// set is open: a state that is not listed here is kept as it is.
type LifeCycle string

// The life-cycle states of the Jobs API.
const (
	Blocked         LifeCycle = "BLOCKED"
	Pending         LifeCycle = "PENDING"
	Queued          LifeCycle = "QUEUED"
	Running         LifeCycle = "RUNNING"
	Terminating     LifeCycle = "TERMINATING"
	Terminated      LifeCycle = "TERMINATED"
	Skipped         LifeCycle = "SKIPPED"
	InternalError   LifeCycle = "INTERNAL_ERROR"
	WaitingForRetry LifeCycle = "WAITING_FOR_RETRY"
)

// Result is the result state of a run or of a task that has ended. The set is open.
type Result string

// The result states of the Jobs API.
const (
	Success             Result = "SUCCESS"
	Failed              Result = "FAILED"
	Canceled            Result = "CANCELED"
	TimedOut            Result = "TIMEDOUT"
	SuccessWithFailures Result = "SUCCESS_WITH_FAILURES"
	UpstreamFailed      Result = "UPSTREAM_FAILED"
	UpstreamCanceled    Result = "UPSTREAM_CANCELED"
	Excluded            Result = "EXCLUDED" // its run_if, or another condition, was not met
	Disabled            Result = "DISABLED" // somebody wanted it skipped
	TooManyRuns         Result = "MAXIMUM_CONCURRENT_RUNS_REACHED"
)

// Status is the state of a run or of a task in it.
type Status struct {
	LifeCycle LifeCycle `json:"life_cycle_state"`
	Result    Result    `json:"result_state,omitempty"`  // empty until it has ended
	Message   string    `json:"state_message,omitempty"` // why, in a sentence
}

// Ended reports whether nothing more will happen. The life cycle alone decides, so an unknown
// result state ends too.
func (s Status) Ended() bool {
	return s.LifeCycle == Terminated || s.LifeCycle == Skipped || s.LifeCycle == InternalError
}

// Succeeded reports whether it ended and did all it should.
func (s Status) Succeeded() bool { return s.LifeCycle == Terminated && s.Result == Success }

// Skipped reports whether it ended without having been tried, and without that being a failure.
func (s Status) Skipped() bool {
	return s.Ended() && (s.Result == Excluded || s.Result == Disabled || s.LifeCycle == Skipped && s.Result == "")
}

// Canceled reports whether somebody stopped it, or what it depends on.
func (s Status) Canceled() bool {
	return s.Ended() && (s.Result == Canceled || s.Result == UpstreamCanceled)
}

// Failed reports whether it ended in any other way. A result that this program does not know is a
// failure: nothing is registered on it.
func (s Status) Failed() bool {
	return s.Ended() && !s.Succeeded() && !s.Skipped() && !s.Canceled() && s.Result != SuccessWithFailures
}

// RunIf says on which outcomes of the tasks that it depends on a task runs.
type RunIf string

// The conditions of the Jobs API. AllSuccess is its default.
const (
	AllSuccess        RunIf = "ALL_SUCCESS"
	AllDone           RunIf = "ALL_DONE"
	AtLeastOneSuccess RunIf = "AT_LEAST_ONE_SUCCESS"
	NoneFailed        RunIf = "NONE_FAILED"
	AllFailed         RunIf = "ALL_FAILED"
	AtLeastOneFailed  RunIf = "AT_LEAST_ONE_FAILED"
)
