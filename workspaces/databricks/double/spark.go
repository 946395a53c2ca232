package double

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/databricks/databricks-sdk-go/service/catalog"
)

// Spark is an engine that hands statements to a Spark with Delta Lake, by way of the process that .ci/spark_warehouse.py is.
type Spark struct{ Address string }

// Execute implements [Engine].
func (s Spark) Execute(ctx context.Context, x Statement) (Rows, error) {
	stop := context.AfterFunc(ctx, func() {
		ctx, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer done()
		s.post(ctx, "/cancel", map[string]string{"id": x.ID}, &struct{}{})
	})
	defer stop()
	var out Rows
	err := s.post(ctx, "/run", x, &out)
	return out, err
}

// Details is what a catalog says of a table.
type Details struct {
	Columns    []Column          `json:"columns"`
	Comment    string            `json:"comment"`
	Properties map[string]string `json:"properties"`
	Location   string            `json:"location"`
	ID         string            `json:"id"`
	CreatedAt  int64             `json:"created_at"` // milliseconds since 1970, as updated_at
	UpdatedAt  int64             `json:"updated_at"`

	Type   catalog.TableType        `json:"-"` // empty: MANAGED
	Format catalog.DataSourceFormat `json:"-"` // empty: DELTA
}

// Details reads a table; the error is a *SQLError when there is none.
func (s Spark) Details(ctx context.Context, fullName string) (Details, error) {
	var out Details
	err := s.post(ctx, "/table", map[string]string{"name": fullName}, &out)
	return out, err
}

// Names lists the tables of a schema, given as catalog.schema; the error is a *SQLError when there is no such schema.
func (s Spark) Names(ctx context.Context, schema string) ([]string, error) {
	var out struct{ Names []string }
	err := s.post(ctx, "/tables", map[string]string{"schema": schema}, &out)
	return out.Names, err
}

// Load makes a Delta table of a folder of Parquet files.
func (s Spark) Load(ctx context.Context, fullName, folder string) error {
	return s.post(ctx, "/load", map[string]string{"name": fullName, "parquet": folder}, &struct{}{})
}

func (s Spark) post(ctx context.Context, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Address+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&raw); err != nil {
		return fmt.Errorf("Spark answers %s: %w", response.Status, err)
	}
	var failed struct {
		Error *struct{ Condition, Message string } `json:"error"`
	}
	if json.Unmarshal(raw, &failed) == nil && failed.Error != nil {
		return &SQLError{failed.Error.Message}
	}
	return json.Unmarshal(raw, into)
}
