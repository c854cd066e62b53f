package bedrock

import (
	"encoding/json"
	"testing"
)

func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                                `null`,
		"{\"a\":1}\r\n\n {\"b\":[]} ":     `[{"a":1},{"b":[]}]`,
		"{}\n[]":                          "line 2 is not a JSON object",
		"\nnull":                          "line 2 is not a JSON object",
		"{\"recordId\":\"A\"}{\"b\":1}\n": "line 1 is not a JSON object",
	} {
		list, err := lines([]byte(text))
		got := ""
		if err != nil {
			got = err.Error()
		} else if b, err := json.Marshal(list); err == nil {
			got = string(b)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzLines: what is read can be written, a line for each object, and is the same again.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		`{"recordId":"3223593EFGH","modelInput":{"inputText":"Roses are red, violets are"}}` + "\n" + `{"recordId":"1223213ABCD","modelInput":{"inputText":"Hello world"}}`,
		`{"recordId":"CALL0000001","modelInput":{"anthropic_version":"bedrock-2023-05-31","max_tokens":1024,"messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}}` + "\n",
		`{"prompt":"Rome?","referenceResponse":"Italy","category":"Capitals"}`, "", "{", "null", "\n\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := lines(text)
		if err != nil {
			return
		}
		var out []byte
		for _, o := range list {
			b, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			out = append(append(out, b...), '\n')
		}
		again, err := lines(out)
		if err != nil {
			t.Fatalf("%v of %q", err, out)
		}
		if len(again) != len(list) {
			t.Errorf("%d objects, then %d", len(list), len(again))
		}
	})
}
