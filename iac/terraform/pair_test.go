package terraform

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
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

// TestCorpus reads other people's plans through the whole of [Plan].
func TestCorpus(t *testing.T) {
	corpus := os.Getenv("BEDLOCK_CORPUS")
	if corpus == "" {
		t.Skip("BEDLOCK_CORPUS IS NOT SET: no plan of other people was read; the tests with own plans still ran")
	}
	files, plans, folders, documents, resources := 0, 0, 0, 0, 0
	err := filepath.WalkDir(filepath.Join(corpus, "tf"), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if m := Folder(filepath.ToSlash(name), Options{}); m.Input.Status != bedlock.InputSkipped {
				folders++
			}
			return nil
		}
		files++
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text, err := syntax.Decode(name, raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		n, err := syntax.ParseJSON(name, text, syntax.Limits{})
		if err != nil || !DetectPlan(n) {
			return nil
		}
		m, err := Plan(name, n)
		if err != nil {
			var e *syntax.Error
			if !errors.As(err, &e) || e.At.Line == 0 {
				t.Errorf("%s: %v is without a place", name, err)
			}
			return nil
		}
		plans++
		resources += len(m.Resources)
		for _, r := range m.Resources {
			sound(t, r.Attributes)
			if r.Type == "data.aws_iam_policy_document" {
				documents++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d plans with %d resources and %d policy documents, %d folders with code", files, plans, resources, documents, folders)
	if plans == 0 {
		t.Error("no plan in the corpus")
	}
}

// FuzzPlan reads any text as a plan whose policy documents are made.
func FuzzPlan(f *testing.F) {
	pair, err := os.ReadFile("testdata/pair/plan.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(pair))
	f.Add(`{"resource_changes":[{"address":"data.aws_iam_policy_document.d","mode":"data","type":"aws_iam_policy_document","name":"d","change":{"actions":["read"],"after":{"statement":[{"principals":[{"type":"AWS"}]}]},"after_unknown":{"json":true,"statement":[{"principals":[{"identifiers":true}]}]}}}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		n, err := syntax.ParseJSON("p", []byte(s), syntax.Limits{MaxBytes: 1 << 20})
		if err != nil || !DetectPlan(n) {
			return
		}
		if m, err := Plan("p", n); err == nil {
			for _, r := range m.Resources {
				sound(t, r.Attributes)
			}
		}
	})
}
