package iam

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy/authz"
)

// kind is what an entity is, as IAM's errors call it and its ARNs begin.
type kind string

const (
	kindUser  kind = "user"
	kindGroup kind = "group"
	kindRole  kind = "role"
)

var kinds = [...]kind{kindUser, kindGroup, kindRole}

// entity is a user, a group or a role. Nobody changes one that is published: a change
// makes another.
type entity struct {
	Kind    kind
	Account string
	// Partition is that of the account; empty: aws.
	Partition      string `json:",omitempty"`
	Name, Path, ID string
	Created        time.Time
	Tags           []Tag `json:",omitempty"`
	// Boundary and Attached are ARNs of managed policies.
	Boundary string   `json:",omitempty"`
	Inline   []inline `json:",omitempty"`
	Attached []string `json:",omitempty"`

	// Groups are the ids of a user's groups.
	Groups []string `json:",omitempty"`

	// What follows is of roles; MaxSession counts seconds.
	Description string `json:",omitempty"`
	Trust       string `json:",omitempty"`
	MaxSession  int    `json:",omitempty"`
	trust       *authz.Policy
}

// inline is a policy within an entity.
type inline struct {
	Name, Document string
	compiled       *authz.Policy
}

func (e *entity) arn() string { return arnOf(e.Partition, e.Account, string(e.Kind)+e.Path+e.Name) }

// arnOf is the ARN of something of an account in a partition; empty: aws.
func arnOf(partition, account, resource string) string {
	return "arn:" + cmp.Or(partition, defaultPartition) + ":iam::" + account + ":" + resource
}

const defaultPartition = "aws"

// arnOf is the ARN of something of the account.
func (a *account) arnOf(resource string) string { return arnOf(a.partition, a.id, resource) }

func (a *account) entityARN(k kind, path, name string) string {
	return a.arnOf(string(k) + path + name)
}

// clone is a copy to be changed before it is published.
func (e *entity) clone() *entity {
	n := *e
	n.Tags, n.Inline = slices.Clone(e.Tags), slices.Clone(e.Inline)
	n.Attached, n.Groups = slices.Clone(e.Attached), slices.Clone(e.Groups)
	return &n
}

// managedPolicy is a customer managed policy.
type managedPolicy struct {
	Account                     string
	Partition                   string `json:",omitempty"`
	Name, Path, ID, Description string
	Created, Updated            time.Time
	Tags                        []Tag `json:",omitempty"`
	// Default is the number of the default version and Next that of the next one.
	Default, Next int
	Versions      []policyVersion
	// long: its first version may be longer than others.
	long bool
}

type policyVersion struct {
	Number   int
	Document string
	Created  time.Time
	compiled *authz.Policy
}

func (p *managedPolicy) arn() string { return arnOf(p.Partition, p.Account, "policy"+p.Path+p.Name) }

func (p *managedPolicy) clone() *managedPolicy {
	n := *p
	n.Tags, n.Versions = slices.Clone(p.Tags), slices.Clone(p.Versions)
	return &n
}

// version is a version by its number; nil: there is none.
func (p *managedPolicy) version(number int) *policyVersion {
	for i := range p.Versions {
		if p.Versions[i].Number == number {
			return &p.Versions[i]
		}
	}
	return nil
}

// accessKey is a long-term access key.
type accessKey struct {
	ID string
	// User is the unique id of the user that has it; empty: the root user has.
	User    string `json:",omitempty"`
	Active  bool
	Created time.Time
	// Sealed is the secret at rest.
	Sealed []byte
	secret string
}

func (k *accessKey) status() string {
	if k.Active {
		return "Active"
	}
	return "Inactive"
}

// account is one version of an account. It does not change once it is published, but for
// what was derived from it.
type account struct {
	id string
	// entities by kind and name, policies by name, in lower case: IAM does not tell names
	// apart by case.
	entities map[kind]map[string]*entity
	policies map[string]*managedPolicy
	keys     map[string]*accessKey
	alias    string
	// partition is where the account is; empty: aws.
	partition string
	org       organization

	// callers and subjects are what was made for directories: *plane.Caller by access key
	// id and *sts.Entity by *entity; rooted is the root user.
	callers, subjects sync.Map
	rooted            atomic.Pointer[plane.Caller]
}

func newAccount(id string) *account {
	a := &account{id: id, entities: map[kind]map[string]*entity{}, policies: map[string]*managedPolicy{}, keys: map[string]*accessKey{}}
	for _, k := range kinds {
		a.entities[k] = map[string]*entity{}
	}
	return a
}

// clone is a copy to be changed before it is published, with nothing derived.
func (a *account) clone() *account {
	n := &account{id: a.id, entities: map[kind]map[string]*entity{}, policies: maps.Clone(a.policies), keys: maps.Clone(a.keys), alias: a.alias, partition: a.partition, org: a.org}
	for _, k := range kinds {
		n.entities[k] = maps.Clone(a.entities[k])
	}
	return n
}

// entity is an entity by its name as it is written; nil: there is none. Whether AWS finds
// names in another case is not confirmed.
func (a *account) entity(k kind, name string) *entity {
	if e := a.entities[k][strings.ToLower(name)]; e != nil && e.Name == name {
		return e
	}
	return nil
}

// byID is an entity by its unique id; nil: there is none.
func (a *account) byID(k kind, id string) *entity {
	for _, e := range a.entities[k] {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// groupsOf are the groups of a user, in the order in which it joined.
func (a *account) groupsOf(user *entity) []*entity {
	var out []*entity
	for _, id := range user.Groups {
		if g := a.byID(kindGroup, id); g != nil {
			out = append(out, g)
		}
	}
	return out
}

// policy is a customer managed policy by its ARN; nil: there is none.
func (a *account) policy(arn string) *managedPolicy {
	name := strings.ToLower(arn[strings.LastIndexByte(arn, '/')+1:])
	if p := a.policies[name]; p != nil && p.arn() == arn {
		return p
	}
	return nil
}

// keysOf are the access keys of a user by its unique id, the oldest first; of the root
// user for an empty id.
func (a *account) keysOf(user string) []*accessKey {
	var out []*accessKey
	for _, k := range a.keys {
		if k.User == user {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(x, y *accessKey) int { return strings.Compare(x.order(), y.order()) })
	return out
}

func (k *accessKey) order() string { return k.Created.UTC().Format("20060102150405.000000000") + k.ID }

// sorted are the entities of a kind by name.
func (a *account) sorted(k kind) []*entity {
	return slices.SortedFunc(maps.Values(a.entities[k]), byName)
}

func byName(x, y *entity) int { return strings.Compare(x.order(), y.order()) }

func (e *entity) order() string { return strings.ToLower(e.Name) }

// attached counts the entities that a managed policy is attached to, and those whose
// boundary it is.
func (a *account) attached(arn string) (attachments, boundaries int) {
	for _, k := range kinds {
		for _, e := range a.entities[k] {
			if slices.Contains(e.Attached, arn) {
				attachments++
			}
			if e.Boundary == arn {
				boundaries++
			}
		}
	}
	return attachments, boundaries
}

// compiled is the default version of a managed policy, AWS's own included; nil: there is
// none.
func (a *account) compiled(arn string) *authz.Policy {
	if p := a.policy(arn); p != nil {
		return p.version(p.Default).compiled
	}
	return awsCompiled(arn)
}

// has reports whether the name of an entity is taken.
func (a *account) has(k kind, name string) bool { return a.entities[k][strings.ToLower(name)] != nil }
