package double

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// SetFiles makes runs be carried out: tasks begin when those that they depend on have ended, and run the statements of their SQL
// files, which are looked for in files by their absolute paths. Without it, tests say what becomes of tasks.
func (s *Server) SetFiles(files fs.FS) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = files
}

// Ended is closed when a run that is carried out has ended.
func (s *Server) Ended(id int64) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run(id).ended
}

// advance begins what can begin, and ends runs whose tasks have all ended. It is called under the lock, after whatever may
// allow that.
func (s *Server) advance() {
	if s.files == nil {
		return
	}
	active := map[int64]int{} // runs by job
	for _, x := range s.runs {
		if over(x.State.LifeCycleState) {
			continue
		}
		if active[x.JobId]++; active[x.JobId] > max(1, s.job(x.JobId).settings.MaxConcurrentRuns) && x.State.LifeCycleState != jobs.RunLifeCycleStateTerminating {
			x.set(jobs.RunLifeCycleStateQueued, "", "")
			continue
		}
		if x.State.LifeCycleState == jobs.RunLifeCycleStateQueued {
			x.set(jobs.RunLifeCycleStateRunning, "", "")
		}
		if s.step(x) {
			s.advance() // another run of the job may have waited for this one
			return
		}
	}
}

// step begins the tasks of a run that can begin, and reports whether the run has ended.
func (s *Server) step(x *run) (ended bool) {
	for changed := true; changed; {
		changed = false
		for _, i := range x.newest() {
			t := &x.Tasks[i]
			if life := t.State.LifeCycleState; over(life) || life == jobs.RunLifeCycleStateRunning {
				continue
			}
			verdict, known := x.verdict(*t)
			switch {
			case x.State.LifeCycleState == jobs.RunLifeCycleStateTerminating:
				verdict = jobs.RunResultStateCanceled
			case !known:
				continue
			case verdict == "":
				s.begin(x, t)
				continue
			}
			t.State = &jobs.RunState{LifeCycleState: jobs.RunLifeCycleStateTerminated, ResultState: verdict}
			t.EndTime = s.now().UnixMilli()
			changed = true
		}
	}
	for _, i := range x.newest() {
		if !over(x.Tasks[i].State.LifeCycleState) {
			return false
		}
	}
	x.conclude()
	s.finish(x)
	close(x.ended)
	return true
}

// newest are the newest attempts at the tasks of a run.
func (x *run) newest() []int {
	byKey := map[string]int{}
	for i, t := range x.Tasks {
		byKey[t.TaskKey] = i
	}
	return slices.Sorted(maps.Values(byKey))
}

// verdict says what becomes of a task that has not begun: it runs when the result is empty. It is not known before those that it
// depends on have ended.
func (x *run) verdict(t jobs.RunTask) (result jobs.RunResultState, known bool) {
	count := map[bool]int{}
	for _, i := range x.newest() {
		before := x.Tasks[i]
		if !slices.ContainsFunc(t.DependsOn, func(d jobs.TaskDependency) bool { return d.TaskKey == before.TaskKey }) {
			continue
		}
		if !over(before.State.LifeCycleState) {
			return "", false
		}
		count[before.State.ResultState == jobs.RunResultStateSuccess]++
	}
	good, bad := count[true], count[false]
	switch t.RunIf {
	case jobs.RunIfAllDone:
		return "", true
	case jobs.RunIfAtLeastOneSuccess:
		if good > 0 {
			return "", true
		}
	case jobs.RunIfAllFailed:
		if good == 0 {
			return "", true
		}
		return jobs.RunResultStateExcluded, true
	case jobs.RunIfAtLeastOneFailed:
		if bad > 0 {
			return "", true
		}
		return jobs.RunResultStateExcluded, true
	default: // ALL_SUCCESS, and NONE_FAILED, as nothing here is skipped without a failure
		if bad == 0 {
			return "", true
		}
	}
	return jobs.RunResultStateUpstreamFailed, true
}

// begin begins a task.
func (s *Server) begin(x *run, t *jobs.RunTask) {
	t.State, t.StartTime = &jobs.RunState{LifeCycleState: jobs.RunLifeCycleStateRunning}, s.now().UnixMilli()
	ctx, cancel := context.WithCancel(context.Background())
	x.cancel[t.RunId] = cancel
	parameters := map[string]string{}
	if t.SqlTask != nil {
		maps.Copy(parameters, t.SqlTask.Parameters)
	}
	for _, p := range x.JobParameters { // they win
		parameters[p.Name] = p.Default
		if p.Value != "" {
			parameters[p.Name] = p.Value
		}
	}
	s.working.Add(1)
	go func(t jobs.RunTask) {
		defer s.working.Done()
		defer cancel()
		go func() {
			select {
			case <-s.closed:
				cancel()
			case <-ctx.Done():
			}
		}()
		err := s.perform(ctx, t, parameters)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended(x, t.RunId, err, ctx.Err() != nil)
		s.advance()
	}(*t)
}

