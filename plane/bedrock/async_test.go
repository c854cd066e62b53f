package bedrock_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	run "github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

const marengo = "twelvelabs.marengo-embed-2-7-v1:0"

func start(text, key string) *bedrockruntime.StartAsyncInvokeInput {
	to := run.AsyncInvokeS3OutputDataConfig{S3Uri: aws.String("s3://answers/vectors/")}
	if key != "" {
		to.KmsKeyId = &key
	}
	return &bedrockruntime.StartAsyncInvokeInput{
		ModelId: aws.String(marengo), ModelInput: document.NewLazyDocument(map[string]any{"inputType": "text", "inputText": text}),
		OutputDataConfig: &run.AsyncInvokeOutputDataConfigMemberS3OutputDataConfig{Value: to},
		Tags:             []run.Tag{{Key: aws.String("team"), Value: aws.String("search")}},
	}
}

func TestAsyncInvoke(t *testing.T) {
	w := newWorld(t, func(o *local.Options) { o.Settle = time.Minute })
	w.bucket("answers", "")
	client, key := w.runtime(admin), w.key("alias/next")
	arn := *localtest.Must(client.StartAsyncInvoke(t.Context(), start("one two", key)))(t).InvocationArn
	id, ok := strings.CutPrefix(arn, "arn:aws:bedrock:eu-west-1:111122223333:async-invoke/")
	if !ok || len(id) != 12 {
		t.Fatal(arn)
	}
	get := func() *bedrockruntime.GetAsyncInvokeOutput {
		t.Helper()
		return localtest.Must(client.GetAsyncInvoke(t.Context(), &bedrockruntime.GetAsyncInvokeInput{InvocationArn: &arn}))(t)
	}
	got := get()
	to := got.OutputDataConfig.(*run.AsyncInvokeOutputDataConfigMemberS3OutputDataConfig).Value
	if got.Status != "InProgress" || got.EndTime != nil || *got.ModelArn != "arn:aws:bedrock:eu-west-1::foundation-model/"+marengo || *to.S3Uri != "s3://answers/vectors/"+id || *to.KmsKeyId != key {
		t.Errorf("%+v %+v", got, to)
	}
	w.Pass(time.Minute)
	if got := get(); got.Status != "Completed" || !got.EndTime.Equal(got.SubmitTime.Add(time.Minute)) {
		t.Errorf("%+v", got)
	}
	object := w.do("s3", "GetObject", map[string]any{"Bucket": "answers", "Key": "vectors/" + id + "/output.json"})
	var answer struct {
		Data []struct{ Embedding []float64 }
	}
	if err := json.Unmarshal(object.Blob("Body"), &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Data) != 1 || len(answer.Data[0].Embedding) != 1024 || object.Text("ServerSideEncryption") != "aws:kms" || object.Text("SSEKMSKeyId") != key {
		t.Errorf("%d %v", len(answer.Data), object.Without("Body"))
	}
	tags := localtest.Must(w.as(admin).ListTagsForResource(t.Context(), &bedrock.ListTagsForResourceInput{ResourceARN: &arn}))(t).Tags
	if len(tags) != 1 || *tags[0].Key != "team" {
		t.Errorf("%+v", tags)
	}
	second := *localtest.Must(client.StartAsyncInvoke(t.Context(), start("three", "")))(t).InvocationArn
	for status, want := range map[run.AsyncInvokeStatus]string{"": second + " " + arn, "Completed": arn, "InProgress": second, "Failed": ""} {
		var arns []string
		for _, s := range localtest.Must(client.ListAsyncInvokes(t.Context(), &bedrockruntime.ListAsyncInvokesInput{StatusEquals: status}))(t).AsyncInvokeSummaries {
			arns = append(arns, *s.InvocationArn)
		}
		if got := strings.Join(arns, " "); got != want {
			t.Errorf("%q: %s, want %s", status, got, want)
		}
	}
	at := w.Now()
	if out := localtest.Must(client.ListAsyncInvokes(t.Context(), &bedrockruntime.ListAsyncInvokesInput{SubmitTimeBefore: &at, SortOrder: "Ascending"}))(t); len(out.AsyncInvokeSummaries) != 1 {
		t.Errorf("%+v", out)
	}
}

// TestAsyncInvokeRefused: the caller needs the model, the bucket and the key.
func TestAsyncInvokeRefused(t *testing.T) {
	w := newWorld(t)
	w.bucket("answers", "")
	other := start("x", "")
	other.ModelId = aws.String(haiku)
	_, err := w.runtime(admin).StartAsyncInvoke(t.Context(), other)
	refused(t, err, "ValidationException", "does not support asynchronous invocation")
	_, err = w.runtime(guarded).StartAsyncInvoke(t.Context(), start("x", ""))
	refused(t, err, "AccessDeniedException", "bedrock:InvokeModel on resource: arn:aws:bedrock:eu-west-1::foundation-model/"+marengo)
	_, err = w.runtime(keyless).StartAsyncInvoke(t.Context(), start("x", ""))
	refused(t, err, "ValidationException", "Invalid Output Config/Credentials: ")
	film := start("x", "")
	film.ModelInput = document.NewLazyDocument(map[string]any{"inputType": "video"})
	_, err = w.runtime(admin).StartAsyncInvoke(t.Context(), film)
	refused(t, err, "ValidationException", "required key [inputText] not found")
	key := w.key("alias/next")
	w.DisableKey(account, region, "alias/next")
	_, err = w.runtime(admin).StartAsyncInvoke(t.Context(), start("x", key))
	refused(t, err, "ValidationException", "is disabled")
	if names := w.objects("answers"); len(names) != 0 {
		t.Errorf("%q", names)
	}
	_, err = w.runtime(admin).GetAsyncInvoke(t.Context(), &bedrockruntime.GetAsyncInvokeInput{InvocationArn: aws.String("arn:aws:bedrock:eu-west-1:111122223333:async-invoke/abcdefghijkl")})
	refused(t, err, "ValidationException", "does not exist")
}
