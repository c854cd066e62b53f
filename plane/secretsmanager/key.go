package secretsmanager

import (
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// slot and replicaSlot are those of the catalogue.
const (
	slot        = "secret"
	replicaSlot = "replica"
	defaultKey  = "alias/aws/secretsmanager"
)

// subject is a version of a secret for its key. The encryption context has both.
func subject(r *emulate.Request, rec *records.Record, version string) *behalf.Subject {
	name := slot
	if isReplica(rec) {
		name = replicaSlot
	}
	s := r.Subject("AWS::SecretsManager::Secret", name, rec.Doc.Text("ARN"))
	s.Account, s.Region, s.Name = rec.Account, rec.Region, rec.ID
	s.Context = map[string]string{"SecretVersionId": version}
	return s
}

// in is the call as one in the Region of a secret.
func in(r *emulate.Request, rec *records.Record) *plane.Call {
	c := *r.Call
	c.Region = rec.Region
	return &c
}

// keyOf is the key of a secret. The key of the service is made when it is first used.
func keyOf(ctx context.Context, r *emulate.Request, rec *records.Record) (string, error) {
	key := rec.Doc.Text("KmsKeyId")
	if key != "" && !strings.HasSuffix(key, defaultKey) {
		return key, nil
	}
	managed, err := r.Service.KMS.Managed(ctx, rec.Account, rec.Region, api)
	if err != nil {
		return "", err
	}
	return managed.ARN(), nil
}

// seal makes a version of a secret.
func seal(ctx context.Context, r *emulate.Request, rec *records.Record, id string, content wire.Object, stages []string) (*records.Record, error) {
	key, err := keyOf(ctx, r, rec)
	if err != nil {
		return nil, err
	}
	text, err := content.MarshalJSON()
	if err != nil {
		return nil, err
	}
	s := subject(r, rec, id)
	sealed, err := r.Service.Keys.Seal(ctx, in(r, rec), s, key, "create", text)
	if err != nil {
		return nil, err
	}
	shown := sealed.Key
	if rec.Doc.Text("KmsKeyId") == "" {
		shown = "DefaultEncryptionKey"
	}
	return &records.Record{
		Key: versionKey(rec, id), Sealed: map[string]*records.Sealed{slot: sealed},
		Doc: wire.Object{"VersionStages": wire.Strings(stages), "CreatedDate": r.Service.Now(), "KmsKeyIds": wire.Strings([]string{shown})},
	}, nil
}

// open returns the value of a version.
func open(ctx context.Context, r *emulate.Request, rec, version *records.Record) (wire.Object, error) {
	text, err := r.Service.Keys.Open(ctx, in(r, rec), subject(r, rec, version.ID), version.Sealed[slot], "use")
	if err != nil {
		return nil, err
	}
	var out wire.Object
	return out, out.UnmarshalJSON(text)
}

// rekey encrypts again the versions with labels of the service when the key of a secret
// changes.
// Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_update-encryption-key.html
func rekey(ctx context.Context, r *emulate.Request, before, after *records.Record) error {
	var again []*records.Record
	for _, v := range versionsOf(r, before) {
		stages := v.Doc.Texts("VersionStages")
		if !slices.ContainsFunc(stages, func(s string) bool { return s == current || s == pending || s == previous }) {
			continue
		}
		content, err := open(ctx, r, before, v)
		if err != nil {
			return err
		}
		n, err := seal(ctx, r, after, v.ID, content, stages)
		if err != nil {
			return err
		}
		again = append(again, n)
	}
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, n := range again {
			old := tx.Get(n.Key)
			if old == nil {
				continue
			}
			old = old.Change(tx.Now(), n.Doc.Pick("KmsKeyIds"))
			old.Sealed = n.Sealed
			tx.Put(old)
		}
		return nil
	})
}

// refused is how the service answers when a key is not there for it. A policy in the way is
// recorded: https://github.com/aws/aws-cdk/issues/7677. The codes of the others are documented,
// their texts follow the documentation of the codes:
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html.
func refused(r *emulate.Request, e *behalf.Error) error {
	switch {
	case e.Denied():
		return r.Fail("AccessDeniedException", "Access to KMS is not allowed")
	case e.Operation == "Decrypt":
		return r.Fail("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key: %s", e.Message)
	}
	return r.Fail("EncryptionFailure", "Secrets Manager can't encrypt the protected secret text using the provided KMS key: %s", e.Message)
}
