package engine

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"featops/engine/config"
	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// withTable gives bncapers a table with one feature, and returns a request for it.
func withTable(t *testing.T, h *house) TrainingSetRequest {
	t.Helper()
	h.bncapers.tables["fs_cus_credit_risk"] = workspaces.Table{Workspace: "bncapers", Name: "fs_cus_credit_risk", Schema: schema.Schema{
		{Name: features.CustomerKey, Type: schema.BigInt}, {Name: features.ReleaseKey, Type: schema.Date}, {Name: "chr_credits_cnt", Type: schema.Int},
	}}
	labels := filepath.Join(t.TempDir(), "labels.csv")
	if err := os.WriteFile(labels, []byte("pk_customer,day\n1,2026-05-01\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return TrainingSetRequest{Labels: labels, Tables: []string{"fs_cus_credit_risk"}, Lookback: -1, Out: filepath.Join(filepath.Dir(labels), "set.parquet")}
}

func TestATrainingSetIsShownWhileItIsMadeAndCanBeStopped(t *testing.T) {
	h := open(t, setup{})
	r := withTable(t, h)
	h.bncapers.matching = make(chan struct{})
	events := h.Subscribe()
	defer events.Close()
	ended := make(chan error)
	go func() {
		_, err := h.Do(t.Context(), MakeTrainingSet{r})
		ended <- err
	}()
	<-h.bncapers.matching
	made := h.Snapshot().TrainingSets
	if len(made) != 1 || made[0].Output != r.Out || made[0].Progress == nil || made[0].Progress.Stage != "match" {
		t.Errorf("under way are %+v", made)
	}
	var invalid *InvalidError
	if _, err := h.Do(t.Context(), MakeTrainingSet{r}); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "is being made already") {
		t.Errorf("twice at once: %v", err)
	}
	if _, err := h.Do(t.Context(), StopTrainingSet{Output: r.Out + "x"}); !errors.As(err, &invalid) {
		t.Errorf("another one is stopped: %v", err)
	}
	if _, err := h.Do(t.Context(), StopTrainingSet{Output: r.Out}); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, errStopped) {
		t.Errorf("it ended with %v", err)
	}
	if left := h.Snapshot().TrainingSets; len(left) > 0 {
		t.Errorf("under way are %+v", left)
	}
	all := events.Take()
	last := all[len(all)-1]
	if last.Kind != TrainingSetMade || last.Output != r.Out || last.Error != errStopped.Error() || last.TrainingSet != nil {
		t.Errorf("the last event is %+v", last)
	}
	if files, err := os.ReadDir(filepath.Dir(r.Out)); err != nil || len(files) != 1 {
		t.Errorf("beside the labels there are %v, %v", files, err)
	}
}

func TestAnEngineThatOnlyLooksMakesTrainingSetsItself(t *testing.T) {
	if _, ok := toHand(MakeTrainingSet{}); ok {
		t.Error("the making of a training set is handed over")
	}
	if _, ok := toHand(StopTrainingSet{}); ok {
		t.Error("the end of it is handed over")
	}
}

func TestTheOutlookOfATrainingSet(t *testing.T) {
	h := open(t, setup{})
	good := withTable(t, h)
	there := filepath.Join(t.TempDir(), "there.parquet")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*TrainingSetRequest)
		want   TrainingSetOutlook // with parts of the texts
	}{
		"all is well":         {func(*TrainingSetRequest) {}, TrainingSetOutlook{}},
		"nothing is given":    {func(r *TrainingSetRequest) { *r = TrainingSetRequest{} }, TrainingSetOutlook{}},
		"no labels":           {func(r *TrainingSetRequest) { r.Labels += "x" }, TrainingSetOutlook{Labels: "no such file"}},
		"no format":           {func(r *TrainingSetRequest) { r.Out = "set" }, TrainingSetOutlook{Output: ".parquet or .csv"}},
		"an output is there":  {func(r *TrainingSetRequest) { r.Out = there }, TrainingSetOutlook{Output: "exists", Exists: true}},
		"it may be replaced":  {func(r *TrainingSetRequest) { r.Out, r.Overwrite = there, true }, TrainingSetOutlook{Exists: true}},
		"an unknown table":    {func(r *TrainingSetRequest) { r.Tables[0] = "fs_cus_risk" }, TrainingSetOutlook{Tables: "fs_cus_credit_risk"}},
		"a table twice":       {func(r *TrainingSetRequest) { r.Tables = append(r.Tables, r.Tables[0]) }, TrainingSetOutlook{Tables: "named twice"}},
		"an unknown feature":  {func(r *TrainingSetRequest) { r.Features = []string{"chr_credits_cn"} }, TrainingSetOutlook{Features: "chr_credits_cnt"}},
		"one of no table":     {func(r *TrainingSetRequest) { r.Features = []string{"ctrx_trx_cnt_m"} }, TrainingSetOutlook{Features: "ctrx_trx_cnt_m"}},
		"a feature that is":   {func(r *TrainingSetRequest) { r.Features = []string{"fs_cus_credit_risk.CHR_credits_cnt"} }, TrainingSetOutlook{}},
		"one of any table":    {func(r *TrainingSetRequest) { r.Tables, r.Features = nil, []string{"ctrx_trx_cnt_m"} }, TrainingSetOutlook{}},
		"no such version":     {func(r *TrainingSetRequest) { r.Versions = map[string]int64{"fs_cus_risk": 1} }, TrainingSetOutlook{Versions: "fs_cus_risk"}},
		"tables out of reach": {func(r *TrainingSetRequest) { h.config.Workspaces[0].Kind = config.Databricks }, TrainingSetOutlook{Tables: "featops sql training-set"}},
	} {
		r := good
		r.Tables = slices.Clone(r.Tables)
		kind := h.config.Workspaces[0].Kind
		c.change(&r)
		got := h.TrainingSetOutlook(t.Context(), r)
		h.config.Workspaces[0].Kind = kind
		for _, pair := range [][2]string{{got.Labels, c.want.Labels}, {got.Output, c.want.Output}, {got.Tables, c.want.Tables}, {got.Features, c.want.Features}, {got.Versions, c.want.Versions}} {
			if !strings.Contains(pair[0], pair[1]) || (pair[0] == "") != (pair[1] == "") {
				t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
			}
		}
		if got.Exists != c.want.Exists {
			t.Errorf("%s: exists is %v", name, got.Exists)
		}
	}
}

