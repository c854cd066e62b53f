package rehearse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/records"
)

// use is a slot whose key the plan changes, or whose key the plan does something to.
type use struct {
	resource *inventory.Resource
	title    string
	slot     *catalog.Slot
	name     string // of the slot in the inventory
	subject  behalf.Subject
	// callers are the users and roles of the resource's account, and those abroad.
	callers, abroad []*inventory.Principal
	asked           []*asked
	// crowds are the needs of callers when there are many of them; asked has none of these then.
	crowds []*crowd
	// key is the slot's, as calls name it, and sealed its content.
	key    string
	sealed *records.Sealed
}

// asked is one need, made by one principal.
type asked struct {
	Use
	need   *catalog.Need
	caller *inventory.Principal // nil: no principal of the inventory calls
}

// calling is a need on a resource.
type calling struct {
	resource string
	need     *catalog.Need
}

// when is before or after the plan.
type when bool

const (
	before when = false
	after  when = true
)

// uses are the slots of the plan, and the others whose keys it does something to.
func (r *rehearsal) uses() (out []*use) {
	touched := map[string]bool{}
	for i := range r.Plan.Subjects {
		sub := &r.Plan.Subjects[i]
		if sub.Why == "" {
			touched[sub.From], touched[sub.To] = true, true
		}
	}
	for i := range r.Plan.Steps {
		touched[r.Plan.Steps[i].Subject] = true
	}
	delete(touched, "")
	type place struct {
		res  *inventory.Resource
		e    *catalog.Entry
		slot *catalog.Slot
		name string
	}
	var list []place
	calls := 0
	parts := r.Inventory.Parts()
	for i := range parts.Resources {
		res := &parts.Resources[i]
		e := r.Catalog.Type(res.Type)
		if e == nil {
			continue
		}
		for j := range res.Slots {
			slot := e.Slot(bare(res.Slots[j].Name))
			if slot == nil || len(slot.Needs) == 0 || !r.planned(res.ID, res.Slots[j].Name) && !touched[keyOf(&res.Slots[j])] {
				continue
			}
			list = append(list, place{res, e, slot, res.Slots[j].Name})
			for n := range slot.Needs {
				if slot.Needs[n].Who == "caller" {
					calls += len(r.places.callers[res.Account.Or("")])
				}
			}
		}
	}
	r.many = calls > cmp.Or(r.Many, many)
	for _, p := range list {
		if u := r.useOf(p.res, p.e, p.slot, p.name); u != nil {
			out = append(out, u)
		}
	}
	return out
}

// planned says whether the plan changes a slot.
func (r *rehearsal) planned(resource, slot string) bool {
	s := r.places.slot(resource, slot)
	return s != nil && s.Why == ""
}

// keyOf is the ARN of the key that a slot names; empty: none that is known.
func keyOf(s *inventory.Slot) string {
	if s == nil || len(s.Named) != 1 {
		return ""
	}
	return cmp.Or(s.Named[0].Key, s.Named[0].Text.Or(""))
}

func (r *rehearsal) useOf(res *inventory.Resource, e *catalog.Entry, slot *catalog.Slot, name string) *use {
	a, err := arn.Parse(res.ID)
	account, region := res.Account.Or(""), res.Region.Or("")
	title := fmt.Sprintf("%s %q", e.Title, cmp.Or(res.Name.Or(""), res.ID))
	if err != nil || account == "" || region == "" {
		r.left("the uses of the key of %s: its ARN, account or Region is not known", title)
		return nil
	}
	id := a.Resource[strings.LastIndexAny(a.Resource, "/:")+1:]
	service := e.Service
	if m, err := model.Load(e.Service); err == nil {
		service = m.SigningName
	}
	u := &use{resource: res, title: title, slot: slot, name: name, subject: behalf.Subject{
		Type: e.Type, Slot: slot.Name, ARN: res.ID, ID: id, Name: res.Name.Or(id), Account: account, Region: region, Roles: map[string]string{}, Service: service + ".amazonaws.com",
	}}
	for i := range res.Roles {
		ref := &res.Roles[i]
		p := r.Inventory.Principal(ref.Principal)
		text, named := ref.Text.Get()
		switch {
		case p != nil:
			u.subject.Roles[bare(ref.Name)] = p.ARN.Or("")
		case named:
			r.left("the uses of role %s of %s: the role is not in the inventory", text, title)
		}
	}
	u.callers = r.places.callers[account]
	if u.abroad = r.abroad(account, keyOf(res.Slot(name))); len(u.abroad) > 0 {
		u.callers = slices.Concat(u.callers, u.abroad)
	}
	r.ask(u)
	return u
}

// use is a need of a slot, by nobody yet.
func (r *rehearsal) use(u *use, n *catalog.Need) Use {
	return Use{Resource: u.resource.ID, Title: u.title, Slot: u.name, For: n.For, Optional: n.Optional}
}

