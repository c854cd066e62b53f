package emulate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
)

// Definition says which API a service has.
type Definition struct {
	// Model is the name of the API's model: bedrock-agent.
	Model string
	// Prefix begins the names of IAM actions; empty: the name that requests are signed for.
	Prefix string
	// Principal is the service's principal; empty: Prefix.amazonaws.com.
	Principal string
	// Global: the service has no Regions.
	Global bool
	// Observed is what was seen of the service beyond its model.
	Observed wire.Observed
	// ReadOnly is as in [plane.Service].
	ReadOnly func(operation string) bool
	// Refused turns a refusal of KMS into the service's own; nil: AccessDeniedException where
	// a policy was in the way, else ValidationException, with KMS's message.
	Refused func(r *Request, e *behalf.Error) error
	// Denied is the code of a refusal by a policy; empty: AccessDeniedException.
	Denied string
	// Invalid is the code of an input that violates the model; empty: ValidationException.
	Invalid string
	// OwnTokens: the service has rules of its own for idempotency tokens, which its
	// operations follow.
	OwnTokens bool
	// Tagged returns the ARN whose tags count for an action on a resource; nil: the resource.
	Tagged func(resource string) string
	// Owner returns the account and Region of a resource whose ARN has neither; nil: there is
	// no such resource.
	Owner func(w *World, resource string) (account, region string)
}

// Service is an API of the plane.
type Service struct {
	*World
	def   Definition
	api   *wire.API
	model *model.Service
	ops   map[string]plane.Operation
	// done are the operations beneath the wire.
	done   map[string]func(context.Context, *plane.Call, wire.Object) (wire.Object, error)
	tokens tokens
}

// New makes a service without operations. The error is a defect of the model.
func New(w *World, d Definition) (*Service, error) {
	m, err := model.Load(d.Model)
	if err != nil {
		return nil, fmt.Errorf("emulate: %w", err)
	}
	api, err := wire.New(m, d.Observed)
	if err != nil {
		return nil, fmt.Errorf("emulate: %w", err)
	}
	d.Prefix = cmp.Or(d.Prefix, m.SigningName)
	d.Principal = cmp.Or(d.Principal, d.Prefix+".amazonaws.com")
	d.Denied = cmp.Or(d.Denied, "AccessDeniedException")
	s := &Service{World: w, def: d, api: api, model: m, ops: map[string]plane.Operation{}, done: map[string]func(context.Context, *plane.Call, wire.Object) (wire.Object, error){}}
	if w.services == nil {
		w.services = map[string]*Service{}
	}
	w.services[d.Model] = s
	return s, nil
}

// Op is an operation.
type Op struct {
	// Resource is what the action is authorized against; nil: "*". An error of it is
	// answered instead, such as for a name that does not exist where AWS says so first.
	Resource func(r *Request) (arn string, err error)
	// Action is the IAM action; empty: the prefix with the operation's name. "-": Do
	// authorizes by itself, with [Request.Allow].
	Action string
	// Do does it. It returns the members of the output; nil: there are none.
	Do func(ctx context.Context, r *Request) (wire.Object, error)
}

// ByItself is the Action of an operation that authorizes by itself.
const ByItself = "-"

// Handle adds an operation. An operation that the API does not have is a defect, and panics.
func (s *Service) Handle(name string, op Op) {
	if s.model.Operations[name] == nil {
		panic("emulate: " + s.def.Model + " has no operation " + name)
	}
	s.done[name] = func(ctx context.Context, c *plane.Call, in wire.Object) (wire.Object, error) {
		r := &Request{Call: c, Service: s, In: in}
		if op.Action != ByItself {
			resource := "*"
			if op.Resource != nil {
				var err error
				if resource, err = op.Resource(r); err != nil {
					return nil, r.answered(err)
				}
			}
			if err := r.Allow(ctx, cmp.Or(op.Action, s.def.Prefix+":"+name), resource); err != nil {
				return nil, err
			}
		}
		out, err := r.once(ctx, op)
		if err != nil {
			return nil, r.answered(err)
		}
		return out, nil
	}
	s.ops[name] = s.checked(plane.WireOperation(s.api, name, s.done[name]))
}

// checked gives refusals of inputs that violate the model the service's own code.
func (s *Service) checked(op plane.Operation) plane.Operation {
	if s.def.Invalid == "" {
		return op
	}
	return func(ctx context.Context, c *plane.Call, body []byte) ([]byte, error) {
		out, err := op(ctx, c, body)
		var refused *wire.Error
		if c.Input == nil && errors.As(err, &refused) && refused.Code == wire.ValidationException {
			return nil, &wire.Error{Code: s.def.Invalid, Message: refused.Message}
		}
		return out, err
	}
}

// deniedStatus is that of a refusal by a policy: over the JSON protocol a 400 as of every other
// error, but for SQS, which keeps what it had over the query protocol.
func (s *Service) deniedStatus(status int) int {
	if s.model.Protocol == model.ProtocolJSON && !s.model.QueryCompatible {
		return http.StatusBadRequest
	}
	return status
}

// Plane returns the service as the plane serves it.
func (s *Service) Plane() *plane.Service {
	out := &plane.Service{Name: s.model.SigningName, Global: s.def.Global, Protocol: plane.Wire(s.api), Operations: s.ops, ReadOnly: s.def.ReadOnly}
	if s.def.Model != s.model.SigningName {
		out.API = s.def.Model
	}
	return out
}
