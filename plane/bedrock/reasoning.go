package bedrock

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

var reasoningPolicies = collection{
	kind: "automated-reasoning-policy", noun: "automated reasoning policy", arn: "policyArn", name: "name", created: "createdAt", updated: "updatedAt",
	summary: []string{"policyArn", "name", "description", "version", "policyId", "createdAt", "updatedAt"},
}

// Types of the catalogue.
const (
	reasoningType        = "AWS::Bedrock::AutomatedReasoningPolicy"
	reasoningVersionType = "AWS::Bedrock::AutomatedReasoningPolicyVersion"
)

// definition is what is sealed of a policy.
const definition = "content"

// Quotas. Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const (
	mostReasoningPolicies = 100
	mostReasoningVersions = 1000
)

// reasoning are the operations of automated reasoning policies. Their definitions are kept;
// nothing is built of documents, and nothing is tested: that needs a model and a solver.
func reasoning() operations {
	return operations{
		"CreateAutomatedReasoningPolicy":        {Action: emulate.ByItself, Do: createReasoning},
		"GetAutomatedReasoningPolicy":           {Resource: reasoningARN, Do: getReasoning},
		"ListAutomatedReasoningPolicies":        {Resource: listedReasoning, Do: listReasoning},
		"UpdateAutomatedReasoningPolicy":        {Resource: reasoningARN, Do: updateReasoning},
		"DeleteAutomatedReasoningPolicy":        {Resource: reasoningARN, Do: deleteReasoning},
		"CreateAutomatedReasoningPolicyVersion": {Action: emulate.ByItself, Do: createReasoningVersion},
		"ExportAutomatedReasoningPolicyVersion": {Resource: reasoningARN, Do: exportReasoning},
	}
}

func reasoningARN(r *emulate.Request) (string, error) { return r.In.Text("policyArn"), nil }

func listedReasoning(r *emulate.Request) (string, error) {
	if arn := r.In.Text("policyArn"); arn != "" {
		return arn, nil
	}
	return "*", nil
}

// reasoningOf is the policy, or the version, of the ARN in a request.
func reasoningOf(r *emulate.Request) (*records.Record, error) {
	return reasoningAt(r, r.In.Text("policyArn"))
}

func reasoningAt(r *emulate.Request, arn string) (*records.Record, error) {
	id := idOf(arn)
	kind := reasoningPolicies.kind
	if strings.Contains(id, ":") {
		kind = reasoningVersionKind
	}
	rec := r.Service.Records.Get(records.Key{Service: control, Kind: kind, Account: r.Account, Region: r.Region, ID: id})
	if rec == nil || rec.Doc.Text("policyArn") != arn {
		return nil, reasoningPolicies.missing(r, arn)
	}
	return rec, nil
}

// reasoningSubject is what the key of a policy protects. The encryption context has the ARN of
// the policy, with the number of a version.
func reasoningSubject(rec *records.Record) *behalf.Subject {
	arn := rec.Doc.Text("policyArn")
	s := &behalf.Subject{
		Type: reasoningType, Slot: definition, ARN: arn, ID: rec.ID, Account: rec.Account, Region: rec.Region, Service: principal,
		Context: map[string]string{"aws:bedrock:automated-reasoning-policy": arn},
	}
	if rec.Kind == reasoningVersionKind {
		s.Type = reasoningVersionType
	}
	return s
}

// sealReasoning puts a definition under the key of a policy.
func sealReasoning(ctx context.Context, r *emulate.Request, rec *records.Record, key string, content wire.Object) error {
	sealed, err := r.SealObject(ctx, reasoningSubject(rec), key, "create", content)
	if err != nil {
		return err
	}
	rec.Sealed = map[string]*records.Sealed{definition: sealed}
	if sealed.Key != "" {
		rec.Doc["kmsKeyArn"] = sealed.Key
	}
	return nil
}

// hashOf is the hash of a definition. How AWS makes it is not documented; it has 128
// characters, as SHA-512 has.
func hashOf(content wire.Object) (string, error) {
	b, err := json.Marshal(content)
	sum := sha512.Sum512(b)
	return hex.EncodeToString(sum[:]), err
}

