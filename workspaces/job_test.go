package workspaces_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featops/workspaces"
)

// Per task the newest attempt counts: a repaired run has a task key several times.
func TestNewestAttempt(t *testing.T) {
	at := func(minute int) time.Time { return now.Add(time.Duration(minute) * time.Minute) }
	r := workspaces.Run{Tasks: []workspaces.TaskRun{
		{Key: "b", Attempt: 1, Started: at(5)},
		{Key: "a", Attempt: 0, Started: at(1)},
		{Key: "b", Attempt: 0, Started: at(2)},
		{Key: "a", Attempt: 2, Started: at(9)},
		{Key: "a", Attempt: 1, Started: at(4)},
		{Key: "c", Attempt: 0, Started: at(3)},
		{Key: "c", Attempt: 0, Started: at(8)}, // a repair that counts its attempts anew
	}}
	want := []workspaces.TaskRun{
		{Key: "b", Attempt: 1, Started: at(5)}, {Key: "a", Attempt: 2, Started: at(9)}, {Key: "c", Attempt: 0, Started: at(8)},
	}
	if diff := cmp.Diff(want, r.Newest()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Defect of the reference: a run without the expected tasks counted as complete.
func TestRunHoldsTasks(t *testing.T) {
	r := workspaces.Run{Tasks: []workspaces.TaskRun{{Key: "a"}, {Key: "b"}, {Key: "a", Attempt: 1}}}
	for _, c := range []struct {
		keys []string
		want bool
	}{
		{nil, true}, {[]string{"a"}, true}, {[]string{"b", "a"}, true}, {[]string{"a", "c"}, false},
	} {
		if got := r.Holds(c.keys); got != c.want {
			t.Errorf("holds %v: %t", c.keys, got)
		}
	}
}

func TestIsRegistry(t *testing.T) {
	for key, want := range map[string]bool{
		"feature_registry": true, "Register_tables": true, "pre-registry-x": true,
		"fs_cus_demographic": false, "fs_registro": false, "": false,
	} {
		if got := workspaces.IsRegistry(key); got != want {
			t.Errorf("%q: %t", key, got)
		}
	}
}
