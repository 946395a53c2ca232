package delta

import "fmt"

// TransactionID names a commit for the application that makes it, so that doing the same work again
// commits nothing (section Transaction Identifiers). The table remembers the greatest version of
// each application; what an application numbers is its own affair, as long as it counts upwards.
// Restoring an earlier version of the table does not make it forget.
type TransactionID struct {
	AppID   string // "" for no transaction
	Version int64
}

// RepeatedError says that a commit was not made because the table has it already, or a later one of
// the same application. Nothing was changed, and the files still belong to the caller. For who
// meant to make sure that the work is done, it is.
type RepeatedError struct {
	Table       string // the table's directory
	Transaction TransactionID
	Committed   int64 // the greatest version of the application in the table
}

func (e *RepeatedError) Error() string {
	return fmt.Sprintf("%s has transaction %d of %s already: it is at %d", e.Table, e.Transaction.Version, e.Transaction.AppID, e.Committed)
}

// repeated returns a [RepeatedError] when the snapshot has the transaction already.
func (s *Snapshot) repeated(id TransactionID) error {
	if committed, ok := s.Transactions[id.AppID]; ok && id.AppID != "" && committed >= id.Version {
		return &RepeatedError{Table: s.path, Transaction: id, Committed: committed}
	}
	return nil
}

// repeatedBy is repeated for a commit that others have made meanwhile. An application that runs
// twice at once is in conflict with itself, unless the other run did the same or more.
func (x *transaction) repeatedBy(version int64, actions []action) error {
	id := x.options.Transaction
	for _, a := range actions {
		if a.Txn == nil || a.Txn.AppID != id.AppID || id.AppID == "" {
			continue
		}
		if a.Txn.Version >= id.Version {
			return &RepeatedError{Table: x.table.path, Transaction: id, Committed: a.Txn.Version}
		}
		return &ConflictError{Table: x.table.path, Version: version, Reason: fmt.Sprintf("it is transaction %d of the same application %s", a.Txn.Version, id.AppID)}
	}
	return nil
}
