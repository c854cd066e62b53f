package agentcore

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// managedMemory is where a harness has its memory.
const managedMemory = "memory.managedMemoryConfiguration"

// harnessKind is a harness. Its key is that of the memory which the service makes for it, and
// stays as it is when the harness is updated.
// Source: https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_HarnessManagedMemoryConfiguration.html
func harnessKind() *kind {
	return &kind{
		noun: "Harness", plural: "Harnesses", path: "harness/",
		in: "harnessId", out: "harnessId", arn: "arn", title: "harnessName", id: mixedID, ready: "READY", wrap: "harness", role: "executionRoleArn",
		update: merges, wrapped: []string{"environmentArtifact", "authorizerConfiguration", "memory"}, blocks: []string{"HarnessEndpoint"},
		made: newHarness, changed: changedHarness, kept: keepHarness, gone: dropHarness,
	}
}

// harnessDefaults are members that answers must have. What AWS puts there is not documented.
func harnessDefaults() wire.Object {
	return wire.Object{"systemPrompt": []any{}, "tools": []any{}, "skills": []any{}, "allowedTools": []any{}, "truncation": wire.Object{"strategy": "none"}}
}

func newHarness(ctx context.Context, r *emulate.Request, n *draft) error {
	n.members = harnessDefaults().With(n.members).With(wire.Object{"harnessVersion": "1"})
	return giveMemory(ctx, r, n)
}

func changedHarness(ctx context.Context, r *emulate.Request, n *draft) error {
	n.members["harnessVersion"] = following(n.members.Text("harnessVersion"))
	given, old := n.members.Object(managedMemory), n.old.Object(managedMemory)
	if given != nil && old != nil {
		n.members = with(n.members, "memory", wire.Object{"managedMemoryConfiguration": given.With(old.Pick("arn", "encryptionKeyArn"))})
		return nil
	}
	return giveMemory(ctx, r, n)
}

// giveMemory makes the memory of a harness that is to have one.
func giveMemory(ctx context.Context, r *emulate.Request, n *draft) error {
	given := n.members.Object(managedMemory)
	if given == nil || given.Has("arn") {
		return nil
	}
	k := memoryKind()
	id := k.id(r.Service.World, n.members.Text("harnessName"))
	arn := k.resourceOf(r, "", id)
	memory := &draft{id: id, arn: arn, members: wire.Object{
		"id": id, "arn": arn, "name": n.members.Text("harnessName"), "managedByResourceArn": n.arn, "strategies": []any{}, "eventExpiryDuration": int64(90),
	}.With(given.Pick("encryptionKeyArn", "eventExpiryDuration"))}
	s := r.Subject("AWS::BedrockAgentCore::Harness", "memory", arn)
	sealed, err := r.SealObject(ctx, s, given.Text("encryptionKeyArn"), k.content.write, memory.members.Pick(k.content.members...))
	if err != nil {
		return err
	}
	doc := memory.members.Without(k.content.members...).With(wire.Object{"status": k.ready})
	n.more = append(n.more, &records.Record{Key: k.recordKey(r, "", id), Doc: doc, Sealed: map[string]*records.Sealed{k.key.slot: sealed}})
	n.members = with(n.members, "memory", wire.Object{"managedMemoryConfiguration": given.With(wire.Object{"arn": arn})})
	return nil
}

// keepHarness points the default endpoint at the new version.
func keepHarness(tx *records.Tx, r *emulate.Request, rec *records.Record) {
	k := harnessEndpoint(harnessKind())
	key := k.recordKey(r, rec.ID, defaultEndpoint)
	set := rec.Doc.Pick("harnessId", "harnessName").With(wire.Object{
		"endpointName": defaultEndpoint, "arn": k.resourceOf(r, rec.ID, defaultEndpoint), "status": "READY",
		"liveVersion": rec.Doc["harnessVersion"], "targetVersion": rec.Doc["harnessVersion"],
	})
	if old := tx.Get(key); old != nil {
		tx.Put(old.Change(tx.Now(), set))
		return
	}
	tx.Put(&records.Record{Key: key, Doc: set})
}

// dropHarness takes endpoints and memory away. A memory that is to stay is the account's then.
// Source: https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_DeleteHarness.html
func dropHarness(tx *records.Tx, r *emulate.Request, rec *records.Record) {
	dropParts(tx, rec, "HarnessEndpoint")
	k := memoryKind()
	for _, memory := range tx.List(rec.Service, k.name(), rec.Account, rec.Region) {
		if memory.Doc.Text("managedByResourceArn") != rec.Doc.Text("arn") {
			continue
		}
		if r.In.Has("deleteManagedMemory") && !r.In.Bool("deleteManagedMemory") {
			tx.Put(memory.Change(tx.Now(), wire.Object{"managedByResourceArn": nil}))
			continue
		}
		tx.Delete(memory.Key)
	}
}

func harnessEndpoint(harness *kind) *kind {
	point := func(_ context.Context, r *emulate.Request, n *draft) error {
		version := n.members.Text("targetVersion")
		if version == "" {
			version = n.parent.Doc.Text("harnessVersion")
		}
		n.members = n.members.With(n.parent.Doc.Pick("harnessName")).With(wire.Object{"liveVersion": version, "targetVersion": version, "arn": n.arn})
		return nil
	}
	return &kind{
		noun: "HarnessEndpoint", plural: "HarnessEndpoints", parent: harness, path: "harness-endpoint/",
		in: "endpointName", out: "endpointName", arn: "arn", title: "endpointName", ready: "READY", wrap: "endpoint", update: merges, made: point, changed: point,
	}
}
