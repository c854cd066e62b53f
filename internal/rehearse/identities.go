package rehearse

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/policy/managed"
)

// identities makes the principals of the inventory: groups before users, which are in them.
func (r *rehearsal) identities(ctx context.Context) error {
	parts := r.Inventory.Parts()
	to := r.twin.IAM
	for _, kind := range []inventory.PrincipalKind{inventory.Group, inventory.User, inventory.Role} {
		for i := range parts.Principals {
			p := &parts.Principals[i]
			account, name := accountOf(p), p.Name.Or("")
			if p.Kind != kind {
				continue
			}
			if account == "" || name == "" {
				r.left("%s %s has no account or name that is known", p.Kind, p.ID)
				continue
			}
			policies, attached := r.policies(ctx, account, p)
			boundary := r.boundary(ctx, account, p)
			path := p.Path.Or("/")
			var err error
			switch kind {
			case inventory.Group:
				err = to.EnsureGroup(ctx, account, iam.GroupSeed{ID: p.UniqueID.Or(""), Name: name, Path: path, Policies: policies, Attached: attached})
			case inventory.User:
				err = to.EnsureUser(ctx, account, iam.UserSeed{ID: p.UniqueID.Or(""), Name: name, Path: path, Policies: policies, Attached: attached, Boundary: boundary, Groups: r.groups(p), AccessKeys: r.accessKeys(p)})
			case inventory.Role:
				var trust string
				if trust, err = r.trust(p, account); err == nil {
					err = to.EnsureRole(ctx, account, iam.RoleSeed{ID: p.UniqueID.Or(""), Name: name, Path: path, Trust: trust, Policies: policies, Attached: attached, Boundary: boundary})
				}
			}
			if err != nil {
				r.left("%s %s cannot be made in the twin: %v", p.Kind, name, err)
			}
		}
	}
	return nil
}

// accountOf is the account of a principal.
func accountOf(p *inventory.Principal) string {
	if a, err := arn.Parse(p.ARN.Or("")); err == nil && a.Account != "" {
		return a.Account
	}
	return p.Account.Or("")
}

// policies are the inline policies and the ARNs of the managed ones.
func (r *rehearsal) policies(ctx context.Context, account string, p *inventory.Principal) (inline map[string]string, attached []string) {
	inline = map[string]string{}
	for i := range p.Policies {
		n := &p.Policies[i]
		text, known := n.Policy.Get()
		full := n.ARN.Or("")
		_, ours := managed.Lookup(full)
		switch {
		case full == "" && known:
			inline[n.Name] = text.Text
		case ours:
			attached = append(attached, full)
		case !known:
			r.left("policy %s of %s %s is not known: %s", cmp.Or(n.Name, full), p.Kind, p.Name.Or(""), n.Policy.Why())
		default:
			// One of AWS that the plane does not have is made for the account.
			own := strings.Replace(full, ":iam::aws:policy/", ":iam::"+account+":policy/aws/", 1)
			if r.managedPolicy(ctx, account, own, text.Text) {
				attached = append(attached, own)
			}
		}
	}
	return inline, attached
}

// managedPolicy makes a managed policy of an account under its ARN.
func (r *rehearsal) managedPolicy(ctx context.Context, account, full, text string) bool {
	a, err := arn.Parse(full)
	if err == nil {
		path := strings.TrimPrefix(a.Resource, "policy")
		name := path[strings.LastIndexByte(path, '/')+1:]
		err = r.twin.IAM.EnsurePolicy(ctx, account, iam.PolicySeed{Name: name, Path: strings.TrimSuffix(path, name), Document: text, Long: true})
	}
	if err != nil {
		r.left("policy %s cannot be made in the twin: %v", full, err)
	}
	return err == nil
}

// boundary is the ARN of the boundary, whose policy is made; empty: there is none.
func (r *rehearsal) boundary(ctx context.Context, account string, p *inventory.Principal) string {
	full, ok := p.Boundary.Get()
	if !ok {
		if s := p.Boundary.State(); s == inventory.StateUnknown || s == inventory.StateUnread {
			r.left("the permissions boundary of %s %s is not known: %s", p.Kind, p.Name.Or(""), p.Boundary.Why())
		}
		return ""
	}
	if _, ours := managed.Lookup(full); ours {
		return full
	}
	text, known := p.BoundaryPolicy.Get()
	if !known {
		r.left("the permissions boundary of %s %s is not known: %s", p.Kind, p.Name.Or(""), cmp.Or(p.BoundaryPolicy.Why(), "its text was not read"))
		return ""
	}
	if r.managedPolicy(ctx, account, full, text.Text) {
		return full
	}
	return ""
}

