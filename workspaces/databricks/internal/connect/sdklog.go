package connect

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/databricks/databricks-sdk-go/logger"
)

// sdkLog takes what the SDK logs to where featops logs. What is below Info goes nowhere: those lines hold whole requests and
// answers, secrets too. The transport tells of each request instead.
type sdkLog struct{ log *slog.Logger }

// Silence keeps the SDK from writing to standard error, which is the screen, what it logs outside of any call. It belongs
// at the beginning of a program.
func Silence() { logger.DefaultLogger = sdkLog{slog.New(slog.DiscardHandler)} }

func (l sdkLog) Enabled(ctx context.Context, level logger.Level) bool {
	return level >= logger.LevelInfo && l.log.Enabled(ctx, slog.Level(level))
}

func (l sdkLog) Tracef(context.Context, string, ...any) {}
func (l sdkLog) Debugf(context.Context, string, ...any) {}

func (l sdkLog) Infof(ctx context.Context, format string, v ...any) {
	l.log.InfoContext(ctx, fmt.Sprintf(format, v...))
}

func (l sdkLog) Warnf(ctx context.Context, format string, v ...any) {
	l.log.WarnContext(ctx, fmt.Sprintf(format, v...))
}

func (l sdkLog) Errorf(ctx context.Context, format string, v ...any) {
	l.log.ErrorContext(ctx, fmt.Sprintf(format, v...))
}
