package estate

import (
	"maps"
	"slices"
	"strings"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/policy/authz"
)

// DirectCall is a call of KMS with the key of a case that a principal makes itself, and not a
// service for it.
type DirectCall struct {
	Action string // kms:Decrypt
	// Context is all of its encryption context; of CreateGrant, the one that the grant is
	// constrained to.
	Context map[string]string
	// Operations and Grantee are those of the grant that CreateGrant makes.
	Operations []string
	Grantee    string
}

// Who is the party of an ARN: of a user, of a role, or of a session of a role. Of one that is not
// in the inventory the own policies are taken to allow everything.
func (c *Case) Who(full string) *Party {
	a, err := arn.Parse(full)
	name, session := strings.CutPrefix(a.Resource, "assumed-role/")
	if err != nil || !session {
		return c.w.partyByARN(full)
	}
	name, _, _ = strings.Cut(name, "/")
	parts := c.w.e.inv.Parts()
	for i := range parts.Principals {
		p := &parts.Principals[i]
		if p.Kind == inventory.Role && c.w.principalName(p) == name && accountOf(c.w.principalARN(p)) == a.Account {
			return c.w.party(p.ID)
		}
	}
	return c.w.partyByARN(full)
}

// Meets decides a need for one principal, as its service makes the calls for this very resource.
func (c *Case) Meets(p *Party, r *inventory.Resource, need *catalog.Need) Use {
	return c.decideFor(p, r, need, true)
}

// Direct decides a direct call. What the network and the time add to a request stays open.
func (c *Case) Direct(p *Party, d DirectCall) Step {
	layers := p.Layers
	layers.Resource, layers.Grants, layers.RCPs = c.Target.Policy, c.Target.Grants, c.Target.RCPs
	req := c.request(p, d.Action)
	maps.Copy(req.Context, d.context())
	s := Step{Action: d.Action, Request: req, Layers: &layers, Case: c}
	// The names of encryption contexts and tags that count are those that the policies ask for.
	for {
		s.Decision = authz.Decide(req, &layers)
		if s.Decision.Outcome != authz.Unknown || !c.settle(req.Context, s.Decision.Open) {
			break
		}
	}
	switch s.Decision.Outcome {
	case authz.Allow:
		s.Verdict = Able
	case authz.Unknown:
		s.Verdict = c.rate(s.Decision.Open)
	default:
		s.Verdict = Unable
	}
	return s
}

// Why says what a step depends on that is not decided.
func (s *Step) Why() []bedlock.Evidence { return s.Case.grounds(nil, s) }

// context are the context keys of a direct call. Those without a value it does not have.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func (d *DirectCall) context() authz.Context {
	absent, one := authz.Value{Values: []string{}}, func(s string) authz.Value { return authz.Value{Values: []string{s}} }
	out := authz.Context{
		"kms:viaservice": absent, "aws:viaawsservice": one("false"), "kms:grantisforawsresource": one("false"),
		"aws:calledvia": absent, "aws:calledviafirst": absent, "aws:calledvialast": absent,
		"aws:sourcearn": absent, "aws:sourceaccount": absent, "aws:sourceorgid": absent, "aws:sourceorgpaths": absent,
		"kms:requestalias": absent, "kms:encryptionalgorithm": one("SYMMETRIC_DEFAULT"), "kms:reencryptonsamekey": one("true"),
		"kms:retiringprincipal": absent, "kms:granteeserviceprincipal": absent, "kms:retiringserviceprincipal": absent,
		"kms:grantconstraintsourcearn": absent, "kms:encryptioncontextkeys": {Values: slices.Sorted(maps.Keys(d.Context))},
		"kms:granteeprincipal": one(d.Grantee), "kms:grantoperations": {Values: d.Operations}, "kms:grantconstrainttype": absent,
	}
	if len(d.Context) > 0 {
		out["kms:grantconstrainttype"] = one("EncryptionContextSubset")
	}
	for key, v := range d.Context {
		out["kms:encryptioncontext:"+strings.ToLower(key)] = one(v)
	}
	return out
}

// settle gives a request the keys that an answer depends on and that are known all the same. It
// says whether there were any.
func (c *Case) settle(given authz.Context, open []string) (any bool) {
	for _, key := range open {
		if _, ok := given[key]; ok {
			continue
		}
		tag, isTag := strings.CutPrefix(key, "aws:resourcetag/")
		switch {
		case strings.HasPrefix(key, "kms:encryptioncontext:"):
			given[key] = authz.Value{Values: []string{}}
		case isTag && c.Key.Tags.Open == "":
			given[key] = authz.Value{Values: []string{}}
			for name, v := range c.Key.Tags.Known {
				if strings.EqualFold(name, tag) {
					given[key] = authz.Value{Values: []string{v}}
				}
			}
		default:
			continue
		}
		any = true
	}
	return any
}
