package report

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	// The official schema (errata 01) stands in this module as a constant. It is
	// read from the module cache, so that no copy of it is needed here; the import
	// keeps the requirement in go.mod. No program links it.
	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sarifSchema compiles the OASIS schema out of the go-sarif module's source.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatalf("find go-sarif in the module cache: %v", err)
	}
	file := filepath.Join(strings.TrimSpace(string(dir)), "pkg", "report", "v210", "sarif", "schema.go")
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var source string
	ast.Inspect(tree, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == "schema" {
			if source, err = strconv.Unquote(v.Values[0].(*ast.BasicLit).Value); err != nil {
				t.Fatal(err)
			}
		}
		return true
	})
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	if id := doc.(map[string]any)["id"]; id != "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json" {
		t.Fatalf("another schema than expected: %v", id)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSARIFFollowsTheSchema(t *testing.T) {
	schema := sarifSchema(t)
	for _, file := range streams(t) {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(render(t, file, "sarif", Options{})))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	// The gate must be able to fail.
	for _, bad := range []string{
		`{"version":"2.0.0","runs":[]}`,
		`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"message":{"text":"x"},"level":"fatal"}]}]}`,
		`{"version":"2.1.0","runs":[{"results":[]}]}`,
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(doc) == nil {
			t.Errorf("the schema accepts %s", bad)
		}
	}
}

func sarifOf(t *testing.T, stream string) sarifRun {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(render(t, "testdata/"+stream+".ndjson", "sarif", Options{}), &log); err != nil {
		t.Fatal(err)
	}
	return log.Runs[0]
}

func TestSARIFContent(t *testing.T) {
	run := sarifOf(t, "estate")
	levels := map[string]int{}
	suppressed := map[string]int{}
	for _, r := range run.Results {
		if got := run.Tool.Driver.Rules[r.RuleIndex].ID; got != r.RuleID {
			t.Errorf("result of %s points at rule %s", r.RuleID, got)
		}
		if len(r.PartialFingerprints["bedlock/v1"]) != 16 {
			t.Errorf("%s: fingerprint %v", r.RuleID, r.PartialFingerprints)
		}
		if len(r.Suppressions) > 0 {
			suppressed[r.Suppressions[0].Justification]++
			continue
		}
		levels[r.Level]++
	}
	if levels["error"] != 15 || levels["warning"] != 2 || levels["note"] != 2 {
		t.Errorf("levels of open findings: %v, want 15 errors, 2 warnings, 2 notes", levels)
	}
	if suppressed["in the baseline"] != 1 || suppressed["EX-12 by platform team until 2027-01-31: migration in progress"] != 1 {
		t.Errorf("suppressed: %v", suppressed)
	}
	at := run.Results[0].Locations[0].Physical
	if at.Artifact.URI != "infra/guardrails.yaml" || *at.Region != (sarifRegion{20, 5}) {
		t.Errorf("first result at %+v %+v", at.Artifact, at.Region)
	}
	notices := map[string]int{}
	for _, n := range run.Invocations[0].Notifications {
		notices[n.Descriptor.ID+" "+n.Level]++
	}
	want := map[string]int{"input-failed error": 1, "input-note note": 1, "slot-unread warning": 1, "slot-unresolved note": 4}
	if len(notices) != len(want) {
		t.Errorf("notifications %v, want %v", notices, want)
	}
	for k, n := range want {
		if notices[k] != n {
			t.Errorf("%d notifications %q, want %d", notices[k], k, n)
		}
	}
	if inv := run.Invocations[0]; inv.ExitCode != 3 || !inv.ExecutionSuccessful {
		t.Errorf("invocation %+v", inv)
	}
	if inv := sarifOf(t, "unreadable").Invocations[0]; inv.ExitCode != 2 || inv.ExecutionSuccessful {
		t.Errorf("invocation of an unreadable run %+v", inv)
	}
}

func TestFileURI(t *testing.T) {
	for in, want := range map[string]string{
		"infra/a.yaml":      "infra/a.yaml",
		"./infra/../a.yaml": "a.yaml",
		"a b/c#d?e%.yaml":   "a%20b/c%23d%3Fe%25.yaml",
		"/srv/a.yaml":       "file:///srv/a.yaml",
		"c:/a.yaml":         "./c:/a.yaml",
		"../up.yaml":        "../up.yaml",
		"a\x1b\xff.yaml":    "a%1B%EF%BF%BD.yaml",
		"//host/a.yaml":     "file:///host/a.yaml",
	} {
		if got := fileURI(in); got != want {
			t.Errorf("fileURI(%q) = %q, want %q", in, got, want)
		}
	}
}
