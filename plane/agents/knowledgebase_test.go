package agents_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

// The roles of knowledge bases: one that may do what the documentation says, and one that no
// service may assume.
const (
	baseRole  = "arn:aws:iam::111122223333:role/knowledge"
	otherRole = "arn:aws:iam::111122223333:role/other"

	passless = "AKIAROLELESS0000" // may not pass roles
)

// library is what tests of knowledge bases begin with: a bucket with documents is made by the
// tests.
// Source of the permissions: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-permissions.html
const library = `accounts:
  "111122223333":
    users:
      - name: admin
        access-keys: [{id: AKIAADMIN0000000, secret: secret}]
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: keyless
        access-keys: [{id: AKIAKEYLESS00000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock:*", "iam:PassRole"], Resource: "*"}]}
      - name: roleless
        access-keys: [{id: AKIAROLELESS0000, secret: secret}]
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock:*", "kms:*"], Resource: "*"}]}
    roles:
      - name: knowledge
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole", Condition: {StringEquals: {"aws:SourceAccount": "111122223333"}, ArnLike: {"aws:SourceArn": "arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/*"}}}]}
        policies:
          list: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:ListBucket", Resource: "arn:aws:s3:::library"}]}
          get: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::library/*"}]}
          vectors: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["s3vectors:GetIndex", "s3vectors:PutVectors", "s3vectors:GetVectors", "s3vectors:DeleteVectors", "s3vectors:QueryVectors"], Resource: "*"}]}
      - name: logging
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "logs:*", Resource: "*"}]}
      - name: other
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/one}
      - {region: eu-west-1, alias: alias/two}
`

func newLibrary(t *testing.T, change ...func(*local.Options)) *world {
	t.Helper()
	return &world{localtest.Open(t, library, change...), t}
}

// baseInput is a knowledge base over a store outside of the plane.
func baseInput(name string, change ...func(*bedrockagent.CreateKnowledgeBaseInput)) *bedrockagent.CreateKnowledgeBaseInput {
	in := &bedrockagent.CreateKnowledgeBaseInput{
		Name: &name, Description: aws.String("all of it"), RoleArn: aws.String(baseRole),
		KnowledgeBaseConfiguration: &types.KnowledgeBaseConfiguration{Type: types.KnowledgeBaseTypeVector, VectorKnowledgeBaseConfiguration: &types.VectorKnowledgeBaseConfiguration{
			EmbeddingModelArn: aws.String("arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"),
		}},
		StorageConfiguration: &types.StorageConfiguration{Type: types.KnowledgeBaseStorageTypeOpensearchManagedCluster, OpensearchManagedClusterConfiguration: &types.OpenSearchManagedClusterConfiguration{
			DomainArn: aws.String("arn:aws:es:eu-west-1:111122223333:domain/library"), DomainEndpoint: aws.String("https://search-library.eu-west-1.es.amazonaws.com"), VectorIndexName: aws.String("index"),
			FieldMapping: &types.OpenSearchManagedClusterFieldMapping{VectorField: aws.String("v"), TextField: aws.String("t"), MetadataField: aws.String("m")},
		}},
	}
	for _, f := range change {
		f(in)
	}
	return in
}

func (w *world) base(name string, change ...func(*bedrockagent.CreateKnowledgeBaseInput)) string {
	w.t.Helper()
	return *localtest.Must(w.as(admin).CreateKnowledgeBase(w.t.Context(), baseInput(name, change...)))(w.t).KnowledgeBase.KnowledgeBaseId
}

// send makes a request that the SDK of the module has no client for, and returns the status,
// the error's code and the body.
func (w *world) send(accessKey, method, path string, body any) (int, string, map[string]any) {
	w.t.Helper()
	var text []byte
	if body != nil {
		text = localtest.Must(json.Marshal(body))(w.t)
	}
	req := localtest.Must(http.NewRequestWithContext(w.t.Context(), method, w.URL+path, bytes.NewReader(text)))(w.t)
	req.Header.Set("Content-Type", "application/json")
	res := localtest.Must(w.Client(accessKey, "bedrock").Do(req))(w.t)
	defer func() { _ = res.Body.Close() }()
	var out map[string]any
	if err := json.Unmarshal(localtest.Must(io.ReadAll(res.Body))(w.t), &out); err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("X-Amzn-ErrorType"), out
}

func wantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestKnowledgeBase(t *testing.T) {
	w := newLibrary(t)
	c, ctx := w.as(admin), t.Context()
	created := localtest.Must(c.CreateKnowledgeBase(ctx, baseInput("first", func(in *bedrockagent.CreateKnowledgeBaseInput) { in.Tags = map[string]string{"team": "a"} })))(t).KnowledgeBase
	wantEqual(t, "status", created.Status, types.KnowledgeBaseStatusCreating)
	id := created.KnowledgeBaseId
	if len(*id) != 10 || *created.KnowledgeBaseArn != "arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/"+*id {
		t.Errorf("%s %s", *id, *created.KnowledgeBaseArn)
	}
	got := localtest.Must(c.GetKnowledgeBase(ctx, &bedrockagent.GetKnowledgeBaseInput{KnowledgeBaseId: id}))(t).KnowledgeBase
	wantEqual(t, "status", got.Status, types.KnowledgeBaseStatusActive)
	in := baseInput("first")
	wantEqual(t, "configuration", got.KnowledgeBaseConfiguration, in.KnowledgeBaseConfiguration)
	wantEqual(t, "storage", got.StorageConfiguration, in.StorageConfiguration)
	wantEqual(t, "tags", localtest.Must(c.ListTagsForResource(ctx, &bedrockagent.ListTagsForResourceInput{ResourceArn: created.KnowledgeBaseArn}))(t).Tags, map[string]string{"team": "a"})

	w.base("second")
	list := localtest.Must(c.ListKnowledgeBases(ctx, &bedrockagent.ListKnowledgeBasesInput{MaxResults: aws.Int32(1)}))(t)
	next := localtest.Must(c.ListKnowledgeBases(ctx, &bedrockagent.ListKnowledgeBasesInput{MaxResults: aws.Int32(1), NextToken: list.NextToken}))(t)
	wantEqual(t, "list", []string{*list.KnowledgeBaseSummaries[0].Name, *next.KnowledgeBaseSummaries[0].Name}, []string{"first", "second"})

	gone := localtest.Must(c.DeleteKnowledgeBase(ctx, &bedrockagent.DeleteKnowledgeBaseInput{KnowledgeBaseId: id}))(t)
	wantEqual(t, "status", gone.Status, types.KnowledgeBaseStatusDeleting)
	_, err := c.GetKnowledgeBase(ctx, &bedrockagent.GetKnowledgeBaseInput{KnowledgeBaseId: id})
	refused(t, err, "ResourceNotFoundException", absent)
}

// TestUpdateKnowledgeBase: what is left out is gone, and the configurations must be repeated.
func TestUpdateKnowledgeBase(t *testing.T) {
	w := newLibrary(t)
	c, ctx := w.as(admin), t.Context()
	id := w.base("first")
	w.base("second")
	before := baseInput("first")
	in := func(name string) *bedrockagent.UpdateKnowledgeBaseInput {
		return &bedrockagent.UpdateKnowledgeBaseInput{
			KnowledgeBaseId: &id, Name: &name, RoleArn: before.RoleArn, KnowledgeBaseConfiguration: before.KnowledgeBaseConfiguration, StorageConfiguration: before.StorageConfiguration,
		}
	}
	updated := localtest.Must(c.UpdateKnowledgeBase(ctx, in("renamed")))(t).KnowledgeBase
	wantEqual(t, "status", updated.Status, types.KnowledgeBaseStatusUpdating)
	got := localtest.Must(c.GetKnowledgeBase(ctx, &bedrockagent.GetKnowledgeBaseInput{KnowledgeBaseId: &id}))(t).KnowledgeBase
	wantEqual(t, "name", *got.Name, "renamed")
	wantEqual(t, "description", got.Description, (*string)(nil))
	wantEqual(t, "status", got.Status, types.KnowledgeBaseStatusActive)
	wantEqual(t, "storage", got.StorageConfiguration, before.StorageConfiguration)

	_, err := c.UpdateKnowledgeBase(ctx, in("second"))
	refused(t, err, "ConflictException", "KnowledgeBase with name second already exists.")
	without := in("renamed")
	without.StorageConfiguration = nil
	_, err = c.UpdateKnowledgeBase(ctx, without)
	refused(t, err, "ValidationException", "The storageConfiguration of a knowledge base can't be changed.")
	other := in("renamed")
	other.RoleArn = aws.String(otherRole)
	_, err = c.UpdateKnowledgeBase(ctx, other)
	refused(t, err, "ValidationException", "Bedrock Knowledge Base was unable to assume the given role. Provide the proper permissions and retry the request.")
}

