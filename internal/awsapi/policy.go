package awsapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
)

// made is a call that a collection makes.
type made struct{ service, operation string }

// always are the calls that do not depend on the types.
var always = []made{
	{"cloudtrail", lookUpEvents},
	{"iam", authorizationDetails},
	{"kms", "ListAliases"},
	{"kms", "ListKeys"},
	{"kms", "DescribeKey"},
	{"kms", "GetKeyPolicy"},
	{"kms", "GetKeyRotationStatus"},
	{"kms", "GetKeyLastUsage"},
	{"kms", "ListResourceTags"},
	{"kms", "ListGrants"},
	{"sts", "GetCallerIdentity"},
}

// regional is the call for the Regions of an account.
var regional = made{"account", "ListRegions"}

// organizational are the calls that read an organization.
var organizational = []made{
	{"organizations", "DescribeOrganization"},
	{"organizations", "DescribePolicy"},
	{"organizations", "ListAccounts"},
	{"organizations", "ListAccountsForParent"},
	{"organizations", "ListOrganizationalUnitsForParent"},
	{"organizations", "ListPoliciesForTarget"},
	{"organizations", "ListRoots"},
}

// calls are those that a collection of types makes in an account, nil: of all types.
func calls(cat *catalog.Catalog, types []string) []made {
	all := slices.Clone(always)
	kept := keeps(cat)
	u := &unit{wanted: map[string]bool{}}
	for _, r := range readings() {
		u.wanted[r.Type] = len(types) == 0 || slices.Contains(types, r.Type)
	}
	for _, r := range readings() {
		e := cat.Type(r.Type)
		if e == nil || !u.needs(&r) {
			continue
		}
		for _, g := range append(r.operations(kept[r.Type]), get{Op: r.List}, r.Tags.get) {
			if g.Op != "" && (u.wanted[r.Type] || g.Op == r.List) {
				all = append(all, made{e.Service, g.Op})
			}
		}
	}
	return all
}

// actions are the IAM actions of calls where they are not the service's prefix and the
// operation: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
// (GetBucketEncryption is s3:GetEncryptionConfiguration) and its siblings.
var actions = map[made]string{
	{"s3", "ListBuckets"}:         "s3:ListAllMyBuckets",
	{"s3", "GetBucketEncryption"}: "s3:GetEncryptionConfiguration",
	// The two that change it are one action:
	{"s3", "PutBucketEncryption"}:    "s3:PutEncryptionConfiguration",
	{"s3", "DeleteBucketEncryption"}: "s3:PutEncryptionConfiguration",
}

// needless are calls that anybody may make.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
var needless = []made{{"sts", "GetCallerIdentity"}}

func (m made) action() string {
	if a := actions[m]; a != "" {
		return a
	}
	return services()[m.service].prefix + ":" + m.operation
}

// unread are the IAM prefixes of services that plans change and nothing is collected of.
var unread = map[string]string{"cloudwatch": "cloudwatch"}

// Action is the IAM action of an operation, both as the API models name them.
func Action(service, operation string) (string, error) {
	if prefix := unread[service]; prefix != "" {
		return prefix + ":" + operation, nil
	}
	if services()[service] == nil {
		return "", fmt.Errorf("the IAM prefix of %s is not known", service)
	}
	return made{service, operation}.action(), nil
}

// statement is one of a policy document.
type statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  string
	Condition map[string]map[string][]string `json:",omitempty"`
}

func allow(sid, resource string, calls []made) statement {
	s := statement{Sid: sid, Effect: "Allow", Resource: resource}
	for _, c := range calls {
		if !slices.Contains(needless, c) {
			s.Action = append(s.Action, c.action())
		}
	}
	slices.Sort(s.Action)
	s.Action = slices.Compact(s.Action)
	return s
}

// decrypting is what lets services decrypt, to answer, what they hold under customer-managed
// keys: Bedrock's own do it as the caller also where only the configuration is asked for. It is
// bound to those services, or where they call KMS without saying so, to their encryption
// contexts.
func decrypting(cat *catalog.Catalog, types []string) (statements []statement) {
	types = withOwners(types)
	var via, contexts []string
	for _, e := range cat.Entries() {
		if len(types) > 0 && !slices.Contains(types, e.Type) || e.Family != catalog.FamilyBedrock && e.Family != catalog.FamilyAgentCore {
			continue
		}
		for i := range e.Slots {
			for _, n := range e.Slots[i].Needs {
				switch {
				case n.Who != "caller" || n.For == "deliver" || !slices.Contains(n.Actions, "Decrypt"):
				case n.Via != "":
					via = append(via, strings.ReplaceAll(n.Via, "{region}", "*"))
				default:
					contexts = slices.AppendSeq(contexts, maps.Keys(n.Context))
				}
			}
		}
	}
	bound := func(sid, operator, key string, values []string) {
		if slices.Sort(values); len(values) > 0 {
			statements = append(statements, statement{
				Sid: sid, Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: "*",
				Condition: map[string]map[string][]string{operator: {key: slices.Compact(values)}},
			})
		}
	}
	bound("ReadEncrypted", "StringLike", "kms:ViaService", via)
	bound("ReadEncryptedContext", "ForAnyValue:StringEquals", "kms:EncryptionContextKeys", contexts)
	return statements
}

// withOwners adds to types those that they are parts of, and may be under the keys of.
func withOwners(types []string) []string {
	all := slices.Clone(types)
	for i := 0; i < len(all); i++ {
		for _, r := range readings() {
			if r.Type == all[i] && r.Of != "" && !slices.Contains(all, r.Of) {
				all = append(all, r.Of)
			}
		}
	}
	return all
}

// MinimalPolicy returns the policy document that lets a collection with the options read
// everything, and do nothing else: the statements Collect, ReadEncrypted and
// ReadEncryptedContext are what each account must allow, the others what the account of the
// base credentials must allow too.
func MinimalPolicy(o Options) (string, error) {
	doc := struct {
		Version   string
		Statement []statement
	}{"2012-10-17", nil}
	made := calls(o.Catalog, o.Types)
	if o.allRegions() {
		made = append(made, regional)
	}
	doc.Statement = append(doc.Statement, allow("Collect", "*", made))
	doc.Statement = append(doc.Statement, decrypting(o.Catalog, o.Types)...)
	if o.Organization {
		doc.Statement = append(doc.Statement, allow("Organization", "*", organizational))
	}
	if o.Role != "" {
		role := o.Role
		if !strings.HasPrefix(role, "arn:") {
			role = "arn:aws:iam::{account}:role/" + role
		}
		doc.Statement = append(doc.Statement, statement{
			Sid: "AssumeRole", Effect: "Allow", Action: []string{"sts:AssumeRole"}, Resource: strings.ReplaceAll(role, "{account}", "*"),
		})
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return "", fmt.Errorf("print policy: %w", err)
	}
	return string(b) + "\n", nil
}
