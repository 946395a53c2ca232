package workspaces

import (
	"context"

	"featops/features/asof"
)

// Matches are the rows of a table that were the newest of their customers at the days of labels, each with its label.
type Matches interface {
	// Counts says how the labels fared.
	Counts() asof.Counts
	// Column returns the values of a column in the order of the labels. It may be called from several goroutines at once.
	Column(ctx context.Context, name string) (*asof.Column, error)
	Close() error
}
