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

// Account is that of the credentials themselves.
func (e Estate) Account() string { return e.Client.Account() }

// Call makes a call.
func (e Estate) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	return e.Client.Call(ctx, call(at, c))
}

// Pages makes a call whose answer may be long; see [awsapi.Client.Pages].
func (e Estate) Pages(ctx context.Context, at fix.Place, c fix.Call, more func(page wire.Object) bool) error {
	return e.Client.Pages(ctx, call(at, c), more)
}

// As is what a session of a role of an account reaches, which whoever this is assumes there; see
// [awsapi.Client.As].
func (e Estate) As(ctx context.Context, at fix.Place, s awsapi.Session) (Estate, error) {
	s.Account, s.Region = at.Account, at.Region
	c, err := e.Client.As(ctx, s)
	return Estate{Client: c}, err
}

func call(at fix.Place, c fix.Call) awsapi.Call {
	return awsapi.Call{
		Account: at.Account, Region: at.Region, Service: c.Service, Operation: c.Operation, Input: c.Input, Whole: c.Whole,
	}
}
