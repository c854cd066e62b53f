package estate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
)

// TestUseOfRole: everything that can keep a service role from its key says so, with the
// smallest change that mends it.
func TestUseOfRole(t *testing.T) {
	const keyARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	deny := func(s string) inventory.Value[inventory.Policy] { return doc(mayUse, s) }
	full := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	account := func(f func(*inventory.Account)) inventory.Parts {
		a := inventory.Account{ID: home, Organization: known1("o-abcdef1234")}
		f(&a)
		return inventory.Parts{Accounts: []inventory.Account{a}}
	}
	control := func(statement string) inventory.ControlPolicy {
		return inventory.ControlPolicy{ID: "p-12345678", Name: "guard", Policy: doc(full, statement), At: at(50)}
	}
	for name, c := range map[string]struct {
		policy  inventory.Value[inventory.Policy] // of the key
		role    inventory.Principal
		more    inventory.Parts
		verdict Verdict
		says    string
		why     []string
		mend    []string
	}{
		"identity through the account": {doc(delegates), role("reader", inline("use", doc(mayUse))), inventory.Parts{}, Able, "", nil, nil},
		"named by the key policy": {
			doc(adminOnly, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/reader"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}`),
			role("reader"), inventory.Parts{}, Able, "", nil, nil},
		"no identity policy": {doc(delegates), role("reader"), inventory.Parts{}, Unable, "its identity policies do not allow kms:GenerateDataKey", nil,
			[]string{`add to an identity policy of role reader: {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "` + keyARN + `"} @30`}},
		"half an identity policy": {doc(delegates), role("reader", inline("use", doc(`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`))), inventory.Parts{}, Unable, "its identity policies do not allow kms:GenerateDataKey", nil,
			[]string{`add to an identity policy of role reader: {"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "` + keyARN + `"} @30`}},
		"the key policy does not delegate": {doc(adminOnly), role("reader", inline("use", doc(mayUse))), inventory.Parts{}, Unable, "the key policy does not allow kms:GenerateDataKey", nil,
			[]string{`add to the policy of key records: {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"} @20`}},
		"explicit deny": {deny(`{"Sid":"NoReader","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/reader"},"Action":"kms:Decrypt","Resource":"*"},` + delegates),
			role("reader", inline("use", doc(mayUse))), inventory.Parts{}, Unable, "kms:Decrypt is denied explicitly", nil,
			[]string{`exempt role reader in statement "NoReader" of the policy of key records @22`}},
		"boundary": {doc(delegates), func() inventory.Principal {
			r := role("reader", inline("use", doc(mayUse)))
			r.Boundary, r.BoundaryPolicy = known1("arn:aws:iam::111122223333:policy/limit"), doc(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
			return r
		}(), inventory.Parts{}, Unable, "its permissions boundary does not allow kms:GenerateDataKey", nil,
			[]string{`add to the permissions boundary of role reader: {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "` + keyARN + `"} @30`}},
		"boundary not among the inputs": {doc(delegates), func() inventory.Principal {
			r := role("reader", inline("use", doc(mayUse)))
			r.Boundary = known1("arn:aws:iam::111122223333:policy/limit")
			return r
		}(), inventory.Parts{}, NotKnown, "", []string{"the permissions boundary of role reader: the managed policy is not among the inputs"}, nil},
		"service control policy": {doc(delegates), role("reader", inline("use", doc(mayUse))), func() inventory.Parts {
			p := account(func(a *inventory.Account) {
				a.SCPs = known1([]inventory.Level{{Name: "r-ab12", Policies: []string{"p-12345678"}}})
			})
			p.ControlPolicies = []inventory.ControlPolicy{control(`{"Sid":"NoKMS","Effect":"Deny","Action":"kms:GenerateDataKey","Resource":"*"}`)}
			return p
		}(), Unable, "kms:GenerateDataKey is denied explicitly", nil,
			[]string{`exempt role reader in statement "NoKMS" of service control policy guard of r-ab12 @22`}},
		"service control policies not read": {doc(delegates), role("reader", inline("use", doc(mayUse))), account(func(a *inventory.Account) {
			a.SCPs = inventory.Unread[[]inventory.Level]("AccessDenied", at(50))
		}), NotRead, "", []string{"the service control policy list of account 111122223333: AccessDenied"}, nil},
		"resource control policy": {doc(delegates), role("reader", inline("use", doc(mayUse))), func() inventory.Parts {
			p := account(func(a *inventory.Account) {
				a.RCPs = known1([]inventory.Level{{Name: "r-ab12", Policies: []string{"p-12345678"}}})
			})
			p.ControlPolicies = []inventory.ControlPolicy{{ID: "p-12345678", Name: "guard", At: at(50), Policy: doc(
				`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`,
				`{"Sid":"Ours","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-zzzzzz9999"}}}`)}}
			return p
		}(), Unable, "kms:GenerateDataKey is denied explicitly", nil,
			[]string{`exempt role reader in statement "Ours" of resource control policy guard of r-ab12 @22`}},
		"identity policy not read":  {doc(delegates), role("reader", inline("use", inventory.Unread[inventory.Policy]("AccessDenied", at(31)))), inventory.Parts{}, NotRead, "", []string{"policy use of role reader: AccessDenied"}, nil},
		"identity policy not known": {doc(delegates), role("reader", inline("use", inventory.Unknown[inventory.Policy]("known only after apply", at(31)))), inventory.Parts{}, NotKnown, "", []string{"policy use of role reader: known only after apply"}, nil},
		"an AWS managed policy that gives nothing": {doc(delegates), role("reader", awsManaged("service-role/AWSLambdaBasicExecutionRole")), inventory.Parts{}, Unable, "its identity policies do not allow kms:GenerateDataKey", nil,
			[]string{`add to an identity policy of role reader: {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "` + keyARN + `"} @30`}},
		"an AWS managed policy that gives everything":    {doc(delegates), role("reader", awsManaged("AdministratorAccess")), inventory.Parts{}, Able, "", nil, nil},
		"an AWS managed policy that is not in the table": {doc(delegates), role("reader", awsManaged("Nonesuch")), inventory.Parts{}, NotKnown, "", []string{"policy arn:aws:iam::aws:policy/Nonesuch of role reader: the managed policy is not among the inputs"}, nil},
		"an AWS managed policy under a condition": {doc(delegates), role("reader", func() inventory.NamedPolicy {
			n := awsManaged("AdministratorAccess")
			n.Policy = inventory.Unknown[inventory.Policy]("the managed policy is not among the inputs, and is attached only when Prod is true", at(31))
			return n
		}()), inventory.Parts{}, NotKnown, "", []string{"policy arn:aws:iam::aws:policy/AdministratorAccess of role reader: the managed policy is not among the inputs, and is attached only when Prod is true"}, nil},
		"an unknown policy does not matter when another one denies": {doc(delegates),
			role("reader", inline("use", inventory.Unknown[inventory.Policy]("known only after apply", at(31))), inline("no", doc(`{"Effect":"Deny","Action":"kms:*","Resource":"*"}`))), inventory.Parts{}, Unable,
			"kms:GenerateDataKey is denied explicitly", nil, []string{`exempt role reader in statement 1 of policy no of role reader @21`}},
		"depends on the network": {doc(delegates), role("reader", inline("use", doc(`{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}`))), inventory.Parts{}, Depends, "",
			[]string{"kms:GenerateDataKey depends on aws:sourcevpce", "kms:Decrypt depends on aws:sourcevpce"}, nil},
		"the right encryption context": {doc(delegates), role("reader", inline("use", doc(`{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:aws:bedrock:arn":"arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/*"}}}`))), inventory.Parts{}, Able, "", nil, nil},
		"a wrong encryption context key": {doc(delegates), role("reader", inline("use", doc(`{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:bedrock:kb":"x"}}}`))), inventory.Parts{}, Depends, "",
			[]string{"kms:GenerateDataKey depends on kms:encryptioncontext:aws:bedrock:kb", "kms:Decrypt depends on kms:encryptioncontext:aws:bedrock:kb"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			k := live(c.policy)
			p := c.more
			p.Keys, p.Resources, p.Principals = []inventory.Key{k}, []inventory.Resource{dataSource(k.ID)}, []inventory.Principal{c.role}
			u := use(t, usesOf(t, p), "role:knowledge-base", "ingest")
			if u.Verdict != c.verdict || u.Who != "role reader" {
				t.Fatalf("%s %s (%q), want %s", u.Who, u.Verdict, texts(u.Why), c.verdict)
			}
			if c.verdict == Unable {
				if says := u.Denied().Says(); says != c.says {
					t.Errorf("says %q, want %q", says, c.says)
				}
				changes, ok := u.Mend()
				var got []string
				for _, change := range changes {
					s := change.Text
					if change.Statement != "" {
						s += ": " + change.Statement
					}
					got = append(got, fmt.Sprintf("%s @%d", s, change.At.Line))
				}
				if diff := cmp.Diff(c.mend, got); diff != "" || !ok {
					t.Errorf("mend %v (-want +got)\n%s", ok, diff)
				}
			}
			if diff := cmp.Diff(c.why, append([]string(nil), texts(u.Why)...)); diff != "" {
				t.Errorf("why (-want +got)\n%s", diff)
			}
		})
	}
}

func TestUseOfCaller(t *testing.T) {
	guard := func(key string) inventory.Resource {
		return inventory.Resource{ID: "t.yaml#Guard", Type: "AWS::Bedrock::Guardrail", Address: "Guard", At: at(40),
			Slots: []inventory.Slot{{Name: "configuration", Named: []inventory.Named{{Text: known1(key), Key: key}}}}}
	}
	viaBedrock := `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Decrypt","kms:GenerateDataKey","kms:CreateGrant"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"bedrock.eu-west-1.amazonaws.com","kms:CallerAccount":"111122223333"}}}`
	named := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"kms:*","Resource":"*"}`
	for name, c := range map[string]struct {
		policy   inventory.Value[inventory.Policy]
		complete bool
		roles    []inventory.Principal
		verdict  Verdict
		who      string
	}{
		"the account decides":              {doc(delegates), false, nil, Able, "a caller of the account"},
		"through the service":              {doc(adminOnly, viaBedrock), false, nil, Able, "a caller of the account"},
		"through another service":          {doc(adminOnly, strings.ReplaceAll(viaBedrock, "bedrock.", "s3.")), false, nil, Unable, "a caller of the account"},
		"nobody":                           {doc(adminOnly), false, nil, Unable, "a caller of the account"},
		"a role that the key policy names": {doc(adminOnly, named), false, nil, Able, "role app"},
		"nobody of a complete account":     {doc(delegates), true, []inventory.Principal{role("app")}, Unable, "role app"},
		"one of a complete account":        {doc(delegates), true, []inventory.Principal{role("a"), role("app", inline("use", doc(`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)))}, Able, "role app"},
	} {
		t.Run(name, func(t *testing.T) {
			k := live(c.policy)
			p := inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{guard(k.ID)}, Principals: c.roles}
			if c.complete {
				p.Accounts = []inventory.Account{{ID: home, Complete: true}}
			}
			u := use(t, usesOf(t, p), "caller", "create")
			if u.Verdict != c.verdict || u.Who != c.who {
				t.Errorf("%s %s %q, want %s %s", u.Who, u.Verdict, texts(u.Why), c.who, c.verdict)
			}
		})
	}
}

