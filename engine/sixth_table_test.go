package engine_test

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/engine"
	"featops/engine/config"
	"featops/features"
	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// complaints is a feature table that the product does not have.
func complaints() features.Table {
	return features.Table{
		Name: "fs_cus_complaints", Prefix: "ccmp_", Workspace: "bncapers", Entity: "customer", Description: "complaints",
		Source: features.Source{Database: "demo_db", Name: "reclamos", Columns: schema.Schema{
			{Name: "id_cliente", Type: schema.BigInt}, {Name: "periodo", Type: schema.String}, {Name: "canal", Type: schema.String},
		}},
		Customer: "id_cliente",
		Release:  features.Release{After: "periodo"},
		Frame:    features.Rows,
		Features: []features.Feature{
			{Name: "complaints_cnt", Value: features.Aggregate{Fn: features.Count}, Meaning: "Complaints in the month."},
			{Name: "complaints_cnt_rmax_3m", Value: features.Rolling{Fn: features.Max, Of: features.Ref("complaints_cnt"), Last: 3},
				Meaning: "Maximum of complaints_cnt over the last 3."},
		},
	}
}

const sixthTable = `
[[workspace]]
name = "bncapers"
[[workspace.job]]
name = "demo-feature-store"
[[workspace.job.task]]
key = "fs_cus_complaints"

[[workspace]]
name = "medpag"
[[workspace.job]]
name = "demo-feature-store"
[[workspace.job.task]]
key = "feature_registry"
`

// A sixth table is one definition: the engine builds, saves and registers it with no other code.
func TestASixthTableNeedsNoOtherCode(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "config.toml")
	if err := os.WriteFile(file, []byte(sixthTable), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, config.Overrides{{Key: "home", Value: home, Flag: "--home"}}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Options{
		Config: c, Tables: append(features.Tables(), complaints()), Policy: engine.Reject, Register: true,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: func() time.Time { return time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	src, err := e.Source("reclamos")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.PutSource(t.Context(), src, rows(src), func(string, int64) {}); err != nil {
		t.Fatal(err)
	}
	s, err := e.RunJobs(t.Context(), engine.MainJob{})
	if err != nil || s.Status != engine.Done || len(s.Registrations) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, w := range e.Workspaces() {
		if w.Name() != "medpag" {
			continue
		}
		r, err := w.Registration(t.Context(), "fs_cus_complaints")
		if err != nil || r.Rows != 2 || r.Schema.Index("ccmp_complaints_cnt_rmax_3m") < 0 {
			t.Errorf("medpag has %+v, %v", r, err)
		}
	}
}

// rows are three complaints of one customer in two months.
func rows(src features.Source) func() (array.RecordReader, error) {
	return func() (array.RecordReader, error) {
		s, err := src.Columns.Arrow()
		if err != nil {
			return nil, err
		}
		r, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader(`[
			{"id_cliente": 7, "periodo": "2026-01", "canal": "Teléfono"},
			{"id_cliente": 7, "periodo": "2026-01", "canal": null},
			{"id_cliente": 7, "periodo": "2026-03", "canal": "Web"}]`))
		if err != nil {
			return nil, err
		}
		defer r.Release()
		return array.NewRecordReader(s, []arrow.Record{r})
	}
}
