package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 4, 12, 0, 5, 678_000_000, time.UTC)

func atNoon() time.Time { return noon }

func mustOpen(t *testing.T, o Options) *Logs {
	t.Helper()
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	})
	return l
}

// say logs one line of each level and shape.
func say(l *slog.Logger) {
	task := l.With("workspace", "bncapers", "job", "demo-feature-store").With("run", 12, "task", "fs_cus_credit_risk", "table", "fs_cus_credit_risk")
	task.Debug("read the source", "rows", 240_000, "share", 0.25)
	task.Info("saved", "version", uint64(3), "merged", true, slog.Group("took", "read", 1500*time.Millisecond))
	l.Warn("no job found", "workspace", "medpag", "tags", []string{"stage=feature", "environment=dev"})
	l.With("workspace", "medpag").Error("register", "table", "fs_cus_transactions", "error", errors.New("read buro_credito:\n\x1b[31mbad\x1b[0m"), "empty", "")
	l.Info("plain José ñ\tend")
}

const golden = "" +
	"2026-03-04 12:00:05 DEBUG   [bncapers/demo-feature-store/fs_cus_credit_risk] read the source run=12 rows=240000 share=0.25\n" +
	"2026-03-04 12:00:05 INFO    [bncapers/demo-feature-store/fs_cus_credit_risk] saved run=12 version=3 merged=true took.read=1.5s\n" +
	"2026-03-04 12:00:05 WARNING [medpag] no job found tags=\"[stage=feature environment=dev]\"\n" +
	"2026-03-04 12:00:05 ERROR   [medpag] register table=fs_cus_transactions error=\"read buro_credito: bad\" empty=\"\"\n" +
	"2026-03-04 12:00:05 INFO    plain José ñ end\n"

func TestDetails(t *testing.T) {
	l := Line{Message: "table\nsaved", Workspace: "bncapers", Job: "[dev ana] job", Run: "7", Task: "a", Table: "b",
		Attrs: Attrs{{"rows", int64(3)}, {"error", `no "x"`}}}
	if got, want := l.Details(), `table saved run=7 table=b rows=3 error="no \"x\"" job="[dev ana] job"`; got != want {
		t.Errorf("Details = %s, want %s", got, want)
	}
}

