// Package endtoend_test looks at Databricks workspaces from above: through the engine, over doubles that fail in many ways, and
// through the program itself, over doubles that carry out jobs and statements on a Spark with Delta Lake: the one whose address
// .ci/spark_warehouse.py prints, in the variable FEATOPS_SPARK.
package endtoend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/workspaces/databricks/double"
)

// owners are the feature tables, and the workspaces that compute them.
var owners = map[string]string{
	"fs_cus_demographic": "bncapers", "fs_cus_credit_risk": "bncapers",
	"fs_cus_holding_products": "medpag", "fs_cus_payment_behavior": "medpag", "fs_cus_transactions": "medpag",
}

// sources are the tables that they are computed from.
var sources = map[string]string{
	"clientes": "bncapers", "buro_credito": "bncapers", "productos": "medpag", "pagos": "medpag", "transacciones": "medpag",
}

const (
	catalog = "spark_catalog"
	user    = "ana.ruiz@example.com"
	jobName = "[dev ana_ruiz] demo-feature-store"
)

// world is two workspaces of one metastore over a Spark, and a featops for them.
type world struct {
	t        *testing.T
	spark    double.Spark
	program  string
	local    string // a home of embedded workspaces with the same sources
	home     string
	config   string
	database string
	servers  map[string]*double.Server
	jobs     map[string]string
}

// scratch is a folder for what is made once.
var scratch string

// program builds featops, and gives where it is.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "featops")
	return path, execute("go", "build", "-o", path, "featops/cmd/featops")
})

// prepared makes the program, and a home whose embedded workspaces have run the main job.
var prepared = sync.OnceValue(func() error {
	featops, err := program()
	if err != nil {
		return err
	}
	home := filepath.Join(scratch, "home")
	if err := execute(featops, "--home", home, "sample", "--customers", "60", "--months", "10"); err != nil {
		return err
	}
	return execute(featops, "--home", home, "run", "--output", "json", "--param", "start_date=2024-01-01")
})

func execute(name string, args ...string) error {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "XDG_CONFIG_HOME="+filepath.Join(scratch, "none"))
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return nil
}

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "featops-e2e-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// start makes the workspaces, with sources, databases and jobs as an Asset Bundle deploys them, and no feature tables.
func start(t *testing.T) *world {
	t.Helper()
	address := os.Getenv("FEATOPS_SPARK")
	if address == "" {
		t.Skip("FEATOPS_SPARK does not say where .ci/spark_warehouse.py listens")
	}
	if err := prepared(); err != nil {
		t.Fatal(err)
	}
	x := &world{
		t: t, spark: double.Spark{Address: address}, program: filepath.Join(scratch, "featops"), local: filepath.Join(scratch, "home"), home: t.TempDir(),
		database: fmt.Sprintf("fs_%d", time.Now().UnixNano()), servers: map[string]*double.Server{}, jobs: map[string]string{},
	}
	x.sql("CREATE SCHEMA " + x.database)
	x.sql("CREATE SCHEMA " + x.database + "_sources")
	for table, w := range sources {
		x.sql(fmt.Sprintf("CREATE TABLE %s_sources.%s USING DELTA LOCATION '%s'", x.database, table, filepath.Join(x.local, "workspaces", w, "dev", "demo_db", table)))
	}
	defer func() { double.Link(x.servers["bncapers"], x.servers["medpag"]) }()
	certificate := &bytes.Buffer{}
	for _, w := range []string{"bncapers", "medpag"} {
		s := double.StartTLS(t, time.Now)
		s.SetEngine("w1", x.spark)
		s.SetLake("m1", x.spark)
		s.SetToken("dapi-of-" + w)
		s.AddSchema(catalog + "." + x.database)
		s.Grant(catalog, "USE_CATALOG")
		s.Grant(catalog+"."+x.database, "USE_SCHEMA", "SELECT", "MODIFY", "CREATE_TABLE")
		x.servers[w] = s
		certificate.Write(s.Certificate())
	}
	x.write("certificates.pem", certificate.String())
	x.config = x.write("config.toml", x.configuration())
	x.deploy()
	return x
}

func (x *world) write(name, text string) string {
	x.t.Helper()
	file := filepath.Join(x.home, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		x.t.Fatal(err)
	}
	return file
}

func (x *world) configuration() string {
	var b strings.Builder
	fmt.Fprintf(&b, "user = %q\n[build]\nstart_date = \"2024-01-01\"\n[monitor]\ninterval = \"3s\"\n[environments.dev]\ndatabase = %q\n", user, x.database)
	for _, w := range []struct {
		name  string
		tasks []string // with those that they depend on
	}{
		{"bncapers", []string{"fs_cus_demographic", "fs_cus_credit_risk fs_cus_demographic", "feature_registry fs_cus_credit_risk"}},
		{"medpag", []string{
			"fs_cus_holding_products", "fs_cus_payment_behavior fs_cus_holding_products", "fs_cus_transactions fs_cus_holding_products",
			"feature_registry fs_cus_payment_behavior fs_cus_transactions",
		}},
	} {
		fmt.Fprintf(&b, "[[workspace]]\nname = %q\nkind = \"databricks\"\nhost = %q\ntoken = \"env:TOKEN_%s\"\nwarehouse = \"w1\"\ncatalog = %q\nsource_database = %q\n[[workspace.job]]\nname = \"demo-feature-store\"\n",
			w.name, x.servers[w.name].URL, strings.ToUpper(w.name), catalog, x.database+"_sources")
		for _, task := range w.tasks {
			keys := strings.Fields(task)
			after, _ := json.Marshal(keys[1:])
			fmt.Fprintf(&b, "[[workspace.job.task]]\nkey = %q\ndepends_on = %s\nrun_if = \"ALL_DONE\"\n", keys[0], after)
		}
	}
	return b.String()
}

