package sparksql

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// width is how long a line may be before an expression is laid out over several.
const width = 110

// code is a piece of SQL that can be laid out on one line or on several: items one after another, and what stands around
// them.
type code struct {
	open, close string
	items       []code
	lead        []string // before each item; nil for none
	between     string   // the items
	compound    bool     // it must stand in brackets as an operand
}

// plain is SQL that is never broken.
func plain(text string) code { return code{open: text} }

// call is a function with its arguments, or, without a name, an operand in brackets.
func call(name string, arguments ...code) code {
	return code{open: name + "(", items: arguments, close: ")", between: ", "}
}

// phrase puts the items behind one another, each after its lead.
func phrase(lead []string, items ...code) code {
	return code{lead: lead, items: items, between: " ", compound: true}
}

// infix is an operation with a sign between its operands.
func infix(sign string, a, b code) code {
	return phrase([]string{"", sign + " "}, operand(a), operand(b))
}

// all are conditions that must hold together. Every condition that is written here binds tighter than AND.
func all(conditions ...code) code {
	lead := slices.Repeat([]string{"AND "}, len(conditions))
	lead[0] = ""
	return phrase(lead, conditions...)
}

// cases is a CASE with its branches and what holds else.
func cases(open string, other code, branches ...code) code {
	items := append(branches, phrase([]string{"ELSE "}, other))
	return code{open: open, items: items, between: " ", close: "END"}
}

func when(condition, result code) code { return phrase([]string{"WHEN ", "THEN "}, condition, result) }

func cast(c code, to string) code {
	return code{open: "CAST(", items: []code{c}, close: " AS " + to + ")"}
}

// named is a column of a SELECT.
func named(c code, name string) code { return after(c, " AS "+quoted(name)) }

// operand is the code itself, or in brackets.
func operand(c code) code {
	if c.compound {
		return call("", c)
	}
	return c
}

// after adds text behind the code.
func after(c code, text string) code {
	c.close += text
	return c
}

// bracket reports whether the code is a call: something that ends with a bracket, and not with END.
func (c code) bracket() bool { return strings.HasSuffix(c.open, "(") }

// before is what stands before an item on its line.
func (c code) before(i int) string {
	if c.lead == nil {
		return ""
	}
	return c.lead[i]
}

// flat is the code on one line.
func (c code) flat() string {
	var b strings.Builder
	b.WriteString(c.open)
	space := ""
	if c.open != "" && len(c.items) > 0 && !c.bracket() {
		space = " "
	}
	b.WriteString(space)
	for i, item := range c.items {
		if i > 0 {
			b.WriteString(c.between)
		}
		b.WriteString(c.before(i) + item.flat())
	}
	b.WriteString(space + c.close)
	return b.String()
}

// layout writes the code with lines that begin at the indent; the first one is already begun.
func (c code) layout(b *strings.Builder, indent int) {
	text := c.flat()
	if len(c.items) == 0 || fits(b, text) {
		b.WriteString(text)
		return
	}
	if c.bracket() && len(c.items) == 1 && c.items[0].open != "" { // a call in a call: both begin and end together
		b.WriteString(c.open)
		c.items[0].layout(b, indent)
		b.WriteString(c.close)
		return
	}
	line := func(indent int) { b.WriteString("\n" + strings.Repeat(" ", indent)) }
	inner := indent
	if c.open != "" {
		inner += 2
		b.WriteString(c.open)
		line(inner)
	}
	for i, item := range c.items {
		switch {
		case i > 0 && c.bracket() && len(item.items) == 0 && fits(b, c.between+item.open):
			b.WriteString(c.between) // a short argument stays on the line of the one before
		case i > 0:
			b.WriteString(strings.TrimSuffix(c.between, " "))
			line(inner)
		}
		b.WriteString(c.before(i))
		item.layout(b, inner)
	}
	if c.open != "" {
		line(indent)
	}
	b.WriteString(c.close)
}

// fits reports whether the text can end the line that is begun.
func fits(b *strings.Builder, text string) bool {
	begun := b.String()
	begun = begun[strings.LastIndexByte(begun, '\n')+1:]
	return utf8.RuneCountInString(begun)+utf8.RuneCountInString(text) <= width
}
