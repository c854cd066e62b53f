package seed

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy/authz"
)

const company = `accounts:
  "111122223333":
    root: {access-keys: [{id: AKIAROOT00000000, secret: root}]}
    policies:
      - {name: decrypt, path: /ml/, description: opens records, document: reader.json}
    groups:
      - {name: readers, attached: ["arn:aws:iam::111122223333:policy/ml/decrypt"]}
    users:
      - name: reader
        path: /ml/
        tags: {team: ml}
        access-keys: [{id: AKIAREADER000000, secret: reader}, {id: AKIASECOND000000, secret: second}]
        policies: {own: reader.json}
        groups: [readers]
        boundary: arn:aws:iam::111122223333:policy/ml/decrypt
    roles:
      - name: app
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
        max-session-seconds: 7200
    keys:
      - region: eu-west-1
        alias: alias/records
        description: patient records
        policy: key.json
        rotation: true
        tags: {data: health}
        grants:
          - {name: reading, grantee: "arn:aws:iam::111122223333:role/app", operations: [Decrypt], context-equals: {tenant: a}}
      - {region: us-east-1, alias: alias/signing, spec: ECC_NIST_P256, usage: SIGN_VERIFY}
    scps: [FullAWSAccess, reader.json]
  "444455556666": {users: [{name: stray}]}
  "999988887777": {}
organization:
  id: o-a1b2c3d4e5
  management: "999988887777"
  root:
    id: r-ab12
    accounts: ["999988887777"]
    units:
      - {id: ou-ab12-11111111, rcps: [key.json], accounts: ["111122223333"]}
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

// begun is a plane's identities and keys with the seed in them, twice: the second time
// changes nothing.
func begun(t *testing.T, text string) (*iam.Service, *kms.Service) {
	t.Helper()
	s, err := Read("company.yaml", []byte(text), open)
	if err != nil {
		t.Fatal(err)
	}
	people, err := iam.Open(t.Context(), iam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := kms.Open(t.Context(), kms.Options{Authorizer: plane.Authorizer{Identities: people}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Identities(t.Context(), people); err != nil {
			t.Fatal(err)
		}
		if err := s.Keys(t.Context(), people, keys); err != nil {
			t.Fatal(err)
		}
	}
	return people, keys
}

func TestAccessKeys(t *testing.T) {
	s, err := Read("company.yaml", []byte(company), open)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.AccessKeys(), []string{"AKIAREADER000000", "AKIAROOT00000000", "AKIASECOND000000"}; !slices.Equal(got, want) {
		t.Errorf("access keys %v, want %v", got, want)
	}
}

func TestIdentities(t *testing.T) {
	people, _ := begun(t, company)
	c, err := people.Caller(t.Context(), "AKIASECOND000000", "")
	if err != nil || c.Secret != "second" || c.Principal.ARN != "arn:aws:iam::111122223333:user/ml/reader" || c.Principal.Kind != authz.User {
		t.Fatalf("%+v %v", c, err)
	}
	if len(c.Layers.Identity) != 2 || c.Layers.Boundary == nil {
		t.Errorf("%d identity policies, boundary %v; want the user's own and its group's", len(c.Layers.Identity), c.Layers.Boundary)
	}
	if got := c.Context["aws:principaltag/team"]; !slices.Equal(got.Values, []string{"ml"}) {
		t.Errorf("tag team: %v", got)
	}
	if c, err := people.Caller(t.Context(), "AKIAROOT00000000", ""); err != nil || c.Principal.Kind != authz.Root || c.Principal.ARN != "arn:aws:iam::111122223333:root" {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := people.Caller(t.Context(), "AKIANOBODY", ""); !errors.Is(err, sigv4.ErrUnknownKey) {
		t.Error(err)
	}
	role := people.Role("111122223333", "app")
	if role == nil || role.Trust == nil || role.MaxSession.Seconds() != 7200 || len(role.Layers.Identity) != 1 {
		t.Errorf("%+v", role)
	}
	if people.User("444455556666", "stray") == nil {
		t.Error("the user of the other account is not there")
	}
}

// TestOrganization: the levels on the way to an account, with what AWS attaches itself.
func TestOrganization(t *testing.T) {
	s, err := Read("company.yaml", []byte(company), open)
	if err != nil {
		t.Fatal(err)
	}
	names := func(levels [][]iam.NamedPolicy) (out []string) {
		for _, level := range levels {
			for _, p := range level {
				out = append(out, p.Name[strings.LastIndex(p.Name, "/")+1:])
			}
			out = append(out, "|")
		}
		return out
	}
	organizations := s.organization.Accounts()
	o := organizations["111122223333"]
	if o.ID != "o-a1b2c3d4e5" || o.Path != "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/" || o.Management {
		t.Errorf("%+v", o)
	}
	if got, want := names(o.SCPs), strings.Fields("p-FullAWSAccess | p-FullAWSAccess | p-FullAWSAccess reader.json |"); !slices.Equal(got, want) {
		t.Errorf("SCPs %v, want %v", got, want)
	}
	if got, want := names(o.RCPs), strings.Fields("p-RCPFullAWSAccess | p-RCPFullAWSAccess key.json | p-RCPFullAWSAccess |"); !slices.Equal(got, want) {
		t.Errorf("RCPs %v, want %v", got, want)
	}
	if o := organizations["999988887777"]; !o.Management || o.Path != "o-a1b2c3d4e5/r-ab12/" || len(o.SCPs) != 2 {
		t.Errorf("%+v", o)
	}
	if _, ok := organizations["444455556666"]; ok {
		t.Error("an account that no unit names is in the organization")
	}
	people, _ := begun(t, company)
	if c, err := people.Caller(t.Context(), "AKIAREADER000000", ""); err != nil || len(c.Layers.SCPs) != 3 || !slices.Equal(c.Context["aws:principalorgid"].Values, []string{"o-a1b2c3d4e5"}) {
		t.Errorf("%+v %v", c, err)
	}
	if got := len(people.RCPs("111122223333")); got != 3 {
		t.Errorf("%d levels of RCPs", got)
	}
}

// TestKeys: keys are made once, as they are declared.
func TestKeys(t *testing.T) {
	people, service := begun(t, company)
	root := people.Root("111122223333")
	ctx, call := plane.As(t.Context(), root, "eu-west-1")
	key, err := service.DescribeKey(ctx, call, &kms.DescribeKeyInput{KeyId: "alias/records"})
	if err != nil || key.KeyMetadata.Description != "patient records" || key.KeyMetadata.KeySpec != "SYMMETRIC_DEFAULT" {
		t.Fatalf("%+v %v", key, err)
	}
	id := key.KeyMetadata.KeyId
	if out, err := service.GetKeyPolicy(ctx, call, &kms.GetKeyPolicyInput{KeyId: id}); err != nil || out.Policy != files["key.json"] {
		t.Errorf("%+v %v", out, err)
	}
	if out, err := service.GetKeyRotationStatus(ctx, call, &kms.GetKeyRotationStatusInput{KeyId: id}); err != nil || !out.KeyRotationEnabled {
		t.Errorf("%+v %v", out, err)
	}
	if out, err := service.ListResourceTags(ctx, call, &kms.ListResourceTagsInput{KeyId: id}); err != nil || !slices.Equal(out.Tags, []kms.Tag{{TagKey: "data", TagValue: "health"}}) {
		t.Errorf("%+v %v", out, err)
	}
	if out, err := service.ListGrants(ctx, call, &kms.ListGrantsInput{KeyId: id}); err != nil || len(out.Grants) != 1 || out.Grants[0].Name != "reading" || out.Grants[0].Constraints.EncryptionContextEquals["tenant"] != "a" {
		t.Errorf("%+v %v", out, err)
	}
	ctx, call = plane.As(t.Context(), root, "us-east-1")
	if out, err := service.ListKeys(ctx, call, &kms.ListKeysInput{}); err != nil || len(out.Keys) != 1 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err := service.DescribeKey(ctx, call, &kms.DescribeKeyInput{KeyId: "alias/signing"}); err != nil || out.KeyMetadata.KeyUsage != "SIGN_VERIFY" {
		t.Errorf("%+v %v", out, err)
	}
}

func TestReadRefuses(t *testing.T) {
	const one = "accounts: {\"111122223333\": {}}\n"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                 {"", "s.yaml: there are no accounts"},
		"no account id":           {"accounts: {\"1111\": {}}", "s.yaml: account 1111: an account is twelve digits, in quotes"},
		"no YAML":                 {"accounts: [", "s.yaml: yaml: line 1"},
		"unknown field":           {"accounts:\n  \"111122223333\":\n    user: []", "line 3: field user not found"},
		"no name":                 {"accounts: {\"111122223333\": {users: [{}]}}", "s.yaml: account 111122223333: user 1 has no name"},
		"no secret":               {"accounts: {\"111122223333\": {users: [{name: a, access-keys: [{id: A}]}]}}", "account 111122223333: user a: an access key needs an id and a secret"},
		"the same key":            {"accounts: {\"111122223333\": {users: [{name: a, access-keys: [{id: A, secret: s}, {id: A, secret: s}]}]}}", "the access key A is there twice"},
		"no file":                 {"accounts: {\"111122223333\": {users: [{name: a, policies: {p: x.json}}]}}", "user a: policy p: line 1: x.json: no such file"},
		"a policy":                {"accounts: {\"111122223333\": {users: [{name: a, policies: {p: {Statement: [{Effect: Maybe}]}}}]}}", "user a: policy p: line 1: "},
		"no document":             {"accounts: {\"111122223333\": {policies: [{name: a}]}}", "policy a: there is no policy document"},
		"no trust":                {"accounts: {\"111122223333\": {roles: [{name: a}]}}", "role a: trust: there is no policy document"},
		"a key's alias":           {"accounts: {\"111122223333\": {keys: [{region: us-east-1, alias: x}]}}", "account 111122223333: key 1: a key needs a region, and an alias that begins with alias/"},
		"an organization's id":    {one + "organization: {id: x, root: {id: r-ab12}}", `organization: the id "x" is none`},
		"a root's id":             {one + "organization: {id: o-a1b2c3d4e5, root: {id: ou-ab12}}", `organization: the root's id "ou-ab12" is none`},
		"a unit's id":             {one + "organization: {id: o-a1b2c3d4e5, root: {id: r-ab12, units: [{id: x}]}}", "organization: unit x: the id is none"},
		"no such account":         {one + "organization: {id: o-a1b2c3d4e5, root: {id: r-ab12, accounts: [\"444455556666\"]}}", "organization: root: account 444455556666 is not among the accounts"},
		"an account twice":        {one + "organization: {id: o-a1b2c3d4e5, root: {id: r-ab12, accounts: [\"111122223333\", \"111122223333\"]}}", "account 111122223333 is in the organization twice"},
		"no management account":   {one + "organization: {id: o-a1b2c3d4e5, management: \"111122223333\", root: {id: r-ab12}}", "the management account 111122223333 is in no unit and not in the root"},
		"a control policy's file": {one + "organization: {id: o-a1b2c3d4e5, root: {id: r-ab12, scps: [x.json]}}", "organization: root: line 2: x.json: no such file"},
		"no file of calls":        {one + "calls: [x.yaml]", "s.yaml: line 2: calls of x.yaml: no such file"},
		"a file that has none":    {one + "calls: [key.json]", "s.yaml: line 2: calls of key.json: yaml: unmarshal errors"},
		"more than it may":        {"#" + strings.Repeat("x", MaxSize), "s.yaml: 4194305 bytes; more than 4194304 are not read"},
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