func TestUseOfService(t *testing.T) {
	agent := func(key, account string) inventory.Resource {
		return inventory.Resource{ID: "t.yaml#Helper", Type: "AWS::Bedrock::Agent", Address: "Helper", At: at(40), Place: inventory.Place{Account: known1(account), Region: known1("eu-west-1")},
			Slots: []inventory.Slot{{Name: "memory", Named: []inventory.Named{{Text: known1(key), Key: key}}}}}
	}
	service := func(condition string) inventory.Value[inventory.Policy] {
		return doc(adminOnly, `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKeyWithoutPlaintext","kms:ReEncrypt*"],"Resource":"*","Condition":`+condition+`}`)
	}
	for name, c := range map[string]struct {
		policy  inventory.Value[inventory.Policy]
		account string
		verdict Verdict
		mend    string
	}{
		"for our account":       {service(`{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:eu-west-1:111122223333:agent-alias/*"}}`), home, Able, ""},
		"for another account":   {service(`{"StringEquals":{"aws:SourceAccount":"444455556666"}}`), home, Unable, `"aws:SourceAccount": "111122223333"`},
		"for one agent alias":   {service(`{"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:eu-west-1:111122223333:agent-alias/A1B2C3D4E5/F1"}}`), home, Depends, ""},
		"for another service":   {service(`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::bucket"}}`), home, Depends, ""},
		"with kms:ViaService":   {service(`{"StringEquals":{"kms:ViaService":"bedrock.eu-west-1.amazonaws.com"}}`), home, Unable, `"aws:SourceAccount": "111122223333"`},
		"with a wrong context":  {service(`{"StringEquals":{"kms:EncryptionContext:aws-crypto-ec:aws:bedrock:arn":"x"}}`), home, Depends, ""},
		"not the service":       {doc(delegates), home, Unable, `"Principal": {"Service": "bedrock.amazonaws.com"}`},
		"an agent of elsewhere": {service(`{"StringEquals":{"aws:SourceAccount":"111122223333"}}`), other, Unable, `"aws:SourceAccount": "444455556666"`},
	} {
		t.Run(name, func(t *testing.T) {
			k := live(c.policy)
			u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{agent(k.ID, c.account)}}), "service:bedrock.amazonaws.com", "store")
			if u.Verdict != c.verdict {
				t.Fatalf("%s %q, want %s", u.Verdict, texts(u.Why), c.verdict)
			}
			changes, ok := u.Mend()
			if ok != (c.verdict == Unable) || ok && !strings.Contains(changes[0].Statement, c.mend) {
				t.Errorf("mend %v %+v, want %s", ok, changes, c.mend)
			}
		})
	}
}

