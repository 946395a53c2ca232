package engine

import (
	"context"
	"fmt"
	"log/slog"

	"featops/engine/config"
	"featops/workspaces"
	"featops/workspaces/databricks"
)

// Remote are the Databricks workspaces of a configuration. None is reached before it is asked for something.
type Remote struct {
	plan    Plan
	environ func(string) (string, bool)
	all     map[string]*databricks.Workspace
}

// Remote makes the Databricks workspaces. redact is given every secret that is read. With follow the log
// has what tasks say. others finds the workspaces that are none of Databricks; nil where there are none.
func (p Plan) Remote(environ func(string) (string, bool), redact func(secrets ...string), follow bool, log *slog.Logger, others func(name string) workspaces.Workspace) *Remote {
	r := &Remote{plan: p, environ: environ, all: map[string]*databricks.Workspace{}}
	for _, w := range p.Config.Workspaces {
		if w.Kind != config.Databricks {
			continue
		}
		o := databricks.Options{
			Name: w.Name, Host: w.Host, Profile: w.Profile, Environ: environ, Warehouse: w.Warehouse, Catalog: w.Catalog,
			Database: p.Config.Environment().Database, Timeout: p.Config.Monitor.RequestTimeout, Redact: redact,
			BadRowsShare: func(table string) float64 { return p.Config.Table(table).BadRowsShare }, Health: p.health,
			Peer: r.peer(others), Readers: w.Readers, Jobs: p.jobs(w), Follow: follow, Now: p.Now, Log: log,
		}
		if !w.Token.IsZero() {
			o.Token = func(ctx context.Context) (string, error) {
				v, err := r.Token(ctx, w)
				return v.Reveal(), err
			}
		}
		if p.Reach != nil {
			p.Reach(&o)
		}
		r.all[w.Name] = databricks.Open(o)
	}
	return r
}

// peer finds a workspace of any kind.
func (r *Remote) peer(others func(name string) workspaces.Workspace) func(name string) workspaces.Workspace {
	return func(name string) workspaces.Workspace {
		if w := r.all[name]; w != nil {
			return w
		}
		if others == nil {
			return nil
		}
		return others(name)
	}
}

// Workspace finds one by its name; nil when there is none.
func (r *Remote) Workspace(name string) *databricks.Workspace { return r.all[name] }

// Token fetches the token of a workspace, which another may keep.
func (r *Remote) Token(ctx context.Context, w config.Workspace) (config.Value, error) {
	return w.Token.Resolve(ctx, r.environ, func(ctx context.Context, workspace, scope, key string) (string, error) {
		keeper := r.all[workspace]
		if keeper == nil {
			return "", fmt.Errorf("there is no Databricks workspace %s", workspace)
		}
		return keeper.Secret(ctx, scope, key)
	})
}

// Close closes them all.
func (r *Remote) Close() error {
	for _, w := range r.all {
		w.Close()
	}
	return nil
}
