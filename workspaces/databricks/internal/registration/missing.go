package registration

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/databricks/databricks-sdk-go/apierr"

	"featops/workspaces/databricks/internal/warehouse"
)

// Thing is what a registration needs.
type Thing string

// The things that a registration needs.
const (
	Metastore Thing = "metastore"
	Binding   Thing = "binding"
	Grant     Thing = "grant"
	Recipient Thing = "recipient"
	Share     Thing = "share"
	Provider  Thing = "provider"
	Catalog   Thing = "catalog"
	Location  Thing = "location"
)

// MissingError says what keeps a table from being registered.
type MissingError struct {
	Thing     Thing
	Of        string // what the thing is of, or for
	Workspace string // where it is missing
	Do        string // about it
	Err       error  // what the workspace says; may be nil
}

func (e *MissingError) Error() string {
	text := fmt.Sprintf("the %s %s is missing in %s: %s", e.Thing, e.Of, e.Workspace, e.Do)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *MissingError) Unwrap() error { return e.Err }

// forbidden reports whether a call failed because it is not allowed.
func forbidden(err error) bool {
	var e *apierr.APIError
	return errors.As(err, &e) && e.StatusCode == http.StatusForbidden
}

// notThere reports whether a call failed because what it names does not exist, which Unity Catalog says with several
// statuses.
func notThere(err error) bool {
	var e *apierr.APIError
	return errors.As(err, &e) && (e.StatusCode == http.StatusNotFound || strings.HasSuffix(e.ErrorCode, "_DOES_NOT_EXIST"))
}

// absent reports whether a statement failed because what it names cannot be seen.
func absent(err error) bool {
	var e *warehouse.StatementError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Condition() {
	case "TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "NO_SUCH_CATALOG_EXCEPTION", "DELTA_TABLE_NOT_FOUND",
		"INSUFFICIENT_PERMISSIONS", "UNAUTHORIZED_ACCESS":
		return true
	}
	return false
}

// ensure makes something that may be there already, and looks that it is there then. Whoever makes it at the same time is
// not in the way.
func ensure[T any](look func() (T, bool, error), make func() error) (T, error) {
	found, ok, err := look()
	if ok || err != nil {
		return found, err
	}
	failed := make()
	switch found, ok, err = look(); {
	case ok:
		return found, nil
	case failed != nil:
		return found, failed
	case err != nil:
		return found, err
	}
	return found, errors.New("it was made, and is not there")
}

// Other workspaces see a new share, or a change of one, after up to a minute.
const (
	firstLook = time.Second // the pause before the second look; then it doubles
	looks     = 7
)

// await looks for what comes a little later, until it is there. The error is the last one that look gave.
func (s *Store) await(ctx context.Context, look func() (bool, error)) error {
	wait := firstLook
	for n := 1; ; n++ {
		later, err := look()
		if err == nil || !later || n == looks {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return err // which says more than that there is no more time
		}
		if s.options.Pause(ctx, wait) != nil {
			return errors.Join(context.Cause(ctx), err)
		}
		wait *= 2
	}
}
