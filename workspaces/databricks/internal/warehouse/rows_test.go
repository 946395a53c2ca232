package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/google/go-cmp/cmp"

	"featops/features/schema"
	"featops/workspaces/databricks/double"
	"featops/workspaces/databricks/internal/connect"
	"featops/workspaces/databricks/internal/warehouse"
)

const storage = "GET /storage/"

var numbered = schema.Schema{{Name: "n", Type: schema.BigInt}}

// count opens the rows of a query that gives the numbers from 0 on.
func count(ctx context.Context, t *testing.T, b *bench, rows int) (array.RecordReader, error) {
	t.Helper()
	var values [][]any
	for i := range rows {
		values = append(values, []any{i})
	}
	b.Answer("SELECT", "n BIGINT", values...)
	r, err := b.w.Rows(ctx, "read fs_a", "SELECT n FROM t", numbered)
	if err == nil {
		t.Cleanup(r.Release)
	}
	return r, err
}

// numbers reads all rows, which have to be the numbers from 0 on, as far as they go.
func numbers(t *testing.T, r array.RecordReader) (read int, err error) {
	t.Helper()
	for r.Next() {
		for _, n := range r.Record().Column(0).(*array.Int64).Int64Values() {
			if n != int64(read) {
				t.Fatalf("row %d is %d", read, n)
			}
			read++
		}
	}
	return read, r.Err()
}

// secret wants no signature of a link in the log, nor in an error.
func secret(t *testing.T, b *bench, err error) {
	t.Helper()
	for _, signature := range b.Links() {
		if strings.Contains(b.log.String()+fmt.Sprint(err), signature) {
			t.Errorf("a link is shown: %v\n%s", err, b.log.String())
		}
	}
}

func TestRowsOfAnyNumberAreReadPartByPart(t *testing.T) {
	for _, rows := range []int{0, 1, 4, 5, 23} {
		for _, each := range []int{0, 3} {
			b := open(t, "w1")
			b.SetPace(2, 4)
			b.SetRecords(each)
			r, err := count(t.Context(), t, b, rows)
			if err != nil {
				t.Fatal(err)
			}
			n, err := numbers(t, r)
			if err != nil || n != rows {
				t.Errorf("%d rows of %d, %v", n, rows, err)
			}
			parts := len(slices.DeleteFunc(b.Calls(), func(c string) bool { return !strings.HasPrefix(c, storage) }))
			if want := (rows + 3) / 4; parts != want {
				t.Errorf("%d rows came in %d parts, want %d", rows, parts, want)
			}
			secret(t, b, err)
		}
	}
}

