package agents

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// resourcePolicies are the operations of the policies of managed knowledge bases, by which
// other accounts retrieve from them.
// https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-cross-account.html
func resourcePolicies() operations {
	return operations{
		"PutResourcePolicy":    {Resource: policyARN, Do: putResourcePolicy},
		"GetResourcePolicy":    {Resource: policyARN, Do: getResourcePolicy},
		"DeleteResourcePolicy": {Resource: policyARN, Do: deleteResourcePolicy},
	}
}

const kindPolicy = "resource-policy"

func policyARN(r *emulate.Request) (string, error) { return r.In.Text("resourceArn"), nil }

// policyKey names the policy of a knowledge base, in the account that owns it.
func policyKey(baseARN string) records.Key {
	a, _ := arn.Parse(baseARN) // what is no ARN has no policy
	return records.Key{Service: control, Kind: kindPolicy, Account: a.Account, Region: a.Region, ID: baseARN}
}

// shareable are the actions that such a policy can be about.
var shareable = []string{"bedrock:retrieve", "bedrock:getdocumentcontent"}

// putResourcePolicy replaces the policy of a knowledge base. Unconfirmed: the texts.
func putResourcePolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	resource, text := r.In.Text("resourceArn"), r.In.Text("policy")
	if err := checkPolicy(r, resource, text); err != nil {
		return nil, err
	}
	revision := r.Service.UUID()
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		base := tx.Get(baseKey(r, last(resource)))
		switch {
		case base == nil || base.Doc.Text("knowledgeBaseArn") != resource:
			return missing(r)
		case base.Doc.Text("knowledgeBaseConfiguration.type") != "MANAGED":
			return r.Fail(invalid, "Resource policies are supported only for managed knowledge bases.")
		}
		old := tx.Get(policyKey(resource))
		if err := atRevision(r, old); err != nil {
			return err
		}
		rec := &records.Record{Key: policyKey(resource), Doc: wire.Object{"resourceArn": resource, "policy": text, "revisionId": revision}}
		if old != nil {
			rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		}
		tx.Put(rec)
		return nil
	})
	return wire.Object{"resourceArn": resource, "revisionId": revision}, err
}

// atRevision refuses to change a policy that is not the one that the caller expects.
func atRevision(r *emulate.Request, have *records.Record) error {
	want := r.In.Text("expectedRevisionId")
	if want == "" || have != nil && have.Doc.Text("revisionId") == want {
		return nil
	}
	return r.Fail(conflict, "The revision of the resource policy is not %s.", want) // unconfirmed text
}

// checkPolicy refuses a policy that is none, or is about something else.
func checkPolicy(r *emulate.Request, resource, text string) error {
	d, err := policy.Parse(text)
	if err != nil || len(d.Problems) > 0 {
		return r.Fail(invalid, "The resource policy is not valid: %s.", emulate.PolicyProblem(text))
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		switch {
		case s.Principals == nil:
			return r.Fail(invalid, "Statements of the resource policy must name principals.")
		case len(s.Actions) == 0 || slices.ContainsFunc(s.Actions, func(a string) bool { return !slices.Contains(shareable, strings.ToLower(a)) }):
			return r.Fail(invalid, "Statements of the resource policy can be about bedrock:Retrieve and bedrock:GetDocumentContent only.")
		case !slices.Equal(s.Resources, []string{resource}):
			return r.Fail(invalid, "The resource of the policy must be %s.", resource)
		}
	}
	return nil
}

func getResourcePolicy(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if rec := r.Service.Records.Get(policyKey(r.In.Text("resourceArn"))); rec != nil {
		return rec.Doc, nil
	}
	return nil, missing(r)
}

func deleteResourcePolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	resource := r.In.Text("resourceArn")
	return wire.Object{"resourceArn": resource}, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := tx.Get(policyKey(resource))
		if rec == nil {
			return missing(r)
		}
		tx.Delete(rec.Key)
		return atRevision(r, rec)
	})
}

// allowedToRetrieve decides a retrieval with the policy of the knowledge base, and returns the
// request as one in the account that owns it.
func allowedToRetrieve(ctx context.Context, r *emulate.Request) (*emulate.Request, error) {
	resource := r.In.Text("knowledgeBaseId")
	if !strings.HasPrefix(resource, "arn:") {
		resource = arnOfBase(r, resource)
	}
	var shared *authz.Policy
	if rec := r.Service.Records.Get(policyKey(resource)); rec != nil {
		shared = emulate.PolicyOf(resource, rec.Doc.Text("policy"))
	}
	if err := r.AllowAs(ctx, &plane.Asked{Action: "bedrock:Retrieve", Resource: resource, Policy: shared}); err != nil {
		return nil, err
	}
	a, err := arn.Parse(resource)
	if err != nil || a.Region != r.Region {
		return nil, missing(r)
	}
	call, owned := *r.Call, *r
	call.Account, owned.Call = a.Account, &call
	return &owned, nil
}
