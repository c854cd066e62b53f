package symbolic

import (
	"strings"
	"sync"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// Universe is what is known of the principals that there are. All others (further
// users and roles of the named accounts, other accounts, other services) are
// always considered too. The zero value knows nobody.
type Universe struct {
	// Partition is "aws" when empty.
	Partition string
	// Organization is the id (o-…) of the organization that [Account.Inside] speaks
	// of; empty: not known.
	Organization string
	Accounts     []Account
	Parties      []Party
	// Work bounds the work on one question: of one principal and one action, or of one
	// direction of a comparison. Its unit is a node of a formula visited; 0:
	// [DefaultWork]. A method that asks many such questions may do ten times that in
	// all. What is left when it ends is Unknown.
	Work int
}

// Account is an account of which something is known.
type Account struct {
	ID string
	// Inside: the account is in the organization.
	Inside bool
	// SCPs are the account's service control policies by level; nil: none apply.
	SCPs [][]*authz.Policy
	// Management: the account is the management account.
	Management bool
	// Closed: Parties has every user and role of the account, so that no others are
	// considered.
	Closed bool
}

// Party is a principal whose policies are known.
//
// A Session with an ARN is that very session; one with a Role and no ARN stands for all
// sessions of the role, of which those that are named elsewhere are looked at by
// themselves. The name of a session, and with it aws:userid, is then open. A Session
// with an ARN and no Role is of a role without a path.
type Party struct {
	Principal authz.Principal
	// Layers are the principal's own: Identity, Boundary, Session, SCPs. The others
	// are not read.
	Layers authz.Layers
}

// Target is a KMS key with all that protects it.
type Target struct {
	// Key is the key's ARN.
	Key string
	// Policy is the key policy.
	Policy *authz.Policy
	Grants []authz.Grant
	// RCPs are the resource control policies of the key's account by level; nil:
	// none apply.
	RCPs [][]*authz.Policy
	// Endpoint is the policy of the VPC endpoint that all calls are taken to come
	// through; nil: none.
	Endpoint *authz.Policy
}

// layers completes the layers of a principal by those of the key.
func (t *Target) layers(own authz.Layers) authz.Layers {
	own.Resource, own.Grants, own.RCPs, own.Endpoint = t.Policy, t.Grants, t.RCPs, t.Endpoint
	return own
}

// unconstrained stands for policies that are not known: it allows everything.
var unconstrained = sync.OnceValue(func() *authz.Policy {
	return authz.Compile("assumed", &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{
		{Effect: policy.Allow, Actions: []string{"*"}, Resources: []string{"*"}},
	}})
})

// unconstrainedFor is unconstrained for policies that name principals.
var unconstrainedFor = sync.OnceValue(func() *authz.Policy {
	return authz.Compile("assumed", &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{
		{Effect: policy.Allow, Principals: &policy.Principals{Any: true}, Actions: []string{"*"}, Resources: []string{"*"}},
	}})
})

const (
	assumedIdentity = "identity-based policies: not known, taken to allow everything"
	assumedSCP      = "service control policies of the account: not known, taken to allow everything"
)

// census collects the principals that inputs name.
type census struct {
	u         *Universe
	partition string
	accounts  set
	entries   set // ARNs of users, roles and sessions
	services  set
	// limited: there are resource control policies.
	limited bool
	// named and roles are findNamed and findRoles, unused is a name of neither a user
	// nor a role; each is found once, after all inputs were read.
	named  func() map[string][]string
	roles  func() map[string]*role
	unused func() string
	// digests are those of the policies.
	digests *digests
}

// set are texts in the order in which they were found, each once.
type set struct {
	list []string
	has  map[string]bool
}

func (s *set) add(text string) {
	if s.has[text] {
		return
	}
	if s.has == nil {
		s.has = map[string]bool{}
	}
	s.has[text] = true
	s.list = append(s.list, text)
}

func (u *Universe) census(partition string) *census {
	c := &census{u: u, partition: partition, digests: &digests{}}
	if c.partition == "" {
		c.partition = u.Partition
	}
	if c.partition == "" {
		c.partition = "aws"
	}
	c.named, c.roles, c.unused = sync.OnceValue(c.findNamed), sync.OnceValue(c.findRoles), sync.OnceValue(c.findUnused)
	for i := range u.Accounts {
		c.account(u.Accounts[i].ID)
	}
	for i := range u.Parties {
		c.account(u.Parties[i].Principal.Account)
	}
	return c
}

func (c *census) account(id string) {
	if id != "" {
		c.accounts.add(id)
	}
}

func (c *census) document(p *authz.Policy) {
	if p == nil {
		return
	}
	d := p.Document()
	for i := range d.Statements {
		for _, l := range []*policy.Principals{d.Statements[i].Principals, d.Statements[i].NotPrincipals} {
			if l == nil {
				continue
			}
			for _, s := range l.AWS {
				c.entry(s)
			}
			for _, s := range l.Service {
				c.service(s)
			}
		}
		for _, cond := range d.Statements[i].Conditions {
			if key := strings.ToLower(cond.Key); key != "kms:calleraccount" && key != "aws:principalaccount" {
				continue
			}
			for _, s := range cond.Values {
				c.account(accountIn(s))
			}
		}
	}
}

func (c *census) service(s string) {
	if !strings.Contains(s, "${") {
		c.services.add(s)
	}
}

// entry notes a principal of a policy or a grant.
func (c *census) entry(s string) {
	if account := accountIn(s); account != "" {
		if !strings.Contains(account, "${") {
			c.account(account)
		}
		return
	}
	a, err := arn.Parse(s)
	switch {
	case strings.Contains(s, "${"):
	case err != nil && strings.Contains(s, ".amazon"):
		c.service(s)
	case err == nil:
		c.account(a.Account)
		c.entries.add(s)
	}
}

// principalOf reads the ARN of a user, role or session; ok is false for others. A role
// is all of its sessions. The ARN of a session does not tell its role's path, so that
// Role stays empty.
func principalOf(s string) (p authz.Principal, ok bool) {
	a, err := arn.Parse(s)
	if err != nil {
		return p, false
	}
	p.ARN, p.Account = s, a.Account
	switch {
	case a.Service == "iam" && strings.HasPrefix(a.Resource, "user/"):
		p.Kind = authz.User
	case a.Service == "iam" && strings.HasPrefix(a.Resource, "role/"):
		p = sessionOf(s)
	case a.Service == "sts" && strings.HasPrefix(a.Resource, "assumed-role/"):
		p.Kind = authz.Session
		role, name, _ := strings.Cut(strings.TrimPrefix(a.Resource, "assumed-role/"), "/")
		return p, isName(role) && isName(name)
	case a.Service == "sts" && strings.HasPrefix(a.Resource, "federated-user/"):
		p.Kind = authz.Federated
	default:
		return p, false
	}
	return p, true
}

func (u *Universe) accountNamed(id string) *Account {
	for i := range u.Accounts {
		if u.Accounts[i].ID == id {
			return &u.Accounts[i]
		}
	}
	return nil
}
