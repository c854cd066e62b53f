package sqs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alias   = "alias/queues"
	arn     = "arn:aws:sqs:eu-west-1:111122223333:jobs"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: exact
        access-keys: [{id: AKIAEXACT0000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/queues}
  "444455556666":
    users:
      - name: stranger
        access-keys: [{id: AKIASTRANGER0000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

const (
	admin    = "AKIAADMIN0000000"
	exact    = "AKIAEXACT0000000"
	stranger = "AKIASTRANGER0000"
)

func client(p *localtest.Plane, accessKey string) *sqs.Client {
	return sqs.NewFromConfig(sdktest.Config(p, accessKey, "sqs"))
}

func kmsText(message, code string) string {
	return fmt.Sprintf("%s (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: ID; Proxy: null)", message, code)
}

func create(t *testing.T, c *sqs.Client, attributes map[string]string) (string, error) {
	out, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("jobs"), Attributes: attributes})
	if err != nil {
		return "", err
	}
	return *out.QueueUrl, nil
}

func send(t *testing.T, c *sqs.Client, url, body string) error {
	_, err := c.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	return err
}

func receive(t *testing.T, c *sqs.Client, url string) ([]types.Message, error) {
	out, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

func bodies(list []types.Message) string {
	var out []string
	for _, m := range list {
		out = append(out, *m.Body)
	}
	return strings.Join(out, " ")
}

func attributes(t *testing.T, c *sqs.Client, url string) map[string]string {
	t.Helper()
	return localtest.Must(c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"All"}}))(t).Attributes
}

func TestQueue(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	url := localtest.Must(create(t, c, map[string]string{"VisibilityTimeout": "60"}))(t)
	if url != p.URL+"/111122223333/jobs" {
		t.Errorf("URL %s", url)
	}
	if again := localtest.Must(create(t, c, map[string]string{"VisibilityTimeout": "60", "DelaySeconds": "0"}))(t); again != url {
		t.Errorf("again %s", again)
	}
	_, err := create(t, c, map[string]string{"VisibilityTimeout": "61"})
	localtest.Refused(t, err, "QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute VisibilityTimeout")
	for value, name := range map[string]string{"901": "DelaySeconds", "x": "VisibilityTimeout", "maybe": "SqsManagedSseEnabled", "{": "Policy"} {
		_, err := create(t, c, map[string]string{name: value})
		localtest.Refused(t, err, "InvalidAttributeValue", "Invalid value for the parameter "+name+".")
	}
	_, err = create(t, c, map[string]string{"QueueArn": "blue"})
	localtest.Refused(t, err, "InvalidAttributeName", "Unknown Attribute QueueArn.")
	_, err = create(t, c, map[string]string{"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"})
	localtest.Refused(t, err, "InvalidAttributeValue", "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")

	a := attributes(t, c, url)
	for name, want := range map[string]string{
		"QueueArn": arn, "VisibilityTimeout": "60", "DelaySeconds": "0", "MessageRetentionPeriod": "345600", "SqsManagedSseEnabled": "true",
		"KmsMasterKeyId": "", "KmsDataKeyReusePeriodSeconds": "", "CreatedTimestamp": fmt.Sprint(p.Now().Unix()), "ApproximateNumberOfMessages": "0",
	} {
		if a[name] != want {
			t.Errorf("%s is %q, want %q", name, a[name], want)
		}
	}
	set := func(attributes map[string]string) {
		t.Helper()
		localtest.Must(c.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: attributes}))(t)
	}
	set(map[string]string{"KmsMasterKeyId": alias, "RedrivePolicy": `{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":3}`})
	if a := attributes(t, c, url); a["KmsMasterKeyId"] != alias || a["KmsDataKeyReusePeriodSeconds"] != "300" || a["SqsManagedSseEnabled"] != "false" || a["VisibilityTimeout"] != "60" {
		t.Errorf("attributes %v", a)
	}
	if s := localtest.Must(c.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &url}))(t).QueueUrls; !slices.Equal(s, []string{url}) {
		t.Errorf("sources %q", s)
	}
	set(map[string]string{"KmsMasterKeyId": "", "RedrivePolicy": ""})
	if a := attributes(t, c, url); a["KmsMasterKeyId"] != "" || a["RedrivePolicy"] != "" || a["SqsManagedSseEnabled"] != "false" {
		t.Errorf("attributes %v", a)
	}
	localtest.Must(c.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{"team": "blue", "x": "y"}}))(t)
	localtest.Must(c.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: []string{"x"}}))(t)
	if tags := localtest.Must(c.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url}))(t).Tags; len(tags) != 1 || tags["team"] != "blue" {
		t.Errorf("tags %v", tags)
	}

	localtest.Must(c.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url}))(t)
	_, err = c.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("jobs")})
	localtest.Refused(t, err, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
	var typed *types.QueueDoesNotExist
	if !errors.As(err, &typed) {
		t.Errorf("not of its type: %v", err)
	}
	_, err = create(t, c, nil)
	localtest.Refused(t, err, "AWS.SimpleQueueService.QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
	p.Pass(time.Minute)
	localtest.Must(create(t, c, nil))(t)
}

func TestList(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	for _, name := range []string{"b", "a1", "a2"} {
		localtest.Must(c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}))(t)
	}
	var got []string
	for pages := sqs.NewListQueuesPaginator(c, &sqs.ListQueuesInput{MaxResults: aws.Int32(2)}); pages.HasMorePages(); {
		for _, url := range localtest.Must(pages.NextPage(t.Context()))(t).QueueUrls {
			got = append(got, strings.TrimPrefix(url, p.URL+"/"+account+"/"))
		}
	}
	if strings.Join(got, " ") != "a1 a2 b" {
		t.Errorf("queues %q", got)
	}
	if some := localtest.Must(c.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("a")}))(t).QueueUrls; len(some) != 2 {
		t.Errorf("queues %q", some)
	}
}

