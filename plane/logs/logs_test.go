package logs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	alias   = "alias/logs"
)

const seed = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: writer
        access-keys: [{id: AKIAWRITER000000, secret: secret}]
        policies:
          one: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "logs:PutLogEvents", Resource: "arn:aws:logs:eu-west-1:111122223333:log-group:plain:*"}, {Effect: Allow, Action: "logs:DeleteLogGroup", Resource: "*", Condition: {StringEquals: {"aws:ResourceTag/team": "blue"}}}]}
    keys:
      - {region: eu-west-1, alias: alias/logs}
      - {region: eu-west-1, alias: alias/next}
`

// keyPolicy lets CloudWatch Logs use a key for the group named sealed.
const keyPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":{"Service":"logs.eu-west-1.amazonaws.com"},"Action":%s,"Resource":"*","Condition":{"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:111122223333:log-group:sealed"}}},
{"Effect":"Allow","Principal":{"Service":"logs.eu-west-1.amazonaws.com"},"Action":"kms:DescribeKey","Resource":"*"}]}`

const allActions = `["kms:Encrypt","kms:Decrypt","kms:ReEncryptFrom","kms:ReEncryptTo","kms:GenerateDataKey"]`

func client(p *localtest.Plane, accessKey string) *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(sdktest.Config(p, accessKey, "logs"))
}

func open(t *testing.T, change ...func(*local.Options)) (*localtest.Plane, *cloudwatchlogs.Client) {
	p := localtest.Open(t, seed, change...)
	return p, client(p, "AKIAADMIN0000000")
}

func TestGroup(t *testing.T) {
	p, c := open(t)
	ctx := t.Context()
	create := func(name string) error {
		_, err := c.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name, Tags: map[string]string{"team": "blue"}})
		return err
	}
	for _, name := range []string{"b", "a/1", "a/2"} {
		if err := create(name); err != nil {
			t.Fatal(err)
		}
	}
	localtest.Refused(t, create("b"), "ResourceAlreadyExistsException", "The specified log group already exists")
	localtest.Refused(t, create("no spaces"), "InvalidParameterException", "1 validation error detected: Value 'no spaces' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+")

	var names []string
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(c, &cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(2)})
	for pages.HasMorePages() {
		out := localtest.Must(pages.NextPage(ctx))(t)
		if len(out.LogGroups) > 2 {
			t.Errorf("a page of %d", len(out.LogGroups))
		}
		for _, g := range out.LogGroups {
			names = append(names, *g.LogGroupName)
		}
	}
	if !slices.Equal(names, []string{"a/1", "a/2", "b"}) {
		t.Errorf("groups %q", names)
	}
	if _, err := c.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String("b"), RetentionInDays: aws.Int32(30)}); err != nil {
		t.Fatal(err)
	}
	g := localtest.Must(c.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("b")}))(t).LogGroups[0]
	if *g.Arn != "arn:aws:logs:eu-west-1:111122223333:log-group:b:*" || *g.LogGroupArn != "arn:aws:logs:eu-west-1:111122223333:log-group:b" ||
		*g.RetentionInDays != 30 || g.LogGroupClass != "STANDARD" || *g.CreationTime != p.Now().UnixMilli() || g.KmsKeyId != nil {
		t.Errorf("group %+v", g)
	}
	if _, err := c.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: aws.String("b")}); err != nil {
		t.Fatal(err)
	}
	g = localtest.Must(c.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePattern: aws.String("b")}))(t).LogGroups[0]
	if g.RetentionInDays != nil {
		t.Errorf("retention stays: %d", *g.RetentionInDays)
	}
	tags := localtest.Must(c.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: g.LogGroupArn}))(t).Tags
	if len(tags) != 1 || tags["team"] != "blue" {
		t.Errorf("tags %v", tags)
	}
	// The group's tags count, though the action is on what is in it.
	w := client(p, "AKIAWRITER000000")
	if _, err := w.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("b")}); err != nil {
		t.Error(err)
	}
	localtest.Must(c.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: aws.String("arn:aws:logs:eu-west-1:111122223333:log-group:a/1"), TagKeys: []string{"team"}}))(t)
	_, err := w.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("a/1")})
	localtest.Refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/writer is not authorized to perform: logs:DeleteLogGroup on resource: arn:aws:logs:eu-west-1:111122223333:log-group:a/1:log-stream: because no identity-based policy allows the logs:DeleteLogGroup action")
	_, err = c.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("b")})
	localtest.Refused(t, err, "ResourceNotFoundException", "The specified log group does not exist.")
	_, err = c.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{StartTime: aws.Int64(1), EndTime: aws.Int64(2), QueryString: aws.String("fields @message")})
	localtest.Refused(t, err, "UnknownOperationException", "not implemented by the local plane: logs:StartQuery")
}

