package symbolic

import "strings"

// contextKey is what is known of a condition key. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
type contextKey struct {
	multi  bool // may have several values
	always bool // in every request
	typed  family
	bool   bool
	hints  []string
}

var contextKeys = map[string]contextKey{
	"aws:currenttime":            {always: true, typed: date, hints: []string{"2026-01-01T00:00:00Z"}},
	"aws:epochtime":              {always: true, hints: []string{"1767225600"}},
	"aws:tokenissuetime":         {typed: date, hints: []string{"2026-01-01T00:00:00Z"}},
	"aws:multifactorauthage":     {typed: number, hints: []string{"300"}},
	"aws:sourceip":               {typed: address},
	"aws:vpcsourceip":            {typed: address, hints: []string{"10.0.0.7"}},
	"aws:sourcevpc":              {hints: []string{"vpc-0a1b2c3d"}},
	"aws:sourcevpce":             {hints: []string{"vpce-0a1b2c3d"}},
	"aws:requestedregion":        {always: true, hints: []string{"us-east-1"}},
	"aws:principalorgid":         {hints: []string{"o-0outside00"}},
	"aws:resourceorgid":          {hints: []string{"o-0outside00"}},
	"aws:sourceorgid":            {hints: []string{"o-0outside00"}},
	"aws:sourceaccount":          {hints: []string{"999999999999"}},
	"aws:resourceaccount":        {hints: []string{"999999999999"}},
	"aws:sourcearn":              {hints: []string{"arn:aws:sns:us-east-1:999999999999:topic"}},
	"aws:userid":                 {always: true, hints: []string{"AIDAEXAMPLEEXAMPLE"}},
	"aws:securetransport":        {always: true, bool: true},
	"aws:viaawsservice":          {always: true, bool: true},
	"aws:principalisawsservice":  {always: true, bool: true},
	"aws:multifactorauthpresent": {bool: true},
	"aws:calledvia":              {multi: true, hints: []string{"athena.amazonaws.com"}},
	"aws:tagkeys":                {multi: true},
	"aws:principalorgpaths":      {multi: true},
	"aws:resourceorgpaths":       {multi: true},
	"aws:sourceorgpaths":         {multi: true},
	"aws:principalservicenameslist": {
		multi: true, hints: []string{"sns.amazonaws.com"}},
	"kms:encryptioncontextkeys":                  {multi: true},
	"kms:grantoperations":                        {multi: true, hints: []string{"Decrypt"}},
	"kms:resourcealiases":                        {multi: true},
	"kms:viaservice":                             {hints: []string{"s3.us-east-1.amazonaws.com"}},
	"kms:grantisforawsresource":                  {bool: true},
	"kms:bypasspolicylockoutsafetycheck":         {bool: true},
	"kms:reencryptonsamekey":                     {bool: true},
	"kms:multiregion":                            {bool: true},
	"kms:rotationperiodindays":                   {typed: number, hints: []string{"365"}},
	"kms:schedulekeydeletionpendingwindowindays": {typed: number, hints: []string{"30"}},
	"kms:trailingdayswithoutkeyusage":            {typed: number},
	"kms:validto":                                {typed: date, hints: []string{"2026-01-01T00:00:00Z"}},
}

const (
	contextPrefix   = "kms:encryptioncontext:"
	contextKeysName = "kms:encryptioncontextkeys"
)

// describe sets up the variable of a context key.
func describe(v *variable) {
	k, known := contextKeys[v.name]
	v.shape.absent = !k.always
	// Keys of other services may have several values for all that is known here.
	multi := k.multi || !known && !strings.HasPrefix(v.name, "aws:") && !strings.HasPrefix(v.name, "kms:")
	v.shape.many = multi
	v.typed = k.typed
	if k.bool {
		v.finite = []string{"true", "false"}
	}
	v.hints = append(k.hints, "other")
}

// keyActions are the actions of KMS that work on a key; across tells those that
// can be used across accounts. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
var keyActions = []struct {
	name   string
	across bool
}{
	{"kms:Decrypt", true}, {"kms:Encrypt", true}, {"kms:GenerateDataKey", true}, {"kms:GenerateDataKeyWithoutPlaintext", true},
	{"kms:GenerateDataKeyPair", true}, {"kms:GenerateDataKeyPairWithoutPlaintext", true}, {"kms:ReEncryptFrom", true}, {"kms:ReEncryptTo", true},
	{"kms:CreateGrant", true}, {"kms:DescribeKey", true}, {"kms:Sign", true}, {"kms:Verify", true}, {"kms:GenerateMac", true},
	{"kms:VerifyMac", true}, {"kms:GetPublicKey", true}, {"kms:DeriveSharedSecret", true}, {"kms:Encapsulate", true},
	{"kms:Decapsulate", true}, {"kms:ListGrants", true}, {"kms:RetireGrant", true}, {"kms:RevokeGrant", true},
	{"kms:GetKeyRotationStatus", true}, {"kms:PutKeyPolicy", false}, {"kms:GetKeyPolicy", false}, {"kms:ScheduleKeyDeletion", false},
	{"kms:CancelKeyDeletion", false}, {"kms:DisableKey", false}, {"kms:EnableKey", false}, {"kms:EnableKeyRotation", false},
	{"kms:DisableKeyRotation", false}, {"kms:RotateKeyOnDemand", false}, {"kms:TagResource", false}, {"kms:UntagResource", false},
	{"kms:CreateAlias", false}, {"kms:UpdateAlias", false}, {"kms:DeleteAlias", false}, {"kms:DeleteImportedKeyMaterial", false},
	{"kms:ImportKeyMaterial", false}, {"kms:GetParametersForImport", false}, {"kms:GetKeyLastUsage", false}, {"kms:ListKeyPolicies", false},
	{"kms:ListKeyRotations", false}, {"kms:ListResourceTags", false}, {"kms:ReplicateKey", false}, {"kms:SynchronizeMultiRegionKey", false},
	{"kms:UpdateKeyDescription", false}, {"kms:UpdatePrimaryRegion", false},
}

// keyless are the actions of KMS that take no key: identity-based policies alone
// decide on them.
var keyless = []string{
	"kms:ConnectCustomKeyStore", "kms:CreateCustomKeyStore", "kms:CreateKey", "kms:DeleteCustomKeyStore", "kms:DescribeCustomKeyStores",
	"kms:DisconnectCustomKeyStore", "kms:GenerateRandom", "kms:ListAliases", "kms:ListKeys", "kms:ListRetirableGrants",
	"kms:UpdateCustomKeyStore",
}
