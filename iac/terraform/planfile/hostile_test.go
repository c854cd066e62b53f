package planfile_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/iac/terraform/planfile"
)

// large makes a plan of n resources, half of them keys of one for_each, in modules
// of modules, with the parts that Terraform writes.
func large(n, pad int) []byte {
	var b strings.Builder
	filler := strings.Repeat("x", pad)
	b.WriteString(`{"format_version": "1.2", "planned_values": {"root_module": {}}, "resource_changes": [`)
	for i := range n / 2 {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"address": "module.k.aws_kms_key.t[\"t%d\"]", "mode": "managed", "type": "aws_kms_key", "name": "t", "index": "t%d", "change": {"actions": ["create"], "before": null,
 "after": {"description": "%s", "is_enabled": true, "deletion_window_in_days": 30, "tags": {"a": "b"}, "policy": null}, "after_unknown": {"arn": true, "id": true, "key_id": true}, "after_sensitive": {}}},
`, i, i, filler)
		fmt.Fprintf(&b, `{"address": "module.u[\"t%d\"].aws_bedrockagent_agent.a", "mode": "managed", "type": "aws_bedrockagent_agent", "name": "a", "change": {"actions": ["create"], "before": null,
 "after": {"agent_name": "a", "instruction": "%s", "tags": {"a": "b"}}, "after_unknown": {"agent_arn": true, "customer_encryption_key_arn": true, "memory_configuration": [{}]}, "after_sensitive": {"tags": {}}}}`, i, filler)
	}
	b.WriteString(`], "configuration": {"provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}}}, "root_module": {"module_calls": {
		"k": {"module": {"outputs": {"arns": {"expression": {"references": ["aws_kms_key.t"]}}}, "resources": [{"mode": "managed", "type": "aws_kms_key", "name": "t", "provider_config_key": "aws", "expressions": {}}]}},
		"u": {"for_each_expression": {"references": ["module.k.arns", "module.k"]}, "expressions": {"key": {"references": ["each.value.arn", "each.value"]}},
			"module": {"resources": [{"mode": "managed", "type": "aws_bedrockagent_agent", "name": "a", "provider_config_key": "aws", "expressions": {"customer_encryption_key_arn": {"references": ["var.key"]}}}]}}}}}}`)
	return []byte(b.String())
}

// TestManyResources: time must grow with the file, not with its square.
func TestManyResources(t *testing.T) {
	const n = 20_000
	m, err := planfile.Plan("p", parse(t, "p", string(large(n, 10))))
	if err != nil || len(m.Resources) != n {
		t.Fatalf("%d resources, %v", len(m.Resources), err)
	}
	last := m.Resources[n-1]
	if got := show(last.Attributes.Get("customer_encryption_key_arn")); got != `-> p#module.k.aws_kms_key.t["t9999"] arn` || last.Region != "us-east-1" {
		t.Errorf("%s: %s in %q", last.Address, got, last.Region)
	}
}

func repeat(format string, n int) string {
	var list []string
	for i := range n {
		list = append(list, strings.ReplaceAll(format, "%", fmt.Sprint(i)))
	}
	return strings.Join(list, ",")
}

