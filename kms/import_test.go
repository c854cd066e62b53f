package kms

import (
	"bytes"
	"crypto/aes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// key32 is key material of 32 bytes.
func key32(seed byte) []byte { return bytes.Repeat([]byte{seed}, 32) }

// parameters is GetParametersForImport with OAEP under RSA_2048, which is fast.
func (w *world) parameters(t testing.TB, c *Call, id string) *GetParametersForImportOutput {
	t.Helper()
	return ok[*GetParametersForImportOutput](t)(w.GetParametersForImport(t.Context(), c, &GetParametersForImportInput{
		KeyId: id, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048",
	}))
}

// wrap encrypts key material under a wrapping key, as an owner of key material does.
func wrap(t testing.TB, public []byte, algorithm string, plaintext []byte) []byte {
	t.Helper()
	parsed, err := x509.ParsePKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	var h hash.Hash = sha256.New()
	if strings.HasSuffix(algorithm, "SHA_1") {
		h = sha1.New()
	}
	oaep := func(b []byte) []byte {
		out, err := rsa.EncryptOAEP(h, rand.Reader, parsed.(*rsa.PublicKey), b, nil)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if strings.HasPrefix(algorithm, "RSAES") {
		return oaep(plaintext)
	}
	key := key32(99)
	return append(oaep(key), wrapKWP(t, key, plaintext)...)
}

// wrapKWP is AES key wrap with padding, RFC 5649 section 4.1, for more than 8 bytes.
func wrapKWP(t testing.TB, key, plaintext []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	a := binary.BigEndian.AppendUint32([]byte{0xa6, 0x59, 0x59, 0xa6}, uint32(len(plaintext)))
	r := slices.Clone(plaintext)
	for len(r)%8 != 0 {
		r = append(r, 0)
	}
	n := len(r) / 8
	for j := range 6 {
		for i := range n {
			b := append(slices.Clone(a), r[8*i:8*i+8]...)
			block.Encrypt(b, b)
			binary.BigEndian.PutUint64(a, binary.BigEndian.Uint64(b)^uint64(n*j+i+1))
			copy(r[8*i:], b[8:])
		}
	}
	return append(a, r...)
}

// tries imports key material that does not expire, unless f says otherwise.
func (w *world) tries(t testing.TB, c *Call, id string, plaintext []byte, f func(*ImportKeyMaterialInput)) (*ImportKeyMaterialOutput, error) {
	t.Helper()
	p := w.parameters(t, c, id)
	in := &ImportKeyMaterialInput{
		KeyId: id, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrap(t, p.PublicKey, "RSAES_OAEP_SHA_256", plaintext), ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
	}
	if f != nil {
		f(in)
	}
	return w.ImportKeyMaterial(t.Context(), c, in)
}

// imports is tries that must succeed; it returns the KeyMaterialId.
func (w *world) imports(t testing.TB, id string, plaintext []byte, f func(*ImportKeyMaterialInput)) string {
	t.Helper()
	return ok[*ImportKeyMaterialOutput](t)(w.tries(t, user("admin"), id, plaintext, f)).KeyMaterialId
}

func asNew(in *ImportKeyMaterialInput) { in.ImportType = "NEW_KEY_MATERIAL" }

// until makes an import expire.
func until(at time.Time) func(*ImportKeyMaterialInput) {
	return func(in *ImportKeyMaterialInput) { in.ExpirationModel, in.ValidTo = "", at }
}

func (w *world) deleteMaterial(t testing.TB, id, materialID string) *DeleteImportedKeyMaterialOutput {
	t.Helper()
	return ok[*DeleteImportedKeyMaterialOutput](t)(w.DeleteImportedKeyMaterial(t.Context(), user("admin"), &DeleteImportedKeyMaterialInput{KeyId: id, KeyMaterialId: materialID}))
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	if k.KeyState != PendingImport || k.Enabled || k.ExpirationModel != "" || k.CurrentKeyMaterialId != "" {
		t.Errorf("before: %+v", k)
	}
	p := w.parameters(t, user("admin"), k.KeyId)
	if p.KeyId != k.Arn || !p.ParametersValidTo.Equal(start.Add(24*time.Hour)) || len(p.ImportToken) > 6144 || len(p.PublicKey) > 4096 {
		t.Errorf("parameters: %s, until %v, token of %d bytes", p.KeyId, p.ParametersValidTo, len(p.ImportToken))
	}
	out := ok[*ImportKeyMaterialOutput](t)(w.tries(t, user("admin"), k.KeyId, key32(1), nil))
	if out.KeyId != k.Arn || len(out.KeyMaterialId) != 64 {
		t.Errorf("answer: %+v", out)
	}
	w.open(t)
	got := w.describe(t, k.KeyId)
	if got.KeyState != Enabled || !got.Enabled || got.ExpirationModel != "KEY_MATERIAL_DOES_NOT_EXPIRE" || !got.ValidTo.IsZero() || got.CurrentKeyMaterialId != out.KeyMaterialId {
		t.Errorf("after: %+v", got)
	}
	if text, id := w.opened(t, user("admin"), w.sealed(t, user("admin"), k.KeyId, "x")); text != "x" || id != out.KeyMaterialId {
		t.Errorf("decrypted %q with %s", text, id)
	}
	for id, value := range w.store.records {
		if bytes.Contains(value, key32(1)) || strings.Contains(string(value), "AQEBAQEBAQEB") {
			t.Errorf("record %v holds the key material in clear", id)
		}
	}
}

// Every wrapping algorithm, with every kind of key material that it can wrap.
func TestImportWrappings(t *testing.T) {
	w := newWorld(t)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsa2048, err := x509.MarshalPKCS8PrivateKey(long)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		algorithm, wrapping string
		spec                material.Spec
		usage               material.Usage
		plaintext           []byte
	}{
		{"RSAES_OAEP_SHA_1", "RSA_2048", material.Symmetric, material.EncryptDecrypt, key32(1)},
		{"RSAES_OAEP_SHA_256", "RSA_3072", material.HMAC384, material.GenerateVerifyMac, bytes.Repeat([]byte{7}, 48)},
		{"RSAES_OAEP_SHA_256", "RSA_2048", material.P256, material.KeyAgreement, p256},
		{"RSA_AES_KEY_WRAP_SHA_1", "RSA_2048", material.P256, material.SignVerify, p256},
		{"RSA_AES_KEY_WRAP_SHA_256", "RSA_2048", material.RSA2048, material.SignVerify, rsa2048},
		{"RSA_AES_KEY_WRAP_SHA_256", "RSA_4096", material.RSA2048, material.EncryptDecrypt, rsa2048},
	} {
		k := w.create(t, &CreateKeyInput{Origin: OriginExternal, KeySpec: tt.spec, KeyUsage: tt.usage})
		p := ok[*GetParametersForImportOutput](t)(w.GetParametersForImport(t.Context(), user("admin"), &GetParametersForImportInput{
			KeyId: k.KeyId, WrappingAlgorithm: tt.algorithm, WrappingKeySpec: tt.wrapping,
		}))
		out, err := w.ImportKeyMaterial(t.Context(), user("admin"), &ImportKeyMaterialInput{
			KeyId: k.KeyId, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrap(t, p.PublicKey, tt.algorithm, tt.plaintext), ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
		})
		if err != nil {
			t.Fatalf("%s under %s with %s: %v", tt.spec, tt.wrapping, tt.algorithm, err)
		}
		if (out.KeyMaterialId != "") != (tt.spec == material.Symmetric) {
			t.Errorf("%s: KeyMaterialId %q", tt.spec, out.KeyMaterialId)
		}
		if got := w.describe(t, k.KeyId).KeyState; got != Enabled {
			t.Errorf("%s: state %s", tt.spec, got)
		}
	}
}

func TestImportWrappingRestrictions(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		spec                material.Spec
		usage               material.Usage
		wrapping, algorithm string
	}{
		{material.RSA2048, material.SignVerify, "RSA_4096", "RSAES_OAEP_SHA_256"},
		{material.RSA2048, material.SignVerify, "RSA_4096", "RSAES_OAEP_SHA_1"},
		{material.P521, material.SignVerify, "RSA_2048", "RSAES_OAEP_SHA_1"},
		{material.Symmetric, material.EncryptDecrypt, "RSA_2048", "RSAES_PKCS1_V1_5"},
	} {
		k := w.create(t, &CreateKeyInput{Origin: OriginExternal, KeySpec: tt.spec, KeyUsage: tt.usage})
		_, err := w.GetParametersForImport(t.Context(), user("admin"), &GetParametersForImportInput{KeyId: k.KeyId, WrappingAlgorithm: tt.algorithm, WrappingKeySpec: tt.wrapping})
		wantError(t, err, UnsupportedOperation, fmt.Sprintf("Key material of key spec %s cannot be wrapped with %s under a wrapping key of spec %s.", tt.spec, tt.algorithm, tt.wrapping))
	}
}

