package kms

import (
	"strings"
	"testing"
)

func (w *world) tagsOf(t testing.TB, id string) string {
	t.Helper()
	out := ok[*ListResourceTagsOutput](t)(w.ListResourceTags(t.Context(), user("admin"), &ListResourceTagsInput{KeyId: id}))
	var text []string
	for _, x := range out.Tags {
		text = append(text, x.TagKey+"="+x.TagValue)
	}
	return strings.Join(text, " ")
}

// T35: tags keep the order in which they came, also when their values change.
func TestTags(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	id := w.create(t, &CreateKeyInput{Tags: []Tag{{"b", "1"}, {"a", "2"}}}).KeyId
	for _, step := range []struct {
		do   func() error
		want string
	}{
		{func() error { return nil }, "b=1 a=2"},
		{func() error {
			return w.TagResource(t.Context(), c, &TagResourceInput{id, []Tag{{"c", ""}, {"b", "3"}, {"A", "4"}}})
		}, "b=3 a=2 c= A=4"},
		{func() error { return w.UntagResource(t.Context(), c, &UntagResourceInput{id, []string{"a", "none"}}) }, "b=3 c= A=4"},
		{func() error { return w.TagResource(t.Context(), c, &TagResourceInput{id, []Tag{{"a", "5"}}}) }, "b=3 c= A=4 a=5"},
		{func() error {
			return w.UntagResource(t.Context(), c, &UntagResourceInput{id, []string{"a", "b", "c", "A"}})
		}, ""},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if got := w.tagsOf(t, id); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
	}
	if got := inJSON(t, ok[*ListResourceTagsOutput](t)(w.ListResourceTags(t.Context(), c, &ListResourceTagsInput{KeyId: id}))); got != `{"Tags":[],"Truncated":false}` {
		t.Errorf("got %s", got)
	}
}

// T33: what tags cannot be. A refused request changes nothing.
func TestBadTags(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, &CreateKeyInput{Tags: []Tag{{"a", "1"}}}).KeyId
	for _, x := range []struct {
		tags    []Tag
		message string
	}{
		{[]Tag{{"x", "1"}, {"x", "1"}}, "Duplicate tag keys"},
		{[]Tag{{"aws:x", "1"}}, "Tags beginning with aws: are reserved"},
		{[]Tag{{"AWS:x", "1"}}, "Tags beginning with aws: are reserved"},
		{[]Tag{{"aWs:", "1"}}, "Tags beginning with aws: are reserved"},
		{tags(51), "Too many tags"},
		{tags(50), "Too many tags"}, // with the one that is there
	} {
		err := w.TagResource(t.Context(), user("admin"), &TagResourceInput{id, x.tags})
		wantError(t, err, InvalidTag, x.message)
	}
	if got := w.tagsOf(t, id); got != "a=1" {
		t.Errorf("got %q", got)
	}
	if err := w.TagResource(t.Context(), user("admin"), &TagResourceInput{id, append(tags(49), Tag{"a", "2"})}); err != nil {
		t.Error(err)
	}
	if err := w.TagResource(t.Context(), user("admin"), &TagResourceInput{id, []Tag{{"aws", "x"}}}); err == nil {
		t.Error("51 tags")
	}
}

// TestTagsInPages: 50 tags in pages, in order.
func TestTagsInPages(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, &CreateKeyInput{Tags: tags(50)}).KeyId
	var got []string
	for marker, pages := "", 0; ; pages++ {
		out := ok[*ListResourceTagsOutput](t)(w.ListResourceTags(t.Context(), user("admin"), &ListResourceTagsInput{KeyId: id, Limit: 20, Marker: marker}))
		for _, x := range out.Tags {
			got = append(got, x.TagKey)
		}
		if marker = out.NextMarker; !out.Truncated {
			if pages != 2 || marker != "" {
				t.Errorf("%d pages, marker %q", pages+1, marker)
			}
			break
		}
	}
	for i, x := range tags(50) {
		if got[i] != x.TagKey {
			t.Fatalf("%d: %s, want %s", i, got[i], x.TagKey)
		}
	}
}

// What a request has resolved does not change under it.
func TestTagsOfAVersion(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, &CreateKeyInput{Tags: []Tag{{"a", "1"}, {"b", "1"}}}).KeyId
	v := w.entry(t, id).now.Load()
	if err := w.TagResource(t.Context(), user("admin"), &TagResourceInput{id, []Tag{{"a", "2"}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.UntagResource(t.Context(), user("admin"), &UntagResourceInput{id, []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	if v.Tags[0] != (Pair{"a", "1"}) || v.Tags[1] != (Pair{"b", "1"}) {
		t.Errorf("got %v", v.Tags)
	}
}
