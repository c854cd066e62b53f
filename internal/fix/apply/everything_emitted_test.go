package apply_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyfunction "github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// unwritten says of cases of TestEverything what comment stands in the place of a resource, by the
// language: the end of the first.
var unwritten = map[string]map[string]string{
	"prompt with tools":    {"terraform": "toolSpec.strict", "cloudformation": "toolSpec.strict"},
	"token vault":          {"cloudformation": "CloudFormation has no type for it"},
	"payment manager":      {"terraform": "has no argument for the key", "cloudformation": "has no property for the key"},
	"insight store":        {"terraform": "nor has awscc", "cloudformation": "CloudFormation has no type for it"},
	"marketplace endpoint": {"terraform": "nor has awscc", "cloudformation": "CloudFormation has no type for it"},
	"blueprint":            {"terraform": "it is a copy of what is written above", "cloudformation": "it is a copy of what is in the template"},
	"project":              {"terraform": "it is a copy of what is written above", "cloudformation": "it is a copy of what is in the template"},
	"function":             {"cloudformation": "the code of a function, which nothing answers"},
	"parameter":            {"terraform": "has no place for Policies", "cloudformation": "does not have parameters of the type SecureString"},
}

// unsaid are values that a language does not repeat besides names that AWS gives: what it cannot
// say otherwise, and what the service says of itself.
var unsaid = map[string]map[string][]string{
	"AWS::Bedrock::Guardrail":              {"terraform": {"BLOCK", "true"}},
	"AWS::Bedrock::Agent":                  {"terraform": {"DEFAULT"}},
	"AWS::Bedrock::Blueprint":              {"terraform": {"LIVE"}, "cloudformation": {"LIVE"}},
	"AWS::Bedrock::DataAutomationProject":  {"terraform": {"LIVE"}, "cloudformation": {"LIVE"}},
	"AWS::BedrockAgentCore::Evaluator":     {"terraform": {"Custom", "false"}, "cloudformation": {"Custom", "false"}},
	"AWS::DynamoDB::Table":                 {"terraform": {"KMS", "0", "HASH"}, "cloudformation": {"0"}},
	"AWS::KinesisFirehose::DeliveryStream": {"terraform": {"NoEncryption", "DirectPut"}},
	"AWS::SQS::Queue":                      {"terraform": {"false"}},
}

