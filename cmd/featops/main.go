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
	"featops/workspaces/databricks"
)

func main() {
	os.Exit(run())
}

func run() int {
	databricks.SilenceSDK()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	a := &app{stdin: os.Stdin, environ: os.LookupEnv, now: time.Now}
	signal.Ignore(syscall.SIGPIPE) // a write says so
	unread := func() { cancel(errNobodyReads) }
	a.stdout, a.stderr = stream{os.Stdout, unread}, stream{os.Stderr, unread}
	stop := onSignal(cancel, a.restore)
	defer stop()
	err := a.command().ExecuteContext(ctx)
	if errors.Is(context.Cause(ctx), errNobodyReads) {
		return exitUnread // and nobody to tell
	}
	if err != nil && !errors.Is(err, errReported) {
		fmt.Fprintln(os.Stderr, "featops:", logs.Clean(err.Error())) // names in it may be foreign
	}
	return exitCode(ctx, err)
}

// onSignal cancels the work when the process is asked to stop. Asked a second time, the process ends at once:
// whoever presses Ctrl-C twice does not want to wait. A signal that the process was started to ignore stays
// ignored: nohup wants it so.
func onSignal(cancel context.CancelCauseFunc, last func()) (stop func()) {
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		s := <-signals
		cancel(fmt.Errorf("stopped by signal: %s", s))
		<-signals
		last()
		os.Exit(exitInterrupted)
	}()
	return func() { signal.Stop(signals) }
}
