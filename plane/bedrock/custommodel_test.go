package bedrock_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

// modelEstate is the estate with who makes models and jobs, and a role for them.
var modelEstate = strings.Replace(estate, "    roles:\n", `      - name: modeller
        access-keys: [{id: AKIAMODELLER0000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:*", Resource: "*"}, {Effect: Allow, Action: "iam:PassRole", Resource: "arn:aws:iam::111122223333:role/jobs"}]}
    roles:
      - name: jobs
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole", Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}, ArnLike: {"aws:SourceArn": "arn:aws:bedrock:*:111122223333:*"}}}]}
        policies:
          data: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], Resource: ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]}]}
`, 1)

const (
	modeller = "AKIAMODELLER0000"
	jobsRole = "arn:aws:iam::111122223333:role/jobs"
	idleRole = "arn:aws:iam::111122223333:role/idle"
)

// newModels is a world with training data in S3.
func newModels(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	w := &world{localtest.Open(t, modelEstate, change...), t}
	w.bucket("data", "")
	w.object("train.jsonl", `{"prompt":"a","completion":"b"}`)
	return w
}

// object puts an object into the bucket of the data.
func (w *world) object(key, text string) {
	w.t.Helper()
	w.do("s3", "PutObject", map[string]any{"Bucket": "data", "Key": key, "Body": text})
}

// customize makes a customization job.
func (w *world) customize(as, name, key string) (string, error) {
	w.t.Helper()
	in := &bedrock.CreateModelCustomizationJobInput{
		JobName: aws.String(name + "-job"), CustomModelName: &name, RoleArn: aws.String(jobsRole), BaseModelIdentifier: aws.String("amazon.nova-lite-v1:0:300k"),
		TrainingDataConfig: &types.TrainingDataConfig{S3Uri: aws.String("s3://data/train.jsonl")}, OutputDataConfig: &types.OutputDataConfig{S3Uri: aws.String("s3://data/out/")},
		JobTags: []types.Tag{{Key: aws.String("of"), Value: aws.String("job")}}, CustomModelTags: []types.Tag{{Key: aws.String("of"), Value: aws.String("model")}},
		HyperParameters: map[string]string{"epochCount": "1"},
	}
	if key != "" {
		in.CustomModelKmsKeyId = &key
	}
	out, err := w.as(as).CreateModelCustomizationJob(w.t.Context(), in)
	if err != nil {
		return "", err
	}
	return *out.JobArn, nil
}

// deployed is the deployment of a new custom model under the key of the guardrails.
func (w *world) deployed() (model, deployment string) {
	w.t.Helper()
	t := w.t
	localtest.Must(w.customize(admin, "ward", "alias/guardrails"))(t)
	m := localtest.Must(w.as(admin).GetCustomModel(t.Context(), &bedrock.GetCustomModelInput{ModelIdentifier: aws.String("ward")}))(t)
	d := localtest.Must(w.as(admin).CreateCustomModelDeployment(t.Context(), &bedrock.CreateCustomModelDeploymentInput{ModelArn: m.ModelArn, ModelDeploymentName: aws.String("ward")}))(t)
	return *m.ModelArn, *d.CustomModelDeploymentArn
}

const novaBody = `{"messages":[{"content":[{"text":"hello"}],"role":"user"}]}`

// ask invokes a model in the form of Nova.
func (w *world) ask(as, model string) (string, error) {
	w.t.Helper()
	out, err := w.runtime(as).InvokeModel(w.t.Context(), &bedrockruntime.InvokeModelInput{ModelId: &model, Body: []byte(novaBody)})
	if err != nil {
		return "", err
	}
	return string(out.Body), nil
}

const novaAnswer = `{"output":{"message":{"content":[{"text":"You said: hello"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":3,"totalTokens":4}}`

