package symbolic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// question is one question about one class: is there a request for which the
// formula is true and check agrees.
type question struct {
	u *Universe
	c *class
	// encode builds the formula.
	encode func(e *encoder) *formula
	// setUp prepares an encoder; it may be called more than once.
	setUp func(e *encoder)
	// check replays a request; nil: it does not show what is asked.
	check func(r *authz.Request) *Witness
	// openly decides all requests of the question at once; nil, or Unknown: cannot.
	openly func() authz.Outcome
	// gated adds to what is legal that KMS condition keys are there only on the
	// actions that have them, for questions about any action.
	gated bool
	// budget is that of the call; spent is the work done before, for questions of
	// several parts.
	budget *budget
	spent  int
}

// asked is a question with its answer, ready for further ones.
type asked struct {
	Answer
	e      *encoder
	s      *search
	f      *formula // what was encoded
	legal  *formula // what holds in every request
	cubes  [][]string
	more   bool
	tried  int
	stuck  string
	failed bool // the last replay contradicted an exact encoding
	left   *budget
}

const outOfWork = "the search was ended by its budget"

// maxReplays bounds the assignments that are tried on the engine.
const maxReplays = 24

// ask answers a question. Where no request can be allowed, whatever its context, a
// search is not needed.
func (q *question) ask() *asked {
	if !q.budget.spend(classWork + q.c.weight) {
		return &asked{Answer: Answer{Verdict: Unknown, Reason: outOfWork}}
	}
	if q.openly != nil {
		if o := q.openly(); o == authz.ExplicitDeny || o == authz.ImplicitDeny {
			return &asked{Answer: Answer{Verdict: Never}}
		}
	}
	a := q.askWith(nil)
	q.budget.spend(a.s.work)
	return a
}

// askWith answers it for requests in which some keys have the given values.
func (q *question) askWith(fixed map[string]value) *asked {
	a := &asked{e: newEncoder(), left: q.budget}
	q.setUp(a.e)
	for k, v := range fixed {
		a.e.fixed[k] = v
	}
	a.f = q.encode(a.e)
	a.legal = and(a.e.legality(), a.e.organizations())
	if q.gated {
		a.legal = and(a.legal, a.e.gates())
	}
	a.s = newSearch(a.e.m, min(q.u.work(), q.budget.left))
	a.s.work = q.spent + a.e.work
	var found *Witness
	full := false
	sat, ok := a.s.satisfiable(and(a.f, a.legal), func() bool {
		if found = a.replay(q); found == nil && fixed == nil {
			found = a.concretise(q)
		}
		a.tried++
		full = a.tried >= maxReplays
		return found != nil || full
	})
	switch {
	case sat && found != nil:
		a.Answer = Answer{Verdict: Exists, Witness: found}
	case !ok:
		a.Answer = Answer{Verdict: Unknown, Reason: outOfWork}
	case a.tried > 0:
		a.Answer = Answer{Verdict: Unknown, Reason: a.stuck}
	case arn.IsToken(q.c.who.Account) || arn.IsToken(a.e.home()):
		a.Answer = Answer{Verdict: Unknown, Reason: "the account of the principal or of the resource is not known"}
	default:
		a.Answer = Answer{Verdict: Never}
	}
	return a
}

// replay builds the request of the current assignment and tries it.
func (a *asked) replay(q *question) *Witness {
	r, ok := a.e.request(a.s, q.c)
	if !ok {
		a.stuck = "no value could be settled for " + a.e.stuck
		return nil
	}
	if w := q.check(r); w != nil {
		return w
	}
	var open []string
	for i, t := range a.s.assigned {
		if t != 0 && a.e.m.atoms[i].kind == free {
			open = append(open, a.e.m.atoms[i].text)
		}
	}
	if len(open) > 0 {
		slices.Sort(open)
		a.stuck = "depends on what is not modelled or not known: " + strings.Join(open, "; ")
	} else {
		a.failed = true
		a.stuck = fmt.Sprintf("the engine does not confirm the request: %s on %s by %s", r.Action, r.Resource, r.Principal.ARN)
	}
	return nil
}

