package emit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/demo"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/emit"
	"github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane/local"
)

// TestDemo: of the plan for the demo's estate, what is written in other languages is audited, beside
// who is in its accounts, on the rung that is planned.
func TestDemo(t *testing.T) {
	inv, plan := demoPlan(t)
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

// demoPlan is the demo's inventory, and a plan that puts what has no key under new ones.
func demoPlan(t *testing.T) (*inventory.Inventory, *fix.Plan) {
	t.Helper()
	s, err := demo.Seed()
	if err != nil {
		t.Fatal(err)
	}
	p, err := local.Open(t.Context(), local.Options{Seed: s, NoPage: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	h, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	cfg := awsapi.At(local.Endpoint, demo.AccessKeyID, demo.SecretAccessKey, demo.Regions()[0], local.Client(h))
	inv, err := awsapi.Collect(t.Context(), awsapi.Options{Config: cfg, Catalog: embedded(t), Role: demo.Role, Organization: true, Regions: demo.Regions(), Types: demo.Types(), Rate: 10000})
	if err != nil {
		t.Fatal(err)
	}
	p.World.Authorizer.AllowAll = true // the auditor may not read all that a plan needs
	client, err := awsapi.NewClient(t.Context(), awsapi.ClientOptions{Config: cfg, Role: demo.Role, Rate: 10000})
	if err != nil {
		t.Fatal(err)
	}
	// The draft of one agent has no model, and UpdateAgent takes none without: it has no plan.
	var only []string
	for _, r := range inv.Parts().Resources {
		if r.Name.Or("") != "initech-desk" {
			only = append(only, r.ID)
		}
	}
	plan, err := fix.Make(t.Context(), fix.Request{
		Inventory: inv, Catalog: embedded(t), Target: fix.Target{Aim: fix.New, Per: fix.PerIsolation, Alias: "alias/new/{group}"}, Estate: live.Estate{Client: client}, Source: "demo", Now: time.Now(),
		Only: fix.Selection{Resources: only, Rungs: []bedlock.Rung{bedlock.Unkeyed, bedlock.AWSManaged}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv, plan
}
