package kms

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// ofKey are the condition keys that follow from the key.
var ofKey = []string{
	"kms:keyspec", "kms:keyusage", "kms:keyorigin", "kms:customermasterkeyspec", "kms:customermasterkeyusage", "kms:multiregion",
	"kms:multiregionkeytype", "kms:resourcealiases", "aws:resourceaccount",
}

// wantAccess asserts what was asked, and the condition keys that follow from the request:
// exactly these. Several values stand with commas.
func wantAccess(t testing.TB, a Access, action, resource string, byCiphertext bool, want map[string]string) {
	t.Helper()
	if a.Action != action || a.Resource != resource || a.ByCiphertext != byCiphertext {
		t.Errorf("asked for %s on %s (by ciphertext: %v), want %s on %s (%v)", a.Action, a.Resource, a.ByCiphertext, action, resource, byCiphertext)
	}
	got := map[string]string{}
	for key, v := range a.Context {
		if !slices.Contains(ofKey, key) {
			got[key] = strings.Join(v.Values, ",")
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: condition keys %v, want %v", action, got, want)
	}
}

// Every operation gives the Authorizer the condition keys that AWS documents for it, and
// no others.
func TestConditionKeysOfOperations(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	mac := w.keyOf(t, material.HMAC256, material.GenerateVerifyMac)
	signer := w.keyOf(t, material.P256, material.SignVerify)
	agree := w.keyOf(t, material.P256, material.KeyAgreement)
	kem := w.keyOf(t, material.MLKEM768, material.EncapsulateDecapsulate)
	rsaKey := w.keyOf(t, material.RSA2048, material.EncryptDecrypt)
	if err := w.CreateAlias(t.Context(), user("a"), &CreateAliasInput{AliasName: "alias/app", TargetKeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	pairs := map[string]string{"Project": "Alpha", "dept": "IT"}
	blob := w.encrypted(t, k.KeyId, pairs, "x")
	crypt := map[string]string{
		"kms:encryptionalgorithm": "SYMMETRIC_DEFAULT", "kms:encryptioncontext:project": "Alpha", "kms:encryptioncontext:dept": "IT", "kms:encryptioncontextkeys": "Project,dept",
	}
	with := func(m map[string]string, more ...string) map[string]string {
		m = maps.Clone(m)
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	ctx, a := t.Context(), user("a")
	signature := ok[*SignOutput](t)(w.Sign(ctx, a, &SignInput{KeyId: signer.KeyId, Message: []byte("m"), SigningAlgorithm: "ECDSA_SHA_256"})).Signature
	public := ok[*GetPublicKeyOutput](t)(w.GetPublicKey(ctx, a, &GetPublicKeyInput{KeyId: agree.KeyId})).PublicKey
	sealed := ok[*EncapsulateOutput](t)(w.Encapsulate(ctx, a, &EncapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM"})).SharedSecretCiphertextBlob
	tag := ok[*GenerateMacOutput](t)(w.GenerateMac(ctx, a, &GenerateMacInput{KeyId: mac.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"})).Mac

	for name, test := range map[string]struct {
		call func() (any, error)
		on   string
		told bool
		want map[string]string
	}{
		"Encrypt": {func() (any, error) {
			return w.Encrypt(ctx, a, &EncryptInput{KeyId: "alias/app", Plaintext: []byte("x"), EncryptionContext: pairs})
		}, k.Arn, false, with(crypt, "kms:requestalias", "alias/app")},
		"Encrypt with RSA": {func() (any, error) {
			return w.Encrypt(ctx, a, &EncryptInput{KeyId: rsaKey.KeyId, Plaintext: []byte("x"), EncryptionAlgorithm: "RSAES_OAEP_SHA_1"})
		}, rsaKey.Arn, false, map[string]string{"kms:encryptionalgorithm": "RSAES_OAEP_SHA_1"}},
		"Decrypt": {func() (any, error) {
			return w.Decrypt(ctx, a, &DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs})
		}, k.Arn, true, crypt},
		"Decrypt with an alias": {func() (any, error) {
			return w.Decrypt(ctx, a, &DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs, KeyId: strings.Replace(k.Arn, "key/"+k.KeyId, "alias/app", 1)})
		}, k.Arn, false, with(crypt, "kms:requestalias", "alias/app")},
		"GenerateDataKey": {func() (any, error) {
			return w.GenerateDataKey(ctx, a, &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_256", EncryptionContext: pairs})
		}, k.Arn, false, crypt},
		"GenerateDataKeyWithoutPlaintext": {func() (any, error) {
			return w.GenerateDataKeyWithoutPlaintext(ctx, a, &GenerateDataKeyWithoutPlaintextInput{KeyId: k.KeyId, NumberOfBytes: 3, EncryptionContext: pairs})
		}, k.Arn, false, crypt},
		"GenerateDataKeyPair": {func() (any, error) {
			return w.GenerateDataKeyPair(ctx, a, &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: material.P256, EncryptionContext: pairs})
		}, k.Arn, false, with(crypt, "kms:datakeypairspec", "ECC_NIST_P256")},
		"GenerateDataKeyPairWithoutPlaintext": {func() (any, error) {
			return w.GenerateDataKeyPairWithoutPlaintext(ctx, a, &GenerateDataKeyPairWithoutPlaintextInput{KeyId: k.KeyId, KeyPairSpec: material.Ed25519, EncryptionContext: pairs})
		}, k.Arn, false, with(crypt, "kms:datakeypairspec", "ECC_NIST_EDWARDS25519")},
		"GenerateRandom": {func() (any, error) {
			return w.GenerateRandom(ctx, a, &GenerateRandomInput{NumberOfBytes: 1})
		}, "*", false, map[string]string{}},
		"Sign": {func() (any, error) {
			return w.Sign(ctx, a, &SignInput{KeyId: signer.KeyId, Message: []byte("m"), SigningAlgorithm: "ECDSA_SHA_256"})
		}, signer.Arn, false, map[string]string{"kms:signingalgorithm": "ECDSA_SHA_256", "kms:messagetype": "RAW"}},
		"Verify": {func() (any, error) {
			digest := sha256sum("m")
			return w.Verify(ctx, a, &VerifyInput{KeyId: signer.KeyId, Message: digest, MessageType: "DIGEST", Signature: signature, SigningAlgorithm: "ECDSA_SHA_256"})
		}, signer.Arn, false, map[string]string{"kms:signingalgorithm": "ECDSA_SHA_256", "kms:messagetype": "DIGEST"}},
		"GetPublicKey": {func() (any, error) {
			return w.GetPublicKey(ctx, a, &GetPublicKeyInput{KeyId: signer.KeyId})
		}, signer.Arn, false, map[string]string{}},
		"GenerateMac": {func() (any, error) {
			return w.GenerateMac(ctx, a, &GenerateMacInput{KeyId: mac.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"})
		}, mac.Arn, false, map[string]string{"kms:macalgorithm": "HMAC_SHA_256"}},
		"VerifyMac": {func() (any, error) {
			return w.VerifyMac(ctx, a, &VerifyMacInput{KeyId: mac.KeyId, Message: []byte("m"), Mac: tag, MacAlgorithm: "HMAC_SHA_256"})
		}, mac.Arn, false, map[string]string{"kms:macalgorithm": "HMAC_SHA_256"}},
		"DeriveSharedSecret": {func() (any, error) {
			return w.DeriveSharedSecret(ctx, a, &DeriveSharedSecretInput{KeyId: agree.KeyId, PublicKey: public, KeyAgreementAlgorithm: "ECDH"})
		}, agree.Arn, false, map[string]string{"kms:keyagreementalgorithm": "ECDH"}},
		"Encapsulate": {func() (any, error) {
			return w.Encapsulate(ctx, a, &EncapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM"})
		}, kem.Arn, false, map[string]string{}},
		"Decapsulate": {func() (any, error) {
			return w.Decapsulate(ctx, a, &DecapsulateInput{KeyId: kem.KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: sealed})
		}, kem.Arn, false, map[string]string{}},
		"GetKeyLastUsage": {func() (any, error) {
			return w.GetKeyLastUsage(ctx, a, &GetKeyLastUsageInput{KeyId: k.KeyId})
		}, k.Arn, false, map[string]string{}},
		"ListGrants": {func() (any, error) {
			return w.ListGrants(ctx, a, &ListGrantsInput{KeyId: k.KeyId})
		}, k.Arn, false, map[string]string{"kms:grantisforawsresource": "false"}},
		"ListRetirableGrants": {func() (any, error) {
			return w.ListRetirableGrants(ctx, a, &ListRetirableGrantsInput{RetiringPrincipal: a.Principal.ARN})
		}, a.Principal.ARN, false, map[string]string{}},
	} {
		w.auth.asks()
		if _, err := test.call(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		asked := w.auth.asks()
		if len(asked) != 1 {
			t.Errorf("%s: asked %d times", name, len(asked))
			continue
		}
		op, _, _ := strings.Cut(name, " ")
		wantAccess(t, asked[0], "kms:"+op, test.on, test.told, test.want)
	}
}

// Changes of a key show in the condition keys of the next request.
func TestConditionKeysFollowTheKey(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true, Tags: []Tag{{"Team", "a"}}})
	ctx, c := t.Context(), user("a")
	asked := func() string {
		t.Helper()
		ok[*EncryptOutput](t)(w.Encrypt(ctx, c, &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")}))
		a := w.auth.last(t).Context
		return strings.Join([]string{
			strings.Join(a["aws:resourcetag/team"].Values, ","), strings.Join(a["kms:resourcealiases"].Values, ","), strings.Join(a["kms:multiregionkeytype"].Values, ","),
		}, " ")
	}
	for _, step := range []struct {
		change func() error
		want   string
	}{
		{func() error { return nil }, "a  PRIMARY"},
		{func() error {
			return w.TagResource(ctx, c, &TagResourceInput{KeyId: k.KeyId, Tags: []Tag{{"Team", "b"}}})
		}, "b  PRIMARY"},
		{func() error {
			return w.CreateAlias(ctx, c, &CreateAliasInput{AliasName: "alias/x", TargetKeyId: k.KeyId})
		}, "b alias/x PRIMARY"},
		{func() error {
			return w.CreateAlias(ctx, c, &CreateAliasInput{AliasName: "alias/a", TargetKeyId: k.KeyId})
		}, "b alias/a,alias/x PRIMARY"},
		{func() error { return w.DeleteAlias(ctx, c, &DeleteAliasInput{AliasName: "alias/x"}) }, "b alias/a PRIMARY"},
		{func() error {
			w.force(t, k.KeyId, func(k *Key) { k.Primary = otherRegion })
			return nil
		}, "b alias/a REPLICA"},
		{func() error {
			return w.UntagResource(ctx, c, &UntagResourceInput{KeyId: k.KeyId, TagKeys: []string{"Team"}})
		}, " alias/a REPLICA"},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		if got := asked(); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
	}
}

// Names of an encryption context that differ in case alone are one condition key with two
// values, which no single-valued condition matches.
func TestConditionKeysThatDifferInCase(t *testing.T) {
	out := cryptConditions(material.SymmetricDefault, map[string]string{"a": "1", "A": "2"})
	if got := out["kms:encryptioncontext:a"].Values; !reflect.DeepEqual(got, []string{"2", "1"}) {
		t.Errorf("values %q", got)
	}
	if got := out["kms:encryptioncontextkeys"].Values; !reflect.DeepEqual(got, []string{"A", "a"}) {
		t.Errorf("keys %q", got)
	}
}
