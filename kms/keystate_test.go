package kms

import (
	"testing"
	"time"
)

func arnOf(id string) string { return "arn:aws:kms:us-east-1:111122223333:key/" + id }

func (w *world) schedule(t testing.TB, id string, days int) *ScheduleKeyDeletionOutput {
	t.Helper()
	out, err := w.ScheduleKeyDeletion(t.Context(), user("admin"), &ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: days})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEnableDisable: both are idempotent.
func TestEnableDisable(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, nil).KeyId
	for _, step := range []struct {
		do   func() error
		want State
	}{
		{func() error { return w.DisableKey(t.Context(), user("admin"), &DisableKeyInput{id}) }, DisabledState},
		{func() error { return w.EnableKey(t.Context(), user("admin"), &EnableKeyInput{id}) }, Enabled},
	} {
		for range 2 {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			if m := w.describe(t, id); m.KeyState != step.want || m.Enabled != (step.want == Enabled) {
				t.Errorf("%+v, want %s", m, step.want)
			}
		}
	}
}

// T86: EnableKey does not enable what waits for material.
func TestEnableWithoutMaterial(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, &CreateKeyInput{Origin: OriginExternal}).KeyId
	wantError(t, w.EnableKey(t.Context(), user("admin"), &EnableKeyInput{id}), InvalidState, arnOf(id)+" is pending import.")
	wantError(t, w.DisableKey(t.Context(), user("admin"), &DisableKeyInput{id}), InvalidState, arnOf(id)+" is pending import.")
}

// TestDeletion: T54, T55, T56, and the whole way to the end of a key.
func TestDeletion(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	id := w.create(t, nil).KeyId
	for _, days := range []int{-1, 1, 6, 31, 365} {
		_, err := w.ScheduleKeyDeletion(t.Context(), c, &ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: days})
		wantError(t, err, Validation, "PendingWindowInDays must be between 7 and 30")
	}
	_, err := w.CancelKeyDeletion(t.Context(), c, &CancelKeyDeletionInput{id})
	wantError(t, err, InvalidState, arnOf(id)+" is not pending deletion.")

	want := `{"KeyId":"` + arnOf(id) + `","DeletionDate":"2026-12-25T12:00:00Z","KeyState":"PendingDeletion","PendingWindowInDays":30}`
	if got := inJSON(t, w.schedule(t, id, 0)); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	m := w.describe(t, id)
	if m.KeyState != PendingDeletion || m.Enabled || !m.DeletionDate.Equal(start.AddDate(0, 0, 30)) || m.PendingDeletionWindowInDays != 0 {
		t.Errorf("%+v", m)
	}
	_, err = w.ScheduleKeyDeletion(t.Context(), c, &ScheduleKeyDeletionInput{KeyId: id})
	wantError(t, err, InvalidState, arnOf(id)+" is pending deletion.")

	out := ok[*CancelKeyDeletionOutput](t)(w.CancelKeyDeletion(t.Context(), c, &CancelKeyDeletionInput{id}))
	if out.KeyId != arnOf(id) {
		t.Errorf("KeyId %s", out.KeyId)
	}
	if m := w.describe(t, id); m.KeyState != DisabledState || m.Enabled || !m.DeletionDate.IsZero() {
		t.Errorf("%+v", m)
	}

	w.schedule(t, id, 7)
	w.clock.add(7*24*time.Hour - time.Nanosecond)
	w.describe(t, id)
	w.clock.add(time.Nanosecond)
	_, err = w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: id})
	wantError(t, err, NotFound, "Key '"+arnOf(id)+"' does not exist")
}

