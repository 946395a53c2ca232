package sparksql

import "strings"

// query is a statement of named steps and a last SELECT.
type query struct {
	heading []string
	steps   []step
	last    []string
}

// step is a common table expression.
type step struct {
	name, does string
	body       []string // clauses, each begins a line
}

func (q *query) add(name, does string, body ...string) {
	q.steps = append(q.steps, step{name, does, body})
}

// newest is the name of the step that was added last.
func (q *query) newest() string { return q.steps[len(q.steps)-1].name }

func (q *query) text() string {
	var b strings.Builder
	for _, h := range q.heading {
		b.WriteString(comment(h) + "\n")
	}
	for i, s := range q.steps {
		before := ""
		if i == 0 {
			before = "WITH\n"
		}
		body := strings.ReplaceAll(strings.Join(s.body, "\n"), "\n", "\n  ")
		b.WriteString(before + comment(s.does) + "\n" + s.name + " AS (\n  " + body + "\n)")
		if i < len(q.steps)-1 {
			b.WriteString(",\n")
		}
	}
	b.WriteString("\n" + strings.Join(q.last, "\n") + "\n")
	return b.String()
}

// list is a clause with an item a line.
func list(clause string, items ...code) string {
	var b strings.Builder
	b.WriteString(clause)
	for i, item := range items {
		b.WriteString("\n  ")
		item.layout(&b, 2)
		if i < len(items)-1 {
			b.WriteByte(',')
		}
	}
	return b.String()
}

// clause is a keyword and what follows it, on one line or on several.
func clause(keyword string, c code) string {
	var b strings.Builder
	b.WriteString(keyword + " ")
	c.layout(&b, 2)
	return b.String()
}
