// Package sample generates source data for an embedded workspace that has none: a bank's customers,
// what they hold, pay, owe and spend, month by month, in the source tables that package
// features declares.
//
// # The same bytes everywhere
//
// Nothing is drawn from a running generator. Each draw comes from a PCG stream of its own that is
// seeded by (seed, purpose, customer, step), so a row depends on its own coordinates alone. That
// is why a table can be generated without the others and still agree with them (an instalment
// missed in pagos worsens the rating in pagos and in buro_credito alike), why tables stream in
// the order of a real feed, month by month, with no customer kept in memory, and why customer 17
// stays who he is when the sample grows. Amounts are rounded to cents, because the last bit of a
// logarithm differs between processor architectures.
//
// # What it is like
//
// Incomes are normal(3000, 2500) within 300 to 20,000 and decide the segment. Products are held
// with probability 0.7, 0.2, 0.5 and 0.15 and amortised linearly over 3 to 24 months, with one
// credit each. 15 % of the customers are delinquent: they miss a quarter of their instalments, the
// others one in fifty. Transactions a month are Poisson(15), their amount Gamma(2, 200), days since
// the last one uniform over 0 to 30. The bureau score is uniform over the range of the rating.
// Customers join from 2015 on and have no rows before that.
//
// Like real data it is dirty where feature tables must cope: accents, stray spaces and mixed
// case in text, null cells, rows without a customer, the test customer, months without rows.
// It has no bad month and no duplicate customer, which would fail a build.
package sample

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"

	"featops/features"
)

// Options says how much to generate, and from which seed.
type Options struct {
	Customers int       // beside the test customer and the rows without one: 1 to MaxCustomers
	Months    int       // months of history, the last one included: at least 1
	Seed      uint64    // the same options give the same rows
	Last      time.Time // the last month with data, as its first day, midnight UTC
}

// MaxCustomers is the largest sample: beyond it customer numbers would not look like real ones.
const MaxCustomers = 100_000_000

// epoch is the month in which the first customers join.
var epoch = monthOf(time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC))

// Check reports every option that is out of its range, with what is allowed.
func (o Options) Check() error {
	var errs []error
	if o.Customers < 1 || o.Customers > MaxCustomers {
		errs = append(errs, fmt.Errorf("sample: customers %d: allowed are 1 to %d", o.Customers, MaxCustomers))
	}
	last := monthOf(o.Last)
	if !o.Last.Equal(last.start()) || last < epoch {
		errs = append(errs, fmt.Errorf("sample: last month %s: allowed is the first day of a month, midnight UTC, from %s on",
			o.Last.Format(time.RFC3339), epoch))
	} else if most := int(last-epoch) + 1; o.Months < 1 || o.Months > most {
		errs = append(errs, fmt.Errorf("sample: months %d: allowed are 1 to %d, from %s to %s", o.Months, most, epoch, last))
	}
	return errors.Join(errs...)
}

// Tables returns the source tables that can be generated.
func Tables() []features.Source {
	return []features.Source{
		features.Clients, features.Products, features.Payments, features.CreditBureau, features.Transactions,
	}
}

// Open returns the rows of a source table, in batches of about BatchRows rows, typed as src.Columns. Monthly tables are sorted by month, then customer; clientes by customer; rows
// without a customer come last. The caller releases the reader.
func Open(o Options, src features.Source) (array.RecordReader, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	known := Tables()
	i := slices.IndexFunc(known, func(s features.Source) bool { return s.Name == src.Name })
	if i < 0 {
		names := make([]string, len(known))
		for j, s := range known {
			names[j] = s.Name
		}
		return nil, fmt.Errorf("sample: table %s: allowed are %v", src.Name, names)
	}
	if !slices.Equal(src.Columns, known[i].Columns) {
		return nil, fmt.Errorf("sample: table %s: columns %v are not the columns %v that are generated",
			src.Name, src.Columns.Names(), known[i].Columns.Names())
	}
	p := newPopulation(o)
	switch src.Name {
	case features.Clients.Name:
		// One row a customer, not one a month.
		return newReader(o.Seed, src, p, p.clients, p.to)
	case features.Products.Name:
		return newReader(o.Seed, src, p, p.products, p.from)
	case features.Payments.Name:
		return newReader(o.Seed, src, p, p.payments, p.from)
	case features.CreditBureau.Name:
		return newReader(o.Seed, src, p, p.bureau, p.from)
	default:
		return newReader(o.Seed, src, p, p.transactions, p.from)
	}
}
