package kms

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/bedlock/bedlock/policy/authz"
)

// strict is a world in which policies and grants decide. admin may do everything in the
// test account, by its identity policy.
func strict(t testing.TB, f ...func(*Options)) *world {
	w := newWorld(t, f...)
	w.auth.all = false
	if tt, isTest := t.(*testing.T); isTest {
		w.auth.allow(tt, user("admin"), allowAll)
	}
	return w
}

func (w *world) encryptAs(c *Call, key string, pairs map[string]string, tokens ...string) error {
	_, err := w.Encrypt(context.Background(), c, &EncryptInput{KeyId: key, Plaintext: []byte("x"), EncryptionContext: pairs, GrantTokens: tokens})
	return err
}

func denied(t testing.TB, what string, err error) {
	t.Helper()
	if e, isError := err.(*Error); !isError || e.Code != AccessDenied {
		t.Errorf("%s: got %v, want a refusal", what, err)
	}
}

func allowed(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// A grant allows its grantee its operations, and nobody and nothing else, until it is
// gone.
func TestGrantAllows(t *testing.T) {
	w := strict(t)
	k := w.create(t, nil)
	g, h := user("g"), user("h")
	wantError(t, w.encryptAs(g, k.KeyId, nil), AccessDenied,
		"User: arn:aws:iam::111122223333:user/g is not authorized to perform: kms:Encrypt on resource: "+k.Arn+" because no identity-based policy allows the kms:Encrypt action")
	grant := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: g.Principal.ARN, Operations: []string{"Encrypt"}})
	allowed(t, "the grantee", w.encryptAs(g, k.KeyId, nil))
	denied(t, "another user", w.encryptAs(h, k.KeyId, nil))
	denied(t, "another user with the token", w.encryptAs(h, k.KeyId, nil, grant.GrantToken))
	_, err := w.Decrypt(t.Context(), g, &DecryptInput{KeyId: k.KeyId, CiphertextBlob: w.encryptedBy(t, k.KeyId)})
	denied(t, "another operation", err)
	denied(t, "another key", w.encryptAs(g, w.create(t, nil).KeyId, nil))
	w.auth.allow(t, h, `{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}`)
	w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: h.Principal.ARN, Operations: []string{"Encrypt"}})
	denied(t, "a grantee who is denied", w.encryptAs(h, k.KeyId, nil))
	if err := w.RevokeGrant(t.Context(), user("admin"), &RevokeGrantInput{KeyId: k.Arn, GrantId: grant.GrantId}); err != nil {
		t.Fatal(err)
	}
	denied(t, "after RevokeGrant", w.encryptAs(g, k.KeyId, nil))
	denied(t, "after RevokeGrant with the token", w.encryptAs(g, k.KeyId, nil, grant.GrantToken))
}

func (w *world) encryptedBy(t testing.TB, key string) []byte {
	t.Helper()
	return ok[*EncryptOutput](t)(w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: key, Plaintext: []byte("x")})).CiphertextBlob
}

// Grants to roles, accounts and principals of other accounts.
func TestGrantees(t *testing.T) {
	w := strict(t)
	k := w.create(t, nil)
	session := user("")
	session.Principal = authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/app/s", Role: "arn:aws:iam::111122223333:role/app", Account: testAccount}
	stranger := userOf(otherAccount, "x")
	denied(t, "session", w.encryptAs(session, k.KeyId, nil))
	wantError(t, w.encryptAs(stranger, k.Arn, nil), AccessDenied, "User: arn:aws:iam::444455556666:user/x is not authorized to perform: kms:Encrypt on this resource "+
		"because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access")
	w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: "arn:aws:iam::111122223333:role/app", Operations: []string{"Encrypt"}})
	w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: stranger.Principal.ARN, Operations: []string{"Encrypt", "Decrypt"}})
	allowed(t, "session of the role", w.encryptAs(session, k.KeyId, nil))
	allowed(t, "user of another account", w.encryptAs(stranger, k.Arn, nil))

	// The id of the key will do across accounts when the ciphertext names it too.
	blob := w.encryptedBy(t, k.KeyId)
	for _, key := range []string{"", k.Arn, k.KeyId} {
		_, err := w.Decrypt(t.Context(), stranger, &DecryptInput{KeyId: key, CiphertextBlob: blob})
		allowed(t, "Decrypt across accounts with key "+key, err)
	}
	other := w.encryptedBy(t, w.create(t, nil).KeyId)
	_, err := w.Decrypt(t.Context(), stranger, &DecryptInput{KeyId: k.KeyId, CiphertextBlob: other})
	wantError(t, err, NotFound, "Key 'arn:aws:kms:us-east-1:444455556666:key/"+k.KeyId+"' does not exist")
}