func TestMessages(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	url := localtest.Must(create(t, c, nil))(t)
	// The SDK checks the digests of bodies and attributes.
	localtest.Must(c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("one"), MessageAttributes: map[string]types.MessageAttributeValue{
		"app.name": {DataType: aws.String("String"), StringValue: aws.String("x")}, "raw": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}},
	}}))(t)
	localtest.Must(c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("late"), DelaySeconds: 10}))(t)
	out := localtest.Must(c.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MessageAttributeNames: []string{"app.*"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"ApproximateReceiveCount", "SentTimestamp"}}))(t).Messages
	if len(out) != 1 || *out[0].Body != "one" || len(out[0].MessageAttributes) != 1 || out[0].Attributes["ApproximateReceiveCount"] != "1" || out[0].Attributes["SentTimestamp"] != fmt.Sprint(p.Now().UnixMilli()) || len(out[0].Attributes) != 2 {
		t.Fatalf("received %+v", out)
	}
	a := attributes(t, c, url)
	if a["ApproximateNumberOfMessages"] != "0" || a["ApproximateNumberOfMessagesNotVisible"] != "1" || a["ApproximateNumberOfMessagesDelayed"] != "1" {
		t.Errorf("numbers %v", a)
	}
	hide := func(seconds int32) error {
		_, err := c.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: out[0].ReceiptHandle, VisibilityTimeout: seconds})
		return err
	}
	if err := hide(5); err != nil {
		t.Error(err)
	}
	if got := bodies(localtest.Must(receive(t, c, url))(t)); got != "" {
		t.Errorf("hidden, but received %q", got)
	}
	p.Pass(10 * time.Second)
	localtest.Refused(t, hide(5), "AWS.SimpleQueueService.MessageNotInflight", "") // the SDK reads no message of it
	if got := bodies(localtest.Must(receive(t, c, url))(t)); got != "one late" {
		t.Errorf("received %q", got)
	}
	localtest.Must(c.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: out[0].ReceiptHandle}))(t)
	p.Pass(time.Minute)
	if got := bodies(localtest.Must(receive(t, c, url))(t)); got != "late" {
		t.Errorf("received %q", got)
	}
	_, err := c.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("x")})
	localtest.Refused(t, err, "ReceiptHandleIsInvalid", `The input receipt handle "x" is not a valid receipt handle.`)
	p.Pass(4 * 24 * time.Hour)
	if got := bodies(localtest.Must(receive(t, c, url))(t)); got != "" {
		t.Errorf("after the retention: %q", got)
	}
	if err := send(t, c, url, "x"); err != nil {
		t.Fatal(err)
	}
	localtest.Must(c.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &url}))(t)
	if got := bodies(localtest.Must(receive(t, c, url))(t)); got != "" {
		t.Errorf("purged, but received %q", got)
	}
	_, err = c.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &url})
	localtest.Refused(t, err, "AWS.SimpleQueueService.PurgeQueueInProgress", "Only one PurgeQueue operation on jobs is allowed every 60 seconds.")
}

func TestBatch(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	url := localtest.Must(create(t, c, map[string]string{"MaximumMessageSize": "1024"}))(t)
	entry := func(id, body string) types.SendMessageBatchRequestEntry {
		return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
	}
	out := localtest.Must(c.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{entry("a", "one"), entry("b", strings.Repeat("x", 1025))}}))(t)
	if len(out.Successful) != 1 || *out.Successful[0].Id != "a" || len(out.Failed) != 1 || *out.Failed[0].Code != "InvalidParameterValue" || *out.Failed[0].Message != "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes." {
		t.Errorf("sent %+v", out)
	}
	_, err := c.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{entry("a", "one"), entry("a", "two")}})
	localtest.Refused(t, err, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id a repeated.")
	_, err = c.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{}})
	localtest.Refused(t, err, "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one entry in the request.")
	m := localtest.Must(receive(t, c, url))(t)
	gone := localtest.Must(c.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: []types.DeleteMessageBatchRequestEntry{{Id: aws.String("a"), ReceiptHandle: m[0].ReceiptHandle}, {Id: aws.String("b"), ReceiptHandle: aws.String("x")}}}))(t)
	if len(gone.Successful) != 1 || len(gone.Failed) != 1 || *gone.Failed[0].Code != "ReceiptHandleIsInvalid" {
		t.Errorf("deleted %+v", gone)
	}
}

