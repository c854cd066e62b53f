package kms

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// ListGrants lists the grants of a key.
func (s *Service) ListGrants(ctx context.Context, c *Call, in *ListGrantsInput) (*ListGrantsOutput, error) {
	conditions := authz.Context{}
	forResource(c, conditions)
	k, err := s.open(ctx, c, "kms:ListGrants", in.KeyId, idOrARN, nil, conditions)
	if err != nil {
		return nil, err
	}
	if err := check("ListGrants", k.v); err != nil {
		return nil, err
	}
	switch { // the texts are unconfirmed
	case in.GranteePrincipal != "" && in.GranteeServicePrincipal != "":
		return nil, fail(Validation, "You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
	case in.GranteeServicePrincipal != "" && c.Principal.Kind != authz.Service:
		return nil, fail(Validation, "GranteeServicePrincipal is usable only by callers in a service principal.")
	}
	var grants []*Grant
	for _, g := range k.v.grants {
		if (in.GrantId == "" || in.GrantId == g.ID) && (in.GranteePrincipal == "" || in.GranteePrincipal == g.Grantee) &&
			(in.GranteeServicePrincipal == "" || in.GranteeServicePrincipal == g.GranteeService) {
			grants = append(grants, g)
		}
	}
	entries, next, err := grantPage("ListGrants", in.Marker, in.Limit, k.v.Partition, grants)
	if err != nil {
		return nil, err
	}
	return &ListGrantsOutput{Grants: entries, NextMarker: next, Truncated: next != ""}, nil
}

// ListRetirableGrants lists the grants in the Region, on keys of whatever account, that a
// principal of the caller's account is the retiring principal of. It is authorized on the
// principal, and by nothing on the keys.
func (s *Service) ListRetirableGrants(ctx context.Context, c *Call, in *ListRetirableGrantsInput) (*ListRetirableGrantsOutput, error) {
	if err := s.allow(ctx, c, "kms:ListRetirableGrants", in.RetiringPrincipal+in.RetiringServicePrincipal, nil); err != nil {
		return nil, err
	}
	switch { // the texts are unconfirmed
	case (in.RetiringPrincipal == "") == (in.RetiringServicePrincipal == ""):
		return nil, fail(Validation, "You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
	case in.RetiringServicePrincipal != "" && c.Principal.Kind != authz.Service:
		return nil, fail(Validation, "RetiringServicePrincipal is usable only by callers in a service principal.")
	case in.RetiringPrincipal != "":
		if a, err := arn.Parse(in.RetiringPrincipal); err != nil || a.Account != c.Account {
			return nil, fail(InvalidArn, "ARN does not refer to a valid principal: %s", in.RetiringPrincipal)
		}
	}
	var grants []*Grant
	for _, e := range s.entriesOf(c.Region) {
		v := s.settled(e)
		if v == nil {
			continue
		}
		for _, g := range v.grants {
			if in.RetiringPrincipal == g.Retiring && in.RetiringServicePrincipal == g.RetiringService {
				grants = append(grants, g)
			}
		}
	}
	entries, next, err := grantPage("ListRetirableGrants", in.Marker, in.Limit, partition(c.Region), grants)
	if err != nil {
		return nil, err
	}
	return &ListRetirableGrantsOutput{Grants: entries, NextMarker: next, Truncated: next != ""}, nil
}

// entriesOf are the keys in a Region that have grants.
func (s *Service) entriesOf(region string) []*entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []*entry
	for id, e := range s.ids {
		if id.region == region && len(e.now.Load().grants) > 0 {
			out = append(out, e)
		}
	}
	return out
}

// grantPage is a page of grants, in the order of their ids. AWS's order is unconfirmed.
func grantPage(op, marker string, limit int, partition string, grants []*Grant) ([]GrantListEntry, string, error) {
	slices.SortFunc(grants, func(a, b *Grant) int { return strings.Compare(a.ID, b.ID) })
	cut, next, err := page(op, marker, limit, grants, func(g *Grant) string { return g.ID })
	if err != nil {
		return nil, "", err
	}
	entries := make([]GrantListEntry, len(cut))
	for i, g := range cut {
		entries[i] = g.entry(partition)
	}
	return entries, next, nil
}

// entry is the grant as lists show it.
func (g *Grant) entry(partition string) GrantListEntry {
	k := Key{ID: g.Key, Account: g.Account, Region: g.Region, Partition: partition}
	out := GrantListEntry{
		KeyId: k.ARN(), GrantId: g.ID, Name: g.Name, CreationDate: g.Created, IssuingAccount: g.Issuer, Operations: g.Operations,
		GranteePrincipal: g.Grantee, GranteeServicePrincipal: g.GranteeService,
		RetiringPrincipal: g.Retiring, RetiringServicePrincipal: g.RetiringService,
	}
	if g.SourceARN != "" || g.ContextEquals != nil || g.ContextSubset != nil {
		out.Constraints = &GrantConstraints{EncryptionContextSubset: g.ContextSubset, EncryptionContextEquals: g.ContextEquals, SourceArn: g.SourceARN}
	}
	return out
}
