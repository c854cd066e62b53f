package kms

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// describedAs gives an import a description.
func describedAs(text string, f func(*ImportKeyMaterialInput)) func(*ImportKeyMaterialInput) {
	return func(in *ImportKeyMaterialInput) {
		in.KeyMaterialDescription = &text
		if f != nil {
			f(in)
		}
	}
}

func TestT46NewMaterialWaitsForARotation(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	first := w.imports(t, k.KeyId, key32(1), nil)
	old := w.sealed(t, user("admin"), k.KeyId, "old")
	second := w.imports(t, k.KeyId, key32(2), asNew)
	if got := w.describe(t, k.KeyId); got.CurrentKeyMaterialId != first || got.KeyState != Enabled || first == second {
		t.Errorf("before the rotation: %+v", got)
	}
	if _, id := w.opened(t, user("admin"), w.sealed(t, user("admin"), k.KeyId, "x")); id != first {
		t.Error("the pending material encrypts")
	}
	w.open(t)
	w.rotate(t, k.KeyId)
	w.open(t)
	if got := w.describe(t, k.KeyId); got.CurrentKeyMaterialId != second {
		t.Errorf("after the rotation: %+v", got)
	}
	if text, id := w.opened(t, user("admin"), old); text != "old" || id != first {
		t.Errorf("old ciphertext: %q with %s", text, id)
	}
	if _, id := w.opened(t, user("admin"), w.sealed(t, user("admin"), k.KeyId, "x")); id != second {
		t.Error("the new material does not encrypt")
	}
}

func TestT41RotateOnDemandWithNothingPending(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	w.imports(t, k.KeyId, key32(1), nil)
	refused := func() {
		t.Helper()
		_, err := w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId})
		wantError(t, err, InvalidState, "No available key material pending rotation for the key: "+k.Arn+".")
	}
	refused()
	w.imports(t, k.KeyId, key32(2), asNew)
	w.rotate(t, k.KeyId)
	refused()
	// Pending material that expires or is deleted is not there to be rotated to.
	w.imports(t, k.KeyId, key32(3), func(in *ImportKeyMaterialInput) { asNew(in); until(start.Add(time.Hour))(in) })
	w.clock.add(time.Hour)
	refused()
	id := w.imports(t, k.KeyId, key32(3), asNew)
	w.deleteMaterial(t, k.KeyId, id)
	refused()
	if got := w.describe(t, k.KeyId); got.KeyState != Enabled {
		t.Errorf("state %s", got.KeyState)
	}
	if n := len(w.rotations(t, k.KeyId, "ALL_KEY_MATERIAL")); n != 2 {
		t.Errorf("%d materials, want 2", n)
	}
	if n := w.materialRecords(k.KeyId); n != 2 {
		t.Errorf("%d records of key material, want 2", n)
	}
}

func TestT45SecondNewMaterialWhileOneIsPending(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	w.imports(t, k.KeyId, key32(1), nil)
	pending := w.imports(t, k.KeyId, key32(2), asNew)
	third := newID(t, k.KeyId, key32(3))
	_, err := w.tries(t, user("admin"), k.KeyId, key32(3), asNew)
	wantError(t, err, InvalidState, fmt.Sprintf("New key material (id: %s) cannot be imported into KMS key %s, because another key material (id: %s) is pending rotation.", third, k.Arn, pending))
	// Deleted first, it is replaced.
	if out := w.deleteMaterial(t, k.KeyId, pending); out.KeyMaterialId != pending {
		t.Errorf("deleted %s", out.KeyMaterialId)
	}
	if id := w.imports(t, k.KeyId, key32(3), asNew); id != third {
		t.Errorf("imported %s, want %s", id, third)
	}
}

// newID is the KeyMaterialId of material that another key of the same id would get.
func newID(t testing.TB, keyID string, plaintext []byte) string {
	t.Helper()
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	e := w.entry(t, k.KeyId)
	v := *e.now.Load()
	v.ID = keyID
	out, err := w.unwrap(t.Context(), w.wrapped(t, &v, plaintext), &v)
	if err != nil {
		t.Fatal(err)
	}
	return out.id
}

