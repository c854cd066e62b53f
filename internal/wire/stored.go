package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Members that stand for values that JSON does not have, in stored objects. A name that
// begins like them is stored with the prefix before it.
const (
	storedPrefix = "$:"
	storedTime   = storedPrefix + "time"
	storedBlob   = storedPrefix + "blob"
)

// MarshalJSON writes the stored form of an object, in which every value keeps its type.
func (o Object) MarshalJSON() ([]byte, error) {
	plain := make(map[string]any, len(o))
	for name, v := range o {
		if strings.HasPrefix(name, storedPrefix) {
			name = storedPrefix + name
		}
		plain[name] = stored(v)
	}
	return json.Marshal(plain)
}

// float keeps a float64 apart from a whole number.
type float float64

func (f float) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(float64(f))
	if err == nil && !bytes.ContainsAny(b, ".eE") {
		b = append(b, ".0"...)
	}
	return b, err
}

func stored(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = stored(inner)
		}
		return out
	case float64:
		return float(v)
	case time.Time:
		return map[string]string{storedTime: v.UTC().Format(time.RFC3339Nano)}
	case []byte:
		return map[string]string{storedBlob: base64.StdEncoding.EncodeToString(v)}
	}
	return v
}

// UnmarshalJSON reads the stored form.
func (o *Object) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var plain map[string]any
	if err := d.Decode(&plain); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more text after the object")
	}
	v, err := restored(plain)
	if err != nil {
		return err
	}
	inner, ok := v.(Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	*o = inner
	return nil
}

func restored(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		for i, inner := range v {
			r, err := restored(inner)
			if err != nil {
				return nil, err
			}
			v[i] = r
		}
		return v, nil
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return v.Float64()
		}
		return v.Int64()
	case map[string]any:
		if s, ok := v[storedTime].(string); ok && len(v) == 1 {
			return time.Parse(time.RFC3339Nano, s)
		}
		if s, ok := v[storedBlob].(string); ok && len(v) == 1 {
			return base64.StdEncoding.DecodeString(s)
		}
		out := make(Object, len(v))
		for name, inner := range v {
			r, err := restored(inner)
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(name, storedPrefix) {
				name = name[len(storedPrefix):]
			}
			if r != nil {
				out[name] = r
			}
		}
		return out, nil
	}
	return v, nil
}
