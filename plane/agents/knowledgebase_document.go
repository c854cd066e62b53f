package agents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// documentKind is the kind of the documents of a knowledge base.
func documentKind(base string) string { return "document/" + base }

// chunksName is the name of the sealed chunks of a document.
const chunksName = "chunks"

// document is one that was ingested.
type document struct {
	source     string // the id of its data source
	sourceType string // S3 or CUSTOM
	id         string // its URI in S3, or its own
	etag       string
	chunks     int
	updated    wire.Object // when, as a member
}

func (d *document) key(r *emulate.Request, base *records.Record) records.Key {
	return records.Key{Service: control, Kind: documentKind(base.ID), Account: base.Account, Region: base.Region, ID: d.source + "/" + d.id}
}

// documentsOf are the documents of a data source.
func documentsOf(r *emulate.Request, base *records.Record, source string) []*document {
	var out []*document
	for _, rec := range r.Service.Records.List(control, documentKind(base.ID), base.Account, base.Region) {
		if rec.Doc.Text("dataSourceId") == source {
			out = append(out, documentOf(rec))
		}
	}
	return out
}

func documentOf(rec *records.Record) *document {
	return &document{
		source: rec.Doc.Text("dataSourceId"), sourceType: rec.Doc.Text("dataSourceType"), id: rec.Doc.Text("id"), etag: rec.Doc.Text("etag"),
		chunks: int(rec.Doc.Int("chunks")), updated: wire.Object{"updatedAt": rec.Updated},
	}
}

// indexDocument stores the text of a document in chunks, in the place of what was known of it.
func indexDocument(ctx context.Context, r *emulate.Request, base, source *records.Record, s store, d, known *document, text string, metadata map[string]any) error {
	text, err := transient(ctx, r, base, source, text)
	if err != nil {
		return err
	}
	var chunks []chunk
	for i, part := range chunkingOf(source.Doc.Object("vectorIngestionConfiguration.chunkingConfiguration")).cut(text) {
		c := chunk{ID: d.chunkID(i), Text: part, Metadata: map[string]any{}}
		for key, v := range metadata {
			c.Metadata[key] = v
		}
		c.Metadata[chunkKey], c.Metadata[sourceKey] = c.ID, d.source
		if d.sourceType == "S3" {
			c.Metadata[uriKey] = d.id
		} else {
			c.Metadata[documentKey] = d.id
		}
		chunks = append(chunks, c)
	}
	if known != nil && known.chunks > len(chunks) {
		if err := s.remove(ctx, known); err != nil {
			return err
		}
	}
	sealed, err := s.put(ctx, d, chunks)
	if err != nil {
		return err
	}
	rec := &records.Record{Key: d.key(r, base), Doc: wire.Object{
		"knowledgeBaseId": base.ID, "dataSourceId": d.source, "dataSourceType": d.sourceType, "id": d.id, "etag": d.etag, "chunks": int64(len(chunks)),
	}}
	if sealed != nil {
		rec.Sealed = map[string]*records.Sealed{chunksName: sealed}
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(source.Key) == nil {
			return missing(r)
		}
		if old := tx.Get(rec.Key); old != nil {
			rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		}
		tx.Put(rec)
		return nil
	})
}

// documentKey is the metadata of a document that was handed in. Unconfirmed: its name.
const documentKey = "x-amz-bedrock-kb-document-id"

// removeDocument takes a document away with its chunks.
func removeDocument(ctx context.Context, r *emulate.Request, base *records.Record, s store, d *document) error {
	if err := s.remove(ctx, d); err != nil {
		return err
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(d.key(r, base)) != nil {
			tx.Delete(d.key(r, base))
		}
		return nil
	})
}

// detail is a document as it is answered.
func (d *document) detail(base *records.Record, status string) wire.Object {
	identifier := wire.Object{"dataSourceType": d.sourceType, "s3": wire.Object{"uri": d.id}}
	if d.sourceType != "S3" {
		identifier = wire.Object{"dataSourceType": d.sourceType, "custom": wire.Object{"id": d.id}}
	}
	return wire.Object{"knowledgeBaseId": base.ID, "dataSourceId": d.source, "status": status, "identifier": identifier}.With(d.updated)
}

// ingestDocuments takes documents from the request, or from where it says that they are in S3.
// It needs the permission to start ingestion jobs too.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-direct-ingestion-add.html
func ingestDocuments(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if err := r.Allow(ctx, "bedrock:StartIngestionJob", arnOfBase(r, r.In.Text("knowledgeBaseId"))); err != nil {
		return nil, err
	}
	base, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	s, err := storeOf(ctx, r, base)
	if err != nil {
		return nil, err
	}
	details := []any{}
	for _, in := range r.In.Objects("documents") {
		d, text, metadata, err := handedIn(ctx, r, base, source, in)
		if err != nil {
			return nil, err
		}
		status, reason := "INDEXED", ""
		if err := indexDocument(ctx, r, base, source, s, d, found(r, base, d), text, metadata); err != nil {
			status, reason = "FAILED", reasonOf(err)
		}
		d.updated = wire.Object{"updatedAt": r.Service.Now()}
		detail := d.detail(base, status)
		if reason != "" {
			detail["statusReason"] = reason
		}
		details = append(details, detail)
	}
	return wire.Object{"documentDetails": details}, nil
}