// TestEverythingEmitted: every resource that a plan can change is written in the other languages
// with every value that it has, or a comment says why it is not; what is written is on the rung that
// is planned, and a template says before that how the resource is.
func TestEverythingEmitted(t *testing.T) {
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range slices.Concat(bedrockChanges, storeChanges) {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			b, plan := caseOf(t, &c)
			for language, write := range map[string]func() []byte{
				"terraform": func() []byte {
					var w bytes.Buffer
					if err := emit.Terraform(&w, plan, cat); err != nil {
						t.Fatal(err)
					}
					return w.Bytes()
				},
				"cloudformation": func() []byte {
					var w bytes.Buffer
					if err := emit.CloudFormation(&w, plan, cat, emit.Places(plan)[0]); err != nil {
						t.Fatal(err)
					}
					return w.Bytes()
				},
			} {
				text := write()
				e := emitted{t: t, b: b, cat: cat, plan: plan, text: text}
				var comments []string
				if language == "terraform" {
					comments = e.readTerraform()
				} else {
					comments = e.readTemplate()
				}
				if want := unwritten[c.name][language]; len(comments) > 1 && want == "" || (len(comments) > 0) != (want != "") {
					t.Errorf("%s: not written: %q", language, comments)
				} else if want != "" && !strings.HasSuffix(comments[0], want) {
					t.Errorf("%s: not written: %q, want %q", language, comments, want)
				}
				e.audited(language, len(comments))
				if dir := os.Getenv("BEDLOCK_EMITTED"); dir != "" {
					name := strings.NewReplacer(" ", "-", ",", "").Replace(c.name) + map[string]string{"terraform": ".tf", "cloudformation": ".template.json"}[language]
					if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// caseOf makes the beginning of a case, and plans it.
func caseOf(t *testing.T, c *changing) (*bench, *fix.Plan) {
	t.Helper()
	b := &bench{fixtest.Open(t, workshop), t, nil}
	old := b.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	b.names = []string{"$role", "arn:aws:iam::111122223333:role/service", "$old", old, "$oldid", old[len(old)-36:], "$model", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"}
	b.make(c.made)
	target := c.target
	switch {
	case target.Aim == "":
		target = newKey
	case target.Key == "$old":
		target.Key = old
	}
	only := fix.Selection{Types: c.only}
	if len(c.only) == 0 {
		only.Types = c.types
	}
	if c.every {
		only.Rungs = []bedlock.Rung{bedlock.Unkeyed, bedlock.AWSManaged, bedlock.Unusable, bedlock.Exposed, bedlock.Sound}
	}
	if c.match != "" {
		only.Match = func(_ *inventory.Resource, slot string) bool { return slot == c.match }
	}
	return b, b.Plan(target, only, c.types...)
}

// emitted is a plan in another language.
type emitted struct {
	t    *testing.T
	b    *bench
	cat  *catalog.Catalog
	plan *fix.Plan
	text []byte
}

// readTerraform returns the comments, and wants every value of what is written.
func (e *emitted) readTerraform() (comments []string) {
	t := e.t
	t.Helper()
	file, diagnostics := hclsyntax.ParseConfig(e.text, "main.tf", hcl.InitialPos)
	if diagnostics.HasErrors() {
		t.Fatalf("%v\n%s", diagnostics, e.text)
	}
	for line := range strings.Lines(string(e.text)) {
		if rest, ok := strings.CutPrefix(line, "# Not here: "); ok {
			comments = append(comments, strings.TrimSuffix(strings.TrimSpace(rest), ". The script of the plan does it."))
		}
	}
	known := map[string]cty.Value{}
	blocks := file.Body.(*hclsyntax.Body).Blocks
	for _, b := range blocks {
		if b.Type == "resource" && b.Labels[0] == "aws_kms_key" {
			known[b.Labels[1]] = cty.ObjectVal(map[string]cty.Value{"arn": cty.StringVal(theKey), "key_id": cty.StringVal(theKey)})
		}
	}
	scope := &hcl.EvalContext{
		Variables: map[string]cty.Value{"aws_kms_key": cty.ObjectVal(known)},
		Functions: map[string]ctyfunction.Function{"jsonencode": stdlib.JSONEncodeFunc},
	}
	imported := map[string]bool{}
	for _, b := range blocks {
		if b.Type == "import" {
			to, _ := hcl.AbsTraversalForExpr(b.Body.Attributes["to"].Expr)
			imported[to.RootName()+"."+to[1].(hcl.TraverseAttr).Name] = true
		}
	}
	for _, b := range blocks {
		if b.Type != "resource" || !imported[b.Labels[0]+"."+b.Labels[1]] || b.Labels[0] == "aws_kms_key_policy" {
			continue
		}
		got := map[string]int{}
		e.block(b.Body, scope, got)
		title := string(e.text[:b.Range().Start.Byte])
		title = strings.TrimPrefix(strings.TrimSpace(title[strings.LastIndex(title, "\n# "):]), "# ")
		for i := range e.plan.Steps {
			if s := &e.plan.Steps[i]; s.Title == title {
				e.compare("terraform", s, got)
			}
		}
	}
	return comments
}

// theKey stands for the key that a plan makes.
const theKey = "the key"

func (e *emitted) block(body *hclsyntax.Body, scope *hcl.EvalContext, into map[string]int) {
	for name, a := range body.Attributes {
		if name == "depends_on" {
			continue
		}
		v, diagnostics := a.Expr.Value(scope)
		if diagnostics.HasErrors() {
			e.t.Fatalf("%s: %v", name, diagnostics)
		}
		b, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			e.t.Fatal(err)
		}
		e.count(b, into)
	}
	for _, b := range body.Blocks {
		if b.Type != "lifecycle" {
			e.block(b.Body, scope, into)
		}
	}
}

// readTemplate returns the comments, and wants every value of what is written.
func (e *emitted) readTemplate() (comments []string) {
	e.t.Helper()
	var doc struct {
		Metadata struct {
			Bedlock struct{ NotInThisTemplate []struct{ Step, Why string } }
		}
		Resources map[string]struct {
			Metadata   struct{ Step string }
			Properties json.RawMessage
		}
	}
	if err := json.Unmarshal(e.text, &doc); err != nil {
		e.t.Fatal(err)
	}
	for _, left := range doc.Metadata.Bedlock.NotInThisTemplate {
		comments = append(comments, strings.TrimSuffix(left.Why, "; the script of the plan does it"))
	}
	for _, r := range doc.Resources {
		if s := e.plan.Step(r.Metadata.Step); s != nil && s.Kind == fix.Update {
			got := map[string]int{}
			e.count(r.Properties, got)
			e.compare("cloudformation", s, got)
		}
	}
	return comments
}

// compare wants every value that a step's resource has afterwards.
func (e *emitted) compare(language string, s *fix.Step, got map[string]int) {
	e.t.Helper()
	var typ string
	for _, sub := range e.plan.Subjects {
		if sub.Resource == s.Subject {
			typ = sub.Type
		}
	}
	whole := s.After
	if typ == "AWS::Bedrock::Agent" { // what AWS says of prompts that are its own is not written
		whole = s.Do[0].Input
	}
	if language == "cloudformation" || typ == "AWS::DynamoDB::Table" || typ == "AWS::KinesisFirehose::DeliveryStream" {
		whole = s.Rest.With(whole)
		for i := range e.plan.Steps {
			if x := &e.plan.Steps[i]; x.Subject == s.Subject && len(s.State.Only) > 0 {
				whole = whole.With(x.After)
			}
		}
		for _, d := range whole.Objects("Destinations") {
			delete(d, "S3DestinationDescription") // it says again what the other description says
		}
	}
	b, err := json.Marshal(whole)
	if err != nil {
		e.t.Fatal(err)
	}
	want := map[string]int{}
	e.count(b, want)
	var missing []string
	for v, n := range want {
		_, err := time.Parse(time.RFC3339Nano, v)
		ours := strings.Contains(v, s.Subject[strings.LastIndexAny(s.Subject, ":/")+1:]) || v == "DRAFT" || err == nil || slices.Contains(unsaid[typ][language], v)
		if got[v] < n && !ours {
			missing = append(missing, v)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		e.t.Errorf("%s of %s does not say %q", language, typ, missing)
	}
}

// count counts the scalars in a JSON text, those of JSON texts within it too.
func (e *emitted) count(text []byte, into map[string]int) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		e.t.Fatal(err)
	}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if _, ok := v["Fn::GetAtt"]; ok {
				into[theKey]++
				return
			}
			if list, ok := v["Fn::Join"].([]any); ok {
				text := ""
				for _, part := range list[1].([]any) {
					if plain, ok := part.(string); ok {
						text += plain
					} else {
						text += theKey
					}
				}
				visit(text)
				return
			}
			for _, inner := range v {
				visit(inner)
			}
		case []any:
			for _, inner := range v {
				visit(inner)
			}
		case string:
			if s := strings.TrimSpace(v); strings.HasPrefix(s, "{") && json.Valid([]byte(s)) {
				e.count([]byte(s), into)
				return
			}
			for _, p := range fix.Pieces(v) {
				if p.Step != "" {
					v = strings.ReplaceAll(v, fix.Ref(p.Step, p.Path), theKey)
				}
			}
			into[v]++
		case nil:
		default:
			into[fmt.Sprint(v)]++
		}
	}
	visit(v)
}

// audited wants every slot that is written on the rung that is planned.
func (e *emitted) audited(language string, comments int) {
	t := e.t
	t.Helper()
	dir, o := t.TempDir(), iac.Options{}
	name := "main.tf"
	if language == "cloudformation" {
		name, o.Parameters = "template.json", map[string]string{"AWS::AccountId": fixtest.Account, "AWS::Region": fixtest.Region}
	}
	text := e.text
	if language == "terraform" && bytes.Contains(text, []byte("aws_s3_bucket_server_side")) {
		text = append(slices.Clone(text), "\nresource \"aws_s3_bucket\" \"records\" { bucket = \"records\" }\n"...)
	}
	parts := e.b.Inventory("AWS::S3::Bucket").Parts()
	parts.Resources, parts.Aliases, parts.Grants = nil, nil, nil
	if e.plan.Target.Aim != fix.Existing {
		parts.Keys = nil
	}
	people, err := inventory.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	var w bytes.Buffer
	if err := inventory.Write(&w, people); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{name: text, "people.json": w.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inv, err := iac.Collect(t.Context(), e.cat, []string{dir}, o)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	_, err = audit.Run(t.Context(), inv, audit.Options{Catalog: e.cat, Now: time.Now()}, func(m bedlock.Message) error {
		if m.Slot != nil {
			at := m.Slot.Subject.Type + " " + m.Slot.Subject.Slot
			got[at] = append(got[at], m.Slot.Rung.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, s := range e.plan.Subjects {
		if s.Why == "" {
			at := s.Type + " " + s.Slot
			want[at] = append(want[at], s.Reaches.String())
		}
	}
	for _, list := range []map[string][]string{got, want} {
		for _, rungs := range list {
			slices.Sort(rungs)
		}
	}
	maps.DeleteFunc(got, func(at string, _ []string) bool { return want[at] == nil })
	if comments > 0 {
		maps.DeleteFunc(want, func(at string, _ []string) bool { return got[at] == nil })
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: %s", language, d)
	}
}
