package agents_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagent/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// collectionsAllowed lets the service role use collections, as far as IAM says.
const collectionsAllowed = `          collections: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "aoss:APIAccessAll", Resource: "arn:aws:aoss:eu-west-1:111122223333:collection/*"}]}
`

func newSearch(t *testing.T) (w *world, collection string) {
	t.Helper()
	const after = "      - name: logging\n"
	w = &world{localtest.Open(t, strings.Replace(library, after, collectionsAllowed+after, 1)), t}
	w.shelve()
	return w, w.do("opensearchserverless", "CreateCollection", map[string]any{
		"name": "search", "type": "VECTORSEARCH", "encryptionConfig": map[string]any{"kmsKeyArn": *w.key("alias/two")},
	}).Text("createCollectionDetail.arn")
}

// let makes a data access policy of the collection.
func (w *world) let(name, principal, permissions string) {
	w.t.Helper()
	w.do("opensearchserverless", "CreateAccessPolicy", map[string]any{"type": "data", "name": name, "policy": `[{"Rules":[{"ResourceType":"index","Resource":["index/search/*"],"Permission":[` + permissions + `]}],"Principal":["` + principal + `"]}]`})
}

func inCollection(collection string) func(*bedrockagent.CreateKnowledgeBaseInput) {
	return func(in *bedrockagent.CreateKnowledgeBaseInput) {
		in.StorageConfiguration = &types.StorageConfiguration{Type: types.KnowledgeBaseStorageTypeOpensearchServerless, OpensearchServerlessConfiguration: &types.OpenSearchServerlessConfiguration{
			CollectionArn: &collection, VectorIndexName: aws.String("chunks"),
			FieldMapping: &types.OpenSearchServerlessFieldMapping{VectorField: aws.String("v"), TextField: aws.String("t"), MetadataField: aws.String("m")},
		}}
	}
}

// TestCollectionBase: the chunks are in the collection, under its key, which its readers need
// no permission for, and are gone with it.
func TestCollectionBase(t *testing.T) {
	w, collection := newSearch(t)
	w.let("all", baseRole, `"aoss:*"`)
	id := collection[strings.LastIndexByte(collection, '/')+1:]
	w.do("opensearchserverless", "CreateIndex", map[string]any{"id": id, "indexName": "chunks", "indexSchema": map[string]any{}})
	base := w.base("base", inCollection(collection))
	in := sourceInput(base, nil)
	in.DataDeletionPolicy = types.DataDeletionPolicyDelete
	source := w.source(in)
	wantEqual(t, "indexed", w.ingested(base, source).Statistics.NumberOfNewDocumentsIndexed, int64(2))
	ask := func() []string { return w.asked(base, "Which patients in Bern?") }
	wantEqual(t, "found", ask(), []string{"patients in Bern.", "medicine began in March with forty patients in"})
	_, _, out := w.send(admin, "POST", "/knowledgebases/"+base+"/retrieve", map[string]any{
		"retrievalQuery":         map[string]any{"text": "Bern tomatoes"},
		"retrievalConfiguration": map[string]any{"vectorSearchConfiguration": map[string]any{"filter": map[string]any{"equals": map[string]any{"key": "year", "value": 2024}}}},
	})
	results := out["retrievalResults"].([]any)
	wantEqual(t, "filtered", len(results), 1)
	wantEqual(t, "metadata", results[0].(map[string]any)["metadata"].(map[string]any)["site"], any("Bern"))

	refuses := func(want string) {
		t.Helper()
		status, code, out := w.send(admin, "POST", "/knowledgebases/"+base+"/retrieve", map[string]any{"retrievalQuery": map[string]any{"text": "Bern"}})
		wantEqual(t, "refusal", []any{status, code, out["message"]}, []any{424, "DependencyFailedException", want})
	}
	w.DisableKey(account, region, "alias/two")
	refuses(*w.key("alias/two") + " is disabled.")
	w.EnableKey(account, region, "alias/two")
	w.do("opensearchserverless", "DeleteAccessPolicy", map[string]any{"type": "data", "name": "all"})
	refuses("Request failed: [security_exception] 403 Forbidden")
	w.let("reader", "arn:aws:sts::111122223333:assumed-role/knowledge/*", `"aoss:DescribeIndex","aoss:ReadDocument"`)
	wantEqual(t, "found", len(ask()), 2)
	w.file("notes/more.md", "More of it.")
	if job := w.ingested(base, source); job.Statistics.NumberOfNewDocumentsIndexed != 0 || !strings.Contains(strings.Join(job.FailureReasons, " "), "Request failed: [security_exception] 403 Forbidden") {
		t.Errorf("%+v %q", job.Statistics, job.FailureReasons)
	}
	w.let("writer", baseRole, `"aoss:WriteDocument"`)
	localtest.Must(w.as(admin).DeleteDataSource(t.Context(), &bedrockagent.DeleteDataSourceInput{KnowledgeBaseId: &base, DataSourceId: &source}))(t)
	wantEqual(t, "found", ask(), []string{})

	in.ClientToken = nil
	w.ingested(base, w.source(in))
	wantEqual(t, "found", len(ask()), 2)
	w.DeleteKey(account, region, "alias/two")
	status, _, out := w.send(admin, "POST", "/knowledgebases/"+base+"/retrieve", map[string]any{"retrievalQuery": map[string]any{"text": "Bern"}})
	if text, _ := out["message"].(string); status != 424 || !strings.Contains(text, "does not exist") {
		t.Errorf("%d %s", status, text)
	}
}

// TestCollectionBaseRefused: a knowledge base is not made over an index that its role cannot
// use. The texts are those of AWS.
func TestCollectionBaseRefused(t *testing.T) {
	w, collection := newSearch(t)
	create := func(text string) {
		t.Helper()
		_, err := w.as(admin).CreateKnowledgeBase(t.Context(), baseInput("base", inCollection(collection)))
		refused(t, err, "ValidationException", "The knowledge base storage configuration provided is invalid... "+text)
	}
	create("Request failed: [security_exception] 403 Forbidden")
	w.let("others", "arn:aws:iam::111122223333:role/other", `"aoss:*"`)
	create("Request failed: [security_exception] 403 Forbidden")
	w.let("all", baseRole, `"aoss:*"`)
	create("Dependency error document status code: 404, error message: no such index [chunks]")
	collection += "x"
	create("The collection " + collection + " does not exist.")
	// Without the permission of IAM the policy of the collection does not count.
	u := newLibrary(t)
	collection = u.do("opensearchserverless", "CreateCollection", map[string]any{"name": "search", "type": "VECTORSEARCH", "encryptionConfig": map[string]any{"aWSOwnedKey": true}}).Text("createCollectionDetail.arn")
	u.let("all", baseRole, `"aoss:*"`)
	u.do("opensearchserverless", "CreateIndex", map[string]any{"id": collection[strings.LastIndexByte(collection, '/')+1:], "indexName": "chunks", "indexSchema": map[string]any{}})
	_, err := u.as(admin).CreateKnowledgeBase(t.Context(), baseInput("base", inCollection(collection)))
	refused(t, err, "ValidationException", "Request failed: [security_exception] 403 Forbidden")
}
