package plane

import (
	"context"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// keyKind is a kind of key that operations are tried with.
type keyKind struct {
	spec        types.KeySpec
	usage       types.KeyUsageType
	multiRegion bool
}

var (
	symmetricKey = keyKind{"SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", false}
	relatedKey   = keyKind{"SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", true}
	macKey       = keyKind{"HMAC_256", "GENERATE_VERIFY_MAC", false}
	signingKey   = keyKind{"ECC_NIST_P256", "SIGN_VERIFY", false}
	agreeingKey  = keyKind{"ECC_NIST_P256", "KEY_AGREEMENT", false}
	kemKey       = keyKind{"ML_KEM_768", "ENCAPSULATE_DECAPSULATE", false}
)

// call is one call of an operation.
type call func(c *awskms.Client) error

// does makes a call of an operation of the SDK.
func does[I, O any](l *local, do func(*awskms.Client, context.Context, *I, ...func(*awskms.Options)) (*O, error), in *I) call {
	return func(c *awskms.Client) error { return errOf(do(c, l.t.Context(), in)) }
}

type client = awskms.Client

// keyOperation is an operation on a key. prepare makes what the operation needs, while the
// key is usable, and returns the call of it. role tells apart the keys of an operation
// that has several.
type keyOperation struct {
	name, role string
	kind       keyKind
	prepare    func(l *local, key *types.KeyMetadata) call
}

// on is an operation that needs the key alone.
func on[I, O any](do func(*client, context.Context, *I, ...func(*awskms.Options)) (*O, error), in func(id *string) *I) func(*local, *types.KeyMetadata) call {
	return func(l *local, key *types.KeyMetadata) call { return does(l, do, in(key.KeyId)) }
}

// keyOperations are the operations on keys.
var keyOperations = []keyOperation{
	{"CancelKeyDeletion", "", symmetricKey, on((*client).CancelKeyDeletion, func(id *string) *awskms.CancelKeyDeletionInput { return &awskms.CancelKeyDeletionInput{KeyId: id} })},
	{"CreateAlias", "", symmetricKey, on((*client).CreateAlias, func(id *string) *awskms.CreateAliasInput {
		return &awskms.CreateAliasInput{AliasName: pointer("alias/new-" + *id), TargetKeyId: id}
	})},
	{"CreateGrant", "", symmetricKey, on((*client).CreateGrant, stateGrant)},
	{"Decapsulate", "", kemKey, func(l *local, key *types.KeyMetadata) call {
		made := got[*awskms.EncapsulateOutput](l.t)(l.as("AKIAADMIN", region).Encapsulate(l.t.Context(), encapsulate(key.KeyId)))
		return does(l, (*client).Decapsulate, &awskms.DecapsulateInput{KeyId: key.KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob: made.SharedSecretCiphertextBlob})
	}},
	{"Decrypt", "", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).Decrypt, &awskms.DecryptInput{CiphertextBlob: l.encrypted(key, nil)})
	}},
	{"Decrypt", " with KeyId", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).Decrypt, &awskms.DecryptInput{CiphertextBlob: l.encrypted(key, nil), KeyId: key.KeyId})
	}},
	{"DeleteAlias", "", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).DeleteAlias, &awskms.DeleteAliasInput{AliasName: l.alias(key)})
	}},
	{"DeleteImportedKeyMaterial", "", symmetricKey, on((*client).DeleteImportedKeyMaterial, func(id *string) *awskms.DeleteImportedKeyMaterialInput {
		return &awskms.DeleteImportedKeyMaterialInput{KeyId: id}
	})},
	{"DeriveSharedSecret", "", agreeingKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).DeriveSharedSecret, &awskms.DeriveSharedSecretInput{KeyId: key.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: l.public(key)})
	}},
	{"DescribeKey", "", symmetricKey, on((*client).DescribeKey, func(id *string) *awskms.DescribeKeyInput { return &awskms.DescribeKeyInput{KeyId: id} })},
	{"DisableKey", "", symmetricKey, on((*client).DisableKey, func(id *string) *awskms.DisableKeyInput { return &awskms.DisableKeyInput{KeyId: id} })},
	{"DisableKeyRotation", "", symmetricKey, on((*client).DisableKeyRotation, func(id *string) *awskms.DisableKeyRotationInput { return &awskms.DisableKeyRotationInput{KeyId: id} })},
	{"EnableKey", "", symmetricKey, on((*client).EnableKey, func(id *string) *awskms.EnableKeyInput { return &awskms.EnableKeyInput{KeyId: id} })},
	{"EnableKeyRotation", "", symmetricKey, on((*client).EnableKeyRotation, func(id *string) *awskms.EnableKeyRotationInput { return &awskms.EnableKeyRotationInput{KeyId: id} })},
	{"Encapsulate", "", kemKey, on((*client).Encapsulate, encapsulate)},
	{"Encrypt", "", symmetricKey, on((*client).Encrypt, func(id *string) *awskms.EncryptInput { return &awskms.EncryptInput{KeyId: id, Plaintext: []byte("x")} })},
	{"GenerateDataKey", "", symmetricKey, on((*client).GenerateDataKey, func(id *string) *awskms.GenerateDataKeyInput {
		return &awskms.GenerateDataKeyInput{KeyId: id, KeySpec: "AES_256"}
	})},
	{"GenerateDataKeyPair", "", symmetricKey, on((*client).GenerateDataKeyPair, func(id *string) *awskms.GenerateDataKeyPairInput {
		return &awskms.GenerateDataKeyPairInput{KeyId: id, KeyPairSpec: "ECC_NIST_P256"}
	})},
	{"GenerateDataKeyPairWithoutPlaintext", "", symmetricKey, on((*client).GenerateDataKeyPairWithoutPlaintext, func(id *string) *awskms.GenerateDataKeyPairWithoutPlaintextInput {
		return &awskms.GenerateDataKeyPairWithoutPlaintextInput{KeyId: id, KeyPairSpec: "ECC_NIST_P256"}
	})},
	{"GenerateDataKeyWithoutPlaintext", "", symmetricKey, on((*client).GenerateDataKeyWithoutPlaintext, func(id *string) *awskms.GenerateDataKeyWithoutPlaintextInput {
		return &awskms.GenerateDataKeyWithoutPlaintextInput{KeyId: id, KeySpec: "AES_256"}
	})},
	{"GenerateMac", "", macKey, on((*client).GenerateMac, generateMac)},
	{"GetKeyLastUsage", "", symmetricKey, on((*client).GetKeyLastUsage, func(id *string) *awskms.GetKeyLastUsageInput { return &awskms.GetKeyLastUsageInput{KeyId: id} })},
	{"GetKeyPolicy", "", symmetricKey, on((*client).GetKeyPolicy, func(id *string) *awskms.GetKeyPolicyInput { return &awskms.GetKeyPolicyInput{KeyId: id} })},
	{"GetKeyRotationStatus", "", symmetricKey, on((*client).GetKeyRotationStatus, func(id *string) *awskms.GetKeyRotationStatusInput {
		return &awskms.GetKeyRotationStatusInput{KeyId: id}
	})},
	{"GetParametersForImport", "", symmetricKey, on((*client).GetParametersForImport, func(id *string) *awskms.GetParametersForImportInput {
		return &awskms.GetParametersForImportInput{KeyId: id, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"}
	})},
	{"GetPublicKey", "", signingKey, on((*client).GetPublicKey, func(id *string) *awskms.GetPublicKeyInput { return &awskms.GetPublicKeyInput{KeyId: id} })},
	{"ImportKeyMaterial", "", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		in := &awskms.ImportKeyMaterialInput{KeyId: key.KeyId, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE", ImportToken: []byte("x"), EncryptedKeyMaterial: []byte("x")}
		if key.Origin == types.OriginTypeExternal {
			in = l.importing(key.KeyId, key32(1))
		}
		return does(l, (*client).ImportKeyMaterial, in)
	}},
	{"ListAliases", "", symmetricKey, on((*client).ListAliases, func(id *string) *awskms.ListAliasesInput { return &awskms.ListAliasesInput{KeyId: id} })},
	{"ListGrants", "", symmetricKey, on((*client).ListGrants, func(id *string) *awskms.ListGrantsInput { return &awskms.ListGrantsInput{KeyId: id} })},
	{"ListKeyPolicies", "", symmetricKey, on((*client).ListKeyPolicies, func(id *string) *awskms.ListKeyPoliciesInput { return &awskms.ListKeyPoliciesInput{KeyId: id} })},
	{"ListKeyRotations", "", symmetricKey, on((*client).ListKeyRotations, func(id *string) *awskms.ListKeyRotationsInput { return &awskms.ListKeyRotationsInput{KeyId: id} })},
	{"ListResourceTags", "", symmetricKey, on((*client).ListResourceTags, func(id *string) *awskms.ListResourceTagsInput { return &awskms.ListResourceTagsInput{KeyId: id} })},
	{"PutKeyPolicy", "", symmetricKey, on((*client).PutKeyPolicy, func(id *string) *awskms.PutKeyPolicyInput {
		return &awskms.PutKeyPolicyInput{KeyId: id, Policy: pointer(rootPolicy)}
	})},
	{"ReEncrypt", " from", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).ReEncrypt, &awskms.ReEncryptInput{CiphertextBlob: l.encrypted(key, nil), DestinationKeyId: l.key(nil).KeyId})
	}},
	{"ReEncrypt", " to", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).ReEncrypt, &awskms.ReEncryptInput{CiphertextBlob: l.encrypted(l.key(nil), nil), DestinationKeyId: key.KeyId})
	}},
	{"ReplicateKey", "", relatedKey, on((*client).ReplicateKey, func(id *string) *awskms.ReplicateKeyInput {
		return &awskms.ReplicateKeyInput{KeyId: id, ReplicaRegion: pointer("us-east-1")}
	})},
	{"RetireGrant", "", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).RetireGrant, &awskms.RetireGrantInput{GrantToken: l.grant(key, *stateGrant(key.KeyId)).GrantToken})
	}},
	{"RevokeGrant", "", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).RevokeGrant, &awskms.RevokeGrantInput{KeyId: key.KeyId, GrantId: l.grant(key, *stateGrant(key.KeyId)).GrantId})
	}},
	{"RotateKeyOnDemand", "", symmetricKey, on((*client).RotateKeyOnDemand, func(id *string) *awskms.RotateKeyOnDemandInput { return &awskms.RotateKeyOnDemandInput{KeyId: id} })},
	{"ScheduleKeyDeletion", "", symmetricKey, on((*client).ScheduleKeyDeletion, func(id *string) *awskms.ScheduleKeyDeletionInput { return &awskms.ScheduleKeyDeletionInput{KeyId: id} })},
	{"Sign", "", signingKey, on((*client).Sign, sign)},
	{"TagResource", "", symmetricKey, on((*client).TagResource, func(id *string) *awskms.TagResourceInput {
		return &awskms.TagResourceInput{KeyId: id, Tags: []types.Tag{{TagKey: pointer("a"), TagValue: pointer("b")}}}
	})},
	{"UntagResource", "", symmetricKey, on((*client).UntagResource, func(id *string) *awskms.UntagResourceInput {
		return &awskms.UntagResourceInput{KeyId: id, TagKeys: []string{"a"}}
	})},
	{"UpdateAlias", " to", symmetricKey, func(l *local, key *types.KeyMetadata) call {
		return does(l, (*client).UpdateAlias, &awskms.UpdateAliasInput{AliasName: l.alias(l.key(nil)), TargetKeyId: key.KeyId})
	}},
	{"UpdateKeyDescription", "", symmetricKey, on((*client).UpdateKeyDescription, func(id *string) *awskms.UpdateKeyDescriptionInput {
		return &awskms.UpdateKeyDescriptionInput{KeyId: id, Description: pointer("x")}
	})},
	{"UpdatePrimaryRegion", "", relatedKey, func(l *local, key *types.KeyMetadata) call {
		to := pointer("us-east-1")
		got[*awskms.ReplicateKeyOutput](l.t)(l.as("AKIAADMIN", region).ReplicateKey(l.t.Context(), &awskms.ReplicateKeyInput{KeyId: key.KeyId, ReplicaRegion: to}))
		return does(l, (*client).UpdatePrimaryRegion, &awskms.UpdatePrimaryRegionInput{KeyId: key.KeyId, PrimaryRegion: to})
	}},
	{"Verify", "", signingKey, func(l *local, key *types.KeyMetadata) call {
		in := sign(key.KeyId)
		signed := got[*awskms.SignOutput](l.t)(l.as("AKIAADMIN", region).Sign(l.t.Context(), in))
		return does(l, (*client).Verify, &awskms.VerifyInput{KeyId: key.KeyId, SigningAlgorithm: in.SigningAlgorithm, Message: in.Message, Signature: signed.Signature})
	}},
	{"VerifyMac", "", macKey, func(l *local, key *types.KeyMetadata) call {
		in := generateMac(key.KeyId)
		made := got[*awskms.GenerateMacOutput](l.t)(l.as("AKIAADMIN", region).GenerateMac(l.t.Context(), in))
		return does(l, (*client).VerifyMac, &awskms.VerifyMacInput{KeyId: key.KeyId, MacAlgorithm: in.MacAlgorithm, Message: in.Message, Mac: made.Mac})
	}},
}

const rootPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + home + `:root"},"Action":"kms:*","Resource":"*"}]}`

func encapsulate(id *string) *awskms.EncapsulateInput {
	return &awskms.EncapsulateInput{KeyId: id, EncapsulationAlgorithm: "ML_KEM"}
}

func generateMac(id *string) *awskms.GenerateMacInput {
	return &awskms.GenerateMacInput{KeyId: id, MacAlgorithm: "HMAC_SHA_256", Message: []byte("message")}
}

func sign(id *string) *awskms.SignInput {
	return &awskms.SignInput{KeyId: id, SigningAlgorithm: "ECDSA_SHA_256", Message: []byte("message")}
}

func stateGrant(id *string) *awskms.CreateGrantInput {
	return &awskms.CreateGrantInput{KeyId: id, GranteePrincipal: pointer(reader), RetiringPrincipal: pointer(admin), Operations: []types.GrantOperation{"Encrypt"}}
}

// alias makes an alias of a key.
func (l *local) alias(key *types.KeyMetadata) *string {
	l.t.Helper()
	name := pointer("alias/" + *key.KeyId)
	got[*awskms.CreateAliasOutput](l.t)(l.as("AKIAADMIN", region).CreateAlias(l.t.Context(), &awskms.CreateAliasInput{AliasName: name, TargetKeyId: key.KeyId}))
	return name
}

