package main_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"featops/workspaces/delta"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// search is the JSON of features.
type search struct {
	Query   string
	Similar bool
	Tables  []struct {
		Workspace, Table, State, Description string
		Version, Rows                        int64
		Sources                              []string
		RegisteredIn                         []string `json:"registered_in"`
	}
	Features []struct {
		Feature, Type, Table, Workspace, State, Meaning, Formula string
		Key                                                      bool
		Inputs, Sources                                          []string
		RegisteredIn                                             []string `json:"registered_in"`
	}
	Nearest []string
}

// commented is a column with a comment.
func commented(name string, kind arrow.DataType, comment string) arrow.Field {
	return arrow.Field{Name: name, Type: kind, Nullable: true, Metadata: arrow.NewMetadata([]string{"comment"}, []string{comment})}
}

// foreign puts a table that no definition knows into bncapers.
func (h *home) foreign(name string, schema *arrow.Schema, rows ...string) {
	h.t.Helper()
	t := table{delta.At(filepath.Join(h.dir, "workspaces", "bncapers", "dev", "feature_store_demo_dev", name)), h.t}
	if _, err := t.Create(h.t.Context(), delta.Metadata{Schema: schema}, t.files(schema, rows...), delta.CommitOptions{}); err != nil {
		h.t.Fatal(err)
	}
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	h.featops("features", "WORSENED").exits(0).is(`
FEATURE                  TYPE     TABLE               WORKSPACE  STATE  REGISTERED IN  MEANING
chr_ind_rating_worsened  BOOLEAN  fs_cus_credit_risk  bncapers   built  medpag         The rating is worse than 1 back; null without one.
`)
	h.featops("features", "demographic", "segment").exits(0).is(`
FEATURE       TYPE    TABLE               WORKSPACE  STATE  REGISTERED IN  MEANING
cdmg_segment  STRING  fs_cus_demographic  bncapers   built  medpag         Segment by income.
`)
	var got search
	h.featops("features", "worsened", "--output", "json").exits(0).into(&got)
	if len(got.Features) != 1 || len(got.Tables) != 0 || got.Similar || got.Query != "worsened" {
		t.Fatalf("%+v", got)
	}
	f := got.Features[0]
	if f.Type != "BOOLEAN" || f.Formula != "rating_num > lag(rating_num, 1)" || f.State != "built" ||
		!slices.Equal(f.Inputs, []string{"calificacion_sistema"}) || !slices.Equal(f.Sources, []string{"demo_db.buro_credito"}) ||
		!slices.Equal(f.RegisteredIn, []string{"medpag"}) {
		t.Errorf("%+v", f)
	}
	h.featops("features", "fs_cus_demographic", "--output", "json").exits(0).into(&got)
	if len(got.Tables) != 1 || got.Tables[0].State != "built" || got.Tables[0].Version != 0 || got.Tables[0].Rows == 0 || len(got.Features) != 12 {
		t.Errorf("%d features, tables %+v", len(got.Features), got.Tables)
	}
}

// A table that is defined and not built is told as such; one of a home in which nothing has happened too.
func TestFeaturesThatAreNotBuilt(t *testing.T) {
	t.Parallel()
	emptyHome(t).featops("features", "fs_cus_demographic", "gender").exits(0).is(`
FEATURE      TYPE    TABLE               WORKSPACE  STATE      REGISTERED IN  MEANING
cdmg_gender  STRING  fs_cus_demographic  bncapers   not built  -              Gender.
`)
}

func TestFeaturesFindsNothing(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	h.featops("features", "xyzzy").exits(1).says(`no feature or table has "xyzzy"; ` + "`featops features` lists all").is("")
	h.featops("features", "fs_credit_risk").exits(1).says("did you mean fs_cus_credit_risk?").is("")
	var got search
	h.featops("features", "fs_credit_risk", "--output", "json").exits(1).into(&got)
	if got.Tables == nil || got.Features == nil || len(got.Tables)+len(got.Features) != 0 || !slices.Equal(got.Nearest, []string{"fs_cus_credit_risk"}) {
		t.Errorf("%+v", got)
	}
	h.featops("features", "wrosened").exits(0).prints(`Nothing has "wrosened". Similar:`, "chr_ind_rating_worsened")
	h.featops("features", "wrosened", "--output", "json").exits(0).into(&got)
	if !got.Similar || len(got.Features) == 0 || got.Features[0].Feature != "chr_ind_rating_worsened" {
		t.Errorf("%+v", got)
	}
	h.featops("features", "--workspace", "nowhere").exits(2).says(`workspace "nowhere" is unknown`)
}

