package model

import (
	"maps"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// small is a complete table; the cases below break it in one place each.
const small = `{"format":1,"name":"x","metadata":{"id":"X","fullName":"X","apiVersion":"1",
"protocol":"json","protocols":["json"],"endpointPrefix":"x","signingName":"x","signatureVersion":"v4","auth":[]},
"operations":{"Get":{"method":"POST","uri":"/","code":200,"input":"In","errors":["Bad"],
"page":{"input":["t"],"output":["t"]}}},
"shapes":{"In":{"type":"structure","members":[{"name":"t","shape":"S"},{"name":"l","shape":"L"},{"name":"m","shape":"M"}],"payload":"t"},
"S":{"type":"string","min":1,"max":2},
"L":{"type":"list","element":{"shape":"In"}},
"M":{"type":"map","key":{"shape":"S"},"value":{"shape":"S"}},
"Bad":{"type":"structure","exception":true}}}`

func TestDecode(t *testing.T) {
	s, err := decode([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if s.Operations["Get"].Name != "Get" || s.Shapes["In"].Members[0].Location != LocationBody || s.Shapes["L"].Element.Location != LocationBody {
		t.Errorf("what the table leaves out is not completed: %+v", s)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"format":1`, `"format":2`, "format 2, want 1"},
		{`"format":1,`, ``, "format 0, want 1"},
		{`"format":1`, `"format":1,"extra":1`, "extra"},
		{`"id":"X"`, `"id":"X","ID":"X"`, "ID"},
		{`"code":200`, `"code":200,"extra":1`, "extra"},
		{`"min":1`, `"min":1,"extra":1`, "extra"},
		{`"shape":"S"}`, `"shape":"S","extra":1}`, "extra"},
		{`"min":1`, `"min":1,"min":2`, "duplicate"},
		{`"name":"x"`, `"name":""`, "no name"},
		{`"protocol":"json"`, `"protocol":"grpc"`, `unknown protocol "grpc"`},
		{`"protocol":"json"`, `"protocol":""`, `unknown protocol ""`},
		{`"protocol":"json"`, `"protocol":"query"`, "query is not among"},
		{`"protocol":"json",`, ``, "no protocol"},
		{`"signingName":"x"`, `"signingName":""`, "signing name"},
		{`"method":"POST"`, `"method":""`, "no binding"},
		{`"uri":"/"`, `"uri":"x"`, "no binding"},
		{`"code":200`, `"code":0`, "status 0"},
		{`"code":200`, `"code":"200"`, "code"},
		{`"input":"In"`, `"input":"S"`, `no structure "S"`},
		{`"input":"In"`, `"input":"Nothing"`, `no structure "Nothing"`},
		{`["Bad"]`, `["In"]`, `no error "In"`},
		{`"input":["t"]`, `"input":[]`, "do not pair"},
		{`{"method"`, `null,"Put":{"method"`, "operation Get: null"},
		{`"S":{"type":"string","min":1,"max":2}`, `"S":null`, "shape"},
		{`"type":"string"`, `"type":"text"`, `unknown type "text"`},
		{`"type":"string",`, ``, "shape S: no type"},
		{`"type":"string"`, `"type":"structure","members":[{"name":"a","shape":"S"},{"name":"a","shape":"S"}]`, "repeated name"},
		{`"type":"string"`, `"type":"string","members":[{"name":"a","shape":"S"}]`, "string has members"},
		{`"type":"list","element":{"shape":"In"}`, `"type":"list"`, "list and element do not fit"},
		{`"type":"string"`, `"type":"string","element":{"shape":"S"}`, "string and element do not fit"},
		{`,"value":{"shape":"S"}`, ``, "map and key or value do not fit"},
		{`"type":"string"`, `"type":"string","value":{"shape":"S"}`, "string and key or value do not fit"},
		{`"element":{"shape":"In"}`, `"element":{"shape":"In","name":"a"}`, `has the name "a"`},
		{`"element":{"shape":"In"}`, `"element":{"shape":"No"}`, `no shape "No"`},
		{`{"name":"l","shape":"L"}`, `{"name":"l","shape":"L","location":"cookie"}`, `unknown location "cookie"`},
		{`"payload":"t"`, `"payload":"x"`, "payload x is not a member"},
		{`"min":1`, `"min":3`, "min 3 is above max 2"},
		{`"max":2`, `"max":1e300`, "not exact"},
		{`"exception":true}}}`, `"exception":true}}}{}`, "after top-level value"},
		{`"name":"x"`, "\"name\":\"\xff\"", "UTF-8"},
	} {
		broken := strings.Replace(small, c.old, c.new, 1)
		if broken == small {
			t.Errorf("%s is not in the table", c.old)
			continue
		}
		switch s, err := decode([]byte(broken)); {
		case err == nil:
			t.Errorf("%s -> %s: decoded as %+v", c.old, c.new, s)
		case !strings.Contains(err.Error(), c.want):
			t.Errorf("%s -> %s: %v, want %q in it", c.old, c.new, err, c.want)
		}
	}
}

// excerpt returns the table of a service with one operation and the shapes that
// it needs. Whole tables are too large to be mutated well.
func excerpt(t testing.TB, service, operation string) []byte {
	t.Helper()
	plain, err := table(service)
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	if err := json.Unmarshal(plain, &whole); err != nil {
		t.Fatal(err)
	}
	s := load(t, service)
	op := s.Operations[operation]
	needed := map[string]bool{}
	for _, root := range append([]string{op.Input, op.Output}, op.Errors...) {
		if root == "" {
			continue
		}
		needed[root] = true
		if err := s.Walk(root, func(_ string, m *Member, sh *Shape) error {
			needed[m.Shape] = true
			if sh.Key != nil {
				needed[sh.Key.Shape] = true
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	maps.DeleteFunc(whole["shapes"].(map[string]any), func(name string, _ any) bool { return !needed[name] })
	maps.DeleteFunc(whole["operations"].(map[string]any), func(name string, _ any) bool { return name != operation })
	cut, err := json.Marshal(whole, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decode(cut); err != nil {
		t.Fatal(err)
	}
	return cut
}

// FuzzDecode feeds tables to the decoder. What it accepts must be complete
// enough for the readers: they may not panic, and every walk must end. Run it
// with -fuzzminimizetime=1s: shrinking a seed of some kilobytes otherwise takes
// all the time there is, and nothing new is tried.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(small))
	for _, seed := range [][2]string{
		{"bedrock", "UpdateGuardrail"}, {"bedrock-agent", "ListFlows"}, {"iam", "GetRole"},
		{"kms", "Decrypt"}, {"s3", "PutBucketEncryption"}, {"s3", "ListMultipartUploads"},
		{"s3control", "GetAccessPoint"}, {"sts", "AssumeRoleWithSAML"},
	} {
		f.Add(excerpt(f, seed[0], seed[1]))
	}
	f.Add([]byte(`null`))
	f.Add([]byte(`{"format":1,"shapes":{"":null},"operations":{"":{}}}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		s, err := decode(plain)
		if (s == nil) == (err == nil) {
			t.Fatalf("decode returned %v and %v", s, err)
		}
		if err != nil {
			return
		}
		for name := range s.Shapes {
			left := 1000
			walkErr := s.Walk(name, func(path string, m *Member, sh *Shape) error {
				if m == nil || sh == nil || m.Location == 0 || sh.Type == 0 {
					t.Fatalf("%s: incomplete %s", name, path)
				}
				if left--; left < 0 {
					return errEnough
				}
				return nil
			})
			if walkErr != nil && walkErr != errEnough {
				t.Fatal(walkErr)
			}
		}
	})
}
