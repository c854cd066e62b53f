package demo_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/audit"
)

// written is a part of the estate as somebody would write it in CloudFormation.
type written struct {
	account, region string
	keys            []writtenKey
	resources       []writtenResource
}

type writtenKey struct {
	name, policy string // policy: a file of the estate, or a document
	disabled     bool
}

type writtenResource struct {
	name, typ, nameProperty, keyProperty, key, group string
}

func guardrail(name, key, group string) writtenResource {
	return writtenResource{name, "AWS::Bedrock::Guardrail", "Name", "KmsKeyArn", key, group}
}

func logGroup(name, key string) writtenResource {
	return writtenResource{name, "AWS::Logs::LogGroup", "LogGroupName", "KmsKeyId", key, ""}
}

const tightened = `{"Version":"2012-10-17","Statement":[{"Sid":"Administration","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333344445555:root"},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:PutKeyPolicy","kms:ScheduleKeyDeletion"],"Resource":"*"}]}`

var code = []written{
	{account: "111122223333", region: "eu-central-1", keys: []writtenKey{
		{name: "patients", policy: "key-clinic.json"}, {name: "intake", policy: "key-clinic.json"}, {name: "chat", policy: "key-clinic-vendor.json"},
		{name: "study-logs", policy: "key-clinic-logs.json", disabled: true},
	}, resources: []writtenResource{
		guardrail("patient-assistant", "patients", ""), guardrail("intake", "intake", ""), guardrail("symptom-chat", "", ""), guardrail("vendor-chat", "chat", ""),
		logGroup("/clinic/study-2019", "study-logs"), {name: "clinic/vector-store", typ: "AWS::SecretsManager::Secret", nameProperty: "Name"},
	}},
	{account: "222233334444", region: "us-east-1", keys: []writtenKey{{name: "acme", policy: "key-tenant.json"}, {name: "globex", policy: "key-tenant.json"}}, resources: []writtenResource{
		guardrail("acme", "acme", "acme"), guardrail("globex", "globex", "globex"), guardrail("initech", "acme", "initech"),
	}},
	{account: "333344445555", region: "eu-central-1", keys: []writtenKey{
		{name: "drawings", policy: "key-works.json"}, {name: "audit-logs", policy: "key-works-logs.json"}, {name: "logs", policy: tightened},
	}, resources: []writtenResource{
		guardrail("drawings", "drawings", ""), logGroup("/works/gate", "audit-logs"), logGroup("/works/payroll", "audit-logs"), logGroup("/works/assistant", "logs"),
	}},
}

// logical makes a logical id of a name.
func logical(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
}

// template is the CloudFormation of a part.
func (w *written) template(t *testing.T) []byte {
	t.Helper()
	all := map[string]any{}
	for _, k := range w.keys {
		policy := k.policy
		if !strings.HasPrefix(policy, "{") {
			b, err := os.ReadFile(filepath.Join("estate", policy))
			if err != nil {
				t.Fatal(err)
			}
			policy = string(b)
		}
		all["Key"+logical(k.name)] = map[string]any{"Type": "AWS::KMS::Key", "Properties": map[string]any{
			"Enabled": !k.disabled, "EnableKeyRotation": true, "KeyPolicy": json.RawMessage(policy), "Tags": []any{map[string]string{"Key": "of", "Value": k.name}},
		}}
	}
	for _, r := range w.resources {
		p := map[string]any{r.nameProperty: r.name}
		if r.typ == "AWS::Bedrock::Guardrail" {
			p["BlockedInputMessaging"], p["BlockedOutputsMessaging"] = "no", "no"
		}
		if r.key != "" {
			p[r.keyProperty] = map[string]any{"Fn::GetAtt": []string{"Key" + logical(r.key), "Arn"}}
		}
		if r.group != "" {
			p["Tags"] = []any{map[string]string{"Key": audit.DefaultIsolationTag, "Value": r.group}}
		}
		all["Of"+logical(r.name)] = map[string]any{"Type": r.typ, "Properties": p}
	}
	b, err := json.Marshal(map[string]any{"AWSTemplateFormatVersion": "2010-09-09", "Resources": all})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTheSameRungsAsCode: what is deployed and can be written as code stands on the same rung
// when it is; but nothing that is only written has been used yet, so that proved is sound.
func TestTheSameRungsAsCode(t *testing.T) {
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for i := range code {
		w := &code[i]
		path := filepath.Join(t.TempDir(), "template.json")
		if err := os.WriteFile(path, w.template(t), 0o600); err != nil {
			t.Fatal(err)
		}
		inv, err := iac.Collect(t.Context(), known, []string{path}, iac.Options{Parameters: map[string]string{"AWS::AccountId": w.account, "AWS::Region": w.region}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = audit.Run(t.Context(), inv, audit.Options{}, func(m bedlock.Message) error {
			s := m.Slot
			if s == nil {
				return nil
			}
			live, _, _ := strings.Cut(rungs[w.account+" "+s.Subject.Type+" "+s.Subject.Name], ":")
			want := strings.Replace(live, bedlock.Proved.String(), bedlock.Sound.String(), 1)
			if s.Rung.String() != want {
				t.Errorf("%s %s: %s as code, %s live: %v", s.Subject.Type, s.Subject.Name, s.Rung, live, s.Evidence)
			}
			compared++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if compared != 13 {
		t.Errorf("%d slots were compared", compared)
	}
}
