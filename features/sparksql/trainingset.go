package sparksql

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"featops/features"
	"featops/features/schema"
)

// Join is a training set in a warehouse: labels that are a table there, with feature tables that are too.
type Join struct {
	Labels         []string // the parts of the name of a table or view
	Customer, Time string   // its columns
	KeepBad        bool     // labels that cannot be joined stay, with empty features
	Tables         []Joined
	Lookback       int // in days; below zero a row of any age counts
}

// Joined is a feature table of a training set.
type Joined struct {
	Name     []string    // the parts of its name
	Customer schema.Type // BIGINT or STRING, as which labels have its customers
	Version  *int64      // nil: as At says
	At       time.Time   // the table as it was then; zero: the newest version
	Today    bool        // its attributes are today's on every past month, of which the statement warns
	Columns  []string    // that are taken; at least one
}

// TrainingSet writes the training set as one SELECT statement, without a semicolon: what package asof gives for the same labels.
// The columns are all of the labels, unchanged, and then those of the tables; there is a row for each label, in no order. The
// same join gives the same text.
//
// A label without a customer or a day ends the statement with an error, unless such labels are kept. Two rows of a table with
// the same keys end it too, where a label needs one. A customer may be a whole number, also as a DOUBLE, or a text; a time is
// a DATE, a TIMESTAMP, or a text with one.
//
// Of each table the keys are joined first, by customer alone, for the customers and days that there are labels of, and
// summed up to a date; then the rows of these dates are fetched. So what a join multiplies, the months of a customer, is two
// narrow columns, which a warehouse reads alone and aggregates before it moves them, and each wide row is moved once. To take
// max_by of whole rows would carry all columns of all months through the aggregate, and to look for the newest in a
// window over labels and rows together would move and sort the keys of all customers, of whom mostly few have labels. All tables
// are joined with the labels by the same two columns, so the labels are spread over the machines once.
func TrainingSet(j Join) string {
	s := &trainingSet{Join: j, names: names{}, customers: map[schema.Type]string{}}
	for _, t := range j.Tables {
		for _, c := range t.Columns {
			s.names.unique(c)
		}
	}
	for _, t := range j.Tables {
		if s.customers[t.Customer] == "" {
			s.kinds = append(s.kinds, t.Customer)
			s.customers[t.Customer] = s.names.unique("customer")
		}
	}
	s.day, s.release, s.same = s.names.unique("day"), s.names.unique("release"), s.names.unique("same_keys")
	return s.text()
}

// trainingSet is a join on its way to SQL.
type trainingSet struct {
	Join
	names              names
	kinds              []schema.Type          // of customers, in the order of the tables
	customers          map[schema.Type]string // the column with the customer as each of them
	day, release, same string
}

func (s *trainingSet) text() string {
	age := ""
	if s.Lookback >= 0 {
		age = fmt.Sprintf(", at most %d days older than the label", s.Lookback)
	}
	q := query{heading: []string{
		fmt.Sprintf("The labels of %s with the newest features of their customers that had been released by their days%s.", strings.Join(s.Labels, "."), age),
	}}
	for _, t := range s.Tables {
		if t.Today {
			q.heading = append(q.heading, t.Name[len(t.Name)-1]+" has the attributes of today on every past month: labels see what was not known at their time.")
		}
	}
	s.addLabels(&q)
	columns := []code{plain("labelled.`label`.*")}
	joins := []string{"FROM labelled"}
	for i, t := range s.Tables {
		found := s.addTable(&q, i+1, t)
		for _, c := range t.Columns {
			columns = append(columns, plain(found+"."+quoted(c)))
		}
		customer := quoted(s.customers[t.Customer])
		joins = append(joins, fmt.Sprintf("LEFT JOIN %s ON %[1]s.%[2]s = labelled.%[2]s AND %[1]s.%[3]s = labelled.%[3]s", found, customer, quoted(s.day)))
	}
	q.last = append([]string{list("SELECT", columns...)}, joins...)
	return q.text()
}

// addLabels adds the steps that read the labels and list what is looked for.
func (s *trainingSet) addLabels(q *query) {
	columns := []code{named(plain("struct(*)"), "label")}
	keys := []code{}
	var known []code
	for _, kind := range s.kinds {
		name := s.customers[kind]
		columns = append(columns, named(customerOf(s.Customer, kind), name))
		keys, known = append(keys, plain(quoted(name))), append(known, plain(quoted(name)+" IS NOT NULL"))
	}
	columns = append(columns, named(dayOf(s.Time), s.day))
	keys, known = append(keys, plain(quoted(s.day))), append(known, plain(quoted(s.day)+" IS NOT NULL"))
	read, does := "labelled", "The labels, with the customer as the tables have it, and the day in UTC; null where there is none."
	if !s.KeepBad {
		read = "every_label"
	}
	q.add(read, does, list("SELECT", columns...), "FROM "+nameOf(s.Labels))
	if !s.KeepBad {
		value := func(column string) code {
			return call("coalesce", plain("CAST(`label`."+quoted(column)+" AS STRING)"), plain("'null'"))
		}
		q.add("labelled", "One that cannot be joined ends the statement.",
			list("SELECT", plain("*")), "FROM "+read,
			clause("WHERE", cases("CASE", call("raise_error", call("concat",
				plain(literal(fmt.Sprintf("labels %s: a label cannot be joined: column %s is ", strings.Join(s.Labels, "."), s.Customer))), value(s.Customer),
				plain(literal(fmt.Sprintf(", column %s is ", s.Time))), value(s.Time),
				plain(literal("; repair it, or write the statement with --keep-bad-labels"))),
			), when(all(known...), plain("true")))))
	}
	wanted := []string{list("SELECT DISTINCT", keys...), "FROM labelled"}
	if s.KeepBad {
		// A label without a number as its customer may have a text.
		wanted = append(wanted, "WHERE "+quoted(s.day)+" IS NOT NULL")
	}
	q.add("wanted", "What is looked for: customers and days, each once.", wanted...)
}

