package authz

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go"

	"github.com/bedlock/bedlock/policy"
)

// BenchmarkBesideCedar decides the same requests with this package and with
// cedar-go: by the outcome alone, with all reasons, and by Cedar, which always gives
// reasons. Cedar has no layers, so each policy is a policy set of its own there and
// all sets must allow; statements are translated one by one (see cedarPolicy), with
// the wildcards of actions worked out beforehand as groups of actions. What Cedar
// has no word for is not asked of it: how a principal is named, what is not known,
// grants.
//
// Figure of another machine run, of iam-simulate 0.1.173 on a key policy of four
// statements and an identity-based policy of two, policies loaded beforehand: 150 to
// 340 µs a decision, 3,000 to 6,800 decisions a second.
func BenchmarkBesideCedar(b *testing.B) {
	for _, bench := range benchmarks() {
		if len(bench.layers.grants) > 0 {
			continue
		}
		req, layers := benchRequest(), bench.layers.compile(b)
		b.Run(bench.name+"/bedlock", func(b *testing.B) {
			measure(b, func() Outcome { return OutcomeOf(req, layers) }, bench.want)
		})
		b.Run(bench.name+"/bedlock-reasons", func(b *testing.B) {
			var d Decision
			measure(b, func() Outcome {
				DecideInto(&d, req, layers)
				return d.Outcome
			}, bench.want)
		})
		b.Run(bench.name+"/cedar", func(b *testing.B) {
			sets, entities, asked := cedarLayers(b, layers), cedarEntities(layers, req), cedarRequest(req)
			measure(b, func() Outcome { return cedarDecides(sets, entities, asked) }, bench.want)
		})
	}
}

