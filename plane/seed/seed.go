package seed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// MaxSize is the longest seed that is read, in bytes.
const MaxSize = 4 << 20

// Seed is what a plane begins with. It is safe for concurrent use.
type Seed struct {
	callers map[string]*plane.Caller // by access key id
	roots   map[string]*plane.Caller // by account
	keys    []key
}

type file struct {
	Accounts map[string]account `yaml:"accounts"`
}

type account struct {
	Root  identity `yaml:"root"`
	Users []user   `yaml:"users"`
	Keys  []key    `yaml:"keys"`
}

type user struct {
	Name     string      `yaml:"name"`
	Path     string      `yaml:"path"`
	Policies []yaml.Node `yaml:"policies"`
	Boundary yaml.Node   `yaml:"boundary"`
	identity `yaml:",inline"`
}

type identity struct {
	AccessKeys []accessKey `yaml:"access-keys"`
}

type accessKey struct {
	ID     string `yaml:"id"`
	Secret string `yaml:"secret"`
}

type key struct {
	account string

	Region      string         `yaml:"region"`
	Alias       string         `yaml:"alias"`
	Description string         `yaml:"description"`
	Spec        material.Spec  `yaml:"spec"`
	Usage       material.Usage `yaml:"usage"`
	Policy      yaml.Node      `yaml:"policy"`
	Rotation    bool           `yaml:"rotation"`
	MultiRegion bool           `yaml:"multi-region"`
	policy      string
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
	r := &reading{name: name, open: open, seed: &Seed{callers: map[string]*plane.Caller{}, roots: map[string]*plane.Caller{}}}
	ids := make([]string, 0, len(f.Accounts))
	for id := range f.Accounts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		r.fail("", "there are no accounts")
	}
	for _, id := range ids {
		r.account(id, f.Accounts[id])
	}
	return r.seed, errors.Join(r.errs...)
}

type reading struct {
	name string
	open func(string) ([]byte, error)
	seed *Seed
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
	root := &plane.Caller{Principal: authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::" + id + ":root", Account: id, ID: id}}
	r.seed.roots[id] = root
	r.accessKeys(where+": root", root, a.Root)
	names := map[string]bool{}
	for i := range a.Users {
		u := &a.Users[i]
		if u.Name == "" || names[u.Name] {
			r.fail(where, "user %d has no name of its own", i+1)
		}
		names[u.Name] = true
		r.user(where+": user "+u.Name, id, u)
	}
	for i := range a.Keys {
		k := a.Keys[i]
		at := fmt.Sprintf("%s: key %d", where, i+1)
		if k.account = id; k.Region == "" || !strings.HasPrefix(k.Alias, "alias/") {
			r.fail(at, "a key needs a region, and an alias that begins with alias/, by which it is found again")
		}
		if !k.Policy.IsZero() {
			k.policy, _ = r.document(at, &k.Policy)
		}
		r.seed.keys = append(r.seed.keys, k)
	}
}

func (r *reading) user(where, account string, u *user) {
	path := u.Path
	if path == "" {
		path = "/"
	}
	if !strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") {
		r.fail(where, "the path %q does not begin and end with /", path)
	}
	c := &plane.Caller{Principal: authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::" + account + ":user" + path + u.Name, Account: account}}
	c.Layers.Identity = []*authz.Policy{}
	for i := range u.Policies {
		if _, doc := r.document(where, &u.Policies[i]); doc != nil {
			c.Layers.Identity = append(c.Layers.Identity, doc)
		}
	}
	if !u.Boundary.IsZero() {
		_, c.Layers.Boundary = r.document(where, &u.Boundary)
	}
	r.accessKeys(where, c, u.identity)
}

func (r *reading) accessKeys(where string, c *plane.Caller, list identity) {
	for _, k := range list.AccessKeys {
		switch {
		case k.ID == "" || k.Secret == "":
			r.fail(where, "an access key needs an id and a secret")
		case r.seed.callers[k.ID] != nil:
			r.fail(where, "the access key %s is there twice", k.ID)
		default:
			own := *c
			own.Secret = k.Secret
			r.seed.callers[k.ID] = &own
		}
	}
}

// document reads a policy: a mapping, or the name of a file.
func (r *reading) document(where string, n *yaml.Node) (text string, compiled *authz.Policy) {
	name := fmt.Sprintf("policy of line %d", n.Line)
	if n.Kind == yaml.ScalarNode {
		name = n.Value
		b, err := r.file(n.Value)
		if err != nil {
			r.fail(where, "line %d: policy %s: %v", n.Line, n.Value, err)
			return "", nil
		}
		text = string(b)
	} else {
		var v any
		err := n.Decode(&v)
		if err == nil {
			var b []byte
			b, err = json.Marshal(v)
			text = string(b)
		}
		if err != nil {
			r.fail(where, "line %d: the policy is no document: %v", n.Line, err)
			return "", nil
		}
	}
	doc, err := policy.Parse(text)
	if err != nil {
		r.fail(where, "line %d: %s: %v", n.Line, name, err)
		return "", nil
	}
	for _, p := range doc.Problems {
		r.fail(where, "line %d: %s: %s", n.Line, name, p.Text)
	}
	return text, authz.Compile(name, doc)
}

func (r *reading) file(name string) ([]byte, error) {
	if r.open == nil {
		return nil, errors.New("files are not read here")
	}
	return r.open(name)
}

// Caller returns who holds an access key. A seed has long-term credentials only.
func (s *Seed) Caller(_ context.Context, id, token string) (*plane.Caller, error) {
	c := s.callers[id]
	switch {
	case c == nil:
		return nil, sigv4.ErrUnknownKey
	case token != "":
		return c, sigv4.ErrTokenInvalid
	}
	return c, nil
}

// RCPs returns none: a seed has no organization yet.
func (s *Seed) RCPs(string) [][]*authz.Policy { return nil }

// AccessKeys lists the ids of the access keys, sorted.
func (s *Seed) AccessKeys() []string {
	out := make([]string, 0, len(s.callers))
	for id := range s.callers {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// Keys makes the keys of the seed that do not exist yet, as the root users of their
// accounts: a key is known by its alias.
func (s *Seed) Keys(ctx context.Context, k *kms.Service) error {
	for i := range s.keys {
		if err := s.key(ctx, k, &s.keys[i]); err != nil {
			return fmt.Errorf("seed key %s of account %s in %s: %w", s.keys[i].Alias, s.keys[i].account, s.keys[i].Region, err)
		}
	}
	return nil
}

func (s *Seed) key(ctx context.Context, service *kms.Service, k *key) error {
	ctx, call := plane.As(ctx, s.roots[k.account], k.Region)
	_, err := service.DescribeKey(ctx, call, &kms.DescribeKeyInput{KeyId: k.Alias})
	var e *kms.Error
	if err == nil || !errors.As(err, &e) || e.Code != kms.NotFound {
		return err
	}
	made, err := service.CreateKey(ctx, call, &kms.CreateKeyInput{
		Description: k.Description, KeySpec: k.Spec, KeyUsage: k.Usage, Policy: k.policy, MultiRegion: k.MultiRegion,
	})
	if err != nil {
		return err
	}
	id := made.KeyMetadata.KeyId
	if k.Rotation {
		if err := service.EnableKeyRotation(ctx, call, &kms.EnableKeyRotationInput{KeyId: id}); err != nil {
			return err
		}
	}
	return service.CreateAlias(ctx, call, &kms.CreateAliasInput{AliasName: k.Alias, TargetKeyId: id})
}
