package kms

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

func (w *world) granted(t testing.TB, in *CreateGrantInput) *CreateGrantOutput {
	t.Helper()
	return ok[*CreateGrantOutput](t)(w.CreateGrant(t.Context(), user("admin"), in))
}

// Traps 68 and 72b: a name makes CreateGrant idempotent, with a new token each time, which
// is URL-safe base64 without padding.
func TestCreateGrantNames(t *testing.T) {
	w := newWorld(t)
	k, second := w.create(t, nil), w.create(t, nil)
	in := CreateGrantInput{
		KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, RetiringPrincipal: user("r").Principal.ARN, Operations: []string{"Encrypt", "Decrypt"},
		Constraints: &GrantConstraints{EncryptionContextSubset: map[string]string{"a": "b"}}, Name: "one",
	}
	first := w.granted(t, &in)
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(first.GrantId) {
		t.Errorf("grant id %s", first.GrantId)
	}
	if !regexp.MustCompile(`^AQpA[A-Za-z0-9_-]{486}$`).MatchString(first.GrantToken) {
		t.Errorf("grant token of %d characters, %s…", len(first.GrantToken), first.GrantToken[:8])
	}
	if b, _ := base64.RawURLEncoding.DecodeString(first.GrantToken); strings.Contains(string(b), first.GrantId) || strings.Contains(string(b), k.KeyId) {
		t.Error("the token tells its grant or key")
	}
	again := in
	again.Operations = []string{"Decrypt", "Encrypt"}
	second1 := w.granted(t, &again)
	if second1.GrantId != first.GrantId || second1.GrantToken == first.GrantToken {
		t.Errorf("again: same id %v, same token %v", second1.GrantId == first.GrantId, second1.GrantToken == first.GrantToken)
	}
	for what, change := range map[string]func(in *CreateGrantInput){
		"key":         func(in *CreateGrantInput) { in.KeyId = second.KeyId },
		"name":        func(in *CreateGrantInput) { in.Name = "two" },
		"no name":     func(in *CreateGrantInput) { in.Name = "" },
		"grantee":     func(in *CreateGrantInput) { in.GranteePrincipal = user("h").Principal.ARN },
		"retiring":    func(in *CreateGrantInput) { in.RetiringPrincipal = "" },
		"operations":  func(in *CreateGrantInput) { in.Operations = in.Operations[:1] },
		"constraints": func(in *CreateGrantInput) { in.Constraints = nil },
		"equals": func(in *CreateGrantInput) {
			in.Constraints = &GrantConstraints{EncryptionContextEquals: map[string]string{"a": "b"}}
		},
	} {
		other := in
		change(&other)
		if got := w.granted(t, &other); got.GrantId == first.GrantId {
			t.Errorf("another %s gives the same grant", what)
		}
	}
	elsewhere := in
	elsewhere.KeyId = k.Arn
	if got := ok[*CreateGrantOutput](t)(w.CreateGrant(t.Context(), userOf(otherAccount, "admin"), &elsewhere)); got.GrantId == first.GrantId {
		t.Error("another account gets the same grant")
	}
	toService := CreateGrantInput{
		KeyId: k.KeyId, GranteeServicePrincipal: "logs.us-east-1.amazonaws.com", RetiringPrincipal: user("r").Principal.ARN, Operations: []string{"Encrypt"}, Name: "service",
		Constraints: &GrantConstraints{SourceArn: "arn:aws:logs:us-east-1:111122223333:log-group:g"},
	}
	bySource := w.granted(t, &toService).GrantId
	toService.Constraints = &GrantConstraints{SourceArn: "arn:aws:logs:us-east-1:111122223333:log-group:h"}
	if w.granted(t, &toService).GrantId == bySource {
		t.Error("another source gives the same grant")
	}
	// Every token of the grant is good for it.
	for _, token := range []string{first.GrantToken, second1.GrantToken} {
		if at, err := w.readToken(token); err != nil || at.grant != first.GrantId || at.key.id != k.KeyId {
			t.Errorf("token: %+v %v", at, err)
		}
	}
}

