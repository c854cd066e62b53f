package simulate

import (
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// TestManagementAccount: no control policies apply to the management account, whether
// the tree names it or not.
// Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
func TestManagementAccount(t *testing.T) {
	const head = `
documents:
  key: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:role/app"}, Action: "kms:*", Resource: "*"}]}
  all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
  none: {Version: "2012-10-17", Statement: [{Effect: Deny, Principal: "*", Action: "kms:*", Resource: "*"}]}
  never: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "kms:*", Resource: "*"}]}
cases:
- action: kms:Decrypt
  policies: {identity: [all], resource: key}
  principal: arn:aws:iam::111122223333:role/app
`
	tree := func(accounts string) string {
		return "  organization: {id: o-abcdef1234, management: \"999999999999\", root: {id: r-ab12, rcps: [none], scps: [all, never], accounts: [" + accounts + "]}}\n"
	}
	for name, c := range map[string]struct {
		text string
		want authz.Outcome
		path string
	}{
		"key of a member":                      {"  resource: arn:aws:kms:us-east-1:222233334444:key/k\n" + tree(`"222233334444"`), authz.ExplicitDeny, "o-abcdef1234/r-ab12/"},
		"key of the management account":        {"  resource: arn:aws:kms:us-east-1:999999999999:key/k\n" + tree(`"222233334444"`), authz.Allow, ""},
		"key of the management account, named": {"  resource: arn:aws:kms:us-east-1:999999999999:key/k\n" + tree(`"222233334444", "999999999999"`), authz.Allow, "o-abcdef1234/r-ab12/"},
	} {
		cases, err := Read("t.yaml", []byte(head+c.text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := authz.Decide(&cases[0].Request, &cases[0].Layers); d.Outcome != c.want {
			t.Errorf("%s: %s, want %s", name, d.Outcome, c.want)
		}
		got := ""
		if v := cases[0].Request.Context["aws:resourceorgpaths"]; len(v.Values) == 1 {
			got = v.Values[0]
		}
		if got != c.path {
			t.Errorf("%s: path %q, want %q", name, got, c.path)
		}
	}
}