// found is a document as it was; nil: it is new.
func found(r *emulate.Request, base *records.Record, d *document) *document {
	if rec := r.Service.Records.Get(d.key(r, base)); rec != nil {
		return documentOf(rec)
	}
	return nil
}

// handedIn is a document of a request with its text.
func handedIn(ctx context.Context, r *emulate.Request, base, source *records.Record, in wire.Object) (*document, string, map[string]any, error) {
	d := &document{source: source.Doc.Text("dataSourceId"), sourceType: in.Text("content.dataSourceType")}
	if of := source.Doc.Text("dataSourceConfiguration.type"); of != d.sourceType {
		return nil, "", nil, r.Fail(invalid, "The data source is of the type %s, the document of the type %s.", of, d.sourceType) // unconfirmed text
	}
	metadata := map[string]any{}
	for _, a := range in.Objects("metadata.inlineAttributes") {
		for _, member := range []string{"stringValue", "numberValue", "booleanValue", "stringListValue"} {
			if v := a.At("value." + member); v != nil {
				metadata[a.Text("key")] = v
			}
		}
	}
	if in.Has("metadata.s3Location") {
		return nil, "", nil, r.Fail(invalid, "The local plane takes metadata in the request only.")
	}
	custom := in.Object("content.custom")
	d.id = custom.Text("customDocumentIdentifier.id")
	uri := custom.Text("s3Location.uri")
	switch {
	case d.sourceType == "S3":
		d.id = in.Text("content.s3.s3Location.uri")
		uri = d.id
	case custom.Has("inlineContent.textContent.data"):
		text := custom.Text("inlineContent.textContent.data")
		sum := sha256.Sum256([]byte(text))
		d.etag = hex.EncodeToString(sum[:])
		return d, text, metadata, nil
	}
	if uri == "" {
		return nil, "", nil, r.Fail(invalid, "The local plane takes documents as text or from S3 only.")
	}
	text, err := fromS3(ctx, r, base, d, uri)
	return d, text, metadata, err
}

// fromS3 reads a document that a request names, as the service role.
func fromS3(ctx context.Context, r *emulate.Request, base *records.Record, d *document, uri string) (string, error) {
	name, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	b, err := newBucket(ctx, r, base, wire.Object{"bucketArn": "arn:aws:s3:::" + name})
	if err != nil {
		return "", err
	}
	out, err := b.invoke(ctx, "GetObject", wire.Object{"Key": key})
	if err != nil {
		return "", r.Fail(invalid, "%s", reasonOf(err))
	}
	d.etag = out.Text("ETag")
	text, ok := plainText(key, out.Blob("Body"))
	if !ok {
		return "", r.Fail(invalid, "The file format of %s was not supported.", uri)
	}
	return text, nil
}

func getDocuments(_ context.Context, r *emulate.Request) (wire.Object, error) {
	base, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	details := []any{}
	for _, d := range identified(r, source) {
		if known := found(r, base, d); known != nil {
			details = append(details, known.detail(base, "INDEXED"))
			continue
		}
		details = append(details, d.detail(base, "NOT_FOUND"))
	}
	return wire.Object{"documentDetails": details}, nil
}

// identified are the documents that a request names.
func identified(r *emulate.Request, source *records.Record) []*document {
	var out []*document
	for _, in := range r.In.Objects("documentIdentifiers") {
		d := &document{source: source.Doc.Text("dataSourceId"), sourceType: in.Text("dataSourceType"), id: in.Text("custom.id")}
		if d.sourceType == "S3" {
			d.id = in.Text("s3.uri")
		}
		out = append(out, d)
	}
	return out
}

func listDocuments(_ context.Context, r *emulate.Request) (wire.Object, error) {
	base, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	all := []wire.Object{}
	for _, d := range documentsOf(r, base, source.Doc.Text("dataSourceId")) {
		all = append(all, d.detail(base, "INDEXED"))
	}
	return r.Page(all, mostListed, invalid)
}

func deleteDocuments(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	base, source, err := findSource(r)
	if err != nil {
		return nil, err
	}
	s, err := storeOf(ctx, r, base)
	if err != nil {
		return nil, err
	}
	details := []any{}
	for _, d := range identified(r, source) {
		known := found(r, base, d)
		if known == nil {
			details = append(details, d.detail(base, "NOT_FOUND"))
			continue
		}
		if err := removeDocument(ctx, r, base, s, known); err != nil {
			return nil, r.Fail(invalid, "%s", reasonOf(err))
		}
		details = append(details, known.detail(base, "DELETING"))
	}
	return wire.Object{"documentDetails": details}, nil
}
