package seed

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/policy"
)

type reading struct {
	name string
	open func(string) ([]byte, error)
	seed *Seed
	keys map[string]bool // ids of access keys
	errs []error
}

func (r *reading) fail(where, format string, args ...any) {
	if where != "" {
		where += ": "
	}
	r.errs = append(r.errs, fmt.Errorf("%s: %s%s", r.name, where, fmt.Sprintf(format, args...)))
}

func (r *reading) account(id string, a account) {
	where := "account " + id
	if !accountID.MatchString(id) {
		r.fail(where, "an account is twelve digits, in quotes")
		return
	}
	partition := cmp.Or(a.Partition, "aws")
	if arn.HomeOf(partition) == "" {
		r.fail(where, "there is no partition %s", partition)
	}
	d := &declared{id: id, name: a.Name, partition: partition, rootKeys: r.accessKeys(where+": root", a.Root)}
	for i := range a.Policies {
		m := &a.Policies[i]
		at := r.named(where, "policy", i, m.Name)
		d.policies = append(d.policies, iam.PolicySeed{Name: m.Name, Path: m.Path, Description: m.Description, Tags: tags(m.Tags), Document: r.document(at, &m.Document)})
	}
	for i := range a.Groups {
		g := &a.Groups[i]
		at := r.named(where, "group", i, g.Name)
		d.groups = append(d.groups, iam.GroupSeed{Name: g.Name, Path: g.Path, Policies: r.inline(at, g), Attached: g.Attached})
	}
	for i := range a.Users {
		u := &a.Users[i]
		at := r.named(where, "user", i, u.Name)
		d.users = append(d.users, iam.UserSeed{
			Name: u.Name, Path: u.Path, Tags: tags(u.Tags), Boundary: u.Boundary, Groups: u.Groups,
			Policies: r.inline(at, &u.principal), Attached: u.Attached, AccessKeys: r.accessKeys(at, u.identity),
		})
	}
	for i := range a.Roles {
		x := &a.Roles[i]
		at := r.named(where, "role", i, x.Name)
		d.roles = append(d.roles, iam.RoleSeed{
			Name: x.Name, Path: x.Path, Description: x.Description, Tags: tags(x.Tags), Trust: r.document(at+": trust", &x.Trust),
			Boundary: x.Boundary, MaxSessionSeconds: x.MaxSession, Policies: r.inline(at, &x.principal), Attached: x.Attached,
		})
	}
	for i := range a.Keys {
		k := a.Keys[i]
		at := fmt.Sprintf("%s: key %d", where, i+1)
		if k.Region == "" || !strings.HasPrefix(k.Alias, "alias/") {
			r.fail(at, "a key needs a region, and an alias that begins with alias/, by which it is found again")
		}
		if !k.Policy.IsZero() {
			k.policy = r.document(at, &k.Policy)
		}
		d.keys = append(d.keys, k)
	}
	d.scps, d.rcps = r.controls(where, a.SCPs), r.controls(where, a.RCPs)
	r.seed.accounts = append(r.seed.accounts, d)
}

// named says where an entity is in the seed.
func (r *reading) named(where, kind string, i int, name string) string {
	if name == "" {
		r.fail(where, "%s %d has no name", kind, i+1)
	}
	return where + ": " + kind + " " + name
}

func (r *reading) inline(where string, p *principal) map[string]string {
	out := make(map[string]string, len(p.Policies))
	for _, name := range sorted(p.Policies) {
		n := p.Policies[name]
		out[name] = r.document(where+": policy "+name, &n)
	}
	return out
}

func (r *reading) accessKeys(where string, list identity) []iam.KeySeed {
	var out []iam.KeySeed
	for _, k := range list.AccessKeys {
		switch {
		case k.ID == "" || k.Secret == "":
			r.fail(where, "an access key needs an id and a secret")
		case r.keys[k.ID]:
			r.fail(where, "the access key %s is there twice", k.ID)
		default:
			r.keys[k.ID] = true
			out = append(out, iam.KeySeed{ID: k.ID, Secret: k.Secret})
		}
	}
	return out
}

// document reads a policy: a mapping, or the name of a file.
func (r *reading) document(where string, n *yaml.Node) string {
	if n.IsZero() {
		r.fail(where, "there is no policy document")
		return ""
	}
	where = fmt.Sprintf("%s: line %d", where, n.Line)
	text, err := r.text(n)
	if n.Kind == yaml.ScalarNode {
		where += ": " + n.Value
	}
	if err != nil {
		r.fail(where, "%v", err)
		return ""
	}
	doc, err := policy.Parse(text)
	if err != nil {
		r.fail(where, "%v", err)
		return ""
	}
	for _, p := range doc.Problems {
		r.fail(where, "%s", p.Text)
	}
	return text
}

func (r *reading) text(n *yaml.Node) (string, error) {
	if n.Kind == yaml.ScalarNode {
		if r.open == nil {
			return "", errors.New("files are not read here")
		}
		b, err := r.open(n.Value)
		return string(b), err
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return "", err
	}
	b, err := json.Marshal(v)
	return string(b), err
}

func tags(m map[string]string) []iam.Tag {
	out := make([]iam.Tag, 0, len(m))
	for _, key := range sorted(m) {
		out = append(out, iam.Tag{Key: key, Value: m[key]})
	}
	return out
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
