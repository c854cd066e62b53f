package symbolic

import (
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// class is a set of principals that no policy tells apart except by conditions: one
// principal that is known, all sessions of a role that nothing names, or all others of
// a kind.
type class struct {
	// what says who they are: an ARN, or "any other user of account 111122223333".
	what string
	// who is the principal, as far as all of the class have it in common: without ARN
	// for sessions that nothing names, without Role for a path that is not known, and
	// without either for others of a kind.
	who authz.Principal
	// stand has the names of one of the class that no policy names, or of the only one.
	stand authz.Principal
	// others: the class stands for principals that are not named.
	others bool
	// names returns what aws:PrincipalArn may be, with hints to try first; nil: it
	// follows from who.
	names func() []clause
	hints []string
	// besides are the names of sessions of the role that are not of the class.
	besides []string
	// account is empty for an account that is not named.
	account string
	// organization: 1 when the account is in the organization of the universe, -1
	// when it is not, 0 when that is not known.
	organization int
	layers       authz.Layers
	assumed      []string
	// digests are those of the policies; weight is what it takes to set a question up.
	digests *digests
	weight  int
}

// vague reports whether parts of the principal's names are not known.
func (c *class) vague() bool {
	p := &c.who
	return strings.Contains(p.ARN, "${") || strings.Contains(p.Role, "${") || strings.Contains(p.Parent, "${") || strings.Contains(p.Account, "${")
}

// nameChars are the characters of the names of users, roles and sessions, pathChars
// those of paths, idChars those of unique ids. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
// and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
var (
	nameChars = chars("a-zA-Z0-9+=,.@_-")
	pathChars = chars("!-\x7f")
	idChars   = chars("a-zA-Z0-9")
	digits    = chars("0-9")
)

// ways are the ways in which a principal matches an element.
type ways [authz.ByAccount + 1]bool

// strongest is the first of them, NoPrincipal without any.
func (w *ways) strongest() authz.Match {
	for m := authz.Direct; m <= authz.ByAccount; m++ {
		if w[m] {
			return m
		}
	}
	return authz.NoPrincipal
}

// alias is a name of a principal, and how an entry of a policy with that name matches
// it.
type alias struct {
	name string
	way  authz.Match
}

// aliases are the names that entries may have for all principals of the class.
func (c *class) aliases() []alias {
	q := &c.who
	if q.Kind == authz.Service {
		return []alias{{q.ARN, authz.Direct}}
	}
	out := make([]alias, 1, 4)
	out[0] = alias{c.account, authz.ByAccount}
	if c.others {
		return out
	}
	if q.ARN != "" {
		out = append(out, alias{q.ARN, authz.Direct})
	}
	id, _, _ := strings.Cut(q.ID, ":")
	switch q.Kind {
	case authz.User:
		out = append(out, alias{id, authz.Direct})
	case authz.Session:
		out = append(out, alias{q.Role, authz.ByRole}, alias{id, authz.ByRole})
	case authz.Federated:
		out = append(out, alias{q.Parent, authz.ByParent})
	}
	return out
}

// spared tells whether a Deny with NotPrincipal leaves the class out that is listed
// in some ways, or with all: when it is listed by every name it has, its own, its
// role's and its account's. With a permissions boundary it never is. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
// and https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (c *class) spared(w ways, all bool) bool {
	kind := c.who.Kind
	switch {
	case c.layers.Boundary != nil && (kind == authz.User || kind == authz.Session):
		return false
	case all || kind == authz.Service:
		return w.strongest() != authz.NoPrincipal
	case kind == authz.Root:
		return w[authz.ByAccount]
	case kind == authz.Session:
		return w[authz.Direct] && w[authz.ByRole] && w[authz.ByAccount]
	}
	return w[authz.Direct] && w[authz.ByAccount]
}

// accountIn returns the account that a principal of a policy delegates to.
func accountIn(s string) string {
	if len(s) == 12 && strings.Trim(s, "0123456789") == "" {
		return s
	}
	if !strings.HasPrefix(s, "arn:") || !strings.HasSuffix(s, ":root") {
		return ""
	}
	parts := strings.SplitN(s, ":", 6)
	if len(parts) == 6 && parts[2] == "iam" && parts[5] == "root" {
		return parts[4]
	}
	return ""
}
