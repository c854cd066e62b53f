package emit_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/inventory"
)

// audited writes a text to a file, beside an inventory of who is in the account, and audits both:
// where each slot stands, by the type and name of its resource.
func audited(t *testing.T, p *fixtest.Plane, name string, text []byte, o iac.Options) map[string]bedlock.Rung {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
	parts := p.Inventory(types...).Parts()
	parts.Resources, parts.Keys, parts.Aliases, parts.Grants = nil, nil, nil, nil
	people, err := inventory.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := inventory.Write(&b, people); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "people.json"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	inv, err := iac.Collect(t.Context(), embedded(t), []string{dir}, o)
	if err != nil {
		t.Fatal(err)
	}
	got := rungs(t, inv)
	out := map[string]bedlock.Rung{}
	for _, r := range inv.Parts().Resources {
		for _, s := range r.Slots {
			out[r.Type+" "+r.Name.Or(r.ID[strings.LastIndexByte(r.ID, '.')+1:])] = got[[2]string{r.ID, s.Name}]
		}
	}
	return out
}

// name is what a subject's title has in quotes.
func name(s fix.Subject) string { return strings.Trim(s.Title[strings.Index(s.Title, `"`):], `"`) }

// TestTerraform: what is written reaches the planned rung, and says of the rest why it is not
// written. The encryption of a bucket is a resource of its own, which no audit sees without the
// bucket.
func TestTerraform(t *testing.T) {
	p := fixtest.Open(t, seed(hostile))
	plan := p.Plan(newKey, fix.Selection{}, types...)
	var b bytes.Buffer
	if err := emit.Terraform(&b, plan, embedded(t)); err != nil {
		t.Fatal(err)
	}
	got := audited(t, p, "main.tf", b.Bytes(), iac.Options{})
	var written, left []string
	for _, s := range plan.Subjects {
		if strings.Contains(b.String(), "# Not here: "+s.Title+": ") {
			left = append(left, s.Title)
			continue
		}
		written = append(written, s.Title)
		if rung := got[s.Type+" "+name(s)]; rung != s.Reaches && s.Type != "AWS::S3::Bucket" {
			t.Errorf("%s: %v, planned %v", s.Title, rung, s.Reaches)
		}
	}
	want := []string{`DynamoDB table "app"`, `SSM parameter "/app/secret"`, `agent "agent"`, `flow "flow"`, `guardrail "plain"`, `prompt "prompt"`, `log group "/app"`, `S3 bucket "bucket-of-app"`, `secret "app"`, `SNS topic "app"`, `SQS queue "app"`}
	slices.Sort(want)
	slices.Sort(written)
	if d := cmp.Diff(want, written); d != "" {
		t.Errorf("written: %s", d)
	}
	if d := cmp.Diff([]string{`guardrail "everything"`}, slices.Sorted(slices.Values(left))); d != "" {
		t.Errorf("left out: %s", d)
	}
	for _, line := range []string{
		"aws_bedrock_guardrail has no place for contextualGroundingPolicyConfig.filtersConfig.action. The script of the plan does it.",
		"# aws_bedrock_guardrail: set kms_key_arn to aws_kms_key.bedrock.arn",
		"  server_side_encryption {\n    enabled     = true\n    kms_key_arn = aws_kms_key.bedrock.arn\n  }",
		"kms_master_key_id = aws_kms_key.bedrock.arn",
		`id = "bucket-of-app"`,
	} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no %s in\n%s", line, b.Bytes())
		}
	}
}

// TestCloudFormation: the template reaches the planned rung once the resources are imported, and
// before that says how they are.
func TestCloudFormation(t *testing.T) {
	p := fixtest.Open(t, seed(hostile))
	plan := p.Plan(newKey, fix.Selection{}, types...)
	var b bytes.Buffer
	if err := emit.CloudFormation(&b, plan, embedded(t), emit.Places(plan)[0]); err != nil {
		t.Fatal(err)
	}
	place := map[string]string{"AWS::AccountId": fixtest.Account, "AWS::Region": fixtest.Region}
	got := audited(t, p, "template.json", b.Bytes(), iac.Options{Parameters: place})
	place["Stage"] = "import"
	before := audited(t, p, "template.json", b.Bytes(), iac.Options{Parameters: place})
	var written []string
	for _, s := range plan.Subjects {
		if strings.Contains(b.String(), `"Resource": "`+s.Resource+`"`) {
			continue
		}
		written = append(written, s.Title)
		if at := s.Type + " " + name(s); got[at] != s.Reaches || before[at] != s.Rung {
			t.Errorf("%s: %v and %v, planned %v and %v", s.Title, before[at], got[at], s.Rung, s.Reaches)
		}
	}
	slices.Sort(written)
	all := []string{`DynamoDB table "app"`, `S3 bucket "bucket-of-app"`, `SNS topic "app"`, `SQS queue "app"`, `agent "agent"`, `flow "flow"`, `guardrail "everything"`, `guardrail "plain"`, `log group "/app"`, `prompt "prompt"`, `secret "app"`}
	if d := cmp.Diff(all, written); d != "" {
		t.Errorf("written: %s", d)
	}
	var doc struct {
		Metadata struct {
			Bedlock struct{ ResourcesToImport, NotInThisTemplate []map[string]any }
		}
		Resources map[string]struct{ Properties map[string]any }
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	about := doc.Metadata.Bedlock
	if len(about.ResourcesToImport) != len(all) || len(about.NotInThisTemplate) != 1 {
		t.Errorf("%d imports, %d left out", len(about.ResourcesToImport), len(about.NotInThisTemplate))
	}
	if out := doc.Resources["Everything"].Properties["BlockedOutputsMessaging"]; out != hostile {
		t.Errorf("%+q, want %+q", out, hostile)
	}
	if d := cmp.Diff(map[string]any{"Fn::If": []any{"Keyed", map[string]any{"Fn::GetAtt": []any{"KeyOfBedrock", "Arn"}}, map[string]any{"Ref": "AWS::NoValue"}}}, doc.Resources["Everything"].Properties["KmsKeyArn"]); d != "" {
		t.Error(d)
	}
}