// TestReferences: names that exist only after deployment are the same everywhere.
func TestReferences(t *testing.T) {
	k := declared(doc(tokenRoot))
	r := role("reader", inline("use", doc(`{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"${bedlock:ref:t.yaml#Key#Arn}"}`)))
	r.Account, r.Name = inventory.Unknown[string]("not said", at(30)), inventory.Absent[string](at(30))
	parts := inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{dataSource(k.ID)}, Principals: []inventory.Principal{r}}
	if u := use(t, usesOf(t, parts), "role:knowledge-base", "ingest"); u.Verdict != Able {
		t.Errorf("a role with a reference to the key: %s %q", u.Verdict, texts(u.Why))
	}
	second := declared(doc(tokenRoot))
	second.ID = "t.yaml#Other"
	parts.Keys = append(parts.Keys, second)
	parts.Resources = []inventory.Resource{dataSource(second.ID)}
	u := use(t, usesOf(t, parts), "role:knowledge-base", "ingest")
	changes, _ := u.Mend()
	want := []Change{{Text: "add to an identity policy of role reader", Statement: `{"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "<ARN of key t.yaml#Other>"}`, At: at(30)}}
	want[0].Statement = strings.ReplaceAll(want[0].Statement, "t.yaml#Other", "Key") // its address
	if diff := cmp.Diff(want, changes); u.Verdict != Unable || diff != "" {
		t.Errorf("a role with a reference to another key: %s (-want +got)\n%s", u.Verdict, diff)
	}
	byRole := declared(doc(tokenRoot, `{"Effect":"Allow","Principal":{"AWS":"${bedlock:ref:t.yaml#reader#Arn}"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"}`))
	r.Policies = nil
	parts = inventory.Parts{Keys: []inventory.Key{byRole}, Resources: []inventory.Resource{dataSource(byRole.ID)}, Principals: []inventory.Principal{r}}
	if u := use(t, usesOf(t, parts), "role:knowledge-base", "ingest"); u.Verdict != Able {
		t.Errorf("a key policy with a reference to the role: %s", u.Verdict)
	}
}

