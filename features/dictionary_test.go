package features_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"featops/features"
	"featops/features/schema"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/features.md anew")

// The feature dictionary in docs is generated from the definitions: go test ./features -update.
func TestDictionaryIsCurrent(t *testing.T) {
	path := filepath.Join("..", "docs", "features.md")
	want := dictionary(t)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/features.md is not what the definitions say; run go test ./features -update (-want +got):\n%s", diff)
	}
}

func dictionary(t *testing.T) []byte {
	var b bytes.Buffer
	b.WriteString(`# Feature dictionary

Every column of every feature table, generated from the definitions in ` + "`features/`" + `.

The keys of each table are ` + "`pk_customer`" + ` and ` + "`tpk_release_dt`" + `, the first day of a month. Names in formulas without the
table's prefix are other features of the table or columns of its source. Text is cleaned first: trimmed,
lower case, without accents, with ` + "`_`" + ` for spaces and punctuation. "Over the last 3" and "3 back" count rows of the
customer, or calendar months when the table's frame is ` + "`months`" + `. ` + "`round(…, 4)`" + ` rounds half-up.
`)
	for _, table := range features.Tables() {
		s, err := table.Schema(schema.BigInt)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s Computed in `%s` from `%s`", table.Name, table.Summary(), table.Workspace, table.Source.FullName())
		if table.Release.After != "" {
			fmt.Fprintf(&b, ", a row per customer and month of `%s`, released on the first day of the month after.", table.Release.After)
		} else {
			fmt.Fprintf(&b, ", a row per customer and month from `%s` on.", table.Release.Since)
		}
		if table.Where != nil {
			fmt.Fprintf(&b, " Only rows with %s.", features.Formula(table.Where))
		}
		b.WriteString("\n\n| column | type | meaning | formula | source |\n| --- | --- | --- | --- | --- |\n")
		for _, f := range table.Features {
			c := s[s.Index(table.Prefix+f.Name)]
			fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` | %s |\n", c.Name, c.Type, f.Meaning,
				strings.ReplaceAll(features.Formula(f.Value), "|", `\|`), strings.Join(table.Inputs(f), ", "))
		}
	}
	return b.Bytes()
}
