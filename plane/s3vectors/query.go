package s3vectors

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The distance metrics.
const (
	cosine    = "cosine"
	euclidean = "euclidean"
)

// mostNearest is the largest topK. Source:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html
const mostNearest = 100

// distances are the metrics as functions. That AWS's euclidean distance is not the squared one
// is unconfirmed; the order is the same.
var distances = map[string]func(a, b []float32) float64{cosine: cosineDistance, euclidean: euclideanDistance}

func cosineDistance(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	// Rounding must not make a vector nearer to itself than 0.
	return max(0, 1-dot/math.Sqrt(aa*bb))
}

func euclideanDistance(a, b []float32) float64 {
	var sum float64
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// queryVectors compares all vectors of the index.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3VectorBuckets_QueryVectors.html
func queryVectors(ctx context.Context, r *emulate.Request, t *target) (wire.Object, error) {
	for _, member := range []string{"queryTexts", "queryMode", "returnScores", "nextToken"} {
		if r.In.Has(member) {
			return nil, r.Fail("ValidationException", "The local plane has vector search in one page only: leave %s out", member)
		}
	}
	if r.In.Has("filter") || r.In.Bool("returnMetadata") {
		if err := t.allow(ctx, r, "GetVectors"); err != nil {
			return nil, err
		}
	}
	index, err := t.record(r)
	if err != nil {
		return nil, err
	}
	query, err := readData(r.In.Object("queryVector"), index)
	if err != nil {
		return nil, r.Fail("ValidationException", "Query vector contains invalid values or is invalid for this index")
	}
	most := r.In.Int("topK")
	if most > mostNearest {
		return nil, r.Fail("ValidationException", "topK must be at most %d", mostNearest)
	}
	match, err := filterOf(r, index)
	if err != nil {
		return nil, err
	}
	all, err := open(ctx, r, t, index, nil)
	if err != nil {
		return nil, err
	}
	near := nearest(all, query, index, match)
	return wire.Object{"vectors": answers(r, near[:min(len(near), int(most))], all), "distanceMetric": index.Doc.Text("distanceMetric")}, nil
}

// neighbour is a vector with its distance from the query.
type neighbour struct {
	key      string
	distance float64
}

// nearest are the vectors that match, the nearest first.
func nearest(all found, query []float32, index *records.Record, match filter) []neighbour {
	distance := distances[index.Doc.Text("distanceMetric")]
	var out []neighbour
	for key, v := range all {
		if match == nil || match(v.Metadata) {
			out = append(out, neighbour{key, distance(query, v.Data)})
		}
	}
	slices.SortFunc(out, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.key, b.key))
	})
	return out
}

func answers(r *emulate.Request, near []neighbour, all found) []any {
	out := []any{}
	for _, n := range near {
		o := all[n.key].shown(n.key, false, r.In.Bool("returnMetadata"))
		if r.In.Bool("returnDistance") {
			o["distance"] = shortest(float32(n.distance))
		}
		out = append(out, o)
	}
	return out
}
