package bedrock_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// evaluate makes an evaluation job of a model by a metric.
func (w *world) evaluate(as, name, metric, key string, model string) (string, error) {
	w.t.Helper()
	in := &bedrock.CreateEvaluationJobInput{
		JobName: &name, RoleArn: aws.String(jobsRole), OutputDataConfig: &types.EvaluationOutputDataConfig{S3Uri: aws.String("s3://data/out")},
		EvaluationConfig: &types.EvaluationConfigMemberAutomated{Value: types.AutomatedEvaluationConfig{DatasetMetricConfigs: []types.EvaluationDatasetMetricConfig{{
			TaskType: "QuestionAndAnswer", MetricNames: []string{metric},
			Dataset: &types.EvaluationDataset{Name: aws.String("quiz"), DatasetLocation: &types.EvaluationDatasetLocationMemberS3Uri{Value: "s3://data/quiz.jsonl"}},
		}}}},
		InferenceConfig: &types.EvaluationInferenceConfigMemberModels{Value: []types.EvaluationModelConfig{
			&types.EvaluationModelConfigMemberBedrockModel{Value: types.EvaluationBedrockModel{ModelIdentifier: &model}},
		}},
	}
	if key != "" {
		in.CustomerEncryptionKeyId = &key
	}
	out, err := w.as(as).CreateEvaluationJob(w.t.Context(), in)
	if err != nil {
		return "", err
	}
	return *out.JobArn, nil
}

// allowService lets the modeller and the service use the key for evaluations, without what is
// left out.
func (w *world) allowService(leaveOut ...string) {
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:Describe*","kms:Put*","kms:Schedule*","kms:Disable*"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}}},` +
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/modeller"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:evaluationJobArn":"arn:aws:bedrock:eu-west-1:111122223333:evaluation-job/*"}}},` +
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/modeller"},"Action":"kms:DescribeKey","Resource":"*"},` +
		`{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:eu-west-1:111122223333:evaluation-job/*"}}},` +
		`{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:evaluationJobArn":"arn:aws:bedrock:eu-west-1:111122223333:evaluation-job/*"},"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:eu-west-1:111122223333:evaluation-job/*"}}}]}`
	for _, text := range leaveOut {
		policy = strings.Replace(policy, text, strings.ReplaceAll(text, "kms:", "kms:No"), 1)
	}
	w.SetKeyPolicy(account, region, "alias/guardrails", policy)
}

