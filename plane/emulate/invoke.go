package emulate

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// Invoke does an operation of another service for the service by, such as
// bedrock.amazonaws.com: as who, which is the caller of before for a forward access session, a
// role that the service assumed ([World.Sessions]), or the service itself
// ([behalf.Principal]). api is the name of the other API's model: s3. more are context keys that
// the service sends, such as aws:SourceArn. It is authorized and recorded as every call is. An
// error is what the other service refuses with, most often a [*wire.Error].
func (w *World) Invoke(ctx context.Context, before *plane.Call, who *plane.Caller, by string, more authz.Context, api, operation string, in wire.Object) (wire.Object, error) {
	s := w.services[api]
	if s == nil || s.done[operation] == nil {
		return nil, fmt.Errorf("emulate: not implemented by the local plane: %s:%s", api, operation)
	}
	ctx, c := plane.OnBehalf(ctx, before, who, s.Plane(), operation, by, more)
	c.Input, c.Status = in, http.StatusOK
	out, err := s.done[operation](ctx, c, in)
	var refused *wire.Error
	switch {
	case err == nil:
		c.Output = out
	case errors.As(err, &refused):
		c.Status, c.Code, c.Message = refused.Status, refused.Code, refused.Message
		if c.Status == 0 {
			c.Status = s.api.Status(operation, c.Code)
		}
	default:
		c.Status, c.Code = http.StatusInternalServerError, "InternalFailure"
	}
	for _, o := range w.Observers {
		o.Observe(c)
	}
	return out, err
}
