package opensearchserverless_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless/document"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless/types"

	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/local/localtest"
)

func TestCollection(t *testing.T) {
	w := newWorld(t, func(o *local.Options) { o.Settle = time.Minute })
	c, ctx := w.as(admin), t.Context()
	localtest.Must(w.encrypts(admin, "all", "", "collection/*"))(t)
	created := localtest.Must(c.CreateCollection(ctx, &opensearchserverless.CreateCollectionInput{Name: aws.String("store"), Description: aws.String("first"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}}}))(t).CreateCollectionDetail
	id := *created.Id
	now := w.Now().UnixMilli()
	equal(t, "created", *created, types.CreateCollectionDetail{
		Id: &id, Name: aws.String("store"), Description: aws.String("first"), Arn: aws.String("arn:aws:aoss:eu-west-1:111122223333:collection/" + id), KmsKeyArn: aws.String("auto"),
		Status: types.CollectionStatusCreating, Type: types.CollectionTypeTimeseries, StandbyReplicas: types.StandbyReplicasEnabled, DeletionProtection: types.DeletionProtectionDisabled, CreatedDate: &now, LastModifiedDate: &now,
	})
	get := func() *opensearchserverless.BatchGetCollectionOutput {
		return localtest.Must(c.BatchGetCollection(ctx, &opensearchserverless.BatchGetCollectionInput{Ids: []string{id}}))(t)
	}
	equal(t, "status", get().CollectionDetails[0].Status, types.CollectionStatusCreating)
	w.Pass(time.Minute)
	got := get().CollectionDetails[0]
	equal(t, "status", got.Status, types.CollectionStatusActive)
	equal(t, "endpoint", *got.CollectionEndpoint, "https://"+id+".eu-west-1.aoss.amazonaws.com")

	updated := localtest.Must(c.UpdateCollection(ctx, &opensearchserverless.UpdateCollectionInput{Id: &id, Description: aws.String("second"), DeletionProtection: types.DeletionProtectionEnabled}))(t).UpdateCollectionDetail
	equal(t, "description", *updated.Description, "second")
	_, err := c.DeleteCollection(ctx, &opensearchserverless.DeleteCollectionInput{Id: &id})
	refused(t, err, "ConflictException", "Collection with ID "+id+" has deletion protection enabled.")
	localtest.Must(c.UpdateCollection(ctx, &opensearchserverless.UpdateCollectionInput{Id: &id, DeletionProtection: types.DeletionProtectionDisabled}))(t)
	equal(t, "what the update left out", *get().CollectionDetails[0].Description, "second")

	list := localtest.Must(c.ListCollections(ctx, &opensearchserverless.ListCollectionsInput{CollectionFilters: &types.CollectionFilters{Name: aws.String("store")}}))(t).CollectionSummaries
	equal(t, "list", []string{*list[0].Id, *list[0].KmsKeyArn}, []string{id, "auto"})
	none := localtest.Must(c.ListCollections(ctx, &opensearchserverless.ListCollectionsInput{CollectionFilters: &types.CollectionFilters{Name: aws.String("other")}}))(t).CollectionSummaries
	equal(t, "none", len(none), 0)

	arn := created.Arn
	localtest.Must(c.TagResource(ctx, &opensearchserverless.TagResourceInput{ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("more"), Value: aws.String("b")}}}))(t)
	localtest.Must(c.UntagResource(ctx, &opensearchserverless.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"team"}}))(t)
	equal(t, "tags", localtest.Must(c.ListTagsForResource(ctx, &opensearchserverless.ListTagsForResourceInput{ResourceArn: arn}))(t).Tags, []types.Tag{{Key: aws.String("more"), Value: aws.String("b")}})

	deleted := localtest.Must(c.DeleteCollection(ctx, &opensearchserverless.DeleteCollectionInput{Id: &id}))(t).DeleteCollectionDetail
	equal(t, "status", deleted.Status, types.CollectionStatusDeleting)
	w.Pass(time.Minute)
	out := get()
	equal(t, "gone", []any{len(out.CollectionDetails), *out.CollectionErrorDetails[0].Id, *out.CollectionErrorDetails[0].ErrorCode}, []any{0, id, "NOT_FOUND"})
	_, err = c.DeleteCollection(ctx, &opensearchserverless.DeleteCollectionInput{Id: &id})
	refused(t, err, "ResourceNotFoundException", "Collection with ID "+id+" cannot be found.")
}

