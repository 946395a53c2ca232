package journal

import (
	"errors"
	"testing"
	"time"

	"featops/workspaces"
)

func start(t *testing.T, j *Journal, table string, params map[string]string) int64 {
	t.Helper()
	id, err := j.StartBuild(t.Context(), "bncapers", table, params, noon)
	must(t, err)
	return id
}

func TestABuildIsRecordedFromStartToEnd(t *testing.T) {
	params := map[string]string{"start_date": "2024-01-01"}
	for name, failure := range map[string]error{"done": nil, "failed": errors.New("no space left")} {
		j := open(t, inTemp(t), Options{})
		record := BuildRecord{
			ID: start(t, j, "a", params), Workspace: "bncapers", Build: workspaces.Build{Table: "a", Version: workspaces.NoTable},
			Params: params, Started: noon,
		}
		same(t, "started", contents(t, t.Context(), j).Builds, []BuildRecord{record})

		record.Build = workspaces.Build{Table: "a", Mode: workspaces.Overwrite, Version: 4, Rows: 9, Question: "q1",
			Changes: workspaces.Changes{Inserted: 1, Updated: 2, Unchanged: 3, Absent: 4}}
		record.Ended = after(time.Minute)
		if failure != nil {
			record.Error = failure.Error()
		}
		must(t, j.EndBuild(t.Context(), record.ID, record.Build, failure, record.Ended))
		same(t, name, contents(t, t.Context(), reopen(t, j)).Builds, []BuildRecord{record})
	}
}

func TestABuildThatACrashCutOffHasFailed(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	id := start(t, j, "a", nil)
	j = reopen(t, j)
	b := contents(t, t.Context(), j).Builds[0]
	if b.Error == "" || !b.Ended.IsZero() {
		t.Errorf("got %+v, want an error, and no end as nobody saw it", b)
	}
	wantErr(t, "its end", j.EndBuild(t.Context(), id, workspaces.Build{Table: "a"}, nil, noon), ErrRecorded)
	same(t, "after another restart", contents(t, t.Context(), reopen(t, j)).Builds, []BuildRecord{b})
}

func TestABuildEndsOnce(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	wantErr(t, "never begun", j.EndBuild(t.Context(), 1, workspaces.Build{}, nil, noon), ErrUnknown)
	id := start(t, j, "a", nil)
	must(t, j.EndBuild(t.Context(), id, workspaces.Build{Table: "a", Version: 4}, nil, noon))
	before := contents(t, t.Context(), j)
	wantErr(t, "a second end", j.EndBuild(t.Context(), id, workspaces.Build{}, errors.New("late"), noon), ErrRecorded)
	same(t, "the first end stands", contents(t, t.Context(), j), before)
}

func TestBuildsAreListedNewestFirst(t *testing.T) {
	j := open(t, inTemp(t), Options{})
	first, second, third := start(t, j, "a", nil), start(t, j, "b", nil), start(t, j, "c", nil)
	for limit, want := range map[int][]int64{0: {third, second, first}, 2: {third, second}, 9: {third, second, first}} {
		builds, err := j.Builds(t.Context(), limit)
		must(t, err)
		var got []int64
		for _, b := range builds {
			got = append(got, b.ID)
		}
		same(t, "builds", got, want)
	}
}
