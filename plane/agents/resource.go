package agents

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// draft is the version that can be changed.
const draft = "DRAFT"

// testAlias is the id of the alias that every agent and flow has for its draft.
const testAlias = "TSTALIASID"

// pageSize is the number of entries of a page that the models allow in an answer.
const pageSize = 10

// The slot of the catalogue that all types here have.
const content = "content"

// Codes of refusals.
const (
	conflict   = "ConflictException"
	notFound   = "ResourceNotFoundException"
	invalid    = "ValidationException"
	overQuota  = "ServiceQuotaExceededException"
	dependency = "DependencyFailedException"
)

// missing is the refusal for a resource that is not there. The text is the one that is
// reported of all resources of the API.
func missing(r *emulate.Request) error {
	return r.Fail(notFound, "Failed to retrieve resource because it doesn't exist. Retry your request with a different resource identifier.")
}

// full refuses one resource more than a quota allows. Unconfirmed: the text.
// Source of the quotas: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
func full(r *emulate.Request, what string, have, most int) error {
	if have < most || r.Service.Unlimited {
		return nil
	}
	return r.Fail(overQuota, "Your request exceeds the service quota of %d %s. Delete unused resources or request a quota increase.", most, what)
}

// unchanged refuses when a record is no longer as it was read.
func unchanged(tx *records.Tx, r *emulate.Request, read *records.Record) error {
	switch rec := tx.Get(read.Key); {
	case rec == nil:
		return missing(r)
	case !rec.Updated.Equal(read.Updated) || rec.Doc.Int(lastVersion) != read.Doc.Int(lastVersion):
		return r.Fail(conflict, "The resource was changed by another request. Retry your request.")
	}
	return nil
}

// becomes has a record change by itself when its status settles.
func becomes(r *emulate.Request, rec *records.Record, set wire.Object) *records.Record {
	rec.Next = &records.Next{At: rec.Updated.Add(r.Service.Settle), Set: set}
	if rec.Updated.IsZero() {
		rec.Next.At = r.Service.Now().Add(r.Service.Settle)
	}
	return rec
}

// vanish deletes a record when its status settles; until then its document has set.
func vanish(tx *records.Tx, r *emulate.Request, rec *records.Record, set wire.Object) {
	if r.Service.Settle == 0 {
		tx.Delete(rec.Key)
		return
	}
	rec = rec.Change(tx.Now(), set)
	rec.Next = &records.Next{At: tx.Now().Add(r.Service.Settle), Gone: true}
	tx.Put(rec)
}

// passRole asks whether the caller may give the service a role.
func passRole(ctx context.Context, r *emulate.Request, role string) error {
	if role == "" {
		return nil
	}
	return r.PassRole(ctx, role, service)
}

// dated returns a document with the times of its record.
func dated(rec *records.Record) wire.Object {
	return rec.Doc.With(wire.Object{"createdAt": rec.Created, "updatedAt": rec.Updated})
}

// last is what follows the last slash of an ARN, or the id that is no ARN.
func last(identifier string) string {
	return identifier[strings.LastIndexByte(identifier, '/')+1:]
}
