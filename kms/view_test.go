package kms

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func (w *world) all() (out []string) {
	for v := range w.All() {
		out = append(out, v.Account+" "+v.Region+" "+v.ID)
	}
	return out
}

// TestAll: the keys of all accounts and Regions, in order, and only those that are there.
func TestAll(t *testing.T) {
	w := newWorld(t)
	if got := w.all(); got != nil {
		t.Errorf("an empty store has %q", got)
	}
	var want []string
	for _, c := range []*Call{user("a"), user("a").in(otherRegion), userOf(otherAccount, "b"), user("a")} {
		k := ok[*CreateKeyOutput](t)(w.CreateKey(t.Context(), c, &CreateKeyInput{})).KeyMetadata
		want = append(want, c.Account+" "+c.Region+" "+k.KeyId)
	}
	gone := w.create(t, nil)
	w.schedule(t, gone.KeyId, 7)
	slices.Sort(want)
	if got := w.all(); len(got) != 5 || !slices.Contains(got, testAccount+" "+testRegion+" "+gone.KeyId) {
		t.Errorf("a key whose deletion is pending is left out: %q", got)
	}
	w.clock.days(7)
	if got := w.all(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for range w.All() {
		break // does not panic
	}
}

func TestView(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, &CreateKeyInput{Description: "orders", Tags: []Tag{{"a", "b"}}})
	if v := w.View(testAccount, testRegion, k.KeyId); v.Used != nil || v.Aliases != nil || v.Grants != nil || v.Now != Enabled || v.Description != "orders" || v.Tags[0] != (Pair{"a", "b"}) {
		t.Errorf("%+v", v)
	}
	for _, name := range []string{"alias/b", "alias/a"} {
		if err := w.CreateAlias(t.Context(), user("a"), &CreateAliasInput{name, k.KeyId}); err != nil {
			t.Fatal(err)
		}
	}
	grant := w.granted(t, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: user("g").Principal.ARN, Operations: []string{"Encrypt"}})
	w.encrypted(t, k.KeyId, nil, "x")
	v := w.View(testAccount, testRegion, k.KeyId)
	if !slices.Equal(v.Aliases, []string{"alias/a", "alias/b"}) || len(v.Grants) != 1 || v.Grants[0].ID != grant.GrantId || v.Grants[0].Grantee != user("g").Principal.ARN {
		t.Errorf("%+v", v)
	}
	if v.Used == nil || v.Used.Operation != "Encrypt" || !v.Used.Timestamp.Equal(start) || v.ARN() != k.Arn {
		t.Errorf("%+v", v.Used)
	}
	for _, place := range [][3]string{{otherAccount, testRegion, k.KeyId}, {testAccount, otherRegion, k.KeyId}, {testAccount, testRegion, "x"}, {}} {
		if v := w.View(place[0], place[1], place[2]); v != nil {
			t.Errorf("%q: %+v", place, v)
		}
	}
	w.schedule(t, k.KeyId, 7)
	if v := w.View(testAccount, testRegion, k.KeyId); v.Now != PendingDeletion || !v.Until.Equal(start.AddDate(0, 0, 7)) {
		t.Errorf("%s %s", v.Now, v.Until)
	}
	w.clock.days(7)
	if v := w.View(testAccount, testRegion, k.KeyId); v != nil {
		t.Errorf("a deleted key: %+v", v)
	}
}

// TestViewShowsNoMaterial: what is shown can be written down without the key.
func TestViewShowsNoMaterial(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	v := w.View(testAccount, testRegion, k.KeyId)
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range w.entry(t, k.KeyId).now.Load().materials {
		secret, err := json.Marshal(m.Bytes())
		if err != nil || len(secret) < 40 {
			t.Fatalf("%s %v", secret, err)
		}
		if strings.Contains(string(b), strings.Trim(string(secret), `"`)) {
			t.Errorf("%s has key material", b)
		}
	}
}