// Traps 69 to 71, and what else CreateGrant refuses.
func TestCreateGrantRefusals(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	rsaKey := w.keyOf(t, material.RSA2048, material.EncryptDecrypt)
	w.auth.missing = []string{"arn:aws:iam::111122223333:role/nobody"}
	grantee, service := user("g").Principal.ARN, "logs.us-east-1.amazonaws.com"
	pairs := func(n int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprint(i)] = strings.Repeat("é", 384)
		}
		return m
	}
	source := &GrantConstraints{SourceArn: "arn:aws:logs:us-east-1:111122223333:log-group:g"}
	for _, test := range []struct {
		code    Code
		message string // "": not confirmed
		in      CreateGrantInput
	}{
		{Validation, "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.",
			CreateGrantInput{KeyId: rsaKey.KeyId, GranteePrincipal: grantee, Operations: []string{"Encrypt"}, Constraints: &GrantConstraints{EncryptionContextEquals: pairs(1)}}},
		{Validation, "Grants must not contain only the CreateGrant operation.",
			CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, Operations: []string{"CreateGrant"}}},
		{Validation, "Grants must not contain only the CreateGrant operation.",
			CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, Operations: []string{"CreateGrant", "CreateGrant"}}},
		{InvalidArn, "ARN does not refer to a valid principal: arn:aws:iam::111122223333:role/nobody",
			CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: "arn:aws:iam::111122223333:role/nobody", Operations: []string{"Encrypt"}}},
		{InvalidArn, "ARN does not refer to a valid principal: arn:aws:iam::111122223333:role/nobody",
			CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, RetiringPrincipal: "arn:aws:iam::111122223333:role/nobody", Operations: []string{"Encrypt"}}},
		{InvalidArn, "Key Aliases are not supported for this operation.",
			CreateGrantInput{KeyId: "alias/x", GranteePrincipal: grantee, Operations: []string{"Encrypt"}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, Operations: []string{"Encrypt"}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, GranteeServicePrincipal: service, RetiringPrincipal: grantee, Constraints: source, Operations: []string{"Encrypt"}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, RetiringPrincipal: grantee, RetiringServicePrincipal: service, Operations: []string{"Encrypt"}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteeServicePrincipal: service, RetiringPrincipal: grantee, Operations: []string{"Encrypt"}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteeServicePrincipal: service, Constraints: source, Operations: []string{"Encrypt"}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, Operations: []string{"ScheduleKeyDeletion"}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, Operations: []string{"Encrypt"}, Constraints: &GrantConstraints{EncryptionContextEquals: pairs(1), EncryptionContextSubset: pairs(1)}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, Operations: []string{"Encrypt"}, Constraints: &GrantConstraints{EncryptionContextEquals: pairs(9)}}},
		{Validation, "", CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, Operations: []string{"Encrypt"}, Constraints: &GrantConstraints{EncryptionContextSubset: map[string]string{"a": strings.Repeat("é", 385)}}}},
		{InvalidGrantToken, "", CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, Operations: []string{"Encrypt"}, GrantTokens: []string{"AQpA"}}},
	} {
		_, err := w.CreateGrant(t.Context(), user("admin"), &test.in)
		e, isError := err.(*Error)
		if !isError || e.Code != test.code || test.message != "" && e.Message != test.message {
			t.Errorf("%+v:\ngot  %v\nwant %s: %s", test.in, err, test.code, test.message)
		}
	}
	for _, name := range []string{
		"", "user", "111122223333", "arn:aws:iam::111122223333:user/", "arn:aws:iam::111122223333:group/g", "arn:aws:iam::1:root", "arn:aws:iam:us-east-1:111122223333:root",
		"arn:aws:sts::111122223333:assumed-role/r", "arn:aws:s3:::bucket", "arn:aws:iam::111122223333:rootx",
	} {
		if principalForm(name) {
			t.Errorf("%q passes for a principal", name)
		}
	}
	w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: grantee, Operations: []string{"Encrypt"}, Constraints: &GrantConstraints{EncryptionContextEquals: pairs(8)}})
	for _, name := range []string{
		"arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:user/path/u", "arn:aws:iam::444455556666:role/path/r",
		"arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:sts::111122223333:federated-user/f", "dynamodb.us-east-1.amazonaws.com",
	} {
		w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: name, Operations: []string{"Encrypt"}})
	}
}

