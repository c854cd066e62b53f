package agentcore

import (
	"cmp"
	"context"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// defaultVault is the one token vault of an account and Region. It is always there.
const defaultVault = "default"

// The types of a vault's key.
// Source: https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_KmsConfiguration.html
const (
	customerKey = "CustomerManagedKey"
	serviceKey  = "ServiceManagedKey"
)

func vaultOperations() operations {
	return operations{
		"GetTokenVault":              {Resource: vaultARN, Do: getVault},
		"SetTokenVaultCMK":           {Resource: vaultARN, Do: setVaultKey},
		"ResetTokenVaultKeyMaterial": {Resource: vaultARN, Do: resetVault},
	}
}

func vaultARN(r *emulate.Request) (string, error) {
	return r.ARN("token-vault/" + cmp.Or(r.In.Text("tokenVaultId"), defaultVault)), nil
}

// vault returns the vault that a request names.
func vault(r *emulate.Request) (*records.Record, error) {
	id := cmp.Or(r.In.Text("tokenVaultId"), defaultVault)
	if id != defaultVault {
		return nil, r.Fail("ResourceNotFoundException", "TokenVault with ID '%s' was not found.", id)
	}
	key := r.Key("TokenVault", id)
	if rec := r.Service.Records.Get(key); rec != nil {
		return rec, nil
	}
	now := r.Service.Now()
	return &records.Record{Key: key, Created: now, Updated: now, Doc: vaultDoc(wire.Object{"keyType": serviceKey})}, nil
}

func vaultDoc(key wire.Object) wire.Object {
	return wire.Object{"tokenVaultId": defaultVault, "kmsConfiguration": key}
}

func showVault(rec *records.Record) wire.Object {
	return rec.Doc.With(wire.Object{"lastModifiedDate": rec.Updated})
}

func getVault(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := vault(r)
	if err != nil {
		return nil, err
	}
	return showVault(rec), nil
}

func vaultSubject(r *emulate.Request) *behalf.Subject {
	return r.Subject("AWS::BedrockAgentCore::TokenVault", "tokens", r.ARN("token-vault/"+defaultVault))
}

// setVaultKey encrypts the tokens under another key. There are none in the plane yet, but the
// key of the vault is: what could not be decrypted stays as it is.
func setVaultKey(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := vault(r)
	if err != nil {
		return nil, err
	}
	config := r.In.Object("kmsConfiguration")
	key := config.Text("kmsKeyArn")
	switch typ := config.Text("keyType"); {
	case typ == customerKey && key == "":
		return nil, r.Fail("ValidationException", "kmsKeyArn is required for the key type %s.", customerKey)
	case typ == serviceKey && key != "":
		return nil, r.Fail("ValidationException", "kmsKeyArn must not be given for the key type %s.", serviceKey)
	}
	s := vaultSubject(r)
	tokens := wire.Object{}
	if old := rec.Sealed[s.Slot]; old != nil {
		if tokens, err = r.OpenObject(ctx, s, old, "use"); err != nil {
			return nil, err
		}
	}
	sealed, err := r.SealObject(ctx, s, key, "use", tokens)
	if err != nil {
		return nil, err
	}
	return putVault(ctx, r, rec, sealed, config)
}

// resetVault makes a vault usable again whose key was deleted, without the tokens.
// Source: https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_ResetTokenVaultKeyMaterial.html
func resetVault(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := vault(r)
	if err != nil {
		return nil, err
	}
	key := rec.Doc.Text("kmsConfiguration.kmsKeyArn")
	if key == "" || keyExists(r, key) {
		return nil, r.Fail("ValidationException", "The token vault can be reset only if its customer managed key has been deleted.")
	}
	sealed, err := r.SealObject(ctx, vaultSubject(r), "", "use", wire.Object{})
	if err != nil {
		return nil, err
	}
	return putVault(ctx, r, rec, sealed, wire.Object{"keyType": serviceKey})
}

// keyExists says whether there is a KMS key, in whichever state.
func keyExists(r *emulate.Request, arn string) bool {
	for v := range r.Service.KMS.All() {
		if v.Key.ARN() == arn {
			return true
		}
	}
	return false
}

func putVault(ctx context.Context, r *emulate.Request, rec *records.Record, sealed *records.Sealed, config wire.Object) (wire.Object, error) {
	next := rec.Change(r.Service.Now(), vaultDoc(config))
	next.Sealed = map[string]*records.Sealed{vaultSubject(r).Slot: sealed}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		tx.Put(next)
		return nil
	})
	return showVault(next), err
}