func TestEvaluation(t *testing.T) {
	w := newModels(t)
	w.object("quiz.jsonl", `{"prompt":"Rome?","referenceResponse":"You said: Rome?"}`+"\n"+`{"prompt":"one two","referenceResponse":"two"}`+"\n"+`{"prompt":"x","referenceResponse":"y"}`+"\n")
	for _, leaveOut := range []string{
		`"kms:GenerateDataKey",`, `"kms:Decrypt"],"Resource":"*","Condition":{"StringLike"`, `user/modeller"},"Action":"kms:DescribeKey"`,
		`"Service":"bedrock.amazonaws.com"},"Action":"kms:DescribeKey"`, `"kms:GenerateDataKey*"`, `*","kms:Decrypt"`,
	} {
		w.allowService(leaveOut)
		_, err := w.evaluate(modeller, "quiz", "Builtin.Accuracy", w.key("alias/guardrails"), "amazon.nova-lite-v1:0")
		refused(t, err, "AccessDeniedException", "is not authorized to perform: kms:")
	}
	w.allowService()
	arn := localtest.Must(w.evaluate(modeller, "quiz", "Builtin.Accuracy", w.key("alias/guardrails"), "amazon.nova-lite-v1:0"))(t)
	c := w.as(modeller)
	job := localtest.Must(c.GetEvaluationJob(t.Context(), &bedrock.GetEvaluationJobInput{JobIdentifier: &arn}))(t)
	if job.Status != "Completed" || job.JobType != "Automated" || job.ApplicationType != "ModelEvaluation" || *job.CustomerEncryptionKeyId != w.key("alias/guardrails") || *job.JobName != "quiz" {
		t.Errorf("%+v %v", job, job.FailureMessages)
	}
	folder := "out/quiz/" + arn[len(arn)-12:] + "/models/amazon.nova-lite-v1:0/taskTypes/QuestionAndAnswer/datasets/quiz/"
	list := w.do("s3", "ListObjectsV2", map[string]any{"Bucket": "data", "Prefix": folder}).Objects("Contents")
	if len(list) != 1 || !strings.HasSuffix(list[0].Text("Key"), "_output.jsonl") {
		t.Fatal(list)
	}
	want := `{"automatedEvaluationResult":{"scores":[{"metricName":"Accuracy","result":1.0}]},"inputRecord":{"prompt":"Rome?","referenceResponse":"You said: Rome?"},"modelResponses":[{"modelIdentifier":"amazon.nova-lite-v1:0","response":"You said: Rome?"}]}
{"automatedEvaluationResult":{"scores":[{"metricName":"Accuracy","result":0.4}]},"inputRecord":{"prompt":"one two","referenceResponse":"two"},"modelResponses":[{"modelIdentifier":"amazon.nova-lite-v1:0","response":"You said: one two"}]}
{"automatedEvaluationResult":{"scores":[{"metricName":"Accuracy","result":0.0}]},"inputRecord":{"prompt":"x","referenceResponse":"y"},"modelResponses":[{"modelIdentifier":"amazon.nova-lite-v1:0","response":"You said: x"}]}
`
	if got := string(w.do("s3", "GetObject", map[string]any{"Bucket": "data", "Key": list[0].Text("Key")}).Blob("Body")); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	jobs := localtest.Must(c.ListEvaluationJobs(t.Context(), &bedrock.ListEvaluationJobsInput{ApplicationTypeEquals: "ModelEvaluation"}))(t).JobSummaries
	if len(jobs) != 1 || *jobs[0].JobArn != arn || jobs[0].EvaluationTaskTypes[0] != "QuestionAndAnswer" || jobs[0].ModelIdentifiers[0] != "amazon.nova-lite-v1:0" {
		t.Errorf("%+v", jobs)
	}
	localtest.Must(w.customize(admin, "ward", ""))(t)
	model := *localtest.Must(c.GetCustomModel(t.Context(), &bedrock.GetCustomModelInput{ModelIdentifier: aws.String("ward")}))(t).ModelArn
	units := localtest.Must(c.CreateProvisionedModelThroughput(t.Context(), &bedrock.CreateProvisionedModelThroughputInput{ModelId: &model, ProvisionedModelName: aws.String("ward"), ModelUnits: aws.Int32(1)}))(t).ProvisionedModelArn
	custom := localtest.Must(w.evaluate(modeller, "custom", "Builtin.Accuracy", "", *units))(t)
	if job := localtest.Must(c.GetEvaluationJob(t.Context(), &bedrock.GetEvaluationJobInput{JobIdentifier: &custom}))(t); job.Status != "Completed" || job.CustomerEncryptionKeyId != nil {
		t.Errorf("%+v", job)
	}
	w.DisableKey(account, region, "alias/guardrails")
	_, err := w.evaluate(modeller, "late", "Builtin.Accuracy", w.key("alias/guardrails"), "amazon.nova-lite-v1:0")
	localtest.Refused(t, err, "ValidationException", w.key("alias/guardrails")+" is disabled.")
}