func TestTerminal(t *testing.T) {
	var out bytes.Buffer
	say(mustOpen(t, Options{Level: slog.LevelDebug, Terminal: &out, Clock: atNoon}).Logger)
	if diff := cmp.Diff(golden, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTerminalInColour(t *testing.T) {
	var out bytes.Buffer
	say(mustOpen(t, Options{Level: slog.LevelDebug, Terminal: &out, Color: true, Clock: atNoon}).Logger)
	colours := []string{"\x1b[90m", "\x1b[34m", "\x1b[33m", "\x1b[31m", "\x1b[34m"}
	var want strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(golden, "\n"), "\n") {
		want.WriteString(colours[i] + line + "\x1b[0m\n")
	}
	if diff := cmp.Diff(want.String(), out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "featops.log")
	l := mustOpen(t, Options{Level: slog.LevelDebug, File: file, Clock: atNoon})
	say(l.Logger)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const at = `{"time":"2026-03-04T12:00:05.678Z",`
	const task = `"workspace":"bncapers","job":"demo-feature-store","run":"12","task":"fs_cus_credit_risk","table":"fs_cus_credit_risk",`
	want := at + `"level":"DEBUG","message":"read the source",` + task + `"attrs":{"rows":240000,"share":0.25}}` + "\n" +
		at + `"level":"INFO","message":"saved",` + task + `"attrs":{"version":3,"merged":true,"took.read":"1.5s"}}` + "\n" +
		at + `"level":"WARNING","message":"no job found","workspace":"medpag","attrs":{"tags":"[stage=feature environment=dev]"}}` + "\n" +
		at + `"level":"ERROR","message":"register","workspace":"medpag","table":"fs_cus_transactions","attrs":{"error":"read buro_credito:\nbad","empty":""}}` + "\n" +
		at + `"level":"INFO","message":"plain José ñ\tend"}` + "\n"
	if diff := cmp.Diff(want, string(content)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is not for its owner alone: %v, %v", info.Mode(), err)
	}
}

// What the ring holds and what the file holds are the same lines.
func TestFileAndRingAgree(t *testing.T) {
	file := filepath.Join(t.TempDir(), "featops.log")
	l := mustOpen(t, Options{Level: slog.LevelDebug, File: file, Clock: atNoon})
	say(l.Logger)
	l.Logger.Info("numbers", "max", uint64(math.MaxUint64), "min", math.MinInt64, "tiny", 1e-300, "inf", math.Inf(1), "nan", math.NaN(), "html", "<&>")
	got := collect(t, Read(t.Context(), file, Filter{}))
	want := l.Ring.Lines(Filter{}, 0)
	// A whole number is written as an integer of either sign, and read as int64 where it fits.
	text := cmp.Transformer("text", func(a Attr) string { return a.Key + "=" + a.text() })
	if diff := cmp.Diff(want, got, text); diff != "" {
		t.Errorf("(-ring +file):\n%s", diff)
	}
}

func TestLevelBelowTheThresholdIsNotLogged(t *testing.T) {
	l := mustOpen(t, Options{Level: slog.LevelWarn, Clock: atNoon})
	say(l.Logger)
	if got := l.Ring.Total(); got != 2 {
		t.Errorf("%d lines, want the warning and the error", got)
	}
}

func TestLevels(t *testing.T) {
	tests := []struct {
		level slog.Level
		want  string
	}{{-8, "DEBUG"}, {slog.LevelDebug, "DEBUG"}, {-1, "DEBUG"}, {0, "INFO"}, {3, "INFO"}, {4, "WARNING"}, {7, "WARNING"}, {8, "ERROR"}, {12, "ERROR"}}
	for _, test := range tests {
		if got := LevelName(test.level); got != test.want {
			t.Errorf("LevelName(%d) = %s, want %s", test.level, got, test.want)
		}
	}
	for name, want := range map[string]slog.Level{"debug": -4, "Info": 0, "WARNING": 4, "error": 8} {
		if got, err := ParseLevel(name); err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %d, %v", name, got, err)
		}
	}
	if _, err := ParseLevel("warn"); err == nil || err.Error() != `found "warn"; allowed: debug, info, warning, error` {
		t.Errorf("ParseLevel of an unknown name: %v", err)
	}
}

