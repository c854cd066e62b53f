package kms

import (
	"context"
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/kms/material"
)

// inputs are the inputs of the operations of the API, by operation.
var inputs = func() map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for _, in := range []any{
		CancelKeyDeletionInput{}, ConnectCustomKeyStoreInput{}, CreateAliasInput{}, CreateCustomKeyStoreInput{}, CreateGrantInput{}, CreateKeyInput{},
		DecapsulateInput{}, DecryptInput{}, DeleteAliasInput{}, DeleteCustomKeyStoreInput{}, DeleteImportedKeyMaterialInput{}, DeriveSharedSecretInput{},
		DescribeCustomKeyStoresInput{}, DescribeKeyInput{}, DisableKeyInput{}, DisableKeyRotationInput{}, DisconnectCustomKeyStoreInput{},
		EnableKeyInput{}, EnableKeyRotationInput{}, EncapsulateInput{}, EncryptInput{}, GenerateDataKeyInput{}, GenerateDataKeyPairInput{},
		GenerateDataKeyPairWithoutPlaintextInput{}, GenerateDataKeyWithoutPlaintextInput{}, GenerateMacInput{}, GenerateRandomInput{},
		GetKeyLastUsageInput{}, GetKeyPolicyInput{}, GetKeyRotationStatusInput{}, GetParametersForImportInput{}, GetPublicKeyInput{},
		ImportKeyMaterialInput{}, ListAliasesInput{}, ListGrantsInput{}, ListKeyPoliciesInput{}, ListKeyRotationsInput{}, ListKeysInput{},
		ListResourceTagsInput{}, ListRetirableGrantsInput{}, PutKeyPolicyInput{}, ReEncryptInput{}, ReplicateKeyInput{}, RetireGrantInput{},
		RevokeGrantInput{}, RotateKeyOnDemandInput{}, ScheduleKeyDeletionInput{}, SignInput{}, TagResourceInput{}, UntagResourceInput{},
		UpdateAliasInput{}, UpdateCustomKeyStoreInput{}, UpdateKeyDescriptionInput{}, UpdatePrimaryRegionInput{}, VerifyInput{}, VerifyMacInput{},
	} {
		typ := reflect.TypeOf(in)
		out[strings.TrimSuffix(typ.Name(), "Input")] = reflect.PointerTo(typ)
	}
	return out
}()

// keyKind is a kind of key that operations are tried with.
type keyKind struct {
	spec        material.Spec
	usage       material.Usage
	multiRegion bool
}

var (
	symmetricKey = keyKind{material.Symmetric, material.EncryptDecrypt, false}
	relatedKey   = keyKind{material.Symmetric, material.EncryptDecrypt, true}
	macKey       = keyKind{material.HMAC256, material.GenerateVerifyMac, false}
	signingKey   = keyKind{material.P256, material.SignVerify, false}
	agreeingKey  = keyKind{material.P256, material.KeyAgreement, false}
	kemKey       = keyKind{material.MLKEM768, material.EncapsulateDecapsulate, false}
)

// keyOperation is an operation on a key. prepare makes what the operation needs, while the
// key is usable, and returns the call of it. role tells apart the keys of an operation
// that has several.
type keyOperation struct {
	name, role string
	kind       keyKind
	prepare    func(t testing.TB, w *stateWorld, id string) func() error
}

// does makes a call of an operation that answers, acts one of an operation that does not.
func does[I, O any](t testing.TB, f func(context.Context, *Call, *I) (O, error), in *I) func() error {
	return func() error {
		_, err := f(t.Context(), user("admin"), in)
		return err
	}
}

func acts[I any](t testing.TB, f func(context.Context, *Call, *I) error, in *I) func() error {
	return func() error { return f(t.Context(), user("admin"), in) }
}

var message = []byte("message")

