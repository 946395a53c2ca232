package engine

import (
	"fmt"
	"slices"
	"testing"

	"featops/features"
	"featops/features/schema"
	"featops/workspaces"

	"github.com/google/go-cmp/cmp"
)

// found lists what a search brings: tables by their name, columns as table.column.
func (h *house) found(t *testing.T, query, workspace string) (names []string, f Found) {
	t.Helper()
	f, err := h.Search(query, workspace)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range f.Tables {
		names = append(names, e.Name)
	}
	for _, c := range f.Features {
		names = append(names, c.Table+"."+c.Name)
	}
	return names, f
}

// look makes the engine look at the workspaces as they are now.
func (h *house) look(t *testing.T) {
	t.Helper()
	if _, err := h.Do(t.Context(), Poll{}); err != nil {
		t.Fatal(err)
	}
}

func TestSearchRanks(t *testing.T) {
	h := open(t, setup{silent: true})
	h.bncapers.build("fs_other", 0,
		schema.Column{Name: "zzz_wanted_inside", Type: schema.Int},
		schema.Column{Name: "with_wanted", Type: schema.Int},
		schema.Column{Name: "notwantedword", Type: schema.Int},
		schema.Column{Name: "in_meaning", Type: schema.Int, Comment: "What is wanted, in words."},
		schema.Column{Name: "of_a_type", Type: "WANTED(10)"},
		schema.Column{Name: "wanted", Type: schema.Int},
		schema.Column{Name: "wanted_first", Type: schema.Int},
		schema.Column{Name: "wantedly", Type: schema.Int},
		schema.Column{Name: "a_wantedly", Type: schema.Int},
	)
	h.look(t)
	got, _ := h.found(t, "Wanted", "")
	want := []string{
		"fs_other.wanted", "fs_other.wanted_first", "fs_other.wantedly", // as the name, at its beginning
		"fs_other.zzz_wanted_inside", "fs_other.with_wanted", // a word of it
		"fs_other.a_wantedly",    // the beginning of a word
		"fs_other.notwantedword", // somewhere
		"fs_other.in_meaning", "fs_other.of_a_type",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSearch(t *testing.T) {
	h := open(t, setup{silent: true})
	h.medpag.build("fs_extra", 3,
		schema.Column{Name: "días_mora", Type: schema.BigInt, Comment: "Días de mora."},
		schema.Column{Name: "顧客", Type: schema.String, Comment: "顧客の区分"},
	)
	h.look(t)
	for query, want := range map[string]string{
		"chr_rating_num":              "fs_cus_credit_risk.chr_rating_num", // the whole name first
		"RATING_NUM":                  "fs_cus_credit_risk.chr_rating_num", // without the prefix, in any case
		"rating num":                  "fs_cus_credit_risk.chr_rating_num", // words as they are in a name
		"worst rating":                "fs_cus_credit_risk.chr_rating_num", // words of the meaning
		"boolean worsened":            "fs_cus_credit_risk.chr_ind_rating_worsened",
		"worsened fs_cus_credit_risk": "fs_cus_credit_risk.chr_ind_rating_worsened",
		"demo_db.clientes segment":    "fs_cus_demographic.cdmg_segment",          // a source
		"nivel_educativo":             "fs_cus_demographic.cdmg_educational_lvl1", // a column of a source
		"fs_cus_demographic":          "fs_cus_demographic",
		"dias mora fs_extra":          "fs_extra.días_mora", // accents make no difference
		"DÍAS_MORA":                   "fs_extra.días_mora",
		"顧客":                          "fs_extra.顧客",
		"  segment  ":                 "fs_cus_demographic.cdmg_segment",
	} {
		got, f := h.found(t, query, "")
		if len(got) == 0 || got[0] != want || f.Similar {
			t.Errorf("%q finds %v (similar: %t), want %s first", query, got[:min(5, len(got))], f.Similar, want)
		}
	}
}

// All words must be there: with more words less is found, and never anything else.
func TestSearchNeedsEveryWord(t *testing.T) {
	h := open(t, setup{silent: true})
	one, _ := h.found(t, "rating", "")
	two, _ := h.found(t, "rating minimum", "")
	if len(two) == 0 || len(two) >= len(one) {
		t.Errorf("%d with a word, %d with two", len(one), len(two))
	}
	for _, name := range two {
		if !slices.Contains(one, name) {
			t.Errorf("%s has two words and not one of them", name)
		}
	}
	if got, f := h.found(t, "rating xyzzy", ""); got != nil || f.Similar {
		t.Errorf("a word that nothing has: %v", got)
	}
}

func TestSearchForNothingFindsAll(t *testing.T) {
	h := open(t, setup{silent: true})
	columns := 0
	for _, table := range features.Tables() {
		columns += 2 + len(table.Features)
	}
	if _, f := h.found(t, "", ""); len(f.Tables) != len(features.Tables()) || len(f.Features) != columns {
		t.Errorf("%d tables and %d columns, want %d and %d", len(f.Tables), len(f.Features), len(features.Tables()), columns)
	}
}

// What nothing has is looked for in words like it, and never mixed with what has it.
func TestSearchForWordsLikeIt(t *testing.T) {
	h := open(t, setup{silent: true})
	for _, c := range []struct {
		query   string
		similar bool
		want    string // the first; "" for none
		nearest string
	}{
		{"raitng", true, "fs_cus_credit_risk.chr_rating_num", ""},
		{"segmant", true, "fs_cus_demographic.cdmg_segment", ""},
		{"raitng worsened", true, "fs_cus_credit_risk.chr_ind_rating_worsened", ""},
		{"rating", false, "fs_cus_credit_risk.chr_rating_num", ""},
		{"fs_credit_risk", false, "", "fs_cus_credit_risk"},
		{"xyzzy", false, "", ""},
		{"zz", false, "", ""}, // too short to be like anything
		{"***", false, "", ""},
	} {
		got, f := h.found(t, c.query, "")
		first, near := append(got, "")[0], append(f.Nearest, "")[0]
		if f.Similar != c.similar || first != c.want || near != c.nearest {
			t.Errorf("%q finds %q (similar: %t, nearest %q), want %q (%t, %q)", c.query, first, f.Similar, near, c.want, c.similar, c.nearest)
		}
	}
}

// A workspace has what it computes and what is registered there, column by column.
func TestSearchInAWorkspace(t *testing.T) {
	h := open(t, setup{silent: true})
	h.bncapers.build("fs_x", 2, schema.Column{Name: "x_old", Type: schema.Int}, schema.Column{Name: "x_new", Type: schema.Int})
	h.medpag.registrations["fs_x"] = workspaces.Registration{Table: workspaces.Table{
		Workspace: "bncapers", Name: "fs_x", Version: 1, Schema: schema.Schema{{Name: "x_old", Type: schema.Int}},
	}}
	h.look(t)
	for _, c := range []struct {
		workspace string
		want      []string
	}{
		{"", []string{"fs_x.x_old", "fs_x.x_new"}},
		{"bncapers", []string{"fs_x.x_old", "fs_x.x_new"}},
		{"medpag", []string{"fs_x.x_old"}},
	} {
		got, _ := h.found(t, "fs_x int", c.workspace)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("in %q (-want +got):\n%s", c.workspace, diff)
		}
	}
	if _, err := h.Search("", "nowhere"); err == nil {
		t.Error("a workspace that there is not was searched")
	}
}

// A catalogue of states: what is defined, what is there, what is registered, in every mixture.
func TestStatesOfTheCatalogue(t *testing.T) {
	h := open(t, setup{silent: true})
	column := func(name string) schema.Column { return schema.Column{Name: name, Type: schema.Int} }
	h.bncapers.build("fs_cus_credit_risk", 4, column("CHR_RATING_NUM"), column("chr_retired"))
	h.bncapers.build("fs_foreign", 0, column("f_there"))
	register := func(w *fakeWorkspace, from, table string, names ...string) {
		r := workspaces.Registration{Table: workspaces.Table{Workspace: from, Name: table, Version: 1}}
		for _, n := range names {
			r.Schema = append(r.Schema, column(n))
		}
		w.registrations[table] = r
	}
	register(h.medpag, "bncapers", "fs_cus_credit_risk", "chr_rating_num", "chr_gone")
	register(h.medpag, "bncapers", "fs_dropped", "d_gone")
	register(h.bncapers, "elsewhere", "fs_of_others", "o_other")
	h.look(t)
	for _, c := range []struct {
		query string
		want  string // state and where it is registered
	}{
		{"chr_rating_num", "built [medpag]"},
		{"chr_credits_cnt", "not_built []"},
		{"chr_retired", "undefined []"},
		{"chr_gone", "registered_only [medpag]"},
		{"f_there", "undefined []"},
		{"d_gone", "registered_only [medpag]"},
		{"o_other", "registered_only [bncapers]"},
		{"cdmg_segment", "not_built []"},
	} {
		_, f := h.found(t, c.query, "")
		if len(f.Features) == 0 {
			t.Errorf("%s is not found", c.query)
			continue
		}
		if got := fmt.Sprint(f.Features[0].State, " ", f.Features[0].RegisteredIn); got != c.want {
			t.Errorf("%s: %s, want %s", c.query, got, c.want)
		}
	}
}

// A workspace that is down says nothing about its tables: they are not taken for tables that are not built.
func TestCatalogueOfAWorkspaceThatIsDown(t *testing.T) {
	h := open(t, setup{silent: true})
	h.medpag.down = fmt.Errorf("no route to host")
	if _, err := h.Do(t.Context(), Poll{}); err == nil {
		t.Error("the look succeeded")
	}
	for query, want := range map[string]State{"ctrx_trx_cnt_m": Unreadable, "chr_rating_num": NotBuilt} {
		if _, f := h.found(t, query, ""); f.Features[0].State != want {
			t.Errorf("%s is %s, want %s", query, f.Features[0].State, want)
		}
	}
}
