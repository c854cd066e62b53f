package awsjson

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/model"
)

// patternFacts are, for each pattern of KMS, a value that matches and whether a string of
// any number of a does.
var patternFacts = map[string]struct {
	sample string
	as     bool
}{
	`^\p{ASCII}+$`:                       {"alias/x", true},
	`[\w]+`:                              {"default", true},
	`[\u0020-\u00FF]*`:                   {"marker", true},
	`^[a-zA-Z0-9:/_-]+$`:                 {"alias/x", true},
	`^[\w+=,.@:/-]+$`:                    {"arn:aws:iam::111122223333:role/r", true},
	`^[a-zA-Z0-9:/_\s.-]+$`:              {"made at home", true},
	`^[a-zA-Z0-9-_.]+$`:                  {"key-1", true},
	`^([a-z]+-){2,3}\d+$`:                {"eu-central-1", false},
	`^[a-f0-9]+$`:                        {strings.Repeat("0f", 32), true},
	`^[A-Z2-7]+$`:                        {"ABCDEFGHIJKLMNOP2345", false},
	`[0-9]{12}`:                          {"111122223333", false},
	`cluster-[2-7a-zA-Z]{11,16}`:         {"cluster-1a23b4cdefg"[:8] + "aa23b4cdefg", false},
	`^https://[a-zA-Z0-9.-]+$`:           {"https://xks.example.com", false},
	`^[a-zA-Z0-9\/+=]+$`:                 {strings.Repeat("s", 43), true},
	`[\u0009\u000A\u000D\u0020-\u00FF]+`: {"{\"Version\":\t\"2012-10-17\"}\r\n", true},
	`^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$`:            {"ec2.amazonaws.com", false},
	`^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$`:             {"arn:aws:s3:eu-central-1:111122223333:b", false},
	`^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$`: {"com.amazonaws.vpce.us-east-1.vpce-svc-0a", false},
	`^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$`:       {"/kms/xks/v1", false},
}

// valid returns a JSON value that satisfies a shape.
func sample(t testing.TB, s *Service, name string) any {
	t.Helper()
	sh := shapeOf(t, s, name)
	switch sh.Type {
	case model.TypeStructure:
		out := map[string]any{}
		for _, m := range sh.Members {
			out[m.Name] = sample(t, s, m.Shape)
		}
		return out
	case model.TypeList:
		return []any{sample(t, s, sh.Element.Shape)}
	case model.TypeMap:
		return map[string]any{"k": sample(t, s, sh.Value.Shape)}
	case model.TypeBoolean:
		return true
	case model.TypeInteger:
		return *sh.Min
	case model.TypeTimestamp:
		return 1571767572.317
	case model.TypeBlob:
		return base64.StdEncoding.EncodeToString(make([]byte, 32))
	case model.TypeString:
		if len(sh.Enum) > 0 {
			return sh.Enum[0]
		}
		if sh.Pattern != "" {
			if f, ok := patternFacts[sh.Pattern]; ok {
				return f.sample
			}
			t.Fatalf("no sample for %s %q", name, sh.Pattern)
		}
		size := 1
		if sh.Min != nil {
			size = max(1, int(*sh.Min))
		}
		return strings.Repeat("a", size)
	}
	t.Fatalf("shape %s is a %s", name, sh.Type)
	return nil
}

// place is where a value stands in the input of an operation.
type place struct {
	operation string
	// keys lead to the value: names of members, indexes of lists.
	keys []any
	// at is how messages name it.
	at    string
	shape *model.Shape
	// required and sensitive are those of the member.
	required, sensitive bool
}

// places lists every member of every input, nested ones too.
func places(t testing.TB, s *Service) []place {
	var out []place
	var visit func(p place)
	visit = func(p place) {
		for _, m := range p.shape.Members {
			sh := shapeOf(t, s, m.Shape)
			q := place{p.operation, append(slices.Clone(p.keys), m.Name), strings.TrimPrefix(p.at+"."+strings.ToLower(m.Name[:1])+m.Name[1:], "."), sh, m.Required, sh.Sensitive}
			out = append(out, q)
			if sh.Type == model.TypeList && shapeOf(t, s, sh.Element.Shape).Type == model.TypeStructure {
				q.keys, q.at, q.shape = append(slices.Clone(q.keys), 0), q.at+".1.member", shapeOf(t, s, sh.Element.Shape)
			}
			visit(q)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.api.Operations)) {
		visit(place{operation: name, shape: shapeOf(t, s, s.api.Operations[name].Input)})
	}
	return out
}

