package tui

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"featops/engine"
	"featops/features"
	"featops/features/schema"
	"featops/workspaces"
)

// known is what a workspace has of a table.
func known(workspace string, version int64, standing engine.Standing) engine.RegistrationState {
	return engine.RegistrationState{Workspace: workspace, Version: version, Registered: noon.Add(-48 * time.Hour), Standing: standing}
}

func tableState(workspace, name string, version, rows int64, rs ...engine.RegistrationState) engine.TableState {
	t := engine.TableState{
		Entry: engine.Entry{
			Workspace: workspace, Name: name, State: engine.IsBuilt, Version: version, Rows: rows, Updated: noon.Add(-3 * time.Hour),
			Description: "Features of " + name + ".", Sources: []string{"demo_db." + name[7:]}, Columns: make([]engine.Column, 54),
		},
		NewestMonth: "2026-11", Registrations: rs,
	}
	if version < 0 {
		t.State, t.Updated, t.NewestMonth = engine.NotBuilt, time.Time{}, ""
	}
	return t
}

// nothingBuilt is the catalogue before the first build.
func nothingBuilt() []engine.TableState {
	return []engine.TableState{
		tableState("bncapers", "fs_cus_demographic", -1, 0),
		tableState("bncapers", "fs_cus_credit_risk", -1, 0),
		tableState("medpag", "fs_cus_holding_products", -1, 0),
		tableState("medpag", "fs_cus_payment_behavior", -1, 0),
		tableState("medpag", "fs_cus_transactions", -1, 0),
	}
}

// allRegistered is the catalogue when everything is as it should be.
func allRegistered() []engine.TableState {
	return []engine.TableState{
		tableState("bncapers", "fs_cus_demographic", 3, 638264, known("medpag", 3, engine.Verified)),
		tableState("bncapers", "fs_cus_credit_risk", 12, 212453, known("medpag", 12, engine.Verified)),
		tableState("medpag", "fs_cus_holding_products", 1, 98877, known("bncapers", 1, engine.Verified)),
		tableState("medpag", "fs_cus_payment_behavior", 0, 99215, known("bncapers", 0, engine.Verified)),
		tableState("medpag", "fs_cus_transactions", 4, 214581, known("bncapers", 4, engine.Verified)),
	}
}

// everyStanding is a catalogue in which a table stands in each way that there is.
func everyStanding() []engine.TableState {
	out := allRegistered()
	out[0].Registrations[0] = known("medpag", 2, engine.Stale)
	out[1].Registrations[0] = known("medpag", 11, engine.Conflict)
	out[2].Registrations[0].Standing = engine.Unverified
	out[3].Registrations = nil
	out[1].Drifted = workspaces.Drifts{{Column: "chr_city", PSI: 0.4}, {Column: "chr_rating_num", PSI: 0.5}, {Column: "chr_city", PSI: 0.3}}
	out[4].Drifted = workspaces.Drifts{{Column: "trx_cnt", PSI: 0.3}}
	gone := tableState("medpag", "fs_cus_retired", -1, 0, known("bncapers", 7, engine.Orphaned))
	gone.State = engine.OnlyRegistered
	foreign := tableState("bncapers", "fs_cus_foreign", 0, 12)
	foreign.State, foreign.NewestMonth = engine.Undefined, ""
	unreadable := tableState("medpag", "fs_cus_unreadable", -1, 0)
	unreadable.State = engine.Unreadable
	return append(out, gone, foreign, unreadable)
}

func statistics(rows, nulls int64, low, high string) *engine.ColumnStatistics {
	return &engine.ColumnStatistics{
		ColumnStatistics: workspaces.ColumnStatistics{Nulls: nulls, Min: json.RawMessage(low), Max: json.RawMessage(high)},
		NullShare:        float64(nulls) / float64(rows),
	}
}

// profiled adds how the values of a column are spread.
func profiled(s *engine.ColumnStatistics, p workspaces.ColumnProfile) *engine.ColumnStatistics {
	s.ColumnProfile = p
	return s
}

func ptr[T any](v T) *T { return &v }

func quantilesOf(texts ...string) *workspaces.Quantiles {
	return &workspaces.Quantiles{P5: []byte(texts[0]), P25: []byte(texts[1]), P50: []byte(texts[2]), P75: []byte(texts[3]), P95: []byte(texts[4])}
}

