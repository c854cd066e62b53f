package agents_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

// do does an operation of another service as the root user of the account.
func (w *world) do(api, operation string, in map[string]any) wire.Object {
	w.t.Helper()
	text := localtest.Must(json.Marshal(in))(w.t)
	return localtest.Must(w.World.Do(w.t.Context(), w.IAM.Root(account), region, api, operation, text))(w.t)
}

// grants are the operations that the grant of a key allows.
func (w *world) grants(alias string) []string {
	w.t.Helper()
	ctx, call := plane.As(context.Background(), w.IAM.Root(account), region)
	out := localtest.Must(w.KMS.ListGrants(ctx, call, &kms.ListGrantsInput{KeyId: *w.key(alias)}))(w.t)
	var operations []string
	for _, g := range out.Grants {
		if g.GranteePrincipal != "bedrock.amazonaws.com" || g.RetiringPrincipal != "bedrock.amazonaws.com" {
			w.t.Errorf("a grant for %s", g.GranteePrincipal)
		}
		for _, o := range g.Operations {
			operations = append(operations, string(o))
		}
	}
	return operations
}

func (w *world) file(key, text string) {
	w.t.Helper()
	w.do("s3", "PutObject", map[string]any{"Bucket": "library", "Key": key, "Body": text})
}

// shelve fills the bucket library.
func (w *world) shelve() {
	w.t.Helper()
	w.do("s3", "CreateBucket", map[string]any{"Bucket": "library", "CreateBucketConfiguration": map[string]any{"LocationConstraint": region}})
	w.file("trial.txt", "The trial of the new heart medicine began in March with forty patients in Bern.")
	w.file("trial.txt.metadata.json", `{"metadataAttributes":{"year":2024,"site":{"value":{"type":"STRING","stringValue":"Bern"}}}}`)
	w.file("notes/garden.md", "# Garden\n\nTomatoes want sun.")
	w.file("picture.png", "\x89PNG")
}

// ingested starts a job, and returns it when it is done.
func (w *world) ingested(base, source string) *types.IngestionJob {
	w.t.Helper()
	c, ctx := w.as(admin), w.t.Context()
	started := localtest.Must(c.StartIngestionJob(ctx, &bedrockagent.StartIngestionJobInput{KnowledgeBaseId: &base, DataSourceId: &source}))(w.t).IngestionJob
	wantEqual(w.t, "status", started.Status, types.IngestionJobStatusStarting)
	return localtest.Must(c.GetIngestionJob(ctx, &bedrockagent.GetIngestionJobInput{KnowledgeBaseId: &base, DataSourceId: &source, IngestionJobId: started.IngestionJobId}))(w.t).IngestionJob
}

func (w *world) source(in *bedrockagent.CreateDataSourceInput) string {
	w.t.Helper()
	return *localtest.Must(w.as(admin).CreateDataSource(w.t.Context(), in))(w.t).DataSource.DataSourceId
}

// asked are the texts that a retrieval finds.
func (w *world) asked(base, question string) []string {
	w.t.Helper()
	status, code, out := w.send(admin, "POST", "/knowledgebases/"+base+"/retrieve", map[string]any{"retrievalQuery": map[string]any{"text": question}})
	if status != 200 {
		w.t.Fatalf("%d %s %v", status, code, out)
	}
	texts := []string{}
	for _, r := range out["retrievalResults"].([]any) {
		texts = append(texts, r.(map[string]any)["content"].(map[string]any)["text"].(string))
	}
	return texts
}