func TestProtection(t *testing.T) {
	_, c := open(t)
	localtest.Must(c.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("g"), DeletionProtectionEnabled: aws.Bool(true)}))(t)
	_, err := c.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("g")})
	localtest.Refused(t, err, "ValidationException", "The log group is protected from deletion. Disable deletion protection and try again.")
	localtest.Must(c.PutLogGroupDeletionProtection(t.Context(), &cloudwatchlogs.PutLogGroupDeletionProtectionInput{LogGroupIdentifier: aws.String("g"), DeletionProtectionEnabled: aws.Bool(false)}))(t)
	localtest.Must(c.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("g")}))(t)
}

// writing makes the stream s of a group with three events, a second apart.
func writing(t *testing.T, p *localtest.Plane, c *cloudwatchlogs.Client, group, stream string, messages ...string) {
	t.Helper()
	localtest.Must(c.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}))(t)
	write(t, p, c, group, stream, messages...)
}

func write(t *testing.T, p *localtest.Plane, c *cloudwatchlogs.Client, group, stream string, messages ...string) {
	t.Helper()
	if err := put(t, p, c, group, stream, messages...); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, p *localtest.Plane, c *cloudwatchlogs.Client, group, stream string, messages ...string) error {
	var events []types.InputLogEvent
	for i, m := range messages {
		events = append(events, types.InputLogEvent{Timestamp: aws.Int64(p.Now().UnixMilli() + int64(i)*1000), Message: &m})
	}
	_, err := c.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream, LogEvents: events})
	return err
}

func filtered(t *testing.T, c *cloudwatchlogs.Client, in *cloudwatchlogs.FilterLogEventsInput) string {
	t.Helper()
	var out []string
	for pages := cloudwatchlogs.NewFilterLogEventsPaginator(c, in); pages.HasMorePages(); {
		for _, e := range localtest.Must(pages.NextPage(t.Context()))(t).Events {
			out = append(out, *e.LogStreamName+":"+*e.Message)
		}
	}
	return strings.Join(out, " ")
}

