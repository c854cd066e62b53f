package rds

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// slot is that of the storage in the catalogue; its key cannot be changed.
const slot = "storage"

// subject is the storage of a record. The encryption context is the id of the database that
// it was first of; that clusters use their own is unconfirmed.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
func (k *kind) subject(r *emulate.Request, doc wire.Object) *behalf.Subject {
	s := r.Subject(k.typ, slot, doc.Text(k.arn))
	s.Name = doc.Text(k.id)
	s.Context = map[string]string{"aws:rds:db-id": doc.Text(k.unique)}
	return s
}

// seal seals what the storage of a record holds, under a key or without one, and says so in
// the record.
func (k *kind) seal(ctx context.Context, r *emulate.Request, rec *records.Record, key string, content wire.Object) error {
	if key == defaultKey || strings.HasSuffix(key, ":"+defaultKey) {
		managed, err := r.Service.KMS.Managed(ctx, r.Account, r.Region, "rds")
		if err != nil {
			return err
		}
		key = managed.ARN()
	}
	sealed, err := r.SealObject(ctx, k.subject(r, rec.Doc), key, "create", content)
	if err != nil {
		return refusedFor(r, key, err)
	}
	rec.Sealed = map[string]*records.Sealed{slot: sealed}
	k.encrypted(rec.Doc, sealed.Key)
	return nil
}

const defaultKey = "alias/aws/rds"

// encrypted says in a document what its storage is encrypted with. Aurora without a key is
// encrypted with one that AWS owns.
// Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html
func (k *kind) encrypted(doc wire.Object, key string) {
	member := "StorageEncrypted"
	if k == snapshots {
		member = "Encrypted"
	}
	doc[member], doc["StorageEncryptionType"] = key != "", "none"
	switch {
	case key != "":
		doc["KmsKeyId"], doc["StorageEncryptionType"] = key, "sse-kms"
	case strings.HasPrefix(doc.Text("Engine"), "aurora"):
		doc["StorageEncryptionType"] = "sse-rds"
	}
}

// unlock decrypts a data key as RDS does, by its grant.
func (k *kind) unlock(ctx context.Context, r *emulate.Request, doc wire.Object, sealed *records.Sealed) (*behalf.Unlocked, error) {
	u, err := r.Service.Keys.UnlockGranted(ctx, r.Call, k.subject(r, doc), sealed)
	return u, refusedFor(r, sealed.Key, err)
}

// refusedFor is how RDS says that KMS refused it a key.
func refusedFor(r *emulate.Request, key string, err error) error {
	var refused *behalf.Error
	if errors.As(err, &refused) {
		return inaccessible(r, key)
	}
	return err
}

// open opens the storage of a record.
func (k *kind) open(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	u, err := k.unlock(ctx, r, rec.Doc, rec.Sealed[slot])
	if err != nil {
		return nil, err
	}
	b, err := u.Open(rec.Sealed[slot])
	if err != nil {
		return nil, err
	}
	var out wire.Object
	return out, json.Unmarshal(b, &out)
}

// share gives a record the storage of another, under the same data key.
func (k *kind) share(ctx context.Context, r *emulate.Request, from *records.Record, of *kind, rec *records.Record) error {
	content, err := of.open(ctx, r, from)
	if err != nil {
		return err
	}
	u, err := k.unlock(ctx, r, rec.Doc, from.Sealed[slot])
	if err != nil {
		return err
	}
	b, err := json.Marshal(content)
	if err != nil {
		return err
	}
	rec.Sealed = map[string]*records.Sealed{slot: u.Seal(b)}
	k.encrypted(rec.Doc, rec.Sealed[slot].Key)
	return nil
}

// release retires the grant of storage that is gone, when nothing else is under it.
func release(ctx context.Context, r *emulate.Request, k *kind, rec *records.Record) error {
	sealed := rec.Sealed[slot]
	if sealed == nil || sealed.Grant == "" {
		return nil
	}
	for _, other := range kinds {
		for _, o := range r.List(other.record) {
			if o.Key != rec.Key && o.Sealed[slot] != nil && o.Sealed[slot].Grant == sealed.Grant && o.Doc.Text(other.status) != deleting {
				return nil
			}
		}
	}
	return r.Service.Keys.Retire(ctx, r.Call, k.subject(r, rec.Doc), sealed)
}

// usable says whether RDS can use the key of a record.
func usable(r *emulate.Request, rec *records.Record) bool {
	sealed := rec.Sealed[slot]
	if sealed == nil || sealed.Key == "" {
		return true
	}
	a, err := arn.Parse(sealed.Key)
	if err != nil {
		return false
	}
	v := r.Service.KMS.View(a.Account, a.Region, strings.TrimPrefix(a.Resource, "key/"))
	return v != nil && v.Now == kms.Enabled && slices.ContainsFunc(v.Grants, func(g *kms.Grant) bool { return g.ID == sealed.Grant })
}

// mourned is how long a database without its key can be recovered.
const mourned = 7 * 24 * time.Hour

// settled is a database as it is: one whose key RDS cannot use is inaccessible.
func settled(ctx context.Context, r *emulate.Request, k *kind, rec *records.Record) (*records.Record, error) {
	status := rec.Doc.Text(k.status)
	if k.isSnapshot() || status != available && status != modifying {
		return rec, nil
	}
	owner := rec
	if cluster := rec.Doc.Text("inherits"); cluster != "" {
		owner = r.Service.Records.Get(clusters.key(r, cluster))
	}
	if owner == nil || usable(r, owner) {
		return rec, nil
	}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(rec.Key)
		if now == nil || now.Doc.Text(k.status) != status {
			return nil
		}
		rec = now.Change(tx.Now(), wire.Object{k.status: recoverable})
		rec.Next = &records.Next{At: tx.Now().Add(mourned), Set: wire.Object{k.status: lost}}
		tx.Put(rec)
		return nil
	})
	return rec, err
}

// keyARN is that of a key for what RDS does not seal here; empty: the account's key for a
// service. The caller must be able to look the key up:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
func keyARN(ctx context.Context, r *emulate.Request, key, service string) (string, error) {
	if key == "" {
		managed, err := r.Service.KMS.Managed(ctx, r.Account, r.Region, service)
		if err != nil {
			return "", err
		}
		return managed.ARN(), nil
	}
	named, err := r.Service.Keys.Describe(ctx, r.Call, "rds."+r.Region+".amazonaws.com", key)
	return named, refusedFor(r, key, err)
}
