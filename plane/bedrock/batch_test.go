package bedrock_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

// allowJobs lets the role of the jobs use a key through S3.
func (w *world) allowJobs(alias string) {
	w.SetKeyPolicy(account, region, alias, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},`+
		`{"Effect":"Allow","Principal":{"AWS":"`+jobsRole+`"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}]}`)
}

// batchJob starts a job for a model with an input, and returns it as it is then.
func (w *world) batchJob(name, model, input, key string, change ...func(*bedrock.CreateModelInvocationJobInput)) *bedrock.GetModelInvocationJobOutput {
	w.t.Helper()
	t := w.t
	to := types.ModelInvocationJobS3OutputDataConfig{S3Uri: aws.String("s3://data/out/")}
	if key != "" {
		to.S3EncryptionKeyId = &key
	}
	in := &bedrock.CreateModelInvocationJobInput{
		JobName: &name, ModelId: &model, RoleArn: aws.String(jobsRole), Tags: []types.Tag{{Key: aws.String("of"), Value: aws.String("batch")}},
		InputDataConfig:  &types.ModelInvocationJobInputDataConfigMemberS3InputDataConfig{Value: types.ModelInvocationJobS3InputDataConfig{S3Uri: &input}},
		OutputDataConfig: &types.ModelInvocationJobOutputDataConfigMemberS3OutputDataConfig{Value: to},
	}
	for _, f := range change {
		f(in)
	}
	out := localtest.Must(w.as(admin).CreateModelInvocationJob(t.Context(), in))(t)
	return w.batchNow(*out.JobArn)
}

func (w *world) batchNow(arn string) *bedrock.GetModelInvocationJobOutput {
	w.t.Helper()
	return localtest.Must(w.as(admin).GetModelInvocationJob(w.t.Context(), &bedrock.GetModelInvocationJobInput{JobIdentifier: &arn}))(w.t)
}

// records are so many lines of a batch.
func records(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, `{"recordId":"R%03d","modelInput":%s}`+"\n", i, novaBody)
	}
	return out.String()
}

func TestBatch(t *testing.T) {
	w := newModels(t, func(o *local.Options) { o.Settle = time.Minute })
	w.allowJobs("alias/guardrails")
	w.object("in/one.jsonl", records(99))
	w.object("in/two.jsonl", `{"recordId":"BAD","modelInput":{}}`+"\n")
	w.object("in/readme.txt", "not read")
	job := w.batchJob("ward", "amazon.nova-lite-v1:0", "s3://data/in/", w.key("alias/guardrails"))
	arn, began := *job.JobArn, w.Now()
	if job.Status != "Submitted" || *job.JobName != "ward" || *job.ModelId != "amazon.nova-lite-v1:0" || *job.TimeoutDurationInHours != 24 || !job.JobExpirationTime.Equal(began.Add(24*time.Hour)) ||
		job.ModelInvocationType != "InvokeModel" || job.TotalRecordCount != nil || job.EndTime != nil {
		t.Errorf("%+v", job)
	}
	w.Pass(time.Minute)
	job = w.batchNow(arn)
	if job.Status != "Completed" || *job.TotalRecordCount != 100 || *job.ProcessedRecordCount != 100 || *job.SuccessRecordCount != 99 || *job.ErrorRecordCount != 1 || !job.EndTime.Equal(began.Add(time.Minute)) {
		t.Errorf("%+v", job)
	}
	id := arn[len(arn)-12:]
	read := func(name string) string {
		t.Helper()
		o := w.do("s3", "GetObject", map[string]any{"Bucket": "data", "Key": "out/" + id + "/" + name})
		if o.Text("ServerSideEncryption") != "aws:kms" || o.Text("SSEKMSKeyId") != w.key("alias/guardrails") {
			t.Errorf("%s is under %s %s", name, o.Text("ServerSideEncryption"), o.Text("SSEKMSKeyId"))
		}
		return string(o.Blob("Body"))
	}
	lines := strings.Split(read("one.jsonl.out"), "\n")
	if len(lines) != 100 || lines[98] != `{"modelInput":`+novaBody+`,"modelOutput":`+novaAnswer+`,"recordId":"R098"}` {
		t.Errorf("%d lines, %s", len(lines), lines[98])
	}
	if got := read("two.jsonl.out"); got != `{"error":{"errorCode":400,"errorMessage":"Malformed input request: #: required key [messages] not found, please reformat your input and try again."},"modelInput":{},"recordId":"BAD"}`+"\n" {
		t.Error(got)
	}
	if got := read("manifest.json.out"); got != `{"errorRecordCount":1,"inputTokenCount":99,"outputTokenCount":297,"processedRecordCount":100,"successRecordCount":99,"totalRecordCount":100}` {
		t.Error(got)
	}
	list := localtest.Must(w.as(admin).ListModelInvocationJobs(t.Context(), &bedrock.ListModelInvocationJobsInput{StatusEquals: "Completed", SubmitTimeBefore: aws.Time(began.Add(time.Second))}))(t).InvocationJobSummaries
	if len(list) != 1 || *list[0].JobArn != arn || *list[0].OutputDataConfig.(*types.ModelInvocationJobOutputDataConfigMemberS3OutputDataConfig).Value.S3EncryptionKeyId != w.key("alias/guardrails") {
		t.Errorf("%+v", list)
	}
	if tags := localtest.Must(w.as(admin).ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: &arn}))(t).Tags; len(tags) != 1 {
		t.Errorf("%+v", tags)
	}
}

// TestBatchFails: what the role cannot do, and too few records, fail the job and not the request.
func TestBatchFails(t *testing.T) {
	w := newModels(t)
	w.object("few.jsonl", records(99))
	w.object("bad.jsonl", "{\n")
	w.object("in.jsonl", records(100))
	for _, c := range []struct{ name, input, key, message string }{
		{"few", "s3://data/few.jsonl", "", "contains 99 records, fewer than the required minimum of 100"},
		{"bad", "s3://data/bad.jsonl", "", "bad.jsonl: line 1 is not a JSON object"},
		{"none", "s3://data/none.jsonl", "", "NoSuchKey: The specified key does not exist."},
		{"key", "s3://data/in.jsonl", w.key("alias/guardrails"), "is not authorized to perform: kms:GenerateDataKey on resource: " + w.key("alias/guardrails")},
	} {
		job := w.batchJob(c.name, "amazon.nova-lite-v1:0", c.input, c.key)
		if job.Status != "Failed" || !strings.Contains(aws.ToString(job.Message), c.message) {
			t.Errorf("%s: %s %s", c.name, job.Status, aws.ToString(job.Message))
		}
	}
	_, err := w.as(admin).StopModelInvocationJob(t.Context(), &bedrock.StopModelInvocationJobInput{JobIdentifier: w.batchJob("over", "amazon.nova-lite-v1:0", "s3://data/in.jsonl", "").JobArn})
	refused(t, err, "ConflictException", "is in the status Completed and cannot be stopped.")
}

// TestBatchModels: a conversation, vectors and a custom model, whose key the caller has to be
// able to use.
func TestBatchModels(t *testing.T) {
	w := newModels(t)
	model, _ := w.deployed()
	w.object("in.jsonl", records(100))
	w.object("vectors.jsonl", strings.Repeat(`{"recordId":"V","modelInput":{"inputText":"hello"}}`+"\n", 100))
	first := func(job *bedrock.GetModelInvocationJobOutput, file string) string {
		t.Helper()
		if job.Status != "Completed" {
			t.Fatalf("%s %s", job.Status, aws.ToString(job.Message))
		}
		arn := *job.JobArn
		o := w.do("s3", "GetObject", map[string]any{"Bucket": "data", "Key": "out/" + arn[len(arn)-12:] + "/" + file + ".out"})
		line, _, _ := strings.Cut(string(o.Blob("Body")), "\n")
		return line
	}
	if got := first(w.batchJob("custom", model, "s3://data/in.jsonl", ""), "in.jsonl"); got != `{"modelInput":`+novaBody+`,"modelOutput":`+novaAnswer+`,"recordId":"R000"}` {
		t.Error(got)
	}
	converse := func(in *bedrock.CreateModelInvocationJobInput) { in.ModelInvocationType = "Converse" }
	want := `{"modelInput":` + novaBody + `,"modelOutput":{"metrics":{"latencyMs":0},` + novaAnswer[1:] + `,"recordId":"R000"}`
	if got := first(w.batchJob("converse", "anthropic.claude-3-haiku-20240307-v1:0", "s3://data/in.jsonl", "", converse), "in.jsonl"); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if got := first(w.batchJob("vectors", "amazon.titan-embed-text-v2:0", "s3://data/vectors.jsonl", ""), "vectors.jsonl"); !strings.Contains(got, `"inputTextTokenCount":1`) {
		t.Error(got)
	}
	w.DisableKey(account, region, "alias/guardrails")
	_, err := w.as(admin).CreateModelInvocationJob(t.Context(), &bedrock.CreateModelInvocationJobInput{
		JobName: aws.String("late"), ModelId: &model, RoleArn: aws.String(jobsRole),
		InputDataConfig:  &types.ModelInvocationJobInputDataConfigMemberS3InputDataConfig{Value: types.ModelInvocationJobS3InputDataConfig{S3Uri: aws.String("s3://data/in.jsonl")}},
		OutputDataConfig: &types.ModelInvocationJobOutputDataConfigMemberS3OutputDataConfig{Value: types.ModelInvocationJobS3OutputDataConfig{S3Uri: aws.String("s3://data/out/")}},
	})
	localtest.Refused(t, err, "ValidationException", w.key("alias/guardrails")+" is disabled.")
}

// TestBatchTwice: a name that is taken is refused before anything is written.
func TestBatchTwice(t *testing.T) {
	w := newModels(t)
	w.object("in.jsonl", records(100))
	w.batchJob("ward", "amazon.nova-lite-v1:0", "s3://data/in.jsonl", "")
	before := len(w.objects("data"))
	_, err := w.as(admin).CreateModelInvocationJob(t.Context(), &bedrock.CreateModelInvocationJobInput{
		JobName: aws.String("ward"), ModelId: aws.String("amazon.nova-lite-v1:0"), RoleArn: aws.String(jobsRole),
		InputDataConfig:  &types.ModelInvocationJobInputDataConfigMemberS3InputDataConfig{Value: types.ModelInvocationJobS3InputDataConfig{S3Uri: aws.String("s3://data/in.jsonl")}},
		OutputDataConfig: &types.ModelInvocationJobOutputDataConfigMemberS3OutputDataConfig{Value: types.ModelInvocationJobS3OutputDataConfig{S3Uri: aws.String("s3://data/out/")}},
	})
	localtest.Refused(t, err, "ConflictException", "The batch inference job ward exists already.")
	if after := len(w.objects("data")); before != 4 || after != before {
		t.Errorf("%d objects, then %d", before, after)
	}
}
