package symbolic

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

const (
	trailARN  = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
	bedrockUS = "bedrock.us-east-1.amazonaws.com"
)

func ofRole(actions ...string) Need {
	return Need{Principal: authz.Principal{Kind: authz.Session, Role: roleR}, Actions: actions}
}

func ofService(name string, actions ...string) Need {
	return Need{Principal: authz.Principal{Kind: authz.Service, ARN: name}, Actions: actions}
}

func ofAccount(id string, actions ...string) Need {
	return Need{Principal: authz.Principal{Account: id}, Actions: actions}
}

// statementFor writes an Allow statement of a key policy.
func statementFor(principal, action, rest string) string {
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":` + action + `,"Resource":"*"` + rest + `}`
}

const (
	namesRole    = `{"AWS":"` + roleR + `"}`
	namesAccount = `{"AWS":"arn:aws:iam::111122223333:root"}`
	namesTrail   = `{"Service":"cloudtrail.amazonaws.com"}`
)

type needCase struct {
	name   string
	need   Need
	policy string
	// beyond are "WHO: ACTION" of all that is allowed beyond the need.
	beyond []string
	// denied: some request of the need is not allowed.
	denied Verdict
}

func needCases() []needCase {
	with := func(n Need, change func(*Need)) Need { change(&n); return n }
	trail := with(ofService("cloudtrail.amazonaws.com", "kms:GenerateDataKey*"), func(n *Need) {
		n.SourceARN, n.Context = trailARN, map[string]string{"aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111122223333:trail/*"}
	})
	trailConditions := `,"Condition":{"StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"},"ArnEquals":{"aws:SourceArn":"` + trailARN + `"}}`
	via := with(ofRole("kms:Decrypt", "kms:DescribeKey"), func(n *Need) { n.Via, n.Context = bedrockUS, map[string]string{"Team": "blue"} })
	grant := with(ofRole("kms:CreateGrant"), func(n *Need) {
		n.GrantOperations, n.GrantForAWSResource = []string{"Decrypt", "DescribeKey"}, true
	})
	other := roleR + ": "
	return []needCase{
		{"exactly", ofRole("kms:Decrypt"), statementFor(namesRole, `"kms:Decrypt"`, ""), nil, Never},
		{"case of an action does not matter", ofRole("KMS:decrypt"), statementFor(namesRole, `"kms:DECRYPT"`, ""), nil, Never},
		{"an action too many", ofRole("kms:Decrypt"), statementFor(namesRole, `["kms:Decrypt","kms:Encrypt"]`, ""), []string{other + "kms:Encrypt"}, Never},
		{"an action too few", ofRole("kms:Decrypt", "kms:Encrypt"), statementFor(namesRole, `"kms:Decrypt"`, ""), nil, Exists},
		{"a principal too many", ofRole("kms:Decrypt"), statementFor(`{"AWS":["`+roleR+`","`+userA+`"]}`, `"kms:Decrypt"`, ""), []string{userA + ": kms:Decrypt"}, Never},
		{"a session only", ofRole("kms:Decrypt"), statementFor(`{"AWS":"`+session+`"}`, `"kms:Decrypt"`, ""), nil, Exists},
		{"the role for a session", Need{Principal: authz.Principal{Kind: authz.Session, ARN: session, Role: roleR}, Actions: []string{"kms:Decrypt"}},
			statementFor(namesRole, `"kms:Decrypt"`, ""), []string{other + "kms:Decrypt"}, Never},
		{"everybody of the account by delegation", ofAccount(home, "kms:Decrypt"), statementFor(namesAccount, `"kms:Decrypt"`, ""), nil, Never},
		{"delegation gives the role nothing by itself", ofRole("kms:Decrypt"), statementFor(namesAccount, `"kms:Decrypt"`, cond(`{"ArnEquals":{"aws:PrincipalArn":"`+roleR+`"}}`)), nil, Exists},
		{"delegation is to all", ofRole("kms:Decrypt"), statementFor(namesAccount, `"kms:Decrypt"`, ""), []string{
			"root user of account 111122223333: kms:Decrypt", "any other user of account 111122223333: kms:Decrypt",
			"any other role of account 111122223333: kms:Decrypt", "any other federated user of account 111122223333: kms:Decrypt"}, Exists},
		{"the account for the root user", Need{Principal: authz.Principal{Kind: authz.Root, Account: home}, Actions: []string{"kms:Decrypt"}},
			statementFor(namesAccount, `"kms:Decrypt"`, cond(`{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}}`)), nil, Never},
		{"by name is more than delegation", ofAccount(home, "kms:Decrypt"), statementFor(namesRole, `"kms:Decrypt"`, ""), []string{other + "kms:Decrypt"}, Exists},
		{"everyone is more than delegation", ofAccount(home, "kms:Decrypt"), statementFor(`"*"`, `"kms:Decrypt"`, cond(`{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}`)), []string{
			"any other user of account 111122223333: kms:Decrypt", "any other role of account 111122223333: kms:Decrypt",
			"any other federated user of account 111122223333: kms:Decrypt"}, Never},
		{"limits of context and service", via, statementFor(namesRole, `"kms:Decrypt"`, cond(`{"StringEquals":{"kms:ViaService":"`+bedrockUS+`","kms:EncryptionContext:team":"blue"}}`)) + "," +
			statementFor(namesRole, `"kms:DescribeKey"`, cond(`{"StringEquals":{"kms:ViaService":"`+bedrockUS+`"}}`)), nil, Never},
		{"context does not limit DescribeKey", via, statementFor(namesRole, `["kms:Decrypt","kms:DescribeKey"]`, cond(`{"StringEquals":{"kms:ViaService":"`+bedrockUS+`","kms:EncryptionContext:team":"blue"}}`)), nil, Exists},
		{"without the context", via, statementFor(namesRole, `["kms:Decrypt","kms:DescribeKey"]`, cond(`{"StringEquals":{"kms:ViaService":"`+bedrockUS+`"}}`)), []string{other + "kms:Decrypt"}, Never},
		{"without the service", via, statementFor(namesRole, `["kms:Decrypt","kms:DescribeKey"]`, ""), []string{other + "kms:Decrypt", other + "kms:DescribeKey"}, Never},
		{"the value in another case", via, statementFor(namesRole, `"kms:Decrypt"`, cond(`{"StringEquals":{"kms:ViaService":"`+bedrockUS+`","kms:EncryptionContext:team":"Blue"}}`)), []string{other + "kms:Decrypt"}, Exists},
		{"direct", with(ofRole("kms:Decrypt"), func(n *Need) { n.Direct = true }), statementFor(namesRole, `"kms:Decrypt"`, cond(`{"Null":{"kms:ViaService":"true"}}`)), nil, Never},
		{"direct is not through a service", with(ofRole("kms:Decrypt"), func(n *Need) { n.Direct = true }), statementFor(namesRole, `"kms:Decrypt"`, cond(`{"StringLike":{"kms:ViaService":"*?"}}`)), []string{other + "kms:Decrypt"}, Exists},
		{"trail", trail, statementFor(namesTrail, `"kms:GenerateDataKey*"`, trailConditions), nil, Never},
		{"trail without source", trail, statementFor(namesTrail, `"kms:GenerateDataKey"`, cond(`{"StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"}}`)), []string{"cloudtrail.amazonaws.com: kms:GenerateDataKey"}, Exists},
		{"wider pattern of sources", trail, statementFor(namesTrail, `"kms:GenerateDataKey"`, strings.Replace(trailConditions, "trail/main", "trail/*", 1)), []string{"cloudtrail.amazonaws.com: kms:GenerateDataKey"}, Exists},
		{"wildcards of a source stay in their part", with(ofService("sns.amazonaws.com", "kms:Decrypt"), func(n *Need) { n.SourceARN = "arn:aws:sns:*:111122223333:*" }),
			statementFor(`{"Service":"sns.amazonaws.com"}`, `"kms:Decrypt"`, cond(`{"StringLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}}`)), []string{"sns.amazonaws.com: kms:Decrypt"}, Never},
		{"grant", grant, statementFor(namesRole, `"kms:CreateGrant"`, cond(`{"ForAllValues:StringEquals":{"kms:GrantOperations":["DescribeKey","Decrypt"]},"Bool":{"kms:GrantIsForAWSResource":"true"}}`)), nil, Never},
		{"grant of any operation", grant, statementFor(namesRole, `"kms:CreateGrant"`, cond(`{"ForAnyValue:StringEquals":{"kms:GrantOperations":["DescribeKey","Decrypt"]},"Bool":{"kms:GrantIsForAWSResource":"true"}}`)), []string{other + "kms:CreateGrant"}, Exists},
		{"grant of one operation", grant, statementFor(namesRole, `"kms:CreateGrant"`, cond(`{"ForAllValues:StringEquals":{"kms:GrantOperations":["Decrypt"]},"Bool":{"kms:GrantIsForAWSResource":"true"}}`)), nil, Exists},
		{"grant not for a resource of AWS", grant, statementFor(namesRole, `"kms:CreateGrant"`, cond(`{"ForAllValues:StringEquals":{"kms:GrantOperations":["DescribeKey","Decrypt"]}}`)), []string{other + "kms:CreateGrant"}, Never},
		{"everyone", ofRole("kms:Decrypt"), statementFor(`"*"`, `"kms:Decrypt"`, cond(`{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}`)), []string{
			"root user of account 111122223333: kms:Decrypt", "any other user of account 111122223333: kms:Decrypt",
			"any other role of account 111122223333: kms:Decrypt", "any other federated user of account 111122223333: kms:Decrypt"}, Never},
		{"denied", ofRole("kms:Decrypt"), statementFor(namesRole, `"kms:Decrypt"`, "") + "," + deny(cond(`{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`)), nil, Exists},
		{"denied to others", ofRole("kms:Decrypt"), statementFor(`"*"`, `"kms:Decrypt"`, "") + "," + deny(cond(`{"ArnNotEquals":{"aws:PrincipalArn":"`+roleR+`"}}`)) + "," +
			`{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}}`, nil, Never},
		{"RetireGrant is not the key policy's", ofRole("kms:RetireGrant"), statementFor(namesRole, `"kms:RetireGrant"`, ""), nil, Exists},
	}
}

