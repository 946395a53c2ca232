package double

import (
	"encoding/base64"
	"io"
	"log"
	"net/http"

	"github.com/databricks/databricks-sdk-go/service/workspace"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

// SetSecret puts a secret into a scope.
func (s *Server) SetSecret(scope, key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[scope+"/"+key] = value
}

func (s *Server) serveSecrets() {
	handle(s, "GET /api/2.0/secrets/get", func(w http.ResponseWriter, r *http.Request, _ none) {
		scope, key := r.URL.Query().Get("scope"), r.URL.Query().Get("key")
		value, ok := s.secrets[scope+"/"+key]
		if !ok {
			refuse(w, http.StatusNotFound, "RESOURCE_DOES_NOT_EXIST", "Failed to get secret for scope "+scope+" and key "+key)
			return
		}
		answer(w, workspace.GetSecretResponse{Key: key, Value: base64.StdEncoding.EncodeToString([]byte(value))})
	})
	handle(s, "GET /.well-known/databricks-config", func(w http.ResponseWriter, _ *http.Request, _ none) {
		answer(w, map[string]string{"cloud": "Azure", "host_type": "WORKSPACE_HOST", "oidc_endpoint": s.URL + "/oidc"})
	})
}

// serveSignIn gives the access token to a client that knows the secret of a service principal.
func (s *Server) serveSignIn() {
	handle(s, "GET /oidc/.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request, _ none) {
		answer(w, map[string]string{"authorization_endpoint": s.URL + "/oidc/authorize", "token_endpoint": s.URL + "/oidc/token"})
	})
	s.mux.HandleFunc("POST /oidc/token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, ok := r.BasicAuth()
		if !ok {
			id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
		}
		if id != ClientID || secret != ClientSecret {
			refuse(w, http.StatusUnauthorized, "invalid_client", "Client authentication failed")
			return
		}
		answer(w, map[string]any{"access_token": s.Token, "token_type": "Bearer", "expires_in": 3600})
	})
}

// The service principal that may sign in.
const (
	ClientID     = "principal"
	ClientSecret = "secret-of-the-principal"
)
