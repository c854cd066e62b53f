package awsapi

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// counted are calls by operation.
type counted struct {
	mu    sync.Mutex
	calls map[string]int
}

func (c *counted) add(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = map[string]int{}
	}
	c.calls[operation]++
}

// TestKeysOfAWSAreOnlyDescribed: everything else fails and sets off alarms.
func TestKeysOfAWSAreOnlyDescribed(t *testing.T) {
	var c counted
	f := &fleet{other: func(operation, account string, in wire.Object) (wire.Object, *wire.Error) {
		c.add(operation)
		if operation == "DescribeKey" {
			return wire.Object{"KeyMetadata": wire.Object{"KeyId": in.Text("KeyId"), "Arn": in.Text("KeyId"), "KeyManager": "AWS", "KeyState": "Enabled"}}, nil
		}
		return nil, nil
	}}
	o := fleetOptions(t, serveFleet(t, f), 0)
	o.Role, o.Rate, o.Types = "", 10000, []string{"AWS::Bedrock::Guardrail"}
	inv, err := Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"GetCallerIdentity": 1, "GetAccountAuthorizationDetails": 1, "ListAliases": 1, "ListKeys": 1, "DescribeKey": fleetKeys,
		"ListGuardrails": 2, "GetGuardrail": fleetGuardrails, "GetResourcePolicy": fleetGuardrails, "ListTagsForResource": fleetGuardrails,
	}
	if d := cmp.Diff(want, c.calls); d != "" {
		t.Errorf("calls: %s", d)
	}
	if k := inv.Parts().Keys; len(k) != fleetKeys || k[0].Manager.Or("") != catalog.OwnerAWSManaged {
		t.Errorf("%d keys: %+v", len(k), k)
	}
}

// TestKeysOfOtherAccounts are described from the account that names them; the rest is unread.
func TestKeysOfOtherAccounts(t *testing.T) {
	const (
		shared = "arn:aws:kms:eu-west-1:444455556666:key/99999999-1111-2222-3333-444444444444"
		alias  = "arn:aws:kms:eu-west-1:444455556666:alias/shared"
		denied = "arn:aws:kms:eu-west-1:444455556666:key/88888888-1111-2222-3333-444444444444"
		gone   = "arn:aws:kms:eu-west-1:111122223333:key/77777777-1111-2222-3333-444444444444"
	)
	names := map[string]string{"gr0000000000": alias, "gr0000000001": denied, "gr0000000002": gone}
	var c counted
	f := &fleet{other: func(operation, account string, in wire.Object) (wire.Object, *wire.Error) {
		switch operation {
		case "GetGuardrail":
			id := in.Text("guardrailIdentifier")
			if key := names[id]; key != "" {
				return wire.Object{"name": id, "guardrailId": id, "kmsKeyArn": key}, nil
			}
		case "DescribeKey":
			id := in.Text("KeyId")
			c.add(id)
			switch id {
			case alias:
				return wire.Object{"KeyMetadata": wire.Object{"KeyId": "99999999-1111-2222-3333-444444444444", "Arn": shared, "KeyManager": "CUSTOMER", "KeyState": "Enabled"}}, nil
			case denied:
				return nil, &wire.Error{Status: http.StatusBadRequest, Code: "AccessDeniedException", Message: "no"}
			}
		}
		return nil, nil
	}}
	o := fleetOptions(t, serveFleet(t, f), 0)
	o.Role, o.Rate, o.Types = "", 10000, []string{"AWS::Bedrock::Guardrail"}
	inv, err := Collect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if c.calls[alias] != 1 || c.calls[denied] != 1 || c.calls[gone] != 0 {
		t.Errorf("described %v", slices.Sorted(maps.Keys(c.calls)))
	}
	k := inv.Key(shared)
	if k == nil || k.Account.Or("") != member || k.State.Or("") != "Enabled" || k.Policy.State() != inventory.StateUnread ||
		k.Policy.Why() != "not readable from account 111122223333; audit account 444455556666 too" {
		t.Errorf("the shared key is %+v", k)
	}
	if k := inv.Key(denied); k == nil || k.State.State() != inventory.StateUnread || k.State.Why() != "AccessDeniedException: no" {
		t.Errorf("the denied key is %+v", k)
	}
	for _, r := range inv.Parts().Resources {
		if r.Name.Or("") == "gr0000000000" && r.Slots[0].Named[0].Key != shared {
			t.Errorf("the alias leads to %+v", r.Slots[0].Named[0])
		}
	}
}
