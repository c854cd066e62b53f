package rehearse

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/prove"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// access compares who can do what with the keys of the plan: nobody may lose what was allowed,
// and gain what was not allowed and no slot needs. That is to be: the policies of before, and the
// least policies for the needs.
func (r *rehearsal) access() error {
	keys := r.planKeys()
	wanted, err := r.wanted(keys)
	if err != nil {
		return err
	}
	was, meant, is := estate.New(r.Inventory, r.Catalog), estate.New(wanted, r.Catalog), estate.New(r.after, r.Catalog)
	actions := prove.Actions()
	r.report.Compared = Compared{Keys: len(keys), Actions: len(actions)}
	changed := differing(r.after, wanted, r.Inventory)
	for _, key := range keys {
		now, plan := one(is, key), one(meant, key)
		if now == nil || plan == nil {
			r.left("the accesses to key %s: it is not known where it is", key)
			continue
		}
		old := one(was, key) // nil: the key is new
		same := !r.Exhaustive && sameAccess(now, plan) && (old == nil || sameAccess(now, old))
		r.members(now, plan, old, actions, func(p *estate.Party) bool { return same && !changed[p.Identity.ID] })
		if !same {
			r.documents(now, plan, old)
		}
		r.outside(is, meant, key)
		r.expires(now.Key)
		if is.LocksOut(key) && (old == nil || !was.LocksOut(key)) {
			r.unexpected("the policy of key %s would lock its account out: nobody could change it any more", estate.KeyName(now.Key))
		}
	}
	return nil
}

// expires says when the imported material of a key is gone of which slots are to be under.
func (r *rehearsal) expires(k *inventory.Key) {
	date, imported := k.ValidTo.Get()
	if !imported || !slices.ContainsFunc(r.Plan.Subjects, func(s fix.Subject) bool { return s.To == k.ID && s.Why == "" }) {
		return
	}
	r.unexpected("the imported material of key %s expires at %s: from then on nothing under it can be read, until the same material is imported again", estate.KeyName(k), date)
}

// sameAccess says whether two cases of a key have the same policy, grants and tags, so that who can use it
// depends on the policies of principals alone.
func sameAccess(a, b *estate.Case) bool {
	x, known := a.Key.Policy.Get()
	y, also := b.Key.Policy.Get()
	return known && also && a.Target.Key == b.Target.Key && a.Account == b.Account && len(x.Whens)+len(y.Whens) == 0 && sameDocument(x.Text, y.Text) &&
		maps.Equal(a.Key.Tags.Known, b.Key.Tags.Known) &&
		slices.EqualFunc(a.Target.Grants, b.Target.Grants, func(g, h authz.Grant) bool { return reflect.DeepEqual(g, h) })
}

// sameDocument says whether two policies have the same statements in the same order.
func sameDocument(a, b string) bool {
	if a == b {
		return true
	}
	var x, y struct {
		Version   string
		Statement any
	}
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}

// differing are the IDs of the users and roles whose own policies are not the same in all inventories;
// control policies are, for no step changes them.
func differing(first *inventory.Inventory, others ...*inventory.Inventory) map[string]bool {
	out := map[string]bool{}
	for _, other := range others {
		for _, pair := range [][2]*inventory.Inventory{{first, other}, {other, first}} {
			parts := pair[0].Parts()
			for i := range parts.Principals {
				p := &parts.Principals[i]
				q := pair[1].Principal(p.ID)
				if q != nil && slices.EqualFunc(p.Policies, q.Policies, samePolicy) {
					continue
				}
				out[p.ID] = true
				for j := range parts.Principals { // a group's policies are those of its users
					if p.Kind == inventory.Group {
						out[parts.Principals[j].ID] = true
					}
				}
			}
		}
	}
	return out
}

func samePolicy(a, b inventory.NamedPolicy) bool {
	x, known := a.Policy.Get()
	y, also := b.Policy.Get()
	return known == also && a.Policy.State() == b.Policy.State() && a.Name == b.Name && a.ARN.Or("") == b.ARN.Or("") && x.Text == y.Text && slices.Equal(x.Whens, y.Whens)
}

// one is a key where it is; nil: it is not known, or there is no such key.
func one(e *estate.Estate, key string) *estate.Case {
	if e.Inventory().Key(key) == nil {
		return nil
	}
	if cases, ok := e.Cases(key, ""); ok && len(cases) == 1 {
		return cases[0]
	}
	return nil
}

// planKeys are the IDs of the keys that the plan is about and that exist after it, sorted.
func (r *rehearsal) planKeys() []string {
	keys := map[string]bool{}
	add := func(name string) {
		to, ok := r.resolve(name)
		if k := r.after.Key(to); ok && k != nil && k.Manager.Or(catalog.OwnerCustomer) == catalog.OwnerCustomer { // nobody changes those of AWS
			keys[to] = true
		}
	}
	for i := range r.Plan.Subjects {
		add(r.Plan.Subjects[i].From)
		add(r.Plan.Subjects[i].To)
	}
	for i := range r.Plan.Steps {
		add(r.Plan.Steps[i].Subject)
	}
	for _, key := range r.keys {
		add(key)
	}
	return slices.Sorted(maps.Keys(keys))
}

