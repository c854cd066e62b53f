package kms

// states says what the operations on keys do in each state of the key, as columns:
// Enabled, Disabled, PendingDeletion and PendingReplicaDeletion, PendingImport,
// Unavailable, Creating, Updating. A cell is . for a success, or why there is none:
//
//	1  <ARN> is disabled.
//	3  <ARN> is pending deletion.
//	4  <ARN> is not pending deletion.
//	5  <ARN> is pending import.
//	u  <ARN> is unavailable.
//	c  <ARN> is creating.
//	p  <ARN> is updating.
//	o  the origin of the key is not one for the operation, see origins
//
// The documentation has DisabledException or KMSInvalidStateException for the deletion
// columns of cryptographic operations; the latter was recorded. Where a cell says that a
// state is impossible for the keys of an operation, u stands. Encapsulate, Decapsulate and
// GetKeyLastUsage are not in AWS's table: unconfirmed. UpdateAlias is checked for the key
// that the alias will have.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
var states = map[string]string{
	"CancelKeyDeletion":                   "44.4444",
	"CreateAlias":                         "..3....",
	"CreateGrant":                         ".135.c.",
	"Decapsulate":                         ".135uc.",
	"Decrypt":                             ".135uc.",
	"DeleteAlias":                         ".......",
	"DeleteImportedKeyMaterial":           "....ocp",
	"DeriveSharedSecret":                  ".135uc.",
	"DescribeKey":                         ".......",
	"DisableKey":                          "..35.cp",
	"DisableKeyRotation":                  ".13ooc.",
	"EnableKey":                           "..35.cp",
	"EnableKeyRotation":                   ".13ooc.",
	"Encapsulate":                         ".135uc.",
	"Encrypt":                             ".135uc.",
	"GenerateDataKey":                     ".135uc.",
	"GenerateDataKeyPair":                 ".135oc.",
	"GenerateDataKeyPairWithoutPlaintext": ".135oc.",
	"GenerateDataKeyWithoutPlaintext":     ".135uc.",
	"GenerateMac":                         ".135uc.",
	"GetKeyLastUsage":                     ".......",
	"GetKeyPolicy":                        ".......",
	"GetKeyRotationStatus":                "...oo..",
	"GetParametersForImport":              "..o.ocp",
	"GetPublicKey":                        "..3.uc.",
	"ImportKeyMaterial":                   "..o.oc.",
	"ListAliases":                         ".......",
	"ListGrants":                          ".......",
	"ListKeyPolicies":                     ".......",
	"ListKeyRotations":                    "....o..",
	"ListResourceTags":                    ".......",
	"PutKeyPolicy":                        ".......",
	"ReEncrypt":                           ".135uc.",
	"ReplicateKey":                        ".135ucp",
	"RetireGrant":                         ".......",
	"RevokeGrant":                         ".......",
	"RotateKeyOnDemand":                   ".135oc.",
	"ScheduleKeyDeletion":                 "..3...p",
	"Sign":                                ".135uc.",
	"TagResource":                         "..3....",
	"UntagResource":                       "..3....",
	"UpdateAlias":                         "..3....",
	"UpdateKeyDescription":                "..3....",
	"UpdatePrimaryRegion":                 ".135uc.",
	"Verify":                              ".135uc.",
	"VerifyMac":                           ".135uc.",
}

// columns are the columns of states.
var columns = map[State]int{
	Enabled: 0, DisabledState: 1, PendingDeletion: 2, PendingReplicaDeletion: 2, PendingImport: 3, Unavailable: 4, Creating: 5, Updating: 6,
}

// origins are the only origins that an operation takes, for those that do not take all.
// The state counts first where it forbids the operation.
var origins = map[string][]Origin{
	"DeleteImportedKeyMaterial":           {OriginExternal},
	"GetParametersForImport":              {OriginExternal},
	"ImportKeyMaterial":                   {OriginExternal},
	"EnableKeyRotation":                   {OriginKMS},
	"DisableKeyRotation":                  {OriginKMS},
	"GetKeyRotationStatus":                {OriginKMS},
	"ListKeyRotations":                    {OriginKMS, OriginExternal},
	"RotateKeyOnDemand":                   {OriginKMS, OriginExternal},
	"GenerateDataKeyPair":                 {OriginKMS, OriginExternal},
	"GenerateDataKeyPairWithoutPlaintext": {OriginKMS, OriginExternal},
}

// check says whether a key is in a state, and of an origin, in which the operation works.
// op is the name of the operation; ReEncrypt is checked for both keys. It is called where
// the key is resolved, and again under the lock by operations that change the key.
func check(op string, v *version) error {
	cell := states[op][columns[v.state()]]
	switch cell {
	case '1':
		return fail(Disabled, "%s is disabled.", v.ARN())
	case '3':
		return pendingDeletion(v)
	case '4':
		return fail(InvalidState, "%s is not pending deletion.", v.ARN()) // unconfirmed text
	case '5':
		return fail(InvalidState, "%s is pending import.", v.ARN())
	case 'u':
		return fail(InvalidState, "%s is unavailable.", v.ARN())
	case 'c':
		return fail(InvalidState, "%s is creating.", v.ARN())
	case 'p':
		return fail(InvalidState, "%s is updating.", v.ARN())
	}
	if !originFits(op, v.Origin) {
		return wrongOrigin(v)
	}
	if cell == 'o' && columns[v.state()] == columns[PendingDeletion] {
		return pendingDeletion(v)
	}
	return nil
}

func pendingDeletion(v *version) error {
	if v.State == PendingReplicaDeletion {
		return fail(InvalidState, "%s is pending replica deletion.", v.ARN()) // unconfirmed text
	}
	return fail(InvalidState, "%s is pending deletion.", v.ARN())
}

// wrongOrigin: the text is unconfirmed for the origins of custom key stores.
func wrongOrigin(v *version) error {
	return fail(UnsupportedOperation, "%s origin is %s which is not valid for this operation.", v.ARN(), v.Origin)
}

func originFits(op string, o Origin) bool {
	only, limited := origins[op]
	if !limited {
		return true
	}
	for _, x := range only {
		if x == o {
			return true
		}
	}
	return false
}

// state is the KeyState that the API shows. A key in a custom key store that is not
// connected is Unavailable, unless its deletion is pending.
func (v *version) state() State {
	if v.KeyStore != "" && (v.State == Enabled || v.State == DisabledState) && !v.keyStore.connected() {
		return Unavailable
	}
	return v.State
}

// complete reports whether all material that an imported key needs is there: what is
// current, and what was.
func (k *Key) complete() bool {
	any := false
	for _, g := range k.Materials {
		if g.State != "CURRENT" && g.State != "NON_CURRENT" {
			continue
		}
		if !g.Imported {
			return false
		}
		any = true
	}
	return any
}

// usable is the state of a key that is neither disabled nor on its way to anything.
func (k *Key) usable() State {
	if k.Origin == OriginExternal && !k.complete() {
		return PendingImport
	}
	return Enabled
}

// errGone tells that a key was deleted since it was resolved.
func errGone(k *Key) error { return fail(NotFound, "Key '%s' does not exist", k.ARN()) }