// A grant allows only what the key can do.
func TestGrantOperationsOfKeys(t *testing.T) {
	w := newWorld(t)
	always := []string{"CreateGrant", "DescribeKey", "RetireGrant"}
	for _, test := range []struct {
		spec  material.Spec
		usage material.Usage
		more  []string
	}{
		{material.Symmetric, material.EncryptDecrypt, []string{"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"}},
		{material.RSA2048, material.EncryptDecrypt, []string{"Decrypt", "Encrypt", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo"}},
		{material.RSA2048, material.SignVerify, []string{"GetPublicKey", "Sign", "Verify"}},
		{material.HMAC256, material.GenerateVerifyMac, []string{"GenerateMac", "VerifyMac"}},
		{material.P256, material.KeyAgreement, []string{"DeriveSharedSecret", "GetPublicKey"}},
		{material.MLKEM768, material.EncapsulateDecapsulate, []string{"Decapsulate", "Encapsulate", "GetPublicKey"}},
		{material.MLDSA44, material.SignVerify, []string{"GetPublicKey", "Sign", "Verify"}},
	} {
		k := w.keyOf(t, test.spec, test.usage)
		var can []string
		for _, o := range grantOperations {
			_, err := w.CreateGrant(t.Context(), user("admin"), &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{o.name, "DescribeKey"}})
			if err == nil {
				can = append(can, o.name)
			} else if err.(*Error).Code != Validation {
				t.Errorf("%s: %v", o.name, err)
			}
		}
		want := append(slices.Clone(always), test.more...)
		slices.Sort(want)
		slices.Sort(can)
		if !slices.Equal(can, want) {
			t.Errorf("%s for %s: %v, want %v", test.spec, test.usage, can, want)
		}
	}
}

func TestGrantQuota(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	e := w.entry(t, k.KeyId)
	v := e.now.Load()
	for i := range maxGrants - 1 {
		v = v.plus(&Grant{ID: fmt.Sprintf("%064x", i), Key: k.KeyId, Account: testAccount, Region: testRegion})
	}
	e.now.Store(v)
	in := &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}, Name: "last"}
	last := w.granted(t, in)
	if again := w.granted(t, in); again.GrantId != last.GrantId {
		t.Error("a full key does not tell a grant that it has")
	}
	in.Name = ""
	if _, err := w.CreateGrant(t.Context(), user("admin"), in); err.(*Error).Code != LimitExceeded {
		t.Errorf("grant %d: %v", maxGrants+1, err)
	}
	w.force(t, k.KeyId, func(k *Key) { k.Manager, k.Service = "AWS", "s3" })
	if _, err := w.CreateGrant(t.Context(), user("admin"), in); err != nil {
		t.Errorf("AWS managed keys have no quota: %v", err)
	}
}

// meddling changes the key after CreateGrant has looked at it.
type meddling struct {
	*policies
	meddle func()
}

func (m meddling) PrincipalExists(context.Context, string) bool {
	m.meddle()
	return true
}

// A key that is disabled or deleted while a grant is made gets none.
func TestCreateGrantBesideChanges(t *testing.T) {
	w := newWorld(t)
	meddle := func() {}
	w.open(t, func(o *Options) { o.Authorizer = meddling{w.auth, func() { meddle() }} })
	k := w.create(t, nil)
	create := func() error {
		_, err := w.CreateGrant(t.Context(), user("a"), &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}})
		return err
	}
	meddle = func() { w.force(t, k.KeyId, func(k *Key) { k.State = DisabledState }) }
	wantError(t, create(), Disabled, k.Arn+" is disabled.")
	w.force(t, k.KeyId, func(k *Key) { k.State = Enabled })
	meddle = func() {
		w.force(t, k.KeyId, func(k *Key) { k.State, k.Until = PendingDeletion, w.clock.Now() })
		w.settled(w.entry(t, k.KeyId))
	}
	wantError(t, create(), NotFound, "Key '"+k.Arn+"' does not exist")
	w.open(t)
	if len(w.store.records) != 1 { // the seal
		t.Errorf("%d records are left", len(w.store.records))
	}
}

