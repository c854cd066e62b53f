package kms

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

const thirdRegion = "ap-south-1"

// replicate makes a replica of a primary key.
func (w *world) replicate(t testing.TB, id, region string) *ReplicateKeyOutput {
	t.Helper()
	return ok[*ReplicateKeyOutput](t)(w.ReplicateKey(t.Context(), user("admin"), &ReplicateKeyInput{KeyId: id, ReplicaRegion: region}))
}

// at describes a key in a Region.
func (w *world) at(t testing.TB, region, id string) *KeyMetadata {
	t.Helper()
	return ok[*DescribeKeyOutput](t)(w.DescribeKey(t.Context(), user("admin").in(region), &DescribeKeyInput{KeyId: id})).KeyMetadata
}

func mrkARN(region, id string) string { return "arn:aws:kms:" + region + ":111122223333:key/" + id }

// relation is a multi-Region configuration as JSON.
func relation(kind, id, primary string, replicas ...string) string {
	list := make([]string, len(replicas))
	for i, r := range replicas {
		list[i] = `{"Arn":"` + mrkARN(r, id) + `","Region":"` + r + `"}`
	}
	return `{"MultiRegionKeyType":"` + kind + `","PrimaryKey":{"Arn":"` + mrkARN(primary, id) + `","Region":"` + primary + `"},"ReplicaKeys":[` + strings.Join(list, ",") + `]}`
}

func (w *world) related(t testing.TB, region, id, want string) {
	t.Helper()
	if got := inJSON(t, w.at(t, region, id).MultiRegionConfiguration); got != want {
		t.Errorf("%s:\n%s\nwant\n%s", region, got, want)
	}
}

func TestT50ReplicateKey(t *testing.T) {
	for _, passing := range []time.Duration{0, 5 * time.Second} {
		w := newWorld(t, func(o *Options) { o.Passing = passing })
		k := w.create(t, &CreateKeyInput{MultiRegion: true, Description: "the primary", Tags: []Tag{{"a", "b"}}})
		w.clock.days(1)
		out := w.replicate(t, k.KeyId, otherRegion)
		m := out.ReplicaKeyMetadata
		if m.KeyState != Creating || m.Enabled || m.Description != "" || m.CurrentKeyMaterialId != "" || m.KeyId != k.KeyId || m.Arn != mrkARN(otherRegion, k.KeyId) ||
			!m.CreationDate.Equal(start.AddDate(0, 0, 1)) || m.KeySpec != material.Symmetric || m.Origin != OriginKMS || !m.MultiRegion {
			t.Errorf("answer: %+v", m)
		}
		if got, want := inJSON(t, m.MultiRegionConfiguration), relation("REPLICA", k.KeyId, testRegion, otherRegion); got != want {
			t.Errorf("configuration:\n%s\nwant\n%s", got, want)
		}
		if out.ReplicaPolicy != defaultPolicy("aws", testAccount) || !strings.Contains(out.ReplicaPolicy, `"Id" : "key-default-1"`) || out.ReplicaTags != nil {
			t.Errorf("policy %s, tags %v", out.ReplicaPolicy, out.ReplicaTags)
		}
		w.related(t, testRegion, k.KeyId, relation("PRIMARY", k.KeyId, testRegion, otherRegion))
		if passing > 0 {
			_, err := w.Encrypt(t.Context(), user("admin").in(otherRegion), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
			wantError(t, err, InvalidState, m.Arn+" is creating.")
			w.open(t, func(o *Options) { o.Passing = passing })
			if got := w.at(t, otherRegion, k.KeyId).KeyState; got != Creating {
				t.Errorf("after a restart: %s", got)
			}
			w.clock.add(passing)
		}
		if got := w.at(t, otherRegion, k.KeyId); got.KeyState != Enabled || got.CurrentKeyMaterialId != k.CurrentKeyMaterialId {
			t.Errorf("created: %+v", got)
		}
	}
}

func TestT51ReplicateAReplica(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.replicate(t, k.KeyId, otherRegion)
	_, err := w.ReplicateKey(t.Context(), user("admin").in(otherRegion), &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: thirdRegion})
	wantError(t, err, UnsupportedOperation, mrkARN(otherRegion, k.KeyId)+" is not a multi-region primary key.")
	single := w.create(t, nil)
	_, err = w.ReplicateKey(t.Context(), user("admin"), &ReplicateKeyInput{KeyId: single.KeyId, ReplicaRegion: thirdRegion})
	wantError(t, err, UnsupportedOperation, single.Arn+" is not a multi-region primary key.")
	for _, region := range []string{otherRegion, testRegion} {
		_, err = w.ReplicateKey(t.Context(), user("admin"), &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: region})
		wantError(t, err, AlreadyExists, "A key with the id "+k.KeyId+" already exists in "+region+".")
	}
	for _, region := range []string{"cn-north-1", "nowhere-1"} {
		_, err = w.ReplicateKey(t.Context(), user("admin"), &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: region})
		wantError(t, err, Validation, region+" is not a Region of the partition aws.")
	}
}

