package agents_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// promptPolicy is a key policy as the documentation of prompts asks for.
const promptPolicy = `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
 {"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*",
  "Condition":{"StringLike":{"kms:EncryptionContext:aws:bedrock-prompts:arn":"arn:aws:bedrock:eu-west-1:111122223333:prompt/*"}}}]}`

func (w *world) promptIn(name string) *bedrockagent.CreatePromptInput {
	return &bedrockagent.CreatePromptInput{
		Name: &name, Description: aws.String("d"), CustomerEncryptionKeyArn: w.key("alias/one"), DefaultVariant: aws.String("v"), Variants: variant("Say {{word}}"),
		Tags: map[string]string{"team": "red"},
	}
}

func variant(text string) []types.PromptVariant {
	return []types.PromptVariant{{
		Name: aws.String("v"), TemplateType: "TEXT", TemplateConfiguration: &types.PromptTemplateConfigurationMemberText{Value: types.TextPromptTemplateConfiguration{Text: &text}},
	}}
}

func textOf(v []types.PromptVariant) string {
	if len(v) == 0 {
		return ""
	}
	return *v[0].TemplateConfiguration.(*types.PromptTemplateConfigurationMemberText).Value.Text
}

func TestPrompt(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.as(admin)
	_, err := c.CreatePrompt(ctx, w.promptIn("p"))
	refused(t, err, "AccessDeniedException", "kms:GenerateDataKey") // the service's principal, which the key policy does not name
	w.SetKeyPolicy(account, region, "alias/one", promptPolicy)
	made := localtest.Must(c.CreatePrompt(ctx, w.promptIn("p")))(t)
	if want := "arn:aws:bedrock:eu-west-1:111122223333:prompt/" + *made.Id; *made.Arn != want || *made.Version != "DRAFT" || textOf(made.Variants) != "Say {{word}}" {
		t.Errorf("%+v", made)
	}
	_, err = c.CreatePrompt(ctx, w.promptIn("p"))
	refused(t, err, "ConflictException", "a prompt with the name p already exists")
	wrong := w.promptIn("q")
	wrong.DefaultVariant = aws.String("other")
	_, err = c.CreatePrompt(ctx, wrong)
	refused(t, err, "ValidationException", "The default variant other is not one of the variants.")

	version := localtest.Must(c.CreatePromptVersion(ctx, &bedrockagent.CreatePromptVersionInput{PromptIdentifier: made.Arn, Description: aws.String("first"), Tags: map[string]string{"n": "1"}}))(t)
	if *version.Version != "1" || *version.Arn != *made.Arn+":1" || *version.CustomerEncryptionKeyArn != *w.key("alias/one") || *version.Description != "first" {
		t.Errorf("%+v", version)
	}
	if tags := localtest.Must(c.ListTagsForResource(ctx, &bedrockagent.ListTagsForResourceInput{ResourceArn: version.Arn}))(t).Tags; tags["n"] != "1" || len(tags) != 1 {
		t.Errorf("tags %v", tags)
	}
	localtest.Must(c.UpdatePrompt(ctx, &bedrockagent.UpdatePromptInput{PromptIdentifier: made.Id, Name: aws.String("renamed")}))(t)
	got := localtest.Must(c.GetPrompt(ctx, &bedrockagent.GetPromptInput{PromptIdentifier: made.Id}))(t)
	if got.CustomerEncryptionKeyArn != nil || got.Description != nil || got.DefaultVariant != nil || got.Variants != nil || *got.Name != "renamed" {
		t.Errorf("an omitted member stayed: %+v", got)
	}
	old := localtest.Must(c.GetPrompt(ctx, &bedrockagent.GetPromptInput{PromptIdentifier: made.Id, PromptVersion: aws.String("1")}))(t)
	if textOf(old.Variants) != "Say {{word}}" || *old.Name != "p" || *old.CustomerEncryptionKeyArn != *w.key("alias/one") {
		t.Errorf("%+v", old)
	}
	if n := len(localtest.Must(c.ListPrompts(ctx, &bedrockagent.ListPromptsInput{PromptIdentifier: made.Id}))(t).PromptSummaries); n != 2 {
		t.Errorf("%d versions and drafts", n)
	}
	second := localtest.Must(c.CreatePromptVersion(ctx, &bedrockagent.CreatePromptVersionInput{PromptIdentifier: made.Id}))(t)
	if *second.Version != "2" || second.CustomerEncryptionKeyArn != nil {
		t.Errorf("%+v", second)
	}
	localtest.Must(c.DeletePrompt(ctx, &bedrockagent.DeletePromptInput{PromptIdentifier: made.Id, PromptVersion: aws.String("2")}))(t)
	if third := localtest.Must(c.CreatePromptVersion(ctx, &bedrockagent.CreatePromptVersionInput{PromptIdentifier: made.Id}))(t); *third.Version != "3" {
		t.Errorf("a number was used again: %s", *third.Version)
	}
	localtest.Must(c.DeletePrompt(ctx, &bedrockagent.DeletePromptInput{PromptIdentifier: made.Id}))(t)
	_, err = c.GetPrompt(ctx, &bedrockagent.GetPromptInput{PromptIdentifier: made.Id, PromptVersion: aws.String("1")})
	refused(t, err, "ResourceNotFoundException", absent)
}

func TestPromptKey(t *testing.T) {
	w := newWorld(t)
	ctx, c := t.Context(), w.as(admin)
	w.SetKeyPolicy(account, region, "alias/one", promptPolicy)
	made := localtest.Must(c.CreatePrompt(ctx, w.promptIn("p")))(t)
	get := &bedrockagent.GetPromptInput{PromptIdentifier: made.Id}
	_, err := w.as(keyless).GetPrompt(ctx, get)
	refused(t, err, "AccessDeniedException", "kms:Decrypt")
	w.DeleteKey(account, region, "alias/one")
	_, err = c.GetPrompt(ctx, get)
	refused(t, err, "ValidationException", "does not exist")
	if n := len(localtest.Must(c.ListPrompts(ctx, &bedrockagent.ListPromptsInput{}))(t).PromptSummaries); n != 1 {
		t.Errorf("%d prompts", n)
	}
}
