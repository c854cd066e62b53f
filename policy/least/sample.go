package least

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
	"github.com/bedlock/bedlock/policy/symbolic"
)

// principalNamed is a user, or some session of a role.
func principalNamed(name string) authz.Principal {
	a, _ := arn.Parse(name)
	p := authz.Principal{Kind: authz.User, ARN: name, Account: a.Account}
	if strings.HasPrefix(a.Resource, "role/") {
		session := arn.ARN{Partition: a.Partition, Service: "sts", Account: a.Account, Resource: "assumed-role/" + name[strings.LastIndexByte(name, '/')+1:] + "/session"}
		p.Kind, p.ARN, p.Role = authz.Session, session.String(), name
		p.ServiceLinked = strings.HasPrefix(a.Resource, "role/aws-service-role/")
	}
	return p
}

// asker is some principal of a need. For an account it is the root user, who needs
// no policies.
func asker(n *symbolic.Need, key arn.ARN) authz.Principal {
	p := n.Principal
	switch {
	case p.Kind == 0 || p.Kind == authz.Root:
		return authz.Principal{Kind: authz.Root, ARN: rootOf(key, p.Account), Account: p.Account}
	case p.Kind == authz.Session && p.ARN == "":
		return principalNamed(p.Role)
	}
	return p
}

// fillers stand for the wildcards of a need's texts in requests made up from it.
var fillers = [...]string{"", "x", "x/y"}

// Samples makes up requests of a need on a key, for each of its actions.
func Samples(n *symbolic.Need, key string) []authz.Request {
	k, _ := arn.ParseKey(key)
	var out []authz.Request
	for _, a := range authz.KMSActions() {
		if !a.OnKey || !n.Covers(a.Name) {
			continue
		}
		m := only(n, a.Name)
		for _, filler := range fillers {
			out = append(out, authz.Request{Principal: asker(n, k.ARN), Action: a.Name, Resource: key, Context: sampleContext(&m, k.ARN.Region, filler)})
		}
	}
	return out
}

func sampleContext(n *symbolic.Need, region, filler string) authz.Context {
	out := authz.Context{}
	set := func(key string, values ...string) { out[key] = authz.Value{Values: values} }
	fill := func(key, pattern string) {
		if pattern != "" {
			set(key, strings.NewReplacer("*", filler, "?", "x").Replace(pattern))
		}
	}
	set("aws:requestedregion", region)
	set("aws:securetransport", "true")
	for name, value := range n.Context {
		fill("kms:encryptioncontext:"+strings.ToLower(name), value)
	}
	fill("kms:viaservice", n.Via)
	fill("aws:sourcearn", n.SourceARN)
	fill("aws:sourceaccount", n.SourceAccount)
	if n.Actions[0] == "kms:CreateGrant" {
		operations := n.GrantOperations
		if operations == nil {
			operations = []string{"Decrypt"}
		}
		set("kms:grantoperations", operations...)
		set("kms:grantisforawsresource", "true")
	}
	return out
}

// samples decides the requests made up from the needs.
func (p *Proof) samples(r *Result, u *symbolic.Universe, t *symbolic.Target) {
	for i := range r.Needs {
		for _, req := range Samples(&r.Needs[i], r.KeyARN) {
			p.Samples++
			l := layersOf(u, &req.Principal)
			l.Resource, l.Grants, l.RCPs, l.Endpoint = t.Policy, t.Grants, t.RCPs, t.Endpoint
			if d := authz.Decide(&req, &l); d.Outcome == authz.ExplicitDeny || d.Outcome == authz.ImplicitDeny {
				p.Refused = append(p.Refused, symbolic.Witness{Request: req, Layers: l, Decision: d})
			}
		}
	}
}

// layersOf are a principal's own layers, as far as the universe knows them.
func layersOf(u *symbolic.Universe, q *authz.Principal) authz.Layers {
	for i := range u.Parties {
		p := &u.Parties[i]
		if p.Principal.ARN == q.ARN || q.Kind == authz.Session && p.Principal.Kind == q.Kind && p.Principal.Account == q.Account && roleName(&p.Principal) == roleName(q) {
			q.Management, q.ServiceLinked = p.Principal.Management, p.Principal.ServiceLinked
			return p.Layers
		}
	}
	for i := range u.Accounts {
		if a := &u.Accounts[i]; a.ID == q.Account {
			q.Management = a.Management
			return authz.Layers{SCPs: a.SCPs}
		}
	}
	return authz.Layers{}
}
