package lint

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy"
)

// What package symbolic assumes of requests would make some proofs rest on more than
// AWS documents: that aws:SourceArn is in requests of services only, say, while AWS's
// own examples have it beside kms:ViaService. So keys of which something is assumed
// are renamed, in all statements of a question alike, to keys of which nothing is
// known: a proof then holds whichever requests have them.

// assumed are keys that symbolic gives to services or to others only.
var assumed = []string{
	"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicenameslist", "aws:principalservicename",
	"kms:viaservice", "aws:calledvia",
}

// ofPrincipals begin the keys that say who calls, of which it is not documented what
// services have.
var ofPrincipals = []string{"aws:principal", "aws:user", "kms:calleraccount"}

// plain returns statements as a question has them; ok is false when they cannot be
// put so that a proof says something about them.
func (p *prover) plain(q *question, list ...int) (out []policy.Statement, ok bool) {
	services := false
	for _, i := range q.statements {
		l := p.c.doc.Statements[i].Principals
		services = services || l != nil && len(l.Service) > 0
	}
	for _, i := range list {
		s := p.c.doc.Statements[i]
		switch p.c.kind {
		case Key:
			if !p.ownResources(&s) {
				return nil, false
			}
		case Identity, Boundary, Session, SCP:
			if s.Effect == policy.Allow && s.Covers("sts:GetCallerIdentity") {
				return nil, false // needs no policy, so symbolic leaves it out
			}
		default:
			if !p.sameCallers(q) {
				return nil, false
			}
			s.Principals, s.NotPrincipals = nil, nil
			if s.Resources == nil && s.NotResources == nil && (p.c.kind == Trust || p.c.kind == Resource) {
				s.Resources = []string{"*"} // the one that the policy belongs to
			}
		}
		if s.Conditions, ok = p.rename(s.Conditions, services); !ok {
			return nil, false
		}
		for _, entry := range slices.Concat(s.Resources, s.NotResources) {
			if p.renames(entry, services) {
				return nil, false
			}
		}
		out = append(out, s)
	}
	return out, true
}

// ownResources reports whether a statement of a key policy is about the key asked
// about.
func (p *prover) ownResources(s *policy.Statement) bool {
	return p.c.options.Key != "" || !slices.ContainsFunc(slices.Concat(s.Resources, s.NotResources), func(r string) bool { return r != "*" })
}

// rename renames the keys of conditions; ok is false when a variable asks for one.
func (p *prover) rename(conditions []policy.Condition, services bool) ([]policy.Condition, bool) {
	out := slices.Clone(conditions)
	for i := range out {
		key := strings.ToLower(out[i].Key)
		if p.frees(key, services) {
			out[i].Key = "other:" + strings.ReplaceAll(key, ":", "-")
		}
		for _, v := range out[i].Values {
			if p.renames(v, services) {
				return nil, false
			}
		}
	}
	return out, true
}

// renames reports whether a text has a variable for a key that is renamed.
func (p *prover) renames(text string, services bool) bool {
	for rest := strings.ToLower(text); ; {
		i := strings.Index(rest, "${")
		if i < 0 {
			return false
		}
		rest = rest[i+2:]
		key, _, _ := strings.Cut(rest, "}")
		key, _, _ = strings.Cut(key, ",")
		if p.frees(key, services) {
			return true
		}
	}
}

// frees reports whether a key, in lower case, is renamed. Where principals are left
// out, everything that says who calls is.
func (p *prover) frees(key string, services bool) bool {
	begins := func(with string) bool { return strings.HasPrefix(key, with) }
	if slices.ContainsFunc(assumed, begins) {
		return true
	}
	return (services || !p.c.namesNobody() && p.c.kind != Key) && slices.ContainsFunc(ofPrincipals, begins)
}

// sameCallers reports whether the first statement of a question is about callers
// that all others are about too, so that callers can be left out.
func (p *prover) sameCallers(q *question) bool {
	first := &p.c.doc.Statements[q.statements[0]]
	for _, i := range q.statements[1:] {
		other := &p.c.doc.Statements[i]
		switch {
		case other.Principals != nil && other.Principals.Any:
		case first.Principals == nil || other.Principals == nil || first.Principals.Any:
			return false
		case !subset(first.Principals.AWS, other.Principals.AWS) || !subset(first.Principals.Service, other.Principals.Service) ||
			!subset(first.Principals.Federated, other.Principals.Federated) || !subset(first.Principals.CanonicalUser, other.Principals.CanonicalUser):
			return false
		}
	}
	return true
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

// product is what it takes to compare the texts of two statements.
func product(a, b *policy.Statement) int {
	return 1 + (1+len(a.Actions))*(1+len(b.Actions)) + len(a.Resources)*len(b.Resources)
}

// meet reports whether two statements can be about one action, as far as their
// texts tell.
func meet(a, b *policy.Statement) bool {
	if a.Actions == nil || b.Actions == nil {
		return true
	}
	return slices.ContainsFunc(a.Actions, func(x string) bool {
		return slices.ContainsFunc(b.Actions, func(y string) bool { return overlap(strings.ToLower(x), strings.ToLower(y)) })
	})
}

// mayCover reports whether by can cover s, as far as their texts tell: each action
// and resource of s is one that a single entry of by covers. Questions that would
// need several entries together are not asked.
func mayCover(by, s *policy.Statement) bool {
	if by.Actions != nil && (s.Actions == nil && !slices.Contains(by.Actions, "*") || slices.ContainsFunc(s.Actions, func(a string) bool { return !by.Covers(a) })) {
		return false
	}
	if by.Resources == nil || s.Resources == nil {
		return true
	}
	return !slices.ContainsFunc(s.Resources, func(r string) bool {
		return !slices.ContainsFunc(by.Resources, func(b string) bool { return policy.Match(b, r) })
	})
}
