package sparksql_test

import (
	"strings"
	"testing"
	"time"

	"featops/features/schema"
	"featops/features/sparksql"
)

func churn() sparksql.Join {
	version := int64(3)
	return sparksql.Join{
		Labels: []string{"main", "ml", "churn"}, Customer: "id", Time: "at`day", Lookback: 90,
		Tables: []sparksql.Joined{
			{Name: []string{"main", "fs", "fs_cus_transactions"}, Customer: schema.BigInt, Version: &version, Columns: []string{"ctrx_trx_cnt_m", "ctrx_ind_active"}},
			{Name: []string{"main", "fs", "fs_cus_credit_risk"}, Customer: schema.BigInt, Today: true, Columns: []string{"day"}},
		},
	}
}

func TestTheStatementOfATrainingSet(t *testing.T) {
	golden(t, "training_set.sql", sparksql.TrainingSet(churn()))
}

func TestWhatIsChosenIsInTheStatementOfATrainingSet(t *testing.T) {
	changed := func(change func(*sparksql.Join)) sparksql.Join {
		j := churn()
		change(&j)
		return j
	}
	cases := map[string]struct {
		join     sparksql.Join
		has, not []string
	}{
		"any age": {changed(func(j *sparksql.Join) { j.Lookback = -1 }), nil, []string{"date_sub", "days older"}},
		"no age":  {changed(func(j *sparksql.Join) { j.Lookback = 0 }), []string{"date_sub(wanted.`day_2`, 0)"}, nil},
		"bad labels stay": {changed(func(j *sparksql.Join) { j.KeepBad = true }),
			[]string{"WHERE `day_2` IS NOT NULL"}, []string{"every_label", "cannot be joined"}},
		"a version before a time": {changed(func(j *sparksql.Join) { j.Tables[0].At = time.Unix(0, 0) }), []string{" VERSION AS OF 3 AS f"}, []string{"TIMESTAMP AS OF"}},
		"a time": {changed(func(j *sparksql.Join) {
			j.Tables[1].At = time.Date(2026, 3, 1, 1, 2, 3, 4_005_999, time.FixedZone("", 3600))
		}),
			[]string{"JOIN `main`.`fs`.`fs_cus_credit_risk` TIMESTAMP AS OF '2026-03-01T00:02:03.004005Z' AS f"}, nil},
		"customers that are texts": {changed(func(j *sparksql.Join) { j.Tables[1].Customer = schema.String }),
			[]string{"f.`pk_customer` = wanted.`customer`", "f.`pk_customer` = wanted.`customer_2`",
				"LEFT JOIN found_2 ON found_2.`customer_2` = labelled.`customer_2`"}, nil},
	}
	for name, c := range cases {
		statement := sparksql.TrainingSet(c.join)
		for _, want := range c.has {
			if !strings.Contains(statement, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, statement)
			}
		}
		for _, not := range c.not {
			if strings.Contains(statement, not) {
				t.Errorf("%s: %q is in\n%s", name, not, statement)
			}
		}
		if statement != sparksql.TrainingSet(c.join) {
			t.Errorf("%s: the same join gave two texts", name)
		}
	}
}
