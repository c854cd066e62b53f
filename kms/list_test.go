package kms

import (
	"fmt"
	"slices"
	"testing"
)

// keyIDs reads the whole list of keys in pages.
func (w *world) keyIDs(t testing.TB, limit int) (ids []string, pages int) {
	t.Helper()
	for marker := ""; ; {
		out := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), user("admin"), &ListKeysInput{Limit: limit, Marker: marker}))
		pages++
		for _, k := range out.Keys {
			if k.KeyArn != arnOf(k.KeyId) {
				t.Errorf("ARN %s of %s", k.KeyArn, k.KeyId)
			}
			ids = append(ids, k.KeyId)
		}
		if out.Truncated != (out.NextMarker != "") {
			t.Errorf("truncated %v with the marker %q", out.Truncated, out.NextMarker)
		}
		if marker = out.NextMarker; marker == "" {
			return ids, pages
		}
	}
}

// TestListKeys: every key once, whatever the page size; the standard is 100, the most 1000.
func TestListKeys(t *testing.T) {
	w := newWorld(t)
	var want []string
	for range 250 {
		want = append(want, w.create(t, nil).KeyId)
	}
	slices.Sort(want)
	for limit, pages := range map[int]int{0: 3, 1: 250, 7: 36, 100: 3, 125: 2, 249: 2, 250: 1, 1000: 1, 5000: 1} {
		got, n := w.keyIDs(t, limit)
		if !slices.Equal(got, want) || n != pages {
			t.Errorf("limit %d: %d keys on %d pages, want %d", limit, len(got), n, pages)
		}
	}
	for _, c := range []*Call{user("admin").in(otherRegion), userOf(otherAccount, "admin")} {
		if got := inJSON(t, ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), c, &ListKeysInput{}))); got != `{"Keys":[],"Truncated":false}` {
			t.Errorf("got %s", got)
		}
	}
	for n, owners := range map[int][]string{0: {"OTHER_ACCOUNTS_VIA_RAM"}, 100: {"OTHER_ACCOUNTS_VIA_RAM", "SELF"}} {
		out := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), user("admin"), &ListKeysInput{ResourceOwners: owners}))
		if len(out.Keys) != n {
			t.Errorf("%v: %d keys", owners, len(out.Keys))
		}
	}
	w.open(t)
	if got, _ := w.keyIDs(t, 0); !slices.Equal(got, want) {
		t.Errorf("after a restart: %d keys", len(got))
	}
}

// A list may change between its pages: what was there all the time is there once.
func TestListKeysThatChanges(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		w.create(t, nil)
	}
	all, _ := w.keyIDs(t, 0)
	first := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), user("admin"), &ListKeysInput{Limit: 10}))
	for _, id := range []string{all[3], all[9], all[10]} { // the last of the page and the next too
		w.schedule(t, id, 7)
	}
	w.clock.days(7)
	w.keyIDs(t, 0)
	second := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), user("admin"), &ListKeysInput{Limit: 10, Marker: first.NextMarker}))
	var got []string
	for _, k := range second.Keys {
		got = append(got, k.KeyId)
	}
	if !slices.Equal(got, all[11:]) {
		t.Errorf("got %v, want %v", got, all[11:])
	}
}

// TestListAliasesPages: the most is 100, the standard 50, AWS's are among them.
func TestListAliasesPages(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	want := managedAliases()
	for i := range 5 {
		id := w.create(t, nil).KeyId
		for j := range 30 {
			name := fmt.Sprintf("alias/k%d/%02d", i, j)
			want = append(want, name)
			if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{name, id}); err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Sort(want)
	for limit, size := range map[int]int{0: 50, 100: 100, 101: 100, 1000: 100, 3: 3} {
		var got []string
		for marker := ""; ; {
			out := ok[*ListAliasesOutput](t)(w.ListAliases(t.Context(), c, &ListAliasesInput{Limit: limit, Marker: marker}))
			if n := len(out.Aliases); n != size && out.Truncated {
				t.Fatalf("limit %d: a page of %d", limit, n)
			}
			for _, a := range out.Aliases {
				got = append(got, a.AliasName)
			}
			if marker = out.NextMarker; marker == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: got %d aliases, want %d", limit, len(got), len(want))
		}
	}
}

// TestMarkers: those that are damaged, or of another operation, are refused.
func TestMarkers(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	id := w.create(t, &CreateKeyInput{Tags: tags(2)}).KeyId
	w.create(t, nil)
	good := ok[*ListKeysOutput](t)(w.ListKeys(t.Context(), c, &ListKeysInput{Limit: 1})).NextMarker
	for _, marker := range []string{"x", "!", good + "=", good + "\n", good[1:], marked("ListAliases", "alias/a"), "ListKeys"} {
		_, err := w.ListKeys(t.Context(), c, &ListKeysInput{Marker: marker})
		wantError(t, err, InvalidMarker, "")
	}
	_, aliases := w.ListAliases(t.Context(), c, &ListAliasesInput{Marker: good})
	_, tags := w.ListResourceTags(t.Context(), c, &ListResourceTagsInput{KeyId: id, Marker: good})
	_, policies := w.ListKeyPolicies(t.Context(), c, &ListKeyPoliciesInput{KeyId: id, Marker: good})
	for _, err := range []error{aliases, tags, policies} {
		wantError(t, err, InvalidMarker, "")
	}
}

// FuzzMarker: no marker makes a list panic, and what is accepted was made by marked.
func FuzzMarker(f *testing.F) {
	f.Add(marked("ListKeys", unknownID), uint8(3))
	f.Add(marked("ListGrants", "x"), uint8(0))
	f.Add(marked("ListKeys", "")+"\r", uint8(3))
	f.Add("eyJiIjoiYWxpYXMvYSIsImEiOiJhbGlhcy9hIn0=", uint8(1))
	items := []string{"a", "b", "c", "d"}
	f.Fuzz(func(t *testing.T, marker string, limit uint8) {
		cut, next, err := page("ListKeys", marker, int(limit), items, func(s string) string { return s })
		if err != nil {
			wantError(t, err, InvalidMarker, "")
			return
		}
		if after, ok := openMarker("ListKeys", marker); marker != "" && (!ok || marked("ListKeys", after) != marker) {
			t.Fatalf("marker %q", marker)
		}
		if limit > 0 && len(cut) > int(limit) || (next != "") != (len(cut) > 0 && cut[len(cut)-1] != "d") {
			t.Fatalf("%q %q", cut, next)
		}
	})
}
