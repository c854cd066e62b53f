package terraform

import (
	"encoding/json"
	"os"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
)

// chosen are the attributes in which code and plan must agree. A plan has further
// ones: what the provider fills in.
var chosen = map[string][]string{
	"aws_bedrock_guardrail.this":                              {"name", "kms_key_arn", "blocked_input_messaging"},
	"aws_bedrockagent_agent.this":                             {"agent_name", "customer_encryption_key_arn", "agent_resource_role_arn", "foundation_model"},
	"aws_iam_role.agent":                                      {"name", "assume_role_policy"},
	"aws_kms_alias.own":                                       {"name", "target_key_id"},
	"aws_kms_key.own":                                         {"description", "enable_key_rotation", "policy"},
	"aws_s3_bucket.this":                                      {"bucket"},
	"module.key[0].aws_kms_key.this":                          {"description", "enable_key_rotation", "policy"},
	"aws_s3_bucket_server_side_encryption_configuration.this": {"bucket", "rule"},
}

// TestPair reads the same code from its folder and from its plan.
func TestPair(t *testing.T) {
	folder := Folder("testdata/pair", Options{})
	raw, err := os.ReadFile("testdata/pair/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	want := trees(t, folder)
	if got := want["aws_kms_key.own"]; !strings.Contains(got, `"AWS":"<aws_iam_role.agent arn>"`) {
		t.Errorf("the folder's key is %s", got)
	}
	if got := want["aws_bedrock_guardrail.this"]; !strings.Contains(got, `"kms_key_arn":"<module.key[0].aws_kms_key.this arn>"`) {
		t.Errorf("the folder's guardrail is %s", got)
	}
	for name, data := range map[string][]byte{"UTF-8": raw, "UTF-16 as PowerShell writes it": utf16LE(string(raw))} {
		t.Run(name, func(t *testing.T) {
			text, err := syntax.Decode("plan.json", data)
			if err != nil {
				t.Fatal(err)
			}
			n, err := syntax.ParseJSON("plan.json", text, syntax.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if !DetectPlan(n) || DetectState(n) {
				t.Fatal("not detected as a plan")
			}
			plan, err := Plan("plan.json", n)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, trees(t, plan)); diff != "" {
				t.Errorf("folder (-) and plan (+) differ:\n%s", diff)
			}
			for _, r := range plan.Resources {
				if strings.HasPrefix(r.Type, "aws_") && r.Region != "eu-central-1" {
					t.Errorf("%s is in %q", r.Address, r.Region)
				}
			}
		})
	}
}

func utf16LE(s string) []byte {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// trees are the chosen attributes as JSON with sorted names, by address.
func trees(t *testing.T, m graph.Module) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range m.Resources {
		names := append([]string(nil), chosen[r.Address]...)
		if len(names) == 0 {
			continue
		}
		sort.Strings(names)
		tree := map[string]any{}
		for _, name := range names {
			if v := plain(r.Attributes.Get(name)); v != nil {
				tree[name] = v
			}
		}
		text, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		out[r.Address] = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(text))
	}
	return out
}

// plain makes a value comparable: nothing, empty lists and text or structure of a
// document are the same in both.
func plain(v graph.Value) any {
	switch v.Kind {
	case graph.Absent:
		return nil
	case graph.Bool, graph.Number:
		return v.Text
	case graph.String:
		var document map[string]any
		if json.Unmarshal([]byte(v.Text), &document) == nil {
			return document
		}
		return v.Text
	case graph.List:
		var items []any
		for _, item := range v.Items {
			items = append(items, plain(item))
		}
		if len(items) == 0 {
			return nil
		}
		return items
	case graph.Map:
		members := map[string]any{}
		for _, m := range v.Members {
			if p := plain(m.Value); p != nil {
				members[m.Name] = p
			}
		}
		return members
	}
	return show(v)
}
