package estate

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/inventory"
)

func resource(typ, slot, key string) inventory.Resource {
	return inventory.Resource{ID: "t.yaml#R", Type: typ, Address: "R", At: at(40), Place: inventory.Place{Account: known1(home), Region: known1("eu-west-1")},
		Slots: []inventory.Slot{{Name: slot, Named: []inventory.Named{{Text: known1(key), Key: key}}}}}
}

// TestOptionalUse: what a slot works without, or what no page says is needed for sure,
// makes no use impossible.
func TestOptionalUse(t *testing.T) {
	k := live(doc(delegates))
	u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{resource("AWS::DynamoDB::Table", "table", k.ID)}}), "service:dynamodb.amazonaws.com", "monitor")
	if u.Verdict != Depends || !slices.Equal(texts(u.Why), []string{"the key policy does not allow kms:DescribeKey; the resource works without it"}) {
		t.Errorf("a table: %s %q", u.Verdict, texts(u.Why))
	}
	logs := `{"Effect":"Allow","Principal":{"Service":"logs.eu-west-1.amazonaws.com"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:111122223333:*"}}}`
	for policy, want := range map[string]Verdict{logs: Able, strings.Replace(logs, `"kms:Decrypt",`, "", 1): Unable} {
		k := live(doc(delegates, policy))
		u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{resource("AWS::Logs::LogGroup", "log-group", k.ID)}}), "service:logs.{region}.amazonaws.com", "use")
		if u.Verdict != want {
			t.Errorf("a log group: %s %q, want %s", u.Verdict, texts(u.Why), want)
		}
	}
	k = live(doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:PutKeyPolicy","kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}`))
	u = use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{resource("AWS::StepFunctions::StateMachine", "definition", k.ID)}}), "caller", "create")
	if u.Verdict != Depends || !strings.Contains(strings.Join(texts(u.Why), ""), "the key policy does not allow kms:DescribeKey, which AWS documents as needed") {
		t.Errorf("a state machine: %s %q", u.Verdict, texts(u.Why))
	}
}

// TestRequestOfUse: a use is decided as the request that the service makes.
func TestRequestOfUse(t *testing.T) {
	statement := func(condition string) inventory.Value[inventory.Policy] {
		return doc(adminOnly, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*","Condition":`+condition+`}`)
	}
	for condition, want := range map[string]Verdict{
		`{"Bool":{"aws:ViaAWSService":"true"}}`:                                    Able,
		`{"Bool":{"aws:ViaAWSService":"false"}}`:                                   Unable,
		`{"BoolIfExists":{"kms:GrantIsForAWSResource":"true"}}`:                    Able,
		`{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}`:                     Able,
		`{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`:                     Unable,
		`{"StringEquals":{"aws:ResourceAccount":"111122223333"}}`:                  Able,
		`{"Bool":{"aws:SecureTransport":"true"}}`:                                  Able,
		`{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/a-*"}}`: Depends,
	} {
		k := live(statement(condition))
		u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{resource("AWS::Bedrock::Guardrail", "configuration", k.ID)}}), "caller", "create")
		if u.Verdict != want {
			t.Errorf("%s: %s %q, want %s", condition, u.Verdict, texts(u.Why), want)
		}
	}
	// The operations of the grant that a managed knowledge base is documented to make.
	for operations, want := range map[string]Verdict{
		`["CreateGrant","GenerateDataKey","GenerateDataKeyWithoutPlaintext","DescribeKey","Encrypt","Decrypt"]`: Able,
		`["Decrypt"]`: Unable,
	} {
		k := live(doc(adminOnly, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}`,
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"ForAllValues:StringEquals":{"kms:GrantOperations":`+operations+`},"Bool":{"kms:GrantIsForAWSResource":"true"}}}`))
		u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{resource("AWS::Bedrock::KnowledgeBase", "managed", k.ID)}}), "caller", "create")
		if u.Verdict != want {
			t.Errorf("%s: %s %q, want %s", operations, u.Verdict, texts(u.Why), want)
		}
	}
}

