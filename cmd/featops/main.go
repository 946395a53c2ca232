// Command featops is the operations console of a feature store that is spread over several workspaces,
// and the same engine without a screen, for cron and CI. `featops help` lists what it does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"featops/engine/logs"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.LookupEnv, now: time.Now}
	err := a.command().ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errReported) {
		fmt.Fprintln(os.Stderr, "featops:", logs.Clean(err.Error())) // names in it may be foreign
	}
	return exitCode(ctx, err)
}

// untilSignal returns a context that ends when the process is asked to stop. Asked a second time,
// the process ends at once: whoever presses Ctrl-C twice does not want to wait.
func untilSignal(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		s := <-signals
		cancel(fmt.Errorf("stopped by signal: %s", s))
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}