// TestPrecedence: the key is that of the request, else of the policy that matches best when
// the collection is made.
func TestPrecedence(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	one, two := w.key("alias/one"), w.key("alias/two")
	_, err := c.CreateCollection(ctx, &opensearchserverless.CreateCollectionInput{Name: aws.String("logs")})
	refused(t, err, "ValidationException", "No matching security policy of encryption type found for collection name: logs. Please create security policy of encryption type for this collection.")
	localtest.Must(w.encrypts(admin, "owned", "", "collection/lo*"))(t)
	localtest.Must(w.encrypts(admin, "first", one, "collection/log*", "collection/exact"))(t)
	second := localtest.Must(w.encrypts(admin, "second", two, "collection/logs"))(t)
	for name, key := range map[string]string{"love": "auto", "logging": one, "logs": two, "exact": one} {
		equal(t, name, *w.collection(name).KmsKeyArn, key)
	}
	own := localtest.Must(c.CreateCollection(ctx, &opensearchserverless.CreateCollectionInput{Name: aws.String("logs2"), EncryptionConfig: &types.EncryptionConfig{AWSOwnedKey: aws.Bool(true)}}))(t)
	equal(t, "in the request", *own.CreateCollectionDetail.KmsKeyArn, "auto")
	_, err = c.CreateCollection(ctx, &opensearchserverless.CreateCollectionInput{Name: aws.String("logs3"), EncryptionConfig: &types.EncryptionConfig{AWSOwnedKey: aws.Bool(true), KmsKeyArn: &one}})
	refused(t, err, "ValidationException", "Specify either a KMS key or an AWS owned key in encryptionConfig.")
	_, err = c.CreateCollection(ctx, &opensearchserverless.CreateCollectionInput{Name: aws.String("logs")})
	refused(t, err, "ConflictException", "Collection with name logs already exists")

	text := `{"Rules":[{"ResourceType":"collection","Resource":["collection/logs"]}],"KmsARN":"` + one + `"}`
	localtest.Must(c.UpdateSecurityPolicy(ctx, &opensearchserverless.UpdateSecurityPolicyInput{Name: second.Name, Type: second.Type, PolicyVersion: second.PolicyVersion, Policy: &text}))(t)
	got := localtest.Must(c.BatchGetCollection(ctx, &opensearchserverless.BatchGetCollectionInput{Names: []string{"logs"}}))(t).CollectionDetails
	equal(t, "after the policy changed", *got[0].KmsKeyArn, two)
}