// An encryption context constraint holds for the operations with an encryption context,
// and not for DescribeKey.
func TestGrantConstraints(t *testing.T) {
	w := strict(t)
	k := w.create(t, nil)
	equals, subset := user("equals"), user("subset")
	pairs := map[string]string{"Project": "Alpha", "dept": "IT"}
	w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: equals.Principal.ARN, Operations: []string{"Encrypt", "DescribeKey"}, Constraints: &GrantConstraints{EncryptionContextEquals: pairs}})
	w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: subset.Principal.ARN, Operations: []string{"Encrypt", "DescribeKey"}, Constraints: &GrantConstraints{EncryptionContextSubset: pairs}})
	for _, test := range []struct {
		pairs          map[string]string
		equals, subset bool
	}{
		{nil, false, false},
		{map[string]string{"Project": "Alpha"}, false, false},
		{pairs, true, true},
		{map[string]string{"Project": "Alpha", "dept": "it"}, false, false},
		{map[string]string{"Project": "Alpha", "dept": "IT", "more": "x"}, false, true},
		{map[string]string{"project": "Alpha", "DEPT": "IT"}, true, true}, // names of a constraint are not case-sensitive
		{map[string]string{"Project": "Alpha", "dept": "IT", "DEPT": "IT"}, false, false},
	} {
		for _, who := range []struct {
			c    *Call
			want bool
		}{{equals, test.equals}, {subset, test.subset}} {
			if err := w.encryptAs(who.c, k.KeyId, test.pairs); (err == nil) != who.want {
				t.Errorf("%s with %v: %v", who.c.Principal.ARN, test.pairs, err)
			}
		}
	}
	for _, c := range []*Call{equals, subset} {
		_, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: k.KeyId})
		allowed(t, "DescribeKey", err)
	}
}

// Until a grant has propagated it counts by its token alone; after that without.
func TestGrantPropagation(t *testing.T) {
	w := strict(t, func(o *Options) { o.Propagation = 5 * time.Minute })
	k := w.create(t, nil)
	g := user("g")
	in := &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: g.Principal.ARN, Operations: []string{"Encrypt", "DescribeKey"}, Name: "n"}
	first := w.granted(t, in)
	second := w.granted(t, in)
	other := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("h").Principal.ARN, Operations: []string{"Encrypt"}})
	fresh := func(when string) {
		t.Helper()
		denied(t, when+" without token", w.encryptAs(g, k.KeyId, nil))
		denied(t, when+" with another grant's token", w.encryptAs(g, k.KeyId, nil, other.GrantToken))
		allowed(t, when+" with its token", w.encryptAs(g, k.KeyId, nil, other.GrantToken, first.GrantToken))
		allowed(t, when+" with its other token", w.encryptAs(g, k.KeyId, nil, second.GrantToken))
		_, err := w.DescribeKey(t.Context(), g, &DescribeKeyInput{KeyId: k.KeyId, GrantTokens: []string{first.GrantToken}})
		allowed(t, when+" DescribeKey with its token", err)
	}
	fresh("at once")
	w.clock.add(5*time.Minute - time.Nanosecond)
	fresh("a moment before")
	w.open(t, func(o *Options) { o.Propagation = 5 * time.Minute })
	fresh("after a restart")
	w.clock.add(time.Nanosecond)
	allowed(t, "after five minutes", w.encryptAs(g, k.KeyId, nil))
	late := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("late").Principal.ARN, Operations: []string{"Encrypt"}})
	denied(t, "a later grant", w.encryptAs(user("late"), k.KeyId, nil))
	allowed(t, "a later grant with its token", w.encryptAs(user("late"), k.KeyId, nil, late.GrantToken))
	allowed(t, "the first beside the later grant", w.encryptAs(g, k.KeyId, nil))
}

