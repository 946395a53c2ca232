package main

import (
	"context"
	"errors"

	"featops/engine"
	"featops/engine/config"
	"featops/engine/trainingset"
	"featops/features"
	"featops/workspaces"
	"featops/workspaces/embedded/ingest"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2 // usage or configuration
	exitRefused     = 3 // a save was refused by an answer, a timeout or a policy
	exitInterrupted = 130
	exitUnread      = 141 // nobody read the output any more: what the shell says of a program that SIGPIPE ended
)

// errReported says that what went wrong was told already.
var errReported = errors.New("reported")

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func exitCode(ctx context.Context, err error) int {
	var (
		usage     usageError
		bad       *config.Error
		table     *features.UnknownTableError
		workspace *engine.UnknownWorkspaceError
		source    *engine.UnknownSourceError
		name      *engine.UnknownNameError
		parameter *workspaces.ParameterError
		invalid   *engine.InvalidError
		unknown   *workspaces.UnknownParameterError
		output    *trainingset.OutputError
		column    *trainingset.ColumnError
		mapping   *ingest.MappingError
		refused   *workspaces.RefusedError
		ended     outcomeError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &ended):
		return ended.code()
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &bad), errors.As(err, &table), errors.As(err, &workspace),
		errors.As(err, &source), errors.As(err, &name), errors.As(err, &parameter), errors.As(err, &invalid), errors.As(err, &unknown), errors.As(err, &mapping),
		errors.As(err, &output), errors.As(err, &column):
		return exitUsage
	case errors.As(err, &refused):
		return exitRefused
	}
	return exitFailed
}

// outcomeError is how the main job ended, when not well. The summary has told it.
type outcomeError struct{ outcome engine.Outcome }

func (e outcomeError) Error() string { return string(e.outcome) }

func (e outcomeError) Is(target error) bool { return target == errReported }

func (e outcomeError) code() int {
	switch e.outcome {
	case engine.Interrupted:
		return exitInterrupted
	case engine.Declined:
		return exitRefused
	}
	return exitFailed
}
