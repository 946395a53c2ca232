package embedded

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"featops/workspaces"
)

// Every line carries workspace, job, run, task and table where they are known, so that logs can be
// filtered by them.
func TestLogLinesSayWhereTheyBelong(t *testing.T) {
	var out bytes.Buffer // a handler writes one line at a time
	o := optionsIn(t.TempDir())
	withJob(task("good1", ""), task("bad", workspaces.AllDone, "good1"), task("feature_registry", "", "bad"))(&o)
	o.Log = slog.New(slog.NewJSONHandler(&out, nil))
	o.BadRowsShare = func(string) float64 { return 0.5 }
	w := openWith(t, o)
	putJobSources(t, w)
	put(t, w, visits, `{"id": 1, "month": "2024-13", "n": 1}
{"id": 1, "month": "2024-01", "n": 2}`)
	out.Reset()
	ended(t, w, start(t, w, workspaces.RunRequest{}))
	if err := w.Close(); err != nil { // the last line is written
		t.Fatal(err)
	}

	type line struct {
		Level     string
		Msg       string
		Workspace string
		Job       string
		Run       int64
		Task      string
		Table     string
	}
	of := func(level, msg, task, table string) line {
		return line{level, msg, "bncapers", "[dev ana] demo", 1, task, table}
	}
	want := []line{
		of("INFO", "run started", "", ""),
		of("INFO", "task started", "good1", "good1"),
		of("WARN", `source not as expected: 1 of 2 rows are without a month and were left out; the first: column month: "2024-13" (row 1)`, "good1", "good1"),
		of("INFO", "table saved", "good1", "good1"),
		of("INFO", "task ended: written: version 0, 1 rows; 1 warning of its source", "good1", "good1"),
		of("INFO", "task started", "bad", "bad"),
		of("ERROR", "task ended: FAILED", "bad", "bad"),
		of("WARN", "task skipped: UPSTREAM_FAILED", "feature_registry", ""),
		of("ERROR", "run ended: FAILED", "", ""),
	}
	var got []line
	for text := range strings.Lines(out.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
