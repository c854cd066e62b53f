package dryrun

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/inventory"
)

// subject lists the calls for a slot that the plan puts under a key.
func (r *runner) subject(ctx context.Context, s *fix.Subject) error {
	if s.Why != "" || s.To == "" {
		return nil
	}
	key, err := r.Answers.Text(s.To)
	if err != nil {
		return nil // no step has made it, which is told by what reads it
	}
	res, entry := r.Inventory.Resource(s.Resource), r.Catalog.Type(s.Type)
	cases, ok := r.estate.Cases(key, "")
	if res == nil || entry == nil || !ok || len(cases) != 1 {
		return nil // that it is not there is told by what reads it
	}
	name, _, _ := strings.Cut(s.Slot, "[")
	slot := entry.Slot(name)
	if slot == nil {
		return nil
	}
	at := fix.Place{Account: s.Account, Region: s.Region}
	operator, err := r.operator(ctx, at)
	if err != nil {
		return err
	}
	for i := range slot.Needs {
		n := &slot.Needs[i]
		t := &tried{subject: s, key: key, res: res, need: n, on: cases[0], at: at}
		kind, name, _ := strings.Cut(n.Who, ":")
		switch kind {
		case "service":
			r.left(t, catalog.ServicePrincipal(name, s.Region), "nobody but the service can call in its name")
		case "role":
			for _, p := range fix.RolesOf(r.Inventory, res, n) {
				r.need(t, p.ARN.Or(p.ID), false)
			}
		case "caller":
			if fix.Configures(n, s.Type) {
				r.need(t, operator, true)
			}
			for _, who := range s.Users {
				if r.estate.Inventory().Principal(who) == nil || t.on.Meets(t.on.Who(who), res, n).Verdict != estate.Unable {
					r.need(t, who, false)
				}
			}
		}
	}
	return nil
}

// tried is a need of a slot that is tried.
type tried struct {
	subject *fix.Subject
	key     string
	res     *inventory.Resource
	need    *catalog.Need
	on      *estate.Case
	at      fix.Place
}

// left lists the calls of a need that cannot be tried.
func (r *runner) left(t *tried, who, why string) {
	a := r.add(t, who, "", t.need.Actions)
	if !a.done {
		a.leave("%s", why)
	}
}

// need lists the calls of a need of one principal.
func (r *runner) need(t *tried, who string, operator bool) {
	party := t.on.Who(who)
	use := t.on.Meets(party, t.res, t.need)
	calls, left := split(t.need.Actions)
	for _, name := range calls {
		a := r.add(t, who, name, actionsOf(name))
		if a.party == nil {
			a.party, a.on = party, t.on
			r.decide(a, &use)
		}
	}
	for _, action := range left {
		why := "KMS has no dry run of it"
		switch action {
		case "RetireGrant":
			why = "there is no grant yet that could be retired"
		case "ReEncryptFrom", "ReEncryptTo":
			why = "one call of ReEncrypt needs both of its actions"
		}
		a := r.add(t, who, "", []string{action})
		if !a.done {
			a.leave("%s", why)
		}
	}
}

// add returns the call, which is one for all needs that it is the same for.
func (r *runner) add(t *tried, who, operation string, actions []string) *ask {
	a := &ask{at: t.at, operation: operation}
	a.Key, a.Who = t.key, who
	for _, action := range actions {
		a.Actions = append(a.Actions, "kms:"+action)
	}
	if operation != describe {
		a.Context, a.Assumed = contextOf(t.need, t.res, t.subject)
	}
	a.Via = strings.ReplaceAll(t.need.Via, "{region}", t.subject.Region)
	if operation == "CreateGrant" {
		if a.grant = t.need.GrantOperations; len(a.grant) == 0 {
			a.grant = grantOperations
			a.Assumed = append(a.Assumed, "which operations the grant of the service allows is not documented")
		}
	}
	id := fmt.Sprint(a.Key, a.Who, a.Actions, a.Via, a.grant)
	for _, key := range slices.Sorted(maps.Keys(a.Context)) {
		id += fmt.Sprintf(" %q=%q", key, a.Context[key])
	}
	if have := r.index[id]; have != nil {
		a = have
	} else {
		r.index[id] = a
		r.asks = append(r.asks, a)
	}
	a.Needs = append(a.Needs, Need{Resource: t.subject.Resource, Slot: t.subject.Slot, For: t.need.For})
	return a
}

// decide says what the policy engine says of a direct call, and leaves it when it is denied.
func (r *runner) decide(a *ask, use *estate.Use) {
	a.verdict = estate.Able
	var says []string
	for _, action := range a.Actions {
		step := a.on.Direct(a.party, a.direct(action))
		a.verdict = min(a.verdict, step.Verdict)
		switch step.Verdict {
		case estate.Able:
			says = append(says, because(step.Says(), step.Reasons()))
		case estate.Unable:
			says = append(says, because(step.Says(), step.Reasons()))
		default:
			says = append(says, because(action+" is not decided", step.Why()))
		}
	}
	a.Engine = strings.Join(says, "; ")
	if a.verdict != estate.Unable {
		return
	}
	switch verdict := byService(use, a.Actions); {
	case verdict == estate.Unable:
		a.leave("the policy engine says that it is denied: %s", a.Engine)
	case verdict != estate.Able:
		a.leave("the policy engine says that it is denied when it is called directly: %s", a.Engine)
	case a.Via != "":
		a.leave("the policies allow it only through %s", a.Via)
	default:
		a.leave("the policies allow it only as the service makes the call: %s", a.Engine)
	}
}

// byService is the verdict on actions of a need as the service makes the calls.
func byService(use *estate.Use, actions []string) estate.Verdict {
	v := estate.Able
	for i := range use.Steps {
		if slices.Contains(actions, use.Steps[i].Action) {
			v = min(v, use.Steps[i].Verdict)
		}
	}
	return v
}

// because joins what is said with its reasons.
func because(text string, why []bedlock.Evidence) string {
	var list []string
	for _, e := range why {
		list = append(list, e.Text)
	}
	if len(list) == 0 {
		return text
	}
	return text + ": " + strings.Join(list, ", ")
}
