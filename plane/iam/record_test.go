package iam

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/bedlock/bedlock/kms"
)

// TestRestartOfAPI: what was made by requests is there after a restart, deletions stay
// deleted, and last uses are known.
func TestRestartOfAPI(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	part, whole := sqliteStore(t, path)
	l := newLocal(t, Options{Store: part, Seal: testSeal(t)})
	ctx := t.Context()
	made, err := l.admin.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{})
	must(t, err)
	id, secret := *made.AccessKey.AccessKeyId, *made.AccessKey.SecretAccessKey
	second := l.client(id, secret)
	_, err = second.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: str("agent"), AssumeRolePolicyDocument: str(trustHome)})
	must(t, err)
	_, err = second.CreateUser(ctx, &awsiam.CreateUserInput{UserName: str("gone")})
	must(t, err)
	_, err = second.DeleteUser(ctx, &awsiam.DeleteUserInput{UserName: str("gone")})
	must(t, err)
	_, err = second.UpdateUser(ctx, &awsiam.UpdateUserInput{UserName: str("admin"), NewUserName: str("chief")})
	must(t, err)
	_, err = second.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: str("p"), PolicyDocument: str(everything)})
	must(t, err)
	_, err = second.CreateAccountAlias(ctx, &awsiam.CreateAccountAliasInput{AccountAlias: str("home-sweet")})
	must(t, err)
	_, err = second.UpdateAccessKey(ctx, &awsiam.UpdateAccessKeyInput{AccessKeyId: str(adminKey), Status: types.StatusTypeInactive})
	must(t, err)
	must(t, l.iam.Close())
	must(t, whole.Close())

	part, whole = sqliteStore(t, path)
	defer func() { _ = whole.Close() }()
	s := open(t, Options{Store: part, Seal: testSeal(t)})
	a := s.view(home)
	if a.alias != "home-sweet" || a.entity(kindUser, "gone") != nil || a.entity(kindRole, "agent").Trust != trustHome || a.policy("arn:aws:iam::"+home+":policy/p").version(1).Document != everything {
		t.Errorf("%+v", a)
	}
	c, err := s.Caller(ctx, id, "")
	must(t, err)
	if c.Secret != secret || c.Principal.ARN != "arn:aws:iam::"+home+":user/chief" {
		t.Errorf("%+v", c.Principal)
	}
	if c, _ := s.Caller(ctx, adminKey, ""); c != nil {
		t.Error("an inactive key is active again")
	}
	if last, ok := s.lastUse(id); !ok || last.Service != "iam" || last.Region != "us-east-1" || time.Since(last.At).Abs() > time.Minute {
		t.Errorf("%+v", last)
	}
}

// failing is a store that takes nothing.
type failing struct{ kms.Memory }

var errFull = errors.New("the disk is full")

func (*failing) Commit(context.Context, []kms.Record) error { return errFull }

// TestNotCommitted: nobody sees what the store did not take.
func TestNotCommitted(t *testing.T) {
	s := open(t, Options{Store: &failing{}})
	err := s.EnsureUser(t.Context(), home, UserSeed{Name: "ada", AccessKeys: []KeySeed{{adminKey, adminSecret}}})
	if !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	if c, _ := s.Caller(t.Context(), adminKey, ""); c != nil || s.User(home, "ada") != nil {
		t.Error("it is there")
	}
}