// abroad are the users and roles of other accounts whom the policy of a key names.
func (r *rehearsal) abroad(account, key string) (out []*inventory.Principal) {
	k := r.Inventory.Key(key)
	if k == nil {
		return nil
	}
	for _, full := range principalARN.FindAllString(k.Policy.Or(inventory.Policy{}).Text, -1) {
		if p := r.places.principals[full]; p != nil && accountOf(p) != account && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// ask lists the needs of a slot with those who make them. Who may retire a grant is said by the
// grant.
func (r *rehearsal) ask(u *use) {
	for i := range u.slot.Needs {
		n := &u.slot.Needs[i]
		if slices.Equal(n.Actions, []string{"RetireGrant"}) {
			continue
		}
		a := asked{need: n, Use: r.use(u, n)}
		kind, name, _ := strings.Cut(n.Who, ":")
		switch kind {
		case "caller":
			if r.many && len(u.callers) > 0 {
				u.crowds = append(u.crowds, &crowd{need: n})
				continue
			}
			for _, p := range u.callers {
				one := a
				one.Who, one.Caller, one.caller = who(p), true, p
				u.asked = append(u.asked, &one)
			}
			if len(u.callers) == 0 {
				r.left("the uses of the key of %s by its callers: the inventory has no users and roles of account %s", u.title, u.subject.Account)
			}
			continue
		case "role":
			if a.Who = u.subject.Roles[name]; a.Who == "" {
				continue // the resource names none, or it was said that it is not known
			}
		case "service":
			a.Who = catalog.ServicePrincipal(name, u.subject.Region)
		}
		u.asked = append(u.asked, &a)
	}
}

// exercise makes all uses, with the keys that the slots have in an inventory. Their contents are
// sealed beforehand, whoever may do that.
func (r *rehearsal) exercise(ctx context.Context, uses []*use, inv *inventory.Inventory, at when) error {
	all := &crowds{estate: estate.New(inv, r.Catalog), said: map[string]*said{}}
	keys := make([]string, len(uses))
	for i, u := range uses {
		if err := ctx.Err(); err != nil {
			return err
		}
		if res := inv.Resource(u.resource.ID); res != nil {
			keys[i] = keyOf(res.Slot(u.name))
		}
		if u.sealed = nil; r.exists(u, keys[i], at) {
			u.key = r.found(ctx, u, keys[i])
			u.sealed = r.sealed(ctx, u, u.key)
		}
	}
	var told sync.Mutex
	return inParallel(ctx, len(uses), func(i int) {
		r.make(ctx, all, uses[i], keys[i], at)
		told.Lock()
		defer told.Unlock()
		r.tick()
	})
}

// found is a key by its ARN where AWS makes it when it is first used: an inventory without it says no
// more, and grants are made for its ARN.
func (r *rehearsal) found(ctx context.Context, u *use, key string) string {
	if service, ok := strings.CutPrefix(key, awsManaged); ok {
		if k, err := r.twin.KMS.Managed(ctx, u.subject.Account, u.subject.Region, service); err == nil {
			return k.ARN()
		}
	}
	return key
}

// awsManaged begins the aliases of keys that AWS manages.
const awsManaged = "alias/aws/"

// exists says whether a slot has a key that is there.
func (r *rehearsal) exists(u *use, key string, at when) bool {
	if s := r.places.slot(u.resource.ID, u.name); at == after && s != nil && s.Why == "" {
		if _, exists := r.resolve(s.To); !exists {
			return false
		}
	}
	return key != ""
}

// make makes the uses of one slot.
func (r *rehearsal) make(ctx context.Context, all *crowds, u *use, key string, at when) {
	exists := r.exists(u, key, at)
	if exists {
		r.crowded(ctx, all, u, key, at)
	}
	for _, a := range u.asked {
		outcome, refusal := NotAsked, ""
		if exists {
			outcome, refusal = Works, r.call(ctx, u, a, u.key, u.sealed)
			if refusal != "" {
				outcome = Denied
			}
		}
		if at == before {
			a.KeyBefore, a.Before = key, outcome
		} else {
			a.KeyAfter, a.After = key, outcome
		}
		if refusal != "" {
			a.Refusal = refusal
		}
	}
}

// sealed is content of a slot under a key; nil: there is none, and reads have nothing to read.
func (r *rehearsal) sealed(ctx context.Context, u *use, key string) (out *records.Sealed) {
	_ = r.twin.allowed(func() (err error) { // the needs say what is wrong
		root := r.twin.IAM.Root(u.subject.Account)
		out, err = r.twin.World.Keys.Seal(ctx, plane.Start(root, u.subject.Region, r.twin.World.Now()), &u.subject, key, "create", []byte("content"))
		return err
	})
	return out
}

// call makes the calls of one need, and returns what KMS says when it refuses one.
func (r *rehearsal) call(ctx context.Context, u *use, a *asked, key string, sealed *records.Sealed) string {
	who := r.twin.IAM.Root(u.subject.Account)
	if a.caller != nil {
		var err error
		if who, err = r.caller(a.caller); err != nil {
			return err.Error()
		}
	}
	subject := u.subject
	need := *a.need
	need.Optional = false // a refusal is to be told
	subject.Needs = []catalog.Need{need}
	err := r.twin.World.Keys.Meet(ctx, plane.Start(who, subject.Region, r.twin.World.Now()), &subject, key, sealed, need.For)
	var refused *behalf.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return "kms:" + refused.Operation + ": " + refused.Code + ": " + refused.Message
	}
	return err.Error()
}

// caller is a principal of the inventory in the twin.
func (r *rehearsal) caller(p *inventory.Principal) (*plane.Caller, error) {
	account, name := accountOf(p), p.Name.Or("")
	if p.Kind == inventory.User {
		user := r.twin.IAM.User(account, name)
		if user == nil {
			return nil, fmt.Errorf("user %s is not in the twin", name)
		}
		return r.twin.STS.UserCaller(user), nil
	}
	who, err := r.twin.STS.RoleSession(r.twin.arn(account, "iam::"+account+":role"+p.Path.Or("/")+name), "rehearsal")
	if err != nil {
		return nil, fmt.Errorf("role %s is not in the twin", name)
	}
	return who, nil
}

// judgeUses says which uses are not as they should be.
func (r *rehearsal) judgeUses(ctx context.Context, uses []*use) {
	for _, u := range uses {
		purposes := map[string][]*asked{} // of callers
		for _, a := range u.asked {
			r.report.Uses = append(r.report.Uses, a.Use)
			switch {
			case a.Caller:
				purposes[a.For] = append(purposes[a.For], a)
			case !a.Optional && a.After == Denied && a.Before != Denied:
				r.unexpected("%s, %s: %s could not use the key (%s): %s", a.Title, a.Slot, a.Who, a.For, a.Refusal)
			}
		}
		for _, purpose := range slices.Sorted(maps.Keys(purposes)) {
			r.judgeCallers(ctx, u, purposes[purpose])
		}
		r.judgeCrowds(ctx, u)
	}
}

// judgeCallers says who can call now and could not, or that nobody could. A key of AWS lets
// everybody in who may call the service: of them, those lose whose policies let them call it.
func (r *rehearsal) judgeCallers(ctx context.Context, u *use, callers []*asked) {
	var lost []*asked
	var refused *asked
	able := false
	for _, a := range callers {
		able = able || a.After == Works
		if a.Optional || a.After != Denied || a.Before == Denied || slices.Contains(r.Plan.Without, a.Who) {
			continue
		}
		refused = a
		if a.Before == Works && r.ours(a.KeyBefore) || r.calls(u, a) {
			lost = append(lost, a)
		}
	}
	switch {
	case len(lost) > 0:
		var who []string
		for _, a := range lost {
			who = append(who, a.Who)
		}
		r.unexpected("%s, %s: %s can use it now and could not (%s): %s", u.title, u.name, few(who), lost[0].For, r.why(ctx, u, lost[0]))
	case refused == nil || able || refused.For == "create" && r.applied(u.resource.ID):
	case !r.complete(u.subject.Account):
		r.left("%s, %s: none of the users and roles that are known could call (%s), and the inventory does not have all of account %s", u.title, u.name, refused.For, u.subject.Account)
	default:
		r.unexpected("%s, %s: no user or role of account %s could call (%s): %s", u.title, u.name, u.subject.Account, refused.For, r.why(ctx, u, refused))
	}
}

// applied says whether a step has changed a resource: then whoever applies the plan could call.
func (r *rehearsal) applied(resource string) bool {
	return slices.ContainsFunc(r.report.Steps, func(s Step) bool {
		planned := r.Plan.Step(s.ID)
		return s.Outcome == Done && planned != nil && planned.Subject == resource
	})
}

// calls says whether somebody's policies let it call what a use comes of.
func (r *rehearsal) calls(u *use, a *asked) bool {
	key := calling{u.resource.ID, a.need}
	if r.callings == nil {
		r.callings, r.estate = map[calling]map[string]bool{}, estate.New(r.Inventory, r.Catalog)
	}
	can, known := r.callings[key]
	if !known {
		can = map[string]bool{}
		for _, c := range r.estate.Calling(u.resource, a.need) {
			can[c.Who.Identity.ID] = c.Verdict >= estate.Depends
		}
		r.callings[key] = can
	}
	return can[a.caller.ID]
}

// ours says whether a key is one of the customer.
func (r *rehearsal) ours(key string) bool {
	k := r.Inventory.Key(key)
	if k == nil {
		return !strings.Contains(key, "alias/aws/")
	}
	return k.Manager.Or(catalog.OwnerCustomer) == catalog.OwnerCustomer
}

// complete says whether the inventory has every user and role of an account.
func (r *rehearsal) complete(account string) bool {
	known := r.Inventory.Account(account)
	return known != nil && known.Complete
}
