package bedrock_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

// do does an operation of another service as the account's operator.
func (w *world) do(api, operation string, in map[string]any) wire.Object {
	w.t.Helper()
	who := localtest.Must(w.STS.RoleSession("arn:aws:iam::111122223333:role/operator", "test"))(w.t)
	return localtest.Must(w.World.Do(w.t.Context(), who, region, api, operation, localtest.Must(json.Marshal(in))(w.t)))(w.t)
}

// bucket makes a bucket whose policy has a statement.
func (w *world) bucket(name, statement string) {
	w.t.Helper()
	w.do("s3", "CreateBucket", map[string]any{"Bucket": name, "CreateBucketConfiguration": map[string]any{"LocationConstraint": region}})
	if statement != "" {
		w.do("s3", "PutBucketPolicy", map[string]any{"Bucket": name, "Policy": `{"Version":"2012-10-17","Statement":[` + statement + `]}`})
	}
}

// logBucket makes the bucket of the logs, with the policy that AWS's page has.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
func (w *world) logBucket() {
	w.t.Helper()
	w.bucket("records", `{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":["s3:PutObject"],`+
		`"Resource":["arn:aws:s3:::records/p/AWSLogs/111122223333/BedrockModelInvocationLogs/*"],`+
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:eu-west-1:111122223333:*"}}}`)
}

// objects are the names of the objects of a bucket, in order, but for those of tests.
func (w *world) objects(bucket string) []string {
	w.t.Helper()
	var names []string
	for _, o := range w.do("s3", "ListObjectsV2", map[string]any{"Bucket": bucket}).Objects("Contents") {
		names = append(names, o.Text("Key"))
	}
	return names
}

// logs are the objects of the bucket of the logs without those of tests.
func (w *world) logs() []string {
	return slices.DeleteFunc(w.objects("records"), func(name string) bool { return strings.HasSuffix(name, "permission-check") })
}

// unpacked is the content of a compressed object.
func (w *world) unpacked(name string) string {
	w.t.Helper()
	body := w.do("s3", "GetObject", map[string]any{"Bucket": "records", "Key": name}).Blob("Body")
	return string(localtest.Must(io.ReadAll(localtest.Must(gzip.NewReader(bytes.NewReader(body)))(w.t)))(w.t))
}

// logged are the lines of the log group.
func (w *world) logged() []string {
	w.t.Helper()
	out := w.do("logs", "GetLogEvents", map[string]any{"logGroupName": "invocations", "logStreamName": "aws/bedrock/modelinvocations", "startFromHead": true})
	var lines []string
	for _, e := range out.Objects("events") {
		lines = append(lines, e.Text("message"))
	}
	return lines
}

func (w *world) logGroup() {
	w.t.Helper()
	w.do("logs", "CreateLogGroup", map[string]any{"logGroupName": "invocations"})
}

func everywhere() *types.LoggingConfig {
	to := &types.S3Config{BucketName: aws.String("records"), KeyPrefix: aws.String("p")}
	return &types.LoggingConfig{
		S3Config: to,
		CloudWatchConfig: &types.CloudWatchConfig{
			LogGroupName: aws.String("invocations"), RoleArn: aws.String("arn:aws:iam::111122223333:role/logging"), LargeDataDeliveryS3Config: to,
		},
		TextDataDeliveryEnabled: aws.Bool(true), ImageDataDeliveryEnabled: aws.Bool(false),
	}
}

func (w *world) putLogging(config *types.LoggingConfig) error {
	_, err := w.as(admin).PutModelInvocationLoggingConfiguration(w.t.Context(), &bedrock.PutModelInvocationLoggingConfigurationInput{LoggingConfig: config})
	return err
}

func (w *world) logging() *types.LoggingConfig {
	w.t.Helper()
	return localtest.Must(w.as(admin).GetModelInvocationLoggingConfiguration(w.t.Context(), &bedrock.GetModelInvocationLoggingConfigurationInput{}))(w.t).LoggingConfig
}

// TestPutModelInvocationLoggingReplaces: what is left out is gone.
func TestPutModelInvocationLoggingReplaces(t *testing.T) {
	w := newWorld(t)
	w.logBucket()
	w.logGroup()
	if got := w.logging(); got != nil {
		t.Errorf("%+v", got)
	}
	if err := w.putLogging(everywhere()); err != nil {
		t.Fatal(err)
	}
	got := w.logging()
	if *got.S3Config.BucketName != "records" || *got.CloudWatchConfig.LargeDataDeliveryS3Config.KeyPrefix != "p" || *got.CloudWatchConfig.RoleArn != "arn:aws:iam::111122223333:role/logging" ||
		!*got.TextDataDeliveryEnabled || *got.ImageDataDeliveryEnabled || got.VideoDataDeliveryEnabled != nil {
		t.Errorf("%+v", got)
	}
	if err := w.putLogging(&types.LoggingConfig{S3Config: &types.S3Config{BucketName: aws.String("records"), KeyPrefix: aws.String("p")}}); err != nil {
		t.Fatal(err)
	}
	got = w.logging()
	if got.CloudWatchConfig != nil || got.TextDataDeliveryEnabled != nil || got.ImageDataDeliveryEnabled != nil || *got.S3Config.KeyPrefix != "p" {
		t.Errorf("still there: %+v", got)
	}
	localtest.Must(w.as(admin).DeleteModelInvocationLoggingConfiguration(t.Context(), &bedrock.DeleteModelInvocationLoggingConfigurationInput{}))(t)
	if got := w.logging(); got != nil {
		t.Errorf("%+v", got)
	}
}

func TestPutModelInvocationLoggingRefused(t *testing.T) {
	w := newWorld(t)
	w.logBucket()
	w.logGroup()
	for name, c := range map[string]struct {
		change     func(*types.LoggingConfig)
		code, text string
	}{
		"nowhere": {func(c *types.LoggingConfig) { c.S3Config, c.CloudWatchConfig = nil, nil }, "ValidationException", "has no destination"},
		"bucket":  {func(c *types.LoggingConfig) { c.S3Config = &types.S3Config{BucketName: aws.String("foreign")} }, "ValidationException", "Failed to validate permissions for bucket: foreign."},
		"large": {func(c *types.LoggingConfig) {
			c.CloudWatchConfig.LargeDataDeliveryS3Config = &types.S3Config{BucketName: aws.String("records"), KeyPrefix: aws.String("q")}
		}, "ValidationException", "Failed to validate permissions for bucket: records."},
		"role": {func(c *types.LoggingConfig) {
			c.CloudWatchConfig.RoleArn = aws.String("arn:aws:iam::111122223333:role/idle")
		}, "ValidationException",
			"Failed to validate permissions for log group: invocations, with role: arn:aws:iam::111122223333:role/idle. Verify the IAM role permissions are correct."},
		"trust": {func(c *types.LoggingConfig) {
			c.CloudWatchConfig.RoleArn = aws.String("arn:aws:iam::111122223333:role/operator")
		}, "ValidationException",
			"Failed to validate permissions for log group: invocations, with role: arn:aws:iam::111122223333:role/operator. Verify the IAM role permissions are correct."},
		"group": {func(c *types.LoggingConfig) { c.CloudWatchConfig.LogGroupName = aws.String("none") }, "ValidationException", "Failed to validate permissions for log group: none"},
	} {
		t.Run(name, func(t *testing.T) {
			config := everywhere()
			c.change(config)
			refused(t, w.putLogging(config), c.code, c.text)
		})
	}
	_, err := w.as(keyless).PutModelInvocationLoggingConfiguration(t.Context(), &bedrock.PutModelInvocationLoggingConfigurationInput{LoggingConfig: everywhere()})
	refused(t, err, "AccessDeniedException", "iam:PassRole")
	if got := w.logging(); got != nil {
		t.Errorf("what was refused counts: %+v", got)
	}
}

func TestInvocationLogs(t *testing.T) {
	w := newWorld(t)
	w.logBucket()
	w.logGroup()
	if err := w.putLogging(everywhere()); err != nil {
		t.Fatal(err)
	}
	const folder = "p/AWSLogs/111122223333/BedrockModelInvocationLogs/"
	names := w.objects("records")
	if want := []string{folder + "amazon-bedrock-logs-permission-check", folder + "data/amazon-bedrock-logs-permission-check"}; !slices.Equal(names, want) {
		t.Fatalf("%q", names)
	}
	localtest.Must(w.runtime(admin).Converse(t.Context(), ask("one two")))(t)
	names = w.logs()
	at := w.Now()
	if len(names) != 1 || !strings.HasPrefix(names[0], folder+"eu-west-1/"+at.Format("2006/01/02/15/20060102T150405")) || !strings.HasSuffix(names[0], ".json.gz") {
		t.Fatalf("%q", names)
	}
	lines := w.logged()
	if len(lines) != 2 || lines[0] != "Permissions are correctly set for Amazon Bedrock logs." || lines[1] != w.unpacked(names[0]) {
		t.Fatalf("%q", lines)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	if id, _ := got["requestId"].(string); len(id) != 36 {
		t.Errorf("request %q", id)
	}
	delete(got, "requestId")
	want := fmt.Sprintf(`{"accountId":"111122223333","identity":{"arn":"arn:aws:iam::111122223333:user/admin"},`+
		`"input":{"inputBodyJson":{"messages":[{"content":[{"text":"one two"}],"role":"user"}]},"inputContentType":"application/json","inputTokenCount":2},`+
		`"modelId":"anthropic.claude-3-haiku-20240307-v1:0","operation":"Converse",`+
		`"output":{"outputBodyJson":{"metrics":{"latencyMs":0},"output":{"message":{"content":[{"text":"You said: one two"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":2,"outputTokens":4,"totalTokens":6}},"outputContentType":"application/json","outputTokenCount":4},`+
		`"region":"eu-west-1","schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"%s"}`, at.Format("2006-01-02T15:04:05Z"))
	if text := string(localtest.Must(json.Marshal(got))(t)); text != want {
		t.Errorf("\n got %s\nwant %s", text, want)
	}
}

// TestInvocationLogsLarge: bodies of more than 100 KB are objects of their own.
func TestInvocationLogsLarge(t *testing.T) {
	w := newWorld(t)
	w.logBucket()
	w.logGroup()
	config := everywhere()
	config.S3Config = nil
	if err := w.putLogging(config); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("word ", 21<<10)
	localtest.Must(w.runtime(admin).Converse(t.Context(), ask(long)))(t)
	lines := w.logged()
	var got struct {
		RequestID     string
		Input, Output map[string]any
	}
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	folder := "p/AWSLogs/111122223333/BedrockModelInvocationLogs/eu-west-1/" + w.Now().Format("2006/01/02/15") + "/data/" + got.RequestID
	for side, text := range map[string]string{"input": `{"messages":[{"content":[{"text":"word word`, "output": `{"metrics":`} {
		in := map[string]map[string]any{"input": got.Input, "output": got.Output}[side]
		if in[side+"BodyS3Path"] != "s3://records/"+folder+"_"+side+".json.gz" || in[side+"BodyJson"] != nil {
			t.Errorf("%v", in)
		}
		if body := w.unpacked(folder + "_" + side + ".json.gz"); !strings.HasPrefix(body, text) {
			t.Errorf("%.80s", body)
		}
	}
	// Without text, only what was counted is logged.
	config.TextDataDeliveryEnabled = aws.Bool(false)
	if err := w.putLogging(config); err != nil {
		t.Fatal(err)
	}
	localtest.Must(w.runtime(admin).Converse(t.Context(), ask("secret")))(t)
	lines = w.logged()
	if last := lines[len(lines)-1]; strings.Contains(last, "secret") || !strings.Contains(last, `"inputTokenCount":1`) {
		t.Error(last)
	}
}

// TestInvocationLogsKey: the service needs the key of the bucket. Without it logging cannot be
// configured, and what was configured before is logged no more, while models answer on.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
func TestInvocationLogsKey(t *testing.T) {
	w := newWorld(t)
	w.logBucket()
	key := w.key("alias/next")
	w.do("s3", "PutBucketEncryption", map[string]any{"Bucket": "records", "ServerSideEncryptionConfiguration": map[string]any{
		"Rules": []any{map[string]any{"ApplyServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}},
	}})
	config := everywhere()
	config.CloudWatchConfig = nil
	refused(t, w.putLogging(config), "ValidationException", "Failed to validate permissions for bucket: records.")
	w.SetKeyPolicy(account, region, "alias/next", `{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},`+
		`{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"kms:GenerateDataKey","Resource":"*",`+
		`"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:bedrock:eu-west-1:111122223333:*"}}}]}`)
	if err := w.putLogging(config); err != nil {
		t.Fatal(err)
	}
	localtest.Must(w.runtime(admin).Converse(t.Context(), ask("one")))(t)
	names := w.logs()
	if len(names) != 1 || !strings.Contains(w.unpacked(names[0]), `"You said: one"`) {
		t.Fatalf("%q", names)
	}
	w.DisableKey(account, region, "alias/next")
	if out := localtest.Must(w.runtime(admin).Converse(t.Context(), ask("two")))(t); heard(out) != "You said: two" {
		t.Error(heard(out))
	}
	if names := w.logs(); len(names) != 1 {
		t.Errorf("%q", names)
	}
}
