package cloudformation

import (
	"fmt"
	"path"
	"slices"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// samKeyPolicies are SAM's policy templates about KMS: what they allow on a key.
// Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
var samKeyPolicies = map[string][]string{
	"KMSDecryptPolicy": {"kms:Decrypt"},
	"KMSEncryptPolicy": {"kms:Encrypt"},
	"KMSEncryptPolicy_v2": {
		"kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
		"kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext",
	},
}

// policies adds the entries of the property Policies: documents, SAM's policy
// templates and names or ARNs of managed policies.
func (b *samRole) policies(v graph.Value) {
	for i, item := range itemsOf(v) {
		managed := eachBranch(item, func(v graph.Value) graph.Value {
			if v.Kind == graph.Map || v.Kind == graph.List {
				return graph.Value{At: v.At}
			}
			return v
		})
		if managed.Kind != graph.Absent && !b.has(managed) {
			b.managed = append(b.managed, managed)
		}
		inline := eachBranch(item, func(v graph.Value) graph.Value {
			if v.Kind != graph.Map && v.Kind != graph.List {
				return graph.Value{At: v.At}
			}
			return b.inlinePolicy(fmt.Sprintf("%sPolicy%d", b.name, i), b.document(v), v.At)
		})
		if inline.Kind != graph.Absent {
			b.inline = append(b.inline, inline)
		}
	}
}

// document makes a policy document of a document or policy template.
func (b *samRole) document(v graph.Value) graph.Value {
	if v.Get("Statement").Kind != graph.Absent {
		return v
	}
	if v.Kind != graph.Map || len(v.Members) != 1 {
		return graph.Unresolved("the policy is none that SAM knows", v.At)
	}
	name, args := v.Members[0].Name, v.Members[0].Value
	actions, isKey := samKeyPolicies[name]
	if !isKey {
		return graph.Unresolved("SAM policy template "+name+" is not resolved", v.At)
	}
	id := args.Get("KeyId")
	if id.Kind == graph.Absent {
		return graph.Unresolved("SAM policy template "+name+" has no KeyId", v.At)
	}
	env := b.s.env
	prefix := "arn:" + first(b.s.partition(), graph.TokenPartition) + ":kms:" + first(env.Region, graph.TokenRegion) + ":" + first(env.Account, graph.TokenAccount) + ":key/"
	key := lift([]graph.Value{id}, func(id []graph.Value) graph.Value {
		return b.s.text([]graph.Value{graph.Str(prefix, v.At), id[0]}, id[0].At)
	})
	here := samRole{at: v.At}
	return here.mapOf(here.member("Statement", here.list(here.statement(actions, key))))
}

// has reports whether a managed policy is there already, by name or by ARN.
func (b *samRole) has(managed graph.Value) bool {
	return managed.IsScalar() && slices.ContainsFunc(b.managed, func(m graph.Value) bool { return m.IsScalar() && path.Base(m.Text) == path.Base(managed.Text) })
}

// aws adds a managed policy of AWS.
func (b *samRole) aws(name string) {
	arn := graph.Str("arn:"+first(b.s.partition(), graph.TokenPartition)+":iam::aws:policy/"+name, b.at)
	if !b.has(arn) {
		b.managed = append(b.managed, arn)
	}
}

// xray adds the policy for tracing, which has another name outside of partition aws.
func (b *samRole) xray() {
	switch b.s.partition() {
	case "aws":
		b.aws("AWSXrayWriteOnlyAccess")
	case "":
		b.managed = append(b.managed, graph.Unresolved("the policy for tracing depends on the partition", b.at))
	default:
		b.aws("AWSXRayDaemonWriteAccess")
	}
}

func (b *samRole) allow(name string, statements ...graph.Value) {
	doc := b.mapOf(b.member("Version", graph.Str("2012-10-17", b.at)), b.member("Statement", b.list(statements...)))
	b.inline = append(b.inline, b.inlinePolicy(name, doc, b.at))
}

func (b *samRole) unknown(name, why string) {
	b.inline = append(b.inline, b.inlinePolicy(name, graph.Unresolved(why, b.at), b.at))
}

func (b *samRole) inlinePolicy(name string, doc graph.Value, at bedlock.Position) graph.Value {
	here := samRole{at: at}
	return here.mapOf(here.member("PolicyName", graph.Str(name, at)), here.member("PolicyDocument", doc))
}

func (b *samRole) trust(service string) graph.Value {
	return b.mapOf(
		b.member("Version", graph.Str("2012-10-17", b.at)),
		b.member("Statement", b.list(b.mapOf(
			b.member("Effect", graph.Str("Allow", b.at)),
			b.member("Principal", b.mapOf(b.member("Service", graph.Str(service, b.at)))),
			b.member("Action", graph.Str("sts:AssumeRole", b.at)),
		))),
	)
}

func (b *samRole) statement(actions []string, resource graph.Value) graph.Value {
	list := b.list()
	for _, a := range actions {
		list.Items = append(list.Items, graph.Str(a, b.at))
	}
	return b.mapOf(b.member("Effect", graph.Str("Allow", b.at)), b.member("Action", list), b.member("Resource", resource))
}

func (b *samRole) member(name string, v graph.Value) graph.Member {
	return graph.Member{Name: name, At: b.at, Value: v}
}

func (b *samRole) list(items ...graph.Value) graph.Value {
	return graph.Value{Kind: graph.List, Items: items, At: b.at}
}

// mapOf makes a map of the members that are there.
func (b *samRole) mapOf(members ...graph.Member) graph.Value {
	absent := func(m graph.Member) bool { return m.Value.Kind == graph.Absent }
	return graph.Value{Kind: graph.Map, Members: slices.DeleteFunc(members, absent), At: b.at}
}
