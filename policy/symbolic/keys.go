package symbolic

import (
	"slices"
	"strings"

	"github.com/bedlock/bedlock/policy/authz"
)

// contextKey is what is known of a condition key besides what [authz.HasKey] and
// [authz.ManyValued] tell. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
type contextKey struct {
	always bool // in every request
	typed  family
	bool   bool
	hints  []string
}

var contextKeys = map[string]contextKey{
	"aws:currenttime":                            {always: true, typed: date, hints: []string{"2026-01-01T00:00:00Z"}},
	"aws:epochtime":                              {always: true, hints: []string{"1767225600"}},
	"aws:tokenissuetime":                         {typed: date, hints: []string{"2026-01-01T00:00:00Z"}},
	"aws:multifactorauthage":                     {typed: number, hints: []string{"300"}},
	"aws:sourceip":                               {typed: address},
	"aws:vpcsourceip":                            {typed: address, hints: []string{"10.0.0.7"}},
	"aws:sourcevpc":                              {hints: []string{"vpc-0a1b2c3d"}},
	"aws:sourcevpce":                             {hints: []string{"vpce-0a1b2c3d"}},
	"aws:requestedregion":                        {always: true, hints: []string{"us-east-1"}},
	"aws:principalorgid":                         {hints: []string{"o-0outside00"}},
	"aws:resourceorgid":                          {hints: []string{"o-0outside00"}},
	"aws:sourceorgid":                            {hints: []string{"o-0outside00"}},
	"aws:principalorgpaths":                      {hints: []string{"o-0outside00/r-0out/ou-0out-0outside/"}},
	"aws:resourceorgpaths":                       {hints: []string{"o-0outside00/r-0out/ou-0out-0outside/"}},
	"aws:sourceorgpaths":                         {hints: []string{"o-0outside00/r-0out/ou-0out-0outside/"}},
	"aws:sourceaccount":                          {hints: []string{"999999999999"}},
	"aws:resourceaccount":                        {hints: []string{"999999999999"}},
	"aws:sourcearn":                              {hints: []string{"arn:aws:sns:us-east-1:999999999999:topic"}},
	"aws:userid":                                 {always: true, hints: []string{"AIDAEXAMPLEEXAMPLE", "AROAEXAMPLEEXAMPLE:session"}},
	"aws:securetransport":                        {always: true, bool: true},
	"aws:viaawsservice":                          {always: true, bool: true},
	"aws:principalisawsservice":                  {always: true, bool: true},
	"aws:multifactorauthpresent":                 {bool: true},
	"aws:calledvia":                              {hints: []string{"athena.amazonaws.com"}},
	"aws:principalservicenameslist":              {hints: []string{"sns.amazonaws.com"}},
	"kms:grantoperations":                        {hints: []string{"Decrypt"}},
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
	v.shape.many = authz.ManyValued(v.name) || !known && !strings.HasPrefix(v.name, "aws:") && !strings.HasPrefix(v.name, "kms:")
	v.typed = k.typed
	if k.bool {
		v.finite = []string{"true", "false"}
	}
	v.hints = append(k.hints, "other")
}

// keyAction is an action of KMS on a key.
type keyAction struct {
	name   string
	across bool // it can be used across accounts
}

// keyActions are the actions of KMS that work on a key: Decrypt, which most
// questions are about, then what principals of other accounts can do.
var keyActions = func() (out []keyAction) {
	for _, a := range authz.KMSActions() {
		if a.OnKey {
			out = append(out, keyAction{a.Name, a.AcrossAccounts})
		}
	}
	rank := func(a keyAction) int {
		switch {
		case a.name == "kms:Decrypt":
			return 0
		case a.across:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b keyAction) int { return rank(a) - rank(b) })
	return out
}()

// keyless are the actions of KMS that take no key: identity-based policies alone
// decide on them.
var keyless = func() (out []string) {
	for _, a := range authz.KMSActions() {
		if !a.OnKey {
			out = append(out, a.Name)
		}
	}
	return out
}()
