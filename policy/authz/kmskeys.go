package authz

import "strings"

// The operations that have a KMS condition key; on others the key is absent, even
// when a request's context has it. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
var (
	everyAction  = ^kmsSet(0)
	cryptActions = kmsSetOf("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
		"GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")
	contextActions = cryptActions | kmsSetOf("CreateGrant", "RetireGrant")
	aliasActions   = cryptActions | kmsSetOf("DescribeKey", "GetPublicKey", "Sign", "Verify", "GenerateMac", "VerifyMac",
		"DeriveSharedSecret", "Encapsulate", "Decapsulate")
	// noCaller are the actions on which kms:CallerAccount is absent.
	noCaller = kmsSetOf("GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants", "ConnectCustomKeyStore", "CreateCustomKeyStore",
		"DeleteCustomKeyStore", "DescribeCustomKeyStores", "DisconnectCustomKeyStore", "UpdateCustomKeyStore")
)

var kmsKeyActions = map[string]kmsSet{
	"kms:bypasspolicylockoutsafetycheck":         kmsSetOf("CreateKey", "PutKeyPolicy"),
	"kms:calleraccount":                          ^noCaller,
	"kms:datakeypairspec":                        kmsSetOf("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"),
	"kms:encryptionalgorithm":                    cryptActions,
	"kms:encryptioncontextkeys":                  contextActions,
	"kms:expirationmodel":                        kmsSetOf("ImportKeyMaterial"),
	"kms:grantconstraintsourcearn":               kmsSetOf("CreateGrant"),
	"kms:grantconstrainttype":                    kmsSetOf("CreateGrant", "RetireGrant"),
	"kms:grantisforawsresource":                  kmsSetOf("CreateGrant", "ListGrants", "RevokeGrant"),
	"kms:grantoperations":                        kmsSetOf("CreateGrant"),
	"kms:granteeprincipal":                       kmsSetOf("CreateGrant"),
	"kms:granteeserviceprincipal":                kmsSetOf("CreateGrant"),
	"kms:keyagreementalgorithm":                  kmsSetOf("DeriveSharedSecret"),
	"kms:macalgorithm":                           kmsSetOf("GenerateMac", "VerifyMac"),
	"kms:messagetype":                            kmsSetOf("Sign", "Verify"),
	"kms:primaryregion":                          kmsSetOf("UpdatePrimaryRegion"),
	"kms:reencryptonsamekey":                     kmsSetOf("ReEncryptFrom", "ReEncryptTo"),
	"kms:replicaregion":                          kmsSetOf("ReplicateKey"),
	"kms:requestalias":                           aliasActions,
	"kms:retiringprincipal":                      kmsSetOf("CreateGrant"),
	"kms:retiringserviceprincipal":               kmsSetOf("CreateGrant"),
	"kms:rotationperiodindays":                   kmsSetOf("EnableKeyRotation"),
	"kms:schedulekeydeletionpendingwindowindays": kmsSetOf("ScheduleKeyDeletion"),
	"kms:signingalgorithm":                       kmsSetOf("Sign", "Verify"),
	"kms:trailingdayswithoutkeyusage":            kmsSetOf("DisableKey", "ScheduleKeyDeletion"),
	"kms:validto":                                kmsSetOf("ImportKeyMaterial"),
	"kms:viaservice":                             ^noCaller,
	"kms:wrappingalgorithm":                      kmsSetOf("GetParametersForImport"),
	"kms:wrappingkeyspec":                        kmsSetOf("GetParametersForImport"),
}

const contextPrefix = "kms:encryptioncontext:"

// keyActions returns the KMS actions on which a condition key can be there.
func keyActions(name string) kmsSet {
	if strings.HasPrefix(name, contextPrefix) {
		return contextActions
	}
	if strings.HasPrefix(name, "kms:recipientattestation:") {
		return kmsSetOf("Decrypt", "DeriveSharedSecret", "GenerateDataKey", "GenerateDataKeyPair", "GenerateRandom")
	}
	if set, ok := kmsKeyActions[name]; ok {
		return set
	}
	return everyAction
}

// manyValued are the condition keys that hold several values, and so need
// ForAllValues or ForAnyValue.
var manyValued = map[string]bool{
	"aws:calledvia": true, "aws:tagkeys": true, "aws:principalorgpaths": true, "aws:resourceorgpaths": true, "aws:sourceorgpaths": true,
	"aws:principalservicenameslist": true, "kms:encryptioncontextkeys": true, "kms:grantoperations": true, "kms:resourcealiases": true,
}
