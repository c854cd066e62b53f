package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

// widening are the rules whose statements let others than the account in, as far as
// their text tells.
var widening = []string{ruleWildcard, ruleWeakWildcard, ruleDeputy, ruleNotPrincipal}

// outside asks the engine who outside the key's account can use it. What the text of a
// statement suggests and a Deny closes is taken back; what the text does not show is
// added.
func (v *keyVerdict) outside(e *estate.Estate) {
	if v.managed || v.key.Policy.State() == inventory.Unrecorded {
		return
	}
	out := e.Outside(v.key.ID)
	if len(out.Outsiders) == 0 && len(out.Open) == 0 {
		v.closed(out.Assumed)
		return
	}
	for i := range out.Outsiders {
		o := &out.Outsiders[i]
		if o.Service || readsKeyOnly(o.Actions) || slices.ContainsFunc(o.Statements, v.widened) || v.shared(o.Account) {
			continue
		}
		message := o.Who + " can " + shortActions(o.Actions) + " with key " + v.name
		if len(o.Conditions) > 0 {
			message += " when " + clip(list(o.Conditions))
		}
		at := orAt(v.key.Policy.At(), v.key.At)
		if len(o.Because) > 0 {
			message += ": " + o.Because[0].Text
			at = orAt(o.Because[0].At, at)
		}
		v.hold(ruleOutside, message, "", at)
	}
}

// widened reports whether the text of a statement was already found to let others in.
func (v *keyVerdict) widened(statement int) bool {
	return slices.ContainsFunc(v.held, func(h holding) bool {
		return h.statement == statement+1 && (slices.Contains(widening, h.rule) || h.rule == ruleCrossAccount)
	})
}

// shared reports whether a statement was already found to allow an account.
func (v *keyVerdict) shared(account string) bool {
	return account != "" && slices.ContainsFunc(v.held, func(h holding) bool {
		return h.rule == ruleCrossAccount && strings.Contains(h.Text, "allows account "+account)
	})
}

// closed takes back what statements suggest, as the engine proved that no request from
// outside is allowed.
func (v *keyVerdict) closed(assumed []string) {
	proof := ", but no request from outside is allowed: proved for every request"
	if len(assumed) > 0 {
		proof += ", given that " + list(assumed)
	}
	v.held = slices.DeleteFunc(v.held, func(h holding) bool {
		if !slices.Contains(widening, h.rule) {
			return false
		}
		v.notes = append(v.notes, evidence(h.At, h.Text+proof))
		return true
	})
	v.faults = slices.DeleteFunc(v.faults, func(f fault) bool { return slices.Contains(widening, f.rule) })
}

// readsKeyOnly reports actions that give access to no data and change nothing.
func readsKeyOnly(actions []string) bool {
	return !slices.ContainsFunc(actions, func(a string) bool {
		return !strings.HasPrefix(a, "kms:Describe") && !strings.HasPrefix(a, "kms:List") && !strings.HasPrefix(a, "kms:Get")
	})
}

func shortActions(actions []string) string {
	if len(actions) <= 3 {
		return list(actions)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(actions[:2], ", "), len(actions)-2)
}

// surplus asks the engine which identities can use the key without a need.
func (v *keyVerdict) surplus(e *estate.Estate) {
	if v.managed || v.broken != nil {
		return
	}
	for _, s := range e.Surplus(v.key.ID) {
		message := s.Who + " can " + s.Action + " with key " + v.name + ", which nothing needs"
		at := s.At
		for _, because := range s.Because {
			message += "; " + because.Text
			if at.IsZero() {
				at = because.At
			}
		}
		v.hold(ruleSurplus, message, "", at)
	}
}

// engine adds what the policy engine says about the key as a whole.
func (v *keyVerdict) engine(e *estate.Estate) {
	v.outside(e)
	v.surplus(e)
	if !v.managed && v.key.Policy.State() == inventory.StateKnown && e.LocksOut(v.key.ID) {
		v.faults.add(ruleLocksOut, "nobody of the account of key "+v.name+" can change its policy: proved for every request", orAt(v.key.Policy.At(), v.key.At))
	}
}
