package agents

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// configurations are the members with the configuration of each type of knowledge base, of
// storage and of data source; empty: the type has none.
var (
	baseConfigurations = map[string]string{
		"VECTOR": "vectorKnowledgeBaseConfiguration", "MANAGED": "managedKnowledgeBaseConfiguration",
		"KENDRA": "kendraKnowledgeBaseConfiguration", "SQL": "sqlKnowledgeBaseConfiguration",
	}
	storageConfigurations = map[string]string{
		openSearch: "opensearchServerlessConfiguration", "OPENSEARCH_MANAGED_CLUSTER": "opensearchManagedClusterConfiguration",
		"PINECONE": "pineconeConfiguration", "REDIS_ENTERPRISE_CLOUD": "redisEnterpriseCloudConfiguration", "RDS": "rdsConfiguration",
		"MONGO_DB_ATLAS": "mongoDbAtlasConfiguration", "NEPTUNE_ANALYTICS": "neptuneAnalyticsConfiguration", s3Vectors: "s3VectorsConfiguration",
	}
	sourceConfigurations = map[string]string{
		"S3": "s3Configuration", "WEB": "webConfiguration", "CONFLUENCE": "confluenceConfiguration", "SALESFORCE": "salesforceConfiguration",
		"SHAREPOINT": "sharePointConfiguration", "CUSTOM": "", "REDSHIFT_METADATA": "", "MANAGED_KNOWLEDGE_BASE_CONNECTOR": "managedKnowledgeBaseConnectorConfiguration",
	}
)

// The types of storage that the plane has.
const (
	s3Vectors  = "S3_VECTORS"
	openSearch = "OPENSEARCH_SERVERLESS"
)

// fits refuses a configuration that is not that of its type. Unconfirmed: the text.
func fits(r *emulate.Request, name string, configuration wire.Object, members map[string]string) error {
	typ := configuration.Text("type")
	member := members[typ]
	if member != "" && !configuration.Has(member) {
		return r.Fail(invalid, "The %s of the type %s must have the member %s.", name, typ, member)
	}
	for other := range configuration {
		if other != "type" && other != member {
			return r.Fail(invalid, "The %s of the type %s can't have the member %s.", name, typ, other)
		}
	}
	return nil
}

// checkBase checks what the input of a knowledge base means, and whether its role can be used.
func checkBase(ctx context.Context, r *emulate.Request, base *records.Record) error {
	configuration, storage := r.In.Object("knowledgeBaseConfiguration"), r.In.Object("storageConfiguration")
	if err := fits(r, "knowledgeBaseConfiguration", configuration, baseConfigurations); err != nil {
		return err
	}
	if stored := configuration.Text("type") == "VECTOR"; stored != (storage != nil) {
		return r.Fail(invalid, "A storageConfiguration is what a knowledge base of the type VECTOR has, and no other.") // unconfirmed text
	}
	if storage != nil {
		if err := fits(r, "storageConfiguration", storage, storageConfigurations); err != nil {
			return err
		}
	}
	role := r.In.Text("roleArn")
	if err := passRole(ctx, r, role); err != nil {
		return err
	}
	who, err := asRole(ctx, r, role, base.Doc.Text("knowledgeBaseArn"))
	if typ := storage.Text("type"); err != nil || typ != s3Vectors && typ != openSearch {
		return err
	}
	// The beginning of the text is reported by many, what follows is the store's refusal.
	if _, err := outerStore(ctx, r, who, storage); err != nil {
		return r.Fail(invalid, "The knowledge base storage configuration provided is invalid... %s", reasonOf(err))
	}
	return nil
}

// same says whether two values are the same.
func same(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	var v, w any
	if errA != nil || errB != nil || json.Unmarshal(x, &v) != nil || json.Unmarshal(y, &w) != nil {
		return false
	}
	return reflect.DeepEqual(v, w)
}

// reasonOf is the text of a refusal for people.
func reasonOf(err error) string {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return refused.Message
	}
	var kms *behalf.Error
	if errors.As(err, &kms) {
		return kms.Message
	}
	return err.Error()
}

// gone says whether KMS refused because of the state of the key, not because of a policy.
func gone(err error) bool {
	var refused *behalf.Error
	return errors.As(err, &refused) && !refused.Denied()
}