func TestCustomization(t *testing.T) {
	w := newModels(t, func(o *local.Options) { o.Settle = time.Minute })
	c := w.as(admin)
	arn := localtest.Must(w.customize(admin, "ward", "alias/guardrails"))(t)
	if !strings.HasPrefix(arn, "arn:aws:bedrock:eu-west-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k/") {
		t.Error(arn)
	}
	began := w.Now()
	get := func() *bedrock.GetModelCustomizationJobOutput {
		t.Helper()
		return localtest.Must(c.GetModelCustomizationJob(t.Context(), &bedrock.GetModelCustomizationJobInput{JobIdentifier: &arn}))(t)
	}
	job := get()
	if job.Status != "InProgress" || *job.JobName != "ward-job" || *job.OutputModelName != "ward" || *job.RoleArn != jobsRole || *job.OutputModelKmsKeyArn != w.key("alias/guardrails") ||
		*job.BaseModelArn != "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0:300k" || job.CustomizationType != "FINE_TUNING" || job.EndTime != nil ||
		job.OutputModelArn != nil || *job.TrainingDataConfig.S3Uri != "s3://data/train.jsonl" || !job.CreationTime.Equal(began) {
		t.Errorf("%+v", job)
	}
	byName := aws.String("ward")
	_, err := c.GetCustomModel(t.Context(), &bedrock.GetCustomModelInput{ModelIdentifier: byName})
	localtest.Refused(t, err, "ResourceNotFoundException", "The custom model ward does not exist.")
	_, err = w.customize(admin, "ward", "")
	localtest.Refused(t, err, "ConflictException", "The model customization job ward-job exists already.")
	if n := w.grants("alias/guardrails"); n != 1 {
		t.Errorf("%d grants, want 1: what was refused has none", n)
	}

	w.Pass(time.Minute)
	job = get()
	if job.Status != "Completed" || !job.EndTime.Equal(began.Add(time.Minute)) || job.OutputModelArn == nil {
		t.Fatalf("%+v", job)
	}
	m := localtest.Must(c.GetCustomModel(t.Context(), &bedrock.GetCustomModelInput{ModelIdentifier: byName}))(t)
	if *m.ModelArn != *job.OutputModelArn || *m.JobArn != arn || *m.ModelKmsKeyArn != w.key("alias/guardrails") || m.ModelStatus != "Active" || m.HyperParameters["epochCount"] != "1" {
		t.Errorf("%+v", m)
	}
	if got := w.do("s3", "GetObject", map[string]any{"Bucket": "data", "Key": "out/model-customization-job-" + arn[len(arn)-12:] + "/training_artifacts/step_wise_training_metrics.csv"}); string(got.Blob("Body")) != "step_number,epoch_number,training_loss,perplexity\n" {
		t.Errorf("%s", got.Blob("Body"))
	}
	for resource, want := range map[string]string{arn: "job", *m.ModelArn: "model"} {
		tags := localtest.Must(c.ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: &resource}))(t).Tags
		if len(tags) != 1 || *tags[0].Key != "of" || *tags[0].Value != want {
			t.Errorf("%s: %+v", resource, tags)
		}
	}
	list := localtest.Must(c.ListCustomModels(t.Context(), &bedrock.ListCustomModelsInput{NameContains: aws.String("war"), FoundationModelArnEquals: job.BaseModelArn}))(t).ModelSummaries
	if len(list) != 1 || *list[0].BaseModelName != "amazon.nova-lite-v1:0" || *list[0].OwnerAccountId != account || *list[0].ModelArn != *m.ModelArn {
		t.Errorf("%+v", list)
	}
	for _, none := range []*bedrock.ListCustomModelsInput{{NameContains: aws.String("x")}, {CreationTimeAfter: aws.Time(began)}, {IsOwned: aws.Bool(false)}, {ModelStatus: "Failed"}} {
		if list := localtest.Must(c.ListCustomModels(t.Context(), none))(t).ModelSummaries; len(list) != 0 {
			t.Errorf("%+v: %+v", none, list)
		}
	}
	jobs := localtest.Must(c.ListModelCustomizationJobs(t.Context(), &bedrock.ListModelCustomizationJobsInput{StatusEquals: "Completed"}))(t).ModelCustomizationJobSummaries
	if len(jobs) != 1 || *jobs[0].CustomModelArn != *m.ModelArn || *jobs[0].CustomModelName != "ward" || *jobs[0].JobArn != arn {
		t.Errorf("%+v", jobs)
	}
	_, err = c.StopModelCustomizationJob(t.Context(), &bedrock.StopModelCustomizationJobInput{JobIdentifier: &arn})
	localtest.Refused(t, err, "ConflictException", "The model customization job "+arn+" is in the status Completed and cannot be stopped.")

	localtest.Must(c.DeleteCustomModel(t.Context(), &bedrock.DeleteCustomModelInput{ModelIdentifier: m.ModelArn}))(t)
	if n := w.grants("alias/guardrails"); n != 0 {
		t.Errorf("%d grants after the model was deleted", n)
	}
	if get().Status != "Completed" {
		t.Error("the job went with its model")
	}
}

