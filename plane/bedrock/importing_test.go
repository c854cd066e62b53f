package bedrock_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// importModel makes an import job of the files in the folder llama.
func (w *world) importModel(name string) *bedrock.GetModelImportJobOutput {
	w.t.Helper()
	t := w.t
	out := localtest.Must(w.as(admin).CreateModelImportJob(t.Context(), &bedrock.CreateModelImportJobInput{
		JobName: aws.String(name + "-job"), ImportedModelName: &name, RoleArn: aws.String(jobsRole), ImportedModelKmsKeyId: aws.String("alias/guardrails"),
		ModelDataSource: &types.ModelDataSourceMemberS3DataSource{Value: types.S3DataSource{S3Uri: aws.String("s3://data/llama/")}},
	}))(t)
	return localtest.Must(w.as(admin).GetModelImportJob(t.Context(), &bedrock.GetModelImportJobInput{JobIdentifier: out.JobArn}))(t)
}

func TestImport(t *testing.T) {
	w := newModels(t)
	c := w.as(admin)
	if job := w.importModel("none"); job.Status != "Failed" || *job.FailureMessage != "config.json: NoSuchKey: The specified key does not exist." || job.ImportedModelArn != nil {
		t.Errorf("%s %s", job.Status, aws.ToString(job.FailureMessage))
	}
	w.object("llama/config.json", `{"architectures":["T5ForConditionalGeneration"]}`)
	if job := w.importModel("other"); job.Status != "Failed" || *job.FailureMessage != "the local plane has no models of the architectures T5ForConditionalGeneration" {
		t.Errorf("%s %s", job.Status, aws.ToString(job.FailureMessage))
	}
	if n := w.grants("alias/guardrails"); n != 0 {
		t.Errorf("%d grants of jobs that failed", n)
	}
	w.object("llama/config.json", `{"architectures":["LlamaForCausalLM"]}`)
	w.object("llama/tokenizer_config.json", `{"chat_template":"x"}`)
	job := w.importModel("ward")
	if job.Status != "Completed" || *job.ImportedModelKmsKeyArn != w.key("alias/guardrails") || *job.ImportedModelName != "ward" || job.EndTime == nil {
		t.Fatalf("%+v", job)
	}
	m := localtest.Must(c.GetImportedModel(t.Context(), &bedrock.GetImportedModelInput{ModelIdentifier: job.ImportedModelArn}))(t)
	if *m.ModelArchitecture != "LlamaForCausalLM" || !*m.InstructSupported || *m.ModelKmsKeyArn != w.key("alias/guardrails") || *m.JobName != "ward-job" || *m.ModelName != "ward" ||
		!strings.HasPrefix(*m.ModelArn, "arn:aws:bedrock:eu-west-1:111122223333:imported-model/") {
		t.Errorf("%+v", m)
	}
	if list := localtest.Must(c.ListImportedModels(t.Context(), &bedrock.ListImportedModelsInput{}))(t).ModelSummaries; len(list) != 1 || *list[0].ModelArn != *m.ModelArn {
		t.Errorf("%+v", list)
	}
	if jobs := localtest.Must(c.ListModelImportJobs(t.Context(), &bedrock.ListModelImportJobsInput{SortOrder: "Descending"}))(t).ModelImportJobSummaries; len(jobs) != 3 || *jobs[0].JobName != "ward-job" || *jobs[2].JobName != "none-job" {
		t.Errorf("%+v", jobs)
	}
	page := localtest.Must(c.ListModelImportJobs(t.Context(), &bedrock.ListModelImportJobsInput{MaxResults: aws.Int32(2)}))(t)
	rest := localtest.Must(c.ListModelImportJobs(t.Context(), &bedrock.ListModelImportJobsInput{MaxResults: aws.Int32(2), NextToken: page.NextToken}))(t)
	if len(page.ModelImportJobSummaries) != 2 || len(rest.ModelImportJobSummaries) != 1 || *rest.ModelImportJobSummaries[0].JobName != "ward-job" || rest.NextToken != nil {
		t.Errorf("%+v, %+v", page, rest)
	}
	ask := func(as string) (string, error) {
		out, err := w.runtime(as).InvokeModel(t.Context(), &bedrockruntime.InvokeModelInput{ModelId: m.ModelArn, Body: []byte(`{"prompt":"hello"}`)})
		if err != nil {
			return "", err
		}
		return string(out.Body), nil
	}
	if got := localtest.Must(ask(admin))(t); got != `{"generation":"You said: hello","generation_token_count":3,"prompt_token_count":1,"stop_reason":"stop"}` {
		t.Error(got)
	}
	_, err := ask(modeller)
	refused(t, err, "AccessDeniedException", "is not authorized to perform: kms:Decrypt")
	localtest.Must(c.DeleteImportedModel(t.Context(), &bedrock.DeleteImportedModelInput{ModelIdentifier: aws.String("ward")}))(t)
	if n := w.grants("alias/guardrails"); n != 0 {
		t.Errorf("%d grants", n)
	}
	_, err = ask(admin)
	localtest.Refused(t, err, "ValidationException", "The provided model identifier is invalid.")
}

