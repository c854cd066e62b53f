package agentcore_test

import (
	"context"
	"errors"
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
