package seed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/plane/iam"
)

// MaxSize is the longest seed that is read, in bytes.
const MaxSize = 4 << 20

// Seed is what a plane begins with.
type Seed struct {
	accounts     []*declared
	organization *iam.Tree // nil: there is none
	calls        []*Call
}

// declared is what an account begins with.
type declared struct {
	id, name  string
	partition string
	rootKeys  []iam.KeySeed
	policies  []iam.PolicySeed
	groups    []iam.GroupSeed
	users     []iam.UserSeed
	roles     []iam.RoleSeed
	keys      []key

	scps, rcps []iam.NamedPolicy
}

// file is the YAML of a seed.
type file struct {
	Accounts     map[string]account `yaml:"accounts"`
	Organization *organization      `yaml:"organization"`
	Calls        []yaml.Node        `yaml:"calls"`
}

type account struct {
	Name string `yaml:"name"`
	// Partition is aws, aws-us-gov, aws-cn …; empty: aws.
	Partition string      `yaml:"partition"`
	Root      identity    `yaml:"root"`
	Policies  []managed   `yaml:"policies"`
	Groups    []principal `yaml:"groups"`
	Users     []user      `yaml:"users"`
	Roles     []role      `yaml:"roles"`
	Keys      []key       `yaml:"keys"`
	SCPs      []yaml.Node `yaml:"scps"`
	RCPs      []yaml.Node `yaml:"rcps"`
}

type identity struct {
	AccessKeys []accessKey `yaml:"access-keys"`
}

type accessKey struct {
	ID     string `yaml:"id"`
	Secret string `yaml:"secret"`
}

type managed struct {
	Name        string            `yaml:"name"`
	Path        string            `yaml:"path"`
	Description string            `yaml:"description"`
	Tags        map[string]string `yaml:"tags"`
	Document    yaml.Node         `yaml:"document"`
}

// principal is what groups, users and roles have in common.
type principal struct {
	Name     string               `yaml:"name"`
	Path     string               `yaml:"path"`
	Policies map[string]yaml.Node `yaml:"policies"`
	Attached []string             `yaml:"attached"`
}

type user struct {
	principal `yaml:",inline"`
	identity  `yaml:",inline"`
	Tags      map[string]string `yaml:"tags"`
	Groups    []string          `yaml:"groups"`
	Boundary  string            `yaml:"boundary"`
}

type role struct {
	principal   `yaml:",inline"`
	Description string            `yaml:"description"`
	Tags        map[string]string `yaml:"tags"`
	Trust       yaml.Node         `yaml:"trust"`
	Boundary    string            `yaml:"boundary"`
	MaxSession  int               `yaml:"max-session-seconds"`
}

type key struct {
	Region      string            `yaml:"region"`
	Alias       string            `yaml:"alias"`
	Description string            `yaml:"description"`
	Spec        material.Spec     `yaml:"spec"`
	Usage       material.Usage    `yaml:"usage"`
	Policy      yaml.Node         `yaml:"policy"`
	Rotation    bool              `yaml:"rotation"`
	MultiRegion bool              `yaml:"multi-region"`
	Tags        map[string]string `yaml:"tags"`
	Grants      []grant           `yaml:"grants"`

	policy string
}

type grant struct {
	Name       string   `yaml:"name"`
	Grantee    string   `yaml:"grantee"`
	Retiring   string   `yaml:"retiring"`
	Operations []string `yaml:"operations"`
	// Equals and Subset are the encryption context that the grant is bound to.
	Equals map[string]string `yaml:"context-equals"`
	Subset map[string]string `yaml:"context-subset"`
}

func (g *grant) input(keyID string) *kms.CreateGrantInput {
	in := &kms.CreateGrantInput{KeyId: keyID, Name: g.Name, GranteePrincipal: g.Grantee, RetiringPrincipal: g.Retiring, Operations: g.Operations}
	if len(g.Equals)+len(g.Subset) > 0 {
		in.Constraints = &kms.GrantConstraints{EncryptionContextEquals: g.Equals, EncryptionContextSubset: g.Subset}
	}
	return in
}

// unit is the root of an organization or an organizational unit.
type unit struct {
	ID       string      `yaml:"id"`
	Name     string      `yaml:"name"`
	SCPs     []yaml.Node `yaml:"scps"`
	RCPs     []yaml.Node `yaml:"rcps"`
	Accounts []string    `yaml:"accounts"`
	Units    []unit      `yaml:"units"`
}

type organization struct {
	ID         string `yaml:"id"`
	Management string `yaml:"management"`
	Root       unit   `yaml:"root"`
}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// Read reads a seed. name is what errors call it; open returns the contents of a policy
// file that it names, nil refuses them. The error joins all faults.
func Read(name string, b []byte, open func(string) ([]byte, error)) (*Seed, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%s: %d bytes; more than %d are not read", name, len(b), MaxSize)
	}
	var f file
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r := &reading{name: name, open: open, seed: &Seed{}, keys: map[string]bool{}}
	if len(f.Accounts) == 0 {
		r.fail("", "there are no accounts")
	}
	for _, id := range sorted(f.Accounts) {
		r.account(id, f.Accounts[id])
	}
	if f.Organization != nil {
		r.organization(f.Organization)
	}
	r.calls(f.Calls)
	return r.seed, errors.Join(r.errs...)
}

// Organization is the organization of the seed; nil: it has none.
func (s *Seed) Organization() *iam.Tree { return s.organization }

// AccessKeys lists the ids of the access keys, sorted.
func (s *Seed) AccessKeys() []string {
	var out []string
	add := func(keys []iam.KeySeed) {
		for _, k := range keys {
			out = append(out, k.ID)
		}
	}
	for _, a := range s.accounts {
		add(a.rootKeys)
		for i := range a.users {
			add(a.users[i].AccessKeys)
		}
	}
	slices.Sort(out)
	return out
}
