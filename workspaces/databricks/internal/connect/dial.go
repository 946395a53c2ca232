package connect

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/config"
	"github.com/databricks/databricks-sdk-go/httpclient"
)

// dial reads the configuration of the SDK and signs in.
func (c *Connection) dial(ctx context.Context) (*client.DatabricksClient, error) {
	o := c.options
	seconds := max(1, int(o.Timeout/time.Second))
	cfg := &config.Config{
		Host: o.Host, Profile: o.Profile, ConfigFile: o.ConfigFile,
		HTTPTransport: c.transport, RateLimitPerSecond: o.Rate, HTTPTimeoutSeconds: seconds, RetryTimeoutSeconds: seconds,
	}
	switch {
	case o.Profile != "":
		cfg.Host = "" // the profile's, which is compared below
		cfg.Loaders = []config.Loader{config.ConfigFile}
	case o.Token != nil:
		token, err := o.Token(ctx)
		if err != nil {
			return nil, &signInError{err}
		}
		o.Redact(token)
		cfg.Token, cfg.AuthType = token, "pat"
		cfg.Loaders = []config.Loader{nothing{}}
	default:
		cfg.Loaders = []config.Loader{environment{o.Environ}}
	}
	var unreachable error
	cfg.HostMetadataResolver = func(_ context.Context, host string) (*config.HostMetadata, error) {
		var m *config.HostMetadata
		m, unreachable = c.discover(ctx, host)
		return m, nil
	}
	if err := cfg.EnsureResolved(); err != nil {
		return nil, fmt.Errorf("read the credentials: %w", err)
	}
	for _, a := range config.ConfigAttributes {
		if a.Sensitive {
			o.Redact(a.GetString(cfg))
		}
	}
	switch {
	case cfg.Host == "":
		return nil, fmt.Errorf("profile %s names no host", o.Profile)
	case o.Host != "" && cfg.Host != strings.TrimSuffix(o.Host, "/"):
		return nil, fmt.Errorf("profile %s is for %s, and the configuration says %s", o.Profile, cfg.Host, o.Host)
	case unreachable != nil:
		return nil, unreachable
	}
	return c.signedIn(cfg)
}

// signedIn makes the client and lets it sign in, which may take a program or a browser's leftover: not with the first
// call, whose deadline it would not know.
func (c *Connection) signedIn(cfg *config.Config) (*client.DatabricksClient, error) {
	request, err := http.NewRequest(http.MethodGet, cfg.Host, nil)
	if err != nil {
		return nil, err
	}
	if err := cfg.Authenticate(request); err != nil {
		return nil, &signInError{err}
	}
	settings, err := config.HTTPClientConfigFromConfig(cfg)
	if err != nil {
		return nil, err
	}
	settings.RetryTimeout = time.Nanosecond // the transport repeats, and the SDK does not
	return client.NewWithClient(cfg, httpclient.NewApiClient(settings))
}

// signInError says that none of the ways to sign in worked.
type signInError struct{ err error }

func (e *signInError) Error() string { return "sign in: " + e.err.Error() }
func (e *signInError) Unwrap() error { return e.err }

// discover asks a host what it is, as the SDK would, but once: a host that cannot be reached is told of at once.
func (c *Connection) discover(ctx context.Context, host string) (*config.HostMetadata, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, host+"/.well-known/databricks-config", nil)
	if err != nil {
		return nil, err
	}
	c.transport.count()
	response, err := c.transport.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var m config.HostMetadata
	if response.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&m) != nil {
		return nil, nil // older workspaces do not tell
	}
	return &m, nil
}

// nothing is a loader that adds nothing; without any loader the SDK takes its own.
type nothing struct{}

func (nothing) Name() string                   { return "nothing" }
func (nothing) Configure(*config.Config) error { return nil }

// environment loads from variables what is the same for every workspace.
type environment struct {
	lookup func(string) (string, bool)
}

func (environment) Name() string { return "environment" }

// forOneHost are the attributes that only mean something together with a host.
var forOneHost = []string{"host", "token", "username", "password", "profile", "config_file", "workspace_id", "warehouse_id", "cluster_id"}

func (e environment) Configure(cfg *config.Config) error {
	found := map[string]string{}
	for _, a := range config.ConfigAttributes {
		if slices.Contains(forOneHost, a.Name) {
			continue
		}
		for _, name := range a.EnvVars {
			if v, ok := e.lookup(name); ok && v != "" {
				found[a.Name] = v
				break
			}
		}
	}
	return config.ConfigAttributes.ResolveFromStringMapWithSource(cfg, found, config.Source{Type: config.SourceEnv})
}
