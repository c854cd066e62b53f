package dynamodb_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/plane/local/localtest"
	"github.com/bedlock/bedlock/plane/local/localtest/sdktest"
)

const (
	account = "111122223333"
	region  = localtest.Region
	other   = "eu-central-1"
	alias   = "alias/tables"
	arn     = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
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
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "dynamodb:*", Resource: "*"}]}
      - name: tenant
        access-keys: [{id: AKIATENANT000000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["dynamodb:GetItem", "dynamodb:Query"], Resource: "*", Condition: {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a"]}}}]}
    keys:
      - {region: eu-west-1, alias: alias/tables}
      - {region: eu-west-1, alias: alias/next}
      - {region: eu-west-1, alias: alias/hmac, spec: HMAC_256, usage: GENERATE_VERIFY_MAC}
      - {region: eu-central-1, alias: alias/tables}
  "444455556666":
    users:
      - name: stranger
        access-keys: [{id: AKIASTRANGER0000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
`

const (
	admin    = "AKIAADMIN0000000"
	exact    = "AKIAEXACT0000000"
	tenant   = "AKIATENANT000000"
	stranger = "AKIASTRANGER0000"
)

func client(p *localtest.Plane, accessKey string) *dynamodb.Client {
	return dynamodb.NewFromConfig(sdktest.Config(p, accessKey, "dynamodb"))
}

func kmsText(kind, class, message, code string) string {
	return fmt.Sprintf("%s: com.amazonaws.services.kms.model.%s: %s (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: ID; Proxy: null)", kind, class, message, code)
}

// orders is a table with the keys pk (S) and sk (N).
func orders(sse *types.SSESpecification) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName: aws.String("orders"), BillingMode: types.BillingModePayPerRequest, SSESpecification: sse,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: "S"}, {AttributeName: aws.String("sk"), AttributeType: "N"}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: "HASH"}, {AttributeName: aws.String("sk"), KeyType: "RANGE"}},
	}
}

func under(key string) *types.SSESpecification {
	return &types.SSESpecification{Enabled: aws.Bool(true), SSEType: types.SSETypeKms, KMSMasterKeyId: &key}
}

func described(t *testing.T, c *dynamodb.Client) *types.TableDescription {
	t.Helper()
	return localtest.Must(c.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("orders")}))(t).Table
}

type item = map[string]types.AttributeValue

func key(pk, sk string) item {
	return item{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberN{Value: sk}}
}

func put(t *testing.T, c *dynamodb.Client, pk, sk, v string) error {
	i := key(pk, sk)
	i["v"] = &types.AttributeValueMemberS{Value: v}
	_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: i})
	return err
}

func get(t *testing.T, c *dynamodb.Client, pk, sk string) (string, error) {
	out, err := c.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: key(pk, sk)})
	if err != nil || out.Item == nil {
		return "", err
	}
	return out.Item["v"].(*types.AttributeValueMemberS).Value, nil
}

func TestTable(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	in := orders(nil)
	in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}
	in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: "NEW_IMAGE"}
	in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{IndexName: aws.String("by-sk"), Projection: &types.Projection{ProjectionType: "ALL"}, KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("sk"), KeyType: "HASH"}}}}
	out := localtest.Must(c.CreateTable(ctx, in))(t).TableDescription
	if out.TableStatus != "CREATING" || *out.TableArn != arn || out.SSEDescription != nil {
		t.Errorf("created %+v", out)
	}
	d := described(t, c)
	if d.TableStatus != "ACTIVE" || d.BillingModeSummary.BillingMode != "PAY_PER_REQUEST" || d.SSEDescription != nil || *d.LatestStreamArn != arn+"/stream/"+*d.LatestStreamLabel || *d.GlobalSecondaryIndexes[0].IndexArn != arn+"/index/by-sk" {
		t.Errorf("described %+v", d)
	}
	_, err := c.CreateTable(ctx, in)
	localtest.Refused(t, err, "ResourceInUseException", "Table already exists: orders")
	in.TableName = aws.String("no spaces")
	_, err = c.CreateTable(ctx, in)
	localtest.Refused(t, err, "ValidationException", "1 validation error detected: Value 'no spaces' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
	in.TableName, in.AttributeDefinitions = aws.String("more"), in.AttributeDefinitions[:1]
	_, err = c.CreateTable(ctx, in)
	localtest.Refused(t, err, "ValidationException", "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [sk]")
	in = orders(nil)
	in.TableName, in.BillingMode = aws.String("more"), ""
	_, err = c.CreateTable(ctx, in)
	localtest.Refused(t, err, "ValidationException", "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")

	tags := localtest.Must(c.ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: aws.String(arn)}))(t).Tags
	if len(tags) != 1 || *tags[0].Value != "blue" {
		t.Errorf("tags %+v", tags)
	}
	u := localtest.Must(c.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String(arn), DeletionProtectionEnabled: aws.Bool(true), TableClass: "STANDARD_INFREQUENT_ACCESS"}))(t).TableDescription
	if u.TableStatus != "UPDATING" {
		t.Errorf("updated %+v", u)
	}
	if d := described(t, c); d.TableStatus != "ACTIVE" || !*d.DeletionProtectionEnabled || d.TableClassSummary.TableClass != "STANDARD_INFREQUENT_ACCESS" || !*d.StreamSpecification.StreamEnabled {
		t.Errorf("described %+v", d)
	}
	_, err = c.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("orders"), StreamSpecification: in.StreamSpecification, WarmThroughput: &types.WarmThroughput{}})
	localtest.Refused(t, err, "ValidationException", "not implemented by the local plane: WarmThroughput")
	_, err = c.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("orders")})
	localtest.Refused(t, err, "ValidationException", "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	localtest.Must(c.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("orders"), DeletionProtectionEnabled: aws.Bool(false)}))(t)
	if s := localtest.Must(c.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("orders")}))(t).TableDescription.TableStatus; s != "DELETING" {
		t.Errorf("deleted %s", s)
	}
	_, err = c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("orders")})
	localtest.Refused(t, err, "ResourceNotFoundException", "Requested resource not found: Table: orders not found")
	_, err = get(t, c, "a", "1")
	localtest.Refused(t, err, "ResourceNotFoundException", "Requested resource not found")
}

func TestList(t *testing.T) {
	p := localtest.Open(t, seed)
	c := client(p, admin)
	for _, name := range []string{"ccc", "aaa", "bbb"} {
		in := orders(nil)
		in.TableName = &name
		localtest.Must(c.CreateTable(t.Context(), in))(t)
	}
	var got []string
	for pages := dynamodb.NewListTablesPaginator(c, &dynamodb.ListTablesInput{Limit: aws.Int32(2)}); pages.HasMorePages(); {
		got = append(got, strings.Join(localtest.Must(pages.NextPage(t.Context()))(t).TableNames, "+"))
	}
	if !slices.Equal(got, []string{"aaa+bbb", "ccc"}) {
		t.Errorf("pages %q", got)
	}
}

func TestSettings(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.CreateTable(ctx, orders(nil)))(t)
	name := aws.String("orders")
	ttl := func(on bool) error {
		_, err := c.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{TableName: name, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("end"), Enabled: &on}})
		return err
	}
	localtest.Refused(t, ttl(false), "ValidationException", "TimeToLive is already disabled")
	if err := ttl(true); err != nil {
		t.Fatal(err)
	}
	localtest.Refused(t, ttl(true), "ValidationException", "TimeToLive is already enabled")
	if d := localtest.Must(c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: name}))(t).TimeToLiveDescription; d.TimeToLiveStatus != "ENABLED" || *d.AttributeName != "end" {
		t.Errorf("ttl %+v", d)
	}
	b := localtest.Must(c.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{TableName: name, PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)}}))(t).ContinuousBackupsDescription
	if b.ContinuousBackupsStatus != "ENABLED" || b.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus != "ENABLED" || *b.PointInTimeRecoveryDescription.RecoveryPeriodInDays != 35 {
		t.Errorf("backups %+v", b)
	}
	_, err := c.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String("none")})
	localtest.Refused(t, err, "TableNotFoundException", "Table not found: none")
}

func TestItems(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.CreateTable(ctx, orders(nil)))(t)
	for i, pk := range []string{"a", "a", "a", "b"} {
		if err := put(t, c, pk, []string{"10", "9", "-1", "1"}[i], fmt.Sprint("v", i)); err != nil {
			t.Fatal(err)
		}
	}
	for sk, want := range map[string]string{"9": "v1", "9.0": "v1", "0.9e1": "v1", "8": ""} {
		if got, err := get(t, c, "a", sk); err != nil || got != want {
			t.Errorf("%s: %q %v", sk, got, err)
		}
	}
	old := localtest.Must(c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: key("b", "1"), ReturnValues: "ALL_OLD"}))(t)
	if old.Attributes["v"].(*types.AttributeValueMemberS).Value != "v3" {
		t.Errorf("old %+v", old)
	}
	if got, err := get(t, c, "a", "10"); got != "v0" || err != nil {
		t.Errorf("%q %v", got, err)
	}

	found := func(in *dynamodb.QueryInput) (string, error) {
		in.TableName = aws.String("orders")
		var out []string
		for pages := dynamodb.NewQueryPaginator(c, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return "", err
			}
			for _, i := range page.Items {
				out = append(out, i["sk"].(*types.AttributeValueMemberN).Value)
			}
		}
		return strings.Join(out, " "), nil
	}
	values := item{":a": &types.AttributeValueMemberS{Value: "a"}, ":n": &types.AttributeValueMemberN{Value: "9"}, ":m": &types.AttributeValueMemberN{Value: "0"}}
	for expression, want := range map[string]string{
		"pk = :a":                          "-1 9 10",
		"#p = :a AND sk >= :n":             "9 10",
		"pk = :a and sk < :n":              "-1",
		"(pk = :a) AND (sk <= :n)":         "-1 9",
		"sk > :n AND pk = :a":              "10",
		"pk = :a AND sk BETWEEN :m AND :n": "9",
		"pk=:a AND sk=:n":                  "9",
	} {
		got, err := found(&dynamodb.QueryInput{KeyConditionExpression: &expression, ExpressionAttributeValues: values, ExpressionAttributeNames: map[string]string{"#p": "pk"}, Limit: aws.Int32(2)})
		if got != want || err != nil {
			t.Errorf("%s: %q %v, want %q", expression, got, err, want)
		}
	}
	backwards, err := found(&dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :a"), ExpressionAttributeValues: values, ScanIndexForward: aws.Bool(false), Limit: aws.Int32(1)})
	if backwards != "10 9 -1" || err != nil {
		t.Errorf("backwards %q %v", backwards, err)
	}
	for expression, problem := range map[string]string{
		"pk > :a":            "Query key condition not supported",
		"sk = :n":            "Query condition missed key schema element: pk",
		"pk = :n":            "One or more parameter values were invalid: Condition parameter type does not match schema type",
		"pk = :none":         "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :none",
		"#none = :a":         "Invalid KeyConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #none",
		"pk = :a OR sk = :n": "Invalid KeyConditionExpression: Syntax error",
		"pk = :a AND v = :n": "Query condition missed key schema element: sk",
		"pk":                 "Invalid KeyConditionExpression: Syntax error",
		"pk = :a AND":        "Invalid KeyConditionExpression: Syntax error",
	} {
		_, err := found(&dynamodb.QueryInput{KeyConditionExpression: &expression, ExpressionAttributeValues: values, ExpressionAttributeNames: map[string]string{"#p": "pk"}})
		localtest.Refused(t, err, "ValidationException", problem)
	}

	n := 0
	for pages := dynamodb.NewScanPaginator(c, &dynamodb.ScanInput{TableName: aws.String("orders"), Limit: aws.Int32(3)}); pages.HasMorePages(); {
		n += len(localtest.Must(pages.NextPage(ctx))(t).Items)
	}
	if d := described(t, c); n != 4 || *d.ItemCount != 4 {
		t.Errorf("scanned %d of %d", n, *d.ItemCount)
	}
	_, err = c.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("orders"), FilterExpression: aws.String("v = :v")})
	localtest.Refused(t, err, "ValidationException", "not implemented by the local plane: FilterExpression")
	localtest.Must(c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String("orders"), Key: key("a", "9")}))(t)
	if got, err := get(t, c, "a", "9"); got != "" || err != nil {
		t.Errorf("deleted %q %v", got, err)
	}
}

func TestItemRefusals(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.CreateTable(ctx, orders(nil)))(t)
	s := func(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
	for _, x := range []struct {
		item    item
		message string
	}{
		{item{"pk": s("a")}, "One or more parameter values were invalid: Missing the key sk in the item"},
		{item{"pk": s("a"), "sk": s("1")}, "One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S"},
		{item{"pk": s(""), "sk": &types.AttributeValueMemberN{Value: "1"}}, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		{key("a", "1e999"), "The parameter cannot be converted to a numeric value: 1e999"},
		{key("a", "x"), "The parameter cannot be converted to a numeric value: x"},
		{item{"pk": s("a"), "sk": &types.AttributeValueMemberN{Value: "1"}, "v": s(strings.Repeat("x", 400<<10))}, "Item size has exceeded the maximum allowed size"},
	} {
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("orders"), Item: x.item})
		localtest.Refused(t, err, "ValidationException", x.message)
	}
	for _, k := range []item{{"pk": s("a")}, {"pk": s("a"), "sk": s("1")}, {"pk": s("a"), "x": s("1")}} {
		_, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("orders"), Key: k})
		localtest.Refused(t, err, "ValidationException", "The provided key element does not match the schema")
	}
}

const all = `["kms:Encrypt","kms:Decrypt","kms:ReEncryptFrom","kms:ReEncryptTo","kms:GenerateDataKey","kms:DescribeKey","kms:CreateGrant"]`

func allowing(actions, via, table string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"},
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/exact"},"Action":` + actions + `,"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"` + via + `"}}},
{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:user/exact"},"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey"],"Resource":"*","Condition":{"StringNotEquals":{"kms:EncryptionContext:aws:dynamodb:tableName":"` + table + `"}}},
{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:user/exact"},"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey"],"Resource":"*","Condition":{"StringNotEquals":{"kms:EncryptionContext:aws:dynamodb:subscriberId":"111122223333"}}}]}`
}

func TestKey(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, exact), t.Context()
	k := p.KeyARN(account, region, alias)
	const via = "dynamodb.eu-west-1.amazonaws.com"
	denied := func(err error) {
		t.Helper()
		var e smithy.APIError
		if !errors.As(err, &e) || e.ErrorCode() != "AccessDeniedException" || !strings.HasPrefix(e.ErrorMessage(), "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: User: arn:aws:iam::111122223333:user/exact is not authorized to perform: kms:") {
			t.Errorf("got %v", err)
		}
	}
	for _, action := range strings.Split(strings.Trim(all, "[]"), ",") {
		p.SetKeyPolicy(account, region, alias, allowing(strings.Replace(all, action, `"kms:None"`, 1), via, "orders"))
		_, err := c.CreateTable(ctx, orders(under(k)))
		denied(err)
	}
	p.SetKeyPolicy(account, region, alias, allowing(all, "s3.eu-west-1.amazonaws.com", "orders"))
	_, err := c.CreateTable(ctx, orders(under(k)))
	denied(err)
	p.SetKeyPolicy(account, region, alias, allowing(all, via, "other"))
	_, err = c.CreateTable(ctx, orders(under(k)))
	denied(err)

	p.SetKeyPolicy(account, region, alias, allowing(all, via, "orders"))
	out := localtest.Must(c.CreateTable(ctx, orders(under(alias))))(t).TableDescription
	if s := out.SSEDescription; s.Status != "ENABLED" || s.SSEType != "KMS" || *s.KMSMasterKeyArn != k {
		t.Errorf("encryption %+v", s)
	}
	if err := put(t, c, "a", "1", "v"); err != nil {
		t.Fatal(err)
	}
	p.SetKeyPolicy(account, region, alias, allowing(strings.Replace(all, `"kms:Decrypt"`, `"kms:None"`, 1), via, "orders"))
	_, err = get(t, c, "a", "1")
	denied(err)
	if got, err := get(t, client(p, admin), "a", "1"); got != "v" || err != nil {
		t.Errorf("%q %v", got, err)
	}
}

func TestKeyLost(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	k := p.KeyARN(account, region, alias)
	disabled := kmsText("KMS key disabled error", "DisabledException", k+" is disabled.", "DisabledException")
	p.DisableKey(account, region, alias)
	_, err := c.CreateTable(ctx, orders(under(k)))
	localtest.Refused(t, err, "ValidationException", disabled)
	_, err = c.CreateTable(ctx, orders(under("alias/hmac")))
	localtest.Refused(t, err, "InternalServerError", kmsText("KMS internal error", "AWSKMSException", "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.", "ValidationException"))
	_, err = c.CreateTable(ctx, orders(under("alias/none")))
	localtest.Refused(t, err, "ValidationException", kmsText("KMS validation error", "NotFoundException", "Alias arn:aws:kms:eu-west-1:111122223333:alias/none is not found.", "NotFoundException"))
	p.EnableKey(account, region, alias)
	localtest.Must(c.CreateTable(ctx, orders(under(k))))(t)
	if err := put(t, c, "a", "1", "v"); err != nil {
		t.Fatal(err)
	}

	p.DisableKey(account, region, alias)
	_, err = get(t, c, "a", "1")
	localtest.Refused(t, err, "ValidationException", disabled)
	since := p.Now()
	p.Pass(time.Hour)
	if d := described(t, c); d.TableStatus != "INACCESSIBLE_ENCRYPTION_CREDENTIALS" || !d.SSEDescription.InaccessibleEncryptionDateTime.Equal(since) || d.ArchivalSummary != nil {
		t.Errorf("described %+v", d)
	}
	p.EnableKey(account, region, alias)
	if d := described(t, c); d.TableStatus != "ACTIVE" || d.SSEDescription.InaccessibleEncryptionDateTime != nil {
		t.Errorf("described %+v", d)
	}
	if got, err := get(t, c, "a", "1"); got != "v" || err != nil {
		t.Errorf("%q %v", got, err)
	}

	p.DeleteKey(account, region, alias)
	_, err = get(t, c, "a", "1")
	localtest.Refused(t, err, "ValidationException", kmsText("KMS validation error", "NotFoundException", "Key '"+k+"' does not exist", "NotFoundException"))
	p.Pass(7 * 24 * time.Hour)
	if d := described(t, c); d.TableStatus != "ARCHIVED" || *d.ArchivalSummary.ArchivalReason != "INACCESSIBLE_ENCRYPTION_CREDENTIALS" {
		t.Errorf("described %+v", d)
	}
	if names := localtest.Must(c.ListTables(ctx, &dynamodb.ListTablesInput{}))(t).TableNames; len(names) != 1 {
		t.Errorf("tables %q", names)
	}
}

func TestKeyChange(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.CreateTable(ctx, orders(nil)))(t)
	if err := put(t, c, "a", "1", "v"); err != nil {
		t.Fatal(err)
	}
	update := func(s *types.SSESpecification) (*types.SSEDescription, error) {
		out, err := c.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("orders"), SSESpecification: s})
		if err != nil {
			return nil, err
		}
		if out.TableDescription.TableStatus != "ACTIVE" {
			t.Errorf("status %s", out.TableDescription.TableStatus)
		}
		return out.TableDescription.SSEDescription, nil
	}
	_, err := update(&types.SSESpecification{Enabled: aws.Bool(false)})
	localtest.Refused(t, err, "ValidationException", "One or more parameter values were invalid: Table is already encrypted by default")
	if s := localtest.Must(update(&types.SSESpecification{Enabled: aws.Bool(true)}))(t); s.Status != "UPDATING" || s.KMSMasterKeyArn != nil {
		t.Errorf("answered %+v", s)
	}
	managed := p.KeyARN(account, region, "alias/aws/dynamodb")
	if s := described(t, c).SSEDescription; s.Status != "ENABLED" || *s.KMSMasterKeyArn != managed {
		t.Errorf("described %+v", s)
	}
	k, next := p.KeyARN(account, region, alias), p.KeyARN(account, region, "alias/next")
	if s := localtest.Must(update(under(alias)))(t); *s.KMSMasterKeyArn != managed {
		t.Errorf("answered %+v", s)
	}
	_, err = update(under(k))
	localtest.Refused(t, err, "ValidationException", "One or more parameter values were invalid: Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key")
	localtest.Must(update(under(next)))(t)
	p.DeleteKey(account, region, alias)
	if got, err := get(t, c, "a", "1"); got != "v" || err != nil {
		t.Errorf("under the next key: %q %v", got, err)
	}
	localtest.Must(update(&types.SSESpecification{Enabled: aws.Bool(false)}))(t)
	p.DeleteKey(account, region, "alias/next")
	if got, err := get(t, c, "a", "1"); got != "v" || err != nil {
		t.Errorf("under the key of AWS: %q %v", got, err)
	}
	if s := described(t, c).SSEDescription; s != nil {
		t.Errorf("described %+v", s)
	}
}