// The rules that every slog handler keeps.
func TestHandlerKeepsTheRulesOfSlog(t *testing.T) {
	ring := NewRing(0)
	h := &handler{level: slog.LevelDebug, redactor: &Redactor{}, sinks: []sink{func(l Line) error { ring.Append(l); return nil }}}
	err := slogtest.TestHandler(h, func() []map[string]any {
		var results []map[string]any
		for _, l := range ring.Lines(Filter{}, 0) {
			m := map[string]any{"level": l.Level, "msg": l.Message}
			if !l.Time.IsZero() {
				m["time"] = l.Time
			}
			for _, a := range l.Attrs {
				group := m
				parts := strings.Split(a.Key, ".")
				for _, p := range parts[:len(parts)-1] {
					if group[p] == nil {
						group[p] = map[string]any{}
					}
					group = group[p].(map[string]any)
				}
				group[parts[len(parts)-1]] = a.Value
			}
			results = append(results, m)
		}
		return results
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStandardAttributes(t *testing.T) {
	l := mustOpen(t, Options{Clock: atNoon})
	parent := l.Logger.With("workspace", "a", "rows", 1)
	parent.Info("1", "workspace", "b", "run", int64(7), "task", "t")
	parent.WithGroup("g").Info("2", "task", "t", slog.Group("workspace", "job", "j"))
	parent.Info("3", slog.Group("", "job", "inlined"))
	want := []Line{
		{Time: noon, Message: "1", Workspace: "b", Run: "7", Task: "t", Attrs: Attrs{{"rows", int64(1)}}},
		{Time: noon, Message: "2", Workspace: "a", Attrs: Attrs{{"rows", int64(1)}, {"g.task", "t"}, {"g.workspace.job", "j"}}},
		{Time: noon, Message: "3", Workspace: "a", Job: "inlined", Attrs: Attrs{{"rows", int64(1)}}},
	}
	if diff := cmp.Diff(want, l.Ring.Lines(Filter{}, 0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

type panics struct{}

func (panics) Error() string { panic("no text") }

type valuer struct{ text string }

func (v valuer) LogValue() slog.Value {
	return slog.GroupValue(slog.String("inner", v.text), slog.Any("error", fmt.Errorf("wrapped: %w", errors.New(v.text))))
}

func TestRedaction(t *testing.T) {
	const secret = `p@ss "word"/1`
	redactor := &Redactor{}
	redactor.Add("", "4711")
	var out bytes.Buffer
	file := filepath.Join(t.TempDir(), "featops.log")
	l := mustOpen(t, Options{Terminal: &out, File: file, Redactor: redactor, Clock: atNoon})
	early := l.Logger.With("number", 4711)
	redactor.Add(secret)
	early.Info("token "+secret, "plain", secret, "table", secret, "number", 4711, "float", 4711.5, secret, "a key")
	early.WithGroup("outer").With(slog.Group("inner", "deep", valuer{secret})).Error("x",
		"url", &url.Error{Op: "Get", URL: "https://h/?t=" + url.QueryEscape(secret) + "&p=" + url.PathEscape(secret), Err: errors.New(secret)},
		"quoted", fmt.Sprintf("%q", secret), "struct", struct{ Token string }{secret}, "list", []string{secret}, "panic", panics{},
		"parted", secret[:3]+"\x1b[0m"+secret[3:])
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{out.String(), string(content), fmt.Sprint(l.Ring.Lines(Filter{}, 0))} {
		for _, bad := range []string{"word", "4711"} {
			if strings.Contains(text, bad) {
				t.Errorf("%q is in:\n%s", bad, text)
			}
		}
	}
	want := `2026-03-04 12:00:05 INFO    token *** table=*** number=*** plain=*** number=*** float=***.5 ***="a key"` + "\n" +
		`2026-03-04 12:00:05 ERROR   x number=*** outer.inner.deep.inner=*** outer.inner.deep.error="wrapped: ***" ` +
		`outer.url="Get \"https://h/?t=***&p=***\": ***" outer.quoted="\"***\"" outer.struct={Token:***} outer.list=[***] ` +
		`outer.panic="logs.panics: panic: no text" outer.parted=***` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoSecretSurvivesRedaction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ab/"]{1,4}`)
		secrets := rapid.SliceOfN(word, 1, 4).Draw(t, "secrets")
		r := &Redactor{}
		for _, s := range secrets {
			r.Add(s)
		}
		text := strings.Join(rapid.SliceOf(word).Draw(t, "text"), "")
		for _, s := range secrets {
			if got := r.Redact(text); strings.Contains(got, s) {
				t.Fatalf("%q is in %q", s, got)
			}
		}
	})
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"plain ~":                        "plain ~",
		"áñç œ 日本 🙂":                     "áñç œ 日本 🙂",
		"a\nb\tc":                        "a\nb\tc",
		"\x1b[31;1mred\x1b[0m":           "red",
		"\x1b]0;title\x07x":              "x",
		"\x1b]8;;http://x\x1b\\link":     "link",
		"a\rb\bc\x00d\x7f":               "abcd",
		"\u009b31mx":                     "31mx",
		"\x9b31mx":                       "\uFFFD31mx",
		"x\u202egnp.exe":                 "xgnp.exe",
		"bad \xff\xfe bytes":             "bad \uFFFD bytes",
		"\x1bPdevice control\x1b\\after": "after",
	} {
		if got := Clean(text); got != want {
			t.Errorf("Clean(%q) = %q, want %q", text, got, want)
		}
	}
}

// Whatever is logged is one line on the terminal, of printable characters alone.
func TestAnyTextIsOneSafeLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("\x1b[]0;m\n\r\t\\\u009b\u202e\x07aé")))).Draw(t, "text")
		line := Line{Time: noon, Message: text, Task: text, Table: "x" + text, Attrs: Attrs{{text, text}}}.Format(false)
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 || r == '\u202e' }) {
			t.Fatalf("%q", line)
		}
	})
}

