package emit

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/model"
)

// TestKebab: names of commands, as the AWS CLI has them.
func TestKebab(t *testing.T) {
	for name, want := range map[string]string{
		"UpdateGuardrail": "update-guardrail", "SetTokenVaultCMK": "set-token-vault-cmk", "PutBucketEncryption": "put-bucket-encryption",
		"GetQueueAttributes": "get-queue-attributes", "ListARNs": "list-arns", "GetDataAutomationProject": "get-data-automation-project",
		"UpdateTimeToLive": "update-time-to-live", "DescribeDBClusters": "describe-db-clusters", "UpdateS3Thing": "update-s3-thing",
	} {
		if got := kebab(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := words("idleSessionTTLInSeconds", "_"); got != "idle_session_ttl_in_seconds" {
		t.Error(got)
	}
}

// TestKebabIsBotocore: every operation of every model has the name that botocore gives it.
func TestKebabIsBotocore(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no Python: " + err.Error())
	}
	names := map[string]bool{}
	for _, service := range model.Services() {
		m, err := model.Load(service)
		if err != nil {
			t.Fatal(err)
		}
		for name := range m.Operations {
			names[name] = true
		}
	}
	in, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", "import json, sys, botocore; print(json.dumps({n: botocore.xform_name(n, '-') for n in json.load(sys.stdin)}))")
	cmd.Stdin = strings.NewReader(string(in))
	out, err := cmd.Output()
	if err != nil {
		t.Skip("there is no botocore here")
	}
	var want map[string]string
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	if len(want) < 1000 {
		t.Fatalf("%d operations", len(want))
	}
	for name, want := range want {
		if got := kebab(name); got != want {
			t.Errorf("%s: %s, botocore says %s", name, got, want)
		}
	}
}

// TestEveryType: each type that a plan can update is written whole in each language, or the table
// says why it is not; docs/fix.md has the same.
func TestEveryType(t *testing.T) {
	var rows []string
	row := func(typ string, forms []form, reasons map[string]string) string {
		f, why := formOf(forms, typ), reasons[typ]
		switch {
		case (f == nil) == (why == ""):
			t.Errorf("%s: either a form or why there is none", typ)
		case f != nil:
			return "`" + f.Name + "`"
		}
		return why
	}
	for _, typ := range fix.Types() {
		rows = append(rows, "| `"+typ+"` | "+row(typ, terraformForms, notTerraform)+" | "+row(typ, cloudForms, notCloud)+" |")
	}
	for _, forms := range [][]form{terraformForms, cloudForms} {
		for _, f := range forms {
			if !slices.Contains(fix.Types(), f.Type) {
				t.Errorf("a form for %s, which no plan updates", f.Type)
			}
		}
	}
	for _, reasons := range []map[string]string{notTerraform, notCloud} {
		for typ := range reasons {
			if !slices.Contains(fix.Types(), typ) {
				t.Errorf("a reason against %s, which no plan updates", typ)
			}
		}
	}
	docs, err := os.ReadFile("../../../docs/fix.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(rows, "\n"); !strings.Contains(string(docs), want) {
		t.Errorf("docs/fix.md does not have:\n%s", want)
	}
}

// TestTables: every table can be read, and names no member twice.
func TestTables(t *testing.T) {
	for _, forms := range [][]form{terraformForms, cloudForms} {
		for _, f := range forms {
			var check func(at string, list []member)
			check = func(at string, list []member) {
				seen := map[string]bool{}
				for _, m := range list {
					if seen[m.api] || m.name == "" {
						t.Errorf("%s: %s twice, or without a name", f.Name, below(at, m.api))
					}
					seen[m.api] = true
					check(below(at, m.api), m.children)
				}
			}
			members := parse(f.Members, snake)
			if len(members) == 0 {
				t.Errorf("%s has no members", f.Name)
			}
			check("", members)
		}
	}
}