// TestIdentitiesRefuses: what only IAM knows is said with the entity's name.
func TestIdentitiesRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a path":      {"accounts: {\"111122223333\": {users: [{name: a, path: x}]}}", `seed: account 111122223333: iam: user "a": `},
		"no group":    {"accounts: {\"111122223333\": {users: [{name: a, groups: [b]}]}}", `seed: account 111122223333: iam: user "a": `},
		"no boundary": {"accounts: {\"111122223333\": {users: [{name: a, boundary: \"arn:aws:iam::111122223333:policy/b\"}]}}", `seed: account 111122223333: iam: user "a": `},
		"no policy":   {"accounts: {\"111122223333\": {roles: [{name: a, trust: key.json, attached: [\"arn:aws:iam::111122223333:policy/b\"]}]}}", `seed: account 111122223333: iam: role "a": `},
	} {
		s, err := Read("s.yaml", []byte(c.text), open)
		if err != nil {
			t.Fatal(err)
		}
		people, err := iam.Open(t.Context(), iam.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Identities(t.Context(), people); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("accounts: {\"111122223333\": {}}\ncalls: [{account: \"111122223333\", region: eu-west-1, as: role/x, do: \"bedrock:CreateGuardrail\", with: {name: \"${key:alias/a}\"}, keep: {a: b.c}}]\n"))
	f.Add([]byte(company))
	for _, text := range slices.Sorted(maps.Values(files)) {
		f.Add([]byte(text))
	}
	f.Add([]byte("accounts: {\"111122223333\": {users: [{name: a, policies: {p: {Statement: [{Effect: Maybe}]}, q: [1], r: x}}]}}"))
	f.Add([]byte("a: &a [*a]\naccounts: *a"))
	f.Add([]byte("accounts: {\"111122223333\": {}}\norganization: {id: o-a1b2c3d4e5, root: {id: r-ab12, units: [{id: ou-ab12-11111111, units: [{}]}]}}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Read("seed.yaml", b, open)
		if err != nil {
			return
		}
		if len(s.accounts) == 0 {
			t.Error("a seed without accounts was read")
		}
		for _, id := range s.AccessKeys() {
			if id == "" {
				t.Error("an access key without id was read")
			}
		}
	})
}

