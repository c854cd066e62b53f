package fix

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
)

// Estate is where calls are made: AWS, or a local twin of it. The answer to an operation that
// lists has all pages.
//
// An error of a service has ErrorCode() string. Any other error leaves it open whether the call
// had an effect.
type Estate interface {
	Call(ctx context.Context, at Place, c Call) (wire.Object, error)
}
