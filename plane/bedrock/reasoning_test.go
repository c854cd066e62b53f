package bedrock_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// rules are a definition with one rule.
func rules(expression string) *types.AutomatedReasoningPolicyDefinition {
	return &types.AutomatedReasoningPolicyDefinition{
		Rules:     []types.AutomatedReasoningPolicyDefinitionRule{{Id: aws.String("ABCDEFGHIJKL"), Expression: &expression}},
		Variables: []types.AutomatedReasoningPolicyDefinitionVariable{}, Types: []types.AutomatedReasoningPolicyDefinitionType{},
	}
}

func (w *world) reason(as, name string) (*bedrock.CreateAutomatedReasoningPolicyOutput, error) {
	return w.as(as).CreateAutomatedReasoningPolicy(w.t.Context(), &bedrock.CreateAutomatedReasoningPolicyInput{
		Name: &name, Description: aws.String("who may leave"), PolicyDefinition: rules("(> days 0)"), KmsKeyId: aws.String(w.key("alias/guardrails")),
		Tags: []types.Tag{{Key: aws.String("of"), Value: aws.String("policy")}},
	})
}

func TestReasoningPolicy(t *testing.T) {
	w := newModels(t)
	c := w.as(admin)
	p := localtest.Must(w.reason(admin, "leave"))(t)
	if *p.Version != "DRAFT" || len(*p.DefinitionHash) != 128 || *p.Description != "who may leave" || !strings.HasPrefix(*p.PolicyArn, "arn:aws:bedrock:eu-west-1:111122223333:automated-reasoning-policy/") {
		t.Errorf("%+v", p)
	}
	_, err := w.reason(admin, "leave")
	localtest.Refused(t, err, "ConflictException", "The automated reasoning policy leave exists already.")
	export := func(arn string) string {
		t.Helper()
		d := localtest.Must(c.ExportAutomatedReasoningPolicyVersion(t.Context(), &bedrock.ExportAutomatedReasoningPolicyVersionInput{PolicyArn: &arn}))(t).PolicyDefinition
		return *d.Rules[0].Expression
	}
	first := *p.PolicyArn + ":1"
	cut := func(hash string) (*bedrock.CreateAutomatedReasoningPolicyVersionOutput, error) {
		return c.CreateAutomatedReasoningPolicyVersion(t.Context(), &bedrock.CreateAutomatedReasoningPolicyVersionInput{PolicyArn: p.PolicyArn, LastUpdatedDefinitionHash: &hash})
	}
	if v := localtest.Must(cut(*p.DefinitionHash))(t); *v.PolicyArn != first || *v.Version != "1" || *v.DefinitionHash != *p.DefinitionHash {
		t.Errorf("%+v", v)
	}
	u := localtest.Must(c.UpdateAutomatedReasoningPolicy(t.Context(), &bedrock.UpdateAutomatedReasoningPolicyInput{PolicyArn: p.PolicyArn, PolicyDefinition: rules("(> days 1)"), Name: aws.String("absence")}))(t)
	if *u.Name != "absence" || *u.DefinitionHash == *p.DefinitionHash {
		t.Errorf("%+v", u)
	}
	_, err = cut(*p.DefinitionHash)
	localtest.Refused(t, err, "ConflictException", "The definition of the policy was changed: its hash is not lastUpdatedDefinitionHash.")
	for arn, want := range map[string]string{*p.PolicyArn: "(> days 1)", first: "(> days 0)"} {
		if got := export(arn); got != want {
			t.Errorf("%s: %s, want %s", arn, got, want)
		}
	}
	get := func(arn string) *bedrock.GetAutomatedReasoningPolicyOutput {
		t.Helper()
		return localtest.Must(c.GetAutomatedReasoningPolicy(t.Context(), &bedrock.GetAutomatedReasoningPolicyInput{PolicyArn: &arn}))(t)
	}
	if g := get(*p.PolicyArn); *g.Name != "absence" || *g.Description != "who may leave" || *g.Version != "DRAFT" || *g.KmsKeyArn != w.key("alias/guardrails") || *g.PolicyId != (*p.PolicyArn)[len(*p.PolicyArn)-12:] {
		t.Errorf("%+v", g)
	}
	if g := get(first); *g.Name != "leave" || *g.Version != "1" || *g.KmsKeyArn != w.key("alias/guardrails") {
		t.Errorf("%+v", g)
	}
	versions := func(arn *string) (out string) {
		t.Helper()
		for _, s := range localtest.Must(c.ListAutomatedReasoningPolicies(t.Context(), &bedrock.ListAutomatedReasoningPoliciesInput{PolicyArn: arn}))(t).AutomatedReasoningPolicySummaries {
			out += *s.Version + " "
		}
		return out
	}
	if all, one := versions(nil), versions(p.PolicyArn); all != "DRAFT " || one != "DRAFT 1 " {
		t.Errorf("%q, %q", all, one)
	}
	_, err = c.DeleteAutomatedReasoningPolicy(t.Context(), &bedrock.DeleteAutomatedReasoningPolicyInput{PolicyArn: p.PolicyArn})
	localtest.Refused(t, err, "ResourceInUseException", "The policy "+*p.PolicyArn+" has versions. Delete them first, or use force.")
	localtest.Must(c.DeleteAutomatedReasoningPolicy(t.Context(), &bedrock.DeleteAutomatedReasoningPolicyInput{PolicyArn: &first}))(t)
	localtest.Must(cut(*u.DefinitionHash))(t)
	if got := versions(p.PolicyArn); got != "DRAFT 2 " {
		t.Errorf("%q: numbers are used again", got)
	}
	localtest.Must(c.DeleteAutomatedReasoningPolicy(t.Context(), &bedrock.DeleteAutomatedReasoningPolicyInput{PolicyArn: p.PolicyArn, Force: true}))(t)
	_, err = c.GetAutomatedReasoningPolicy(t.Context(), &bedrock.GetAutomatedReasoningPolicyInput{PolicyArn: aws.String(*p.PolicyArn + ":2")})
	localtest.Refused(t, err, "ResourceNotFoundException", "The automated reasoning policy "+*p.PolicyArn+":2 does not exist.")
}

