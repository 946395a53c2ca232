package databricks

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/databricks/databricks-sdk-go/client"
	"github.com/databricks/databricks-sdk-go/service/workspace"
)

// Secret reads a secret that the workspace keeps. It is hidden from then on, as it is and as it was sent.
func (w *Workspace) Secret(ctx context.Context, scope, key string) (string, error) {
	var secret string
	what := fmt.Sprintf("read the secret %s/%s of %s", scope, key, w.options.Name)
	err := w.connection.Do(ctx, what, func(ctx context.Context, c *client.DatabricksClient) error {
		got, err := workspace.NewSecrets(c).GetSecret(ctx, workspace.GetSecretRequest{Scope: scope, Key: key})
		if err != nil {
			return err
		}
		w.options.Redact(got.Value)
		plain, err := base64.StdEncoding.DecodeString(got.Value)
		if err != nil {
			return fmt.Errorf("it is not in base64") // without the error, which quotes it
		}
		secret = string(plain)
		w.options.Redact(secret)
		return nil
	})
	return secret, err
}
