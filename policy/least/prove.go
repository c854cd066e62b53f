package least

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Outcome says whether something was proved. The zero value is invalid.
type Outcome uint8

const (
	Proved Outcome = iota + 1
	// Refuted: a witness shows the contrary.
	Refuted
	// Unknown: neither could be shown.
	Unknown
)

var outcomeNames = [...]string{Proved: "proved", Refuted: "refuted", Unknown: "unknown"}

// String returns the outcome in one word, or "invalid".
func (o Outcome) String() string {
	if o < Proved || int(o) >= len(outcomeNames) {
		return "invalid"
	}
	return outcomeNames[o]
}

// Proof says what was shown of documents and needs.
type Proof struct {
	// Met answers of each need "is there a request of it that is not allowed?": Never
	// proves that it is met.
	Met []symbolic.Answer
	// Samples counts the requests made up from the needs; Refused are those that are
	// not allowed.
	Samples int
	Refused []symbolic.Witness
	// Beyond is what is allowed beyond the needs; empty: nothing is.
	Beyond []symbolic.Exposure
	// Own answers of each identity-based policy, by the ARN of its principal, "does it
	// allow, by itself, what the principal does not need?".
	Own map[string]symbolic.Answer
	// Governable answers "can somebody of the key's account change the key policy
	// again?"; Exists is what is wanted.
	Governable symbolic.Answer
	// Alone: on a key without grants and in accounts without further policies, the
	// documents meet the needs and allow nothing beyond. Otherwise Parts were not
	// looked at.
	Alone bool
	Parts []Part
}

// Part is a part of a document and why it is there.
type Part struct {
	// Document is the principal of an identity-based policy, empty for the key policy.
	Document  string
	Statement int // index
	Sid       string
	Element   Element
	// Value is the action, the principal, the key of a condition, or one of its values.
	Value string
	// Answer tells whether there is a request that needs the part: one of Need that is
	// not allowed without it, or, with Need below 0, one beyond the needs that is
	// allowed without it. Never: the part could be dropped.
	symbolic.Answer
	Need int
}

// Element says what a part is. The zero value is invalid.
type Element uint8

const (
	Statement Element = iota + 1
	Action
	Principal
	Condition
	Value
)

var elementNames = [...]string{Statement: "statement", Action: "action", Principal: "principal", Condition: "condition", Value: "value"}

// String returns the element in one word, or "invalid".
func (e Element) String() string {
	if e < Statement || int(e) >= len(elementNames) {
		return "invalid"
	}
	return elementNames[e]
}

// Outcome tells whether the documents meet the needs and nothing is allowed beyond
// them, and whether the key stays governable.
func (p *Proof) Outcome() Outcome {
	var all outcomes
	for i := range p.Met {
		all.never(p.Met[i].Verdict)
	}
	for i := range p.Beyond {
		for j := range p.Beyond[i].Actions {
			all.never(p.Beyond[i].Actions[j].Verdict)
		}
	}
	for _, a := range p.Own {
		all.never(a.Verdict)
	}
	switch p.Governable.Verdict {
	case symbolic.Never:
		all.refuted = true
	case symbolic.Unknown:
		all.unknown = true
	}
	all.refuted = all.refuted || len(p.Refused) > 0
	return all.outcome()
}

// Least tells whether no part of the documents could be dropped.
func (p *Proof) Least() Outcome {
	all := outcomes{unknown: !p.Alone}
	for i := range p.Parts {
		switch p.Parts[i].Verdict {
		case symbolic.Never:
			all.refuted = true
		case symbolic.Unknown:
			all.unknown = true
		}
	}
	return all.outcome()
}

type outcomes struct{ refuted, unknown bool }

// never adds the answer to a question whose answer should be Never.
func (o *outcomes) never(v symbolic.Verdict) {
	o.refuted = o.refuted || v == symbolic.Exists
	o.unknown = o.unknown || v == symbolic.Unknown
}

func (o *outcomes) outcome() Outcome {
	switch {
	case o.refuted:
		return Refuted
	case o.unknown:
		return Unknown
	}
	return Proved
}

// Prove holds the documents of a result, as they are, against its needs, among the
// principals and accounts of a universe. The target has the key's grants, resource
// control policies and endpoint, if it is not nil; its key policy is not read. The
// identity-based policies of the result count besides those that principals of the
// universe have.
func Prove(u *symbolic.Universe, r *Result, t *symbolic.Target) (*Proof, error) {
	target := symbolic.Target{}
	if t != nil {
		target = *t
	}
	target.Key, target.Policy = r.KeyARN, authz.Compile("key policy", r.Key)
	p := &Proof{Own: map[string]symbolic.Answer{}}
	given := r.within(u, true)
	for i := range r.Needs {
		a, err := given.Denied(&r.Needs[i], &target)
		if err != nil {
			return nil, fmt.Errorf("need %d: %w", i, err)
		}
		p.Met = append(p.Met, a)
	}
	p.samples(r, given, &target)
	var err error
	if p.Beyond, err = r.within(u, false).Beyond(r.Needs, &target); err != nil {
		return nil, err
	}
	if p.Governable, err = u.LocksOut(&target); err != nil {
		return nil, err
	}
	pr := &prover{r: r, work: u.Work, partition: u.Partition}
	for _, name := range r.owners() {
		if p.Own[name], err = pr.ownExceeds(name, r.Identity[name]); err != nil {
			return nil, err
		}
	}
	if p.Alone, err = pr.alone(p); err != nil || !p.Alone {
		return p, err
	}
	p.Parts, err = pr.parts()
	return p, err
}

// owners are the principals with identity-based policies, sorted.
func (r *Result) owners() []string { return slices.Sorted(maps.Keys(r.Identity)) }

// within adds the identity-based policies to the principals of a universe. Of those
// that it does not know, nothing else is known: with all they are added, and have no
// other policies.
func (r *Result) within(u *symbolic.Universe, all bool) *symbolic.Universe {
	out := *u
	out.Parties = slices.Clone(u.Parties)
	for _, name := range r.owners() {
		added := authz.Compile("identity policy of "+name, r.Identity[name])
		i := slices.IndexFunc(out.Parties, func(p symbolic.Party) bool {
			return p.Principal.ARN == name || p.Principal.Kind == authz.Session && p.Principal.Role == name
		})
		if i >= 0 {
			l := &out.Parties[i].Layers
			l.Identity = append(slices.Clone(l.Identity), added)
		} else if all {
			out.Parties = append(out.Parties, r.party(u, name, added))
		}
	}
	return &out
}

// party is a principal with one policy, in an account of the universe.
func (r *Result) party(u *symbolic.Universe, name string, own *authz.Policy) symbolic.Party {
	p := symbolic.Party{Principal: principalNamed(name), Layers: authz.Layers{Identity: []*authz.Policy{own}}}
	for i := range u.Accounts {
		if a := &u.Accounts[i]; a.ID == p.Principal.Account {
			p.Layers.SCPs, p.Principal.Management = a.SCPs, a.Management
		}
	}
	return p
}

// everything is a key policy that leaves all to an account.
func everything(root string) *authz.Policy {
	return authz.Compile("all to the account", &policy.Document{Version: version, Statements: []policy.Statement{{
		Effect: policy.Allow, Principals: &policy.Principals{AWS: []string{root}}, Actions: []string{"kms:*"}, Resources: []string{"*"},
	}}})
}