// TestMendForService: a statement for a service is tied to the account's resources by
// what the service sends.
func TestMendForService(t *testing.T) {
	k := live(doc(delegates))
	u := use(t, usesOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{resource("AWS::Bedrock::Prompt", "content", k.ID)}}), "service:bedrock.amazonaws.com", "use")
	changes, ok := u.Mend()
	want := `{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*", "Condition": {"StringLike": {"kms:EncryptionContext:aws:bedrock-prompts:arn": "arn:aws:bedrock:eu-west-1:111122223333:prompt/*"}}}`
	if !ok || len(changes) != 1 || changes[0].Statement != want {
		t.Errorf("%v %+v\nwant %s", ok, changes, want)
	}
}

func TestCasesAreNamedWhenThereAreSeveral(t *testing.T) {
	named := func(policy inventory.Value[inventory.Policy]) (out []string) {
		k := declared(policy)
		cases, ok := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}}).Cases(k.ID, "")
		if !ok {
			t.Fatal("no case")
		}
		for _, c := range cases {
			out = append(out, c.Account+" "+c.Deployed)
		}
		return out
	}
	other1 := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/x"},"Action":"kms:Decrypt","Resource":"*"}`
	if diff := cmp.Diff([]string{"111122223333 "}, named(doc(delegates))); diff != "" {
		t.Errorf("one account governs (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{unnamedAccount + " ", "444455556666 when it is deployed in account 444455556666"}, named(doc(tokenRoot, other1))); diff != "" {
		t.Errorf("the account of the deployment (-want +got)\n%s", diff)
	}
}