// wrapped is an import for a key that need not exist.
func (w *world) wrapped(t testing.TB, v *version, plaintext []byte) *ImportKeyMaterialInput {
	t.Helper()
	e := &entry{}
	e.now.Store(v)
	w.mu.Lock()
	w.enter(e)
	w.mu.Unlock()
	p := w.parameters(t, user("admin"), v.ID)
	return &ImportKeyMaterialInput{KeyId: v.ID, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrap(t, p.PublicKey, "RSAES_OAEP_SHA_256", plaintext)}
}

func TestImportTypes(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	existing := func(in *ImportKeyMaterialInput) { in.ImportType = "EXISTING_KEY_MATERIAL" }
	unknown := "The key material has not been imported into KMS key " + k.Arn + " before."
	_, err := w.tries(t, user("admin"), k.KeyId, key32(1), existing)
	wantError(t, err, IncorrectKeyMaterial, unknown)
	first := w.imports(t, k.KeyId, key32(1), asNew)
	_, err = w.tries(t, user("admin"), k.KeyId, key32(1), asNew)
	wantError(t, err, IncorrectKeyMaterial, "The key material is already associated with KMS key "+k.Arn+".")
	_, err = w.tries(t, user("admin"), k.KeyId, key32(2), nil) // existing is the default now
	wantError(t, err, IncorrectKeyMaterial, unknown)
	if id := w.imports(t, k.KeyId, key32(1), func(in *ImportKeyMaterialInput) { existing(in); in.KeyMaterialId = first }); id != first {
		t.Errorf("imported %s, want %s", id, first)
	}
	_, err = w.tries(t, user("admin"), k.KeyId, key32(1), func(in *ImportKeyMaterialInput) { in.KeyMaterialId = strings.Repeat("0", 64) })
	wantError(t, err, IncorrectKeyMaterial, "The key material is not that with the id "+strings.Repeat("0", 64)+".")
	_, err = w.tries(t, user("admin"), k.KeyId, key32(2), func(in *ImportKeyMaterialInput) { asNew(in); in.KeyMaterialId = first })
	wantError(t, err, Validation, "KeyMaterialId is not valid with the ImportType NEW_KEY_MATERIAL.")
}

// The same material has another id under another key, and its ciphertexts are not the
// other's.
func TestSameMaterialInTwoKeys(t *testing.T) {
	w := newWorld(t)
	a, b := w.create(t, &CreateKeyInput{Origin: OriginExternal}), w.create(t, &CreateKeyInput{Origin: OriginExternal})
	if x, y := w.imports(t, a.KeyId, key32(1), nil), w.imports(t, b.KeyId, key32(1), nil); x == y {
		t.Error("the ids are the same")
	}
	_, err := w.Decrypt(t.Context(), user("admin"), &DecryptInput{CiphertextBlob: w.sealed(t, user("admin"), a.KeyId, "x"), KeyId: b.KeyId})
	wantError(t, err, IncorrectKey, "The key ID in the request does not identify a CMK that can perform this operation.")
}

// A key with several materials needs all of them, and its ValidTo is the first to pass.
func TestT92SeveralMaterials(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	first := w.imports(t, k.KeyId, key32(1), until(start.Add(10*time.Hour)))
	old := w.sealed(t, user("admin"), k.KeyId, "old")
	second := w.imports(t, k.KeyId, key32(2), func(in *ImportKeyMaterialInput) { asNew(in); until(start.Add(20 * time.Hour))(in) })
	w.rotate(t, k.KeyId)
	if got := w.describe(t, k.KeyId); !got.ValidTo.Equal(start.Add(10*time.Hour)) || got.ExpirationModel != "KEY_MATERIAL_EXPIRES" {
		t.Errorf("ValidTo %v, %s", got.ValidTo, got.ExpirationModel)
	}
	w.clock.add(10 * time.Hour)
	_, err := w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	wantError(t, err, InvalidState, k.Arn+" is pending import.")
	_, err = w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId})
	wantError(t, err, InvalidState, k.Arn+" is pending import.")
	w.deleteMaterial(t, k.KeyId, "") // the current one as well
	w.open(t)
	state := func(want State) {
		t.Helper()
		if got := w.describe(t, k.KeyId); got.KeyState != want || got.CurrentKeyMaterialId != second {
			t.Errorf("state %s, current %s; want %s", got.KeyState, got.CurrentKeyMaterialId, want)
		}
	}
	state(PendingImport)
	w.imports(t, k.KeyId, key32(2), nil)
	state(PendingImport)
	if id := w.imports(t, k.KeyId, key32(1), nil); id != first {
		t.Errorf("imported %s, want %s", id, first)
	}
	state(Enabled)
	if text, _ := w.opened(t, user("admin"), old); text != "old" {
		t.Error("the old ciphertext cannot be decrypted")
	}
	// The former material alone may be deleted too.
	w.deleteMaterial(t, k.KeyId, first)
	state(PendingImport)
}

