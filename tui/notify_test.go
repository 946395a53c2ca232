package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"featops/engine/config"

	"github.com/google/go-cmp/cmp"
)

func TestAQuestionCallsForSomebody(t *testing.T) {
	var out strings.Builder
	heard := func() string {
		s := out.String()
		out.Reset()
		return s
	}
	c := open(t, idle(), 120, 36, func(o *Options) { o.Terminal, o.Notify = &out, []string{config.Bell, config.OSC9, config.OSC777} })
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"it opens", func() { c.show(asking(question("a"))) },
			"\x1b]9;featops: a question about fs_cus_credit_risk in bncapers, 05:00 left\a" +
				"\x1b]777;notify;featops;a question about fs_cus_credit_risk in bncapers, 05:00 left\a\a"},
		{"it is still open", func() { c.show(asking(question("a"))) }, ""},
		{"put off", func() { c.wait(time.Second); c.keys("l") }, ""},
		{"half a minute is not yet near", func() { c.wait(268 * time.Second) }, ""},
		{"half a minute left", func() { c.wait(time.Second) },
			"\x1b]9;featops: a question about fs_cus_credit_risk in bncapers, 00:30 left\a" +
				"\x1b]777;notify;featops;a question about fs_cus_credit_risk in bncapers, 00:30 left\a\a"},
		{"once only", func() { c.wait(time.Second) }, ""},
	}
	for _, s := range steps {
		s.do()
		if diff := cmp.Diff(s.want, heard()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.name, diff)
		}
	}
}

func TestAQuestionThatWasOpenBeforeCallsToo(t *testing.T) {
	var out strings.Builder
	open(t, asking(question("a"), question("b")), 120, 36, func(o *Options) { o.Terminal, o.Notify = &out, []string{config.OSC9} })
	if want := "\x1b]9;featops: 2 questions, 05:00 left\a"; out.String() != want {
		t.Errorf("the terminal got %q, want %q", out.String(), want)
	}
}

func TestNobodyIsCalledWhereThatIsSet(t *testing.T) {
	var out strings.Builder
	c := open(t, asking(question("a")), 120, 36, func(o *Options) { o.Terminal = &out })
	c.wait(5 * time.Minute)
	if out.Len() > 0 {
		t.Errorf("the terminal got %q", out.String())
	}
}

// In tmux its own way is taken; where that fails, the terminal is asked after all, and the console says so.
func TestAnotherWayToTheClipboard(t *testing.T) {
	var out strings.Builder
	var copied string
	var fails error
	c := open(t, idle(), 120, 36, func(o *Options) {
		o.Terminal = &out
		o.Clipboard = func(_ context.Context, text string) error { copied = text; return fails }
	})
	c.settle(c.Copy("the row", "a\tb"))
	c.wantSeen(t, true, "✓ copied the row")
	if copied != "a\tb" || out.Len() > 0 {
		t.Errorf("copied %q, the terminal got %q", copied, out.String())
	}
	fails = errors.New("no server")
	c.settle(c.Copy("the row", "a\tb"))
	c.wantSeen(t, true, "✗ copy the row: no server; the terminal was asked")
	if want := "\x1b]52;c;YQli\a"; out.String() != want {
		t.Errorf("the terminal got %q, want %q", out.String(), want)
	}
}

func TestTheClipboardIsThatOfTheTerminal(t *testing.T) {
	var out strings.Builder
	c := open(t, idle(), 120, 36, func(o *Options) { o.Terminal = &out })
	c.settle(c.Copy("the row", "a\tb"))
	if want := "\x1b]52;c;YQli\a"; out.String() != want {
		t.Errorf("the terminal got %q, want %q", out.String(), want)
	}
}