// ended writes down how an attempt has ended.
func (s *Server) ended(x *run, attempt int64, err error, cancelled bool) {
	t := &x.Tasks[slices.IndexFunc(x.Tasks, func(t jobs.RunTask) bool { return t.RunId == attempt })]
	state := jobs.RunState{LifeCycleState: jobs.RunLifeCycleStateTerminated, ResultState: jobs.RunResultStateSuccess}
	switch {
	case cancelled:
		state.ResultState, state.StateMessage = jobs.RunResultStateCanceled, "Run cancelled."
	case err != nil:
		state.ResultState, state.StateMessage = jobs.RunResultStateFailed, "Workload failed, see run output for details"
		x.outputs[attempt] = jobs.RunOutput{Error: err.Error()}
	}
	t.State, t.EndTime = &state, s.now().UnixMilli()
	delete(x.cancel, attempt)
}

// conclude gives a run whose tasks have ended its own result, which is that of the tasks that nothing depends on.
func (x *run) conclude() {
	if x.State.LifeCycleState == jobs.RunLifeCycleStateTerminating {
		x.set(jobs.RunLifeCycleStateTerminated, jobs.RunResultStateCanceled, "Run cancelled.")
		return
	}
	followed := map[string]bool{}
	for _, t := range x.Tasks {
		for _, d := range t.DependsOn {
			followed[d.TaskKey] = true
		}
	}
	x.set(jobs.RunLifeCycleStateTerminated, jobs.RunResultStateSuccess, "")
	for _, i := range x.newest() {
		t := x.Tasks[i]
		switch good := t.State.ResultState == jobs.RunResultStateSuccess || t.State.ResultState == jobs.RunResultStateExcluded; {
		case good:
		case followed[t.TaskKey]:
			x.set(jobs.RunLifeCycleStateTerminated, jobs.RunResultStateSuccessWithFailures, "")
		default:
			x.set(jobs.RunLifeCycleStateInternalError, jobs.RunResultStateFailed, fmt.Sprintf("Task %s failed with message: %s.", t.TaskKey, t.State.StateMessage))
			return
		}
	}
}

var (
	fullLine  = regexp.MustCompile(`(?m)^--.*\n`)
	uses      = regexp.MustCompile(`^USE (CATALOG|SCHEMA) IDENTIFIER\(:(\w+)\)$`)
	immediate = regexp.MustCompile(`^EXECUTE IMMEDIATE (\w+)$`)
)

// perform runs the file of a task, statement by statement in one session. No semicolon in it may stand in a text.
func (s *Server) perform(ctx context.Context, t jobs.RunTask, parameters map[string]string) error {
	if t.SqlTask == nil || t.SqlTask.File == nil {
		return fmt.Errorf("task %s: allowed here are SQL files", t.TaskKey)
	}
	text, err := fs.ReadFile(s.files, strings.TrimPrefix(path.Clean(t.SqlTask.File.Path), "/"))
	if err != nil {
		return err
	}
	st := Statement{Session: fmt.Sprintf("%s task %d", s.URL, t.RunId), Parameters: parameters}
	for i, sql := range strings.Split(fullLine.ReplaceAllString(string(text), ""), ";") {
		st.ID, st.SQL = fmt.Sprintf("%s-%d", st.Session, i), strings.TrimSpace(sql)
		if st.SQL == "" {
			continue
		}
		if m := uses.FindStringSubmatch(st.SQL); m != nil {
			if m[1] == "CATALOG" {
				st.Catalog = parameters[m[2]]
			} else {
				st.Schema = parameters[m[2]]
			}
			continue
		}
		if err := s.performStatement(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) performStatement(ctx context.Context, st Statement) error {
	s.mu.Lock()
	engine, lake := s.statements.engine, s.tables.lake
	s.mu.Unlock()
	if m := immediate.FindStringSubmatch(st.SQL); m != nil {
		held := st
		held.SQL = "SELECT " + m[1]
		rows, err := s.compute(ctx, engine, held)
		if err != nil {
			return err
		}
		st.SQL = *rows.Values[0][0]
	}
	var err error
	if st.SQL, err = s.withInformation(ctx, lake, st); err != nil {
		return err
	}
	_, err = s.compute(ctx, engine, st)
	return err
}

// withInformation puts values in place of the views of the information schema, which open-source Spark has not.
func (s *Server) withInformation(ctx context.Context, lake Lake, st Statement) (string, error) {
	const tables, constraints = "information_schema.tables", "information_schema.table_constraints"
	if !strings.Contains(st.SQL, tables) && !strings.Contains(st.SQL, constraints) {
		return st.SQL, nil
	}
	names, err := lake.Names(ctx, st.Catalog+"."+st.Schema)
	if err != nil {
		return "", err
	}
	all, keyed := []string{"('', '')"}, []string{"('', '', '')"}
	for _, name := range names {
		all = append(all, fmt.Sprintf("('%s', '%s')", st.Schema, name))
		if s.PrimaryKey(st.Catalog+"."+st.Schema+"."+name) != nil {
			keyed = append(keyed, fmt.Sprintf("('%s', '%s', 'PRIMARY KEY')", st.Schema, name))
		}
	}
	view := func(rows []string, columns string) string {
		return "(SELECT * FROM VALUES " + strings.Join(rows, ", ") + " AS v(" + columns + "))"
	}
	return strings.NewReplacer(
		constraints, view(keyed, "table_schema, table_name, constraint_type"), tables, view(all, "table_schema, table_name"),
	).Replace(st.SQL), nil
}