func TestKnowledgeBaseRefusals(t *testing.T) {
	w := newLibrary(t)
	w.base("taken")
	create := func(accessKey, name string, change func(*bedrockagent.CreateKnowledgeBaseInput)) error {
		_, err := w.as(accessKey).CreateKnowledgeBase(t.Context(), baseInput(name, change))
		return err
	}
	none := func(*bedrockagent.CreateKnowledgeBaseInput) {}
	refused(t, create(admin, "taken", none), "ConflictException", "KnowledgeBase with name taken already exists.")
	refused(t, create(passless, "other", none), "AccessDeniedException", "User: arn:aws:iam::111122223333:user/roleless is not authorized to perform: iam:PassRole on resource: "+baseRole)
	refused(t, create(admin, "other", func(in *bedrockagent.CreateKnowledgeBaseInput) { in.RoleArn = aws.String(otherRole) }), "ValidationException", "Bedrock Knowledge Base was unable to assume the given role.")
	refused(t, create(admin, "other", func(in *bedrockagent.CreateKnowledgeBaseInput) { in.StorageConfiguration = nil }), "ValidationException", "A storageConfiguration is what a knowledge base of the type VECTOR has, and no other.")
	refused(t, create(admin, "other", func(in *bedrockagent.CreateKnowledgeBaseInput) {
		in.KnowledgeBaseConfiguration.Type = types.KnowledgeBaseTypeKendra
	}), "ValidationException", "The knowledgeBaseConfiguration of the type KENDRA must have the member kendraKnowledgeBaseConfiguration.")
	refused(t, create(admin, "other", func(in *bedrockagent.CreateKnowledgeBaseInput) {
		in.StorageConfiguration = &types.StorageConfiguration{Type: types.KnowledgeBaseStorageTypeS3Vectors, S3VectorsConfiguration: &types.S3VectorsConfiguration{IndexArn: aws.String("arn:aws:s3vectors:eu-west-1:111122223333:bucket/none/index/none")}}
	}), "ValidationException", "The knowledge base storage configuration provided is invalid... The specified vector bucket could not be found")
}

// managedBase is a knowledge base that Bedrock stores by itself, which the SDK's module does
// not know.
func managedBase(name, key string) map[string]any {
	managed := map[string]any{}
	if key != "" {
		managed["serverSideEncryptionConfiguration"] = map[string]any{"kmsKeyArn": key}
	}
	return map[string]any{"name": name, "roleArn": baseRole, "knowledgeBaseConfiguration": map[string]any{"type": "MANAGED", "managedKnowledgeBaseConfiguration": managed}}
}