func list(found []Exposure) (out []string) {
	for _, x := range found {
		for _, a := range x.Actions {
			if a.Verdict == Unknown {
				out = append(out, x.Who+": "+a.Action+" unknown: "+a.Reason)
				continue
			}
			out = append(out, x.Who+": "+a.Action)
		}
	}
	return out
}

func TestNeeds(t *testing.T) {
	u := &Universe{}
	for _, c := range needCases() {
		target := &Target{Key: theKey, Policy: compiled(t, "key", c.policy)}
		found, err := u.Beyond([]Need{c.need}, target)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := list(found); !slices.Equal(got, c.beyond) {
			t.Errorf("%s: beyond\n got %q\nwant %q", c.name, got, c.beyond)
		}
		for _, x := range found {
			for _, a := range x.Actions {
				if w := a.Witness; w == nil || w.Decision.Outcome != authz.Allow || c.need.Has(&w.Request) && !(c.need.delegates() && w.Layers.Identity == nil) {
					t.Errorf("%s: %s %s: the witness shows nothing", c.name, x.Who, a.Action)
				}
			}
		}
		first, err := u.Exceeds([]Need{c.need}, target)
		if want := map[bool]Verdict{true: Exists, false: Never}[len(c.beyond) > 0]; err != nil || first.Verdict != want {
			t.Errorf("%s: exceeds: %v, want %v (%v)", c.name, first.Verdict, want, err)
		}
		denied, err := u.Denied(&c.need, target)
		if err != nil || denied.Verdict != c.denied {
			t.Errorf("%s: denied: %v %s, want %v (%v)", c.name, denied.Verdict, denied.Reason, c.denied, err)
		}
		if w := denied.Witness; denied.Verdict == Exists && (w.Decision.Outcome == authz.Allow || !c.need.Has(&w.Request)) {
			t.Errorf("%s: denied: %v shows nothing", c.name, w.Decision.Outcome)
		}
	}
}

