package authz

import "testing"

// The texts are those that AWS prints:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func TestMessage(t *testing.T) {
	alice, eve := user(account, "alice"), user(other, "eve")
	reader := session(account, "reader", "s")
	onKey := " is not authorized to perform: kms:Decrypt on resource: " + keyARN
	hidden := " on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
	scpARN := "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1"
	for _, c := range []struct {
		name             string
		who              Principal
		action, resource string
		layers           layersOf
		want             string
	}{
		{"no key policy allows", alice, "kms:Decrypt", keyARN, layersOf{id: useKey}, "User: " + alice.ARN + onKey + " because no resource-based policy allows the kms:Decrypt action"},
		{"no identity policy allows", reader, "KMS:decrypt", keyARN, layersOf{key: delegate}, "User: arn:aws:sts::111122223333:assumed-role/reader/s" + onKey + " because no identity-based policy allows the kms:Decrypt action"},
		{"boundary", alice, "kms:Decrypt", keyARN, layersOf{id: useKey, key: delegate, boundary: allowOther}, "User: " + alice.ARN + onKey + " because no permissions boundary allows the kms:Decrypt action"},
		{"session policy", reader, "kms:Decrypt", keyARN, layersOf{id: useKey, key: delegate, session: allowOther}, "User: " + reader.ARN + onKey + " because no session policy allows the kms:Decrypt action"},
		{"scp", alice, "kms:Decrypt", keyARN, layersOf{id: useKey, key: delegate, scps: []string{allowOther}}, "User: " + alice.ARN + onKey + " because no service control policy allows the kms:Decrypt action"},
		{"endpoint", alice, "kms:Decrypt", keyARN, layersOf{id: useKey, key: delegate, endpoint: allow(`"*"`, "s3:*")}, "User: " + alice.ARN + onKey + " because no VPC endpoint policy allows the kms:Decrypt action"},
		{"no resource", alice, "kms:CreateKey", "*", layersOf{}, "User: " + alice.ARN + " is not authorized to perform: kms:CreateKey on resource: * because no identity-based policy allows the kms:CreateKey action"},
		{"across accounts", eve, "kms:Decrypt", keyARN, layersOf{id: allowAll, key: delegate}, "User: " + eve.ARN + " is not authorized to perform: kms:Decrypt" + hidden},
		{"across accounts, explicit", eve, "kms:Decrypt", keyARN, layersOf{id: allowAll, key: deny(`"*"`, "kms:*")}, "User: " + eve.ARN + " is not authorized to perform: kms:Decrypt" + hidden},
		{"across accounts, action", eve, "kms:PutKeyPolicy", keyARN, layersOf{id: allowAll, key: allow(`"*"`, "kms:*")}, "User: " + eve.ARN + " is not authorized to perform: kms:PutKeyPolicy" + hidden},
		{"across accounts, own side", eve, "kms:Decrypt", keyARN, layersOf{key: allow(`"*"`, "kms:*")}, "User: " + eve.ARN + onKey + " because no identity-based policy allows the kms:Decrypt action"},
		{"explicit, key policy", alice, "kms:Decrypt", keyARN, layersOf{key: deny(`"*"`, "kms:*")}, "User: " + alice.ARN + onKey + " with an explicit deny in a resource-based policy"},
		{"explicit, identity", alice, "kms:Decrypt", keyARN, layersOf{id: denyKMS}, "User: " + alice.ARN + onKey + " with an explicit deny in an identity-based policy"},
		{"explicit, scp", alice, "kms:Decrypt", keyARN, layersOf{scps: []string{denyKMS}}, "User: " + alice.ARN + onKey + " with an explicit deny in a service control policy"},
		{"explicit, rcp", alice, "kms:Decrypt", keyARN, layersOf{rcps: []string{deny(`"*"`, "*")}}, "User: " + alice.ARN + onKey + " with an explicit deny in a resource control policy"},
		{"explicit, boundary", alice, "kms:Decrypt", keyARN, layersOf{boundary: denyKMS}, "User: " + alice.ARN + onKey + " with an explicit deny in a permissions boundary"},
		{"explicit, session", reader, "kms:Decrypt", keyARN, layersOf{session: denyKMS}, "User: " + reader.ARN + onKey + " with an explicit deny in a session policy"},
		{"explicit, endpoint", alice, "kms:Decrypt", keyARN, layersOf{endpoint: deny(`"*"`, "*")}, "User: " + alice.ARN + onKey + " with an explicit deny in a VPC endpoint policy"},
		{"service", service("s3.amazonaws.com"), "kms:Decrypt", keyARN, layersOf{key: delegate}, "User: s3.amazonaws.com" + onKey},
		{"no grant to retire", alice, "kms:RetireGrant", keyARN, layersOf{key: allow(`"*"`, "kms:*")}, "User: " + alice.ARN + " is not authorized to perform: kms:RetireGrant on resource: " + keyARN + " because no grant allows the kms:RetireGrant action"},
		{"no grant to retire, across accounts", eve, "kms:RetireGrant", keyARN, layersOf{id: allowAll, key: allow(`"*"`, "kms:*")}, "User: " + eve.ARN + " is not authorized to perform: kms:RetireGrant on resource: " + keyARN + " because no grant allows the kms:RetireGrant action"},
		{"allowed", alice, "kms:Decrypt", keyARN, layersOf{id: useKey, key: delegate}, ""},
	} {
		req := &Request{Principal: c.who, Action: c.action, Resource: c.resource}
		if got := Decide(req, c.layers.compile(t)).Message(req); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	req := &Request{Principal: alice, Action: "kms:Decrypt", Resource: keyARN}
	d := Decide(req, &Layers{SCPs: [][]*Policy{{must(t, scpARN, denyKMS)}}})
	if got, want := d.Message(req), "User: "+alice.ARN+onKey+" with an explicit deny in a service control policy: "+scpARN; got != want {
		t.Errorf("scp with its ARN:\n got %s\nwant %s", got, want)
	}
}
