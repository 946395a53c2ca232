package delta

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSnapshotAsOf(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	grow(t, table, 1, 12)
	for name, c := range map[string]struct {
		at   time.Time
		want int64
	}{
		"the moment of a commit":  {noon.Add(3 * time.Hour), 3},
		"between two commits":     {noon.Add(4*time.Hour - 1), 3},
		"the first moment":        {noon, 0},
		"after the newest commit": {noon.AddDate(1, 0, 0), 12},
		"in another time zone":    {noon.Add(5 * time.Hour).In(time.FixedZone("", -6*3600)), 5},
	} {
		t.Run(name, func(t *testing.T) {
			s := must(table.SnapshotAsOf(context.Background(), c.at))
			if want := noon.Add(time.Duration(c.want) * time.Hour); s.Version != c.want || !s.Timestamp.Equal(want) {
				t.Errorf("version %d of %s, want %d of %s", s.Version, s.Timestamp, c.want, want)
			}
			wantContent(t, s, ids(int(c.want)))
		})
	}
	_, err := table.SnapshotAsOf(context.Background(), noon.Add(-1))
	wantError(t, err, table.Path(), "as of 2026-05-01T11:59:59.999999999Z", "version in its log, 0, was committed at 2026-05-01T12:00:00Z")

	cleanLog(t, table, 10)
	if s := must(table.SnapshotAsOf(context.Background(), noon.Add(11*time.Hour-1))); s.Version != 10 {
		t.Errorf("version %d, want that of the checkpoint, 10", s.Version)
	}
	_, err = table.SnapshotAsOf(context.Background(), noon.Add(9*time.Hour))
	wantError(t, err, "version in its log, 10,")
}

// TestCommitsRiseWhenTheClockGoesBack commits under any clock, from two handles.
func TestCommitsRiseWhenTheClockGoesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		table := At(must(os.MkdirTemp(t.TempDir(), "")))
		clock := func() CommitOptions {
			return CommitOptions{Time: noon.Add(time.Duration(rapid.IntRange(-3, 3).Draw(rt, "clock")) * time.Millisecond)}
		}
		commits := []Commit{must(table.Create(ctx, Metadata{Schema: idAndValue}, nil, clock()))}
		for range rapid.IntRange(1, 6).Draw(rt, "commits") {
			c := must(table.Append(ctx, nil, clock()))
			if last := commits[len(commits)-1]; !c.Timestamp.After(last.Timestamp) {
				rt.Errorf("%+v after %+v", c, last)
			}
			commits = append(commits, c)
		}
		history := must(table.History(ctx, 0))
		for _, c := range commits {
			s := must(table.SnapshotAsOf(ctx, c.Timestamp))
			if s.Version != c.Version || !s.Timestamp.Equal(c.Timestamp) {
				rt.Errorf("as of %+v: version %d of %s", c, s.Version, s.Timestamp)
			}
			if h := history[int64(len(history)-1)-c.Version]; !h.Timestamp.Equal(c.Timestamp) {
				rt.Errorf("history of %+v: %s", c, h.Timestamp)
			}
			if file := must(os.Stat(inLog(table, commitFile(c.Version)))).ModTime(); !file.Equal(c.Timestamp) {
				rt.Errorf("the file of %+v is of %s", c, file)
			}
		}
	})
}

func TestARacingCommitIsLaterThanTheWinner(t *testing.T) {
	table := create(t, idAndValue, `{"id": 0}`)
	ctx := context.Background()
	late := transaction{table: table, base: snapshot(t, table), operation: "TEST", options: CommitOptions{Time: noon.Add(time.Hour)}}
	must(table.Append(ctx, nil, CommitOptions{Time: noon.Add(2 * time.Hour)}))
	c := must(late.commit(ctx))
	if want := noon.Add(2*time.Hour + time.Millisecond); c.Version != 2 || !c.Timestamp.Equal(want) {
		t.Errorf("version %d of %s, want 2 of %s", c.Version, c.Timestamp, want)
	}
}

func TestTimesOfOthersAreMadeToRise(t *testing.T) {
	first := plainProtocol + "\n" + metaDataLine(plainSchema, "", "")
	table := foreign(t, `{"commitInfo":{"timestamp":5000}}`+"\n"+first,
		`{"commitInfo":{"timestamp":4000}}`, `{"commitInfo":{"timestamp":9000}}`, `{"commitInfo":{"timestamp":9000}}`)
	for at, want := range map[int64]int64{5000: 0, 5001: 1, 8999: 1, 9000: 2, 9001: 3} {
		if s := must(table.SnapshotAsOf(context.Background(), time.UnixMilli(at))); s.Version != want {
			t.Errorf("as of %d ms: version %d, want %d", at, s.Version, want)
		}
	}
	var times []string
	for _, h := range must(table.History(context.Background(), 0)) {
		times = append(times, fmt.Sprint(h.Timestamp.UnixMilli()))
	}
	if d := cmp.Diff([]string{"9001", "9000", "5001", "5000"}, times); d != "" {
		t.Errorf("times in the history: %s", d)
	}
}
