package terraform

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac/graph"
)

// TestHostile: what would cost without bound ends soon, with a word about it.
func TestHostile(t *testing.T) {
	doubled := "locals {\n  l0 = \"xxxxxxxxxxxxxxxx\"\n  o0 = [1]\n"
	for i := range 60 {
		doubled += fmt.Sprintf("  l%d = \"${local.l%d}${local.l%d}\"\n  o%d = { a = local.o%d, b = local.o%d }\n", i+1, i, i, i+1, i, i)
	}
	doubled += "}\nresource \"x\" \"x\" { x = local.l60 }\nresource \"x\" \"y\" {\n  y = local.o60\n  z = jsonencode(local.o60)\n}\n"
	var modules []string
	for i := range 40 {
		modules = append(modules, fmt.Sprintf("r/%smain.tf", strings.Repeat("m/", i)), "module \"a\" { source = \"./m\" }\nmodule \"b\" { source = \"./m\" }\nresource \"aws_kms_key\" \"k\" {}\n")
	}
	for _, c := range []struct {
		name  string
		files []string
		note  string // expected in the notes or the failure
	}{
		{"count", []string{"main.tf", `resource "x" "x" { count = 1000000000 }`}, "x.x has 1000000000 instances; 10000 of them are read"},
		{"counts", []string{"main.tf", strings.Repeat("module \"M\" {\n source = \"./m\"\n count = 9999\n}\n", 1), "r/m/main.tf", `resource "x" "x" { count = 9999 }`}, "there are too many instances"},
		{"doubling", []string{"main.tf", doubled}, "the evaluation was ended"},
		{"modules", modules, "nested too deeply"},
		{"brackets", []string{"main.tf", "a = " + strings.Repeat("[", 200_000)}, "nested more than 500 levels deep"},
		{"parentheses over lines", []string{"main.tf", "a = " + strings.Repeat("f(\na, ", 200_000)}, "nested more than 500 levels deep"},
		{"blocks", []string{"main.tf", strings.Repeat("b {\n", 100_000)}, "nested more than 500 levels deep"},
		{"unary", []string{"main.tf", "a = " + strings.Repeat("!", 1_000_000) + "true"}, "nested more than 500 levels deep"},
		{"conditionals", []string{"main.tf", "a = " + strings.Repeat("true == true ? {x = 1} : ", 100_000) + "1"}, "nested more than 500 levels deep"},
		{"templates", []string{"main.tf", "a = " + strings.Repeat(`"${`, 100_000)}, "nested more than 500 levels deep"},
		{"JSON", []string{"main.tf.json", `{"locals":` + strings.Repeat(`{"a":`, 100_000)}, "nest"},
		{"JSON templates", []string{"main.tf.json", `{"locals":{"a":"` + strings.Repeat(`${[`, 100_000) + `"}}`}, ""},
		{"sums", []string{"main.tf", "locals { a = 1" + strings.Repeat(" + 1", 300_000) + " }\nresource \"x\" \"x\" { x = local.a }"}, ""},
		{"for in for", []string{"main.tf", "locals { r = range(1000) }\nresource \"x\" \"x\" { x = [for a in local.r : [for b in local.r : [for c in local.r : [for d in local.r : 1]]]] }"}, "the evaluation was ended"},
		{"wide format", []string{"main.tf", `resource "x" "x" { x = format("%999999999d", 1) }`}, ""},
		{"recursion", []string{"main.tf", "locals {\n a = local.b\n b = { for k, v in local.a : k => v }\n}\nresource \"x\" \"x\" { count = length(local.b) + length(x.x) }"}, ""},
		{"long conditions", []string{"main.tf", `variable "v" { type = list(string) }
resource "x" "x" { x = [for i in range(500) : i if var.v[i] == "x"] }`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			m := code(t, Options{}, c.files...)
			said := m.Input.Reason
			for _, n := range m.Input.Notes {
				said += "\n" + n.Text
			}
			if !strings.Contains(said, c.note) {
				t.Errorf("said %.500q, want %q", said, c.note)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// FuzzFolder evaluates a folder with a module of any text.
func FuzzFolder(f *testing.F) {
	for _, s := range []string{
		`resource "aws_kms_key" "k" { count = var.x ? 1 : 0 }`,
		"variable \"x\" { type = bool }\nlocals { a = [for k, v in { a = 1 } : \"${k}-${v}\" if v > 0] }\nresource \"x\" \"x\" { a = local.a[0] }",
		"resource \"x\" \"x\" {\n  dynamic \"b\" {\n    for_each = toset([\"a\"])\n    content { v = b.value }\n  }\n}",
		"data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = [\"kms:*\"]\n    principals {\n      type = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}\nresource \"x\" \"x\" { policy = data.aws_iam_policy_document.d.json }",
		"module \"m\" {\n  source = \"./m\"\n  for_each = { a = null }\n  x = each.value\n}",
		"locals { a = local.b\n b = try(local.a[0].c, coalesce(null, \"\"), jsonencode({ x = x.y.z })) }\nresource \"x\" \"y\" { a = \"${local.b}%{ if true }x%{ endif }\" }",
		"resource \"x\" \"x\" { a = <<-EOT\n  ${aws_kms_key.k.arn}\n  EOT\n}",
		"resource \"x\" \"x\" { a = format(\"%s %[1]q %d\", x.y.arn, 1) }",
		`{"resource": {"aws_kms_key": {"k": {"policy": "${jsonencode({a = 1})}"}}}}`,
		"resource \"x\" \"x\" { a = cidrsubnet(\"10.0.0.0/8\", 8, 1) + element([], 0) }",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := inMemory{"r/main.tf": s, "r/x.tf.json": s, "r/terraform.tfvars": s, "r/m/main.tf": "variable \"x\" {}\n" + s}
		m := evaluate(d, "r", Options{Variables: map[string]string{"x": "true"}})
		ids := map[string]bool{}
		for _, r := range m.Resources {
			if ids[r.ID] {
				t.Errorf("%s is there twice", r.ID)
			}
			ids[r.ID] = true
			sound(t, r.Attributes)
			if refersToAll(r.Attributes) {
				t.Errorf("a reference to a whole resource in %s", show(r.Attributes))
			}
		}
		for _, c := range m.Consumed {
			if c.Status == bedlock.InputFailed && (c.Reason == "" || c.At.File == "") {
				t.Errorf("failure without reason or place: %+v", c)
			}
		}
	})
}

// sound checks what every value that leaves the package promises.
func sound(t *testing.T, v graph.Value) {
	switch {
	case v.Kind == graph.Ref && v.Target == "":
		t.Errorf("reference to nothing at %v", v.At)
	case v.Kind == graph.Unknown && (v.Text == "" || v.Target != ""):
		t.Errorf("unknown %q without a reason, or internal %q, at %v", v.Text, v.Target, v.At)
	case v.Kind == graph.Choice && len(v.Choices) < 2:
		t.Errorf("choice of %d", len(v.Choices))
	case strings.Contains(v.Text, sealOpen):
		t.Errorf("internal text %q", v.Text)
	}
	for _, item := range v.Items {
		sound(t, item)
	}
	for _, m := range v.Members {
		sound(t, m.Value)
	}
	for _, b := range v.Choices {
		sound(t, b.Value)
	}
}

// refersToAll finds references without an attribute, which code must not give; a
// plan may, as it does not always record which attribute is meant.
func refersToAll(v graph.Value) bool {
	all := v.Kind == graph.Ref && v.Text == ""
	for _, item := range v.Items {
		all = all || refersToAll(item)
	}
	for _, m := range v.Members {
		all = all || refersToAll(m.Value)
	}
	for _, b := range v.Choices {
		all = all || refersToAll(b.Value)
	}
	return all
}
