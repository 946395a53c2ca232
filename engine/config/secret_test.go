package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
)

const token = "dapi0123456789abcdef0123456789abcdef"

func TestALiteralTokenIsRefusedAndNeverShown(t *testing.T) {
	const head = "[[workspace]]\nname = 'w'\nkind = 'databricks'\nhost = 'https://h'\n"
	tests := map[string]struct{ content, key string }{
		"as it is":                {head + "token = '" + token + "'", "workspace[w].token"},
		"of another kind":         {head + "token = 's3cret-0123456789'", "workspace[w].token"},
		"as a variable's name":    {head + "token = 'env:" + token + "'", "workspace[w].token"},
		"with a colon":            {head + "token = 'x:s3cret-0123456789'", "workspace[w].token"},
		"in a list":               {head + "token = ['" + token + "']", "workspace[w].token"},
		"without quotes":          {head + "token = " + token, "workspace.token"},
		"without quotes, other":   {head + "token = s3cret-0123456789", "workspace.token"},
		"in another key":          {head + "token = 'env:T'\nsource_database = '" + token + "-'", "workspace[w].source_database"},
		"under an unknown key":    {head + "token = 'env:T'\ntokn = 's3cret-0123456789'", "workspace[w].tokn"},
		"in the address":          {"[[workspace]]\nname = 'w'\nkind = 'databricks'\ntoken = 'env:T'\nhost = 'https://me:s3cret-0123456789@h'", "workspace[w].host"},
		"as a name":               {"[[workspace]]\nname = '" + token + " '", "workspace[#1].name"},
		"an empty reference":      {head + "token = 'env:'", "workspace[w].token"},
		"a scope without a key":   {head + "token = 'secret:w/0123456789'", "workspace[w].token"},
		"an incomplete reference": {head + "token = 'keyring:service'", "workspace[w].token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(problems(t, test.content, nil), "\n")
			if !strings.Contains(got, ": "+test.key) || !strings.HasPrefix(got, "config.toml:") {
				t.Errorf("%s: does not name the key %s and its line", got, test.key)
			}
			if strings.Contains(got, "0123456789") {
				t.Errorf("the message shows the secret: %s", got)
			}
		})
	}
}

func secretOf(t *testing.T, reference string) Secret {
	t.Helper()
	s, err := ParseSecret(reference)
	if err != nil {
		t.Fatal(err)
	}
	if s.String() != reference {
		t.Errorf("%q is shown as %q", reference, s)
	}
	return s
}

func tokenFile(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// keeps is the secret that the workspace w keeps.
func keeps(_ context.Context, workspace, scope, key string) (string, error) {
	if workspace != "w" || scope != "advanced_analytics" || key != "dev_med_pag_credential" {
		return "", errors.New("there is none")
	}
	return token, nil
}

func TestResolve(t *testing.T) {
	keyring.MockInit()
	if err := keyring.Set("featops", "ana/dev", token); err != nil {
		t.Fatal(err)
	}
	file := tokenFile(t, token+"\r\n", 0o400)
	for _, reference := range []string{"env:TOKEN", "keyring:featops/ana/dev", "file:" + file, "secret:w/advanced_analytics/dev_med_pag_credential"} {
		v, err := secretOf(t, reference).Resolve(t.Context(), machine("TOKEN", token), keeps)
		if err != nil {
			t.Errorf("%s: %v", reference, err)
			continue
		}
		if v.Reveal() != token {
			t.Errorf("%s gave another secret", reference)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	keyring.MockInit()
	open := tokenFile(t, token, 0o640)
	tests := map[string]struct{ reference, want string }{
		"a variable that is not set":   {"env:NONE", "resolve secret env:NONE: the environment variable is not set"},
		"an empty variable":            {"env:EMPTY", "resolve secret env:EMPTY: it is empty"},
		"an unknown user":              {"keyring:featops/eva", `resolve secret keyring:featops/eva: ask the keyring of the operating system for service "featops", user "eva": secret not found in keyring`},
		"a file that others can read":  {"file:" + open, "resolve secret file:" + open + ": its mode 0640 lets others than its owner at it; run: chmod 600 " + open},
		"a missing file":               {"file:/nowhere/token", "resolve secret file:/nowhere/token: stat /nowhere/token: no such file or directory"},
		"a folder":                     {"file:/", "resolve secret file:/: / is not a regular file"},
		"a file that is no token's":    {"file:" + tokenFile(t, strings.Repeat("x", maxSecretBytes+1), 0o600), ": it is larger than 65536 bytes"},
		"what nobody keeps":            {"secret:w/scope/key", "resolve secret secret:w/scope/key: there is none"},
		"a file with a line end alone": {"file:" + tokenFile(t, "\n", 0o600), ": it is empty"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := secretOf(t, test.reference).Resolve(t.Context(), machine("EMPTY", ""), keeps)
			if err == nil || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := (Secret{}).Resolve(t.Context(), machine(), nil); err == nil {
		t.Error("no reference gave a secret")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	keyring.MockInitWithError(errors.New("locked"))
	if _, err := secretOf(t, "keyring:a/b").Resolve(ctx, machine(), nil); err == nil {
		t.Error("a cancelled question gave a secret")
	}
}

func TestATokenFileIsFoundBesideTheConfiguration(t *testing.T) {
	file := write(t, "[[workspace]]\nname = 'w'\nkind = 'databricks'\nhost = 'https://h'\ntoken = 'file:token'")
	c, err := Load(file, nil, machine())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Workspaces[0].Token.String(), "file:"+filepath.Join(filepath.Dir(file), "token"); got != want {
		t.Errorf("token is %s, want %s", got, want)
	}
}

func TestAValueNeverShowsItself(t *testing.T) {
	v := Value{token}
	inside := struct {
		V Value
		P *Value
	}{v, &v}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+"\n", v, inside)
	}
	fmt.Fprintln(&out, v, &v, v.String(), v.GoString(), errors.New(fmt.Sprint("refused ", v)))
	if err := json.NewEncoder(&out).Encode(map[string]any{"a": v, "b": inside, "c": map[Value]int{v: 1}}); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v, "inside", inside)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v, "inside", inside)
	if strings.Contains(out.String(), token) || strings.Contains(out.String(), fmt.Sprintf("%x", token)) {
		t.Errorf("the secret is in:\n%s", out.String())
	}
	if n := strings.Count(out.String(), hidden); n < 20 {
		t.Errorf("only %d of the values are shown as %s:\n%s", n, hidden, out.String())
	}
}