// The condition keys of CreateGrant are those that AWS documents.
func TestConditionKeysOfCreateGrant(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	source := "arn:aws:logs:us-east-1:111122223333:log-group:g"
	for _, test := range []struct {
		in   CreateGrantInput
		via  bool
		want map[string]string
	}{
		{CreateGrantInput{GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt", "Decrypt"}}, false, map[string]string{
			"kms:grantoperations": "Encrypt,Decrypt", "kms:granteeprincipal": user("g").Principal.ARN, "kms:grantisforawsresource": "false",
		}},
		{CreateGrantInput{
			GranteePrincipal: user("g").Principal.ARN, RetiringPrincipal: user("r").Principal.ARN, Operations: []string{"Encrypt"},
			Constraints: &GrantConstraints{EncryptionContextEquals: map[string]string{"Project": "Alpha"}},
		}, true, map[string]string{
			"kms:grantoperations": "Encrypt", "kms:granteeprincipal": user("g").Principal.ARN, "kms:retiringprincipal": user("r").Principal.ARN,
			"kms:grantisforawsresource": "true", "kms:grantconstrainttype": "EncryptionContextEquals", "kms:encryptioncontext:project": "Alpha", "kms:encryptioncontextkeys": "Project",
		}},
		{CreateGrantInput{
			GranteeServicePrincipal: "logs.us-east-1.amazonaws.com", RetiringServicePrincipal: "logs.us-east-1.amazonaws.com", Operations: []string{"Encrypt"},
			Constraints: &GrantConstraints{EncryptionContextSubset: map[string]string{"p": "a"}, SourceArn: source},
		}, false, map[string]string{
			"kms:grantoperations": "Encrypt", "kms:granteeserviceprincipal": "logs.us-east-1.amazonaws.com", "kms:retiringserviceprincipal": "logs.us-east-1.amazonaws.com",
			"kms:grantisforawsresource": "false", "kms:grantconstrainttype": "EncryptionContextSubset", "kms:grantconstraintsourcearn": source,
			"kms:encryptioncontext:p": "a", "kms:encryptioncontextkeys": "p",
		}},
	} {
		c := user("admin")
		if test.via {
			c.Context = authz.Context{"kms:viaservice": {Values: []string{"dynamodb.us-east-1.amazonaws.com"}}}
		}
		test.in.KeyId = k.KeyId
		ok[*CreateGrantOutput](t)(w.CreateGrant(t.Context(), c, &test.in))
		wantAccess(t, w.auth.last(t), "kms:CreateGrant", k.Arn, false, test.want)
	}
}

// A grant token that was not made here, or was changed, is refused without being repeated.
func TestGrantTokensAreAuthenticated(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	in := &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}}
	token, second := w.granted(t, in).GrantToken, w.granted(t, in).GrantToken
	other := newWorld(t)
	in.KeyId = other.create(t, nil).KeyId
	bad := map[string]string{"of another store": other.granted(t, in).GrantToken, "empty": "", "padded": token + "=", "longer": token + "AAAA", "twice": token + token}
	for i := range token {
		b := []byte(token)
		b[i] = 'A' + (b[i]+1)%26
		bad[fmt.Sprintf("changed at %d", i)] = string(b)
		bad[fmt.Sprintf("cut at %d", i)] = token[:i]
		if graft := token[:i] + second[i:]; graft != token && graft != second {
			bad[fmt.Sprintf("graft at %d", i)] = graft
		}
	}
	for what, text := range bad {
		if text == token {
			continue
		}
		_, err := w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), GrantTokens: []string{token, text}})
		e, isError := err.(*Error)
		if !isError || e.Code != InvalidGrantToken || len(text) > 8 && strings.Contains(e.Error(), text[:8]) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), GrantTokens: []string{token, second}}); err != nil {
		t.Error(err)
	}
}

