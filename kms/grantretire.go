package kms

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// RetireGrant deletes a grant that the caller may retire: as its retiring principal, as
// its grantee if the grant allows RetireGrant, or for the account that made it. The grant
// is named by a token, or by its id and the ARN of its key.
func (s *Service) RetireGrant(ctx context.Context, c *Call, in *RetireGrantInput) error {
	k, id, err := s.retirable(c, in)
	if err != nil {
		return err
	}
	g := k.v.grant(id)
	if g == nil {
		return errNoGrant(id)
	}
	c.Grant = g.ID
	if err := s.authorizeRetiring(ctx, c, k, g); err != nil {
		return err
	}
	if err := check("RetireGrant", k.v); err != nil {
		return err
	}
	return s.removeGrant(ctx, k.e, g.ID, in.DryRun)
}

// retirable finds the key and the id of the grant that a request names.
func (s *Service) retirable(c *Call, in *RetireGrantInput) (*found, string, error) {
	if in.GrantToken != "" {
		at, err := s.readToken(in.GrantToken)
		if err != nil {
			return nil, "", err
		}
		s.mu.RLock()
		e := s.keys[at.key]
		s.mu.RUnlock()
		if e == nil {
			return nil, "", errNoGrant(at.grant)
		}
		k, err := s.resolveARN(c, e.now.Load().ARN())
		return k, at.grant, err
	}
	switch {
	case in.KeyId == "" || in.GrantId == "":
		return nil, "", fail(Validation, "You must specify a GrantToken, or both a GrantId and a KeyId.") // unconfirmed text
	case !strings.HasPrefix(in.KeyId, "arn:"):
		// The page of the operation allows the id of the key alone, that of the parameter
		// does not, and no call with one was seen to succeed.
		return nil, "", fail(InvalidArn, "Invalid arn %s", in.KeyId) // unconfirmed text
	}
	k, err := s.resolveARN(c, in.KeyId)
	return k, in.GrantId, err
}

func (s *Service) resolveARN(c *Call, arn string) (*found, error) {
	k, err := s.resolve(c, arn, idOrARN)
	if errors.Is(err, errForeign) {
		return nil, s.refuse(c, "kms:RetireGrant", arn)
	}
	return k, err
}

// authorizeRetiring asks with the one grant alone, because what another grant allows does
// not count. A new grant counts without its token, as it is named.
func (s *Service) authorizeRetiring(ctx context.Context, c *Call, k *found, g *Grant) error {
	if s.auth == nil {
		return s.refuse(c, "kms:RetireGrant", k.arn)
	}
	conditions := authz.Context{}
	constraintConditions(conditions, g.ContextEquals, g.ContextSubset)
	return s.auth.Authorize(ctx, c, &Access{
		Action: "kms:RetireGrant", Resource: k.arn, Policy: k.v.policy, Grants: []authz.Grant{g.decided()}, Context: s.conditions(k, conditions),
	})
}

// RevokeGrant deletes a grant.
func (s *Service) RevokeGrant(ctx context.Context, c *Call, in *RevokeGrantInput) error {
	conditions := authz.Context{}
	forResource(c, conditions)
	k, err := s.open(ctx, c, "kms:RevokeGrant", in.KeyId, idOrARN, nil, conditions)
	if err != nil {
		return err
	}
	if err := check("RevokeGrant", k.v); err != nil {
		return err
	}
	if !grantID.MatchString(in.GrantId) {
		return fail(InvalidGrantID, "The grant ID is not valid.") // unconfirmed text
	}
	return s.removeGrant(ctx, k.e, in.GrantId, in.DryRun)
}

var grantID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// removeGrant deletes a grant of a key.
func (s *Service) removeGrant(ctx context.Context, e *entry, id string, dry bool) error {
	return s.regrant(ctx, e, func(v *version) (*version, Record, error) {
		g := v.grant(id)
		if g == nil {
			return nil, Record{}, errNoGrant(id)
		}
		if err := dryRun(dry); err != nil {
			return nil, Record{}, err
		}
		return v.minus(g), g.gone(), nil
	})
}

// errNoGrant tells that there is no such grant. Exception and text are unconfirmed.
func errNoGrant(id string) error { return fail(NotFound, "Grant ID %s not found", id) }
