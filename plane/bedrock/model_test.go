package bedrock_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestFoundationModels(t *testing.T) {
	w := newWorld(t)
	client := w.as(admin)
	list := func(in *bedrock.ListFoundationModelsInput) int {
		t.Helper()
		return len(localtest.Must(client.ListFoundationModels(t.Context(), in))(t).ModelSummaries)
	}
	for _, c := range []struct {
		in   *bedrock.ListFoundationModelsInput
		want int
	}{
		{&bedrock.ListFoundationModelsInput{}, 17},
		{&bedrock.ListFoundationModelsInput{ByProvider: aws.String("anthropic")}, 4},
		{&bedrock.ListFoundationModelsInput{ByOutputModality: "EMBEDDING"}, 5},
		{&bedrock.ListFoundationModelsInput{ByInferenceType: "ON_DEMAND"}, 16},
		{&bedrock.ListFoundationModelsInput{ByCustomizationType: "FINE_TUNING"}, 4},
	} {
		if got := list(c.in); got != c.want {
			t.Errorf("%+v: %d models, want %d", c.in, got, c.want)
		}
	}
	for _, id := range []string{"amazon.nova-lite-v1:0", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"} {
		d := localtest.Must(client.GetFoundationModel(t.Context(), &bedrock.GetFoundationModelInput{ModelIdentifier: &id}))(t).ModelDetails
		if *d.ModelArn != "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0" || *d.ModelId != "amazon.nova-lite-v1:0" || *d.ModelName != "Nova Lite" ||
			*d.ProviderName != "Amazon" || len(d.InputModalities) != 2 || d.ModelLifecycle.Status != "ACTIVE" || !*d.ResponseStreamingSupported {
			t.Errorf("%+v", d)
		}
	}
	_, err := client.GetFoundationModel(t.Context(), &bedrock.GetFoundationModelInput{ModelIdentifier: aws.String("amazon.none-v1:0")})
	refused(t, err, "ResourceNotFoundException", "Could not resolve the foundation model from the model identifier: amazon.none-v1:0")
}