// TestDeletedForGood: what belongs to a deleted key is gone from the service and from the
// store, and nothing of others is.
func TestDeletedForGood(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	kept := w.create(t, nil).KeyId
	alias := func(id, name string) {
		t.Helper()
		if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{name, id}); err != nil {
			t.Fatal(err)
		}
	}
	grant := func(id string) string {
		t.Helper()
		return ok[*CreateGrantOutput](t)(w.CreateGrant(t.Context(), c, &CreateGrantInput{KeyId: id, GranteePrincipal: "arn:aws:iam::111122223333:user/g", Operations: []string{"Encrypt"}})).GrantId
	}
	encrypt := func(id string) {
		t.Helper()
		ok[*EncryptOutput](t)(w.Encrypt(t.Context(), c, &EncryptInput{KeyId: id, Plaintext: []byte("x")}))
		if err := w.writeUsage(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	alias(kept, "alias/kept")
	grant(kept)
	encrypt(kept)
	before := len(w.store.records)
	id := w.create(t, nil).KeyId
	alias(id, "alias/one")
	alias(id, "alias/two")
	grant(id)
	grant(id)
	encrypt(id)
	if n := len(w.store.records) - before; n != 7 {
		t.Fatalf("%d records of the key", n)
	}
	w.schedule(t, id, 7)
	if got := ok[*ListAliasesOutput](t)(w.ListAliases(t.Context(), c, &ListAliasesInput{KeyId: id})); len(got.Aliases) != 2 {
		t.Errorf("aliases of a key that is pending deletion: %v", got.Aliases)
	}
	w.clock.days(7)
	gone := func() {
		t.Helper()
		if got := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), c, &ListKeysInput{})); len(got.Keys) != 1 || got.Keys[0].KeyId != kept {
			t.Errorf("keys %v", got.Keys)
		}
		_, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: "alias/one"})
		wantError(t, err, NotFound, "Alias arn:aws:kms:us-east-1:111122223333:alias/one is not found.")
		if n := len(w.store.records); n != before {
			t.Errorf("%d records more than before the key", n-before)
		}
	}
	gone()
	w.open(t)
	gone()
	alias(kept, "alias/one") // the name is free again
}

// A key that the store refuses to delete is gone all the same, and deleted later.
func TestDeletionThatTheStoreRefuses(t *testing.T) {
	w := newWorld(t, onRefusing)
	id := w.create(t, nil).KeyId
	w.schedule(t, id, 7)
	w.clock.days(7)
	r := w.Service.store.(*refusing)
	r.refuse.Store(true)
	for range 2 {
		_, err := w.DescribeKey(t.Context(), user("admin"), &DescribeKeyInput{KeyId: id})
		wantError(t, err, NotFound, "Key '"+arnOf(id)+"' does not exist")
		if n := len(w.store.records); n != 3 {
			t.Errorf("%d records", n)
		}
	}
	r.refuse.Store(false)
	_, err := w.DescribeKey(t.Context(), user("admin"), &DescribeKeyInput{KeyId: id})
	wantError(t, err, NotFound, "Key '"+arnOf(id)+"' does not exist")
	if n := len(w.store.records); n != 1 { // that of the seal
		t.Errorf("%d records", n)
	}
}

// A change that the store refuses did not happen.
func TestChangeThatTheStoreRefuses(t *testing.T) {
	w := newWorld(t, onRefusing)
	c := user("admin")
	m := w.create(t, &CreateKeyInput{Tags: []Tag{{"a", "1"}}})
	w.Service.store.(*refusing).refuse.Store(true)
	_, create := w.CreateKey(t.Context(), c, &CreateKeyInput{})
	_, schedule := w.ScheduleKeyDeletion(t.Context(), c, &ScheduleKeyDeletionInput{KeyId: m.KeyId})
	_, managed := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: "alias/aws/s3"})
	for name, err := range map[string]error{
		"CreateKey": create, "ScheduleKeyDeletion": schedule, "DescribeKey": managed,
		"DisableKey":   w.DisableKey(t.Context(), c, &DisableKeyInput{m.KeyId}),
		"CreateAlias":  w.CreateAlias(t.Context(), c, &CreateAliasInput{"alias/a", m.KeyId}),
		"TagResource":  w.TagResource(t.Context(), c, &TagResourceInput{m.KeyId, []Tag{{"a", "2"}}}),
		"PutKeyPolicy": w.PutKeyPolicy(t.Context(), c, &PutKeyPolicyInput{KeyId: m.KeyId, Policy: sharedPolicy}),
	} {
		t.Run(name, func(t *testing.T) { wantError(t, err, Internal, "") })
	}
	if got := w.describe(t, m.KeyId); inJSON(t, got) != inJSON(t, m) {
		t.Errorf("\ngot  %s\nwant %s", inJSON(t, got), inJSON(t, m))
	}
	if got := ok[*GetKeyPolicyOutput](t)(w.GetKeyPolicy(t.Context(), c, &GetKeyPolicyInput{KeyId: m.KeyId})); got.Policy == sharedPolicy {
		t.Error("the policy is another")
	}
	if got := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), c, &ListKeysInput{})); len(got.Keys) != 1 {
		t.Errorf("keys %v", got.Keys)
	}
	if w.regions[regionOf{testAccount, testRegion}].customer != 1 {
		t.Error("the key that was not created counts")
	}
}

