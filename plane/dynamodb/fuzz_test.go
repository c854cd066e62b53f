package dynamodb

import (
	"testing"

	"github.com/bedlock/bedlock/internal/wire"
)

func FuzzCondition(f *testing.F) {
	for _, text := range []string{"pk = :v", "#p = :v AND begins_with(sk, :v)", "pk=:v and sk between :v and :w", "(pk = :v) AND (sk >= :w)", "((((pk", "pk = :v AND", "begins_with("} {
		f.Add(text)
	}
	key := []keyAttribute{{"pk", "S"}, {"sk", "S"}}
	values := wire.Object{":v": wire.Object{"S": "a"}, ":w": wire.Object{"S": "b"}}
	item := wire.Object{"pk": wire.Object{"S": "a"}, "sk": wire.Object{"S": "ab"}}
	f.Fuzz(func(t *testing.T, text string) {
		c, problem := conditionOf(wire.Object{"KeyConditionExpression": text, "ExpressionAttributeValues": values, "ExpressionAttributeNames": wire.Object{"#p": "pk"}}, key)
		if (c == nil) == (problem == "") {
			t.Fatalf("%q: %v and %q", text, c, problem)
		}
		if c != nil {
			_ = c.holds(key, item)
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, text := range []string{"1", "-0.5e-3", "1e125", "1e999999999", "0e999999999", "Inf", "0x1", "1/2", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, ok := number(text); ok && n.Cmp(n) != 0 {
			t.Fatal(text)
		}
	})
}
