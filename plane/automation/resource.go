package automation

import (
	"context"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// kind is what projects, blueprints and libraries have in common. Their records are of one
// stage or version each, and hold the members of outputs that are not under the key.
type kind struct {
	// name is that of the records and of the resources in ARNs.
	name string
	// typ is the catalogue's type; its slot is "content".
	typ string
	// arn, title and wrap are the members of outputs with the ARN, the name and the resource.
	arn, title, wrap string
	// content are the members under the key.
	content []string
	// created and modified are the members with the times of a record.
	created, modified string
}

// slot is that of all types.
const slot = "content"

// The stages of projects and blueprints. LIVE is that of a request which names none.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/bda-blueprint-versions.html
const live = "LIVE"

// mostListed is the largest page.
const mostListed = 1000

func (k *kind) newARN(r *emulate.Request) string {
	return r.ARN(k.name + "/" + r.Service.ID(emulate.LowerDigits, 12))
}

// named is the resource of the ARN that the request has.
func (k *kind) named(r *emulate.Request) (string, error) { return r.In.Text(k.arn), nil }

// id is that of a resource with an ARN.
func id(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// key names the record of a stage or version of a resource. A resource without them has one.
func (k *kind) key(r *emulate.Request, arn, stage string) records.Key {
	return k.keyOf(r, id(arn)+"/"+stage)
}

// keyOf is in the control API also for requests of the other.
func (k *kind) keyOf(r *emulate.Request, id string) records.Key {
	key := r.Key(k.name, id)
	key.Service = control
	return key
}

// find returns the record of a stage or version of the resource that a request names.
func (k *kind) find(r *emulate.Request, arn, stage string) (*records.Record, error) {
	if rec := r.Service.Records.Get(k.key(r, arn, stage)); rec != nil && rec.Doc.Text(k.arn) == arn {
		return rec, nil
	}
	if strings.Trim(stage, "0123456789") == "" && stage != "" {
		return nil, r.Fail("ResourceNotFoundException", "Version %s of the %s %s was not found.", stage, k.name, arn)
	}
	return nil, r.Fail("ResourceNotFoundException", "The %s %s was not found.", k.name, arn)
}

// all returns the records of the stages and versions of a resource.
func (k *kind) all(tx *records.Tx, of *records.Record) []*records.Record {
	var out []*records.Record
	for _, rec := range tx.List(of.Service, k.name, of.Account, of.Region) {
		if rec.Doc.Text(k.arn) == of.Doc.Text(k.arn) {
			out = append(out, rec)
		}
	}
	return out
}

// encryption is what a request says of the key, as outputs have it.
func encryption(r *emulate.Request) wire.Object {
	return r.In.Object("encryptionConfiguration").Pick("kmsKeyId", "kmsEncryptionContext")
}

// subject is a resource for its key.
func (k *kind) subject(r *emulate.Request, members wire.Object) *behalf.Subject {
	s := r.Subject(k.typ, slot, members.Text(k.arn))
	s.ID, s.Context = id(s.ARN), members.Map("kmsEncryptionContext")
	return s
}

// seal makes the record of a resource, or what becomes of an old one.
func (k *kind) seal(ctx context.Context, r *emulate.Request, key records.Key, old *records.Record, members wire.Object) (*records.Record, error) {
	sealed, err := r.SealObject(ctx, k.subject(r, members), members.Text("kmsKeyId"), "create", members.Pick(k.content...))
	if err != nil {
		return nil, err
	}
	rec := &records.Record{Key: key}
	if old != nil {
		rec.Number, rec.Created, rec.Updated = old.Number, old.Created, r.Service.Now()
	}
	rec.Doc, rec.Sealed = members.Without(k.content...), map[string]*records.Sealed{slot: sealed}
	return rec, nil
}

// open is a record with its content.
func (k *kind) open(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	content, err := r.OpenObject(ctx, k.subject(r, rec.Doc), rec.Sealed[slot], "create")
	if err != nil {
		return nil, err
	}
	return rec.Doc.With(content), nil
}

// show is a record, opened or not, as outputs have it.
func (k *kind) show(rec *records.Record, members wire.Object) wire.Object {
	o := members.With(wire.Object{k.created: rec.Created})
	if k.modified != "" {
		o[k.modified] = rec.Updated
	}
	return o
}

// unique refuses a name that another resource has.
func (k *kind) unique(tx *records.Tx, r *emulate.Request, rec *records.Record) error {
	for _, other := range tx.List(rec.Service, k.name, rec.Account, rec.Region) {
		if other.Doc.Text(k.title) == rec.Doc.Text(k.title) && other.Doc.Text(k.arn) != rec.Doc.Text(k.arn) {
			return r.Fail("ConflictException", "A %s with the name '%s' already exists.", k.name, rec.Doc.Text(k.title))
		}
	}
	return nil
}

// put keeps a new record with its tags.
func (k *kind) put(ctx context.Context, r *emulate.Request, rec *records.Record) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := k.unique(tx, r, rec); err != nil {
			return err
		}
		tx.Put(rec)
		emulate.PutTags(tx, rec.Doc.Text(k.arn), r.TagsIn("tags"))
		return nil
	})
}

// replace keeps what became of a record, unless it was changed meanwhile.
func (k *kind) replace(ctx context.Context, r *emulate.Request, old, next *records.Record) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if now := tx.Get(next.Key); old == nil && now != nil || old != nil && (now == nil || !now.Updated.Equal(old.Updated)) {
			return r.Fail("ConflictException", "The %s was changed by another request.", k.name)
		}
		tx.Put(next)
		return nil
	})
}

// given is the stage that a request names.
func given(r *emulate.Request, member string) string {
	if stage := r.In.Text(member); stage != "" {
		return stage
	}
	return live
}

// staged says whether a list has a stage.
func staged(r *emulate.Request, filter, stage string) bool {
	wanted := r.In.Text(filter)
	return wanted == "" || wanted == "ALL" || wanted == stage
}
