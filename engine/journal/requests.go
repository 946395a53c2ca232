package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// Request is what one process asks of the process that holds the home. The table of requests is how they meet: who
// asks writes a row and looks for its reply, who holds the home notices that the file was written to.
type Request struct {
	ID      int64
	Command json.RawMessage // as the engine spells it, like Reply
	Asked   time.Time
	Taken   time.Time // zero until the holder has taken it up
	Reply   json.RawMessage
}

func readRequest(scan func(...any) error) (Request, error) {
	var r Request
	var command string
	var reply sql.NullString
	err := scan(&r.ID, &command, (*stamp)(&r.Asked), (*stamp)(&r.Taken), &reply)
	r.Command = json.RawMessage(command)
	if reply.Valid {
		r.Reply = json.RawMessage(reply.String)
	}
	return r, err
}

const requestColumns = "id, command, asked, taken, reply"

// Ask records a request and returns its number.
func (j *Journal) Ask(ctx context.Context, command json.RawMessage, at time.Time) (id int64, err error) {
	err = j.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "INSERT INTO requests (command, asked) VALUES (?, ?)", string(command), stamp(at))
		if err == nil {
			id, err = result.LastInsertId()
		}
		return err
	})
	return id, j.failed(err, "ask something of the process that holds the home")
}

// Request returns a request as it is now; ErrUnknown when there is none of that number.
func (j *Journal) Request(ctx context.Context, id int64) (Request, error) {
	r, err := one(ctx, j.db, readRequest, "SELECT "+requestColumns+" FROM requests WHERE id = ?", id)
	return r, j.failed(err, "read request %d", id)
}

// Withdraw removes a request that nobody has taken up, and reports whether it did.
func (j *Journal) Withdraw(ctx context.Context, id int64) (withdrawn bool, err error) {
	withdrawn, err = j.removeRequest(ctx, id, "taken IS NULL")
	return withdrawn, j.failed(err, "withdraw request %d", id)
}

// PutAway removes a request whose reply was read.
func (j *Journal) PutAway(ctx context.Context, id int64) error {
	_, err := j.removeRequest(ctx, id, "reply IS NOT NULL")
	return j.failed(err, "put request %d away", id)
}

func (j *Journal) removeRequest(ctx context.Context, id int64, where string) (removed bool, err error) {
	err = j.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "DELETE FROM requests WHERE id = ? AND "+where, id)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		removed = n == 1
		return err
	})
	return removed, err
}

// TakeRequests takes up the requests that nobody has, the oldest first. One that was made before since is
// forgotten: who made it has given up.
func (j *Journal) TakeRequests(ctx context.Context, since, at time.Time) (taken []Request, err error) {
	err = j.write(ctx, func(tx *sql.Tx) error {
		open, err := list(ctx, tx, readRequest, "SELECT "+requestColumns+" FROM requests WHERE taken IS NULL ORDER BY id")
		if err != nil {
			return err
		}
		for _, r := range open {
			if r.Asked.Before(since) {
				_, err = tx.ExecContext(ctx, "DELETE FROM requests WHERE id = ?", r.ID)
			} else {
				r.Taken = at
				taken = append(taken, r)
				_, err = tx.ExecContext(ctx, "UPDATE requests SET taken = ? WHERE id = ?", stamp(at), r.ID)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, j.failed(err, "take up requests")
	}
	return taken, nil
}

// ReplyTo records what became of a request.
func (j *Journal) ReplyTo(ctx context.Context, id int64, reply json.RawMessage) error {
	err := j.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE requests SET reply = ? WHERE id = ?", string(reply), id)
		return err
	})
	return j.failed(err, "reply to request %d", id)
}

// Written is a number that changes whenever another process has written to the journal. To look costs
// next to nothing.
func (j *Journal) Written(ctx context.Context) (int64, error) {
	n, err := one(ctx, j.db, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) }, "PRAGMA data_version")
	return n, j.failed(err, "see whether it was written to")
}

// forgetRequests removes what was asked of a holder that is gone.
func forgetRequests(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM requests")
	return err
}