// roleKey is the policy of a key that the service role alone uses, as the documentation says.
const roleKey = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":"kms:*","Resource":"*"},
	{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/knowledge"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:bedrock:arn":"arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/*"}}}]}`

func TestIngestion(t *testing.T) {
	w := newLibrary(t)
	w.shelve()
	w.SetKeyPolicy(account, region, "alias/one", roleKey)
	base := w.base("base")
	source := w.source(sourceInput(base, w.key("alias/one")))
	job := w.ingested(base, source)
	wantEqual(t, "status", job.Status, types.IngestionJobStatusComplete)
	wantEqual(t, "statistics", *job.Statistics, types.IngestionJobStatistics{NumberOfDocumentsScanned: 3, NumberOfMetadataDocumentsScanned: 1, NumberOfNewDocumentsIndexed: 2, NumberOfDocumentsFailed: 1})
	wantEqual(t, "reasons", job.FailureReasons, []string{"Encountered error: Ignored 1 files as their file format was not supported. [Files: s3://library/picture.png]. Call to Customer Source did not succeed."})
	wantEqual(t, "found", w.asked(base, "Which patients in Bern take the medicine?"), []string{"patients in Bern.", "medicine began in March with forty patients in", "The trial of the new heart medicine began"})

	_, _, out := w.send(admin, "POST", "/knowledgebases/"+base+"/retrieve", map[string]any{"retrievalQuery": map[string]any{"text": "bern"}, "retrievalConfiguration": map[string]any{"vectorSearchConfiguration": map[string]any{"numberOfResults": 1}}})
	first := out["retrievalResults"].([]any)[0].(map[string]any)
	wantEqual(t, "location", first["location"], map[string]any{"type": "S3", "s3Location": map[string]any{"uri": "s3://library/trial.txt"}})
	metadata := first["metadata"].(map[string]any)
	wantEqual(t, "metadata", []any{metadata["year"], metadata["site"], metadata["x-amz-bedrock-kb-source-uri"], metadata["x-amz-bedrock-kb-data-source-id"]}, []any{2024.0, "Bern", "s3://library/trial.txt", source})

	w.file("notes/garden.md", "# Garden\n\nTomatoes want rain.")
	w.do("s3", "DeleteObject", map[string]any{"Bucket": "library", "Key": "trial.txt"})
	w.do("s3", "DeleteObject", map[string]any{"Bucket": "library", "Key": "picture.png"})
	job = w.ingested(base, source)
	wantEqual(t, "statistics", *job.Statistics, types.IngestionJobStatistics{NumberOfDocumentsScanned: 1, NumberOfModifiedDocumentsIndexed: 1, NumberOfDocumentsDeleted: 1})
	wantEqual(t, "found", w.asked(base, "Bern tomatoes"), []string{"# Garden\n\nTomatoes want rain."})
	list := localtest.Must(w.as(admin).ListIngestionJobs(t.Context(), &bedrockagent.ListIngestionJobsInput{KnowledgeBaseId: &base, DataSourceId: &source}))(t).IngestionJobSummaries
	wantEqual(t, "newest first", *list[0].IngestionJobId, *job.IngestionJobId)
}

// TestIngestionKey: without the key the job fails, and nothing is found.
func TestIngestionKey(t *testing.T) {
	w := newLibrary(t)
	w.shelve()
	w.SetKeyPolicy(account, region, "alias/one", strings.Replace(roleKey, `"kms:GenerateDataKey",`, "", 1))
	base := w.base("base")
	source := w.source(sourceInput(base, w.key("alias/one")))
	fails := func(text string) {
		t.Helper()
		job := w.ingested(base, source)
		if job.Status != types.IngestionJobStatusFailed || len(job.FailureReasons) != 1 || !strings.HasPrefix(job.FailureReasons[0], text) {
			t.Errorf("%s %q, want %s", job.Status, job.FailureReasons, text)
		}
		wantEqual(t, "found", w.asked(base, "Tomatoes in Bern"), []string{})
	}
	fails("Encountered error: User: arn:aws:sts::111122223333:assumed-role/knowledge/bedrock is not authorized to perform: kms:GenerateDataKey on resource: " + *w.key("alias/one"))
	w.SetKeyPolicy(account, region, "alias/one", roleKey)
	w.DisableKey(account, region, "alias/one")
	fails("Encountered error: " + *w.key("alias/one") + " is disabled.")
	w.EnableKey(account, region, "alias/one")
	wantEqual(t, "status", w.ingested(base, source).Status, types.IngestionJobStatusComplete)
}

// TestIngestionOfWhatCannotBeRead: the service role needs the bucket, the objects and their
// key.
func TestIngestionOfWhatCannotBeRead(t *testing.T) {
	w := newLibrary(t)
	base := w.base("base")
	source := w.source(sourceInput(base, nil))
	job := w.ingested(base, source)
	wantEqual(t, "no bucket", append([]string{string(job.Status)}, job.FailureReasons...), []string{"FAILED", "Encountered error: The specified bucket does not exist"})
	w.shelve()
	w.do("s3", "PutBucketEncryption", map[string]any{"Bucket": "library", "ServerSideEncryptionConfiguration": map[string]any{"Rules": []any{map[string]any{"ApplyServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": *w.key("alias/two")}}}}})
	w.file("secret.txt", "Nobody knows.")
	job = w.ingested(base, source)
	wantEqual(t, "statistics", *job.Statistics, types.IngestionJobStatistics{NumberOfDocumentsScanned: 4, NumberOfMetadataDocumentsScanned: 1, NumberOfNewDocumentsIndexed: 2, NumberOfDocumentsFailed: 2})
	if reason := strings.Join(job.FailureReasons, " "); !strings.Contains(reason, "kms:Decrypt") || !strings.Contains(reason, "s3://library/secret.txt") {
		t.Error(reason)
	}
}

// TestIngestionJobs: while statuses settle there is one job at a time, and it can be stopped.
func TestIngestionJobs(t *testing.T) {
	w := newLibrary(t, func(o *local.Options) { o.Settle = time.Minute })
	w.shelve()
	base := w.base("base")
	w.Pass(time.Minute)
	source := w.source(sourceInput(base, nil))
	c, ctx := w.as(admin), t.Context()
	start := func() (*bedrockagent.StartIngestionJobOutput, error) {
		return c.StartIngestionJob(ctx, &bedrockagent.StartIngestionJobInput{KnowledgeBaseId: &base, DataSourceId: &source})
	}
	job := localtest.Must(start())(t).IngestionJob.IngestionJobId
	status := func() types.IngestionJobStatus {
		return localtest.Must(c.GetIngestionJob(ctx, &bedrockagent.GetIngestionJobInput{KnowledgeBaseId: &base, DataSourceId: &source, IngestionJobId: job}))(t).IngestionJob.Status
	}
	_, err := start()
	refused(t, err, "ConflictException", "There is an ongoing ingestion job "+*job)
	_, err = c.DeleteDataSource(ctx, &bedrockagent.DeleteDataSourceInput{KnowledgeBaseId: &base, DataSourceId: &source})
	refused(t, err, "ConflictException", "There is an ongoing ingestion job "+*job)
	w.Pass(time.Second)
	wantEqual(t, "status", status(), types.IngestionJobStatusInProgress)
	stopped := localtest.Must(c.StopIngestionJob(ctx, &bedrockagent.StopIngestionJobInput{KnowledgeBaseId: &base, DataSourceId: &source, IngestionJobId: job}))(t).IngestionJob
	wantEqual(t, "status", stopped.Status, types.IngestionJobStatusStopping)
	w.Pass(time.Minute)
	wantEqual(t, "status", status(), types.IngestionJobStatusStopped)
	_, err = c.StopIngestionJob(ctx, &bedrockagent.StopIngestionJobInput{KnowledgeBaseId: &base, DataSourceId: &source, IngestionJobId: job})
	refused(t, err, "ConflictException", "is in the status STOPPED and can't be stopped.")
	job = localtest.Must(start())(t).IngestionJob.IngestionJobId
	w.Pass(time.Minute)
	wantEqual(t, "status", status(), types.IngestionJobStatusComplete)
	list := localtest.Must(c.ListIngestionJobs(ctx, &bedrockagent.ListIngestionJobsInput{KnowledgeBaseId: &base, DataSourceId: &source, Filters: []types.IngestionJobFilter{{Attribute: "STATUS", Operator: "EQ", Values: []string{"STOPPED"}}}}))(t)
	wantEqual(t, "stopped jobs", len(list.IngestionJobSummaries), 1)
}

// TestS3VectorsBase: chunks are in the index, under its key, until the data source is deleted.
func TestS3VectorsBase(t *testing.T) {
	w := newLibrary(t)
	w.shelve()
	key := *w.key("alias/two")
	w.SetKeyPolicy(account, region, "alias/two", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/knowledge"]},"Action":"kms:*","Resource":"*"},{"Effect":"Allow","Principal":{"Service":"indexing.s3vectors.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*"}]}`)
	w.do("s3vectors", "CreateVectorBucket", map[string]any{"vectorBucketName": "vectors", "encryptionConfiguration": map[string]any{"sseType": "aws:kms", "kmsKeyArn": key}})
	w.do("s3vectors", "CreateIndex", map[string]any{"vectorBucketName": "vectors", "indexName": "index", "dataType": "float32", "dimension": 256, "distanceMetric": "cosine", "metadataConfiguration": map[string]any{"nonFilterableMetadataKeys": []string{"AMAZON_BEDROCK_TEXT", "AMAZON_BEDROCK_METADATA"}}})
	base := w.base("base", func(in *bedrockagent.CreateKnowledgeBaseInput) {
		in.StorageConfiguration = &types.StorageConfiguration{Type: types.KnowledgeBaseStorageTypeS3Vectors, S3VectorsConfiguration: &types.S3VectorsConfiguration{VectorBucketArn: aws.String("arn:aws:s3vectors:eu-west-1:111122223333:bucket/vectors"), IndexName: aws.String("index")}}
	})
	in := sourceInput(base, nil)
	in.DataDeletionPolicy = types.DataDeletionPolicyDelete
	source := w.source(in)
	wantEqual(t, "indexed", w.ingested(base, source).Statistics.NumberOfNewDocumentsIndexed, int64(2))
	stored := func() int {
		return len(w.do("s3vectors", "ListVectors", map[string]any{"vectorBucketName": "vectors", "indexName": "index"}).List("vectors"))
	}
	wantEqual(t, "vectors", stored(), 4)
	wantEqual(t, "found", w.asked(base, "Which patients in Bern?"), []string{"patients in Bern.", "medicine began in March with forty patients in"})

	w.DisableKey(account, region, "alias/two")
	status, code, out := w.send(admin, "POST", "/knowledgebases/"+base+"/retrieve", map[string]any{"retrievalQuery": map[string]any{"text": "Bern"}})
	wantEqual(t, "refusal", []any{status, code, out["message"]}, []any{424, "DependencyFailedException", key + " is disabled."})
	c, ctx := w.as(admin), t.Context()
	localtest.Must(c.DeleteDataSource(ctx, &bedrockagent.DeleteDataSourceInput{KnowledgeBaseId: &base, DataSourceId: &source}))(t)
	got := localtest.Must(c.GetDataSource(ctx, &bedrockagent.GetDataSourceInput{KnowledgeBaseId: &base, DataSourceId: &source}))(t).DataSource
	wantEqual(t, "deletion", []any{got.Status, got.FailureReasons}, []any{types.DataSourceStatusDeleteUnsuccessful, []string{key + " is disabled."}})
	w.EnableKey(account, region, "alias/two")
	localtest.Must(c.DeleteDataSource(ctx, &bedrockagent.DeleteDataSourceInput{KnowledgeBaseId: &base, DataSourceId: &source}))(t)
	wantEqual(t, "vectors", stored(), 0)
}

