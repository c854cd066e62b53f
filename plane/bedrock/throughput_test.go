package bedrock_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

func settled(o *local.Options) { o.Settle = time.Minute }

func TestThroughput(t *testing.T) {
	w := newModels(t, settled)
	c := w.as(admin)
	localtest.Must(w.customize(admin, "ward", ""))(t)
	localtest.Must(w.customize(admin, "next", ""))(t)
	w.Pass(time.Minute)
	model := func(name string) string {
		return *localtest.Must(c.GetCustomModel(t.Context(), &bedrock.GetCustomModelInput{ModelIdentifier: &name}))(t).ModelArn
	}
	ward, next := model("ward"), model("next")
	in := &bedrock.CreateProvisionedModelThroughputInput{ModelId: &ward, ProvisionedModelName: aws.String("units"), ModelUnits: aws.Int32(2), CommitmentDuration: "OneMonth"}
	arn := *localtest.Must(c.CreateProvisionedModelThroughput(t.Context(), in))(t).ProvisionedModelArn
	get := func() *bedrock.GetProvisionedModelThroughputOutput {
		t.Helper()
		return localtest.Must(c.GetProvisionedModelThroughput(t.Context(), &bedrock.GetProvisionedModelThroughputInput{ProvisionedModelId: &arn}))(t)
	}
	if p := get(); p.Status != "Creating" || *p.ModelUnits != 2 || *p.DesiredModelUnits != 2 || *p.ModelArn != ward || *p.DesiredModelArn != ward || *p.FoundationModelArn != "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0:300k" {
		t.Errorf("%+v", p)
	}
	_, err := w.ask(admin, arn)
	localtest.Refused(t, err, "ModelNotReadyException", "The provisioned throughput "+arn+" is in the status Creating.")
	_, err = w.ask(admin, ward)
	refused(t, err, "ValidationException", "1 validation error detected: Value '"+ward+"' at 'modelId' failed to satisfy constraint")
	w.Pass(time.Minute)
	if got := localtest.Must(w.ask(admin, arn))(t); got != novaAnswer {
		t.Error(got)
	}
	update := func(name, model *string) error {
		_, err := c.UpdateProvisionedModelThroughput(t.Context(), &bedrock.UpdateProvisionedModelThroughputInput{ProvisionedModelId: &arn, DesiredProvisionedModelName: name, DesiredModelId: model})
		return err
	}
	if err := update(aws.String("renamed"), &next); err != nil {
		t.Fatal(err)
	}
	if p := get(); p.Status != "Updating" || *p.ProvisionedModelName != "renamed" || *p.ModelArn != ward || *p.DesiredModelArn != next {
		t.Errorf("%+v", p)
	}
	w.Pass(time.Minute)
	if p := get(); p.Status != "InService" || *p.ModelArn != next {
		t.Errorf("%+v", p)
	}
	refused(t, update(nil, aws.String("amazon.nova-pro-v1:0")), "ValidationException", "The model amazon.nova-pro-v1:0 does not come from the foundation model of the provisioned throughput.")
	list := localtest.Must(c.ListProvisionedModelThroughputs(t.Context(), &bedrock.ListProvisionedModelThroughputsInput{ModelArnEquals: &next}))(t).ProvisionedModelSummaries
	if len(list) != 1 || *list[0].ProvisionedModelArn != arn || *list[0].ProvisionedModelName != "renamed" {
		t.Errorf("%+v", list)
	}
	_, err = c.DeleteCustomModel(t.Context(), &bedrock.DeleteCustomModelInput{ModelIdentifier: &next})
	localtest.Refused(t, err, "ConflictException", "The provisioned throughput "+arn+" uses the model "+next+". Delete it first.")
	remove := func() error {
		_, err := c.DeleteProvisionedModelThroughput(t.Context(), &bedrock.DeleteProvisionedModelThroughputInput{ProvisionedModelId: &arn})
		return err
	}
	localtest.Refused(t, remove(), "ConflictException", "The provisioned throughput cannot be deleted before its commitment ends.")
	w.Pass(30 * 24 * time.Hour)
	if err := remove(); err != nil {
		t.Error(err)
	}
}

