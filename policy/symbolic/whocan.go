package symbolic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// Access says whether some principals can do an action on a key.
type Access struct {
	// Who names them: an ARN, or "any other user of account 111122223333".
	Who string
	// Others: they are not one principal but all others of a kind.
	Others bool
	Answer
	// Conditions are the ways in which a request is allowed, for Exists: each is a
	// list of conditions that must all hold, an empty one none. Any one suffices.
	Conditions [][]string
	// More: there are further ways than those listed.
	More bool
	// Assumed are the policies that are not known and were taken to allow
	// everything.
	Assumed []string
}

// maxWays bounds the list of ways in which a request is allowed.
const maxWays = 16

// WhoCan asks, of every principal there can be, whether it can do an action on the
// key, and under which conditions. action is "kms:Decrypt" and the like. The error
// is about the key's ARN.
func (u *Universe) WhoCan(action string, t *Target) ([]Access, error) {
	classes, err := u.classesFor(t)
	if err != nil {
		return nil, err
	}
	if err := checkAction(action); err != nil {
		return nil, err
	}
	applies, left := applicability(action), u.budget()
	out := make([]Access, 0, len(classes))
	for i := range classes {
		c := &classes[i]
		a := u.can(action, t, c, applies, left).ask()
		access := Access{Who: c.what, Others: c.others, Answer: a.Answer, Assumed: c.assumed}
		if a.Verdict == Exists {
			access.Conditions, access.More = a.ways(maxWays)
		}
		out = append(out, access)
	}
	return out, nil
}

func checkAction(action string) error {
	if slices.ContainsFunc(keyless, func(s string) bool { return strings.EqualFold(s, action) }) ||
		!strings.EqualFold(action[:min(len(action), len("kms:"))], "kms:") {
		return fmt.Errorf("action %q: not an action of KMS on a key", action)
	}
	return nil
}

func parseTarget(t *Target) (arn.ARN, error) {
	k, ok := arn.ParseKey(t.Key)
	if !ok || k.Form != arn.KeyARN {
		return arn.ARN{}, fmt.Errorf("key %q: not the ARN of a KMS key", t.Key)
	}
	return k.ARN, nil
}

// classesFor returns the classes of principals for a key, with all layers. more are
// names of principals to look at one by one.
func (u *Universe) classesFor(t *Target, more ...string) ([]class, error) {
	key, err := parseTarget(t)
	if err != nil {
		return nil, err
	}
	c := u.census(key.Partition)
	c.limited = t.RCPs != nil
	c.target(t)
	for _, s := range more {
		c.entry(s)
	}
	common := t.layers(authz.Layers{})
	weight := c.digests.weigh(&common)
	classes := c.classes(key.Account)
	for i := range classes {
		k := &classes[i]
		k.weight = weight + statements(&k.layers)
		k.layers = t.layers(k.layers)
	}
	return classes, nil
}

// target notes the principals that the policies and grants of a key name.
func (c *census) target(t *Target) {
	c.document(t.Policy)
	c.document(t.Endpoint)
	for _, level := range t.RCPs {
		for _, p := range level {
			c.document(p)
		}
	}
	for i := range t.Grants {
		c.entry(t.Grants[i].Grantee)
		if t.Grants[i].Retiring != "" {
			c.entry(t.Grants[i].Retiring)
		}
	}
}

// weigh counts what the engine looks at in layers that are the same for all.
func (d *digests) weigh(l *authz.Layers) int {
	n := len(l.Grants)
	eachPolicy(l, func(p *authz.Policy) { n += d.of(p).size/entriesPerStep + len(p.Document().Statements) })
	return n
}

// entriesPerStep are the entries of lists that the engine compares in the time in which
// a search visits a node.
const entriesPerStep = 4

func statements(l *authz.Layers) (n int) {
	eachPolicy(l, func(p *authz.Policy) { n += len(p.Document().Statements) })
	return n
}

// fixOnKey sets what is the same in all requests of a class for an action on a key.
func (u *Universe) fixOnKey(e *encoder, action string, t *Target, c *class) {
	k, _ := arn.ParseKey(t.Key)
	e.action, e.resource = action, t.Key
	e.fix(c, u)
	e.has("aws:resourceaccount", k.ARN.Account)
	e.has("aws:requestedregion", k.ARN.Region)
	e.member("resource", u.inside(k.ARN.Account), u.Organization)
}

// can is [Universe.onKey] for questions whose answer is Never when an open request
// is denied.
func (u *Universe) can(action string, t *Target, c *class, applies func(string) bool, left *budget) *question {
	q := u.onKey(action, t, c, applies, left)
	q.openly = func() authz.Outcome {
		e := newEncoder()
		u.fixOnKey(e, action, t, c)
		return authz.OutcomeOf(e.openRequest(c), &c.layers)
	}
	return q
}

// onKey is the question whether a class can do an action on a key.
func (u *Universe) onKey(action string, t *Target, c *class, applies func(string) bool, left *budget) *question {
	k, _ := arn.ParseKey(t.Key)
	return &question{
		u: u, c: c, budget: left,
		setUp: func(e *encoder) {
			u.fixOnKey(e, action, t, c)
			e.scan(&c.layers, applies)
		},
		encode: func(e *encoder) *formula { return e.allowed(c, k.ARN.Account) },
		check: func(r *authz.Request) *Witness {
			d := authz.Decide(r, &c.layers)
			if d.Outcome != authz.Allow {
				return nil
			}
			return &Witness{Request: *r, Layers: c.layers, Decision: d}
		},
	}
}

// ways lists assignments that make the formula true, each cut down to what it
// needs.
func (a *asked) ways(limit int) (ways [][]string, more bool) {
	before := a.s.work
	defer func() { a.left.spend(a.s.work - before) }()
	rest := and(a.f, a.legal)
	for {
		sat, ok := a.s.satisfiable(rest, func() bool { return true })
		if !sat {
			return ways, !ok
		}
		if len(ways) == limit {
			return ways, true
		}
		way, block := a.minimal()
		ways = append(ways, way)
		rest = and(rest, block)
	}
}

// minimal drops from the assignment what the formula does not need. It returns the
// rest in words, and its negation.
func (a *asked) minimal() (words []string, block *formula) {
	var decided []int
	for i, t := range a.s.assigned {
		if t != open {
			decided = append(decided, i)
		}
	}
	for _, drop := range []truth{falsy, truly} {
		for _, i := range decided {
			if t := a.s.assigned[i]; t == drop {
				a.s.set(i, open)
				if a.f.eval(a.s.value, &a.s.work) != truly {
					a.s.set(i, t)
				}
			}
		}
	}
	words = []string{}
	var lits []*formula
	for _, i := range decided {
		m := &a.e.m.atoms[i]
		if a.s.assigned[i] != open && a.s.certain(i) {
			continue
		}
		lit := &formula{op: isAtom, atom: i}
		switch a.s.assigned[i] {
		case truly:
			words, lits = append(words, m.text), append(lits, not(lit))
		case falsy:
			words, lits = append(words, m.counter), append(lits, lit)
		}
	}
	return words, or(lits...)
}
