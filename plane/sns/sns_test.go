package sns_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alias   = "alias/topics"
	topic   = "arn:aws:sns:eu-west-1:111122223333:news"
	queue   = "arn:aws:sqs:eu-west-1:111122223333:jobs"
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
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["sns:Publish", "SNS:CreateTopic"], Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/topics}
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

func client(p *localtest.Plane, accessKey string) *sns.Client {
	return sns.NewFromConfig(sdktest.Config(p, accessKey, "sns"))
}

func create(t *testing.T, c *sns.Client, attributes map[string]string) error {
	out, err := c.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("news"), Attributes: attributes})
	if err == nil && *out.TopicArn != topic {
		t.Errorf("topic %s", *out.TopicArn)
	}
	return err
}

func set(t *testing.T, c *sns.Client, name, value string) error {
	_, err := c.SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{TopicArn: aws.String(topic), AttributeName: &name, AttributeValue: &value})
	return err
}

func attributes(t *testing.T, c *sns.Client) map[string]string {
	t.Helper()
	return localtest.Must(c.GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: aws.String(topic)}))(t).Attributes
}

func publish(t *testing.T, c *sns.Client, text string) error {
	_, err := c.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(topic), Message: &text})
	return err
}

func subscribe(t *testing.T, c *sns.Client, to string, attributes map[string]string) (string, error) {
	out, err := c.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: aws.String(topic), Protocol: aws.String("sqs"), Endpoint: &to, Attributes: attributes})
	if err != nil {
		return "", err
	}
	return *out.SubscriptionArn, nil
}

// admits is the policy of a queue that lets the topic send.
func admits(queue string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + queue + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + topic + `"}}}]}`
}

func queueMade(t *testing.T, p *localtest.Plane, accessKey, name string, attributes map[string]string) {
	t.Helper()
	in, err := json.Marshal(map[string]any{"QueueName": name, "Attributes": attributes})
	if err != nil {
		t.Fatal(err)
	}
	p.API("sqs", accessKey).Do(t, "CreateQueue", string(in))
}

// received are the bodies of the messages of a queue, which are taken out of it.
func received(t *testing.T, p *localtest.Plane, accessKey, name string) []string {
	t.Helper()
	q := p.API("sqs", accessKey)
	url := q.Do(t, "GetQueueUrl", `{"QueueName":"`+name+`"}`).Text("QueueUrl")
	out := []string{}
	for _, m := range q.Do(t, "ReceiveMessage", `{"QueueUrl":"`+url+`","MaxNumberOfMessages":10}`).Objects("Messages") {
		out = append(out, m.Text("Body"))
		q.Do(t, "DeleteMessage", `{"QueueUrl":"`+url+`","ReceiptHandle":"`+m.Text("ReceiptHandle")+`"}`)
	}
	return out
}