func TestT49ParametersForOtherOrigins(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	message := k.Arn + " origin is AWS_KMS which is not valid for this operation."
	_, err := w.GetParametersForImport(t.Context(), user("admin"), &GetParametersForImportInput{KeyId: k.KeyId, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"})
	wantError(t, err, UnsupportedOperation, message)
	_, err = w.ImportKeyMaterial(t.Context(), user("admin"), &ImportKeyMaterialInput{KeyId: k.KeyId, ImportToken: []byte("x"), EncryptedKeyMaterial: []byte("x")})
	wantError(t, err, UnsupportedOperation, message)
	_, err = w.DeleteImportedKeyMaterial(t.Context(), user("admin"), &DeleteImportedKeyMaterialInput{KeyId: k.KeyId})
	wantError(t, err, UnsupportedOperation, message)
}

func TestImportTokens(t *testing.T) {
	w := newWorld(t)
	k, other := w.create(t, &CreateKeyInput{Origin: OriginExternal}), w.create(t, &CreateKeyInput{Origin: OriginExternal})
	p, q := w.parameters(t, user("admin"), k.KeyId), w.parameters(t, user("admin"), other.KeyId)
	good := wrap(t, p.PublicKey, "RSAES_OAEP_SHA_256", key32(1))
	try := func(token, wrapped []byte) error {
		_, err := w.ImportKeyMaterial(t.Context(), user("admin"), &ImportKeyMaterialInput{
			KeyId: k.KeyId, ImportToken: token, EncryptedKeyMaterial: wrapped, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
		})
		return err
	}
	bad := slices.Clone(p.ImportToken)
	bad[len(bad)-1] ^= 1
	wantError(t, try(bad, good), InvalidImportToken, "")
	wantError(t, try([]byte("token"), good), InvalidImportToken, "")
	wantError(t, try(q.ImportToken, good), InvalidImportToken, "") // of another key
	wantError(t, try(p.ImportToken, wrap(t, q.PublicKey, "RSAES_OAEP_SHA_256", key32(1))), InvalidCiphertext, "")
	wantError(t, try(p.ImportToken, []byte("nothing")), InvalidCiphertext, "")
	var e *Error
	if err := try(p.ImportToken, wrap(t, p.PublicKey, "RSAES_OAEP_SHA_256", key32(1)[:31])); !asError(err, &e) || e.Code != IncorrectKeyMaterial {
		t.Errorf("31 bytes: %v", err)
	}
	// A token outlives a restart, counts for 24 hours, and may be used again.
	w.open(t)
	w.clock.add(24*time.Hour - time.Second)
	for range 2 {
		if err := try(p.ImportToken, good); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.add(time.Second)
	wantError(t, try(p.ImportToken, good), ExpiredImportToken, "")
}

func asError(err error, e **Error) bool {
	x, is := err.(*Error)
	*e = x
	return is
}

func TestImportConditions(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	w.auth.asks()
	w.imports(t, k.KeyId, key32(1), until(start.AddDate(0, 0, 1)))
	asked := w.auth.asks()
	for i, want := range []map[string]string{
		{"kms:wrappingalgorithm": "RSAES_OAEP_SHA_256", "kms:wrappingkeyspec": "RSA_2048", "kms:keyorigin": "EXTERNAL"},
		{"kms:validto": "2026-11-26T12:00:00Z", "kms:keyorigin": "EXTERNAL"},
	} {
		for key, value := range want {
			if got := asked[i].Context[key].Values; len(got) != 1 || got[0] != value {
				t.Errorf("%s: %s is %v, want %s", asked[i].Action, key, got, value)
			}
		}
	}
	if _, given := asked[1].Context["kms:expirationmodel"]; given {
		t.Error("kms:ExpirationModel is given though the request has none")
	}
	w.imports(t, k.KeyId, key32(1), nil)
	if got := w.auth.last(t).Context["kms:expirationmodel"].Values; len(got) != 1 || got[0] != "KEY_MATERIAL_DOES_NOT_EXPIRE" {
		t.Errorf("kms:ExpirationModel is %v", got)
	}
}

func TestT48ImportNeedsValidTo(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	for _, model := range []string{"", "KEY_MATERIAL_EXPIRES"} {
		_, err := w.tries(t, user("admin"), k.KeyId, key32(1), func(in *ImportKeyMaterialInput) { in.ExpirationModel = model })
		wantError(t, err, Validation, "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
	}
	for message, f := range map[string]func(*ImportKeyMaterialInput){
		"A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE": func(in *ImportKeyMaterialInput) { in.ValidTo = start.Add(time.Hour) },
		"The validTo date must be in the future.":                                               until(start),
		"The validTo date must be within 365 days of the request.":                              until(start.Add(365*day + time.Second)),
	} {
		_, err := w.tries(t, user("admin"), k.KeyId, key32(1), f)
		wantError(t, err, Validation, message)
	}
	w.imports(t, k.KeyId, key32(1), until(start.Add(365*day)))
	if got := w.describe(t, k.KeyId); got.ExpirationModel != "KEY_MATERIAL_EXPIRES" || !got.ValidTo.Equal(start.Add(365*day)) {
		t.Errorf("got %+v", got)
	}
}

func TestImportExpires(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	id := w.imports(t, k.KeyId, key32(1), until(start.Add(time.Hour)))
	blob := w.sealed(t, user("admin"), k.KeyId, "x")
	w.clock.add(time.Hour - time.Millisecond)
	w.opened(t, user("admin"), blob)
	w.clock.add(time.Millisecond)
	_, err := w.Decrypt(t.Context(), user("admin"), &DecryptInput{CiphertextBlob: blob})
	wantError(t, err, InvalidState, k.Arn+" is pending import.")
	gone := func(when string) {
		t.Helper()
		got := w.describe(t, k.KeyId)
		if got.KeyState != PendingImport || got.ExpirationModel != "" || !got.ValidTo.IsZero() || got.CurrentKeyMaterialId != id {
			t.Errorf("%s: %+v", when, got)
		}
	}
	gone("expired")
	if n := w.materialRecords(k.KeyId); n != 0 {
		t.Errorf("%d records of key material are left", n)
	}
	w.clock.add(-2 * time.Hour)
	gone("the clock jumped back")
	w.open(t)
	gone("restarted")
	_, err = w.tries(t, user("admin"), k.KeyId, key32(2), nil)
	wantError(t, err, IncorrectKeyMaterial, "The key material has not been imported into KMS key "+k.Arn+" before.")
	if again := w.imports(t, k.KeyId, key32(1), nil); again != id {
		t.Errorf("the same material has the id %s, before %s", again, id)
	}
	if text, _ := w.opened(t, user("admin"), blob); text != "x" {
		t.Error("the old ciphertext cannot be decrypted")
	}
}

// materialRecords counts the records of a key's material.
func (w *world) materialRecords(id string) (n int) {
	for place := range maps.Clone(w.store.records) {
		if place[0] == string(KindMaterial) && strings.Contains(place[1], id) {
			n++
		}
	}
	return n
}

// While the process is away, or the store refuses to write, time passes all the same.
func TestImportExpiresUnseen(t *testing.T) {
	w, store := newRefusing(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	w.imports(t, k.KeyId, key32(1), until(start.Add(time.Hour)))
	w.clock.add(2 * time.Hour)
	store.refuse.Store(true)
	for range 2 {
		_, err := w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
		wantError(t, err, InvalidState, k.Arn+" is pending import.")
	}
	store.refuse.Store(false)
	if got := w.describe(t, k.KeyId).KeyState; got != PendingImport {
		t.Errorf("state %s", got)
	}
	if v := w.entry(t, k.KeyId).now.Load(); len(v.materials) != 0 {
		t.Error("the material is still in memory")
	}
}

func TestT47DeleteImportedKeyMaterial(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	if out := w.deleteMaterial(t, k.KeyId, ""); out.KeyId != k.Arn || out.KeyMaterialId != "" {
		t.Errorf("without material: %+v", out)
	}
	id := w.imports(t, k.KeyId, key32(1), nil)
	if out := w.deleteMaterial(t, k.KeyId, ""); out.KeyId != k.Arn || out.KeyMaterialId != id {
		t.Errorf("answer: %+v", out)
	}
	w.open(t)
	got := w.describe(t, k.KeyId)
	if got.KeyState != PendingImport || got.Enabled || got.ExpirationModel != "" || got.CurrentKeyMaterialId != id {
		t.Errorf("after: %+v", got)
	}
	_, err := w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	wantError(t, err, InvalidState, k.Arn+" is pending import.")
	w.deleteMaterial(t, k.KeyId, "") // again
	if n := w.materialRecords(k.KeyId); n != 0 {
		t.Errorf("%d records of key material are left", n)
	}
	_, err = w.DeleteImportedKeyMaterial(t.Context(), user("admin"), &DeleteImportedKeyMaterialInput{KeyId: k.KeyId, KeyMaterialId: strings.Repeat("0", 64)})
	wantError(t, err, NotFound, "Key material "+strings.Repeat("0", 64)+" is not associated with KMS key "+k.Arn+".")
}

func TestDeleteMaterialOfAKeyPendingDeletion(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	w.imports(t, k.KeyId, key32(1), nil)
	ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin"), &ScheduleKeyDeletionInput{KeyId: k.KeyId}))
	w.deleteMaterial(t, k.KeyId, "")
	if got := w.describe(t, k.KeyId).KeyState; got != PendingDeletion {
		t.Errorf("state %s", got)
	}
	ok[*CancelKeyDeletionOutput](t)(w.CancelKeyDeletion(t.Context(), user("admin"), &CancelKeyDeletionInput{KeyId: k.KeyId}))
	if got := w.describe(t, k.KeyId).KeyState; got != PendingImport {
		t.Errorf("saved: state %s", got)
	}
	w.imports(t, k.KeyId, key32(1), nil)
	// A disabled key stays disabled when material is imported again.
	w.force(t, k.KeyId, func(k *Key) { k.State = DisabledState })
	w.imports(t, k.KeyId, key32(1), until(start.Add(time.Hour)))
	if got := w.describe(t, k.KeyId); got.KeyState != DisabledState || got.ValidTo.IsZero() {
		t.Errorf("disabled: %+v", got)
	}
}

// Keys of other specs than the symmetric one keep their material for good.
func TestReimportOfOtherSpecs(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal, KeySpec: material.HMAC256, KeyUsage: material.GenerateVerifyMac})
	if id := w.imports(t, k.KeyId, key32(1), nil); id != "" {
		t.Errorf("KeyMaterialId %q", id)
	}
	mac := func() []byte {
		t.Helper()
		return ok[*GenerateMacOutput](t)(w.GenerateMac(t.Context(), user("admin"), &GenerateMacInput{KeyId: k.KeyId, Message: []byte("m"), MacAlgorithm: "HMAC_SHA_256"})).Mac
	}
	before := mac()
	if out := w.deleteMaterial(t, k.KeyId, ""); out.KeyMaterialId != "" {
		t.Errorf("deleted %q", out.KeyMaterialId)
	}
	w.open(t)
	_, err := w.tries(t, user("admin"), k.KeyId, key32(2), nil)
	wantError(t, err, IncorrectKeyMaterial, "The key material has not been imported into KMS key "+k.Arn+" before.")
	for _, f := range []func(*ImportKeyMaterialInput){
		asNew, func(in *ImportKeyMaterialInput) { in.ImportType = "EXISTING_KEY_MATERIAL" },
		func(in *ImportKeyMaterialInput) { in.KeyMaterialId = strings.Repeat("a", 64) },
		func(in *ImportKeyMaterialInput) { in.KeyMaterialDescription = new(string) },
	} {
		_, err := w.tries(t, user("admin"), k.KeyId, key32(1), f)
		wantError(t, err, Validation, "ImportType, KeyMaterialId and KeyMaterialDescription are valid only for symmetric encryption KMS keys.")
	}
	w.imports(t, k.KeyId, key32(1), nil)
	if !bytes.Equal(mac(), before) {
		t.Error("the key is another one")
	}
	_, err = w.DeleteImportedKeyMaterial(t.Context(), user("admin"), &DeleteImportedKeyMaterialInput{KeyId: k.KeyId, KeyMaterialId: soleMaterial})
	wantError(t, err, Validation, "KeyMaterialId is valid only for symmetric encryption KMS keys.")
}
