package emit_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/wire"
)

// twins is a plan of two prompts of the same name.
func twins(t testing.TB, name string) *fix.Plan {
	t.Helper()
	p := planOf(t, name)
	other, sub := p.Steps[0], p.Subjects[0]
	other.ID = "s02-update-prompt"
	other.Subject += "2"
	sub.Resource = other.Subject
	other.Do = []fix.Call{{Service: "bedrock-agent", Operation: "UpdatePrompt", Input: other.Do[0].Input.With(wire.Object{"promptIdentifier": "PROMPT12342"})}}
	p.Steps, p.Subjects = append(p.Steps, other), append(p.Subjects, sub)
	if err := p.Seal(); err != nil {
		t.Fatal(err)
	}
	return p
}

var logicalID = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

// FuzzNames: whatever resources are called, each has a name of its own in every language, the same
// each time, an import of its own, and its texts as they are.
func FuzzNames(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Add(`a" {}`)
	f.Add("日本")
	f.Add("1")
	f.Add("_")
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) || bytes.ContainsRune([]byte(name), 0) {
			t.Skip("no text of Terraform")
		}
		p := twins(t, name)
		var cf, again bytes.Buffer
		for _, w := range []*bytes.Buffer{&cf, &again} {
			if err := emit.CloudFormation(w, p, embedded(t), p.Steps[0].Place); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(cf.Bytes(), again.Bytes()) {
			t.Error("another template each time")
		}
		var doc struct {
			Metadata struct {
				Bedlock struct {
					ResourcesToImport []struct {
						LogicalResourceID  string `json:"LogicalResourceId"`
						ResourceIdentifier struct{ Arn string }
					}
				}
			}
			Resources map[string]struct{ Properties struct{ Description string } }
		}
		if err := json.Unmarshal(cf.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		imports := doc.Metadata.Bedlock.ResourcesToImport
		if len(doc.Resources) != 2 || len(imports) != 2 || imports[0].ResourceIdentifier.Arn != p.Steps[0].Subject || imports[1].ResourceIdentifier.Arn != p.Steps[1].Subject {
			t.Fatalf("%s", cf.Bytes())
		}
		for _, i := range imports {
			if r, ok := doc.Resources[i.LogicalResourceID]; !ok || !logicalID.MatchString(i.LogicalResourceID) || r.Properties.Description != name {
				t.Errorf("%q: %q for %q", i.LogicalResourceID, r.Properties.Description, name)
			}
		}
		if cty.NormalizeString(name) != name {
			return // see FuzzTerraform
		}
		var tf bytes.Buffer
		if err := emit.Terraform(&tf, p, embedded(t)); err != nil {
			t.Fatal(err)
		}
		file, diagnostics := hclsyntax.ParseConfig(tf.Bytes(), "main.tf", hcl.InitialPos)
		if diagnostics.HasErrors() {
			t.Fatalf("%v\n%s", diagnostics, tf.Bytes())
		}
		named := map[string]bool{}
		var to []string
		for _, b := range file.Body.(*hclsyntax.Body).Blocks {
			switch b.Type {
			case "resource":
				named[b.Labels[1]] = true
				if got, _ := b.Body.Attributes["description"].Expr.Value(nil); !hclsyntax.ValidIdentifier(b.Labels[1]) || got.AsString() != name {
					t.Errorf("%s: %q for %q", b.Labels[1], got.AsString(), name)
				}
			case "import":
				address, _ := hcl.AbsTraversalForExpr(b.Body.Attributes["to"].Expr)
				to = append(to, address[1].(hcl.TraverseAttr).Name)
				if id, _ := b.Body.Attributes["id"].Expr.Value(nil); id.AsString() != p.Steps[len(to)-1].Do[0].Input.Text("promptIdentifier") {
					t.Errorf("import of %s", id.AsString())
				}
			}
		}
		if len(named) != 2 || len(to) != 2 || !named[to[0]] || !named[to[1]] {
			t.Errorf("%v, %v", named, to)
		}
	})
}
