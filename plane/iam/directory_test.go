package iam

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy/authz"
)

// furnish makes one of everything.
func furnish(t *testing.T, s *Service) {
	t.Helper()
	ctx := t.Context()
	must(t, s.EnsurePolicy(ctx, home, PolicySeed{Name: "limit", Path: "/teams/", Document: allowing(`"kms:*"`)}))
	must(t, s.EnsureGroup(ctx, home, GroupSeed{Name: "readers", Policies: map[string]string{"read": allowing(`"kms:Describe*"`)}, Attached: []string{"arn:aws:iam::aws:policy/AdministratorAccess"}}))
	must(t, s.EnsureUser(ctx, home, UserSeed{
		Name: "ada", Path: "/eng/", Tags: []Tag{{"Team", "ml"}}, Boundary: "arn:aws:iam::" + home + ":policy/teams/limit",
		Policies: map[string]string{"own": allowing(`"kms:List*"`)}, Attached: []string{"arn:aws:iam::" + home + ":policy/teams/limit"},
		Groups: []string{"readers"}, AccessKeys: []KeySeed{{"AKIAADAADAADAADAADA1", "secret-of-ada"}},
	}))
	must(t, s.EnsureRole(ctx, home, RoleSeed{
		Name: "agent", Trust: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + abroad + `"},"Action":"sts:AssumeRole"}}`,
		MaxSessionSeconds: 7200, Policies: map[string]string{"p": allowing(`"kms:Decrypt"`)}, Tags: []Tag{{"Team", "ml"}},
	}))
	must(t, s.EnsureRootKey(ctx, home, KeySeed{"ROOTROOTROOTROOT", "secret-of-root"}))
}

func namesOf(list []*authz.Policy) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Name())
	}
	return out
}

func policyText(p *authz.Policy) [2]string {
	if p == nil {
		return [2]string{}
	}
	return [2]string{p.Name(), p.Document().Text()}
}

func TestDirectory(t *testing.T) {
	s := open(t, Options{})
	furnish(t, s)
	must(t, s.SetOrganization(home, Organization{ID: "o-a1b2c3d4e5", Path: "o-a1b2c3d4e5/r-ab12/", Management: true, SCPs: [][]NamedPolicy{{{"arn:scp", everything}}}, RCPs: [][]NamedPolicy{{{"rcp", everything}}}}))
	c, err := s.Caller(t.Context(), "AKIAADAADAADAADAADA1", "")
	must(t, err)
	id := s.User(home, "ada").ID
	if want := (authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::" + home + ":user/eng/ada", Account: home, ID: id, Management: true}); c.Principal != want || len(id) != 21 || id[:4] != "AIDA" {
		t.Errorf("%+v", c.Principal)
	}
	limit := "arn:aws:iam::" + home + ":policy/teams/limit"
	if diff := cmp.Diff([]string{"inline/own", limit, "inline/read", "arn:aws:iam::aws:policy/AdministratorAccess"}, namesOf(c.Layers.Identity)); diff != "" {
		t.Error(diff)
	}
	if c.Layers.Boundary.Name() != limit || c.Layers.SCPs[0][0].Name() != "arn:scp" || s.RCPs(home)[0][0].Name() != "rcp" || s.RCPs(abroad) != nil || c.Secret != "secret-of-ada" {
		t.Errorf("%+v", c.Layers)
	}
	wantContext := authz.Context{"aws:principaltag/team": one("ml"), "aws:principalorgid": one("o-a1b2c3d4e5"), "aws:principalorgpaths": one("o-a1b2c3d4e5/r-ab12/")}
	if diff := cmp.Diff(wantContext, c.Context); diff != "" {
		t.Error(diff)
	}
	if again, _ := s.Caller(t.Context(), "AKIAADAADAADAADAADA1", ""); again != c {
		t.Error("a caller is made twice")
	}
	if got, err := s.Caller(t.Context(), "AKIAADAADAADAADAADA1", "token"); got != c || !errors.Is(err, sigv4.ErrTokenInvalid) {
		t.Errorf("%v %v", got, err)
	}
	if got, err := s.Caller(t.Context(), "AKIANOBODY", ""); got != nil || !errors.Is(err, sigv4.ErrUnknownKey) {
		t.Errorf("%v %v", got, err)
	}
	root, err := s.Caller(t.Context(), "ROOTROOTROOTROOT", "")
	must(t, err)
	if want := s.Root(home).Principal; root.Principal != want || want.ARN != "arn:aws:iam::"+home+":root" || want.Kind != authz.Root || root.Layers.Identity != nil {
		t.Errorf("%+v", root)
	}
	role := s.Role(home, "agent")
	if role.ARN != "arn:aws:iam::"+home+":role/agent" || role.MaxSession != 2*time.Hour || role.Trust.Name() != "trust" || role.Tags["Team"] != "ml" || len(role.Layers.Identity) != 1 || role.ID[:4] != "AROA" {
		t.Errorf("%+v", role)
	}
	if s.Role(home, "Agent") != nil || s.Role(abroad, "agent") != nil || s.User(home, "agent") != nil || s.ManagedPolicy(home, limit) == nil || s.ManagedPolicy(abroad, limit) != nil {
		t.Error("something is found that is not there")
	}
}