// TestDeployments: an answer holds wherever the source may be deployed, or is none.
func TestDeployments(t *testing.T) {
	use1 := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/reader"},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*"}`
	inAccount := func(id string) string {
		return `{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"arn:aws:kms:*:` + id + `:key/*"}`
	}
	for name, c := range map[string]struct {
		policy  inventory.Value[inventory.Policy]
		use     string
		verdict Verdict
		cases   int
	}{
		"no account matters":                       {doc(tokenRoot), mayUse, Able, 1},
		"a literal account that alone governs":     {doc(delegates), mayUse, Able, 1},
		"a role of a literal account":              {doc(tokenRoot, use1), `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, NotKnown, 2},
		"a role policy with the deployment's":      {doc(tokenRoot), inAccount("${bedlock:account}"), Able, 1},
		"a role policy with some account":          {doc(tokenRoot), inAccount("777788889999"), NotKnown, 1},
		"a Region in the key policy":               {doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${bedlock:account}:root"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}`), mayUse, NotKnown, 2},
		"the deployment's Region":                  {doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${bedlock:account}:root"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"${bedlock:region}"}}}`), mayUse, Able, 1},
		"more accounts than are looked at":         {doc(tokenRoot, manyAccounts(20)), mayUse, NotKnown, 0},
		"a statement under an undecided condition": {inventory.Known(inventory.Policy{Text: doc(tokenRoot).Or(inventory.Policy{}).Text, Whens: []string{"Prod is true"}}, at(20)), mayUse, NotKnown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			k := declared(c.policy)
			r := role("reader", inline("use", doc(c.use)))
			r.Account = inventory.Unknown[string]("not said", at(30))
			p := inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{dataSource(k.ID)}, Principals: []inventory.Principal{r}}
			if u := use(t, usesOf(t, p), "role:knowledge-base", "ingest"); u.Verdict != c.verdict || c.verdict == NotKnown && len(u.Why) == 0 {
				t.Errorf("%s %q, want %s", u.Verdict, texts(u.Why), c.verdict)
			}
			if cases, _ := estateOf(t, p).Cases(k.ID, ""); len(cases) != c.cases {
				t.Errorf("%d deployments, want %d", len(cases), c.cases)
			}
		})
	}
}

