package iac

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

const goodTemplate = "Resources:\n  G: {Type: AWS::Bedrock::Guardrail, Properties: {Name: g}}\n"

// tree writes files below a new folder and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func collect(t *testing.T, opts Options, sources ...string) *inventory.Inventory {
	t.Helper()
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Collect(context.Background(), cat, sources, opts)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// accounts maps each input below dir to "status: reason".
func accounts(inv *inventory.Inventory, dir string) map[string]string {
	m := map[string]string{}
	for _, in := range inv.Parts().Inputs {
		text := string(in.Status)
		if in.Reason != "" {
			text += ": " + in.Reason
		}
		m[strings.TrimPrefix(in.Path, filepath.ToSlash(dir)+"/")] = text
	}
	return m
}

func TestEveryFileIsAccountedFor(t *testing.T) {
	dir := tree(t, map[string]string{
		"good.yaml":                goodTemplate,
		"readme.md":                "# Text\n",
		"empty.json":               " \n",
		"archive.gz":               "\x1f\x8b\x08\x00rest",
		"program":                  "\x7fELF\x00\x00",
		"data.bin":                 "some text\x00",
		"policy.json":              `{"Version": "2012-10-17", "Statement": []}`,
		"events.json":              `{"Records": []}`,
		"parameters.json":          `[{"ParameterKey": "A", "ParameterValue": "b"}]`,
		"list.json":                `[1, 2]`,
		"values.yaml":              "replicas: 2\n",
		"chart.yaml":               "kind: {{ .Kind }}\n",
		"broken.yaml":              "AWSTemplateFormatVersion: 2010-09-09\nResources:\n\tG: x\n",
		"broken.json":              "{\"Resources\": {\"G\": {\"Type\": \"AWS::Bedrock::Guardrail\",}}\n",
		"latin1.yaml":              "Resources:\n  G: {Type: AWS::Bedrock::Guardrail, Description: caf\xe9}\n",
		"node_modules/x/good.yaml": goodTemplate,
		".git/config":              "x",
		"sub/good.template":        goodTemplate,
	})
	for name, want := range map[string]string{
		"good.yaml":         "audited",
		"sub/good.template": "audited",
		"readme.md":         "skipped: neither JSON nor YAML",
		"empty.json":        "skipped: empty file",
		"archive.gz":        "skipped: gzip archive",
		"program":           "skipped: executable",
		"data.bin":          "skipped: binary file",
		"policy.json":       "skipped: a policy document, not a template",
		"events.json":       "skipped: CloudTrail records",
		"parameters.json":   "skipped: a CloudFormation parameters file; give it with --parameters",
		"list.json":         "skipped: not an object: no template, plan, state or inventory",
		"values.yaml":       "skipped: no template, plan, state or inventory",
		"chart.yaml":        "skipped: cannot be read as JSON or YAML",
		"broken.yaml":       "failed: ",
		"broken.json":       "failed: ",
		"latin1.yaml":       "failed: ",
		"node_modules/":     "skipped: not looked into: installed packages",
		".git/":             "skipped: not looked into: version control",
	} {
		if got := accounts(collect(t, Options{}, dir), dir)[name]; !strings.HasPrefix(got, want) || !strings.HasSuffix(want, " ") && name != "chart.yaml" && got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, in := range collect(t, Options{}, dir).Parts().Inputs {
		if in.Status == bedlock.InputFailed && (in.At.Line == 0 || in.At.Column == 0 || in.Hint == "") {
			t.Errorf("%s failed without line, column or hint: %+v", in.Path, in)
		}
	}
}

func TestLinksDoNotLeadAstray(t *testing.T) {
	dir := tree(t, map[string]string{"a/good.yaml": goodTemplate})
	for link, target := range map[string]string{"a/loop": "..", "a/self": "self", "same.yaml": "a/good.yaml", "gone.yaml": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	inv := collect(t, Options{}, dir)
	got := accounts(inv, dir)
	for name, want := range map[string]string{
		"a/good.yaml": "audited",
		"a/loop":      "skipped: a link to a folder; name the folder itself as a source to audit it",
		"a/self":      "skipped: a link that leads nowhere",
		"gone.yaml":   "skipped: a link that leads nowhere",
		"pipe.yaml":   "skipped: not a regular file",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if n := len(inv.Parts().Resources); n != 1 {
		t.Errorf("%d resources, want 1: the same file was read twice", n)
	}
}

func TestSourcesNamedTwiceAreReadOnce(t *testing.T) {
	dir := tree(t, map[string]string{"good.yaml": goodTemplate})
	if n := len(collect(t, Options{}, dir, filepath.Join(dir, "good.yaml"), dir+"/./").Parts().Resources); n != 1 {
		t.Errorf("%d resources, want 1", n)
	}
}

func TestMissingSourceIsAnError(t *testing.T) {
	_, err := Collect(context.Background(), nil, []string{"does/not/exist"}, Options{})
	if want := "read source does/not/exist: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestCancelledCollectionEnds(t *testing.T) {
	dir := tree(t, map[string]string{"good.yaml": goodTemplate})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Collect(ctx, nil, []string{dir}, Options{}); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestDeclaredKindIsNotSecondGuessed(t *testing.T) {
	dir := tree(t, map[string]string{"x.txt": "{}"})
	got := accounts(collect(t, Options{As: KindTemplate}, dir), dir)["x.txt"]
	if want := "failed: the template has no Resources"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAssemblyTellsWhereStacksGo(t *testing.T) {
	dir := tree(t, map[string]string{
		"cdk.out/manifest.json": `{"version":"1","artifacts":{"S":{"type":"aws:cloudformation:stack","environment":"aws://111122223333/eu-west-1","properties":{"templateFile":"S.template.json"}},
			"T":{"type":"aws:cloudformation:stack","environment":"aws://111122223333/eu-west-1","properties":{"templateFile":"T.template.json"}}}}`,
		"cdk.out/S.template.json": `{"Resources":{"G":{"Type":"AWS::Bedrock::Guardrail","Properties":{"Name":"g"}}}}`,
	})
	inv := collect(t, Options{}, dir)
	r := inv.Parts().Resources[0]
	if r.Account.Or("") != "111122223333" || r.Region.Or("") != "eu-west-1" {
		t.Errorf("place %v %v", r.Account, r.Region)
	}
	for _, in := range inv.Parts().Inputs {
		if in.Kind == string(KindAssembly) && (len(in.Notes) != 1 || !strings.Contains(in.Notes[0].Text, "T.template.json of stack T is not among the inputs")) {
			t.Errorf("notes %+v", in.Notes)
		}
	}
}

// TestHostileFilesEndInTime: each file is refused or read within bounds that a
// build agent can bear.
func TestHostileFilesEndInTime(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("Resources: {}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		p, n := string(rune('a'+i-1)), string(rune('a'+i))
		bomb.WriteString(n + "1: &" + n + "0 [*" + p + "0, *" + p + "0, *" + p + "0, *" + p + "0, *" + p + "0, *" + p + "0, *" + p + "0, *" + p + "0, *" + p + "0, *" + p + "0]\n")
	}
	cycle := `{"Conditions":{"A":{"Condition":"B"},"B":{"Condition":"A"}},"Parameters":{},"Resources":{"K":{"Type":"AWS::KMS::Alias","Properties":{"AliasName":"alias/a","TargetKeyId":{"Ref":"L"}}},"L":{"Type":"AWS::KMS::Alias","Properties":{"AliasName":"alias/b","TargetKeyId":{"Ref":"K"}}},"G":{"Type":"AWS::Bedrock::Guardrail","Condition":"A","Properties":{"KmsKeyArn":{"Ref":"K"}}}}}`
	dir := tree(t, map[string]string{
		"deep.json":  `{"Resources":` + strings.Repeat(`{"a":`, 2_000_000) + "1" + strings.Repeat("}", 2_000_001),
		"deep.yaml":  "Resources: " + strings.Repeat("[", 1_000_000),
		"bomb.yaml":  bomb.String(),
		"cycle.json": cycle,
		"wide.json":  `{"Resources":{"G":{"Type":"AWS::Bedrock::Guardrail","Properties":{"x":"` + strings.Repeat("x", 100<<20) + `"}}}}`,
		"plan.json":  `{"format_version":"1.2","planned_values":` + strings.Repeat(`{"root_module":{"child_modules":[`, 100_000),
	})
	start := time.Now()
	inv := collect(t, Options{}, dir)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%v, %d MB from the system", time.Since(start).Round(time.Millisecond), m.Sys>>20)
	if m.Sys > 4<<30 {
		t.Errorf("%d MB of memory", m.Sys>>20)
	}
	got := accounts(inv, dir)
	for name, want := range map[string]string{"deep.json": "failed: ", "deep.yaml": "failed: ", "bomb.yaml": "failed: ", "plan.json": "failed: ", "wide.json": "audited", "cycle.json": "audited"} {
		if !strings.HasPrefix(got[name], want) {
			t.Errorf("%s: %.200q, want %q", name, got[name], want)
		}
	}
	g := inv.Resource(filepath.ToSlash(dir) + "/cycle.json#G")
	if g == nil || g.Slots[0].Named[0].Text.State() != inventory.StateUnknown {
		t.Errorf("a circle of aliases: %+v", g)
	}
}

func FuzzClassify(f *testing.F) {
	for _, seed := range []string{goodTemplate, `{"version":"1","artifacts":{}}`, `{"format_version":"1.2","resource_changes":[]}`, `{"version":"` + inventory.Version + `"}`, "\xff\xfe{\x00}\x00", "\x1f\x8b", "a: &a [*a]"} {
		f.Add("x.yaml", []byte(seed))
		f.Add("x", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		c := classify(name, data)
		if (c.kind == "") == (c.reason == "" && c.err == nil) {
			t.Fatalf("neither read, nor failed, nor with a reason: %+v", c)
		}
	})
}
