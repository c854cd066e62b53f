package rehearse

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// makeable says how a resource of a type is made in the twin, beside what follows from the API.
type makeable struct {
	// there: every account has it, whatever creates the resources under it.
	there bool
	// only are the members of the input that count; empty: all.
	only []string
	// before makes what it stands on.
	before func(context.Context, *making) error
	// more are members that neither its state nor the way back has. Of stores, only the
	// encryption is in a plan: what else they have is made up.
	more func(*making) wire.Object
	// moves are members of its answer that an update of the key changes too, beside times.
	moves []string
}

// makings are the types that need more than what was read of them.
var makings = map[string]makeable{
	"AWS::Bedrock::DataSource":                  {before: knowledgeBase},
	"AWS::Bedrock::MarketplaceModelEndpoint":    {more: func(m *making) wire.Object { return wire.Object{"endpointName": m.names["name"]} }},
	"AWS::BedrockAgentCore::AgentInsightStore":  {before: insightStore},
	"AWS::BedrockAgentCore::TokenVault":         {there: true},
	"AWS::S3::Bucket":                           {only: []string{"Bucket", "CreateBucketConfiguration"}, more: bucket},
	"AWS::DynamoDB::Table":                      {more: table},
	"AWS::SQS::Queue":                           {more: queue, moves: []string{"KmsDataKeyReusePeriodSeconds", "LastModifiedTimestamp"}},
	"AWS::SSM::Parameter":                       {more: func(*making) wire.Object { return wire.Object{"Value": madeUp} }},
	"AWS::SNS::Topic":                           {more: func(m *making) wire.Object { return wire.Object{"Name": m.names["name"]} }},
	"AWS::SecretsManager::Secret":               {more: secret},
	"AWS::Lambda::Function":                     {before: standIns, more: function, moves: []string{"LastModified", "RevisionId"}},
	"AWS::StepFunctions::StateMachine":          {before: standIns, more: machine, moves: []string{"revisionId"}},
	"AWS::CloudTrail::Trail":                    {before: trailBucket, more: trail},
	"AWS::KinesisFirehose::DeliveryStream":      {before: streamBucket, more: stream, moves: []string{"VersionId", "DeliveryStreamEncryptionConfiguration.Status"}},
	"AWS::OpenSearchServerless::SecurityPolicy": {moves: []string{"lastModifiedDate", "policyVersion"}},
}

// madeUp is the content of what has some: that in earnest is in no inventory and in no plan.
const madeUp = "made up by a rehearsal"

// role is the ARN of the role that a resource names; that of the stand-in where it is not known.
func (m *making) role() string {
	if m.resource != nil {
		for _, ref := range m.resource.Roles {
			if p := m.Inventory.Principal(ref.Principal); p != nil && p.Kind == inventory.Role {
				return p.ARN.Or("")
			}
		}
	}
	return m.serviceRole()
}

func standIns(ctx context.Context, m *making) error {
	_, err := m.standInRole(ctx)
	return err
}

