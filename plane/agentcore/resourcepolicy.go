package agentcore

import (
	"context"
	"encoding/json"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// resourcePolicyOperations are those of resource policies. They allow what agents and gateways
// do, which the plane does not have: no operation of the control API is decided by them.
// Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/resource-based-policies.html
func resourcePolicyOperations() operations {
	return operations{
		"PutResourcePolicy":    {Resource: named, Do: putPolicy},
		"GetResourcePolicy":    {Resource: named, Do: getPolicy},
		"DeleteResourcePolicy": {Resource: named, Do: deletePolicy},
	}
}

// named is the resource whose ARN the request has.
func named(r *emulate.Request) (string, error) { return r.In.Text("resourceArn"), nil }

func policyKey(r *emulate.Request, arn string) records.Key { return r.Key("ResourcePolicy", arn) }

func putPolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	arn, _ := named(r)
	if err := exists(r, arn); err != nil {
		return nil, err
	}
	if !json.Valid([]byte(r.In.Text("policy"))) {
		return nil, r.Fail("ValidationException", "The policy is not valid JSON.")
	}
	rec := &records.Record{Key: policyKey(r, arn), Doc: r.In.Pick("policy")}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Put(rec)
		return nil
	})
	return rec.Doc, err
}

func getPolicy(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := policyOfResource(r)
	if err != nil {
		return nil, err
	}
	return rec.Doc, nil
}

func deletePolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := policyOfResource(r)
	if err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Delete(rec.Key)
		return nil
	})
}

func policyOfResource(r *emulate.Request) (*records.Record, error) {
	arn, _ := named(r)
	if err := exists(r, arn); err != nil {
		return nil, err
	}
	if rec := r.Service.Records.Get(policyKey(r, arn)); rec != nil {
		return rec, nil
	}
	return nil, r.Fail("ResourceNotFoundException", "The resource '%s' has no policy.", arn)
}
