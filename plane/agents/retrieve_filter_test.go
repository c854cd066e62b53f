package agents

import (
	"encoding/json"
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
)

// FuzzFilter: whatever a filter is, it is refused or decides.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`{"equals":{"key":"site","value":"Bern"}}`, `{"in":{"key":"site","value":["Bern",1,true]}}`, `{"listContains":{"key":"tags","value":"y"}}`,
		`{"andAll":[{"greaterThan":{"key":"year","value":2000}},{"orAll":[{"startsWith":{"key":"site","value":"Be"}},{"notEquals":{"key":"open","value":false}}]}]}`,
		`{"andAll":[{"orAll":[{"andAll":[]}]}]}`, `{"near":{"key":"site","value":"Bern"}}`, `{"equals":{}}`, `{}`,
	} {
		f.Add(seed, `{"site":"Bern","year":2024,"open":true,"tags":["x","y"]}`)
	}
	f.Fuzz(func(t *testing.T, text, about string) {
		var in wire.Object
		var metadata map[string]any
		if json.Unmarshal([]byte(text), &in) != nil || json.Unmarshal([]byte(about), &metadata) != nil {
			return
		}
		r := &emulate.Request{}
		got, err := newFilter(r, in)
		if err != nil {
			return
		}
		got.passes(metadata)
		if out, err := got.ofVectors(r); err == nil && len(out) != 1 {
			t.Errorf("%s is %v for S3 Vectors", text, out)
		}
	})
}

func TestFilterThatIsNotHere(t *testing.T) {
	_, err := newFilter(&emulate.Request{}, wire.Object{"near": wire.Object{"key": "site", "value": "Bern"}})
	if err == nil || err.Error() != "UnknownOperationException: not implemented by the local plane: the filter near" {
		t.Error(err)
	}
}
