package kms

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// keyOf makes a key of a spec and usage.
func (w *world) keyOf(t testing.TB, spec material.Spec, usage material.Usage) *KeyMetadata {
	t.Helper()
	return w.create(t, &CreateKeyInput{KeySpec: spec, KeyUsage: usage})
}

func (w *world) encrypted(t testing.TB, key string, pairs map[string]string, plaintext string) []byte {
	t.Helper()
	return ok[*EncryptOutput](t)(w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: key, Plaintext: []byte(plaintext), EncryptionContext: pairs})).CiphertextBlob
}

// rotated gives a key another current material and keeps the old one, as rotation does.
func (w *world) rotated(t testing.TB, id string) {
	t.Helper()
	e := w.entry(t, id)
	m, err := material.Generate(material.Symmetric)
	if err != nil {
		t.Fatal(err)
	}
	next, err := material.MaterialID(id, m)
	if err != nil {
		t.Fatal(err)
	}
	v := *e.now.Load()
	v.materials = map[string]*material.Material{v.Current: v.materials[v.Current], next: m}
	v.Current = next
	e.now.Store(&v)
}

// replica gives another Region a related key of a multi-Region key.
func (w *world) replica(t testing.TB, id, region string) {
	t.Helper()
	v := *w.entry(t, id).now.Load()
	v.Region = region
	e := &entry{}
	e.now.Store(&v)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.enter(e)
}

func incorrectKey(t testing.TB, err error) {
	t.Helper()
	wantError(t, err, IncorrectKey, "The key ID in the request does not identify a CMK that can perform this operation.")
}

// Traps 60, 61 and 72c: answers tell the key's ARN, that of Encrypt no KeyMaterialId, and
// the blob of a data key has 184 bytes and begins AQICAH.
func TestEncryptAnswer(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	ok[*struct{}](t)(nil, w.CreateAlias(t.Context(), user("a"), &CreateAliasInput{AliasName: "alias/x", TargetKeyId: k.KeyId}))
	for _, name := range []string{k.KeyId, k.Arn, "alias/x", strings.Replace(k.Arn, "key/"+k.KeyId, "alias/x", 1)} {
		out := ok[*EncryptOutput](t)(w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: name, Plaintext: make([]byte, 32)}))
		if out.KeyId != k.Arn || out.EncryptionAlgorithm != "SYMMETRIC_DEFAULT" {
			t.Errorf("%s: %s %s", name, out.KeyId, out.EncryptionAlgorithm)
		}
		if text := base64.StdEncoding.EncodeToString(out.CiphertextBlob); len(out.CiphertextBlob) != 184 || !strings.HasPrefix(text, "AQICAH") {
			t.Errorf("blob of %d bytes, %s", len(out.CiphertextBlob), text[:8])
		}
		if s := inJSON(t, out); strings.Contains(s, "KeyMaterialId") {
			t.Errorf("answer %s", s)
		}
		back := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), &DecryptInput{KeyId: name, CiphertextBlob: out.CiphertextBlob}))
		if back.KeyId != k.Arn || !bytes.Equal(back.Plaintext, make([]byte, 32)) || back.KeyMaterialId != k.CurrentKeyMaterialId || back.EncryptionAlgorithm != "SYMMETRIC_DEFAULT" {
			t.Errorf("Decrypt: %+v", back)
		}
	}
}

