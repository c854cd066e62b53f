package kms

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/kms/material"
)

// place is the id of the alias's record.
func (a *Alias) place() string { return a.Account + "/" + a.Region + "/" + a.Name }

func (a *Alias) record() (Record, error) {
	b, err := encode(a)
	if err != nil {
		return Record{}, internal(err)
	}
	return Record{KindAlias, a.place(), b}, nil
}

// named is the alias that a request of the caller names, whether it exists or not.
func named(c *Call, name string) *Alias {
	return &Alias{Name: name, Account: c.Account, Region: c.Region, Partition: partition(c.Region)}
}

// aliasForm: the model allows a colon, the documentation does not, and what AWS says to
// one is unconfirmed.
var aliasForm = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)

// changeable checks the name of an alias that is to be created, changed or deleted.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
func (a *Alias) changeable() error {
	switch {
	case !strings.HasPrefix(a.Name, "alias/"):
		return fail(Validation, `Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html`)
	case strings.HasPrefix(a.Name, "alias/aws/"):
		return fail(NotAuthorized, "") // unconfirmed
	case !aliasForm.MatchString(a.Name):
		return fail(Validation, "%s contains invalid characters for an alias", a.ARN()) // unconfirmed
	}
	return nil
}

// target resolves and authorizes a key for an alias operation.
func (s *Service) target(ctx context.Context, c *Call, op, id string) (*found, error) {
	if strings.HasPrefix(id, "alias/") || strings.HasPrefix(id, "arn:") && strings.Contains(id, ":alias/") {
		return nil, fail(Validation, "Aliases must refer to keys. Not aliases") // unconfirmed
	}
	k, err := s.open(ctx, c, "kms:"+op, id, idOrARN, nil, nil)
	if err != nil {
		return nil, err
	}
	if k.v.aws() {
		return nil, refuseManaged(c, "kms:"+op, k.v.ARN())
	}
	return k, check(op, k.v)
}

// CreateAlias gives a key one more name. It is authorized on the alias, by identity-based
// policies alone, and on the key.
func (s *Service) CreateAlias(ctx context.Context, c *Call, in *CreateAliasInput) error {
	a := named(c, in.AliasName)
	if err := a.changeable(); err != nil {
		return err
	}
	if err := s.allow(ctx, c, "kms:CreateAlias", a.ARN(), nil); err != nil {
		return err
	}
	k, err := s.target(ctx, c, "CreateAlias", in.TargetKeyId)
	if err != nil {
		return err
	}
	s.several.Lock()
	defer s.several.Unlock()
	if s.alias(a) != nil {
		return fail(AlreadyExists, "An alias with the name %s already exists", a.ARN())
	}
	a.Key, a.Created = k.v.ID, s.instant()
	a.Updated = a.Created
	return s.point(ctx, "CreateAlias", a, k.e, nil)
}

// UpdateAlias gives an alias to another key of the same kind and usage. It is authorized
// on the alias and on both keys.
func (s *Service) UpdateAlias(ctx context.Context, c *Call, in *UpdateAliasInput) error {
	name := named(c, in.AliasName)
	if err := name.changeable(); err != nil {
		return err
	}
	if err := s.allow(ctx, c, "kms:UpdateAlias", name.ARN(), nil); err != nil {
		return err
	}
	old := s.alias(name)
	if old == nil {
		return noAlias(name)
	}
	from, err := s.open(ctx, c, "kms:UpdateAlias", old.Key, idOrARN, nil, nil)
	if err != nil {
		return err
	}
	to, err := s.target(ctx, c, "UpdateAlias", in.TargetKeyId)
	if err != nil {
		return err
	}
	if err := interchangeable(in.AliasName, from.v, to.v); err != nil {
		return err
	}
	s.several.Lock()
	defer s.several.Unlock()
	if s.alias(name) != old { // another change came first
		return noAlias(name)
	}
	a := *old
	a.Key, a.Updated = to.v.ID, s.instant()
	return s.point(ctx, "UpdateAlias", &a, to.e, from.e)
}

// interchangeable reports whether an alias can move from one key to another: both
// symmetric, asymmetric or HMAC, with one usage. The text about the kinds is unconfirmed.
func interchangeable(name string, from, to *version) error {
	if from.Usage != to.Usage {
		return fail(Validation, "Alias %s cannot be changed from a CMK with key usage %s to a CMK with key usage %s. The key usage of the current CMK and the new CMK must be the same.", name, from.Usage, to.Usage)
	}
	if (from.Spec == material.Symmetric) != (to.Spec == material.Symmetric) {
		return fail(Validation, "Alias %s cannot be changed from a CMK with key spec %s to a CMK with key spec %s. The current CMK and the new CMK must be of the same type.", name, from.Spec, to.Spec)
	}
	return nil
}

// DeleteAlias takes a name from its key. It is authorized on both.
func (s *Service) DeleteAlias(ctx context.Context, c *Call, in *DeleteAliasInput) error {
	name := named(c, in.AliasName)
	if err := name.changeable(); err != nil {
		return err
	}
	if err := s.allow(ctx, c, "kms:DeleteAlias", name.ARN(), nil); err != nil {
		return err
	}
	old := s.alias(name)
	if old == nil {
		return noAlias(name)
	}
	k, err := s.open(ctx, c, "kms:DeleteAlias", old.Key, idOrARN, nil, nil)
	if err != nil {
		return err
	}
	s.several.Lock()
	defer s.several.Unlock()
	if s.alias(name) != old {
		return noAlias(name)
	}
	k.e.change.Lock()
	defer k.e.change.Unlock()
	if err := s.commit(ctx, Record{Kind: KindAlias, ID: name.place()}); err != nil {
		return err
	}
	k.e.rename(func(names []string) []string { return removeSorted(names, name.Name) })
	s.mu.Lock()
	s.leaveAlias(aliasID{name.Account, name.Region, name.Name})
	s.mu.Unlock()
	return nil
}

// alias finds an alias that belongs to a key.
func (s *Service) alias(a *Alias) *Alias {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.aliases[aliasID{a.Account, a.Region, a.Name}]
}

func noAlias(a *Alias) error { return fail(NotFound, "Alias %s is not found.", a.ARN()) }

// point makes an alias one of to, and no longer one of from; from nil: of none.
// s.several is held.
func (s *Service) point(ctx context.Context, op string, a *Alias, to, from *entry) error {
	to.change.Lock()
	defer to.change.Unlock()
	if from != nil && from != to {
		from.change.Lock()
		defer from.change.Unlock()
	}
	v := to.now.Load()
	if v.gone {
		return errGone(&v.Key)
	}
	if err := check(op, v); err != nil {
		return err
	}
	if len(v.aliases) >= s.limits.aliases && !slices.Contains(v.aliases, a.Name) {
		return fail(LimitExceeded, "") // AWS's text is unconfirmed
	}
	r, err := a.record()
	if err != nil {
		return err
	}
	if err := s.commit(ctx, r); err != nil {
		return err
	}
	if from != nil {
		from.rename(func(names []string) []string { return removeSorted(names, a.Name) })
	}
	to.rename(func(names []string) []string { return insertSorted(names, a.Name) })
	s.mu.Lock()
	s.enterAlias(a)
	s.mu.Unlock()
	return nil
}

// rename changes the names of a key, whose change lock is held.
func (e *entry) rename(f func(names []string) []string) {
	v := *e.now.Load()
	v.aliases = f(slices.Clone(v.aliases))
	e.now.Store(&v)
}