func TestRowsOfEveryType(t *testing.T) {
	b := open(t, "w1")
	b.Answer("SELECT", "b BOOLEAN, i INT, s SMALLINT, t TINYINT, l BIGINT, d DOUBLE, f FLOAT, x STRING, day DATE, at TIMESTAMP, m DECIMAL(18,2)",
		[]any{"true", "-7", "300", "-8", "9007199254740993", "NaN", "1.5", "", "2024-02-29", "2024-02-29T12:30:00.123456Z", "-12.34"},
		[]any{"false", "0", "0", "0", "-1", "-Infinity", "Infinity", "(null)", "1969-12-31", "1969-12-31T23:59:59.999999Z", "0.00"},
		[]any{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
	)
	var wanted schema.Schema
	for _, c := range strings.Split("b BOOLEAN, i INT, s INT, t INT, l BIGINT, d DOUBLE, f FLOAT, x STRING, day DATE, at TIMESTAMP, m DECIMAL(18,2)", ", ") {
		name, kind, _ := strings.Cut(c, " ")
		wanted = append(wanted, schema.Column{Name: name, Type: schema.Type(kind)})
	}
	r, err := b.w.Rows(t.Context(), "read fs_a", "SELECT", wanted)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() {
		t.Fatal(r.Err())
	}
	if found, err := schema.OfArrow(r.Record().Schema()); err != nil || !slices.Equal(found, wanted) {
		t.Errorf("columns %v, %v", found, err)
	}
	got := make([][]string, r.Record().NumRows())
	for _, c := range r.Record().Columns() {
		for i := range got {
			got[i] = append(got[i], c.ValueStr(i))
		}
	}
	null := array.NullValueStr
	want := [][]string{
		{"true", "-7", "300", "-8", "9007199254740993", "NaN", "1.5", "", "2024-02-29", "2024-02-29 12:30:00.123456Z", "-12.34"},
		{"false", "0", "0", "0", "-1", "-Inf", "+Inf", "(null)", "1969-12-31", "1969-12-31 23:59:59.999999Z", "0"},
		{null, null, null, null, null, null, null, null, null, null, null},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if x := r.Record().Column(7); x.IsNull(1) || !x.IsNull(2) {
		t.Error("a text that looks like a null is one, or a null is none")
	}
}

// What goes wrong with a part once costs a new link, and no row comes twice.
func TestAPartThatCannotBeFetchedIsAskedForAnew(t *testing.T) {
	for name, spoil := range map[string]func(b *bench){
		"all links have expired": func(b *bench) { b.ExpireLinks() },
		"storage has too many calls": func(b *bench) {
			b.Server.Fail(storage, 3, double.Fault{Status: http.StatusTooManyRequests, RetryAfter: 2})
		},
		"storage is down for long":   func(b *bench) { b.Server.Fail(storage, 12, double.Fault{Status: http.StatusServiceUnavailable}) },
		"storage knows no such part": func(b *bench) { b.Server.Fail(storage, 1, double.Fault{Status: http.StatusNotFound}) },
		"it hangs up":                func(b *bench) { b.Server.Fail(storage, 7, double.Fault{Gone: true}) },
		"the transfer is cut":        func(b *bench) { b.Server.Fail(storage, 1, double.Fault{Cut: true}) },
		"the stream is cut in half":  func(b *bench) { b.SpoilPart(func(s []byte) []byte { return s[:len(s)/2] }) },
		"the stream lacks its end":   func(b *bench) { b.SpoilPart(func(s []byte) []byte { return s[:len(s)-300] }) },
		"the stream is empty":        func(b *bench) { b.SpoilPart(func([]byte) []byte { return nil }) },
		"a page of a proxy":          func(b *bench) { b.SpoilPart(func([]byte) []byte { return []byte("<html>Sign in</html>") }) },
		"the call for a link fails": func(b *bench) {
			b.ExpireLinks()
			b.Server.Fail(polls, 2, double.Fault{Status: http.StatusTooManyRequests})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "w1")
			b.SetPace(0, 4)
			b.SetRecords(1)
			r, err := count(t.Context(), t, b, 23)
			if err != nil {
				t.Fatal(err)
			}
			read := 0
			for range 6 { // into the second part
				if !r.Next() {
					t.Fatal(r.Err())
				}
				read++
			}
			spoil(b)
			for r.Next() {
				if n := r.Record().Column(0).(*array.Int64).Value(0); n != int64(read) {
					t.Fatalf("row %d is %d", read, n)
				}
				read++
			}
			if err := r.Err(); err != nil || read != 23 {
				t.Errorf("%d rows, %v", read, err)
			}
			secret(t, b, r.Err())
		})
	}
}

