package least

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// edited is a copy of a result with one statement of the key policy changed; it is
// nil when change did nothing.
func edited(r *Result, statement int, change func(*policy.Statement) bool) *Result {
	out := *r
	d := *r.Key
	d.Statements = slices.Clone(d.Statements)
	s := &d.Statements[statement]
	s.Conditions = slices.Clone(s.Conditions)
	for i := range s.Conditions {
		s.Conditions[i].Values = slices.Clone(s.Conditions[i].Values)
	}
	if !change(s) {
		return nil
	}
	out.Key = &d
	return &out
}

// faults are ways of spoiling a statement; wider says that the key then allows more,
// otherwise less.
var faults = []struct {
	name   string
	wider  bool
	change func(*policy.Statement) bool
}{
	// No other action that the account may not do anyway has this key.
	{"an action more", true, unless("kms:GrantIsForAWSResource", func(s *policy.Statement) bool {
		s.Actions = append(slices.Clone(s.Actions), "kms:Encrypt")
		return true
	})},
	{"all actions", true, unless("kms:GrantIsForAWSResource", func(s *policy.Statement) bool { s.Actions = []string{"kms:*"}; return true })},
	{"NotAction", true, unless("kms:GrantIsForAWSResource", func(s *policy.Statement) bool {
		s.Actions, s.NotActions = nil, []string{"kms:Decrypt"}
		return true
	})},
	// These keys let in the same principals whoever is named.
	{"everyone", true, unless(principalARN, func(s *policy.Statement) bool { s.Principals = &policy.Principals{Any: true}; return true })},
	{"every principal of AWS", true, unless(principalARN, unless("aws:SourceArn", func(s *policy.Statement) bool {
		s.Principals = &policy.Principals{AWS: []string{"*"}}
		return true
	}))},
	{"another account", true, unless(principalARN, unless("aws:SourceArn", func(s *policy.Statement) bool {
		s.Principals = &policy.Principals{AWS: append(slices.Clone(s.Principals.AWS), "999999999999")}
		return true
	}))},
	{"no source", true, dropped("aws:SourceArn")},
	{"no service", true, dropped("kms:ViaService")},
	{"no context", true, dropped("kms:EncryptionContext:")},
	{"no operations of grants", true, dropped("kms:GrantOperations")},
	{"grants for everything", true, dropped("kms:GrantIsForAWSResource")},
	{"values that may be absent", true, func(s *policy.Statement) bool {
		for i := range s.Conditions {
			if c := &s.Conditions[i]; c.Key == "kms:ViaService" && strings.HasPrefix(c.Operator.Base, "String") {
				c.Operator.IfExists = true
				return true
			}
		}
		return false
	}},
	{"any value", true, func(s *policy.Statement) bool {
		for i := range s.Conditions {
			if c := &s.Conditions[i]; strings.HasPrefix(c.Operator.Base, "String") && c.Operator.Set == "" {
				c.Operator, c.Values = policy.ParseOperator("StringLike"), []string{"*"}
				return true
			}
		}
		return false
	}},
	{"the set operator is the wrong one", true, func(s *policy.Statement) bool {
		for i := range s.Conditions {
			if c := &s.Conditions[i]; c.Operator.Set != "" {
				c.Operator.Set = "ForAnyValue"
				return true
			}
		}
		return false
	}},
	{"an action less", false, func(s *policy.Statement) bool { s.Actions = s.Actions[1:]; return true }},
	{"no resource", false, func(s *policy.Statement) bool { s.Resources = nil; return true }},
	{"the key of another Region", false, func(s *policy.Statement) bool {
		s.Resources = []string{"arn:aws:kms:eu-west-1:111122223333:key/*"}
		return true
	}},
	{"a deny", false, func(s *policy.Statement) bool { s.Effect = policy.Deny; return true }},
	{"one more condition", false, func(s *policy.Statement) bool {
		s.Conditions = append(s.Conditions, policy.Condition{Operator: policy.ParseOperator("StringEquals"), Key: "aws:SourceVpce", Values: []string{"vpce-1"}})
		return true
	}},
	{"a value in another case", false, func(s *policy.Statement) bool {
		for i := range s.Conditions {
			if c := &s.Conditions[i]; c.Key != "aws:SourceAccount" && c.Operator.Base != "Bool" && c.Operator.Base != "Null" {
				c.Values[0] = strings.ToUpper(c.Values[0])
				return true
			}
		}
		return false
	}},
}

// unless leaves statements with a condition on the key alone.
func unless(key string, change func(*policy.Statement) bool) func(*policy.Statement) bool {
	return func(s *policy.Statement) bool {
		return !slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return c.Key == key }) && change(s)
	}
}

func dropped(key string) func(*policy.Statement) bool {
	return func(s *policy.Statement) bool {
		before := len(s.Conditions)
		s.Conditions = slices.DeleteFunc(s.Conditions, func(c policy.Condition) bool { return strings.HasPrefix(c.Key, key) })
		return len(s.Conditions) < before
	}
}