// aside makes something beside the resource.
func (m *making) aside(ctx context.Context, api, operation string, in wire.Object) (wire.Object, error) {
	out, err := builder{m.twin}.Call(ctx, m.step.Place, fix.Call{Service: api, Operation: operation, Input: in})
	if err != nil && fix.Code(err) != "BucketAlreadyOwnedByYou" {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	return out, nil
}

// knowledgeBase makes the knowledge base of a data source, which the plan names by its id.
func knowledgeBase(ctx context.Context, m *making) error {
	role, err := m.standInRole(ctx)
	if err != nil {
		return err
	}
	base := m.step.Before.Text("knowledgeBaseId")
	at := fix.Place{Account: m.step.Account, Region: m.step.Region}
	_, err = builder{m.twin}.Call(ctx, at, fix.Call{Service: "bedrock-agent", Operation: "GetKnowledgeBase", Input: wire.Object{"knowledgeBaseId": base}})
	if err == nil {
		return nil
	}
	const bucket = "bedlock-rehearsal-vectors"
	if _, err := m.aside(ctx, "s3vectors", "GetVectorBucket", wire.Object{"vectorBucketName": bucket}); err != nil {
		if _, err := m.aside(ctx, "s3vectors", "CreateVectorBucket", wire.Object{"vectorBucketName": bucket}); err != nil {
			return err
		}
		_, err := m.aside(ctx, "s3vectors", "CreateIndex", wire.Object{"vectorBucketName": bucket, "indexName": "i", "dataType": "float32", "dimension": int64(1024), "distanceMetric": "cosine"})
		if err != nil {
			return err
		}
	}
	m.twin.World.Expect(base)
	_, err = m.aside(ctx, "bedrock-agent", "CreateKnowledgeBase", wire.Object{
		"name": "kb-" + base, "roleArn": role,
		"knowledgeBaseConfiguration": wire.Object{"type": "VECTOR", "vectorKnowledgeBaseConfiguration": wire.Object{"embeddingModelArn": m.twin.arn(at.Account, "bedrock:"+at.Region+"::foundation-model/amazon.titan-embed-text-v2:0")}},
		"storageConfiguration":       wire.Object{"type": "S3_VECTORS", "s3VectorsConfiguration": wire.Object{"indexArn": m.twin.arn(at.Account, "s3vectors:"+at.Region+":"+at.Account+":bucket/"+bucket+"/index/i")}},
	})
	return err
}

// insightStore is there, and enabled or not.
func insightStore(ctx context.Context, m *making) error {
	_, err := m.aside(ctx, "bedrock-agentcore-control", "UpdateAgentInsightStore", wire.Object{"agentInsightStoreId": m.names["id"], "enablementStatus": m.step.Before.Text("enablementStatus")})
	return err
}

func bucket(m *making) wire.Object {
	if m.step.Region == "us-east-1" {
		return wire.Object{"Bucket": m.names["name"]}
	}
	return wire.Object{"Bucket": m.names["name"], "CreateBucketConfiguration": wire.Object{"LocationConstraint": m.step.Region}}
}

func table(*making) wire.Object {
	return wire.Object{
		"BillingMode":          "PAY_PER_REQUEST",
		"AttributeDefinitions": []any{wire.Object{"AttributeName": "id", "AttributeType": "S"}},
		"KeySchema":            []any{wire.Object{"AttributeName": "id", "KeyType": "HASH"}},
	}
}

// secret has the name without the six characters that AWS adds to it in the ARN.
func secret(m *making) wire.Object {
	name := m.names["name"]
	if m.resource != nil {
		name = m.resource.Name.Or(name)
	}
	return wire.Object{"Name": name, "SecretString": madeUp}
}

func function(m *making) wire.Object {
	return wire.Object{"FunctionName": m.names["name"], "Role": m.role(), "Runtime": "python3.13", "Handler": "a.run", "Code": wire.Object{"ZipFile": []byte(emptyZip)}}
}

// emptyZip is a package for a function, with one file that is empty.
const emptyZip = "PK\x03\x04\x14" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "\x01\x00\x00\x00a" +
	"PK\x01\x02\x14\x00\x14" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "\x01" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "a" +
	"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x2f\x00\x00\x00\x1f\x00\x00\x00\x00\x00"

func machine(m *making) wire.Object {
	return wire.Object{"name": m.names["name"], "roleArn": m.role(), "definition": `{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`}
}

// side is the name of a bucket beside the resources of a place.
func (m *making) side() string { return "bedlock-rehearsal-" + m.step.Account + "-" + m.step.Region }

func (m *making) bucketARN(name string) string { return m.twin.arn(m.step.Account, "s3:::"+name) }

// bucketAside makes a bucket beside a resource.
func (m *making) bucketAside(ctx context.Context, name string) error {
	in := wire.Object{"Bucket": name}
	if m.step.Region != "us-east-1" {
		in["CreateBucketConfiguration"] = wire.Object{"LocationConstraint": m.step.Region}
	}
	_, err := m.aside(ctx, "s3", "CreateBucket", in)
	return err
}

// streamBucket makes the bucket and the role of the destination of a stream.
func streamBucket(ctx context.Context, m *making) error {
	if err := standIns(ctx, m); err != nil {
		return err
	}
	return m.bucketAside(ctx, cmp.Or(strings.TrimPrefix(m.destination().Text("BucketARN"), m.bucketARN("")), m.side()))
}

// destination is that of a stream, as one of its steps has read it.
func (m *making) destination() wire.Object {
	for i := range m.Plan.Steps {
		s := &m.Plan.Steps[i]
		if list := s.Before.Objects("Destinations"); s.Subject == m.step.Subject && len(list) > 0 {
			return list[0].Object("ExtendedS3DestinationDescription")
		}
	}
	return nil
}

func trailBucket(ctx context.Context, m *making) error {
	if err := m.bucketAside(ctx, m.side()); err != nil {
		return err
	}
	at := m.bucketARN(m.side())
	_, err := m.aside(ctx, "s3", "PutBucketPolicy", wire.Object{
		"Bucket": m.side(),
		"Policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["` + at + `","` + at + `/*"]}]}`,
	})
	return err
}

func trail(m *making) wire.Object {
	return wire.Object{"Name": m.names["name"], "S3BucketName": m.side()}
}

func stream(m *making) wire.Object {
	to := m.destination()
	if to == nil {
		to = wire.Object{"RoleARN": m.role(), "BucketARN": m.bucketARN(m.side())}
	}
	return wire.Object{"DeliveryStreamName": m.names["name"], "ExtendedS3DestinationConfiguration": to}
}

// queue has the attribute that no queue gets later.
func queue(m *making) wire.Object {
	in := wire.Object{"QueueName": m.names["name"]}
	if strings.HasSuffix(m.names["name"], ".fifo") {
		in["Attributes"] = wire.Object{"FifoQueue": "true"}
	}
	return in
}
