package kms

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// rotations lists the material of a key.
func (w *world) rotations(t testing.TB, id, include string) []RotationsListEntry {
	t.Helper()
	out, err := w.ListKeyRotations(t.Context(), user("admin"), &ListKeyRotationsInput{KeyId: id, IncludeKeyMaterial: include})
	if err != nil {
		t.Fatalf("ListKeyRotations: %v", err)
	}
	return out.Rotations
}

// status is GetKeyRotationStatus.
func (w *world) status(t testing.TB, id string) *GetKeyRotationStatusOutput {
	t.Helper()
	return ok[*GetKeyRotationStatusOutput](t)(w.GetKeyRotationStatus(t.Context(), user("admin"), &GetKeyRotationStatusInput{KeyId: id}))
}

func (w *world) rotate(t testing.TB, id string) {
	t.Helper()
	ok[*RotateKeyOnDemandOutput](t)(w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: id}))
}

func (w *world) enableRotation(t testing.TB, id string, days int) {
	t.Helper()
	if err := w.EnableKeyRotation(t.Context(), user("admin"), &EnableKeyRotationInput{KeyId: id, RotationPeriodInDays: days}); err != nil {
		t.Fatalf("EnableKeyRotation: %v", err)
	}
}

// sealed encrypts under a key, opened decrypts and says with which material.
func (w *world) sealed(t testing.TB, c *Call, id, plaintext string) []byte {
	t.Helper()
	return ok[*EncryptOutput](t)(w.Encrypt(t.Context(), c, &EncryptInput{KeyId: id, Plaintext: []byte(plaintext)})).CiphertextBlob
}

func (w *world) opened(t testing.TB, c *Call, blob []byte) (plaintext, materialID string) {
	t.Helper()
	out := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), c, &DecryptInput{CiphertextBlob: blob}))
	return string(out.Plaintext), out.KeyMaterialId
}

func TestT37RotationStatus(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	if got, want := inJSON(t, w.status(t, k.KeyId)), `{"KeyRotationEnabled":false,"KeyId":"`+k.Arn+`"}`; got != want {
		t.Errorf("off:\n%s\nwant\n%s", got, want)
	}
	w.enableRotation(t, k.KeyId, 0)
	want := `{"KeyRotationEnabled":true,"KeyId":"` + k.Arn + `","RotationPeriodInDays":365,"NextRotationDate":"2027-11-25T12:00:00Z"}`
	if got := inJSON(t, w.status(t, k.KeyId)); got != want {
		t.Errorf("on:\n%s\nwant\n%s", got, want)
	}
	// Another period begins when it is set.
	w.clock.days(10)
	w.enableRotation(t, k.KeyId, 90)
	if got := w.status(t, k.KeyId); got.RotationPeriodInDays != 90 || !got.NextRotationDate.Equal(start.AddDate(0, 0, 100)) {
		t.Errorf("another period: %+v", got)
	}
	if err := w.DisableKeyRotation(t.Context(), user("admin"), &DisableKeyRotationInput{KeyId: k.Arn}); err != nil {
		t.Fatal(err)
	}
	w.open(t)
	if got, want := inJSON(t, w.status(t, k.KeyId)), `{"KeyRotationEnabled":false,"KeyId":"`+k.Arn+`"}`; got != want {
		t.Errorf("off again, after a restart:\n%s\nwant\n%s", got, want)
	}
}

func TestRotationPeriodBounds(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	for period, bound := range map[int]string{89: "greater than or equal to 90", 2561: "less than or equal to 2560", -1: "greater than or equal to 90"} {
		err := w.EnableKeyRotation(t.Context(), user("admin"), &EnableKeyRotationInput{KeyId: k.KeyId, RotationPeriodInDays: period})
		wantError(t, err, Validation, fmt.Sprintf("1 validation error detected: Value '%d' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value %s", period, bound))
	}
	for _, period := range []int{90, 2560} {
		w.enableRotation(t, k.KeyId, period)
		if got := w.status(t, k.KeyId).RotationPeriodInDays; got != period {
			t.Errorf("period %d, want %d", got, period)
		}
	}
}