// TestManagedErasure: what a managed knowledge base stores is read by its grant, and when the
// key is gone it is gone.
func TestManagedErasure(t *testing.T) {
	w := newLibrary(t)
	w.shelve()
	_, _, out := w.send(admin, "PUT", "/knowledgebases/", managedBase("managed", *w.key("alias/one")))
	base := out["knowledgeBase"].(map[string]any)["knowledgeBaseId"].(string)
	source := w.source(sourceInput(base, nil))
	wantEqual(t, "indexed", w.ingested(base, source).Statistics.NumberOfNewDocumentsIndexed, int64(2))
	ask := func() (int, string, map[string]any) {
		return w.send(keyless, "POST", "/knowledgebases/"+base+"/retrieve", map[string]any{"retrievalQuery": map[string]any{"text": "tomatoes"}})
	}
	if status, _, out := ask(); status != 200 || len(out["retrievalResults"].([]any)) != 1 {
		t.Errorf("%d %v", status, out)
	}
	w.DisableKey(account, region, "alias/one")
	status, code, out := ask()
	wantEqual(t, "disabled", []any{status, code, out["message"]}, []any{400, "ValidationException", *w.key("alias/one") + " is disabled."})
	w.EnableKey(account, region, "alias/one")
	w.DeleteKey(account, region, "alias/one")
	status, code, _ = ask()
	wantEqual(t, "gone", []any{status, code}, []any{400, "ValidationException"})
	status, _, out = w.send(admin, "GET", "/knowledgebases/"+base, nil)
	kept, _ := out["knowledgeBase"].(map[string]any)
	wantEqual(t, "still there", []any{status, kept["name"]}, []any{200, "managed"})
	if status, _, out := w.send(admin, "DELETE", "/knowledgebases/"+base, nil); status != 202 {
		t.Errorf("%d %v", status, out)
	}
}

