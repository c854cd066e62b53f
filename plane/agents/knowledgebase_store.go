package agents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// chunk is a part of a document as it is found.
type chunk struct {
	ID       string
	Text     string
	Metadata map[string]any `json:",omitempty"`
}

// hit is a chunk that was found, and how near it is: from 0 to 1.
type hit struct {
	chunk
	score float64
}

// store is where the chunks of a knowledge base are.
type store interface {
	// put stores the chunks of a document. What it returns is kept with the document.
	put(ctx context.Context, d *document, chunks []chunk) (*records.Sealed, error)
	// remove takes the chunks of a document away.
	remove(ctx context.Context, d *document) error
	// search returns the chunks that a query looks for, the nearest first.
	search(ctx context.Context, q *query) ([]hit, error)
}

// storeOf is the store of a knowledge base: S3 Vectors or OpenSearch Serverless of the plane,
// or for any other the records of its documents.
func storeOf(ctx context.Context, r *emulate.Request, base *records.Record) (store, error) {
	storage := base.Doc.Object("storageConfiguration")
	if typ := storage.Text("type"); typ != s3Vectors && typ != openSearch {
		return &keptStore{r, base}, nil
	}
	who, err := asRole(ctx, r, base.Doc.Text("roleArn"), base.Doc.Text("knowledgeBaseArn"))
	if err != nil {
		return nil, err
	}
	return outerStore(ctx, r, who, storage)
}

// outerStore is a store of the plane that the service role uses. It is an error that the role
// cannot find it.
func outerStore(ctx context.Context, r *emulate.Request, who *plane.Caller, storage wire.Object) (store, error) {
	if storage.Text("type") == openSearch {
		return newCollectionStore(ctx, r, who, storage)
	}
	return newVectorStore(ctx, r, who, storage)
}

// vectorStore is an index of S3 Vectors, which the service role uses.
type vectorStore struct {
	r          *emulate.Request
	who        *plane.Caller
	index      string // its ARN
	dimensions int
}

func newVectorStore(ctx context.Context, r *emulate.Request, who *plane.Caller, storage wire.Object) (*vectorStore, error) {
	c := storage.Object("s3VectorsConfiguration")
	s := &vectorStore{r: r, who: who, index: c.Text("indexArn")}
	if s.index == "" {
		s.index = c.Text("vectorBucketArn") + "/index/" + c.Text("indexName")
	}
	out, err := s.invoke(ctx, "GetIndex", nil)
	if err != nil {
		return nil, err
	}
	s.dimensions = int(out.Int("index.dimension"))
	return s, nil
}

func (s *vectorStore) invoke(ctx context.Context, operation string, in wire.Object) (wire.Object, error) {
	return s.r.Service.Invoke(ctx, s.r.Call, s.who, service, nil, "s3vectors", operation, in.With(wire.Object{"indexArn": s.index}))
}

// The metadata keys that Bedrock writes.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-bedrock-kb.html
const (
	textKey     = "AMAZON_BEDROCK_TEXT"
	metadataKey = "AMAZON_BEDROCK_METADATA"
	uriKey      = "x-amz-bedrock-kb-source-uri"
	chunkKey    = "x-amz-bedrock-kb-chunk-id"
	sourceKey   = "x-amz-bedrock-kb-data-source-id"
)

// mostVectors are in one request.
const mostVectors = 500

func (s *vectorStore) put(ctx context.Context, _ *document, chunks []chunk) (*records.Sealed, error) {
	for len(chunks) > 0 {
		n := min(len(chunks), mostVectors)
		var list []any
		for _, c := range chunks[:n] {
			origin, err := json.Marshal(map[string]any{"source": c.Metadata[uriKey]})
			if err != nil {
				return nil, err
			}
			metadata := map[string]any{textKey: c.Text, metadataKey: string(origin)}
			for key, v := range c.Metadata {
				metadata[key] = v
			}
			list = append(list, wire.Object{"key": c.ID, "data": wire.Object{"float32": embed(c.Text, s.dimensions)}, "metadata": metadata})
		}
		if _, err := s.invoke(ctx, "PutVectors", wire.Object{"vectors": list}); err != nil {
			return nil, err
		}
		chunks = chunks[n:]
	}
	return nil, nil
}