// with returns the body of a valid input in which one value is another; nil: it is absent.
func (p place) with(t testing.TB, s *Service, value any) string {
	t.Helper()
	in := sample(t, s, s.api.Operations[p.operation].Input)
	var here = in
	for i, k := range p.keys {
		last := i == len(p.keys)-1
		switch k := k.(type) {
		case int:
			here = here.([]any)[k]
		case string:
			if m := here.(map[string]any); last && value == nil {
				delete(m, k)
			} else if last {
				m[k] = value
			} else {
				here = m[k]
			}
		}
	}
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// violation is the message of one violation.
func (p place) violation(value, constraint string) string {
	text := "Value " + value + " at '"
	if p.sensitive || p.shape.Type == model.TypeBlob && value != "null" {
		text = "Value at '"
	}
	return text + p.at + "' failed to satisfy constraint: " + constraint
}

// TestEveryConstraint goes through all inputs of KMS: each required member is left out,
// each bound met and exceeded, each enumeration left. Codes and messages are exact.
func TestEveryConstraint(t *testing.T) {
	s := kms(t)
	roots := inputs(t, s)
	if len(roots) != 56 {
		t.Fatalf("%d operations, want 56", len(roots))
	}
	counts := map[string]int{}
	check := func(p place, kind, body string, want ...string) {
		t.Helper()
		counts[kind]++
		wantCode, wantMessage := "", ""
		if len(want) > 0 {
			wantCode, wantMessage = ValidationException, fmt.Sprintf("%d validation errors detected: %s", len(want), strings.Join(want, "; "))
			if len(want) == 1 {
				wantMessage = "1 validation error detected: " + want[0]
			}
		}
		if _, code, message := read(roots[p.operation], body); code != wantCode || message != wantMessage {
			t.Errorf("%s %s, %s\ngot  %s %.300s\nwant %s %.300s", p.operation, p.at, kind, code, message, wantCode, wantMessage)
		}
	}
	for _, p := range places(t, s) {
		absent := p.with(t, s, nil)
		if p.required {
			check(p, "required", absent, p.violation("null", "Member must not be null"))
		} else {
			check(p, "optional", absent)
		}
		checkBounds(t, s, p, check)
		checkElements(t, s, p, check)
		if len(p.shape.Enum) == 0 {
			continue
		}
		for _, v := range p.shape.Enum {
			check(p, "enum value", p.with(t, s, v))
		}
		check(p, "enum", p.with(t, s, "FOO"), p.violation("'FOO'", "Member must satisfy enum value set: ["+strings.Join(s.api.Listed(p.shape), ", ")+"]"))
	}
	t.Log(counts)
	for kind, least := range map[string]int{"required": 80, "optional": 100, "at bound": 200, "beyond bound": 150, "enum": 30, "enum value": 150, "element": 25} {
		if counts[kind] < least {
			t.Errorf("%d checks of kind %q, want at least %d: the table has shrunk", counts[kind], kind, least)
		}
	}
}

// checkBounds meets the bounds of a value and goes one beyond.
func checkBounds(t *testing.T, s *Service, p place, check func(p place, kind, body string, want ...string)) {
	what := "length"
	if p.shape.Type == model.TypeInteger {
		what = "value"
	}
	fact, patterned := patternFacts[p.shape.Pattern]
	try := func(size int, kind, broken string) {
		var want []string
		value, printed := sized(t, s, p.shape, size)
		if broken != "" {
			want = append(want, p.violation(printed, broken))
		}
		if patterned && (!fact.as || size == 0 && !strings.HasSuffix(p.shape.Pattern, "*")) {
			want = append(want, p.violation(printed, "Member must satisfy regular expression pattern: "+p.shape.Pattern))
		}
		check(p, kind, p.with(t, s, value), want...)
	}
	if p.shape.Max != nil {
		try(int(*p.shape.Max), "at bound", "")
		try(int(*p.shape.Max)+1, "beyond bound", fmt.Sprintf("Member must have %s less than or equal to %.0f", what, *p.shape.Max))
	}
	if p.shape.Min != nil {
		try(int(*p.shape.Min), "at bound", "")
		if *p.shape.Min > 0 {
			try(int(*p.shape.Min)-1, "beyond bound", fmt.Sprintf("Member must have %s greater than or equal to %.0f", what, *p.shape.Min))
		}
	}
}

// checkElements violates each constraint of the elements of a list of simple values.
func checkElements(t *testing.T, s *Service, p place, check func(p place, kind, body string, want ...string)) {
	if p.shape.Type != model.TypeList || shapeOf(t, s, p.shape.Element.Shape).Type != model.TypeString {
		return
	}
	sh := shapeOf(t, s, p.shape.Element.Shape)
	var all []string
	var bad []any
	if sh.Max != nil {
		all = append(all, fmt.Sprintf("Member must have length less than or equal to %.0f", *sh.Max))
		bad = append(bad, strings.Repeat("a", int(*sh.Max)+1))
	}
	if sh.Min != nil {
		all = append(all, fmt.Sprintf("Member must have length greater than or equal to %.0f", *sh.Min))
		bad = append(bad, strings.Repeat("a", int(*sh.Min)-1))
	}
	if len(sh.Enum) > 0 {
		all = append(all, "Member must satisfy enum value set: ["+strings.Join(s.api.Listed(sh), ", ")+"]")
		bad = append(bad, "FOO")
	}
	good := sample(t, s, p.shape.Element.Shape)
	for _, v := range bad {
		check(p, "element", p.with(t, s, []any{good, v}),
			p.violation(fmt.Sprintf("'[%v, %v]'", good, v), "Member must satisfy constraint: ["+strings.Join(all, ", ")+"]"))
	}
}

// sized returns a value of a size and how it is printed.
func sized(t testing.TB, s *Service, sh *model.Shape, size int) (value any, printed string) {
	switch sh.Type {
	case model.TypeInteger:
		return size, fmt.Sprintf("'%d'", size)
	case model.TypeBlob:
		return base64.StdEncoding.EncodeToString(make([]byte, size)), ""
	case model.TypeList:
		element := sample(t, s, sh.Element.Shape)
		return slices.Repeat([]any{element}, size), "'[" + strings.Join(slices.Repeat([]string{fmt.Sprint(element)}, size), ", ") + "]'"
	}
	text := strings.Repeat("a", size)
	return text, "'" + text + "'"
}

// TestEveryType sends a value of each other JSON type to each member.
func TestEveryType(t *testing.T) {
	s := kms(t)
	roots := inputs(t, s)
	const list, object = "Start of list found where not expected", "Start of structure or map found where not expected."
	targets := map[model.Type]string{
		model.TypeString: "a String", model.TypeInteger: "an Integer", model.TypeTimestamp: "milliseconds since epoch",
		model.TypeBlob: "a Blob", model.TypeBoolean: "a Boolean",
	}
	whole := map[model.Type]string{
		model.TypeList: "Expected list or null", model.TypeMap: "Expected map or null", model.TypeStructure: "Expected null",
	}
	n := 0
	for _, p := range places(t, s) {
		for _, v := range []struct {
			value any
			token string
			fits  []model.Type
		}{
			{"word", "STRING_VALUE", []model.Type{model.TypeString, model.TypeBlob}},
			{7, "NUMBER_VALUE", []model.Type{model.TypeInteger, model.TypeTimestamp}},
			{true, "TRUE_VALUE", []model.Type{model.TypeBoolean}},
			{false, "FALSE_VALUE", []model.Type{model.TypeBoolean}},
			{[]any{}, list, []model.Type{model.TypeList}},
			{map[string]any{}, object, []model.Type{model.TypeMap, model.TypeStructure}},
		} {
			if slices.Contains(v.fits, p.shape.Type) {
				continue
			}
			want := v.token
			if want != list && want != object {
				want += " can not be converted to " + targets[p.shape.Type]
				if text, ok := whole[p.shape.Type]; ok {
					want = text
				}
				if v.token == "STRING_VALUE" && p.shape.Type == model.TypeBoolean {
					want = "STRING_VALUE can not be converted to an Boolean"
				}
			}
			n++
			if _, code, message := read(roots[p.operation], p.with(t, s, v.value)); code != SerializationException || message != want {
				t.Errorf("%s %s = %v: %s %q, want %q", p.operation, p.at, v.value, code, message, want)
			}
		}
	}
	if n < 1000 {
		t.Errorf("%d values, want at least 1000", n)
	}
}