// otherOperations are the operations that take no key, on a key store that is connected.
var otherOperations = map[string]func(l *local, keyStore *string) call{
	"CreateKey": func(l *local, _ *string) call { return does(l, (*client).CreateKey, &awskms.CreateKeyInput{}) },
	"GenerateRandom": func(l *local, _ *string) call {
		n := int32(1)
		return does(l, (*client).GenerateRandom, &awskms.GenerateRandomInput{NumberOfBytes: &n})
	},
	"ListKeys": func(l *local, _ *string) call { return does(l, (*client).ListKeys, &awskms.ListKeysInput{}) },
	"ListRetirableGrants": func(l *local, _ *string) call {
		return does(l, (*client).ListRetirableGrants, &awskms.ListRetirableGrantsInput{RetiringPrincipal: pointer(admin)})
	},
	"CreateCustomKeyStore": func(l *local, _ *string) call {
		return does(l, (*client).CreateCustomKeyStore, keyStoreInput("second"))
	},
	"DescribeCustomKeyStores": func(l *local, id *string) call {
		return does(l, (*client).DescribeCustomKeyStores, &awskms.DescribeCustomKeyStoresInput{CustomKeyStoreId: id})
	},
	"UpdateCustomKeyStore": func(l *local, id *string) call {
		return does(l, (*client).UpdateCustomKeyStore, &awskms.UpdateCustomKeyStoreInput{CustomKeyStoreId: id, NewCustomKeyStoreName: pointer("renamed")})
	},
	"ConnectCustomKeyStore": func(l *local, id *string) call {
		return does(l, (*client).ConnectCustomKeyStore, &awskms.ConnectCustomKeyStoreInput{CustomKeyStoreId: id})
	},
	"DisconnectCustomKeyStore": func(l *local, id *string) call {
		return does(l, (*client).DisconnectCustomKeyStore, &awskms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: id})
	},
	"DeleteCustomKeyStore": func(l *local, _ *string) call {
		id := got[*awskms.CreateCustomKeyStoreOutput](l.t)(l.as("AKIAADMIN", region).CreateCustomKeyStore(l.t.Context(), keyStoreInput("third"))).CustomKeyStoreId
		return does(l, (*client).DeleteCustomKeyStore, &awskms.DeleteCustomKeyStoreInput{CustomKeyStoreId: id})
	},
}