// peer is another party's public key.
func peer(t testing.TB) []byte {
	t.Helper()
	_, public, err := material.DataKeyPair(material.P256)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// keyOperations are the operations on keys.
var keyOperations = []keyOperation{
	{"CancelKeyDeletion", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.CancelKeyDeletion, &CancelKeyDeletionInput{id})
	}},
	{"CreateAlias", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.CreateAlias, &CreateAliasInput{"alias/x", id})
	}},
	{"CreateGrant", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.CreateGrant, stateGrant(id))
	}},
	{"Decapsulate", "", kemKey, func(t testing.TB, w *stateWorld, id string) func() error {
		out := ok[*EncapsulateOutput](t)(w.Encapsulate(t.Context(), user("admin"), &EncapsulateInput{KeyId: id, EncapsulationAlgorithm: "ML_KEM"}))
		return does(t, w.Decapsulate, &DecapsulateInput{KeyId: id, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: out.SharedSecretCiphertextBlob})
	}},
	{"Decrypt", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.Decrypt, &DecryptInput{CiphertextBlob: w.encrypted(t, id, nil, "x")})
	}},
	{"Decrypt", " with KeyId", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.Decrypt, &DecryptInput{CiphertextBlob: w.encrypted(t, id, nil, "x"), KeyId: id})
	}},
	{"DeleteAlias", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		w.alias(t, "alias/x", id)
		return acts(t, w.DeleteAlias, &DeleteAliasInput{"alias/x"})
	}},
	{"DeleteImportedKeyMaterial", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.DeleteImportedKeyMaterial, &DeleteImportedKeyMaterialInput{KeyId: id})
	}},
	{"DeriveSharedSecret", "", agreeingKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.DeriveSharedSecret, &DeriveSharedSecretInput{KeyId: id, KeyAgreementAlgorithm: "ECDH", PublicKey: peer(t)})
	}},
	{"DescribeKey", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.DescribeKey, &DescribeKeyInput{KeyId: id})
	}},
	{"DisableKey", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.DisableKey, &DisableKeyInput{id})
	}},
	{"DisableKeyRotation", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.DisableKeyRotation, &DisableKeyRotationInput{id})
	}},
	{"EnableKey", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.EnableKey, &EnableKeyInput{id})
	}},
	{"EnableKeyRotation", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.EnableKeyRotation, &EnableKeyRotationInput{KeyId: id})
	}},
	{"Encapsulate", "", kemKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.Encapsulate, &EncapsulateInput{KeyId: id, EncapsulationAlgorithm: "ML_KEM"})
	}},
	{"Encrypt", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.Encrypt, &EncryptInput{KeyId: id, Plaintext: message})
	}},
	{"GenerateDataKey", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GenerateDataKey, &GenerateDataKeyInput{KeyId: id, KeySpec: "AES_256"})
	}},
	{"GenerateDataKeyPair", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GenerateDataKeyPair, &GenerateDataKeyPairInput{KeyId: id, KeyPairSpec: material.P256})
	}},
	{"GenerateDataKeyPairWithoutPlaintext", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GenerateDataKeyPairWithoutPlaintext, &GenerateDataKeyPairWithoutPlaintextInput{KeyId: id, KeyPairSpec: material.P256})
	}},
	{"GenerateDataKeyWithoutPlaintext", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GenerateDataKeyWithoutPlaintext, &GenerateDataKeyWithoutPlaintextInput{KeyId: id, KeySpec: "AES_256"})
	}},
	{"GenerateMac", "", macKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GenerateMac, &GenerateMacInput{KeyId: id, MacAlgorithm: "HMAC_SHA_256", Message: message})
	}},
	{"GetKeyLastUsage", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GetKeyLastUsage, &GetKeyLastUsageInput{id})
	}},
	{"GetKeyPolicy", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GetKeyPolicy, &GetKeyPolicyInput{KeyId: id})
	}},
	{"GetKeyRotationStatus", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GetKeyRotationStatus, &GetKeyRotationStatusInput{id})
	}},
	{"GetParametersForImport", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GetParametersForImport, &GetParametersForImportInput{id, "RSAES_OAEP_SHA_256", "RSA_2048"})
	}},
	{"GetPublicKey", "", signingKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.GetPublicKey, &GetPublicKeyInput{KeyId: id})
	}},
	{"ImportKeyMaterial", "", symmetricKey, prepareImport},
	{"ListAliases", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ListAliases, &ListAliasesInput{KeyId: id})
	}},
	{"ListGrants", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ListGrants, &ListGrantsInput{KeyId: id})
	}},
	{"ListKeyPolicies", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ListKeyPolicies, &ListKeyPoliciesInput{KeyId: id})
	}},
	{"ListKeyRotations", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ListKeyRotations, &ListKeyRotationsInput{KeyId: id})
	}},
	{"ListResourceTags", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ListResourceTags, &ListResourceTagsInput{KeyId: id})
	}},
	{"PutKeyPolicy", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.PutKeyPolicy, &PutKeyPolicyInput{KeyId: id, Policy: sharedPolicy})
	}},
	{"ReEncrypt", " from", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ReEncrypt, &ReEncryptInput{CiphertextBlob: w.encrypted(t, id, nil, "x"), DestinationKeyId: w.create(t, nil).KeyId})
	}},
	{"ReEncrypt", " to", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ReEncrypt, &ReEncryptInput{CiphertextBlob: w.encrypted(t, w.create(t, nil).KeyId, nil, "x"), DestinationKeyId: id})
	}},
	{"ReplicateKey", "", relatedKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ReplicateKey, &ReplicateKeyInput{KeyId: id, ReplicaRegion: otherRegion})
	}},
	{"RetireGrant", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.RetireGrant, &RetireGrantInput{GrantToken: w.granted(t, stateGrant(id)).GrantToken})
	}},
	{"RevokeGrant", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.RevokeGrant, &RevokeGrantInput{KeyId: id, GrantId: w.granted(t, stateGrant(id)).GrantId})
	}},
	{"RotateKeyOnDemand", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.RotateKeyOnDemand, &RotateKeyOnDemandInput{id})
	}},
	{"ScheduleKeyDeletion", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.ScheduleKeyDeletion, &ScheduleKeyDeletionInput{KeyId: id})
	}},
	{"Sign", "", signingKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.Sign, &SignInput{KeyId: id, SigningAlgorithm: "ECDSA_SHA_256", Message: message})
	}},
	{"TagResource", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.TagResource, &TagResourceInput{id, []Tag{{"a", "b"}}})
	}},
	{"UntagResource", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.UntagResource, &UntagResourceInput{id, []string{"a"}})
	}},
	{"UpdateAlias", " to", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		w.alias(t, "alias/x", w.create(t, nil).KeyId)
		return acts(t, w.UpdateAlias, &UpdateAliasInput{"alias/x", id})
	}},
	{"UpdateKeyDescription", "", symmetricKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return acts(t, w.UpdateKeyDescription, &UpdateKeyDescriptionInput{id, "x"})
	}},
	{"UpdatePrimaryRegion", "", relatedKey, func(t testing.TB, w *stateWorld, id string) func() error {
		ok[*ReplicateKeyOutput](t)(w.ReplicateKey(t.Context(), user("admin"), &ReplicateKeyInput{KeyId: id, ReplicaRegion: otherRegion}))
		return acts(t, w.UpdatePrimaryRegion, &UpdatePrimaryRegionInput{id, otherRegion})
	}},
	{"Verify", "", signingKey, func(t testing.TB, w *stateWorld, id string) func() error {
		return does(t, w.Verify, &VerifyInput{KeyId: id, SigningAlgorithm: "ECDSA_SHA_256", Message: message, Signature: w.signed(t, id, "ECDSA_SHA_256", "RAW", message)})
	}},
	{"VerifyMac", "", macKey, func(t testing.TB, w *stateWorld, id string) func() error {
		out := ok[*GenerateMacOutput](t)(w.GenerateMac(t.Context(), user("admin"), &GenerateMacInput{KeyId: id, MacAlgorithm: "HMAC_SHA_256", Message: message}))
		return does(t, w.VerifyMac, &VerifyMacInput{KeyId: id, MacAlgorithm: "HMAC_SHA_256", Message: message, Mac: out.Mac})
	}},
}

