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
	attestedActions = kmsSetOf("Decrypt", "DeriveSharedSecret", "GenerateDataKey", "GenerateDataKeyPair", "GenerateRandom")
	// noCaller are the actions on which kms:CallerAccount is absent.
	noCaller     = kmsSetOf("GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants")
	storeActions = kmsSetOf("ConnectCustomKeyStore", "CreateCustomKeyStore", "DeleteCustomKeyStore", "DescribeCustomKeyStores",
		"DisconnectCustomKeyStore", "UpdateCustomKeyStore")
	// keyedActions are authorized on a key, whose properties can be asked for.
	keyedActions = func() (set kmsSet) {
		for i, a := range kmsActions {
			if a.scope != noKeyAction {
				set |= 1 << i
			}
		}
		return set
	}()
	propertyActions = keyedActions | kmsSetOf("CreateKey")
)

var kmsKeyActions = map[string]kmsSet{
	"kms:bypasspolicylockoutsafetycheck":         kmsSetOf("CreateKey", "PutKeyPolicy"),
	"kms:calleraccount":                          ^noCaller,
	"kms:customermasterkeyspec":                  propertyActions,
	"kms:customermasterkeyusage":                 propertyActions,
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
	"kms:keyorigin":                              propertyActions,
	"kms:keyspec":                                propertyActions,
	"kms:keyusage":                               propertyActions,
	"kms:macalgorithm":                           kmsSetOf("GenerateMac", "VerifyMac"),
	"kms:messagetype":                            kmsSetOf("Sign", "Verify"),
	"kms:multiregion":                            propertyActions,
	"kms:multiregionkeytype":                     propertyActions,
	"kms:primaryregion":                          kmsSetOf("UpdatePrimaryRegion"),
	"kms:reencryptonsamekey":                     kmsSetOf("ReEncryptFrom", "ReEncryptTo"),
	"kms:replicaregion":                          kmsSetOf("ReplicateKey"),
	"kms:requestalias":                           aliasActions,
	"kms:resourcealiases":                        keyedActions,
	"kms:retiringprincipal":                      kmsSetOf("CreateGrant"),
	"kms:retiringserviceprincipal":               kmsSetOf("CreateGrant"),
	"kms:rotationperiodindays":                   kmsSetOf("EnableKeyRotation"),
	"kms:schedulekeydeletionpendingwindowindays": kmsSetOf("ScheduleKeyDeletion"),
	"kms:signingalgorithm":                       kmsSetOf("Sign", "Verify"),
	"kms:trailingdayswithoutkeyusage":            kmsSetOf("DisableKey", "ScheduleKeyDeletion"),
	"kms:validto":                                kmsSetOf("ImportKeyMaterial"),
	"kms:viaservice":                             ^(noCaller | storeActions),
	"kms:wrappingalgorithm":                      kmsSetOf("GetParametersForImport"),
	"kms:wrappingkeyspec":                        kmsSetOf("GetParametersForImport"),
}

const contextPrefix = "kms:encryptioncontext:"

// HasKey reports whether a request for an action can carry a condition key; case
// does not matter to either. It is true of keys that are of no table here, such as
// those of other services and global ones, and of actions that are not of KMS.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func HasKey(action, contextKey string) bool {
	i := kmsIndex(action)
	return i < 0 || keyActions(strings.ToLower(contextKey))>>i&1 != 0
}

// ManyValued reports whether a condition key holds several values, so that
// conditions on it need ForAllValues or ForAnyValue; case does not matter. It is
// false of keys that are not known. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func ManyValued(contextKey string) bool { return manyValued[strings.ToLower(contextKey)] }

// keyActions returns the KMS actions on which a condition key can be there.
func keyActions(name string) kmsSet {
	if strings.HasPrefix(name, contextPrefix) {
		return contextActions
	}
	if strings.HasPrefix(name, "kms:recipientattestation:") {
		return attestedActions
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
