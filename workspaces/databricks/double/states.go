package double

import "github.com/databricks/databricks-sdk-go/service/jobs"

// What may become of a task, in the words of Databricks.
var (
	Running   = State{LifeCycle: jobs.RunLifeCycleStateRunning}
	Waiting   = State{LifeCycle: jobs.RunLifeCycleStateWaitingForRetry}
	Succeeded = State{LifeCycle: jobs.RunLifeCycleStateTerminated, Result: jobs.RunResultStateSuccess}
	Failed    = State{LifeCycle: jobs.RunLifeCycleStateTerminated, Result: jobs.RunResultStateFailed, Message: "Workload failed, see run output for details"}
	Broken    = State{LifeCycle: jobs.RunLifeCycleStateInternalError, Result: jobs.RunResultStateFailed, Message: "Task fs_cus_transactions failed with message: Workload failed, see run output for details."}
	Cancelled = State{LifeCycle: jobs.RunLifeCycleStateTerminated, Result: jobs.RunResultStateCanceled, Message: "Run cancelled."}
	TooMany   = State{LifeCycle: jobs.RunLifeCycleStateSkipped, Result: jobs.RunResultStateMaximumConcurrentRunsReached}
)

// Saying is the state of a task that has said something.
func (s State) Saying(out jobs.RunOutput) State {
	s.Output = &out
	return s
}