func TestTopic(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	tags := []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}}
	localtest.Must(c.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("news"), Attributes: map[string]string{"DisplayName": "News", "KmsMasterKeyId": alias}, Tags: tags}))(t)
	if err := create(t, c, map[string]string{"DisplayName": "News"}); err != nil {
		t.Error(err)
	}
	localtest.Refused(t, create(t, c, map[string]string{"DisplayName": "Other"}), "InvalidParameter", "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
	_, err := c.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("news"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("b")}}})
	localtest.Refused(t, err, "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")
	for _, name := range []string{"a b", "a.fifo", strings.Repeat("a", 257)} {
		_, err := c.CreateTopic(ctx, &sns.CreateTopicInput{Name: &name})
		localtest.Refused(t, err, "InvalidParameter", "Invalid parameter: Topic Name")
	}

	want := map[string]string{
		"TopicArn": topic, "Owner": account, "DisplayName": "News", "KmsMasterKeyId": alias, "SubscriptionsConfirmed": "0", "SubscriptionsPending": "0", "SubscriptionsDeleted": "0",
		"Policy": `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"` + topic + `","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}}]}`,
	}
	got := attributes(t, c)
	delete(got, "EffectiveDeliveryPolicy")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for name, value := range map[string]string{"KmsMasterKeyId": "", "DisplayName": "N", "TracingConfig": "Active"} {
		if err := set(t, c, name, value); err != nil {
			t.Error(err)
		}
	}
	got = attributes(t, c)
	if _, there := got["KmsMasterKeyId"]; there || got["DisplayName"] != "N" || got["TracingConfig"] != "Active" {
		t.Errorf("attributes %v", got)
	}
	localtest.Refused(t, set(t, c, "FifoTopic", "true"), "InvalidParameter", "Invalid parameter: AttributeName")
	localtest.Refused(t, set(t, c, "Policy", "{"), "InvalidParameter", "Invalid parameter: Policy")

	localtest.Must(c.TagResource(ctx, &sns.TagResourceInput{ResourceArn: aws.String(topic), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}}}))(t)
	localtest.Must(c.UntagResource(ctx, &sns.UntagResourceInput{ResourceArn: aws.String(topic), TagKeys: []string{"team"}}))(t)
	list := localtest.Must(c.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: aws.String(topic)}))(t).Tags
	if len(list) != 1 || *list[0].Key != "a" || *list[0].Value != "1" {
		t.Errorf("tags %+v", list)
	}

	for range 2 { // the second finds nothing, which is no error
		localtest.Must(c.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: aws.String(topic)}))(t)
	}
	_, err = c.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(topic)})
	localtest.Refused(t, err, "NotFound", "Topic does not exist")
	_, err = c.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: aws.String(topic)})
	localtest.Refused(t, err, "ResourceNotFound", "Resource does not exist")
	_, err = c.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String("news")})
	localtest.Refused(t, err, "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1")
}

func TestList(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	for i := range 101 {
		localtest.Must(c.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(fmt.Sprint("t", i))}))(t)
	}
	first := localtest.Must(c.ListTopics(t.Context(), &sns.ListTopicsInput{}))(t)
	if len(first.Topics) != 100 || first.NextToken == nil {
		t.Fatalf("%d topics", len(first.Topics))
	}
	rest := localtest.Must(c.ListTopics(t.Context(), &sns.ListTopicsInput{NextToken: first.NextToken}))(t)
	if len(rest.Topics) != 1 || *rest.Topics[0].TopicArn != "arn:aws:sns:eu-west-1:111122223333:t100" || rest.NextToken != nil {
		t.Errorf("rest %+v", rest)
	}
}

