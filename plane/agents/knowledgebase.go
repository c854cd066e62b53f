package agents

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/policy/authz"
)

// knowledgeBases are the operations of knowledge bases and of what belongs to them. All are
// authorized against the knowledge base.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
func knowledgeBases() operations {
	return operations{
		"CreateKnowledgeBase": {Do: createBase},
		"GetKnowledgeBase":    {Resource: baseARN, Do: getBase},
		"ListKnowledgeBases":  {Do: listBases},
		"UpdateKnowledgeBase": {Resource: baseARN, Do: updateBase},
		"DeleteKnowledgeBase": {Resource: baseARN, Do: deleteBase},

		"CreateDataSource": {Resource: baseARN, Do: createSource},
		"GetDataSource":    {Resource: baseARN, Do: getSource},
		"ListDataSources":  {Resource: baseARN, Do: listSources},
		"UpdateDataSource": {Resource: baseARN, Do: updateSource},
		"DeleteDataSource": {Resource: baseARN, Do: deleteSource},

		"StartIngestionJob": {Resource: baseARN, Do: startJob},
		"GetIngestionJob":   {Resource: baseARN, Do: getJob},
		"ListIngestionJobs": {Resource: baseARN, Do: listJobs},
		"StopIngestionJob":  {Resource: baseARN, Do: stopJob},

		"IngestKnowledgeBaseDocuments": {Resource: baseARN, Do: ingestDocuments},
		"GetKnowledgeBaseDocuments":    {Resource: baseARN, Do: getDocuments},
		"ListKnowledgeBaseDocuments":   {Resource: baseARN, Do: listDocuments},
		"DeleteKnowledgeBaseDocuments": {Resource: baseARN, Do: deleteDocuments},
	}
}

// Quotas. Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const (
	mostBases   = 100
	mostSources = 5
)

// managed is the slot of a knowledge base that Bedrock stores by itself, and the name of what
// is sealed under its key. Other knowledge bases have the same content under the plane's key.
const managed = "managed"

// service is the principal of the API.
const service = "bedrock.amazonaws.com"

func baseARN(r *emulate.Request) (string, error) {
	return arnOfBase(r, r.In.Text("knowledgeBaseId")), nil
}

func arnOfBase(r *emulate.Request, id string) string {
	return r.ARNOf("bedrock", "knowledge-base/"+id)
}

// baseKey names the record of a knowledge base, for both APIs.
func baseKey(r *emulate.Request, id string) records.Key {
	return records.Key{Service: control, Kind: kindKnowledgeBase, Account: r.Account, Region: r.Region, ID: id}
}

// findBase returns the knowledge base that the input names.
func findBase(r *emulate.Request) (*records.Record, error) {
	if rec := r.Service.Records.Get(baseKey(r, r.In.Text("knowledgeBaseId"))); rec != nil {
		return rec, nil
	}
	return nil, missing(r)
}

// readyBase is [findBase] of one that is not being made, changed or deleted. Unconfirmed: the
// text.
func readyBase(r *emulate.Request) (*records.Record, error) {
	base, err := findBase(r)
	if err != nil {
		return nil, err
	}
	if status := base.Doc.Text("status"); status != "ACTIVE" {
		return nil, r.Fail(conflict, "The knowledge base %s is in the status %s. Retry your request when it is ACTIVE.", base.ID, status)
	}
	return base, nil
}

// baseSubject is what a knowledge base stores, for its key.
func baseSubject(r *emulate.Request, base *records.Record) *behalf.Subject {
	s := r.Subject("AWS::Bedrock::KnowledgeBase", managed, base.Doc.Text("knowledgeBaseArn"))
	s.ID, s.Name = base.ID, base.Doc.Text("name")
	s.Roles = map[string]string{"service": base.Doc.Text("roleArn")}
	return s
}

// errRole: the text is that of AWS, which many report, such as
// https://github.com/aws-samples/sample-aicc-builder-for-amazon-connect-ai-agent/pull/15.
const errRole = "Bedrock Knowledge Base was unable to assume the given role. Provide the proper permissions and retry the request."

// asRole is the service role of a knowledge base.
func asRole(ctx context.Context, r *emulate.Request, role, baseARN string) (*plane.Caller, error) {
	with := authz.Context{"aws:sourceaccount": {Values: []string{r.Account}}, "aws:sourcearn": {Values: []string{baseARN}}}
	who, err := r.Service.Sessions.ServiceSession(ctx, service, role, "bedrock", with)
	if err != nil {
		return nil, r.Fail(invalid, errRole)
	}
	return who, nil
}

// baseKMSKey is the key of a configuration; empty: none is named.
func baseKMSKey(configuration wire.Object) string {
	return configuration.Text("managedKnowledgeBaseConfiguration.serverSideEncryptionConfiguration.kmsKeyArn")
}