func TestEvents(t *testing.T) {
	p, c := open(t)
	ctx := t.Context()
	group := aws.String("plain")
	localtest.Must(c.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}))(t)
	writing(t, p, c, "plain", "s1", "one", "two error", "three")
	writing(t, p, c, "plain", "s2", "uno")
	for pattern, want := range map[string]string{
		"":            "s1:one s2:uno s1:two error s1:three",
		"error":       "s1:two error",
		`-error -uno`: "s1:one s1:three",
		`?one ?uno`:   "s1:one s2:uno",
		`"two e"`:     "s1:two error",
	} {
		if got := filtered(t, c, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group, FilterPattern: &pattern, Limit: aws.Int32(2)}); got != want {
			t.Errorf("%q finds %q, want %q", pattern, got, want)
		}
	}
	for pattern, message := range map[string]string{
		`{ $.x = 1 }`: "not implemented by the local plane: filter patterns for JSON, for columns and with regular expressions",
		`a:b`:         "Invalid filter pattern",
		`"a`:          "Invalid filter pattern",
	} {
		_, err := c.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group, FilterPattern: &pattern})
		localtest.Refused(t, err, "InvalidParameterException", message)
	}

	get := func(in *cloudwatchlogs.GetLogEventsInput) (string, *cloudwatchlogs.GetLogEventsOutput) {
		in.LogGroupName, in.LogStreamName = group, aws.String("s1")
		out := localtest.Must(c.GetLogEvents(ctx, in))(t)
		var got []string
		for _, e := range out.Events {
			got = append(got, *e.Message)
		}
		return strings.Join(got, ","), out
	}
	last, out := get(&cloudwatchlogs.GetLogEventsInput{Limit: aws.Int32(2)})
	before, _ := get(&cloudwatchlogs.GetLogEventsInput{NextToken: out.NextBackwardToken})
	if last != "two error,three" || before != "one" {
		t.Errorf("last %q, before %q", last, before)
	}
	first, out := get(&cloudwatchlogs.GetLogEventsInput{Limit: aws.Int32(2), StartFromHead: aws.Bool(true)})
	rest, out := get(&cloudwatchlogs.GetLogEventsInput{NextToken: out.NextForwardToken})
	none, end := get(&cloudwatchlogs.GetLogEventsInput{NextToken: out.NextForwardToken})
	if first != "one,two error" || rest != "three" || none != "" || *end.NextForwardToken != *out.NextForwardToken {
		t.Errorf("first %q, rest %q, none %q", first, rest, none)
	}
	if some, _ := get(&cloudwatchlogs.GetLogEventsInput{StartTime: aws.Int64(p.Now().UnixMilli() + 1), EndTime: aws.Int64(p.Now().UnixMilli() + 2000)}); some != "two error" {
		t.Errorf("between times %q", some)
	}
	_, err := c.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{LogGroupName: group, LogStreamName: aws.String("s1"), NextToken: aws.String("f/99/s")})
	localtest.Refused(t, err, "InvalidParameterException", "The specified nextToken is invalid.")
	_, err = c.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{LogGroupName: group, LogStreamName: aws.String("none")})
	localtest.Refused(t, err, "ResourceNotFoundException", "The specified log stream does not exist.")

	// 3+9+5 and 3 bytes of messages, 26 more for each event.
	g := localtest.Must(c.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{}))(t).LogGroups[0]
	if *g.StoredBytes != 17+3+4*26 {
		t.Errorf("stored %d", *g.StoredBytes)
	}
	localtest.Must(c.DeleteLogStream(ctx, &cloudwatchlogs.DeleteLogStreamInput{LogGroupName: group, LogStreamName: aws.String("s1")}))(t)
	if got := filtered(t, c, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group}); got != "s2:uno" {
		t.Errorf("after the stream is deleted: %q", got)
	}
	localtest.Must(c.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: group, RetentionInDays: aws.Int32(1)}))(t)
	p.Pass(25 * time.Hour)
	if got := filtered(t, c, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group}); got != "" {
		t.Errorf("after the retention: %q", got)
	}
}

func TestBatch(t *testing.T) {
	p, c := open(t)
	localtest.Must(c.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("plain")}))(t)
	localtest.Must(c.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String("plain"), LogStreamName: aws.String("s")}))(t)
	send := func(ages ...time.Duration) (*cloudwatchlogs.PutLogEventsOutput, error) {
		in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String("plain"), LogStreamName: aws.String("s")}
		for _, age := range ages {
			in.LogEvents = append(in.LogEvents, types.InputLogEvent{Timestamp: aws.Int64(p.Now().Add(-age).UnixMilli()), Message: aws.String("m")})
		}
		return c.PutLogEvents(t.Context(), in)
	}
	_, err := send(0, time.Second)
	localtest.Refused(t, err, "InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.")
	_, err = send(25*time.Hour, 0)
	localtest.Refused(t, err, "InvalidParameterException", "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	day := 24 * time.Hour
	old := localtest.Must(send(14*day+time.Hour, 14*day+time.Minute, 14*day-time.Hour))(t).RejectedLogEventsInfo
	if old == nil || *old.TooOldLogEventEndIndex != 2 || old.TooNewLogEventStartIndex != nil {
		t.Errorf("too old: %+v", old)
	}
	young := localtest.Must(send(0, -3*time.Hour))(t).RejectedLogEventsInfo
	if young == nil || *young.TooNewLogEventStartIndex != 1 || young.TooOldLogEventEndIndex != nil {
		t.Errorf("too new: %+v", young)
	}
	if got := filtered(t, c, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("plain")}); got != "s:m s:m" {
		t.Errorf("kept %q", got)
	}
	w := client(p, "AKIAWRITER000000")
	if err := put(t, p, w, "plain", "s", "x"); err != nil {
		t.Error(err)
	}
}

const deniedKey = "The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:eu-west-1:111122223333:log-group:%s'"

