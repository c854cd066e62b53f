package emulate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// Request is one call of an operation.
type Request struct {
	*plane.Call
	Service *Service
	// In has the members of the input that the caller sent.
	In wire.Object
}

// Partition is that of the call's Region.
func (r *Request) Partition() string { return cmp.Or(arn.PartitionOf(r.Region), "aws") }

// ARN is that of a resource of the service, in the account and Region of the call.
func (r *Request) ARN(resource string) string { return r.ARNOf(r.Service.def.Prefix, resource) }

// ARNOf is that of a resource of another service.
func (r *Request) ARNOf(service, resource string) string {
	return arn.ARN{Partition: r.Partition(), Service: service, Region: r.Region, Account: r.Account, Resource: resource}.String()
}

// Key names a record of the service in the account and Region of the call.
func (r *Request) Key(kind, id string) records.Key {
	k := records.Key{Service: r.Service.def.Model, Kind: kind, Account: r.Account, Region: r.Region, ID: id}
	if r.Service.def.Global {
		k.Region = ""
	}
	return k
}

// List returns the records of a kind in the account and Region of the call, in the order in
// which they were made.
func (r *Request) List(kind string) []*records.Record {
	k := r.Key(kind, "")
	return r.Service.Records.List(k.Service, kind, k.Account, k.Region)
}

// Fail makes a refusal with the status that the model has for its code.
func (r *Request) Fail(code, format string, args ...any) error {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	return &wire.Error{Code: code, Message: message}
}

// answered turns refusals of KMS into the service's own.
func (r *Request) answered(err error) error {
	var refused *behalf.Error
	if !errors.As(err, &refused) {
		return err
	}
	if r.Service.def.Refused != nil {
		return r.Service.def.Refused(r, refused)
	}
	if refused.Denied() {
		return r.Fail(r.Service.def.Denied, "%s", refused.Message)
	}
	return r.Fail("ValidationException", "%s", refused.Message)
}

// Allow decides whether the caller may do an action on a resource of the service. The tags of
// the resource and those of the request are condition keys.
func (r *Request) Allow(ctx context.Context, action, resource string) error {
	return r.AllowAs(ctx, &plane.Asked{Action: action, Resource: resource})
}

// AllowAs is [Request.Allow] with what else is known: the policy of the resource, condition
// keys of the service.
func (r *Request) AllowAs(ctx context.Context, asked *plane.Asked) error {
	given := asked.Context
	asked.Context = r.tagContext(asked.Resource)
	for key, v := range given {
		asked.Context[key] = v
	}
	err := r.Service.Authorizer.Allow(ctx, asked)
	var denied *plane.Error
	if errors.As(err, &denied) {
		return &wire.Error{Status: r.Service.deniedStatus(denied.Status), Code: r.Service.def.Denied, Message: denied.Message}
	}
	return err
}

// tagContext are the condition keys of tags.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (r *Request) tagContext(resource string) authz.Context {
	out := authz.Context{}
	if r.Service.def.Tagged != nil {
		resource = r.Service.def.Tagged(resource)
	}
	for key, v := range r.Service.Tags(resource) {
		out["aws:resourcetag/"+strings.ToLower(key)] = authz.Value{Values: []string{v}}
	}
	var keys []string
	for key, v := range r.TagsIn("tags", "Tags", "TagsList") {
		keys = append(keys, key)
		out["aws:requesttag/"+strings.ToLower(key)] = authz.Value{Values: []string{v}}
	}
	if keys = append(keys, append(r.In.Texts("tagKeys"), r.In.Texts("TagKeys")...)...); keys != nil {
		out["aws:tagkeys"] = authz.Value{Values: keys}
	}
	return out
}

// Subject is a resource of the call's account and Region for the key of a slot.
func (r *Request) Subject(typ, slot, arn string) *behalf.Subject {
	return &behalf.Subject{Type: typ, Slot: slot, ARN: arn, Account: r.Account, Region: r.Region, Service: r.Service.def.Principal}
}

// SealObject seals members as the content of a slot, see [behalf.Keys.Seal].
func (r *Request) SealObject(ctx context.Context, s *behalf.Subject, key, purpose string, content wire.Object) (*records.Sealed, error) {
	b, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	return r.Service.Keys.Seal(ctx, r.Call, s, key, purpose, b)
}

// OpenObject opens what [Request.SealObject] sealed.
func (r *Request) OpenObject(ctx context.Context, s *behalf.Subject, sealed *records.Sealed, purpose string) (wire.Object, error) {
	b, err := r.Service.Keys.Open(ctx, r.Call, s, sealed, purpose)
	if err != nil {
		return nil, err
	}
	var out wire.Object
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("emulate: content of %s: %w", s.ARN, err)
	}
	return out, nil
}
