package doctor

import (
	"context"
	"log/slog"
	"sync"

	"featops/engine/config"
	"featops/workspaces/databricks"
)

// remote looks at the Databricks workspaces, all at the same time: one that does not answer costs its own time only.
func (x *examiner) remote(ctx context.Context) {
	const area = "databricks"
	remote := x.plan.Remote(x.lookup, x.secrets.Add, false, slog.New(slog.DiscardHandler), nil)
	defer remote.Close()
	checks := make([][]databricks.Check, len(x.Config.Workspaces))
	var all sync.WaitGroup
	for i, w := range x.Config.Workspaces {
		if w.Kind != config.Databricks {
			continue
		}
		if !w.Token.IsZero() {
			if _, err := remote.Token(ctx, w); err != nil {
				x.problem(area, w.Name, "token: "+err.Error(), "make "+w.Token.String()+" hold the token")
				continue
			}
		}
		all.Go(func() { checks[i] = remote.Workspace(w.Name).Examine(ctx) })
	}
	all.Wait()
	for _, of := range checks {
		for _, c := range of {
			if c.Good() {
				x.ok(area, c.Where, c.Message)
			} else {
				x.problem(area, c.Where, c.Message, c.Do)
			}
		}
	}
}