// TestDocuments: documents that a request hands in.
func TestDocuments(t *testing.T) {
	w := newLibrary(t)
	base := w.base("base")
	in := sourceInput(base, nil)
	in.DataSourceConfiguration = &types.DataSourceConfiguration{Type: "CUSTOM"}
	source := w.source(in)
	c, ctx := w.as(admin), t.Context()
	custom := func(id, text string) types.KnowledgeBaseDocument {
		return types.KnowledgeBaseDocument{Content: &types.DocumentContent{DataSourceType: types.ContentDataSourceTypeCustom, Custom: &types.CustomContent{
			CustomDocumentIdentifier: &types.CustomDocumentIdentifier{Id: &id}, SourceType: types.CustomSourceTypeInLine,
			InlineContent: &types.InlineContent{Type: types.InlineContentTypeText, TextContent: &types.TextContentDoc{Data: &text}},
		}}}
	}
	out := localtest.Must(c.IngestKnowledgeBaseDocuments(ctx, &bedrockagent.IngestKnowledgeBaseDocumentsInput{KnowledgeBaseId: &base, DataSourceId: &source, Documents: []types.KnowledgeBaseDocument{custom("a", "Apples are red."), custom("b", "Plums are blue.")}}))(t)
	wantEqual(t, "status", out.DocumentDetails[0].Status, types.DocumentStatusIndexed)
	wantEqual(t, "found", w.asked(base, "blue plums"), []string{"Plums are blue."})
	list := localtest.Must(c.ListKnowledgeBaseDocuments(ctx, &bedrockagent.ListKnowledgeBaseDocumentsInput{KnowledgeBaseId: &base, DataSourceId: &source}))(t).DocumentDetails
	wantEqual(t, "list", []string{*list[0].Identifier.Custom.Id, *list[1].Identifier.Custom.Id}, []string{"a", "b"})
	which := []types.DocumentIdentifier{{DataSourceType: types.ContentDataSourceTypeCustom, Custom: &types.CustomDocumentIdentifier{Id: aws.String("b")}}}
	localtest.Must(c.DeleteKnowledgeBaseDocuments(ctx, &bedrockagent.DeleteKnowledgeBaseDocumentsInput{KnowledgeBaseId: &base, DataSourceId: &source, DocumentIdentifiers: which}))(t)
	got := localtest.Must(c.GetKnowledgeBaseDocuments(ctx, &bedrockagent.GetKnowledgeBaseDocumentsInput{KnowledgeBaseId: &base, DataSourceId: &source, DocumentIdentifiers: which}))(t).DocumentDetails
	wantEqual(t, "status", got[0].Status, types.DocumentStatusNotFound)
	wantEqual(t, "found", w.asked(base, "blue plums"), []string{})
}

