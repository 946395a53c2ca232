package features_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"featops/features"
	"featops/features/columnar"
	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// row is a row of a table by column: numbers are float64, dates are text.
type row map[string]any

// compute computes a table from JSON rows of its source for the release dates from first to last.
func compute(table features.Table, source, first, last string, badRows float64) ([]row, error) {
	s, err := table.Source.Columns.Arrow()
	if err != nil {
		return nil, err
	}
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader(source))
	if err != nil {
		return nil, err
	}
	reader, err := array.NewRecordReader(s, []arrow.Record{record})
	if err != nil {
		return nil, err
	}
	opt := columnar.Options{BadRowsShare: badRows}
	if opt.Start, err = time.Parse(time.DateOnly, first); err != nil {
		return nil, err
	}
	if opt.End, err = time.Parse(time.DateOnly, last); err != nil {
		return nil, err
	}
	result, err := columnar.Compute(context.Background(), table, reader, opt)
	if err != nil {
		return nil, err
	}
	defer result.Release()
	var out []row
	for i := range result.Partitions() {
		p := result.Partition(context.Background(), i)
		for p.Next() {
			text, err := p.Record().MarshalJSON()
			if err != nil {
				return nil, err
			}
			var rows []row
			if err := json.NewDecoder(bytes.NewReader(text)).Decode(&rows); err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
		err = errors.Join(err, p.Err())
		p.Release()
	}
	return out, err
}

