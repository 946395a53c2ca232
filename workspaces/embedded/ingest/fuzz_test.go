package ingest

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"featops/features"
)

// Whatever the text, a mapping is refused with the place and the key of each fault, or the file is read through it to
// rows of the table or to an error that says where the file is wrong.
func FuzzMapping(f *testing.F) {
	examples, err := filepath.Glob("../../../examples/*/*.toml")
	if err != nil || len(examples) == 0 {
		f.Fatalf("no example mappings: %v", err)
	}
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "ID,X1,X2,X3,X4,X5,X6,X7,X8,X9,X10,X11,X12\n1,20000,2,2,1,24,2,2,-1,-1,-2,-2,3913\n")
	}
	for _, rules := range []map[string]string{
		{"d": "column = \"v\"\nscale = -1\nyear_day = \"07-01\"", "s": "column = \"v\"\nwrite = \"yyyy-MM\""},
		{"t": "column = \"v\"\nformat = \"dd/MM/yy HH:mm:ss\""}, {"n": "column = \"v\"\nmin = 1\nmax = 1e300"},
		{"b": "column = \"v\"\ncompare = \"!= 1e9\""}, {"s": "column = \"v\"\ncuts = [{ from = 1, value = \"x\" }, { from = -0.0, value = \"y\" }]"},
		{"s": "column = \"v\"\nmap = { a = \"b\" }\notherwise = \"keep\""}, {"t": "value = 2024-01-01T10:00:00"}, {"id": "value = 1\n", "x": "column = \"v\""},
	} {
		f.Add(mapThings(rules), "id,v\n1,2005\n2,\n3,\"1,5\"\n")
	}
	f.Add(mapThings(map[string]string{"x": `column = "v"`}, "[file]\ndelimiter = \";\"\ndecimal = \",\"\nnull_values = [\"NA\"]"), "\ufeffid;v\r\n1;1,5\r\n2;NA\r\n")
	f.Add(mapThings(map[string]string{"s": "period = true", "x": `month_column = "bill"`}, "[[month]]\nperiod = \"2005-04\"\ncolumns = { bill = \"p4\" }"), "id,p4\n1,2\n")
	f.Fuzz(func(t *testing.T, text, csv string) {
		m, err := parseMapping("fuzz.toml", text)
		if err != nil {
			checkFaults(t, err, text)
			return
		}
		for _, target := range []features.Source{things, features.Clients, features.Payments} {
			target.Name = m.doc.Table
			if err := m.Check(target); err != nil {
				checkFaults(t, err, text)
				continue
			}
			rows, err := ingest(t, m, writeFile(t, "fuzz.csv", csv), target)
			var cell *CellError
			switch {
			case err == nil && len(rows)%m.perRow() != 0, err == nil && len(rows) == 0:
				t.Errorf("%d rows and no error", len(rows))
			case errors.As(err, &cell) && (cell.Place == "" || cell.Target.Name == ""):
				t.Errorf("an error without its place: %v", err)
			case err != nil && !strings.Contains(err.Error(), "fuzz.csv"):
				t.Errorf("an error without its file: %v", err)
			}
		}
	})
}

func checkFaults(t *testing.T, err error, text string) {
	t.Helper()
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, err := range all {
		var fault *MappingError
		if !errors.As(err, &fault) || fault.File != "fuzz.toml" || fault.Err == nil {
			t.Errorf("error %v is no fault of the mapping", err)
		} else if fault.Line < 0 || fault.Line > strings.Count(text, "\n")+1 {
			t.Errorf("line %d of %d: %v", fault.Line, strings.Count(text, "\n")+1, err)
		}
	}
}

