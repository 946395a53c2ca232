package endtoend_test

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/databricks/databricks-sdk-go/service/jobs"
	"go.yaml.in/yaml/v3"
)

// deploy writes the Asset Bundle of the configuration and makes its jobs as the Databricks CLI does for the targets of dev.
func (x *world) deploy() {
	x.t.Helper()
	dir := filepath.Join(x.home, "bundle")
	x.good("bundle", "--out", dir)
	for w, server := range x.servers {
		text, err := os.ReadFile(filepath.Join(dir, "resources", w+".yml"))
		if err != nil {
			x.t.Fatal(err)
		}
		values := strings.NewReplacer(
			"${var.environment}", "dev", "${var.database}", x.database, "${var.catalog}", catalog,
			"${resources.sql_warehouses.feature_store.id}", "w1", "${var.notify_on_failure}", "[]",
		)
		var file struct {
			Targets map[string]struct {
				Resources struct{ Jobs map[string]any }
			}
		}
		if err := yaml.Unmarshal([]byte(values.Replace(string(text))), &file); err != nil {
			x.t.Fatal(err)
		}
		for _, job := range file.Targets["dev_"+w].Resources.Jobs {
			var settings jobs.JobSettings
			text, err := json.Marshal(job)
			if err == nil {
				err = json.Unmarshal(text, &settings)
			}
			if err != nil {
				x.t.Fatal(err)
			}
			settings.Name = "[dev ana_ruiz] " + settings.Name
			for i := range settings.Tasks {
				file := settings.Tasks[i].SqlTask.File
				file.Path = path.Join("/resources", file.Path)
			}
			server.AddJob(settings)
			x.jobs[w] = settings.Name
		}
		server.SetFiles(os.DirFS(dir))
	}
}
