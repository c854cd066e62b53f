package explain

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/simulate"
)

// remedyCases say what it would take, with the policies of a request around them.
const remedyCases = `
documents:
  all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
  s3: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}
  deny: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "kms:*", Resource: "*"}]}
  key: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "kms:*", Resource: "*"}]}
  other: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "999988887777"}, Action: "kms:*", Resource: "*"}]}
defaults: {principal: "arn:aws:iam::111122223333:role/team/reader", action: kms:Decrypt, resource: "arn:aws:kms:us-east-1:111122223333:key/1", policies: {resource: other}}
cases:
- {name: the key policy alone}
- {name: the identity alone, policies: {resource: key}}
- {name: limits of a session, policies: {identity: all, boundary: s3, session: [], resource: key}}
- {name: a level, policies: {identity: all, scps: [[all], [s3]], resource: key}}
- {name: across accounts, principal: "arn:aws:iam::444455556666:user/eve"}
- {name: an endpoint, policies: {identity: all, endpoint: other, resource: key}}
- {name: a service, principal: logs.amazonaws.com}
- {name: the root user, principal: "arn:aws:iam::111122223333:root"}
- {name: denied, policies: {identity: [all, deny], resource: key}}
- {name: allowed, policies: {identity: all, resource: key}}
- {name: nobody may, principal: anonymous}
- {name: not across accounts, principal: "arn:aws:iam::444455556666:user/eve", action: kms:PutKeyPolicy, policies: {identity: all, resource: key}}
- {name: another service, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resource-account: "999988887777", policies: {}}
`

func TestRemedies(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:111122223333:key/1"
	want := map[string][]string{
		"the key policy alone": {"a statement in the key policy: Allow kms:Decrypt to arn:aws:iam::111122223333:role/team/reader"},
		"the identity alone":   {"a statement in an identity-based policy: Allow kms:Decrypt on " + key},
		"limits of a session": {"a statement in the permissions boundary: Allow kms:Decrypt on " + key,
			"a statement in the session policy: Allow kms:Decrypt on " + key},
		"a level": {"a statement in a service control policy of every level without one: Allow kms:Decrypt on " + key},
		"across accounts": {"a statement in the key policy: Allow kms:Decrypt to arn:aws:iam::444455556666:user/eve",
			"a statement in an identity-based policy: Allow kms:Decrypt on " + key},
		"an endpoint":   {"a statement in the VPC endpoint policy: Allow kms:Decrypt on " + key},
		"a service":     {"a statement in the key policy: Allow kms:Decrypt to logs.amazonaws.com"},
		"the root user": {"a statement in the key policy: Allow kms:Decrypt to arn:aws:iam::111122223333:root"},
		"another service": {"a statement in the resource's policy: Allow s3:GetObject to arn:aws:iam::111122223333:role/team/reader",
			"a statement in an identity-based policy: Allow s3:GetObject on arn:aws:s3:::b/k"},
		"denied": nil, "allowed": nil, "nobody may": nil, "not across accounts": nil,
	}
	cases, err := simulate.Read("f.yaml", []byte(remedyCases))
	if err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		c := &cases[i]
		before := authz.Decide(&c.Request, &c.Layers)
		got := Remedy(&c.Request, &c.Layers, before.Missing)
		expected, known := want[c.Name]
		if diff := cmp.Diff(expected, got); diff != "" || !known {
			t.Errorf("%s: %s", c.Name, diff)
		}
		if diff := cmp.Diff(before, authz.Decide(&c.Request, &c.Layers)); diff != "" {
			t.Errorf("%s: the request is decided otherwise afterwards: %s", c.Name, diff)
		}
	}
	if len(cases) != len(want) {
		t.Errorf("%d cases, %d expectations", len(cases), len(want))
	}
}
