package agentcore_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// client is a client of the SDK. What it signs with does not count: the plane's client signs
// again, by the plane's clock.
func (w *world) client(accessKey string) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: region, BaseEndpoint: &w.URL, HTTPClient: w.Client(accessKey, "bedrock-agentcore"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIANOBODY000000", SecretAccessKey: "none"}, nil
		}),
		RetryMaxAttempts: 1,
	})
}

// The SDK for Go makes, reads, updates, lists and deletes.
func TestSDK(t *testing.T) {
	w := newWorld(t)
	c, ctx, key := w.client(admin), t.Context(), w.key()
	made, err := c.CreateGateway(ctx, &sdk.CreateGatewayInput{
		Name: aws.String("Desk"), RoleArn: aws.String(role), AuthorizerType: types.AuthorizerTypeAwsIam, ProtocolType: types.GatewayProtocolTypeMcp, KmsKeyArn: &key,
		ProtocolConfiguration: &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{Instructions: aws.String("hush")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.GetGateway(ctx, &sdk.GetGatewayInput{GatewayIdentifier: made.GatewayId})
	if err != nil {
		t.Fatal(err)
	}
	mcp, ok := got.ProtocolConfiguration.(*types.GatewayProtocolConfigurationMemberMcp)
	if !ok || *mcp.Value.Instructions != "hush" || *got.KmsKeyArn != key || got.Status != types.GatewayStatusReady || !got.CreatedAt.Equal(w.Now()) {
		t.Errorf("gateway = %+v", got)
	}
	if _, err := c.UpdateGateway(ctx, &sdk.UpdateGatewayInput{GatewayIdentifier: made.GatewayId, Name: aws.String("Desk"), RoleArn: aws.String(role), AuthorizerType: types.AuthorizerTypeNone}); err != nil {
		t.Fatal(err)
	}
	if got, err = c.GetGateway(ctx, &sdk.GetGatewayInput{GatewayIdentifier: made.GatewayId}); err != nil || got.KmsKeyArn != nil || got.ProtocolConfiguration != nil || got.ProtocolType != "" {
		t.Errorf("after the update: %+v, %v", got, err)
	}
	for _, name := range []string{"one", "two", "three"} {
		if _, err := c.CreatePolicyEngine(ctx, &sdk.CreatePolicyEngineInput{Name: &name, EncryptionKeyArn: &key}); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for pages := sdk.NewListPolicyEngineSummariesPaginator(c, &sdk.ListPolicyEngineSummariesInput{MaxResults: aws.Int32(2)}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.PolicyEngines {
			names = append(names, *e.Name)
		}
	}
	if len(names) != 3 || names[0] != "one" || names[2] != "three" {
		t.Errorf("engines = %v", names)
	}
	if _, err := c.DeleteGateway(ctx, &sdk.DeleteGatewayInput{GatewayIdentifier: made.GatewayId}); err != nil {
		t.Fatal(err)
	}
	var gone *types.ResourceNotFoundException
	if _, err := c.GetGateway(ctx, &sdk.GetGatewayInput{GatewayIdentifier: made.GatewayId}); !errors.As(err, &gone) {
		t.Errorf("err = %v", err)
	}
	var denied *types.AccessDeniedException
	if _, err := w.client(keyless).CreatePolicyEngine(ctx, &sdk.CreatePolicyEngineInput{Name: aws.String("four"), EncryptionKeyArn: &key}); !errors.As(err, &denied) {
		t.Errorf("err = %v", err)
	}
}

// The SDK asks for lists of datasets with GET, the model with POST.
func TestSDKDatasets(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.client(admin), t.Context()
	var id *string
	for _, name := range []string{"one", "two", "three"} {
		id = aws.String(w.do("CreateDataset", `{"datasetName": "`+name+`", "schemaType": "AGENTCORE_EVALUATION_PREDEFINED_V1", "source": {"inlineExamples": {"examples": [{"turns": [1]}, {"turns": [2]}]}}}`).Text("datasetId"))
	}
	var sizes []int
	for pages := sdk.NewListDatasetsPaginator(c, &sdk.ListDatasetsInput{MaxResults: aws.Int32(2)}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page.Datasets))
	}
	if !slices.Equal(sizes, []int{2, 1}) {
		t.Errorf("pages of %d datasets", sizes)
	}
	if _, err := c.CreateDatasetVersion(ctx, &sdk.CreateDatasetVersionInput{DatasetId: id}); err != nil {
		t.Fatal(err)
	}
	versions, err := c.ListDatasetVersions(ctx, &sdk.ListDatasetVersionsInput{DatasetId: id})
	if err != nil || len(versions.Versions) != 1 || aws.ToString(versions.Versions[0].DatasetVersion) != "1" {
		t.Errorf("versions = %+v, %v", versions, err)
	}
	examples, err := c.ListDatasetExamples(ctx, &sdk.ListDatasetExamplesInput{DatasetId: id, DatasetVersion: aws.String("1"), MaxResults: aws.Int32(1)})
	if err != nil || len(examples.Examples) != 1 || examples.NextToken == nil {
		t.Errorf("examples = %+v, %v", examples, err)
	}
}

// The model's pattern of what has tags refuses the ARN of an OAuth2 credential provider, which has.
func TestSDKTags(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.client(admin), t.Context()
	provider := w.do("CreateOauth2CredentialProvider", `{"name": "mail", "credentialProviderVendor": "GoogleOauth2", "oauth2ProviderConfigInput": {"googleOauth2ProviderConfig": {"clientId": "c", "clientSecret": "s"}}, "tags": {"team": "ml"}}`).Text("credentialProviderArn")
	if _, err := c.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: &provider, Tags: map[string]string{"stage": "test"}}); err != nil {
		t.Fatal(err)
	}
	got, err := c.ListTagsForResource(ctx, &sdk.ListTagsForResourceInput{ResourceArn: &provider})
	if err != nil || !maps.Equal(got.Tags, map[string]string{"team": "ml", "stage": "test"}) {
		t.Errorf("tags = %+v, %v", got, err)
	}
}
