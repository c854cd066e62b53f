package planfile_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/iac/terraform/planfile"
)

func parse(t testing.TB, name, doc string) *syntax.Node {
	t.Helper()
	data, err := syntax.Decode(name, []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	n, err := syntax.ParseJSON(name, data, syntax.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func readPlan(t testing.TB, doc string) graph.Module {
	t.Helper()
	n := parse(t, "p", doc)
	if !planfile.DetectPlan(n) {
		t.Fatal("not detected as a plan")
	}
	if planfile.DetectState(n) {
		t.Error("detected as a state too")
	}
	m, err := planfile.Plan("p", n)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func resource(t testing.TB, m graph.Module, address string) graph.Resource {
	t.Helper()
	for _, r := range m.Resources {
		if r.Address == address {
			return r
		}
	}
	t.Fatalf("there is no %s", address)
	return graph.Resource{}
}

func addresses(m graph.Module) string {
	var list []string
	for _, r := range m.Resources {
		list = append(list, r.Address)
	}
	return strings.Join(list, " ")
}

// show prints a value for comparisons: kinds that print nothing are spelled out.
func show(v graph.Value) string {
	switch v.Kind {
	case graph.Absent:
		return "absent"
	case graph.Ref:
		return "-> " + v.Target + " " + v.Text
	case graph.Unknown:
		return "unknown: " + v.Text
	case graph.List:
		var list []string
		for _, i := range v.Items {
			list = append(list, show(i))
		}
		return "[" + strings.Join(list, ", ") + "]"
	case graph.Map:
		var list []string
		for _, m := range v.Members {
			list = append(list, m.Name+"="+show(m.Value))
		}
		return "{" + strings.Join(list, ", ") + "}"
	}
	return v.Text
}

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const platform = "../../../examples/platform/plan.json"

func TestExamplePlan(t *testing.T) {
	doc := read(t, platform)
	m := readPlan(t, doc)
	if len(m.Resources) != 9 || len(m.Input.Notes) != 0 || m.Input.Kind != "terraform-plan" || m.Input.Status != bedlock.InputAudited {
		t.Fatalf("%d resources, input %+v", len(m.Resources), m.Input)
	}
	get := func(address, attribute string) graph.Value { return resource(t, m, address).Attributes.Get(attribute) }
	for _, tt := range []struct{ address, attribute, want string }{
		{"aws_cloudwatch_log_group.invocations", "kms_key_id", "-> p#aws_kms_key.logs arn"},
		{"aws_bedrockagent_prompt.triage", "customer_encryption_key_arn", "-> p#aws_kms_key.prompts arn"},
		{"aws_kms_alias.logs", "target_key_id", "-> p#aws_kms_key.logs key_id"},
		{"aws_kms_alias.logs", "target_key_arn", "unknown: known only after apply"},
		{"aws_kms_key.prompts", "policy", "absent"},
		{"aws_kms_key.prompts", "rotation_period_in_days", "absent"},
		{"aws_kms_key.prompts", "arn", "unknown: known only after apply"},
		{"aws_kms_key.prompts", "deletion_window_in_days", "7"},
		{"aws_kms_key.prompts", "tags", "absent"},
		{"aws_kms_key.logs", "tags", "{team=platform}"},
		{"aws_sqs_queue.ingest", "kms_master_key_id", "alias/aws/sqs"},
	} {
		if got := show(get(tt.address, tt.attribute)); got != tt.want {
			t.Errorf("%s.%s: %s, want %s", tt.address, tt.attribute, got, tt.want)
		}
	}
	r := resource(t, m, "aws_kms_key.logs")
	if r.Region != "us-east-1" || r.Partition != "aws" || r.Account != "" || r.Type != "aws_kms_key" || r.ID != "p#aws_kms_key.logs" || r.When != "" {
		t.Errorf("aws_kms_key.logs: %+v", r)
	}
	if r.At.Line != 174 || r.At.Column != 5 || r.At.File != "p" {
		t.Errorf("the resource stands at %v", r.At)
	}
	if at := r.Attributes.Get("policy").At; at.Line != 196 || at.Column != 21 {
		t.Errorf("the policy stands at %v", at)
	}
	if at := get("aws_cloudwatch_log_group.invocations", "kms_key_id").At; !strings.Contains(strings.Split(doc, "\n")[at.Line-1], `"kms_key_id": {`) {
		t.Errorf("the reference stands at %v", at)
	}
	logging := resource(t, m, "aws_bedrock_model_invocation_logging_configuration.this")
	role := logging.Attributes.Get("logging_config").Items[0].Get("cloudwatch_config").Items[0].Get("role_arn")
	if got := show(role); !strings.HasPrefix(got, "unknown: known only after apply; the plan does not record") {
		t.Errorf("role_arn of an unrecorded block: %s", got)
	}

	text := "\xff\xfe"
	for _, c := range utf16.Encode([]rune(strings.ReplaceAll(doc, "\n", "\r\n"))) {
		text += string([]byte{byte(c), byte(c >> 8)})
	}
	if diff := cmp.Diff(m, readPlan(t, text)); diff != "" {
		t.Errorf("UTF-16 with CRLF differs: %s", diff)
	}
}

func TestModulesAndForEach(t *testing.T) {
	m := readPlan(t, read(t, "testdata/tenants.json"))
	if want := `aws_kms_key.tenant["blue"] aws_kms_key.tenant["red.x]"] module.agents["blue"].module.guard.aws_bedrock_guardrail.this[0] ` +
		`module.agents["red.x]"].module.guard.aws_bedrock_guardrail.this[0] module.keys.aws_kms_key.this[0] aws_bedrockagent_agent.a`; addresses(m) != want {
		t.Errorf("resources %s", addresses(m))
	}
	for _, tt := range []struct{ address, attribute, want, place string }{
		{`module.agents["blue"].module.guard.aws_bedrock_guardrail.this[0]`, "kms_key_arn", `-> p#aws_kms_key.tenant["blue"] arn`, "/eu-central-1/aws"},
		{`module.agents["red.x]"].module.guard.aws_bedrock_guardrail.this[0]`, "kms_key_arn", `-> p#aws_kms_key.tenant["red.x]"] arn`, "/eu-central-1/aws"},
		{`aws_bedrockagent_agent.a`, "customer_encryption_key_arn", `-> p#module.keys.aws_kms_key.this[0] arn`, "444455556666/cn-north-1/aws-cn"},
		{`aws_kms_key.tenant["blue"]`, "policy", "absent", "/eu-central-1/aws"},
		{`aws_kms_key.tenant["blue"]`, "multi_region", "absent", "/eu-central-1/aws"},
		{`module.keys.aws_kms_key.this[0]`, "arn", "unknown: known only after apply", "//"},
	} {
		r := resource(t, m, tt.address)
		if got := show(r.Attributes.Get(tt.attribute)); got != tt.want {
			t.Errorf("%s.%s: %s, want %s", tt.address, tt.attribute, got, tt.want)
		}
		if got := r.Account + "/" + r.Region + "/" + r.Partition; got != tt.place {
			t.Errorf("%s is in %s, want %s", tt.address, got, tt.place)
		}
	}
}

func TestErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		doc, want string
		state     bool
	}{
		"no address":        {doc: "{\"resource_changes\": [\n {\"change\": {}}]}", want: "p:2:2: the resource has no address"},
		"malformed address": {doc: "{\"resource_changes\": [\n {\"address\": \"module.x[\"}]}", want: "p:2:14: the resource's address is malformed: module.x["},
		"no change":         {doc: "{\"resource_changes\": [\n {\"address\": \"a_b.c\"}]}", want: "p:2:2: the resource change has no change"},
		"no plan":           {doc: "{}", want: "p:1:1: the file is no Terraform plan"},
		"no state":          {doc: "{}", want: "p:1:1: the file is no Terraform state", state: true},
		"old state": {doc: "{\n\"version\": 3, \"serial\": 1, \"modules\": []}", state: true,
			want: "p:2:12: the state has format version 3; only version 4 is read"},
		"state without type":      {doc: `{"version": 4, "serial": 1, "resources": [{"name": "x"}]}`, want: "p:1:43: the resource has no type or no name", state: true},
		"state with a bad module": {doc: `{"version": 4, "serial": 1, "resources": [{"type": "t", "name": "x", "module": "m"}]}`, want: "p:1:80: the resource's module address is malformed: m", state: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := planfile.Plan
			if tt.state {
				f = planfile.State
			}
			_, err := f("p", parse(t, "p", tt.doc))
			var e *syntax.Error
			if !errors.As(err, &e) || err.Error() != tt.want || e.Hint == "" {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestNoFalseDetection(t *testing.T) {
	for _, doc := range []string{
		`[]`, `{}`, `{"Resources": {"K": {"Type": "AWS::KMS::Key"}}}`, `{"version": "36.0.0", "artifacts": {}}`,
		`{"version": "bedlock-inventory/v1", "resources": []}`, `{"format_version": "1.0", "valid": true, "diagnostics": []}`,
		`{"version": 4, "resources": []}`, `{"resource_changes": null}`, `"x"`, `null`,
	} {
		if n := parse(t, "p", doc); planfile.DetectPlan(n) || planfile.DetectState(n) {
			t.Errorf("detected: %s", doc)
		}
	}
}