// Tables of Databricks workspaces without a copy are refused before anything is read; one of which no feature is wanted is in nobody's way.
func TestTablesOfDatabricksWorkspacesAreRefused(t *testing.T) {
	h := open(t, setup{})
	r := withTable(t, h)
	h.config.Workspaces[1].Kind = config.Databricks
	all := r
	all.Tables, all.Labels = nil, "nowhere.csv"
	_, err := h.TrainingSet(t.Context(), all)
	var invalid *InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "fs_cus_transactions in medpag") || !strings.Contains(err.Error(), "`featops sql training-set`") {
		t.Errorf("error %v", err)
	}
	all.Features = []string{"chr_credits_cnt"}
	for _, chosen := range []TrainingSetRequest{r, all} {
		if names, err := h.onDisk(t.Context(), []string{"fs_cus_credit_risk", "fs_cus_transactions"}[:max(1, 2-len(chosen.Tables))], chosen); err != nil || !slices.Equal(names, []string{"fs_cus_credit_risk"}) {
			t.Errorf("tables %v, %v", names, err)
		}
	}
}

func TestTheStatementOfATrainingSetReadsTheTablesWhereTheyAre(t *testing.T) {
	c := config.Default()
	c.Workspaces[0].Catalog = "risk"
	p := Plan{Config: c, Tables: features.Tables()}
	r := WarehouseSet{Labels: "main.ml.churn", Customer: "pk_customer", Time: "day", Lookback: -1, Features: []string{"ctrx_trx_cnt_m", "chr_credits_cnt"},
		Versions: map[string]int64{"fs_cus_credit_risk": 3}}
	statement, tables, err := p.TrainingSetSQL(r)
	if err != nil {
		t.Fatal(err)
	}
	database := c.Environment().Database
	if len(tables) != 2 || tables[0].Name != "risk."+database+".fs_cus_credit_risk" || *tables[0].Version != 3 || tables[1].Name != database+".fs_cus_transactions" ||
		!slices.Equal(tables[1].Columns, []string{"ctrx_trx_cnt_m"}) {
		t.Errorf("tables %+v", tables)
	}
	if want := "JOIN `risk`.`" + database + "`.`fs_cus_credit_risk` VERSION AS OF 3 AS f"; !strings.Contains(statement, want) {
		t.Errorf("%s is not in\n%s", want, statement)
	}
	r.Catalog, r.Database, r.Features, r.Versions = "c", "d", nil, nil
	if _, tables, err = p.TrainingSetSQL(r); err != nil || len(tables) != len(p.Tables) || tables[4].Name != "c.d.fs_cus_transactions" {
		t.Errorf("tables %+v, %v", tables, err)
	}
	for what, change := range map[string]func(*WarehouseSet){
		"catalog.schema.table": func(r *WarehouseSet) { r.Labels = "a..b" },
		"named twice":          func(r *WarehouseSet) { r.Tables = []string{"fs_cus_credit_risk", "fs_cus_credit_risk"} },
		"fs_cus_transactions":  func(r *WarehouseSet) { r.Tables = []string{"fs_cus_transaction"} },
		"ctrx_trx_cnt_m":       func(r *WarehouseSet) { r.Features = []string{"ctrx_trx_cnt"} },
	} {
		wrong := r
		change(&wrong)
		if _, _, err := p.TrainingSetSQL(wrong); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one with %s", err, what)
		}
	}
}