// wanted is the inventory after the plan as it is to be: with the policies and grants of before,
// and the least that the needs ask for besides.
func (r *rehearsal) wanted(keys []string) (*inventory.Inventory, error) {
	parts, err := copied(r.after)
	if err != nil {
		return nil, err
	}
	parts.Grants, parts.Principals = r.Inventory.Parts().Grants, slices.Clone(r.Inventory.Parts().Principals)
	is := estate.New(r.after, r.Catalog)
	let := r.admitted()
	for _, key := range keys {
		i := placeOf(parts.Keys, key, func(k *inventory.Key) string { return k.ID })
		have := ""
		if old := r.Inventory.Key(key); old != nil {
			parts.Keys[i].Policy = old.Policy
			have = old.Policy.Or(inventory.Policy{}).Text
		}
		least, err := prove.LeastFor(is, r.after.Key(key), prove.LeastOptions{Administrators: r.Plan.Target.Administrators, Unproved: true})
		if err != nil || len(least) != 1 {
			continue // nothing needs it: it is to be as it was
		}
		text, err := joined(have, least[0].Policy)
		if err != nil {
			r.left("the accesses to key %s: %v", key, err)
			continue
		}
		parts.Keys[i].Policy = known(inventory.Policy{Text: text})
		if err := r.callers(parts, let, one(is, key)); err != nil {
			return nil, err
		}
		for _, l := range least[0].Identity {
			for j := range parts.Principals {
				if p := &parts.Principals[j]; p.Kind == inventory.Role && (p.ARN.Or("") == l.Who || p.Name.Or("") == l.Who || "role "+p.Name.Or("") == l.Who) {
					p.Policies = append(slices.Clone(p.Policies), inventory.NamedPolicy{Name: "needed", Policy: known(inventory.Policy{Text: l.Policy})})
				}
			}
		}
	}
	return inventory.New(*parts)
}

// callers gives those whom the plan lets use a key what callers need.
func (r *rehearsal) callers(parts *inventory.Parts, let map[string]int, c *estate.Case) error {
	if c == nil || len(let) == 0 {
		return nil
	}
	needs, _ := c.Needs()
	var list []any
	for i := range needs {
		n := &needs[i]
		if n.Principal.Kind != 0 {
			continue // that of a role or service
		}
		via, all := map[string]string{}, map[string]string{}
		if n.Via != "" {
			via["kms:ViaService"], all["kms:ViaService"] = n.Via, n.Via
		}
		for key, v := range n.Context {
			all["kms:EncryptionContext:"+key] = v
		}
		bare := slices.DeleteFunc(slices.Clone(n.Actions), func(a string) bool { return !slices.Contains(withoutContext, a) })
		list = append(list, statement(n.Actions, c.Target.Key, all), statement(bare, c.Target.Key, via))
	}
	list = slices.DeleteFunc(list, func(s any) bool { return s == nil })
	if len(list) == 0 {
		return nil
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
	if err != nil {
		return err
	}
	for j := range parts.Principals {
		p := &parts.Principals[j]
		for range let[cmp.Or(p.ARN.Or(""), p.ID)] {
			p.Policies = append(slices.Clone(p.Policies), inventory.NamedPolicy{Name: "calls", Policy: known(inventory.Policy{Text: string(text)})})
		}
	}
	return nil
}

// admitted are the principals that the plan gives identity policies, with how many.
func (r *rehearsal) admitted() map[string]int {
	out := map[string]int{}
	for i := range r.Plan.Steps {
		if s := &r.Plan.Steps[i]; s.Kind == fix.IdentityPolicy {
			out[s.Subject]++
		}
	}
	return out
}

// withoutContext are the actions whose requests have no encryption context.
var withoutContext = []string{"kms:DescribeKey", "kms:ListGrants"}

// statement allows actions on a key under conditions; nil: there are no actions.
func statement(actions []string, key string, equal map[string]string) any {
	if len(actions) == 0 {
		return nil
	}
	out := map[string]any{"Effect": "Allow", "Action": actions, "Resource": key}
	if len(equal) > 0 {
		out["Condition"] = map[string]any{"StringLike": equal}
	}
	return out
}

// joined is a policy with the statements of two; an empty one has none.
func joined(a, b string) (string, error) {
	var all []json.RawMessage
	for _, text := range []string{a, b} {
		if text == "" {
			continue
		}
		var many struct{ Statement []json.RawMessage }
		if json.Unmarshal([]byte(text), &many) == nil {
			all = append(all, many.Statement...)
			continue
		}
		var one struct{ Statement json.RawMessage }
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			return "", err
		}
		all = append(all, one.Statement)
	}
	out, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": all})
	return string(out), err
}

