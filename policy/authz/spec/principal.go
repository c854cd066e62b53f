package spec

import (
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	accountARN = regexp.MustCompile(`^arn:[a-z-]+:iam::([0-9]{12}):root$`)
)

// role is the ARN of a session's role, made from the session's when not given.
func (e *evaluation) role() string {
	p := e.req.Principal
	if p.Role != "" {
		return p.Role
	}
	parts := strings.SplitN(p.ARN, ":", 6)
	name := strings.Split(parts[len(parts)-1], "/")
	if len(parts) < 6 || len(name) < 2 {
		return ""
	}
	return "arn:" + parts[1] + ":iam::" + parts[4] + ":role/" + name[1]
}

// match tells how the principal matches a Principal element, the strongest way if
// several. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (e *evaluation) match(list *policy.Principals, effect policy.Effect) authz.Match {
	p := e.req.Principal
	everyone := list.Any || slices.Contains(list.AWS, "*")
	switch {
	case list.Any:
		return authz.Direct
	// Whether {"AWS": "*"} covers services is not documented. Taken to the safe side:
	// it does in Deny and not in Allow.
	case everyone && (p.Kind != authz.Service || effect == policy.Deny):
		return authz.Direct
	case p.Kind == authz.Service:
		if slices.Contains(list.Service, p.ARN) {
			return authz.Direct
		}
		return authz.NoPrincipal
	case p.Kind == authz.Anonymous:
		return authz.NoPrincipal
	}
	best := authz.NoPrincipal
	for _, entry := range list.AWS {
		if m := e.matchEntry(entry); m != authz.NoPrincipal && (best == authz.NoPrincipal || m < best) {
			best = m
		}
	}
	return best
}

// matchEntry compares one AWS entry with the names of the principal: its own, its
// parent's, its role's, its account's. A stored policy may have unique ids:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func (e *evaluation) matchEntry(entry string) authz.Match {
	p := e.req.Principal
	account := entry
	if m := accountARN.FindStringSubmatch(entry); m != nil {
		account = m[1]
	}
	switch {
	case accountID.MatchString(account):
		if account == p.Account {
			return authz.ByAccount
		}
	case p.Kind == authz.Root:
		return authz.NoPrincipal
	case entry == p.ARN:
		return authz.Direct
	case p.Kind == authz.User && p.ID != "" && entry == p.ID:
		return authz.Direct
	case p.Kind == authz.Federated && p.Parent != "" && entry == p.Parent:
		return authz.ByParent
	case p.Kind == authz.Session && e.isRole(entry):
		return authz.ByRole
	}
	return authz.NoPrincipal
}

func (e *evaluation) isRole(entry string) bool {
	p := e.req.Principal
	if p.ID != "" && entry == p.ID {
		return true
	}
	if p.Role != "" {
		return entry == p.Role
	}
	// The path of the role is not in the ARN of its sessions.
	own := strings.SplitN(e.role(), ":", 6)
	parts := strings.SplitN(entry, ":", 6)
	if len(parts) < 6 || len(own) < 6 || !strings.HasPrefix(parts[5], "role/") {
		return false
	}
	name := parts[5][strings.LastIndex(parts[5], "/")+1:]
	return slices.Equal(parts[:5], own[:5]) && "role/"+name == own[5]
}

// spared tells whether NotPrincipal leaves the principal out. A Deny spares only
// who is listed with every name it has: its own, its role's, and its account's,
// so that the guide's example, which lists an account and one of its users, denies
// the other users of the account. A principal with a permissions boundary is never
// spared. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (e *evaluation) spared(list *policy.Principals, effect policy.Effect) bool {
	p := e.req.Principal
	if effect == policy.Allow {
		// The guide says that this is not supported. To the safe side, whoever is listed
		// with any name is left out.
		return e.match(list, policy.Deny) != authz.NoPrincipal
	}
	if e.layers.Boundary != nil && (p.Kind == authz.User || p.Kind == authz.Session) && !e.rules.boundarySpares {
		return false
	}
	if list.Any || p.Kind == authz.Service || p.Kind == authz.Anonymous || slices.Contains(list.AWS, "*") {
		return e.match(list, policy.Allow) != authz.NoPrincipal
	}
	found := map[authz.Match]bool{}
	for _, entry := range list.AWS {
		found[e.matchEntry(entry)] = true
	}
	if e.rules.oneNameSpares {
		return found[authz.Direct] || found[authz.ByRole] || found[authz.ByParent] || found[authz.ByAccount]
	}
	switch p.Kind {
	case authz.Root:
		return found[authz.ByAccount]
	case authz.Session:
		return found[authz.Direct] && found[authz.ByRole] && found[authz.ByAccount]
	}
	return found[authz.Direct] && found[authz.ByAccount]
}