// Trap 72: the entries of ListGrants.
func TestListGrants(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	in := CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt", "Decrypt", "Encrypt"}}
	first := w.granted(t, &in)
	list := ok[*ListGrantsOutput](t)(w.ListGrants(t.Context(), user("a"), &ListGrantsInput{KeyId: k.KeyId}))
	want := `{"Grants":[{"KeyId":"` + k.Arn + `","GrantId":"` + first.GrantId + `","Name":"","CreationDate":"2026-11-25T12:00:00Z","GranteePrincipal":"` + user("g").Principal.ARN +
		`","IssuingAccount":"arn:aws:iam::111122223333:root","Operations":["Encrypt","Decrypt"]}],"Truncated":false}`
	if got := inJSON(t, list); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	all := map[string]bool{first.GrantId: true}
	in.GranteePrincipal = user("h").Principal.ARN
	in.Constraints = &GrantConstraints{EncryptionContextSubset: map[string]string{"a": "b"}}
	for range 120 {
		all[w.granted(t, &in).GrantId] = true
	}
	seen := map[string]bool{}
	marker, pages := "", 0
	for {
		out := ok[*ListGrantsOutput](t)(w.ListGrants(t.Context(), user("a"), &ListGrantsInput{KeyId: k.KeyId, Marker: marker}))
		for _, g := range out.Grants {
			seen[g.GrantId] = true
		}
		pages++
		if out.Truncated != (out.NextMarker != "") {
			t.Errorf("Truncated %v with marker %q", out.Truncated, out.NextMarker)
		}
		if marker = out.NextMarker; marker == "" {
			break
		}
	}
	if pages != 3 || !maps.Equal(seen, all) {
		t.Errorf("%d pages of %d grants, want 3 of %d", pages, len(seen), len(all))
	}
	for _, test := range []struct {
		in   ListGrantsInput
		want int
	}{
		{ListGrantsInput{GrantId: first.GrantId}, 1}, {ListGrantsInput{GranteePrincipal: user("g").Principal.ARN}, 1}, {ListGrantsInput{GranteePrincipal: user("x").Principal.ARN}, 0},
		{ListGrantsInput{GranteePrincipal: in.GranteePrincipal, Limit: 100}, 100}, {ListGrantsInput{GranteePrincipal: in.GranteePrincipal, Limit: 7}, 7},
	} {
		test.in.KeyId = k.KeyId
		if out := ok[*ListGrantsOutput](t)(w.ListGrants(t.Context(), user("a"), &test.in)); len(out.Grants) != test.want {
			t.Errorf("%+v: %d grants", test.in, len(out.Grants))
		}
	}
	for _, bad := range []ListGrantsInput{{GranteeServicePrincipal: "logs.amazonaws.com"}, {GranteeServicePrincipal: "logs.amazonaws.com", GranteePrincipal: in.GranteePrincipal}} {
		bad.KeyId = k.KeyId
		if _, err := w.ListGrants(t.Context(), user("a"), &bad); err.(*Error).Code != Validation {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	_, err := w.ListGrants(t.Context(), user("a"), &ListGrantsInput{KeyId: k.KeyId, Marker: "x"})
	if err.(*Error).Code != InvalidMarker {
		t.Errorf("marker: %v", err)
	}
}

// ListRetirableGrants finds grants on keys of all accounts in the Region, for principals of
// the caller's own.
func TestListRetirableGrants(t *testing.T) {
	w := newWorld(t)
	retiring := user("r").Principal.ARN
	want := map[string]bool{}
	make := func(c *Call) {
		out := ok[*CreateKeyOutput](t)(w.CreateKey(t.Context(), c, &CreateKeyInput{}))
		g := ok[*CreateGrantOutput](t)(w.CreateGrant(t.Context(), c, &CreateGrantInput{KeyId: out.KeyMetadata.KeyId, GranteePrincipal: user("g").Principal.ARN, RetiringPrincipal: retiring, Operations: []string{"Encrypt"}}))
		ok[*CreateGrantOutput](t)(w.CreateGrant(t.Context(), c, &CreateGrantInput{KeyId: out.KeyMetadata.KeyId, GranteePrincipal: retiring, Operations: []string{"Encrypt"}}))
		if c.Region == testRegion {
			want[g.GrantId] = true
		}
	}
	make(user("admin"))
	make(userOf(otherAccount, "admin"))
	make(user("admin").in(otherRegion))
	w.granted(t, &CreateGrantInput{
		KeyId: w.create(t, nil).KeyId, GranteePrincipal: retiring, RetiringServicePrincipal: "logs.us-east-1.amazonaws.com", Operations: []string{"Encrypt"},
	})
	got := map[string]bool{}
	marker := ""
	for {
		out := ok[*ListRetirableGrantsOutput](t)(w.ListRetirableGrants(t.Context(), user("a"), &ListRetirableGrantsInput{RetiringPrincipal: retiring, Limit: 1, Marker: marker}))
		for _, g := range out.Grants {
			got[g.GrantId] = true
		}
		if marker = out.NextMarker; marker == "" {
			break
		}
	}
	if len(want) != 2 || !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []ListRetirableGrantsInput{{}, {RetiringPrincipal: retiring, RetiringServicePrincipal: "logs.amazonaws.com"}, {RetiringServicePrincipal: "logs.amazonaws.com"}} {
		if _, err := w.ListRetirableGrants(t.Context(), user("a"), &bad); err.(*Error).Code != Validation {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	_, err := w.ListRetirableGrants(t.Context(), userOf(otherAccount, "a"), &ListRetirableGrantsInput{RetiringPrincipal: retiring})
	if err.(*Error).Code != InvalidArn {
		t.Errorf("a principal of another account: %v", err)
	}
	service := user("")
	service.Principal = authz.Principal{Kind: authz.Service, ARN: "logs.us-east-1.amazonaws.com"}
	out := ok[*ListRetirableGrantsOutput](t)(w.ListRetirableGrants(t.Context(), service, &ListRetirableGrantsInput{RetiringServicePrincipal: "logs.us-east-1.amazonaws.com"}))
	if len(out.Grants) != 1 {
		t.Errorf("a service finds %d", len(out.Grants))
	}
}

// Grants outlive the process, and so do their tokens; what is gone stays gone.
func TestGrantsAreKept(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	in := CreateGrantInput{
		KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, RetiringPrincipal: user("r").Principal.ARN, Operations: []string{"Encrypt", "Decrypt"}, Name: "one",
		Constraints: &GrantConstraints{EncryptionContextEquals: map[string]string{"a": "b"}},
	}
	first := w.granted(t, &in)
	in.Name, in.Constraints = "two", &GrantConstraints{EncryptionContextSubset: map[string]string{"a": "b"}, SourceArn: "arn:aws:logs:us-east-1:111122223333:log-group:g"}
	in.GranteePrincipal, in.GranteeServicePrincipal = "", "logs.us-east-1.amazonaws.com"
	w.granted(t, &in)
	gone := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}})
	if err := w.RevokeGrant(t.Context(), user("a"), &RevokeGrantInput{KeyId: k.KeyId, GrantId: gone.GrantId}); err != nil {
		t.Fatal(err)
	}
	list := func() string {
		return inJSON(t, ok[*ListGrantsOutput](t)(w.ListGrants(t.Context(), user("a"), &ListGrantsInput{KeyId: k.KeyId})))
	}
	decided := func() string { return inJSON(t, w.entry(t, k.KeyId).now.Load().granted(w.clock.Now())) }
	wantList, wantDecided := list(), inOrder(decided())
	w.open(t)
	if got := list(); got != wantList {
		t.Errorf("got  %s\nwant %s", got, wantList)
	}
	if got := inOrder(decided()); got != wantDecided {
		t.Errorf("for the engine: got  %s\nwant %s", got, wantDecided)
	}
	if at, err := w.readToken(first.GrantToken); err != nil || at.grant != first.GrantId {
		t.Errorf("token: %v", err)
	}
	if err := w.RetireGrant(t.Context(), user("a"), &RetireGrantInput{GrantToken: gone.GrantToken}); err.(*Error).Code != NotFound {
		t.Errorf("a grant that is gone: %v", err)
	}
}

// inOrder puts the grants of a JSON list into an order of their own.
func inOrder(list string) string {
	parts := strings.Split(strings.Trim(list, "[]"), `},{"ID"`)
	for i := range parts {
		parts[i] = strings.Trim(strings.TrimPrefix(parts[i], `{"ID"`), "{}")
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

// A grant in the store that is not where it says, or whose key is missing, is an error.
func TestGrantsOutOfPlace(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	g := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}})
	place := testAccount + "/" + testRegion + "/" + k.KeyId + "/"
	value := w.store.records[[2]string{"grant", place + g.GrantId}]
	for what, change := range map[string]func(m *Memory){
		"another place": func(m *Memory) { m.Commit(t.Context(), []Record{{KindGrant, place + "0", value}}) },
		"no JSON":       func(m *Memory) { m.Commit(t.Context(), []Record{{KindGrant, place + g.GrantId, []byte("{")}}) },
		"no key": func(m *Memory) {
			m.Commit(t.Context(), []Record{{Kind: KindKey, ID: testAccount + "/" + testRegion + "/" + k.KeyId}, {Kind: KindMaterial, ID: place + k.CurrentKeyMaterialId}})
		},
	} {
		m := &Memory{records: maps.Clone(w.store.records)}
		change(m)
		_, err := Open(t.Context(), Options{Store: m})
		if err == nil || !strings.Contains(err.Error(), "record grant "+place) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
