package symbolic

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// faults are ways of reading a document wrongly, as a faulty encoder would.
var faults = map[string]func(s *policy.Statement) (keep bool){
	"absence fails negated operators": eachCondition(func(s *policy.Statement, c *policy.Condition) {
		if c.Operator.Negated() && c.Operator.Set == "" {
			s.Conditions = append(s.Conditions, policy.Condition{Operator: policy.ParseOperator("Null"), Key: c.Key, Values: []string{"false"}})
		}
	}),
	"IfExists is ignored": eachCondition(func(_ *policy.Statement, c *policy.Condition) { c.Operator.IfExists = false }),
	"ForAllValues needs values": eachCondition(func(_ *policy.Statement, c *policy.Condition) {
		c.Operator.Set = strings.Replace(c.Operator.Set, "All", "Any", 1)
	}),
	"Deny is ignored": func(s *policy.Statement) bool { return s.Effect != policy.Deny },
	"? is a run": eachCondition(func(_ *policy.Statement, c *policy.Condition) {
		for i := range c.Values {
			c.Values[i] = strings.ReplaceAll(c.Values[i], "?", "*")
		}
	}),
	"case does not matter": eachCondition(func(_ *policy.Statement, c *policy.Condition) {
		if strings.HasPrefix(c.Operator.Base, "StringEquals") {
			c.Operator.Base = "StringEqualsIgnoreCase"
		}
	}),
	"any of the values of a negated operator may differ": func(s *policy.Statement) bool {
		for i := range s.Conditions {
			if c := &s.Conditions[i]; c.Operator.Negated() {
				c.Values = c.Values[:1]
			}
		}
		return true
	},
	"NotAction is Action": func(s *policy.Statement) bool {
		if s.NotActions != nil {
			s.Actions, s.NotActions = s.NotActions, nil
		}
		return true
	},
	"the account is everyone": func(s *policy.Statement) bool {
		if s.Principals != nil && len(s.Principals.AWS) == 1 && accountIn(s.Principals.AWS[0]) != "" {
			s.Principals = &policy.Principals{Any: true}
		}
		return true
	},
}

func eachCondition(do func(*policy.Statement, *policy.Condition)) func(*policy.Statement) bool {
	return func(s *policy.Statement) bool {
		for i := range s.Conditions {
			do(s, &s.Conditions[i])
		}
		return true
	}
}

func misread(d *policy.Document, fault func(*policy.Statement) bool) *policy.Document {
	out := &policy.Document{Version: d.Version}
	for _, s := range d.Statements {
		conditions := s.Conditions
		s.Conditions = nil
		for _, c := range conditions {
			c.Values = append([]string(nil), c.Values...)
			s.Conditions = append(s.Conditions, c)
		}
		if fault(&s) {
			s.Index = len(out.Statements)
			out.Statements = append(out.Statements, s)
		}
	}
	return out
}

// TestFaultsAreCaught compares pairs with an encoder that misreads documents: the
// engine must contradict it, by a witness that it refuses or a request that refutes
// a proof.
func TestFaultsAreCaught(t *testing.T) {
	for name, fault := range faults {
		byTable, byRequests := caughtBy(t, fault), caughtAfter(t, fault)
		if byTable == "" && byRequests < 0 {
			t.Errorf("%s: not caught", name)
		}
		t.Logf("%s: caught by case %q, after %d random pairs", name, byTable, byRequests)
	}
	if n := caughtAfter(t, func(*policy.Statement) bool { return true }); n >= 0 {
		t.Errorf("pair %d caught without a fault", n)
	}
}

// caughtBy names the first case of the table whose answer the fault changes.
func caughtBy(t *testing.T, fault func(*policy.Statement) bool) string {
	u := &Universe{}
	for _, c := range keyPolicyCases() {
		a, b := misread(doc(t, key(c.a)), fault), misread(doc(t, key(c.b)), fault)
		if u.Compare(a, b, KeyPolicy, theKey).Relation != c.want {
			return c.name
		}
	}
	return ""
}

func caughtAfter(t *testing.T, fault func(*policy.Statement) bool) int {
	g := newGenerator(11)
	compile := func(d *policy.Document) *authz.Policy { return authz.Compile("p", d) }
	for n := range 250 {
		a, b := g.document(t, true, 3), g.document(t, true, 3)
		right := (&Universe{}).pair(compile(a), compile(b), KeyPolicy, theKey)
		wrong := *right
		wrong.new, wrong.old = compile(misread(a, fault)), compile(misread(b, fault))
		classes := right.classes()
		for i := range classes {
			c := &classes[i]
			q := right.question(c, false)
			q.encode, q.gated = func(e *encoder) *formula { return wrong.encode(e, c) }, true
			got := q.ask()
			if got.failed {
				return n
			}
			if got.Verdict == Never && got.f != noFormula {
				for range 40 {
					p, ok := g.principalOfClass(c)
					if ok && right.check(g.request(p), c) != nil {
						return n
					}
				}
			}
		}
	}
	return -1
}

// TestAlgebra checks laws that every comparison must obey.
func TestAlgebra(t *testing.T) {
	u := &Universe{}
	g := newGenerator(21)
	less := func(a, b *policy.Document) Verdict { return u.NoMorePermissive(a, b, KeyPolicy, theKey).Verdict }
	with := func(d *policy.Document, more ...policy.Statement) *policy.Document {
		out := &policy.Document{Version: d.Version}
		for _, s := range append(append([]policy.Statement(nil), d.Statements...), more...) {
			s.Index = len(out.Statements)
			out.Statements = append(out.Statements, s)
		}
		return out
	}
	transitive := 0
	for n := range 300 {
		g.variables = n%2 == 0
		a, b := g.document(t, true, 3), g.document(t, true, 3)
		one := g.document(t, true, 1).Statements[0]
		if v := less(a, a); v != Never {
			t.Fatalf("not reflexive: %v %s", v, source(a))
		}
		if one.Effect == policy.Allow {
			if v := less(a, with(a, one)); v != Never {
				t.Fatalf("an Allow takes away: %v %s %s", v, source(a), source(with(a, one)))
			}
		} else if v := less(with(a, one), a); v != Never {
			t.Fatalf("a Deny gives: %v %s %s", v, source(a), source(with(a, one)))
		}
		turned := &policy.Document{Version: a.Version}
		for i := len(a.Statements) - 1; i >= 0; i-- {
			turned = with(turned, a.Statements[i])
		}
		if less(a, turned) != Never || less(turned, a) != Never {
			t.Fatalf("order matters: %s", source(a))
		}
		// a and b restricted to a: less than a, and so less than whatever is more.
		c := with(b, a.Statements...)
		if less(a, b) == Never && less(b, c) == Never {
			if transitive++; less(a, c) != Never {
				t.Fatalf("not transitive: %s %s %s", source(a), source(b), source(c))
			}
		}
	}
	if transitive < 20 {
		t.Errorf("only %d chains", transitive)
	}
}
