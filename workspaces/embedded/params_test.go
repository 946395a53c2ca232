package embedded

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"featops/workspaces"
)

func TestParametersPrecedence(t *testing.T) {
	const name = "start_date"
	layers := []string{"2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01"} // default, job, task, request
	for n := range len(layers) + 1 {
		o := optionsIn(t.TempDir())
		o.Defaults = map[string]string{"env": "dev"}
		j := workspaces.Job{Name: "job", Parameters: map[string]string{}, Tasks: []workspaces.Task{
			{Key: "fs_visits", Table: "fs_visits", Parameters: map[string]string{}}}}
		request := map[string]string{}
		want := workspaces.FirstMonth
		for i, layer := range []map[string]string{o.Defaults, j.Parameters, j.Tasks[0].Parameters, request}[:n] {
			layer[name], want = layers[i], layers[i]
		}
		got, err := openWith(t, o).parameters(j, request, june)
		if err != nil {
			t.Fatal(err)
		}
		if got := got[0].Start.Format(time.DateOnly); got != want {
			t.Errorf("with the first %d layers: %s, want %s", n, got, want)
		}
	}
}

func TestParametersOfATask(t *testing.T) {
	w := open(t, withJob(task("good1", ""), task("register_a", "")))
	got, err := w.parameters(w.jobs[0], map[string]string{"end_date": "actual", "omit_data_validation_errors": "TRUE"}, w.now())
	if err != nil {
		t.Fatal(err)
	}
	january, now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	want := []workspaces.Params{
		{Env: "dev", Table: "good1", Start: january, End: now, OmitValidation: true},
		{Env: "dev", Start: january, End: now, OmitValidation: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}

// Bad parameters fail before any work starts.
func TestBadParametersStartNoRun(t *testing.T) {
	strange := task("strange", "")
	for name, c := range map[string]struct {
		request map[string]string
		tasks   []workspaces.Task
		want    []string
	}{
		"an unknown one":             {request: map[string]string{"end": "x"}, want: []string{`parameter end="x" is unknown`, "end_date"}},
		"a bad boolean":              {request: map[string]string{"ignore": "maybe"}, want: []string{`parameter ignore: "maybe": allowed is true or false`}},
		"a bad date":                 {request: map[string]string{"start_date": "2024-13-01"}, want: []string{`parameter start_date: "2024-13-01": allowed is a date YYYY-MM-DD`}},
		"several at once":            {request: map[string]string{"ignore": "maybe", "end_date": "x"}, want: []string{"parameter ignore", "parameter end_date", "or actual"}},
		"another environment":        {request: map[string]string{"env": "prod"}, want: []string{`parameter env: "prod": allowed is "dev"`}},
		"another table":              {request: map[string]string{"fs_notebook": "good2"}, want: []string{`parameter fs_notebook: "good2": allowed is "good1"`}},
		"a table that there is not":  {tasks: []workspaces.Task{strange}, want: []string{"task strange", `parameter fs_notebook: "strange": allowed is good1, good2`}},
		"of a registry task as well": {tasks: []workspaces.Task{task("register_a", "")}, request: map[string]string{"overwriteSchema": "1"}, want: []string{"task register_a", `parameter overwriteSchema: "1"`}},
	} {
		t.Run(name, func(t *testing.T) {
			tasks := c.tasks
			if tasks == nil {
				tasks = []workspaces.Task{task("good1", "")}
			}
			w := open(t, withJob(tasks...))
			_, err := w.RunNow(t.Context(), workspaces.RunRequest{JobID: 1, Parameters: c.request})
			wantError(t, err, append(c.want, "run [dev ana] demo in bncapers")...)
			if runs, err := w.Runs(t.Context(), 1, 0); err != nil || len(runs) > 0 {
				t.Errorf("runs %v, %v", runs, err)
			}
		})
	}
}

func TestProblemOfSeveralTasksIsToldOnce(t *testing.T) {
	w := open(t, withJob(task("good1", ""), task("good2", "")))
	_, err := w.RunNow(t.Context(), workspaces.RunRequest{JobID: 1, Parameters: map[string]string{"ignore": "maybe"}})
	want := "run [dev ana] demo in bncapers: task good1: parameter ignore: \"maybe\": allowed is true or false"
	if err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	var bad *workspaces.ParameterError
	if !errors.As(err, &bad) || bad.Name != "ignore" {
		t.Errorf("no ParameterError: %v", err)
	}
}
