package agents

import (
	"context"
	"errors"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// retrievals are the operations that read knowledge bases.
func retrievals() operations {
	return operations{
		"Retrieve":                  {Action: emulate.ByItself, Do: retrieve},
		"RetrieveAndGenerate":       {Do: retrieveAndGenerate},
		"RetrieveAndGenerateStream": {Action: "bedrock:RetrieveAndGenerate", Do: retrieveAndGenerateStream},
	}
}

// retrieved is the id of the knowledge base of a retrieval, which can be named by its ARN.
func retrieved(r *emulate.Request) string {
	id := r.In.Text("knowledgeBaseId")
	return id[strings.LastIndexByte(id, '/')+1:]
}

// defaultResults are as many as a retrieval without a number gets.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html
const defaultResults = 5

// retrieve finds chunks by the words that they share with the query, the best first.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Retrieve.html
func retrieve(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	r, err := allowedToRetrieve(ctx, r)
	if err != nil {
		return nil, err
	}
	base := r.Service.Records.Get(baseKey(r, retrieved(r)))
	if base == nil {
		return nil, missing(r)
	}
	q, err := queryOf(r)
	if err != nil {
		return nil, err
	}
	switch typ := base.Doc.Text("knowledgeBaseConfiguration.type"); typ {
	case "KENDRA", "SQL":
		return nil, r.Fail(invalid, "The local plane does not retrieve from knowledge bases of the type %s.", typ)
	}
	if err := readSecrets(ctx, r, base, nil); err != nil {
		return nil, unavailable(r, err)
	}
	s, err := storeOf(ctx, r, base)
	if err != nil {
		return nil, unavailable(r, err)
	}
	hits, err := s.search(ctx, q)
	if err != nil {
		return nil, unavailable(r, err)
	}
	results := []any{}
	for _, h := range hits {
		results = append(results, h.result())
	}
	return wire.Object{"retrievalResults": results}, nil
}

// query is what a retrieval looks for: so many chunks that are near a text, of those whose
// metadata a filter lets through.
type query struct {
	text   string
	words  map[string]float64 // of the text, with how often they are in it
	most   int
	filter *filter // nil: everything
}

// consider adds a chunk to the hits when it is one.
func (q *query) consider(hits []hit, c chunk) []hit {
	if score := overlap(q.words, count(c.Text)); score > 0 && q.filter.passes(c.Metadata) {
		return append(hits, hit{c, score})
	}
	return hits
}

// queryOf is the query of the input. What else a retrieval can ask for needs a model, or is
// not here.
func queryOf(r *emulate.Request) (*query, error) {
	for _, member := range []string{"guardrailConfiguration", "nextToken", "userContext", "retrievalQuery.image"} {
		if r.In.Has(member) {
			return nil, r.Fail(invalid, "The local plane retrieves by text alone: leave %s out.", member)
		}
	}
	text := r.In.Text("retrievalQuery.text")
	q := &query{text: text, words: count(text), most: defaultResults}
	for _, c := range []string{"vectorSearchConfiguration", "managedSearchConfiguration"} {
		in := r.In.Object("retrievalConfiguration." + c)
		if n := in.Int("numberOfResults"); n > 0 {
			q.most = int(n)
		}
		for _, member := range []string{"implicitFilterConfiguration", "rerankingConfiguration"} {
			if in.Has(member) {
				return nil, r.Fail(invalid, "The local plane retrieves by text alone: leave %s out.", member)
			}
		}
		if f := in.Object("filter"); f != nil {
			var err error
			if q.filter, err = newFilter(r, f); err != nil {
				return nil, err
			}
		}
	}
	return q, nil
}

// unavailable is the refusal when the store refuses: what a policy denied is denied, and what
// else is wrong with the store is a dependency that failed.
func unavailable(r *emulate.Request, err error) error {
	var refused *wire.Error
	switch {
	case !errors.As(err, &refused), refused.Code == invalid:
		return err
	case strings.HasPrefix(refused.Code, "AccessDenied"):
		return r.Fail("AccessDeniedException", "%s", refused.Message)
	}
	return r.Fail(dependency, "%s", refused.Message)
}

// result is a hit as it is answered.
func (h *hit) result() wire.Object {
	location := wire.Object{"type": "CUSTOM"}
	if uri, ok := h.Metadata[uriKey].(string); ok {
		location = wire.Object{"type": "S3", "s3Location": wire.Object{"uri": uri}}
	} else if id, ok := h.Metadata[documentKey].(string); ok {
		location["customDocumentLocation"] = wire.Object{"id": id}
	}
	metadata := wire.Object{}
	for key, v := range h.Metadata {
		metadata[key] = v
	}
	return wire.Object{
		"content": wire.Object{"type": "TEXT", "text": h.Text}, "location": location, "score": h.score, "metadata": metadata,
	}
}