// TestCustomizationStopped: a job that is stopped makes no model, and its grant ends.
func TestCustomizationStopped(t *testing.T) {
	w := newModels(t, func(o *local.Options) { o.Settle = time.Minute })
	c := w.as(admin)
	arn := localtest.Must(w.customize(admin, "ward", "alias/guardrails"))(t)
	localtest.Must(c.StopModelCustomizationJob(t.Context(), &bedrock.StopModelCustomizationJobInput{JobIdentifier: aws.String("ward-job")}))(t)
	if n := w.grants("alias/guardrails"); n != 0 {
		t.Errorf("%d grants", n)
	}
	for _, want := range []types.ModelCustomizationJobStatus{"Stopping", "Stopped"} {
		job := localtest.Must(c.GetModelCustomizationJob(t.Context(), &bedrock.GetModelCustomizationJobInput{JobIdentifier: &arn}))(t)
		if job.Status != want || (job.EndTime != nil) != (want == "Stopped") {
			t.Errorf("%s, %v, want %s", job.Status, job.EndTime, want)
		}
		w.Pass(time.Minute)
	}
	if list := localtest.Must(c.ListCustomModels(t.Context(), &bedrock.ListCustomModelsInput{}))(t).ModelSummaries; len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// TestCustomizationRefused: the role has to be passed and assumed, what it cannot read fails
// the job, and a base has to be one.
func TestCustomizationRefused(t *testing.T) {
	w := newModels(t)
	c := w.as(modeller)
	in := func(role, base, uri string) *bedrock.CreateModelCustomizationJobInput {
		return &bedrock.CreateModelCustomizationJobInput{
			JobName: aws.String("job"), CustomModelName: aws.String("model"), RoleArn: &role, BaseModelIdentifier: &base,
			TrainingDataConfig: &types.TrainingDataConfig{S3Uri: &uri}, OutputDataConfig: &types.OutputDataConfig{S3Uri: aws.String("s3://data/out/")},
		}
	}
	const nova, data = "amazon.nova-lite-v1:0", "s3://data/train.jsonl"
	for _, r := range []struct {
		in            *bedrock.CreateModelCustomizationJobInput
		code, message string
	}{
		{in(idleRole, nova, data), "AccessDeniedException", "User: arn:aws:iam::111122223333:user/modeller is not authorized to perform: iam:PassRole on resource: " + idleRole + " because no identity-based policy allows the iam:PassRole action"},
		{in(jobsRole, "amazon.none-v1:0", data), "ValidationException", "The provided model identifier is invalid."},
		{in(jobsRole, "cohere.embed-english-v3", data), "ValidationException", "The model cohere.embed-english-v3 cannot be customized."},
	} {
		_, err := c.CreateModelCustomizationJob(t.Context(), r.in)
		localtest.Refused(t, err, r.code, r.message)
	}
	_, err := w.as(admin).CreateModelCustomizationJob(t.Context(), in("arn:aws:iam::111122223333:role/operator", nova, data))
	localtest.Refused(t, err, "ValidationException", "Could not assume provided IAM role.")
	out := localtest.Must(c.CreateModelCustomizationJob(t.Context(), in(jobsRole, nova, "s3://data/none.jsonl")))(t)
	job := localtest.Must(c.GetModelCustomizationJob(t.Context(), &bedrock.GetModelCustomizationJobInput{JobIdentifier: out.JobArn}))(t)
	if job.Status != "Failed" || *job.FailureMessage != "NoSuchKey: The specified key does not exist." || job.OutputModelArn != nil {
		t.Errorf("%s %s", job.Status, aws.ToString(job.FailureMessage))
	}
}

// TestCustomModelKey: what the catalogue says is needed to make and to invoke a model is
// enough, nothing less is, and a model is gone with its key.
func TestCustomModelKey(t *testing.T) {
	w := newModels(t)
	const via = `"Condition":{"StringEquals":{"kms:ViaService":"bedrock.eu-west-1.amazonaws.com"}}`
	policy := func(actions, condition string) {
		w.SetKeyPolicy(account, region, "alias/guardrails", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:Describe*","kms:Put*","kms:Schedule*","kms:Disable*","kms:Enable*"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}}},`+
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/modeller"},"Action":[`+actions+`],"Resource":"*",`+condition+`}]}`)
	}
	all := []string{`"kms:DescribeKey"`, `"kms:GenerateDataKey"`, `"kms:Decrypt"`, `"kms:CreateGrant"`}
	for i := range all {
		some := append(append([]string{}, all[:i]...), all[i+1:]...)
		policy(strings.Join(some, ","), via)
		_, err := w.customize(modeller, "ward", w.key("alias/guardrails"))
		refused(t, err, "AccessDeniedException", "is not authorized to perform: "+strings.Trim(all[i], `"`))
	}
	policy(strings.Join(all, ","), strings.Replace(via, "bedrock.", "other.", 1))
	_, err := w.customize(modeller, "ward", w.key("alias/guardrails"))
	refused(t, err, "AccessDeniedException", "is not authorized to perform: kms:DescribeKey")
	policy(strings.Join(all, ","), via)
	arn := localtest.Must(w.customize(modeller, "ward", w.key("alias/guardrails")))(t)
	c := w.as(modeller)
	model := localtest.Must(c.GetModelCustomizationJob(t.Context(), &bedrock.GetModelCustomizationJobInput{JobIdentifier: &arn}))(t).OutputModelArn
	d := localtest.Must(c.CreateCustomModelDeployment(t.Context(), &bedrock.CreateCustomModelDeploymentInput{ModelArn: model, ModelDeploymentName: aws.String("ward")}))(t).CustomModelDeploymentArn

	policy(`"kms:Decrypt"`, via)
	if got := localtest.Must(w.ask(modeller, *d))(t); got != novaAnswer {
		t.Errorf("\n got %s\nwant %s", got, novaAnswer)
	}
	policy(`"kms:GenerateDataKey"`, via)
	_, err = w.ask(modeller, *d)
	refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/modeller is not authorized to perform: kms:Decrypt on resource: "+w.key("alias/guardrails"))

	policy(`"kms:Decrypt"`, via)
	w.DisableKey(account, region, "alias/guardrails")
	_, err = w.ask(modeller, *d)
	localtest.Refused(t, err, "ValidationException", w.key("alias/guardrails")+" is disabled.")
	w.EnableKey(account, region, "alias/guardrails")
	key := w.key("alias/guardrails")
	w.DeleteKey(account, region, "alias/guardrails")
	_, err = w.ask(modeller, *d)
	localtest.Refused(t, err, "ValidationException", "Key '"+key+"' does not exist")
	if m := localtest.Must(c.GetCustomModel(t.Context(), &bedrock.GetCustomModelInput{ModelIdentifier: model}))(t); *m.ModelKmsKeyArn != key {
		t.Errorf("%+v", m)
	}
	localtest.Must(c.DeleteCustomModelDeployment(t.Context(), &bedrock.DeleteCustomModelDeploymentInput{CustomModelDeploymentIdentifier: d}))(t)
	localtest.Must(c.DeleteCustomModel(t.Context(), &bedrock.DeleteCustomModelInput{ModelIdentifier: model}))(t)
}