func TestKey(t *testing.T) {
	p, c := open(t)
	ctx := t.Context()
	key := p.KeyARN(account, region, alias)
	create := func(name, key string) error {
		_, err := c.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name, KmsKeyId: &key})
		return err
	}
	localtest.Refused(t, create("sealed", key), "AccessDeniedException", fmt.Sprintf(deniedKey, "sealed"))
	localtest.Refused(t, create("sealed", key[len(key)-36:]), "InvalidParameterException", "The specified KMS Key Id could not be found. 'sealed'")
	p.SetKeyPolicy(account, region, alias, fmt.Sprintf(keyPolicy, allActions))
	localtest.Refused(t, create("other", key), "AccessDeniedException", fmt.Sprintf(deniedKey, "other"))
	// Without any one of the actions it fails.
	for _, action := range []string{"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey"} {
		p.SetKeyPolicy(account, region, alias, fmt.Sprintf(keyPolicy, strings.Replace(allActions, `"kms:`+action+`"`, `"kms:None"`, 1)))
		localtest.Refused(t, create("sealed", key), "AccessDeniedException", fmt.Sprintf(deniedKey, "sealed"))
	}
	p.SetKeyPolicy(account, region, alias, fmt.Sprintf(keyPolicy, allActions))
	if err := create("sealed", key); err != nil {
		t.Fatal(err)
	}
	if g := localtest.Must(c.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{}))(t).LogGroups[0]; *g.KmsKeyId != key {
		t.Errorf("key %s", *g.KmsKeyId)
	}
	writing(t, p, c, "sealed", "s", "secret")
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("sealed")}
	if got := filtered(t, c, in); got != "s:secret" {
		t.Errorf("events %q", got)
	}

	p.DisableKey(account, region, alias)
	disabled := "The specified KMS key could not be used: " + key + " is disabled."
	_, err := c.FilterLogEvents(ctx, in)
	localtest.Refused(t, err, "InvalidParameterException", disabled)
	localtest.Refused(t, put(t, p, c, "sealed", "s", "lost"), "InvalidParameterException", disabled)
	_, err = c.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("sealed"), KmsKeyId: &key})
	localtest.Refused(t, err, "InvalidParameterException", "The specified KMS key could not be used: "+key+" is disabled.")
	p.EnableKey(account, region, alias)

	// Events stay under the key that they were written under.
	localtest.Must(c.DisassociateKmsKey(ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: aws.String("sealed")}))(t)
	p.DisableKey(account, region, alias)
	write(t, p, c, "sealed", "s", "open")
	p.EnableKey(account, region, alias)
	next := p.KeyARN(account, region, "alias/next")
	p.SetKeyPolicy(account, region, "alias/next", fmt.Sprintf(keyPolicy, allActions))
	localtest.Must(c.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{ResourceIdentifier: aws.String("arn:aws:logs:eu-west-1:111122223333:log-group:sealed"), KmsKeyId: &next}))(t)
	write(t, p, c, "sealed", "s", "new")
	if got := filtered(t, c, in); got != "s:secret s:open s:new" {
		t.Errorf("events %q", got)
	}

	p.DeleteKey(account, region, alias)
	_, err = c.FilterLogEvents(ctx, in)
	localtest.Refused(t, err, "InvalidParameterException", "The specified KMS key could not be used: Key '"+key+"' does not exist")
	if gs := localtest.Must(c.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{}))(t).LogGroups; len(gs) != 1 || *gs[0].KmsKeyId != next {
		t.Errorf("groups %+v", gs)
	}
	write(t, p, c, "sealed", "s", "later")
}

