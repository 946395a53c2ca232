package double

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/databricks/databricks-sdk-go/service/sql"
)

// storage is the path under which results are fetched by link.
const storage = "/storage/"

// Engine carries out statements.
type Engine interface {
	Execute(ctx context.Context, s Statement) (Rows, error)
}

// Statement is what a warehouse is asked to do.
type Statement struct {
	ID      string `json:"id"`
	SQL     string `json:"sql"`
	Catalog string `json:"catalog"`
	Schema  string `json:"schema"`

	Session    string            `json:"session,omitempty"`    // whose variables and temporary views it sees; empty: none of its own
	Parameters map[string]string `json:"parameters,omitempty"` // by the names of their markers
}

// Rows is what a statement returns, as text; nil is null.
type Rows struct {
	Columns []Column    `json:"columns"`
	Values  [][]*string `json:"rows"`
}

// Column is a column of a result or of a table.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // as SQL spells it
	Nullable bool   `json:"nullable"`
	Comment  string `json:"comment"`
}

// SQLError is a statement that fails. Its message begins with its condition in brackets, as those of a warehouse do.
type SQLError struct{ Message string }

func (e *SQLError) Error() string { return e.Message }

// statements is the state of the SQL endpoint.
type statements struct {
	engine Engine
	chunk  int // rows in a part of a result
	polls  int // for which a statement goes on after it has ended
	all    map[string]*statement
	prefix string // of their numbers, which an engine has from several workspaces
	texts  []string
	links
}

type statement struct {
	Statement
	cancel context.CancelFunc
	polls  int
	linked bool // its result is had by links, in Arrow
	status sql.StatementStatus
	rows   Rows
}

// SetEngine says what carries out statements, in the warehouse of a number.
func (s *Server) SetEngine(warehouse string, e Engine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unity.warehouses[warehouse] = sql.StateRunning
	s.statements.engine = e
}

// SetPace makes a statement go on for a number of polls after it has ended, and gives results in parts of a number of rows.
func (s *Server) SetPace(polls, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statements.polls, s.statements.chunk = polls, rows
}

// Statements lists the statements that were started.
func (s *Server) Statements() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.statements.texts...)
}

func (s *Server) serveStatements() {
	s.statements.all, s.statements.prefix = map[string]*statement{}, rand.Text()[:8]
	const path = "/api/2.0/sql/statements/"
	handle(s, "POST "+path, func(w http.ResponseWriter, _ *http.Request, in sql.ExecuteStatementRequest) { s.execute(w, in) })
	handle(s, "GET "+path+"{id}", func(w http.ResponseWriter, r *http.Request, _ none) {
		if x := s.known(w, r); x != nil {
			if x.polls > 0 && x.status.State != sql.StatementStateRunning {
				x.polls--
				s.tell(w, x, sql.StatementStatus{State: sql.StatementStateRunning})
				return
			}
			s.tell(w, x, x.status)
		}
	})
	handle(s, "POST "+path+"{id}/cancel", func(w http.ResponseWriter, r *http.Request, _ none) {
		if x := s.known(w, r); x != nil {
			if x.status.State == sql.StatementStateRunning {
				x.status.State = sql.StatementStateCanceled
			}
			x.cancel()
			answer(w, struct{}{})
		}
	})
	handle(s, "GET "+path+"{id}/result/chunks/{n}", func(w http.ResponseWriter, r *http.Request, _ none) {
		if x := s.known(w, r); x != nil {
			n, _ := strconv.Atoi(r.PathValue("n"))
			answer(w, s.part(x, n))
		}
	})
	s.mux.HandleFunc("GET "+storage+"{id}/{n}", s.store)
}

func (s *Server) known(w http.ResponseWriter, r *http.Request) *statement {
	x := s.statements.all[r.PathValue("id")]
	if x == nil {
		refuse(w, http.StatusNotFound, "NOT_FOUND", "The statement "+r.PathValue("id")+" was not found.")
	}
	return x
}

