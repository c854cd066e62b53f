//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFixWalk: the walk through the demo in docs/fix.md works word for word, and shows what it says.
func TestFixWalk(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "fix.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, walk, _ := strings.Cut(string(doc), "```sh\n")
	walk, rest, ok := strings.Cut(walk, "```\n")
	_, shown, _ := strings.Cut(rest, "```\nSlots\n")
	shown, _, shows := strings.Cut(shown, "```\n")
	if !ok || !shows {
		t.Fatal("the page has no walk")
	}
	p := launch(t, nil, "--seed", "demo")
	dir := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CACHE_HOME=" + dir, "AWS_EC2_METADATA_DISABLED=true"}
	for _, m := range regexp.MustCompile(`(?:export|[ ])\s*([A-Z_]+)=(\S+)`).FindAllStringSubmatch(walk, -1) {
		value := m[2]
		if m[1] == "AWS_ENDPOINT_URL" {
			value = p.url
		}
		env = append(env, m[1]+"="+value)
	}
	f := &fixer{t: t, dir: dir, near: env}
	var said []string
	for line := range strings.Lines(walk) {
		if args, ok := strings.CutPrefix(strings.TrimSpace(line), "bedlock "); ok {
			said = append(said, f.run(0, append(strings.Fields(args), fast(args)...)...))
		}
	}
	if len(said) != 7 {
		t.Fatalf("%d commands", len(said))
	}
	if !strings.Contains(said[0], "5 steps") || !strings.HasPrefix(said[0], said[1]) {
		t.Errorf("the plan is not the one that is shown: %s\n%s", said[0], said[1])
	}
	if !strings.Contains(said[4], shown) || !strings.Contains(said[4], "event ") {
		t.Errorf("verify says %s, want %s", said[4], shown)
	}
	if !strings.Contains(said[6], "which was taken back: as planned\n") {
		t.Errorf("after undo verify says %s", said[6])
	}
}

// fast are arguments that make a command quicker than AWS's quotas allow.
func fast(args string) []string {
	if strings.HasPrefix(args, "plan show") {
		return nil
	}
	return []string{"--rate", "1000"}
}

// TestDemoPlanIsServed: what `bedlock plan demo` makes is the plan of the demo that another process
// serves on the same day, and is applied, verified and taken back there.
func TestDemoPlanIsServed(t *testing.T) {
	dir := t.TempDir()
	f := &fixer{t: t, dir: dir, near: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CACHE_HOME=" + dir, "AWS_EC2_METADATA_DISABLED=true"}}
	what := []string{"--account", "111122223333", "--type", "AWS::Bedrock::Guardrail", "--only", "symptom-chat", "--alias", "alias/clinic/symptoms", "--caller", "arn:aws:iam::111122223333:role/platform"}
	made := func(source string, more ...string) string {
		return strings.SplitN(f.run(0, slices.Concat([]string{"plan", source, "-o", source + ".json"}, what, more)...), ":", 2)[0]
	}
	day := time.Now().UTC().Day()
	inside := made("demo")
	f.near = append(f.near, "AWS_ENDPOINT_URL="+launch(t, nil, "--seed", "demo").url, "AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=AKIABEDLOCKDEMO00001", "AWS_SECRET_ACCESS_KEY=bedlock-demo")
	as := []string{"--role", "bedlock-apply", "--rate", "1000"}
	outside := made("aws", as...)
	if time.Now().UTC().Day() != day {
		t.Skip("the day has changed, and the demo with it")
	}
	if !strings.HasPrefix(inside, "Plan ") || inside != outside {
		t.Fatalf("%s in the process, %s where it is served", inside, outside)
	}
	f.run(0, slices.Concat([]string{"apply", "demo.json", "--yes"}, as)...)
	if said := f.run(0, slices.Concat([]string{"verify", "demo.json"}, as)...); !strings.Contains(said, "proved, as planned") {
		t.Errorf("verify says %s", said)
	}
	f.run(0, slices.Concat([]string{"undo", "demo.json.journal", "--yes"}, as)...)

	// Of another day, or of other data, it is not: nothing is done, and the way out is told.
	data := filepath.Join(dir, "data")
	f.near[len(f.near)-4] = "AWS_ENDPOINT_URL=" + launch(t, nil, "--seed", "demo", "--data", data).url
	said := f.run(4, slices.Concat([]string{"apply", "demo.json", "--yes", "--no-rehearsal", "--journal", "other"}, as)...)
	if !strings.Contains(said, "hint: "+demoServed) {
		t.Errorf("apply elsewhere says %s", said)
	}
}
