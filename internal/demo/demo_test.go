package demo_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/audit"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/demo"
	"github.com/bedlock/bedlock/inventory"
	"github.com/bedlock/bedlock/plane/local"
)

// collected is the estate as it is read from the plane.
func collected(t testing.TB) *inventory.Inventory {
	t.Helper()
	s, err := demo.Seed()
	if err != nil {
		t.Fatal(err)
	}
	p, err := local.Open(t.Context(), local.Options{Seed: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	h, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	inv, err := awsapi.Collect(t.Context(), awsapi.Options{
		Config: awsapi.At(server.URL, demo.AccessKeyID, demo.SecretAccessKey, "us-east-1", nil), Catalog: known,
		Organization: true, Regions: demo.Regions(), Role: demo.Role, Types: demo.Types(), Rate: 10_000, InFlight: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// told is what the story calls a slot.
func told(s *bedlock.Subject) string {
	name := s.Name
	switch {
	case strings.HasPrefix(name, "arn:") && s.Type == "AWS::Bedrock::Guardrail": // whose id is another one each time
		name = "one whose name is not known"
	case strings.HasPrefix(name, "arn:"):
		name = s.Region + " " + name[strings.LastIndexByte(name, ':')+1:]
	}
	return fmt.Sprintf("%s %s %s: %s", s.Account, strings.TrimPrefix(s.Type, "AWS::"), name, s.Slot)
}

// TestRungs: every slot of the estate stands where its story says, and there is one on every
// rung that what is deployed can stand on.
func TestRungs(t *testing.T) {
	got := map[string]string{}
	seen := map[bedlock.Rung]bool{}
	_, err := audit.Run(t.Context(), collected(t), audit.Options{}, func(m bedlock.Message) error {
		if s := m.Slot; s != nil {
			got[told(&s.Subject)] = s.Rung.String() + ": " + s.Evidence[0].Text
			seen[s.Rung] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for subject, want := range rungs {
		if !strings.HasPrefix(got[subject], want) {
			t.Errorf("%s: %s, want %s", subject, got[subject], want)
		}
		delete(got, subject)
	}
	for subject, rung := range got {
		t.Errorf("%s is not in the story: %s", subject, rung)
	}
	for _, r := range bedlock.Rungs() {
		if r != bedlock.Unresolved && !seen[r] { // which only code can be
			t.Errorf("nothing stands on %s", r)
		}
	}
}

// TestAuditPolicy: the auditor of the estate may do what the collector needs, and nothing
// else.
func TestAuditPolicy(t *testing.T) {
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	want, err := awsapi.MinimalPolicy(awsapi.Options{Catalog: known, Types: demo.Types()})
	if err != nil {
		t.Fatal(err)
	}
	audit := file(t, "audit.json")
	if diff := cmp.Diff(want, audit); diff != "" {
		t.Error(diff)
	}
	want, err = awsapi.MinimalPolicy(awsapi.Options{Catalog: known, Types: demo.Types(), Organization: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := append(statements(t, audit), statements(t, file(t, "organization.json"))...); !cmp.Equal(statements(t, want), got) {
		t.Error(cmp.Diff(statements(t, want), got))
	}
}

// file is a file of the estate.
func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("estate", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func statements(t *testing.T, policy string) []any {
	t.Helper()
	var doc struct{ Statement []any }
	if err := json.Unmarshal([]byte(policy), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Statement
}