// TestSamePolicyOtherKey: what is found out for one key and told of another with the
// same policy names the other.
func TestSamePolicyOtherKey(t *testing.T) {
	shared := doc(delegates, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"kms:Decrypt","Resource":"*"}`)
	a, b, c := live(shared), live(shared), live(doc(delegates))
	b.ID = strings.Replace(a.ID, "1234abcd", "9999abcd", 1)
	c.ID = strings.Replace(a.ID, "1234abcd", "8888abcd", 1)
	b.ARN, b.Name, c.ARN, c.Name = known1(b.ID), "second", known1(c.ID), "third"
	d := c
	d.ID = strings.Replace(a.ID, "1234abcd", "7777abcd", 1)
	d.ARN, d.Name = known1(d.ID), "fourth"
	e := estateOf(t, inventory.Parts{Keys: []inventory.Key{a, b, c, d}, Grants: []inventory.Grant{{ID: "g", Key: d.ID, KeyText: known1(d.ID), Grantee: known1("arn:aws:iam::444455556666:role/x"), Operations: known1([]string{"Decrypt"})}}})
	for _, k := range []inventory.Key{a, b} {
		out := e.Outside(k.ID)
		if len(out.Outsiders) != 1 || !strings.Contains(out.Outsiders[0].Because[0].Text, "policy of key "+k.Name+" ") {
			t.Errorf("%s: %+v", k.Name, out.Outsiders)
		}
	}
	if out := e.Outside(c.ID); len(out.Outsiders) != 0 {
		t.Errorf("third: %+v", out.Outsiders)
	}
	if out := e.Outside(d.ID); len(out.Outsiders) != 1 {
		t.Errorf("the same policy with a grant: %+v", out.Outsiders)
	}
}

// TestPartiesOfAllKinds: users have the policies of their groups; the management account
// has no service control policies; paths and ids count.
func TestPartiesOfAllKinds(t *testing.T) {
	admins := inventory.Principal{ID: "t.yaml#admins", Kind: inventory.Group, Name: known1("admins"), Account: known1(home), Policies: []inventory.NamedPolicy{inline("all", doc(`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`))}}
	person := role("ann")
	person.Kind, person.Groups = inventory.User, known1([]string{"t.yaml#admins"})
	stray := role("bob")
	stray.Kind, stray.Groups = inventory.User, known1([]string{"elsewhere"})
	late := role("cid")
	late.Kind, late.Groups = inventory.User, inventory.Unread[[]string]("AccessDenied", at(1))
	deep := role("deep")
	deep.Path = known1("/team/")
	vague := role("vague")
	vague.Path = known1("/${bedlock:unknown:x}/")
	k := live(doc(delegates))
	e := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}, Principals: []inventory.Principal{admins, person, stray, late, deep, vague}})
	cases, _ := e.Cases(k.ID, "")
	got := map[string]string{}
	for _, p := range cases[0].Members() {
		d := cases[0].Can(p, "kms:Decrypt")
		got[cases[0].ARN(p)] = d.Outcome.String()
	}
	want := map[string]string{
		"arn:aws:iam::111122223333:user/ann": "Allow", "arn:aws:iam::111122223333:user/bob": "Unknown", "arn:aws:iam::111122223333:user/cid": "Unknown",
		"arn:aws:iam::111122223333:role/team/deep": "ImplicitDeny", "arn:aws:iam::111122223333:role/vague": "ImplicitDeny",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for management, want := range map[bool]Verdict{false: Unable, true: Able} {
		p := inventory.Parts{
			Keys: []inventory.Key{k}, Resources: []inventory.Resource{dataSource(k.ID)}, Principals: []inventory.Principal{role("reader", inline("use", doc(mayUse)))},
			Accounts:        []inventory.Account{{ID: home, Management: management, SCPs: known1([]inventory.Level{{Name: "r-ab12", Policies: []string{"p-1"}}})}},
			ControlPolicies: []inventory.ControlPolicy{{ID: "p-1", Policy: doc(`{"Effect":"Deny","Action":"*","Resource":"*"}`)}},
		}
		if u := use(t, usesOf(t, p), "role:knowledge-base", "ingest"); u.Verdict != want {
			t.Errorf("management %v: %s, want %s", management, u.Verdict, want)
		}
	}
}

func TestMadeUpKeys(t *testing.T) {
	k := declared(doc(tokenRoot))
	k.MultiRegion = known1(true)
	cases, _ := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}}).Cases(k.ID, "")
	if !strings.Contains(cases[0].Target.Key, ":key/mrk-") || len(cases[0].Target.Key) != len("arn:aws:kms:us-east-1:000000000000:key/mrk-")+32 {
		t.Errorf("a multi-Region key is %s", cases[0].Target.Key)
	}
}

// TestNeeds: the needs of a key's slots as sets of requests, each once.
func TestNeeds(t *testing.T) {
	k := live(doc(delegates))
	agent := resource("AWS::Bedrock::Agent", "memory", k.ID)
	again := dataSource(k.ID)
	again.ID = "t.yaml#Docs2"
	e := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}, Resources: []inventory.Resource{agent, dataSource(k.ID), again}, Principals: []inventory.Principal{role("reader")}})
	cases, _ := e.Cases(k.ID, "")
	needs, open := cases[0].Needs()
	if len(open) != 0 {
		t.Errorf("open %q", texts(open))
	}
	var got []string
	for _, n := range needs {
		s := strings.Join([]string{n.Principal.ARN, n.Principal.Role, n.Principal.Account, strings.Join(n.Actions, ","), n.SourceAccount, n.SourceARN, n.Context["aws:bedrock:arn"]}, "|")
		got = append(got, s)
	}
	want := []string{
		"|arn:aws:iam::111122223333:role/reader|111122223333|kms:GenerateDataKey,kms:Decrypt|||arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/*",
		"||111122223333|kms:GenerateDataKey,kms:Decrypt|||",
		"bedrock.amazonaws.com|||kms:GenerateDataKeyWithoutPlaintext,kms:ReEncryptFrom,kms:ReEncryptTo|111122223333|arn:aws:bedrock:eu-west-1:111122223333:agent-alias/*|",
		"||111122223333|kms:GenerateDataKeyWithoutPlaintext,kms:ReEncryptFrom,kms:ReEncryptTo,kms:Decrypt|||",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
