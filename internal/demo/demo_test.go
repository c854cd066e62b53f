package demo_test

import (
	"net/http/httptest"
	"os"
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
		Accounts: demo.Accounts(), Regions: demo.Regions(), Role: demo.Role, Types: demo.Types(), Rate: 10_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// TestRungs: every slot of the estate stands where its story says, and there is one on every
// rung that what is deployed can stand on.
func TestRungs(t *testing.T) {
	got := map[string]string{}
	seen := map[bedlock.Rung]bool{}
	_, err := audit.Run(t.Context(), collected(t), audit.Options{}, func(m bedlock.Message) error {
		if s := m.Slot; s != nil {
			name := s.Subject.Name
			if strings.HasPrefix(name, "arn:") {
				name = "one whose name is not known"
			}
			got[s.Subject.Account+" "+s.Subject.Type+" "+name] = s.Rung.String() + ": " + s.Evidence[0].Text
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

// rungs are where the slots of the estate stand, and why.
var rungs = map[string]string{
	"111122223333 AWS::Bedrock::Guardrail symptom-chat":                "unkeyed: no key is named",
	"111122223333 AWS::SecretsManager::Secret clinic/vector-store":     "aws-managed: no key is named: the account's default key",
	"111122223333 AWS::Logs::LogGroup /clinic/study-2019":              "broken: key alias/clinic/study-logs is disabled",
	"333344445555 AWS::Logs::LogGroup /works/assistant":                "unusable: logs.eu-central-1.amazonaws.com cannot use key alias/works/logs",
	"111122223333 AWS::Bedrock::Guardrail vendor-chat":                 `exposed: statement "VendorPilot" of the policy of key alias/clinic/chat allows account 444455556666`,
	"222233334444 AWS::Bedrock::Guardrail acme":                        "exposed: key alias/tenant/acme is used by isolation groups acme and initech",
	"222233334444 AWS::Bedrock::Guardrail initech":                     "exposed: key alias/tenant/acme is used by isolation groups acme and initech",
	"333344445555 AWS::Logs::LogGroup /works/gate":                     "sound: key alias/works/audit-logs is customer-managed",
	"333344445555 AWS::Logs::LogGroup /works/payroll":                  "proved: key alias/works/audit-logs is customer-managed",
	"111122223333 AWS::Bedrock::Guardrail intake":                      "proved: key alias/clinic/intake is customer-managed",
	"111122223333 AWS::Bedrock::Guardrail patient-assistant":           "proved: key alias/clinic/patients is customer-managed",
	"222233334444 AWS::Bedrock::Guardrail globex":                      "proved: key alias/tenant/globex is customer-managed",
	"222233334444 AWS::Bedrock::Agent globex-desk":                     "proved: key alias/tenant/globex-agents is customer-managed",
	"222233334444 AWS::Bedrock::Flow globex-returns":                   "proved: key alias/tenant/globex-flows is customer-managed",
	"333344445555 AWS::Bedrock::Guardrail drawings":                    "proved: key alias/works/drawings is customer-managed",
	"333344445555 AWS::Bedrock::Guardrail board":                       "unread: the policy of key alias/works/board could not be read: AccessDeniedException",
	"111122223333 AWS::Bedrock::Guardrail one whose name is not known": "unread: could not be read: ValidationException",
}

// TestAuditPolicy: the auditor of the estate may do what the collector needs, and nothing
// else.
func TestAuditPolicy(t *testing.T) {
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	want, err := awsapi.MinimalPolicy(awsapi.Options{Catalog: known, Types: demo.Types(), Config: awsapi.At(local.Endpoint, demo.AccessKeyID, demo.SecretAccessKey, "us-east-1", nil)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("estate/audit.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
