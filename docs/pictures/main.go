// Pictures draws the pictures of the console that stand in the documentation:
//
//	go run ./docs/pictures
//
// They are of real screens. The program makes sample data in a temporary home, lets a real engine build and register the
// feature tables there, presses the keys that a user would, and writes what the console then shows as SVG files beside its
// source. Only the clock is its own: it says how long each task takes. So the pictures are the same, byte for byte,
// whenever and wherever they are made.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// patience is how long all pictures may take.
const patience = 10 * time.Minute

func main() {
	out := flag.String("out", filepath.Join("docs", "pictures"), "the folder for the pictures")
	customers := flag.Int("customers", 10_000, "how many the sample has; featops makes as many by itself")
	flag.Parse()
	if err := pictures(*out, *customers); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func pictures(out string, customers int) (err error) {
	runtime.GOMAXPROCS(1) // how far a task is when it stands still depends on how many work at it
	ctx, cancel := context.WithTimeoutCause(context.Background(), patience, fmt.Errorf("the story has not come to its end within %s", patience))
	defer cancel()
	home, err := os.MkdirTemp("", "featops-pictures-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	s, err := newStage(ctx, home, time.Date(2026, time.November, 2, 6, 30, 0, 0, time.UTC))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var failed error
	err = story(s, customers, func(p picture) {
		file := filepath.Join(out, p.name+".svg")
		failed = errors.Join(failed, os.WriteFile(file, draw(p.frame, p.title), 0o644))
		fmt.Println(file)
	})
	return errors.Join(err, failed)
}
