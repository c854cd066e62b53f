package emit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/inventory"
)

// TestDemo: of the plan for the demo's estate, what is written in other languages is audited, beside
// who is in its accounts, on the rung that is planned.
func TestDemo(t *testing.T) {
	inv, plan := fixtest.Demo(t, nil)
	var tf bytes.Buffer
	if err := emit.Terraform(&tf, plan, embedded(t)); err != nil {
		t.Fatal(err)
	}
	// check returns how many slots are written.
	check := func(name string, text []byte, place map[string]string, in func(s *fix.Subject) bool, left string) (n int) {
		t.Helper()
		got := auditedBeside(t, inv, name, text, iac.Options{Parameters: place})
		for i := range plan.Subjects {
			s := &plan.Subjects[i]
			// A data source is judged with its knowledge base, which is in no text.
			if s.Why != "" || !in(s) || s.Type == "AWS::Bedrock::DataSource" || strings.Contains(string(text), fmt.Sprintf(left, s.Title)) || strings.Contains(string(text), fmt.Sprintf(left, s.Resource)) {
				continue
			}
			n++
			at := strings.Join([]string{s.Account, s.Region, s.Type, nameOf(s), s.Slot}, " ")
			if rung, ok := got[at]; !ok || rung != s.Reaches {
				t.Errorf("%s: %s: %v, planned %v", name, at, rung, s.Reaches)
			}
		}
		return n
	}
	// The encryption of a bucket is a resource of its own, which no audit sees without the bucket.
	if n := check("main.tf", tf.Bytes(), nil, func(s *fix.Subject) bool { return s.Type != "AWS::S3::Bucket" }, "# Not here: %s: "); n != 23 {
		t.Errorf("%d slots in Terraform", n)
	}
	n := 0
	for _, place := range emit.Places(plan) {
		var cf bytes.Buffer
		if err := emit.CloudFormation(&cf, plan, embedded(t), place); err != nil {
			t.Fatal(err)
		}
		n += check("template.json", cf.Bytes(), map[string]string{"AWS::AccountId": place.Account, "AWS::Region": place.Region},
			func(s *fix.Subject) bool { return s.Account == place.Account && s.Region == place.Region }, `"Resource": "%s"`)
	}
	if n != 20 {
		t.Errorf("%d slots in CloudFormation", n)
	}
}

func nameOf(s *fix.Subject) string {
	_, n, _ := strings.Cut(s.Title, `"`)
	return strings.TrimSuffix(n, `"`)
}

func auditedBeside(t *testing.T, inv *inventory.Inventory, name string, text []byte, o iac.Options) map[string]bedlock.Rung {
	t.Helper()
	dir := t.TempDir()
	parts := inv.Parts()
	parts.Resources, parts.Aliases, parts.Grants, parts.Keys = nil, nil, nil, nil
	people, err := inventory.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := inventory.Write(&b, people); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{name: text, "people.json": b.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read, err := iac.Collect(t.Context(), embedded(t), []string{dir}, o)
	if err != nil {
		t.Fatal(err)
	}
	got, out := rungs(t, read), map[string]bedlock.Rung{}
	for _, r := range read.Parts().Resources {
		for _, s := range r.Slots {
			out[strings.Join([]string{r.Account.Or(""), r.Region.Or(""), r.Type, r.Name.Or(r.ID), s.Name}, " ")] = got[[2]string{r.ID, s.Name}]
		}
	}
	return out
}