func (w *stateWorld) alias(t testing.TB, name, id string) {
	t.Helper()
	if err := w.CreateAlias(t.Context(), user("admin"), &CreateAliasInput{name, id}); err != nil {
		t.Fatal(err)
	}
}

func stateGrant(id string) *CreateGrantInput {
	return &CreateGrantInput{KeyId: id, GranteePrincipal: "arn:aws:iam::111122223333:user/g", RetiringPrincipal: user("admin").Principal.ARN, Operations: []string{"Encrypt"}}
}

// prepareImport makes parameters while the key takes them, for the material that it has.
func prepareImport(t testing.TB, w *stateWorld, id string) func() error {
	in := &ImportKeyMaterialInput{KeyId: id, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE", ImportToken: []byte("x"), EncryptedKeyMaterial: []byte("x")}
	v := w.entry(t, id).now.Load()
	if v.Origin == OriginExternal {
		p := w.parameters(t, user("admin"), id)
		in.ImportToken, in.EncryptedKeyMaterial = p.ImportToken, wrap(t, p.PublicKey, "RSAES_OAEP_SHA_256", v.materials[v.Current].Bytes())
	}
	return does(t, w.ImportKeyMaterial, in)
}

// otherOperations are the operations that take no key. What custom key stores answer
// depends on their own state.
var otherOperations = []struct {
	name string
	run  func(t testing.TB, w *stateWorld) error
}{
	{"CreateKey", func(t testing.TB, w *stateWorld) error { return does(t, w.CreateKey, &CreateKeyInput{})() }},
	{"GenerateRandom", func(t testing.TB, w *stateWorld) error {
		return does(t, w.GenerateRandom, &GenerateRandomInput{NumberOfBytes: 1})()
	}},
	{"ListKeys", func(t testing.TB, w *stateWorld) error { return does(t, w.ListKeys, &ListKeysInput{})() }},
	{"ListRetirableGrants", func(t testing.TB, w *stateWorld) error {
		return does(t, w.ListRetirableGrants, &ListRetirableGrantsInput{RetiringPrincipal: user("admin").Principal.ARN})()
	}},
	{"CreateCustomKeyStore", func(t testing.TB, w *stateWorld) error {
		return does(t, w.CreateCustomKeyStore, storeInput("second"))()
	}},
	{"DescribeCustomKeyStores", func(t testing.TB, w *stateWorld) error {
		return does(t, w.DescribeCustomKeyStores, &DescribeCustomKeyStoresInput{CustomKeyStoreId: w.keyStore})()
	}},
	{"UpdateCustomKeyStore", func(t testing.TB, w *stateWorld) error {
		return does(t, w.UpdateCustomKeyStore, &UpdateCustomKeyStoreInput{CustomKeyStoreId: w.keyStore, NewCustomKeyStoreName: "other"})()
	}},
	{"ConnectCustomKeyStore", func(t testing.TB, w *stateWorld) error {
		return does(t, w.ConnectCustomKeyStore, &ConnectCustomKeyStoreInput{w.keyStore})()
	}},
	{"DisconnectCustomKeyStore", func(t testing.TB, w *stateWorld) error {
		if err := does(t, w.ConnectCustomKeyStore, &ConnectCustomKeyStoreInput{w.keyStore})(); err != nil {
			return err
		}
		return does(t, w.DisconnectCustomKeyStore, &DisconnectCustomKeyStoreInput{w.keyStore})()
	}},
	{"DeleteCustomKeyStore", func(t testing.TB, w *stateWorld) error {
		id := ok[*CreateCustomKeyStoreOutput](t)(w.CreateCustomKeyStore(t.Context(), user("admin"), storeInput("third"))).CustomKeyStoreId
		return does(t, w.DeleteCustomKeyStore, &DeleteCustomKeyStoreInput{id})()
	}},
}

// integrity is the CDIV of an answer to Encrypt.
func integrity(in *XksEncryptInput, out *XksEncryptOutput) []byte {
	sum := sha256.Sum256(slices.Concat(in.AdditionalAuthenticatedData, out.CiphertextMetadata, out.InitializationVector, out.Ciphertext, out.AuthenticationTag))
	return sum[:]
}