// TestCallerAllocates: asking who holds a key makes nothing.
func TestCallerAllocates(t *testing.T) {
	s := open(t, Options{})
	furnish(t, s)
	if n := testing.AllocsPerRun(100, func() { _, _ = s.Caller(t.Context(), "AKIAADAADAADAADAADA1", "") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	part, whole := sqliteStore(t, path)
	s := open(t, Options{Store: part, Seal: testSeal(t)})
	furnish(t, s)
	before, agent := s.User(home, "ada"), s.Role(home, "agent")
	must(t, s.Close())
	must(t, s.Close())
	must(t, whole.Close())
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("secret-of-")) {
			t.Errorf("%s has a secret in clear", file)
		}
	}

	part, whole = sqliteStore(t, path)
	defer func() { _ = whole.Close() }()
	if _, err := Open(t.Context(), Options{Store: part}); err == nil || !bytes.Contains([]byte(err.Error()), []byte("its secret is sealed and there is no key: set Options.Seal")) {
		t.Errorf("without the key: %v", err)
	}
	s = open(t, Options{Store: part, Seal: testSeal(t)})
	furnish(t, s) // a second time: what the store has wins
	after := s.User(home, "ada")
	if diff := cmp.Diff(before, after, cmp.Transformer("text", policyText)); diff != "" {
		t.Error(diff)
	}
	if again := s.Role(home, "agent"); again.ID != agent.ID || again.Trust.Document().Text() != agent.Trust.Document().Text() {
		t.Errorf("%+v", again)
	}
	if c, err := s.Caller(t.Context(), "AKIAADAADAADAADAADA1", ""); err != nil || c.Secret != "secret-of-ada" {
		t.Errorf("%+v %v", c, err)
	}
	if c, err := s.Caller(t.Context(), "ROOTROOTROOTROOT", ""); err != nil || c.Secret != "secret-of-root" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestSeedRefusals(t *testing.T) {
	s := open(t, Options{})
	furnish(t, s)
	ctx := t.Context()
	refusedAs(t, s.EnsureUser(ctx, home, UserSeed{Name: "a b"}), "ValidationError", `name of a user "a b": want 1 to 64 letters, digits and +=,.@_-`)
	refusedAs(t, s.EnsureUser(ctx, home, UserSeed{Name: "b", Path: "x"}), "ValidationError", `path of user b "x": want up to 512 characters that begin and end with /`)
	refusedAs(t, s.EnsureUser(ctx, home, UserSeed{Name: "b", Groups: []string{"none"}}), "NoSuchEntity", "The group with name none cannot be found.")
	refusedAs(t, s.EnsureUser(ctx, home, UserSeed{Name: "b", AccessKeys: []KeySeed{{"AKIAADAADAADAADAADA1", "x"}}}), "EntityAlreadyExists", "The Access Key with id AKIAADAADAADAADAADA1 already exists.")
	refusedAs(t, s.EnsureUser(ctx, abroad, UserSeed{Name: "b", AccessKeys: []KeySeed{{"AKIAADAADAADAADAADA1", "x"}}}), "EntityAlreadyExists", "The Access Key with id AKIAADAADAADAADAADA1 already exists.")
	refusedAs(t, s.EnsureUser(ctx, home, UserSeed{Name: "b", AccessKeys: []KeySeed{{"short", "x"}}}), "ValidationError", `access key id "short": want 16 to 128 letters and digits`)
	refusedAs(t, s.EnsureRole(ctx, home, RoleSeed{Name: "r", Trust: everything}), "MalformedPolicyDocument", "Has prohibited field Resource")
	refusedAs(t, s.EnsurePolicy(ctx, home, PolicySeed{Name: "p", Document: "{"}), "MalformedPolicyDocument", "Syntax errors in policy.")
	if s.User(home, "b") != nil || s.User(abroad, "b") != nil {
		t.Error("a refused seed left something behind")
	}
	if err := s.EnsureUser(ctx, "12", UserSeed{Name: "b"}); err == nil || err.Error() != `iam: user "b": iam: account "12": want 12 digits` {
		t.Errorf("%v", err)
	}
}