func TestSecurityPolicy(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	created := localtest.Must(w.encrypts(admin, "first", "", "collection/logs*"))(t)
	var policy map[string]any
	if err := created.Policy.UnmarshalSmithyDocument(&policy); err != nil {
		t.Fatal(err)
	}
	equal(t, "policy", policy["AWSOwnedKey"], true)
	_, err := w.encrypts(admin, "first", "", "collection/other")
	refused(t, err, "ConflictException", "Policy with name first and type encryption already exists")

	network := `[{"Rules":[{"ResourceType":"collection","Resource":["collection/logs"]}],"AllowFromPublic":true}]`
	localtest.Must(c.CreateSecurityPolicy(ctx, &opensearchserverless.CreateSecurityPolicyInput{Name: aws.String("first"), Type: types.SecurityPolicyTypeNetwork, Policy: &network, Description: aws.String("open")}))(t)
	for _, text := range []string{`{"Rules":[]}`, `{"Rules":[{"ResourceType":"index","Resource":["index/a/b"]}],"AWSOwnedKey":true}`, `{"AWSOwnedKey":true,"Rule":1}`, `[]`, `no`} {
		_, err := c.CreateSecurityPolicy(ctx, &opensearchserverless.CreateSecurityPolicyInput{Name: aws.String("bad"), Type: types.SecurityPolicyTypeEncryption, Policy: &text})
		refused(t, err, "ValidationException", "Policy json is invalid, error: ")
	}

	list := func(resource ...string) (names []string) {
		for _, s := range localtest.Must(c.ListSecurityPolicies(ctx, &opensearchserverless.ListSecurityPoliciesInput{Type: types.SecurityPolicyTypeEncryption, Resource: resource}))(t).SecurityPolicySummaries {
			names = append(names, *s.Name)
		}
		return names
	}
	localtest.Must(w.encrypts(admin, "second", "", "collection/other"))(t)
	equal(t, "all", list(), []string{"first", "second"})
	equal(t, "for a collection", list("collection/logs-of-today"), []string{"first"})

	update := &opensearchserverless.UpdateSecurityPolicyInput{Name: created.Name, Type: created.Type, PolicyVersion: created.PolicyVersion, Description: aws.String("new")}
	updated := localtest.Must(c.UpdateSecurityPolicy(ctx, update))(t).SecurityPolicyDetail
	equal(t, "description", *updated.Description, "new")
	update.ClientToken = nil
	_, err = c.UpdateSecurityPolicy(ctx, update)
	refused(t, err, "ValidationException", "Policy version specified in the request refers to an older version and policy has since changed")
	update.ClientToken, update.PolicyVersion = nil, updated.PolicyVersion
	_, err = c.UpdateSecurityPolicy(ctx, update)
	refused(t, err, "ValidationException", "No changes detected in policy or policy description")
	text := `{"Rules":[{"ResourceType":"collection","Resource":["collection/logs"]}],"AWSOwnedKey":true}`
	update.ClientToken, update.Description, update.Policy = nil, nil, &text
	updated = localtest.Must(c.UpdateSecurityPolicy(ctx, update))(t).SecurityPolicyDetail
	equal(t, "description that is left out", updated.Description, (*string)(nil))

	localtest.Must(c.DeleteSecurityPolicy(ctx, &opensearchserverless.DeleteSecurityPolicyInput{Name: created.Name, Type: created.Type}))(t)
	_, err = c.GetSecurityPolicy(ctx, &opensearchserverless.GetSecurityPolicyInput{Name: created.Name, Type: created.Type})
	refused(t, err, "ResourceNotFoundException", "Policy with name first and type encryption is not found")
	still := localtest.Must(c.GetSecurityPolicy(ctx, &opensearchserverless.GetSecurityPolicyInput{Name: created.Name, Type: types.SecurityPolicyTypeNetwork}))(t)
	equal(t, "of the other type", *still.SecurityPolicyDetail.Description, "open")
}

func TestAccessPolicy(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	text := `[{"Rules":[{"ResourceType":"index","Resource":["index/logs/*"],"Permission":["aoss:ReadDocument"]}],"Principal":["arn:aws:iam::111122223333:user/admin"]}]`
	created := localtest.Must(c.CreateAccessPolicy(ctx, &opensearchserverless.CreateAccessPolicyInput{Name: aws.String("readers"), Type: types.AccessPolicyTypeData, Policy: &text}))(t).AccessPolicyDetail
	equal(t, "version", len(*created.PolicyVersion) >= 20, true)
	got := localtest.Must(c.GetAccessPolicy(ctx, &opensearchserverless.GetAccessPolicyInput{Name: aws.String("readers"), Type: types.AccessPolicyTypeData}))(t).AccessPolicyDetail
	var policy any
	if err := got.Policy.UnmarshalSmithyDocument(&policy); err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	equal(t, "policy", policy, want)
	bad := `[{"Rules":[{"ResourceType":"index","Resource":["index/logs/*"]}],"Principal":["a"]}]`
	_, err := c.CreateAccessPolicy(ctx, &opensearchserverless.CreateAccessPolicyInput{Name: aws.String("bad"), Type: types.AccessPolicyTypeData, Policy: &bad})
	refused(t, err, "ValidationException", "Policy json is invalid, error: a rule must name resources, and permissions in data access policies only")
}

// TestConditionKey: the collections that a policy names are a condition key.
func TestConditionKey(t *testing.T) {
	w := newWorld(t)
	localtest.Must(w.encrypts(logger, "logs", "", "collection/logs"))(t)
	_, err := w.encrypts(logger, "other", "", "collection/logs", "collection/other")
	refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/logger is not authorized to perform: aoss:CreateSecurityPolicy on resource: *")
}