// sql runs a statement on the Spark, past the workspaces.
func (x *world) sql(text string) double.Rows {
	x.t.Helper()
	rows, err := x.spark.Execute(context.Background(), double.Statement{ID: "test", SQL: text})
	if err != nil {
		x.t.Fatalf("%s: %v", text, err)
	}
	return rows
}

// number runs a statement whose first value is a number.
func (x *world) number(text string) string {
	x.t.Helper()
	return *x.sql(text).Values[0][0]
}

func (x *world) command(args ...string) *exec.Cmd {
	c := exec.Command(x.program, append([]string{"--home", x.home, "--config", x.config}, args...)...)
	c.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + x.home, "TZ=UTC", "SSL_CERT_FILE=" + filepath.Join(x.home, "certificates.pem"),
		"TOKEN_BNCAPERS=dapi-of-bncapers", "TOKEN_MEDPAG=dapi-of-medpag",
	}
	return c
}

// featops runs the program to its end; code is how it ended.
func (x *world) featops(args ...string) (out, log string, code int) {
	x.t.Helper()
	c := x.command(args...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		x.t.Fatalf("featops %v: %v", args, err)
	}
	if strings.Contains(stdout.String()+stderr.String(), "dapi-of-") {
		x.t.Errorf("featops %v shows a token", args)
	}
	return stdout.String(), stderr.String(), c.ProcessState.ExitCode()
}

// good runs the program, which must end well, and gives what it prints.
func (x *world) good(args ...string) string {
	x.t.Helper()
	out, log, code := x.featops(args...)
	if code != 0 {
		x.t.Fatalf("featops %s ended with %d:\n%s\n%s", strings.Join(args, " "), code, out, log)
	}
	return out
}

// says runs the program, which must end well and print all these texts.
func (x *world) says(args []string, want ...string) {
	x.t.Helper()
	out := x.good(args...)
	for _, text := range want {
		if !strings.Contains(out, text) {
			x.t.Errorf("featops %s does not say %q:\n%s", strings.Join(args, " "), text, out)
		}
	}
}

// summary is what featops run prints as JSON.
type summary struct {
	Status        string
	Tasks         []taskSummary
	Registrations []struct {
		Table, From, To, Status, Detail string
		Version                         int64
	}
	Errors []string
}

type taskSummary struct {
	Workspace, Task, Table string
	Run                    int64  `json:"run_id"`
	Result                 string `json:"result_state"`
	Message                string `json:"state_message"`
	Version, Rows          int64
}

// run is featops run.
func (x *world) run(args ...string) (summary, int) {
	x.t.Helper()
	out, log, code := x.featops(append([]string{"run", "--output", "json"}, args...)...)
	var s summary
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		x.t.Fatalf("featops run ended with %d: %v\n%s\n%s", code, err, out, log)
	}
	return s, code
}

// full is the name of a feature table.
func (x *world) full(table string) string { return x.database + "." + table }

// localPlace is where the embedded workspaces have a feature table.
func (x *world) localPlace(table string) string {
	return filepath.Join(x.local, "workspaces", owners[table], "dev", "feature_store_demo_dev", table)
}

// sameAsLocal wants a feature table to have the values of the one of the embedded workspaces. Doubles may differ by the order in which
// their terms were added up, and what is rounded after that by a unit of its last place.
func (x *world) sameAsLocal(table string) {
	x.t.Helper()
	local := "delta.`" + x.localPlace(table) + "`"
	columns := x.sql("DESCRIBE " + local)
	var differ []string
	for _, row := range columns.Values {
		if *row[0] == "" {
			break
		}
		name := "`" + *row[0] + "`"
		if *row[1] == "double" {
			differ = append(differ, fmt.Sprintf("NOT (a.%[1]s <=> b.%[1]s OR abs(a.%[1]s - b.%[1]s) <= greatest(1.01e-4, 1e-9 * abs(a.%[1]s)))", name))
		} else {
			differ = append(differ, fmt.Sprintf("NOT (a.%[1]s <=> b.%[1]s)", name))
		}
	}
	got := x.sql("DESCRIBE " + x.full(table))
	if g, w := described(got), described(columns); !slices.Equal(g, w) {
		x.t.Errorf("%s has the columns %v, want %v", table, g, w)
		return
	}
	wrong := x.number(fmt.Sprintf("SELECT count(*) FROM %s AS a FULL OUTER JOIN %s AS b ON a.pk_customer = b.pk_customer AND a.tpk_release_dt = b.tpk_release_dt WHERE coalesce(%s, true)",
		local, x.full(table), strings.Join(differ, " OR ")))
	if wrong != "0" {
		x.t.Errorf("%s has %s rows that differ", table, wrong)
	}
	if n := x.number("SELECT count(*) FROM " + x.full(table)); n == "0" {
		x.t.Errorf("%s has no rows", table)
	}
}

func described(r double.Rows) []string {
	var out []string
	for _, row := range r.Values {
		if *row[0] == "" {
			break
		}
		out = append(out, *row[0]+" "+*row[1])
	}
	return out
}
