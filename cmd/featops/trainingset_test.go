package main_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// trainingSet is a manifest as far as tests look at it.
type trainingSet struct {
	Labels struct {
		Rows, Repeated int
		SHA256         string
		Bad            struct {
			NoCustomer int `json:"no_customer"`
			NoTime     int `json:"no_time"`
		}
	}
	Tables []struct {
		Table   string
		Version int64
		Columns []string
		Today   bool
		Labels  struct {
			Matched, Unusable int
			Unknown           int `json:"unknown_customer"`
			NotYet            int `json:"not_yet"`
			TooOld            int `json:"too_old"`
		}
	}
	Columns  []struct{ Name, Table string }
	Output   struct{ Format string }
	Warnings []string
}

// readCSV reads a CSV file as a header and rows.
func readCSV(t *testing.T, path string) (header []string, rows [][]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

// newest is what a label has to see of a table: the cells of the newest of its rows at or before a day, by column.
func newest(rows map[string]string, customer, day string) map[string]string {
	found := ""
	for key := range rows {
		if who, release, _ := strings.Cut(key, " "); who == customer && release <= day && release > found {
			found = release
		}
	}
	cells := map[string]string{}
	for cell := range strings.FieldsSeq(rows[customer+" "+found]) {
		name, value, _ := strings.Cut(cell, "=")
		cells[name] = value
	}
	return cells
}

// labelsOf writes labels for some customers of a table and for one that nobody knows, none in order, one twice.
func labelsOf(h *home, name string) (path string, rows [][]string) {
	var customers []string
	for key := range h.table("fs_cus_transactions").rows(0) {
		customers = append(customers, strings.Fields(key)[0])
	}
	slices.Sort(customers)
	customers = slices.Compact(customers)[:12]
	text := "churned,id_cliente,day,note\n"
	for i, day := range []string{"2026-03-15", "2026-05-01", "2025-12-31", "2020-01-01", "2026-04-30", "2026-05-01"} {
		for j, c := range append(slices.Clone(customers), "1") {
			if (i+j)%2 == 0 {
				row := []string{fmt.Sprint((i + j) % 4 / 2), c, day, "n" + fmt.Sprint(i)}
				rows = append(rows, row)
				text += strings.Join(row, ",") + "\n"
			}
		}
	}
	return h.write(name, text), rows
}

func TestEveryLabelSeesTheNewestRowOfEachTableAndNothingLater(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	labels, rows := labelsOf(h, "labels.csv")
	out := filepath.Join(h.dir, "set.csv")
	var m trainingSet
	h.featops("training-set", "--labels", labels, "--out", out, "--output", "json").exits(0).into(&m)

	header, set := readCSV(t, out)
	if len(set) != len(rows) {
		t.Fatalf("%d rows, want one for each of %d labels", len(set), len(rows))
	}
	if !slices.Equal(header[:4], []string{"churned", "id_cliente", "day", "note"}) {
		t.Fatalf("columns %v do not begin with those of the labels", header[:4])
	}
	tables := map[string]map[string]string{}
	for _, name := range featureTables {
		tables[name] = h.table(name).rows(0)
	}
	if len(m.Columns) != len(header) || len(m.Tables) != len(featureTables) {
		t.Fatalf("the manifest has %d columns and %d tables", len(m.Columns), len(m.Tables))
	}
	features := 0
	for i, row := range set {
		if !slices.Equal(row[:4], rows[i]) {
			t.Fatalf("row %d is of label %v, want %v", i, row[:4], rows[i])
		}
		for j, c := range m.Columns {
			if c.Table == "" {
				continue
			}
			features++
			if want := newest(tables[c.Table], rows[i][1], rows[i][2])[c.Name]; row[j] != want {
				t.Fatalf("label %v: %s is %q, want %q", rows[i], c.Name, row[j], want)
			}
		}
	}
	if features != len(rows)*336 {
		t.Errorf("%d feature cells were compared, want 336 for each label", features)
	}
	for _, table := range m.Tables {
		if sum := table.Labels.Matched + table.Labels.Unknown + table.Labels.NotYet; sum != len(rows) {
			t.Errorf("the counts of %s are %+v of %d labels", table.Table, table.Labels, len(rows))
		}
		if table.Today != (table.Table == "fs_cus_demographic") {
			t.Errorf("attributes of %s are those of today: %v", table.Table, table.Today)
		}
	}
	if len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], "fs_cus_demographic has the attributes of today") {
		t.Errorf("warnings %q", m.Warnings)
	}
	if m.Labels.Repeated == 0 || m.Labels.SHA256 == "" {
		t.Errorf("labels are told as %+v", m.Labels)
	}
}

