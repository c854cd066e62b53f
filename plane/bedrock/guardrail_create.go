package bedrock

import (
	"context"
	"strconv"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func createGuardrail(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, _ := guardrailOf(r, r.Service.ID(emulate.LowerDigits, 12)) // an id is never refused
	given := r.TagsIn("tags")
	if len(given) > 0 {
		// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions.html
		if err := r.Allow(ctx, "bedrock:TagResource", g.arn); err != nil {
			return nil, err
		}
	}
	rec, err := sealDraft(ctx, r, g)
	if err != nil {
		return nil, err
	}
	rec.Doc["status"] = "CREATING"
	rec.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: ready}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := unique(r, tx, g, r.In.Text("name")); err != nil {
			return err
		}
		if len(tx.List(control, guardrailKind, r.Account, r.Region)) >= mostGuardrails && !r.Service.Unlimited {
			return r.Fail("ServiceQuotaExceededException", "The number of guardrails in the account exceeds the quota of %d.", mostGuardrails)
		}
		tx.Put(rec)
		emulate.PutTags(tx, g.arn, given)
		return nil
	})
	if err != nil {
		return nil, giveBack(ctx, r, g, rec, err)
	}
	return wire.Object{"guardrailId": g.id, "guardrailArn": g.arn, "version": draft, "createdAt": rec.Created}, nil
}

var ready = wire.Object{"status": "READY"}

// sealDraft makes the record of a draft of the members of the input, with its content under
// the key.
func sealDraft(ctx context.Context, r *emulate.Request, g *guardrail) (*records.Record, error) {
	if err := checkGuardrail(r); err != nil {
		return nil, err
	}
	details, err := crossRegion(r)
	if err != nil {
		return nil, err
	}
	sealed, err := r.SealObject(ctx, g.subject(guardrailType), r.In.Text("kmsKeyId"), "create", configured(r.In))
	if err != nil {
		return nil, err
	}
	doc := r.In.Pick("name", "description")
	if details != nil {
		doc["crossRegionDetails"] = details
	}
	return &records.Record{Key: g.key(), Doc: doc, Sealed: map[string]*records.Sealed{slot: sealed}}, nil
}

// giveBack retires the grant of a record that was not put, because of err.
func giveBack(ctx context.Context, r *emulate.Request, g *guardrail, rec *records.Record, err error) error {
	_ = r.Service.Keys.Retire(ctx, r.Call, g.subject(guardrailType), rec.Sealed[slot]) // err says what is wrong
	return err
}

// unique refuses a name that another guardrail of the account and Region has.
// CloudFormation shows the text with the status 400 and HandlerErrorCode AlreadyExists.
func unique(r *emulate.Request, tx *records.Tx, g *guardrail, name string) error {
	for _, other := range tx.List(control, guardrailKind, g.account, g.region) {
		if other.ID != g.id && other.Doc.Text("name") == name {
			return r.Fail("ConflictException", "Another guardrail in your account already has this name.")
		}
	}
	return nil
}

// busy refuses a change while another is going on.
func busy(r *emulate.Request, rec *records.Record) error {
	switch status := rec.Doc.Text("status"); status {
	case "READY", "FAILED":
		return nil
	default:
		return r.Fail("ConflictException", "The guardrail is in the status %s. Retry when it is READY.", status)
	}
}

func updateGuardrail(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := guardrailOf(r, r.In.Text("guardrailIdentifier"))
	if err != nil {
		return nil, err
	}
	if g.record(r.Service.World, draft) == nil {
		return nil, missing(r)
	}
	// Everything is replaced, and what is left out is gone. That this holds for the key too is
	// unconfirmed; of UpdateAgent it is known
	// (https://github.com/hashicorp/terraform-provider-aws/issues/37168).
	rec, err := sealDraft(ctx, r, g)
	if err != nil {
		return nil, err
	}
	var old *records.Record
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if old = tx.Get(g.key()); old == nil {
			return missing(r)
		}
		if err := busy(r, old); err != nil {
			return err
		}
		if err := unique(r, tx, g, r.In.Text("name")); err != nil {
			return err
		}
		rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
		rec.Doc["status"] = "UPDATING"
		if last := old.Doc.Int(lastVersion); last > 0 {
			rec.Doc[lastVersion] = last
		}
		rec.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Set: ready}
		tx.Put(rec)
		return nil
	})
	if err != nil {
		return nil, giveBack(ctx, r, g, rec, err)
	}
	// The service retires the grant that the former content had: the permissions that
	// CloudFormation asks for an update have no RetireGrant. A key that is gone has no grants.
	_ = r.Service.Keys.Retire(ctx, r.Call, g.subject(guardrailType), old.Sealed[slot])
	return wire.Object{"guardrailId": g.id, "guardrailArn": g.arn, "version": draft, "updatedAt": rec.Updated}, nil
}

// lastVersion is the member of a draft with the number of the newest version that there was:
// numbers are not used again.
const lastVersion = "lastVersion"

func createGuardrailVersion(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	g, err := guardrailOf(r, r.In.Text("guardrailIdentifier"))
	if err != nil {
		return nil, err
	}
	from := g.record(r.Service.World, draft)
	if from == nil {
		return nil, missing(r)
	}
	if err := busy(r, from); err != nil {
		return nil, err
	}
	if err := versionQuota(r, g); err != nil {
		return nil, err
	}
	s := g.subject(versionType)
	content, err := r.OpenObject(ctx, s, from.Sealed[slot], "create")
	if err != nil {
		return nil, err
	}
	sealed, err := r.SealObject(ctx, s, from.Sealed[slot].Key, "create", content)
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Doc: from.Doc.Pick("name", "crossRegionDetails").With(r.In.Pick("description")), Sealed: map[string]*records.Sealed{slot: sealed}}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(g.key())
		switch {
		case now == nil:
			return missing(r)
		case !now.Updated.Equal(from.Updated):
			return r.Fail("ConflictException", "The guardrail was changed while its version was made. Retry.")
		}
		if err := versionQuota(r, g); err != nil {
			return err
		}
		number := now.Doc.Int(lastVersion) + 1
		counted := now.Change(now.Updated, wire.Object{lastVersion: number})
		tx.Put(counted)
		rec.Key = g.versionKey(strconv.FormatInt(number, 10))
		// That the version is VERSIONING, and not its draft, is unconfirmed.
		rec.Doc["version"], rec.Doc["status"] = strconv.FormatInt(number, 10), "VERSIONING"
		rec.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Set: ready}
		tx.Put(rec)
		return nil
	})
	if err != nil {
		return nil, giveBack(ctx, r, g, rec, err)
	}
	return wire.Object{"guardrailId": g.id, "version": rec.Doc["version"]}, nil
}

func versionQuota(r *emulate.Request, g *guardrail) error {
	if len(g.versions(r.Service.World)) < mostVersions {
		return nil
	}
	return r.Fail("ServiceQuotaExceededException", "The number of versions of the guardrail exceeds the quota of %d. Delete versions that are not used.", mostVersions)
}
