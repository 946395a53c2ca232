package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"featops/tui/screen"
	"featops/tui/widget"
	"featops/workspaces"

	tea "github.com/charmbracelet/bubbletea"
)

// listing is a screen as others are: a list that is loaded when it comes to the front.
type listing struct {
	console screen.Console
	name    string
	state   screen.State
	runs    screen.Loader[[]workspaces.Run]
	table   *widget.Table[workspaces.Run]
}

func newListing(c screen.Console, name string) *listing {
	return &listing{console: c, name: name, table: widget.NewTable(
		func(r *workspaces.Run) string { return fmt.Sprint(r.Workspace, r.ID) },
		widget.Column[workspaces.Run]{Title: "RUN", Text: func(r *workspaces.Run) string { return fmt.Sprint(r.ID) }, Width: 8},
		widget.Column[workspaces.Run]{Title: "WORKSPACE", Text: func(r *workspaces.Run) string { return r.Workspace }, Width: 20, Grow: 1},
	)}
}

func (l *listing) Name() string             { return l.name }
func (l *listing) Title() string            { return l.name }
func (l *listing) Show(s screen.State)      { l.state = s }
func (l *listing) Actions() []screen.Action { return screen.ListActions(l.console, l.table, l.name) }
func (l *listing) Typing() bool             { return l.table.Typing() }
func (l *listing) Wheel(lines int)          { l.table.Move(lines) }
func (l *listing) Click(_, y int)           { l.table.Click(y - 1) }

func (l *listing) Type(k tea.KeyMsg) tea.Cmd {
	l.table.Type(k)
	return nil
}

func (l *listing) Update(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(screen.Entered); ok {
		return l.runs.Load(l.console, func(ctx context.Context, e screen.Engine) ([]workspaces.Run, error) { return e.Runs(ctx, "", 50) })
	}
	if l.runs.Update(msg) {
		runs, _ := l.runs.Value()
		l.table.Set(runs)
	}
	return nil
}

func (l *listing) Draw(w, h int) []string {
	return append([]string{l.runs.Status("runs", l.state)}, l.table.Draw(w, h-1, l.state.Theme)...)
}

// withListings is a console whose second screen is a list, with a third that is opened over others.
func withListings(t testing.TB, change ...func(*Options)) *console {
	t.Helper()
	c := open(t, idle(), 120, 36, change...)
	for i := range 30 {
		c.engine.runs = append(c.engine.runs, workspaces.Run{ID: int64(i + 1), Workspace: []string{"bncapers", "medpag"}[i%2]})
	}
	c.tabs = slices.Insert(c.tabs, 1, tab{newListing(c.model, "listing")})
	var err error
	if c.model.keys, err = newKeyMap(append(c.scopes(), scope{"listing", c.tabs[1].base().Actions()}), nil); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestScreensKeepTheirStateWhileOthersAreInFront(t *testing.T) {
	c := withListings(t)
	c.keys("j", "2", "down", "/", "medpag", "enter")
	c.wantSeen(t, true, "featops · dev · listing")
	c.wantSeen(t, true, "▸ 2 ")
	c.keys("1")
	c.wantSeen(t, true, "▸   fs_cus_demographic")
	c.keys(":", "listing", "enter")
	c.wantSeen(t, true, "▸ 2 ")
	c.wantSeen(t, true, "filter medpag hides 15")
}

func TestEscGoesBackThroughTheScreensThatWereOpened(t *testing.T) {
	c := withListings(t)
	c.keys("2")
	c.settle(c.Open(newListing(c.model, "run 7")))
	c.wantSeen(t, true, "dev · listing › run 7")
	c.keys("1", "2")
	c.wantSeen(t, true, "dev · listing › run 7")
	c.keys("esc")
	c.wantSeen(t, false, "› run 7")
	c.keys("esc")
	c.wantSeen(t, true, "! clear message, go back: there is no message and nothing to go back to")
}

func TestLettersAreTextWhileAFilterIsTyped(t *testing.T) {
	c := withListings(t)
	c.keys("2", "/", "q", "1", "?")
	c.wantSeen(t, true, "/q1?")
	c.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("medpag"), Paste: true})
	c.wantSeen(t, true, "/q1?medpag")
	c.keys("esc")
	c.wantSeen(t, true, "1 of 30")
	if !c.keys("/", "ctrl+c") {
		t.Error("ctrl+c does not quit while text is typed")
	}
}

func TestAScreenShowsThatItLoadsAndWhyItCannot(t *testing.T) {
	c := withListings(t)
	c.tab = 1
	load := c.enter()
	c.draw()
	c.wantSeen(t, true, "⠋ loading runs")
	c.wait(heartbeat)
	c.wantSeen(t, true, "⠙ loading runs")
	c.engine.err = errors.New("bncapers: timeout")
	c.settle(load)
	c.wantSeen(t, true, "✗ runs: bncapers: timeout")
	c.engine.err = nil
	c.settle(c.enter())
	c.draw()
	c.wantSeen(t, true, "1 of 30")
	c.wantSeen(t, false, "timeout")
}

func TestAnAnswerThatIsNoLongerWantedIsDropped(t *testing.T) {
	c := withListings(t)
	var l screen.Loader[int]
	ask := func(value int) tea.Cmd {
		return l.Load(c.model, func(ctx context.Context, _ screen.Engine) (int, error) { return value, ctx.Err() })
	}
	first := ask(1)
	second := ask(2)
	late := first().(loadedMsg).msg
	if l.Update(second().(loadedMsg).msg); l.Update(late) {
		t.Error("the answer to the older question was taken")
	}
	if v, ok := l.Value(); v != 2 || !ok || l.Loading() || l.Err() != nil {
		t.Errorf("value %d, known %v, loading %v, error %v", v, ok, l.Loading(), l.Err())
	}
}

func TestARowIsExportedAndCopied(t *testing.T) {
	home := t.TempDir()
	var out strings.Builder
	c := withListings(t, func(o *Options) { o.Home, o.Terminal = home, &out })
	c.keys("2", "/", "bncapers", "enter", "ctrl+e", "ctrl+y")
	file := filepath.Join(home, "exports", "listing-20261123T120000.csv")
	c.wantSeen(t, true, "✓ wrote "+file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "RUN,WORKSPACE\n1,bncapers\n3,bncapers\n"; !strings.HasPrefix(string(text), want) {
		t.Errorf("the file has %q, want %q first", text, want)
	}
	if want := "\x1b]52;c;MQlibmNhcGVycw==\a"; out.String() != want {
		t.Errorf("the terminal got %q, want %q", out.String(), want)
	}
}

func TestTheMouse(t *testing.T) {
	c := withListings(t)
	c.keys("2")
	c.Update(tea.MouseMsg{Button: tea.MouseButtonWheelDown})
	c.wantSeen(t, true, "▸ 4 ")
	c.Update(tea.MouseMsg{Button: tea.MouseButtonLeft, Action: tea.MouseActionPress, X: 5, Y: 4})
	c.wantSeen(t, true, "▸ 2 ")
	c.show(asking(question("a")))
	c.Update(tea.MouseMsg{Button: tea.MouseButtonWheelDown})
	c.wait(time.Second)
	c.keys("l")
	c.wantSeen(t, true, "▸ 2 ")
}
