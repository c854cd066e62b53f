package least

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

const (
	home     = "111122223333"
	stray    = "444455556666"
	theKey   = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	caller   = "arn:aws:iam::111122223333:role/team/guardrail-caller"
	kbRole   = "arn:aws:iam::111122223333:role/service-role/knowledge-base"
	alice    = "arn:aws:iam::111122223333:user/alice"
	keyAdmin = "arn:aws:iam::111122223333:role/key-admin"
	strayR   = "arn:aws:iam::444455556666:role/analytics"
	theRoot  = "arn:aws:iam::111122223333:root"
	trail    = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
	bedrock  = "bedrock.us-east-1.amazonaws.com"
)

func ofRole(role string, actions ...string) symbolic.Need {
	return symbolic.Need{Principal: authz.Principal{Kind: authz.Session, Role: role}, Actions: actions}
}

func ofService(name string, actions ...string) symbolic.Need {
	return symbolic.Need{Principal: authz.Principal{Kind: authz.Service, ARN: name}, Actions: actions}
}

func with(n symbolic.Need, change func(*symbolic.Need)) symbolic.Need {
	change(&n)
	return n
}

// shape is a set of needs as the catalogue has them.
type shape struct {
	name    string
	needs   []symbolic.Need
	options Options
}

func guardrailNeeds() []symbolic.Need {
	via := func(n *symbolic.Need) { n.Via = bedrock }
	return []symbolic.Need{
		with(ofRole(caller, "kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"), func(n *symbolic.Need) {
			n.Via, n.GrantForAWSResource = bedrock, true
			n.GrantOperations = []string{"Decrypt", "GenerateDataKey", "DescribeKey"}
			n.Unconfirmed = []string{"encryption context aws:bedrock:guardrail-id"}
		}),
		with(ofRole(caller, "kms:DescribeKey"), via),
		with(ofRole(caller, "kms:Decrypt"), via), // what the first has already
		ofRole(caller, "kms:RetireGrant"),
	}
}