func TestChosenTablesColumnsVersionsAndLookback(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	labels, rows := labelsOf(h, "labels.csv")
	out := filepath.Join(h.dir, "set.csv")
	before := h.table("fs_cus_transactions").rows(0)
	// A second version, in which a customer has other values.
	source := h.table("transacciones")
	changed := filepath.Join(h.dir, "changed.csv")
	source.csv(changed, func(row map[string]string) { row["numero_transacciones"] = "77" })
	h.featops("ingest", "transacciones", changed, "--mapping", h.write("same.toml", source.sameColumns("transacciones"))).exits(0)
	between := time.Now()
	h.featops("build", "fs_cus_transactions", "--param", june).exits(0)
	after := h.table("fs_cus_transactions").rows(1)
	// A table that is younger than the time asked for is in nobody's way, as long as none of its features is wanted.
	if err := os.RemoveAll(h.table("fs_cus_demographic").Path()); err != nil {
		t.Fatal(err)
	}
	h.featops("build", "fs_cus_demographic", "--param", june).exits(0)

	for _, c := range []struct {
		name string
		args []string
		rows map[string]string
	}{
		{"the newest version", nil, after},
		{"a version", []string{"--versions", "fs_cus_transactions=0"}, before},
		{"a time", []string{"--as-of", between.UTC().Format(time.RFC3339Nano)}, before},
	} {
		var m trainingSet
		h.featops(append([]string{"training-set", "--labels", labels, "--out", out, "--overwrite", "--output", "json", "--features",
			"ctrx_trx_cnt_m,fs_cus_transactions.ctrx_ind_active"}, c.args...)...).exits(0).into(&m)
		header, set := readCSV(t, out)
		if want := []string{"churned", "id_cliente", "day", "note", "ctrx_trx_cnt_m", "ctrx_ind_active"}; !slices.Equal(header, want) {
			t.Fatalf("%s: columns %v, want %v", c.name, header, want)
		}
		for i, row := range set {
			if want := newest(c.rows, rows[i][1], rows[i][2])["ctrx_trx_cnt_m"]; row[4] != want {
				t.Fatalf("%s: label %v has %q, want %q", c.name, rows[i], row[4], want)
			}
		}
	}

	var m trainingSet
	h.featops("training-set", "--labels", labels, "--out", out, "--overwrite", "--output", "json", "--tables", "fs_cus_transactions", "--lookback", "14d").exits(0).into(&m)
	_, set := readCSV(t, out)
	for i, row := range set {
		// The tables have a row a month, released on its first day: only labels of the first fourteen days, and of the one after, see it.
		if day := rows[i][2][8:]; day > "15" && strings.Join(row[4:], "") != "" {
			t.Fatalf("label %v sees a row that is more than 14 days older", rows[i])
		}
	}
	if m.Tables[0].Labels.TooOld == 0 || m.Tables[0].Labels.Matched == 0 {
		t.Errorf("counts %+v", m.Tables[0].Labels)
	}
}

