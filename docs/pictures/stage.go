package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"featops/engine"
	"featops/engine/config"
	"featops/engine/logs"
	"featops/features"
	"featops/tui"
	_ "featops/tui/background" // no question to the terminal before main
	"featops/workspaces/embedded/sample"
)

// shownHome is what the pictures show as the home, which is a temporary folder.
const shownHome = "/home/ana/.local/share/featops"

// stage is featops on a home of its own: a real engine with embedded workspaces, and a console on it.
type stage struct {
	*score
	ctx     context.Context
	home    string
	logs    *logs.Logs
	log     *slog.Logger
	engine  *engine.Engine
	console *tui.Still
}

// newStage makes an empty home in a folder. The caller closes it.
func newStage(ctx context.Context, home string, begin time.Time) (*stage, error) {
	s := &stage{ctx: ctx, home: home}
	var err error
	s.logs, err = logs.Open(logs.Options{File: filepath.Join(home, "logs", "featops.jsonl"), Clock: func() time.Time { return s.Now() }})
	if err != nil {
		return nil, err
	}
	c := newConductor(ctx, s.logs.Logger.Handler(), begin)
	s.score, s.log = c.score, slog.New(c)
	return s, nil
}

// config is the configuration of a machine without a file, with few settings.
func (s *stage) config() (config.Config, error) {
	given := map[string]string{"FEATOPS_HOME": s.home, "FEATOPS_USER": "ana", "XDG_CONFIG_HOME": s.home}
	return config.Load("", nil, func(name string) (string, bool) { v, ok := given[name]; return v, ok })
}

// open opens an engine and a console on it. One that is open is closed.
func (s *stage) open(tables []features.Table) error {
	if err := s.shut(); err != nil {
		return err
	}
	c, err := s.config()
	if err != nil {
		return err
	}
	s.engine, err = engine.Open(s.ctx, engine.Options{
		Config: c, Tables: tables, Policy: engine.Prompt, Register: true, Log: s.log, Now: s.Now,
	})
	if err != nil {
		return err
	}
	if err := s.engine.Start(s.ctx); err != nil {
		return err
	}
	s.console, err = tui.NewStill(s.ctx, tui.Options{
		Engine: shown{s.engine}, Lines: s.logs.Ring, Log: s.log, User: "ana", Now: s.Now, Color: true, Theme: config.Dark,
		LogFile: filepath.Join(s.home, "logs", "featops.jsonl"),
	}, width, leastHeight)
	if err != nil {
		return err
	}
	return s.poll()
}

// shown is an engine whose home is called as a user's is.
type shown struct{ *engine.Engine }

// Snapshot returns the newest state.
func (e shown) Snapshot() *engine.Snapshot {
	s := *e.Engine.Snapshot()
	s.Home = shownHome
	return &s
}

// shut closes the engine and the console.
func (s *stage) shut() error {
	if s.engine == nil {
		return nil
	}
	s.Release() // what stands still would never end
	if s.console != nil {
		s.console.Close()
	}
	err := s.engine.Close()
	s.engine, s.console = nil, nil
	return err
}

// Close ends everything.
func (s *stage) Close() error { return errors.Join(s.shut(), s.logs.Close()) }

// sample makes source data up to a month.
func (s *stage) sample(customers, months int, last time.Time) error {
	_, err := s.engine.MakeSample(s.ctx, sample.Options{Customers: customers, Months: months, Seed: 1, Last: last}, func(string, int64) {})
	return err
}

// poll lets the engine and then the console look at everything.
func (s *stage) poll() error {
	if _, err := s.engine.Do(s.ctx, engine.Poll{}); err != nil {
		return err
	}
	return s.console.Look()
}

// until waits until the engine's state is so.
func (s *stage) until(so func(*engine.Snapshot) bool) error {
	for !so(s.engine.Snapshot()) {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
	return s.console.Look()
}

// run starts the job of the workspace in which the selected row of the overview is, and waits for its end, with which
// so many runs have ended.
func (s *stage) run(ended int) error {
	if err := s.press("r", "y"); err != nil {
		return err
	}
	return s.finished(ended)
}

// finished waits until so many runs have ended, and the engine has seen it.
func (s *stage) finished(runs int) error {
	return errors.Join(s.Ended(runs), s.poll())
}

// press presses keys and lets the console look.
func (s *stage) press(keys ...string) error {
	if err := s.console.Press(keys...); err != nil {
		return err
	}
	return s.console.Look()
}

func month(year int, m time.Month) time.Time { return time.Date(year, m, 1, 0, 0, 0, 0, time.UTC) }

// without are the feature tables as they are when a feature was taken out of the definition of one.
func without(table, feature string) ([]features.Table, error) {
	tables := features.Tables()
	for i, t := range tables {
		if t.Name != table {
			continue
		}
		tables[i].Features = nil
		for _, f := range t.Features {
			if f.Name != feature {
				tables[i].Features = append(tables[i].Features, f)
			}
		}
		if len(tables[i].Features) == len(t.Features)-1 {
			return tables, nil
		}
	}
	return nil, fmt.Errorf("table %s has no feature %s", table, feature)
}