// Whom a grant lets retire it, and whom nothing does.
func TestRetireGrantRights(t *testing.T) {
	w := strict(t)
	k := w.create(t, &CreateKeyInput{Policy: `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/bypolicy"},"Action":"kms:RetireGrant","Resource":"*"}]}`})
	stranger := userOf(otherAccount, "retirer")
	w.auth.allow(t, user("delegated"), `{"Effect":"Allow","Action":"kms:RetireGrant","Resource":"*"}`)
	w.auth.allow(t, user("forbidden"), `{"Effect":"Deny","Action":"kms:RetireGrant","Resource":"*"}`)
	make := func(retiring string, operations ...string) *CreateGrantOutput {
		return w.granted(t, &CreateGrantInput{
			KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, RetiringPrincipal: retiring, Operations: append(operations, "Encrypt"),
			Constraints: &GrantConstraints{EncryptionContextEquals: map[string]string{"a": "b"}},
		})
	}
	other := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("other").Principal.ARN, Operations: []string{"RetireGrant", "Encrypt"}})
	for _, test := range []struct {
		who      *Call
		retiring string
		ops      []string
		want     bool
	}{
		{user("r"), user("r").Principal.ARN, nil, true},
		{stranger, stranger.Principal.ARN, nil, true},
		{user("g"), "", []string{"RetireGrant"}, true},
		{user("g"), "", nil, false},
		{user("g"), user("r").Principal.ARN, nil, false},
		{user("x"), user("r").Principal.ARN, nil, false},
		{user("bypolicy"), user("r").Principal.ARN, nil, false}, // kms:RetireGrant has no effect in a key policy
		{user("other"), user("r").Principal.ARN, nil, false},    // another grant does not help
		{user("delegated"), user("r").Principal.ARN, nil, true}, // the account of the key delegates
		{user("forbidden"), user("forbidden").Principal.ARN, nil, false},
		{userOf(otherAccount, "x"), stranger.Principal.ARN, nil, false},
	} {
		for _, byToken := range []bool{true, false} {
			g := make(test.retiring, test.ops...)
			in := &RetireGrantInput{KeyId: k.Arn, GrantId: g.GrantId}
			if byToken {
				in = &RetireGrantInput{GrantToken: g.GrantToken}
			}
			err := w.RetireGrant(t.Context(), test.who, in)
			if what := fmt.Sprintf("%s, retiring principal %q, operations %v, by token %v", test.who.Principal.ARN, test.retiring, test.ops, byToken); test.want {
				allowed(t, what, err)
			} else {
				denied(t, what, err)
			}
			if gone := w.entry(t, k.KeyId).now.Load().grant(g.GrantId) == nil; gone != test.want {
				t.Errorf("%s: gone %v", test.who.Principal.ARN, gone)
			}
		}
	}
	if err := w.RetireGrant(t.Context(), user("other"), &RetireGrantInput{GrantToken: other.GrantToken}); err != nil {
		t.Error(err)
	}
}

// Trap 73: the id of a key alone does not do for RetireGrant. And the record of the call
// gets the id of the grant.
func TestRetireGrantNames(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	g := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}})
	for _, test := range []struct {
		in   RetireGrantInput
		want Code
	}{
		{RetireGrantInput{KeyId: k.KeyId, GrantId: g.GrantId}, InvalidArn},
		{RetireGrantInput{KeyId: k.Arn}, Validation},
		{RetireGrantInput{GrantId: g.GrantId}, Validation},
		{RetireGrantInput{}, Validation},
		{RetireGrantInput{GrantToken: "AQpA"}, InvalidGrantToken},
		{RetireGrantInput{KeyId: k.Arn, GrantId: g.GrantId[1:] + "0"}, NotFound},
	} {
		err := w.RetireGrant(t.Context(), user("a"), &test.in)
		if e, isError := err.(*Error); !isError || e.Code != test.want {
			t.Errorf("%+v: %v, want %s", test.in, err, test.want)
		}
	}
	if err := w.RetireGrant(t.Context(), user("a").in(otherRegion), &RetireGrantInput{GrantToken: g.GrantToken}); err.(*Error).Code != NotFound {
		t.Errorf("in another Region: %v", err)
	}
	c := user("a")
	if err := w.RetireGrant(t.Context(), c, &RetireGrantInput{GrantToken: g.GrantToken}); err != nil || c.Grant != g.GrantId || len(c.Touched) != 1 || c.Touched[0] != k.Arn {
		t.Errorf("%v; grant %s, keys %v", err, c.Grant, c.Touched)
	}
	for _, in := range []RevokeGrantInput{{KeyId: k.KeyId, GrantId: g.GrantId}, {KeyId: k.KeyId, GrantId: "short"}} {
		want := NotFound
		if in.GrantId == "short" {
			want = InvalidGrantID
		}
		if err := w.RevokeGrant(t.Context(), user("a"), &in); err.(*Error).Code != want {
			t.Errorf("RevokeGrant %s: %v", in.GrantId, err)
		}
	}
}