func TestFilter(t *testing.T) {
	line := Line{Time: noon, Level: slog.LevelWarn, Message: "no rows", Workspace: "w", Job: "j", Run: "1", Task: "k", Table: "t", Attrs: Attrs{{"rows", int64(0)}}}
	tests := map[string]struct {
		filter Filter
		want   bool
	}{
		"nothing":            {Filter{}, true},
		"everything":         {Filter{"w", "j", "1", "k", "t", slog.LevelWarn, noon, regexp.MustCompile("rows=0$")}, true},
		"another workspace":  {Filter{Workspace: "x"}, false},
		"another job":        {Filter{Job: "x"}, false},
		"another run":        {Filter{Run: "x"}, false},
		"another task":       {Filter{Task: "x"}, false},
		"another table":      {Filter{Table: "x"}, false},
		"part of a name":     {Filter{Table: ""}, true},
		"a higher level":     {Filter{MinLevel: slog.LevelError}, false},
		"a lower level":      {Filter{MinLevel: slog.LevelDebug}, true},
		"too old":            {Filter{Since: noon.Add(1)}, false},
		"the message":        {Filter{Grep: regexp.MustCompile("^.*no r.ws")}, true},
		"the level's name":   {Filter{Grep: regexp.MustCompile("WARNING")}, true},
		"other text":         {Filter{Grep: regexp.MustCompile("columns")}, false},
		"one of two differs": {Filter{Workspace: "w", Run: "2"}, false},
	}
	for name, test := range tests {
		if got := test.filter.Match(line); got != test.want {
			t.Errorf("%s: Match = %t, want %t", name, got, test.want)
		}
	}
	debug := Line{Level: slog.LevelDebug}
	if !(Filter{}).Match(debug) {
		t.Error("the zero filter hides DEBUG")
	}
}

func TestUnwritableFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(file, "featops.log")} {
		if l, err := Open(Options{File: path}); err == nil || !strings.HasPrefix(err.Error(), "open the log file: ") {
			t.Errorf("Open of %s gave %v, %v", path, l, err)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestLostLinesAreReported(t *testing.T) {
	l, err := Open(Options{Terminal: fullDisk{}})
	if err != nil {
		t.Fatal(err)
	}
	l.Logger.Info("x")
	if got := l.Ring.Total(); got != 1 {
		t.Errorf("the ring has %d lines: one place that fails must not keep lines from the others", got)
	}
	if err := l.Close(); err == nil || err.Error() != "write a log line: no space left on device" {
		t.Errorf("Close returned %v", err)
	}
}

// Many goroutines log, add secrets and read at the same time; go test -race watches.
func TestConcurrentUse(t *testing.T) {
	var out bytes.Buffer
	file := filepath.Join(t.TempDir(), "featops.log")
	l := mustOpen(t, Options{Terminal: &out, File: file, RingLines: 100})
	const writers, each = 8, 50
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			logger := l.Logger.With("workspace", fmt.Sprint(w))
			for i := range each {
				logger.With("i", i).Info("line")
				l.Redactor.Add(fmt.Sprintf("secret-%d-%d", w, i))
				l.Ring.Lines(Filter{Workspace: "3"}, 10)
			}
		})
	}
	wait.Wait()
	if got := l.Ring.Total(); got != writers*each {
		t.Errorf("%d lines in the ring, want %d", got, writers*each)
	}
	if got := strings.Count(out.String(), "\n"); got != writers*each {
		t.Errorf("%d lines on the terminal, want %d", got, writers*each)
	}
	if got := len(collect(t, Read(t.Context(), file, Filter{}))); got != writers*each {
		t.Errorf("%d lines in the file, want %d", got, writers*each)
	}
}

func TestBadJSON(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"time":"2026-03-04T12:00:05Z","level":"LOUD","message":""}`,
		`{"time":"2026-03-04T12:00:05Z","level":"INFO","attrs":[]}`, `{"level":"INFO","attrs":{"a":{}}}`, `{"level":"INFO","attrs":{"a":null}}`,
	} {
		var l Line
		if err := json.Unmarshal([]byte(text), &l); err == nil {
			t.Errorf("%s was read as %+v", text, l)
		}
	}
}

func BenchmarkLog(b *testing.B) {
	l, err := Open(Options{File: filepath.Join(b.TempDir(), "featops.log")})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	l.Redactor.Add("secret")
	logger := l.Logger.With("workspace", "bncapers", "task", "fs_cus_credit_risk")
	b.ReportAllocs()
	for b.Loop() {
		logger.Info("computed the table", "rows", 240_000, "seconds", 1.25)
	}
}
