package graph

import (
	"fmt"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

func showGrant(g inventory.Grant) string {
	operations := fmt.Sprint(g.Operations.Or(nil))
	if g.Operations.State() != inventory.StateKnown {
		operations = g.Operations.State().String() + " (" + g.Operations.Why() + ")"
	}
	out := g.Key + " to " + showText(g.Grantee) + ": " + operations
	if g.ContextEquals != nil {
		out += fmt.Sprint(" equals ", g.ContextEquals)
	}
	if g.ContextSubset != nil {
		out += fmt.Sprint(" subset ", g.ContextSubset)
	}
	return out
}

func TestGrants(t *testing.T) {
	const to = `"key_id": {"$ref": ["K", "key_id"]}, "grantee_principal": {"$ref": ["R", "arn"]}, "operations": ["Decrypt", "GenerateDataKey"]`
	const plain = "t#K to ${bedlock:ref:t#R#arn}: [Decrypt GenerateDataKey]"
	const open = "t#K to ${bedlock:ref:t#R#arn}: unknown (the constraints of the grant are not determined by the code: "
	for name, tt := range map[string]struct{ body, want string }{
		"plain":               {to, plain},
		"equals":              {to + `, "constraints": [{"encryption_context_equals": {"a": "b", "c": {"$ref": ["K", "arn"]}}}]`, plain + " equals map[a:b c:${bedlock:ref:t#K#arn}]"},
		"subset":              {to + `, "constraints": [{"encryption_context_subset": {"a": {"$unknown": "x"}}}]`, plain + " subset map[a:${bedlock:unknown:x}]"},
		"empty":               {to + `, "constraints": [{"encryption_context_equals": {}, "encryption_context_subset": {}}]`, plain},
		"in the second block": {to + `, "constraints": [{"encryption_context_equals": {}}, {"encryption_context_equals": {"a": "b"}}]`, plain + " equals map[a:b]"},
		"a value of two":      {to + `, "constraints": [{"encryption_context_equals": {"a": {"$if": ["C", "b", "c"]}}}]`, plain + " equals map[a:${bedlock:unknown:depends on whether C is true}]"},
		"unknown map":         {to + `, "constraints": [{"encryption_context_equals": {"$unknown": "x"}}]`, open + "x)"},
		"unknown block":       {to + `, "constraints": {"$unknown": "x"}`, open + "x)"},
		"a map of another":    {to + `, "constraints": [{"encryption_context_equals": {"$ref": ["R", "tags"]}}]`, open + "R tags is known only after deployment)"},
		"a block of two":      {to + `, "constraints": [{"$if": ["C", {"encryption_context_equals": {"a": "b"}}, null]}]`, open + "depends on whether C is true)"},
		"an account":          {`"key_id": "x", "grantee_principal": "arn:aws:iam::111122223333:root", "operations": [{"$unknown": "y"}]`, " to arn:aws:iam::111122223333:root: unknown (y)"},
		"operations of two":   {`"key_id": {"$ref": ["K", "id"]}, "grantee_principal": {"$unknown": "z"}, "operations": {"$if": ["C", ["Decrypt"], ["Encrypt"]]}`, "t#K to unknown (z): unknown (depends on whether C is true)"},
	} {
		t.Run(name, func(t *testing.T) {
			inv := assemble(t, build(t, "t", `{"K": ["aws_kms_key", {}], "R": ["aws_iam_role", {}], "G": ["aws_kms_grant", {`+tt.body+`}]}`))
			if got := showGrant(inv.Parts().Grants[0]); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	inv := assemble(t, build(t, "t", `{"K": ["aws_kms_key", {}], "R": ["aws_iam_role", {}], "G": ["aws_kms_grant", {`+to+`}, "var.on is true"]}`))
	if got, want := showGrant(inv.Parts().Grants[0]), "t#K to ${bedlock:ref:t#R#arn}: unknown (the grant is there only when var.on is true)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
