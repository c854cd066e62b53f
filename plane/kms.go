package plane

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/awsjson"
)

// KMS is the service of package kms.
func KMS(s *kms.Service) (*Service, error) {
	protocol, err := awsjson.KMS()
	if err != nil {
		return nil, fmt.Errorf("plane: %w", err)
	}
	t := &table{service: protocol, operations: map[string]Operation{}}
	t.kms(s)
	if t.err != nil {
		return nil, fmt.Errorf("plane: %w", t.err)
	}
	return &Service{Name: "kms", Protocol: JSON(protocol), Operations: t.operations, ReadOnly: kmsReadOnly}, nil
}

// kmsReadOnly: cryptographic operations change nothing.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-encrypt.html and the
// pages of the other operations.
func kmsReadOnly(operation string) bool {
	switch operation {
	case "Encrypt", "Decrypt", "ReEncrypt", "Sign", "Verify", "VerifyMac", "DeriveSharedSecret", "Encapsulate", "Decapsulate":
		return true
	}
	return readsByName(operation) || strings.HasPrefix(operation, "Generate")
}

// kms adds the operations of KMS.
func (t *table) kms(s *kms.Service) {
	add(t, "CancelKeyDeletion", s.CancelKeyDeletion)
	add(t, "ConnectCustomKeyStore", s.ConnectCustomKeyStore)
	add(t, "CreateCustomKeyStore", s.CreateCustomKeyStore)
	add(t, "CreateGrant", s.CreateGrant)
	add(t, "CreateKey", s.CreateKey)
	add(t, "Decapsulate", s.Decapsulate)
	add(t, "Decrypt", s.Decrypt)
	add(t, "DeleteCustomKeyStore", s.DeleteCustomKeyStore)
	add(t, "DeleteImportedKeyMaterial", s.DeleteImportedKeyMaterial)
	add(t, "DeriveSharedSecret", s.DeriveSharedSecret)
	add(t, "DescribeCustomKeyStores", s.DescribeCustomKeyStores)
	add(t, "DescribeKey", s.DescribeKey)
	add(t, "DisconnectCustomKeyStore", s.DisconnectCustomKeyStore)
	add(t, "Encapsulate", s.Encapsulate)
	add(t, "Encrypt", s.Encrypt)
	add(t, "GenerateDataKey", s.GenerateDataKey)
	add(t, "GenerateDataKeyPair", s.GenerateDataKeyPair)
	add(t, "GenerateDataKeyPairWithoutPlaintext", s.GenerateDataKeyPairWithoutPlaintext)
	add(t, "GenerateDataKeyWithoutPlaintext", s.GenerateDataKeyWithoutPlaintext)
	add(t, "GenerateMac", s.GenerateMac)
	add(t, "GenerateRandom", s.GenerateRandom)
	add(t, "GetKeyLastUsage", s.GetKeyLastUsage)
	add(t, "GetKeyPolicy", s.GetKeyPolicy)
	add(t, "GetKeyRotationStatus", s.GetKeyRotationStatus)
	add(t, "GetParametersForImport", s.GetParametersForImport)
	add(t, "GetPublicKey", s.GetPublicKey)
	add(t, "ImportKeyMaterial", s.ImportKeyMaterial)
	add(t, "ListAliases", s.ListAliases)
	add(t, "ListGrants", s.ListGrants)
	add(t, "ListKeyPolicies", s.ListKeyPolicies)
	add(t, "ListKeyRotations", s.ListKeyRotations)
	add(t, "ListKeys", s.ListKeys)
	add(t, "ListResourceTags", s.ListResourceTags)
	add(t, "ListRetirableGrants", s.ListRetirableGrants)
	add(t, "ReEncrypt", s.ReEncrypt)
	add(t, "ReplicateKey", s.ReplicateKey)
	add(t, "RotateKeyOnDemand", s.RotateKeyOnDemand)
	add(t, "ScheduleKeyDeletion", s.ScheduleKeyDeletion)
	add(t, "Sign", s.Sign)
	add(t, "UpdateCustomKeyStore", s.UpdateCustomKeyStore)
	add(t, "Verify", s.Verify)
	add(t, "VerifyMac", s.VerifyMac)
	addSilent(t, "CreateAlias", s.CreateAlias)
	addSilent(t, "DeleteAlias", s.DeleteAlias)
	addSilent(t, "DisableKey", s.DisableKey)
	addSilent(t, "DisableKeyRotation", s.DisableKeyRotation)
	addSilent(t, "EnableKey", s.EnableKey)
	addSilent(t, "EnableKeyRotation", s.EnableKeyRotation)
	addSilent(t, "PutKeyPolicy", s.PutKeyPolicy)
	addSilent(t, "RetireGrant", s.RetireGrant)
	addSilent(t, "RevokeGrant", s.RevokeGrant)
	addSilent(t, "TagResource", s.TagResource)
	addSilent(t, "UntagResource", s.UntagResource)
	addSilent(t, "UpdateAlias", s.UpdateAlias)
	addSilent(t, "UpdateKeyDescription", s.UpdateKeyDescription)
	addSilent(t, "UpdatePrimaryRegion", s.UpdatePrimaryRegion)
}

// table collects operations; the first error ends it.
type table struct {
	service    *awsjson.Service
	operations map[string]Operation
	err        error
}

func add[I, O any](t *table, name string, do func(context.Context, *kms.Call, *I) (*O, error)) {
	if t.err != nil {
		return
	}
	decoder, err := awsjson.NewDecoder[I](t.service, name)
	if err != nil {
		t.err = err
		return
	}
	encoder, err := awsjson.NewEncoder[O](t.service, name)
	if err != nil {
		t.err = err
		return
	}
	t.operations[name] = func(ctx context.Context, c *Call, body []byte) ([]byte, error) {
		in, err := decoder.Decode(body)
		if err != nil {
			return nil, err
		}
		c.Input = in
		if err := c.Admit(); err != nil {
			return nil, err
		}
		out, err := do(ctx, c.kms(), in)
		if err != nil {
			return nil, err
		}
		c.Output = out
		return encoder.Append(nil, out), nil
	}
}

// addSilent is add for operations that answer nothing: an empty body, or {} where the
// model has an output without members.
func addSilent[I any](t *table, name string, do func(context.Context, *kms.Call, *I) error) {
	if t.err != nil {
		return
	}
	decoder, err := awsjson.NewDecoder[I](t.service, name)
	if err != nil {
		t.err = err
		return
	}
	var answer []byte
	if t.service.HasOutput(name) {
		answer = []byte("{}")
	}
	t.operations[name] = func(ctx context.Context, c *Call, body []byte) ([]byte, error) {
		in, err := decoder.Decode(body)
		if err != nil {
			return nil, err
		}
		c.Input = in
		if err := c.Admit(); err != nil {
			return nil, err
		}
		return answer, do(ctx, c.kms(), in)
	}
}
