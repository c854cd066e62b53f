package wire

import (
	"fmt"
	"reflect"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// contentCBOR is the media type of the protocol.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
const contentCBOR = "application/cbor"

// parseCBOR reads one value of CBOR, in the types that d.value takes.
func parseCBOR(body []byte) (any, error) {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: 2 * maxDepth, IntDec: cbor.IntDecConvertSigned,
		DefaultMapType: reflect.TypeFor[map[string]any](),
	}.DecMode()
	if err != nil {
		return nil, err
	}
	var v any
	if err := mode.Unmarshal(body, &v); err != nil {
		return nil, serialization("")
	}
	return v, nil
}

// encodeCBOR writes a value of CBOR.
func encodeCBOR(v any) ([]byte, error) {
	mode, err := cbor.EncOptions{Sort: cbor.SortBytewiseLexical}.EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(v)
}

// encodePlain writes a value of a shape as CBOR.
func encodePlain(n *shape.Node, v any) ([]byte, error) {
	plain, err := plainValue(n, v)
	if err != nil {
		return nil, err
	}
	return encodeCBOR(plain)
}

// cborTime is the tag of a time in seconds since the epoch.
const cborTime = 1

// plainValue is a value without shapes: maps, lists and scalars.
func plainValue(n *shape.Node, v any) (any, error) {
	switch v := v.(type) {
	case Object:
		if n.Shape.Type != model.TypeStructure && n.Shape.Type != model.TypeMap {
			return nil, misfit(n, v)
		}
		return plainObject(n, v)
	case []any:
		if n.Shape.Type != model.TypeList {
			return nil, misfit(n, v)
		}
		out := make([]any, len(v))
		for i, inner := range v {
			var err error
			if out[i], err = plainValue(n.Element, inner); err != nil {
				return nil, err
			}
		}
		return out, nil
	case time.Time:
		if n.Shape.Type == model.TypeTimestamp {
			return cbor.Tag{Number: cborTime, Content: float64(v.UnixMilli()) / 1000}, nil
		}
	}
	if !suits(n.Shape.Type, v) {
		return nil, misfit(n, v)
	}
	return v, nil
}

func plainObject(n *shape.Node, o Object) (any, error) {
	out := make(map[string]any, len(o))
	if n.Shape.Type == model.TypeMap {
		for name, inner := range o {
			v, err := plainValue(n.Element, inner)
			if err != nil {
				return nil, err
			}
			out[name] = v
		}
		return out, nil
	}
	for i := range n.Members {
		m := &n.Members[i]
		inner := o[m.Model.Name]
		if inner == nil {
			continue
		}
		v, err := plainValue(m.Value, inner)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Model.Name, err)
		}
		out[m.Model.WireName()] = v
	}
	return out, nil
}