// TestKeys: the creator needs the key, the service gets a grant, and readers need nothing.
func TestKeys(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	_, err := w.encrypts(keyless, "first", w.key("alias/one"), "collection/*")
	refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/keyless is not authorized to perform: kms:DescribeKey")
	localtest.Must(w.encrypts(admin, "first", w.key("alias/one"), "collection/*"))(t)
	equal(t, "grants of the policy", w.grants("alias/one"), 1)
	_, err = w.as(keyless).CreateCollection(ctx, &opensearchserverless.CreateCollectionInput{Name: aws.String("store")})
	refused(t, err, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/keyless is not authorized to perform: kms:DescribeKey")
	id := w.collection("store").Id
	equal(t, "grants", w.grants("alias/one"), 2)

	schema := map[string]any{"settings": map[string]any{"index.knn": true}}
	localtest.Must(c.CreateIndex(ctx, &opensearchserverless.CreateIndexInput{Id: id, IndexName: aws.String("docs"), IndexSchema: document.NewLazyDocument(schema)}))(t)
	read := func() (map[string]any, error) {
		out, err := w.as(keyless).GetIndex(ctx, &opensearchserverless.GetIndexInput{Id: id, IndexName: aws.String("docs")})
		if err != nil {
			return nil, err
		}
		var got map[string]any
		return got, out.IndexSchema.UnmarshalSmithyDocument(&got)
	}
	equal(t, "schema", localtest.Must(read())(t), schema)
	_, err = c.CreateIndex(ctx, &opensearchserverless.CreateIndexInput{Id: id, IndexName: aws.String("docs")})
	refused(t, err, "ConflictException", "Index docs already exists.")
	w.DisableKey(account, region, "alias/one")
	_, err = read()
	refused(t, err, "ValidationException", w.key("alias/one")+" is disabled.")
	_, err = c.CreateCollection(ctx, &opensearchserverless.CreateCollectionInput{Name: aws.String("more")})
	refused(t, err, "ValidationException", w.key("alias/one"))
	w.EnableKey(account, region, "alias/one")
	schema = map[string]any{"settings": map[string]any{}}
	localtest.Must(c.UpdateIndex(ctx, &opensearchserverless.UpdateIndexInput{Id: id, IndexName: aws.String("docs"), IndexSchema: document.NewLazyDocument(schema)}))(t)
	equal(t, "schema", localtest.Must(read())(t), schema)

	localtest.Must(c.DeleteSecurityPolicy(ctx, &opensearchserverless.DeleteSecurityPolicyInput{Name: aws.String("first"), Type: types.SecurityPolicyTypeEncryption}))(t)
	equal(t, "grants", w.grants("alias/one"), 1)
	localtest.Must(c.DeleteCollection(ctx, &opensearchserverless.DeleteCollectionInput{Id: id}))(t)
	equal(t, "grants", w.grants("alias/one"), 0)
}

// TestErasure: when the key is gone, so are the schemas; the collection is still listed, and
// can be deleted.
func TestErasure(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.as(admin), t.Context()
	key := w.key("alias/one")
	localtest.Must(w.encrypts(admin, "first", key, "collection/*"))(t)
	id := w.collection("store").Id
	localtest.Must(c.CreateIndex(ctx, &opensearchserverless.CreateIndexInput{Id: id, IndexName: aws.String("docs"), IndexSchema: document.NewLazyDocument(map[string]any{})}))(t)
	w.DeleteKey(account, region, "alias/one")
	_, err := c.GetIndex(ctx, &opensearchserverless.GetIndexInput{Id: id, IndexName: aws.String("docs")})
	refused(t, err, "ValidationException", "Key '"+key+"' does not exist")
	equal(t, "key", *localtest.Must(c.ListCollections(ctx, &opensearchserverless.ListCollectionsInput{}))(t).CollectionSummaries[0].KmsKeyArn, key)
	localtest.Must(c.DeleteCollection(ctx, &opensearchserverless.DeleteCollectionInput{Id: id}))(t)
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	w := &world{localtest.OpenKept(t, dir, estate), t}
	localtest.Must(w.encrypts(admin, "first", w.key("alias/one"), "collection/*"))(t)
	id := w.collection("store").Id
	schema := map[string]any{"settings": map[string]any{"index.knn": true}}
	localtest.Must(w.as(admin).CreateIndex(t.Context(), &opensearchserverless.CreateIndexInput{Id: id, IndexName: aws.String("docs"), IndexSchema: document.NewLazyDocument(schema)}))(t)
	w.Close()
	w = &world{localtest.OpenKept(t, dir, ""), t}
	out := localtest.Must(w.as(admin).GetIndex(t.Context(), &opensearchserverless.GetIndexInput{Id: id, IndexName: aws.String("docs")}))(t)
	var got map[string]any
	if err := out.IndexSchema.UnmarshalSmithyDocument(&got); err != nil {
		t.Fatal(err)
	}
	equal(t, "schema", got, schema)
}