func (s *vectorStore) remove(ctx context.Context, d *document) error {
	for from := 0; from < d.chunks; from += mostVectors {
		var keys []any
		for i := from; i < min(d.chunks, from+mostVectors); i++ {
			keys = append(keys, d.chunkID(i))
		}
		if _, err := s.invoke(ctx, "DeleteVectors", wire.Object{"keys": keys}); err != nil {
			return err
		}
	}
	return nil
}

func (s *vectorStore) search(ctx context.Context, q *query) ([]hit, error) {
	if len(words(q.text)) == 0 {
		return nil, nil
	}
	in := wire.Object{
		"topK": int64(q.most), "queryVector": wire.Object{"float32": embed(q.text, s.dimensions)}, "returnMetadata": true, "returnDistance": true,
	}
	if q.filter != nil {
		var err error
		if in["filter"], err = q.filter.ofVectors(s.r); err != nil {
			return nil, err
		}
	}
	out, err := s.invoke(ctx, "QueryVectors", in)
	if err != nil {
		return nil, err
	}
	var hits []hit
	for _, v := range out.Objects("vectors") {
		metadata, _ := v["metadata"].(map[string]any)
		distance, _ := v["distance"].(float64)
		text, _ := metadata[textKey].(string)
		h := hit{chunk{v.Text("key"), text, map[string]any{}}, 1 - distance}
		for key, value := range metadata {
			if key != textKey && key != metadataKey {
				h.Metadata[key] = value
			}
		}
		if h.score > 0 {
			hits = append(hits, h)
		}
	}
	return hits, nil
}

// chunkID is that of a part of a document.
func (d *document) chunkID(i int) string {
	sum := sha256.Sum256([]byte(d.source + "\x00" + d.id + "\x00" + strconv.Itoa(i)))
	s := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%s-%s-%s-%s-%s", s[:8], s[8:12], s[12:16], s[16:20], s[20:])
}

// keptStore keeps the chunks of each document sealed in its record: under the key of a managed
// knowledge base, by the grant that it gave, else under the plane's.
type keptStore struct {
	r    *emulate.Request
	base *records.Record
}

func (s *keptStore) put(ctx context.Context, _ *document, chunks []chunk) (*records.Sealed, error) {
	key, err := s.r.Service.Keys.UnlockGranted(ctx, s.r.Call, baseSubject(s.r, s.base), s.base.Sealed[managed])
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(chunks)
	if err != nil {
		return nil, err
	}
	return key.Seal(text), nil
}

// remove does nothing: the chunks go with the record of the document.
func (s *keptStore) remove(context.Context, *document) error { return nil }

func (s *keptStore) search(ctx context.Context, q *query) ([]hit, error) {
	key, err := s.r.Service.Keys.UnlockGranted(ctx, s.r.Call, baseSubject(s.r, s.base), s.base.Sealed[managed])
	if err != nil {
		return nil, err
	}
	var hits []hit
	for _, rec := range s.r.Service.Records.List(control, documentKind(s.base.ID), s.base.Account, s.base.Region) {
		sealed := rec.Sealed[chunksName]
		if sealed == nil {
			continue
		}
		text, err := key.Open(sealed)
		if err != nil {
			return nil, err
		}
		var chunks []chunk
		if err := json.Unmarshal(text, &chunks); err != nil {
			return nil, fmt.Errorf("agents: chunks of %s: %w", rec.ID, err)
		}
		for _, c := range chunks {
			hits = q.consider(hits, c)
		}
	}
	return nearest(hits, q.most), nil
}
