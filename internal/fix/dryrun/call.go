package dryrun

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// operations are the calls that are made, by the actions that they need. All but the last have
// DryRun, the last reads.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html
var operations = []operation{
	{"Encrypt", []string{"Encrypt"}},
	{"Decrypt", []string{"Decrypt"}},
	{"GenerateDataKey", []string{"GenerateDataKey"}},
	{"GenerateDataKeyWithoutPlaintext", []string{"GenerateDataKeyWithoutPlaintext"}},
	{"ReEncrypt", []string{"ReEncryptFrom", "ReEncryptTo"}},
	{"CreateGrant", []string{"CreateGrant"}},
	{describe, []string{describe}},
}

// operation is one of KMS with the actions that it is authorized by.
type operation struct {
	name    string
	actions []string
}

const describe = "DescribeKey"

// May says which operations dry runs call, for a client that is to make no others.
func May(service, name string) bool {
	if service == "sts" {
		return name == "GetCallerIdentity"
	}
	return service == "kms" && slices.ContainsFunc(operations, func(o operation) bool { return o.name == name })
}

// SessionPolicy limits the sessions of roles to what dry runs call.
func SessionPolicy() string {
	var actions []string
	for _, o := range operations {
		for _, action := range o.actions {
			actions = append(actions, `"kms:`+action+`"`)
		}
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + strings.Join(actions, ",") + `],"Resource":"*"}]}`
}

// split are the operations that need the actions of a need, each with those of them that it needs,
// and the actions that none of them needs.
func split(actions []string) (calls []string, left []string) {
	for _, o := range operations {
		if !slices.ContainsFunc(o.actions, func(a string) bool { return !slices.Contains(actions, a) }) {
			calls = append(calls, o.name)
		}
	}
	for _, a := range actions {
		if !slices.ContainsFunc(calls, func(name string) bool { return slices.Contains(actionsOf(name), a) }) {
			left = append(left, a)
		}
	}
	return calls, left
}

func actionsOf(name string) []string {
	for _, o := range operations {
		if o.name == name {
			return o.actions
		}
	}
	return nil
}

// grantOperations are those of grants whose need does not say which.
var grantOperations = []string{"Decrypt", "GenerateDataKey"}

// input is that of a call with a key. A ciphertext is not needed: whether it is one of the key is
// not what is asked.
func (a *ask) input() wire.Object {
	in := wire.Object{"KeyId": a.Key, "DryRun": true}
	context := wire.Object{}
	for key, v := range a.Context {
		context[key] = v
	}
	if len(context) > 0 && a.operation != "CreateGrant" {
		in["EncryptionContext"] = context
	}
	switch a.operation {
	case describe:
		return wire.Object{"KeyId": a.Key}
	case "Encrypt":
		in["Plaintext"] = []byte("dry run")
	case "Decrypt":
		in["DryRunModifiers"] = []any{"IGNORE_CIPHERTEXT"}
	case "GenerateDataKey", "GenerateDataKeyWithoutPlaintext":
		in["KeySpec"] = "AES_256"
	case "ReEncrypt":
		in = wire.Object{"SourceKeyId": a.Key, "DestinationKeyId": a.Key, "DryRun": true, "DryRunModifiers": []any{"IGNORE_CIPHERTEXT"}}
		if len(context) > 0 {
			in["SourceEncryptionContext"], in["DestinationEncryptionContext"] = context, context
		}
	case "CreateGrant":
		in["GranteePrincipal"] = a.Who
		var list []any
		for _, o := range a.grant {
			list = append(list, o)
		}
		in["Operations"] = list
		if len(context) > 0 {
			in["Constraints"] = wire.Object{"EncryptionContextSubset": context}
		}
	}
	return in
}

// direct is the call as the policy engine takes it, for one of its actions.
func (a *ask) direct(action string) estate.DirectCall {
	d := estate.DirectCall{Action: action}
	if a.operation != describe {
		d.Context = a.Context
	}
	if a.operation == "CreateGrant" {
		d.Operations, d.Grantee = a.grant, a.Who
	}
	return d
}

// contextOf is the encryption context of a need for a resource. Assumed are the keys whose values
// are made up.
func contextOf(n *catalog.Need, r *inventory.Resource, s *fix.Subject) (context map[string]string, assumed []string) {
	if len(n.Context) == 0 {
		return nil, nil
	}
	id := r.ID[strings.LastIndexAny(r.ID, "/:")+1:]
	partition := arn.PartitionOf(s.Region)
	if a, err := arn.Parse(r.ID); err == nil {
		partition = a.Partition
	}
	name := r.Name.Or(id)
	fill := strings.NewReplacer("{partition}", partition, "{region}", s.Region, "{account}", s.Account, "{arn}", r.ID, "{id}", id, "{name}", name)
	context = map[string]string{}
	for key, template := range n.Context {
		text := fill.Replace(template)
		switch before, after, open := strings.Cut(text, "*"); {
		case template == string(catalog.Unconfirmed):
			text = r.ID
			assumed = append(assumed, "what "+key+" is in the encryption context is not documented")
		case !open:
		case after == "" && strings.HasPrefix(r.ID, before): // a part of the resource's own name
			rest, _, _ := strings.Cut(r.ID[len(before):], "/")
			text = before + rest
		default:
			text = strings.ReplaceAll(text, "*", "dry-run")
			assumed = append(assumed, key+" in the encryption context is of something that does not exist")
		}
		context[key] = text
	}
	slices.Sort(assumed)
	return context, assumed
}
