package kms

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// answers are what the service tells of everything that it has in both Regions of the test
// account.
func (w *world) answers(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	add := func(v any) { fmt.Fprintln(&b, inJSON(t, v)) }
	for _, region := range []string{testRegion, otherRegion} {
		c := user("admin").in(region)
		aliases := ok[*ListAliasesOutput](t)(w.ListAliases(t.Context(), c, &ListAliasesInput{Limit: 100}))
		add(aliases)
		keys := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), c, &ListKeysInput{}))
		add(keys)
		for _, k := range keys.Keys {
			add(ok[*DescribeKeyOutput](t)(w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: k.KeyId})))
			add(ok[*GetKeyPolicyOutput](t)(w.GetKeyPolicy(t.Context(), c, &GetKeyPolicyInput{KeyId: k.KeyId})))
			add(ok[*ListResourceTagsOutput](t)(w.ListResourceTags(t.Context(), c, &ListResourceTagsInput{KeyId: k.KeyId})))
			add(ok[*ListAliasesOutput](t)(w.ListAliases(t.Context(), c, &ListAliasesInput{KeyId: k.KeyId})))
			add(ok[*ListGrantsOutput](t)(w.ListGrants(t.Context(), c, &ListGrantsInput{KeyId: k.KeyId})))
		}
	}
	return b.String()
}

// TestReopen: a service that is opened again answers the same, and its keys work.
func TestReopen(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	for _, k := range kinds {
		if k.spec == material.RSA3072 {
			continue
		}
		w.create(t, &CreateKeyInput{KeySpec: k.spec, KeyUsage: k.usage, Description: string(k.spec), Tags: []Tag{{"z", "1"}, {"a", "2"}}})
	}
	w.describe(t, "alias/aws/ebs")
	w.create(t, &CreateKeyInput{Origin: OriginExternal})
	multi := w.create(t, &CreateKeyInput{MultiRegion: true, Policy: sharedPolicy}).KeyId
	ok[*ReplicateKeyOutput](t)(w.ReplicateKey(t.Context(), c, &ReplicateKeyInput{KeyId: multi, ReplicaRegion: otherRegion}))
	used := w.create(t, nil).KeyId
	for _, name := range []string{"alias/two", "alias/one"} {
		if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{name, used}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		w.granted(t, &CreateGrantInput{KeyId: used, GranteePrincipal: "arn:aws:iam::111122223333:user/g", Operations: []string{"Encrypt", "Decrypt"}})
	}
	disabled, dying := w.create(t, nil).KeyId, w.create(t, nil).KeyId
	if err := w.DisableKey(t.Context(), c, &DisableKeyInput{disabled}); err != nil {
		t.Fatal(err)
	}
	w.schedule(t, dying, 9)
	blob := w.encrypted(t, used, map[string]string{"a": "b"}, "plaintext")

	want := w.answers(t)
	records := len(w.store.records)
	for range 2 {
		w.open(t)
		if got := w.answers(t); got != want {
			t.Fatalf("\ngot  %s\nwant %s", got, want)
		}
	}
	if len(w.store.records) != records {
		t.Errorf("%d records, before %d", len(w.store.records), records)
	}
	out := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), c, &DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"a": "b"}}))
	if string(out.Plaintext) != "plaintext" {
		t.Errorf("got %q", out.Plaintext)
	}
}

// TestNothingInClear: no record has the bytes of a key, nor those of its material in JSON.
func TestNothingInClear(t *testing.T) {
	w := newWorld(t)
	for _, in := range []*CreateKeyInput{{}, {KeySpec: material.HMAC512, KeyUsage: material.GenerateVerifyMac}, {KeySpec: material.P256, KeyUsage: material.SignVerify}} {
		id := w.create(t, in).KeyId
		v := w.entry(t, id).now.Load()
		secret := v.materials[v.Current].Bytes()
		if len(secret) < 32 {
			t.Fatalf("material of %d bytes", len(secret))
		}
		for place, value := range w.store.records {
			if bytes.Contains(value, secret[len(secret)-16:]) {
				t.Errorf("record %v holds key bytes", place)
			}
		}
		if text := fmt.Sprintf("%v %+v %#v", v, v.Key, v.materials); strings.Contains(text, fmt.Sprint(secret)) || strings.Contains(text, string(secret)) {
			t.Error("a version prints key bytes")
		}
	}
}

// TestOpenOfDamaged: what does not fit together is named, and never opened.
func TestOpenOfDamaged(t *testing.T) {
	build := func() (*world, string) {
		w := newWorld(t)
		id := w.create(t, nil).KeyId
		if err := w.CreateAlias(t.Context(), user("admin"), &CreateAliasInput{"alias/a", id}); err != nil {
			t.Fatal(err)
		}
		w.granted(t, &CreateGrantInput{KeyId: id, GranteePrincipal: "arn:aws:iam::111122223333:user/g", Operations: []string{"Encrypt"}})
		return w, id
	}
	find := func(w *world, kind Kind) [2]string {
		for place := range w.store.records {
			if place[0] == string(kind) {
				return place
			}
		}
		t.Fatalf("no record of the kind %s", kind)
		return [2]string{}
	}
	for name, x := range map[string]struct {
		damage func(w *world)
		want   string
	}{
		"no key":           {func(w *world) { delete(w.store.records, find(w, KindKey)) }, "its key is missing"},
		"no material":      {func(w *world) { delete(w.store.records, find(w, KindMaterial)) }, "is missing"},
		"no seal":          {func(w *world) { delete(w.store.records, find(w, KindSeal)) }, "the record of the store's key is missing"},
		"a damaged key":    {func(w *world) { w.store.records[find(w, KindKey)] = []byte("{") }, "record key 111122223333/us-east-1/"},
		"a damaged alias":  {func(w *world) { w.store.records[find(w, KindAlias)] = []byte("x") }, "record alias 111122223333/us-east-1/alias/a"},
		"damaged material": {func(w *world) { w.store.records[find(w, KindMaterial)][20] ^= 1 }, "record material 111122223333/us-east-1/"},
		"a damaged seal":   {func(w *world) { w.store.records[find(w, KindSeal)][20] ^= 1 }, "record of the store's key is damaged"},
		"an unknown kind":  {func(w *world) { w.store.records[[2]string{"other", "x"}] = []byte("x") }, "record other x: this version does not know its kind"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := build()
			x.damage(w)
			_, err := Open(t.Context(), Options{Store: w.store, Authorizer: AllowAll{}})
			if err == nil || !strings.Contains(err.Error(), x.want) || !strings.HasPrefix(err.Error(), "open kms: ") {
				t.Errorf("got %v, want %s", err, x.want)
			}
		})
	}
}

