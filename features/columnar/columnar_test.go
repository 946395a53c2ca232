package columnar

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/features"
	"featops/features/schema"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/google/go-cmp/cmp"
)

// source reads JSON rows in the types of the columns.
func source(t *testing.T, columns schema.Schema, rows string) array.RecordReader {
	t.Helper()
	s, err := columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, s, strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	r, err := array.NewRecordReader(s, []arrow.Record{record})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func always() Options {
	return Options{Start: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// computed reads all partitions.
func computed(table features.Table, source array.RecordReader, opt Options) ([]line, error) {
	r, err := Compute(context.Background(), table, source, opt)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	var out []line
	for i := range r.Partitions() {
		p := r.Partition(context.Background(), i)
		out = append(out, asLines(p)...)
		err = errors.Join(err, p.Err())
		p.Release()
	}
	return out, err
}

func TestAWholeNumberThatDoesNotFitIsNamed(t *testing.T) {
	rows := fmt.Sprintf(`[
		{"id_cliente": 7, "periodo": "2024-04", "numero_transacciones": 1},
		{"id_cliente": 7, "periodo": "2024-05", "numero_transacciones": %d}]`, math.MaxInt32+1)
	_, err := computed(features.TransactionActivity(), source(t, features.Transactions.Columns, rows), always())
	var got *OverflowError
	if !errors.As(err, &got) {
		t.Fatalf("error %v, want an overflow", err)
	}
	want := OverflowError{Column: "ctrx_trx_cnt_m", Type: schema.Int, Customer: 7, Value: "2147483648",
		ReleaseDate: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const text = "compute fs_cus_transactions: column ctrx_trx_cnt_m of customer 7 at 2024-06-01: 2147483648 does not fit INT"
	if err.Error() != text {
		t.Errorf("error %q, want %q", err, text)
	}
}

func TestWhatNoRowOfTheOutputSeesIsNotComputed(t *testing.T) {
	table := features.TransactionActivity()
	n := features.Aggregate{Fn: features.Sum, Of: features.Col("numero_transacciones")}
	table.Features = []features.Feature{{Name: "square", Value: features.Arith{A: n, Op: features.Multiply, B: n}}}
	rows := fmt.Sprintf(`[
		{"id_cliente": 7, "periodo": "2024-04", "numero_transacciones": %d},
		{"id_cliente": 7, "periodo": "2024-05", "numero_transacciones": 3}]`, int64(math.MaxInt64))
	opt := always()
	_, err := computed(table, source(t, features.Transactions.Columns, rows), opt)
	var overflow *OverflowError
	if !errors.As(err, &overflow) {
		t.Errorf("error %v, want an overflow in May", err)
	}
	opt.Start = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	out, err := computed(table, source(t, features.Transactions.Columns, rows), opt)
	if err != nil || len(out) != 1 || out[0]["ctrx_square"] != int64(9) {
		t.Errorf("%v, %v, want 9 in June alone", out, err)
	}
}

func TestASumBeyondBigintIsNamedAndOneThatComesBackIsNot(t *testing.T) {
	table := features.TransactionActivity()
	s, err := features.Transactions.Columns.Arrow()
	if err != nil {
		t.Fatal(err)
	}
	row := func(n int64) line {
		return line{"id_cliente": int64(7), "periodo": "2024-05", "numero_transacciones": n}
	}
	_, err = computed(table, asRecords(s, []line{row(math.MaxInt64), row(1)}, 2), always())
	var got *OverflowError
	if !errors.As(err, &got) || got.Value != "9223372036854775808" || got.Type != schema.BigInt || got.Column != "ctrx_trx_cnt_m" {
		t.Errorf("error %v, want an overflow of BIGINT", err)
	}
	out, err := computed(table, asRecords(s, []line{row(math.MaxInt64), row(1), row(-math.MaxInt64)}, 2), always())
	if err != nil || out[0]["ctrx_trx_cnt_m"] != int64(1) {
		t.Errorf("%v, %v, want a sum of 1", out, err)
	}
}

func TestBadMonthsAreCountedWithAnExample(t *testing.T) {
	rows := `[
		{"id_cliente": 1, "periodo": "2024-01", "numero_transacciones": 1},
		{"id_cliente": 999999999, "periodo": "nonsense", "numero_transacciones": 1},
		{"id_cliente": 1, "periodo": "2024-13", "numero_transacciones": 1},
		{"id_cliente": 1, "periodo": null, "numero_transacciones": 1}]`
	table, columns := features.TransactionActivity(), features.Transactions.Columns
	_, err := computed(table, source(t, columns, rows), always())
	var bad *BadMonthsError
	if !errors.As(err, &bad) {
		t.Fatalf("error %v, want bad months", err)
	}
	want := BadMonthsError{Example: BadRow{"periodo", `"2024-13"`, 3}, Bad: 2, Rows: 3}
	if diff := cmp.Diff(want, *bad); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const text = `compute fs_cus_transactions: read demo_db.transacciones: column periodo: "2024-13" is no month (row 3): 2 of 3 rows are bad, the allowed share is 0`
	if err.Error() != text {
		t.Errorf("error %q, want %q", err, text)
	}

	opt := always()
	opt.BadRowsShare = 0.7
	r, err := Compute(context.Background(), table, source(t, columns, rows), opt)
	if err != nil {
		t.Fatal(err)
	}
	january := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	report := Report{SourceRows: 4, KeptRows: 1, BadRows: 2, BadExample: &BadRow{"periodo", `"2024-13"`, 3},
		FirstMonth: january, LastMonth: january}
	if diff := cmp.Diff(report, r.Report()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestColumnsThatAreMissingOrOfAWrongTypeComeInOneError(t *testing.T) {
	columns := schema.Schema{
		{Name: "id_cliente", Type: schema.BigInt},
		{Name: "periodo", Type: schema.Double},
		{Name: "NUMERO_TRANSACCIONES", Type: schema.String}, // names compare without regard to case
		{Name: "monto_total_transacciones", Type: schema.Decimal(12, 2)},
	}
	_, err := computed(features.TransactionActivity(), source(t, columns, "[]"), always())
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{
		"column periodo is DOUBLE: allowed are [STRING]",
		"column numero_transacciones is STRING: allowed are [BIGINT INT]",
		"column recencia_ultima_transaccion (BIGINT) is missing",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestColumnsOfTypesThatHaveNoNameHereAreIgnored(t *testing.T) {
	s := arrow.NewSchema([]arrow.Field{
		{Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String)},
		{Name: "id_cliente", Type: arrow.PrimitiveTypes.Int64},
		{Name: "periodo", Type: arrow.BinaryTypes.String},
		{Name: "numero_transacciones", Type: arrow.PrimitiveTypes.Int64},
		{Name: "monto_total_transacciones", Type: arrow.PrimitiveTypes.Float64},
		{Name: "recencia_ultima_transaccion", Type: arrow.ListOf(arrow.PrimitiveTypes.Int64)},
	}, nil)
	empty, err := array.NewRecordReader(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Compute(context.Background(), features.TransactionActivity(), empty, always())
	const want = "source demo_db.transacciones: column recencia_ultima_transaccion is list<item: int64, nullable>: allowed are [BIGINT INT]"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestDecimalsBecomeDouble(t *testing.T) {
	columns := append(schema.Schema{}, features.Transactions.Columns...)
	columns[columns.Index("monto_total_transacciones")].Type = schema.Decimal(38, 6)
	rows := `[{"id_cliente": 1, "periodo": "2024-01", "numero_transacciones": 1, "monto_total_transacciones": "12345678901234567890.123456"}]`
	out, err := computed(features.TransactionActivity(), source(t, columns, rows), always())
	if err != nil {
		t.Fatal(err)
	}
	if got := out[0]["ctrx_amt_trx_sum_m"]; got != 12345678901234567890.123456 {
		t.Errorf("amount %v", got)
	}
}

func TestTheCustomerKeepsItsTypeAndFeaturesTheirMeaning(t *testing.T) {
	for _, customer := range []schema.Type{schema.Int, schema.BigInt} {
		columns := append(schema.Schema{}, features.CreditBureau.Columns...)
		columns[0].Type = customer
		r, err := Compute(context.Background(), features.CreditRisk(), source(t, columns, "[]"), always())
		if err != nil {
			t.Fatal(err)
		}
		got, err := schema.OfArrow(r.Schema())
		if err != nil {
			t.Fatal(err)
		}
		want, err := features.CreditRisk().Schema(customer)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if r.Partitions() != 0 {
			t.Errorf("%d partitions of no rows", r.Partitions())
		}
	}
}

func TestARetainedRecordOutlivesTheNext(t *testing.T) {
	table := features.TransactionActivity()
	var rows []string
	for c := range 40 {
		rows = append(rows, fmt.Sprintf(`{"id_cliente": %d, "periodo": "2024-01", "numero_transacciones": %d}`, c, c))
	}
	r, err := compute(context.Background(), table, source(t, features.Transactions.Columns, "["+strings.Join(rows, ",")+"]"), always(),
		sizes{morsel: 3, record: 5, smallPartition: 1000, largestPartition: 1000, piece: 2})
	if err != nil {
		t.Fatal(err)
	}
	p := r.Partition(context.Background(), 0)
	defer p.Release()
	var kept []arrow.Record
	for p.Next() {
		p.Record().Retain()
		kept = append(kept, p.Record())
	}
	next := 0
	for _, record := range kept {
		for _, count := range record.Column(2).(*array.Int32).Int32Values() {
			if int(count) != next {
				t.Fatalf("customer %d has count %d", next, count)
			}
			next++
		}
		record.Release()
	}
	if next != 40 || len(kept) < 2 {
		t.Errorf("%d rows in %d records", next, len(kept))
	}
}

func TestEveryWorkerGetsAsManyPartitionsAsTheOthers(t *testing.T) {
	for _, c := range []struct {
		rows    int64
		workers int
		want    int64
	}{
		{0, 2, 1}, {100_000, 2, 2}, {240_000, 2, 4}, // few where there is little
		{1_000_000, 2, 8}, {9_154_092, 2, 10}, {9_154_092, 4, 16}, {96_000_000, 3, 93},
	} {
		r := &Result{plan: &plan{table: features.TransactionActivity()}, report: Report{KeptRows: c.rows}, sizes: measured}
		if got := r.count(c.workers); got != c.want {
			t.Errorf("%d rows, %d workers: %d partitions, want %d", c.rows, c.workers, got, c.want)
		}
	}
}

func TestPartitionsHoldWholeCustomersAndFewWhereThereIsLittle(t *testing.T) {
	s, batches := benchmarkSource(features.TransactionActivity(), 10_000, 24, "none")
	for workers, want := range map[int]int{1: 4, 2: 4} {
		all, err := array.NewRecordReader(s, batches)
		if err != nil {
			t.Fatal(err)
		}
		opt := always()
		opt.Workers = workers
		r, err := Compute(context.Background(), features.TransactionActivity(), all, opt)
		if err != nil {
			t.Fatal(err)
		}
		if r.Partitions() != want {
			t.Errorf("%d workers: %d partitions, want %d", workers, r.Partitions(), want)
		}
		next := int64(0)
		for i := range r.Partitions() {
			p, rows := r.Partition(context.Background(), i), 0
			for p.Next() {
				customers := p.Record().Column(0).(*array.Int64).Int64Values()
				for j, c := range customers {
					if c != next+int64((rows+j)/24) {
						t.Fatalf("partition %d, row %d: customer %d", i, rows+j, c)
					}
				}
				rows += len(customers)
			}
			p.Release()
			if rows%24 != 0 || rows < 10_000*24/want-24 || rows > 10_000*24/want+24 {
				t.Errorf("partition %d has %d rows", i, rows)
			}
			next += int64(rows / 24)
		}
	}
}

func TestProgressCountsEveryRowOfEachStage(t *testing.T) {
	var told []Progress
	opt := always()
	opt.Progress = func(p Progress) { told = append(told, p) }
	rows := `[{"id_cliente": 1, "periodo": "2024-01"}, {"id_cliente": null, "periodo": "2024-01"}]`
	if _, err := computed(features.TransactionActivity(), source(t, features.Transactions.Columns, rows), opt); err != nil {
		t.Fatal(err)
	}
	want := []Progress{{Stage: "read", Rows: 2}, {Stage: "sort", Total: 1}, {Stage: "sort", Rows: 1, Total: 1}, {Stage: "compute", Rows: 1, Total: 1}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestACancelledComputationEnds(t *testing.T) {
	rows := `[{"id_cliente": 1, "periodo": "2024-01"}]`
	r, err := Compute(context.Background(), features.TransactionActivity(), source(t, features.Transactions.Columns, rows), always())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := r.Partition(ctx, 0)
	defer p.Release()
	if p.Next() || !errors.Is(p.Err(), context.Canceled) {
		t.Errorf("error %v, want %v", p.Err(), context.Canceled)
	}
	if _, err := Compute(ctx, features.TransactionActivity(), source(t, features.Transactions.Columns, rows), always()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// broken is a source that fails, or panics, after its rows.
type broken struct {
	array.RecordReader
	err error
}

func (b broken) Next() bool {
	if !b.RecordReader.Next() && b.err == nil {
		panic("torn page")
	}
	return b.RecordReader.Record() != nil && b.err == nil
}

func (b broken) Err() error { return b.err }

func TestASourceThatFailsIsAnError(t *testing.T) {
	torn := errors.New("torn file")
	for _, c := range []struct {
		err  error
		want string
	}{{torn, "compute fs_cus_transactions: read demo_db.transacciones: torn file"}, {nil, "panic: torn page"}} {
		s := source(t, features.Transactions.Columns, `[]`)
		_, err := Compute(context.Background(), features.TransactionActivity(), broken{s, c.err}, always())
		if err == nil || !strings.Contains(err.Error(), c.want) || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

func TestAWhereThatOverflowsNamesTheRow(t *testing.T) {
	table := features.TransactionActivity()
	n := features.Col("numero_transacciones")
	table.Where = features.Compare{A: features.Arith{A: n, Op: features.Multiply, B: n}, Op: features.Greater, B: features.Int(0)}
	rows := `[{"id_cliente": 1, "periodo": "2024-01"}, {"id_cliente": 1, "periodo": "2024-01", "numero_transacciones": 4294967296}]`
	_, err := computed(table, source(t, features.Transactions.Columns, rows), always())
	const want = "where: row 2: 18446744073709551616 does not fit BIGINT"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestTheShareOfBadRowsIsAShare(t *testing.T) {
	for _, share := range []float64{-0.1, 1.1, math.NaN()} {
		opt := always()
		opt.BadRowsShare = share
		want := fmt.Sprintf("table fs_cus_credit_risk: the share of bad rows is %v: allowed are 0 to 1", share)
		_, err := computed(features.CreditRisk(), source(t, features.CreditBureau.Columns, "[]"), opt)
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestTheWindowMustNotEndBeforeItStarts(t *testing.T) {
	opt := always()
	opt.Start, opt.End = opt.End, opt.Start
	_, err := computed(features.CreditRisk(), source(t, features.CreditBureau.Columns, "[]"), opt)
	const want = "table fs_cus_credit_risk: the last release date 2019-01-01 is before the first, 2030-01-01"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestPartitionsReadAtTheSameTimeAreTheSame(t *testing.T) {
	table := features.CreditRisk()
	s, batches := benchmarkSource(table, 300, 24, "month")
	all, err := array.NewRecordReader(s, batches)
	if err != nil {
		t.Fatal(err)
	}
	few := sizes{morsel: 50, record: 200, smallPartition: 100, largestPartition: 1000, piece: 30}
	r, err := compute(context.Background(), table, all, always(), few)
	if err != nil {
		t.Fatal(err)
	}
	read := func(i int) []line {
		p := r.Partition(context.Background(), i)
		defer p.Release()
		return asLines(p)
	}
	together := make([][]line, r.Partitions())
	var group sync.WaitGroup
	for i := range together {
		group.Go(func() { together[i] = read(i) })
	}
	group.Wait()
	for i := range together {
		if diff := cmp.Diff(read(i), together[i]); diff != "" {
			t.Fatalf("partition %d (-alone +together):\n%s", i, diff)
		}
	}
}