func TestDeployment(t *testing.T) {
	w := newModels(t, settled)
	c := w.as(admin)
	localtest.Must(w.customize(admin, "ward", ""))(t)
	localtest.Must(w.customize(admin, "next", ""))(t)
	w.Pass(time.Minute)
	model := func(name string) *string {
		return localtest.Must(c.GetCustomModel(t.Context(), &bedrock.GetCustomModelInput{ModelIdentifier: &name}))(t).ModelArn
	}
	in := &bedrock.CreateCustomModelDeploymentInput{ModelArn: model("ward"), ModelDeploymentName: aws.String("live"), Description: aws.String("d"), Tags: []types.Tag{{Key: aws.String("of"), Value: aws.String("live")}}}
	arn := localtest.Must(c.CreateCustomModelDeployment(t.Context(), in))(t).CustomModelDeploymentArn
	get := func() *bedrock.GetCustomModelDeploymentOutput {
		t.Helper()
		return localtest.Must(c.GetCustomModelDeployment(t.Context(), &bedrock.GetCustomModelDeploymentInput{CustomModelDeploymentIdentifier: aws.String("live")}))(t)
	}
	if d := get(); d.Status != "Creating" || *d.CustomModelDeploymentArn != *arn || *d.Description != "d" {
		t.Errorf("%+v", d)
	}
	_, err := c.DeleteCustomModelDeployment(t.Context(), &bedrock.DeleteCustomModelDeploymentInput{CustomModelDeploymentIdentifier: arn})
	localtest.Refused(t, err, "ConflictException", "The custom model deployment "+*arn+" is in the status Creating. Retry when it is ready.")
	w.Pass(time.Minute)
	localtest.Must(c.UpdateCustomModelDeployment(t.Context(), &bedrock.UpdateCustomModelDeploymentInput{CustomModelDeploymentIdentifier: arn, ModelArn: model("next")}))(t)
	if d := get(); d.Status != "Active" || *d.ModelArn != *model("ward") || d.UpdateDetails.UpdateStatus != "Updating" || *d.UpdateDetails.ModelArn != *model("next") {
		t.Errorf("%+v", d)
	}
	w.Pass(time.Minute)
	if d := get(); *d.ModelArn != *model("next") || d.UpdateDetails.UpdateStatus != "UpdateCompleted" {
		t.Errorf("%+v", d)
	}
	list := localtest.Must(c.ListCustomModelDeployments(t.Context(), &bedrock.ListCustomModelDeploymentsInput{StatusEquals: "Active"}))(t).ModelDeploymentSummaries
	if len(list) != 1 || *list[0].CustomModelDeploymentName != "live" {
		t.Errorf("%+v", list)
	}
	localtest.Must(c.DeleteCustomModelDeployment(t.Context(), &bedrock.DeleteCustomModelDeploymentInput{CustomModelDeploymentIdentifier: arn}))(t)
}

