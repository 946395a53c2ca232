package warehouse

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/databricks/databricks-sdk-go/service/sql"

	"featops/features/schema"
	"featops/workspaces/databricks/internal/connect"
)

const (
	partTime  = 5 * time.Minute // in which a part of a result is fetched
	partBytes = 512 << 20       // of the largest part that is taken; warehouses make them of about 20 MB
	tries     = 5               // for a part, each by a link of its own
)

// link is where a part of a result is. It lives for 15 minutes, and whoever has it can read the part: it is never shown.
type link struct {
	Address string            `json:"external_link"`
	Header  map[string]string `json:"http_headers"`
	Part    int               `json:"chunk_index"`
	Rows    int64             `json:"row_count"`
	Next    string            `json:"next_chunk_internal_link"`
}

// Rows runs a query whose columns are those of wanted, in name and type, and reads what it returns, one part of the result after the
// other: no more than one is in memory. A part that cannot be fetched, because its link is too old for one, is asked for anew. It
// reads for up to an hour, after which the warehouse forgets results.
//
// The error of Rows is that of Run. The caller releases the reader.
func (w *Warehouse) Rows(ctx context.Context, what, query string, wanted schema.Schema) (array.RecordReader, error) {
	columns, err := wanted.Arrow()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	r, err := w.carryOut(ctx, what, sql.ExecuteStatementRequest{
		Statement: query, Disposition: sql.DispositionExternalLinks, Format: sql.FormatArrowStream,
	})
	if err != nil {
		return nil, err
	}
	if r.Manifest == nil {
		return nil, fmt.Errorf("%s: the warehouse does not tell what the result is", what)
	}
	if r.Manifest.Truncated {
		return nil, fmt.Errorf("%s: the warehouse gives a part of the result only", what)
	}
	out := &rows{w: w, ctx: ctx, what: what, id: r.ID, columns: columns, wanted: wanted, left: r.Manifest.TotalRowCount, references: 1}
	if r.Result != nil {
		out.links = r.Result.Links
	}
	return out, nil
}

// rows implements [array.RecordReader].
type rows struct {
	w       *Warehouse
	ctx     context.Context // the interface has no place for one per record
	what    string
	id      string // of the statement
	columns *arrow.Schema
	wanted  schema.Schema

	links   []link // of parts that are not read
	left    int64  // rows that are not read
	part    int    // that is to be read next
	records []arrow.Record
	record  arrow.Record
	err     error

	references int
}

func (r *rows) Schema() *arrow.Schema { return r.columns }
func (r *rows) Record() arrow.Record  { return r.record }
func (r *rows) Err() error            { return r.err }
func (r *rows) Retain()               { r.references++ }

func (r *rows) Release() {
	if r.references--; r.references == 0 {
		r.drop()
		release(r.records)
		r.records = nil
	}
}

func (r *rows) drop() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
}

func release(records []arrow.Record) {
	for _, record := range records {
		record.Release()
	}
}

func (r *rows) Next() bool {
	r.drop()
	for r.err == nil && len(r.records) == 0 {
		if r.left == 0 {
			return false
		}
		r.err = r.nextPart()
	}
	if r.err != nil {
		return false
	}
	r.record, r.records = r.records[0], r.records[1:]
	return true
}

// nextPart reads the part of the result that follows.
func (r *rows) nextPart() error {
	if len(r.links) == 0 {
		return fmt.Errorf("%s: the warehouse gives %d rows less than it announces", r.what, r.left)
	}
	l := r.links[0]
	if l.Part != r.part {
		return fmt.Errorf("%s: the warehouse gives part %d of the result where part %d follows", r.what, l.Part, r.part)
	}
	records, err := r.read(l)
	if err != nil {
		return err
	}
	r.records, r.links = records, r.links[1:]
	r.left -= l.Rows
	r.part++
	if r.left < 0 {
		return fmt.Errorf("%s: the warehouse gives %d rows more than it announces", r.what, -r.left)
	}
	if r.left > 0 && len(r.links) == 0 && l.Next != "" {
		if !strings.HasPrefix(l.Next, path) {
			return fmt.Errorf("%s: the next part of the result is at no path of the warehouse", r.what)
		}
		r.links, err = r.linksAt(l.Next)
	}
	return err
}

// read fetches a part, by a new link when one fails.
func (r *rows) read(l link) ([]arrow.Record, error) {
	for n := 1; ; n++ {
		records, err := r.readOnce(l)
		var failed *connect.LinkError
		if err == nil || !errors.As(err, &failed) {
			return records, err
		}
		if n == tries {
			return nil, fmt.Errorf("%s: part %d of the result: %w", r.what, l.Part, err)
		}
		r.w.options.Log.DebugContext(r.ctx, "a part of a result was not to be had, asking for a new link", "what", r.what, "part", l.Part, "error", err)
		if err := r.w.options.Pause(r.ctx, firstPoll<<n); err != nil {
			return nil, errors.Join(context.Cause(r.ctx), err)
		}
		anew, err := r.linksAt(path + url.PathEscape(r.id) + "/result/chunks/" + strconv.Itoa(l.Part))
		if err != nil {
			return nil, err
		}
		if len(anew) == 0 || anew[0].Part != l.Part || anew[0].Rows != l.Rows {
			return nil, fmt.Errorf("%s: the warehouse gives another part of the result than part %d", r.what, l.Part)
		}
		l = anew[0]
	}
}

// readOnce fetches a part, whole. What cannot be read is as good as not fetched.
func (r *rows) readOnce(l link) ([]arrow.Record, error) {
	body, err := r.w.options.Connection.Fetch(r.ctx, partTime, l.Address, l.Header, partBytes)
	if err != nil {
		return nil, err
	}
	stored, err := decode(body, l.Rows)
	if err != nil {
		return nil, &connect.LinkError{Err: err}
	}
	defer release(stored)
	var out []arrow.Record
	for _, record := range stored {
		typed, err := r.typed(record)
		if err != nil {
			release(out)
			return nil, fmt.Errorf("%s: %w", r.what, err)
		}
		out = append(out, typed)
	}
	return out, nil
}

// linksAt asks for links.
func (r *rows) linksAt(at string) ([]link, error) {
	var c chunk
	err := r.w.get(r.ctx, r.what, at, &c)
	return c.Links, err
}