// Columns that no definition knows are found with the rest, and keep the terminal as it is.
func TestFeaturesOfOthers(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	long := strings.Repeat("very_long_", 20) + "name"
	h.foreign("fs_foreign", arrow.NewSchema([]arrow.Field{
		commented("顧客区分", arrow.BinaryTypes.String, "お客様の区分"),
		commented("evil\x1b[2Jname", arrow.PrimitiveTypes.Int64, "red \x1b[31malert\x1b[0m\x07\r\n\x1b]0;title\x07 and \u202ereversed"),
		commented(long, arrow.FixedWidthTypes.Date32, "Long."),
		commented("año", arrow.FixedWidthTypes.Boolean, "Año."),
	}, nil), `{"顧客区分": "一般\u001b[31m"}`, `{"año": true}`)
	for _, args := range [][]string{{"features", "fs_foreign"}, {"describe", "fs_foreign"}, {"describe", "fs_foreign", "顧客区分"}, {"features", "evil\x1b[2J"}, {"describe", "fs_foreign", "evil2Jname"}} {
		r := h.featops(args...)
		if strings.ContainsFunc(r.stdout+r.stderr, func(c rune) bool { return c < ' ' && c != '\n' || c == 0x7f || c == '\u202e' }) {
			t.Errorf("featops %q: control characters got through: %q", args, r.stdout+r.stderr)
		}
	}
	h.featops("describe", "fs_foreign", "evil2Jname").exits(2).says("did you mean evilname?")
	h.featops("features", "fs_foreign").exits(0).prints("evilname", "red alert  and reversed", long, "お客様の区分", "undefined")
	r := h.featops("features", "fs_foreign", "año").exits(0).is(`
FEATURE  TYPE     TABLE       WORKSPACE  STATE      REGISTERED IN  MEANING
año      BOOLEAN  fs_foreign  bncapers   undefined  -              Año.
`)
	r = h.featops("features", "fs_foreign").exits(0)
	_, columns, _ := strings.Cut(r.stdout, "FEATURE")
	header, columns, _ := strings.Cut(columns, "\n")
	at := ansi.StringWidth("FEATURE" + header[:strings.Index(header, "TABLE")])
	for line := range strings.Lines(columns) {
		before, _, found := strings.Cut(line, "fs_foreign")
		if !found || ansi.StringWidth(before) != at {
			t.Errorf("the table stands in cell %d, want %d: %q", ansi.StringWidth(before), at, line)
		}
	}
	var got search
	h.featops("features", "fs_foreign", "evil", "--output", "json").exits(0).into(&got)
	if len(got.Features) != 1 || got.Features[0].Feature != "evil\x1b[2Jname" {
		t.Errorf("JSON has the name as it is: %+v", got.Features)
	}
}

// On a terminal no line is wider than it: a table where there is room, a few lines a feature elsewhere.
func TestFeaturesFitTheTerminal(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	for _, c := range []struct {
		columns uint16
		args    []string
		want    string
	}{
		{80, []string{"features", "ind_rating_worsened"},
			"chr_ind_rating_worsened  BOOLEAN  built\n    fs_cus_credit_risk in bncapers, registered in medpag\n    The rating is worse than 1 back; null without one.\n"},
		{112, []string{"features", "ind_rating_worsened"},
			"FEATURE                  TYPE     TABLE               WORKSPACE  STATE  REGISTERED IN  MEANING\n" +
				"chr_ind_rating_worsened  BOOLEAN  fs_cus_credit_risk  bncapers   built  medpag         The rating is worse than…\n"},
		{200, []string{"features", "ind_rating_worsened"},
			"FEATURE                  TYPE     TABLE               WORKSPACE  STATE  REGISTERED IN  MEANING\n" +
				"chr_ind_rating_worsened  BOOLEAN  fs_cus_credit_risk  bncapers   built  medpag         The rating is worse than 1 back; null without one.\n"},
		{80, []string{"features"}, ""},
		{80, []string{"describe", "fs_cus_holding_products"}, ""},
		{80, []string{"describe", "chr_bureau_score_sum"}, ""},
	} {
		s := h.onTerminalOf(c.columns, c.args...)
		s.exits(0)
		got := strings.ReplaceAll(s.all(), "\r\n", "\n")
		if c.want != "" {
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%v on %d columns (-want +got):\n%s", c.args, c.columns, diff)
			}
		}
		for line := range strings.Lines(got) {
			if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > int(c.columns) {
				t.Errorf("%v on %d columns: a line of %d: %q", c.args, c.columns, w, line)
			}
		}
	}
}
