package main

import (
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
)

// TestWrap: lines end at spaces within the width, what goes on stands under the text of its list, and
// long words stay whole.
func TestWrap(t *testing.T) {
	const text = `Plan 1: 2 steps, 3 of 4 slots change

Steps
   1  111122223333 eu-west-1  create the key of alias/app
      kms:CreateKey
  - an entry of a list that goes on
      1. point at it what names the old one
  arn:aws:kms:eu-west-1:111122223333:key/1 is long
  done         a column
`
	const at30 = `Plan 1: 2 steps, 3 of 4 slots
  change

Steps
   1  111122223333 eu-west-1
      create the key of
      alias/app
      kms:CreateKey
  - an entry of a list that
    goes on
      1. point at it what
         names the old one
  arn:aws:kms:eu-west-1:111122223333:key/1
    is long
  done         a column
`
	if d := cmp.Diff(at30, wrapText(text, 30)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(text, wrapText(text, 60)); d != "" {
		t.Error(d)
	}
	for width := range 100 {
		out := wrapText(text, width)
		if strings.Join(strings.Fields(out), " ") != strings.Join(strings.Fields(text), " ") {
			t.Errorf("at %d the text is another one: %s", width, out)
		}
		for l := range strings.Lines(out) {
			l = strings.TrimSuffix(l, "\n")
			if rest := strings.TrimLeft(l, " "); displaywidth.String(l) > width && strings.Contains(rest[len(marker.FindString(rest)):], " ") && width >= 30 {
				t.Errorf("at %d: %q", width, l)
			}
		}
	}
	if got := wrapText("  漢字漢字 漢字漢字 漢字\n", 12); got != "  漢字漢字\n    漢字漢字\n    漢字\n" {
		t.Errorf("wide letters: %q", got)
	}
}

// TestSay: what a terminal would act on is shown.
func TestSay(t *testing.T) {
	var b strings.Builder
	say(&b, "  %s", "a\x1b[2Jb\nSlots\u202e")
	if got := b.String(); got != `  a\x1b[2Jb\nSlots\u202e`+"\n" {
		t.Errorf("%q", got)
	}
}

// TestBold: headings are bold, and nothing else; what is no terminal gets none of it.
func TestBold(t *testing.T) {
	if got := bold("Slots\n  a\n\n"); got != "\x1b[1mSlots\x1b[0m\n  a\n\n" {
		t.Errorf("%q", got)
	}
	var b strings.Builder
	o := output{env: environment{getenv: func(string) string { return "" }}}
	long := strings.Repeat("word ", 100) + "\n"
	if err := o.words(&b, long); err != nil || b.String() != long {
		t.Errorf("%v, %q", err, b.String())
	}
}

// TestPlanTextGroups: what is said of several is said once, and questions come before limits.
func TestPlanTextGroups(t *testing.T) {
	slot := func(title string, reaches bedlock.Rung, why, data string) fix.Subject {
		return fix.Subject{Title: title, Slot: "content", Rung: bedlock.Unkeyed, Reaches: reaches, Why: why, Data: data}
	}
	by := func(title, why string) fix.Manual {
		return fix.Manual{Title: title, Why: why, What: "it is interrupted", Steps: []string{"make another", "delete the old one"}}
	}
	p := &fix.Plan{
		ID:       "0123456789abcdef",
		Subjects: []fix.Subject{slot("flow a", bedlock.Sound, "", "anew"), slot("index", bedlock.Unkeyed, "once", ""), slot("flow b", bedlock.Sound, "", "anew")},
		Manual:   []fix.Manual{by("index", "once"), by("bucket", "never"), by("memory", "once")},
		Open: []bedlock.Evidence{
			{Text: "role r: kms:Decrypt: not limited by source, which no source confirms"},
			{Text: "flow a: try it"},
			{Text: "role r: kms:Decrypt: not limited by calling service"},
			{Text: "flow b: try it"},
			{Text: "something else"},
		},
	}
	const want = `Plan 0123456789abcdef: 0 steps, 2 of 3 slots change

Slots
  flow a, content: unkeyed -> sound
  flow b, content: unkeyed -> sound
      data: anew
  index, content: unkeyed -> unkeyed
      not changed: once

By hand
  index,
  memory: once
      1. make another
      2. delete the old one
      it is interrupted
  bucket: never
      1. make another
      2. delete the old one
      it is interrupted

Open
  flow a,
  flow b: try it
  something else
  what the policies of the keys do not limit further, and by what:
      role r: kms:Decrypt: not by calling service; source, which no source confirms
`
	if d := cmp.Diff(want, planText(p)); d != "" {
		t.Error(d)
	}
}
