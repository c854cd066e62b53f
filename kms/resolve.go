package kms

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/policy/authz"
)

// forms says how an operation lets its key be named.
type forms uint8

const (
	idOrARN forms = iota + 1 // no alias
	anyForm                  // also an alias name or its ARN
)

var keyIDForm = regexp.MustCompile(`^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$`)

// found is a key that a request names.
type found struct {
	e *entry
	v *version
	// alias is the alias that the request used, with its prefix; empty: none.
	alias string
	// told: a ciphertext named the key, not the caller.
	told bool
	arn  string
}

// resolve finds the key that a request names. A key of another account that is not there
// is told like one that is forbidden.
func (s *Service) resolve(c *Call, name string, f forms) (*found, error) {
	if name == "" {
		return nil, fail(Validation, "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null")
	}
	account, region, rest := c.Account, c.Region, name
	if strings.HasPrefix(name, "arn:") {
		a, err := arn.Parse(name)
		switch {
		case err != nil || a.Service != "kms" || a.Region == "" || a.Account == "" || a.Partition != partition(a.Region):
			return nil, fail(InvalidArn, "Invalid arn %s", name) // unconfirmed text
		case a.Region != c.Region:
			return nil, fail(NotFound, "Invalid arn %s", a.Region)
		}
		account, rest = a.Account, a.Resource
		if !strings.HasPrefix(rest, "alias/") {
			id, ok := strings.CutPrefix(rest, "key/")
			if !ok {
				return nil, fail(InvalidArn, "Invalid arn %s", name) // unconfirmed text
			}
			rest = id
		}
	}
	out := &found{}
	if strings.HasPrefix(rest, "alias/") {
		if f == idOrARN {
			return nil, fail(InvalidArn, "Key Aliases are not supported for this operation.")
		}
		s.mu.RLock()
		a := s.aliases[aliasID{account, region, rest}]
		s.mu.RUnlock()
		if a == nil || a.Key == "" {
			if account != c.Account {
				return nil, errForeign
			}
			return nil, fail(NotFound, "Alias %s is not found.", arn.ARN{Partition: partition(region), Service: "kms", Region: region, Account: account, Resource: rest})
		}
		out.alias, rest = rest, a.Key
	} else if !keyIDForm.MatchString(rest) {
		return nil, fail(NotFound, "Invalid keyId '%s'", rest)
	}
	s.mu.RLock()
	out.e = s.keys[keyID{account, region, rest}]
	s.mu.RUnlock()
	if out.e == nil {
		if account != c.Account {
			return nil, errForeign
		}
		return nil, fail(NotFound, "Key '%s' does not exist", arn.ARN{Partition: partition(region), Service: "kms", Region: region, Account: account, Resource: "key/" + rest})
	}
	out.v = s.settled(out.e)
	if out.v == nil {
		return nil, fail(NotFound, "Key '%s' does not exist", arn.ARN{Partition: partition(region), Service: "kms", Region: region, Account: account, Resource: "key/" + rest})
	}
	out.arn = out.ownConditions().arn
	c.Touched = append(c.Touched, out.arn)
	return out, nil
}

// errForeign stands for a key of another account that is missing; callers turn it into
// the refusal of their action.
var errForeign = errors.New("key of another account")

func partition(region string) string {
	if p := arn.PartitionOf(region); p != "" {
		return p
	}
	return "aws"
}

// open resolves the key and authorizes the action on it.
func (s *Service) open(ctx context.Context, c *Call, action, name string, f forms, tokens []string, given authz.Context) (*found, error) {
	k, err := s.resolve(c, name, f)
	if errors.Is(err, errForeign) {
		return nil, s.refuse(c, action, name)
	}
	if err != nil {
		return nil, err
	}
	return k, s.authorize(ctx, c, action, k, tokens, given)
}

// authorize decides an action on a resolved key.
func (s *Service) authorize(ctx context.Context, c *Call, action string, k *found, tokens []string, given authz.Context) error {
	if s.auth == nil || k.v.Account != c.Account && !acrossAccounts[action] {
		return s.refuse(c, action, k.arn)
	}
	granted, err := s.tokenGrants(tokens)
	if err != nil {
		return err
	}
	context := s.conditions(k, given)
	return s.auth.Authorize(ctx, c, &Access{
		Action: action, Resource: k.arn, Policy: k.v.policy, Grants: k.v.granted(s.now()), GrantTokens: granted, ByCiphertext: k.told, Context: context,
	})
}

// acrossAccounts are the actions that can be used on keys of other accounts, if their
// policies allow it.
var acrossAccounts = func() map[string]bool {
	out := map[string]bool{}
	for _, a := range authz.KMSActions() {
		out[a.Name] = a.AcrossAccounts
	}
	return out
}()

// allow decides an action that takes no key: resource is "*" or an alias's ARN.
func (s *Service) allow(ctx context.Context, c *Call, action, resource string, given authz.Context) error {
	if s.auth == nil {
		return s.refuse(c, action, resource)
	}
	return s.auth.Authorize(ctx, c, &Access{Action: action, Resource: resource, Context: given})
}

// refuse is the refusal across accounts, which does not tell a missing key from a
// forbidden one.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func (s *Service) refuse(c *Call, action, resource string) error {
	return fail(AccessDenied, "User: %s is not authorized to perform: %s on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access", c.Principal.ARN, action)
}

// conditions are the condition keys that follow from the key.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func (s *Service) conditions(k *found, given authz.Context) authz.Context {
	own := k.ownConditions()
	out := make(authz.Context, len(own.pairs)+len(given)+1)
	for _, p := range own.pairs {
		out[p.key] = p.value
	}
	if k.alias != "" {
		out["kms:requestalias"] = one(k.alias)
	}
	for key, v := range given {
		out[key] = v
	}
	return out
}