// addTable adds the steps that find the rows of the n-th table, and returns the name of the last one.
func (s *trainingSet) addTable(q *query, n int, t Joined) string {
	newest, rows, found := fmt.Sprintf("newest_%d", n), fmt.Sprintf("rows_%d", n), fmt.Sprintf("found_%d", n)
	name := t.Name[len(t.Name)-1]
	customer, day, release := quoted(s.customers[t.Customer]), quoted(s.day), quoted(s.release)
	table := nameOf(t.Name) + t.version() + " AS f"
	released := "f." + quoted(features.ReleaseKey)
	who := "f." + quoted(features.CustomerKey)

	seen := []code{plain(who + " = wanted." + customer), plain(released + " <= wanted." + day)}
	if s.Lookback >= 0 {
		seen = append(seen, plain(fmt.Sprintf("%s >= date_sub(wanted.%s, %d)", released, day, s.Lookback)))
	}
	q.add(newest, name+": when the newest row was released that each of them sees. Only keys are read.",
		list("SELECT", plain("wanted."+customer), plain("wanted."+day), named(plain("max("+released+")"), s.release)),
		"FROM wanted", clause("JOIN "+table+" ON", all(seen...)),
		"GROUP BY wanted."+customer+", wanted."+day)

	columns := []code{plain(newest + "." + customer), plain(newest + "." + day), plain(newest + "." + release)}
	for _, c := range t.Columns {
		columns = append(columns, plain("f."+quoted(c)))
	}
	columns = append(columns, named(plain(fmt.Sprintf("count(*) OVER (PARTITION BY %s.%[2]s, %[1]s.%[3]s)", newest, customer, day)), s.same))
	q.add(rows, "These rows, and how many have the same keys.",
		list("SELECT", columns...), "FROM "+newest,
		clause("JOIN "+table+" ON", all(plain(who+" = "+newest+"."+customer), plain(released+" = "+newest+"."+release))))

	q.add(found, "Two rows with the same keys end the statement: no rule chooses between them.",
		list("SELECT", plain("*")), "FROM "+rows,
		clause("WHERE", cases("CASE", call("raise_error", call("concat",
			plain(literal(name+": more than one row has the customer ")), plain("CAST("+customer+" AS STRING)"),
			plain(literal(" and the release day ")), plain("CAST("+release+" AS STRING)"))),
			when(plain(quoted(s.same)+" = 1"), plain("true")))))
	return found
}

// version is which version of the table is read.
func (t Joined) version() string {
	switch {
	case t.Version != nil:
		return fmt.Sprintf(" VERSION AS OF %d", *t.Version)
	case !t.At.IsZero():
		return " TIMESTAMP AS OF '" + t.At.UTC().Format("2006-01-02T15:04:05.999999Z") + "'"
	}
	return ""
}

// customerOf is the customer of a label as a type, whatever type the column has; null where it has none. A whole number is
// written as numbers are: 007 is a code.
func customerOf(column string, kind schema.Type) code {
	c := quoted(column)
	float := plain("typeof(" + c + ") = 'double'")
	number := cases("CASE",
		cases("CASE", plain("NULL"), when(plain("CAST("+c+" AS STRING) RLIKE "+literal(`^\s*(0|-?[1-9][0-9]*)\s*$`)), plain("try_cast("+c+" AS BIGINT)"))),
		when(float, cases("CASE", plain("NULL"), when(
			all(plain(fmt.Sprintf("try_cast(%s AS BIGINT) = try_cast(%[1]s AS DOUBLE)", c)), plain("abs(try_cast("+c+" AS DOUBLE)) <= 9007199254740992D")),
			plain("try_cast("+c+" AS BIGINT)")))))
	if kind == schema.String {
		return cases("CASE", plain("CAST("+c+" AS STRING)"), when(float, cast(number, string(schema.String))))
	}
	return number
}

// dayOf is the day of a label in UTC, whatever type the column has; null where it has none. A number is no time, although it can
// be cast to one.
func dayOf(column string) code {
	c := quoted(column)
	const time = `^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?$`
	return cases("CASE", plain("NULL"), when(
		phrase([]string{"", "OR "}, plain("typeof("+c+") IN ('date', 'timestamp', 'timestamp_ntz')"), plain("CAST("+c+" AS STRING) RLIKE "+literal(time))),
		plain("CAST(try_cast("+c+" AS TIMESTAMP) AS DATE)")))
}

// nameOf is the full name of a table.
func nameOf(parts []string) string { return quoted(slices.Clone(parts)...) }