// TestFaultsAreFound spoils each statement of each shape: the proof must fail, by a
// witness on the right side.
func TestFaultsAreFound(t *testing.T) {
	found := map[string]int{}
	for _, s := range shapes() {
		r := made(t, s)
		for i := range r.Key.Statements {
			for _, f := range faults {
				spoilt := edited(r, i, f.change)
				if spoilt == nil {
					continue
				}
				p := prove(t, spoilt)
				narrower := slices.ContainsFunc(p.Met, func(a symbolic.Answer) bool { return a.Verdict == symbolic.Exists })
				wider := slices.ContainsFunc(p.Beyond, func(x symbolic.Exposure) bool {
					return slices.ContainsFunc(x.Actions, func(a symbolic.Exposed) bool { return a.Verdict == symbolic.Exists })
				})
				if f.wider && !wider || !f.wider && !narrower || p.Outcome() != Refuted {
					t.Errorf("%s, statement %q, %s: %v, wider %v, narrower %v", s.name, r.Key.Statements[i].Sid, f.name, p.Outcome(), wider, narrower)
				}
				if p.Alone || p.Least() == Proved {
					t.Errorf("%s, statement %q, %s: least %v", s.name, r.Key.Statements[i].Sid, f.name, p.Least())
				}
				for _, x := range p.Beyond {
					for _, a := range x.Actions {
						checkBeyond(t, r.Needs, a.Witness)
					}
				}
				found[f.name]++
			}
		}
	}
	for _, f := range faults {
		if found[f.name] == 0 {
			t.Errorf("%s: never tried", f.name)
		}
	}
}

// checkBeyond decides a witness again.
func checkBeyond(t *testing.T, needs []symbolic.Need, w *symbolic.Witness) {
	t.Helper()
	if w == nil {
		return
	}
	if d := authz.Decide(&w.Request, &w.Layers); d.Outcome != authz.Allow {
		t.Errorf("witness is not allowed: %s", showWitness(w))
	}
	for i := range needs {
		// What an account needs as a whole is not needed by who has no policies.
		if needs[i].Has(&w.Request) && !(needs[i].Principal.Kind == 0 && w.Layers.Identity == nil) {
			t.Errorf("witness is needed: %s", showWitness(w))
		}
	}
}

// TestOwnFaults spoils identity-based policies: they are judged by themselves, also
// where the key policy does not let the fault through.
func TestOwnFaults(t *testing.T) {
	r := made(t, shape{"", guardrailNeeds(), Options{Delegated: true}})
	whole := r.Identity[caller]
	wide := *whole
	wide.Statements = slices.Clone(whole.Statements)
	wide.Statements[2].Actions = []string{"kms:RetireGrant", "kms:Encrypt"}
	r.Identity[caller] = &wide
	p := prove(t, r)
	if a := p.Own[caller]; a.Verdict != symbolic.Exists || a.Witness.Request.Action != "kms:Encrypt" || p.Outcome() != Refuted || len(p.Beyond) != 0 {
		t.Errorf("wide: %v %v, beyond %v", p.Outcome(), a.Verdict, p.Beyond)
	}
	narrow := *whole
	narrow.Statements = slices.Clone(whole.Statements)[:2]
	r.Identity[caller] = &narrow
	if p := prove(t, r); p.Outcome() != Refuted || p.Met[3].Verdict != symbolic.Exists || p.Met[0].Verdict != symbolic.Never || len(p.Refused) != 3 {
		t.Errorf("narrow: %v, %d refused\n%s", p.Outcome(), len(p.Refused), explain(p))
	}
}

// TestSuperfluous: what could be dropped is named.
func TestSuperfluous(t *testing.T) {
	r := made(t, shape{"", guardrailNeeds(), Options{Administrators: []string{keyAdmin}}})
	last := len(r.Key.Statements) - 1
	more := *r.Key
	again := r.Key.Statements[last]
	again.Sid, again.Index = "again", last+1
	again.Actions = []string{"kms:Decrypt"}
	more.Statements = append(slices.Clone(r.Key.Statements), again)
	r.Key = &more
	p := prove(t, r)
	var names []string
	for _, part := range p.Parts {
		if part.Verdict == symbolic.Never {
			names = append(names, part.Sid+" "+part.Element.String()+" "+part.Value)
		}
	}
	want := []string{
		"Decrypt and DescribeKey and GenerateDataKey by role guardrail caller through bedrock action kms:Decrypt", "again statement again",
	}
	if p.Outcome() != Proved || p.Least() != Refuted || !slices.Equal(names, want) {
		t.Errorf("%v, least %v: %q", p.Outcome(), p.Least(), names)
	}
}