func measure(b *testing.B, decide func() Outcome, want Outcome) {
	if o := decide(); o != want {
		b.Fatalf("%v, want %v", o, want)
	}
	b.ReportAllocs()
	for b.Loop() {
		decide()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}

// TestCedarAgrees: the translation says the same, so that the benchmark compares
// equal work.
func TestCedarAgrees(t *testing.T) {
	tried := map[Outcome]int{}
	for _, bench := range benchmarks() {
		layers := bench.layers.compile(t)
		if layers.Identity == nil { // allowed by a grant
			continue
		}
		sets := cedarLayers(t, layers)
		for _, change := range []func(*Request){
			func(*Request) {},
			func(r *Request) { r.Action = "kms:Encrypt" },
			func(r *Request) { r.Action = "kms:GenerateDataKeyWithoutPlaintext" },
			func(r *Request) { r.Action = "kms:ScheduleKeyDeletion" },
			func(r *Request) { r.Resource = "arn:aws:kms:eu-west-1:111122223333:key/1" },
			func(r *Request) { r.Context = nil },
			func(r *Request) { r.Context["aws:principalorgid"] = Value{Values: []string{"o-2"}} },
			func(r *Request) {
				r.Context["kms:encryptioncontext:path"] = Value{Values: []string{"a5bc"}}
			},
		} {
			req := benchRequest()
			change(req)
			want := OutcomeOf(req, layers)
			tried[want]++
			if got := cedarDecides(sets, cedarEntities(layers, req), cedarRequest(req)); (got == Allow) != (want == Allow) {
				t.Errorf("%s: %s on %s: Cedar %v, engine %v", bench.name, req.Action, req.Resource, got, want)
			}
		}
	}
	if tried[Allow] < 5 || tried[ExplicitDeny] < 3 || tried[ImplicitDeny] < 5 {
		t.Errorf("too little was tried: %v", tried)
	}
}

// cedarDecides: every set must allow. A set that denies ends it, whether by a
// forbid or for want of a permit.
func cedarDecides(sets []*cedar.PolicySet, entities cedar.EntityMap, req cedar.Request) Outcome {
	for _, set := range sets {
		if ok, _ := cedar.Authorize(set, entities, req); !ok {
			return ImplicitDeny
		}
	}
	return Allow
}

func cedarLayers(t testing.TB, l *Layers) (sets []*cedar.PolicySet) {
	for _, p := range eachPolicyOf(l) {
		var text strings.Builder
		for i := range p.doc.Statements {
			text.WriteString(cedarPolicy(&p.doc.Statements[i]))
		}
		set, err := cedar.NewPolicySetFromBytes("policy", []byte(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	return sets
}

func eachPolicyOf(l *Layers) (out []*Policy) {
	for _, p := range policiesOf(l) {
		out = append(out, *p)
	}
	return out
}

// cedarPolicy translates a statement of the benchmarks.
func cedarPolicy(s *policy.Statement) string {
	head := "permit ("
	if s.Effect == policy.Deny {
		head = "forbid ("
	}
	head += "principal"
	if p := s.Principals; p != nil && !p.Any && p.AWS[0] != "*" {
		head += fmt.Sprintf(" in AWS::%q", p.AWS[0])
	}
	head += ", action"
	if s.Actions[0] != "*" {
		var names []string
		for _, a := range s.Actions {
			names = append(names, fmt.Sprintf("Action::%q", a))
		}
		head += " in [" + strings.Join(names, ", ") + "]"
	}
	when := []string{"true"}
	if r := s.Resources[0]; r != "*" {
		when = append(when, fmt.Sprintf("resource.arn like %q", r))
	}
	for i := range s.Conditions {
		when = append(when, cedarCondition(&s.Conditions[i]))
	}
	return head + ", resource) when { " + strings.Join(when, " && ") + " };\n"
}

func cedarCondition(c *policy.Condition) string {
	key := fmt.Sprintf("%q", strings.ToLower(c.Key))
	test := fmt.Sprintf("context[%s] == %q", key, c.Values[0])
	if strings.HasSuffix(c.Operator.Base, "Like") {
		test = fmt.Sprintf("context[%s] like %q", key, c.Values[0])
	}
	if c.Operator.Negated() {
		test = "!(" + test + ")"
	}
	if c.Operator.Negated() || c.Operator.IfExists {
		return "(!(context has " + key + ") || " + test + ")"
	}
	return "(context has " + key + " && " + test + ")"
}

// cedarEntities are the session, its role and its account, and the request's action
// in all the patterns of actions that cover it.
func cedarEntities(l *Layers, req *Request) cedar.EntityMap {
	p := &req.Principal
	session, role := cedar.NewEntityUID("AWS", cedar.String(p.ARN)), cedar.NewEntityUID("AWS", cedar.String(p.Role))
	account := cedar.NewEntityUID("AWS", cedar.String("arn:aws:iam::"+p.Account+":root"))
	key := cedar.NewEntityUID("Key", cedar.String(req.Resource))
	action := cedar.NewEntityUID("Action", cedar.String(req.Action))
	var groups []cedar.EntityUID
	for _, p := range eachPolicyOf(l) {
		for i := range p.doc.Statements {
			for _, pattern := range p.doc.Statements[i].Actions {
				if policy.MatchAction(pattern, req.Action) {
					groups = append(groups, cedar.NewEntityUID("Action", cedar.String(pattern)))
				}
			}
		}
	}
	return cedar.EntityMap{
		session: {UID: session, Parents: cedar.NewEntityUIDSet(role, account)},
		role:    {UID: role, Parents: cedar.NewEntityUIDSet(account)},
		key:     {UID: key, Attributes: cedar.NewRecord(cedar.RecordMap{"arn": cedar.String(req.Resource)})},
		action:  {UID: action, Parents: cedar.NewEntityUIDSet(groups...)},
	}
}

// cedarRequest has the keys that the engine derives among the others.
func cedarRequest(req *Request) cedar.Request {
	context := cedar.RecordMap{
		"aws:principalarn": cedar.String(req.Principal.Role), "aws:principalaccount": cedar.String(req.Principal.Account),
		"aws:principalisawsservice": cedar.String("false"),
	}
	for name, v := range req.Context {
		context[cedar.String(name)] = cedar.String(v.Values[0])
	}
	return cedar.Request{
		Principal: cedar.NewEntityUID("AWS", cedar.String(req.Principal.ARN)), Action: cedar.NewEntityUID("Action", cedar.String(req.Action)),
		Resource: cedar.NewEntityUID("Key", cedar.String(req.Resource)), Context: cedar.NewRecord(context),
	}
}
