package emit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/wire"
)

// texts are what people write into prompts, and what they could.
var texts = []string{
	"hello", "", "-n", "Human: {{question}}\n\nAssistant:", hostile, "'; rm -rf ~; '", `"quoted" and 'single'`, "$", "$$", "${", "%{", "$${x}", "$(id)", "`id`", `\`, `\\`, `\"`, `C:\new\table`,
	"line\r\nline\r", "\t\v\f\b\x7f", "END_OF_TEXT", "a\nEND_OF_TEXT\nb", "日本語 é 🔑", "\u2028\u2029\ufeff", "null", "true", "1.0", "{\"a\": [1, 2.50, null]}", "[", "]", "{}", "é\u0301", "# no comment", "~root", "*", "?", "!history", "a=b;c&d|e<f>g",
}

// planOf is a plan of one update whose input, state and title have a text, with more texts in the
// state and the input.
func planOf(t testing.TB, text string, more ...string) *fix.Plan {
	t.Helper()
	arn := "arn:aws:bedrock:eu-west-1:111122223333:prompt/PROMPT1234"
	place := fix.Place{Account: "111122223333", Region: "eu-west-1"}
	call := func(operation string, in wire.Object) fix.Call {
		return fix.Call{Service: "bedrock-agent", Operation: operation, Input: in}
	}
	read := wire.Object{"promptIdentifier": "PROMPT1234"}
	var variants []any
	for _, text := range append([]string{text}, more...) {
		variants = append(variants, wire.Object{"name": "a", "templateType": "TEXT", "templateConfiguration": wire.Object{"text": wire.Object{"text": text}}})
	}
	before := wire.Object{"name": "p", "description": text, "variants": variants}
	key := "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
	after := before.With(wire.Object{"customerEncryptionKeyArn": key})
	p := &fix.Plan{
		Target:   fix.Target{Aim: fix.Existing, Key: key},
		Subjects: []fix.Subject{{Resource: arn, Type: "AWS::Bedrock::Prompt", Slot: "content", Title: "prompt \"" + text + "\"", To: key, Rung: bedlock.Unkeyed, Reaches: bedlock.Sound}},
		Steps: []fix.Step{{
			ID: "s01-update-prompt", Title: "prompt " + text, Kind: fix.Update, Place: place, Subject: arn,
			State: &fix.State{Read: call("GetPrompt", read), JSON: []string{"description"}}, Before: before, After: after,
			Do: []fix.Call{call("UpdatePrompt", after.With(read))}, Undo: []fix.Call{call("UpdatePrompt", before.With(read))},
		}},
	}
	if err := p.Seal(); err != nil {
		t.Skip(err) // a text that plans have a meaning for
	}
	return p
}

// cli stands for the AWS CLI: it answers a state until it is given an input, and then another.
const cli = `#!/bin/sh
case "$*" in
*--generate-cli-skeleton*) ;;
"sts "*) echo 111122223333 ;;
*" update-prompt "*) for last; do :; done; cp "${last#file://}" "$FAKE/written" ;;
*) if [ -e "$FAKE/written" ]; then cat "$FAKE/after"; else cat "$FAKE/before"; fi ;;
esac
`