// TestRaces: many callers change the same keys and names; in the end the service, its
// index and its store agree.
func TestRaces(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for range 4 {
		ids = append(ids, w.create(t, nil).KeyId)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { w.disturb(t, ids, rand.New(rand.NewPCG(uint64(i), 1))) })
	}
	wg.Wait()
	w.consistent(t)
	want := w.answers(t)
	w.open(t)
	if got := w.answers(t); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	w.consistent(t)
}

// disturb does random operations; that some are refused is part of it.
func (w *world) disturb(t *testing.T, ids []string, r *rand.Rand) {
	ctx, c := context.Background(), user("admin")
	for range 150 {
		id, name := ids[r.IntN(len(ids))], fmt.Sprintf("alias/%d", r.IntN(4))
		var err error
		switch r.IntN(12) {
		case 0:
			err = w.CreateAlias(ctx, c, &CreateAliasInput{name, id})
		case 1:
			err = w.UpdateAlias(ctx, c, &UpdateAliasInput{name, id})
		case 2:
			err = w.DeleteAlias(ctx, c, &DeleteAliasInput{name})
		case 3:
			err = w.EnableKey(ctx, c, &EnableKeyInput{id})
		case 4:
			err = w.DisableKey(ctx, c, &DisableKeyInput{id})
		case 5:
			err = w.TagResource(ctx, c, &TagResourceInput{id, []Tag{{fmt.Sprint(r.IntN(60)), "x"}}})
		case 6:
			_, err = w.ScheduleKeyDeletion(ctx, c, &ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: 7})
		case 7:
			_, err = w.CancelKeyDeletion(ctx, c, &CancelKeyDeletionInput{id})
		case 8:
			_, err = w.CreateKey(ctx, c, &CreateKeyInput{})
		case 9:
			_, err = w.Encrypt(ctx, c, &EncryptInput{KeyId: name, Plaintext: []byte("x")})
		case 10:
			_, err = w.ListAliases(ctx, c, &ListAliasesInput{})
		case 11:
			if r.IntN(10) == 0 {
				w.clock.days(3)
			}
			_, err = w.ListKeys(ctx, c, &ListKeysInput{})
		}
		if err != nil && strings.HasPrefix(err.Error(), string(Internal)) {
			t.Error(err)
		}
	}
}

// consistent checks that what the service has agrees with itself.
func (w *world) consistent(t *testing.T) {
	t.Helper()
	w.keyIDs(t, 0)
	r := w.regions[regionOf{testAccount, testRegion}]
	if len(r.keys) != len(w.keys) || len(r.keys) != r.customer || len(w.ids) != len(w.keys) || !slices.IsSorted(r.keys) {
		t.Errorf("%d ids, %d keys, %d counted", len(r.keys), len(w.keys), r.customer)
	}
	names := 0
	for id, e := range w.keys {
		v := e.now.Load()
		if v.gone || v.ID != id.id {
			t.Errorf("%v is gone", id)
		}
		for _, name := range v.aliases {
			names++
			if a := w.aliases[aliasID{testAccount, testRegion, name}]; a == nil || a.Key != v.ID {
				t.Errorf("%s of %s is %v", name, v.ID, a)
			}
		}
	}
	if names != len(w.aliases) || names != len(r.aliases) {
		t.Errorf("keys have %d aliases, there are %d, in the index %d", names, len(w.aliases), len(r.aliases))
	}
	want := 1 + 2*len(w.keys) + names
	for place := range w.store.records {
		if place[0] == string(KindUsage) {
			want++
		}
	}
	if len(w.store.records) != want {
		t.Errorf("%d records, want %d", len(w.store.records), want)
	}
}

// TestManyCreateOneAlias: of many that create one alias, one does.
func TestManyCreateOneAlias(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for range 16 {
		ids = append(ids, w.create(t, nil).KeyId)
	}
	errs := make([]error, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() {
			errs[i] = w.CreateAlias(context.Background(), user("admin"), &CreateAliasInput{"alias/a", id})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantError(t, err, AlreadyExists, "An alias with the name "+aliasAt+"alias/a already exists")
	}
	if won != 1 {
		t.Errorf("%d created it", won)
	}
}

// TestOneManagedKey: of many that ask for it first, all get the same.
func TestOneManagedKey(t *testing.T) {
	w := newWorld(t)
	ids := make([]string, 16)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			k, err := w.Managed(context.Background(), testAccount, testRegion, "s3")
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = k.ID
		})
	}
	wg.Wait()
	if len(slices.Compact(ids)) != 1 || len(w.keys) != 1 {
		t.Errorf("%v", ids)
	}
}
