package double

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/databricks/databricks-sdk-go/service/sql"

	"featops/features/schema"
)

// linkHeader is what requests for parts of results must have beside the link, as storage with keys of its customers wants it.
const linkHeader = "X-Featops-Double"

// links is the state of the storage that results are had from.
type links struct {
	given map[string]time.Time // by signature: until when it is good
	each  int                  // rows in a record; 0: all of a part
	spoil []func([]byte) []byte
}

// Links lists the signatures of the links that were given, which are secrets.
func (s *Server) Links() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for signature := range s.statements.given {
		out = append(out, signature)
	}
	return out
}

// ExpireLinks ends the links that were given.
func (s *Server) ExpireLinks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for signature := range s.statements.given {
		s.statements.given[signature] = time.Time{}
	}
}

// SpoilPart changes the next part of a result that is fetched.
func (s *Server) SpoilPart(change func([]byte) []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statements.spoil = append(s.statements.spoil, change)
}

// SetRecords gives parts of results in records of a number of rows.
func (s *Server) SetRecords(rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statements.each = rows
}

// linkTo is a part of a result by its link, under the lock.
func (s *Server) linkTo(x *statement, data sql.ResultData) map[string]any {
	if data.RowCount == 0 {
		return map[string]any{}
	}
	if s.statements.given == nil {
		s.statements.given = map[string]time.Time{}
	}
	signature, until := rand.Text(), s.now().Add(15*time.Minute)
	s.statements.given[signature] = until
	return map[string]any{"external_links": []sql.ExternalLink{{
		ExternalLink: fmt.Sprintf("%s%s%s/%d?sig=%s", s.URL, storage, x.ID, data.ChunkIndex, signature),
		Expiration:   until.Format(time.RFC3339), HttpHeaders: map[string]string{linkHeader: "yes"},
		ChunkIndex: data.ChunkIndex, RowOffset: data.RowOffset, RowCount: data.RowCount,
		NextChunkIndex: data.NextChunkIndex, NextChunkInternalLink: data.NextChunkInternalLink,
	}}}
}

// store is the storage: it gives a part to whoever has a link that is good, and refuses credentials of the workspace.
func (s *Server) store(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, n := s.statements.all[r.PathValue("id")], 0
	if n, _ = strconv.Atoi(r.PathValue("n")); x == nil {
		http.Error(w, "NoSuchKey", http.StatusNotFound)
		return
	}
	if s.now().After(s.statements.given[r.URL.Query().Get("sig")]) {
		http.Error(w, "AccessDenied: Request has expired", http.StatusForbidden)
		return
	}
	if r.Header.Get("Authorization") != "" || r.Header.Get(linkHeader) == "" {
		http.Error(w, "InvalidArgument", http.StatusBadRequest)
		return
	}
	size := s.partRows()
	from := min(n*size, len(x.rows.Values))
	body, err := arrowStream(x.rows.Columns, x.rows.Values[from:min(from+size, len(x.rows.Values))], s.statements.each)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if len(s.statements.spoil) > 0 {
		body, s.statements.spoil = s.statements.spoil[0](body), s.statements.spoil[1:]
	}
	w.Header().Set("Content-Type", "binary/octet-stream")
	w.Write(body)
}

// arrowStream is rows as a warehouse writes them in Arrow: small integers as such, times in the time zone of the session.
func arrowStream(columns []Column, values [][]*string, each int) ([]byte, error) {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		kind, err := arrowType(c.Type)
		if err != nil {
			return nil, err
		}
		fields[i] = arrow.Field{Name: c.Name, Type: kind, Nullable: true}
	}
	var out bytes.Buffer
	layout := arrow.NewSchema(fields, nil)
	writer := ipc.NewWriter(&out, ipc.WithSchema(layout))
	if each == 0 {
		each = max(1, len(values))
	}
	for rows := range slices.Chunk(values, each) {
		b := array.NewRecordBuilder(memory.DefaultAllocator, layout)
		for _, row := range rows {
			for i, value := range row {
				if err := appendText(b.Field(i), value); err != nil {
					return nil, fmt.Errorf("column %s: %q: %w", columns[i].Name, *value, err)
				}
			}
		}
		record := b.NewRecord()
		err := writer.Write(record)
		record.Release()
		b.Release()
		if err != nil {
			return nil, err
		}
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func appendText(b array.Builder, value *string) error {
	switch b := b.(type) {
	case *array.StringBuilder:
		if value != nil {
			b.Append(*value)
			return nil
		}
	case *array.TimestampBuilder:
		if value != nil {
			return b.AppendValueFromString(strings.TrimSuffix(*value, "Z"))
		}
	}
	if value == nil {
		b.AppendNull()
		return nil
	}
	return b.AppendValueFromString(*value)
}

func arrowType(kind string) (arrow.DataType, error) {
	switch kind {
	case "TINYINT":
		return arrow.PrimitiveTypes.Int8, nil
	case "SMALLINT":
		return arrow.PrimitiveTypes.Int16, nil
	case "TIMESTAMP":
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "Etc/UTC"}, nil
	}
	return schema.Type(kind).Arrow()
}