// TestDelivery: a published message is in the subscribed queues, in the documented form or as it
// is; what a queue refuses goes to the dead-letter queue.
func TestDelivery(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	if err := create(t, c, nil); err != nil {
		t.Fatal(err)
	}
	queueMade(t, p, admin, "jobs", map[string]string{"Policy": admits(queue)})
	queueMade(t, p, admin, "raw", map[string]string{"Policy": admits(strings.Replace(queue, "jobs", "raw", 1))})
	queueMade(t, p, admin, "closed", nil)
	queueMade(t, p, admin, "dead", map[string]string{"Policy": admits(strings.Replace(queue, "jobs", "dead", 1))})
	first := localtest.Must(subscribe(t, c, queue, nil))(t)
	if again := localtest.Must(subscribe(t, c, queue, nil))(t); again != first {
		t.Errorf("again %s", again)
	}
	_, err := subscribe(t, c, queue, map[string]string{"RawMessageDelivery": "true"})
	localtest.Refused(t, err, "InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with different attributes")
	localtest.Must(subscribe(t, c, strings.Replace(queue, "jobs", "raw", 1), map[string]string{"RawMessageDelivery": "true"}))(t)
	closed := localtest.Must(subscribe(t, c, strings.Replace(queue, "jobs", "closed", 1), nil))(t)
	localtest.Must(c.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: &closed, AttributeName: aws.String("RedrivePolicy"), AttributeValue: aws.String(`{"deadLetterTargetArn":"` + strings.Replace(queue, "jobs", "dead", 1) + `"}`),
	}))(t)

	out := localtest.Must(c.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(topic), Message: aws.String("<v>"), Subject: aws.String("s"),
		MessageAttributes: map[string]types.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String("x")}},
	}))(t)
	var n map[string]any
	bodies := received(t, p, admin, "jobs")
	if len(bodies) != 1 {
		t.Fatalf("received %q", bodies)
	}
	if err := json.Unmarshal([]byte(bodies[0]), &n); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Type": "Notification", "MessageId": *out.MessageId, "TopicArn": topic, "Subject": "s", "Message": "<v>", "Timestamp": p.Now().Format("2006-01-02T15:04:05.000Z"),
		"UnsubscribeURL":    "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=" + first,
		"MessageAttributes": map[string]any{"a": map[string]any{"Type": "String", "Value": "x"}},
	}
	if d := cmp.Diff(want, n); d != "" {
		t.Error(d)
	}
	if got := received(t, p, admin, "raw"); len(got) != 1 || got[0] != "<v>" {
		t.Errorf("raw %q", got)
	}
	if got := received(t, p, admin, "closed"); len(got) != 0 {
		t.Errorf("a queue without a policy got %q", got)
	}
	if got := received(t, p, admin, "dead"); len(got) != 1 || !strings.Contains(got[0], *out.MessageId) {
		t.Errorf("dead letters %q", got)
	}

	batch := localtest.Must(c.PublishBatch(ctx, &sns.PublishBatchInput{TopicArn: aws.String(topic), PublishBatchRequestEntries: []types.PublishBatchRequestEntry{
		{Id: aws.String("a"), Message: aws.String(`{"default":"d","sqs":"q"}`), MessageStructure: aws.String("json")}, {Id: aws.String("b"), Message: aws.String("")},
	}}))(t)
	if len(batch.Successful) != 1 || len(batch.Failed) != 1 || *batch.Failed[0].Code != "InvalidParameter" || *batch.Failed[0].Message != "Invalid parameter: Empty message" {
		t.Errorf("batch %+v %+v", batch.Successful, batch.Failed)
	}
	if got := received(t, p, admin, "raw"); len(got) != 1 || got[0] != "q" {
		t.Errorf("raw %q", got)
	}
	if got := attributes(t, c); got["SubscriptionsConfirmed"] != "3" {
		t.Errorf("attributes %v", got)
	}
	localtest.Must(c.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &first}))(t)
	list := localtest.Must(c.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic)}))(t).Subscriptions
	if len(list) != 2 || *list[1].SubscriptionArn != closed || *list[1].TopicArn != topic || *list[1].Owner != account {
		t.Errorf("subscriptions %+v", list)
	}
	_, err = c.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &first})
	localtest.Refused(t, err, "NotFound", "Subscription does not exist")

	// Others neither see a subscription nor end it.
	s := client(p, stranger)
	_, err = s.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &closed})
	localtest.Refused(t, err, "NotFound", "Subscription does not exist")
	localtest.Must(s.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &closed}))(t)
	if got := localtest.Must(c.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &closed}))(t).Attributes; got["PendingConfirmation"] != "false" || got["Protocol"] != "sqs" {
		t.Errorf("subscription %v", got)
	}
	// With a topic its subscriptions go.
	localtest.Must(c.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: aws.String(topic)}))(t)
	if err := create(t, c, nil); err != nil {
		t.Fatal(err)
	}
	if list := localtest.Must(c.ListSubscriptions(ctx, &sns.ListSubscriptionsInput{}))(t).Subscriptions; len(list) != 0 {
		t.Errorf("of a new topic %+v", list)
	}
}

// TestMessage: what is no message is refused.
func TestMessage(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	if err := create(t, c, nil); err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		in   sns.PublishInput
		want string
	}{
		{sns.PublishInput{Message: aws.String("")}, "Empty message"},
		{sns.PublishInput{Message: aws.String(strings.Repeat("a", 256<<10+1))}, "Message too long"},
		{sns.PublishInput{Message: aws.String("v"), Subject: aws.String(strings.Repeat("a", 101))}, "Subject"},
		{sns.PublishInput{Message: aws.String("v"), MessageStructure: aws.String("json")}, "Message Structure - JSON message body failed to parse"},
		{sns.PublishInput{Message: aws.String(`{"sqs":"v"}`), MessageStructure: aws.String("json")}, "Message Structure - No default entry in JSON message body"},
	} {
		m.in.TopicArn = aws.String(topic)
		_, err := c.Publish(t.Context(), &m.in)
		localtest.Refused(t, err, "InvalidParameter", "Invalid parameter: "+m.want)
	}
	if err := publish(t, c, strings.Repeat("a", 256<<10)); err != nil {
		t.Error(err)
	}
}

