package agentcore

import (
	"context"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

// memoryKinds are memories, and harnesses that have one.
func memoryKinds() []*kind {
	harness := harnessKind()
	return []*kind{memoryKind(), harness, harnessEndpoint(harness)}
}

// memoryKind is a memory. That its description and its strategies are under the key, and its
// name is not, is unconfirmed: GetMemory without_decryption must have a name.
func memoryKind() *kind {
	return &kind{
		noun: "Memory", plural: "Memories", path: "memory/",
		in: "memoryId", out: "id", arn: "arn", title: "name", id: mixedID, ready: "ACTIVE", wrap: "memory", role: "memoryExecutionRoleArn", update: merges,
		// Clients of AWS look for this code and "already exists".
		taken: "ValidationException",
		key:   keyUse{typ: "AWS::BedrockAgentCore::Memory", slot: "content", member: "encryptionKeyArn"},
		content: contentUse{
			members: []string{"description", "strategies"}, from: []string{"description", "memoryStrategies"}, write: "use", read: "use",
			without: func(r *emulate.Request) bool { return r.In.Text("view") == "without_decryption" },
		},
		conditions: memoryConditions, made: newMemory, changed: changedMemory,
	}
}

// memoryConditions is the one condition key by which a policy can demand a key.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrockagentcore.html
func memoryConditions(r *emulate.Request) authz.Context {
	if key := r.In.Text("encryptionKeyArn"); key != "" {
		return authz.Context{"bedrock-agentcore:kmskeyarn": {Values: []string{key}}}
	}
	return nil
}

func newMemory(_ context.Context, r *emulate.Request, n *draft) error {
	n.members["strategies"] = newStrategies(r, r.In.Objects("memoryStrategies"))
	delete(n.members, "memoryStrategies")
	return nil
}

func changedMemory(_ context.Context, r *emulate.Request, n *draft) error {
	if more := r.In.List("addIndexedKeys"); more != nil {
		n.members["indexedKeys"] = slices.Concat(n.old.List("indexedKeys"), more)
	}
	delete(n.members, "addIndexedKeys")
	delete(n.members, "memoryStrategies")
	change := r.In.Object("memoryStrategies")
	if change == nil {
		return nil
	}
	strategies := slices.Clone(n.old.List("strategies"))
	for _, gone := range change.Objects("deleteMemoryStrategies") {
		i := strategyAt(strategies, gone.Text("memoryStrategyId"))
		if i < 0 {
			return noStrategy(r, gone)
		}
		strategies = slices.Delete(strategies, i, i+1)
	}
	for _, changed := range change.Objects("modifyMemoryStrategies") {
		i := strategyAt(strategies, changed.Text("memoryStrategyId"))
		if i < 0 {
			return noStrategy(r, changed)
		}
		old, _ := strategies[i].(wire.Object)
		strategies[i] = old.With(changed.Pick("description", "namespaces", "namespaceTemplates", "memoryRecordSchema")).With(wire.Object{"updatedAt": r.Service.Now()})
	}
	n.members["strategies"] = append(strategies, newStrategies(r, change.Objects("addMemoryStrategies"))...)
	return nil
}

func strategyAt(strategies []any, id string) int {
	return slices.IndexFunc(strategies, func(v any) bool {
		s, _ := v.(wire.Object)
		return s.Text("strategyId") == id
	})
}

func noStrategy(r *emulate.Request, of wire.Object) error {
	return r.Fail("ResourceNotFoundException", "Memory strategy '%s' was not found.", of.Text("memoryStrategyId"))
}

// strategyTypes are the types of strategies by the member of the input.
var strategyTypes = map[string]string{
	"semanticMemoryStrategy": "SEMANTIC", "summaryMemoryStrategy": "SUMMARIZATION", "userPreferenceMemoryStrategy": "USER_PREFERENCE",
	"customMemoryStrategy": "CUSTOM", "episodicMemoryStrategy": "EPISODIC",
}

// newStrategies are strategies as outputs have them. Configurations of custom strategies,
// whose form differs, are not shown.
func newStrategies(r *emulate.Request, given []wire.Object) []any {
	out := []any{}
	for _, union := range given {
		for member, typ := range strategyTypes {
			s := union.Object(member)
			if s == nil {
				continue
			}
			namespaces := append([]any{}, s.List("namespaces")...)
			templates := append([]any{}, s.List("namespaceTemplates")...)
			out = append(out, s.Pick("name", "description", "memoryRecordSchema").With(wire.Object{
				"strategyId": mixedID(r.Service.World, s.Text("name")), "type": typ, "status": "ACTIVE", "namespaces": namespaces, "namespaceTemplates": templates,
				"createdAt": r.Service.Now(), "updatedAt": r.Service.Now(),
			}))
		}
	}
	return out
}