func TestRotationConditions(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 180)
	a := w.auth.last(t)
	if a.Action != "kms:EnableKeyRotation" || a.Resource != k.Arn || a.Context["kms:rotationperiodindays"].Values[0] != "180" {
		t.Errorf("asked %+v", a)
	}
	w.enableRotation(t, k.KeyId, 0)
	if _, given := w.auth.last(t).Context["kms:rotationperiodindays"]; given {
		t.Error("kms:RotationPeriodInDays is given though the request has none")
	}
}

func TestT36RotationOfAsymmetricKeys(t *testing.T) {
	w := newWorld(t)
	for _, in := range []*CreateKeyInput{
		{KeySpec: material.P256, KeyUsage: material.SignVerify}, {KeySpec: material.HMAC256, KeyUsage: material.GenerateVerifyMac},
	} {
		k := w.create(t, in)
		err := w.EnableKeyRotation(t.Context(), user("admin"), &EnableKeyRotationInput{KeyId: k.KeyId})
		wantError(t, err, UnsupportedOperation, "")
		if err := w.DisableKeyRotation(t.Context(), user("admin"), &DisableKeyRotationInput{KeyId: k.KeyId}); err != nil {
			t.Errorf("%s: DisableKeyRotation: %v", in.KeySpec, err)
		}
		if w.status(t, k.KeyId).KeyRotationEnabled {
			t.Errorf("%s: rotation is enabled", in.KeySpec)
		}
		_, err = w.ListKeyRotations(t.Context(), user("admin"), &ListKeyRotationsInput{KeyId: k.KeyId})
		wantError(t, err, UnsupportedOperation, "")
	}
}

func TestRotationOfImportedKeys(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	message := k.Arn + " origin is EXTERNAL which is not valid for this operation."
	check := func() {
		t.Helper()
		wantError(t, w.EnableKeyRotation(t.Context(), user("admin"), &EnableKeyRotationInput{KeyId: k.KeyId}), UnsupportedOperation, message)
		wantError(t, w.DisableKeyRotation(t.Context(), user("admin"), &DisableKeyRotationInput{KeyId: k.KeyId}), UnsupportedOperation, message)
		_, err := w.GetKeyRotationStatus(t.Context(), user("admin"), &GetKeyRotationStatusInput{KeyId: k.KeyId})
		wantError(t, err, UnsupportedOperation, message)
	}
	check()
	w.imports(t, k.KeyId, key32(1), nil)
	check()
}

