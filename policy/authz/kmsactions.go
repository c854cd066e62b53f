package authz

import "strings"

// scope says how a KMS action is authorized across accounts and on what.
type scope uint8

const (
	keyAction   scope = iota + 1 // on a key of the caller's own account
	crossAction                  // on a key of any account
	noKeyAction                  // on no key: identity-based policies alone decide
)

// kmsActions are the actions of KMS. Which can be used across accounts and which
// take no key: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
// ReEncrypt is authorized as ReEncryptFrom and ReEncryptTo.
var kmsActions = [...]struct {
	name  string
	scope scope
}{
	{"CancelKeyDeletion", keyAction}, {"ConnectCustomKeyStore", noKeyAction}, {"CreateAlias", keyAction},
	{"CreateCustomKeyStore", noKeyAction}, {"CreateGrant", crossAction}, {"CreateKey", noKeyAction},
	{"Decapsulate", crossAction}, {"Decrypt", crossAction}, {"DeleteAlias", keyAction},
	{"DeleteCustomKeyStore", noKeyAction}, {"DeleteImportedKeyMaterial", keyAction}, {"DeriveSharedSecret", crossAction},
	{"DescribeCustomKeyStores", noKeyAction}, {"DescribeKey", crossAction}, {"DisableKey", keyAction},
	{"DisableKeyRotation", keyAction}, {"DisconnectCustomKeyStore", noKeyAction}, {"EnableKey", keyAction},
	{"EnableKeyRotation", keyAction}, {"Encapsulate", crossAction}, {"Encrypt", crossAction},
	{"GenerateDataKey", crossAction}, {"GenerateDataKeyPair", crossAction}, {"GenerateDataKeyPairWithoutPlaintext", crossAction},
	{"GenerateDataKeyWithoutPlaintext", crossAction}, {"GenerateMac", crossAction}, {"GenerateRandom", noKeyAction},
	{"GetKeyLastUsage", keyAction}, {"GetKeyPolicy", keyAction}, {"GetKeyRotationStatus", crossAction},
	{"GetParametersForImport", keyAction}, {"GetPublicKey", crossAction}, {"ImportKeyMaterial", keyAction},
	{"ListAliases", noKeyAction}, {"ListGrants", crossAction}, {"ListKeyPolicies", keyAction},
	{"ListKeyRotations", keyAction}, {"ListKeys", noKeyAction}, {"ListResourceTags", keyAction},
	{"ListRetirableGrants", noKeyAction}, {"PutKeyPolicy", keyAction}, {"ReEncryptFrom", crossAction},
	{"ReEncryptTo", crossAction}, {"ReplicateKey", keyAction}, {"RetireGrant", crossAction},
	{"RevokeGrant", crossAction}, {"RotateKeyOnDemand", keyAction}, {"ScheduleKeyDeletion", keyAction},
	{"Sign", crossAction}, {"SynchronizeMultiRegionKey", keyAction}, {"TagResource", keyAction},
	{"UntagResource", keyAction}, {"UpdateAlias", keyAction}, {"UpdateCustomKeyStore", noKeyAction},
	{"UpdateKeyDescription", keyAction}, {"UpdatePrimaryRegion", keyAction}, {"Verify", crossAction},
	{"VerifyMac", crossAction},
}

// KMSAction is an action of KMS and how it is authorized.
type KMSAction struct {
	// Name is "kms:Decrypt" and the like, as AWS writes it.
	Name string
	// OnKey: the action is authorized on a key; on the others identity-based policies
	// alone decide.
	OnKey bool
	// AcrossAccounts: principals of other accounts than the key's can use the action.
	AcrossAccounts bool
}

// KMSActions returns the actions of KMS that the package knows, by name. An action
// that it does not know is taken for one on a key that cannot be used across
// accounts. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
func KMSActions() []KMSAction {
	out := make([]KMSAction, len(kmsActions))
	for i, a := range kmsActions {
		out[i] = KMSAction{"kms:" + a.name, a.scope != noKeyAction, a.scope == crossAction}
	}
	return out
}

// kmsSet is a set of KMS actions by their index.
type kmsSet uint64

// kmsIndexes finds an action's index, under its name as AWS writes it and in lower
// case.
var kmsIndexes = func() map[string]int {
	m := make(map[string]int, 2*len(kmsActions))
	for i, a := range kmsActions {
		m["kms:"+a.name] = i
		m["kms:"+strings.ToLower(a.name)] = i
	}
	return m
}()

// kmsIndex returns the index of a KMS action, -1 when there is none.
func kmsIndex(action string) int {
	if i, ok := kmsIndexes[action]; ok {
		return i
	}
	var buf [64]byte
	if len(action) > len(buf) {
		return -1
	}
	for i := range len(action) {
		buf[i] = lower(action[i])
	}
	if i, ok := kmsIndexes[string(buf[:len(action)])]; ok {
		return i
	}
	return -1
}

func kmsSetOf(names ...string) (set kmsSet) {
	for _, name := range names {
		i, ok := kmsIndexes["kms:"+name]
		if !ok {
			panic("authz: no KMS action " + name)
		}
		set |= 1 << i
	}
	return set
}
