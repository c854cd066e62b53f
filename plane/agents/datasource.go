package agents

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const kindDataSource = "data-source"

// sourceMembers are those that an update replaces.
var sourceMembers = []string{
	"name", "description", "dataSourceConfiguration", "dataDeletionPolicy", "serverSideEncryptionConfiguration", "vectorIngestionConfiguration",
}

// retain keeps what a data source stored when it is deleted; the default is to delete it.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_CreateDataSource.html
const retain = "RETAIN"

// findSource returns the data source that the input names, with its knowledge base.
func findSource(r *emulate.Request) (base, source *records.Record, err error) {
	if base, err = findBase(r); err != nil {
		return nil, nil, err
	}
	if source = r.Service.Records.Get(r.Key(kindDataSource, base.ID+"/"+r.In.Text("dataSourceId"))); source == nil {
		return nil, nil, missing(r)
	}
	return base, source, nil
}

// sourcesOf are the data sources of a knowledge base.
func sourcesOf(all []*records.Record, base string) []*records.Record {
	var out []*records.Record
	for _, source := range all {
		if source.Doc.Text("knowledgeBaseId") == base {
			out = append(out, source)
		}
	}
	return out
}

// sourceKMSKey is the key for what ingestion holds for a while; empty: none is named.
func sourceKMSKey(source wire.Object) string {
	return source.Text("serverSideEncryptionConfiguration.kmsKeyArn")
}

// sourceSubject is what an ingestion of a data source holds for a while. Its ARN is that of
// the knowledge base, because a data source has none.
func sourceSubject(r *emulate.Request, base *records.Record) *behalf.Subject {
	s := r.Subject("AWS::Bedrock::DataSource", "transient-data", base.Doc.Text("knowledgeBaseArn"))
	s.ID, s.Roles = base.ID, map[string]string{"knowledge-base": base.Doc.Text("roleArn")}
	return s
}

// checkSource checks what the input of a data source means, and whether the caller can use its
// key, which is what the permissions of CloudFormation's handlers say.
func checkSource(ctx context.Context, r *emulate.Request, base *records.Record) error {
	if err := fits(r, "dataSourceConfiguration", r.In.Object("dataSourceConfiguration"), sourceConfigurations); err != nil {
		return err
	}
	return r.Service.Keys.Meet(ctx, r.Call, sourceSubject(r, base), sourceKMSKey(r.In), nil, "create")
}

func createSource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	base, err := readyBase(r)
	if err != nil {
		return nil, err
	}
	if err := checkSource(ctx, r, base); err != nil {
		return nil, err
	}
	id := r.Service.ID(emulate.UpperDigits, 10)
	source := &records.Record{Key: r.Key(kindDataSource, base.ID+"/"+id), Doc: sourceDoc(r)}
	source.Doc["knowledgeBaseId"], source.Doc["dataSourceId"], source.Doc["status"] = base.ID, id, "AVAILABLE"
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(base.Key) == nil {
			return missing(r)
		}
		all := sourcesOf(tx.List(control, kindDataSource, r.Account, r.Region), base.ID)
		if err := full(r, "data sources per knowledge base", len(all), mostSources); err != nil {
			return err
		}
		if err := sourceNameFree(r, all, ""); err != nil {
			return err
		}
		tx.Put(source)
		return nil
	})
	return wire.Object{"dataSource": dated(source)}, err
}

// sourceDoc are the members in the input, with the default of the deletion policy.
func sourceDoc(r *emulate.Request) wire.Object {
	return wire.Object{"dataDeletionPolicy": "DELETE"}.With(r.In.Pick(sourceMembers...))
}

// sourceNameFree refuses a name that another data source has. Unconfirmed: the text.
func sourceNameFree(r *emulate.Request, all []*records.Record, but string) error {
	for _, other := range all {
		if other.ID != but && other.Doc.Text("name") == r.In.Text("name") {
			return r.Fail(conflict, "DataSource with name %s already exists.", r.In.Text("name"))
		}
	}
	return nil
}

func getSource(_ context.Context, r *emulate.Request) (wire.Object, error) {
	_, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"dataSource": dated(source)}, nil
}

func listSources(_ context.Context, r *emulate.Request) (wire.Object, error) {
	base, err := findBase(r)
	if err != nil {
		return nil, err
	}
	all := []wire.Object{}
	for _, source := range sourcesOf(r.List(kindDataSource), base.ID) {
		all = append(all, dated(source).Pick("knowledgeBaseId", "dataSourceId", "name", "description", "status", "updatedAt"))
	}
	return r.Page(all, mostListed, invalid)
}

// updateSource replaces a data source: what is left out is gone, the key too, and the deletion
// policy is DELETE again. Its type and how it is cut and parsed must stay.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_UpdateDataSource.html
func updateSource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	base, before, err := findSource(r)
	if err != nil {
		return nil, err
	}
	for _, path := range []string{"dataSourceConfiguration.type", "vectorIngestionConfiguration.chunkingConfiguration", "vectorIngestionConfiguration.parsingConfiguration"} {
		if !same(before.Doc.At(path), r.In.At(path)) {
			return nil, r.Fail(invalid, "The %s of a data source can't be changed. Specify the existing one.", path) // unconfirmed text
		}
	}
	if err := checkSource(ctx, r, base); err != nil {
		return nil, err
	}
	var source *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unchanged(tx, r, before); err != nil {
			return err
		}
		if err := sourceNameFree(r, sourcesOf(tx.List(control, kindDataSource, r.Account, r.Region), base.ID), before.ID); err != nil {
			return err
		}
		set := wire.Object{"failureReasons": nil, "status": "AVAILABLE"}
		for _, member := range sourceMembers {
			set[member] = nil
		}
		source = before.Change(tx.Now(), set.With(sourceDoc(r)))
		tx.Put(source)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"dataSource": dated(source)}, nil
}

func deleteSource(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	base, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	if err := noneRunning(r, r.List(jobKind(source))); err != nil {
		return nil, err
	}
	answer := source.Doc.Pick("knowledgeBaseId", "dataSourceId").With(wire.Object{"status": "DELETING"})
	if reason := forget(ctx, r, base, source); reason != "" {
		return answer, failDeletion(ctx, r, source.Key, reason)
	}
	return answer, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(source.Key)
		if now == nil {
			return missing(r)
		}
		dropSource(tx, r, base, source)
		vanish(tx, r, now, wire.Object{"status": "DELETING"})
		return nil
	})
}

// forget takes what a data source stored out of the store, unless its policy is to retain it.
// It returns why it cannot.
func forget(ctx context.Context, r *emulate.Request, base, source *records.Record) string {
	documents := documentsOf(r, base, source.Doc.Text("dataSourceId"))
	if source.Doc.Text("dataDeletionPolicy") == retain || len(documents) == 0 {
		return ""
	}
	s, err := storeOf(ctx, r, base)
	if err != nil {
		return reasonOf(err)
	}
	for _, d := range documents {
		if err := s.remove(ctx, d); err != nil {
			return reasonOf(err)
		}
	}
	return ""
}

// dropSource deletes the jobs and the documents of a data source.
func dropSource(tx *records.Tx, r *emulate.Request, base, source *records.Record) {
	for _, job := range tx.List(control, jobKind(source), r.Account, r.Region) {
		tx.Delete(job.Key)
	}
	for _, rec := range tx.List(control, documentKind(base.ID), r.Account, r.Region) {
		if rec.Doc.Text("dataSourceId") == source.Doc.Text("dataSourceId") {
			tx.Delete(rec.Key)
		}
	}
}
