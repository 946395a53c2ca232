package warehouse_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/warehouse"

	"github.com/databricks/databricks-sdk-go/service/sql"
)

const (
	starts = "POST /api/2.0/sql/statements/"
	polls  = "GET /api/2.0/sql/statements/"
)

// bench is a warehouse under test, what stands behind it, and how long it waited between polls.
type bench struct {
	*double.Server
	*double.Script
	w   *warehouse.Warehouse
	log bytes.Buffer

	mu     sync.Mutex
	pauses []time.Duration
	paused func() // at every pause
	token  func() string
}

func open(t *testing.T, id string) *bench {
	t.Helper()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	b := &bench{Server: double.Start(t, func() time.Time { return noon }), Script: &double.Script{}, paused: func() {}}
	b.SetEngine("w1", b.Script)
	b.token = func() string { return b.Server.Token }
	quiet := func(context.Context, time.Duration) error { return nil }
	c := connect.New(connect.Options{
		Host: b.URL, Token: func(context.Context) (string, error) { return b.token(), nil }, Environ: func(string) (string, bool) { return "", false },
		Timeout: time.Minute, Rate: 1000, Redact: func(...string) {}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon }, Pause: quiet,
	})
	t.Cleanup(func() { c.Close() })
	b.w = warehouse.New(warehouse.Options{
		Connection: c, ID: id, Catalog: "main", Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Pause: func(ctx context.Context, d time.Duration) error {
			b.mu.Lock()
			b.pauses = append(b.pauses, d)
			paused := b.paused
			b.mu.Unlock()
			paused()
			return ctx.Err()
		},
	})
	return b
}

func (b *bench) whenPaused(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paused = f
}

// says makes the next call with this beginning be answered by a text.
func (b *bench) says(call, text string) { b.Server.Fail(call, 1, double.Fault{Raw: text}) }

// cancels counts the statements that were cancelled.
func (b *bench) cancels() int {
	return len(slices.DeleteFunc(b.Calls(), func(c string) bool { return !strings.HasSuffix(c, "/cancel") }))
}

func run(t *testing.T, b *bench) (*warehouse.Result, error) {
	t.Helper()
	return b.w.Run(t.Context(), "count fs_a", "SELECT 1")
}

func TestStatesOfAStatement(t *testing.T) {
	const rows = `"manifest":{"schema":{"columns":[{"name":"n","type_text":"INT"}]},"total_row_count":1},"result":{"data_array":[["1"]]}`
	for name, c := range map[string]struct {
		start  string
		polls  []string
		want   string // of the error; empty: one row
		state  sql.StatementState
		pauses int
	}{
		"done at once": {start: `{"statement_id":"s1","status":{"state":"SUCCEEDED"},` + rows + `}`},
		"waits, runs, is done": {
			start:  `{"statement_id":"s1","status":{"state":"PENDING"}}`,
			polls:  []string{`{"statement_id":"s1","status":{"state":"PENDING"}}`, `{"status":{"state":"RUNNING"}}`, `{"status":{"state":"SUCCEEDED"},` + rows + `}`},
			pauses: 3,
		},
		"fails": {
			start:  `{"statement_id":"s1","status":{"state":"RUNNING"}}`,
			polls:  []string{`{"status":{"state":"FAILED","error":{"error_code":"BAD_REQUEST","message":"[DIVIDE_BY_ZERO] Division by zero."}}}`},
			want:   "count fs_a: [DIVIDE_BY_ZERO] Division by zero.",
			state:  sql.StatementStateFailed,
			pauses: 1,
		},
		"fails at once": {
			start: `{"statement_id":"s1","status":{"state":"FAILED","error":{"error_code":"BAD_REQUEST","message":"[PARSE_SYNTAX_ERROR] no"}}}`,
			want:  "count fs_a: [PARSE_SYNTAX_ERROR] no", state: sql.StatementStateFailed,
		},
		"fails without a word": {
			start: `{"statement_id":"s1","status":{"state":"FAILED"}}`,
			want:  "count fs_a: the statement s1 ended as FAILED", state: sql.StatementStateFailed,
		},
		"somebody cancels it": {
			start:  `{"statement_id":"s1","status":{"state":"RUNNING"}}`,
			polls:  []string{`{"status":{"state":"CANCELED"}}`},
			want:   "count fs_a: somebody cancelled the statement s1 in the warehouse",
			state:  sql.StatementStateCanceled,
			pauses: 1,
		},
		"its result is gone": {
			start:  `{"statement_id":"s1","status":{"state":"RUNNING"}}`,
			polls:  []string{`{"status":{"state":"CLOSED"}}`},
			want:   "count fs_a: the result of the statement s1 is no longer there",
			state:  sql.StatementStateClosed,
			pauses: 1,
		},
		"a state that nobody knows": {
			start: `{"statement_id":"s1","status":{"state":"LOST"}}`,
			want:  "count fs_a: the statement s1 ended as LOST", state: "LOST",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "w1")
			b.says(starts, c.start)
			for _, p := range c.polls {
				b.says(polls, p)
			}
			r, err := run(t, b)
			var failed *warehouse.StatementError
			switch {
			case c.want == "" && (err != nil || len(r.Rows) != 1):
				t.Errorf("%v, %v", r, err)
			case c.want != "" && (!errors.As(err, &failed) || err.Error() != c.want || failed.State != c.state || failed.ID != "s1"):
				t.Errorf("error %v, want %s as %s", err, c.want, c.state)
			}
			if len(b.pauses) != c.pauses || b.cancels() != 0 {
				t.Errorf("pauses %v, %d cancelled", b.pauses, b.cancels())
			}
		})
	}
}

