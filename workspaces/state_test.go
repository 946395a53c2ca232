package workspaces_test

import (
	"testing"

	"featops/workspaces"
)

// What each state says. Exactly one of succeeded, skipped, cancelled and failed holds of what has
// ended, except for a run that succeeded with failures.
func TestStatus(t *testing.T) {
	type is struct{ ended, succeeded, skipped, canceled, failed bool }
	var (
		underWay  = is{}
		succeeded = is{ended: true, succeeded: true}
		skipped   = is{ended: true, skipped: true}
		canceled  = is{ended: true, canceled: true}
		failed    = is{ended: true, failed: true}
	)
	for _, c := range []struct {
		life   workspaces.LifeCycle
		result workspaces.Result
		want   is
	}{
		{workspaces.Blocked, "", underWay},
		{workspaces.Pending, "", underWay},
		{workspaces.Queued, "", underWay},
		{workspaces.Running, "", underWay},
		{workspaces.Terminating, "", underWay},
		{workspaces.WaitingForRetry, "", underWay},
		{workspaces.Terminating, workspaces.Success, underWay},
		{"HIBERNATING", "", underWay},
		{workspaces.Terminated, workspaces.Success, succeeded},
		{workspaces.Terminated, workspaces.SuccessWithFailures, is{ended: true}},
		{workspaces.Terminated, workspaces.Failed, failed},
		{workspaces.Terminated, workspaces.TimedOut, failed},
		{workspaces.Terminated, workspaces.Canceled, canceled},
		{workspaces.Terminated, workspaces.UpstreamFailed, failed},
		{workspaces.Skipped, workspaces.UpstreamFailed, failed},
		{workspaces.Skipped, workspaces.UpstreamCanceled, canceled},
		{workspaces.Skipped, workspaces.Canceled, canceled},
		{workspaces.Skipped, workspaces.Excluded, skipped},
		{workspaces.Terminated, workspaces.Excluded, skipped},
		{workspaces.Skipped, workspaces.Disabled, skipped},
		{workspaces.Skipped, "", skipped},
		{workspaces.Skipped, workspaces.TooManyRuns, failed},
		{workspaces.InternalError, workspaces.Failed, failed},
		{workspaces.InternalError, "", failed},
		// Defect of the reference: it knew three results, so others made it wait for ever.
		{workspaces.Terminated, "SOMETHING_NEW", failed},
	} {
		s := workspaces.Status{LifeCycle: c.life, Result: c.result}
		got := is{s.Ended(), s.Succeeded(), s.Skipped(), s.Canceled(), s.Failed()}
		if got != c.want {
			t.Errorf("%s %s: %+v, want %+v", c.life, c.result, got, c.want)
		}
	}
}