func memoryNeeds() []symbolic.Need {
	n := ofService("bedrock.amazonaws.com", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo")
	n.SourceAccount, n.SourceARN = home, "arn:aws:bedrock:us-east-1:111122223333:agent-alias/*"
	n.Context = map[string]string{"aws-crypto-ec:aws:bedrock:arn": "arn:aws:bedrock:us-east-1:111122223333:agent-alias/*"}
	m := ofRole(caller, "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Decrypt")
	m.Context = n.Context
	return []symbolic.Need{n, m}
}

func knowledgeBaseNeeds() []symbolic.Need {
	ingest := ofRole(kbRole, "kms:GenerateDataKey", "kms:Decrypt")
	ingest.Via = "s3.us-east-1.amazonaws.com"
	ingest.Context = map[string]string{"aws:s3:arn": "arn:aws:s3:::documents"}
	other := ingest
	other.Context = map[string]string{"aws:s3:arn": "arn:aws:s3:::manuals/*"}
	vectors := ofRole(kbRole, "kms:Decrypt")
	vectors.Direct = true
	return []symbolic.Need{ingest, other, vectors}
}

func shapes() []shape {
	trailNeed := ofService("cloudtrail.amazonaws.com", "kms:GenerateDataKey*")
	trailNeed.SourceARN = trail
	trailNeed.Context = map[string]string{"aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111122223333:trail/*"}
	describe := ofService("cloudtrail.amazonaws.com", "kms:DescribeKey")
	describe.SourceARN = trail
	logging := ofService("bedrock.amazonaws.com", "kms:GenerateDataKey")
	logging.SourceAccount, logging.SourceARN = home, "arn:aws:bedrock:us-east-1:111122223333:*"
	across := with(ofRole(strayR, "kms:Decrypt", "kms:DescribeKey"), func(n *symbolic.Need) { n.Via = bedrock })
	named := Options{Administrators: []string{keyAdmin, theRoot}}
	session := symbolic.Need{Principal: authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::444455556666:assumed-role/analytics/nightly", Role: strayR}, Actions: []string{"kms:Decrypt"}}
	return []shape{
		{"guardrail", guardrailNeeds(), named},
		{"guardrail-delegated", guardrailNeeds(), Options{Delegated: true}},
		{"agent-memory", memoryNeeds(), Options{}},
		{"knowledge-base", knowledgeBaseNeeds(), Options{Administrators: []string{keyAdmin}}},
		{"knowledge-base-delegated", knowledgeBaseNeeds(), Options{Delegated: true}},
		{"cloudtrail", []symbolic.Need{trailNeed, describe}, named},
		{"invocation-logging", []symbolic.Need{logging, {Principal: authz.Principal{Kind: authz.User, ARN: alice}, Actions: []string{"kms:Decrypt"}, Via: "s3.us-east-1.amazonaws.com"}}, Options{}},
		{"cross-account", []symbolic.Need{across, session, {Principal: authz.Principal{Account: stray}, Actions: []string{"kms:DescribeKey"}, Direct: true},
			{Principal: authz.Principal{Kind: authz.Root, Account: home}, Actions: []string{"kms:Decrypt"}}}, Options{AdministratorsGrant: true}},
	}
}

// print writes a result down as JSON.
func (r *Result) print(t testing.TB) string {
	own := map[string]json.RawMessage{}
	for name, d := range r.Identity {
		own[name] = json.RawMessage(d.Print())
	}
	open := []string{}
	for _, o := range r.Open {
		open = append(open, fmt.Sprintf("need %d: %s%s", o.Need, o.Limit, map[bool]string{true: " (unconfirmed)"}[o.Unconfirmed]))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	err := e.Encode(struct {
		KeyPolicy        json.RawMessage
		IdentityPolicies map[string]json.RawMessage
		NotLimited       []string
	}{json.RawMessage(r.Key.Print()), own, open})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func made(t testing.TB, s shape) *Result {
	t.Helper()
	r, err := For(theKey, s.needs, s.options)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return r
}

func prove(t testing.TB, r *Result) *Proof {
	t.Helper()
	p, err := Prove(&symbolic.Universe{}, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// explain says what is wrong with a proof.
func explain(p *Proof) string {
	var out []string
	for i, a := range p.Met {
		if a.Verdict != symbolic.Never {
			out = append(out, "need "+string(rune('0'+i))+" not met: "+a.Verdict.String()+" "+a.Reason+showWitness(a.Witness))
		}
	}
	for _, x := range p.Beyond {
		for _, a := range x.Actions {
			out = append(out, "beyond: "+x.Who+" "+a.Action+" "+a.Verdict.String()+" "+a.Reason)
		}
	}
	for name, a := range p.Own {
		if a.Verdict != symbolic.Never {
			out = append(out, "own: "+name+" "+a.Verdict.String()+showWitness(a.Witness))
		}
	}
	for _, w := range p.Refused {
		out = append(out, "refused:"+showWitness(&w))
	}
	for _, q := range p.Parts {
		if q.Verdict != symbolic.Exists {
			out = append(out, "superfluous: "+q.Document+" "+q.Sid+" "+q.Element.String()+" "+q.Value+" "+q.Verdict.String()+" "+q.Reason)
		}
	}
	if !p.Alone {
		out = append(out, "not alone")
	}
	return strings.Join(out, "\n")
}

func showWitness(w *symbolic.Witness) string {
	if w == nil {
		return ""
	}
	var keys []string
	for k, v := range w.Request.Context {
		keys = append(keys, k+"="+strings.Join(v.Values, "|"))
	}
	slices.Sort(keys)
	return " " + w.Request.Principal.ARN + " " + w.Request.Action + " " + strings.Join(keys, " ")
}

func TestShapes(t *testing.T) {
	for _, s := range shapes() {
		r := made(t, s)
		golden := filepath.Join("testdata", s.name+".json")
		if os.Getenv("BEDLOCK_UPDATE") != "" {
			if err := os.WriteFile(golden, []byte(r.print(t)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.print(t); got != string(want) {
			t.Errorf("%s:\n got %s\nwant %s", s.name, got, want)
		}
		p := prove(t, r)
		if p.Outcome() != Proved || p.Least() != Proved || p.Samples == 0 {
			t.Errorf("%s: %v, least %v, %d samples\n%s", s.name, p.Outcome(), p.Least(), p.Samples, explain(p))
		}
		for _, d := range append([]*policy.Document{r.Key}, documents(r)...) {
			again, err := policy.Parse(d.Print())
			if err != nil || len(again.Problems) > 0 {
				t.Errorf("%s: %v %v", s.name, err, again)
			}
		}
	}
}

func documents(r *Result) (out []*policy.Document) {
	for _, name := range r.owners() {
		out = append(out, r.Identity[name])
	}
	return out
}
