package connect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// linked marks requests whose address is a secret.
type linked struct{}

// LinkError is a link that does not give what it should. It does not name the link, which is a secret.
type LinkError struct {
	Status int // that storage answers with; 0: none
	Err    error
}

func (e *LinkError) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("storage answers with status %d", e.Status)
	}
	return "storage: " + e.Err.Error()
}

func (e *LinkError) Unwrap() error { return e.Err }

// Fetch fetches what lies outside of the workspace and is open to whoever has the link, such as results in cloud storage: over the
// connection's transport, without its credentials, and within a time d. More than most bytes are an error. The error is a *LinkError,
// unless ctx ended.
func (c *Connection) Fetch(ctx context.Context, d time.Duration, address string, header map[string]string, most int64) ([]byte, error) {
	limited, cancel := context.WithTimeout(context.WithValue(ctx, linked{}, true), d)
	defer cancel()
	body, err := c.fetch(limited, address, header, most)
	var link *LinkError
	switch {
	case err == nil:
		return body, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &link):
		return nil, err
	}
	var with *url.Error
	if errors.As(err, &with) {
		err = with.Err
	}
	return nil, &LinkError{Err: err}
}

func (c *Connection) fetch(ctx context.Context, address string, header map[string]string, most int64) (_ []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the address cannot be read")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := (&http.Client{Transport: c.transport}).Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, &LinkError{Status: response.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err == nil && int64(len(body)) > most {
		err = fmt.Errorf("it gives more than %d bytes", most)
	}
	return body, err
}