func TestPromptRouter(t *testing.T) {
	w := newModels(t)
	c := w.as(admin)
	models := []types.PromptRouterTargetModel{}
	for _, id := range []string{"anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-5-sonnet-20240620-v1:0"} {
		models = append(models, types.PromptRouterTargetModel{ModelArn: aws.String("arn:aws:bedrock:eu-west-1::foundation-model/" + id)})
	}
	in := &bedrock.CreatePromptRouterInput{
		PromptRouterName: aws.String("cheap"), Models: models, FallbackModel: &types.PromptRouterTargetModel{ModelArn: aws.String("arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0")},
		RoutingCriteria: &types.RoutingCriteria{ResponseQualityDifference: aws.Float64(5)},
	}
	_, err := c.CreatePromptRouter(t.Context(), in)
	localtest.Refused(t, err, "ValidationException", "The fallback model must be one of the models of the prompt router.")
	in.FallbackModel = &models[0]
	arn := localtest.Must(c.CreatePromptRouter(t.Context(), in))(t).PromptRouterArn
	g := localtest.Must(c.GetPromptRouter(t.Context(), &bedrock.GetPromptRouterInput{PromptRouterArn: arn}))(t)
	if *g.PromptRouterName != "cheap" || g.Status != "AVAILABLE" || g.Type != "custom" || len(g.Models) != 2 || *g.FallbackModel.ModelArn != *models[0].ModelArn || *g.RoutingCriteria.ResponseQualityDifference != 5 {
		t.Errorf("%+v", g)
	}
	count := func(typ types.PromptRouterType) int {
		return len(localtest.Must(c.ListPromptRouters(t.Context(), &bedrock.ListPromptRoutersInput{Type: typ}))(t).PromptRouterSummaries)
	}
	if count("custom") != 1 || count("default") != 0 {
		t.Error(count("custom"), count("default"))
	}
	localtest.Must(c.DeletePromptRouter(t.Context(), &bedrock.DeletePromptRouterInput{PromptRouterArn: arn}))(t)
	if count("custom") != 0 {
		t.Error("it is still there")
	}
}

func TestMarketplaceEndpoint(t *testing.T) {
	w := newModels(t, settled)
	c := w.as(admin)
	config := func(key *string) *types.EndpointConfigMemberSageMaker {
		return &types.EndpointConfigMemberSageMaker{Value: types.SageMakerEndpoint{ExecutionRole: aws.String(jobsRole), InitialInstanceCount: aws.Int32(1), InstanceType: aws.String("ml.g5.xlarge"), KmsEncryptionKey: key}}
	}
	const source = "arn:aws:sagemaker:eu-west-1:aws:hub-content/SageMakerPublicHub/Model/one/1"
	e := localtest.Must(c.CreateMarketplaceModelEndpoint(t.Context(), &bedrock.CreateMarketplaceModelEndpointInput{
		EndpointName: aws.String("one"), ModelSourceIdentifier: aws.String(source), EndpointConfig: config(aws.String("alias/next")),
	}))(t).MarketplaceModelEndpoint
	arn := "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/one"
	if *e.EndpointArn != arn || *e.EndpointStatus != "Creating" || e.Status != "REGISTERED" || *e.ModelSourceIdentifier != source {
		t.Errorf("%+v", e)
	}
	update := &bedrock.UpdateMarketplaceModelEndpointInput{EndpointArn: &arn, EndpointConfig: config(nil)}
	_, err := c.UpdateMarketplaceModelEndpoint(t.Context(), update)
	localtest.Refused(t, err, "ConflictException", "The endpoint is in the status Creating. Retry when it is InService.")
	w.Pass(time.Minute)
	get := func() *types.MarketplaceModelEndpoint {
		return localtest.Must(c.GetMarketplaceModelEndpoint(t.Context(), &bedrock.GetMarketplaceModelEndpointInput{EndpointArn: &arn}))(t).MarketplaceModelEndpoint
	}
	key := func() *string {
		return get().EndpointConfig.(*types.EndpointConfigMemberSageMaker).Value.KmsEncryptionKey
	}
	if *get().EndpointStatus != "InService" || *key() != "alias/next" {
		t.Errorf("%+v", get())
	}
	update.ClientRequestToken = nil
	localtest.Must(c.UpdateMarketplaceModelEndpoint(t.Context(), update))(t)
	if *get().EndpointStatus != "Updating" || key() != nil {
		t.Errorf("%+v: what is left out is gone", get())
	}
	if list := localtest.Must(c.ListMarketplaceModelEndpoints(t.Context(), &bedrock.ListMarketplaceModelEndpointsInput{ModelSourceEquals: aws.String(source)}))(t).MarketplaceModelEndpoints; len(list) != 1 {
		t.Errorf("%+v", list)
	}
	localtest.Must(c.DeleteMarketplaceModelEndpoint(t.Context(), &bedrock.DeleteMarketplaceModelEndpointInput{EndpointArn: &arn}))(t)
}
