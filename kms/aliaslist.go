package kms

import (
	"context"
	"errors"
	"slices"
)

// ListAliases lists the aliases of an account in a Region, or of one of its keys. Those of
// AWS managed keys are in the list before the keys exist.
func (s *Service) ListAliases(ctx context.Context, c *Call, in *ListAliasesInput) (*ListAliasesOutput, error) {
	if err := s.allow(ctx, c, "kms:ListAliases", "*", nil); err != nil {
		return nil, err
	}
	var names []string
	if in.KeyId != "" {
		k, err := s.resolve(c, in.KeyId, idOrARN)
		if errors.Is(err, errForeign) || err == nil && k.v.Account != c.Account {
			return nil, s.refuse(c, "kms:ListAliases", in.KeyId)
		}
		if err != nil {
			return nil, err
		}
		names = k.v.aliases
	} else {
		names = s.aliasNames(c)
	}
	names, next, err := page("ListAliases", in.Marker, in.Limit, names, func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	out := &ListAliasesOutput{Aliases: []AliasListEntry{}, NextMarker: next, Truncated: next != ""}
	for _, name := range names {
		a := named(c, name)
		if known := s.alias(a); known != nil {
			a = known
		}
		out.Aliases = append(out.Aliases, AliasListEntry{a.Name, a.ARN(), a.Key, a.Created, a.Updated})
	}
	return out, nil
}

// aliasNames are the names of all aliases that the caller's list has, sorted.
func (s *Service) aliasNames(c *Call) []string {
	names := managedAliases()
	s.mu.RLock()
	if r := s.regions[regionOf{c.Account, c.Region}]; r != nil {
		names = append(names, r.aliases...)
	}
	s.mu.RUnlock()
	slices.Sort(names)
	return slices.Compact(names)
}