func TestT38RotateOnDemandAnswersWithTheARN(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	out := ok[*RotateKeyOnDemandOutput](t)(w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId}))
	if got, want := inJSON(t, out), `{"KeyId":"`+k.Arn+`"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestT39RotateOnDemandLeavesTheSchedule(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 0)
	before := inJSON(t, w.status(t, k.KeyId))
	w.clock.days(100)
	w.rotate(t, k.KeyId)
	if got := inJSON(t, w.status(t, k.KeyId)); got != before {
		t.Errorf("got %s, want %s", got, before)
	}
}

func TestT40RotateOnDemandOfAnRSAKey(t *testing.T) {
	w := newWorld(t)
	for _, spec := range []material.Spec{material.RSA2048, material.Ed25519} {
		k := w.create(t, &CreateKeyInput{KeySpec: spec, KeyUsage: material.SignVerify})
		_, err := w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId})
		wantError(t, err, UnsupportedOperation, "")
	}
}

func TestT42RotateOnDemandLooksAtTheStateFirst(t *testing.T) {
	w := newWorld(t)
	for _, in := range []*CreateKeyInput{
		{Origin: OriginExternal, KeySpec: material.RSA4096, KeyUsage: material.SignVerify}, {Origin: OriginExternal},
	} {
		k := w.create(t, in)
		_, err := w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId})
		wantError(t, err, InvalidState, k.Arn+" is pending import.")
	}
	k := w.create(t, &CreateKeyInput{KeySpec: material.P256, KeyUsage: material.SignVerify})
	w.force(t, k.KeyId, func(k *Key) { k.State = DisabledState })
	_, err := w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId})
	wantError(t, err, Disabled, k.Arn+" is disabled.")
}

func TestT43RotateOnDemandQuota(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	for range 25 {
		w.clock.add(time.Minute)
		w.rotate(t, k.KeyId)
	}
	w.open(t)
	_, err := w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId})
	wantError(t, err, LimitExceeded, "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: "+k.Arn)
	if n := len(w.rotations(t, k.KeyId, "ALL_KEY_MATERIAL")); n != 26 {
		t.Errorf("%d materials, want 26", n)
	}
}

func TestT44OldCiphertextsAfterRotations(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	var blobs [][]byte
	var ids []string
	for i := range 4 {
		blobs = append(blobs, w.sealed(t, user("admin"), k.KeyId, fmt.Sprint("text ", i)))
		ids = append(ids, w.describe(t, k.KeyId).CurrentKeyMaterialId)
		w.clock.days(1)
		w.rotate(t, k.KeyId)
	}
	w.open(t)
	seen := map[string]bool{}
	for i, blob := range blobs {
		text, id := w.opened(t, user("admin"), blob)
		if text != fmt.Sprint("text ", i) || id != ids[i] || len(id) != 64 || seen[id] {
			t.Errorf("ciphertext %d: %q with %s, want material %s", i, text, id, ids[i])
		}
		seen[id] = true
	}
	if got := w.describe(t, k.KeyId); got.Arn != k.Arn || seen[got.CurrentKeyMaterialId] {
		t.Errorf("after the last rotation: %+v", got)
	}
}

func TestListKeyRotations(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	first := k.CurrentKeyMaterialId
	if got := w.rotations(t, k.KeyId, ""); len(got) != 0 {
		t.Errorf("before any rotation: %+v", got)
	}
	w.enableRotation(t, k.KeyId, 90)
	w.clock.days(30)
	w.rotate(t, k.KeyId)
	second := w.describe(t, k.KeyId).CurrentKeyMaterialId
	w.clock.days(60)
	third := w.describe(t, k.KeyId).CurrentKeyMaterialId
	list := func(include string) string {
		return inJSON(t, ok[*ListKeyRotationsOutput](t)(w.ListKeyRotations(t.Context(), user("admin"), &ListKeyRotationsInput{KeyId: k.KeyId, IncludeKeyMaterial: include})))
	}
	entry := func(id, state, rest string) string {
		return `{"KeyId":"` + k.KeyId + `","KeyMaterialId":"` + id + `","KeyMaterialState":"` + state + `"` + rest + `}`
	}
	rotated := entry(second, "NON_CURRENT", `,"RotationDate":"2026-12-25T12:00:00Z","RotationType":"ON_DEMAND"`) + "," +
		entry(third, "CURRENT", `,"RotationDate":"2027-02-23T12:00:00Z","RotationType":"AUTOMATIC"`)
	if want := `{"Rotations":[` + rotated + `],"Truncated":false}`; list("") != want || list("ROTATIONS_ONLY") != want {
		t.Errorf("rotations:\n%s\nwant\n%s", list(""), want)
	}
	if want := `{"Rotations":[` + entry(first, "NON_CURRENT", "") + "," + rotated + `],"Truncated":false}`; list("ALL_KEY_MATERIAL") != want {
		t.Errorf("all:\n%s\nwant\n%s", list("ALL_KEY_MATERIAL"), want)
	}
}

func TestListKeyRotationsPages(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	for range 5 {
		w.rotate(t, k.KeyId)
	}
	var got []RotationsListEntry
	in := &ListKeyRotationsInput{KeyId: k.KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL", Limit: 4}
	for pages := 1; ; pages++ {
		out := ok[*ListKeyRotationsOutput](t)(w.ListKeyRotations(t.Context(), user("admin"), in))
		got = append(got, out.Rotations...)
		if in.Marker = out.NextMarker; !out.Truncated {
			if pages != 2 {
				t.Errorf("%d pages, want 2", pages)
			}
			break
		}
	}
	if all := w.rotations(t, k.KeyId, "ALL_KEY_MATERIAL"); inJSON(t, got) != inJSON(t, all) || len(all) != 6 {
		t.Errorf("by pages:\n%s\nat once:\n%s", inJSON(t, got), inJSON(t, all))
	}
	in.Marker = "x"
	_, err := w.ListKeyRotations(t.Context(), user("admin"), in)
	wantError(t, err, InvalidMarker, "")
}

func TestAutomaticRotation(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 100)
	old := w.sealed(t, user("admin"), k.KeyId, "old")
	w.clock.add(100*day - time.Millisecond)
	if got := w.describe(t, k.KeyId).CurrentKeyMaterialId; got != k.CurrentKeyMaterialId {
		t.Fatal("rotated too early")
	}
	w.clock.add(time.Millisecond)
	now := w.describe(t, k.KeyId).CurrentKeyMaterialId
	if now == k.CurrentKeyMaterialId {
		t.Fatal("not rotated when it was due")
	}
	if got := w.status(t, k.KeyId).NextRotationDate; !got.Equal(start.AddDate(0, 0, 200)) {
		t.Errorf("next rotation %v", got)
	}
	if text, id := w.opened(t, user("admin"), old); text != "old" || id != k.CurrentKeyMaterialId {
		t.Errorf("old ciphertext: %q with %s", text, id)
	}
	if _, id := w.opened(t, user("admin"), w.sealed(t, user("admin"), k.KeyId, "new")); id != now {
		t.Errorf("new ciphertext has material %s, want %s", id, now)
	}
	if k := w.entry(t, k.KeyId).now.Load(); k.OnDemand != 0 {
		t.Error("an automatic rotation counts towards the quota of those on demand")
	}
}

// A rotation that is seen late does not move the schedule.
func TestAutomaticRotationSeenLate(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 100)
	w.clock.days(105)
	if got := w.rotations(t, k.KeyId, ""); len(got) != 1 || !got[0].RotationDate.Equal(start.AddDate(0, 0, 105)) {
		t.Errorf("rotations %+v", got)
	}
	if got := w.status(t, k.KeyId).NextRotationDate; !got.Equal(start.AddDate(0, 0, 200)) {
		t.Errorf("next rotation %v", got)
	}
}

// A clock that jumps makes one rotation of many, and one that jumps back makes none and
// takes none back; a restart changes nothing.
func TestAutomaticRotationOverClockJumps(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 90)
	w.clock.days(3650)
	w.open(t) // due while the process was away
	second := w.describe(t, k.KeyId).CurrentKeyMaterialId
	if all := w.rotations(t, k.KeyId, ""); len(all) != 1 || all[0].RotationType != "AUTOMATIC" || !all[0].RotationDate.Equal(start.AddDate(0, 0, 3650)) {
		t.Fatalf("after ten years: %+v", all)
	}
	next := start.AddDate(0, 0, 3650+90)
	if got := w.status(t, k.KeyId).NextRotationDate; !got.Equal(next) {
		t.Errorf("next rotation %v, want %v", got, next)
	}
	for _, back := range []int{-3650, -1, 2000} {
		w.clock.days(back)
		w.open(t)
		if got := w.describe(t, k.KeyId).CurrentKeyMaterialId; got != second {
			t.Errorf("after a jump of %d days the material is %s", back, got)
		}
	}
	w.clock.now = next
	if len(w.rotations(t, k.KeyId, "")) != 2 {
		t.Error("not rotated when the clock came back to it")
	}
}

func TestRotationWaitsForDisabledKeys(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 365)
	if err := w.DisableKey(t.Context(), user("admin"), &DisableKeyInput{KeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	w.clock.days(400)
	if got := w.describe(t, k.KeyId); got.CurrentKeyMaterialId != k.CurrentKeyMaterialId || !w.status(t, k.KeyId).KeyRotationEnabled {
		t.Fatalf("while disabled: %+v", got)
	}
	w.open(t)
	if err := w.EnableKey(t.Context(), user("admin"), &EnableKeyInput{KeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	if got := w.rotations(t, k.KeyId, ""); len(got) != 1 || !got[0].RotationDate.Equal(start.AddDate(0, 0, 400)) {
		t.Errorf("once enabled: %+v", got)
	}
	// Disabled for less than a period, a key keeps its schedule.
	other := w.create(t, nil)
	w.enableRotation(t, other.KeyId, 365)
	before := w.status(t, other.KeyId).NextRotationDate
	w.force(t, other.KeyId, func(k *Key) { k.State = DisabledState })
	w.clock.days(300)
	w.force(t, other.KeyId, func(k *Key) { k.State = Enabled })
	if got := w.status(t, other.KeyId).NextRotationDate; !got.Equal(before) || len(w.rotations(t, other.KeyId, "")) != 0 {
		t.Errorf("next rotation %v, want %v", got, before)
	}
}

func TestRotationWhileDeletionIsPending(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 90)
	ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin"), &ScheduleKeyDeletionInput{KeyId: k.KeyId}))
	if got, want := inJSON(t, w.status(t, k.KeyId)), `{"KeyRotationEnabled":false,"KeyId":"`+k.Arn+`"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	wantError(t, w.EnableKeyRotation(t.Context(), user("admin"), &EnableKeyRotationInput{KeyId: k.KeyId}), InvalidState, k.Arn+" is pending deletion.")
	ok[*CancelKeyDeletionOutput](t)(w.CancelKeyDeletion(t.Context(), user("admin"), &CancelKeyDeletionInput{KeyId: k.KeyId}))
	if !w.status(t, k.KeyId).KeyRotationEnabled {
		t.Error("the setting does not come back with the key")
	}
}

