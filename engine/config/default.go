package config

import (
	"log/slog"
	"time"
)

// Default is the configuration of a machine without a file: two embedded workspaces. What depends
// on the machine (User, Home and the base paths of the environments) is empty here; [Load] fills
// it.
func Default() Config {
	environments := map[string]Environment{}
	for _, env := range EnvironmentNames() {
		environments[env] = Environment{Database: "feature_store_demo_" + env}
	}
	return Config{
		Env:          Dev,
		Output:       Text,
		Color:        Auto,
		Memory:       2 << 30,
		Log:          Log{Level: slog.LevelInfo, MaxSizeMB: 20, MaxFiles: 10, MaxAgeDays: 30},
		Save:         Save{PromptTimeout: 5 * time.Minute},
		Monitor:      Monitor{Interval: time.Minute, RequestTimeout: 30 * time.Second},
		Registration: Registration{Enabled: true, Tables: map[string][]string{}},
		Build:        Build{StartDate: "2019-01-01", EndDate: Actual},
		Console:      Console{Theme: Dark, Notify: []string{Bell}, Keys: map[string][]string{}},
		Drift:        Drift{Warn: 0.25},
		Tables:       map[string]TableSettings{},
		Health:       Health{Freshness: Warn, RowCount: Warn, MaxDrop: 0.2, MaxGrowth: 0.5},
		Sources:      map[string]Health{},
		Environments: environments,
		Workspaces: []Workspace{
			embedded("bncapers", "bnca_pers",
				feature("fs_cus_demographic"),
				feature("fs_cus_credit_risk", "fs_cus_demographic"),
				registry("fs_cus_credit_risk"),
			),
			embedded("medpag", "med_pag",
				feature("fs_cus_holding_products"),
				feature("fs_cus_payment_behavior", "fs_cus_holding_products"),
				feature("fs_cus_transactions", "fs_cus_holding_products"),
				registry("fs_cus_payment_behavior", "fs_cus_transactions"),
			),
		},
	}
}

const (
	defaultSourceDatabase = "demo_db"
	defaultConcurrentRuns = 1
	defaultQueue          = true // as Databricks sets it in new jobs
	defaultTimezone       = "UTC"
	defaultCatalog        = "main"
)

func embedded(name, target string, tasks ...Task) Workspace {
	return Workspace{
		Name:           name,
		Target:         target,
		Kind:           Embedded,
		SourceDatabase: defaultSourceDatabase,
		Jobs: []Job{{
			Name:              "demo-feature-store",
			MaxConcurrentRuns: defaultConcurrentRuns,
			Queue:             defaultQueue,
			Schedule:          Schedule{Timezone: defaultTimezone},
			Parameters:        map[string]string{},
			Tasks:             tasks,
		}},
	}
}

func feature(table string, after ...string) Task {
	t := task(table, after)
	t.Table = table
	return t
}

func registry(after ...string) Task { return task("feature_registry", after) }

// task runs whatever became of the tasks before it: the demo's tables do not read one another.
func task(key string, after []string) Task {
	t := Task{Key: key, DependsOn: after, RunIf: AllSuccess, Parameters: map[string]string{}}
	if len(after) > 0 {
		t.RunIf = AllDone
	}
	return t
}
