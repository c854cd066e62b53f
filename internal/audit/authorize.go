package audit

import (
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// authorization is what the policy engine says of the uses of a key that a slot
// needs.
type authorization struct {
	// denied is the standing when a use is denied, nil when none is.
	denied *standing
	gaps   []gap
	// open are uses that depend on the request or on facts that are not confirmed.
	open []bedlock.Evidence
	// spared are uses that the slot works without; they leave nothing open.
	spared []bedlock.Evidence
	// needless: the catalogue does not say which principals need the key.
	needless bool
	// assumed is what was taken for granted.
	assumed []string
}

// The questions that the engine may leave open.
const (
	openAuthorization = "authorization"
	openNeeds         = "needs"
)

// authorize asks the engine about every use that the slot needs.
func (j *judge) authorize(c slotCase, key, condition string) (a authorization) {
	v := j.keys[key]
	if v == nil {
		return a
	}
	if c.slot == nil || len(c.slot.Needs) == 0 && len(c.slot.Through) == 0 {
		a.needless = true
		return a
	}
	if v.key.Policy.State() == inventory.Unrecorded {
		a.open = append(a.open, evidence(v.key.At, "the policy of key "+v.name+" was not recorded, so who can use it is not judged"))
		return a
	}
	for _, u := range j.estate.Uses(c.resource, c.slot, key, condition) {
		a.use(c, v, &u)
	}
	return a
}

func (a *authorization) use(c slotCase, v *keyVerdict, u *estate.Use) {
	subject := u.Who + " (" + u.Need.For + ")"
	switch u.Verdict {
	case estate.Able:
		for _, s := range u.Assumed {
			if !contains(a.assumed, s) {
				a.assumed = append(a.assumed, s)
			}
		}
	case estate.Unable:
		if a.denied == nil {
			a.denied = &standing{rung: bedlock.Unusable, rule: ruleUnusable, key: v.key.ID}
		}
		a.deny(c, v, u)
	case estate.NotRead, estate.NotKnown:
		g := gap{rung: bedlock.Unresolved, reason: "whether " + subject + " can use key " + v.name + " is not known", at: c.resource.At}
		if len(u.Why) > 0 {
			g.reason += ": " + u.Why[0].Text
			g.at = orAt(u.Why[0].At, g.at)
		}
		g.lift = liftUnknown(g.reason)
		if u.Verdict == estate.NotRead {
			g.rung, g.lift = bedlock.Unread, liftUnread
		}
		a.gaps = append(a.gaps, g)
	default:
		to := &a.open
		if u.Need.Optional {
			to = &a.spared
		}
		for _, e := range u.Why {
			*to = append(*to, evidence(orAt(e.At, c.resource.At), subject+": "+e.Text))
		}
	}
}

// deny tells of one use that is denied: what says no, why it is needed, and the
// smallest change that the engine found to mend it.
func (a *authorization) deny(c slotCase, v *keyVerdict, u *estate.Use) {
	step := u.Denied()
	at := orAt(v.key.Policy.At(), v.key.At)
	changes, ok := u.Mend()
	if ok {
		at = orAt(changes[0].At, at)
	}
	s := a.denied
	s.evidence = append(s.evidence, evidence(at, u.Who+" cannot use key "+v.name+" ("+u.Need.For+"): "+step.Says()))
	s.evidence = append(s.evidence, step.Reasons()...)
	s.evidence = append(s.evidence, evidence(c.resource.At, "needed: "+strings.Join(prefixed(u.Need.Actions), ", ")+" ("+u.Need.Source+")"))
	for _, key := range step.Decision.Absent {
		s.evidence = append(s.evidence, evidence(at, "a statement would allow it if the request had "+key))
	}
	if !ok {
		return
	}
	for _, change := range changes {
		text := change.Text
		if change.Statement != "" {
			text += ": " + change.Statement
		}
		if s.lift != "" {
			s.lift += "; "
		}
		s.lift += text
	}
}

func prefixed(actions []string) []string {
	out := make([]string, len(actions))
	for i, a := range actions {
		out[i] = "kms:" + a
	}
	return out
}
