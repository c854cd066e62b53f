package s3vectors

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// A batch is what one PutVectors wrote: its vectors are sealed together, and its record lists
// the keys that still count. A key counts in one batch of its index, the last that wrote it.

// sealed is the name of the content of a batch.
const sealed = "encryption"

// batchKind is the kind of the batches of an index. It has the index's id, so that an index of
// the same name has others.
func batchKind(index *records.Record) string { return "batch/" + index.Doc.Text("id") }

// batches are those of an index, in the order in which they were written.
func batches(r *emulate.Request, t *target, index *records.Record) []*records.Record {
	return r.Service.Records.List(model, batchKind(index), t.account, t.region)
}

// seal makes a batch. The service indexes it by itself, and so needs the key too.
func seal(ctx context.Context, r *emulate.Request, t *target, index *records.Record, keys []string, vectors map[string]*vector) (*records.Record, error) {
	of, err := slotOf(r, t, index)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(vectors)
	if err != nil {
		return nil, err
	}
	s := t.subject(r, of)
	content, err := r.Service.Keys.Seal(ctx, r.Call, s, of.key, use, text)
	if err != nil {
		return nil, err
	}
	if err := r.Service.Keys.Meet(ctx, r.Call, s, of.key, content, indexing); err != nil {
		return nil, err
	}
	return &records.Record{
		Key:    records.Key{Service: model, Kind: batchKind(index), Account: t.account, Region: t.region, ID: r.Service.UUID()},
		Doc:    wire.Object{"keys": wire.Strings(keys)},
		Sealed: map[string]*records.Sealed{sealed: content},
	}, nil
}

// found are vectors of an index by key.
type found map[string]*vector

// open reads the vectors of an index that are wanted; a nil want wants all. It opens only
// batches that have some of them.
func open(ctx context.Context, r *emulate.Request, t *target, index *records.Record, want map[string]bool) (found, error) {
	of, err := slotOf(r, t, index)
	if err != nil {
		return nil, err
	}
	out := found{}
	for _, batch := range batches(r, t, index) {
		var keys []string
		for _, key := range batch.Doc.Texts("keys") {
			if want == nil || want[key] {
				keys = append(keys, key)
			}
		}
		if len(keys) == 0 {
			continue
		}
		text, err := r.Service.Keys.Open(ctx, r.Call, t.subject(r, of), batch.Sealed[sealed], use)
		if err != nil {
			return nil, err
		}
		var content found
		if err := decodeInto(text, &content); err != nil {
			return nil, err
		}
		for _, key := range keys {
			out[key] = content[key]
		}
	}
	return out, nil
}

// drop takes keys away from the batches of an index; a batch without keys goes.
func drop(tx *records.Tx, t *target, index *records.Record, keys map[string]bool) {
	for _, batch := range tx.List(model, batchKind(index), t.account, t.region) {
		before := batch.Doc.List("keys")
		rest := make([]any, 0, len(before))
		for _, key := range before {
			if text, _ := key.(string); !keys[text] {
				rest = append(rest, key)
			}
		}
		switch len(rest) {
		case len(before):
		case 0:
			tx.Delete(batch.Key)
		default:
			tx.Put(batch.Change(tx.Now(), wire.Object{"keys": rest}))
		}
	}
}

func decodeInto(text []byte, out any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(out)
}

// decodeJSON reads one JSON value; numbers keep their spelling.
func decodeJSON(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); err != nil {
		return nil, err
	}
	if _, end := d.Token(); end != io.EOF {
		return nil, io.ErrUnexpectedEOF
	}
	return v, nil
}