// Traps 7 to 10 and 12: what Decrypt says to ciphertexts that are not its.
func TestDecryptRefusals(t *testing.T) {
	w := newWorld(t)
	k, other := w.create(t, nil), w.create(t, nil)
	mac := w.keyOf(t, material.HMAC256, material.GenerateVerifyMac)
	rsaKey := w.keyOf(t, material.RSA2048, material.EncryptDecrypt)
	signer := w.keyOf(t, material.P256, material.SignVerify)
	blob := w.encrypted(t, k.KeyId, map[string]string{"a": "b"}, "secret")
	unknown := newWorld(t).encryptedElsewhere(t)
	decrypt := func(in DecryptInput) error {
		_, err := w.Decrypt(t.Context(), user("a"), &in)
		return err
	}
	pairs := map[string]string{"a": "b"}

	wantError(t, decrypt(DecryptInput{CiphertextBlob: unknown}), AccessDenied,
		"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
	wantError(t, decrypt(DecryptInput{CiphertextBlob: []byte("not-a-valid-message")}), InvalidCiphertext, "")
	wantError(t, decrypt(DecryptInput{CiphertextBlob: []byte("not-a-valid-message"), KeyId: k.KeyId}), InvalidCiphertext, "")
	for _, wrong := range []map[string]string{nil, {"a": "B"}, {"A": "b"}, {"a": "b", "c": "d"}, {"a": ""}} {
		wantError(t, decrypt(DecryptInput{CiphertextBlob: blob, EncryptionContext: wrong}), InvalidCiphertext, "")
	}
	incorrectKey(t, decrypt(DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs, KeyId: other.KeyId}))
	incorrectKey(t, decrypt(DecryptInput{CiphertextBlob: unknown, EncryptionContext: pairs, KeyId: other.KeyId}))
	for _, id := range []string{mac.KeyId, rsaKey.KeyId, signer.Arn} {
		incorrectKey(t, decrypt(DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs, KeyId: id}))
	}
	rsaSigner := w.keyOf(t, material.RSA2048, material.SignVerify)
	incorrectKey(t, decrypt(DecryptInput{CiphertextBlob: blob, KeyId: rsaSigner.KeyId, EncryptionAlgorithm: "RSAES_OAEP_SHA_256"}))
	wantError(t, decrypt(DecryptInput{CiphertextBlob: blob, KeyId: k.KeyId, EncryptionAlgorithm: "RSAES_OAEP_SHA_256"}), InvalidKeyUsage,
		"Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.")
	if err := decrypt(DecryptInput{CiphertextBlob: blob, EncryptionContext: pairs, KeyId: k.KeyId}); err != nil {
		t.Error(err)
	}
}

// encryptedElsewhere is a ciphertext of a key that no other world has.
func (w *world) encryptedElsewhere(t testing.TB) []byte {
	return w.encrypted(t, w.create(t, nil).KeyId, nil, "elsewhere")
}

// Every changed byte of a blob, every cut and every graft of one blob on another is
// refused: as invalid, or, where the header then names another key, as a key that is not
// there.
func TestDecryptTampered(t *testing.T) {
	w := newWorld(t)
	k, other := w.create(t, nil), w.create(t, nil)
	blob, second, foreign := w.encrypted(t, k.KeyId, nil, "secret"), w.encrypted(t, k.KeyId, nil, "secret"), w.encrypted(t, other.KeyId, nil, "secret")
	refused := func(what string, i int, b []byte) {
		t.Helper()
		for _, key := range []string{"", k.KeyId} {
			out, err := w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: b, KeyId: key})
			e, isError := err.(*Error)
			if !isError || e.Code != InvalidCiphertext && (key != "" && e.Code != IncorrectKey || key == "" && e.Code != AccessDenied) {
				t.Fatalf("%s %d with key %q: %v %v", what, i, key, out, err)
			}
		}
	}
	for i := range blob {
		for _, bit := range []byte{1, 0x80} {
			b := bytes.Clone(blob)
			b[i] ^= bit
			refused("changed", i, b)
		}
		refused("cut", i, blob[:i:i])
		if graft := append(bytes.Clone(blob[:i]), second[i:]...); !bytes.Equal(graft, blob) && !bytes.Equal(graft, second) {
			refused("graft", i, graft)
		}
		if graft := append(bytes.Clone(blob[:i]), foreign[i:]...); i > 0 && !bytes.Equal(graft, blob) && !bytes.Equal(graft, foreign) {
			if out, err := w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: graft}); err == nil {
				t.Fatalf("graft of another key's at %d: %v", i, out)
			}
		}
	}
	refused("longer", 0, append(bytes.Clone(blob), 0))
}

