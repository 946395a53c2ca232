package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/engine/trainingset"
	"featops/features"
	"featops/features/sparksql"
)

// WarehouseSet says which labels, a table in a warehouse, are to be joined there with which features.
type WarehouseSet struct {
	Labels         string // the name of a table or view, with points between its parts
	Customer, Time string // its columns
	KeepBad        bool   // labels that cannot be joined stay, with empty features

	Tables   []string         // empty: those that the features are of, else every defined table
	Features []string         // columns, as name or table.name; empty: all of the tables
	Versions map[string]int64 // of tables; the others are taken as AsOf says
	AsOf     time.Time        // the tables as they were then; zero: as they are
	Lookback int              // in days; below zero a row of any age counts

	Catalog  string // of the feature tables; empty: that of the workspace that computes the table, else the session's
	Database string // of the feature tables; empty: the configured one
}

// WarehouseTable is a feature table of a training set in a warehouse.
type WarehouseTable struct {
	Table   string   `json:"table"`
	Name    string   `json:"full_name"`
	Version *int64   `json:"version,omitempty"`
	Columns []string `json:"columns"`
}

// TrainingSetSQL writes the statement that makes a training set in a warehouse, and tells which tables it reads. The columns
// are those of the definitions: no workspace is asked.
func (p Plan) TrainingSetSQL(r WarehouseSet) (string, []WarehouseTable, error) {
	labels := strings.Split(r.Labels, ".")
	if len(labels) > 3 || slices.Contains(labels, "") {
		return "", nil, &InvalidError{fmt.Sprintf("labels table %q: want a name like catalog.schema.table", r.Labels)}
	}
	names, err := chosenNames(p.Tables, r.Tables, r.Versions)
	if err != nil {
		return "", nil, err
	}
	var tables []*chosen
	for _, name := range names {
		t, err := defined(p.Tables, name)
		if err != nil {
			return "", nil, err
		}
		tables = append(tables, t)
	}
	if tables, err = chooseFeatures(tables, r.Features, len(r.Tables) > 0); err != nil {
		return "", nil, err
	}
	if err := distinctNames(nil, tables); err != nil {
		return "", nil, err
	}
	j := sparksql.Join{Labels: labels, Customer: r.Customer, Time: r.Time, KeepBad: r.KeepBad, Lookback: r.Lookback}
	var told []WarehouseTable
	for _, t := range tables {
		joined, err := p.joined(t, r)
		if err != nil {
			return "", nil, err
		}
		j.Tables = append(j.Tables, joined)
		told = append(told, WarehouseTable{Table: t.table.Name, Name: strings.Join(joined.Name, "."), Version: joined.Version, Columns: t.columns})
	}
	return sparksql.TrainingSet(j), told, nil
}

// joined is a table as the statement reads it.
func (p Plan) joined(t *chosen, r WarehouseSet) (sparksql.Joined, error) {
	owner, err := p.OwnerOf(t.table.Name)
	if err != nil {
		return sparksql.Joined{}, err
	}
	w, _ := p.Config.Workspace(owner)
	out := sparksql.Joined{Name: []string{cmp.Or(r.Database, p.Config.Environment().Database), t.table.Name}, At: r.AsOf, Today: t.today, Columns: t.columns}
	if catalog := cmp.Or(r.Catalog, w.Catalog); catalog != "" {
		out.Name = slices.Insert(out.Name, 0, catalog)
	}
	if version, given := r.Versions[t.table.Name]; given {
		out.Version = &version
	}
	key := t.table.Schema[t.table.Schema.Index(features.CustomerKey)].Type
	var ok bool
	if out.Customer, ok = trainingset.KeyType(key); !ok {
		return out, &InvalidError{fmt.Sprintf("table %s has customers of type %s: labels have them as BIGINT, INT or STRING", t.table.Name, key)}
	}
	return out, nil
}
