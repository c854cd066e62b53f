package seed

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy/authz"
)

const company = `accounts:
  "111122223333":
    root: {access-keys: [{id: AKIAROOT, secret: root}]}
    users:
      - name: reader
        path: /ml/
        access-keys: [{id: AKIAREADER, secret: reader}, {id: AKIASECOND, secret: second}]
        policies: [reader.json]
        boundary: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "kms:*", Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/records, description: patient records, policy: key.json, rotation: true}
      - {region: us-east-1, alias: alias/signing, spec: ECC_NIST_P256, usage: SIGN_VERIFY}
  "444455556666": {users: [{name: stray}]}
`

var files = map[string]string{
	"reader.json": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}`,
	"key.json":    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`,
}

func open(name string) ([]byte, error) {
	if text, ok := files[name]; ok {
		return []byte(text), nil
	}
	return nil, errors.New("no such file")
}

func TestRead(t *testing.T) {
	s, err := Read("company.yaml", []byte(company), open)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.AccessKeys(), []string{"AKIAREADER", "AKIAROOT", "AKIASECOND"}; !slices.Equal(got, want) {
		t.Errorf("access keys %v, want %v", got, want)
	}
	c, err := s.Caller(t.Context(), "AKIASECOND", "")
	if err != nil || c.Secret != "second" || c.Principal.ARN != "arn:aws:iam::111122223333:user/ml/reader" || c.Principal.Kind != authz.User || len(c.Layers.Identity) != 1 || c.Layers.Boundary == nil {
		t.Errorf("%+v %v", c.Principal, err)
	}
	if c, err := s.Caller(t.Context(), "AKIAROOT", ""); err != nil || c.Principal.Kind != authz.Root || c.Principal.ARN != "arn:aws:iam::111122223333:root" {
		t.Errorf("%+v %v", c.Principal, err)
	}
	if _, err := s.Caller(t.Context(), "AKIANOBODY", ""); !errors.Is(err, sigv4.ErrUnknownKey) {
		t.Error(err)
	}
	if _, err := s.Caller(t.Context(), "AKIAROOT", "a token"); !errors.Is(err, sigv4.ErrTokenInvalid) {
		t.Error(err)
	}
}

// TestKeys: keys are made once, as they are declared.
func TestKeys(t *testing.T) {
	s, err := Read("company.yaml", []byte(company), open)
	if err != nil {
		t.Fatal(err)
	}
	service, err := kms.Open(t.Context(), kms.Options{Authorizer: plane.Authorizer{Identities: s}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Keys(t.Context(), service); err != nil {
			t.Fatal(err)
		}
	}
	ctx, call := plane.As(t.Context(), s.roots["111122223333"], "eu-west-1")
	key, err := service.DescribeKey(ctx, call, &kms.DescribeKeyInput{KeyId: "alias/records"})
	if err != nil || key.KeyMetadata.Description != "patient records" || key.KeyMetadata.KeySpec != "SYMMETRIC_DEFAULT" {
		t.Fatalf("%+v %v", key, err)
	}
	if out, err := service.GetKeyPolicy(ctx, call, &kms.GetKeyPolicyInput{KeyId: key.KeyMetadata.KeyId}); err != nil || out.Policy != files["key.json"] {
		t.Errorf("%+v %v", out, err)
	}
	if out, err := service.GetKeyRotationStatus(ctx, call, &kms.GetKeyRotationStatusInput{KeyId: key.KeyMetadata.KeyId}); err != nil || !out.KeyRotationEnabled {
		t.Errorf("%+v %v", out, err)
	}
	ctx, call = plane.As(t.Context(), s.roots["111122223333"], "us-east-1")
	if out, err := service.ListKeys(ctx, call, &kms.ListKeysInput{}); err != nil || len(out.Keys) != 1 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err := service.DescribeKey(ctx, call, &kms.DescribeKeyInput{KeyId: "alias/signing"}); err != nil || out.KeyMetadata.KeyUsage != "SIGN_VERIFY" {
		t.Errorf("%+v %v", out, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":          {"", "s.yaml: there are no accounts"},
		"no account id":    {"accounts: {\"1111\": {}}", "s.yaml: account 1111: an account is twelve digits, in quotes"},
		"no YAML":          {"accounts: [", "s.yaml: yaml: line 1"},
		"unknown field":    {"accounts:\n  \"111122223333\":\n    user: []", "line 3: field user not found"},
		"no name":          {"accounts: {\"111122223333\": {users: [{}]}}", "s.yaml: account 111122223333: user 1 has no name of its own"},
		"the same name":    {"accounts: {\"111122223333\": {users: [{name: a}, {name: a}]}}", "user 2 has no name of its own"},
		"a path":           {"accounts: {\"111122223333\": {users: [{name: a, path: x}]}}", `the path "x" does not begin and end with /`},
		"no secret":        {"accounts: {\"111122223333\": {users: [{name: a, access-keys: [{id: A}]}]}}", "account 111122223333: user a: an access key needs an id and a secret"},
		"the same key":     {"accounts: {\"111122223333\": {users: [{name: a, access-keys: [{id: A, secret: s}, {id: A, secret: s}]}]}}", "the access key A is there twice"},
		"no file":          {"accounts: {\"111122223333\": {users: [{name: a, policies: [x.json]}]}}", "user a: line 1: policy x.json: no such file"},
		"a policy":         {"accounts: {\"111122223333\": {users: [{name: a, policies: [{Statement: [{Effect: Maybe}]}]}]}}", "user a: line 1: policy of line 1: "},
		"a key's alias":    {"accounts: {\"111122223333\": {keys: [{region: us-east-1, alias: x}]}}", "account 111122223333: key 1: a key needs a region, and an alias that begins with alias/"},
		"more than it may": {"#" + strings.Repeat("x", MaxSize), "s.yaml: 4194305 bytes; more than 4194304 are not read"},
	} {
		_, err := Read("s.yaml", []byte(c.text), open)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Read("s.yaml", []byte(company), nil); err == nil || !strings.Contains(err.Error(), "files are not read here") {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(company))
	for _, text := range slices.Sorted(maps.Values(files)) {
		f.Add([]byte(text))
	}
	f.Add([]byte("accounts: {\"111122223333\": {users: [{name: a, policies: [{Statement: [{Effect: Maybe}]}, [1], x]}]}}"))
	f.Add([]byte("a: &a [*a]\naccounts: *a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Read("seed.yaml", b, open)
		if err != nil {
			return
		}
		for _, id := range s.AccessKeys() {
			if c, err := s.Caller(t.Context(), id, ""); err != nil || c.Secret == "" || !accountID.MatchString(c.Principal.Account) {
				t.Errorf("%q: %+v %v", id, c.Principal, err)
			}
		}
	})
}
