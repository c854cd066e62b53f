package agentcore

import (
	"context"
	"maps"
	"slices"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

func (k *kind) change(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := k.find(r)
	if err != nil {
		return nil, err
	}
	parent, err := k.parentOf(r)
	if err != nil {
		return nil, err
	}
	if err := k.settled(r, rec, "updated"); err != nil {
		return nil, err
	}
	if err := k.pass(ctx, r, r.In); err != nil {
		return nil, err
	}
	if err := k.rekeyed(r, rec); err != nil {
		return nil, err
	}
	n := &draft{id: ownID(rec), arn: rec.Doc.Text(k.arn), parent: parent}
	if k.rewrites(r, rec) {
		content, err := k.before(ctx, r, rec, parent)
		if err != nil {
			return nil, err
		}
		n.old = rec.Doc.With(content)
	} else {
		n.old = rec.Doc
	}
	n.members = k.merged(r, n.old, parent)
	if k.changed != nil {
		if err := k.changed(ctx, r, n); err != nil {
			return nil, err
		}
	}
	next := rec.Change(r.Service.Now(), nil)
	if k.rewrites(r, rec) {
		if err := k.seal(ctx, r, next, n); err != nil {
			return nil, err
		}
	} else {
		next.Doc = n.members
	}
	return k.put(ctx, r, rec, next, n)
}

// put keeps an updated record, unless it was changed meanwhile.
func (k *kind) put(ctx context.Context, r *emulate.Request, rec, next *records.Record, n *draft) (wire.Object, error) {
	if k.ready != "" {
		next.Doc["status"] = "UPDATING"
		next.Next = &records.Next{At: r.Service.Now().Add(r.Service.Settle), Set: wire.Object{"status": k.ready}}
	}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if now := tx.Get(rec.Key); now == nil || !now.Updated.Equal(rec.Updated) {
			return r.Fail("ConflictException", "The %s was changed by another request.", k.noun)
		}
		tx.Put(next)
		for _, other := range n.more {
			tx.Put(other)
		}
		if k.kept != nil {
			k.kept(tx, r, next)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if rec.Sealed[k.key.slot] != next.Sealed[k.key.slot] {
		if err := k.retire(ctx, r, rec, n.parent); err != nil {
			return nil, err
		}
	}
	return k.show(next, k.shownOf(n.members)), nil
}

// before is the content as it was, where an update keeps some of it.
func (k *kind) before(ctx context.Context, r *emulate.Request, rec, parent *records.Record) (wire.Object, error) {
	if k.update == replaces {
		return nil, nil
	}
	return k.open(ctx, r, rec, parent)
}

// merged is a resource after an update.
func (k *kind) merged(r *emulate.Request, old wire.Object, parent *records.Record) wire.Object {
	given := r.In.Without("clientToken", k.in)
	if k.parent != nil {
		delete(given, k.parent.in)
	}
	out := old.With(nil)
	if k.update == replaces {
		out = old.Pick(append([]string{k.out, k.arn, k.title, "workloadIdentityDetails"}, k.keeps...)...)
		if k.parent != nil {
			maps.Copy(out, k.parent.names(parent))
		}
	}
	for name, v := range given {
		if slices.Contains(k.wrapped, name) {
			v = given.Object(name)[optional]
		}
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

// rewrites says whether an update writes the content again.
func (k *kind) rewrites(r *emulate.Request, rec *records.Record) bool {
	if len(k.content.members) == 0 {
		return false
	}
	if k.update == replaces {
		return true
	}
	if k.key.member != "" && r.In.Has(k.key.member) && r.In.Text(k.key.member) != rec.Doc.Text(k.key.member) {
		return true
	}
	from := k.content.from
	if from == nil {
		from = k.content.members
	}
	return slices.ContainsFunc(from, func(name string) bool { _, ok := r.In[name]; return ok })
}

// rekeyed refuses the change of a key that can only be added.
func (k *kind) rekeyed(r *emulate.Request, rec *records.Record) error {
	old, key := rec.Doc.Text(k.key.member), r.In.Text(k.key.member)
	if k.key.once && old != "" && key != "" && key != old {
		return r.Fail("ValidationException", "The KMS key of the %s cannot be changed.", k.noun)
	}
	return nil
}

// settled refuses what cannot be done while a resource changes.
func (k *kind) settled(r *emulate.Request, rec *records.Record, done string) error {
	if status := rec.Doc.Text("status"); k.ready != "" && status != k.ready {
		return r.Fail("ConflictException", "%s '%s' cannot be %s while its status is %s.", k.noun, ownID(rec), done, status)
	}
	return nil
}