func createBase(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	id := r.Service.ID(emulate.UpperDigits, 10)
	base := &records.Record{Key: baseKey(r, id), Doc: r.In.Pick("name", "description", "roleArn", "knowledgeBaseConfiguration", "storageConfiguration")}
	base.Doc = base.Doc.With(wire.Object{"knowledgeBaseId": id, "knowledgeBaseArn": arnOfBase(r, id), "status": "CREATING"})
	if err := checkBase(ctx, r, base); err != nil {
		return nil, err
	}
	key := baseKMSKey(r.In.Object("knowledgeBaseConfiguration"))
	sealed, err := r.SealObject(ctx, baseSubject(r, base), key, "create", wire.Object{})
	if err != nil {
		return nil, err
	}
	base.Sealed = map[string]*records.Sealed{managed: sealed}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		all := tx.List(control, kindKnowledgeBase, r.Account, r.Region)
		if err := full(r, "knowledge bases per account", len(all), mostBases); err != nil {
			return err
		}
		if err := baseNameFree(r, all, ""); err != nil {
			return err
		}
		tx.Put(becomes(r, base, wire.Object{"status": "ACTIVE"}))
		emulate.PutTags(tx, base.Doc.Text("knowledgeBaseArn"), r.TagsIn("tags"))
		return nil
	})
	if err != nil {
		_ = r.Service.Keys.Retire(ctx, r.Call, baseSubject(r, base), sealed) // what was not made needs no grant
		return nil, err
	}
	return wire.Object{"knowledgeBase": dated(base)}, nil
}

// baseNameFree refuses a name that another knowledge base has. The text is reported by
// https://github.com/Boise-State-Development/agentcore-public-stack/pull/898.
func baseNameFree(r *emulate.Request, all []*records.Record, but string) error {
	for _, other := range all {
		if other.ID != but && other.Doc.Text("name") == r.In.Text("name") {
			return r.Fail(conflict, "KnowledgeBase with name %s already exists.", r.In.Text("name"))
		}
	}
	return nil
}

func getBase(_ context.Context, r *emulate.Request) (wire.Object, error) {
	base, err := findBase(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"knowledgeBase": dated(base)}, nil
}

func listBases(_ context.Context, r *emulate.Request) (wire.Object, error) {
	all := []wire.Object{}
	for _, base := range r.List(kindKnowledgeBase) {
		all = append(all, dated(base).Pick("knowledgeBaseId", "name", "description", "status", "updatedAt"))
	}
	return r.Page(all, mostListed, invalid)
}

// mostListed entries are on a page of the lists of knowledge bases, whose answers have no
// bound in the model. Source: the bound of maxResults there.
const mostListed = 1000

// updateBase replaces name, description, role and metadata; what is left out is gone. The
// configurations cannot change and must be repeated.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateKnowledgeBase.html
func updateBase(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	before, err := readyBase(r)
	if err != nil {
		return nil, err
	}
	for _, member := range []string{"knowledgeBaseConfiguration", "storageConfiguration"} {
		if !same(before.Doc[member], r.In[member]) {
			return nil, r.Fail(invalid, "The %s of a knowledge base can't be changed. Specify the same configuration as when you created it.", member) // unconfirmed text
		}
	}
	if err := passRole(ctx, r, r.In.Text("roleArn")); err != nil {
		return nil, err
	}
	if _, err := asRole(ctx, r, r.In.Text("roleArn"), before.Doc.Text("knowledgeBaseArn")); err != nil {
		return nil, err
	}
	var base *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, before); err != nil {
			return err
		}
		if err := baseNameFree(r, tx.List(control, kindKnowledgeBase, r.Account, r.Region), before.ID); err != nil {
			return err
		}
		set := wire.Object{"status": "UPDATING"}
		for _, member := range []string{"name", "description", "roleArn", "metadataConfigurations"} {
			set[member] = r.In[member]
		}
		base = becomes(r, before.Change(tx.Now(), set), wire.Object{"status": "ACTIVE"})
		tx.Put(base)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"knowledgeBase": dated(base)}, nil
}

// deleteBase deletes a knowledge base with its data sources. What they stored goes by the
// policy of each; a store that cannot be reached keeps the knowledge base, as on AWS.
func deleteBase(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	base, err := findBase(r)
	if err != nil {
		return nil, err
	}
	answer := wire.Object{"knowledgeBaseId": base.ID, "status": "DELETING"}
	sources := sourcesOf(r.List(kindDataSource), base.ID)
	for _, source := range sources {
		if reason := forget(ctx, r, base, source); reason != "" {
			return answer, failDeletion(ctx, r, base.Key, reason)
		}
	}
	if err := r.Service.Keys.Retire(ctx, r.Call, baseSubject(r, base), base.Sealed[managed]); err != nil && !gone(err) {
		return nil, err
	}
	return answer, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(base.Key)
		if now == nil {
			return missing(r)
		}
		for _, source := range sources {
			dropSource(tx, r, base, source)
			if tx.Get(source.Key) != nil {
				tx.Delete(source.Key)
			}
		}
		emulate.PutTags(tx, base.Doc.Text("knowledgeBaseArn"), nil)
		if k := policyKey(base.Doc.Text("knowledgeBaseArn")); tx.Get(k) != nil {
			tx.Delete(k)
		}
		vanish(tx, r, now, wire.Object{"status": "DELETING"})
		return nil
	})
}

// failDeletion says why a knowledge base or a data source is still there.
func failDeletion(ctx context.Context, r *emulate.Request, k records.Key, reason string) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(k)
		if now == nil {
			return missing(r)
		}
		next := now.Change(tx.Now(), wire.Object{"status": "DELETING"})
		tx.Put(becomes(r, next, wire.Object{"status": "DELETE_UNSUCCESSFUL", "failureReasons": []any{reason}}))
		return nil
	})
}