// TestHostile: plans made to be expensive are read in bounded time, whatever they
// come to.
func TestHostile(t *testing.T) {
	agent := func(expression, rest string) string {
		return `{"resource_changes": [{"address": "aws_a.a", "type": "aws_a", "change": {"actions": ["create"], "after": {}, "after_unknown": {"kms_key_arn": true}}}],
			"configuration": {"root_module": {"resources": [{"mode": "managed", "type": "aws_a", "name": "a", "expressions": {"kms_key_arn": ` + expression + `}}]` + rest + `}}}`
	}
	for name, tt := range map[string]struct{ doc, want string }{
		"long chain": {agent(refs("module.m0.o"), `, "module_calls": {`+repeat(`"m%": {"expressions": {"v": {"references": ["module.m%x.o"]}}, "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}}}`, 1)+`}`),
			"unknown: module.m0x.o is not in the plan"},
		"far chain":           {agent(refs("module.m0.o"), `, "module_calls": {`+chain(5000)+`}`), "unknown: references lead too far"},
		"a tree that doubles": {agent(refs("module.m0.o"), `, "module_calls": {`+doubling(90)+`}`), "unknown: module.m90.o is not in the plan"},
		"many references":     {agent(`{"references": [`+repeat(`"aws_kms_key.k%.arn"`, 50_000)+`]}`, ""), "unknown: an expression of this size is not in the plan"},
		"a long reference":    {agent(refs(strings.Repeat("a.", 1_000_000)), ""), "unknown: an expression of this size is not in the plan"},
		"many attributes": {`{"resource_changes": [{"address": "aws_a.a", "type": "aws_a", "change": {"actions": ["create"], "after": {` + repeat(`"a%": 1`, 50_000) + `},
			"after_unknown": {` + repeat(`"b%": true`, 50_000) + `}, "after_sensitive": {` + repeat(`"a%": true`, 50_000) + `}}}]}`, "absent"},
		"many blocks": {`{"resource_changes": [{"address": "aws_a.a", "type": "aws_a", "change": {"actions": ["create"], "after": {"v": [` + repeat(`{"n": %}`, 20_000) + `]},
			"after_unknown": {"v": [` + repeat(`{"k": true}`, 20_000) + `]}}}], "configuration": {"root_module": {"resources": [{"mode": "managed", "type": "aws_a", "name": "a", "expressions": {"v": [` + repeat(`{"n": {"constant_value": %}}`, 20_000) + `]}}]}}}`, "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			n, begin := parse(t, "p", tt.doc), time.Now()
			m, err := planfile.Plan("p", n)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(m.Resources[0].Attributes.Get("kms_key_arn")); got != tt.want {
				t.Errorf("got %.200s, want %s", got, tt.want)
			}
			if d := time.Since(begin); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

func chain(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"m%d": {"expressions": {"v": {"references": ["module.m%d.o"]}}, "module": {"outputs": {"o": {"expression": {"references": ["var.v"]}}}}}`, i, i+1))
	}
	return strings.Join(list, ",")
}

func doubling(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"m%d": {"expressions": {"v": {"references": ["module.m%d.o"]}, "w": {"references": ["module.m%d.o"]}}, "module": {"outputs": {"o": {"expression": {"references": ["var.v", "var.w"]}}}}}`, i, i+1, i+1))
	}
	return strings.Join(list, ",")
}

func BenchmarkPlan100MB(b *testing.B) {
	doc := large(100_000, 700)
	n, err := syntax.ParseJSON("p", doc, syntax.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		m, err := planfile.Plan("p", n)
		if err != nil || len(m.Resources) != 100_000 {
			b.Fatal(err)
		}
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		b.ReportMetric(float64(s.HeapAlloc)/(1<<20), "MB-live")
		runtime.KeepAlive(m)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{platform, "testdata/tenants.json"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(large(4, 3))
	f.Add([]byte(`{"mock": {"a": {"resource_changes": [{"address": "module.m[\"x\"].data.t_u.n[0]", "change": {"actions": ["read"], "after": {"a": [1, null]}, "after_unknown": {"a": [false, true]}}}]}}}`))
	f.Add([]byte(`{"version": 4, "serial": 1, "resources": [{"module": "module.m[0]", "type": "t_u", "name": "n", "instances": [{"index_key": "k", "attributes": {"a": ["s"]}, "sensitive_attributes": [[{"type": "get_attr", "value": "a"}, {"type": "index", "value": {"value": 0, "type": "number"}}]]}]}]}`))
	f.Add([]byte(`{"format_version": "1.0", "values": {"root_module": {"resources": [{"address": "a_b.c", "values": {"x": "y"}}], "child_modules": [{"resources": []}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := syntax.ParseJSON("p", data, syntax.Limits{})
		if err != nil {
			return
		}
		for _, read := range []func(string, *syntax.Node) (graph.Module, error){planfile.Plan, planfile.State} {
			m, err := read("p", n)
			var e *syntax.Error
			if err != nil {
				if !errors.As(err, &e) || e.At.Line == 0 || e.Hint == "" {
					t.Fatalf("error without position or hint: %v", err)
				}
				continue
			}
			ids := map[string]bool{}
			for i := range m.Resources {
				r := &m.Resources[i]
				if ids[r.ID] || r.Attributes.Kind != graph.Map || r.Type == "" || r.At.Line == 0 {
					t.Fatalf("bad or repeated resource %+v", r)
				}
				ids[r.ID] = true
			}
			for i := range m.Resources {
				checkReferences(t, m.Resources[i].Attributes, ids)
			}
		}
	})
}

func checkReferences(t *testing.T, v graph.Value, ids map[string]bool) {
	if v.Kind == graph.Ref && !ids[v.Target] {
		t.Fatalf("reference to %s, which is not there", v.Target)
	}
	if v.Kind == graph.Unknown && v.Text == "" {
		t.Fatal("unknown without a reason")
	}
	for _, m := range v.Members {
		checkReferences(t, m.Value, ids)
	}
	for _, i := range v.Items {
		checkReferences(t, i, ids)
	}
}
