package warehouse

import "strings"

// Name is a name of one part or several, in backticks.
func Name(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = "`" + strings.ReplaceAll(p, "`", "``") + "`"
	}
	return strings.Join(quoted, ".")
}

// Text is a STRING literal. A warehouse puts the values of variables in place of ${name} before it reads a statement, in
// literals too: what begins one is written by its code.
func Text(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`, "${", `\u0024{`).Replace(s) + "'"
}