func TestRotateOnDemandBeforeAnAutomaticRotation(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 90)
	w.clock.add(90*day - 20*time.Minute - time.Millisecond)
	w.rotate(t, k.KeyId)
	w.clock.add(time.Millisecond)
	_, err := w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId})
	wantError(t, err, Conflict, "The request was rejected because an automatic rotation of this key is currently in progress or scheduled to begin within the next 20 minutes.")
	w.clock.add(20 * time.Minute)
	w.rotate(t, k.KeyId)
	if got := w.rotations(t, k.KeyId, ""); len(got) != 3 || got[1].RotationType != "AUTOMATIC" {
		t.Errorf("rotations: %+v", got)
	}
}

// newRefusing makes a world with a store that can be made to refuse.
func newRefusing(t testing.TB, f ...func(*Options)) (*world, *refusing) {
	t.Helper()
	w := newWorld(t, append(f, onRefusing)...)
	return w, w.Service.store.(*refusing)
}

// What the store refuses did not happen, and happens when it takes it.
func TestRotationThatCannotBeStored(t *testing.T) {
	w, store := newRefusing(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 90)
	store.refuse.Store(true)
	_, err := w.RotateKeyOnDemand(t.Context(), user("admin"), &RotateKeyOnDemandInput{KeyId: k.KeyId})
	wantError(t, err, Internal, "")
	w.clock.days(90)
	if got := w.describe(t, k.KeyId).CurrentKeyMaterialId; got != k.CurrentKeyMaterialId {
		t.Errorf("current material is %s, which was never stored", got)
	}
	if text, _ := w.opened(t, user("admin"), w.sealed(t, user("admin"), k.KeyId, "x")); text != "x" {
		t.Error("the key does not work while the store refuses")
	}
	store.refuse.Store(false)
	if got := w.rotations(t, k.KeyId, ""); len(got) != 1 || got[0].RotationType != "AUTOMATIC" {
		t.Errorf("once the store writes: %+v", got)
	}
}

