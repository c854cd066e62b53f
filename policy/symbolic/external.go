package symbolic

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// Zone is the zone of trust: the key's own account belongs to it always.
type Zone struct {
	Accounts []string
	// Organization: all accounts of the universe's organization are trusted.
	Organization bool
}

func (z *Zone) trusts(c *class, home string) bool {
	return c.account != "" && (c.account == home || slices.Contains(z.Accounts, c.account)) || z.Organization && c.organization > 0
}

// Exposure is what principals outside the zone can do with a key.
type Exposure struct {
	Who    string
	Others bool
	// Public: they belong to no account that any input names, or are a service
	// acting for such an account.
	Public bool
	// Actions are those for which there is a request, or it is not known.
	Actions []Exposed
	Assumed []string
}

// Exposed is one action, with a witness or a reason.
type Exposed struct {
	Action string
	Answer
	Conditions [][]string
	More       bool
}

// External asks what anyone outside the zone can do with the key. Policies of
// other accounts are taken to allow everything. A service counts as outside when it
// acts for an account outside: aws:SourceAccount, aws:SourceArn and aws:SourceOrgID
// then do not name the zone. Principals without an entry can do nothing: that is
// proved. When the work ends, a last entry, of which nothing is known, stands for all
// who are left.
func (u *Universe) External(z *Zone, t *Target) ([]Exposure, error) {
	classes, err := u.classesFor(t)
	if err != nil {
		return nil, err
	}
	k, _ := arn.ParseKey(t.Key)
	home := k.ARN.Account
	applies, left := map[string]func(string) bool{}, u.budget()
	doors := map[string]door{}
	for _, a := range keyActions {
		applies[a.name] = applicability(a.name)
		doors[a.name] = (&index{action: a.name, retires: strings.EqualFold(a.name, "kms:"+retireGrant)}).door(t, home)
	}
	var out []Exposure
	for i := range classes {
		c := &classes[i]
		if z.trusts(c, home) {
			continue
		}
		if left.over() {
			return append(out, unasked()), nil
		}
		service := c.who.Kind == authz.Service
		x := Exposure{Who: c.what, Others: c.others, Public: service || c.account == "", Assumed: c.assumed}
		for _, a := range keyActions {
			if !a.across && !service || !doors[a.name].mayAdmit(c) {
				continue
			}
			found := u.fromOutside(a.name, z, t, c, applies[a.name], left).ask()
			if found.Verdict == Never {
				continue
			}
			exposed := Exposed{Action: a.name, Answer: found.Answer}
			if found.Verdict == Exists {
				exposed.Conditions, exposed.More = found.ways(maxWays)
			}
			x.Actions = append(x.Actions, exposed)
		}
		if len(x.Actions) > 0 {
			out = append(out, x)
		}
	}
	return out, nil
}

// fromOutside is the question whether a class can do an action on a key from outside
// the zone.
func (u *Universe) fromOutside(action string, z *Zone, t *Target, c *class, applies func(string) bool, left *budget) *question {
	q := u.can(action, t, c, applies, left)
	if c.who.Kind != authz.Service {
		return q
	}
	k, _ := arn.ParseKey(t.Key)
	setUp := q.setUp
	q.setUp = func(e *encoder) {
		setUp(e)
		e.actsForOutsider(z, k.ARN.Account, u.Organization)
	}
	return q
}

// actsForOutsider restricts the requests of a service to those made for somebody
// outside the zone.
func (e *encoder) actsForOutsider(z *Zone, home, organization string) {
	account := e.subject("aws:sourceaccount").v
	account.shape.absent = false
	account.domain = []clause{{{pred: textPredicate((&pattern{}).times(12, digits))}}}
	source := e.subject("aws:sourcearn").v
	source.domain = []clause{{{pred: textPredicate(arnShape())}}}
	for _, id := range append([]string{home}, z.Accounts...) {
		account.domain = append(account.domain, clause{{pred: textPredicate(exact(id)), not: true}})
		in := (&pattern{}).lit("arn")
		for range 3 {
			in.lit(":").run(without(":"))
		}
		in.lit(":" + id + ":").run(anyChar)
		source.domain = append(source.domain, clause{{pred: textPredicate(in), not: true}})
	}
	if z.Organization && organization != "" {
		for _, key := range []string{"aws:sourceorgid", "aws:sourceorgpaths"} {
			v := e.subject(key).v
			p := (&pattern{}).lit(organization)
			if key == "aws:sourceorgpaths" {
				p.lit("/").run(anyChar)
			}
			v.domain = []clause{{{pred: textPredicate(p), not: true}}}
		}
	}
}

// LocksOut asks whether anybody of the key's own account can change the key policy
// again. Never is a lock-out: whatever identity-based policies the account gives,
// no request for kms:PutKeyPolicy is allowed. Exists comes with one that is.
func (u *Universe) LocksOut(t *Target) (Answer, error) {
	const action = "kms:PutKeyPolicy"
	classes, err := u.classesFor(t)
	if err != nil {
		return Answer{}, err
	}
	k, _ := arn.ParseKey(t.Key)
	applies, left := applicability(action), u.budget()
	out := Answer{Verdict: Never}
	for i := range classes {
		c := &classes[i]
		if c.account != k.ARN.Account || c.who.Kind == authz.Service {
			continue
		}
		// What a principal may now can be changed in IAM; the key policy can not.
		own := authz.Layers{Identity: []*authz.Policy{unconstrained()}}
		if c.who.Kind == authz.Federated {
			own.Session = own.Identity
		}
		c.layers = t.layers(own)
		switch a := u.can(action, t, c, applies, left).ask(); a.Verdict {
		case Exists:
			return a.Answer, nil
		case Unknown:
			out = a.Answer
		}
	}
	return out, nil
}
