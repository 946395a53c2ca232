package databricks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"featops/workspaces/databricks/internal/connect"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/jobs"
	"github.com/databricks/databricks-sdk-go/service/sql"
)

// Check is something that was looked at in a workspace.
type Check struct {
	Where   string // the workspace, or what of it
	Message string
	Do      string // about it; empty where all is well
}

// Good reports whether nothing has to be done.
func (c Check) Good() bool { return c.Do == "" }

// Examine looks whether the workspace can be reached and used, from the host to the rights on the tables. It changes nothing
// and starts nothing. What depends on what is missing is not looked at.
func (w *Workspace) Examine(ctx context.Context) []Check {
	me, err := w.me(ctx)
	if err != nil {
		return []Check{w.remedy(w.options.Name, err, "this user sign in")}
	}
	out := []Check{{w.options.Name, "reached, and signed in as " + me, ""}}
	for _, wanted := range w.options.Jobs {
		out = append(out, w.examineJob(ctx, wanted.Name, wanted.Tags))
	}
	out = append(out, w.examineWarehouse(ctx))
	if w.options.Catalog != hiveMetastore {
		out = append(out, w.examineDatabase(ctx, me)...)
	}
	return out
}

// hiveMetastore is the catalog that Unity Catalog does not govern.
const hiveMetastore = "hive_metastore"

// me is the user whose credentials are used.
func (w *Workspace) me(ctx context.Context) (string, error) {
	var user struct {
		UserName string `json:"userName"`
	}
	err := w.connection.Do(ctx, "sign in to "+w.options.Name, func(ctx context.Context, c *client.DatabricksClient) error {
		return c.Do(ctx, http.MethodGet, "/api/2.0/preview/scim/v2/Me", map[string]string{"Accept": "application/json"}, nil, nil, &user)
	})
	return user.UserName, err
}

// remedy tells what to do about a call that failed. need is what has to be possible.
func (w *Workspace) remedy(where string, err error, need string) Check {
	at := w.options.Host
	if at == "" {
		at = "the host of profile " + w.options.Profile
	}
	do := map[connect.Kind]string{
		connect.NoHost:       "mend the host " + at + ", or the name server of this machine",
		connect.Unreachable:  "see that this machine reaches " + at + ": network, VPN, proxy (HTTPS_PROXY), the workspace's list of allowed addresses",
		connect.BadTLS:       "let this machine trust the certificate of " + at + ": a proxy may have put in its own, whose authority then belongs into SSL_CERT_FILE",
		connect.Slow:         "see that " + at + " answers in a browser here, or set monitor.request_timeout higher",
		connect.NoSignIn:     "give the workspace a token or a profile, or sign in with `databricks auth login`",
		connect.Unauthorized: "make a new token in " + at + " (Settings, Developer, Access tokens) and put it where the configuration says",
		connect.Forbidden:    "let " + need + "; an administrator of the workspace can",
		connect.Missing:      "see that it exists and that this user may see it: let " + need,
		connect.Busy:         "wait; set monitor.interval higher if it stays so",
		connect.Faulty:       "try again later; status.databricks.com tells of failures",
		connect.Garbled:      "see that the host is that of the workspace, and that no proxy answers for it",
	}
	check := Check{where, err.Error(), "see what it says"}
	var e *connect.Error
	if errors.As(err, &e) && do[e.Kind] != "" {
		check.Do = do[e.Kind]
	}
	return check
}

