package agentcore

import (
	"context"
	"errors"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// pageSize is the largest page of most lists.
const pageSize = 100

func (k *kind) get(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := k.find(r)
	if err != nil {
		return nil, err
	}
	return k.answer(ctx, r, rec)
}

// answer is a record with its content.
func (k *kind) answer(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	var content wire.Object
	if !k.content.hidden && (k.content.without == nil || !k.content.without(r)) {
		parent, err := k.parentOf(r)
		if err != nil {
			return nil, err
		}
		if content, err = k.open(ctx, r, rec, parent); err != nil {
			return nil, err
		}
	}
	o := k.show(rec, content)
	if tags := r.Service.Tags(rec.Doc.Text(k.arn)); tags != nil {
		o["tags"] = wire.Of(tags)
	}
	if k.shown != nil {
		k.shown(r, o)
	}
	return o, nil
}

func (k *kind) list(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	parent, err := k.parentOf(r)
	if err != nil {
		return nil, err
	}
	var items []wire.Object
	for _, rec := range k.all(r, k.parentID(r)) {
		if k.hidden != nil && k.hidden(r, rec) {
			continue
		}
		var content wire.Object
		if k.content.listed {
			if content, err = k.listed(ctx, r, rec, parent); err != nil {
				return nil, err
			}
		}
		items = append(items, k.show(rec, content))
	}
	return r.Page(items, pageSize, "ValidationException")
}

// listed is the content of a record in a list.
func (k *kind) listed(ctx context.Context, r *emulate.Request, rec, parent *records.Record) (wire.Object, error) {
	content, err := k.open(ctx, r, rec, parent)
	var refused *behalf.Error
	if k.content.unavailable == "" || !errors.As(err, &refused) {
		return content, err
	}
	content = wire.Object{}
	for _, name := range k.content.members {
		content[name] = k.content.unavailable
	}
	return content, nil
}
