package bedrock_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	run "github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// filters is a guardrail that looks for something in every way that can be assessed.
func filters(name string) *bedrock.CreateGuardrailInput {
	in := plain(name)
	in.WordPolicyConfig = &types.GuardrailWordPolicyConfig{
		WordsConfig: []types.GuardrailWordConfig{
			{Text: aws.String("Project Falcon")},
			{Text: aws.String("gizmo"), InputAction: "NONE"},
			{Text: aws.String("silent"), InputEnabled: aws.Bool(false)},
		},
		ManagedWordListsConfig: []types.GuardrailManagedWordsConfig{{Type: "PROFANITY"}},
	}
	in.TopicPolicyConfig = &types.GuardrailTopicPolicyConfig{TopicsConfig: []types.GuardrailTopicConfig{{
		Name: aws.String("Investment advice"), Type: "DENY", Definition: aws.String("Recommendations about stocks, bonds and funds"),
		Examples: []string{"Should I buy shares of a bank?"},
	}}}
	in.SensitiveInformationPolicyConfig = &types.GuardrailSensitiveInformationPolicyConfig{
		PiiEntitiesConfig: []types.GuardrailPiiEntityConfig{
			{Type: "EMAIL", Action: "ANONYMIZE"},
			{Type: "US_SOCIAL_SECURITY_NUMBER", Action: "BLOCK"},
			{Type: "PHONE", Action: "BLOCK", InputAction: "ANONYMIZE", OutputAction: "NONE"},
		},
		RegexesConfig: []types.GuardrailRegexConfig{{Name: aws.String("order"), Pattern: aws.String(`ORD-\d{4}`), Action: "ANONYMIZE"}},
	}
	return in
}

func (w *world) apply(who string, id *string, version, source string, scope run.GuardrailOutputScope, texts ...string) (*bedrockruntime.ApplyGuardrailOutput, error) {
	in := &bedrockruntime.ApplyGuardrailInput{GuardrailIdentifier: id, GuardrailVersion: &version, Source: run.GuardrailContentSource(source), OutputScope: scope}
	for _, text := range texts {
		in.Content = append(in.Content, &run.GuardrailContentBlockMemberText{Value: run.GuardrailTextBlock{Text: &text}})
	}
	return w.runtime(who).ApplyGuardrail(w.t.Context(), in)
}

// told is an answer in one line: the action, the reason, the outputs, and what was found.
func told(o *bedrockruntime.ApplyGuardrailOutput) string {
	s := fmt.Sprintf("%s %s", o.Action, *o.ActionReason)
	for _, out := range o.Outputs {
		s += " | " + *out.Text
	}
	a := o.Assessments[0]
	if a.TopicPolicy != nil {
		for _, t := range a.TopicPolicy.Topics {
			s += fmt.Sprintf(" ; topic %s %s %t", *t.Name, t.Action, *t.Detected)
		}
	}
	if a.WordPolicy != nil {
		for _, m := range a.WordPolicy.CustomWords {
			s += fmt.Sprintf(" ; word %s %s", *m.Match, m.Action)
		}
		for _, m := range a.WordPolicy.ManagedWordLists {
			s += fmt.Sprintf(" ; %s %s %s", m.Type, *m.Match, m.Action)
		}
	}
	if a.SensitiveInformationPolicy != nil {
		for _, p := range a.SensitiveInformationPolicy.PiiEntities {
			s += fmt.Sprintf(" ; %s %s %s %t", p.Type, *p.Match, p.Action, *p.Detected)
		}
		for _, x := range a.SensitiveInformationPolicy.Regexes {
			s += fmt.Sprintf(" ; regex %s %s %s", *x.Name, *x.Match, x.Action)
		}
	}
	return s
}

