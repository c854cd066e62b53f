package bedrock

import (
	"context"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// reasoningVersionKind is the kind of the versions; their ids are the policy's, a colon and
// the number.
const reasoningVersionKind = "automated-reasoning-policy-version"

func reasoningVersions(r *emulate.Request, of *records.Record) []*records.Record {
	var out []*records.Record
	for _, rec := range r.List(reasoningVersionKind) {
		if strings.HasPrefix(rec.ID, of.ID+":") {
			out = append(out, rec)
		}
	}
	return out
}

// createReasoningVersion seals the definition again, under the encryption context of the
// version.
func createReasoningVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	tags := r.TagsIn("tags")
	if err := r.Allow(ctx, "bedrock:CreateAutomatedReasoningPolicyVersion", r.In.Text("policyArn")); err != nil {
		return nil, err
	}
	from, err := draftOf(r)
	if err != nil {
		return nil, err
	}
	if r.In.Text("lastUpdatedDefinitionHash") != from.Doc.Text("definitionHash") {
		return nil, r.Fail("ConflictException", "The definition of the policy was changed: its hash is not lastUpdatedDefinitionHash.")
	}
	if len(reasoningVersions(r, from)) >= mostReasoningVersions {
		return nil, r.Fail("ServiceQuotaExceededException", "The number of versions of the policy exceeds the quota of %d.", mostReasoningVersions)
	}
	number := from.Doc.Int(lastVersion) + 1
	text := strconv.FormatInt(number, 10)
	version := &records.Record{
		Key: records.Key{Service: control, Kind: reasoningVersionKind, Account: r.Account, Region: r.Region, ID: from.ID + ":" + text},
		Doc: from.Doc.Without(lastVersion).With(wire.Object{"policyArn": from.Doc.Text("policyArn") + ":" + text, "version": text}),
	}
	arn := version.Doc.Text("policyArn")
	if err := allowAll(ctx, r, "CreateAutomatedReasoningPolicyVersion", nil, arn, tags); err != nil {
		return nil, err
	}
	content, err := r.OpenObject(ctx, reasoningSubject(from), from.Sealed[definition], "create")
	if err != nil {
		return nil, err
	}
	if err := sealReasoning(ctx, r, version, from.Sealed[definition].Key, content); err != nil {
		return nil, err
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(from.Key)
		if now == nil || !now.Updated.Equal(from.Updated) || now.Doc.Int(lastVersion) != from.Doc.Int(lastVersion) {
			return r.Fail("ConflictException", "The policy was changed at the same time. Retry.")
		}
		tx.Put(now.Change(now.Updated, wire.Object{lastVersion: number}))
		tx.Put(version)
		emulate.PutTags(tx, arn, tags)
		return nil
	})
	return reasoningPolicies.shown(version), err
}