// TestSecrets: the service role reads the credentials of the store, under their key.
func TestSecrets(t *testing.T) {
	w := newLibrary(t)
	w.shelve()
	secret := w.do("secretsmanager", "CreateSecret", map[string]any{"Name": "store", "SecretString": "{}", "KmsKeyId": *w.key("alias/one")}).Text("ARN")
	base := w.base("base", func(in *bedrockagent.CreateKnowledgeBaseInput) {
		in.StorageConfiguration = &types.StorageConfiguration{Type: types.KnowledgeBaseStorageTypePinecone, PineconeConfiguration: &types.PineconeConfiguration{
			ConnectionString: aws.String("https://store.pinecone.io"), CredentialsSecretArn: &secret, FieldMapping: &types.PineconeFieldMapping{TextField: aws.String("t"), MetadataField: aws.String("m")},
		}}
	})
	source := w.source(sourceInput(base, nil))
	job := w.ingested(base, source)
	if reason := strings.Join(job.FailureReasons, " "); job.Status != types.IngestionJobStatusFailed || !strings.Contains(reason, "assumed-role/knowledge/bedrock is not authorized to perform: secretsmanager:GetSecretValue") {
		t.Errorf("%s %s", job.Status, reason)
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + baseRole + `"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	w.do("secretsmanager", "PutResourcePolicy", map[string]any{"SecretId": secret, "ResourcePolicy": policy})
	job = w.ingested(base, source)
	if reason := strings.Join(job.FailureReasons, " "); job.Status != types.IngestionJobStatusFailed || !strings.Contains(reason, "KMS") {
		t.Errorf("%s %s", job.Status, reason)
	}
	w.SetKeyPolicy(account, region, "alias/one", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"`+baseRole+`"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"}}}]}`)
	wantEqual(t, "status", w.ingested(base, source).Status, types.IngestionJobStatusComplete)
	wantEqual(t, "found", w.asked(base, "tomatoes"), []string{"# Garden\n\nTomatoes want sun."})
}

// TestKnowledgeBaseRestart: what was ingested is found after a restart.
func TestKnowledgeBaseRestart(t *testing.T) {
	dir := t.TempDir()
	w := &world{localtest.OpenKept(t, dir, library), t}
	w.shelve()
	_, _, out := w.send(admin, "PUT", "/knowledgebases/", managedBase("managed", *w.key("alias/one")))
	base := out["knowledgeBase"].(map[string]any)["knowledgeBaseId"].(string)
	w.ingested(base, w.source(sourceInput(base, nil)))
	w.Close()
	w = &world{localtest.OpenKept(t, dir, ""), t}
	wantEqual(t, "found", w.asked(base, "tomatoes"), []string{"# Garden\n\nTomatoes want sun."})
}