// TestPartsSayWhy looks at the reasons for the parts of one policy.
func TestPartsSayWhy(t *testing.T) {
	needs := knowledgeBaseNeeds()
	r := made(t, shape{"", needs, Options{Administrators: []string{keyAdmin}}})
	p := prove(t, r)
	var got []string
	for _, part := range p.Parts {
		if part.Statement == 0 && part.Element != Statement {
			continue
		}
		why := "exceeds " + part.Witness.Request.Action
		if part.Need >= 0 {
			why = "denies need " + string(rune('0'+part.Need)) + " " + part.Witness.Request.Action
			if !r.Needs[part.Need].Has(&part.Witness.Request) {
				t.Errorf("%v: the witness is of no need", part)
			}
		}
		got = append(got, part.Element.String()+" "+part.Value+": "+why)
	}
	want := []string{
		"statement Administration by role key admin: denies need 3 kms:CancelKeyDeletion",
		"statement Decrypt by role knowledge base directly: denies need 2 kms:Decrypt",
		"condition kms:ViaService: exceeds kms:Decrypt",
		"statement Decrypt and GenerateDataKey by role knowledge base through s3: denies need 0 kms:Decrypt",
		"action kms:Decrypt: denies need 0 kms:Decrypt",
		"action kms:GenerateDataKey: denies need 0 kms:GenerateDataKey",
		"condition kms:ViaService: exceeds kms:Decrypt",
		"condition kms:EncryptionContext:aws:s3:arn: exceeds kms:Decrypt",
		"value arn:aws:s3:::documents: denies need 0 kms:Decrypt",
		"value arn:aws:s3:::manuals/*: denies need 1 kms:Decrypt",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestProveAmongOthers holds a result against accounts that have policies.
func TestProveAmongOthers(t *testing.T) {
	compile := func(text string) *authz.Policy {
		d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[` + text + `]}`)
		if err != nil || len(d.Problems) > 0 {
			t.Fatal(err, d)
		}
		return authz.Compile("p", d)
	}
	all := compile(`{"Effect":"Allow","Action":"*","Resource":"*"}`)
	named := made(t, shape{"", guardrailNeeds(), Options{Administrators: []string{keyAdmin}}})
	delegated := made(t, shape{"", guardrailNeeds(), Options{Administrators: []string{keyAdmin}, Delegated: true}})
	role := principalNamed(caller)
	admin := principalNamed(keyAdmin)
	for _, c := range []struct {
		name    string
		r       *Result
		u       symbolic.Universe
		target  *symbolic.Target
		outcome Outcome
		unmet   []int
		beyond  string
	}{
		{"nothing known", named, symbolic.Universe{}, nil, Proved, nil, ""},
		{"the role may do everything", named, symbolic.Universe{Parties: []symbolic.Party{{Principal: role, Layers: authz.Layers{Identity: []*authz.Policy{all}}}}}, nil, Proved, nil, ""},
		{"a boundary limits the role that the key names", named, symbolic.Universe{Parties: []symbolic.Party{{Principal: role, Layers: authz.Layers{
			Boundary: compile(`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`)}}}}, nil, Refuted, []int{0, 1, 3}, ""},
		{"a service control policy", delegated, symbolic.Universe{Accounts: []symbolic.Account{{ID: home, SCPs: [][]*authz.Policy{{all,
			compile(`{"Effect":"Deny","Action":"kms:CreateGrant","Resource":"*"}`)}}}}}, nil, Refuted, []int{0}, ""},
		{"a grant", named, symbolic.Universe{}, &symbolic.Target{Grants: []authz.Grant{{ID: "g", Grantee: strayR, Operations: []string{"Decrypt"}}}}, Refuted, nil, strayR + " kms:Decrypt"},
		{"an endpoint", named, symbolic.Universe{}, &symbolic.Target{Endpoint: compile(`{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}}`)},
			Refuted, []int{0, 1, 2, 3, 4}, ""},
		{"known administrators", named, symbolic.Universe{Accounts: []symbolic.Account{{ID: home, Closed: true}}, Parties: []symbolic.Party{
			{Principal: role}, {Principal: admin, Layers: authz.Layers{Identity: []*authz.Policy{compile(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)}}}}}, nil, Proved, nil, ""},
	} {
		p, err := Prove(&c.u, c.r, c.target)
		if err != nil {
			t.Fatal(err)
		}
		var unmet []int
		for i, a := range p.Met {
			if a.Verdict != symbolic.Never {
				unmet = append(unmet, i)
			}
		}
		beyond := ""
		for _, x := range p.Beyond {
			beyond += x.Who + " " + x.Actions[0].Action
		}
		if p.Outcome() != c.outcome || !slices.Equal(unmet, c.unmet) || beyond != c.beyond {
			t.Errorf("%s: %v, want %v; unmet %v; beyond %q\n%s", c.name, p.Outcome(), c.outcome, unmet, beyond, explain(p))
		}
		if p.Least() != Proved { // the documents themselves are the same
			t.Errorf("%s: least %v", c.name, p.Least())
		}
	}
}