// TestUpdateKeyDescription: also to nothing.
func TestUpdateKeyDescription(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, nil).KeyId
	for _, text := range []string{"a key", ""} {
		if err := w.UpdateKeyDescription(t.Context(), user("admin"), &UpdateKeyDescriptionInput{id, text}); err != nil {
			t.Fatal(err)
		}
		if got := w.describe(t, id).Description; got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
}

// TestPassing: Creating and Updating end by themselves.
func TestPassing(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, nil).KeyId
	waiting := w.create(t, &CreateKeyInput{Origin: OriginExternal}).KeyId
	for _, s := range []State{Creating, Updating} {
		for _, id := range []string{id, waiting} {
			w.force(t, id, func(k *Key) { k.State, k.Until = s, w.clock.Now().Add(time.Second) })
		}
		if m := w.describe(t, id); m.KeyState != s || m.Enabled || (m.CurrentKeyMaterialId == "") != (s == Creating) {
			t.Errorf("%+v", m)
		}
		w.clock.add(time.Second)
		if m := w.describe(t, id); m.KeyState != Enabled {
			t.Errorf("%+v", m)
		}
		if m := w.describe(t, waiting); m.KeyState != PendingImport {
			t.Errorf("%+v", m)
		}
		w.open(t)
		if m := w.describe(t, id); m.KeyState != Enabled {
			t.Errorf("after a restart: %+v", m)
		}
	}
}

// TestPrimaryWaits: the waiting period of a primary key begins when its last replica is
// gone, even if nobody asks for the replicas.
func TestPrimaryWaits(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	id := w.create(t, &CreateKeyInput{MultiRegion: true}).KeyId
	for _, region := range []string{otherRegion, "us-west-2"} {
		ok[*ReplicateKeyOutput](t)(w.ReplicateKey(t.Context(), c, &ReplicateKeyInput{KeyId: id, ReplicaRegion: region}))
	}
	want := `{"KeyId":"` + arnOf(id) + `","KeyState":"PendingReplicaDeletion","PendingWindowInDays":10}`
	if got := inJSON(t, w.schedule(t, id, 10)); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	m := w.describe(t, id)
	if m.KeyState != PendingReplicaDeletion || m.PendingDeletionWindowInDays != 10 || !m.DeletionDate.IsZero() || len(m.MultiRegionConfiguration.ReplicaKeys) != 2 {
		t.Errorf("%+v", m)
	}
	for i, region := range []string{otherRegion, "us-west-2"} {
		ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), c.in(region), &ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: 7 + i}))
	}
	w.clock.days(7)
	if m := w.describe(t, id); m.KeyState != PendingReplicaDeletion || len(m.MultiRegionConfiguration.ReplicaKeys) != 1 {
		t.Errorf("%+v", m)
	}
	w.clock.days(2) // the last replica went yesterday
	if m := w.describe(t, id); m.KeyState != PendingDeletion || !m.DeletionDate.Equal(start.AddDate(0, 0, 18)) {
		t.Errorf("%+v", m)
	}
	w.open(t)
	w.clock.days(9)
	_, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: id})
	wantError(t, err, NotFound, "Key '"+arnOf(id)+"' does not exist")
}

// A key that is deleted while a request is under way is not brought back by it.
func TestDeletedMeanwhile(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	for name, do := range map[string]func(id string) error{
		"DisableKey":  func(id string) error { return w.DisableKey(t.Context(), c, &DisableKeyInput{id}) },
		"TagResource": func(id string) error { return w.TagResource(t.Context(), c, &TagResourceInput{id, tags(1)}) },
		"CancelKeyDeletion": func(id string) error {
			_, err := w.CancelKeyDeletion(t.Context(), c, &CancelKeyDeletionInput{id})
			return err
		},
	} {
		id := w.create(t, nil).KeyId
		w.schedule(t, id, 7)
		w.auth.meanwhile = func() {
			w.clock.days(7)
			if v := w.settled(w.entry(t, id)); v != nil {
				t.Errorf("the key is %s", v.State)
			}
		}
		t.Run(name, func(t *testing.T) { wantError(t, do(id), NotFound, "Key '"+arnOf(id)+"' does not exist") })
	}
	if len(w.keys) != 0 || len(w.store.records) != 1 {
		t.Errorf("%d keys, %d records", len(w.keys), len(w.store.records))
	}
}