// A long statement is not asked for all the time.
func TestThePauseGrows(t *testing.T) {
	b := open(t, "w1")
	b.Answer("SELECT", "n INT", []any{1})
	b.SetPace(8, 10)
	if _, err := run(t, b); err != nil {
		t.Fatal(err)
	}
	if n := len(b.pauses); n < 8 || b.pauses[0] != 100*time.Millisecond || b.pauses[1] != 200*time.Millisecond || b.pauses[n-1] != 5*time.Second {
		t.Errorf("pauses %v", b.pauses)
	}
}

func TestValues(t *testing.T) {
	b := open(t, "w1")
	b.Answer("SELECT", "A STRING, n BIGINT", []any{"", 1}, []any{nil, 2}, []any{"null", nil}, []any{"x", "1e3"})
	r, err := run(t, b)
	if err != nil {
		t.Fatal(err)
	}
	if r.Columns[1] != (warehouse.Column{Name: "n", Type: "BIGINT"}) {
		t.Errorf("columns %+v", r.Columns)
	}
	for i, want := range []string{"", "null!", "null", "x"} {
		got, there := r.Rows[i].Text("a") // names have no case
		if !there {
			got = "null!"
		}
		if got != want {
			t.Errorf("row %d is %q, want %q", i, got, want)
		}
	}
	if n, err := r.Rows[1].Int("n"); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for row, column := range map[int]string{2: "n", 3: "n", 0: "b"} {
		if _, err := r.Rows[row].Int(column); err == nil || !strings.Contains(err.Error(), column) {
			t.Errorf("column %s of row %d: %v", column, row, err)
		}
	}
}

func TestResultsOfAnyLengthAreWhole(t *testing.T) {
	for _, rows := range []int{0, 1, 4, 5, 23} {
		b := open(t, "w1")
		var values [][]any
		for i := range rows {
			values = append(values, []any{i})
		}
		b.Answer("SELECT", "n INT", values...)
		b.SetPace(0, 4)
		r, err := run(t, b)
		if err != nil || len(r.Rows) != rows {
			t.Fatalf("%d rows: %v", rows, err)
		}
		for i, row := range r.Rows {
			if n, err := row.Int("n"); n != int64(i) || err != nil {
				t.Errorf("row %d is %d, %v", i, n, err)
			}
		}
	}
}