func mustCompute(t *testing.T, table features.Table, source string) []row {
	t.Helper()
	out, err := compute(table, source, "2019-01-01", "2030-01-01", 0)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// expect compares some columns of a row; want leaves the prefix out.
func expect(t *testing.T, table features.Table, got row, want row) {
	t.Helper()
	some := row{}
	for name := range want {
		column := table.Prefix + name
		if strings.HasPrefix(name, "pk_") || strings.HasPrefix(name, "tpk_") {
			column = name
		}
		v, ok := got[column]
		if !ok {
			t.Errorf("there is no column %s", column)
		}
		some[name] = v
	}
	if diff := cmp.Diff(want, some); diff != "" {
		t.Errorf("%v at %v (-want +got):\n%s", got["pk_customer"], got["tpk_release_dt"], diff)
	}
}

// activity is a source of transactions: a row "customer month count amount" each.
func activity(rows ...string) string {
	var out []string
	for _, r := range rows {
		f := strings.Fields(r)
		out = append(out, fmt.Sprintf(`{"id_cliente": %s, "periodo": "%s", "numero_transacciones": %s, "monto_total_transacciones": %s}`, f[0], f[1], f[2], f[3]))
	}
	return "[" + strings.Join(out, ",") + "]"
}

func TestWhatHappensInAMonthIsReleasedOnTheFirstOfTheNext(t *testing.T) {
	got := mustCompute(t, features.TransactionActivity(), activity("2 2024-12 1 1", "1 2024-05 1 1", "1 2024-02 1 1"))
	var keys []string
	for _, r := range got {
		keys = append(keys, fmt.Sprint(r["pk_customer"], " ", r["tpk_release_dt"]))
	}
	if diff := cmp.Diff([]string{"1 2024-03-01", "1 2024-06-01", "2 2025-01-01"}, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRowsWithoutACustomerAndOfTheTestCustomerAreDropped(t *testing.T) {
	got := mustCompute(t, features.TransactionActivity(), activity("null 2024-05 1 1", "999999999 2024-05 1 1", "999999998 2024-05 1 1"))
	if len(got) != 1 || got[0]["pk_customer"] != float64(999999998) {
		t.Errorf("rows %v", got)
	}
}

func TestAPeriodThatIsNoMonthIsABadRowAndNeverCleaned(t *testing.T) {
	source := activity("1 2024-05 1 1", "1 2024-13 1 1")
	source = strings.Replace(source, `"2024-13"`, `" 2024-06 "`, 1)
	_, err := compute(features.TransactionActivity(), source, "2019-01-01", "2030-01-01", 0.4)
	var bad *columnar.BadMonthsError
	if !errors.As(err, &bad) || bad.Example != (columnar.BadRow{Column: "periodo", Value: `" 2024-06 "`, Row: 2}) {
		t.Errorf("error %v", err)
	}
	got, err := compute(features.TransactionActivity(), source, "2019-01-01", "2030-01-01", 0.5)
	if err != nil || len(got) != 1 {
		t.Errorf("%v, %v: half of the rows may be bad", got, err)
	}
}

func TestFramesOfRowsAndMonthsDifferWhereMonthsAreMissing(t *testing.T) {
	source := activity("1 2024-01 10 0", "1 2024-02 20 0", "1 2024-05 60 0", "1 2024-06 70 0", "1 2024-08 90 0")
	for frame, want := range map[features.Frame][]row{
		features.Rows: {
			{"trx_cnt_m_ravg_3m": 10.0, "trx_cnt_m_lag_1m": nil, "trx_cnt_m_lag_3m": nil, "active_months_6m": 1.0},
			{"trx_cnt_m_ravg_3m": 15.0, "trx_cnt_m_lag_1m": 10.0, "trx_cnt_m_lag_3m": nil, "active_months_6m": 2.0},
			{"trx_cnt_m_ravg_3m": 30.0, "trx_cnt_m_lag_1m": 20.0, "trx_cnt_m_lag_3m": nil, "active_months_6m": 3.0},
			{"trx_cnt_m_ravg_3m": 50.0, "trx_cnt_m_lag_1m": 60.0, "trx_cnt_m_lag_3m": 10.0, "active_months_6m": 4.0},
			{"trx_cnt_m_ravg_3m": 73.3333, "trx_cnt_m_lag_1m": 70.0, "trx_cnt_m_lag_3m": 20.0, "active_months_6m": 5.0},
		},
		features.Months: {
			{"trx_cnt_m_ravg_3m": 10.0, "trx_cnt_m_lag_1m": nil, "trx_cnt_m_lag_3m": nil, "active_months_6m": 1.0},
			{"trx_cnt_m_ravg_3m": 15.0, "trx_cnt_m_lag_1m": 10.0, "trx_cnt_m_lag_3m": nil, "active_months_6m": 2.0},
			{"trx_cnt_m_ravg_3m": 60.0, "trx_cnt_m_lag_1m": nil, "trx_cnt_m_lag_3m": 20.0, "active_months_6m": 3.0},
			{"trx_cnt_m_ravg_3m": 65.0, "trx_cnt_m_lag_1m": 60.0, "trx_cnt_m_lag_3m": nil, "active_months_6m": 4.0},
			{"trx_cnt_m_ravg_3m": 80.0, "trx_cnt_m_lag_1m": nil, "trx_cnt_m_lag_3m": 60.0, "active_months_6m": 3.0},
		},
	} {
		table := features.TransactionActivity()
		table.Frame = frame
		got := mustCompute(t, table, source)
		for i := range want {
			expect(t, table, got[i], want[i])
		}
	}
}

func TestFramesAgreeWhereNoMonthIsMissing(t *testing.T) {
	source := activity("1 2023-11 1 5", "1 2023-12 2 7", "1 2024-01 4 0", "1 2024-02 8 3", "1 2024-03 16 1", "1 2024-04 32 0", "1 2024-05 64 9", "1 2024-06 0 2")
	byRows, byMonths := features.TransactionActivity(), features.TransactionActivity()
	byMonths.Frame = features.Months
	if diff := cmp.Diff(mustCompute(t, byRows, source), mustCompute(t, byMonths, source)); diff != "" {
		t.Errorf("(-rows +months):\n%s", diff)
	}
}

// Defect of the reference: the date window is read and then never applied.
func TestTheDateWindowIsApplied(t *testing.T) {
	source := activity("1 2024-01 1 1", "1 2024-02 2 1", "1 2024-03 3 1", "1 2024-04 4 1")
	got, err := compute(features.TransactionActivity(), source, "2024-03-01", "2024-04-01", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0]["tpk_release_dt"] != "2024-03-01" || got[1]["tpk_release_dt"] != "2024-04-01" {
		t.Errorf("rows %v", got)
	}
}

func TestALaterStartNeverChangesAValue(t *testing.T) {
	source := activity("1 2024-01 1 1", "1 2024-02 2 1", "1 2024-03 4 1", "1 2024-04 8 1", "2 2024-01 5 1", "2 2024-04 6 1")
	all := mustCompute(t, features.TransactionActivity(), source)
	for _, start := range []string{"2024-02-01", "2024-03-01", "2024-04-15", "2024-05-01"} {
		got, err := compute(features.TransactionActivity(), source, start, "2030-01-01", 0)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(r row) bool { return r["tpk_release_dt"].(string) < start })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", start, diff)
		}
	}
}

func TestDeviationsAreOfTheSampleAndNullForOneValue(t *testing.T) {
	table := features.TransactionActivity()
	got := mustCompute(t, table, activity("1 2024-01 2 0", "1 2024-02 4 0", "1 2024-03 9 0", "1 2024-04 9 0"))
	for i, want := range []any{nil, 1.4142, 3.6056, 2.8868} { // √2, √13, √(25/3)
		expect(t, table, got[i], row{"trx_cnt_m_rstd_3m": want})
	}
}

// Defect of the reference: it prepared the lags and never applied them.
func TestLagsDifferencesAndRatesOfChange(t *testing.T) {
	table := features.TransactionActivity()
	got := mustCompute(t, table, activity("1 2024-01 3 0", "1 2024-02 4 8.5", "1 2024-03 0 null", "1 2024-04 1 2"))
	for i, want := range []row{
		{"trx_cnt_m_lag_1m": nil, "trx_cnt_m_diff_1m": nil, "trx_cnt_m_roc_1m": nil, "amt_trx_sum_m_roc_1m": nil},
		{"trx_cnt_m_lag_1m": 3.0, "trx_cnt_m_diff_1m": 1.0, "trx_cnt_m_roc_1m": 0.3333, "amt_trx_sum_m_roc_1m": nil}, // by 0
		{"trx_cnt_m_lag_1m": 4.0, "trx_cnt_m_diff_1m": -4.0, "trx_cnt_m_roc_1m": -1.0, "amt_trx_sum_m_roc_1m": -1.0}, // null → 0
		{"trx_cnt_m_lag_1m": 0.0, "trx_cnt_m_diff_1m": 1.0, "trx_cnt_m_roc_1m": nil, "trx_cnt_m_roc_3m": -0.6667},    // lag 0
	} {
		expect(t, table, got[i], want)
	}
}

func TestTheCustomersTypeIsKept(t *testing.T) {
	for _, table := range features.Tables() {
		for _, customer := range []schema.Type{schema.Int, schema.BigInt} {
			s, err := table.Schema(customer)
			if err != nil {
				t.Fatal(err)
			}
			if s[0] != (schema.Column{Name: "pk_customer", Type: customer, Comment: "Customer."}) || s[1].Type != schema.Date {
				t.Errorf("%s: keys %v", table.Name, s[:2])
			}
		}
	}
}
