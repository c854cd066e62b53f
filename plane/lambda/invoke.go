package lambda

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// invoke answers a dry run. Otherwise it decrypts the environment as the execution role, which
// AWS does before code runs, and then says that it runs no code.
func invoke(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	t := targetOf(r, "FunctionName", true)
	rec, err := t.version(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if r.In.Text("InvocationType") == "DryRun" {
		return wire.Object{"StatusCode": int64(204)}, nil
	}
	if rec.Doc.Text("State") == "Pending" {
		return nil, r.Fail(conflict, "The operation cannot be performed at this time. The function is currently in the following state: Pending")
	}
	if _, err := openEnvironment(ctx, r, t, rec, byRole); err != nil {
		return nil, err
	}
	return nil, r.Fail("UnknownOperationException", "not implemented by the local plane: running the code of a function")
}
