package symbolic

import (
	"slices"
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
	// Work bounds the work on one question, in nodes of formulas visited;
	// 0: [DefaultWork].
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
func unconstrained() *authz.Policy {
	return authz.Compile("assumed", &policy.Document{Version: "2012-10-17", Statements: []policy.Statement{
		{Effect: policy.Allow, Actions: []string{"*"}, Resources: []string{"*"}},
	}})
}

const (
	assumedIdentity = "identity-based policies: not known, taken to allow everything"
	assumedSCP      = "service control policies of the account: not known, taken to allow everything"
)

// census collects the principals that inputs name.
type census struct {
	u         *Universe
	partition string
	accounts  []string // in the order found
	entries   []string // ARNs of users, roles and sessions
	services  []string
	// limited: there are resource control policies.
	limited bool
	// named is findNamed, done once.
	named func() map[string][]string
}

func (u *Universe) census() *census {
	c := &census{u: u, partition: u.Partition}
	if c.partition == "" {
		c.partition = "aws"
	}
	c.named = sync.OnceValue(c.findNamed)
	for i := range u.Accounts {
		c.account(u.Accounts[i].ID)
	}
	for i := range u.Parties {
		c.account(u.Parties[i].Principal.Account)
	}
	return c
}

func (c *census) account(id string) {
	if id != "" && !slices.Contains(c.accounts, id) {
		c.accounts = append(c.accounts, id)
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
	if !strings.Contains(s, "${") && !slices.Contains(c.services, s) {
		c.services = append(c.services, s)
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
		if !slices.Contains(c.entries, s) {
			c.entries = append(c.entries, s)
		}
	}
}

// principalOf reads the ARN of a user, role or session; ok is false for others.
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
		name, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "assumed-role/"), "/")
		p.Role = arn.ARN{Partition: a.Partition, Service: "iam", Account: a.Account, Resource: "role/" + name}.String()
	case a.Service == "sts" && strings.HasPrefix(a.Resource, "federated-user/"):
		p.Kind = authz.Federated
	default:
		return p, false
	}
	return p, true
}

// sessionOf returns some session of a role.
func sessionOf(role string) authz.Principal {
	a, _ := arn.Parse(role)
	name := a.Resource[strings.LastIndexByte(a.Resource, '/')+1:]
	session := arn.ARN{Partition: a.Partition, Service: "sts", Account: a.Account, Resource: "assumed-role/" + name + "/session"}
	return authz.Principal{
		Kind: authz.Session, ARN: session.String(), Role: role, Account: a.Account,
		ServiceLinked: strings.HasPrefix(a.Resource, "role/aws-service-role/"),
	}
}

func (u *Universe) accountNamed(id string) *Account {
	for i := range u.Accounts {
		if u.Accounts[i].ID == id {
			return &u.Accounts[i]
		}
	}
	return nil
}
