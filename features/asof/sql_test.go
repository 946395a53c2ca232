package asof

import "testing"

func TestSQL(t *testing.T) {
	version := int64(3)
	got := SQL(Query{
		Labels: "main.ml.churn", Customer: "id", Time: "at`day", Lookback: 90,
		Tables: []Relation{
			{Name: "main.fs.fs_cus_transactions", Version: &version, Columns: []string{"ctrx_trx_cnt_m", "ctrx_ind_active"}},
			{Name: "main.fs.fs_cus_credit_risk", Columns: []string{"chr_credits_cnt"}},
		},
	})
	want := "WITH wanted AS (\n" +
		"  SELECT DISTINCT `id` AS customer, CAST(`at``day` AS DATE) AS day FROM `main`.`ml`.`churn`\n" +
		"), found_1 AS (\n" +
		"  SELECT w.customer, w.day, max_by(struct(f.`ctrx_trx_cnt_m`, f.`ctrx_ind_active`), f.`tpk_release_dt`) AS newest\n" +
		"  FROM wanted w JOIN `main`.`fs`.`fs_cus_transactions` VERSION AS OF 3 f ON f.`pk_customer` = w.customer AND f.`tpk_release_dt` <= w.day AND f.`tpk_release_dt` >= date_sub(w.day, 90)\n" +
		"  GROUP BY w.customer, w.day\n" +
		"), found_2 AS (\n" +
		"  SELECT w.customer, w.day, max_by(struct(f.`chr_credits_cnt`), f.`tpk_release_dt`) AS newest\n" +
		"  FROM wanted w JOIN `main`.`fs`.`fs_cus_credit_risk` f ON f.`pk_customer` = w.customer AND f.`tpk_release_dt` <= w.day AND f.`tpk_release_dt` >= date_sub(w.day, 90)\n" +
		"  GROUP BY w.customer, w.day\n" +
		")\n" +
		"SELECT l.*,\n  t1.newest.`ctrx_trx_cnt_m`,\n  t1.newest.`ctrx_ind_active`,\n  t2.newest.`chr_credits_cnt`\n" +
		"FROM `main`.`ml`.`churn` l\n" +
		"LEFT JOIN found_1 t1 ON t1.customer = l.`id` AND t1.day = CAST(l.`at``day` AS DATE)\n" +
		"LEFT JOIN found_2 t2 ON t2.customer = l.`id` AND t2.day = CAST(l.`at``day` AS DATE)\n"
	if got != want {
		t.Errorf("SQL is\n%s\nwant\n%s", got, want)
	}
}
