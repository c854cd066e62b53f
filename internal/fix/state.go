package fix

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// Observe reads a state. It returns nil when the thing is not there.
func (s *State) Observe(ctx context.Context, e Estate, at Place) (wire.Object, error) {
	_, out, err := s.observe(ctx, e, at)
	return out, err
}

// observe also returns the whole answer.
func (s *State) observe(ctx context.Context, e Estate, at Place) (answer, reduced wire.Object, err error) {
	answer, err = e.Call(ctx, at, s.Read)
	if code := Code(err); code != "" && code == s.Absent {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.Read.Operation, err)
	}
	reduced, err = s.of(answer)
	return answer, reduced, err
}

// of reduces an answer to what counts.
func (s *State) of(out wire.Object) (wire.Object, error) {
	if s.At != "" {
		switch v := out.At(s.At).(type) {
		case nil:
			return nil, nil
		case wire.Object:
			out = v
		case []any:
			if out = s.pick(v); out == nil {
				return nil, nil
			}
		default:
			return nil, fmt.Errorf("%s: %s is a %T and no structure", s.Read.Operation, s.At, v)
		}
	}
	out = out.Clone()
	if len(s.Only) > 0 {
		kept := wire.Object{}
		for _, path := range s.Only {
			if v := out.At(path); v != nil {
				put(kept, path, v)
			}
		}
		out = kept
	}
	for _, path := range s.Drop {
		drop(out, strings.Split(path, "."))
	}
	for _, path := range s.JSON {
		if text := out.Text(path); text != "" {
			put(out, path, canonical(text))
		}
	}
	return out, nil
}

// pick returns the entry of a list that has the members of Pick.
func (s *State) pick(list []any) wire.Object {
	for _, v := range list {
		entry, ok := v.(wire.Object)
		if !ok {
			continue
		}
		match := true
		for name, want := range s.Pick {
			match = match && entry.Text(name) == want
		}
		if match {
			return entry
		}
	}
	return nil
}

// Made is how what a step without a state has made is looked at, and what it should be: the policy
// of a key, the key of a version. Nil: there is nothing to look at.
func (s *Step) Made() (*State, wire.Object) {
	if s.Makes != nil {
		return &s.Makes.State, s.Makes.Want
	}
	if s.State != nil || s.Kind != CreateKey || len(s.Do) == 0 || s.Do[0].Input.Text("Policy") == "" {
		return nil, nil
	}
	read := kms("GetKeyPolicy", wire.Object{"KeyId": Ref(s.ID, "KeyMetadata.KeyId"), "PolicyName": "default"})
	return &State{Read: read, Only: []string{"Policy"}, JSON: []string{"Policy"}}, wire.Object{"Policy": canonical(s.Do[0].Input.Text("Policy"))}
}

// put sets the value at a path.
func put(o wire.Object, path string, v any) {
	for {
		name, rest, more := strings.Cut(path, ".")
		if !more {
			o[name] = v
			return
		}
		inner, ok := o[name].(wire.Object)
		if !ok {
			inner = wire.Object{}
			o[name] = inner
		}
		o, path = inner, rest
	}
}

// drop removes the values at a path. A structure that becomes empty by it goes too, for it told
// of nothing else.
func drop(o wire.Object, path []string) {
	if len(path) == 1 {
		delete(o, path[0])
		return
	}
	switch v := o[path[0]].(type) {
	case wire.Object:
		if drop(v, path[1:]); len(v) == 0 {
			delete(o, path[0])
		}
	case []any:
		for _, entry := range v {
			if inner, ok := entry.(wire.Object); ok {
				drop(inner, path[1:])
			}
		}
	}
}

// canonical is a JSON text in one form, whatever its order and spaces; another text as it is.
func canonical(text string) string {
	if strings.HasPrefix(text, "%") {
		if plain, err := url.QueryUnescape(text); err == nil {
			text = plain
		}
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return text
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return text
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Equal says whether two states are the same; nil equals nil only.
func Equal(a, b wire.Object) bool {
	return (a == nil) == (b == nil) && len(Compare(a, b)) == 0
}

// Digest is the SHA-256 of a state in hexadecimal, "absent" of none.
func Digest(o wire.Object) string {
	if o == nil {
		return "absent"
	}
	b, err := json.Marshal(o)
	if err != nil {
		panic(err) // of a value that no API has; wire.Object has no other
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Code is the error code of a service's refusal, empty of any other error.
func Code(err error) string {
	var refused interface{ ErrorCode() string }
	if errors.As(err, &refused) {
		return refused.ErrorCode()
	}
	return ""
}