// Who may create grants by a grant may create none that allow more.
func TestChildGrants(t *testing.T) {
	w := strict(t)
	k := w.create(t, nil)
	pairs := map[string]string{"a": "b"}
	for name, parent := range map[string]*GrantConstraints{"free": nil, "subset": {EncryptionContextSubset: pairs}, "equals": {EncryptionContextEquals: pairs}} {
		maker := user(name)
		w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: maker.Principal.ARN, Operations: []string{"CreateGrant", "Encrypt"}, Constraints: parent})
		for _, child := range []struct {
			what string
			ops  []string
			con  *GrantConstraints
			want map[string]bool
		}{
			{"the same operations, unconstrained", []string{"Encrypt"}, nil, map[string]bool{"free": true}},
			{"another operation", []string{"Decrypt"}, &GrantConstraints{EncryptionContextEquals: pairs}, nil},
			{"one more operation", []string{"Encrypt", "Decrypt"}, &GrantConstraints{EncryptionContextEquals: pairs}, nil},
			{"equals", []string{"Encrypt"}, &GrantConstraints{EncryptionContextEquals: pairs}, map[string]bool{"free": true, "subset": true, "equals": true}},
			{"subset", []string{"Encrypt"}, &GrantConstraints{EncryptionContextSubset: pairs}, map[string]bool{"free": true, "subset": true}},
			{"a larger subset", []string{"Encrypt"}, &GrantConstraints{EncryptionContextSubset: map[string]string{"a": "b", "c": "d"}}, map[string]bool{"free": true, "subset": true}},
			{"larger equals", []string{"Encrypt"}, &GrantConstraints{EncryptionContextEquals: map[string]string{"a": "b", "c": "d"}}, map[string]bool{"free": true, "subset": true}},
			{"another value", []string{"Encrypt"}, &GrantConstraints{EncryptionContextEquals: map[string]string{"a": "B"}}, map[string]bool{"free": true}},
		} {
			_, err := w.CreateGrant(t.Context(), maker, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("child").Principal.ARN, Operations: child.ops, Constraints: child.con})
			if what := "by " + name + ": " + child.what; child.want[name] {
				allowed(t, what, err)
			} else {
				denied(t, what, err)
			}
		}
	}
}

// Grants to services count for calls on behalf of their source alone.
func TestGrantsToServices(t *testing.T) {
	w := strict(t)
	k := w.create(t, nil)
	const source = "arn:aws:logs:us-east-1:111122223333:log-group:g"
	g := w.granted(t, &CreateGrantInput{
		KeyId: k.KeyId, GranteeServicePrincipal: "logs.us-east-1.amazonaws.com", RetiringServicePrincipal: "logs.us-east-1.amazonaws.com",
		Operations: []string{"Encrypt"}, Constraints: &GrantConstraints{SourceArn: source},
	})
	service := func(name, source string) *Call {
		c := user("")
		c.Principal = authz.Principal{Kind: authz.Service, ARN: name}
		if source != "" {
			c.Context = authz.Context{"aws:sourcearn": {Values: []string{source}}}
		}
		return c
	}
	allowed(t, "the service for its source", w.encryptAs(service("logs.us-east-1.amazonaws.com", source), k.Arn, nil))
	denied(t, "the service for another source", w.encryptAs(service("logs.us-east-1.amazonaws.com", source+"x"), k.Arn, nil))
	denied(t, "the service for no source", w.encryptAs(service("logs.us-east-1.amazonaws.com", ""), k.Arn, nil))
	denied(t, "another service", w.encryptAs(service("sns.amazonaws.com", source), k.Arn, nil))
	denied(t, "a user", w.encryptAs(user("x"), k.Arn, nil))
	list := ok[*ListGrantsOutput](t)(w.ListGrants(t.Context(), user("admin"), &ListGrantsInput{KeyId: k.KeyId}))
	if e := list.Grants[0]; e.GranteeServicePrincipal != "logs.us-east-1.amazonaws.com" || e.RetiringServicePrincipal != "logs.us-east-1.amazonaws.com" || e.GranteePrincipal != "" || e.Constraints.SourceArn != source {
		t.Errorf("%+v", e)
	}
	allowed(t, "the service retires it", w.RetireGrant(t.Context(), service("logs.us-east-1.amazonaws.com", ""), &RetireGrantInput{GrantToken: g.GrantToken}))
}