// TestReasoningKey: content needs the key under the encryption context of the policy or the
// version, and metadata does not.
func TestReasoningKey(t *testing.T) {
	w := newModels(t)
	policy := func(actions, value string) {
		w.SetKeyPolicy(account, region, "alias/guardrails", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:Describe*","kms:Put*","kms:Schedule*","kms:Disable*"],"Resource":"*"},`+
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/modeller"},"Action":["kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"bedrock.eu-west-1.amazonaws.com"}}},`+
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/modeller"},"Action":[`+actions+`],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"bedrock.eu-west-1.amazonaws.com"},"ArnLike":{"kms:EncryptionContext:aws:bedrock:automated-reasoning-policy":["`+value+`"]}}}]}`)
	}
	const any = "arn:aws:bedrock:eu-west-1:111122223333:automated-reasoning-policy/*"
	for _, action := range []string{"kms:Decrypt", "kms:GenerateDataKey"} {
		policy(`"`+action+`"`, any)
		_, err := w.reason(modeller, "leave")
		refused(t, err, "AccessDeniedException", "is not authorized to perform: kms:")
	}
	const both = `"kms:Decrypt","kms:GenerateDataKey"`
	policy(both, any)
	p := localtest.Must(w.reason(modeller, "leave"))(t)
	c := w.as(modeller)
	version := func() error {
		_, err := c.CreateAutomatedReasoningPolicyVersion(t.Context(), &bedrock.CreateAutomatedReasoningPolicyVersionInput{PolicyArn: p.PolicyArn, LastUpdatedDefinitionHash: p.DefinitionHash})
		return err
	}
	policy(both, *p.PolicyArn)
	refused(t, version(), "AccessDeniedException", "is not authorized to perform: kms:GenerateDataKey")
	policy(both, *p.PolicyArn+`","`+*p.PolicyArn+":1")
	if err := version(); err != nil {
		t.Fatal(err)
	}
	key := w.key("alias/guardrails")
	w.DeleteKey(account, region, "alias/guardrails")
	for _, arn := range []string{*p.PolicyArn, *p.PolicyArn + ":1"} {
		_, err := c.ExportAutomatedReasoningPolicyVersion(t.Context(), &bedrock.ExportAutomatedReasoningPolicyVersionInput{PolicyArn: &arn})
		localtest.Refused(t, err, "ValidationException", "Key '"+key+"' does not exist")
		if g := localtest.Must(c.GetAutomatedReasoningPolicy(t.Context(), &bedrock.GetAutomatedReasoningPolicyInput{PolicyArn: &arn}))(t); *g.KmsKeyArn != key {
			t.Errorf("%+v", g)
		}
	}
}
