package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"runtime"
	"strings"

	"github.com/zalando/go-keyring"
)

// Secret refers to a secret without holding it: env:NAME (an environment variable),
// keyring:SERVICE/USER (the keyring of the operating system), file:PATH (the file's content
// without the line end) or secret:WORKSPACE/SCOPE/KEY (what another Databricks workspace keeps). The zero Secret refers
// to nothing.
type Secret struct {
	scheme, place string
}

const secretForms = "env:NAME, keyring:SERVICE/USER, file:PATH or secret:WORKSPACE/SCOPE/KEY"

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

	// keptSecret is WORKSPACE/SCOPE/KEY, with the names that Databricks allows.
	keptSecret = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9_.@-]{1,128}/[A-Za-z0-9_.-]{1,128}$`)

	// tokenLike is the shape of a Databricks personal access token, which may have been pasted
	// where a name belongs.
	tokenLike = regexp.MustCompile(`dapi[0-9a-fA-F]{8,}`)
)

// ParseSecret reads a reference. Its error never repeats the text, which may be a secret that was
// written where the reference belongs.
func ParseSecret(reference string) (Secret, error) {
	scheme, place, _ := strings.Cut(reference, ":")
	ok := false
	switch scheme {
	case "env":
		ok = variableName.MatchString(place)
	case "keyring":
		service, user, _ := strings.Cut(place, "/")
		ok = service != "" && user != ""
	case "file":
		ok = place != ""
	case "secret":
		ok = keptSecret.MatchString(place)
	}
	if !ok || tokenLike.MatchString(place) {
		return Secret{}, errors.New("found something that is no reference to a secret (not shown: it may be one); a secret itself does not belong in the configuration; allowed: " + secretForms)
	}
	return Secret{scheme, place}, nil
}

// IsZero reports whether s refers to nothing.
func (s Secret) IsZero() bool { return s == Secret{} }

// String is the reference, which is not secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return s.scheme + ":" + s.place
}

// Keeper is the workspace that keeps the secret; "" when none does.
func (s Secret) Keeper() string {
	if s.scheme != "secret" {
		return ""
	}
	workspace, _, _ := strings.Cut(s.place, "/")
	return workspace
}

// Kept reads a secret that a workspace keeps.
type Kept func(ctx context.Context, workspace, scope, key string) (string, error)

// Resolve fetches the secret. Variables are looked up with environ, and what workspaces keep with kept. A file that others than its
// owner can read or write is refused. The keyring cannot be interrupted: when ctx ends first,
// Resolve returns and the request to the keyring ends by itself.
func (s Secret) Resolve(ctx context.Context, environ func(string) (string, bool), kept Kept) (Value, error) {
	var secret string
	var err error
	switch s.scheme {
	case "env":
		var ok bool
		if secret, ok = environ(s.place); !ok {
			err = errors.New("the environment variable is not set")
		}
	case "keyring":
		secret, err = fromKeyring(ctx, s.place)
	case "file":
		secret, err = fromFile(s.place)
	case "secret":
		parts := strings.SplitN(s.place, "/", 3)
		secret, err = kept(ctx, parts[0], parts[1], parts[2])
	default:
		return Value{}, errors.New("resolve secret: there is no reference; allowed: " + secretForms)
	}
	if err == nil && secret == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return Value{}, fmt.Errorf("resolve secret %s: %w", s, err)
	}
	return Value{secret}, nil
}

func fromKeyring(ctx context.Context, place string) (string, error) {
	type answer struct {
		secret string
		err    error
	}
	service, user, _ := strings.Cut(place, "/")
	answers := make(chan answer, 1)
	go func() {
		secret, err := keyring.Get(service, user)
		answers <- answer{secret, err}
	}()
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("ask the keyring of the operating system: %w", ctx.Err())
	case a := <-answers:
		if a.err != nil {
			return "", fmt.Errorf("ask the keyring of the operating system for service %q, user %q: %w", service, user, a.err)
		}
		return a.secret, nil
	}
}

// maxSecretBytes is far beyond any token: a bigger file is not what was meant.
const maxSecretBytes = 64 << 10

func fromFile(path string) (_ string, err error) {
	// Looking before opening keeps a named pipe from blocking; the check that counts is made on
	// the open file, which nobody can exchange.
	if info, err := os.Stat(path); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	// Windows keeps access rights elsewhere than in the mode.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("its mode %04o lets others than its owner at it; run: chmod 600 %s", mode, path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxSecretBytes {
		return "", fmt.Errorf("it is larger than %d bytes", maxSecretBytes)
	}
	return strings.TrimRight(string(content), "\r\n"), nil
}

// Value is a secret. However it is printed, logged or marshalled, "***" comes out; Reveal is the
// only way to the secret itself.
type Value struct {
	secret string
}

const hidden = "***"

// Reveal returns the secret, for the one place that must send it.
func (v Value) Reveal() string { return v.secret }

// String returns "***".
func (v Value) String() string { return hidden }

// GoString returns "***".
func (v Value) GoString() string { return hidden }

// Format writes "***" for every verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns "***".
func (v Value) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns "***" as a JSON string.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue returns "***".
func (v Value) LogValue() slog.Value { return slog.StringValue(hidden) }