// TestCreateCustomModel: a model of artifacts in S3.
func TestCreateCustomModel(t *testing.T) {
	w := newModels(t)
	c := w.as(admin)
	create := func(name, uri string) *bedrock.GetCustomModelOutput {
		t.Helper()
		out := localtest.Must(c.CreateCustomModel(t.Context(), &bedrock.CreateCustomModelInput{
			ModelName: &name, RoleArn: aws.String(jobsRole), ModelKmsKeyArn: aws.String(w.key("alias/next")),
			ModelSourceConfig: &types.ModelDataSourceMemberS3DataSource{Value: types.S3DataSource{S3Uri: &uri}},
		}))(t)
		return localtest.Must(c.GetCustomModel(t.Context(), &bedrock.GetCustomModelInput{ModelIdentifier: out.ModelArn}))(t)
	}
	if m := create("empty", "s3://data/nova/"); m.ModelStatus != "Failed" || *m.FailureMessage != "There is nothing in s3://data/nova/." {
		t.Errorf("%+v", m)
	}
	w.object("nova/weights", "0")
	m := create("ward", "s3://data/nova/")
	if m.ModelStatus != "Active" || m.CustomizationType != "IMPORTED" || *m.ModelKmsKeyArn != w.key("alias/next") || !strings.HasPrefix(*m.ModelArn, "arn:aws:bedrock:eu-west-1:111122223333:custom-model/imported/") {
		t.Errorf("%+v", m)
	}
	d := localtest.Must(c.CreateCustomModelDeployment(t.Context(), &bedrock.CreateCustomModelDeploymentInput{ModelArn: m.ModelArn, ModelDeploymentName: aws.String("ward")}))(t)
	if got := localtest.Must(w.ask(admin, *d.CustomModelDeploymentArn))(t); got != novaAnswer {
		t.Error(got)
	}
	_, err := c.DeleteCustomModel(t.Context(), &bedrock.DeleteCustomModelInput{ModelIdentifier: m.ModelArn})
	localtest.Refused(t, err, "ConflictException", "The custom model deployment "+*d.CustomModelDeploymentArn+" uses the model "+*m.ModelArn+". Delete it first.")
}

// TestCopy: into another Region, under another key, which then is the only one that counts.
func TestCopy(t *testing.T) {
	w := newModels(t)
	source, _ := w.deployed()
	london := bedrock.New(bedrock.Options{Region: "eu-west-2", BaseEndpoint: &w.URL, Credentials: static, HTTPClient: w.ClientIn("eu-west-2", admin, "bedrock"), Retryer: aws.NopRetryer{}})
	in := &bedrock.CreateModelCopyJobInput{SourceModelArn: &source, TargetModelName: aws.String("copy"), TargetModelTags: []types.Tag{{Key: aws.String("of"), Value: aws.String("copy")}}}
	out := localtest.Must(london.CreateModelCopyJob(t.Context(), in))(t)
	job := localtest.Must(london.GetModelCopyJob(t.Context(), &bedrock.GetModelCopyJobInput{JobArn: out.JobArn}))(t)
	if job.Status != "Completed" || *job.SourceModelArn != source || *job.SourceModelName != "ward" || *job.SourceAccountId != account || job.TargetModelKmsKeyArn != nil ||
		!strings.HasPrefix(*job.TargetModelArn, "arn:aws:bedrock:eu-west-2:111122223333:custom-model/amazon.nova-lite-v1:0:300k/") {
		t.Errorf("%+v", job)
	}
	if tags := localtest.Must(london.ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: job.TargetModelArn}))(t).Tags; len(tags) != 1 {
		t.Errorf("%+v", tags)
	}
	if again := localtest.Must(london.CreateModelCopyJob(t.Context(), in))(t); *again.JobArn != *out.JobArn {
		t.Error("another job for the same token")
	}
	in.ClientRequestToken = nil
	if again := localtest.Must(london.CreateModelCopyJob(t.Context(), in))(t); *again.JobArn == *out.JobArn {
		t.Error("the same job")
	} else if job := localtest.Must(london.GetModelCopyJob(t.Context(), &bedrock.GetModelCopyJobInput{JobArn: again.JobArn}))(t); job.Status != "Failed" || *job.FailureMessage != "ConflictException: The custom model copy exists already." {
		t.Errorf("%+v", job)
	}
	d := localtest.Must(london.CreateCustomModelDeployment(t.Context(), &bedrock.CreateCustomModelDeploymentInput{ModelArn: job.TargetModelArn, ModelDeploymentName: aws.String("copy")}))(t)

	here := localtest.Must(w.as(admin).CreateModelCopyJob(t.Context(), &bedrock.CreateModelCopyJobInput{SourceModelArn: &source, TargetModelName: aws.String("rekeyed"), ModelKmsKeyId: aws.String("alias/next")}))(t)
	if job := localtest.Must(w.as(admin).GetModelCopyJob(t.Context(), &bedrock.GetModelCopyJobInput{JobArn: here.JobArn}))(t); *job.TargetModelKmsKeyArn != w.key("alias/next") {
		t.Errorf("%+v", job)
	}
	_, err := w.as(modeller).CreateModelCopyJob(t.Context(), &bedrock.CreateModelCopyJobInput{SourceModelArn: &source, TargetModelName: aws.String("stolen")})
	refused(t, err, "AccessDeniedException", "is not authorized to perform: kms:Decrypt")
	_, err = w.as(stranger).CreateModelCopyJob(t.Context(), &bedrock.CreateModelCopyJobInput{SourceModelArn: &source, TargetModelName: aws.String("stolen")})
	localtest.Refused(t, err, "ResourceNotFoundException", "The custom model "+source+" does not exist.")

	w.DeleteKey(account, region, "alias/guardrails")
	runtime := bedrockruntime.New(bedrockruntime.Options{Region: "eu-west-2", BaseEndpoint: &w.URL, Credentials: static, HTTPClient: w.ClientIn("eu-west-2", admin, "bedrock"), Retryer: aws.NopRetryer{}})
	answer := localtest.Must(runtime.InvokeModel(t.Context(), &bedrockruntime.InvokeModelInput{ModelId: d.CustomModelDeploymentArn, Body: []byte(novaBody)}))(t)
	if string(answer.Body) != novaAnswer {
		t.Errorf("%s", answer.Body)
	}
}