// creditRisk is the description of a table with columns of every sort.
func creditRisk(name, _, workspace string) (engine.Description, error) {
	if name != "fs_cus_credit_risk" {
		return engine.Description{}, errors.New("no table is called " + name)
	}
	const rows = 212453
	column := func(name string, kind schema.Type, s *engine.ColumnStatistics, comment string) engine.Column {
		return engine.Column{Column: schema.Column{Name: name, Type: kind, Comment: comment}, State: engine.IsBuilt, RegisteredIn: []string{"medpag"}, Statistics: s}
	}
	from := int64(0)
	d := engine.Description{
		Kind: engine.FeatureTable, Workspace: workspace, Database: "feature_store_demo_dev", Name: name, State: engine.IsBuilt,
		Description: "Features for customer credit risk, as the credit bureau sees it.", Keys: []string{"pk_customer", "tpk_release_dt"},
		TimestampKey: "tpk_release_dt", Definition: &engine.Definition{EventMonth: "periodo", Frame: features.Rows},
		Version: 12, Updated: noon.Add(-3 * time.Hour), Rows: rows, Customers: 9996,
		Drift: &engine.DriftState{Warn: 0.25, Version: 11, Month: "2026-11", MonthBefore: "2026-10", Drifted: workspaces.Drifts{
			{Column: "chr_total_banking_debt_sum", PSI: 0.31, Of: "version 12", Against: "version 11"},
			{Column: "chr_ind_high_risk", PSI: 1.74, Of: "version 12", Against: "version 11"}}},
		Columns: []engine.Column{
			column("pk_customer", schema.BigInt, profiled(statistics(rows, 0, "1000000127", "1000830015"), workspaces.ColumnProfile{Distinct: ptr(int64(9996))}), "Customer."),
			column("tpk_release_dt", schema.Date, statistics(rows, 0, `"2024-12-01"`, `"2026-11-01"`), "First day of the month in which the features are known."),
			column("chr_bureau_score_sum", schema.Int, profiled(statistics(rows, 2105, "300", "949"), workspaces.ColumnProfile{
				Mean: ptr(721.03), Deviation: ptr(149.2), Distinct: ptr(int64(650)), Quantiles: quantilesOf("448", "619", "733", "851", "929"),
				Drift: ptr(0.004), MonthDrift: ptr(0.13)}), "Sum of the bureau scores."),
			column("chr_total_banking_debt_sum", schema.Double, profiled(statistics(rows, 2073, "8.97", "2760000.5"), workspaces.ColumnProfile{
				Mean: ptr(99143.62), Deviation: ptr(239254.5), Distinct: ptr(int64(203400)), Estimated: true,
				Quantiles: quantilesOf("1965.4", "4801.25", "11406.85", "40110.5", "539673.18"), Drift: ptr(0.31), MonthDrift: ptr(0.02)}), "Debt with all banks."),
			column("chr_ind_high_risk", schema.Boolean, profiled(statistics(rows, 180000, "false", "true"), workspaces.ColumnProfile{
				Mean: ptr(0.13), Distinct: ptr(int64(2)), Drift: ptr(1.74)}), "The rating is D or E."),
			column("chr_city", schema.String, statistics(rows, 0, `"Bogota"`, `"Tunja"`), "City, as the bureau has it."),
			column("chr_comment", schema.String, statistics(rows, rows, "", ""), "What the bureau remarks."),
			{Column: schema.Column{Name: "chr_credits_cnt_lag_1m", Type: schema.Int, Comment: "credits_cnt of 1 month before."}, State: engine.NotBuilt},
		},
		Sources: []engine.SourceState{{Name: "demo_db.buro_credito", Workspace: workspace, Version: 2, Rows: 214717, NewestMonth: "2026-10", BuiltFrom: &from}},
		BuiltBy: []engine.Producer{{Workspace: workspace, Job: "[dev ana] demo-feature-store", Task: "fs_cus_credit_risk"}},
		Build: &engine.Making{Version: 12, Time: noon.Add(-3 * time.Hour), Origin: workspaces.Origin{
			Start: "2019-01-01", End: "2026-11-01", Sources: map[string]int64{"demo_db.buro_credito": 0}}, Answered: "user ana", Run: 12},
		Registrations: []engine.RegistrationState{known("medpag", 11, engine.Conflict)},
	}
	d.Registrations[0].Lacks, d.Registrations[0].Retired = []string{"chr_city"}, []string{"chr_rating_num"}
	score := &d.Columns[2]
	score.Formula, score.Inputs = "sum(buro_score)", []string{"buro_score"}
	score.UsedBy = []string{"chr_bureau_score_sum_ravg_3m", "chr_bureau_score_sum_rstd_3m"}
	return d, nil
}

