package screen

import (
	"testing"

	"featops/tui/widget"
	"featops/workspaces"
)

func TestEveryStateHasAGlyphAndAWord(t *testing.T) {
	tests := []struct {
		lifeCycle workspaces.LifeCycle
		result    workspaces.Result
		want      string
	}{
		{workspaces.Blocked, "", "○ blocked"},
		{workspaces.Pending, "", "○ pending"},
		{workspaces.Queued, "", "○ queued"},
		{workspaces.WaitingForRetry, "", "○ will retry"},
		{workspaces.Running, "", "● running"},
		{workspaces.Terminating, "", "● terminating"},
		{workspaces.Terminated, workspaces.Success, "✓ success"},
		{workspaces.Terminated, workspaces.SuccessWithFailures, "! success with failures"},
		{workspaces.Terminated, workspaces.Failed, "✗ failed"},
		{workspaces.Terminated, workspaces.TimedOut, "✗ timedout"},
		{workspaces.Terminated, workspaces.Canceled, "■ canceled"},
		{workspaces.Terminated, workspaces.UpstreamCanceled, "■ upstream canceled"},
		{workspaces.Terminated, workspaces.UpstreamFailed, "✗ upstream failed"},
		{workspaces.Terminated, workspaces.Excluded, "⊘ excluded"},
		{workspaces.Skipped, workspaces.Disabled, "⊘ disabled"},
		{workspaces.Skipped, "", "⊘ skipped"},
		{workspaces.Skipped, workspaces.TooManyRuns, "✗ too many runs"},
		{workspaces.InternalError, "", "✗ internal error"},
		{workspaces.Terminated, "BRAND_NEW", "✗ brand new"},
		{"BRAND_NEW", "", "○ brand new"},
	}
	for _, tt := range tests {
		s := workspaces.Status{LifeCycle: tt.lifeCycle, Result: tt.result}
		if got := StatusLook(s, widget.Theme{}).String(); got != tt.want {
			t.Errorf("%s %s is shown as %q, want %q", tt.lifeCycle, tt.result, got, tt.want)
		}
	}
}
