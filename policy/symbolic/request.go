package symbolic

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// implied are the context keys that the engine derives from the principal and the
// resource.
var implied = map[string]bool{
	"aws:principalarn": true, "aws:principalaccount": true, "aws:principaltype": true, "aws:principalisawsservice": true,
	"aws:principalservicename": true, "aws:username": true, "kms:calleraccount": true, "aws:resourceaccount": true,
}

// request makes the request of an assignment; ok is false when some variable has
// no value that is certain.
func (e *encoder) request(s *search, c *class) (r *authz.Request, ok bool) {
	r = &authz.Request{Principal: c.who, Action: e.action, Resource: e.resource, Context: authz.Context{}}
	name := ""
	for _, v := range e.m.order {
		val, verdict := s.feasible(v)
		if verdict != yes {
			e.stuck = v.name
			return nil, false
		}
		switch {
		case val.absent:
		case v == e.actionVar:
			r.Action = val.values[0]
		case v == e.resourceV:
			r.Resource = val.values[0]
		case v.name == nameVariable:
			name = val.values[0]
		default:
			r.Context[v.name] = authz.Value{Values: val.values}
		}
	}
	if c.others {
		e.name(&r.Principal, name)
	}
	for _, key := range sortedKeys(e.used) {
		if val, ok := e.fixed[key]; ok && !val.absent && !implied[key] {
			r.Context[key] = authz.Value{Values: val.values}
		}
	}
	for _, key := range r.Context[contextKeysName].Values {
		full := contextPrefix + strings.ToLower(key)
		if _, have := r.Context[full]; !have {
			r.Context[full] = authz.Value{Values: []string{"other"}}
		}
	}
	r.GrantTokens = tokens(&c.layers)
	return r, true
}

// name gives the principal of a class of many a name.
func (e *encoder) name(p *authz.Principal, name string) {
	a, err := arn.Parse(name)
	if err != nil {
		return
	}
	p.ARN, p.Account = name, a.Account
	if p.Kind == authz.Session {
		linked := p.ServiceLinked
		management := p.Management
		*p = sessionOf(name)
		p.ServiceLinked, p.Management = linked, management
	}
}