func allowing(actions, via, queue string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/exact"},"Action":` + actions + `,"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"` + via + `","kms:EncryptionContext:aws:sqs:arn":"` + queue + `"}}}]}`
}

func TestKey(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, exact)
	key := p.KeyARN(account, region, alias)
	const via = "sqs.eu-west-1.amazonaws.com"
	url := localtest.Must(create(t, c, map[string]string{"KmsMasterKeyId": key}))(t)
	denied := func(err error, action string) {
		t.Helper()
		localtest.Refused(t, err, "KMS.AccessDeniedException", kmsText("User: arn:aws:iam::111122223333:user/exact is not authorized to perform: kms:"+action+" on resource: "+key+" because no resource-based policy allows the kms:"+action+" action", "AccessDeniedException"))
	}
	for policy, action := range map[string]string{
		allowing(`["kms:Decrypt"]`, via, arn):                                                 "GenerateDataKey",
		allowing(`["kms:GenerateDataKey"]`, via, arn):                                         "Decrypt",
		allowing(`["kms:GenerateDataKey","kms:Decrypt"]`, "sns.eu-west-1.amazonaws.com", arn): "GenerateDataKey",
		allowing(`["kms:GenerateDataKey","kms:Decrypt"]`, via, arn+"2"):                       "GenerateDataKey",
	} {
		p.SetKeyPolicy(account, region, alias, policy)
		denied(send(t, c, url, "v"), action)
	}
	p.SetKeyPolicy(account, region, alias, allowing(`["kms:GenerateDataKey","kms:Decrypt"]`, via, arn))
	if err := send(t, c, url, "v"); err != nil {
		t.Fatal(err)
	}
	p.SetKeyPolicy(account, region, alias, allowing(`["kms:GenerateDataKey"]`, via, arn))
	_, err := receive(t, c, url)
	denied(err, "Decrypt")
	p.SetKeyPolicy(account, region, alias, allowing(`["kms:Decrypt"]`, via, arn))
	if got := bodies(localtest.Must(receive(t, c, url))(t)); got != "v" {
		t.Errorf("received %q", got)
	}

	a := client(p, admin)
	p.Pass(time.Minute)
	p.DisableKey(account, region, alias)
	disabled := kmsText(key+" is disabled.", "DisabledException")
	localtest.Refused(t, send(t, a, url, "w"), "KMS.DisabledException", disabled)
	_, err = receive(t, a, url)
	localtest.Refused(t, err, "KMS.DisabledException", disabled)
	batch := localtest.Must(a.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{{Id: aws.String("a"), MessageBody: aws.String("w")}}}))(t)
	if len(batch.Failed) != 1 || *batch.Failed[0].Code != "KMS.DisabledException" {
		t.Errorf("batch %+v", batch)
	}
	p.EnableKey(account, region, alias)
	localtest.Must(a.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"MessageRetentionPeriod": "1209600"}}))(t)
	if err := send(t, a, url, "lost"); err != nil {
		t.Fatal(err)
	}
	p.DeleteKey(account, region, alias)
	_, err = receive(t, a, url)
	localtest.Refused(t, err, "KMS.NotFoundException", kmsText("Key '"+key+"' does not exist", "NotFoundException"))
	if n := attributes(t, a, url); n["ApproximateNumberOfMessages"] != "1" || n["KmsMasterKeyId"] != key {
		t.Errorf("attributes %v", n)
	}
	// Those under the key of the service are read without permissions for KMS.
	localtest.Must(a.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: &url}))(t)
	localtest.Must(a.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"KmsMasterKeyId": "alias/aws/sqs"}}))(t)
	if err := send(t, c, url, "own"); err != nil {
		t.Fatal(err)
	}
	if got := bodies(localtest.Must(receive(t, c, url))(t)); got != "own" {
		t.Errorf("received %q", got)
	}
}

func TestPolicy(t *testing.T) {
	p := localtest.Open(t, seed)
	url := localtest.Must(create(t, client(p, admin), nil))(t)
	s := client(p, stranger)
	localtest.Refused(t, send(t, s, url, "v"), "AccessDenied", "User: arn:aws:iam::444455556666:user/stranger is not authorized to perform: sqs:SendMessage on resource: "+arn+" because no resource-based policy allows the sqs:SendMessage action")
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sqs:SendMessage","Resource":"` + arn + `"}]}`
	localtest.Must(client(p, admin).SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"Policy": doc}}))(t)
	if err := send(t, s, url, "v"); err != nil {
		t.Error(err)
	}
	if got := attributes(t, client(p, admin), url)["Policy"]; got != doc {
		t.Errorf("policy %s", got)
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	url := localtest.Must(create(t, client(p, admin), map[string]string{"KmsMasterKeyId": alias}))(t)
	if err := send(t, client(p, admin), url, "v"); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	if got := bodies(localtest.Must(receive(t, client(p, admin), url))(t)); got != "v" {
		t.Errorf("after a restart: %q", got)
	}
}
