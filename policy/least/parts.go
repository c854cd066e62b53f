package least

import (
	"slices"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// prover asks about the documents alone: no grants, no further policies.
type prover struct {
	r         *Result
	work      int
	partition string
}

func (pr *prover) universe(parties ...symbolic.Party) *symbolic.Universe {
	return &symbolic.Universe{Partition: pr.partition, Work: pr.work, Parties: parties}
}

// alone reports whether the documents alone meet the needs and exceed nothing.
func (pr *prover) alone(p *Proof) (bool, error) {
	for _, a := range p.Own {
		if a.Verdict != symbolic.Never {
			return false, nil
		}
	}
	target := &symbolic.Target{Key: pr.r.KeyARN, Policy: authz.Compile("key policy", pr.r.Key)}
	given := pr.r.within(pr.universe(), true)
	for i := range pr.r.Needs {
		if a, err := given.Denied(&pr.r.Needs[i], target); err != nil || a.Verdict != symbolic.Never {
			return false, err
		}
	}
	a, err := pr.universe().Exceeds(pr.r.Needs, target)
	return err == nil && a.Verdict == symbolic.Never, err
}

// own is the setting for one identity-based policy by itself: its principal has
// nothing else, and the key leaves all to its account.
func (pr *prover) own(name string, d *policy.Document) (*symbolic.Universe, *symbolic.Target) {
	u := pr.universe()
	p := pr.r.party(u, name, authz.Compile("identity policy of "+name, d))
	u.Parties = []symbolic.Party{p}
	k, _ := arn.ParseKey(pr.r.KeyARN)
	return u, &symbolic.Target{Key: pr.r.KeyARN, Policy: everything(rootOf(k.ARN, p.Principal.Account))}
}

// ownNeeds are the needs of a principal, those of a role's sessions as its own.
func (pr *prover) ownNeeds(name string) []symbolic.Need {
	var out []symbolic.Need
	for i := range pr.r.Needs {
		n := pr.r.Needs[i]
		if q := &n.Principal; (q.Kind == authz.User || q.Kind == authz.Session) && entityOf(q) == name {
			out = append(out, lifted(n, name))
		}
	}
	return out
}

func (pr *prover) ownExceeds(name string, d *policy.Document) (symbolic.Answer, error) {
	u, t := pr.own(name, d)
	return u.Exceeds(pr.ownNeeds(name), t, name)
}

// parts takes every document apart and asks of each part what it is there for.
func (pr *prover) parts() ([]Part, error) {
	var out []Part
	err := eachPart(pr.r.Key, func(p Part, reduced *policy.Document) (err error) {
		target := &symbolic.Target{Key: pr.r.KeyARN, Policy: authz.Compile("key policy", reduced)}
		given := pr.r.within(pr.universe(), true)
		err = pr.judge(&p, actionsOf(pr.r.Key, &p), pr.r.Needs,
			func(n *symbolic.Need) (symbolic.Answer, error) { return given.Denied(n, target) },
			func() (symbolic.Answer, error) { return pr.universe().Exceeds(pr.r.Needs, target) })
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, name := range pr.r.owners() {
		whole := pr.r.Identity[name]
		needs := pr.ownNeeds(name)
		err := eachPart(whole, func(p Part, reduced *policy.Document) (err error) {
			p.Document = name
			u, t := pr.own(name, reduced)
			err = pr.judge(&p, actionsOf(whole, &p), needs,
				func(n *symbolic.Need) (symbolic.Answer, error) { return u.Denied(n, t) },
				func() (symbolic.Answer, error) { return u.Exceeds(needs, t, name) })
			out = append(out, p)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// actionsOf are the actions that a part bears on.
func actionsOf(d *policy.Document, p *Part) []string {
	if p.Element == Action {
		return []string{p.Value}
	}
	s := &d.Statements[p.Statement]
	var out []string
	for _, a := range authz.KMSActions() {
		if a.OnKey && s.Covers(a.Name) {
			out = append(out, a.Name)
		}
	}
	return out
}

// judge looks for a request that needs the part: what is left without it either
// denies some need, or exceeds them.
func (pr *prover) judge(p *Part, actions []string, needs []symbolic.Need,
	denied func(*symbolic.Need) (symbolic.Answer, error), exceeds func() (symbolic.Answer, error)) error {
	p.Answer = symbolic.Answer{Verdict: symbolic.Never}
	p.Need = -1
	narrows := func() error {
		for _, i := range likeliest(needs, p.Value) {
			for _, action := range actions {
				if !needs[i].Covers(action) {
					continue
				}
				n := only(&needs[i], action)
				a, err := denied(&n)
				if err != nil {
					return err
				}
				if p.take(a) {
					p.Need = i
					return nil
				}
			}
		}
		return nil
	}
	widens := func() error {
		a, err := exceeds()
		if err == nil {
			p.take(a)
		}
		return err
	}
	order := []func() error{narrows, widens}
	if p.Element == Condition {
		slices.Reverse(order)
	}
	for _, ask := range order {
		if err := ask(); err != nil || p.Verdict == symbolic.Exists {
			return err
		}
	}
	return nil
}

// likeliest orders needs, by index: those that say the value come first, as it is
// there for one of them.
func likeliest(needs []symbolic.Need, value string) []int {
	var first, rest []int
	for i := range needs {
		n := &needs[i]
		says := n.Via == value || n.SourceARN == value || n.SourceAccount == value || nameOf(&n.Principal) == value || slices.Contains(n.GrantOperations, value)
		for _, s := range n.Context {
			says = says || s == value
		}
		if says {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

// take keeps an answer that says more than the one there is.
func (p *Part) take(a symbolic.Answer) bool {
	if a.Verdict != symbolic.Never {
		p.Answer = a
	}
	return a.Verdict == symbolic.Exists
}

// eachPart calls do with every part of a document and the document without it.
func eachPart(d *policy.Document, do func(Part, *policy.Document) error) error {
	for i := range d.Statements {
		s := &d.Statements[i]
		visit := func(e Element, value string, change func(*policy.Statement)) error {
			reduced := *d
			reduced.Statements = slices.Clone(d.Statements)
			if change == nil {
				reduced.Statements = slices.Delete(reduced.Statements, i, i+1)
				for j := range reduced.Statements {
					reduced.Statements[j].Index = j
				}
			} else {
				change(&reduced.Statements[i])
			}
			return do(Part{Statement: i, Sid: s.Sid, Element: e, Value: value}, &reduced)
		}
		if err := visit(Statement, s.Sid, nil); err != nil {
			return err
		}
		if err := eachEntry(s, visit); err != nil {
			return err
		}
	}
	return nil
}

// eachEntry visits the parts of a statement. The last entry of a list is the
// statement itself.
func eachEntry(s *policy.Statement, visit func(Element, string, func(*policy.Statement)) error) error {
	drop := func(list []string, j int) []string { return slices.Delete(slices.Clone(list), j, j+1) }
	if len(s.Actions) > 1 {
		for j, a := range s.Actions {
			if err := visit(Action, a, func(s *policy.Statement) { s.Actions = drop(s.Actions, j) }); err != nil {
				return err
			}
		}
	}
	if l := s.Principals; l != nil && len(l.AWS)+len(l.Service) > 1 {
		for j, name := range l.AWS {
			if err := visit(Principal, name, func(s *policy.Statement) { s.Principals = &policy.Principals{AWS: drop(l.AWS, j), Service: l.Service} }); err != nil {
				return err
			}
		}
		for j, name := range l.Service {
			if err := visit(Principal, name, func(s *policy.Statement) { s.Principals = &policy.Principals{AWS: l.AWS, Service: drop(l.Service, j)} }); err != nil {
				return err
			}
		}
	}
	for c := range s.Conditions {
		if err := visit(Condition, s.Conditions[c].Key, func(s *policy.Statement) { s.Conditions = slices.Delete(slices.Clone(s.Conditions), c, c+1) }); err != nil {
			return err
		}
		if len(s.Conditions[c].Values) < 2 {
			continue
		}
		for j, v := range s.Conditions[c].Values {
			err := visit(Value, v, func(s *policy.Statement) {
				s.Conditions = slices.Clone(s.Conditions)
				s.Conditions[c].Values = drop(s.Conditions[c].Values, j)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
