package logs

import (
	"context"
	"encoding/json"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

const (
	policyKind = "resource-policy"
	// mostPolicies is the quota of an account in a Region.
	mostPolicies = 10
)

// policies are the resource policies of the account as one.
func policies(r *emulate.Request) *authz.Policy {
	var statements []json.RawMessage
	for _, rec := range r.List(policyKind) {
		var doc struct{ Statement json.RawMessage }
		if json.Unmarshal([]byte(rec.Doc.Text("policyDocument")), &doc) != nil {
			continue // it was parsed when it was put
		}
		var several []json.RawMessage
		if json.Unmarshal(doc.Statement, &several) != nil {
			several = []json.RawMessage{doc.Statement}
		}
		statements = append(statements, several...)
	}
	if statements == nil {
		return nil
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		return nil
	}
	return emulate.PolicyOf("resource policies", string(text))
}

func putPolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := ofAccount(r); err != nil {
		return nil, err
	}
	if problem := emulate.PolicyProblem(r.In.Text("policyDocument")); problem != "" {
		// The text is unconfirmed.
		return nil, r.Fail(invalid, "Invalid resource policy: %s", problem)
	}
	var doc wire.Object
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := &records.Record{Key: r.Key(policyKind, r.In.Text("policyName"))}
		rec.Doc = r.In.Pick("policyName", "policyDocument").With(wire.Object{"lastUpdatedTime": tx.Now().UnixMilli(), "policyScope": "ACCOUNT"})
		if old := tx.Get(rec.Key); old != nil {
			rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		} else if len(tx.List(rec.Service, rec.Kind, rec.Account, rec.Region)) >= mostPolicies {
			return r.Fail(exceeded, "Resource limit exceeded.")
		}
		doc = rec.Doc
		tx.Put(rec)
		return nil
	})
	return wire.Object{"resourcePolicy": doc}, err
}

// ofAccount refuses policies of single resources, and names that are missing.
func ofAccount(r *emulate.Request) error {
	if r.In.Has("resourceArn") || r.In.Text("policyScope") == "RESOURCE" {
		return r.Fail(invalid, "not implemented by the local plane: resource policies of single log groups")
	}
	if r.Operation != "DescribeResourcePolicies" && r.In.Text("policyName") == "" {
		return r.Fail(invalid, "policyName is required.")
	}
	return nil
}

func describePolicies(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if err := ofAccount(r); err != nil {
		return nil, err
	}
	var out []wire.Object
	for _, rec := range r.List(policyKind) {
		out = append(out, rec.Doc)
	}
	return r.Page(out, mostDescribed, invalid)
}

func deletePolicy(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := ofAccount(r); err != nil {
		return nil, err
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		k := r.Key(policyKind, r.In.Text("policyName"))
		if tx.Get(k) == nil {
			// The text is unconfirmed.
			return r.Fail(notFound, "Policy with name [%s] does not exist", k.ID)
		}
		tx.Delete(k)
		return nil
	})
}
