package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/fix/verify"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// cut is an estate whose nth call, and each after it, has no answer; the nth has its effect or not.
type cut struct {
	fix.Estate
	n, at  int
	effect bool
}

func (c *cut) Call(ctx context.Context, at fix.Place, call fix.Call) (wire.Object, error) {
	c.n++
	if c.n == c.at && c.effect {
		_, _ = c.Estate.Call(ctx, at, call)
	}
	if c.n >= c.at {
		return nil, errors.New("connection reset by peer")
	}
	return c.Estate.Call(ctx, at, call)
}

// keyedTable is a table under a key of the customer where AWS has not made its key for tables yet.
func keyedTable(t *testing.T) *fixtest.Plane {
	t.Helper()
	p := fixtest.Open(t, workshop)
	old := p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	p.Call("dynamodb", "CreateTable", wire.Object{
		"TableName": "tab", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": []any{wire.Object{"AttributeName": "id", "AttributeType": "S"}},
		"KeySchema": []any{wire.Object{"AttributeName": "id", "KeyType": "HASH"}}, "SSESpecification": wire.Object{"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": old},
	})
	return p
}

func encryption(p *fixtest.Plane) wire.Object {
	return p.Call("dynamodb", "DescribeTable", wire.Object{"TableName": "tab"}).Object("Table.SSEDescription").Without("Status")
}

// TestManagedKeyCut: a run that is cut off at any of its calls goes on to the key that AWS manages, or
// back to the one that the table had; without its journal it is verified as well.
func TestManagedKeyCut(t *testing.T) {
	managed := func(p *fixtest.Plane) wire.Object {
		return wire.Object{"SSEType": "KMS", "KMSMasterKeyArn": p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/aws/dynamodb"}).Text("KeyMetadata.Arn")}
	}
	for _, effect := range []bool{false, true} {
		for _, back := range []bool{false, true} {
			for at := 1; ; at++ {
				p := keyedTable(t)
				before := encryption(p)
				plan := p.Plan(fix.Target{Aim: fix.AWSManaged}, fix.Selection{}, "AWS::DynamoDB::Table")
				j := journal(t, plan)
				o := apply.Options{Estate: &cut{Estate: p.Estate(), at: at, effect: effect}, Attempts: 1, Poll: time.Millisecond, Pause: time.Millisecond}
				err := apply.Apply(t.Context(), j, o)
				if err == nil {
					if at < 5 {
						t.Fatalf("the run has %d calls only", at)
					}
					break
				}
				o.Estate = p.Estate()
				want := before
				if back {
					err = apply.Undo(t.Context(), j, o)
				} else {
					err, want = apply.Apply(t.Context(), j, o), managed(p)
				}
				if err != nil {
					t.Fatalf("call %d, effect %v, back %v: %v", at, effect, back, err)
				}
				if d := cmp.Diff(want, encryption(p)); d != "" {
					t.Errorf("call %d, effect %v, back %v: %s", at, effect, back, d)
				}
			}
		}
	}
}

// TestManagedKeyVerified: without a journal, the key that AWS has made is found by its alias.
func TestManagedKeyVerified(t *testing.T) {
	p := keyedTable(t)
	plan := p.Plan(fix.Target{Aim: fix.AWSManaged}, fix.Selection{}, "AWS::DynamoDB::Table")
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	verdict := func() verify.Verdict {
		r, err := verify.Run(t.Context(), verify.Options{Plan: plan, Inventory: p.Inventory("AWS::DynamoDB::Table"), Catalog: known, Estate: p.Estate().(live.Estate), Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return r.Verdict
	}
	if v := verdict(); v != verify.NotPlanned {
		t.Errorf("before: %s", v)
	}
	if err := apply.Apply(t.Context(), journal(t, plan), apply.Options{Estate: p.Estate(), Poll: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); v != verify.AsPlanned {
		t.Errorf("after: %s", v)
	}
}

// TestManagedKeyShutsOut: a rehearsal tells of a caller of another account that could use the key of
// the customer, and cannot use that which AWS manages.
func TestManagedKeyShutsOut(t *testing.T) {
	p := fixtest.Open(t, strings.Replace(workshop, `alias: alias/old}`, `alias: alias/old, policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:role/reader"]}, Action: "kms:*", Resource: "*"}]}}`, 1)+`
  "444455556666":
    roles:
      - name: reader
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}
`)
	old := p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/old"}).Text("KeyMetadata.Arn")
	p.Call("secretsmanager", "CreateSecret", wire.Object{"Name": "s", "SecretString": "hush", "KmsKeyId": old})
	plan := p.Plan(fix.Target{Aim: fix.AWSManaged}, fix.Selection{}, "AWS::SecretsManager::Secret")
	inv := p.Inventory("AWS::SecretsManager::Secret")
	parts := inv.Parts()
	reader := inventory.Known("arn:aws:iam::444455556666:role/reader", parts.Principals[0].At)
	parts.Principals = append(parts.Principals, inventory.Principal{
		ID: reader.Or(""), Kind: inventory.Role, ARN: reader, Name: inventory.Known("reader", reader.At()), Account: inventory.Known("444455556666", reader.At()),
		Policies: []inventory.NamedPolicy{{Name: "all", Policy: inventory.Known(inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`}, reader.At())}},
	})
	inv, err := inventory.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	known, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	r, err := rehearse.Run(t.Context(), rehearse.Options{Inventory: inv, Catalog: known, Plan: plan, AllowPartial: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unexpected) != 2 || !strings.HasPrefix(r.Unexpected[0], `secret "s", secret: arn:aws:iam::444455556666:role/reader can use it now and could not (create): `) {
		t.Errorf("%q, left %q", r.Unexpected, r.Left)
	}
}
