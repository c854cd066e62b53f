package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/records"
	"github.com/bedlock/bedlock/plane/seed"
)

// client makes the calls of a seed in the plane, each of them once.
type client struct{ plane *Plane }

// made is the kind of the records of calls that were made.
const made = "call"

// Call makes a call unless a start before has made it; then the answer is what was kept of it.
func (c client) Call(ctx context.Context, call *seed.Call, input []byte) ([]byte, error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", call.As, call.API+":"+call.Operation, input))
	k := records.Key{Service: "seed", Kind: made, Account: call.Account, Region: call.Region, ID: hex.EncodeToString(sum[:])}
	if before := c.plane.World.Records.Get(k); before != nil {
		return json.Marshal(before.Doc)
	}
	answer, err := c.do(ctx, call, input)
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Key: k, Doc: kept(call, answer)}
	err = c.plane.World.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Put(rec)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// kept is of an answer what the seed keeps, and nothing else, since answers can hold content.
func kept(call *seed.Call, answer wire.Object) wire.Object {
	out := wire.Object{}
	for _, path := range call.Keep {
		inner, names := out, strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			if inner.Object(name) == nil {
				inner[name] = wire.Object{}
			}
			inner = inner.Object(name)
		}
		if v := answer.At(path); v != nil {
			inner[names[len(names)-1]] = v
		}
	}
	return out
}

func (c client) do(ctx context.Context, call *seed.Call, input []byte) (wire.Object, error) {
	who, err := c.caller(call)
	if err != nil {
		return nil, err
	}
	if call.API == "kms" {
		return c.kms(ctx, who, call, input)
	}
	return c.plane.World.Do(ctx, who, call.Region, call.API, call.Operation, input)
}

// kms makes a call of KMS, which no model drives, and shows it to the observers.
func (c client) kms(ctx context.Context, who *plane.Caller, call *seed.Call, input []byte) (wire.Object, error) {
	do := c.plane.api.Operations[call.Operation]
	if do == nil {
		return nil, fmt.Errorf("KMS has no operation %s", call.Operation)
	}
	ctx, made := plane.OnBehalf(ctx, plane.Start(who, call.Region, c.plane.World.Now()), who, c.plane.api, call.Operation, "", nil)
	body, err := do(ctx, made, input)
	if err != nil {
		return nil, err // and the start with it, so that nobody reads a record of it
	}
	made.Status = http.StatusOK
	for _, o := range c.plane.observers {
		o.Observe(made)
	}
	if len(body) == 0 {
		return nil, nil
	}
	var out wire.Object
	return out, json.Unmarshal(body, &out)
}

// caller is who makes a call.
func (c client) caller(call *seed.Call) (*plane.Caller, error) {
	kind, name, _ := strings.Cut(call.As, "/")
	switch kind {
	case "":
		return c.plane.IAM.Root(call.Account), nil
	case "role":
		who, err := c.plane.STS.RoleSession("arn:"+c.plane.IAM.Partition(call.Account)+":iam::"+call.Account+":role/"+name, "seed")
		if err != nil {
			return nil, fmt.Errorf("there is no role %s", name)
		}
		return who, nil
	}
	user := c.plane.IAM.User(call.Account, name[strings.LastIndexByte(name, '/')+1:])
	if user == nil {
		return nil, fmt.Errorf("there is no user %s", name)
	}
	return c.plane.STS.UserCaller(user), nil
}

// Key is the ARN of the key of an alias.
func (c client) Key(ctx context.Context, account, region, alias string) (string, error) {
	ctx, call := plane.As(ctx, c.plane.IAM.Root(account), region)
	out, err := c.plane.KMS.DescribeKey(ctx, call, &kms.DescribeKeyInput{KeyId: alias})
	if err != nil {
		return "", err
	}
	return out.KeyMetadata.Arn, nil
}
