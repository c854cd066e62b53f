package agents

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// collectionStore is an index of a collection of OpenSearch Serverless, which the service role
// uses. Its documents have no vectors: the plane finds chunks by their words.
type collectionStore struct {
	r                 *emulate.Request
	who               *plane.Caller
	collection, index string
	text, metadata    string // fields
}

func newCollectionStore(ctx context.Context, r *emulate.Request, who *plane.Caller, storage wire.Object) (*collectionStore, error) {
	c := storage.Object("opensearchServerlessConfiguration")
	s := &collectionStore{
		r: r, who: who, collection: c.Text("collectionArn"), index: c.Text("vectorIndexName"),
		text: c.Text("fieldMapping.textField"), metadata: c.Text("fieldMapping.metadataField"),
	}
	return s, s.failed(r.Service.Collections.Describe(ctx, r.Call, who, service, s.collection, s.index))
}

// failed is the failure of the store when KMS is in the way of it.
func (s *collectionStore) failed(err error) error {
	var refused *behalf.Error
	if errors.As(err, &refused) {
		return s.r.Fail(dependency, "%s", refused.Message)
	}
	return err
}

func (s *collectionStore) put(ctx context.Context, _ *document, chunks []chunk) (*records.Sealed, error) {
	documents := map[string][]byte{}
	for _, c := range chunks {
		text, err := json.Marshal(map[string]any{"id": c.ID, s.text: c.Text, s.metadata: c.Metadata})
		if err != nil {
			return nil, err
		}
		documents[c.ID] = text
	}
	return nil, s.failed(s.r.Service.Collections.Write(ctx, s.r.Call, s.who, service, s.collection, s.index, documents))
}

func (s *collectionStore) remove(ctx context.Context, d *document) error {
	var ids []string
	for i := range d.chunks {
		ids = append(ids, d.chunkID(i))
	}
	return s.failed(s.r.Service.Collections.Remove(ctx, s.r.Call, s.who, service, s.collection, s.index, ids))
}

func (s *collectionStore) search(ctx context.Context, q *query) ([]hit, error) {
	documents, err := s.r.Service.Collections.Read(ctx, s.r.Call, s.who, service, s.collection, s.index)
	if err != nil {
		return nil, s.failed(err)
	}
	var hits []hit
	for _, text := range documents {
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			return nil, err
		}
		c := chunk{}
		c.ID, _ = fields["id"].(string)
		c.Text, _ = fields[s.text].(string)
		c.Metadata, _ = fields[s.metadata].(map[string]any)
		hits = q.consider(hits, c)
	}
	return nearest(hits, q.most), nil
}