// rank orders what a principal can: nothing, something that depends on the request, everything.
func rank(o authz.Outcome) int {
	switch o {
	case authz.Allow:
		return 2
	case authz.Unknown:
		return 1
	}
	return 0
}

// members compares the users and roles of the inventory but for those of whom nothing that counts is
// another: what is decided of the same is the same.
func (r *rehearsal) members(now, plan, old *estate.Case, actions []string, same func(*estate.Party) bool) {
	members := now.Members()
	r.report.Compared.Principals = max(r.report.Compared.Principals, len(members))
	members = slices.DeleteFunc(members, same)
	if len(members) == 0 {
		return
	}
	parties := func(c *estate.Case) map[string]*estate.Party {
		out := map[string]*estate.Party{}
		if c != nil {
			for _, p := range c.Members() {
				out[c.ARN(p)] = p
			}
		}
		return out
	}
	meant, were := parties(plan), parties(old)
	who := func(p *estate.Party) string { return now.ARN(p) }
	slices.SortFunc(members, func(a, b *estate.Party) int { return strings.Compare(who(a), who(b)) })
	changes := make([]struct{ gained, lost []string }, len(members))
	_ = inParallel(context.Background(), len(members), func(i int) {
		p, c := members[i], &changes[i]
		m, w := meant[who(p)], were[who(p)]
		for _, action := range actions {
			can := rank(now.Outcome(p, action))
			if m != nil && can > 0 && can > rank(plan.Outcome(m, action)) {
				c.gained = append(c.gained, action)
			}
			if w != nil && can < 2 && can < rank(old.Outcome(w, action)) {
				c.lost = append(c.lost, action)
			}
		}
	})
	for i, p := range members {
		r.differ(now, who(p), "gained", changes[i].gained)
		r.differ(now, who(p), "lost", changes[i].lost)
	}
}

func (r *rehearsal) differ(c *estate.Case, who, change string, actions []string) {
	if len(actions) == 0 {
		return
	}
	for _, a := range actions {
		r.report.Access = append(r.report.Access, Access{Who: who, Key: c.Key.ID, Action: a, Change: change})
	}
	if change == "gained" {
		r.unexpected("%s would gain access to key %s that nothing needs: %s", c.Name(who), estate.KeyName(c.Key), few(actions))
		return
	}
	r.unexpected("%s would lose access to key %s: %s", c.Name(who), estate.KeyName(c.Key), few(actions))
}

// few are the first of a list, in words.
func few(list []string) string {
	const most = 4
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// documents compares what the key policies allow, for all requests there can be.
func (r *rehearsal) documents(now, plan, old *estate.Case) {
	universe, _ := now.Universe()
	compare := func(a, b *estate.Case, change string) {
		x, err := policy.Parse(a.Key.Policy.Or(inventory.Policy{}).Text)
		if err != nil {
			return
		}
		y, err := policy.Parse(b.Key.Policy.Or(inventory.Policy{}).Text)
		if err != nil {
			return
		}
		more := universe.NoMorePermissive(x, y, symbolic.KeyPolicy, now.Target.Key)
		switch more.Verdict {
		case symbolic.Unknown:
			r.left("whether more is %s by the policy of key %s than is to be: %s", change, estate.KeyName(now.Key), more.Reason)
		case symbolic.Exists:
			w := &more.Witness.Request
			r.report.Access = append(r.report.Access, Access{Who: w.Principal.ARN, Key: now.Key.ID, Action: w.Action, Change: change, Request: inWords(w)})
			what := "would allow what nothing needs"
			if change == "lost" {
				what = "would no longer allow"
			}
			r.unexpected("the policy of key %s %s: %s by %s%s", estate.KeyName(now.Key), what, w.Action, now.Name(cmp.Or(w.Principal.Role, w.Principal.ARN)), inWords(w))
		}
	}
	compare(now, plan, "gained")
	if old != nil {
		compare(old, now, "lost")
	}
}

// inWords are the condition keys of a request that a policy may ask for.
func inWords(w *authz.Request) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(w.Context)) {
		v := w.Context[key]
		if len(v.Values) > 0 && (strings.HasPrefix(key, "kms:") || strings.HasPrefix(key, "aws:source")) {
			list = append(list, key+" "+strings.Join(v.Values, ", "))
		}
	}
	if len(list) == 0 {
		return ", whatever the encryption context and the service"
	}
	return ", with " + strings.Join(list, ", ")
}

// outside compares who outside can use a key.
func (r *rehearsal) outside(is, meant *estate.Estate, key string) {
	known := map[string]bool{}
	for _, o := range meant.Outside(key).Outsiders {
		known[o.Who] = true
	}
	for _, o := range is.Outside(key).Outsiders {
		if known[o.Who] {
			continue
		}
		for _, a := range o.Actions {
			r.report.Access = append(r.report.Access, Access{Who: o.Who, Key: key, Action: a, Change: "gained"})
		}
		r.unexpected("%s, which is outside, would gain access to key %s: %s", o.Who, estate.KeyName(is.Inventory().Key(key)), few(o.Actions))
	}
}