// What goes wrong for good is an error that says what.
func TestAPartThatIsNotToBeHad(t *testing.T) {
	for name, c := range map[string]struct {
		first, then func(b *bench) // before the first part, and after it
		want        string
	}{
		"the links are never good": {
			then: func(b *bench) { b.Server.Fail(storage, 100, double.Fault{Status: http.StatusForbidden}) },
			want: "part 1 of the result: storage answers with status 403",
		},
		"storage is down": {
			then: func(b *bench) { b.Server.Fail(storage, 100, double.Fault{Gone: true}) },
			want: "part 1 of the result: storage: ",
		},
		"the result has expired": {
			first: func(b *bench) {
				b.Server.Fail(polls, 1, double.Fault{Status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no such result"})
			},
			want: "no such result",
		},
		"another part follows": {
			first: func(b *bench) { b.says(polls, `{"external_links":[{"chunk_index":4,"row_count":4}]}`) },
			want:  "gives part 4 of the result where part 1 follows",
		},
		"no part follows": {
			first: func(b *bench) { b.says(polls, `{}`) },
			want:  "gives 19 rows less than it announces",
		},
		"the part is another after its link has expired": {
			first: func(b *bench) { b.says(polls, `{"external_links":[{"chunk_index":1,"row_count":40}]}`) },
			want:  "gives another part of the result than part 1",
		},
		"the part is no Arrow": {
			then: func(b *bench) {
				for range 5 {
					b.SpoilPart(func([]byte) []byte { return []byte("<html>Sign in</html>") })
				}
			},
			want: "part 1 of the result: storage: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, "w1")
			b.SetPace(0, 4)
			r, err := count(t.Context(), t, b, 23)
			if err != nil {
				t.Fatal(err)
			}
			if c.first != nil {
				c.first(b)
			}
			read := 0
			if c.then != nil {
				if !r.Next() {
					t.Fatal(r.Err())
				}
				read = int(r.Record().NumRows())
				c.then(b)
			}
			for r.Next() {
				read += int(r.Record().NumRows())
			}
			err = r.Err()
			if err == nil || !strings.HasPrefix(err.Error(), "read fs_a: ") || !strings.Contains(err.Error(), c.want) || read > 4 {
				t.Errorf("error %v after %d rows, want %s", err, read, c.want)
			}
			secret(t, b, err)
		})
	}
}

func TestColumnsThatAreNotThoseWanted(t *testing.T) {
	for columns, want := range map[string]string{
		"n STRING":           "column 1 of the result is n utf8, and not n BIGINT",
		"m BIGINT":           "column 1 of the result is m int64, and not n BIGINT",
		"n BIGINT, m BIGINT": "the result has 2 columns, and not 1",
		"n INT":              "column 1 of the result is n int32, and not n BIGINT",
	} {
		b := open(t, "w1")
		b.Answer("SELECT", columns, slices.Repeat([]any{"1"}, strings.Count(columns, ",")+1))
		r, err := b.w.Rows(t.Context(), "read fs_a", "SELECT", numbered)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := numbers(t, r); err == nil || err.Error() != "read fs_a: "+want {
			t.Errorf("%s: error %v", columns, err)
		}
		r.Release()
	}
	b := open(t, "w1")
	if _, err := b.w.Rows(t.Context(), "read fs_a", "SELECT", schema.Schema{{Name: "a", Type: "array<int>"}}); err == nil || !strings.Contains(err.Error(), `column a: type "array<int>"`) {
		t.Errorf("error %v", err)
	}
}

func TestRowsWithoutAWarehouse(t *testing.T) {
	b := open(t, "")
	if _, err := b.w.Rows(t.Context(), "read fs_a", "SELECT", numbered); !errors.Is(err, warehouse.ErrNone) {
		t.Errorf("error %v", err)
	}
}

// A context that ends between two parts ends the reading.
func TestReadingEndsWithItsContext(t *testing.T) {
	b := open(t, "w1")
	b.SetPace(0, 4)
	ctx, cancel := context.WithCancelCause(t.Context())
	r, err := count(ctx, t, b, 23)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	stop := errors.New("featops is stopping")
	cancel(stop)
	if n, err := numbers(t, r); !errors.Is(err, stop) || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	var link *connect.LinkError
	if errors.As(r.Err(), &link) {
		t.Errorf("it counts as a bad link: %v", r.Err())
	}
}
