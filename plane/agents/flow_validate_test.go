package agents

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
)

// sound is a definition without a fault; tests break it in one place.
const sound = `{
 "nodes": [
  {"name":"in","type":"Input","configuration":{"input":{}},"outputs":[{"name":"document","type":"Object"}]},
  {"name":"choose","type":"Condition","configuration":{"condition":{"conditions":[{"name":"dear","expression":"price > 10"},{"name":"default"}]}},
   "inputs":[{"name":"price","type":"Number","expression":"$.data.price"}]},
  {"name":"dearOut","type":"Output","configuration":{"output":{}},"inputs":[{"name":"document","type":"String","expression":"$.data.name"}]},
  {"name":"otherOut","type":"Output","configuration":{"output":{}},"inputs":[{"name":"document","type":"Object","expression":"$.data"}]}
 ],
 "connections": [
  {"name":"c1","type":"Data","source":"in","target":"choose","configuration":{"data":{"sourceOutput":"document","targetInput":"price"}}},
  {"name":"c2","type":"Data","source":"in","target":"dearOut","configuration":{"data":{"sourceOutput":"document","targetInput":"document"}}},
  {"name":"c3","type":"Data","source":"in","target":"otherOut","configuration":{"data":{"sourceOutput":"document","targetInput":"document"}}},
  {"name":"c4","type":"Conditional","source":"choose","target":"dearOut","configuration":{"conditional":{"condition":"dear"}}},
  {"name":"c5","type":"Conditional","source":"choose","target":"otherOut","configuration":{"conditional":{"condition":"default"}}}
 ]}`

// faults are the types of what is wrong with a definition, where, in order.
func faults(t *testing.T, text string) string {
	t.Helper()
	var o wire.Object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var out []string
	for _, v := range validate(o) {
		typ := v.Text("type")
		details := v.Object("details." + strings.ToLower(typ[:1]) + typ[1:])
		if details == nil {
			t.Errorf("%s has no details: %v", typ, v)
		}
		var where []string
		for _, value := range details {
			if s, ok := value.(string); ok {
				where = append(where, s)
			}
		}
		slices.Sort(where)
		out = append(out, typ+"("+strings.Join(where, ",")+")")
	}
	return strings.Join(out, " ")
}

func TestValidate(t *testing.T) {
	if got := faults(t, sound); got != "" {
		t.Errorf("a sound definition: %s", got)
	}
	for _, c := range []struct{ old, with, want string }{
		{`"price > 10"`, `"price >"`, "MalformedConditionExpression(a value is missing,choose,dear)"},
		{`"price > 10"`, `"cost > 10"`, "MalformedConditionExpression(choose,dear,there is no input cost)"},
		{`,{"name":"default"}`, ``, "MissingDefaultCondition(choose) UnknownConnectionCondition(c5)"},
		{`{"name":"default"}`, `{"name":"default"},{"name":"again","expression":"price > 10"}`, "DuplicateConditionExpression(choose,price > 10)"},
		{`"$.data.price"`, `"price"`, "MalformedNodeInputExpression(an expression begins with $.data and goes on with .name or [index],choose,price)"},
		{`"source":"in","target":"choose"`, `"source":"no","target":"choose"`, "UnreachableNode(choose) UnknownConnectionSource(c1)"},
		{`"target":"otherOut","configuration":{"data"`, `"target":"no","configuration":{"data"`, "UnfulfilledNodeInput(document,otherOut) UnknownConnectionTarget(c3)"},
		{`"sourceOutput":"document","targetInput":"price"`, `"sourceOutput":"no","targetInput":"price"`, "UnknownConnectionSourceOutput(c1)"},
		{`"sourceOutput":"document","targetInput":"price"`, `"sourceOutput":"document","targetInput":"no"`, "UnfulfilledNodeInput(choose,price) UnknownConnectionTargetInput(c1)"},
		{`"condition":"dear"`, `"condition":"no"`, "UnknownConnectionCondition(c4)"},
		{`"type":"Object","expression":"$.data"`, `"type":"Array","expression":"$.data"`, "IncompatibleConnectionDataType(c3)"},
		{`"configuration":{"conditional":{"condition":"dear"}}`, `"configuration":{}`, "MissingConnectionConfiguration(c4)"},
		{`"configuration":{"condition":{"conditions":[{"name":"dear","expression":"price > 10"},{"name":"default"}]}},`, ``,
			"MissingNodeConfiguration(choose) MissingDefaultCondition(choose) UnknownConnectionCondition(c4) UnknownConnectionCondition(c5)"},
		{`"outputs":[{"name":"document","type":"Object"}]`, `"outputs":[]`,
			"MissingNodeOutput(document,in) UnknownConnectionSourceOutput(c1) UnknownConnectionSourceOutput(c2) UnknownConnectionSourceOutput(c3)"},
		{`"outputs":[{"name":"document","type":"Object"}]`, `"outputs":[{"name":"document","type":"Object"},{"name":"more","type":"Object"}]`, "UnknownNodeOutput(in,more)"},
		{`"inputs":[{"name":"document","type":"Object","expression":"$.data"}]`, `"inputs":[]`, "MissingNodeInput(document,otherOut) UnknownConnectionTargetInput(c3)"},
		{`{"name":"in","type":"Input"`, `{"name":"in","type":"LambdaFunction"`,
			"MissingStartingNodes() MissingNodeConfiguration(in) MissingNodeOutput(functionResponse,in) UnknownNodeOutput(document,in)"},
		{`"connections": [`, `"connections": [{"name":"c0","type":"Data","source":"in","target":"choose","configuration":{"data":{"sourceOutput":"document","targetInput":"price"}}},`,
			"MultipleNodeInputConnections(choose,price) DuplicateConnections(choose,in)"},
		{`"connections": [`, `"connections": [{"name":"c0","type":"Conditional","source":"choose","target":"choose","configuration":{"conditional":{"condition":"dear"}}},`,
			"CyclicConnection(c0)"},
	} {
		if strings.Count(sound, c.old) != 1 {
			t.Fatalf("%s is not once in the definition", c.old)
		}
		if got := faults(t, strings.Replace(sound, c.old, c.with, 1)); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.with, got, c.want)
		}
	}
	if got := faults(t, `{}`); got != "MissingStartingNodes() MissingEndingNodes()" {
		t.Error(got)
	}
	if got := faults(t, `{"nodes":[{"name":"it","type":"Iterator","configuration":{"iterator":{}},"inputs":[{"name":"array","type":"String","expression":"$.data"}],
	 "outputs":[{"name":"arrayItem","type":"String"},{"name":"arraySize","type":"Number"}]},{"name":"kb","type":"KnowledgeBase","configuration":{"knowledgeBase":{"knowledgeBaseId":""}},
	 "inputs":[{"name":"retrievalQuery","type":"String","expression":"$.data"}],"outputs":[{"name":"retrievalResults","type":"Array"}]}]}`); got !=
		"MissingStartingNodes() MissingEndingNodes() MismatchedNodeInputType(Array,array,it) UnfulfilledNodeInput(array,it) MissingNodeConfiguration(kb) UnfulfilledNodeInput(kb,retrievalQuery)" {
		t.Error(got)
	}
}
