package agentcore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// principal is the service.
const principal = "bedrock-agentcore.amazonaws.com"

// createAsked is create of a kind with condition keys of its own.
func (k *kind) createAsked(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	resource, err := k.above(r)
	if err != nil {
		return nil, err
	}
	if err := r.AllowAs(ctx, &plane.Asked{Action: "bedrock-agentcore:Create" + k.noun, Resource: resource, Context: k.conditions(r)}); err != nil {
		return nil, err
	}
	return k.create(ctx, r)
}

func (k *kind) create(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	parent, err := k.parentOf(r)
	if err != nil {
		return nil, err
	}
	n := k.draft(r, parent)
	if err := k.pass(ctx, r, n.members); err != nil {
		return nil, err
	}
	if k.made != nil {
		if err := k.made(ctx, r, n); err != nil {
			return nil, err
		}
	}
	rec := &records.Record{Key: k.recordKey(r, k.parentID(r), n.id)}
	if err := k.seal(ctx, r, rec, n); err != nil {
		return nil, err
	}
	if k.ready != "" {
		rec.Doc["status"] = cmp.Or(k.begins, "CREATING")
		rec.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: wire.Object{"status": k.ready}}
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := k.unique(tx, r, rec); err != nil {
			return err
		}
		tx.Put(rec)
		for _, other := range n.more {
			tx.Put(other)
		}
		emulate.PutTags(tx, n.arn, r.TagsIn("tags"))
		k.keep(tx, r, rec)
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, k.retire(ctx, r, rec, parent))
	}
	return k.show(rec, k.shownOf(n.members)).With(r.In.Pick("tags")), nil
}

// draft makes the members of a new resource from the input.
func (k *kind) draft(r *emulate.Request, parent *records.Record) *draft {
	n := &draft{parent: parent, members: r.In.Without("clientToken", "tags", k.in)}
	name := r.In.Text(k.title)
	n.id = name
	if k.id != nil {
		n.id = k.id(r.Service.World, name)
	}
	n.arn = k.resourceOf(r, k.parentID(r), n.id)
	n.members[k.out] = n.id
	if k.arn != "" {
		n.members[k.arn] = n.arn
	}
	if parent != nil {
		maps.Copy(n.members, k.parent.names(parent))
	}
	if k.identity {
		n.members["workloadIdentityDetails"] = wire.Object{"workloadIdentityArn": identityARN(r, n.id)}
	}
	return n
}

// pass asks whether the caller may pass the role to the service.
func (k *kind) pass(ctx context.Context, r *emulate.Request, members wire.Object) error {
	role := members.Text(k.role)
	if k.role == "" || role == "" {
		return nil
	}
	return r.PassRole(ctx, role, principal)
}

// seal gives a record the members of a draft, its content as ciphertext.
func (k *kind) seal(ctx context.Context, r *emulate.Request, rec *records.Record, n *draft) error {
	rec.Doc = n.members.Without(k.content.members...)
	if len(k.content.members) == 0 {
		return nil
	}
	s, key := k.subject(r, n.arn, n.members, n.parent)
	if k.shares() {
		return k.share(ctx, r, rec, n, s)
	}
	sealed, err := r.SealObject(ctx, s, key, k.content.write, n.members.Pick(k.content.members...))
	if err != nil {
		return err
	}
	for _, purpose := range k.content.also {
		if err := r.Service.Keys.Meet(ctx, r.Call, s, key, sealed, purpose); err != nil {
			return err
		}
	}
	rec.Sealed = map[string]*records.Sealed{k.key.slot: sealed}
	return nil
}

// shares says whether the content is under the data key of the parent.
func (k *kind) shares() bool {
	return k.parent != nil && k.key.typ != "" && k.key.typ == k.parent.key.typ
}

// share is seal under the data key of the parent, which needs no grant of its own.
func (k *kind) share(ctx context.Context, r *emulate.Request, rec *records.Record, n *draft, s *behalf.Subject) error {
	content, err := json.Marshal(n.members.Pick(k.content.members...))
	if err != nil {
		return err
	}
	unlocked, err := r.Service.Keys.Unlock(ctx, r.Call, s, n.parent.Sealed[k.key.slot], k.content.read)
	if err != nil {
		return err
	}
	rec.Sealed = map[string]*records.Sealed{k.key.slot: unlocked.Seal(content)}
	return nil
}

// retire ends the grant for content that is no more. That the key is gone, or the grant, is no
// failure of the request.
func (k *kind) retire(ctx context.Context, r *emulate.Request, rec, parent *records.Record) error {
	if k.shares() || k.key.typ == "" {
		return nil
	}
	s, _ := k.subject(r, rec.Doc.Text(k.arn), rec.Doc, parent)
	err := r.Service.Keys.Retire(ctx, r.Call, s, rec.Sealed[k.key.slot])
	if refused := new(behalf.Error); errors.As(err, &refused) {
		return nil
	}
	return err
}

// open returns the content of a record.
func (k *kind) open(ctx context.Context, r *emulate.Request, rec, parent *records.Record) (wire.Object, error) {
	sealed := rec.Sealed[k.key.slot]
	if sealed == nil {
		return nil, nil
	}
	s, _ := k.subject(r, rec.Doc.Text(k.arn), rec.Doc, parent)
	return r.OpenObject(ctx, s, sealed, k.content.read)
}

// unique refuses a name or an id that there is already.
func (k *kind) unique(tx *records.Tx, r *emulate.Request, rec *records.Record) error {
	name := rec.Doc.Text(k.title)
	taken := tx.Get(rec.Key) != nil
	for _, other := range tx.List(rec.Service, rec.Kind, rec.Account, rec.Region) {
		taken = taken || name != "" && other.Doc.Text(k.title) == name && within(other) == within(rec)
	}
	if taken {
		return r.Fail(cmp.Or(k.taken, "ConflictException"), "%s with name '%s' already exists.", k.noun, cmp.Or(name, ownID(rec)))
	}
	return nil
}

// keep puts what belongs to a new resource.
func (k *kind) keep(tx *records.Tx, r *emulate.Request, rec *records.Record) {
	if k.identity {
		id := ownID(rec)
		tx.Put(&records.Record{Key: identityKey(r, id), Doc: wire.Object{"name": id, "workloadIdentityArn": identityARN(r, id), linked: true}})
	}
	if k.kept != nil {
		k.kept(tx, r, rec)
	}
}

// shownOf is the content that answers may have.
func (k *kind) shownOf(members wire.Object) wire.Object {
	if k.content.hidden {
		return nil
	}
	return members.Pick(k.content.members...)
}