// TestCallsOfAFile: the calls of a file stand where the seed names it, and errors say which
// file they are of; a file that a file names is none.
func TestCallsOfAFile(t *testing.T) {
	files := map[string]string{
		"b.yaml": "- {account: \"111122223333\", region: eu-west-1, do: \"x:B\"}\n- {account: \"111122223333\", region: eu-west-1, do: \"x:C\"}\n",
		"c.yaml": "- {account: \"111122223333\", region: eu-west-1, do: \"x:D\"}\n- b.yaml\n",
	}
	open := func(name string) ([]byte, error) { return []byte(files[name]), nil }
	const one = "accounts: {\"111122223333\": {}}\ncalls:\n- {account: \"111122223333\", region: eu-west-1, do: \"x:A\"}\n"
	s, err := Read("s.yaml", []byte(one+"- b.yaml\n"), open)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range s.calls {
		got = append(got, place(c.File, c.Line)+" "+c.Operation)
	}
	if want := []string{"line 3 A", "b.yaml: line 1 B", "b.yaml: line 2 C"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	_, err = Read("s.yaml", []byte(one+"- c.yaml\n"), open)
	if want := "s.yaml: c.yaml: line 2: call: "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if _, err := Read("s.yaml", []byte(one+"- b.yaml\n"), nil); err == nil || err.Error() != "s.yaml: line 4: calls of b.yaml: files are not read here" {
		t.Error(err)
	}
}
