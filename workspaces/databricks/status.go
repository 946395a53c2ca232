package databricks

import (
	"cmp"

	"featops/workspaces"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// status reads a state without the credentials that its message may hold.
func (w *Workspace) status(old *runState, now *runStatus) workspaces.Status {
	s := status(old, now)
	s.Message = w.connection.Hide(s.Message)
	return s
}

// status reads a state in the form that there is. The older one tells more of how something ended, so it is preferred; an
// answer may have either or none.
func status(old *runState, now *runStatus) workspaces.Status {
	var s workspaces.Status
	if now != nil {
		s = ofStatus(now)
	}
	if old == nil || old.LifeCycleState == "" {
		return s
	}
	return workspaces.Status{
		LifeCycle: workspaces.LifeCycle(old.LifeCycleState),
		Result:    workspaces.Result(old.ResultState),
		Message:   cmp.Or(old.StateMessage, s.Message, old.QueueReason),
	}
}

// ofStatus reads the newer form, in which all that ended is TERMINATED and a code says how.
func ofStatus(now *runStatus) workspaces.Status {
	switch now.State {
	case jobs.RunLifecycleStateV2StateTerminated:
		if now.TerminationDetails == nil {
			return workspaces.Status{LifeCycle: workspaces.Terminated}
		}
		return ofTermination(now.TerminationDetails)
	case jobs.RunLifecycleStateV2StateWaiting:
		return workspaces.Status{LifeCycle: workspaces.WaitingForRetry}
	}
	s := workspaces.Status{LifeCycle: workspaces.LifeCycle(now.State)}
	if q := now.QueueDetails; q != nil {
		s.Message = cmp.Or(q.Message, string(q.Code))
	}
	return s
}

// ofTermination reads how something ended. A code that is not known is a failure by its type.
func ofTermination(d *termination) workspaces.Status {
	s := workspaces.Status{LifeCycle: workspaces.Terminated, Message: d.Message}
	switch d.Code {
	case jobs.TerminationCodeCodeSuccess:
		s.Result = workspaces.Success
	case jobs.TerminationCodeCodeSuccessWithFailures:
		s.Result = workspaces.SuccessWithFailures
	case jobs.TerminationCodeCodeCanceled, jobs.TerminationCodeCodeUserCanceled:
		s.Result = workspaces.Canceled
	case jobs.TerminationCodeCodeSkipped:
		s.LifeCycle, s.Result = workspaces.Skipped, workspaces.Excluded
	case jobs.TerminationCodeCodeDisabled:
		s.LifeCycle, s.Result = workspaces.Skipped, workspaces.Disabled
	case jobs.TerminationCodeCodeMaxConcurrentRunsExceeded:
		s.LifeCycle, s.Result = workspaces.Skipped, workspaces.TooManyRuns
	default:
		s.Result = workspaces.Failed
		if d.Type == jobs.TerminationTypeTypeInternalError || d.Type == jobs.TerminationTypeTypeCloudFailure {
			s.LifeCycle = workspaces.InternalError
		}
		s.Message = cmp.Or(d.Message, string(d.Code))
	}
	return s
}