func TestFilters(t *testing.T) {
	_, c := open(t)
	ctx := t.Context()
	g := aws.String("plain")
	localtest.Must(c.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: g}))(t)
	put := func(name string, in cloudwatchlogs.PutSubscriptionFilterInput) error {
		in.LogGroupName, in.FilterName, in.FilterPattern = g, &name, aws.String("error")
		in.DestinationArn = aws.String("arn:aws:kinesis:eu-west-1:111122223333:stream/s")
		_, err := c.PutSubscriptionFilter(ctx, &in)
		return err
	}
	if err := errors.Join(put("one", cloudwatchlogs.PutSubscriptionFilterInput{ApplyOnTransformedLogs: true, Distribution: "Random"}), put("two", cloudwatchlogs.PutSubscriptionFilterInput{})); err != nil {
		t.Fatal(err)
	}
	localtest.Refused(t, put("three", cloudwatchlogs.PutSubscriptionFilterInput{}), "LimitExceededException", "Resource limit exceeded.")
	// Put replaces: what is left out is gone.
	if err := put("one", cloudwatchlogs.PutSubscriptionFilterInput{}); err != nil {
		t.Fatal(err)
	}
	f := localtest.Must(c.DescribeSubscriptionFilters(ctx, &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: g}))(t).SubscriptionFilters
	if len(f) != 2 || *f[0].FilterName != "one" || f[0].ApplyOnTransformedLogs || f[0].Distribution != "ByLogStream" {
		t.Errorf("filters %+v", f)
	}
	_, err := c.DeleteSubscriptionFilter(ctx, &cloudwatchlogs.DeleteSubscriptionFilterInput{LogGroupName: g, FilterName: aws.String("none")})
	localtest.Refused(t, err, "ResourceNotFoundException", "The specified filter does not exist.")
	localtest.Must(c.PutMetricFilter(ctx, &cloudwatchlogs.PutMetricFilterInput{LogGroupName: g, FilterName: aws.String("m"), FilterPattern: aws.String(""),
		MetricTransformations: []types.MetricTransformation{{MetricName: aws.String("n"), MetricNamespace: aws.String("ns"), MetricValue: aws.String("1")}}}))(t)
	m := localtest.Must(c.DescribeMetricFilters(ctx, &cloudwatchlogs.DescribeMetricFiltersInput{MetricName: aws.String("n"), MetricNamespace: aws.String("ns")}))(t).MetricFilters
	if len(m) != 1 || *m[0].MetricTransformations[0].MetricValue != "1" || *m[0].LogGroupName != "plain" {
		t.Errorf("metric filters %+v", m)
	}
	if n := *localtest.Must(c.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{}))(t).LogGroups[0].MetricFilterCount; n != 1 {
		t.Errorf("%d metric filters", n)
	}
}

func TestResourcePolicy(t *testing.T) {
	p, c := open(t)
	ctx := t.Context()
	localtest.Must(c.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("other")}))(t)
	localtest.Must(c.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String("other"), LogStreamName: aws.String("s")}))(t)
	w := client(p, "AKIAWRITER000000")
	localtest.Refused(t, put(t, p, w, "other", "s", "x"), "AccessDeniedException", "User: arn:aws:iam::111122223333:user/writer is not authorized to perform: logs:PutLogEvents on resource: arn:aws:logs:eu-west-1:111122223333:log-group:other:log-stream:s because no identity-based policy allows the logs:PutLogEvents action")
	doc := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/writer"},"Action":"logs:PutLogEvents","Resource":"arn:aws:logs:eu-west-1:111122223333:log-group:other:*"}}`
	localtest.Must(c.PutResourcePolicy(ctx, &cloudwatchlogs.PutResourcePolicyInput{PolicyName: aws.String("p"), PolicyDocument: &doc}))(t)
	if err := put(t, p, w, "other", "s", "x"); err != nil {
		t.Error(err)
	}
	out := localtest.Must(c.DescribeResourcePolicies(ctx, &cloudwatchlogs.DescribeResourcePoliciesInput{}))(t).ResourcePolicies
	if len(out) != 1 || *out[0].PolicyDocument != doc {
		t.Errorf("policies %+v", out)
	}
	localtest.Must(c.DeleteResourcePolicy(ctx, &cloudwatchlogs.DeleteResourcePolicyInput{PolicyName: aws.String("p")}))(t)
	if err := put(t, p, w, "other", "s", "x"); err == nil {
		t.Error("the policy still counts")
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	p.SetKeyPolicy(account, region, alias, fmt.Sprintf(keyPolicy, allActions))
	c := client(p, "AKIAADMIN0000000")
	localtest.Must(c.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("sealed"), KmsKeyId: aws.String(p.KeyARN(account, region, alias))}))(t)
	writing(t, p, c, "sealed", "s", "secret")
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	if got := filtered(t, client(p, "AKIAADMIN0000000"), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("sealed")}); got != "s:secret" {
		t.Errorf("after a restart: %q", got)
	}
}
