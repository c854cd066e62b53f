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
	if out := renderBytes(t, []byte(example), "json", Options{}); string(out) != example {
		t.Errorf("the documented example is not what the json format writes:\n%s", out)
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
		"## Parts": bedlock.Subject{},
	} {
		body := section(title)
		typ := reflect.TypeOf(value)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(body, "`"+name+"`") {
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
