package authz

import (
	"slices"
	"strings"
)

// grantClasses tells how a grant reaches the request's principal. Whether a
// permissions boundary or a session policy limits what a grant gives is not
// documented: a grant is taken like a statement of the key policy that names its
// grantee, and one to a service-linked role like one that names the session.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func (e *eval) grantClasses(g *Grant) classes {
	if e.kms < 0 || g.Pending && (g.Token == "" || !slices.Contains(e.req.GrantTokens, g.Token)) {
		return classes{}
	}
	c := classes{}
	if rest := e.grantHolds(g); rest != no {
		who := e.grantee(g.Grantee)
		c.merge(&who, rest)
	}
	if e.kms == retireGrant && g.Retiring != "" {
		who := e.grantee(g.Retiring)
		c.merge(&who, yes)
	}
	return c
}

// grantee matches a principal of a grant.
func (e *eval) grantee(name string) (c classes) {
	q := &e.req.Principal
	switch q.Kind {
	case Anonymous:
	case Service:
		c[Direct] = sameText(name, q.ARN)
	default:
		if account := accountOf(name); account != "" {
			c[ByAccount] = sameText(account, q.Account)
		} else if hasToken(name) {
			t := (textRules{}).compile(name)
			e.resemble(&c, &t)
		} else {
			e.identify(&c, name)
		}
	}
	if q.ServiceLinked {
		c[Direct] = max(c[Direct], c[ByRole])
	}
	return c
}

// grantHolds evaluates operations and constraints.
func (e *eval) grantHolds(g *Grant) tri {
	if !slices.Contains(g.Operations, kmsActions[e.kms].name) {
		return no
	}
	result := yes
	if e.req.Principal.Kind == Service && g.SourceARN != "" && e.kms != retireGrant {
		result = e.grantSource(g.SourceARN)
	}
	if e.kms == describeKey || e.kms == retireGrant {
		return result
	}
	result = min(result, e.contextHas(g.ContextSubset))
	if g.ContextEquals != nil {
		result = min(result, e.contextHas(g.ContextEquals), e.contextWithin(g.ContextEquals))
	}
	if e.kms == createGrant {
		result = min(result, e.childWithin(g))
	}
	return result
}

var (
	describeKey = kmsIndexes["kms:DescribeKey"]
	retireGrant = kmsIndexes["kms:RetireGrant"]
	createGrant = kmsIndexes["kms:CreateGrant"]

	sourceARNKey       = newContextKey("aws:SourceArn")
	grantOperationsKey = newContextKey("kms:GrantOperations")
	grantConstraintKey = newContextKey("kms:GrantConstraintType")
)

func (e *eval) grantSource(want string) tri {
	v, state := e.one(&sourceARNKey)
	switch state {
	case keyUnknown:
		return maybe
	case keyPresent:
		return sameText(want, v)
	}
	return no
}

// contextValue finds a pair of the encryption context by its key, whose case does
// not matter.
func (e *eval) contextValue(key string) (Value, bool) {
	if contextActions>>e.kms&1 == 0 {
		return Value{}, false
	}
	var buf [256]byte
	b := append(buf[:0], contextPrefix...)
	for i := range len(key) {
		b = append(b, lower(key[i]))
	}
	v, ok := e.req.Context[string(b)]
	if !ok && e.req.Open {
		return Value{Unknown: true}, true
	}
	return v, ok
}

// contextHas reports whether the encryption context has all pairs.
func (e *eval) contextHas(pairs map[string]string) tri {
	result := yes
	for key, want := range pairs {
		v, ok := e.contextValue(key)
		switch {
		case !ok:
			return no
		case v.Unknown:
			result = min(result, maybe)
		case len(v.Values) != 1:
			return no
		default:
			result = min(result, sameText(want, v.Values[0]))
		}
	}
	return result
}

// contextWithin reports whether the encryption context has no other pairs.
func (e *eval) contextWithin(pairs map[string]string) tri {
	if contextActions>>e.kms&1 == 0 {
		return yes
	}
	result := yes
	if e.req.Open { // there may be more pairs than are said
		result = maybe
	}
	for name, v := range e.req.Context {
		rest, ok := strings.CutPrefix(name, contextPrefix)
		if !ok {
			continue
		}
		listed := false
		for key := range pairs {
			listed = listed || strings.EqualFold(key, rest)
		}
		switch {
		case listed:
		case v.Unknown:
			result = min(result, maybe)
		case len(v.Values) > 0:
			return no
		}
	}
	return result
}

// childWithin reports whether a grant made by way of this one stays within it: no
// other operations, and the whole encryption context fixed where it is fixed here.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-grant-overview.html
func (e *eval) childWithin(g *Grant) tri {
	result := yes
	values, state := e.values(&grantOperationsKey)
	if state == keyUnknown {
		result = maybe
	}
	for _, operation := range values {
		if !slices.Contains(g.Operations, operation) {
			return no
		}
	}
	if g.ContextEquals != nil {
		switch v, state := e.one(&grantConstraintKey); state {
		case keyUnknown:
			result = min(result, maybe)
		case keyPresent:
			result = min(result, truth(v == "EncryptionContextEquals"))
		}
	}
	return result
}