func TestListImportedMaterial(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	if got := w.rotations(t, k.KeyId, "ALL_KEY_MATERIAL"); len(got) != 0 {
		t.Errorf("before any import: %+v", got)
	}
	first := w.imports(t, k.KeyId, key32(1), describedAs("the first", until(start.Add(2*time.Hour))))
	second := w.imports(t, k.KeyId, key32(2), describedAs("the second", asNew))
	entry := func(id, description, imported, state, rest string) string {
		return `{"KeyId":"` + k.KeyId + `","KeyMaterialId":"` + id + `","KeyMaterialDescription":"` + description + `","ImportState":"` + imported + `","KeyMaterialState":"` + state + `"` + rest + `}`
	}
	lists := func(include string, want ...string) {
		t.Helper()
		if got := inJSON(t, w.rotations(t, k.KeyId, include)); got != "["+strings.Join(want, ",")+"]" {
			t.Errorf("got\n%s\nwant\n[%s]", got, strings.Join(want, ","))
		}
	}
	expiring, stays := `,"ExpirationModel":"KEY_MATERIAL_EXPIRES","ValidTo":"2026-11-25T14:00:00Z"`, `,"ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"`
	lists("ALL_KEY_MATERIAL", entry(first, "the first", "IMPORTED", "CURRENT", expiring), entry(second, "the second", "IMPORTED", "PENDING_ROTATION", stays))
	lists("")
	w.clock.add(time.Hour)
	w.rotate(t, k.KeyId)
	rotated := `,"RotationDate":"2026-11-25T13:00:00Z","RotationType":"ON_DEMAND"`
	lists("", entry(second, "the second", "IMPORTED", "CURRENT", stays+rotated))
	w.clock.add(time.Hour)
	lists("ALL_KEY_MATERIAL", entry(first, "the first", "PENDING_IMPORT", "NON_CURRENT", ""), entry(second, "the second", "IMPORTED", "CURRENT", stays+rotated))
	// A description is kept when none is given, and replaced by another.
	w.imports(t, k.KeyId, key32(1), nil)
	w.imports(t, k.KeyId, key32(2), describedAs("", nil))
	lists("ALL_KEY_MATERIAL", entry(first, "the first", "IMPORTED", "NON_CURRENT", stays),
		strings.Replace(entry(second, "", "IMPORTED", "CURRENT", stays+rotated), `"KeyMaterialDescription":"",`, "", 1))
}

// What the store refuses did not happen.
func TestImportThatCannotBeStored(t *testing.T) {
	w, store := newRefusing(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	p := w.parameters(t, user("admin"), k.KeyId)
	in := &ImportKeyMaterialInput{
		KeyId: k.KeyId, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrap(t, p.PublicKey, "RSAES_OAEP_SHA_256", key32(1)), ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
	}
	store.refuse.Store(true)
	_, err := w.ImportKeyMaterial(t.Context(), user("admin"), in)
	wantError(t, err, Internal, "")
	if got := w.describe(t, k.KeyId); got.KeyState != PendingImport || got.CurrentKeyMaterialId != "" {
		t.Errorf("got %+v", got)
	}
	store.refuse.Store(false)
	ok[*ImportKeyMaterialOutput](t)(w.ImportKeyMaterial(t.Context(), user("admin"), in))
	store.refuse.Store(true)
	_, err = w.DeleteImportedKeyMaterial(t.Context(), user("admin"), &DeleteImportedKeyMaterialInput{KeyId: k.KeyId})
	wantError(t, err, Internal, "")
	if got := w.sealed(t, user("admin"), k.KeyId, "x"); bytes.Contains(got, []byte("x")) && len(got) < 100 {
		t.Error("the key does not work")
	}
}
