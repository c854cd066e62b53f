package estate

import (
	"regexp"
	"slices"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// Outsider is somebody outside the key's account and organization who can use it.
type Outsider struct {
	Who string
	// Account is its account; empty for services and for accounts that nothing names.
	Account string
	// Service: a service that acts for somebody outside.
	Service bool
	Public  bool
	// Actions are those for which there is a request, in the catalogue of KMS's order.
	Actions []string
	// Conditions are those of one way in which the first of the actions is allowed;
	// empty: none.
	Conditions []string
	// Statements are the statements of the key policy that allow the actions.
	Statements []int
	Because    []bedlock.Evidence
}

// Outside is who outside can use a key.
type Outside struct {
	Outsiders []Outsider
	// Open says what could not be decided; when it and Outsiders are empty, it is
	// proved that nobody outside can use the key.
	Open []bedlock.Evidence
	// Assumed is what was taken for granted.
	Assumed []string
}

// kindOf is the kind in "any other role of account 111122223333": an account can do what
// any of its principals can.
var kindOf = regexp.MustCompile(`^(?:root user|any(?: other)? (?:user|role|federated user)) of `)

var organizationID = regexp.MustCompile(`\bo-[a-z0-9]{10,32}\b`)

// Universe returns what is known of principals outside, for questions about all
// requests on a key. The organization is the key's; when the inventory does not know
// it, the only one that the key policy names.
func (c *Case) Universe() (u *symbolic.Universe, z *symbolic.Zone) {
	u, z = &symbolic.Universe{Partition: c.w.partition}, &symbolic.Zone{}
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	u.Organization = firstText(c.w.control(c.Account).organization, c.namedOrganization())
	z.Organization = u.Organization != ""
	parts := c.w.e.inv.Parts()
	for i := range parts.Accounts {
		a := &parts.Accounts[i]
		known := c.w.control(a.ID)
		u.Accounts = append(u.Accounts, symbolic.Account{
			ID: a.ID, Inside: known.organization != "" && known.organization == u.Organization,
			SCPs: known.scps, Management: known.management, Closed: a.Complete,
		})
	}
	if !slices.ContainsFunc(u.Accounts, func(a symbolic.Account) bool { return a.ID == c.Account }) {
		u.Accounts = append(u.Accounts, symbolic.Account{ID: c.Account, Inside: u.Organization != ""})
	}
	return u, z
}

// namedOrganization is the only organization that the key policy names.
func (c *Case) namedOrganization() string {
	if named := distinct(organizationID.FindAllString(c.Key.Policy.Or(inventory.Policy{}).Text, -1)); len(named) == 1 {
		return named[0]
	}
	return ""
}

// assumedOrganization is the organization that is taken to be the key's.
func (c *Case) assumedOrganization() string {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if c.w.control(c.Account).organization != "" {
		return ""
	}
	return c.namedOrganization()
}

// Outside answers who outside the key's account and organization can use it.
func (e *Estate) Outside(key string) Outside {
	cases, ok := e.Cases(key, "")
	if !ok {
		return Outside{Open: []bedlock.Evidence{{Text: "the key could be deployed in too many accounts and Regions to look at each"}}}
	}
	first := cases[0].outside()
	for _, c := range cases[1:] {
		other := c.outside()
		differ := len(first.Outsiders) != len(other.Outsiders)
		first.Outsiders = slices.DeleteFunc(first.Outsiders, func(o Outsider) bool {
			in := slices.ContainsFunc(other.Outsiders, func(x Outsider) bool { return x.Who == o.Who })
			differ = differ || !in
			return !in
		})
		if differ {
			first.Open = append(first.Open, bedlock.Evidence{Text: "who outside can use the key depends on the account and Region in which it is deployed", At: c.Key.At})
			break
		}
	}
	return first
}

// add joins an outsider with what others of the same account can.
func (o *Outside) add(x *Outsider) {
	for i := range o.Outsiders {
		have := &o.Outsiders[i]
		if have.Who != x.Who {
			continue
		}
		have.Actions = distinct(append(have.Actions, x.Actions...))
		for _, s := range x.Statements {
			if !slices.Contains(have.Statements, s) {
				have.Statements = append(have.Statements, s)
			}
		}
		return
	}
	o.Outsiders = append(o.Outsiders, *x)
}

// unknown notes why a question about outsiders has no answer, each reason once.
func (o *Outside) unknown(c *Case, reason string) {
	e := bedlock.Evidence{Text: "whether others than the account can use the key is not known: " + c.Unknown(reason), At: orAt(c.Key.Policy.At(), c.Key.At)}
	if !slices.Contains(o.Open, e) {
		o.Open = append(o.Open, e)
	}
}

type exposures struct {
	list []symbolic.Exposure
	err  error
}

// external asks who outside can use the key, once for all keys with the same policy.
func (c *Case) external(u *symbolic.Universe, z *symbolic.Zone) ([]symbolic.Exposure, error) {
	k, shared := c.policyKey()
	if shared {
		if found, ok := c.w.e.outside.Load(k); ok {
			x := found.(*exposures)
			return x.list, x.err
		}
	}
	list, err := u.External(z, c.Target)
	if shared {
		c.w.e.outside.Store(k, &exposures{list, err})
	}
	return list, err
}

func (c *Case) outside() Outside {
	out := Outside{}
	u, z := c.Universe()
	if assumed := c.assumedOrganization(); assumed != "" {
		out.Assumed = append(out.Assumed, "organization "+assumed+", which the key policy names, is its own")
	}
	exposures, err := c.external(u, z)
	if err != nil {
		out.Open = append(out.Open, bedlock.Evidence{Text: err.Error(), At: c.Key.At})
		return out
	}
	for i := range exposures {
		x := &exposures[i]
		o := Outsider{Who: readable(kindOf.ReplaceAllString(x.Who, "")), Public: x.Public}
		for n := range x.Actions {
			a := &x.Actions[n]
			if a.Verdict == symbolic.Unknown {
				out.unknown(c, a.Reason)
				continue
			}
			who := &a.Witness.Request.Principal
			if o.Service = who.Kind == authz.Service; !x.Public {
				o.Account = who.Account
			}
			if len(o.Actions) == 0 && len(a.Conditions) > 0 {
				o.Conditions = a.Conditions[0]
			}
			o.Actions = append(o.Actions, a.Action)
			for _, r := range a.Witness.Decision.Reasons {
				if r.Layer == authz.LayerResource && !slices.Contains(o.Statements, r.Statement) {
					o.Statements = append(o.Statements, r.Statement)
				}
				if r.Layer != authz.LayerResource && r.Layer != authz.LayerGrant {
					continue // assumed, or no reason for the key's side
				}
				if r.Layer == authz.LayerResource {
					r.Policy = c.Target.Policy.Name() // not that of a key with the same policy
				}
				if because := c.reason(&r); !slices.Contains(o.Because, because) {
					o.Because = append(o.Because, because)
				}
			}
		}
		if len(o.Actions) > 0 {
			out.add(&o)
		}
	}
	for _, g := range c.OpenGrants() {
		out.Open = append(out.Open, g)
	}
	return out
}