// concretise gives the keys that texts refer to by variables the values of the
// current assignment, or some other, and asks again: then nothing is open.
func (a *asked) concretise(q *question) *Witness {
	if len(a.e.needs) == 0 || a.tried >= 4 {
		return nil
	}
	for _, filler := range a.fillers() {
		fixed := map[string]value{}
		for name := range a.e.needs {
			val, v := value{values: []string{filler}}, a.e.m.vars[name]
			if filler == "" || v != nil && !v.takes(filler) { // what was chosen, or may be
				val = value{absent: true}
				if v != nil {
					if found, f := a.s.feasible(v); f == yes {
						val = found
					}
				}
			}
			fixed[name] = val
		}
		part := *q
		part.spent = a.s.work
		b := part.askWith(fixed)
		a.s.work = b.s.work
		if b.Verdict == Exists {
			return b.Witness
		}
	}
	return nil
}

// fillers are values to try for keys that texts refer to; "" stands for those of
// the assignment.
func (a *asked) fillers() []string {
	out := []string{"", "other"}
	for _, key := range sortedKeys(a.e.used) {
		if val := a.e.fixed[key]; len(val.values) == 1 && !slices.Contains(out, val.values[0]) && len(out) < 6 {
			out = append(out, val.values[0])
		}
	}
	for _, v := range a.e.m.order {
		if val, f := a.s.feasible(v); f == yes && v != a.e.actionVar && v != a.e.resourceV {
			for _, text := range val.values {
				if text != "" && !slices.Contains(out, text) && len(out) < 10 {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// legality is true in every request that AWS can make of those considered: the
// names in kms:EncryptionContextKeys are those of the encryption context.
func (e *encoder) legality() *formula {
	out := yesFormula
	if !e.contextKeysUsed {
		return out
	}
	keys := e.subject(contextKeysName)
	for _, name := range e.contextNames {
		p := textPredicate(textLetters(strings.TrimPrefix(name, contextPrefix)).fold())
		listed := keys.some([]clause{{{pred: p}}}, []clause{{{pred: p, not: true}}}, "is "+name)
		here := e.subject(name).present
		out = and(out, or(not(listed), here), or(listed, not(here)))
	}
	return out
}

// gates: a KMS condition key is present on an action only when the action has it.
func (e *encoder) gates() *formula {
	out := yesFormula
	for _, v := range slices.Clone(e.m.order) {
		if !strings.HasPrefix(v.name, "kms:") {
			continue
		}
		for _, a := range keyActions {
			if !applicability(a.name)(v.name) {
				is := e.m.holds(e.actionVar, textPredicate(textLetters(strings.ToLower(a.name)).fold()), "is "+a.name)
				out = and(out, or(not(is), not(e.m.present(v))))
			}
		}
	}
	return out
}

// scan notes which encryption context keys policies and grants name, and fixes
// keys that the action does not have.
func (e *encoder) scan(l *authz.Layers, applies func(key string) bool) {
	seen := map[string]bool{}
	note := func(key string) { // in lower case
		if seen[key] {
			return
		}
		seen[key] = true
		switch {
		case applies != nil && strings.HasPrefix(key, "kms:") && !applies(key):
			if _, derived := e.derived[key]; !derived {
				e.fixed[key] = value{absent: true}
			}
		case key == contextKeysName:
			e.contextKeysUsed = true
		case strings.HasPrefix(key, contextPrefix):
			e.contextNames = append(e.contextNames, key)
		}
	}
	eachPolicy(l, func(p *authz.Policy) {
		for _, key := range e.digests.of(p).keys {
			note(key)
		}
	})
	for i := range l.Grants {
		for _, pairs := range []map[string]string{l.Grants[i].ContextEquals, l.Grants[i].ContextSubset} {
			for _, k := range sortedKeys(pairs) {
				note(strings.ToLower(contextPrefix + k))
			}
		}
	}
}

func eachPolicy(l *authz.Layers, do func(*authz.Policy)) {
	list := append([]*authz.Policy{l.Boundary, l.Endpoint, l.Resource}, l.Identity...)
	list = append(list, l.Session...)
	for _, levels := range [][][]*authz.Policy{l.SCPs, l.RCPs} {
		for _, level := range levels {
			list = append(list, level...)
		}
	}
	for _, p := range list {
		if p != nil {
			do(p)
		}
	}
}

// applicability tells whether a condition key can be in a request for an action.
func applicability(action string) func(key string) bool {
	return func(key string) bool { return authz.HasKey(action, key) }
}