// groups are the names of a user's groups.
func (r *rehearsal) groups(p *inventory.Principal) (names []string) {
	ids, ok := p.Groups.Get()
	if s := p.Groups.State(); !ok && (s == inventory.StateUnknown || s == inventory.StateUnread) {
		r.left("the groups of user %s are not known: %s", p.Name.Or(""), p.Groups.Why())
	}
	for _, id := range ids {
		g := r.Inventory.Principal(id)
		if g == nil {
			r.left("group %s of user %s is not in the inventory", id, p.Name.Or(""))
			continue
		}
		names = append(names, g.Name.Or(""))
	}
	return names
}

// trust is a role's trust policy. The role that applies the plan trusts the twin's user too.
func (r *rehearsal) trust(p *inventory.Principal, account string) (string, error) {
	text, ok := p.Trust.Get()
	if !ok {
		r.left("the trust policy of role %s is not known: %s", p.Name.Or(""), cmp.Or(p.Trust.Why(), "it was not read"))
		text.Text = nobody
	}
	_, name, _ := r.applies()
	if accounts := r.accounts(); p.Name.Or("") == name && slices.Contains(accounts, account) {
		return trusting(text.Text, r.standIn(accounts[0]))
	}
	return text.Text, nil
}

// organizations says where the accounts are.
func (r *rehearsal) organizations() error {
	for _, a := range r.Inventory.Parts().Accounts {
		o := iam.Organization{ID: a.Organization.Or(""), Management: a.Management}
		o.SCPs = r.levels(a.ID, "service control policies", a.SCPs, iam.FullSCP)
		o.RCPs = r.levels(a.ID, "resource control policies", a.RCPs, iam.FullRCP)
		levels := a.SCPs.Or(a.RCPs.Or(nil))
		if o.ID != "" {
			o.Path = o.ID + "/"
			for _, l := range levels {
				if l.Name != a.ID {
					o.Path += l.Name + "/"
				}
			}
		}
		if err := r.twin.IAM.SetOrganization(a.ID, o); err != nil {
			r.left("the control policies of account %s cannot be held: %v", a.ID, err)
		}
	}
	r.beyond()
	return nil
}

// beyond tells what of the plan's accounts the inventory does not have at all.
func (r *rehearsal) beyond() {
	for _, account := range r.accounts() {
		if !r.complete(account) {
			r.left("not all users, groups and roles of account %s are in the inventory: whose access changes beside those that are is not known", account)
		}
		if a := r.Inventory.Account(account); a == nil || a.SCPs.IsZero() || a.RCPs.IsZero() {
			r.assumed("the control policies of account %s deny nothing: they were not read (--organization reads them)", account)
		}
	}
}

// levels are control policies by level. One that is not known is left out, and allows everything.
func (r *rehearsal) levels(account, what string, v inventory.Value[[]inventory.Level], full iam.NamedPolicy) (out [][]iam.NamedPolicy) {
	levels, ok := v.Get()
	if s := v.State(); !ok && (s == inventory.StateUnknown || s == inventory.StateUnread) {
		r.left("the %s of account %s are not known: %s", what, account, v.Why())
	}
	for _, l := range levels {
		here := []iam.NamedPolicy{}
		for _, id := range l.Policies {
			p := r.Inventory.ControlPolicy(id)
			if p == nil {
				r.left("control policy %s of account %s is not in the inventory", id, account)
				here = append(here, full)
				continue
			}
			text, known := p.Policy.Get()
			if !known {
				r.left("control policy %s of account %s is not known: %s", cmp.Or(p.Name, id), account, p.Policy.Why())
				here = append(here, full)
				continue
			}
			here = append(here, iam.NamedPolicy{Name: cmp.Or(p.Name, id), Document: text.Text})
		}
		out = append(out, here)
	}
	return out
}

var principalARN = regexp.MustCompile(`arn:aws[a-z-]*:iam::[0-9]{12}:(?:role|user)/[A-Za-z0-9+=,.@_/-]+`)

// principalsIn are the ARNs of users and roles in the calls of a plan.
func principalsIn(p *fix.Plan) (out []string) {
	for i := range p.Steps {
		b, err := json.Marshal(p.Steps[i].Do)
		if err != nil {
			panic(fmt.Sprintf("a plan that was read cannot be written: %v", err))
		}
		out = append(out, principalARN.FindAllString(string(b), -1)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