// TestManagedKnowledgeBase: its key gets a grant, which goes with it.
func TestManagedKnowledgeBase(t *testing.T) {
	w := newLibrary(t)
	key := *w.key("alias/one")
	status, code, out := w.send(keyless, "PUT", "/knowledgebases/", managedBase("managed", key))
	if status != 403 || code != "AccessDeniedException" || !strings.Contains(out["message"].(string), "user/keyless is not authorized to perform: kms:CreateGrant") {
		t.Errorf("%d %s %v", status, code, out)
	}
	status, _, out = w.send(admin, "PUT", "/knowledgebases/", managedBase("managed", key))
	if status != 202 {
		t.Fatalf("%d %v", status, out)
	}
	base := out["knowledgeBase"].(map[string]any)
	wantEqual(t, "key", base["knowledgeBaseConfiguration"].(map[string]any)["managedKnowledgeBaseConfiguration"].(map[string]any)["serverSideEncryptionConfiguration"], map[string]any{"kmsKeyArn": key})
	wantEqual(t, "grants", w.grants("alias/one"), []string{"CreateGrant", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey", "Encrypt", "Decrypt"})
	if status, _, out := w.send(admin, "DELETE", "/knowledgebases/"+base["knowledgeBaseId"].(string), nil); status != 202 {
		t.Fatalf("%d %v", status, out)
	}
	wantEqual(t, "grants", w.grants("alias/one"), []string(nil))
}

func TestDataSource(t *testing.T) {
	w := newLibrary(t)
	c, ctx := w.as(admin), t.Context()
	base := w.base("base")
	in := sourceInput(base, w.key("alias/one"))
	created := localtest.Must(c.CreateDataSource(ctx, in))(t).DataSource
	wantEqual(t, "status", created.Status, types.DataSourceStatusAvailable)
	id := created.DataSourceId
	got := localtest.Must(c.GetDataSource(ctx, &bedrockagent.GetDataSourceInput{KnowledgeBaseId: &base, DataSourceId: id}))(t).DataSource
	wantEqual(t, "data source", got, created)
	wantEqual(t, "key", *got.ServerSideEncryptionConfiguration.KmsKeyArn, *w.key("alias/one"))
	wantEqual(t, "policy", got.DataDeletionPolicy, types.DataDeletionPolicyRetain)

	// What an update leaves out is gone.
	w.Pass(time.Second)
	update := &bedrockagent.UpdateDataSourceInput{KnowledgeBaseId: &base, DataSourceId: id, Name: in.Name, DataSourceConfiguration: in.DataSourceConfiguration, VectorIngestionConfiguration: in.VectorIngestionConfiguration}
	localtest.Must(c.UpdateDataSource(ctx, update))(t)
	got = localtest.Must(c.GetDataSource(ctx, &bedrockagent.GetDataSourceInput{KnowledgeBaseId: &base, DataSourceId: id}))(t).DataSource
	wantEqual(t, "key", got.ServerSideEncryptionConfiguration, (*types.ServerSideEncryptionConfiguration)(nil))
	wantEqual(t, "description", got.Description, (*string)(nil))
	wantEqual(t, "policy", got.DataDeletionPolicy, types.DataDeletionPolicyDelete)
	wantEqual(t, "updated", got.UpdatedAt.After(*got.CreatedAt), true)
	update.VectorIngestionConfiguration = nil
	_, err := c.UpdateDataSource(ctx, update)
	refused(t, err, "ValidationException", "The vectorIngestionConfiguration.chunkingConfiguration of a data source can't be changed.")

	in = sourceInput(base, w.key("alias/one")) // the client writes its token into the other
	_, err = c.CreateDataSource(ctx, in)
	refused(t, err, "ConflictException", "DataSource with name source already exists.")
	in.Name, in.ClientToken = aws.String("other"), nil
	_, err = w.as(keyless).CreateDataSource(ctx, in)
	refused(t, err, "AccessDeniedException", "user/keyless is not authorized to perform: kms:GenerateDataKey")

	list := localtest.Must(c.ListDataSources(ctx, &bedrockagent.ListDataSourcesInput{KnowledgeBaseId: &base}))(t).DataSourceSummaries
	wantEqual(t, "list", []string{*list[0].Name}, []string{"source"})
	deleted := localtest.Must(c.DeleteDataSource(ctx, &bedrockagent.DeleteDataSourceInput{KnowledgeBaseId: &base, DataSourceId: id}))(t)
	wantEqual(t, "status", deleted.Status, types.DataSourceStatusDeleting)
	_, err = c.GetDataSource(ctx, &bedrockagent.GetDataSourceInput{KnowledgeBaseId: &base, DataSourceId: id})
	refused(t, err, "ResourceNotFoundException", absent)
	for i := range 5 {
		in.Name, in.ClientToken = aws.String("source"+string(rune('0'+i))), nil
		localtest.Must(c.CreateDataSource(ctx, in))(t)
	}
	in.Name, in.ClientToken = aws.String("onemore"), nil
	_, err = c.CreateDataSource(ctx, in)
	refused(t, err, "ServiceQuotaExceededException", "5 data sources per knowledge base")
}

// sourceInput is the bucket library, cut into chunks of eight words, with everything optional.
func sourceInput(base string, key *string) *bedrockagent.CreateDataSourceInput {
	in := &bedrockagent.CreateDataSourceInput{
		KnowledgeBaseId: &base, Name: aws.String("source"), Description: aws.String("the library"), DataDeletionPolicy: types.DataDeletionPolicyRetain,
		DataSourceConfiguration: &types.DataSourceConfiguration{Type: types.DataSourceTypeS3, S3Configuration: &types.S3DataSourceConfiguration{BucketArn: aws.String("arn:aws:s3:::library")}},
		VectorIngestionConfiguration: &types.VectorIngestionConfiguration{ChunkingConfiguration: &types.ChunkingConfiguration{
			ChunkingStrategy: types.ChunkingStrategyFixedSize, FixedSizeChunkingConfiguration: &types.FixedSizeChunkingConfiguration{MaxTokens: aws.Int32(8), OverlapPercentage: aws.Int32(25)},
		}},
	}
	if key != nil {
		in.ServerSideEncryptionConfiguration = &types.ServerSideEncryptionConfiguration{KmsKeyArn: key}
	}
	return in
}