// wording words refusals as AWS does.
type wording struct{ *policies }

func (r wording) Authorize(ctx context.Context, c *Call, a *Access) error {
	err := r.policies.Authorize(ctx, c, a)
	if e, isError := err.(*Error); isError {
		return a.Refused(e.Message)
	}
	return err
}

// A refusal does not name a key that the ciphertext told.
func TestRefusalsByCiphertext(t *testing.T) {
	w := strict(t)
	w.open(t, func(o *Options) { o.Authorizer = wording{w.auth} })
	k := w.create(t, nil)
	blob := w.encryptedBy(t, k.KeyId)
	_, err := w.Decrypt(t.Context(), user("x"), &DecryptInput{CiphertextBlob: blob})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext "+
		"because no identity-based policy allows the kms:Decrypt action")
	_, err = w.Decrypt(t.Context(), user("x"), &DecryptInput{CiphertextBlob: blob, KeyId: k.KeyId})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:Decrypt on resource: "+k.Arn+
		" because no identity-based policy allows the kms:Decrypt action")
	_, err = w.Decrypt(t.Context(), userOf(otherAccount, "x"), &DecryptInput{CiphertextBlob: blob})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::444455556666:user/x is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext "+
		"because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access")
	_, err = w.ReEncrypt(t.Context(), user("x"), &ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: k.KeyId})
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/x is not authorized to perform: kms:ReEncryptFrom on the resource associated with this ciphertext "+
		"because no identity-based policy allows the kms:ReEncryptFrom action")
}

// Trap 81 in this part: a key of another account that is missing and one that is forbidden
// get the same answer.
func TestForeignKeysAreNotTold(t *testing.T) {
	w := strict(t)
	k := w.create(t, nil)
	missing := "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000"
	x := userOf(otherAccount, "x")
	for action, call := range map[string]func(key string) error{
		"Encrypt": func(key string) error { return w.encryptAs(x, key, nil) },
		"Sign": func(key string) error {
			_, err := w.Sign(t.Context(), x, &SignInput{KeyId: key, SigningAlgorithm: "ECDSA_SHA_256"})
			return err
		},
		"GenerateDataKey": func(key string) error {
			_, err := w.GenerateDataKey(t.Context(), x, &GenerateDataKeyInput{KeyId: key})
			return err
		},
		"Decrypt": func(key string) error {
			_, err := w.Decrypt(t.Context(), x, &DecryptInput{KeyId: key, CiphertextBlob: []byte("x")})
			return err
		},
		"CreateGrant": func(key string) error {
			_, err := w.CreateGrant(t.Context(), x, &CreateGrantInput{KeyId: key})
			return err
		},
		"RevokeGrant": func(key string) error { return w.RevokeGrant(t.Context(), x, &RevokeGrantInput{KeyId: key}) },
		"DeriveSharedSecret": func(key string) error {
			_, err := w.DeriveSharedSecret(t.Context(), x, &DeriveSharedSecretInput{KeyId: key})
			return err
		},
	} {
		want := "User: arn:aws:iam::444455556666:user/x is not authorized to perform: kms:" + action + " on this resource because the resource does not exist in this Region, " +
			"no resource-based policies allow access, or a resource-based policy explicitly denies access"
		wantError(t, call(k.Arn), AccessDenied, want)
		wantError(t, call(missing), AccessDenied, want)
		if action != "CreateGrant" && action != "RevokeGrant" { // which take no aliases
			wantError(t, call("arn:aws:kms:us-east-1:111122223333:alias/none"), AccessDenied, want)
		}
	}
}