// TestConfirmation: the queue of another account gets a token first, and then messages.
func TestConfirmation(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	if err := create(t, c, nil); err != nil {
		t.Fatal(err)
	}
	theirs := "arn:aws:sqs:eu-west-1:444455556666:theirs"
	queueMade(t, p, stranger, "theirs", map[string]string{"Policy": admits(theirs)})
	if got := localtest.Must(subscribe(t, c, theirs, nil))(t); got != "pending confirmation" {
		t.Errorf("subscribed as %s", got)
	}
	if err := publish(t, c, "early"); err != nil {
		t.Fatal(err)
	}
	var asked struct{ Type, Token string }
	if got := received(t, p, stranger, "theirs"); len(got) != 1 || json.Unmarshal([]byte(got[0]), &asked) != nil || asked.Type != "SubscriptionConfirmation" {
		t.Fatalf("received %q", got)
	}
	_, err := c.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: aws.String(topic), Token: aws.String("x")})
	localtest.Refused(t, err, "InvalidParameter", "Invalid token")
	localtest.Must(c.ConfirmSubscription(t.Context(), &sns.ConfirmSubscriptionInput{TopicArn: aws.String(topic), Token: &asked.Token}))(t)
	if err := publish(t, c, "late"); err != nil {
		t.Fatal(err)
	}
	if got := received(t, p, stranger, "theirs"); len(got) != 1 || !strings.Contains(got[0], `"Message":"late"`) {
		t.Errorf("received %q", got)
	}
}

