package rehearse

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/kms"
)

// look makes the inventory as the plan leaves it on the twin: that of before with the keys,
// policies and grants as they are now, and the slots under their keys.
func (r *rehearsal) look(ctx context.Context) error {
	parts, err := copied(r.Inventory)
	if err != nil {
		return err
	}
	r.keysNow(parts)
	r.policiesNow(ctx, parts)
	keys := map[string]bool{}
	for i := range parts.Keys {
		keys[parts.Keys[i].ID] = true
	}
	for i := range r.Plan.Subjects {
		sub := &r.Plan.Subjects[i]
		if sub.Why != "" {
			continue
		}
		r.move(parts, keys, sub)
	}
	r.published(parts)
	r.after, err = inventory.New(*parts)
	return err
}

// copied is an inventory's parts, for changing.
func copied(inv *inventory.Inventory) (*inventory.Parts, error) {
	var b bytes.Buffer
	if err := inventory.Write(&b, inv); err != nil {
		return nil, err
	}
	again, err := inventory.Read(b.Bytes())
	if err != nil {
		return nil, err
	}
	parts := again.Parts()
	return &parts, nil
}

// move puts a slot under its new key.
func (r *rehearsal) move(parts *inventory.Parts, keys map[string]bool, sub *fix.Subject) {
	to, exists := r.resolve(sub.To)
	i := placeOf(parts.Resources, sub.Resource, func(res *inventory.Resource) string { return res.ID })
	if i < 0 || !exists {
		return
	}
	slot := parts.Resources[i].Slot(sub.Slot)
	if slot == nil {
		return
	}
	e := r.Catalog.Type(sub.Type)
	if e == nil || e.Slot(bare(sub.Slot)) == nil {
		return
	}
	named := sub.Named(e.Slot(bare(sub.Slot)), to)
	if !keys[named.Key] {
		named.Key = ""
	}
	slot.Named = []inventory.Named{named}
}

// bare is a slot's name in the catalogue.
func bare(name string) string {
	name, _, _ = strings.Cut(name, "[")
	return name
}

func known[T any](v T) inventory.Value[T] { return inventory.Known(v, bedlock.Position{}) }

// keysNow takes over the keys of the twin: what is new of them, and what has changed.
func (r *rehearsal) keysNow(parts *inventory.Parts) {
	index := map[string]int{}
	for i := range parts.Keys {
		index[cmp.Or(parts.Keys[i].ARN.Or(""), parts.Keys[i].ID)] = i
	}
	for v := range r.twin.KMS.All() {
		if v.Manager == "AWS" {
			continue
		}
		full := v.ARN()
		i, there := index[full]
		if !there {
			absent := inventory.Absent[string](bedlock.Position{})
			parts.Keys = append(parts.Keys, inventory.Key{
				ID: full, ARN: known(full), Name: first(v.Aliases), Place: inventory.Place{Account: known(v.Account), Region: known(v.Region)},
				Manager: known(catalog.OwnerCustomer), Spec: known(string(v.Spec)), Usage: known(string(v.Usage)), Origin: known(string(v.Origin)),
				MultiRegion: known(v.MultiRegion), DeletionDate: absent, ValidTo: absent,
			})
			i = len(parts.Keys) - 1
		}
		k := &parts.Keys[i]
		if !there || r.changed(&parts.Keys[i], v) {
			k.Policy = known(inventory.Policy{Text: v.Policy})
			k.State, k.Rotation = known(string(v.Now)), known(v.Rotation)
			if v.Rotation {
				k.RotationDays = known(v.RotationPeriod)
			}
			tags := map[string]string{}
			for _, t := range v.Tags {
				tags[t.Key] = t.Value
			}
			k.Tags = inventory.Tags{Known: tags}
		}
		for _, g := range v.Grants {
			// A service makes grants for what it protects, which it retires: that is how it works.
			if !r.twin.granted[full+"/"+g.ID] && (r.made[g.ID] || !serviceMade(g)) {
				parts.Grants = append(parts.Grants, grantOf(k.ID, full, g))
			}
		}
	}
}

// serviceMade says whether a grant is one of those that services make for themselves.
func serviceMade(g *kms.Grant) bool {
	_, grantee := split(cmp.Or(g.Grantee, g.GranteeService))
	_, retiring := split(cmp.Or(g.Retiring, g.RetiringService))
	return grantee != "" || retiring != ""
}

// changed says whether a key is another than in the inventory.
func (r *rehearsal) changed(k *inventory.Key, v *kms.View) bool {
	text, readable := k.Policy.Get()
	return readable && text.Text != v.Policy || k.State.Or(string(v.Now)) != string(v.Now) || k.Rotation.Or(v.Rotation) != v.Rotation
}

func grantOf(key, full string, g *kms.Grant) inventory.Grant {
	out := inventory.Grant{
		ID: full + "/grant/" + g.ID, KeyText: known(full), Key: key, Grantee: known(cmp.Or(g.Grantee, g.GranteeService)), Operations: known(g.Operations),
		ContextEquals: g.ContextEquals, ContextSubset: g.ContextSubset,
	}
	if retiring := cmp.Or(g.Retiring, g.RetiringService); retiring != "" {
		out.Retiring = known(retiring)
	}
	if g.SourceARN != "" {
		out.SourceARN = known(g.SourceARN)
	}
	return out
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// remember notes the grants that are there before the plan is applied.
func (t *twin) remember() {
	t.granted = map[string]bool{}
	for v := range t.KMS.All() {
		for _, g := range v.Grants {
			t.granted[v.ARN()+"/"+g.ID] = true
		}
	}
}

// policiesNow takes over the inline policies that steps have written.
func (r *rehearsal) policiesNow(ctx context.Context, parts *inventory.Parts) {
	who := map[[3]string]int{}
	for i := range parts.Principals {
		p := &parts.Principals[i]
		who[[3]string{accountOf(p), string(p.Kind), p.Name.Or("")}] = i
	}
	for i := range r.Plan.Steps {
		s := &r.Plan.Steps[i]
		for _, c := range s.Do {
			kind, found := strings.CutPrefix(strings.TrimSuffix(c.Operation, "Policy"), "Put")
			if c.Service != "iam" || !found || kind != "Role" && kind != "User" {
				continue
			}
			name, policy := c.Input.Text(kind+"Name"), c.Input.Text("PolicyName")
			p, there := who[[3]string{s.Account, strings.ToLower(kind), name}]
			if !there {
				continue
			}
			state := fix.State{
				Read: fix.Call{Service: "iam", Operation: "Get" + kind + "Policy", Input: c.Input.Pick(kind+"Name", "PolicyName")},
				Only: []string{"PolicyDocument"}, JSON: []string{"PolicyDocument"}, Absent: "NoSuchEntity",
			}
			read, err := state.Observe(ctx, r.twin.estate, s.Place)
			if err != nil {
				r.left("policy %s of %s %s cannot be read in the twin: %v", policy, strings.ToLower(kind), name, err)
			}
			if read == nil {
				continue // the step was not reached
			}
			now := inventory.NamedPolicy{Name: policy, Policy: known(inventory.Policy{Text: read.Text("PolicyDocument")})}
			list := slices.DeleteFunc(slices.Clone(parts.Principals[p].Policies), func(n inventory.NamedPolicy) bool { return n.Name == policy && n.ARN.Or("") == "" })
			parts.Principals[p].Policies = append(list, now)
		}
	}
}
