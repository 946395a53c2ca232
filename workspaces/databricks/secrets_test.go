package databricks_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"featops/workspaces/databricks/double"

	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// Secrets that the program gets to see, each unlike anything else.
const (
	ownToken  = "dapi-own/7f3a+9c=Q1"  // from the environment
	keptToken = "dapi-kept/51be+02=Q2" // that the first workspace keeps for the second
	signature = "sig-4d+1e/77=Q3"      // of a link to a result
)

// program is the whole program, on a home of its own, and what it has written.
type program struct {
	t        *testing.T
	path     string
	home     string
	own, far *double.Server
	written  bytes.Buffer // standard output and error of all calls
}

func buildProgram(t *testing.T) *program {
	t.Helper()
	if testing.Short() {
		t.Skip("the program is built for this")
	}
	p := &program{t: t, home: t.TempDir(), path: filepath.Join(t.TempDir(), "featops")}
	build := exec.Command("go", "build", "-o", p.path, "featops/cmd/featops")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.own, p.far = double.StartTLS(t, time.Now), double.StartTLS(t, time.Now)
	p.own.SetToken(ownToken)
	p.far.SetToken(keptToken)
	p.own.SetSecret("advanced_analytics", "dev_med_pag_credential", keptToken)
	text := fmt.Sprintf(`env = "dev"
user = "ana.ruiz@example.com"
home = %q
[log]
level = "debug"
[monitor]
request_timeout = "1s"
[[workspace]]
name = "bncapers"
kind = "databricks"
host = %q
token = "env:OWN_TOKEN"
warehouse = "w1"
[[workspace.job]]
name = "demo-feature-store"
[[workspace]]
name = "medpag"
kind = "databricks"
host = %q
token = "secret:bncapers/advanced_analytics/dev_med_pag_credential"
warehouse = "w1"
[[workspace.job]]
name = "demo-feature-store"
`, filepath.Join(p.home, "data"), p.own.URL, p.far.URL)
	trusted := append(p.own.Certificate(), p.far.Certificate()...)
	if err := errors.Join(os.WriteFile(p.file("config.toml"), []byte(text), 0o600), os.WriteFile(p.file("trusted.pem"), trusted, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*double.Server{p.own, p.far} {
		lake := double.NewMemory(time.Now)
		s.SetEngine("w1", lake)
		s.SetLake("m1", lake)
		lake.Change("main.feature_store_demo_dev.fs_cus_transactions", "WRITE", func(d *double.Details, rows *int64) {
			d.Columns, d.Properties, *rows = []double.Column{{Name: "pk_customer", Type: "BIGINT"}}, map[string]string{"featops.primary_keys": "pk_customer"}, 3
		})
		s.AddJob(settings())
	}
	return p
}

func (p *program) file(name string) string { return filepath.Join(p.home, name) }

// call calls the program, whatever becomes of it.
func (p *program) call(args ...string) string {
	p.t.Helper()
	c := exec.Command(p.path, append([]string{"--config", p.file("config.toml")}, args...)...)
	c.Env = []string{
		"HOME=" + p.home, "PATH=" + os.Getenv("PATH"), "TZ=UTC", "OWN_TOKEN=" + ownToken, "SSL_CERT_FILE=" + p.file("trusted.pem"),
	}
	c.Dir = p.home
	out, err := c.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	p.written.Write(out)
	return string(out)
}

// forms are the ways in which a secret may be written.
func forms(secret string) map[string]string {
	return map[string]string{
		"as it is": secret, "in part": secret[:len(secret)-4], "in base64": base64.StdEncoding.EncodeToString([]byte(secret)), "in base64 for addresses": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"as part of an address": url.QueryEscape(secret), "as a path": url.PathEscape(secret), "in hexadecimal": hex.EncodeToString([]byte(secret)),
	}
}

// everything is all that was written: by the calls, and below the home, by file.
func (p *program) everything() map[string][]byte {
	p.t.Helper()
	out := map[string][]byte{"standard output and error": p.written.Bytes()}
	err := filepath.WalkDir(p.file("data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// Whatever goes wrong, and whatever a workspace answers: no secret is in what the program writes, at the lowest level of the log.
func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	p := buildProgram(t)
	status, doctor, build, watch := []string{"status", "--output", "json"}, []string{"doctor", "--output", "json"}, []string{"build", "fs_cus_transactions"}, []string{"watch", "--once"}
	// A workspace, or a proxy before it, may say back what it was sent.
	echo := func(token string) string {
		return "refused: Authorization: Bearer " + token + ", token=" + url.QueryEscape(token)
	}
	for _, fault := range []func(token string) double.Fault{
		func(token string) double.Fault {
			return double.Fault{Status: 401, Code: "UNAUTHENTICATED", Message: echo(token)}
		},
		func(token string) double.Fault {
			return double.Fault{Status: 403, Code: "PERMISSION_DENIED", Message: echo(token)}
		},
		func(token string) double.Fault { return double.Fault{Status: 429, Message: echo(token)} },
		func(token string) double.Fault {
			return double.Fault{Status: 500, Message: strings.Repeat(echo(token), 40)}
		},
		func(token string) double.Fault {
			return double.Fault{Raw: `{"value": "` + base64.StdEncoding.EncodeToString([]byte(token)) + `", "message": "` + echo(token)}
		},
		func(string) double.Fault {
			return double.Fault{Raw: `{"statement_id": "s1", "result": {"external_links": [{"external_link": "https://storage.invalid/x?sig=` + url.QueryEscape(signature) + `"`}
		},
		func(token string) double.Fault { return double.Fault{Raw: "<html>" + echo(token) + "</html>"} },
		func(string) double.Fault { return double.Fault{Cut: true} },
		func(string) double.Fault { return double.Fault{Gone: true} },
	} {
		p.own.Fail("", 1_000_000, fault(ownToken))
		p.call(status...)
		p.call(doctor...)
		p.own.Heal()
		p.far.Fail("", 1_000_000, fault(keptToken))
		p.call(doctor...)
		p.call(build...)
		p.call(watch...)
		p.far.Heal()
	}
	// A task that tells what it should not, and a run that ends so.
	told := echo(keptToken)
	id := p.far.StartRun(t, jobName)
	p.far.SetTask(id, "fs_cus_transactions", double.State{LifeCycle: double.Failed.LifeCycle, Result: double.Failed.Result, Message: told}.Saying(jobs.RunOutput{Error: told, ErrorTrace: told, Logs: told}))
	p.far.EndRun(id, double.State{LifeCycle: double.Failed.LifeCycle, Result: double.Failed.Result, Message: told})
	for _, c := range [][]string{status, doctor, build, watch, {"runs", "--output", "json"}, {"history", "fs_cus_transactions"}, {"logs"}} {
		p.call(c...)
	}

	all := p.everything()
	for _, secret := range []string{ownToken, keptToken, signature} {
		for form, text := range forms(secret) {
			for where, b := range all {
				if i := bytes.Index(b, []byte(text)); i >= 0 {
					t.Errorf("%s is in %s, %s: …%s…", secret, where, form, b[max(0, i-160):min(len(b), i+60)])
				}
			}
		}
	}
	if text := p.written.String(); !strings.Contains(text, "PERMISSION_DENIED") || !strings.Contains(text, "***") {
		t.Errorf("the failures were not told: %s", text)
	}
	if len(all) < 3 {
		t.Errorf("little was written: %d files", len(all))
	}
}