// TestBeyondManyLayers: the needs are held against all layers together.
func TestBeyondManyLayers(t *testing.T) {
	reader := compiled(t, "reader", `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:Team":"blue"}}}`)
	u := &Universe{Accounts: []Account{{ID: home, Closed: true}}, Parties: []Party{{sessionOf(roleR), authz.Layers{Identity: []*authz.Policy{reader}}}}}
	target := &Target{Key: theKey, Policy: compiled(t, "key", delegation),
		Grants: []authz.Grant{{ID: "g", Grantee: strayR, Operations: []string{"Decrypt", "DescribeKey"}, ContextEquals: map[string]string{"team": "red"}}}}
	blue, red := ofRole("kms:Decrypt"), Need{Principal: authz.Principal{Kind: authz.Session, Role: strayR}, Actions: []string{"kms:Decrypt", "kms:DescribeKey"}, Context: map[string]string{"TEAM": "red"}}
	blue.Context = map[string]string{"tEAM": "bl*"}
	root := ofAccount(home, "kms:*")
	for _, c := range []struct {
		needs []Need
		want  []string
	}{
		{[]Need{blue, red, root}, nil},
		{[]Need{blue, red, ofAccount(home, "kms:Decrypt", "kms:DescribeKey")}, []string{"root user of account 111122223333: kms:CreateGrant"}},
		{[]Need{red, {Principal: authz.Principal{Kind: authz.Root, Account: home}, Actions: []string{"kms:*"}}}, []string{roleR + ": kms:Decrypt"}},
		{[]Need{blue, root}, []string{strayR + ": kms:Decrypt", strayR + ": kms:DescribeKey"}},
	} {
		found, err := u.Beyond(c.needs, target)
		if err != nil {
			t.Fatal(err)
		}
		if got := list(found); !slices.Equal(got[:min(len(got), len(c.want))], c.want) || len(c.want) == 0 && len(got) > 0 {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	red.Context["team2"] = "x"
	for _, c := range []struct {
		need Need
		want Verdict
	}{{blue, Exists}, {red, Exists}, {root, Never}} { // blue is wider than the policy, red needs a pair that the grant excludes
		if got, err := u.Denied(&c.need, target); err != nil || got.Verdict != c.want {
			t.Errorf("%v: %v %s, want %v (%v)", c.need, got.Verdict, got.Reason, c.want, err)
		}
	}
	if got, err := u.Exceeds([]Need{red, root}, target, strayR); err != nil || got.Verdict != Exists {
		t.Errorf("exceeds of one principal: %v %s (%v)", got.Verdict, got.Reason, err)
	}
	if got, err := u.Exceeds([]Need{red}, target, "sns.amazonaws.com"); err != nil || got.Verdict != Never {
		t.Errorf("exceeds of a service: %v %s (%v)", got.Verdict, got.Reason, err)
	}
}

func TestRetireGrantBeyond(t *testing.T) {
	retire := compiled(t, "retire", `{"Effect":"Allow","Action":"kms:RetireGrant","Resource":"*"}`)
	target := &Target{Key: theKey, Policy: compiled(t, "key", statementFor(namesRole, `"kms:Decrypt"`, ""))}
	u := &Universe{}
	if found, err := u.Beyond([]Need{ofRole("kms:Decrypt")}, target); err != nil || len(found) > 0 {
		t.Errorf("policies not known: %q (%v)", list(found), err)
	}
	u.Parties = []Party{{sessionOf(roleR), authz.Layers{Identity: []*authz.Policy{retire}}}}
	found, err := u.Beyond([]Need{ofRole("kms:Decrypt")}, target)
	if got := list(found); err != nil || !slices.Equal(got, []string{roleR + ": kms:RetireGrant"}) {
		t.Errorf("policies known: %q (%v)", got, err)
	}
	need := ofRole("kms:Decrypt", "kms:RetireGrant")
	if got, err := u.Denied(&need, target); err != nil || got.Verdict != Never {
		t.Errorf("denied: %v %s (%v)", got.Verdict, got.Reason, err)
	}
}

func TestOutside(t *testing.T) {
	u := &Universe{}
	in := func(context string, actions ...string) Need {
		n := ofRole(actions...)
		if context != "" {
			n.Context = map[string]string{"team": context}
		}
		return n
	}
	for _, c := range []struct {
		name   string
		need   Need
		others []Need
		want   Verdict
	}{
		{"none", in("", "kms:Decrypt"), nil, Exists},
		{"itself", in("b*", "kms:Decrypt"), []Need{in("b*", "kms:Decrypt")}, Never},
		{"narrower", in("blue", "kms:Decrypt"), []Need{in("b*", "kms:*")}, Never},
		{"wider", in("b*", "kms:Decrypt"), []Need{in("blue", "kms:Decrypt")}, Exists},
		{"two together", in("b?", "kms:Decrypt", "kms:Encrypt"), []Need{in("b?", "kms:Decrypt"), in("b*", "kms:Encrypt")}, Never},
		{"two that miss one", in("b*", "kms:Decrypt"), []Need{in("b", "kms:Decrypt"), in("b??*", "kms:Decrypt")}, Exists},
		{"any run is none, one, or more", in("b*", "kms:Decrypt"), []Need{in("b", "kms:Decrypt"), in("b?", "kms:Decrypt"), in("b??*", "kms:Decrypt")}, Never},
		{"of another principal", in("", "kms:Decrypt"), []Need{ofService("sns.amazonaws.com", "kms:Decrypt")}, Exists},
		{"of the account", in("", "kms:Decrypt"), []Need{ofAccount(home, "kms:Decrypt")}, Never},
	} {
		got, err := u.Outside(&c.need, c.others, theKey)
		if err != nil || got.Verdict != c.want {
			t.Errorf("%s: %v %s, want %v (%v)", c.name, got.Verdict, got.Reason, c.want, err)
		}
	}
}

func TestNeedHas(t *testing.T) {
	trail := ofService("cloudtrail.amazonaws.com", "kms:GenerateDataKey*", "kms:DescribeKey")
	trail.SourceARN, trail.SourceAccount = "arn:aws:cloudtrail:*:111122223333:trail/*", home
	trail.Context = map[string]string{"aws:cloudtrail:arn": "arn:*"}
	grant := ofRole("kms:CreateGrant")
	grant.GrantOperations, grant.GrantForAWSResource, grant.Direct = []string{"Decrypt"}, true, true
	service := authz.Principal{Kind: authz.Service, ARN: "cloudtrail.amazonaws.com"}
	role := aSession(roleR)
	bare := authz.Principal{Kind: authz.Session, ARN: session, Account: home}
	stray := aSession(strayR)
	context := func(pairs ...string) authz.Context {
		out := authz.Context{}
		for i := 0; i < len(pairs); i += 2 {
			v := out[pairs[i]]
			v.Values = append(v.Values, pairs[i+1])
			out[pairs[i]] = v
		}
		return out
	}
	full := []string{"aws:sourcearn", trailARN, "aws:sourceaccount", home, "kms:encryptioncontext:aws:cloudtrail:arn", trailARN}
	for i, c := range []struct {
		need    Need
		who     authz.Principal
		action  string
		context authz.Context
		want    bool
	}{
		{trail, service, "kms:GenerateDataKey", context(full...), true},
		{trail, service, "KMS:generatedatakeywithoutplaintext", context(full...), true},
		{trail, service, "kms:Decrypt", context(full...), false},
		{trail, role, "kms:GenerateDataKey", context(full...), false},
		{trail, service, "kms:GenerateDataKey", context(full[:4]...), false},
		{trail, service, "kms:DescribeKey", context(full[:4]...), true},
		{trail, service, "kms:GenerateDataKey", context(full[2:]...), false},
		{trail, service, "kms:GenerateDataKey", context(append([]string{"aws:sourceaccount", "444455556666"}, full...)...), false},
		{trail, service, "kms:DescribeKey", context("aws:sourcearn", "arn:aws:cloudtrail:a:b:111122223333:trail/x", "aws:sourceaccount", home), false},
		{trail, service, "kms:DescribeKey", context("aws:sourcearn", "arn:aws:cloudtrail:::trail/x", "aws:sourceaccount", home), false},
		{trail, service, "kms:GenerateDataKey", authz.Context{"aws:sourcearn": {Unknown: true}, "aws:sourceaccount": {Unknown: true}, "kms:encryptioncontext:aws:cloudtrail:arn": {Unknown: true}}, false},
		{grant, role, "kms:CreateGrant", context("kms:grantisforawsresource", "TRUE"), true},
		{grant, role, "kms:CreateGrant", context("kms:grantisforawsresource", "false"), false},
		{grant, role, "kms:CreateGrant", context("kms:grantisforawsresource", "true", "kms:grantoperations", "Decrypt", "kms:grantoperations", ""), true},
		{grant, role, "kms:CreateGrant", context("kms:grantisforawsresource", "true", "kms:grantoperations", "Decrypt", "kms:grantoperations", "Encrypt"), false},
		{grant, role, "kms:CreateGrant", context("kms:grantisforawsresource", "true", "kms:viaservice", bedrockUS), false},
		{grant, role, "kms:CreateGrant", context("kms:grantisforawsresource", "true", "kms:viaservice", ""), true},
		{grant, bare, "kms:CreateGrant", context("kms:grantisforawsresource", "true"), true},
		{grant, stray, "kms:CreateGrant", context("kms:grantisforawsresource", "true"), false},
		{grant, authz.Principal{Kind: authz.User, ARN: roleR, Account: home}, "kms:CreateGrant", context("kms:grantisforawsresource", "true"), false},
		{ofAccount(home, "kms:Decrypt"), bare, "kms:Decrypt", nil, true},
		{ofAccount(home, "kms:Decrypt"), stray, "kms:Decrypt", nil, false},
		{ofAccount(home, "kms:Decrypt"), authz.Principal{Kind: authz.Service, ARN: "x.amazonaws.com", Account: home}, "kms:Decrypt", nil, false},
		{Need{Principal: authz.Principal{Kind: authz.Root, Account: home}, Actions: []string{"kms:*"}}, authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: home}, "kms:Decrypt", nil, true},
		{Need{Principal: authz.Principal{Kind: authz.Root, Account: home}, Actions: []string{"kms:*"}}, bare, "kms:Decrypt", nil, false},
		{Need{Principal: bare, Actions: []string{"kms:Decrypt"}}, bare, "kms:Decrypt", nil, true},
		{Need{Principal: bare, Actions: []string{"kms:Decrypt"}}, role, "kms:Decrypt", nil, false},
	} {
		r := &authz.Request{Principal: c.who, Action: c.action, Resource: theKey, Context: c.context}
		if got := c.need.Has(r); got != c.want {
			t.Errorf("case %d: %s %s: %v", i, c.who.ARN, c.action, got)
		}
	}
}

func TestNeedCheck(t *testing.T) {
	change := func(do func(*Need)) Need {
		n := ofRole("kms:CreateGrant", "kms:Decrypt")
		do(&n)
		return n
	}
	for _, c := range []struct {
		need Need
		want string
	}{
		{change(func(n *Need) {}), ""},
		{change(func(n *Need) { n.Actions = nil }), "actions: there are none"},
		{change(func(n *Need) { n.Actions = []string{"Decrypt"} }), `action "Decrypt": not an action of KMS on a key`},
		{change(func(n *Need) { n.Actions = []string{"kms:ListKeys"} }), `action "kms:ListKeys": not an action of KMS on a key`},
		{change(func(n *Need) { n.Via, n.Direct = bedrockUS, true }), "via and direct: no request keeps both"},
		{change(func(n *Need) { n.SourceAccount = home }), "source: only requests of services have aws:SourceArn and aws:SourceAccount"},
		{change(func(n *Need) { n.Via = "${aws:username}" }), `limit "${aws:username}": a text with ${ would be a variable in a policy`},
		{change(func(n *Need) { n.Via = "a\nb" }), `limit "a\nb": a key policy cannot hold the character '\n'`},
		{change(func(n *Need) { n.Context = map[string]string{"a": "1", "A": "1"} }), `encryption context "a": empty, or there twice`},
		{change(func(n *Need) { n.Context = map[string]string{"a": ""} }), `encryption context "a": empty, or there twice`},
		{change(func(n *Need) { n.Context = map[string]string{"a": "č"} }), `encryption context "ač": a key policy cannot hold the character 'č'`},
		{change(func(n *Need) { n.GrantOperations = []string{""} }), "grant operations: none, or one is empty"},
		{change(func(n *Need) { n.GrantOperations = []string{} }), "grant operations: none, or one is empty"},
		{change(func(n *Need) { n.GrantOperations, n.Actions = []string{"Decrypt"}, []string{"kms:Decrypt"} }), "grant operations: the need is not of kms:CreateGrant"},
		{change(func(n *Need) { n.Principal.Role = "arn:aws:iam::111122223333:user/x" }), `principal role "arn:aws:iam::111122223333:user/x": not the ARN of a role`},
		{change(func(n *Need) { n.Principal.Role = "arn:aws:iam::111122223333:role/x*" }), "principal: wildcards name no principal"},
		{change(func(n *Need) { n.Principal.ARN = roleR }), `principal "` + roleR + `": not the ARN of a session of a role`},
		{change(func(n *Need) { n.Principal.ARN = "arn:aws:sts::111122223333:assumed-role/other/s" }), `principal "arn:aws:sts::111122223333:assumed-role/other/s": not a session of the role ` + roleR},
		{change(func(n *Need) { n.Principal.ARN = "arn:aws:sts::111122223333:assumed-role/app/session" }), ""},
		{change(func(n *Need) { n.Principal.ARN = "arn:aws:sts::111122223333:assumed-role/app" }), `principal "arn:aws:sts::111122223333:assumed-role/app": not the ARN of a session of a role`},
		{change(func(n *Need) { n.Principal = authz.Principal{Kind: authz.User, ARN: roleR} }), `principal "` + roleR + `": not the ARN of a user`},
		{change(func(n *Need) { n.Principal = authz.Principal{Kind: authz.Anonymous} }), "principal: KMS takes no calls without credentials"},
		{ofAccount("1111", "kms:Decrypt"), `principal account "1111": not the 12 digits of an account`},
		{ofService("bedrock", "kms:Decrypt"), `principal "bedrock": not the name of a service such as bedrock.amazonaws.com`},
		{Need{Principal: ofService("sns.amazonaws.com").Principal, Actions: []string{"kms:Decrypt"}, Via: bedrockUS}, "via: a request that a service makes for itself has no kms:ViaService"},
		{Need{Principal: ofService("sns.amazonaws.com").Principal, Actions: []string{"kms:Decrypt"}, SourceARN: "arn:aws:sns"}, `source ARN "arn:aws:sns": not an ARN`},
		{Need{Principal: ofService("sns.amazonaws.com").Principal, Actions: []string{"kms:Decrypt"}, SourceAccount: "12"}, `source account "12": not the 12 digits of an account`},
	} {
		got := ""
		if err := c.need.Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	for _, n := range []Need{change(func(n *Need) { n.Direct = true }), change(func(n *Need) { n.GrantOperations = []string{"Decrypt"} })} {
		r := &authz.Request{Principal: aSession(roleR), Action: "kms:CreateGrant", Resource: theKey}
		if !n.Has(r) {
			t.Errorf("%+v does not have the request", n)
		}
		if r.Open = true; n.Has(r) {
			t.Errorf("%+v has a request of which it is not known", n)
		}
	}
	if _, err := (&Universe{}).Beyond([]Need{ofRole("kms:Decrypt"), ofRole()}, &Target{Key: theKey}); fmt.Sprint(err) != "need 1: actions: there are none" {
		t.Errorf("error %v", err)
	}
	n := ofRole("kms:Decrypt")
	if _, err := (&Universe{}).Denied(&n, &Target{Key: "alias/x"}); fmt.Sprint(err) != `key "alias/x": not the ARN of a KMS key` {
		t.Errorf("error %v", err)
	}
}