// A number in a file is what the plain form says, and the nearest double of it.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"1", "-1.5", "+.5", "5.", "1e3", "1E-400", "1e400", "1,5", "1.2.3", "", " 7 ", "NaN", "0x1p3", "1_000", "--1", "e5", ".", "9007199254740993"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, comma bool) {
		mark := byte('.')
		if comma {
			mark = ','
		}
		form := regexp.MustCompile(`^[+-]?([0-9]+\` + string(mark) + `?[0-9]*|\` + string(mark) + `[0-9]+)([eE][+-]?[0-9]+)?$`)
		trimmed := strings.TrimSpace(text)
		got, err := parseNumber(text, mark)
		want, tooLarge := strconv.ParseFloat(strings.Replace(trimmed, ",", ".", 1), 64)
		if ok := form.MatchString(trimmed) && tooLarge == nil; (err == nil) != ok {
			t.Fatalf("parseNumber(%q, %q): error %v", text, mark, err)
		}
		if err == nil && got != want {
			t.Errorf("parseNumber(%q, %q) = %v, want %v", text, mark, got, want)
		}
		whole, err := textCell(text).whole(mark)
		if exact, isInt := strconv.ParseInt(trimmed, 10, 64); isInt == nil {
			if err != nil || whole != exact {
				t.Errorf("%q as a whole number is %d, error %v", text, whole, err)
			}
		} else if err == nil && (float64(whole) != want || want != math.Trunc(want)) {
			t.Errorf("%q as a whole number is %d", text, whole)
		}
	})
}

// A date is read by a pattern exactly when package time, which takes more, reads the same and the text has the form of the
// pattern to the digit; and what is written by a pattern is read back.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{
		{"dd/MM/yyyy", "29/02/2024"}, {"dd/MM/yyyy", "29/02/2023"}, {"yyyyMMdd", "20050901"}, {"yy-MM", "69-12"}, {"yyyy-MM-ddTHH:mm:ss", "2024-01-31T23:59:59"},
		{"yyyy HH", "2024 7"}, {"yyyy ss", "2024 07.25"}, {"yyyy ss.", "2024 07.5."}, {"yyyy ss.", "2024 07."}, {"ssyy", "00,000"}, {"ss.yyyy", "07.2024"}, {"ss.yyyy", "07.5.2024"}, {"__yyyy", "__2024"}, {"_yyyy", "_2024"}, {"MM", "12"}, {"yyyy yy", "2024 23"},
		{"yyyy.MM.dd", "2024.1.1"}, {"yyyy  MM", "2024 02"}, {"yyyy ", "2024"}, {"yyyy-MM-dd HH", "2024-01-01 24"},
	} {
		f.Add(seed[0], seed[1])
	}
	fields := []struct{ name, form, layout string }{
		{"yyyy", "[0-9]{4}", "2006"}, {"yy", "[0-9]{2}", "06"}, {"MM", "[0-9]{2}", "01"}, {"dd", "[0-9]{2}", "02"},
		{"HH", "[0-9]{2}", "15"}, {"mm", "[0-9]{2}", "04"}, {"ss", "[0-9]{2}", "05"},
	}
	f.Fuzz(func(t *testing.T, text, date string) {
		p, err := parsePattern(text)
		if err != nil {
			return
		}
		// The literals between the fields go, so that package time sees one simple form.
		form, rest := "^", regexp.QuoteMeta(text)
		layouts := []string{}
		for rest != "" {
			i := slices.IndexFunc(fields, func(f struct{ name, form, layout string }) bool { return strings.HasPrefix(rest, f.name) })
			if i < 0 {
				form, rest = form+rest[:1], rest[1:]
				continue
			}
			field := fields[i].form
			if rest == "ss" {
				field += "(?:[.,][0-9]+)?"
			}
			form, rest = form+"("+field+")", rest[len(fields[i].name):]
			layouts = append(layouts, fields[i].layout)
		}
		found := regexp.MustCompile(form + "$").FindStringSubmatch(date)
		got, err := p.read(date)
		if found == nil {
			if err == nil {
				t.Fatalf("%q by %q is %v", date, text, got)
			}
			return
		}
		plain, wrong := time.Parse(strings.Join(layouts, " "), strings.Join(found[1:], " "))
		if (err == nil) != (wrong == nil) || err == nil && !got.Equal(plain.Truncate(time.Microsecond)) {
			t.Fatalf("%q by %q is %v, error %v; want %v, error %v", date, text, got, err, plain, wrong)
		}
		if err != nil {
			return
		}
		if again, err := p.read(p.write(got)); err != nil || !again.Equal(got.Truncate(time.Second)) {
			t.Errorf("%v by %q is written %q and read %v, error %v", got, text, p.write(got), again, err)
		}
	})
}