func TestApplyGuardrail(t *testing.T) {
	w := newWorld(t)
	made := w.create(filters("filters"))
	for _, c := range []struct{ source, text, want string }{
		{"INPUT", "How is the weather?", "NONE No action."},
		{"INPUT", "the PROJECT  falcon starts", "GUARDRAIL_INTERVENED Guardrail blocked. | not asked ; word PROJECT  falcon BLOCKED"},
		{"INPUT", "falcon project, projectfalcon", "NONE No action."},
		{"INPUT", "a gizmo", "NONE No action. ; word gizmo NONE"},
		{"OUTPUT", "a gizmo", "GUARDRAIL_INTERVENED Guardrail blocked. | not said ; word gizmo BLOCKED"},
		{"INPUT", "silent", "NONE No action."},
		{"OUTPUT", "silent", "GUARDRAIL_INTERVENED Guardrail blocked. | not said ; word silent BLOCKED"},
		{"INPUT", "Damn it", "GUARDRAIL_INTERVENED Guardrail blocked. | not asked ; PROFANITY Damn BLOCKED"},
		{"INPUT", "I want advice on an investment", "GUARDRAIL_INTERVENED Guardrail blocked. | not asked ; topic Investment advice BLOCKED true"},
		{"INPUT", "Which bonds and stocks?", "GUARDRAIL_INTERVENED Guardrail blocked. | not asked ; topic Investment advice BLOCKED true"},
		{"INPUT", "may one buy a share of it", "NONE No action."},
		{"INPUT", "are shares of this bank good", "GUARDRAIL_INTERVENED Guardrail blocked. | not asked ; topic Investment advice BLOCKED true"},
		{"INPUT", "mail me@x.example, ORD-1234 and ORD-12", "GUARDRAIL_INTERVENED Guardrail masked. | mail {EMAIL}, {order} and ORD-12 ; EMAIL me@x.example ANONYMIZED true ; regex order ORD-1234 ANONYMIZED"},
		{"INPUT", "123-45-6789 a@b.example", "GUARDRAIL_INTERVENED Guardrail blocked. | not asked ; EMAIL a@b.example ANONYMIZED true ; US_SOCIAL_SECURITY_NUMBER 123-45-6789 BLOCKED true"},
		{"INPUT", "666-45-6789", "NONE No action."},
		{"INPUT", "call +1 206-555-0100", "GUARDRAIL_INTERVENED Guardrail masked. | call {PHONE} ; PHONE +1 206-555-0100 ANONYMIZED true"},
		{"OUTPUT", "call (206) 555-0100", "NONE No action. ; PHONE (206) 555-0100 NONE true"},
	} {
		if got := told(localtest.Must(w.apply(admin, made.GuardrailId, "DRAFT", c.source, "", c.text))(t)); got != c.want {
			t.Errorf("%s %q\n got %s\nwant %s", c.source, c.text, got, c.want)
		}
	}
	full := localtest.Must(w.apply(admin, made.GuardrailArn, "DRAFT", "INPUT", "FULL", "fine", "a@b.example"))(t)
	want := "GUARDRAIL_INTERVENED Guardrail masked. | fine | {EMAIL} ; topic Investment advice NONE false ; EMAIL a@b.example ANONYMIZED true ; " +
		"US_SOCIAL_SECURITY_NUMBER  NONE false ; PHONE  NONE false"
	if got := told(full); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestApplyGuardrailMeasures(t *testing.T) {
	w := newWorld(t)
	made := w.create(filters("filters"))
	out := localtest.Must(w.runtime(admin).ApplyGuardrail(t.Context(), &bedrockruntime.ApplyGuardrailInput{
		GuardrailIdentifier: made.GuardrailId, GuardrailVersion: aws.String("DRAFT"), Source: "INPUT",
		Content: []run.GuardrailContentBlock{
			&run.GuardrailContentBlockMemberText{Value: run.GuardrailTextBlock{Text: aws.String(fmt.Sprintf("%01001d", 0))}},
			&run.GuardrailContentBlockMemberText{Value: run.GuardrailTextBlock{Text: aws.String("damn source"), Qualifiers: []run.GuardrailContentQualifier{"grounding_source"}}},
			&run.GuardrailContentBlockMemberImage{Value: run.GuardrailImageBlock{Format: "png", Source: &run.GuardrailImageSourceMemberBytes{Value: []byte("x")}}},
		},
	}))(t)
	u, c := out.Usage, out.GuardrailCoverage
	if got := fmt.Sprint(*u.TopicPolicyUnits, *u.ContentPolicyUnits, *u.WordPolicyUnits, *u.SensitiveInformationPolicyUnits, *u.SensitiveInformationPolicyFreeUnits, *u.ContextualGroundingPolicyUnits); got != "2 0 2 2 2 0" {
		t.Errorf("units %s", got)
	}
	if got := fmt.Sprint(*c.TextCharacters.Guarded, *c.TextCharacters.Total, *c.Images.Guarded, *c.Images.Total); got != "1001 1012 0 1" {
		t.Errorf("coverage %s", got)
	}
	d := out.Assessments[0].AppliedGuardrailDetails
	if *d.GuardrailId != *made.GuardrailId || *d.GuardrailArn != *made.GuardrailArn || *d.GuardrailVersion != "DRAFT" || d.GuardrailOrigin[0] != "REQUEST" || d.GuardrailOwnership != "SELF" {
		t.Errorf("%+v", d)
	}
	if out.Action != "NONE" || len(out.Outputs) != 0 {
		t.Errorf("what is there for grounding only was assessed: %s", told(out))
	}
}

func TestApplyGuardrailRefused(t *testing.T) {
	w := newWorld(t)
	in := filters("keyed")
	key := w.key("alias/guardrails")
	in.KmsKeyId = &key
	made := w.create(in)
	_, err := w.apply(admin, aws.String("aaaaaaaaaaaa"), "DRAFT", "INPUT", "", "x")
	refused(t, err, "ResourceNotFoundException", "The guardrail identifier or version provided in the request does not exist.")
	_, err = w.apply(admin, made.GuardrailId, "1", "INPUT", "", "x")
	refused(t, err, "ResourceNotFoundException", "The guardrail identifier or version provided in the request does not exist.")
	_, err = w.apply(admin, aws.String("arn:aws:bedrock:us-east-1:111122223333:guardrail/aaaaaaaaaaaa"), "DRAFT", "INPUT", "", "x")
	refused(t, err, "ValidationException", "The provided guardrail identifier is invalid.")
	_, err = w.apply(keyless, made.GuardrailId, "DRAFT", "INPUT", "", "x")
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	w.DisableKey(account, region, "alias/guardrails")
	_, err = w.apply(admin, made.GuardrailId, "DRAFT", "INPUT", "", "damn")
	refused(t, err, "ValidationException", key+" is disabled.")
}

// TestResourcePolicy: another account may read and apply a guardrail when the guardrail's
// policy, its own policy and the key's policy say so.
func TestResourcePolicy(t *testing.T) {
	w := newWorld(t)
	in := filters("shared")
	key := w.key("alias/guardrails")
	in.KmsKeyId = &key
	made := w.create(in)
	client := w.as(admin)
	_, err := w.apply(stranger, made.GuardrailArn, "DRAFT", "INPUT", "", "damn")
	refused(t, err, "AccessDeniedException", "bedrock:ApplyGuardrail")
	_, err = client.GetResourcePolicy(t.Context(), &bedrock.GetResourcePolicyInput{ResourceArn: made.GuardrailArn})
	refused(t, err, "ResourceNotFoundException", "has no resource policy")

	document := func(action, resource string) *bedrock.PutResourcePolicyInput {
		return &bedrock.PutResourcePolicyInput{ResourceArn: made.GuardrailArn, ResourcePolicy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":["` + action + `"],"Resource":"` + resource + `"}]}`)}
	}
	_, err = client.PutResourcePolicy(t.Context(), document("bedrock:DeleteGuardrail", *made.GuardrailArn))
	refused(t, err, "ValidationException", "can allow bedrock:ApplyGuardrail and bedrock:GetGuardrail only")
	_, err = client.PutResourcePolicy(t.Context(), document("bedrock:ApplyGuardrail", "*"))
	refused(t, err, "ValidationException", "The resource of the policy must be "+*made.GuardrailArn)
	policy := document("bedrock:ApplyGuardrail", *made.GuardrailArn)
	if out := localtest.Must(client.PutResourcePolicy(t.Context(), policy))(t); *out.ResourceArn != *made.GuardrailArn {
		t.Errorf("%+v", out)
	}
	if got := localtest.Must(client.GetResourcePolicy(t.Context(), &bedrock.GetResourcePolicyInput{ResourceArn: made.GuardrailArn}))(t); *got.ResourcePolicy != *policy.ResourcePolicy {
		t.Error(*got.ResourcePolicy)
	}

	_, err = w.apply(stranger, made.GuardrailArn, "DRAFT", "INPUT", "", "damn")
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	w.SetKeyPolicy(account, region, "alias/guardrails", `{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Action":"kms:*","Resource":"*"},`+
		`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root"]},"Action":"kms:Decrypt","Resource":"*"}]}`)
	out := localtest.Must(w.apply(stranger, made.GuardrailArn, "DRAFT", "INPUT", "", "damn"))(t)
	if out.Action != "GUARDRAIL_INTERVENED" || out.Assessments[0].AppliedGuardrailDetails.GuardrailOwnership != "CROSS_ACCOUNT" {
		t.Error(told(out))
	}
	_, err = w.as(stranger).GetGuardrail(t.Context(), &bedrock.GetGuardrailInput{GuardrailIdentifier: made.GuardrailArn})
	refused(t, err, "AccessDeniedException", "bedrock:GetGuardrail")
	_, err = w.as(stranger).DeleteGuardrail(t.Context(), &bedrock.DeleteGuardrailInput{GuardrailIdentifier: made.GuardrailArn})
	refused(t, err, "AccessDeniedException", "bedrock:DeleteGuardrail")
	localtest.Must(client.DeleteResourcePolicy(t.Context(), &bedrock.DeleteResourcePolicyInput{ResourceArn: made.GuardrailArn}))(t)
	_, err = w.apply(stranger, made.GuardrailArn, "DRAFT", "INPUT", "", "damn")
	refused(t, err, "AccessDeniedException", "bedrock:ApplyGuardrail")
}
