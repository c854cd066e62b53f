package estate

import (
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/managed"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Party is a principal with its layers, as the engine takes them.
type Party struct {
	symbolic.Party
	// Name is what a person calls it: "role reader", "any caller of the account".
	Name string
	// Identity is the identity of the inventory; nil for others.
	Identity *inventory.Principal
	// Assumed are policies that are not in the inventory and were taken to allow
	// everything.
	Assumed []string
	At      bedlock.Position
	// context are context keys that follow from who it is.
	context authz.Context
	trust   *authz.Policy
}

// party returns an identity of the inventory, which is no group.
func (w *world) party(id string) *Party {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.parties[id]; p != nil {
		return p
	}
	p := w.build(w.e.inv.Principal(id))
	w.parties[id] = p
	return p
}

func (w *world) build(p *inventory.Principal) *Party {
	full := w.principalARN(p)
	out := &Party{Name: string(p.Kind) + " " + firstText(known(p.Name), p.Address, p.ID), Identity: p, At: p.At}
	if p.Kind == inventory.User {
		a, _ := arn.Parse(full)
		out.Principal = authz.Principal{Kind: authz.User, ARN: full, Account: a.Account, ID: known(p.UniqueID)}
	} else {
		out.Principal = roleSession(full)
		out.Principal.ID = known(p.UniqueID)
	}
	out.Layers.Identity = w.identity(p, out.Name)
	if p.Kind == inventory.User {
		out.Layers.Identity = append(out.Layers.Identity, w.groups(p, out.Name)...)
	}
	switch p.Boundary.State() {
	case inventory.Unrecorded, inventory.StateAbsent:
	default:
		text := p.BoundaryPolicy
		if text.IsZero() || text.State() == inventory.StateAbsent {
			text = inventory.Unknown[inventory.Policy]("the managed policy is not among the inputs", p.Boundary.At())
		}
		out.Layers.Boundary = w.compile("the permissions boundary of "+out.Name, text, p.At)
	}
	w.belong(out)
	return out
}

func (w *world) identity(p *inventory.Principal, owner string) []*authz.Policy {
	out := make([]*authz.Policy, 0, len(p.Policies))
	for i := range p.Policies {
		n := &p.Policies[i]
		what := "a policy"
		if name := firstText(n.Name, w.text(n.ARN.Or(""))); name != "" {
			what = "policy " + name
		}
		if m := w.managed(n); m != nil {
			out = append(out, m)
			continue
		}
		out = append(out, w.compile(what+" of "+owner, n.Policy, n.At))
	}
	return out
}

// managed returns an AWS managed policy that is attached for sure and whose text is
// published, nil for others. All principals share it.
func (w *world) managed(n *inventory.NamedPolicy) *authz.Policy {
	if n.Policy.State() != inventory.StateUnknown || strings.Contains(n.Policy.Why(), "attached only when") {
		return nil
	}
	m, ok := managed.Lookup(w.text(n.ARN.Or("")))
	if !ok {
		return nil
	}
	if p := w.shared[m.Name]; p != nil {
		return p
	}
	what := "AWS managed policy " + m.Name + " (" + m.Version + " of " + m.AsOf + ")"
	p := w.add(&source{what: what, at: n.At}, m.Document)
	w.shared[m.Name] = p
	return p
}

func (w *world) groups(p *inventory.Principal, owner string) (out []*authz.Policy) {
	ids, ok := p.Groups.Get()
	if !ok {
		if s := p.Groups.State(); s == inventory.StateUnknown || s == inventory.StateUnread {
			out = append(out, w.compile("the policies of the groups of "+owner, inventory.Unknown[inventory.Policy](p.Groups.Why(), p.At), p.At))
		}
		return out
	}
	for _, id := range ids {
		if g := w.e.inv.Principal(id); g != nil && g.Kind == inventory.Group {
			out = append(out, w.identity(g, "group "+firstText(known(g.Name), g.Address, g.ID))...)
			continue
		}
		out = append(out, w.compile("the policies of group "+w.text(id), inventory.Unknown[inventory.Policy]("the group is not among the inputs", p.At), p.At))
	}
	return out
}

// anySession ends the ARN of a session that may be any of its role.
const anySession = "/bedlock"

// roleSession is some session of a role.
func roleSession(role string) authz.Principal {
	a, _ := arn.Parse(role)
	name := a.Resource[strings.LastIndexByte(a.Resource, '/')+1:]
	session := arn.ARN{Partition: a.Partition, Service: "sts", Account: a.Account, Resource: "assumed-role/" + name + anySession}
	return authz.Principal{
		Kind: authz.Session, ARN: session.String(), Role: role, Account: a.Account,
		ServiceLinked: strings.HasPrefix(a.Resource, "role/aws-service-role/"),
	}
}

// stranger is a role or user that a policy names or a resource uses, but which is not
// in the inventory: its own policies are not known, or assumed to allow everything.
func (w *world) stranger(full string, assume bool) *Party {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := full
	if assume {
		id += "#assumed"
	}
	if p := w.parties[id]; p != nil {
		return p
	}
	a, _ := arn.Parse(full)
	out := &Party{Name: strings.Replace(a.Resource, "/", " ", 1) + w.of(a.Account)}
	if strings.HasPrefix(a.Resource, "role/") {
		out.Principal = roleSession(full)
	} else {
		out.Principal = authz.Principal{Kind: authz.User, ARN: full, Account: a.Account}
		if session, ok := strings.CutPrefix(a.Resource, "assumed-role/"); ok {
			role, _, _ := strings.Cut(session, "/")
			out.Principal.Kind = authz.Session
			out.Principal.Role = arn.ARN{Partition: a.Partition, Service: "iam", Account: a.Account, Resource: "role/" + role}.String()
		}
	}
	what := "the policies of " + out.Name
	if assume {
		out.Assumed = []string{"the policies of " + out.Name + " allow it"}
		out.Layers.Identity = []*authz.Policy{w.add(&source{what: what, assumed: true}, everything())}
	} else {
		out.Layers.Identity = []*authz.Policy{w.compile(what, inventory.Unread[inventory.Policy](out.Name+" is not among the inputs", bedlock.Position{}), bedlock.Position{})}
	}
	w.belong(out)
	w.parties[id] = out
	return out
}

func (w *world) of(account string) string {
	if account == w.account {
		return ""
	}
	return " of account " + account
}

// anyone is some principal of an account with permission for everything: what it may
// not do, none of the account that is not named may.
func (w *world) anyone(account string) *Party {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := "anyone#" + account
	if p := w.parties[id]; p != nil {
		return p
	}
	full := arn.ARN{Partition: w.partition, Service: "iam", Account: account, Resource: "role/any-caller"}.String()
	out := &Party{Name: "a caller of the account", Assumed: []string{"the caller's identity policies allow it"}}
	out.Principal = roleSession(full)
	what := "the policies of a caller of account " + account
	out.Layers.Identity = []*authz.Policy{w.add(&source{what: what, assumed: true}, everything())}
	w.belong(out)
	// Who it is stays open where a condition asks.
	for _, key := range []string{"aws:principalarn", "aws:userid", "aws:username", "aws:principaltype"} {
		out.context[key] = authz.Value{Unknown: true}
	}
	w.parties[id] = out
	return out
}

// service is an AWS service that acts for itself.
func (w *world) service(name string) *Party {
	return &Party{Name: name, Party: symbolic.Party{Principal: authz.Principal{Kind: authz.Service, ARN: name}}, context: authz.Context{}}
}

// belong adds what follows from the account of a party: its control policies, and its
// organization.
func (w *world) belong(p *Party) {
	p.context = authz.Context{}
	if p.Principal.Kind == authz.Session && strings.HasSuffix(p.Principal.ARN, anySession) {
		p.context["aws:userid"] = authz.Value{Unknown: true} // it has the session's name
	}
	c := w.control(p.Principal.Account)
	p.Layers.SCPs, p.Principal.Management = c.scps, c.management
	if c.organization != "" {
		p.context["aws:principalorgid"] = authz.Value{Values: []string{c.organization}}
	}
	if !c.read {
		p.Assumed = append(p.Assumed, readable("account "+p.Principal.Account)+" has no service control policies")
	}
}

// control are the control policies of an account.
type control struct {
	scps, rcps   [][]*authz.Policy
	organization string
	management   bool
	// read: whether there are service control policies is known.
	read bool
}

// control is called with the world locked.
func (w *world) control(account string) *control {
	if c := w.levels[account]; c != nil {
		return c
	}
	c := &control{}
	if a := w.e.inv.Account(account); a != nil {
		c.organization, c.management = known(a.Organization), a.Management
		c.read = a.SCPs.State() != inventory.Unrecorded
		c.scps = w.controls("service control policy", account, a.SCPs)
		c.rcps = w.controls("resource control policy", account, a.RCPs)
	}
	w.levels[account] = c
	return c
}

func (w *world) controls(kind, account string, v inventory.Value[[]inventory.Level]) (out [][]*authz.Policy) {
	switch v.State() {
	case inventory.Unrecorded, inventory.StateAbsent:
		return nil
	case inventory.StateUnknown, inventory.StateUnread:
		text := inventory.Unknown[inventory.Policy](v.Why(), v.At())
		if v.State() == inventory.StateUnread {
			text = inventory.Unread[inventory.Policy](v.Why(), v.At())
		}
		return [][]*authz.Policy{{w.compile("the "+kind+" list of account "+account, text, v.At())}}
	}
	levels, _ := v.Get()
	out = [][]*authz.Policy{}
	for _, l := range levels {
		level := []*authz.Policy{}
		for _, id := range l.Policies {
			p := w.e.inv.ControlPolicy(id)
			level = append(level, w.compile(kind+" "+firstText(p.Name, p.ID)+" of "+l.Name, p.Policy, p.At))
		}
		out = append(out, level)
	}
	return out
}
