package symbolic

import (
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// request makes the request of an assignment; ok is false when some variable has
// no value that is certain.
func (e *encoder) request(s *search, c *class) (r *authz.Request, ok bool) {
	r = &authz.Request{Action: e.action, Resource: e.resource, Context: authz.Context{}}
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
	if chosen := e.fixed[nameVariable].values; len(chosen) == 1 {
		name = chosen[0]
	}
	r.Principal = c.principal(name, r.Context[userIDKey].Values)
	r.GrantTokens = tokens(&c.layers)
	return r, true
}

// somebody is one of the class that no policy names.
func (c *class) somebody() authz.Principal {
	p := c.stand
	p.ServiceLinked, p.Management = c.who.ServiceLinked, c.who.Management
	return p
}

// principal is the one of the class with a value of aws:PrincipalArn and, unless that
// is left open, of aws:userid.
func (c *class) principal(name string, id []string) authz.Principal {
	p := c.somebody()
	if c.names != nil {
		a, err := arn.Parse(name)
		if err != nil {
			return p
		}
		p.Account = a.Account
		if p.Kind != authz.Session {
			p.ARN = name
			return p
		}
		p.Role = name
	}
	if p.Kind == authz.Session && c.who.ARN == "" {
		session := lastPart(p.ARN)
		if len(id) == 1 {
			_, session, _ = strings.Cut(id[0], ":")
		}
		p.ARN = sessionARN(p.Role, session)
	}
	return p
}
