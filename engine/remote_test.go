package engine

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"featops/engine/config"
)

// asker is a host that takes one token, and keeps secrets.
func asker(t *testing.T, token string, secrets map[string]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		value, kept := secrets[r.URL.Query().Get("scope")+"/"+r.URL.Query().Get("key")]
		switch {
		case r.Header.Get("Authorization") != "Bearer "+token:
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/api/2.0/secrets/get" && kept:
			fmt.Fprintf(w, `{"value": %q}`, base64.StdEncoding.EncodeToString([]byte(value)))
		case r.URL.Path == "/api/2.2/jobs/list":
			fmt.Fprint(w, `{}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func reference(t *testing.T, text string) config.Secret {
	t.Helper()
	s, err := config.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each workspace can hold the other's token, and no token is shown.
func TestATokenThatAnotherWorkspaceKeeps(t *testing.T) {
	c := config.Default()
	bncapers := config.Workspace{
		Name: "bncapers", Kind: config.Databricks, Token: reference(t, "env:TOKEN"),
		Host: asker(t, "token-of-bncapers", map[string]string{"advanced_analytics/dev_med_pag_credential": "token-of-medpag"}),
	}
	medpag := config.Workspace{
		Name: "medpag", Kind: config.Databricks, Token: reference(t, "secret:bncapers/advanced_analytics/dev_med_pag_credential"),
		Host: asker(t, "token-of-medpag", nil), Jobs: []config.Job{{Name: "demo-feature-store"}},
	}
	c.Workspaces = []config.Workspace{medpag, bncapers}
	var mu sync.Mutex
	var hidden []string
	r := Plan{Config: c, Now: time.Now}.Remote(func(name string) (string, bool) { return "token-of-bncapers", name == "TOKEN" },
		func(secrets ...string) {
			mu.Lock()
			defer mu.Unlock()
			hidden = append(hidden, secrets...)
		}, false, slog.New(slog.NewTextHandler(io.Discard, nil)), nil)
	t.Cleanup(func() { r.Close() })
	if _, err := r.Workspace("medpag").Jobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"token-of-medpag", "token-of-bncapers"} {
		if !slices.Contains(hidden, token) {
			t.Errorf("%s is not hidden", token)
		}
	}
	medpag.Token = reference(t, "secret:bncapers/advanced_analytics/none")
	if _, err := r.Token(t.Context(), medpag); err == nil || !strings.Contains(err.Error(), "read the secret advanced_analytics/none of bncapers: it does not exist") {
		t.Error(err)
	}
}
