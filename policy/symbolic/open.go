package symbolic

import "github.com/bedlock/bedlock/policy/authz"

// openRequest is the open request that stands for all requests of a class. It says
// what is the same in all of them, and of the keys that the engine would derive from
// the principal which of them are not.
func (e *encoder) openRequest(c *class) *authz.Request {
	r := &authz.Request{Principal: c.somebody(), Action: e.action, Resource: e.resource, Context: authz.Context{}, Open: true, GrantTokens: tokens(&c.layers)}
	for key, val := range e.fixed {
		if !implied[key] {
			r.Context[key] = authz.Value{Values: val.values}
		}
	}
	for key := range implied {
		if _, same := e.fixed[key]; !same {
			r.Context[key] = authz.Value{Unknown: true}
		}
	}
	if _, same := e.fixed[userIDKey]; !same {
		r.Context[userIDKey] = authz.Value{Unknown: true}
	}
	return r
}

// tokens are those of grants that have not propagated.
func tokens(l *authz.Layers) (out []string) {
	for i := range l.Grants {
		if g := &l.Grants[i]; g.Pending && g.Token != "" {
			out = append(out, g.Token)
		}
	}
	return out
}
