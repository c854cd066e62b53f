// Package live makes the calls of plans in AWS, or in whatever answers like it.
package live

import (
	"context"

	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// Estate is what a client reaches.
type Estate struct{ Client *awsapi.Client }

// Call makes a call.
func (e Estate) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	return e.Client.Call(ctx, awsapi.Call{
		Account: at.Account, Region: at.Region, Service: c.Service, Operation: c.Operation, Input: c.Input, Whole: c.Whole,
	})
}
