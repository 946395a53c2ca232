package bundle

import (
	"bytes"
	"embed"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

func execute(name string, data any) ([]byte, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"name": quoteName, "text": quoteText, "raw": quoteRaw, "inner": inner, "lower": strings.ToLower,
	}).ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// quoteName is a name in backticks.
func quoteName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// quoteText is a string literal that can also stand inside a raw one and has no semicolon: those end statements.
func quoteText(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, `"`, `\u0022`, ";", `\u003B`, "\n", `\n`).Replace(text) + "'"
}

// quoteRaw is a statement of several lines as a string literal, in which nothing has to be escaped.
func quoteRaw(statement string) string { return `r"` + inner(statement) + `"` }

// inner is a statement that can stand in a raw literal. What would end that literal, and semicolons, at which a file is taken
// apart, are written by their codes in the statement's own literals and are other signs in its comments.
func inner(statement string) string {
	var b strings.Builder
	in := rune(0) // the sign that began what the scanner is in: of a literal, a name, or a comment
	escaped := false
	for i, r := range statement {
		switch {
		case in == 0 && (r == '\'' || r == '`'):
			in = r
		case in == 0 && strings.HasPrefix(statement[i:], "--"):
			in = '-'
		case in == '-' && r == '\n', in == '`' && r == in, in == '\'' && r == in && !escaped:
			in = 0
		}
		escaped = in == '\'' && r == '\\' && !escaped
		switch {
		case in == '\'' && r == ';':
			b.WriteString(`\u003B`)
		case in == '\'' && r == '"':
			b.WriteString(`\u0022`)
		case in == '-' && r == ';':
			b.WriteByte(',')
		case in == '-' && r == '"':
			b.WriteByte('\'')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
