package s3vectors

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/records"
)

// vector is one as it is sealed.
type vector struct {
	Data     []float32
	Metadata map[string]any `json:",omitempty"`
}

// The limits of the metadata of a vector.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html
const (
	mostMetadata     = 40 << 10
	mostFilterable   = 2048
	mostMetadataKeys = 50
)

// read makes a vector of one in the input. The error is what is wrong with it.
func read(in wire.Object, index *records.Record) (*vector, error) {
	v := new(vector)
	var err error
	if v.Data, err = readData(in.Object("data"), index); err != nil {
		return nil, err
	}
	if m, ok := in["metadata"]; ok {
		text, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		if v.Metadata, err = decodeMetadata(text); err != nil {
			return nil, err
		}
	}
	return v, checkMetadata(v.Metadata, index)
}

// readData reads the numbers of a vector. Of the texts of the refusals the one of the length
// is recorded.
func readData(data wire.Object, index *records.Record) ([]float32, error) {
	list := data.List("float32")
	if want := index.Doc.Int("dimension"); int64(len(list)) != want {
		return nil, fmt.Errorf("vector must have length %d, but has length %d", want, len(list))
	}
	out := make([]float32, len(list))
	zero := true
	for i, x := range list {
		n, _ := x.(float64)
		out[i] = float32(n)
		if f := float64(out[i]); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("vector must have finite values")
		}
		zero = zero && out[i] == 0
	}
	if zero && index.Doc.Text("distanceMetric") == cosine {
		return nil, fmt.Errorf("vector must not be zero with the cosine distance metric")
	}
	return out, nil
}

// decodeMetadata reads metadata from JSON; numbers keep their spelling.
func decodeMetadata(text []byte) (map[string]any, error) {
	v, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("metadata must be an object")
	}
	return m, nil
}

func checkMetadata(m map[string]any, index *records.Record) error {
	if len(m) > mostMetadataKeys {
		return fmt.Errorf("Metadata must have at most %d keys", mostMetadataKeys)
	}
	all, filterable := 0, 0
	for key, value := range m {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		size := len(key) + len(text)
		all += size
		if isFilterable(index, key) {
			filterable += size
			if _, nested := value.(map[string]any); nested {
				return fmt.Errorf("Filterable metadata must be strings, numbers, booleans or lists of them")
			}
		}
	}
	if filterable > mostFilterable {
		return fmt.Errorf("Filterable metadata must have at most %d bytes", mostFilterable)
	}
	if all > mostMetadata {
		return fmt.Errorf("Metadata must have at most %d bytes", mostMetadata)
	}
	return nil
}

func isFilterable(index *records.Record, key string) bool {
	return !slices.Contains(index.Doc.Texts("metadataConfiguration.nonFilterableMetadataKeys"), key)
}

// shown are the members of a vector that a request asks for.
func (v *vector) shown(key string, data, metadata bool) wire.Object {
	out := wire.Object{"key": key}
	if data {
		list := make([]any, len(v.Data))
		for i, x := range v.Data {
			list[i] = shortest(x)
		}
		out["data"] = wire.Object{"float32": list}
	}
	if metadata && v.Metadata != nil {
		out["metadata"] = v.Metadata
	}
	return out
}

// shortest is the number with the fewest digits that is x as a float32: 0.1 stays 0.1.
func shortest(x float32) float64 {
	n, _ := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'g', -1, 32), 64)
	return n
}
