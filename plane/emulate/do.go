package emulate

import (
	"context"
	"fmt"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
)

// Do does an operation as somebody that no request carries, such as the start of a plane does
// for its seed. It is checked, authorized and recorded as a request is. input is JSON, see
// [wire.API.Read].
func (w *World) Do(ctx context.Context, who *plane.Caller, region, api, operation string, input []byte) (wire.Object, error) {
	s := w.services[api]
	if s == nil || s.done[operation] == nil {
		return nil, fmt.Errorf("not implemented by the local plane: %s:%s", api, operation)
	}
	in, err := s.api.Read(operation, input)
	if err != nil {
		return nil, err
	}
	return w.Invoke(ctx, plane.Start(who, region, w.Now()), who, "", nil, api, operation, in)
}