func allowing(who, actions, via, topic string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":` + who + `,"Action":` + actions + `,"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"` + via + `","kms:EncryptionContext:aws:sns:topicArn":"` + topic + `"}}}]}`
}

func kmsText(message, code string) string {
	return fmt.Sprintf("%s (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: ID; Proxy: null)", message, code)
}

// TestKey: who publishes needs just what the catalogue says.
func TestKey(t *testing.T) {
	p := localtest.Open(t, seed)
	c, a := client(p, exact), client(p, admin)
	key := p.KeyARN(account, region, alias)
	const via = "sns.eu-west-1.amazonaws.com"
	const who = `{"AWS":"arn:aws:iam::111122223333:user/exact"}`
	if err := create(t, c, map[string]string{"KmsMasterKeyId": key}); err != nil {
		t.Fatal(err)
	}
	for policy, action := range map[string]string{
		allowing(who, `["kms:Decrypt"]`, via, topic):                                                 "GenerateDataKey",
		allowing(who, `["kms:GenerateDataKey"]`, via, topic):                                         "Decrypt",
		allowing(who, `["kms:GenerateDataKey","kms:Decrypt"]`, "sqs.eu-west-1.amazonaws.com", topic): "GenerateDataKey",
		allowing(who, `["kms:GenerateDataKey","kms:Decrypt"]`, via, topic+"2"):                       "GenerateDataKey",
	} {
		p.SetKeyPolicy(account, region, alias, policy)
		localtest.Refused(t, publish(t, c, "v"), "KMSAccessDenied", kmsText("User: arn:aws:iam::111122223333:user/exact is not authorized to perform: kms:"+action+" on resource: "+key+" because no resource-based policy allows the kms:"+action+" action", "AccessDeniedException"))
	}
	p.SetKeyPolicy(account, region, alias, allowing(who, `["kms:GenerateDataKey","kms:Decrypt"]`, via, topic))
	if err := publish(t, c, "v"); err != nil {
		t.Error(err)
	}
	p.DisableKey(account, region, alias)
	localtest.Refused(t, publish(t, c, "v"), "KMSDisabled", kmsText(key+" is disabled.", "DisabledException"))
	batch := localtest.Must(a.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: aws.String(topic), PublishBatchRequestEntries: []types.PublishBatchRequestEntry{{Id: aws.String("a"), Message: aws.String("v")}}}))(t)
	if len(batch.Failed) != 1 || *batch.Failed[0].Code != "KMSDisabled" {
		t.Errorf("batch %+v", batch)
	}
	p.DeleteKey(account, region, alias)
	localtest.Refused(t, publish(t, c, "v"), "KMSNotFound", kmsText("Key '"+key+"' does not exist", "NotFoundException"))
	if got := attributes(t, a)["KmsMasterKeyId"]; got != key {
		t.Errorf("key %s", got)
	}
	// With the key of the service, or without one, nobody needs permissions for KMS.
	for _, id := range []string{"alias/aws/sns", ""} {
		if err := set(t, a, "KmsMasterKeyId", id); err != nil {
			t.Fatal(err)
		}
		if err := publish(t, c, "v"); err != nil {
			t.Errorf("key %q: %v", id, err)
		}
	}
}

// TestEncryptedQueue: the key of a queue must let the service in.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func TestEncryptedQueue(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	if err := create(t, c, nil); err != nil {
		t.Fatal(err)
	}
	queueMade(t, p, admin, "jobs", map[string]string{"Policy": admits(queue), "KmsMasterKeyId": "alias/queues"})
	localtest.Must(subscribe(t, c, queue, nil))(t)
	for policy, want := range map[string]int{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`:                                                                                                                                                                                          0,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"ArnEquals":{"aws:SourceArn":"` + topic + `"}}}]}`: 1,
	} {
		p.SetKeyPolicy(account, region, "alias/queues", policy)
		if err := publish(t, c, "v"); err != nil {
			t.Fatal(err)
		}
		if got := received(t, p, admin, "jobs"); len(got) != want {
			t.Errorf("received %q, want %d", got, want)
		}
	}
}

func TestPermission(t *testing.T) {
	p := localtest.Open(t, seed)
	c, s, ctx := client(p, admin), client(p, stranger), t.Context()
	if err := create(t, c, nil); err != nil {
		t.Fatal(err)
	}
	const no = "User: arn:aws:iam::444455556666:user/stranger is not authorized to perform: SNS:Publish on resource: " + topic + " because no resource-based policy allows the SNS:Publish action"
	localtest.Refused(t, publish(t, s, "v"), "AuthorizationError", no)
	add := &sns.AddPermissionInput{TopicArn: aws.String(topic), Label: aws.String("theirs"), AWSAccountId: []string{"444455556666"}, ActionName: []string{"Publish"}}
	localtest.Must(c.AddPermission(ctx, add))(t)
	_, err := c.AddPermission(ctx, add)
	localtest.Refused(t, err, "InvalidParameter", "Invalid parameter: Statement already exists")
	if err := publish(t, s, "v"); err != nil {
		t.Error(err)
	}
	if got, want := attributes(t, c)["Policy"], `,{"Sid":"theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"SNS:Publish","Resource":"`+topic+`"}]}`; !strings.HasSuffix(got, want) {
		t.Errorf("policy %s", got)
	}
	_, err = s.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(topic)})
	localtest.Refused(t, err, "AuthorizationError", strings.ReplaceAll(no, "Publish", "GetTopicAttributes"))
	localtest.Must(c.RemovePermission(ctx, &sns.RemovePermissionInput{TopicArn: aws.String(topic), Label: aws.String("theirs")}))(t)
	localtest.Refused(t, publish(t, s, "v"), "AuthorizationError", no)
	_, err = client(p, exact).ListTopics(ctx, &sns.ListTopicsInput{})
	localtest.Refused(t, err, "AuthorizationError", "User: arn:aws:iam::111122223333:user/exact is not authorized to perform: SNS:ListTopics on resource: * because no identity-based policy allows the SNS:ListTopics action")
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	if err := create(t, client(p, admin), map[string]string{"KmsMasterKeyId": alias}); err != nil {
		t.Fatal(err)
	}
	queueMade(t, p, admin, "jobs", map[string]string{"Policy": admits(queue)})
	localtest.Must(subscribe(t, client(p, admin), queue, map[string]string{"RawMessageDelivery": "true"}))(t)
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	if err := publish(t, client(p, admin), "v"); err != nil {
		t.Fatal(err)
	}
	if got := received(t, p, admin, "jobs"); len(got) != 1 || got[0] != "v" {
		t.Errorf("after a restart: %q", got)
	}
}