// spreadOf has the values of the columns of creditRisk.
func spreadOf() map[string]engine.ColumnDistribution {
	measured := func(kind schema.Type, low, high, mean float64, counts ...int64) engine.ColumnDistribution {
		d := workspaces.Distribution{Measured: true, Min: low, Max: high, Histogram: counts}
		for _, n := range counts {
			d.Values += n
		}
		d.Finite = d.Values
		d.Sum = mean * float64(d.Finite)
		out := engine.ColumnDistribution{Distribution: d, Type: kind}
		for i := range len(counts) + 1 {
			out.Bounds = append(out.Bounds, low+(high-low)/float64(len(counts))*float64(i))
		}
		return out
	}
	counted := func(values int64, many bool, counts ...workspaces.ValueCount) engine.ColumnDistribution {
		return engine.ColumnDistribution{Distribution: workspaces.Distribution{Values: values, Many: many, Counts: counts}}
	}
	return map[string]engine.ColumnDistribution{
		"pk_customer":                measured(schema.BigInt, 1000000127, 1000830015, 1000415071, 53000, 53153, 53150, 53150),
		"tpk_release_dt":             measured(schema.Date, 20058, 20758, 20420, 8000, 8200, 8400, 8700, 8800, 8801, 8802, 8803, 8804, 8805),
		"chr_bureau_score_sum":       measured(schema.Int, 300, 949, 665.5, 20, 80, 400, 2000, 9000, 20000, 43000, 60000, 41000, 22000, 10000, 2848),
		"chr_total_banking_debt_sum": measured(schema.Double, 8.97, 2760000.5, 38501.759, 190000, 12000, 5000, 2000, 900, 300, 100, 50, 20, 10),
		"chr_ind_high_risk":          counted(32453, false, workspaces.ValueCount{Value: "false", Rows: 28200}, workspaces.ValueCount{Value: "true", Rows: 4253}),
		"chr_city":                   counted(212453, true),
	}
}

// commits is a history in which a build was undone.
func commits() []workspaces.Commit {
	built := func(version int64, hours int, operation string, metrics map[string]string, source int64) workspaces.Commit {
		return workspaces.Commit{
			Version: version, Time: noon.Add(-time.Duration(hours) * time.Hour), Operation: operation, Metrics: metrics, By: "featops",
			Parameters: map[string]string{"user": "ana"},
			Origin:     &workspaces.Origin{Start: "2019-01-01", End: "2026-11-01", Frame: features.Rows, Sources: map[string]int64{"demo_db.buro_credito": source}},
		}
	}
	return []workspaces.Commit{
		{Version: 3, Time: noon.Add(-3 * time.Hour), Operation: "RESTORE", Parameters: map[string]string{"version": "1", "user": "ana"}, By: "featops"},
		built(2, 20, "WRITE", map[string]string{"numOutputRows": "164392"}, 2),
		built(1, 48, "MERGE", map[string]string{"numTargetRowsInserted": "9996", "numTargetRowsUpdated": "120", "numTargetRowsCopied": "202337"}, 1),
		built(0, 72, "CREATE TABLE AS SELECT", map[string]string{"numOutputRows": "202457"}, 0),
	}
}

// wouldAsk is what a build would change that would ask.
func wouldAsk() engine.Diff {
	q := question("a")
	return engine.Diff{
		Workspace: "bncapers", Table: "fs_cus_credit_risk", Exists: true, Version: 12, Difference: q.Difference, Asks: true,
		Rows: workspaces.Changes{Inserted: 9996, Updated: 120, Unchanged: 201133, Absent: 1204}, Loss: q.Loss.Columns, RegisteredIn: []string{"medpag"},
	}
}

// found is what a search for debt brings.
func found(query string) engine.Found {
	f := engine.Found{Query: query}
	if query != "debt" {
		f.Nearest = []string{"chr_total_banking_debt_sum"}
		return f
	}
	for _, name := range []string{"chr_total_banking_debt_sum", "chr_total_banking_debt_sum_ravg_3m", "chr_total_banking_debt_sum_to_bureau_score_sum_ratio"} {
		f.Features = append(f.Features, engine.FoundFeature{
			Name: name, Type: schema.Double, Table: "fs_cus_credit_risk", Workspace: "bncapers", State: engine.IsBuilt, Meaning: "Debt with all banks.",
			RegisteredIn: []string{"medpag"},
		})
	}
	f.Tables = []engine.Entry{allRegistered()[1].Entry}
	return f
}

// onFeatures opens a console on the screen of feature tables.
func onFeatures(t testing.TB, tables []engine.TableState, w, h int, change ...func(*Options)) *console {
	t.Helper()
	s := idle()
	s.Workspaces[0].Tables = []workspaces.Table{table("bncapers", "fs_cus_credit_risk", 212453, 12)}
	s.Workspaces[1].Registrations = []workspaces.Registration{{Table: table("bncapers", "fs_cus_credit_risk", 212453, 11)}}
	c := open(t, s, w, h, change...)
	c.engine.tables, c.engine.describe, c.engine.spread = tables, creditRisk, spreadOf()
	c.engine.history, c.engine.diff, c.engine.found = commits(), wouldAsk(), found
	c.keys("3")
	return c
}
