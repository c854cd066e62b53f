package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// The kinds of records, besides those of entities. The id of a record is the account and,
// where it has several, a slash and the unique id.
const (
	recordPolicy  kms.Kind = "policy"
	recordKey     kms.Kind = "accesskey"
	recordAccount kms.Kind = "account"
	recordUsed    kms.Kind = "used"
)

// accountRecord is what an account has of itself.
type accountRecord struct{ Alias string }

// use is the last use of an access key or role.
type use struct {
	At              time.Time
	Service, Region string
}

// record encodes a value; nil deletes.
func record(k kms.Kind, id string, v any) (kms.Record, error) {
	if v == nil {
		return kms.Record{Kind: k, ID: id}, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return kms.Record{}, fmt.Errorf("iam: record %s %s: %w", k, id, err)
	}
	return kms.Record{Kind: k, ID: id, Value: b}, nil
}

// decode reads the value of a record strictly: what it does not know is damage.
func decode(r kms.Record, v any) error {
	d := json.NewDecoder(bytes.NewReader(r.Value))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

// loading puts accounts together from their records.
type loading struct {
	accounts map[string]*account
	used     map[string]use
	open     func(id string, sealed []byte) (string, error)
}

func (l *loading) record(r kms.Record) error {
	if err := l.read(r); err != nil {
		return fmt.Errorf("iam: record %s %s: %w", r.Kind, r.ID, err)
	}
	return nil
}

func (l *loading) read(r kms.Record) error {
	id, unique, _ := strings.Cut(r.ID, "/")
	if !accountPattern.MatchString(id) {
		return fmt.Errorf("account %q: want 12 digits", id)
	}
	a := l.accounts[id]
	if a == nil {
		a = newAccount(id)
		l.accounts[id] = a
	}
	switch r.Kind {
	case kms.Kind(kindUser), kms.Kind(kindGroup), kms.Kind(kindRole):
		return a.loadEntity(r, unique)
	case recordPolicy:
		return a.loadPolicy(r, unique)
	case recordKey:
		return l.loadKey(a, r, unique)
	case recordAccount:
		var v accountRecord
		if err := decode(r, &v); err != nil {
			return err
		}
		a.alias = v.Alias
		return nil
	case recordUsed:
		return decode(r, &l.used)
	}
	return errors.New("this version does not know its kind")
}

func (a *account) loadEntity(r kms.Record, unique string) error {
	var e entity
	if err := decode(r, &e); err != nil {
		return err
	}
	if kms.Kind(e.Kind) != r.Kind || e.ID != unique || e.Account != a.id || e.Name == "" || e.ID == "" {
		return errors.New("it is not that of its place")
	}
	if e.Partition != "" {
		a.partition = e.Partition
	}
	if a.entities[e.Kind][e.order()] != nil {
		return fmt.Errorf("another %s is called %s", e.Kind, e.Name)
	}
	for i := range e.Inline {
		compiled, err := compile("inline/"+e.Inline[i].Name, e.Inline[i].Document)
		if err != nil {
			return fmt.Errorf("policy %s: %w", e.Inline[i].Name, err)
		}
		e.Inline[i].compiled = compiled
	}
	if e.Kind == kindRole {
		trust, err := compile("trust", e.Trust)
		if err != nil {
			return fmt.Errorf("trust policy: %w", err)
		}
		e.trust = trust
	}
	a.entities[e.Kind][e.order()] = &e
	return nil
}

func (a *account) loadPolicy(r kms.Record, unique string) error {
	var p managedPolicy
	if err := decode(r, &p); err != nil {
		return err
	}
	if p.ID != unique || p.Account != a.id || p.Name == "" || p.ID == "" {
		return errors.New("it is not that of its place")
	}
	if a.policies[p.order()] != nil {
		return fmt.Errorf("another policy is called %s", p.Name)
	}
	for i := range p.Versions {
		compiled, err := compile(p.arn(), p.Versions[i].Document)
		if err != nil {
			return fmt.Errorf("version %d: %w", p.Versions[i].Number, err)
		}
		p.Versions[i].compiled = compiled
	}
	if p.version(p.Default) == nil {
		return fmt.Errorf("its default version %d is missing", p.Default)
	}
	a.policies[p.order()] = &p
	return nil
}

func (l *loading) loadKey(a *account, r kms.Record, unique string) error {
	var k accessKey
	if err := decode(r, &k); err != nil {
		return err
	}
	if k.ID != unique || k.ID == "" {
		return errors.New("it is not that of its place")
	}
	secret, err := l.open(r.ID, k.Sealed)
	if err != nil {
		return err
	}
	k.secret = secret
	a.keys[k.ID] = &k
	return nil
}

// check finds what the records name and do not have.
func (a *account) check() error {
	missing := func(k kind, id, what string) error {
		return fmt.Errorf("iam: record %s %s/%s: %s is missing", k, a.id, id, what)
	}
	for _, k := range kinds {
		for _, e := range a.entities[k] {
			arns := slices.Clone(e.Attached)
			if e.Boundary != "" {
				arns = append(arns, e.Boundary)
			}
			for _, arn := range arns {
				if a.compiled(arn) == nil {
					return missing(k, e.ID, "policy "+arn)
				}
			}
			for _, id := range e.Groups {
				if a.byID(kindGroup, id) == nil {
					return missing(k, e.ID, "group "+id)
				}
			}
		}
	}
	for _, k := range a.keys {
		if k.User != "" && a.byID(kindUser, k.User) == nil {
			return fmt.Errorf("iam: record %s %s/%s: user %s is missing", recordKey, a.id, k.ID, k.User)
		}
	}
	return nil
}

func compile(name, document string) (*authz.Policy, error) {
	d, err := policy.Parse(document)
	if err != nil {
		return nil, err
	}
	return authz.Compile(name, d), nil
}