// examineJob looks for a job and, where it is not found, for what is nearly it.
func (w *Workspace) examineJob(ctx context.Context, name string, tags map[string]string) Check {
	where := w.options.Name + "/" + name
	var found, near []int64
	var without []string
	err := w.connection.Do(ctx, "look for the job", func(ctx context.Context, c *client.DatabricksClient) error {
		all, err := jobs.NewJobs(c).ListAll(ctx, jobs.ListJobsRequest{Name: name, Limit: 100})
		for _, j := range all {
			if lacks := lacking(j.Settings, tags); len(lacks) > 0 {
				near, without = append(near, j.JobId), lacks
			} else {
				found = append(found, j.JobId)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return w.remedy(where, err, "this user see the job (CAN VIEW)")
	case len(found) == 1:
		return Check{where, fmt.Sprintf("it is job %d", found[0]), ""}
	case len(found) > 1:
		return Check{where, fmt.Sprintf("there are %d jobs of this name and these tags: %v", len(found), found), "delete those that an earlier deployment has left"}
	case len(near) > 0:
		return Check{where, fmt.Sprintf("job %d of this name lacks the tags %s", near[0], strings.Join(without, ", ")), "give it these tags"}
	}
	return Check{where, "there is no job of this name, or this user may not see it", "deploy it, with the user that the configuration names, or let this user see it (CAN VIEW)"}
}

func lacking(s *jobs.JobSettings, tags map[string]string) []string {
	var out []string
	for tag, value := range tags {
		if s == nil || s.Tags[tag] != value {
			out = append(out, tag+"="+value)
		}
	}
	slices.Sort(out)
	return out
}

func (w *Workspace) examineWarehouse(ctx context.Context) Check {
	where := w.options.Name + "/warehouse " + w.options.Warehouse
	if w.options.Warehouse == "" {
		return Check{w.options.Name, "no SQL warehouse is named, so that tables cannot be read or written", "set `warehouse` in the workspace's section to the number that the warehouse's page shows"}
	}
	var found *sql.GetWarehouseResponse
	err := w.connection.Do(ctx, "look at the warehouse", func(ctx context.Context, c *client.DatabricksClient) (err error) {
		found, err = sql.NewWarehouses(c).Get(ctx, sql.GetWarehouseRequest{Id: w.options.Warehouse})
		return err
	})
	if err != nil {
		return w.remedy(where, err, "this user use the warehouse (CAN USE)")
	}
	if found.State == sql.StateDeleted || found.State == sql.StateDeleting {
		return Check{where, "it is " + string(found.State), "name another one"}
	}
	return Check{where, fmt.Sprintf("%s is %s", found.Name, found.State), ""}
}

// rights are what builds and registrations need on a catalog and on a database in it.
var (
	onCatalog  = []catalog.Privilege{catalog.PrivilegeUseCatalog}
	onDatabase = []catalog.Privilege{catalog.PrivilegeUseSchema, catalog.PrivilegeSelect, catalog.PrivilegeModify, catalog.PrivilegeCreateTable}
)

func (w *Workspace) examineDatabase(ctx context.Context, me string) []Check {
	name := w.options.Catalog + "." + w.options.Database
	where := w.options.Name + "/" + name
	err := w.connection.Do(ctx, "look at the database", func(ctx context.Context, c *client.DatabricksClient) error {
		_, err := catalog.NewSchemas(c).Get(ctx, catalog.GetSchemaRequest{FullName: name})
		return err
	})
	if err != nil {
		return []Check{w.remedy(where, err, "this user into it (`GRANT USE CATALOG ON CATALOG "+w.options.Catalog+"`, `GRANT USE SCHEMA ON SCHEMA "+name+"`), or `CREATE SCHEMA "+name+"`")}
	}
	return []Check{
		w.examineRights(ctx, me, "CATALOG", w.options.Catalog, onCatalog),
		w.examineRights(ctx, me, "SCHEMA", name, onDatabase),
	}
}

func (w *Workspace) examineRights(ctx context.Context, me, kind, name string, needed []catalog.Privilege) Check {
	where := w.options.Name + "/" + name
	has := map[catalog.Privilege]bool{}
	err := w.connection.Do(ctx, "look at the rights on "+name, func(ctx context.Context, c *client.DatabricksClient) error {
		for token := ""; ; {
			got, err := catalog.NewGrants(c).GetEffective(ctx, catalog.GetEffectiveRequest{SecurableType: kind, FullName: name, Principal: me, PageToken: token})
			if err != nil {
				return err
			}
			for _, a := range got.PrivilegeAssignments {
				for _, p := range a.Privileges {
					has[p.Privilege] = true
				}
			}
			if token = got.NextPageToken; token == "" {
				return nil
			}
		}
	})
	if err != nil {
		return w.remedy(where, err, "this user see its rights")
	}
	var missing []string
	for _, p := range needed {
		if !has[p] && !has[catalog.PrivilegeAllPrivileges] {
			missing = append(missing, strings.ReplaceAll(string(p), "_", " "))
		}
	}
	if len(missing) == 0 {
		return Check{where, "this user has the rights that are needed", ""}
	}
	list := strings.Join(missing, ", ")
	return Check{where, "this user lacks " + list, fmt.Sprintf("let its owner run: GRANT %s ON %s %s TO `%s`", list, kind, name, me)}
}
