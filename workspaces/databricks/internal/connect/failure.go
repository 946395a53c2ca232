package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/databricks/databricks-sdk-go/apierr"
	"github.com/databricks/databricks-sdk-go/httpclient"
)

// Kind says in what way a call failed, for whoever decides on it.
type Kind string

// The ways in which a call fails.
const (
	NoHost       Kind = "the host has no address"
	Unreachable  Kind = "the host cannot be reached"
	BadTLS       Kind = "the host cannot be trusted"
	Slow         Kind = "there was no answer in time"
	NoSignIn     Kind = "nothing to sign in with works"
	Unauthorized Kind = "the credentials are refused"
	Forbidden    Kind = "it is not allowed"
	Missing      Kind = "it does not exist"
	Busy         Kind = "there are too many calls"
	Faulty       Kind = "the workspace failed"
	Garbled      Kind = "the answer cannot be read"
	Refused      Kind = "the workspace refuses"
	Other        Kind = ""
)

// Error is a call that failed.
type Error struct {
	What string // was tried
	Kind Kind
	Code string // of Databricks, such as PERMISSION_DENIED; may be empty
	Err  error
	said string // in place of what Err says
}

func (e *Error) Error() string {
	text := e.What
	if e.Kind != Other {
		text += ": " + string(e.Kind)
	}
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	if e.said != "" {
		return text + ": " + e.said
	}
	return text + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// failure tells an error in the terms of this package. Addresses lose their parameters, which may be secret, and texts what
// hide takes out of them.
func failure(what string, err error, hide func(string) string) error {
	var already *Error
	if errors.As(err, &already) {
		return err
	}
	e := &Error{What: what, Kind: kind(err), Err: pathOnly(err)}
	if e.Kind == Garbled {
		e.Err = unreadable(err)
	}
	var api *apierr.APIError
	if errors.As(err, &api) {
		e.Code = api.ErrorCode
		if e.Code == "" || e.Code == "UNKNOWN" || e.Code == "<nil>" {
			e.Code = strconv.Itoa(api.StatusCode)
		}
		if message := hide(api.Message); len(message) > longestMessage {
			e.said = strings.ToValidUTF8(message[:longestMessage], "") + "…"
			return e
		}
	}
	if text := e.Err.Error(); hide(text) != text {
		e.said = hide(text)
	}
	return e
}

// unreadable tells why an answer could not be read. The SDK would quote it, and the request too.
func unreadable(err error) error {
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return syntax
	case errors.As(err, &typed):
		return typed
	case errors.Is(err, httpclient.ErrHTMLContent):
		return errors.New("it is a page for a browser; the host may be another than the workspace's, or a proxy answers")
	}
	return io.ErrUnexpectedEOF
}

// longestMessage is as much as is shown of what a host says: proxies answer with whole pages.
const longestMessage = 2000

func kind(err error) Kind {
	var api *apierr.APIError
	if errors.As(err, &api) {
		return ofStatus(api.StatusCode)
	}
	var dns *net.DNSError
	var operation *net.OpError
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	var signIn *signInError
	switch {
	case errors.As(err, &dns):
		return NoHost
	case untrusted(err):
		return BadTLS
	case errors.Is(err, context.DeadlineExceeded), timedOut(err):
		return Slow
	case errors.As(err, &operation), errors.Is(err, io.EOF):
		return Unreachable
	case errors.As(err, &syntax), errors.As(err, &typed), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, httpclient.ErrHTMLContent):
		return Garbled
	case errors.As(err, &signIn):
		return NoSignIn
	}
	return Other
}

func ofStatus(status int) Kind {
	switch {
	case status == http.StatusUnauthorized:
		return Unauthorized
	case status == http.StatusForbidden:
		return Forbidden
	case status == http.StatusNotFound:
		return Missing
	case status == http.StatusTooManyRequests:
		return Busy
	case status >= 500:
		return Faulty
	}
	return Refused
}

func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &header) || errors.As(err, &authority) || errors.As(err, &name)
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// pathOnly drops the parameters of an address from an error.
func pathOnly(err error) error {
	var with *url.Error
	if !errors.As(err, &with) {
		return err
	}
	address, parse := url.Parse(with.URL)
	if parse != nil {
		return with.Err
	}
	return fmt.Errorf("%s %s%s: %w", with.Op, address.Host, address.Path, with.Err)
}