// TestEvaluationFails: what the plane cannot evaluate it does not make up.
func TestEvaluationFails(t *testing.T) {
	w := newModels(t, settled)
	c := w.as(admin)
	arn := localtest.Must(w.evaluate(admin, "toxic", "Builtin.Toxicity", "", "amazon.nova-lite-v1:0"))(t)
	other := localtest.Must(w.evaluate(admin, "stopped", "Builtin.Toxicity", "", "amazon.nova-lite-v1:0"))(t)
	localtest.Must(c.StopEvaluationJob(t.Context(), &bedrock.StopEvaluationJobInput{JobIdentifier: &other}))(t)
	remove := func(arn string) *bedrock.BatchDeleteEvaluationJobOutput {
		t.Helper()
		return localtest.Must(c.BatchDeleteEvaluationJob(t.Context(), &bedrock.BatchDeleteEvaluationJobInput{JobIdentifiers: []string{arn}}))(t)
	}
	if out := remove(arn); len(out.EvaluationJobs) != 0 || len(out.Errors) != 1 || *out.Errors[0].Message != "The evaluation job has not ended." {
		t.Errorf("%+v", out)
	}
	w.Pass(time.Minute)
	get := func(arn string) (*bedrock.GetEvaluationJobOutput, error) {
		return c.GetEvaluationJob(t.Context(), &bedrock.GetEvaluationJobInput{JobIdentifier: &arn})
	}
	if job := localtest.Must(get(arn))(t); job.Status != "Failed" || job.FailureMessages[0] != "the local plane evaluates Builtin.Accuracy of the task QuestionAndAnswer only" {
		t.Errorf("%+v", job)
	}
	if job := localtest.Must(get(other))(t); job.Status != "Stopped" {
		t.Errorf("%+v", job)
	}
	if out := remove(arn); len(out.EvaluationJobs) != 1 || out.EvaluationJobs[0].JobStatus != "Deleting" {
		t.Errorf("%+v", out)
	}
	w.Pass(time.Minute)
	_, err := get(arn)
	localtest.Refused(t, err, "ResourceNotFoundException", "The evaluation job "+arn+" does not exist.")
}

// TestOptimization: the prompts are encrypted, and the job fails.
func TestOptimization(t *testing.T) {
	w := newModels(t)
	api := w.API("bedrock", admin)
	create := `{"jobName":"better","inputConfig":{"s3Uri":"s3://data/train.jsonl"},"outputConfig":{"s3Uri":"s3://data/out/"},"encryptionKeyArn":"` + w.key("alias/guardrails") + `","modelConfigurations":[{"modelId":"amazon.nova-lite-v1:0"}]}`
	if got := api.Refused(t, modeller, "CreateAdvancedPromptOptimizationJob", create, "AccessDeniedException"); !strings.Contains(got, "is not authorized to perform: kms:DescribeKey") {
		t.Error(got)
	}
	arn := api.Do(t, "CreateAdvancedPromptOptimizationJob", create).Text("jobArn")
	job := api.Do(t, "GetAdvancedPromptOptimizationJob", `{"jobIdentifier":"`+arn+`"}`)
	localtest.Same(t, "job", job, `{"jobName":"better","jobStatus":"Failed","failureMessage":"The local plane has no model that optimizes prompts.","encryptionKeyArn":"`+w.key("alias/guardrails")+`"}`)
	if list := api.Do(t, "ListAdvancedPromptOptimizationJobs", `{}`).Objects("jobSummaries"); len(list) != 1 || list[0].Text("jobArn") != arn {
		t.Error(list)
	}
	out := api.Do(t, "BatchDeleteAdvancedPromptOptimizationJob", `{"jobIdentifiers":["`+arn+`"]}`)
	if list := out.Objects("advancedPromptOptimizationJobs"); len(list) != 1 || list[0].Text("jobStatus") != "Deleting" {
		t.Error(out)
	}
}

// TestModelsKept: models and jobs survive a restart, artifacts under their key.
func TestModelsKept(t *testing.T) {
	dir := t.TempDir()
	w := &world{localtest.OpenKept(t, dir, modelEstate), t}
	w.bucket("data", "")
	w.object("train.jsonl", "{}")
	_, deployment := w.deployed()
	w.Close()
	w = &world{localtest.OpenKept(t, dir, modelEstate), t}
	defer w.Close()
	if got := localtest.Must(w.ask(admin, deployment))(t); got != novaAnswer {
		t.Error(got)
	}
	if jobs := localtest.Must(w.as(admin).ListModelCustomizationJobs(t.Context(), &bedrock.ListModelCustomizationJobsInput{}))(t).ModelCustomizationJobSummaries; len(jobs) != 1 || jobs[0].Status != "Completed" {
		t.Errorf("%+v", jobs)
	}
	w.DeleteKey(account, region, "alias/guardrails")
	_, err := w.ask(admin, deployment)
	refused(t, err, "ValidationException", "does not exist")
}