// Encryption contexts that a careless encoding confuses are different ones.
func TestEncryptionContextsAreUnambiguous(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	contexts := []map[string]string{
		nil, {"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}, {"": "abc"}, {"abc": ""}, {"a": "b", "b": "a"}, {"a": "a", "b": "b"},
		{"a": `b","c":"d`}, {"a": "b", "c": "d"}, {"a=b": "c"}, {"a": "b=c"}, {"a,b": "c"}, {"a": "b,c"}, {"a\x00": "b"}, {"a": "\x00b"},
		{"é": "x"}, {"e\u0301": "x"}, {"A": "bc"}, {"a": "BC"}, {"a": "bc", "": ""},
	}
	for i, sealed := range contexts {
		blob := w.encrypted(t, k.KeyId, sealed, "secret")
		for j, opened := range contexts {
			_, err := w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: blob, EncryptionContext: opened})
			if i == j && err != nil {
				t.Errorf("%q: %v", sealed, err)
			} else if i != j {
				wantError(t, err, InvalidCiphertext, "")
			}
		}
	}
	empty := w.encrypted(t, k.KeyId, map[string]string{}, "x")
	if _, err := w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: empty}); err != nil {
		t.Errorf("an empty encryption context is none: %v", err)
	}
}

// Trap 44: what was encrypted before a rotation decrypts after it, under the same ARN, and
// KeyMaterialId tells with what.
func TestDecryptAfterRotation(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	before := w.encrypted(t, k.KeyId, nil, "before")
	w.rotated(t, k.KeyId)
	after := w.encrypted(t, k.KeyId, nil, "after")
	old := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: before}))
	now := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: after}))
	if string(old.Plaintext) != "before" || old.KeyMaterialId != k.CurrentKeyMaterialId || old.KeyId != k.Arn {
		t.Errorf("old: %+v", old)
	}
	if string(now.Plaintext) != "after" || now.KeyMaterialId == old.KeyMaterialId || now.KeyId != k.Arn {
		t.Errorf("new: %+v", now)
	}
	// Material that the key does not have any more.
	v := *w.entry(t, k.KeyId).now.Load()
	v.materials = map[string]*material.Material{v.Current: v.materials[v.Current]}
	w.entry(t, k.KeyId).now.Store(&v)
	_, err := w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: before})
	wantError(t, err, InvalidCiphertext, "")
}

// A multi-Region ciphertext is bound to the mrk- id: the related key of the Region of the
// call decrypts it, and its ARN is told. A single-Region one stays in its Region.
func TestDecryptMultiRegion(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.replica(t, k.KeyId, otherRegion)
	there := user("a").in(otherRegion)
	blob := w.encrypted(t, k.KeyId, nil, "secret")
	replicaARN := strings.Replace(k.Arn, testRegion, otherRegion, 1)
	for _, name := range []string{"", k.KeyId, replicaARN} {
		out := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), there, &DecryptInput{CiphertextBlob: blob, KeyId: name}))
		if string(out.Plaintext) != "secret" || out.KeyId != replicaARN || out.KeyMaterialId != k.CurrentKeyMaterialId {
			t.Errorf("%q: %+v", name, out)
		}
	}
	_, err := w.Decrypt(t.Context(), there, &DecryptInput{CiphertextBlob: blob, KeyId: k.Arn})
	wantError(t, err, NotFound, "Invalid arn "+testRegion)
	single := w.encrypted(t, w.create(t, nil).KeyId, nil, "secret")
	_, err = w.Decrypt(t.Context(), there, &DecryptInput{CiphertextBlob: single})
	wantError(t, err, AccessDenied, "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
}

