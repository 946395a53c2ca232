package databricks_test

import (
	"slices"
	"strings"
	"testing"

	"featops/workspaces/databricks"
	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/catalog"
	"github.com/databricks/databricks-sdk-go/service/sql"
)

// whole makes the double have all that a workspace needs.
func (x *world) whole() {
	x.AddJob(settings())
	x.SetWarehouse("w1", sql.StateRunning)
	x.AddSchema("main.feature_store_demo_dev")
	x.Grant("main", catalog.PrivilegeUseCatalog)
	x.Grant("main.feature_store_demo_dev", catalog.PrivilegeUseSchema, catalog.PrivilegeSelect, catalog.PrivilegeModify, catalog.PrivilegeCreateTable)
}

func TestAWorkspaceThatIsWellHasNothingToDo(t *testing.T) {
	x := open(t)
	x.whole()
	checks := x.w.Examine(t.Context())
	if len(checks) != 5 || !strings.Contains(checks[0].Message, double.User) {
		t.Errorf("%+v", checks)
	}
	for _, c := range checks {
		if !c.Good() {
			t.Errorf("%+v", c)
		}
	}
}

func TestWhatIsWrongIsToldWithWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(*world)
		where, do string
		message   string
	}{
		"a refused token":    {func(x *world) { x.Fail("GET /api/2.0/preview", 1, double.Fault{Status: 401}) }, "medpag", "make a new token", "the credentials are refused"},
		"not allowed at all": {func(x *world) { x.Fail("GET /api/2.0/preview", 1, double.Fault{Status: 403, Message: "IP is blocked"}) }, "medpag", "let this user sign in", "IP is blocked"},
		"a page":             {func(x *world) { x.Fail("GET /api/2.0/preview", 1, double.Fault{Raw: "<html>"}) }, "medpag", "no proxy answers", "a page for a browser"},
		"a job without its tags": {func(x *world) {
			x.Fail("GET /api/2.2/jobs/list", 1, double.Fault{Raw: `{"jobs": [{"job_id": 7, "settings": {"name": "n", "tags": {"stage": "feature"}}}]}`})
		}, "medpag/" + jobName, "give it these tags", "job 7 of this name lacks the tags environment=dev"},
		"no job":              {func(x *world) { x.Fail("GET /api/2.2/jobs/list", 1, double.Fault{Raw: `{}`}) }, "medpag/" + jobName, "deploy it", "there is no job of this name"},
		"two jobs":            {func(x *world) { x.AddJob(settings()) }, "medpag/" + jobName, "delete those", "there are 2 jobs"},
		"no such warehouse":   {func(x *world) { x.Fail("GET /api/2.0/sql/warehouses", 1, double.Fault{Status: 404, Message: "gone"}) }, "medpag/warehouse w1", "CAN USE", "gone"},
		"a deleted warehouse": {func(x *world) { x.SetWarehouse("w1", sql.StateDeleted) }, "medpag/warehouse w1", "name another", "it is DELETED"},
		"no database":         {func(x *world) { x.Fail("GET /api/2.1/unity-catalog/schemas", 1, double.Fault{Status: 404}) }, "medpag/main.feature_store_demo_dev", "CREATE SCHEMA main.feature_store_demo_dev", "does not exist"},
		"a right is missing": {func(x *world) {
			x.Fail("GET /api/2.1/unity-catalog/effective-permissions/SCHEMA", 1, double.Fault{Raw: `{"privilege_assignments": [{"privileges": [{"privilege": "SELECT"}, {"privilege": "USE_SCHEMA"}]}]}`})
		}, "medpag/main.feature_store_demo_dev", "GRANT MODIFY, CREATE TABLE ON SCHEMA main.feature_store_demo_dev TO `" + double.User + "`", "lacks MODIFY, CREATE TABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			x := open(t)
			x.whole()
			c.change(x)
			bad := slices.DeleteFunc(x.w.Examine(t.Context()), databricks.Check.Good)
			if len(bad) != 1 || bad[0].Where != c.where || !strings.Contains(bad[0].Message, c.message) || !strings.Contains(bad[0].Do, c.do) {
				t.Errorf("%+v", bad)
			}
		})
	}
}

func TestASecretIsReadAndHidden(t *testing.T) {
	x := open(t)
	x.SetSecret("advanced_analytics", "dev_bnca_pers_credential", "the token")
	if got := must[string](t)(x.w.Secret(t.Context(), "advanced_analytics", "dev_bnca_pers_credential")); got != "the token" {
		t.Errorf("%q", got)
	}
	if !slices.Contains(x.hidden, "the token") || !slices.Contains(x.hidden, "dGhlIHRva2Vu") {
		t.Errorf("hidden are %q", x.hidden)
	}
	if _, err := x.w.Secret(t.Context(), "advanced_analytics", "no"); err == nil || !strings.Contains(err.Error(), "advanced_analytics/no of medpag") {
		t.Error(err)
	}
}
