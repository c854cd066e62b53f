package report

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
)

func streamDoc(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/stream.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// TestDocumentedExampleIsValid replays the example of docs/stream.md.
func TestDocumentedExampleIsValid(t *testing.T) {
	_, rest, _ := strings.Cut(streamDoc(t), "## Example\n\n```\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/stream.md has no example")
	}
	_, rest, _ = strings.Cut(rest, "of a run:\n\n```\n")
	run, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/stream.md has no example of a run")
	}
	for _, documented := range []string{example, run} {
		if out := renderBytes(t, []byte(documented), "json", Options{}); string(out) != documented {
			t.Errorf("the documented example is not what the json format writes:\n%s", out)
		}
	}
}

// TestEveryMemberIsDocumented fails when a member of a message is not named in
// the section of that message, or of the parts that all messages share.
func TestEveryMemberIsDocumented(t *testing.T) {
	doc := streamDoc(t)
	section := func(title string) string {
		_, rest, ok := strings.Cut(doc, "\n"+title+"\n")
		if !ok {
			t.Fatalf("docs/stream.md has no section %q", title)
		}
		body, _, _ := strings.Cut(rest, "\n"+strings.Fields(title)[0]+" ")
		return body
	}
	for title, value := range map[string]any{
		"### config": bedlock.Config{}, "### progress": bedlock.Progress{}, "### input": bedlock.Input{},
		"### slot": bedlock.Slot{}, "### finding": bedlock.Finding{}, "### summary": bedlock.Summary{},
		"### plan": bedlock.Plan{}, "### rehearsal": bedlock.Rehearsal{}, "### step": bedlock.Step{}, "### check": bedlock.Check{}, "### dryRun": bedlock.DryRun{},
		"#### run": bedlock.Run{}, "## Parts": bedlock.Subject{},
	} {
		body := section(title)
		for _, f := range reflect.VisibleFields(reflect.TypeOf(value)) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.Anonymous && !strings.Contains(body, "`"+name+"`") {
				t.Errorf("docs/stream.md %s does not name %q", title, name)
			}
		}
	}
	for _, c := range columns {
		if !strings.Contains(section("## The csv columns"), "`"+c+"`") {
			t.Errorf("docs/stream.md does not name the csv column %q", c)
		}
	}
	for _, r := range bedlock.Rungs() {
		if !strings.Contains(section("### Rungs"), "| `"+r.String()+"` |") {
			t.Errorf("docs/stream.md does not name the rung %s", r)
		}
	}
	for i := range reflect.TypeOf(bedlock.Rule{}).NumField() {
		name, _, _ := strings.Cut(reflect.TypeOf(bedlock.Rule{}).Field(i).Tag.Get("json"), ",")
		if !strings.Contains(section("### config"), name) {
			t.Errorf("docs/stream.md does not name %q of a rule", name)
		}
	}
}