// execute starts a statement, under the lock.
func (s *Server) execute(w http.ResponseWriter, in sql.ExecuteStatementRequest) {
	if _, ok := s.unity.warehouses[in.WarehouseId]; !ok {
		refuse(w, http.StatusNotFound, "RESOURCE_DOES_NOT_EXIST", "SQL warehouse "+in.WarehouseId+" does not exist.")
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	x := &statement{
		Statement: Statement{ID: fmt.Sprintf("%s-%08d", s.statements.prefix, s.id()), SQL: in.Statement, Catalog: in.Catalog, Schema: in.Schema},
		cancel:    cancel, polls: s.statements.polls, status: sql.StatementStatus{State: sql.StatementStateRunning},
		linked: in.Disposition == sql.DispositionExternalLinks,
	}
	if want := map[bool]sql.Format{false: sql.FormatJsonArray, true: sql.FormatArrowStream}[x.linked]; in.Format != want {
		refuse(w, http.StatusBadRequest, "INVALID_PARAMETER_VALUE", fmt.Sprintf("The format %s is not had by %s here.", in.Format, in.Disposition))
		return
	}
	s.statements.all[x.ID] = x
	s.statements.texts = append(s.statements.texts, in.Statement)
	engine := s.statements.engine
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	go func() {
		defer cancel()
		rows, err := s.compute(ctx, engine, x.Statement)
		s.mu.Lock()
		defer s.mu.Unlock()
		if x.status.State == sql.StatementStateCanceled {
			return
		}
		x.rows, x.status.State = rows, sql.StatementStateSucceeded
		if err != nil {
			x.status = sql.StatementStatus{State: sql.StatementStateFailed, Error: &sql.ServiceError{
				ErrorCode: sql.ServiceErrorCodeBadRequest, Message: err.Error(),
			}}
		}
	}()
	s.tell(w, x, x.status)
}

func (s *Server) compute(ctx context.Context, engine Engine, x Statement) (Rows, error) {
	if engine == nil {
		return Rows{}, errors.New("[INTERNAL_ERROR] nothing carries out statements here")
	}
	if s.ownStatement(x) {
		return Rows{}, nil
	}
	return engine.Execute(ctx, x)
}

func (s *Server) tell(w http.ResponseWriter, x *statement, status sql.StatementStatus) {
	response := sql.StatementResponse{StatementId: x.ID, Status: &status}
	out := map[string]any{"statement_id": x.ID, "status": &status}
	if status.State == sql.StatementStateSucceeded {
		response.Manifest = &sql.ResultManifest{
			TotalRowCount: int64(len(x.rows.Values)), Schema: &sql.ResultSchema{ColumnCount: len(x.rows.Columns)},
		}
		for i, c := range x.rows.Columns {
			response.Manifest.Schema.Columns = append(response.Manifest.Schema.Columns, sql.ColumnInfo{Name: c.Name, Position: i, TypeText: c.Type})
		}
		out["manifest"], out["result"] = response.Manifest, s.part(x, 0)
	}
	answer(w, out)
}

// partRows is how many rows a part of a result has.
func (s *Server) partRows() int {
	if s.statements.chunk == 0 {
		return 1000
	}
	return s.statements.chunk
}

// part is a part of a result. The SDK's type cannot say null.
func (s *Server) part(x *statement, n int) map[string]any {
	size := s.partRows()
	from := min(n*size, len(x.rows.Values))
	to := min(from+size, len(x.rows.Values))
	data := sql.ResultData{ChunkIndex: n, RowOffset: int64(from), RowCount: int64(to - from)}
	if to < len(x.rows.Values) {
		data.NextChunkIndex = n + 1
		data.NextChunkInternalLink = fmt.Sprintf("/api/2.0/sql/statements/%s/result/chunks/%d", x.ID, n+1)
	}
	if x.linked {
		return s.linkTo(x, data)
	}
	out := map[string]any{}
	text, _ := json.Marshal(data)
	json.Unmarshal(text, &out)
	out["data_array"] = x.rows.Values[from:to]
	return out
}