func TestReplicas(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.CreateTable(ctx, orders(under(alias))))(t)
	update := func(u types.ReplicationGroupUpdate) error {
		_, err := c.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("orders"), ReplicaUpdates: []types.ReplicationGroupUpdate{u}})
		return err
	}
	create := func(key *string) error {
		return update(types.ReplicationGroupUpdate{Create: &types.CreateReplicationGroupMemberAction{RegionName: aws.String(other), KMSMasterKeyId: key}})
	}
	const missing = "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica."
	localtest.Refused(t, create(nil), "ValidationException", missing)
	localtest.Refused(t, create(aws.String("alias/aws/dynamodb")), "ValidationException", "One or more parameter values were invalid: All replica keys must either be Customer Managed CMK or AWS Managed CMK.")
	there := p.KeyARN(account, other, alias)
	if err := create(aws.String(there[len(there)-36:])); err != nil {
		t.Fatal(err)
	}
	r := described(t, c).Replicas
	if len(r) != 1 || r[0].ReplicaStatus != "ACTIVE" || *r[0].KMSMasterKeyId != there || *r[0].RegionName != other {
		t.Errorf("replicas %+v", r)
	}
	localtest.Refused(t, update(types.ReplicationGroupUpdate{Update: &types.UpdateReplicationGroupMemberAction{RegionName: aws.String(other), KMSMasterKeyId: &there}}), "ValidationException", missing)
	if err := update(types.ReplicationGroupUpdate{Delete: &types.DeleteReplicationGroupMemberAction{RegionName: aws.String(other)}}); err != nil {
		t.Error(err)
	}
	if r := described(t, c).Replicas; len(r) != 0 {
		t.Errorf("replicas %+v", r)
	}
}

