package bedrock_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestInferenceProfiles(t *testing.T) {
	w := newWorld(t)
	client := w.as(admin)
	made := localtest.Must(client.CreateInferenceProfile(t.Context(), &bedrock.CreateInferenceProfileInput{
		InferenceProfileName: aws.String("team a"), ModelSource: &types.InferenceProfileModelSourceMemberCopyFrom{Value: "arn:aws:bedrock:eu-west-1::foundation-model/" + haiku},
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}},
	}))(t)
	got := localtest.Must(client.GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: made.InferenceProfileArn}))(t)
	if *got.InferenceProfileName != "team a" || got.Type != "APPLICATION" || got.Status != "ACTIVE" || *got.InferenceProfileArn != "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/"+*got.InferenceProfileId ||
		*got.Models[0].ModelArn != "arn:aws:bedrock:eu-west-1::foundation-model/"+haiku {
		t.Errorf("%+v", got)
	}
	in := ask("x")
	in.ModelId = made.InferenceProfileArn
	if out := localtest.Must(w.runtime(admin).Converse(t.Context(), in))(t); heard(out) != "You said: x" {
		t.Error(heard(out))
	}
	tags := localtest.Must(client.ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: made.InferenceProfileArn}))(t).Tags
	if len(tags) != 1 || *tags[0].Value != "a" {
		t.Errorf("%+v", tags)
	}
	for typ, want := range map[types.InferenceProfileType]int{"": 14, "APPLICATION": 1, "SYSTEM_DEFINED": 13} {
		if list := localtest.Must(client.ListInferenceProfiles(t.Context(), &bedrock.ListInferenceProfilesInput{TypeEquals: typ}))(t).InferenceProfileSummaries; len(list) != want {
			t.Errorf("%q: %d profiles, want %d", typ, len(list), want)
		}
	}
	system := localtest.Must(client.GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: aws.String("eu.amazon.nova-lite-v1:0")}))(t)
	if *system.InferenceProfileArn != "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0" || system.Type != "SYSTEM_DEFINED" {
		t.Errorf("%+v", system)
	}
	localtest.Must(client.DeleteInferenceProfile(t.Context(), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: made.InferenceProfileArn}))(t)
	for _, id := range []string{*made.InferenceProfileArn, "us.amazon.nova-lite-v1:0"} {
		_, err := client.GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: &id})
		refused(t, err, "ResourceNotFoundException", "does not exist")
	}
}