func TestAnswersThatDoNotFitTogether(t *testing.T) {
	whole := func(manifest, result string) string {
		return `{"statement_id":"s1","status":{"state":"SUCCEEDED"},"manifest":{"schema":{"columns":[{"name":"n"}]},` + manifest + `},"result":` + result + `}`
	}
	for name, c := range map[string]struct{ start, poll, want string }{
		"no number":               {`{"status":{"state":"RUNNING"}}`, "", "without the number or the state"},
		"no state":                {`{"statement_id":"s1"}`, "", "without the number or the state"},
		"a page":                  {"<html>Sign in</html>", "", "the answer cannot be read"},
		"half an answer":          {`{"statement_id":"s1",`, "", "the answer cannot be read"},
		"cut by the warehouse":    {whole(`"truncated":true,"total_row_count":1`, `{"data_array":[["1"]]}`), "", "larger than the 25 MiB"},
		"fewer rows than told":    {whole(`"total_row_count":3`, `{"data_array":[["1"]]}`), "", "announces 3 rows and gives 1"},
		"more rows than told":     {whole(`"total_row_count":1`, `{"data_array":[["1"],["2"]]}`), "", "announces 1 rows and gives 2"},
		"a row of another length": {whole(`"total_row_count":1`, `{"data_array":[["1","2"]]}`), "", "a row of 2 values for 1 columns"},
		"a number, not a text":    {whole(`"total_row_count":1`, `{"data_array":[[1]]}`), "", "the answer cannot be read"},
		"the rest is elsewhere":   {whole(`"total_row_count":2`, `{"data_array":[["1"]],"next_chunk_internal_link":"https://elsewhere.invalid/1"}`), "", "at no path of the warehouse"},
		"the rest does not end": {
			whole(`"total_row_count":2`, `{"data_array":[["1"],["2"],["3"]],"next_chunk_internal_link":"/api/2.0/sql/statements/s1/result/chunks/1"}`), "", "announces 2 rows and gives 3",
		},
		"the rest cannot be read": {
			whole(`"total_row_count":2`, `{"data_array":[["1"]],"next_chunk_internal_link":"/api/2.0/sql/statements/s1/result/chunks/1"}`), "{", "the answer cannot be read",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "w1")
			b.says(starts, c.start)
			if c.poll != "" {
				b.says(polls, c.poll)
			}
			if _, err := run(t, b); err == nil || !strings.HasPrefix(err.Error(), "count fs_a: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

// A statement without rows, as ALTER TABLE is, may have no result at all.
func TestNoResult(t *testing.T) {
	b := open(t, "w1")
	b.says(starts, `{"statement_id":"s1","status":{"state":"SUCCEEDED"}}`)
	if r, err := run(t, b); err != nil || len(r.Rows) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAWarehouseThatIsNotThere(t *testing.T) {
	b := open(t, "")
	if _, err := run(t, b); !errors.Is(err, warehouse.ErrNone) || len(b.Calls()) > 0 {
		t.Errorf("none is named: %v, calls %v", err, b.Calls())
	}
	b = open(t, "w2")
	var e *connect.Error
	if _, err := run(t, b); !errors.As(err, &e) || e.Kind != connect.Missing || !strings.Contains(err.Error(), "w2") {
		t.Errorf("one that is not there: %v", err)
	}
}

// The statement goes on, whatever becomes of a question about it.
func TestAPollThatFailsIsMadeAgain(t *testing.T) {
	for name, f := range map[string]double.Fault{
		"too many calls":  {Status: 429},
		"a fault":         {Status: 500},
		"cut":             {Cut: true},
		"a page":          {Raw: "<html>Bad gateway</html>"},
		"an empty answer": {Raw: "{}"},
		"refused sign-in": {Status: 401},
		"no such service": {Status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "w1")
			b.Answer("SELECT", "n INT", []any{1})
			b.SetPace(2, 10)
			b.Server.Fail(polls, 12, f)
			r, err := run(t, b)
			if err != nil || len(r.Rows) != 1 || len(b.Statements()) != 1 || b.cancels() != 0 {
				t.Errorf("%v after %d statements, %d cancelled", err, len(b.Statements()), b.cancels())
			}
		})
	}
}

// A token that is replaced while a statement runs is fetched anew, and the statement is not lost.
func TestATokenThatIsReplacedMeanwhile(t *testing.T) {
	b := open(t, "w1")
	b.Answer("SELECT", "n INT", []any{1})
	b.SetPace(3, 10)
	known := b.Server.Token
	b.token = func() string { b.mu.Lock(); defer b.mu.Unlock(); return known }
	times := 0
	b.whenPaused(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch times++; times {
		case 2:
			b.SetToken("renewed")
		case 5:
			known = "renewed"
		}
	})
	if r, err := run(t, b); err != nil || len(r.Rows) != 1 || len(b.Statements()) != 1 {
		t.Errorf("%v after %d statements", err, len(b.Statements()))
	}
}

// Whoever gives up waiting leaves nothing behind that runs on.
func TestAStatementThatNobodyWaitsForIsCancelled(t *testing.T) {
	for name, f := range map[string]double.Fault{
		"it may not be asked for": {Status: 403, Code: "PERMISSION_DENIED"},
		"it is not known":         {Status: 404, Code: "NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "w1")
			b.Hang("SELECT")
			b.Server.Fail(polls, 1, f)
			if _, err := run(t, b); err == nil || b.cancels() != 1 {
				t.Errorf("%v, %d cancelled", err, b.cancels())
			}
		})
	}
	t.Run("it is not to be had for long", func(t *testing.T) {
		b := open(t, "w1")
		b.Hang("SELECT")
		b.Server.Fail(polls, 1_000_000, double.Fault{Status: 401})
		if _, err := run(t, b); err == nil || len(b.pauses) != 120 || b.cancels() != 1 {
			t.Errorf("%v after %d polls, %d cancelled", err, len(b.pauses), b.cancels())
		}
	})
}

