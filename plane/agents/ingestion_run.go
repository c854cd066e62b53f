package agents

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The members of the statistics of a job.
const (
	countScanned         = "numberOfDocumentsScanned"
	countMetadataScanned = "numberOfMetadataDocumentsScanned"
	countAdded           = "numberOfNewDocumentsIndexed"
	countModified        = "numberOfModifiedDocumentsIndexed"
	countMetadataChanged = "numberOfMetadataDocumentsModified"
	countDeleted         = "numberOfDocumentsDeleted"
	countFailed          = "numberOfDocumentsFailed"
)

func newStatistics() wire.Object {
	out := wire.Object{}
	for _, name := range []string{countScanned, countMetadataScanned, countAdded, countModified, countMetadataChanged, countDeleted, countFailed} {
		out[name] = int64(0)
	}
	return out
}

// ingestion is a job while it runs.
type ingestion struct {
	r            *emulate.Request
	base, source *records.Record
	store        store
	statistics   wire.Object
	reasons      []any
}

// ingest does a job, and returns how it ended: its status, statistics and failure reasons. The
// texts of the reasons are unconfirmed but for that of formats.
func ingest(ctx context.Context, r *emulate.Request, base, source *records.Record) wire.Object {
	j := &ingestion{r: r, base: base, source: source, statistics: newStatistics()}
	status := "COMPLETE"
	if err := j.run(ctx); err != nil {
		status = "FAILED"
		j.reasons = append(j.reasons, "Encountered error: "+reasonOf(err))
	}
	ended := wire.Object{"status": status, "statistics": j.statistics}
	if len(j.reasons) > 0 {
		ended["failureReasons"] = j.reasons
	}
	return ended
}

func (j *ingestion) add(name string) { j.statistics[name] = j.statistics.Int(name) + 1 }

func (j *ingestion) run(ctx context.Context) error {
	configuration := j.source.Doc.Object("dataSourceConfiguration")
	if err := readSecrets(ctx, j.r, j.base, configuration); err != nil {
		return err
	}
	if configuration.Text("type") != "S3" {
		return fmt.Errorf("the local plane ingests data sources of the type S3 only, not %s", configuration.Text("type"))
	}
	var err error
	if j.store, err = storeOf(ctx, j.r, j.base); err != nil {
		return err
	}
	bucket, err := newBucket(ctx, j.r, j.base, configuration.Object("s3Configuration"))
	if err != nil {
		return err
	}
	objects, err := bucket.list(ctx)
	if err != nil {
		return err
	}
	before := map[string]*document{}
	for _, d := range documentsOf(j.r, j.base, j.source.Doc.Text("dataSourceId")) {
		before[d.id] = d
	}
	for _, o := range objects {
		known := before[o.uri]
		delete(before, o.uri)
		if err := j.document(ctx, bucket, o, known); err != nil {
			return err
		}
	}
	return j.forget(ctx, before)
}

// document ingests one object. An error ends the job; what is wrong with the document alone is
// a reason.
func (j *ingestion) document(ctx context.Context, bucket *bucket, o *object, known *document) error {
	j.add(countScanned)
	if o.metadata != "" {
		j.add(countMetadataScanned)
	}
	if known != nil && known.etag == o.etag {
		return nil
	}
	body, metadata, err := bucket.read(ctx, o)
	if err == nil {
		err = j.index(ctx, o, known, body, metadata)
	}
	var key *behalf.Error
	switch {
	case errors.As(err, &key):
		return err
	case err != nil:
		j.add(countFailed)
		j.reasons = append(j.reasons, reasonOf(err))
	case known == nil:
		j.add(countAdded)
	case known.content() == o.content():
		j.add(countMetadataChanged)
	default:
		j.add(countModified)
	}
	return nil
}

func (j *ingestion) index(ctx context.Context, o *object, known *document, body []byte, metadata map[string]any) error {
	text, ok := plainText(o.key, body)
	if !ok {
		return fmt.Errorf("Encountered error: Ignored 1 files as their file format was not supported. [Files: %s]. Call to Customer Source did not succeed.", o.uri)
	}
	d := &document{source: j.source.Doc.Text("dataSourceId"), sourceType: "S3", id: o.uri, etag: o.etag}
	return indexDocument(ctx, j.r, j.base, j.source, j.store, d, known, text, metadata)
}

// forget takes away what is no longer in the source.
func (j *ingestion) forget(ctx context.Context, documents map[string]*document) error {
	for _, d := range documents {
		if d.sourceType != "S3" {
			continue
		}
		if err := removeDocument(ctx, j.r, j.base, j.store, d); err != nil {
			return err
		}
		j.add(countDeleted)
	}
	return nil
}

// transient keeps a text as the service does while it is ingested: sealed under the key of the
// data source by the service role, and opened again.
func transient(ctx context.Context, r *emulate.Request, base, source *records.Record, text string) (string, error) {
	s := sourceSubject(r, base)
	sealed, err := r.Service.Keys.Seal(ctx, r.Call, s, sourceKMSKey(source.Doc), "ingest", []byte(text))
	if err != nil {
		return "", err
	}
	opened, err := r.Service.Keys.Open(ctx, r.Call, s, sealed, "ingest")
	return string(opened), err
}

// readSecrets reads the credentials of the store and of the source as the service role, where
// they have some: they are what the service would log in with.
func readSecrets(ctx context.Context, r *emulate.Request, base *records.Record, source wire.Object) error {
	for _, configuration := range []wire.Object{base.Doc.Object("storageConfiguration"), source} {
		for member, v := range configuration {
			inner, _ := v.(wire.Object)
			for _, path := range []string{"credentialsSecretArn", "sourceConfiguration.credentialsSecretArn"} {
				secret := inner.Text(path)
				if secret == "" || !strings.HasSuffix(member, "Configuration") {
					continue
				}
				who, err := asRole(ctx, r, base.Doc.Text("roleArn"), base.Doc.Text("knowledgeBaseArn"))
				if err != nil {
					return err
				}
				if _, err := r.Service.Invoke(ctx, r.Call, who, service, nil, "secretsmanager", "GetSecretValue", wire.Object{"SecretId": secret}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