// Rotations, restarts of nothing and use at the same time: every ciphertext can be
// decrypted, and a due rotation is made once by whoever comes first.
func TestRotationUnderUse(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	w.enableRotation(t, k.KeyId, 90)
	w.clock.days(90)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				text := fmt.Sprint(i, j)
				if got, _ := w.opened(t, user("admin"), w.sealed(t, user("admin"), k.KeyId, text)); got != text {
					t.Errorf("got %q, want %q", got, text)
				}
				if i < 2 && j < 10 {
					w.rotate(t, k.KeyId)
				}
			}
		})
	}
	wg.Wait()
	all := w.rotations(t, k.KeyId, "")
	count := map[string]int{}
	for _, r := range all {
		count[r.RotationType]++
	}
	if count["AUTOMATIC"] != 1 || count["ON_DEMAND"] != 20 {
		t.Errorf("rotations %v", count)
	}
	if s := inJSON(t, all); strings.Count(s, `"CURRENT"`) != 1 {
		t.Errorf("current materials in %s", s)
	}
}

// A replica that is asked ends the passing state of its primary key, and rotates with it.
func TestRotationOfAReplicaWhosePrimaryWasUpdating(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Passing = time.Minute })
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.enableRotation(t, k.KeyId, 90)
	w.replicate(t, k.KeyId, otherRegion)
	w.clock.add(time.Minute)
	if err := w.UpdatePrimaryRegion(t.Context(), user("admin"), &UpdatePrimaryRegionInput{KeyId: k.KeyId, PrimaryRegion: otherRegion}); err != nil {
		t.Fatal(err)
	}
	w.clock.days(90)
	if got := w.describe(t, k.KeyId).CurrentKeyMaterialId; got == k.CurrentKeyMaterialId {
		t.Error("not rotated")
	}
}
