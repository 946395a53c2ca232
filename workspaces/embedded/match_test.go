package embedded

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"featops/features/asof"
	"featops/workspaces"
)

// someLabels makes labels from lists of customers and days.
func someLabels(t *testing.T, customers, days string) *asof.Labels {
	t.Helper()
	parse := func(kind arrow.DataType, text string) arrow.Array {
		a, _, err := array.FromJSON(memory.DefaultAllocator, kind, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	labels, err := asof.New(parse(arrow.PrimitiveTypes.Int64, customers), parse(arrow.FixedWidthTypes.Date32, days).(*array.Date32))
	if err != nil {
		t.Fatal(err)
	}
	return labels
}

// matched joins labels with the column t_cnt of the table.
func matched(t *testing.T, w *Workspace, table workspaces.Table, labels *asof.Labels) (string, asof.Counts) {
	t.Helper()
	m, err := w.Match(t.Context(), table, labels, -1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Column(t.Context(), "t_cnt")
	if err := errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(c.Slice(0, c.Len())), m.Counts()
}

func TestLabelsAreMatchedAtTheVersionThatIsAskedFor(t *testing.T) {
	w := open(t)
	def := visitCount(countFeature)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 2}
		{"id": 1, "month": "2024-03", "n": 3}
		{"id": 2, "month": "2024-02", "n": 5}`)
	mustBuild(t, w, def, nil)
	put(t, w, visits, `{"id": 1, "month": "2024-01", "n": 20}
		{"id": 3, "month": "2024-01", "n": 9}`)
	mustBuild(t, w, def, nil)

	labels := someLabels(t, `[2, 1, 1, 1, 3, 2]`, `["2024-02-29", "2024-02-01", "2024-03-31", "2024-04-01", "2024-06-01", "2024-03-01"]`)
	for version, want := range []string{"[(null) 2 2 3 (null) 5]", "[(null) 20 20 3 9 5]"} {
		table, err := w.TableAt(t.Context(), def.Name, int64(version))
		if err != nil {
			t.Fatal(err)
		}
		if got, counts := matched(t, w, table, labels); got != want || counts.NotYet != 1 || counts.Unknown != int64(1-version) {
			t.Errorf("version %d gives %s, want %s; counts %+v", version, got, want, counts)
		}
	}
	if _, err := w.TableAt(t.Context(), def.Name, 2); err == nil {
		t.Error("a version that does not exist was found")
	}
	if _, err := w.TableAt(t.Context(), "fs_other", 0); !errors.Is(err, workspaces.ErrNoTable) {
		t.Errorf("error %v of a table that does not exist", err)
	}
}