func manyAccounts(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"arn:aws:iam::%012d:role/x"`, 100000000000+i))
	}
	return `{"Effect":"Allow","Principal":{"AWS":[` + strings.Join(list, ",") + `]},"Action":"kms:Decrypt","Resource":"*"}`
}

// TestConditions: under the condition of a slot, statements exist or do not.
func TestConditions(t *testing.T) {
	k := declared(inventory.Known(inventory.Policy{Text: doc(tokenRoot, `{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`).Or(inventory.Policy{}).Text, Whens: []string{"", "Prod is true"}}, at(20)))
	r := role("reader", inline("use", doc(mayUse)))
	r.Account = inventory.Unknown[string]("not said", at(30))
	for when, want := range map[string]Verdict{"": NotKnown, "Prod is true": Unable, "Prod is false": Able, "Prod is false and Big is true": Able, "Big is true": NotKnown} {
		s := dataSource(k.ID)
		s.Slots[0].Named[0].When = when
		u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{s}, Principals: []inventory.Principal{r}}), "role:knowledge-base", "ingest")
		if u.Verdict != want {
			t.Errorf("when %q: %s, want %s", when, u.Verdict, want)
		}
	}
}

func TestVerdictString(t *testing.T) {
	for v, want := range map[Verdict]string{0: "invalid", Unable: "cannot", NotRead: "not read", NotKnown: "not known", Depends: "depends", Able: "can", 9: "invalid"} {
		if v.String() != want {
			t.Errorf("%d is %q, want %q", v, v, want)
		}
	}
}

// TestPositions: a reason stands where the statement stands in the source.
func TestPositions(t *testing.T) {
	k := live(doc(delegates))
	u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{dataSource(k.ID)}, Principals: []inventory.Principal{role("reader", inline("use", doc(mayUse)))}}), "role:knowledge-base", "ingest")
	want := []bedlock.Evidence{
		{Text: "statement 1 of policy use of role reader allows", At: at(21)},
		{Text: `statement "Root" of the policy of key records allows: it leaves the decision to the account's IAM policies`, At: at(21)},
	}
	if diff := cmp.Diff(want, u.Steps[0].Reasons()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
