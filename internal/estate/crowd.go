package estate

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// One returns a key where it is; nil: it is not known where, or there is no such key.
func (e *Estate) One(key string) *Case {
	if e.inv.Key(key) == nil {
		return nil
	}
	cases, ok := e.Cases(key, "")
	if !ok || len(cases) != 1 {
		return nil
	}
	if k, ok := arn.ParseKey(cases[0].Target.Key); !ok || k.Form != arn.KeyARN {
		return nil
	}
	return cases[0]
}

// Crowd decides for users and roles, most of them of an account, whether each can make the use of the
// key that a need of callers on a resource is. A verdict is Able when every action of the need is
// allowed, Unable when one is denied, and else NotKnown. Optional needs are decided like others.
func (c *Case) Crowd(account string, who []*inventory.Principal, r *inventory.Resource, need *catalog.Need) []Verdict {
	out := make([]Verdict, len(who))
	hopeful := c.hopeful(account, need.Actions)
	// What follows from who an identity is depends on its kind and account alone.
	type likes struct {
		kind    authz.Kind
		account string
	}
	contexts := make([]map[likes]authz.Context, len(need.Actions))
	for i := range contexts {
		contexts[i] = map[likes]authz.Context{}
	}
	for i, identity := range who {
		p := c.w.party(identity.ID)
		if hopeful != nil && !hopeful(p) {
			out[i] = Unable
			continue
		}
		layers := p.Layers
		layers.Resource, layers.Grants, layers.RCPs = c.Target.Policy, c.Target.Grants, c.Target.RCPs
		out[i] = Able
		like := likes{p.Principal.Kind, p.Principal.Account}
		for n, action := range need.Actions {
			given, known := contexts[n][like]
			if !known {
				var made []string
				if given, made = c.context(p, r, need, "kms:"+action, true); len(made) > 0 {
					given = nil
				}
				contexts[n][like] = given
			}
			outcome := authz.Unknown
			if given != nil {
				outcome = authz.OutcomeOf(&authz.Request{Principal: p.Principal, Action: "kms:" + action, Resource: c.Target.Key, Context: given, Open: true}, &layers)
			}
			if outcome == authz.ExplicitDeny || outcome == authz.ImplicitDeny {
				out[i] = Unable
				break
			}
			if outcome != authz.Allow {
				out[i] = NotKnown
			}
		}
	}
	return out
}

// Alike returns a text that is the same for resources of which [Case.Crowd] says the same: those of
// which no condition of a policy that counts can tell that their encryption contexts and ARNs differ.
// Empty: that cannot be said.
func (c *Case) Alike(account string, who []*inventory.Principal, r *inventory.Resource, need *catalog.Need) string {
	told, ok := c.conditions(account, who)
	if !ok || len(c.Target.Grants) > 0 || !strings.HasPrefix(r.ID, "arn:") {
		return ""
	}
	given, made := c.context(&Party{}, r, need, "kms:"+need.Actions[0], true)
	if len(made) > 0 {
		return ""
	}
	var b strings.Builder
	for _, key := range ofNeed(need) {
		v := given[key]
		if v.Unknown || len(v.Values) != 1 {
			b.WriteString("?;")
			continue
		}
		for _, text := range told {
			b.WriteByte(compared(text, v.Values[0]))
		}
		b.WriteByte(';')
	}
	return strings.Join([]string{"like", known(r.Account), known(r.Region), r.Type, b.String()}, " ")
}

// compared says how a value of a condition compares with a text, in all the ways in which conditions
// compare texts.
func compared(value, text string) byte {
	bits := byte('0')
	for i, is := range [...]bool{value == text, strings.EqualFold(value, text), policy.Match(value, text), likeARN(value, text)} {
		if is {
			bits |= 1 << i
		}
	}
	return bits
}

// likeARN is the comparison of ArnLike: each part for itself.
func likeARN(pattern, text string) bool {
	x, y := strings.SplitN(pattern, ":", 6), strings.SplitN(text, ":", 6)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !policy.Match(x[i], y[i]) {
			return false
		}
	}
	return true
}

// ofNeed are the condition keys whose values depend on the resource, sorted.
func ofNeed(n *catalog.Need) (out []string) {
	for key := range n.Context {
		out = append(out, "kms:encryptioncontext:"+strings.ToLower(key))
	}
	if n.SourceARN != "" {
		out = append(out, "aws:sourcearn")
	}
	slices.Sort(out)
	return out
}

// valuesOf are the values of conditions on what depends on the resource; ok is false when some are not
// compared as texts.
type valuesOf struct {
	texts map[string]bool
	ok    bool
}

// conditions are the values of all conditions on what depends on the resource by which uses of the key
// by members of an account are decided, sorted. Those of other accounts come last.
func (c *Case) conditions(account string, who []*inventory.Principal) (values []string, ok bool) {
	abroad := len(who)
	for abroad > 0 && c.w.party(who[abroad-1].ID).Principal.Account != account {
		abroad--
	}
	key := account + " " + c.Account
	c.w.mu.Lock()
	held, done := c.w.values[key]
	c.w.mu.Unlock()
	if !done {
		held = c.held(who[:abroad])
		c.w.mu.Lock()
		c.w.values[key] = held
		c.w.mu.Unlock()
	}
	all := c.held(who[abroad:])
	all.add(c.Target.Policy.Document())
	for _, texts := range []map[string]bool{all.texts, held.texts} {
		for text := range texts {
			values = append(values, text)
		}
	}
	slices.Sort(values)
	return slices.Compact(values), all.ok && held.ok
}

// held are the values in the policies that some identities have, and in those that control their use of
// the key.
func (c *Case) held(who []*inventory.Principal) valuesOf {
	out := valuesOf{map[string]bool{}, true}
	seen := map[*policy.Document]bool{}
	for _, p := range who {
		l := c.w.party(p.ID).Layers
		lists := slices.Concat([][]*authz.Policy{l.Identity, {l.Boundary}}, l.SCPs, c.Target.RCPs)
		for _, p := range slices.Concat(lists...) {
			if p != nil && !seen[p.Document()] {
				seen[p.Document()] = true
				out.add(p.Document())
			}
		}
	}
	return out
}

// add takes over the values of a document.
func (v *valuesOf) add(d *policy.Document) {
	for i := range d.Statements {
		s := &d.Statements[i]
		if len(s.Undetermined) > 0 || slices.ContainsFunc(slices.Concat(s.Resources, s.NotResources), ofResource) {
			v.ok = false
		}
		for n := range s.Conditions {
			if slices.ContainsFunc(s.Conditions[n].Values, ofResource) {
				v.ok = false
			}
			key := strings.ToLower(s.Conditions[n].Key)
			if !strings.HasPrefix(key, "kms:encryptioncontext") && key != "aws:sourcearn" && !strings.Contains(key, "${") {
				continue
			}
			operator := s.Conditions[n].Operator.String()
			v.ok = v.ok && (strings.Contains(operator, "String") || strings.Contains(operator, "Arn") || strings.Contains(operator, "Null"))
			for _, text := range s.Conditions[n].Values {
				v.ok = v.ok && !strings.Contains(text, "${")
				v.texts[text] = true
			}
		}
	}
}

// ofResource says whether a text has a variable whose value depends on the resource.
func ofResource(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, "${kms:encryptioncontext") || strings.Contains(lower, "${aws:sourcearn") || strings.Contains(text, tokenPrefix)
}