// TestDamage: a store with a record that is not what it should be does not open, and the
// error names the record.
func TestDamage(t *testing.T) {
	role, err := json.Marshal(&entity{Kind: kindRole, Account: home, Name: "r", Path: "/", ID: "AROA1", Trust: "{"})
	must(t, err)
	user := func(e entity) string {
		e.Kind, e.Account, e.Name, e.Path, e.ID = kindUser, home, "u", "/", "AIDA1"
		b, err := json.Marshal(&e)
		must(t, err)
		return string(b)
	}
	for _, tt := range []struct {
		kind              kms.Kind
		id, value, reason string
	}{
		{"user", home + "/AIDA1", `{`, "unexpected EOF"},
		{"user", home + "/AIDA1", user(entity{}) + "x", "something follows the value"},
		{"user", home + "/AIDA1", `{"Color":1}`, `json: unknown field "Color"`},
		{"user", home + "/AIDA2", user(entity{}), "it is not that of its place"},
		{"user", abroad + "/AIDA1", user(entity{}), "it is not that of its place"},
		{"user", "x/AIDA1", `{}`, `account "x": want 12 digits`},
		{"user", home + "/AIDA1", user(entity{Attached: []string{"arn:aws:iam::aws:policy/None"}}), "policy arn:aws:iam::aws:policy/None is missing"},
		{"user", home + "/AIDA1", user(entity{Boundary: "b"}), "policy b is missing"},
		{"user", home + "/AIDA1", user(entity{Groups: []string{"AGPA1"}}), "group AGPA1 is missing"},
		{"role", home + "/AROA1", string(role), "trust policy: line 1, column 2: a member name in double quotes is missing"},
		{"policy", home + "/ANPA1", `{"Account":"` + home + `","Name":"p","ID":"ANPA1","Default":1}`, "its default version 1 is missing"},
		{"accesskey", home + "/AKIA1", `{"ID":"AKIA1","Sealed":"AAAA"}`, "its secret was not sealed with this store's key, or is damaged"},
		{"account", home, `[]`, "json: cannot unmarshal array into Go value of type iam.accountRecord"},
		{"used", home, `{"a":1}`, "json: cannot unmarshal number into Go value of type iam.use"},
		{"robot", home + "/1", `{}`, "this version does not know its kind"},
	} {
		m := &kms.Memory{}
		must(t, m.Commit(t.Context(), []kms.Record{{Kind: tt.kind, ID: tt.id, Value: []byte(tt.value)}}))
		_, err := Open(t.Context(), Options{Store: m, Seal: testSeal(t)})
		if want := "iam: record " + string(tt.kind) + " " + tt.id + ": " + tt.reason; err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// TestSealedPlace: a sealed secret is good in its own place alone.
func TestSealedPlace(t *testing.T) {
	m := &kms.Memory{}
	s := open(t, Options{Store: m, Seal: testSeal(t)})
	must(t, s.EnsureRootKey(t.Context(), home, KeySeed{"ROOTROOTROOTROOT", "secret-of-root"}))
	k := *s.view(home).keys["ROOTROOTROOTROOT"]
	k.ID = "OTHEROTHEROTHERO"
	r, err := record(recordKey, home+"/"+k.ID, &k)
	must(t, err)
	must(t, m.Commit(t.Context(), []kms.Record{r}))
	_, err = Open(t.Context(), Options{Store: m, Seal: testSeal(t)})
	if err == nil || !strings.Contains(err.Error(), "record accesskey "+home+"/OTHEROTHEROTHERO: its secret was not sealed with this store's key, or is damaged") {
		t.Errorf("%v", err)
	}
}

// FuzzRecord: no record makes loading panic, and what it takes is the same when it is
// written and read again.
func FuzzRecord(f *testing.F) {
	s, err := Open(f.Context(), Options{Seal: testSeal(f)})
	must(f, err)
	m := &kms.Memory{}
	s.store = m
	must(f, s.EnsurePolicy(f.Context(), home, PolicySeed{Name: "limit", Path: "/teams/", Document: everything, Tags: []Tag{{"a", "b"}}}))
	must(f, s.EnsureGroup(f.Context(), home, GroupSeed{Name: "g", Policies: map[string]string{"p": everything}}))
	must(f, s.EnsureUser(f.Context(), home, UserSeed{Name: "u", AccessKeys: []KeySeed{{adminKey, adminSecret}}, Groups: []string{"g"}}))
	must(f, s.EnsureRole(f.Context(), home, RoleSeed{Name: "r", Trust: trustHome}))
	must(f, m.Load(f.Context(), func(r kms.Record) error {
		f.Add(string(r.Kind), r.ID, r.Value)
		return nil
	}))
	f.Add("account", home, []byte(`{"Alias":"a"}`))
	f.Add("used", home, []byte(`{"AKIA1":{"At":"2026-11-25T00:00:00Z","Service":"kms","Region":"eu-west-1"}}`))
	f.Fuzz(func(t *testing.T, k, id string, value []byte) {
		l := &loading{accounts: map[string]*account{}, used: map[string]use{}, open: s.unseal}
		if err := l.record(kms.Record{Kind: kms.Kind(k), ID: id, Value: value}); err != nil {
			return
		}
		for _, a := range l.accounts {
			_ = a.check()
			c := &change{account: newAccount(a.id), service: s}
			for _, of := range kinds {
				for _, e := range a.entities[of] {
					c.put(nil, e)
				}
			}
			for _, p := range a.policies {
				c.putPolicy(p)
			}
			for _, key := range a.keys {
				c.putKey(key)
			}
			again := &loading{accounts: map[string]*account{}, used: map[string]use{}, open: s.unseal}
			for _, r := range c.records {
				if err := again.record(r); err != nil {
					t.Fatalf("%s: %v", r.Value, err)
				}
			}
		}
	})
}
