package fix

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/wire"
)

// fixed is an estate that answers one thing.
type fixed wire.Object

func (a fixed) Call(context.Context, Place, Call) (wire.Object, error) { return wire.Object(a), nil }

// TestRecipesElsewhere are recipes in partitions that the local plane is not asked for. An empty key
// is AWS's default.
func TestRecipesElsewhere(t *testing.T) {
	for _, c := range []struct {
		name, typ, arn, slot, key string
		answer                    string
		read, do, undo            string
	}{
		{
			name: "queue in China", typ: "AWS::SQS::Queue", arn: "arn:aws-cn:sqs:cn-north-1:111122223333:q", slot: "messages",
			answer: `{"Attributes": {"QueueArn": "arn:aws-cn:sqs:cn-north-1:111122223333:q", "KmsMasterKeyId": "alias/app", "KmsDataKeyReusePeriodSeconds": "600", "SqsManagedSseEnabled": "false"}}`,
			read:   `GetQueueAttributes {"AttributeNames":["All"],"QueueUrl":"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q"}`,
			do:     `SetQueueAttributes {"Attributes":{"SqsManagedSseEnabled":"true"},"QueueUrl":"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q"}`,
			undo:   `SetQueueAttributes {"Attributes":{"KmsDataKeyReusePeriodSeconds":"600","KmsMasterKeyId":"alias/app"},"QueueUrl":"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q"}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := embedded(t).Type(c.typ)
			r := recipeOf(c.typ, c.slot)
			p, err := r.of(e, c.arn)
			if err != nil {
				t.Fatal(err)
			}
			p.managed = func(string) bool { return false }
			var answer wire.Object
			if err := json.Unmarshal([]byte(c.answer), &answer); err != nil {
				t.Fatal(err)
			}
			state := p.state()
			var before wire.Object
			if p.answer, before, err = state.observe(t.Context(), fixed(answer), Place{}); err != nil {
				t.Fatal(err)
			}
			after, err := r.Key(before, c.slot, c.key)
			if err != nil {
				t.Fatal(err)
			}
			do, err := r.Write(p, before, after)
			if err != nil {
				t.Fatal(err)
			}
			undo, err := r.Write(p, after, before)
			if err != nil {
				t.Fatal(err)
			}
			for what, x := range map[string]struct {
				want string
				got  Call
			}{"read": {c.read, state.Read}, "do": {c.do, do[0]}, "undo": {c.undo, undo[0]}} {
				if err := fits(x.got.Service, x.got.Operation, x.got.Input); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				in, err := json.Marshal(x.got.Input)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(x.want, x.got.Operation+" "+string(in)); d != "" {
					t.Errorf("%s: %s", what, d)
				}
			}
		})
	}
}

// TestReplicated: a global table is changed in one call for all of its replicas, which no step does.
func TestReplicated(t *testing.T) {
	r := recipeOf("AWS::DynamoDB::Table", "table")
	p := &parts{recipe: r, answer: wire.Object{"Table": wire.Object{"Replicas": []any{wire.Object{"RegionName": "eu-central-1"}}}}}
	if got, want := r.Stays(p, "table", New), "it is a global table, whose replicas must have keys of the same kind: all of them are changed in one call, with a key of each Region"; got != want {
		t.Errorf("%q", got)
	}
	p.answer = wire.Object{"Table": wire.Object{}}
	if got := r.Stays(p, "table", New); got != "" {
		t.Errorf("%q", got)
	}
}