func TestAContextThatEndsCancelsTheStatement(t *testing.T) {
	why := errors.New("somebody left")
	ending := func(t *testing.T, b *bench, at func(end func())) error {
		ctx, end := context.WithCancelCause(t.Context())
		at(func() { end(why) })
		_, err := b.w.Run(ctx, "count fs_a", "SELECT 1")
		return err
	}
	t.Run("while it runs", func(t *testing.T) {
		b := open(t, "w1")
		b.Hang("SELECT")
		err := ending(t, b, func(end func()) { b.whenPaused(end) })
		if !errors.Is(err, why) || b.cancels() != 1 {
			t.Errorf("%v, %d cancelled", err, b.cancels())
		}
	})
	t.Run("while it is started", func(t *testing.T) {
		b := open(t, "w1")
		b.Hang("SELECT")
		err := ending(t, b, func(end func()) {
			b.Server.Fail(starts, 1, double.Fault{After: end}) // and then it is started all the same
		})
		if !errors.Is(err, why) || b.cancels() != 1 || len(b.Statements()) != 1 {
			t.Errorf("%v, %d of %d cancelled", err, b.cancels(), len(b.Statements()))
		}
	})
	t.Run("while it is asked for", func(t *testing.T) {
		b := open(t, "w1")
		b.Hang("SELECT")
		err := ending(t, b, func(end func()) { b.Server.Fail(polls, 1, double.Fault{Hang: true, After: end}) })
		if !errors.Is(err, why) || b.cancels() != 1 {
			t.Errorf("%v, %d cancelled", err, b.cancels())
		}
	})
	t.Run("before it is started", func(t *testing.T) {
		b := open(t, "w1")
		err := ending(t, b, func(end func()) { end() })
		if !errors.Is(err, why) || len(b.Calls()) != 0 {
			t.Errorf("%v, calls %v", err, b.Calls())
		}
	})
	t.Run("by its deadline", func(t *testing.T) {
		b := open(t, "w1")
		b.Hang("SELECT")
		ctx, end := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer end()
		b.whenPaused(func() { <-ctx.Done() })
		if _, err := b.w.Run(ctx, "count fs_a", "SELECT 1"); !errors.Is(err, context.DeadlineExceeded) || b.cancels() != 1 {
			t.Errorf("%v, %d cancelled", err, b.cancels())
		}
	})
	t.Run("and the warehouse does not listen", func(t *testing.T) {
		b := open(t, "w1")
		b.Hang("SELECT")
		err := ending(t, b, func(end func()) {
			b.whenPaused(func() {
				b.Server.Fail("POST /api/2.0/sql/statements/", 99, double.Fault{Status: 403})
				end()
			})
		})
		if !errors.Is(err, why) || !strings.Contains(b.log.String(), "may go on in the warehouse") {
			t.Errorf("%v, log %s", err, b.log.String())
		}
	})
}

// A start that is lost on its way is not made again: the statement may have begun.
func TestAStartIsMadeOnce(t *testing.T) {
	for _, f := range []double.Fault{{Cut: true}, {Status: 500}, {Status: 503}} {
		b := open(t, "w1")
		b.Answer("SELECT", "n INT", []any{1})
		b.Server.Fail(starts, 1, f)
		if _, err := run(t, b); err == nil || len(b.Statements()) > 1 {
			t.Errorf("%+v: %v after %d statements", f, err, len(b.Statements()))
		}
	}
	b := open(t, "w1") // but one that was refused for being too much has not
	b.Answer("SELECT", "n INT", []any{1})
	b.Server.Fail(starts, 3, double.Fault{Status: 429})
	if _, err := run(t, b); err != nil || len(b.Statements()) != 1 {
		t.Errorf("%v after %d statements", err, len(b.Statements()))
	}
}

func TestConditions(t *testing.T) {
	for message, want := range map[string]string{
		"[TABLE_OR_VIEW_NOT_FOUND] The table or view `a`.`b` cannot be found. SQLSTATE: 42P01": "TABLE_OR_VIEW_NOT_FOUND",
		"[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column `x` cannot be resolved.":                 "UNRESOLVED_COLUMN",
		"org.apache.spark.SparkException: [CAST_INVALID_INPUT] The value 'x'":                  "CAST_INVALID_INPUT",
		"The warehouse was stopped": "",
		"[half a condition":         "",
		"":                          "",
	} {
		b := open(t, "w1")
		b.Script.Fail("SELECT", message, 1)
		_, err := run(t, b)
		var e *warehouse.StatementError
		if !errors.As(err, &e) || e.Condition() != want {
			t.Errorf("%s: %v", message, err)
		}
	}
}

// Many can wait for their statements at once.
func TestManyAtOnce(t *testing.T) {
	b := open(t, "w1")
	b.SetPace(1, 10)
	for i := range 20 {
		b.Answer(fmt.Sprintf("SELECT %d$", i), "n INT", []any{i})
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			r, err := b.w.Run(t.Context(), "count", fmt.Sprintf("SELECT %d", i))
			if err != nil {
				t.Error(err)
				return
			}
			if n, _ := r.Rows[0].Int("n"); n != int64(i) {
				t.Errorf("statement %d has the result %d", i, n)
			}
		})
	}
	all.Wait()
}