func TestT52PrimaryWithoutReplicas(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.related(t, testRegion, k.KeyId, relation("PRIMARY", k.KeyId, testRegion))
	if s := inJSON(t, w.create(t, nil)); strings.Contains(s, "MultiRegionConfiguration") {
		t.Errorf("a single-Region key has %s", s)
	}
}

// A replica shares key material, and nothing else of what is its own.
func TestReplicasShare(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.rotate(t, k.KeyId)
	w.replicate(t, k.KeyId, otherRegion)
	w.replicate(t, k.KeyId, thirdRegion)
	w.open(t)
	here, there := user("admin"), user("admin").in(otherRegion)
	for i := range 3 {
		a, b := w.sealed(t, here, k.KeyId, "here"), w.sealed(t, there, k.KeyId, "there")
		if text, _ := w.opened(t, there, a); text != "here" {
			t.Error("not decrypted in the replica's Region")
		}
		if text, _ := w.opened(t, here, b); text != "there" {
			t.Error("not decrypted in the primary's Region")
		}
		w.clock.days(1)
		w.rotate(t, k.KeyId)
		if text, _ := w.opened(t, there, a); text != "here" {
			t.Errorf("rotation %d: the old ciphertext is lost", i)
		}
		if w.at(t, otherRegion, k.KeyId).CurrentKeyMaterialId != w.describe(t, k.KeyId).CurrentKeyMaterialId {
			t.Error("the replica has another current material")
		}
		w.open(t)
	}
	if err := w.UpdateKeyDescription(t.Context(), there, &UpdateKeyDescriptionInput{KeyId: k.KeyId, Description: "mine"}); err != nil {
		t.Fatal(err)
	}
	if err := w.DisableKey(t.Context(), there, &DisableKeyInput{KeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	if got := w.describe(t, k.KeyId); got.Description != "" || got.KeyState != Enabled {
		t.Errorf("the primary key changed with its replica: %+v", got)
	}
	if got := w.at(t, thirdRegion, k.KeyId); got.Description != "" || got.KeyState != Enabled {
		t.Errorf("a replica changed with another: %+v", got)
	}
}

func TestRotationOfMultiRegionKeys(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.enableRotation(t, k.KeyId, 90)
	w.replicate(t, k.KeyId, otherRegion)
	there, arn := user("admin").in(otherRegion), mrkARN(otherRegion, k.KeyId)
	message := arn + " is not a multi-region primary key."
	wantError(t, w.EnableKeyRotation(t.Context(), there, &EnableKeyRotationInput{KeyId: k.KeyId}), UnsupportedOperation, message)
	wantError(t, w.DisableKeyRotation(t.Context(), there, &DisableKeyRotationInput{KeyId: k.KeyId}), UnsupportedOperation, message)
	_, err := w.RotateKeyOnDemand(t.Context(), there, &RotateKeyOnDemandInput{KeyId: k.KeyId})
	wantError(t, err, UnsupportedOperation, message)
	status := func() *GetKeyRotationStatusOutput {
		t.Helper()
		return ok[*GetKeyRotationStatusOutput](t)(w.GetKeyRotationStatus(t.Context(), there, &GetKeyRotationStatusInput{KeyId: k.KeyId}))
	}
	if got := status(); !got.KeyRotationEnabled || got.RotationPeriodInDays != 90 || got.KeyId != arn {
		t.Errorf("status of the replica: %+v", got)
	}
	// Due, it is made by whichever key is asked first, and for all.
	w.clock.days(90)
	w.open(t)
	if got := w.at(t, otherRegion, k.KeyId).CurrentKeyMaterialId; got == k.CurrentKeyMaterialId || got != w.describe(t, k.KeyId).CurrentKeyMaterialId {
		t.Errorf("current material of the replica: %s", got)
	}
	if n := len(w.rotations(t, k.KeyId, "")); n != 1 {
		t.Errorf("%d rotations", n)
	}
	// While the primary key is disabled nobody is rotated, and the replica still works.
	w.force(t, k.KeyId, func(k *Key) { k.State = DisabledState })
	w.clock.days(90)
	before := w.at(t, otherRegion, k.KeyId).CurrentKeyMaterialId
	if _, id := w.opened(t, there, w.sealed(t, there, k.KeyId, "x")); id != before || len(w.rotations(t, k.KeyId, "")) != 1 {
		t.Error("rotated while the primary key is disabled")
	}
	w.force(t, k.KeyId, func(k *Key) { k.State = Enabled })
	if w.at(t, otherRegion, k.KeyId).CurrentKeyMaterialId == before {
		t.Error("not rotated once the primary key is enabled")
	}
}

func TestReplicateKeyAuthorization(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.auth.asks()
	yes := true
	c := user("admin")
	c.Context = conditionsOf("aws:requestedregion", testRegion)
	in := &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: otherRegion, Tags: []Tag{{"team", "red"}}, BypassPolicyLockoutSafetyCheck: &yes}
	out := ok[*ReplicateKeyOutput](t)(w.ReplicateKey(t.Context(), c, in))
	if got := inJSON(t, out.ReplicaTags); got != `[{"TagKey":"team","TagValue":"red"}]` {
		t.Errorf("tags %s", got)
	}
	asked := w.auth.asks()
	var actions []string
	for _, a := range asked {
		actions = append(actions, a.Action+" "+a.Resource)
	}
	if want := []string{"kms:ReplicateKey " + k.Arn, "kms:CreateKey *", "kms:TagResource " + out.ReplicaKeyMetadata.Arn}; !slices.Equal(actions, want) {
		t.Errorf("asked %q, want %q", actions, want)
	}
	for i, want := range []map[string]string{
		{"kms:replicaregion": otherRegion, "kms:multiregion": "true", "kms:multiregionkeytype": "PRIMARY"},
		{"kms:multiregionkeytype": "REPLICA", "kms:keyspec": "SYMMETRIC_DEFAULT", "kms:keyorigin": "AWS_KMS", "aws:requesttag/team": "red", "kms:bypasspolicylockoutsafetycheck": "true"},
	} {
		for key, value := range want {
			if got := asked[i].Context[key].Values; len(got) != 1 || got[0] != value {
				t.Errorf("%s: %s is %v, want %s", asked[i].Action, key, got, value)
			}
		}
	}
	// Without kms:CreateKey there is no replica, and nothing of one.
	w.auth.all = false
	w.auth.allow(t, c, `[{"Effect":"Allow","Action":"kms:ReplicateKey","Resource":"*"}]`)
	in.ReplicaRegion = thirdRegion
	_, err := w.ReplicateKey(t.Context(), c, in)
	wantError(t, err, AccessDenied, "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: kms:CreateKey on resource: * because no identity-based policy allows the kms:CreateKey action")
	w.auth.all = true
	w.related(t, testRegion, k.KeyId, relation("PRIMARY", k.KeyId, testRegion, otherRegion))
}

func TestUpdatePrimaryRegion(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Passing = time.Minute })
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.enableRotation(t, k.KeyId, 90)
	w.replicate(t, k.KeyId, otherRegion)
	w.replicate(t, k.KeyId, thirdRegion)
	w.clock.add(time.Minute)
	w.auth.asks()
	if err := w.UpdatePrimaryRegion(t.Context(), user("admin"), &UpdatePrimaryRegionInput{KeyId: k.KeyId, PrimaryRegion: otherRegion}); err != nil {
		t.Fatal(err)
	}
	for i, a := range w.auth.asks() {
		arn := []string{k.Arn, mrkARN(otherRegion, k.KeyId)}[i]
		if a.Action != "kms:UpdatePrimaryRegion" || a.Resource != arn || a.Context["kms:primaryregion"].Values[0] != otherRegion {
			t.Errorf("asked %+v", a)
		}
	}
	check := func(state State) {
		t.Helper()
		w.related(t, testRegion, k.KeyId, relation("REPLICA", k.KeyId, otherRegion, thirdRegion, testRegion))
		w.related(t, otherRegion, k.KeyId, relation("PRIMARY", k.KeyId, otherRegion, thirdRegion, testRegion))
		w.related(t, thirdRegion, k.KeyId, relation("REPLICA", k.KeyId, otherRegion, thirdRegion, testRegion))
		for region, want := range map[string]State{testRegion: state, otherRegion: state, thirdRegion: Enabled} {
			if got := w.at(t, region, k.KeyId).KeyState; got != want {
				t.Errorf("%s is %s, want %s", region, got, want)
			}
		}
	}
	check(Updating)
	if text, _ := w.opened(t, user("admin"), w.sealed(t, user("admin").in(otherRegion), k.KeyId, "x")); text != "x" {
		t.Error("the keys cannot be used while they are Updating")
	}
	_, err := w.ReplicateKey(t.Context(), user("admin").in(otherRegion), &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: "sa-east-1"})
	wantError(t, err, InvalidState, mrkARN(otherRegion, k.KeyId)+" is updating.")
	w.open(t, func(o *Options) { o.Passing = time.Minute })
	check(Updating)
	w.clock.add(time.Minute)
	check(Enabled)
	// The new primary key is where rotation is set, and the old one is not.
	err = w.EnableKeyRotation(t.Context(), user("admin"), &EnableKeyRotationInput{KeyId: k.KeyId})
	wantError(t, err, UnsupportedOperation, k.Arn+" is not a multi-region primary key.")
	if err := w.DisableKeyRotation(t.Context(), user("admin").in(otherRegion), &DisableKeyRotationInput{KeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	if w.status(t, k.KeyId).KeyRotationEnabled {
		t.Error("rotation is still on in the old primary key")
	}
	// As a replica the old primary key waits for nobody when it is deleted.
	out := ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin"), &ScheduleKeyDeletionInput{KeyId: k.KeyId}))
	if out.KeyState != PendingDeletion {
		t.Errorf("deleted, it is %s", out.KeyState)
	}
	out = ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin").in(otherRegion), &ScheduleKeyDeletionInput{KeyId: k.KeyId}))
	if out.KeyState != PendingReplicaDeletion {
		t.Errorf("deleted, the new primary key is %s", out.KeyState)
	}
}

func TestUpdatePrimaryRegionRefusals(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.replicate(t, k.KeyId, otherRegion)
	update := func(c *Call, region string) error {
		return w.UpdatePrimaryRegion(t.Context(), c, &UpdatePrimaryRegionInput{KeyId: k.KeyId, PrimaryRegion: region})
	}
	wantError(t, update(user("admin").in(otherRegion), testRegion), UnsupportedOperation, mrkARN(otherRegion, k.KeyId)+" is not a multi-region primary key.")
	wantError(t, update(user("admin"), thirdRegion), NotFound, "Key '"+mrkARN(thirdRegion, k.KeyId)+"' does not exist")
	wantError(t, update(user("admin"), testRegion), Validation, testRegion+" is already the primary Region of "+k.Arn+".")
	if err := w.DisableKey(t.Context(), user("admin").in(otherRegion), &DisableKeyInput{KeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	wantError(t, update(user("admin"), otherRegion), Disabled, mrkARN(otherRegion, k.KeyId)+" is disabled.")
	// The replica's policy counts as well as the primary's.
	if err := w.EnableKey(t.Context(), user("admin").in(otherRegion), &EnableKeyInput{KeyId: k.KeyId}); err != nil {
		t.Fatal(err)
	}
	w.auth.all = false
	w.auth.allow(t, user("admin"), `[{"Effect":"Allow","Action":"kms:UpdatePrimaryRegion","Resource":"`+k.Arn+`"}]`)
	wantError(t, update(user("admin"), otherRegion), AccessDenied, "User: arn:aws:iam::111122223333:user/admin is not authorized to perform: kms:UpdatePrimaryRegion on resource: "+mrkARN(otherRegion, k.KeyId)+" because no identity-based policy allows the kms:UpdatePrimaryRegion action")
}

func TestDeletionOfAPrimaryWithReplicas(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.replicate(t, k.KeyId, otherRegion)
	schedule := func(region string, days int) *ScheduleKeyDeletionOutput {
		t.Helper()
		return ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin").in(region), &ScheduleKeyDeletionInput{KeyId: k.KeyId, PendingWindowInDays: days}))
	}
	if got, want := inJSON(t, schedule(testRegion, 10)), `{"KeyId":"`+k.Arn+`","KeyState":"PendingReplicaDeletion","PendingWindowInDays":10}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if m := w.describe(t, k.KeyId); m.KeyState != PendingReplicaDeletion || m.PendingDeletionWindowInDays != 10 || !m.DeletionDate.IsZero() {
		t.Errorf("waiting: %+v", m)
	}
	_, err := w.ReplicateKey(t.Context(), user("admin"), &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: thirdRegion})
	wantError(t, err, InvalidState, k.Arn+" is pending replica deletion.")
	schedule(otherRegion, 7)
	w.clock.days(6)
	w.open(t)
	if got := w.describe(t, k.KeyId).KeyState; got != PendingReplicaDeletion {
		t.Errorf("while the replica waits: %s", got)
	}
	w.clock.days(1)
	m := w.describe(t, k.KeyId)
	if m.KeyState != PendingDeletion || !m.DeletionDate.Equal(start.AddDate(0, 0, 17)) {
		t.Errorf("once the replica is gone: %+v", m)
	}
	w.open(t)
	w.related(t, testRegion, k.KeyId, relation("PRIMARY", k.KeyId, testRegion))
	w.clock.days(10)
	_, err = w.DescribeKey(t.Context(), user("admin"), &DescribeKeyInput{KeyId: k.KeyId})
	wantError(t, err, NotFound, "Key '"+k.Arn+"' does not exist")
	if n := len(w.store.records); n != 1 {
		t.Errorf("%d records are left, want that of the seal alone", n)
	}
}

// A replica that is gone makes room for another.
func TestReplicateAgain(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	w.replicate(t, k.KeyId, otherRegion)
	blob := w.sealed(t, user("admin"), k.KeyId, "x")
	ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin").in(otherRegion), &ScheduleKeyDeletionInput{KeyId: k.KeyId, PendingWindowInDays: 7}))
	_, err := w.ReplicateKey(t.Context(), user("admin"), &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: otherRegion})
	wantError(t, err, AlreadyExists, "A key with the id "+k.KeyId+" already exists in "+otherRegion+".")
	w.clock.days(7)
	w.replicate(t, k.KeyId, otherRegion)
	if text, _ := w.opened(t, user("admin").in(otherRegion), blob); text != "x" {
		t.Error("the new replica cannot decrypt")
	}
}

func TestImportIntoMultiRegionKeys(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true, Origin: OriginExternal})
	_, err := w.ReplicateKey(t.Context(), user("admin"), &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: otherRegion})
	wantError(t, err, InvalidState, k.Arn+" is pending import.")
	first := w.imports(t, k.KeyId, key32(1), nil)
	w.replicate(t, k.KeyId, otherRegion)
	here, there := user("admin"), user("admin").in(otherRegion)
	if got := w.at(t, otherRegion, k.KeyId); got.KeyState != PendingImport || got.ExpirationModel != "" {
		t.Errorf("the replica: %+v", got)
	}
	replicaARN := mrkARN(otherRegion, k.KeyId)
	_, err = w.tries(t, there, k.KeyId, key32(2), nil)
	wantError(t, err, IncorrectKeyMaterial, "The key material has not been imported into KMS key "+replicaARN+" before.")
	_, err = w.tries(t, there, k.KeyId, key32(2), asNew)
	wantError(t, err, UnsupportedOperation, replicaARN+" is not a multi-region primary key.")
	// A token is that of one Region.
	p := w.parameters(t, here, k.KeyId)
	_, err = w.ImportKeyMaterial(t.Context(), there, &ImportKeyMaterialInput{
		KeyId: k.KeyId, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrap(t, p.PublicKey, "RSAES_OAEP_SHA_256", key32(1)), ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
	})
	wantError(t, err, InvalidImportToken, "")
	if id := ok[*ImportKeyMaterialOutput](t)(w.tries(t, there, k.KeyId, key32(1), nil)).KeyMaterialId; id != first {
		t.Errorf("the material has the id %s in the replica, %s in the primary key", id, first)
	}
	w.open(t)
	if text, _ := w.opened(t, there, w.sealed(t, here, k.KeyId, "x")); text != "x" {
		t.Error("the replica cannot decrypt")
	}
	// Expiry and deletion are each Region's own.
	w.deleteMaterial(t, k.KeyId, "")
	if a, b := w.describe(t, k.KeyId).KeyState, w.at(t, otherRegion, k.KeyId).KeyState; a != PendingImport || b != Enabled {
		t.Errorf("primary key %s, replica %s", a, b)
	}
}

func TestRotateImportedMultiRegionKeys(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true, Origin: OriginExternal})
	here, there := user("admin"), user("admin").in(otherRegion)
	w.imports(t, k.KeyId, key32(1), nil)
	w.replicate(t, k.KeyId, otherRegion)
	ok[*ImportKeyMaterialOutput](t)(w.tries(t, there, k.KeyId, key32(1), nil))
	second := w.imports(t, k.KeyId, key32(2), asNew)
	state := func(want string) {
		t.Helper()
		w.open(t)
		for _, c := range []*Call{here, there} {
			out := ok[*ListKeyRotationsOutput](t)(w.ListKeyRotations(t.Context(), c, &ListKeyRotationsInput{KeyId: k.KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL"}))
			if n := len(out.Rotations); n != 2 || out.Rotations[1].KeyMaterialId != second || out.Rotations[1].KeyMaterialState != want {
				t.Errorf("%s: %+v, want %s", c.Region, out.Rotations, want)
			}
		}
	}
	state("PENDING_MULTI_REGION_IMPORT_AND_ROTATION")
	_, err := w.RotateKeyOnDemand(t.Context(), here, &RotateKeyOnDemandInput{KeyId: k.KeyId})
	wantError(t, err, InvalidState, "No available key material pending rotation for the key: "+k.Arn+".")
	ok[*ImportKeyMaterialOutput](t)(w.tries(t, there, k.KeyId, key32(2), nil))
	state("PENDING_ROTATION")
	// What the replica loses it may import again; what the primary key loses, all lose.
	delete := func(c *Call) {
		t.Helper()
		ok[*DeleteImportedKeyMaterialOutput](t)(w.DeleteImportedKeyMaterial(t.Context(), c, &DeleteImportedKeyMaterialInput{KeyId: k.KeyId, KeyMaterialId: second}))
	}
	delete(there)
	state("PENDING_MULTI_REGION_IMPORT_AND_ROTATION")
	ok[*ImportKeyMaterialOutput](t)(w.tries(t, there, k.KeyId, key32(2), nil))
	delete(here)
	for _, c := range []*Call{here, there} {
		out := ok[*ListKeyRotationsOutput](t)(w.ListKeyRotations(t.Context(), c, &ListKeyRotationsInput{KeyId: k.KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL"}))
		if len(out.Rotations) != 1 {
			t.Errorf("%s: %+v", c.Region, out.Rotations)
		}
	}
	if n := w.materialRecords(k.KeyId); n != 2 {
		t.Errorf("%d records of key material, want 2", n)
	}
	w.imports(t, k.KeyId, key32(2), asNew)
	ok[*ImportKeyMaterialOutput](t)(w.tries(t, there, k.KeyId, key32(2), nil))
	w.rotate(t, k.KeyId)
	for _, region := range []string{testRegion, otherRegion} {
		if got := w.at(t, region, k.KeyId); got.CurrentKeyMaterialId != second || got.KeyState != Enabled {
			t.Errorf("%s: %+v", region, got)
		}
	}
	// A replica made while material waits must import that as well.
	third := w.imports(t, k.KeyId, key32(3), asNew)
	ok[*ImportKeyMaterialOutput](t)(w.tries(t, there, k.KeyId, key32(3), nil))
	w.replicate(t, k.KeyId, thirdRegion)
	if got := w.rotations(t, k.KeyId, "ALL_KEY_MATERIAL"); got[2].KeyMaterialId != third || got[2].KeyMaterialState != "PENDING_MULTI_REGION_IMPORT_AND_ROTATION" {
		t.Errorf("with a new replica: %+v", got)
	}
}

// Replicas of many keys are made, promoted, rotated and used at the same time.
func TestReplicasUnderUse(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{MultiRegion: true})
	regions := []string{testRegion, otherRegion, thirdRegion}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for j := range 10 {
				c := user("admin").in(regions[(i+j)%3])
				// Each may be refused, as others do the same.
				w.ReplicateKey(t.Context(), c, &ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: regions[j%3]})
				w.UpdatePrimaryRegion(t.Context(), c, &UpdatePrimaryRegionInput{KeyId: k.KeyId, PrimaryRegion: regions[i%3]})
				w.RotateKeyOnDemand(t.Context(), c, &RotateKeyOnDemandInput{KeyId: k.KeyId})
				if out, err := w.Encrypt(t.Context(), c, &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")}); err == nil {
					w.opened(t, c, out.CiphertextBlob)
				}
			}
		})
	}
	wg.Wait()
	w.open(t)
	primaries, current := 0, ""
	for _, region := range regions {
		m := w.at(t, region, k.KeyId)
		if m.MultiRegionConfiguration.MultiRegionKeyType == "PRIMARY" {
			primaries++
		}
		if got := fmt.Sprint(m.CurrentKeyMaterialId, m.MultiRegionConfiguration.PrimaryKey, m.MultiRegionConfiguration.ReplicaKeys); current == "" {
			current = got
		} else if got != current {
			t.Errorf("%s: %s\nothers: %s", region, got, current)
		}
	}
	if primaries != 1 {
		t.Errorf("%d primary keys", primaries)
	}
}