func createReasoning(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec := reasoningPolicies.make(r, "", r.In.Pick("name", "description"))
	arn, tags := rec.Doc.Text("policyArn"), r.TagsIn("tags")
	if err := allowAll(ctx, r, "CreateAutomatedReasoningPolicy", []string{"*"}, arn, tags); err != nil {
		return nil, err
	}
	content := r.In.Object("policyDefinition")
	if content == nil {
		content = wire.Object{}
	}
	hash, err := hashOf(content)
	if err != nil {
		return nil, err
	}
	rec.Doc = rec.Doc.With(wire.Object{"policyId": rec.ID, "version": draft, "definitionHash": hash})
	if err := sealReasoning(ctx, r, rec, r.In.Text("kmsKeyId"), content); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := reasoningPolicies.free(r, tx, r.In.Text("name")); err != nil {
			return err
		}
		if len(tx.List(control, reasoningPolicies.kind, r.Account, r.Region)) >= mostReasoningPolicies {
			return r.Fail("ServiceQuotaExceededException", "The number of automated reasoning policies exceeds the quota of %d.", mostReasoningPolicies)
		}
		tx.Put(rec)
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return reasoningPolicies.shown(rec).Without("kmsKeyArn", "policyId"), err
}

// getReasoning shows no content, and calls no key.
func getReasoning(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := reasoningOf(r)
	if err != nil {
		return nil, err
	}
	return reasoningPolicies.shown(rec), nil
}

// listReasoning lists the policies, or one with its versions.
func listReasoning(_ context.Context, r *emulate.Request) (wire.Object, error) {
	if !r.In.Has("policyArn") {
		return reasoningPolicies.page(r, reasoningPolicies.all(r))
	}
	rec, err := reasoningOf(r)
	if err != nil {
		return nil, err
	}
	return reasoningPolicies.page(r, append([]*records.Record{rec}, reasoningVersions(r, rec)...))
}

// updateReasoning replaces the definition, under the same key. A name or description that is
// left out stays: that is unconfirmed, and follows from their not being required.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_UpdateAutomatedReasoningPolicy.html
func updateReasoning(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := draftOf(r)
	if err != nil {
		return nil, err
	}
	content := r.In.Object("policyDefinition")
	hash, err := hashOf(content)
	if err != nil {
		return nil, err
	}
	next := rec.Change(r.Service.Now(), r.In.Pick("name", "description").With(wire.Object{"definitionHash": hash}))
	if err := sealReasoning(ctx, r, next, rec.Sealed[definition].Key, content); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		switch {
		case now == nil:
			return reasoningPolicies.missing(r, r.In.Text("policyArn"))
		case !now.Updated.Equal(rec.Updated) || now.Doc.Int(lastVersion) != rec.Doc.Int(lastVersion):
			return r.Fail("ConflictException", "The policy was changed at the same time. Retry.")
		case next.Doc.Text("name") != rec.Doc.Text("name"):
			if err := reasoningPolicies.free(r, tx, next.Doc.Text("name")); err != nil {
				return err
			}
		}
		tx.Put(next)
		return nil
	})
	return reasoningPolicies.shown(next), err
}

// draftOf is the policy of the ARN in a request, which must not be that of a version.
func draftOf(r *emulate.Request) (*records.Record, error) {
	rec, err := reasoningOf(r)
	if err == nil && rec.Kind == reasoningVersionKind {
		return nil, r.Fail("ValidationException", "%s is a version. Give the ARN of the policy.", r.In.Text("policyArn"))
	}
	return rec, err
}

func exportReasoning(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := reasoningOf(r)
	if err != nil {
		return nil, err
	}
	content, err := r.OpenObject(ctx, reasoningSubject(rec), rec.Sealed[definition], "create")
	if err != nil {
		return nil, err
	}
	return wire.Object{"policyDefinition": content}, nil
}

// deleteReasoning deletes a version, or a policy without versions, or with them by force. A
// policy that a guardrail uses can be deleted here: guardrails of the plane reason nothing.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DeleteAutomatedReasoningPolicy.html
func deleteReasoning(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := reasoningOf(r)
	if err != nil {
		return nil, err
	}
	gone := []*records.Record{rec}
	if rec.Kind == reasoningPolicies.kind {
		versions := reasoningVersions(r, rec)
		if len(versions) > 0 && !r.In.Bool("force") {
			return nil, r.Fail("ResourceInUseException", "The policy %s has versions. Delete them first, or use force.", rec.Doc.Text("policyArn"))
		}
		gone = append(gone, versions...)
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, rec := range gone {
			reasoningPolicies.forget(tx, rec)
		}
		return nil
	})
}
