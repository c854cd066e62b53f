package bedrock

import (
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// enforcedKind is the kind of the guardrail that an account enforces; a Region has at most one.
const enforcedKind = "enforced-guardrail"

// enforcedGuardrails are the operations of the guardrail that is applied to every inference of
// the account.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-enforcements.html
func enforcedGuardrails() operations {
	return operations{
		"PutEnforcedGuardrailConfiguration":    {Do: putEnforced},
		"ListEnforcedGuardrailsConfiguration":  {Do: listEnforced},
		"DeleteEnforcedGuardrailConfiguration": {Do: deleteEnforced},
	}
}

func enforcedIn(w *emulate.World, account, region string) *records.Record {
	for _, rec := range w.Records.List(control, enforcedKind, account, region) {
		return rec
	}
	return nil
}

func putEnforced(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	config := r.In.Object("guardrailInferenceConfig")
	g, err := guardrailOf(r, config.Text("guardrailIdentifier"))
	if err != nil {
		return nil, err
	}
	version := config.Text("guardrailVersion")
	if g.record(r.Service.World, version) == nil {
		return nil, missing(r)
	}
	by := r.Caller.Principal.ARN
	id := r.In.Text("configId")
	doc := config.Pick("selectiveContentGuarding", "modelEnforcement").With(wire.Object{
		"guardrailArn": g.arn, "guardrailId": g.id, "guardrailVersion": version, "createdBy": by, "updatedBy": by, "owner": "ACCOUNT",
	})
	var rec *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		old := enforcedIn(r.Service.World, r.Account, r.Region)
		switch {
		case id == "" && old != nil:
			return r.Fail("ConflictException", "The account enforces a guardrail already. Give its configId %s to change it.", old.ID)
		case id != "" && (old == nil || old.ID != id):
			return r.Fail("ResourceNotFoundException", "The enforced guardrail configuration %s does not exist.", id)
		case old == nil:
			rec = &records.Record{Key: r.Key(enforcedKind, r.Service.ID(emulate.LowerDigits, 12)), Doc: doc}
		default:
			doc["createdBy"] = old.Doc["createdBy"]
			rec = &records.Record{Key: old.Key, Number: old.Number, Created: old.Created, Updated: tx.Now(), Doc: doc}
		}
		tx.Put(rec)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return wire.Object{"configId": rec.ID, "updatedAt": rec.Updated, "updatedBy": by}, nil
}

func listEnforced(_ context.Context, r *emulate.Request) (wire.Object, error) {
	var items []wire.Object
	if rec := enforcedIn(r.Service.World, r.Account, r.Region); rec != nil {
		items = append(items, rec.Doc.With(wire.Object{"configId": rec.ID, "createdAt": rec.Created, "updatedAt": rec.Updated}))
	}
	return r.Page(items, mostListed, "ValidationException")
}

func deleteEnforced(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	key := r.Key(enforcedKind, r.In.Text("configId"))
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(key) == nil {
			return r.Fail("ResourceNotFoundException", "The enforced guardrail configuration %s does not exist.", key.ID)
		}
		tx.Delete(key)
		return nil
	})
}

// unused refuses to delete what the account enforces. version is empty for all of them.
func (g *guardrail) unused(r *emulate.Request, version string) error {
	rec := enforcedIn(r.Service.World, r.Account, r.Region)
	if rec == nil || rec.Doc.Text("guardrailArn") != g.arn || version != "" && rec.Doc.Text("guardrailVersion") != version {
		return nil
	}
	return r.Fail("ResourceInUseException", "The guardrail is enforced for the account by the configuration %s. Delete that first.", rec.ID)
}
