package s3vectors

import (
	"encoding/json"
	"testing"
)

func anyKey(string) bool { return true }

func TestFilterRefusals(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                    "it must be an object with conditions",
		`{}`:                    "it must be an object with conditions",
		`{"$not":{"a":1}}`:      "there is no operator $not here",
		`{"$and":[]}`:           "$and must have a list of filters",
		`{"$or":{"a":1}}`:       "$or must have a list of filters",
		`{"a":{}}`:              "the condition for a is empty",
		`{"a":{"$like":"x"}}`:   "there is no operator $like",
		`{"a":{"$gt":"x"}}`:     "$gt of a must have a number",
		`{"a":{"$in":"x"}}`:     "$in of a must have a list of strings, numbers or booleans",
		`{"a":{"$exists":1}}`:   "$exists of a must have a boolean",
		`{"a":[1]}`:             "$eq of a must have a string, a number or a boolean",
		`{"a":{"$eq":{"b":1}}}`: "$eq of a must have a string, a number or a boolean",
	} {
		_, err := parseFilter([]byte(text), anyKey)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// FuzzFilter: no filter makes the parser or a match panic, and a filter and its opposite never
// agree.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`{"genre":"news"}`, `{"year":{"$gte":2001,"$lt":2020}}`, `{"$or":[{"year":2020},{"genre":{"$in":["sport"]}}]}`,
		`{"$and":[{"a":true},{"b":{"$exists":false}}]}`, `{"a":{"$nin":[1,"x",false]}}`, `{"a":{"$ne":1e400}}`,
	} {
		f.Add([]byte(seed))
	}
	metadata := map[string]any{"genre": []any{"news", json.Number("1")}, "year": json.Number("2001"), "a": true}
	f.Fuzz(func(t *testing.T, text []byte) {
		match, err := parseFilter(text, anyKey)
		if err != nil {
			return
		}
		if both, err := parseFilter([]byte(`{"$and":[`+string(text)+`,`+string(text)+`]}`), anyKey); err == nil && both(metadata) != match(metadata) {
			t.Errorf("%s is not itself twice", text)
		}
	})
}