func TestPolicies(t *testing.T) {
	p := localtest.Open(t, seed)
	c, ctx := client(p, admin), t.Context()
	localtest.Must(c.CreateTable(ctx, orders(nil)))(t)
	if err := errors.Join(put(t, c, "a", "1", "v"), put(t, c, "b", "1", "w")); err != nil {
		t.Fatal(err)
	}
	one := client(p, tenant)
	if got, err := get(t, one, "a", "1"); got != "v" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	_, err := get(t, one, "b", "1")
	localtest.Refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/tenant is not authorized to perform: dynamodb:GetItem on resource: "+arn+" because no identity-based policy allows the dynamodb:GetItem action")

	s := client(p, stranger)
	theirs := func() error {
		_, err := s.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(arn), Key: key("a", "1")})
		return err
	}
	localtest.Refused(t, theirs(), "AccessDeniedException", "User: arn:aws:iam::444455556666:user/stranger is not authorized to perform: dynamodb:GetItem on resource: "+arn+" because no resource-based policy allows the dynamodb:GetItem action")
	doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"dynamodb:GetItem","Resource":"` + arn + `"}]}`
	revision := localtest.Must(c.PutResourcePolicy(ctx, &dynamodb.PutResourcePolicyInput{ResourceArn: aws.String(arn), Policy: &doc}))(t).RevisionId
	if err := theirs(); err != nil {
		t.Error(err)
	}
	if out := localtest.Must(c.GetResourcePolicy(ctx, &dynamodb.GetResourcePolicyInput{ResourceArn: aws.String(arn)}))(t); *out.Policy != doc || *out.RevisionId != *revision {
		t.Errorf("policy %+v", out)
	}
	localtest.Must(c.DeleteResourcePolicy(ctx, &dynamodb.DeleteResourcePolicyInput{ResourceArn: aws.String(arn), ExpectedRevisionId: revision}))(t)
	if err := theirs(); err == nil {
		t.Error("the policy still counts")
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	p := localtest.OpenKept(t, dir, seed)
	localtest.Must(client(p, admin).CreateTable(t.Context(), orders(under(alias))))(t)
	if err := put(t, client(p, admin), "a", "1", "v"); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p = localtest.OpenKept(t, dir, "")
	if got, err := get(t, client(p, admin), "a", "1"); got != "v" || err != nil {
		t.Errorf("after a restart: %q %v", got, err)
	}
}