// fake writes a plan as a script beside a CLI that answers its states, and runs it.
func fake(t *testing.T, p *fix.Plan) (dir string, err error) {
	t.Helper()
	dir = t.TempDir()
	var b bytes.Buffer
	if err := emit.Script(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]any{"plan.sh": b.String(), "aws": cli, "before": p.Steps[0].Before, "after": p.Steps[0].After} {
		text, ok := content.(string)
		if !ok {
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "    ")
			if err := enc.Encode(content); err != nil {
				t.Fatal(err)
			}
			text = b.String()
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir, again(t, dir)
}

// again runs the script in a folder.
func again(t *testing.T, dir string, args ...string) error {
	t.Helper()
	cmd := exec.Command("sh", append([]string{"plan.sh"}, args...)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "FAKE=" + dir}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// written are the texts that a script has sent.
func written(t *testing.T, dir string) (out []string) {
	t.Helper()
	sent, err := os.ReadFile(filepath.Join(dir, "written"))
	if err != nil {
		t.Fatal(err)
	}
	var in struct {
		Description string
		Variants    []struct {
			TemplateConfiguration struct{ Text struct{ Text string } }
		}
	}
	if err := json.Unmarshal(sent, &in); err != nil {
		t.Fatalf("%v\n%s", err, sent)
	}
	out = append(out, in.Description)
	for _, v := range in.Variants {
		out = append(out, v.TemplateConfiguration.Text.Text)
	}
	return out
}

// FuzzScript: whatever a text is, the script sends it as it is, sees that it is there, and runs
// nothing of it.
func FuzzScript(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 4000 {
			t.Skip("no text of an API")
		}
		dir, err := fake(t, planOf(t, text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if d := cmp.Diff([]string{text, text}, written(t, dir)); d != "" {
			t.Error(d)
		}
		made, err := os.ReadDir(dir)
		if err != nil || len(made) != 6 {
			t.Errorf("%q has made %v, %v", text, made, err)
		}
	})
}

// TestScriptTexts: two thousand texts at random, of what shells and JSON have a meaning for.
func TestScriptTexts(t *testing.T) {
	alphabet := []string{"$", "(", ")", "`", "\\", "\"", "'", "\n", "\r", "\t", "\x01", "\x7f", "{", "}", "[", "]", "END_OF_TEXT", "touch pwned", "x", " ", "é", "日", "🔑", "\u0085", "\u2028", "u0041", "null", ":", ",", "#", "%", "&", "|", ";", "<", ">", "*", "!"}
	r := rand.New(rand.NewPCG(1, 2))
	var all []string
	for range 2000 {
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		all = append(all, b.String())
	}
	dir, err := fake(t, planOf(t, "first", all...))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(append([]string{"first", "first"}, all...), written(t, dir)); d != "" {
		t.Error(d)
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("a text was run")
	}
}

// TestScriptConflict: what somebody else has changed is left alone, on both ways.
func TestScriptConflict(t *testing.T) {
	p := planOf(t, "text")
	dir, err := fake(t, p)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(read(t, dir, "after"), `"text"`, `"other"`, 1)
	if err := os.WriteFile(filepath.Join(dir, "after"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	before := read(t, dir, "written")
	err = again(t, dir, "--undo")
	if err == nil || !strings.Contains(err.Error(), "nothing was written over it:\n    description\nbedlock: make a new plan") {
		t.Errorf("%v", err)
	}
	if read(t, dir, "written") != before {
		t.Error("something was written over it")
	}
	// Without the run's folder, it is another run.
	if err := os.RemoveAll(filepath.Join(dir, "bedlock-run-"+p.ID)); err != nil {
		t.Fatal(err)
	}
	err = again(t, dir)
	if err == nil || !strings.Contains(err.Error(), "    customerEncryptionKeyArn\n    description\nbedlock: make a new plan") {
		t.Errorf("%v", err)
	}
	if read(t, dir, "written") != before {
		t.Error("something was written over it")
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// FuzzTerraform: whatever a text is, it is that text in the code, and no other code.
func FuzzTerraform(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			t.Skip("no text of Terraform")
		}
		var b bytes.Buffer
		if err := emit.Terraform(&b, planOf(t, text), embedded(t)); err != nil {
			t.Fatal(err)
		}
		file, diagnostics := hclsyntax.ParseConfig(b.Bytes(), "main.tf", hcl.InitialPos)
		if diagnostics.HasErrors() {
			t.Fatalf("%v\n%s", diagnostics, b.Bytes())
		}
		if cty.NormalizeString(text) != text {
			if !strings.Contains(b.String(), ": Terraform would write a text of it in another form of Unicode. The script") {
				t.Errorf("%q is written as another text:\n%s", text, b.Bytes())
			}
			return
		}
		blocks := file.Body.(*hclsyntax.Body).Blocks
		if len(blocks) != 4 {
			t.Fatalf("%d blocks:\n%s", len(blocks), b.Bytes())
		}
		got, diagnostics := blocks[3].Body.Attributes["description"].Expr.Value(nil)
		if diagnostics.HasErrors() || got.AsString() != text {
			t.Errorf("%q for %q: %v", got.AsString(), text, diagnostics)
		}
	})
}