// Traps 13 and 23, and the error that users of asymmetric keys without an algorithm see.
func TestEncryptRefusals(t *testing.T) {
	w := newWorld(t)
	signer := w.keyOf(t, material.P256, material.SignVerify)
	_, err := w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: signer.KeyId, Plaintext: []byte("x")})
	wantError(t, err, InvalidKeyUsage, signer.Arn+" key usage is SIGN_VERIFY which is not valid for Encrypt.")
	_, err = w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: w.create(t, nil).KeyId, Plaintext: []byte("x"), EncryptionAlgorithm: "RSAES_OAEP_SHA_1"})
	wantError(t, err, InvalidKeyUsage, "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.")

	for spec, most := range map[material.Spec][2]string{material.RSA2048: {"214", "190"}, material.RSA3072: {"342", "318"}, material.RSA4096: {"470", "446"}} {
		k := w.keyOf(t, spec, material.EncryptDecrypt)
		_, err = w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
		wantError(t, err, InvalidKeyUsage, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec "+string(spec)+".")
		for i, a := range []string{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"} {
			_, err = w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: k.KeyId, Plaintext: make([]byte, 500), EncryptionAlgorithm: a})
			wantError(t, err, Validation, "Algorithm "+a+" and key spec "+string(spec)+" cannot encrypt data larger than "+most[i]+" bytes.")
		}
		_, err = w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionAlgorithm: "RSAES_OAEP_SHA_256", EncryptionContext: map[string]string{"a": "b"}})
		if e, isError := err.(*Error); !isError || e.Code != Validation {
			t.Errorf("an encryption context with RSA: %v", err)
		}
	}
}

// RSA ciphertexts are plain OAEP: what is made outside with the public key decrypts here.
func TestDecryptRSAMadeOutside(t *testing.T) {
	w := newWorld(t)
	k := w.keyOf(t, material.RSA2048, material.EncryptDecrypt)
	public := ok[*GetPublicKeyOutput](t)(w.GetPublicKey(t.Context(), user("a"), &GetPublicKeyInput{KeyId: k.KeyId}))
	parsed, err := x509.ParsePKIXPublicKey(public.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	blob, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, parsed.(*rsa.PublicKey), []byte("outside"), nil)
	if err != nil {
		t.Fatal(err)
	}
	in := &DecryptInput{CiphertextBlob: blob, KeyId: k.KeyId, EncryptionAlgorithm: "RSAES_OAEP_SHA_256"}
	out := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), user("a"), in))
	if string(out.Plaintext) != "outside" || out.KeyMaterialId != "" || out.EncryptionAlgorithm != in.EncryptionAlgorithm {
		t.Errorf("%+v", out)
	}
	in.EncryptionAlgorithm = "RSAES_OAEP_SHA_1"
	_, err = w.Decrypt(t.Context(), user("a"), in)
	wantError(t, err, InvalidCiphertext, "")
	in.KeyId = ""
	if _, err = w.Decrypt(t.Context(), user("a"), in); err.(*Error).Code != Validation {
		t.Errorf("RSA without a key: %v", err)
	}
}

// Trap 53 in this part: what operations say to keys in other states.
func TestCryptographyInStates(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	blob := w.encrypted(t, k.KeyId, nil, "x")
	ops := map[string]func() error{
		"Encrypt": func() error {
			_, err := w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
			return err
		},
		"Decrypt": func() error {
			_, err := w.Decrypt(t.Context(), user("a"), &DecryptInput{CiphertextBlob: blob})
			return err
		},
		"GenerateDataKey": func() error {
			_, err := w.GenerateDataKey(t.Context(), user("a"), &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_256"})
			return err
		},
		"ReEncrypt": func() error {
			_, err := w.ReEncrypt(t.Context(), user("a"), &ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: k.KeyId})
			return err
		},
		"CreateGrant": func() error {
			_, err := w.CreateGrant(t.Context(), user("a"), &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}})
			return err
		},
	}
	w.force(t, k.KeyId, func(k *Key) { k.State = DisabledState })
	for _, op := range ops {
		wantError(t, op(), Disabled, k.Arn+" is disabled.")
	}
	w.force(t, k.KeyId, func(k *Key) { k.State, k.Until = PendingDeletion, start.AddDate(0, 0, 7) })
	for _, op := range ops {
		wantError(t, op(), InvalidState, k.Arn+" is pending deletion.")
	}
	w.force(t, k.KeyId, func(k *Key) { k.State = PendingImport })
	for _, op := range ops {
		wantError(t, op(), InvalidState, k.Arn+" is pending import.")
	}
}