func TestTheVerySameSetIsMadeAgainFromItsManifest(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	labels, _ := labelsOf(h, "labels.csv")
	first := filepath.Join(h.dir, "first.parquet")
	manifest := first + ".manifest.json"
	h.featops("training-set", "--labels", labels, "--out", first, "--tables", "fs_cus_transactions,fs_cus_credit_risk", "--lookback", "200d").exits(0).
		prints("first.parquet: ", "fs_cus_transactions", "manifest: "+manifest)
	// The tables go on.
	h.featops("build", "fs_cus_transactions", "--param", "end_date=2026-02-01", "--param", "force_overwrite=true").exits(0)
	again := filepath.Join(h.dir, "again.parquet")
	h.featops("training-set", "--from-manifest", manifest, "--out", again).exits(0)
	if diff := cmp.Diff(must(os.ReadFile(first)), must(os.ReadFile(again))); diff != "" {
		t.Error("the bytes differ")
	}
	moved := filepath.Join(h.dir, "moved.csv")
	if err := os.Rename(labels, moved); err != nil {
		t.Fatal(err)
	}
	h.featops("training-set", "--from-manifest", manifest, "--out", again, "--overwrite").exits(1).says("labels.csv")
	h.featops("training-set", "--from-manifest", manifest, "--out", again, "--overwrite", "--labels", moved).exits(0)
	h.featops("training-set", "--from-manifest", manifest, "--out", again, "--overwrite", "--labels", moved, "--lookback", "3d").exits(2).says("--lookback: the manifest says it already")
	other, _ := labelsOf(h, "other.csv")
	if err := os.WriteFile(other, append(must(os.ReadFile(other)), "1,1,2026-01-01,x\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	h.featops("training-set", "--from-manifest", manifest, "--out", again, "--overwrite", "--labels", other).exits(1).says("are not those of the manifest")

	var told map[string]any
	if err := json.Unmarshal(must(os.ReadFile(manifest)), &told); err != nil {
		t.Fatal(err)
	}
	told["tables"].([]any)[0].(map[string]any)["labels"].(map[string]any)["matched"] = 1
	forged := h.write("forged.json", string(must(json.Marshal(told))))
	h.featops("training-set", "--from-manifest", forged, "--out", filepath.Join(h.dir, "forged.parquet"), "--labels", moved).exits(1).says("nothing was written")
	if left := must(filepath.Glob(filepath.Join(h.dir, "*forged.parquet*"))); len(left) > 0 {
		t.Errorf("%v were written", left)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSetsOfEveryFormatHoldTheSame(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	labels, _ := labelsOf(h, "labels.csv")
	set := func(labels, out string, more ...string) string {
		path := filepath.Join(h.dir, out)
		h.featops(append([]string{"training-set", "--labels", labels, "--out", path, "--tables", "fs_cus_credit_risk"}, more...)...).exits(0)
		return path
	}
	want := must(os.ReadFile(set(labels, "direct.csv")))
	// A set is labels itself: joined with one more table, its columns go through every format unchanged.
	parquet := set(labels, "a.parquet")
	delta := set(labels, "b", "--format", "delta")
	for name, from := range map[string]string{"parquet": parquet, "delta": delta} {
		out := filepath.Join(h.dir, name+".csv")
		h.featops("training-set", "--labels", from, "--out", out, "--features", "ctrx_ind_active").exits(0)
		header, rows := readCSV(t, out)
		var text strings.Builder
		w := csv.NewWriter(&text)
		for _, row := range append([][]string{header}, rows...) {
			if err := w.Write(row[:len(row)-1]); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		if text.String() != string(want) {
			t.Errorf("%s holds other values than CSV", name)
		}
	}
	h.featops("training-set", "--labels", labels, "--out", delta, "--format", "delta", "--tables", "fs_cus_transactions").exits(2).says("exists", "--overwrite")
	h.featops("training-set", "--labels", labels, "--out", delta, "--format", "delta", "--tables", "fs_cus_transactions", "--overwrite").exits(0)
}

func TestTrainingSetsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	h := builtHome(t)
	good := h.write("good.csv", "pk_customer,day\n1,2026-05-01\n")
	out := filepath.Join(h.dir, "out.parquet")
	for _, c := range []struct {
		name, labels, out string
		args              []string
		code              int
		says              []string
	}{
		{"no labels", "", out, nil, 2, []string{"--labels is needed"}},
		{"no output", good, "", nil, 2, []string{"--out is needed"}},
		{"an output without a format", good, "out.xlsx", nil, 2, []string{"--format"}},
		{"a directory that does not exist", good, "nowhere/out.csv", nil, 2, []string{"there is no directory"}},
		{"the labels themselves", good, good, []string{"--overwrite"}, 2, []string{"is where the labels are"}},
		{"an unknown table", good, out, []string{"--tables", "fs_cus_trx"}, 2, []string{"fs_cus_trx", "fs_cus_transactions"}},
		{"an unknown feature", good, out, []string{"--features", "ctrx_trx_cnt"}, 2, []string{"ctrx_trx_cnt", "ctrx_trx_cnt_m"}},
		{"a feature of a table that is not asked for", good, out, []string{"--tables", "fs_cus_demographic", "--features", "ctrx_trx_cnt_m"}, 2, []string{"ctrx_trx_cnt_m"}},
		{"a version that does not exist", good, out, []string{"--versions", "fs_cus_transactions=9"}, 1, []string{"no version 9"}},
		{"a version without a number", good, out, []string{"--versions", "fs_cus_transactions"}, 2, []string{"--versions", "table=N"}},
		{"a time before the tables", good, out, []string{"--as-of", "2001-01-01"}, 2, []string{"oldest known version"}},
		{"a look-back that is no days", good, out, []string{"--lookback", "3 months"}, 2, []string{"--lookback", "90d"}},
		{"a customer column that does not exist", good, out, []string{"--customer", "who"}, 2, []string{"no column who", "pk_customer, day"}},
		{"a name of a feature", h.write("clash.csv", "pk_customer,day,CTRX_ind_active\n1,2026-05-01,1\n"), out, nil, 2, []string{"ctrx_ind_active", "rename it in the labels"}},
		{"a bad day", h.write("bad.csv", "pk_customer,day\n1,2026-05-01\n2,2026-13-01\n"), out, []string{"--time", "day"}, 1,
			[]string{"1 of 2 cannot be joined", `row 2: column day is "2026-13-01"`, "--keep-bad-labels"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"training-set"}
			if c.labels != "" {
				args = append(args, "--labels", c.labels)
			}
			if c.out != "" {
				args = append(args, "--out", c.out)
			}
			h.featops(append(args, c.args...)...).exits(c.code).says(c.says...)
		})
	}
	if left := must(filepath.Glob(filepath.Join(h.dir, "*out.*"))); len(left) > 0 {
		t.Errorf("%v were written", left)
	}
	sampleHome(t).featops("training-set", "--labels", good, "--out", out).exits(2).says("no feature table is built", "featops run")
	var m trainingSet
	kept := filepath.Join(h.dir, "kept.csv")
	h.featops("training-set", "--labels", filepath.Join(h.dir, "bad.csv"), "--out", kept, "--time", "day", "--keep-bad-labels", "--output", "json").exits(0).into(&m)
	if _, rows := readCSV(t, kept); rows[1][1] != "2026-13-01" || strings.Join(rows[1][2:], "") != "" || m.Labels.Bad.NoTime != 1 || m.Tables[0].Labels.Unusable != 1 {
		t.Errorf("a bad label is kept as %v, and told as %+v", rows[1][:3], m.Labels.Bad)
	}
}
